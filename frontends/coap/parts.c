/* SPDX-License-Identifier: PostgreSQL */
/* parts.c: a hash table by session, so that a session's bodies are found and dropped together. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 256				/* power of two */

typedef struct part
{
	struct part *next;
	parts_key	key;
	bool		answer;			/* leaves; else it comes */
	int64_t		at;
	size_t		size;
	uint8_t    *body;
} part;

struct parts
{
	part	   *bucket[BUCKETS];
	unsigned	count;
};

parts *
parts_new(void)
{
	parts	   *p = calloc(1, sizeof *p);

	if (p == NULL)
		abort();
	return p;
}

static part **
bucket_of(parts *p, const void *session)
{
	return &p->bucket[((uint64_t) (uintptr_t) session * 0x9E3779B97F4A7C15u) >> 56 & (BUCKETS - 1)];
}

static part **
find(parts *p, const void *session, char resource, bool answer)
{
	part	  **at = bucket_of(p, session);

	while (*at != NULL && !((*at)->key.session == session && (*at)->key.resource == resource &&
							(*at)->answer == answer))
		at = &(*at)->next;
	return at;
}

/* Unlinks; the body goes with it unless it was taken out. */
static void
drop(parts *p, part **at)
{
	part	   *gone = *at;

	*at = gone->next;
	p->count--;
	free(gone->body);
	free(gone);
}

static part *
add(parts *p, const parts_key *key, bool answer, size_t room, int64_t now)
{
	part	  **at = bucket_of(p, key->session);
	part	   *n;

	if (p->count >= PARTS_MAX)
		return NULL;
	n = calloc(1, sizeof *n);
	if (n == NULL || (n->body = malloc(room ? room : 1)) == NULL)
		abort();
	n->key = *key;
	n->answer = answer;
	n->at = now;
	n->next = *at;
	*at = n;
	p->count++;
	return n;
}

static bool
same_tag(const parts_key *a, const parts_key *b)
{
	return a->tag_size == b->tag_size &&
		(a->tag_size <= 0 || memcmp(a->tag, b->tag, (size_t) a->tag_size) == 0);
}

parts_result
parts_take(parts *p, const parts_key *key, uint64_t offset, const uint8_t *data, size_t size,
		   bool more, int64_t now, uint8_t **body, size_t *body_size)
{
	part	  **at = find(p, key->session, key->resource, false);
	part	   *n = *at;

	if (n != NULL && offset == 0)
		drop(p, at);
	if (offset > PARTS_BODY_MAX || size > PARTS_BODY_MAX - offset ||
		(more && offset + size == PARTS_BODY_MAX))
	{
		if (n != NULL && offset != 0)
			drop(p, at);
		return PARTS_TOO_LARGE;
	}
	if (offset == 0 && (n = add(p, key, false, PARTS_BODY_MAX, now)) == NULL)
		return PARTS_FULL;
	if (n == NULL || !same_tag(key, &n->key))
		return PARTS_GAP;
	n->at = now;
	/* An acknowledgement was lost and the block comes once more. */
	if (more && offset < n->size)
		return size <= n->size - offset && memcmp(n->body + offset, data, size) == 0 ?
			PARTS_MORE : PARTS_GAP;
	if (offset != n->size)
		return PARTS_GAP;
	if (size > 0)
		memcpy(n->body + offset, data, size);
	n->size += size;
	if (more)
		return PARTS_MORE;
	*body = n->body;
	*body_size = n->size;
	n->body = NULL;
	drop(p, find(p, key->session, key->resource, false));
	return PARTS_WHOLE;
}

bool
parts_keep(parts *p, const void *session, char resource, const uint8_t *body, size_t size, int64_t now)
{
	parts_key	key = {.session = session, .resource = resource, .tag_size = -1};
	part	  **at = find(p, session, resource, true);
	part	   *n;

	if (*at != NULL)
		drop(p, at);
	n = add(p, &key, true, size, now);
	if (n == NULL)
		return false;
	memcpy(n->body, body, size);
	n->size = size;
	return true;
}

const uint8_t *
parts_kept(parts *p, const void *session, char resource, size_t *size, int64_t now)
{
	part	   *n = *find(p, session, resource, true);

	if (n == NULL)
		return NULL;
	n->at = now;
	*size = n->size;
	return n->body;
}

void
parts_drop(parts *p, const void *session)
{
	for (part **at = bucket_of(p, session); *at != NULL;)
		if ((*at)->key.session == session)
			drop(p, at);
		else
			at = &(*at)->next;
}

void
parts_expire(parts *p, int64_t now)
{
	for (int i = 0; i < BUCKETS && p->count > 0; i++)
		for (part **at = &p->bucket[i]; *at != NULL;)
			if (now - (*at)->at > PARTS_SECONDS * 1000)
				drop(p, at);
			else
				at = &(*at)->next;
}

unsigned
parts_count(const parts *p)
{
	return p->count;
}

void
parts_free(parts *p)
{
	if (p == NULL)
		return;
	for (int i = 0; i < BUCKETS; i++)
		while (p->bucket[i] != NULL)
			drop(p, &p->bucket[i]);
	free(p);
}

/* SPDX-License-Identifier: PostgreSQL */
/* dup.c: a hash table by session, whose entries are also a list from the oldest to the newest. */
#include "dup.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096			/* power of two */

struct dups
{
	dup_entry  *bucket[BUCKETS];
	dup_entry  *oldest, *newest;
	unsigned	count;
};

dups *
dup_new(void)
{
	dups	   *d = calloc(1, sizeof *d);

	if (d == NULL)
		abort();
	return d;
}

static dup_entry **
bucket_of(dups *d, const void *session)
{
	return &d->bucket[((uint64_t) (uintptr_t) session * 0x9E3779B97F4A7C15u) >> 40 & (BUCKETS - 1)];
}

dup_entry *
dup_find(dups *d, const void *session, uint16_t mid, const uint8_t *token, size_t token_size)
{
	for (dup_entry *e = *bucket_of(d, session); e != NULL; e = e->next)
		if (e->session == session && e->mid == mid && e->token_size == token_size &&
			(token_size == 0 || memcmp(e->token, token, token_size) == 0))
			return e;
	return NULL;
}

void
dup_forget(dups *d, dup_entry *e)
{
	dup_entry **at = bucket_of(d, e->session);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	*(e->older ? &e->older->newer : &d->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &d->newest) = e->older;
	d->count--;
	free(e->answer);
	free(e);
}

/* Makes room for one more of this session; false when there is none but by losing a pending request. */
static bool
make_room(dups *d, const void *session)
{
	dup_entry  *oldest = NULL;
	unsigned	count = 0;

	for (dup_entry *e = *bucket_of(d, session); e != NULL; e = e->next)
		if (e->session == session)
		{
			count++;
			/* New entries come first in a bucket, so the last is the oldest. */
			if (e->pending == NULL)
				oldest = e;
		}
	if (count < DUP_SESSION_MAX && d->count < DUP_MAX)
		return true;
	if (count < DUP_SESSION_MAX)
		for (oldest = d->oldest; oldest != NULL && oldest->pending != NULL;)
			oldest = oldest->newer;
	if (oldest == NULL)
		return false;
	dup_forget(d, oldest);
	return true;
}

dup_entry *
dup_add(dups *d, const void *session, uint16_t mid, const uint8_t *token, size_t token_size,
		void *pending, int64_t now)
{
	dup_entry **bucket = bucket_of(d, session);
	dup_entry  *e;

	if (token_size > DUP_TOKEN_MAX || !make_room(d, session))
		return NULL;
	e = calloc(1, sizeof *e);
	if (e == NULL)
		abort();
	e->session = session;
	e->mid = mid;
	e->token_size = (uint8_t) token_size;
	if (token_size > 0)
		memcpy(e->token, token, token_size);
	e->at = now;
	e->pending = pending;
	e->next = *bucket;
	*bucket = e;
	e->older = d->newest;
	*(d->newest ? &d->newest->newer : &d->oldest) = e;
	d->newest = e;
	d->count++;
	return e;
}

void
dup_answer(dup_entry *e, uint8_t *answer, size_t size)
{
	e->pending = NULL;
	e->answer = answer;
	e->size = size;
}

void
dup_drop(dups *d, const void *session, void (*hook) (void *pending))
{
	for (dup_entry *e = *bucket_of(d, session), *next; e != NULL; e = next)
	{
		next = e->next;
		if (e->session != session)
			continue;
		if (e->pending != NULL && hook != NULL)
			hook(e->pending);
		dup_forget(d, e);
	}
}

void
dup_expire(dups *d, int64_t now)
{
	for (dup_entry *e = d->oldest, *newer; e != NULL && now - e->at > DUP_SECONDS * 1000; e = newer)
	{
		newer = e->newer;
		if (e->pending == NULL)
			dup_forget(d, e);
	}
}

unsigned
dup_count(const dups *d)
{
	return d->count;
}

void
dup_free(dups *d)
{
	if (d == NULL)
		return;
	while (d->oldest != NULL)
		dup_forget(d, d->oldest);
	free(d);
}

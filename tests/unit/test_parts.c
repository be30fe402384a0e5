/* SPDX-License-Identifier: PostgreSQL */
/* links: coap/parts.c */
/* test_parts.c: bodies that come and leave in blocks. */
#include "tap.h"

#include "coap/parts.h"

static int	session_a, session_b;
static uint8_t body[PARTS_BODY_MAX + 64];
static uint8_t *whole;
static size_t whole_size;

static parts_result
take_of(parts *p, const void *session, char resource, int tag, size_t offset, size_t size, bool more)
{
	parts_key	key = {.session = session, .resource = resource, .tag_size = tag < 0 ? -1 : 1, .tag = {(uint8_t) tag}};

	return parts_take(p, &key, offset, body + offset, size, more, 0, &whole, &whole_size);
}

static parts_result
take(parts *p, size_t offset, size_t size, bool more)
{
	return take_of(p, &session_a, 'c', -1, offset, size, more);
}

static void
is_whole(parts_result r, size_t size, const char *name)
{
	ok(r == PARTS_WHOLE && whole_size == size && memcmp(whole, body, size) == 0, "%s", name);
	if (r == PARTS_WHOLE)
		free(whole);
}

static void
in_order(parts *p)
{
	is_whole(take(p, 0, 20, false), 20, "a body of one block");
	ok(take(p, 0, 64, true) == PARTS_MORE && take(p, 64, 64, true) == PARTS_MORE, "blocks are taken");
	is_whole(take(p, 128, 3, false), 131, "the last one makes the body whole");
	is_int(parts_count(p), 0, "nothing of it is kept");
	ok(take(p, 0, 1024, true) == PARTS_MORE, "a block of 1024");
	is_whole(take(p, 1024, 0, false), 1024, "and an empty last one");
	for (size_t at = 0; at < 3072; at += 1024)
		take(p, at, 1024, true);
	is_whole(take(p, 3072, 1024, false), PARTS_BODY_MAX, "as much as is allowed");
}

static void
out_of_order(parts *p)
{
	ok(take(p, 64, 64, true) == PARTS_GAP, "a body does not begin in the middle");
	take(p, 0, 64, true);
	ok(take(p, 128, 64, true) == PARTS_GAP, "a block is missing");
	ok(take(p, 128, 64, false) == PARTS_GAP, "also before the last");
	ok(take(p, 0, 64, true) == PARTS_MORE, "it begins again");
	take(p, 64, 64, true);
	ok(take(p, 64, 64, true) == PARTS_MORE, "a block that comes again is taken again");
	body[64]++;
	ok(take(p, 64, 64, true) == PARTS_GAP, "but not with other bytes");
	body[64]--;
	is_whole(take(p, 128, 1, false), 129, "the body is the first one's");
	take(p, 0, 64, true);
	body[0]++;
	take(p, 0, 16, true);
	is_whole(take(p, 16, 4, false), 20, "a new first block begins a new body");
	body[0]--;
}

static void
apart(parts *p)
{
	take(p, 0, 16, true);
	ok(take_of(p, &session_b, 'c', -1, 16, 16, false) == PARTS_GAP, "another session has its own body");
	ok(take_of(p, &session_a, 'r', -1, 16, 16, false) == PARTS_GAP, "another resource as well");
	ok(take_of(p, &session_a, 'c', 1, 16, 16, false) == PARTS_GAP, "another Request-Tag is another body");
	is_whole(take(p, 16, 16, false), 32, "the body itself goes on");
	take_of(p, &session_a, 'c', 1, 0, 16, true);
	ok(take_of(p, &session_a, 'c', 2, 16, 16, false) == PARTS_GAP, "a tag is compared");
	is_whole(take_of(p, &session_a, 'c', 1, 16, 16, false), 32, "and the same tag goes on");
	take(p, 0, 16, true);
	parts_drop(p, &session_a);
	ok(take(p, 16, 16, false) == PARTS_GAP, "a body ends with its session");
}

static void
limits(parts *p)
{
	static char sessions[PARTS_MAX];

	ok(take(p, 0, PARTS_BODY_MAX, true) == PARTS_TOO_LARGE, "a full body with more behind is too large");
	for (size_t at = 0; at < 3072; at += 1024)
		take(p, at, 1024, true);
	ok(take(p, 3072, 1025, false) == PARTS_TOO_LARGE, "one byte more than allowed is too large");
	ok(take(p, 3072, 16, false) == PARTS_GAP, "and what was there is dropped");
	ok(take(p, (size_t) PARTS_BODY_MAX + 1, 1, true) == PARTS_TOO_LARGE, "so is a block far behind");
	for (int i = 0; i < PARTS_MAX; i++)
		take_of(p, &sessions[i], 'c', -1, 0, 16, true);
	is_int(parts_count(p), PARTS_MAX, "there is a most");
	ok(take(p, 0, 16, true) == PARTS_FULL, "one more is for later");
	ok(!parts_keep(p, &session_a, 'c', body, 10, 0), "an answer is not kept either");
	parts_expire(p, PARTS_SECONDS * 1000);
	is_int(parts_count(p), PARTS_MAX, "they stay for their time");
	parts_expire(p, PARTS_SECONDS * 1000 + 1);
	is_int(parts_count(p), 0, "and go after it");
}

static void
answers(parts *p)
{
	const uint8_t *kept;
	size_t		size = 0;

	ok(parts_kept(p, &session_a, 'c', &size, 0) == NULL, "no answer is kept");
	ok(parts_keep(p, &session_a, 'c', body, 2000, 0), "an answer is kept");
	kept = parts_kept(p, &session_a, 'c', &size, 50000);
	is_mem(kept, size, body, 2000, "and is there");
	ok(parts_kept(p, &session_b, 'c', &size, 0) == NULL, "not for another session");
	ok(take(p, 16, 16, false) == PARTS_GAP, "it is not a body that comes");
	parts_keep(p, &session_a, 'c', body + 1, 3, 50000);
	kept = parts_kept(p, &session_a, 'c', &size, 50000);
	is_mem(kept, size, body + 1, 3, "a new one takes its place");
	is_int(parts_count(p), 1, "and there is one");
	parts_drop(p, &session_a);
	ok(parts_kept(p, &session_a, 'c', &size, 0) == NULL, "it ends with its session");
}

int
main(void)
{
	parts	   *p = parts_new();

	for (size_t i = 0; i < sizeof body; i++)
		body[i] = (uint8_t) (i * 7 + i / 251);
	in_order(p);
	out_of_order(p);
	apart(p);
	limits(p);
	answers(p);
	parts_free(p);
	return done();
}

/* SPDX-License-Identifier: PostgreSQL */
/* links: coap/dup.c */
/* test_dup.c: requests that come again. */
#include "tap.h"

#include "coap/dup.h"

static int	session_a, session_b, pending;
static int	dropped;

static void
count_drop(void *who)
{
	dropped += who == &pending;
}

static dup_entry *
add(dups *d, const void *session, unsigned mid, const char *token, int64_t now)
{
	return dup_add(d, session, (uint16_t) mid, (const uint8_t *) token, strlen(token), &pending, now);
}

static dup_entry *
find(dups *d, const void *session, unsigned mid, const char *token)
{
	return dup_find(d, session, (uint16_t) mid, (const uint8_t *) token, strlen(token));
}

static void
answer(dup_entry *e, const char *text)
{
	dup_answer(e, (uint8_t *) strdup(text), strlen(text));
}

static void
keys(void)
{
	dups	   *d = dup_new();
	dup_entry  *e = add(d, &session_a, 7, "tk", 0);

	ok(find(d, &session_a, 7, "tk") == e && e->pending == &pending, "a request is found while it is under way");
	ok(find(d, &session_b, 7, "tk") == NULL, "not for another session");
	ok(find(d, &session_a, 8, "tk") == NULL, "not for another message id");
	ok(find(d, &session_a, 7, "tx") == NULL && find(d, &session_a, 7, "") == NULL, "not for another token");
	answer(e, "hello");
	e = find(d, &session_a, 7, "tk");
	ok(e != NULL && e->pending == NULL && e->size == 5 && memcmp(e->answer, "hello", 5) == 0,
	   "an answered one has its answer");
	dup_forget(d, e);
	ok(find(d, &session_a, 7, "tk") == NULL && dup_count(d) == 0, "a forgotten one has not");
	ok(dup_add(d, &session_a, 1, (const uint8_t *) "123456789", 9, &pending, 0) == NULL, "a token of 9 bytes is refused");
	dup_free(d);
}

static void
end_of_session(void)
{
	dups	   *d = dup_new();

	answer(add(d, &session_a, 1, "", 0), "x");
	add(d, &session_a, 2, "", 0);
	add(d, &session_b, 2, "", 0);
	dup_drop(d, &session_a, count_drop);
	ok(dropped == 1, "the one under way is told that its session ended");
	ok(find(d, &session_a, 1, "") == NULL && find(d, &session_a, 2, "") == NULL, "nothing of the session is left");
	ok(find(d, &session_b, 2, "") != NULL && dup_count(d) == 1, "the other session is not touched");
	dup_free(d);
}

static void
ages(void)
{
	dups	   *d = dup_new();

	answer(add(d, &session_a, 1, "", 0), "x");
	answer(add(d, &session_a, 2, "", 1000), "x");
	add(d, &session_a, 3, "", 1000);
	dup_expire(d, DUP_SECONDS * 1000);
	ok(find(d, &session_a, 1, "") != NULL, "an answer is remembered for %d s", DUP_SECONDS);
	dup_expire(d, DUP_SECONDS * 1000 + 1);
	ok(find(d, &session_a, 1, "") == NULL && find(d, &session_a, 2, "") != NULL, "and no longer");
	dup_expire(d, DUP_SECONDS * 2000);
	ok(find(d, &session_a, 3, "") != NULL, "what is under way is never forgotten");
	dup_free(d);
}

static void
room(void)
{
	static char sessions[DUP_MAX];
	dups	   *d = dup_new();
	int			taken = 0;

	for (int i = 0; i < DUP_SESSION_MAX; i++)
		taken += add(d, &session_a, (unsigned) i, "", i) != NULL;
	is_int(taken, DUP_SESSION_MAX, "a session has so many requests under way");
	ok(add(d, &session_a, 99, "", 99) == NULL, "and not one more");
	answer(find(d, &session_a, 5, ""), "x");
	answer(find(d, &session_a, 3, ""), "x");
	ok(add(d, &session_a, 99, "", 99) != NULL, "an answered one gives way");
	ok(find(d, &session_a, 3, "") == NULL && find(d, &session_a, 5, "") != NULL, "the oldest of them");
	dup_drop(d, &session_a, NULL);

	for (int i = 0; i < DUP_MAX; i++)
	{
		dup_entry  *e = add(d, &sessions[i], 1, "", i);

		if (e != NULL && i != 0)
			answer(e, "x");
	}
	is_int(dup_count(d), DUP_MAX, "there is a most in all");
	ok(add(d, &session_a, 1, "", 0) != NULL && dup_count(d) == DUP_MAX, "one more is taken, one answer gives way");
	ok(find(d, &sessions[0], 1, "") != NULL && find(d, &sessions[1], 1, "") == NULL, "not the one under way");
	dup_free(d);
}

int
main(void)
{
	keys();
	end_of_session();
	ages();
	room();
	return done();
}

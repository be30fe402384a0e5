/* SPDX-License-Identifier: PostgreSQL */
/* links: common/status.c common/cred.c */
/* test_status.c: the one table from status words to HTTP and CoAP. */
#include "tap.h"

#include "status.h"

static void
maps(const char *word, int http, int class, int detail)
{
	status_word w = status_find(word);

	ok(status_http(w) == http && status_coap(w) == (class << 5 | detail), "%s is %d and %d.%02d", word, http, class,
	   detail);
}

int
main(void)
{
	maps("ok", 200, 2, 5);
	maps("malformed", 400, 4, 0);
	maps("unknown", 401, 4, 1);
	maps("revoked", 403, 4, 3);
	maps("expired", 403, 4, 3);
	maps("suspended", 403, 4, 3);
	maps("not_found", 404, 4, 4);
	maps("not_allowed", 405, 4, 5);
	maps("not_granted", 404, 4, 4);
	maps("need_contents", 409, 4, 9);
	maps("gone", 410, 4, 4);
	maps("too_large", 413, 4, 13);
	maps("too_many", 429, 4, 29);
	maps("unavailable", 503, 5, 3);
	maps("a word that nobody knows", 503, 5, 3);
	maps(NULL, 503, 5, 3);
	for (int i = 0; i < ST_WORDS; i++)
		ok(status_find(status_name((status_word) i)) == (status_word) i, "%s is found by its name",
		   status_name((status_word) i));
	for (int i = 0; i < 20; i++)
		if (status_retry_after() < 5 || status_retry_after() > 15)
			ok(false, "the time to wait is 5 to 15 s");
	ok(status_waits(ST_UNAVAILABLE) && status_waits(ST_TOO_MANY) && !status_waits(ST_OK), "503 and 429 carry a time to wait");
	ok(status_sqlstate_again("40001") && status_sqlstate_again("40P01") && !status_sqlstate_again("57014") &&
	   !status_sqlstate_again(NULL), "serialization failures and deadlocks are run again");
	return done();
}

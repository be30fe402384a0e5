/* SPDX-License-Identifier: PostgreSQL */
/* links: https/range.c */
/* test_range.c: Range, If-Range, If-Match and If-None-Match. */
#include "tap.h"

#include "https/range.h"

static void
part(const char *header, uint64_t size, uint64_t want_first, uint64_t want_last)
{
	uint64_t	first = 0,
				last = 0;
	range_kind	kind = range_parse(header, size, &first, &last);

	ok(kind == RANGE_PART && first == want_first && last == want_last, "\"%s\" of %llu bytes is %llu to %llu",
	   header, (unsigned long long) size, (unsigned long long) want_first, (unsigned long long) want_last);
}

static void
kind_is(const char *header, uint64_t size, range_kind want, const char *name)
{
	uint64_t	first,
				last;

	ok(range_parse(header, size, &first, &last) == want, "\"%s\" %s", header ? header : "(none)", name);
}

int
main(void)
{
	static const char *const ignored[] = {
		"bytes=", "bytes=-", "bytes=5", "bytes=a-b", "bytes=5-4", "bytes=0-1,3-4", "bytes=-5-", "bytes=+1-2",
		"bytes=--5", "bytes=1--5", "items=0-1", "0-1", "bytes=0x1-2", "bytes=1-2 3",
		"bytes=99999999999999999999-", "bytes=0-99999999999999999999", "bytes = 0-1", ""
	};

	part("bytes=0-0", 10, 0, 0);
	part("bytes=0-9", 10, 0, 9);
	part("bytes=0-10", 10, 0, 9);
	part("bytes=3-", 10, 3, 9);
	part("bytes=9-", 10, 9, 9);
	part("bytes=-1", 10, 9, 9);
	part("bytes=-10", 10, 0, 9);
	part("bytes=-11", 10, 0, 9);
	part("Bytes=2-4", 10, 2, 4);
	part("bytes= 2-4 ", 10, 2, 4);
	part("bytes=2-18446744073709551615", 10, 2, 9);
	kind_is("bytes=10-", 10, RANGE_OUTSIDE, "begins behind the end");
	kind_is("bytes=10-12", 10, RANGE_OUTSIDE, "lies behind the end");
	kind_is("bytes=-0", 10, RANGE_OUTSIDE, "asks for the last no bytes");
	kind_is("bytes=0-", 0, RANGE_OUTSIDE, "cannot be had of nothing");
	kind_is(NULL, 10, RANGE_ALL, "is everything");
	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		kind_is(ignored[i], 10, RANGE_ALL, "is ignored");

	ok(range_if_range(NULL, "\"a\""), "without If-Range a range holds");
	ok(range_if_range("\"a\"", "\"a\""), "with the strong tag it holds");
	ok(!range_if_range("W/\"a\"", "\"a\""), "a weak tag never makes a range hold");
	ok(!range_if_range("\"b\"", "\"a\""), "nor does another tag");
	ok(!range_if_range("Tue, 24 Nov 2026 00:00:00 GMT", "\"a\""), "nor a date");

	ok(range_etag_in("\"x\", W/\"a\"", "\"a\"", true), "a weak tag in a list matches weakly");
	ok(!range_etag_in("\"x\", W/\"a\"", "\"a\"", false), "and not strongly");
	ok(range_etag_in("*", "\"a\"", false), "* matches");
	ok(!range_etag_in("\"ab\"", "\"a\"", true), "a longer tag does not match");
	ok(!range_etag_in("a", "\"a\"", true), "a tag without quotes does not match");
	ok(!range_etag_in("\"a", "\"a\"", true), "an open quote ends the list");
	ok(!range_etag_in(NULL, "\"a\"", true), "no header matches nothing");
	return done();
}

/* SPDX-License-Identifier: PostgreSQL */
/* links: https/strict.c */
/* test_strict.c: what libh2o lets pass and we do not. */
#include "tap.h"

#include "https/strict.h"

static void
fine(const char *raw, const char *name)
{
	const char *why = strict_check(raw, strlen(raw), "POST");

	ok(why == NULL, "%s", name);
}

static void
refused(const char *raw, const char *want)
{
	const char *why = strict_check(raw, strlen(raw), "POST");

	is_str(why ? why : "(nothing)", want, want);
}

#define START "POST /r HTTP/1.1\r\nHost: a\r\n"

int
main(void)
{
	fine(START "Content-Length: 5\r\n\r\nhello", "a plain request passes");
	fine(START "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "a chunked body passes");
	fine(START "Content-Length: 9\r\n\r\nHost: b\r\n", "the body is not looked at");
	fine("GET / HTTP/1.1\r\n\r\n", "bytes of another method are not looked at");
	fine("POST / HTTP/1.0\r\n\r\n", "HTTP/1.0 needs no Host");
	fine(START, "a header without end is not judged");
	refused("POST / HTTP/1.1\r\nA: b\r\n\r\n", "no Host header");
	refused(START "hOST: b\r\n\r\n", "more than one Host header");
	refused(START "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "Content-Length beside Transfer-Encoding");
	refused(START "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "bad Content-Length");
	refused(START "Content-Length: +1\r\n\r\n", "bad Content-Length");
	refused(START "Content-Length: 1, 1\r\n\r\n", "bad Content-Length");
	refused(START "Content-Length: \r\n\r\n", "bad Content-Length");
	refused(START "Transfer-Encoding: chunked, chunked\r\n\r\n", "bad Transfer-Encoding");
	refused(START "Transfer-Encoding: xchunked\r\n\r\n", "bad Transfer-Encoding");
	refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "bad Transfer-Encoding");
	refused(START "X: a\r\n b\r\n\r\n", "a folded header line");
	refused(START "X: a\n\r\n", "a line ends without CR");
	refused(START "Authorization: a\r\nAuthorization: b\r\n\r\n", "more than one Authorization header");
	return done();
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * hello.c: record (13 bytes: type, version, epoch, sequence, length), handshake header
 * (12: type, length, message number, fragment offset, fragment length), body (version,
 * random, session id, cookie, ..).
 */
#include "hello.h"

#include <string.h>

#define RECORD 13
#define HANDSHAKE 12
#define CONTENT_HANDSHAKE 22
#define CLIENT_HELLO 1
#define HELLO_VERIFY_REQUEST 3

static uint32_t
read_24(const uint8_t *p)
{
	return (uint32_t) p[0] << 16 | (uint32_t) p[1] << 8 | p[2];
}

static void
write_24(uint8_t *p, size_t value)
{
	p[0] = (uint8_t) (value >> 16);
	p[1] = (uint8_t) (value >> 8);
	p[2] = (uint8_t) value;
}

hello_kind
hello_read(const uint8_t *data, size_t size, hello *out)
{
	size_t		record,
				fragment,
				at;

	if (size < RECORD + 1 || data[0] != CONTENT_HANDSHAKE || data[1] != 0xfe || data[3] != 0 ||
		data[4] != 0 || data[RECORD] != CLIENT_HELLO)
		return HELLO_OTHER;
	record = (size_t) data[11] << 8 | data[12];
	if (record > size - RECORD || record < HANDSHAKE)
		return HELLO_BAD;
	fragment = read_24(data + RECORD + 9);
	/* The cookie must be in what came: a hello in fragments would need memory for strangers. */
	if (read_24(data + RECORD + 6) != 0 || fragment != record - HANDSHAKE ||
		fragment != read_24(data + RECORD + 1))
		return HELLO_BAD;
	data += RECORD + HANDSHAKE;
	if (fragment < 2 + HELLO_RANDOM + 1)
		return HELLO_BAD;
	at = 2 + HELLO_RANDOM + 1 + data[2 + HELLO_RANDOM];
	if (at >= fragment || data[at] > fragment - at - 1)
		return HELLO_BAD;
	out->sequence = data - HANDSHAKE - RECORD + 5;
	out->random = data + 2;
	out->cookie = data + at + 1;
	out->cookie_size = data[at];
	return HELLO_CLIENT;
}

size_t
hello_verify(const hello *to, const uint8_t *cookie, size_t cookie_size, uint8_t *out)
{
	size_t		body = 3 + cookie_size;

	if (cookie_size > HELLO_COOKIE_MAX)
		return 0;
	memset(out, 0, RECORD + HANDSHAKE);
	out[0] = CONTENT_HANDSHAKE;
	/* Version 1.0 whatever the client offers (RFC 6347, 4.2.1), and the hello's own sequence number. */
	out[1] = 0xfe;
	out[2] = 0xff;
	memcpy(out + 5, to->sequence, 6);
	out[12] = (uint8_t) (HANDSHAKE + body);
	out[RECORD] = HELLO_VERIFY_REQUEST;
	write_24(out + RECORD + 1, body);
	write_24(out + RECORD + 9, body);
	out[RECORD + HANDSHAKE] = 0xfe;
	out[RECORD + HANDSHAKE + 1] = 0xff;
	out[RECORD + HANDSHAKE + 2] = (uint8_t) cookie_size;
	memcpy(out + RECORD + HANDSHAKE + 3, cookie, cookie_size);
	return RECORD + HANDSHAKE + body;
}

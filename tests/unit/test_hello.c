/* SPDX-License-Identifier: PostgreSQL */
/* links: coap/hello.c */
/* test_hello.c: ClientHello and HelloVerifyRequest of DTLS. */
#include "tap.h"

#include "coap/hello.h"

static uint8_t packet[512];
static size_t packet_size;

static void
put(size_t at, size_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		packet[at + (size_t) i] = (uint8_t) (value >> 8 * (bytes - 1 - i));
}

/* A ClientHello with a session id and a cookie of these sizes. */
static void
build(size_t id, size_t cookie)
{
	size_t		body = 2 + 32 + 1 + id + 1 + cookie + 2 + 2 + 2;

	memset(packet, 0, sizeof packet);
	packet[0] = 22;
	put(1, 0xfefd, 2);
	put(5, 0x010203040506, 6);
	put(11, 12 + body, 2);
	packet[13] = 1;
	put(14, body, 3);
	put(22, body, 3);
	put(25, 0xfefd, 2);
	memset(packet + 27, 'r', 32);
	packet[59] = (uint8_t) id;
	packet[60 + id] = (uint8_t) cookie;
	memset(packet + 61 + id, 'c', cookie);
	packet_size = 25 + body;
}

/* In memory of its own size, so that a byte read behind it is seen. */
static void
is_kind(hello_kind want, const char *name)
{
	uint8_t    *copy = malloc(packet_size ? packet_size : 1);
	hello		h;

	memcpy(copy, packet, packet_size);
	ok(hello_read(copy, packet_size, &h) == want, "%s", name);
	free(copy);
}

static void
good(void)
{
	hello		h;

	build(0, 0);
	ok(hello_read(packet, packet_size, &h) == HELLO_CLIENT && h.cookie_size == 0, "a first hello has no cookie");
	ok(h.random == packet + 27 && h.sequence == packet + 5, "its random and sequence number are found");
	build(32, 20);
	ok(hello_read(packet, packet_size, &h) == HELLO_CLIENT && h.cookie_size == 20 && h.cookie == packet + 93,
	   "a cookie behind a session id is found");
	build(0, 255);
	ok(hello_read(packet, packet_size, &h) == HELLO_CLIENT && h.cookie_size == 255, "the longest cookie");
	packet_size += 30;
	ok(hello_read(packet, packet_size, &h) == HELLO_CLIENT, "another record behind it");
}

static void
other(void)
{
	build(0, 0);
	packet[0] = 23;
	is_kind(HELLO_OTHER, "application data is something else");
	build(0, 0);
	packet[4] = 1;
	is_kind(HELLO_OTHER, "so is a handshake of epoch 1");
	build(0, 0);
	packet[13] = 16;
	is_kind(HELLO_OTHER, "so is another message of the handshake");
	build(0, 0);
	packet[1] = 3;
	is_kind(HELLO_OTHER, "so is TLS");
	packet_size = 0;
	is_kind(HELLO_OTHER, "so is nothing");
	build(0, 0);
	packet_size = 13;
	is_kind(HELLO_OTHER, "so is a bare record header");
}

static void
bad(void)
{
	size_t		wrong = 0;
	size_t		size;
	hello		h;

	build(0, 0);
	put(19, 5, 3);
	is_kind(HELLO_BAD, "a later fragment is refused");
	build(0, 0);
	put(22, 20, 3);
	is_kind(HELLO_BAD, "so is a first fragment");
	build(0, 0);
	packet[59] = 33;
	packet[11] = 0;
	is_kind(HELLO_BAD, "so is a session id that leads out");
	build(0, 20);
	packet[60] = 40;
	is_kind(HELLO_BAD, "so is a cookie that leads out");
	build(0, 0);
	put(11, 3, 2);
	is_kind(HELLO_BAD, "so is a record too short for its message");
	build(32, 20);
	size = packet_size;
	for (packet_size = 14; packet_size < size; packet_size++)
	{
		uint8_t    *copy = malloc(packet_size);

		memcpy(copy, packet, packet_size);
		wrong += hello_read(copy, packet_size, &h) != HELLO_BAD;
		free(copy);
	}
	is_int((long long) wrong, 0, "so is a hello cut at any byte");
}

static void
verify(void)
{
	static const uint8_t want[] = {
		22, 0xfe, 0xff, 0, 0, 1, 2, 3, 4, 5, 6, 0, 19, 3, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 7, 0xfe, 0xff, 4, 'a', 'b', 'c', 'd'
	};
	uint8_t		out[HELLO_VERIFY_MAX];
	uint8_t		large[HELLO_COOKIE_MAX + 1] = {0};
	hello		h;

	build(0, 0);
	hello_read(packet, packet_size, &h);
	is_mem(out, hello_verify(&h, (const uint8_t *) "abcd", 4, out), want, sizeof want, "the answer, byte for byte");
	is_int((long long) hello_verify(&h, large, sizeof large, out), 0, "a cookie that is too long is none");
}

int
main(void)
{
	good();
	other();
	bad();
	verify();
	return done();
}

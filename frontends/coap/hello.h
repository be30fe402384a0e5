/* SPDX-License-Identifier: PostgreSQL */
/*
 * hello.h: the one DTLS message that arrives before anything is known of its sender: a
 * ClientHello of epoch 0 (RFC 6347), and the HelloVerifyRequest that answers one without
 * a good cookie. Called by gate.c for every datagram; allocates nothing, trusts no byte.
 */
#ifndef COAP_HELLO_H
#define COAP_HELLO_H

#include <stddef.h>
#include <stdint.h>

#define HELLO_RANDOM 32
#define HELLO_COOKIE_MAX 64
#define HELLO_VERIFY_MAX (28 + HELLO_COOKIE_MAX)

typedef enum hello_kind
{
	HELLO_OTHER,				/* something else: not this file's business */
	HELLO_BAD,					/* a ClientHello that is cut, in fragments or wrong in itself */
	HELLO_CLIENT
} hello_kind;

/* Points into the datagram. */
typedef struct hello
{
	const uint8_t *sequence;	/* 6 bytes: the record's sequence number */
	const uint8_t *random;		/* HELLO_RANDOM bytes: equal = a repetition of the same attempt */
	const uint8_t *cookie;
	size_t		cookie_size;	/* 0: none yet */
} hello;

hello_kind	hello_read(const uint8_t *data, size_t size, hello *out);
/* Writes the answer that hands out a cookie; out has HELLO_VERIFY_MAX bytes; returns the size. */
size_t		hello_verify(const hello *to, const uint8_t *cookie, size_t cookie_size, uint8_t *out);

#endif

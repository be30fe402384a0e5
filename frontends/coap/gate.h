/* SPDX-License-Identifier: PostgreSQL */
/*
 * gate.h: what sees every datagram before libcoap does. The program's own recvmsg stands
 * in front of the C library's, and libcoap's calls end there.
 *
 *	- A ClientHello without a good cookie is answered here with one, and nothing is
 *	  allocated or remembered for it.
 *	- A ClientHello with a good cookie from the address of an open session, and of another
 *	  attempt than the one that opened it, is a device that started again on the same port:
 *	  OpenSSL ignores it for ever (RFC 6347, 4.2.8 is not implemented), so the old session
 *	  is closed. The cookie shows that whoever sent it can receive at that address.
 *
 * libcoap frees a closed session at the end of a batch of reads and until then drops what
 * comes from its address; such a hello is held back and read in the next batch.
 *
 * Called by dtls.c (open, the cookie callbacks) and pump.c (around each batch).
 */
#ifndef COAP_GATE_H
#define COAP_GATE_H

#include <stdbool.h>

#include <coap3/coap.h>
#include <openssl/ssl.h>

void		gate_open(coap_context_t *context);
/* libcoap is going to read: until gate_end, datagrams pass through here. */
void		gate_begin(void);
void		gate_end(void);
/* A datagram is held back: let libcoap read again. */
bool		gate_holds(void);
/* Datagrams seen since the start; 0 after traffic = this file is not in libcoap's way. */
uint64_t	gate_seen(void);

/* For SSL_CTX_set_cookie_generate_cb and .._verify_cb: cookies of the datagram at hand. */
int			gate_cookie_make(SSL *ssl, unsigned char *cookie, unsigned int *size);
int			gate_cookie_check(SSL *ssl, const unsigned char *cookie, unsigned int size);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * dtls.h: libcoap's context and its one endpoint: DTLS 1.2 with pre-shared keys and nothing
 * else. No identity hint (some clients cannot read one), no resumption (a resumed session
 * has no identity), no renegotiation, authenticated ciphers only.
 *
 * Called by main.c; selftest.c proves the part about resumption before the port is opened.
 */
#ifndef COAP_DTLS_H
#define COAP_DTLS_H

#include <stdbool.h>

#include <coap3/coap.h>

/* Told when a session is closed, or begins anew. */
typedef void (*dtls_gone) (coap_session_t *session);

/* NULL with a sentence in error. */
coap_context_t *dtls_open(dtls_gone gone, char *error, size_t error_size);
/* Opens the port; false with a sentence when it is in use, here or elsewhere. */
bool		dtls_listen(coap_context_t *context, const char *host, long port, char *error,
						size_t error_size);
/* One more identity beside those of devices, for the self-test; NULL = none. */
void		dtls_extra_key(const char *identity, const uint8_t *key, size_t size);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * selftest.h: proves before the port is opened what the rest relies on and what another
 * build of libcoap or OpenSSL could take away: a DTLS session is never resumed, no
 * identity hint is sent, and datagrams pass gate.c. Called once by main.c.
 */
#ifndef COAP_SELFTEST_H
#define COAP_SELFTEST_H

#include <stdbool.h>

#include <coap3/coap.h>

/* False with a sentence: the program must not start. */
bool		selftest_run(coap_context_t *context, char *error, size_t error_size);

#endif

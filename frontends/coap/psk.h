/* SPDX-License-Identifier: PostgreSQL */
/*
 * psk.h: pre-shared keys by identity, behind one function. OpenSSL asks for a key in the
 * middle of a handshake and cannot wait for the event loop, so what is not remembered is
 * asked of fota_device.identify on a connection of its own, for PSK_ASK_MS at most; after
 * a question without an answer none is put for a second, so that a PostgreSQL that hangs
 * costs the loop a tenth of its time and not all of it.
 *
 * Whoever has the key of a revoked credential is not let in here, and is refused at every
 * request in a session that is open (routes.c). Called by dtls.c and main.c.
 */
#ifndef COAP_PSK_H
#define COAP_PSK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cred.h"

#define PSK_ASK_MS 100

/* The key that unwraps, and the conninfo of a standby (NULL: as PG* say). */
void		psk_open(const uint8_t key[CRED_KEY_SIZE], const char *conninfo);
void		psk_close(void);
/*
 * The key of an identity; returns its size, 0 when there is none (*why says it in a word).
 * The caller wipes it.
 */
size_t		psk_find(const uint8_t *identity, size_t size, uint8_t key[CRED_SECRET_MAX],
					 const char **why);
/* A row of changes(). */
void		psk_changed(int32_t tenant_id, const char *kind, int64_t id);
/* Keeps the connection alive; called in every turn of the loop. */
void		psk_turn(void);
/* The connection is up. */
bool		psk_ready(void);

#endif

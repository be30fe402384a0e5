/* SPDX-License-Identifier: PostgreSQL */
/*
 * cred.h: secrets in front-ends. PSKs are stored wrapped: 12-byte nonce, ciphertext,
 * 16-byte tag of AES-256-GCM with the identity (UTF-8) as additional data, under the
 * key of FOTA_KEY_FILE, which PostgreSQL never sees.
 * Used by fota-coap (unwrap), fotactl device add (wrap) and fota-https (compare, wipe).
 */
#ifndef FE_CRED_H
#define FE_CRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRED_KEY_SIZE 32
#define CRED_OVERHEAD 28			/* nonce and tag */
#define CRED_SECRET_MAX 64

/* Reads 32 raw bytes or 64 hex digits (a final newline is allowed) from a file. */
bool		cred_load_key(const char *file, uint8_t key[CRED_KEY_SIZE], char *error, size_t error_size);
/* out has size + CRED_OVERHEAD bytes. False only when the random source or OpenSSL fails. */
bool		cred_wrap(const uint8_t key[CRED_KEY_SIZE], const char *identity,
					  const uint8_t *secret, size_t size, uint8_t *out);
/* secret has size - CRED_OVERHEAD bytes (size: of the wrapped form); false when any bit differs. */
bool		cred_unwrap(const uint8_t key[CRED_KEY_SIZE], const char *identity,
						const uint8_t *wrapped, size_t size, uint8_t *secret);
/* In time that depends on size only. */
bool		cred_equal(const void *a, const void *b, size_t size);
void		cred_wipe(void *data, size_t size);
bool		cred_random(void *out, size_t size);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * tls.h: server contexts (TLS 1.2 and 1.3, http/1.1 only), the tenants' CAs, and what a
 * client certificate says. A certificate that does not verify does not end the handshake:
 * the handler answers it with a sentence (libh2o closes without sending the alert).
 *
 * Facts outlive a resumption in the session ticket, so that resumed connections know the
 * CA that verified them; whether the credential still holds is asked for every request.
 */
#ifndef HTTPS_TLS_H
#define HTTPS_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#define TLS_NAMES 8
#define TLS_NAME_SIZE 64

typedef struct tls_peer
{
	bool		cert;			/* sent one */
	int			error;			/* X509_V_*; 0 = a tenant's CA signed it */
	uint8_t		fingerprint[32];	/* SHA-256 of the leaf */
	uint8_t		issuer[32];		/* SHA-256 of the CA that verified it */
	int64_t		not_after;		/* unix seconds */
	int			names;			/* CN first, then DNS names */
	char		name[TLS_NAMES][TLS_NAME_SIZE];
} tls_peer;

/* Called when a handshake is done, in the loop's thread. */
typedef void (*tls_hook) (SSL *ssl, const tls_peer *peer);

/* NULL with a sentence in error: files missing, key and certificate do not fit, .. */
SSL_CTX    *tls_context(const char *cert_file, const char *key_file, tls_hook hook,
						char *error, size_t error_size);

/* The tenants' CAs: add all, then commit; from then on new handshakes are judged by them. */
typedef struct tls_roots tls_roots;
tls_roots  *tls_roots_new(void);
bool		tls_roots_add(tls_roots *roots, const uint8_t *der, size_t size);
/* Frees roots; true when they differ from those in force. */
bool		tls_roots_commit(tls_roots *roots);

void		tls_roots_drop(tls_roots *roots);

const char *tls_error_text(int error);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * package.h: what the commands of fotactl package share: keys and certificates from files, and signing. A private key
 * is read and used here alone, and never leaves the program.
 */
#ifndef CLI_PACKAGE_H
#define CLI_PACKAGE_H

#include "cli.h"

#include "image.h"

#define PACKAGE_KEYS 64

typedef struct package_keys
{
	fota_key	list[PACKAGE_KEYS];
	size_t		count;
} package_keys;

/* Adds what a file holds: public keys and certificates, PEM or DER; a private key counts as its public one. */
int			package_keys_add(package_keys *keys, const char *file);
void		package_keys_free(package_keys *keys);

/* All that can be signed must be, by a key that is trusted, and no signature be wrong; else says so. */
int			package_verdict(const fota_image *image, const fota_proofs *proofs, const package_keys *keys, const char *name);

/*
 * Appends a signature over content to out: by the private key alone (Ed25519 or ECDSA P-256), in FUP's own form; with
 * a certificate (and those that it leads to, in the same file) in CMS.
 */
int			package_sign(fota_ctx *ctx, const char *key_file, const char *certificate_file, fota_bytes content,
						 fota_buf *out);

#endif

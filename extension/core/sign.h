/* SPDX-License-Identifier: PostgreSQL */
/*
 * sign.h: whether a signature in an image or package is by one of the keys that people trust. Called by
 * codec->verify of the formats that carry bare signatures; CMS, which brings certificates along, is in cms.h.
 *
 * Keys are public keys (SubjectPublicKeyInfo) or certificates, in DER. Only keys are judged here: whether a
 * certificate is in time or was issued by somebody is not asked. OpenSSL keeps what it needs in memory of its own;
 * every function gives that back before it returns, so that a caller's poll may longjmp.
 */
#ifndef FOTA_SIGN_H
#define FOTA_SIGN_H

#include "hash.h"
#include "image.h"

typedef enum fota_sign_scheme
{
	FOTA_SIGN_ECDSA,			/* signature in DER */
	FOTA_SIGN_ECDSA_RAW,		/* signature is r and s, each as long as the curve's numbers */
	FOTA_SIGN_RSA_PKCS1,
	FOTA_SIGN_RSA_PSS,			/* MGF1 with the same digest, any salt */
	FOTA_SIGN_ED25519
} fota_sign_scheme;

typedef struct fota_signature
{
	fota_sign_scheme scheme;
	fota_hash_kind hash;		/* not looked at for Ed25519 */
	bool		is_digest;		/* what is signed is given as its digest already; not for Ed25519 */
	fota_bytes	content;		/* what is signed */
	fota_bytes	value;			/* the signature */
} fota_signature;

/* How formats name a key: digest of .. */
typedef enum fota_key_form
{
	FOTA_KEY_FORM_SPKI,			/* SubjectPublicKeyInfo in DER */
	FOTA_KEY_FORM_MCUBOOT		/* the same, but RSAPublicKey (PKCS #1) for RSA keys */
} fota_key_form;

/* FOTA_SYNTAX when it is no key; id has room for a digest of the kind. */
fota_status fota_sign_key_id(fota_ctx *ctx, const fota_key *key, fota_key_form form, fota_hash_kind kind, uint8_t *id);

/*
 * Whether the signature is right by this key. A key of another type than the scheme wants is no error:
 * *fits is false then (and *valid). algorithm (48 bytes) gets "ecdsa-p256-sha256", "rsa-pss-2048-sha256",
 * "rsa-3072-sha256", "ed25519"; it may be NULL.
 */
fota_status fota_sign_check(fota_ctx *ctx, const fota_key *key, const fota_signature *signature, bool *fits,
							bool *valid, char *algorithm);

/*
 * Tries the keys in turn and adds what became of it to proofs: valid with the key's name; invalid when keys
 * of its type were tried in vain; untrusted when none is of its type.
 */
fota_status fota_sign_try(fota_ctx *ctx, const fota_key *keys, size_t key_count, const fota_signature *signature,
						  const char *what, fota_proofs *proofs);

/*
 * For signatures that say which key they are by: only the key with this id is tried, and the signature is untrusted
 * when none of the keys has it. The id is a SHA-256, or by its size a SHA-384 or SHA-512.
 */
fota_status fota_sign_try_id(fota_ctx *ctx, const fota_key *keys, size_t key_count, fota_key_form form,
							 fota_bytes id, const fota_signature *signature, const char *what, fota_proofs *proofs);

#endif

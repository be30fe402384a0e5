/* SPDX-License-Identifier: PostgreSQL */
/* sign.c: bare signatures and the keys that people trust, by OpenSSL; see sign.h. */
#include "sign.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define DER_MOST 160			/* an ECDSA signature of the largest curve in DER: 2 * (66 + 3) + 3 */

static const EVP_MD *
digest_method(fota_hash_kind kind)
{
	switch (kind)
	{
		case FOTA_HASH_SHA1:
			return EVP_sha1();
		case FOTA_HASH_MD5:
			return EVP_md5();
		case FOTA_HASH_SHA384:
			return EVP_sha384();
		case FOTA_HASH_SHA512:
			return EVP_sha512();
		case FOTA_HASH_SHA256:
			break;
	}
	return EVP_sha256();
}

static const char *
digest_name(fota_hash_kind kind)
{
	switch (kind)
	{
		case FOTA_HASH_SHA1:
			return "sha1";
		case FOTA_HASH_MD5:
			return "md5";
		case FOTA_HASH_SHA384:
			return "sha384";
		case FOTA_HASH_SHA512:
			return "sha512";
		case FOTA_HASH_SHA256:
			break;
	}
	return "sha256";
}

/* --- keys --------------------------------------------------------------------------------- */

static EVP_PKEY *
read_certificate(const fota_key *key)
{
	const unsigned char *p = key->der.data;
	X509	   *certificate = d2i_X509(NULL, &p, (long) key->der.size);
	EVP_PKEY   *found = certificate != NULL && p == key->der.data + key->der.size ? X509_get_pubkey(certificate) : NULL;

	X509_free(certificate);
	return found;
}

static EVP_PKEY *
read_public(const fota_key *key)
{
	const unsigned char *p = key->der.data;
	EVP_PKEY   *found = d2i_PUBKEY(NULL, &p, (long) key->der.size);

	if (found == NULL || p == key->der.data + key->der.size)
		return found;
	EVP_PKEY_free(found);
	return NULL;
}

/* NULL with ctx->error set; EVP_PKEY_free it. */
static EVP_PKEY *
open_key(fota_ctx *ctx, const fota_key *key)
{
	EVP_PKEY   *found = NULL;

	if (key->der.size > 0 && key->der.size < 65536)
		found = key->is_certificate ? read_certificate(key) : read_public(key);
	ERR_clear_error();
	if (found == NULL)
		fota_fail(ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0, "key \"%.80s\" is no %s in DER", key->name,
				  key->is_certificate ? "certificate" : "public key");
	return found;
}

fota_status
fota_sign_key_id(fota_ctx *ctx, const fota_key *key, fota_key_form form, fota_hash_kind kind, uint8_t *id)
{
	EVP_PKEY   *pkey = open_key(ctx, key);
	unsigned char *der = NULL;
	int			size;
	fota_status status;

	if (pkey == NULL)
		return ctx->error.code;
	if (form == FOTA_KEY_FORM_MCUBOOT && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA)
		size = i2d_PublicKey(pkey, &der);
	else
		size = i2d_PUBKEY(pkey, &der);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	if (size <= 0)
		return fota_fail(ctx, FOTA_INTERNAL, FOTA_NOWHERE, 0, "OpenSSL cannot write key \"%.80s\"", key->name);
	status = fota_digest(ctx, kind, der, (size_t) size, id);
	OPENSSL_free(der);
	return status;
}

/* --- signatures --------------------------------------------------------------------------- */

static int
key_type(fota_sign_scheme scheme)
{
	switch (scheme)
	{
		case FOTA_SIGN_RSA_PKCS1:
		case FOTA_SIGN_RSA_PSS:
			return EVP_PKEY_RSA;
		case FOTA_SIGN_ED25519:
			return EVP_PKEY_ED25519;
		case FOTA_SIGN_ECDSA:
		case FOTA_SIGN_ECDSA_RAW:
			break;
	}
	return EVP_PKEY_EC;
}

/* bits of the key, 0 = not known */
static void
name_algorithm(const fota_signature *signature, int bits, char *out)
{
	bool		rsa = key_type(signature->scheme) == EVP_PKEY_RSA;
	char		size[16] = "";

	if (signature->scheme == FOTA_SIGN_ED25519)
	{
		fota_format(out, 48, "ed25519");
		return;
	}
	if (bits > 0)
		fota_format(size, sizeof(size), rsa ? "-%d" : "-p%d", bits);
	fota_format(out, 48, "%s%s-%s", !rsa ? "ecdsa" : signature->scheme == FOTA_SIGN_RSA_PSS ? "rsa-pss" : "rsa", size,
				digest_name(signature->hash));
}

/* A DER INTEGER of an unsigned number at p; returns its size. */
static size_t
put_integer(const uint8_t *p, size_t size, uint8_t *out)
{
	size_t		lead;

	while (size > 1 && *p == 0)
	{
		p++;
		size--;
	}
	lead = *p >> 7;
	out[0] = 2;
	out[1] = (uint8_t) (size + lead);
	out[2] = 0;
	memcpy(out + 2 + lead, p, size);
	return 2 + lead + size;
}

/* r and s to the DER that OpenSSL wants; 0 when they are not as long as the curve's numbers. */
static size_t
raw_to_der(fota_bytes raw, int bits, uint8_t out[DER_MOST])
{
	size_t		half = (size_t) (bits + 7) / 8;
	uint8_t		body[DER_MOST];
	size_t		size;
	size_t		head = 2;

	if (half == 0 || half > 66 || raw.size != 2 * half)
		return 0;
	size = put_integer(raw.data, half, body);
	size += put_integer(raw.data + half, half, body + size);
	out[0] = 0x30;
	if (size >= 128)
	{
		out[1] = 0x81;
		head = 3;
	}
	out[head - 1] = (uint8_t) size;
	memcpy(out + head, body, size);
	return head + size;
}

/* Content that is a digest already. */
static bool
check_digest(EVP_PKEY *pkey, const fota_signature *signature, fota_bytes value)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
	bool		valid = context != NULL && EVP_PKEY_verify_init(context) == 1;

	if (valid && signature->scheme == FOTA_SIGN_RSA_PSS)
		valid = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
			EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_AUTO) == 1;
	valid = valid && EVP_PKEY_CTX_set_signature_md(context, digest_method(signature->hash)) == 1 &&
		EVP_PKEY_verify(context, value.data, value.size, signature->content.data, signature->content.size) == 1;
	EVP_PKEY_CTX_free(context);
	return valid;
}

static bool
check_message(EVP_PKEY *pkey, const fota_signature *signature, fota_bytes value)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *inner = NULL;
	const EVP_MD *method = signature->scheme == FOTA_SIGN_ED25519 ? NULL : digest_method(signature->hash);
	bool		valid = context != NULL && EVP_DigestVerifyInit(context, &inner, method, NULL, pkey) == 1;

	if (valid && signature->scheme == FOTA_SIGN_RSA_PSS)
		valid = EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) == 1 &&
			EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, RSA_PSS_SALTLEN_AUTO) == 1;
	valid = valid && EVP_DigestVerify(context, value.data, value.size, signature->content.data,
									  signature->content.size) == 1;
	EVP_MD_CTX_free(context);
	return valid;
}

fota_status
fota_sign_check(fota_ctx *ctx, const fota_key *key, const fota_signature *signature, bool *fits, bool *valid,
				char *algorithm)
{
	EVP_PKEY   *pkey = open_key(ctx, key);
	fota_bytes	value = signature->value;
	uint8_t		der[DER_MOST];

	*fits = *valid = false;
	if (pkey == NULL)
		return ctx->error.code;
	*fits = EVP_PKEY_get_base_id(pkey) == key_type(signature->scheme);
	if (*fits)
	{
		if (algorithm != NULL)
			name_algorithm(signature, EVP_PKEY_get_bits(pkey), algorithm);
		if (signature->scheme == FOTA_SIGN_ECDSA_RAW)
			value = (fota_bytes) {der, raw_to_der(signature->value, EVP_PKEY_get_bits(pkey), der)};
		if (value.size > 0)
			*valid = signature->is_digest ? check_digest(pkey, signature, value) : check_message(pkey, signature, value);
	}
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return FOTA_OK;
}

/* --- which of the keys -------------------------------------------------------------------- */

static fota_proof *
new_proof(const fota_signature *signature, const char *what, fota_proofs *proofs)
{
	char		algorithm[48];

	name_algorithm(signature, 0, algorithm);
	return fota_proof_add(proofs, what, algorithm, FOTA_PROOF_UNTRUSTED);
}

fota_status
fota_sign_try(fota_ctx *ctx, const fota_key *keys, size_t key_count, const fota_signature *signature,
			  const char *what, fota_proofs *proofs)
{
	fota_proof *proof = new_proof(signature, what, proofs);
	char		algorithm[48];
	size_t		tried = 0;

	for (size_t i = 0; i < key_count; i++)
	{
		bool		fits;
		bool		valid;
		fota_status status = fota_sign_check(ctx, &keys[i], signature, &fits, &valid, algorithm);

		if (status != FOTA_OK)
			return status;
		tried += fits;
		if (!valid)
			continue;
		proof->result = FOTA_PROOF_VALID;
		memcpy(proof->algorithm, algorithm, sizeof(algorithm));
		fota_format(proof->key, sizeof(proof->key), "%s", keys[i].name);
		return FOTA_OK;
	}
	if (tried == 0)
	{
		fota_format(proof->text, sizeof(proof->text), "none of the %zu trusted keys is of this type", key_count);
		return FOTA_OK;
	}
	proof->result = FOTA_PROOF_INVALID;
	fota_format(proof->text, sizeof(proof->text), "the signature is wrong, or by none of the %zu trusted keys of its type",
				tried);
	return FOTA_OK;
}

fota_status
fota_sign_try_id(fota_ctx *ctx, const fota_key *keys, size_t key_count, fota_key_form form, fota_bytes id,
				 const fota_signature *signature, const char *what, fota_proofs *proofs)
{
	fota_hash_kind kind = id.size == FOTA_SHA384_SIZE ? FOTA_HASH_SHA384 : id.size == FOTA_SHA512_SIZE ? FOTA_HASH_SHA512 :
		FOTA_HASH_SHA256;
	fota_proof *proof;

	for (size_t i = 0; i < key_count && id.size == fota_hash_size(kind); i++)
	{
		uint8_t		have[FOTA_DIGEST_MAX];
		bool		fits;
		bool		valid;
		fota_status status = fota_sign_key_id(ctx, &keys[i], form, kind, have);

		if (status != FOTA_OK)
			return status;
		if (memcmp(have, id.data, id.size) != 0)
			continue;
		proof = new_proof(signature, what, proofs);
		fota_format(proof->key, sizeof(proof->key), "%s", keys[i].name);
		status = fota_sign_check(ctx, &keys[i], signature, &fits, &valid, proof->algorithm);
		proof->result = valid ? FOTA_PROOF_VALID : FOTA_PROOF_INVALID;
		if (!valid)
			fota_format(proof->text, sizeof(proof->text), fits ? "the signature is wrong" : "the key is of another type");
		return status;
	}
	proof = new_proof(signature, what, proofs);
	fota_hex(id.data, id.size < sizeof(proof->key) / 2 ? id.size : sizeof(proof->key) / 2 - 1, proof->key);
	fota_format(proof->text, sizeof(proof->text), "the key that it is by is none of the %zu trusted ones", key_count);
	return FOTA_OK;
}

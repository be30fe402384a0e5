/* SPDX-License-Identifier: PostgreSQL */
/*
 * cms_verify.c: who signed a CMS, and whether people trust it: directly, or by a chain of certificates. See cms.h.
 * OpenSSL checks chains; what it allocates is given back before anything here returns.
 */
#include "cms.h"

#include "parse/der.h"
#include "sign.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

/* What names a certificate. */
typedef struct certificate
{
	fota_bytes	der;
	fota_bytes	issuer;
	fota_bytes	serial;
	fota_bytes	key_id;			/* empty = it says none */
} certificate;

/* --- certificates -------------------------------------------------------------------------- */

/* The subject's key identifier among the extensions. */
static void
read_extensions(fota_der *list, certificate *c)
{
	static const uint8_t name[] = {0x55, 0x1d, 0x0e};

	while (!fota_der_done(list))
	{
		fota_der	extension;
		fota_der	octets;
		fota_der_item item;
		fota_der_item value;

		if (!fota_der_enter(list, FOTA_DER_SEQUENCE, &extension) || !fota_der_take(&extension, FOTA_DER_OID, &item))
			return;
		if (item.value.size == sizeof(name) && memcmp(item.value.data, name, sizeof(name)) == 0 &&
			fota_der_enter(&extension, FOTA_DER_OCTETS, &octets) && fota_der_take(&octets, FOTA_DER_OCTETS, &value))
			c->key_id = value.value;
	}
}

static bool
read_certificate(fota_bytes der, certificate *c)
{
	fota_der	r = fota_der_open(der);
	fota_der	whole;
	fota_der	body;
	fota_der	wrapped;
	fota_der	list;
	fota_der_item item;

	*c = (certificate) {.der = der};
	if (!fota_der_enter(&r, FOTA_DER_SEQUENCE, &whole) || !fota_der_done(&r) ||
		!fota_der_enter(&whole, FOTA_DER_SEQUENCE, &body))
		return false;
	fota_der_take(&body, FOTA_DER_CONTEXT, &item);
	if (!fota_der_take(&body, FOTA_DER_INTEGER, &item))
		return false;
	c->serial = item.value;
	if (!fota_der_take(&body, FOTA_DER_SEQUENCE, &item) || !fota_der_take(&body, FOTA_DER_SEQUENCE, &item))
		return false;
	c->issuer = item.whole;
	while (fota_der_next(&body, &item))
		if (item.tag == FOTA_DER_CONTEXT + 3)
		{
			wrapped = fota_der_open(item.value);
			if (fota_der_enter(&wrapped, FOTA_DER_SEQUENCE, &list))
				read_extensions(&list, c);
		}
	return true;
}

static bool
is_signer(const fota_cms_signer *signer, const certificate *c)
{
	if (signer->key_id.size > 0)
		return fota_bytes_equal(signer->key_id, c->key_id);
	return fota_bytes_equal(signer->issuer, c->issuer) && fota_bytes_equal(signer->serial, c->serial);
}

/* The trusted certificate with these bytes, or -1. */
static int
find_trusted(fota_bytes der, const fota_key *keys, size_t key_count)
{
	for (size_t i = 0; i < key_count; i++)
		if (keys[i].is_certificate && fota_bytes_equal(keys[i].der, der))
			return (int) i;
	return -1;
}

/* --- chains -------------------------------------------------------------------------------- */

typedef struct chain
{
	X509_STORE *store;
	X509_STORE_CTX *run;
	STACK_OF(X509) *others;
	X509	   *leaf;
} chain;

static X509 *
open_certificate(fota_bytes der)
{
	const unsigned char *p = der.data;

	return der.size < 65536 ? d2i_X509(NULL, &p, (long) der.size) : NULL;
}

static bool
chain_begin(chain *c, const fota_cms *cms, fota_bytes leaf, const fota_key *keys, size_t key_count)
{
	*c = (chain) {X509_STORE_new(), X509_STORE_CTX_new(), sk_X509_new_null(), open_certificate(leaf)};
	if (c->store == NULL || c->run == NULL || c->others == NULL || c->leaf == NULL)
		return false;
	for (size_t i = 0; i < key_count; i++)
	{
		X509	   *trusted = keys[i].is_certificate ? open_certificate(keys[i].der) : NULL;

		if (trusted != NULL)
			X509_STORE_add_cert(c->store, trusted);
		X509_free(trusted);
	}
	for (size_t i = 0; i < cms->certificate_count; i++)
	{
		X509	   *other = open_certificate(cms->certificates[i]);

		if (other == NULL || sk_X509_push(c->others, other) <= 0)
		{
			X509_free(other);
			return false;
		}
	}
	X509_STORE_set_flags(c->store, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
	return X509_STORE_CTX_init(c->run, c->store, c->leaf, c->others) == 1;
}

static void
chain_end(chain *c)
{
	X509_STORE_CTX_free(c->run);
	X509_STORE_free(c->store);
	sk_X509_pop_free(c->others, X509_free);
	X509_free(c->leaf);
	ERR_clear_error();
}

static bool
in_chain(const chain *c, const X509 *wanted)
{
	const STACK_OF(X509) *list = X509_STORE_CTX_get0_chain(c->run);

	for (int i = 0; i < sk_X509_num(list); i++)
		if (X509_cmp(sk_X509_value(list, i), wanted) == 0)
			return true;
	return false;
}

/* Name of the trusted certificate that the chain ends with. */
static void
name_root(const chain *c, const fota_key *keys, size_t key_count, fota_proof *proof)
{
	for (size_t i = 0; i < key_count; i++)
	{
		X509	   *trusted = keys[i].is_certificate ? open_certificate(keys[i].der) : NULL;

		if (trusted != NULL && in_chain(c, trusted))
			fota_format(proof->key, sizeof(proof->key), "%s", keys[i].name);
		X509_free(trusted);
	}
}

/* Whether the signer's certificate leads to a trusted one, by what the file carries, all of which is needed. */
static bool
chain_holds(const fota_cms *cms, fota_bytes leaf, const fota_key *keys, size_t key_count, fota_proof *proof)
{
	chain		c;
	bool		holds = chain_begin(&c, cms, leaf, keys, key_count);

	if (!holds)
		fota_format(proof->text, sizeof(proof->text), "a certificate is malformed");
	else if (X509_verify_cert(c.run) != 1)
	{
		holds = false;
		fota_format(proof->text, sizeof(proof->text), "the signer's certificate does not lead to a trusted one: %s",
					X509_verify_cert_error_string(X509_STORE_CTX_get_error(c.run)));
	}
	for (int i = 0; holds && i < sk_X509_num(c.others); i++)
	{
		holds = in_chain(&c, sk_X509_value(c.others, i)) || find_trusted(cms->certificates[i], keys, key_count) >= 0;
		if (!holds)
			fota_format(proof->text, sizeof(proof->text), "certificate %d in the signature is not needed by any signer", i);
	}
	if (holds)
		name_root(&c, keys, key_count, proof);
	chain_end(&c);
	return holds;
}

/* --- signers ------------------------------------------------------------------------------- */

/* The signer's certificate: what the file carries goes before what people gave. */
static bool
find_certificate(const fota_cms *cms, const fota_cms_signer *signer, const fota_key *keys, size_t key_count,
				 certificate *found)
{
	for (size_t i = 0; i < cms->certificate_count; i++)
		if (read_certificate(cms->certificates[i], found) && is_signer(signer, found))
			return true;
	for (size_t i = 0; i < key_count; i++)
		if (keys[i].is_certificate && read_certificate(keys[i].der, found) && is_signer(signer, found))
			return true;
	return false;
}

/* Whether the signature is right by the certificate's key. *text says why not. */
static fota_status
check_signature(fota_ctx *ctx, const fota_cms_signer *signer, const certificate *c, fota_bytes content,
				fota_proof *proof, bool *valid)
{
	fota_key	key = {.name = "of the signer", .der = c->der, .is_certificate = true};
	fota_signature signature = {.scheme = (fota_sign_scheme) signer->scheme, .hash = signer->hash, .content = content,
		.value = signer->value};
	uint8_t		digest[FOTA_DIGEST_MAX];
	uint8_t    *copy = NULL;
	char		algorithm[48] = "";
	bool		fits = false;
	fota_status status = FOTA_OK;

	*valid = false;
	if (signer->attributes.size > 0)
	{
		status = fota_digest(ctx, signer->hash, content.data, content.size, digest);
		if (status != FOTA_OK)
			return status;
		if (!fota_bytes_equal(signer->digest, (fota_bytes) {digest, fota_hash_size(signer->hash)}))
		{
			fota_format(proof->text, sizeof(proof->text), "the content is not what was signed");
			return FOTA_OK;
		}
		/* what is signed is the set of attributes under its own tag */
		copy = fota_alloc_raw(ctx, signer->attributes.size);
		if (copy == NULL)
			return ctx->error.code;
		memcpy(copy, signer->attributes.data, signer->attributes.size);
		copy[0] = FOTA_DER_SET;
		signature.content = (fota_bytes) {copy, signer->attributes.size};
	}
	/* salts that are in use: as long as the digest, or all that fits */
	if (signer->scheme != FOTA_SIGN_RSA_PSS || signer->salt == (int) fota_hash_size(signer->hash) ||
		signer->salt == (int) (signer->value.size - fota_hash_size(signer->hash) - 2))
		status = fota_sign_check(ctx, &key, &signature, &fits, valid, algorithm);
	fota_free(ctx, copy);
	if (status == FOTA_SYNTAX)
		status = FOTA_OK;		/* a key that cannot be read signed nothing */
	fota_format(proof->algorithm, sizeof(proof->algorithm), "cms%s%.40s", algorithm[0] ? "-" : "", algorithm);
	if (status == FOTA_OK && !*valid)
		fota_format(proof->text, sizeof(proof->text), fits ? "the signature is wrong" :
					"the signer's key is of another type than the signature");
	return status;
}

static fota_status
verify_signer(fota_ctx *ctx, const fota_cms *cms, const fota_cms_signer *signer, fota_bytes content,
			  const fota_key *keys, size_t key_count, const char *what, fota_proofs *proofs)
{
	fota_proof *proof = fota_proof_add(proofs, what, "cms", FOTA_PROOF_UNTRUSTED);
	certificate c;
	bool		valid;
	fota_status status;

	if (!find_certificate(cms, signer, keys, key_count, &c))
	{
		fota_format(proof->text, sizeof(proof->text), "the signer's certificate is neither in it nor among the trusted ones");
		return FOTA_OK;
	}
	status = check_signature(ctx, signer, &c, content, proof, &valid);
	if (status != FOTA_OK || !valid)
	{
		proof->result = FOTA_PROOF_INVALID;
		return status;
	}
	if (chain_holds(cms, c.der, keys, key_count, proof))
		proof->result = FOTA_PROOF_VALID;
	return FOTA_OK;
}

fota_status
fota_cms_verify(fota_ctx *ctx, const fota_cms *cms, fota_bytes content, const fota_key *keys, size_t key_count,
				const char *what, fota_proofs *proofs)
{
	if (cms->has_content)
		content = cms->content;
	for (size_t i = 0; i < cms->signer_count; i++)
	{
		fota_status status = verify_signer(ctx, cms, &cms->signers[i], content, keys, key_count, what, proofs);

		if (status != FOTA_OK)
			return status;
	}
	return FOTA_OK;
}

fota_status
fota_cms_check(fota_ctx *ctx, const fota_cms *cms, fota_bytes content, const char *format)
{
	if (cms->has_content)
		content = cms->content;
	for (size_t i = 0; i < cms->signer_count; i++)
	{
		fota_proof	proof = {.text = ""};
		certificate c;
		bool		valid;
		fota_status status;

		if (!find_certificate(cms, &cms->signers[i], NULL, 0, &c))
			continue;
		status = check_signature(ctx, &cms->signers[i], &c, content, &proof, &valid);
		if (status != FOTA_OK)
			return status;
		if (!valid)
			return fota_fail(ctx, FOTA_SIGNATURE, FOTA_NOWHERE, 0, "%s: signature by the certificate in it: %s", format,
							 proof.text);
	}
	return FOTA_OK;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * suit_sign.c: signatures of a SUIT envelope: COSE_Sign1 (RFC 9052) over the digest of the manifest, by ES256, ES384 or
 * EdDSA. See suit.h.
 */
#include "suit.h"

#include "../sign.h"

#include <string.h>

#define TAG_SIGN1 0xd2			/* one byte: tag 18 */
#define MOST 4096				/* bytes of protected headers, and of what is signed */

typedef struct cose
{
	fota_bytes	headers;		/* protected */
	int64_t		algorithm;
	fota_bytes	key_id;
	fota_bytes	value;
	bool		plain;			/* no headers but those that are known */
} cose;

/* { 1: algorithm } */
static fota_status
read_headers(suit *s, cose *c)
{
	fota_cbor	r;
	bool		more;
	int64_t		key;
	fota_status status;

	fota_cbor_open(&r, s->ctx, c->headers.data, c->headers.size);
	status = fota_cbor_enter(&r, FOTA_CBOR_MAP);
	while (status == FOTA_OK && (status = fota_cbor_next(&r, &more)) == FOTA_OK && more)
	{
		if ((status = fota_cbor_int(&r, &key)) == FOTA_OK)
			status = key == 1 ? fota_cbor_int(&r, &c->algorithm) : key == 4 ? fota_cbor_bytes(&r, &c->key_id) :
				fota_cbor_skip(&r);
		c->plain &= key == 1 || key == 4;
	}
	if (status == FOTA_OK)
		status = fota_cbor_end(&r);
	return status == FOTA_OK ? FOTA_OK : fota_suit_fail(s, &r, "protected headers");
}

/* Headers that nothing protects: the name of the key alone. */
static fota_status
read_open_headers(fota_cbor *r, cose *c)
{
	bool		more;
	int64_t		key;
	fota_status status = fota_cbor_enter(r, FOTA_CBOR_MAP);

	while (status == FOTA_OK && (status = fota_cbor_next(r, &more)) == FOTA_OK && more)
	{
		if ((status = fota_cbor_int(r, &key)) == FOTA_OK)
			status = key == 4 ? fota_cbor_bytes(r, &c->key_id) : fota_cbor_skip(r);
		c->plain &= key == 4;
	}
	return status;
}

/* [ headers, open headers, null, signature ] */
static fota_status
read_cose(suit *s, fota_bytes data, cose *c)
{
	fota_cbor	r;
	bool		more;
	fota_status status;

	*c = (cose) {.plain = true};
	fota_cbor_open(&r, s->ctx, data.data + 1, data.size - 1);
	if ((status = fota_cbor_enter(&r, FOTA_CBOR_ARRAY)) == FOTA_OK && (status = fota_suit_item(&r)) == FOTA_OK &&
		(status = fota_cbor_bytes(&r, &c->headers)) == FOTA_OK && (status = fota_suit_item(&r)) == FOTA_OK &&
		(status = read_open_headers(&r, c)) == FOTA_OK && (status = fota_suit_item(&r)) == FOTA_OK &&
		(status = fota_cbor_null(&r)) == FOTA_OK && (status = fota_suit_item(&r)) == FOTA_OK &&
		(status = fota_cbor_bytes(&r, &c->value)) == FOTA_OK && (status = fota_cbor_next(&r, &more)) == FOTA_OK)
		status = more ? fota_cbor_unexpected(&r, "the end of a signature") : fota_cbor_end(&r);
	if (status != FOTA_OK)
		return fota_suit_fail(s, &r, "signature");
	return read_headers(s, c);
}

/* ["Signature1", headers, h'', digest] */
static fota_status
put_signed(suit *s, const cose *c, fota_buf *out)
{
	fota_status status;

	fota_buf_init(out, MOST);
	if ((status = fota_cbor_put_array(s->ctx, out, 4)) != FOTA_OK ||
		(status = fota_cbor_put_text(s->ctx, out, "Signature1", 10)) != FOTA_OK ||
		(status = fota_cbor_put_bytes(s->ctx, out, c->headers.data, c->headers.size)) != FOTA_OK ||
		(status = fota_cbor_put_bytes(s->ctx, out, "", 0)) != FOTA_OK)
		return status;
	return fota_cbor_put_bytes(s->ctx, out, s->digest_item.data, s->digest_item.size);
}

static void
unverifiable(fota_proofs *proofs, const char *what, long long number)
{
	fota_proof *proof = fota_proof_add(proofs, "manifest", "cose", FOTA_PROOF_UNVERIFIABLE);

	fota_format(proof->text, sizeof(proof->text), "%s (%lld)", what, number);
}

static fota_status
verify_one(suit *s, fota_bytes data, const fota_key *keys, size_t key_count, fota_proofs *proofs)
{
	fota_signature signature = {0};
	fota_buf	out;
	cose		c;
	fota_status status;

	if (data.size < 2 || data.data[0] != TAG_SIGN1)
	{
		unverifiable(proofs, "only COSE_Sign1 is known, it begins with byte", data.size > 0 ? data.data[0] : 0);
		return FOTA_OK;
	}
	if ((status = read_cose(s, data, &c)) != FOTA_OK)
		return status;
	if (!c.plain)
	{
		unverifiable(proofs, "it has headers that are not known", 0);
		return FOTA_OK;
	}
	if (c.algorithm == -7 || c.algorithm == -9 || c.algorithm == -35 || c.algorithm == -51)
		signature.scheme = FOTA_SIGN_ECDSA_RAW;
	else if (c.algorithm == -8 || c.algorithm == -19)
		signature.scheme = FOTA_SIGN_ED25519;
	else
	{
		unverifiable(proofs, "algorithm is not known", c.algorithm);
		return FOTA_OK;
	}
	signature.hash = c.algorithm == -35 || c.algorithm == -51 ? FOTA_HASH_SHA384 : FOTA_HASH_SHA256;
	signature.value = c.value;
	status = put_signed(s, &c, &out);
	signature.content = (fota_bytes) {out.data, out.size};
	if (status == FOTA_OK)
		status = fota_sign_try(s->ctx, keys, key_count, &signature, "manifest", proofs);
	fota_buf_free(s->ctx, &out);
	return status;
}

fota_status
fota_suit_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys, size_t key_count,
				 fota_proofs *proofs)
{
	static const fota_image_options options;
	suit		s = {.ctx = ctx, .image = (fota_image *) (uintptr_t) image, .file = file};
	size_t		before = proofs->count;
	fota_cbor	r;
	fota_bytes	item;
	bool		more;
	fota_status status = fota_suit_open(&s, &options, false);

	if (status != FOTA_OK)
		return status;
	fota_cbor_open(&r, ctx, s.auth.data, s.auth.size);
	fota_cbor_enter(&r, FOTA_CBOR_ARRAY);
	for (size_t i = 0; (status = fota_cbor_next(&r, &more)) == FOTA_OK && more; i++)
	{
		if ((status = fota_cbor_bytes(&r, &item)) != FOTA_OK)
			return fota_suit_fail(&s, &r, "authentication wrapper");
		if (i > 0 && (status = verify_one(&s, item, keys, key_count, proofs)) != FOTA_OK)
			return status;
	}
	if (status == FOTA_OK)
		status = fota_cbor_end(&r);
	if (status == FOTA_OK && proofs->count == before)
		fota_proof_add(proofs, "manifest", "", FOTA_PROOF_UNSIGNED);
	return status == FOTA_OK ? FOTA_OK : fota_suit_fail(&s, &r, "authentication wrapper");
}

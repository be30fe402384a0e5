/* SPDX-License-Identifier: PostgreSQL */
/* test_sign.c: bare signatures of every scheme, right and wrong, and the keys that they are by. */
#include "key_case.h"

#include "sign.h"

static const char message[] = "what is signed";

typedef struct sample
{
	uint8_t		value[512];
	uint8_t		content[64];
	fota_signature signature;
} sample;

static sample *
make(const signer *s, fota_sign_scheme scheme, fota_hash_kind kind, bool is_digest)
{
	sample	   *made = calloc(1, sizeof(*made));
	fota_ctx	ctx = tap_ctx(0);
	const EVP_MD *md = kind == FOTA_HASH_SHA384 ? EVP_sha384() : kind == FOTA_HASH_SHA512 ? EVP_sha512() : EVP_sha256();
	size_t		size = sizeof(message) - 1;
	uint8_t		der[512];

	memcpy(made->content, message, size);
	if (is_digest)
	{
		fota_digest(&ctx, kind, message, size, made->content);
		size = fota_hash_size(kind);
	}
	made->signature = (fota_signature) {.scheme = scheme, .hash = kind, .is_digest = is_digest};
	made->signature.content = (fota_bytes) {made->content, size};
	made->signature.value = (fota_bytes) {made->value, sign_with(s, md, scheme == FOTA_SIGN_RSA_PSS, is_digest,
																 made->content, size, made->value)};
	if (scheme == FOTA_SIGN_ECDSA_RAW)
	{
		size_t		half = (size_t) EVP_PKEY_get_bits(s->pkey) / 8;

		memcpy(der, made->value, sizeof(der));
		der_to_raw(der, half, made->value);
		made->signature.value.size = 2 * half;
	}
	return made;
}

static bool
is_valid(const signer *s, const sample *made)
{
	fota_ctx	ctx = tap_ctx(0);
	bool		fits;
	bool		valid;

	return fota_sign_check(&ctx, &s->key, &made->signature, &fits, &valid, NULL) == FOTA_OK && valid;
}

static void
test_scheme(const signer *s, fota_sign_scheme scheme, fota_hash_kind kind, bool is_digest, const char *algorithm)
{
	sample	   *made = make(s, scheme, kind, is_digest);
	fota_ctx	ctx = tap_ctx(0);
	char		found[48] = "";
	bool		fits;
	bool		valid;
	int			verified = 0;

	ok(fota_sign_check(&ctx, &s->key, &made->signature, &fits, &valid, found) == FOTA_OK && fits && valid,
	   "%s%s: right signatures are valid", algorithm, is_digest ? " of a digest" : "");
	is_str(found, algorithm, "the algorithm is named");
	for (int i = 0; i < FLIPS; i++)
	{
		size_t		bit = (size_t) tap_random(8 * (made->signature.value.size + made->signature.content.size));
		uint8_t    *p = bit / 8 < made->signature.value.size ? &made->value[bit / 8] :
			&made->content[bit / 8 - made->signature.value.size];

		*p ^= (uint8_t) (1 << bit % 8);
		verified += is_valid(s, made);
		*p ^= (uint8_t) (1 << bit % 8);
	}
	is_int(verified, 0, "with a bit changed none is");
	made->signature.value.size--;
	ok(!is_valid(s, made), "nor is one that is cut");
	made->signature.value.size = 0;
	ok(!is_valid(s, made), "nor is an empty one");
	free(made);
}

static void
test_keys(const signer *p256, const signer *other, const signer *ed)
{
	sample	   *made = make(p256, FOTA_SIGN_ECDSA, FOTA_HASH_SHA256, false);
	fota_key	keys[] = {ed->key, other->key, p256->key};
	static fota_proofs proofs;
	fota_ctx	ctx = tap_ctx(0);
	uint8_t		id[FOTA_DIGEST_MAX];

	fota_sign_try(&ctx, keys, 3, &made->signature, "it", &proofs);
	ok(proofs.list[0].result == FOTA_PROOF_VALID && strcmp(proofs.list[0].key, "p256") == 0, "the key that fits is named");
	proofs.count = 0;
	fota_sign_try(&ctx, keys, 2, &made->signature, "it", &proofs);
	ok(proofs.list[0].result == FOTA_PROOF_INVALID, "keys of its type in vain: invalid");
	proofs.count = 0;
	fota_sign_try(&ctx, keys, 1, &made->signature, "it", &proofs);
	ok(proofs.list[0].result == FOTA_PROOF_UNTRUSTED, "no key of its type: untrusted");
	proofs.count = 0;
	fota_sign_key_id(&ctx, &p256->key, FOTA_KEY_FORM_SPKI, FOTA_HASH_SHA256, id);
	fota_sign_try_id(&ctx, keys, 3, FOTA_KEY_FORM_SPKI, (fota_bytes) {id, 32}, &made->signature, "it", &proofs);
	ok(proofs.list[0].result == FOTA_PROOF_VALID, "a key is found by its id");
	proofs.count = 0;
	fota_sign_try_id(&ctx, keys, 2, FOTA_KEY_FORM_SPKI, (fota_bytes) {id, 32}, &made->signature, "it", &proofs);
	ok(proofs.list[0].result == FOTA_PROOF_UNTRUSTED && strlen(proofs.list[0].key) == 64, "or is not, and its id is said");
	proofs.count = 0;
	fota_sign_key_id(&ctx, &other->key, FOTA_KEY_FORM_SPKI, FOTA_HASH_SHA384, id);
	fota_sign_try_id(&ctx, keys, 3, FOTA_KEY_FORM_SPKI, (fota_bytes) {id, 48}, &made->signature, "it", &proofs);
	ok(proofs.list[0].result == FOTA_PROOF_INVALID, "a signature by another key than it says is invalid");
	keys[0].der.size--;
	ok(fota_sign_try(&ctx, keys, 1, &made->signature, "it", &proofs) == FOTA_SYNTAX &&
	   strstr(ctx.error.message, "key \"ed\" is no public key in DER"), "what is no key is refused");
	keys[0].is_certificate = true;
	ok(fota_sign_try(&ctx, keys, 1, &made->signature, "it", &proofs) == FOTA_SYNTAX &&
	   strstr(ctx.error.message, "is no certificate in DER"), "so is what is no certificate");
	free(made);
}

int
main(void)
{
	signer		p256 = new_p256("p256");
	signer		other = new_p256("other");
	signer		p384 = new_p384("p384");
	signer		rsa = new_rsa("rsa", 2048);
	signer		ed = new_ed25519("ed");

	tap_seed();
	test_scheme(&p256, FOTA_SIGN_ECDSA, FOTA_HASH_SHA256, false, "ecdsa-p256-sha256");
	test_scheme(&p256, FOTA_SIGN_ECDSA_RAW, FOTA_HASH_SHA256, true, "ecdsa-p256-sha256");
	test_scheme(&p384, FOTA_SIGN_ECDSA, FOTA_HASH_SHA384, true, "ecdsa-p384-sha384");
	test_scheme(&p384, FOTA_SIGN_ECDSA_RAW, FOTA_HASH_SHA384, false, "ecdsa-p384-sha384");
	test_scheme(&rsa, FOTA_SIGN_RSA_PKCS1, FOTA_HASH_SHA256, false, "rsa-2048-sha256");
	test_scheme(&rsa, FOTA_SIGN_RSA_PKCS1, FOTA_HASH_SHA512, true, "rsa-2048-sha512");
	test_scheme(&rsa, FOTA_SIGN_RSA_PSS, FOTA_HASH_SHA256, true, "rsa-pss-2048-sha256");
	test_scheme(&rsa, FOTA_SIGN_RSA_PSS, FOTA_HASH_SHA256, false, "rsa-pss-2048-sha256");
	test_scheme(&ed, FOTA_SIGN_ED25519, FOTA_HASH_SHA256, false, "ed25519");
	test_keys(&p256, &other, &ed);
	drop_signer(&p256);
	drop_signer(&other);
	drop_signer(&p384);
	drop_signer(&rsa);
	drop_signer(&ed);
	return done();
}

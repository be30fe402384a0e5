/* SPDX-License-Identifier: PostgreSQL */
/*
 * key_case.h: keys for tests of signatures: made on the spot by OpenSSL, or read from PEM files of a corpus; and the
 * check that no changed bit verifies.
 */
#ifndef KEY_CASE_H
#define KEY_CASE_H

#include "binary_case.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define FLIPS 1000

typedef struct signer
{
	EVP_PKEY   *pkey;
	fota_key	key;			/* for the decoders; der is freed by drop_signer */
} signer;

static void
use_key(signer *s, EVP_PKEY *pkey, const char *name)
{
	unsigned char *der = NULL;
	int			size = i2d_PUBKEY(pkey, &der);

	if (size <= 0)
		abort();
	s->pkey = pkey;
	s->key = (fota_key) {.name = name, .der = {der, (size_t) size}};
}

__attribute__((unused)) static signer
new_p256(const char *name)
{
	signer		s;

	use_key(&s, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), name);
	return s;
}

__attribute__((unused)) static signer
new_p384(const char *name)
{
	signer		s;

	use_key(&s, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"), name);
	return s;
}

__attribute__((unused)) static signer
new_rsa(const char *name, size_t bits)
{
	signer		s;

	use_key(&s, EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits), name);
	return s;
}

__attribute__((unused)) static signer
new_ed25519(const char *name)
{
	signer		s;

	use_key(&s, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), name);
	return s;
}

__attribute__((unused)) static void
drop_signer(signer *s)
{
	OPENSSL_free((void *) (uintptr_t) s->key.der.data);
	EVP_PKEY_free(s->pkey);
}

/* A public key, private key or certificate in PEM; pkey NULL when there is no such file. */
__attribute__((unused)) static signer
read_pem(const char *path, const char *name)
{
	signer		s = {0};
	FILE	   *stream = fopen(path, "r");
	EVP_PKEY   *pkey = stream ? PEM_read_PUBKEY(stream, NULL, NULL, NULL) : NULL;

	if (stream != NULL && pkey == NULL)
	{
		rewind(stream);
		pkey = PEM_read_PrivateKey(stream, NULL, NULL, NULL);
	}
	if (stream != NULL && pkey == NULL)
	{
		X509	   *certificate;

		rewind(stream);
		certificate = PEM_read_X509(stream, NULL, NULL, NULL);
		if (certificate != NULL)
			pkey = X509_get_pubkey(certificate);
		X509_free(certificate);
	}
	if (stream != NULL)
		fclose(stream);
	if (pkey != NULL)
		use_key(&s, pkey, name);
	return s;
}

/*
 * Signs a message, or (is_digest) a digest, with SHA-256 unless md says otherwise; ECDSA in DER, RSA with PSS if asked.
 * Returns the size of what stands in out (512 bytes).
 */
__attribute__((unused)) static size_t
sign_with(const signer *s, const EVP_MD *md, bool pss, bool is_digest, const void *data, size_t size, uint8_t *out)
{
	size_t		length = 512;
	bool		good;

	if (is_digest)
	{
		EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(s->pkey, NULL);

		good = EVP_PKEY_sign_init(context) == 1 &&
			(!pss || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
					  EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1)) &&
			EVP_PKEY_CTX_set_signature_md(context, md) == 1 && EVP_PKEY_sign(context, out, &length, data, size) == 1;
		EVP_PKEY_CTX_free(context);
	}
	else
	{
		EVP_MD_CTX *context = EVP_MD_CTX_new();
		EVP_PKEY_CTX *inner = NULL;

		good = EVP_DigestSignInit(context, &inner, EVP_PKEY_get_base_id(s->pkey) == EVP_PKEY_ED25519 ? NULL : md, NULL,
								  s->pkey) == 1 &&
			(!pss || EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) == 1) &&
			EVP_DigestSign(context, out, &length, data, size) == 1;
		EVP_MD_CTX_free(context);
	}
	if (!good)
		abort();
	return length;
}

/* r and s of a signature in DER, each half bytes, big-endian. */
__attribute__((unused)) static void
der_to_raw(const uint8_t *der, size_t half, uint8_t *raw)
{
	const uint8_t *p = der + (der[1] & 0x80 ? 3 : 2);

	memset(raw, 0, 2 * half);
	for (int i = 0; i < 2; i++)
	{
		size_t		size = p[1];
		const uint8_t *number = p + 2;

		p += 2 + size;
		while (size > half)
		{
			number++;
			size--;
		}
		memcpy(raw + half * (size_t) (i + 1) - size, number, size);
	}
}

/* --- what becomes of signatures ----------------------------------------------------------- */

/* The result of the first signature, or -1 when the file is refused; text (200 bytes) says more, may be NULL. */
static int
verdict(const void *data, size_t size, const char *format, const fota_key *keys, size_t key_count, fota_proof *first)
{
	static fota_proofs proofs;
	outcome		o;
	uint8_t    *exact;
	int			result = -1;

	decode_exact(&o, data, size, format, "", &exact);
	proofs.count = 0;
	if (o.status == FOTA_OK &&
		fota_image_verify(&o.ctx, (fota_bytes) {exact, size}, &o.image, keys, key_count, &proofs) == FOTA_OK)
	{
		result = proofs.count > 0 ? (int) proofs.list[0].result : FOTA_PROOF_UNSIGNED;
		for (size_t i = 1; i < proofs.count; i++)
			if (proofs.list[i].result != FOTA_PROOF_VALID && result == FOTA_PROOF_VALID)
				result = (int) proofs.list[i].result;
		if (first != NULL)
			*first = proofs.list[0];
	}
	if (!end_outcome(&o))
		ok(false, "%s: all memory is given back", format);
	free(exact);
	return result;
}

__attribute__((unused)) static void
is_verdict(const built *b, const char *format, const fota_key *keys, size_t key_count, int want, const char *algorithm,
		   const char *name)
{
	fota_proof	proof = {0};
	int			got = verdict(b->data, b->size, format, keys, key_count, &proof);

	if (!ok(got == want && (algorithm == NULL || strcmp(proof.algorithm, algorithm) == 0), "%s", name))
		printf("# got %d, want %d, \"%s\", %s\n", got, want, proof.algorithm, proof.text);
}

/* Random single bits in [from, to) are changed, one at a time: none may verify. */
__attribute__((unused)) static void
no_flip_verifies(const built *b, size_t from, size_t to, const char *format, const fota_key *keys, size_t key_count,
				 const char *name)
{
	built		changed = copy_of(b);
	int			verified = 0;

	for (int i = 0; i < FLIPS; i++)
	{
		size_t		bit = from * 8 + (size_t) tap_random((to - from) * 8);

		changed.data[bit / 8] ^= (uint8_t) (1 << bit % 8);
		if (verdict(changed.data, changed.size, format, keys, key_count, NULL) == FOTA_PROOF_VALID)
		{
			printf("# bit %zu of byte 0x%zx\n", bit % 8, bit / 8);
			verified++;
		}
		changed.data[bit / 8] ^= (uint8_t) (1 << bit % 8);
	}
	is_int(verified, 0, name);
	drop(&changed);
}

/* A signed file of the corpus with its key: verified, and no changed bit is. */
__attribute__((unused)) static void
signed_file(const char *folder, const char *name, const char *format, const char *key, const char *algorithm)
{
	const char *corpus = getenv("FOTA_CORPUS");
	char		path[2048];
	loaded		file;
	signer		s;
	built		b;

	if (corpus == NULL)
		return;
	snprintf(path, sizeof(path), "%s/formats/keys/%s", corpus, key);
	s = read_pem(path, key);
	snprintf(path, sizeof(path), "%s/formats/%s", corpus, folder);
	file = load(path, name);
	b = (built) {file.data, file.size};
	if (!ok(s.pkey != NULL && file.data != NULL, "%s and %s are there", name, key))
		return;
	is_verdict(&b, format, &s.key, 1, FOTA_PROOF_VALID, algorithm, name);
	is_verdict(&b, format, NULL, 0, FOTA_PROOF_UNTRUSTED, NULL, "without the key it is not trusted");
	/* in a text, another bit may be another case of the same digit */
	if (file.size < 200000 && strcmp(format, "ihex") != 0)
		no_flip_verifies(&b, 0, b.size, format, &s.key, 1, "no changed bit of it verifies");
	drop_signer(&s);
	free(file.data);
}

#endif

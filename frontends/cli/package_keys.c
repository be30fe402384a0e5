/* SPDX-License-Identifier: PostgreSQL */
/* package_keys.c: keys and certificates from files, and signatures by them; see package.h. */
#include "package.h"

#include "codec/fup.h"
#include "hash.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* --- trusted ones --------------------------------------------------------------------------------- */

/* Takes der over, which OpenSSL allocated. */
static int
add(package_keys *keys, const char *file, unsigned char *der, int size, bool is_certificate)
{
	const char *slash = strrchr(file, '/');

	if (size <= 0)
		return cli_fail("UF001", "%s: OpenSSL cannot write this key", file);
	if (keys->count == PACKAGE_KEYS)
		return cli_fail("UF006", "%s: more than %d keys", file, PACKAGE_KEYS);
	keys->list[keys->count++] = (fota_key) {.name = slash ? slash + 1 : file, .der = {der, (size_t) size},
		.is_certificate = is_certificate};
	return CLI_DONE;
}

static int
add_public(package_keys *keys, const char *file, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int			size = i2d_PUBKEY(key, &der);

	EVP_PKEY_free(key);
	return add(keys, file, der, size, false);
}

static int
add_certificate(package_keys *keys, const char *file, X509 *certificate)
{
	unsigned char *der = NULL;
	int			size = i2d_X509(certificate, &der);

	X509_free(certificate);
	return add(keys, file, der, size, true);
}

/* All that the PEM blocks of a text are; how many is left in *found. */
static int
add_pem(package_keys *keys, const char *file, fota_bytes text, size_t *found)
{
	BIO		   *in = BIO_new_mem_buf(text.data, (int) text.size);
	char	   *name = NULL;
	char	   *header = NULL;
	unsigned char *data = NULL;
	long		size = 0;
	int			status = CLI_DONE;

	while (status == CLI_DONE && PEM_read_bio(in, &name, &header, &data, &size) == 1)
	{
		const unsigned char *p = data;
		EVP_PKEY   *key = NULL;
		X509	   *certificate = NULL;

		if (strcmp(name, "CERTIFICATE") == 0)
			certificate = d2i_X509(NULL, &p, size);
		else if (strcmp(name, "PUBLIC KEY") == 0)
			key = d2i_PUBKEY(NULL, &p, size);
		else if (strstr(name, "PRIVATE KEY") != NULL)
			key = d2i_AutoPrivateKey(NULL, &p, size);
		*found += certificate != NULL || key != NULL;
		if (certificate != NULL)
			status = add_certificate(keys, file, certificate);
		else if (key != NULL)
			status = add_public(keys, file, key);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(data, (size_t) size);
	}
	BIO_free(in);
	return status;
}

int
package_keys_add(package_keys *keys, const char *file)
{
	fota_bytes	text;
	const unsigned char *p;
	size_t		found = 0;
	X509	   *certificate;
	EVP_PKEY   *key;
	int			status;

	if (cli_map(file, &text))
		return CLI_FAILED;
	status = text.size < ((size_t) 1 << 20) ? add_pem(keys, file, text, &found) : CLI_DONE;
	if (status == CLI_DONE && found == 0 && text.size > 0 && text.size < 65536)
	{
		p = text.data;
		if ((certificate = d2i_X509(NULL, &p, (long) text.size)) != NULL)
			status = add_certificate(keys, file, certificate);
		else if (p = text.data, (key = d2i_PUBKEY(NULL, &p, (long) text.size)) != NULL)
			status = add_public(keys, file, key);
		found = certificate != NULL || key != NULL;
	}
	cli_unmap(&text);
	ERR_clear_error();
	if (status == CLI_DONE && found == 0)
		return cli_fail("UF001", "%s: neither a public key nor a certificate, in PEM or DER", file);
	return status;
}

void
package_keys_free(package_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		OPENSSL_free((void *) (uintptr_t) keys->list[i].der.data);
	keys->count = 0;
}

/* --- signing -------------------------------------------------------------------------------------- */

static EVP_PKEY *
read_private(const char *file)
{
	FILE	   *in = fopen(file, "rb");
	EVP_PKEY   *key = in != NULL ? PEM_read_PrivateKey(in, NULL, NULL, NULL) : NULL;

	if (in == NULL)
		cli_fail_file(file);
	else
	{
		fclose(in);
		if (key == NULL)
			cli_fail("UF001", "%s: no private key in PEM", file);
	}
	ERR_clear_error();
	return key;
}

/* ECDSA's two numbers as 32 bytes each. */
static bool
split_ecdsa(const unsigned char *der, size_t size, uint8_t out[64])
{
	ECDSA_SIG  *pair = d2i_ECDSA_SIG(NULL, &der, (long) size);
	bool		done = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32) == 32 &&
		BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32) == 32;

	ECDSA_SIG_free(pair);
	return done;
}

static bool
sign_bytes(EVP_PKEY *key, bool is_ec, fota_bytes content, uint8_t out[64])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char value[160];
	size_t		size = sizeof(value);
	bool		done = context != NULL && EVP_DigestSignInit(context, NULL, is_ec ? EVP_sha256() : NULL, NULL, key) == 1 &&
		EVP_DigestSign(context, value, &size, content.data, content.size) == 1;

	EVP_MD_CTX_free(context);
	if (!done || is_ec)
		return done && split_ecdsa(value, size, out);
	memcpy(out, value, 64);
	return size == 64;
}

static int
sign_bare(fota_ctx *ctx, EVP_PKEY *key, const char *file, fota_bytes content, fota_buf *out)
{
	bool		is_ec = EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_bits(key) == 256;
	unsigned char *der = NULL;
	uint8_t		id[FOTA_SHA256_SIZE];
	uint8_t		value[64];
	int			size;
	fota_status status;

	if (!is_ec && EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519)
		return cli_fail("UF007", "%s: a bare signature is by Ed25519 or ECDSA P-256; for others give a certificate, too", file);
	if (!sign_bytes(key, is_ec, content, value))
		return cli_fail("UF008", "%s: OpenSSL cannot sign with this key", file);
	size = i2d_PUBKEY(key, &der);
	status = size > 0 ? fota_sha256(ctx, der, (size_t) size, id) : FOTA_INTERNAL;
	OPENSSL_free(der);
	if (status == FOTA_OK)
		status = fota_fup_signature(ctx, is_ec ? FOTA_FUP_ES256 : FOTA_FUP_ED25519, id, value, out);
	return status == FOTA_OK ? CLI_DONE : cli_fail_core(ctx, file);
}

/* The certificates of a PEM file: the first is the signer's. */
static STACK_OF(X509) *
read_certificates(const char *file)
{
	BIO		   *in = BIO_new_file(file, "r");
	STACK_OF(X509) *list = sk_X509_new_null();
	X509	   *certificate;

	while (in != NULL && (certificate = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL)
		sk_X509_push(list, certificate);
	BIO_free(in);
	ERR_clear_error();
	if (sk_X509_num(list) > 0)
		return list;
	sk_X509_pop_free(list, X509_free);
	cli_fail("UF001", "%s: no certificate in PEM", file);
	return NULL;
}

static int
sign_cms(fota_ctx *ctx, EVP_PKEY *key, const char *file, const char *certificate_file, fota_bytes content, fota_buf *out)
{
	STACK_OF(X509) *list = read_certificates(certificate_file);
	X509	   *signer = list != NULL ? sk_X509_shift(list) : NULL;
	BIO		   *in = BIO_new_mem_buf(content.data, (int) content.size);
	CMS_ContentInfo *cms;
	unsigned char *der = NULL;
	int			size = 0;
	int			status;

	if (list == NULL)
	{
		BIO_free(in);
		return CLI_FAILED;
	}
	cms = CMS_sign(signer, key, list, in, CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP);
	if (cms != NULL)
		size = i2d_CMS_ContentInfo(cms, &der);
	status = size > 0 ? CLI_DONE : cli_fail("UF008", "%s: OpenSSL cannot sign with this key and %s", file, certificate_file);
	if (status == CLI_DONE && fota_buf_append(ctx, out, der, (size_t) size) != FOTA_OK)
		status = cli_fail_core(ctx, file);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	X509_free(signer);
	sk_X509_pop_free(list, X509_free);
	ERR_clear_error();
	return status;
}

int
package_sign(fota_ctx *ctx, const char *key_file, const char *certificate_file, fota_bytes content, fota_buf *out)
{
	EVP_PKEY   *key = read_private(key_file);
	int			status;

	if (key == NULL)
		return CLI_FAILED;
	status = certificate_file == NULL ? sign_bare(ctx, key, key_file, content, out) :
		sign_cms(ctx, key, key_file, certificate_file, content, out);
	EVP_PKEY_free(key);
	return status;
}

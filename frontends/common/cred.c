/* SPDX-License-Identifier: PostgreSQL */
/* cred.c: AES-256-GCM wrapping of PSKs, and the handling of secret bytes. */
#include "cred.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#define NONCE_SIZE 12
#define TAG_SIZE 16

/* Value of a hex digit, or -1. */
static int
hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool
key_of_hex(const uint8_t *text, uint8_t key[CRED_KEY_SIZE])
{
	for (int i = 0; i < CRED_KEY_SIZE; i++)
	{
		int			high = hex_digit(text[2 * i]);
		int			low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[i] = (uint8_t) (high << 4 | low);
	}
	return true;
}

bool
cred_load_key(const char *file, uint8_t key[CRED_KEY_SIZE], char *error, size_t error_size)
{
	FILE	   *in = fopen(file, "rb");
	uint8_t		data[2 * CRED_KEY_SIZE + 8];
	size_t		size;
	bool		good = true;

	if (in == NULL)
	{
		snprintf(error, error_size, "cannot read the key file %s: %s", file, strerror(errno));
		return false;
	}
	setvbuf(in, NULL, _IONBF, 0);
	size = fread(data, 1, sizeof data, in);
	fclose(in);
	if (size == CRED_KEY_SIZE)
		memcpy(key, data, CRED_KEY_SIZE);
	else
	{
		while (size > 0 && (data[size - 1] == '\n' || data[size - 1] == '\r'))
			size--;
		good = size == 2 * CRED_KEY_SIZE && key_of_hex(data, key);
	}
	cred_wipe(data, sizeof data);
	if (!good)
		snprintf(error, error_size, "the key file %s has neither 32 bytes nor 64 hex digits", file);
	return good;
}

bool
cred_wrap(const uint8_t key[CRED_KEY_SIZE], const char *identity,
		  const uint8_t *secret, size_t size, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int			n;
	bool		good;

	good = ctx != NULL && cred_random(out, NONCE_SIZE) &&
		EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out) == 1 &&
		EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *) identity, (int) strlen(identity)) == 1 &&
		EVP_EncryptUpdate(ctx, out + NONCE_SIZE, &n, secret, (int) size) == 1 &&
		EVP_EncryptFinal_ex(ctx, out + NONCE_SIZE + size, &n) == 1 &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, out + NONCE_SIZE + size) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return good;
}

bool
cred_unwrap(const uint8_t key[CRED_KEY_SIZE], const char *identity,
			const uint8_t *wrapped, size_t size, uint8_t *secret)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t		tag[TAG_SIZE];
	size_t		length;
	int			n;
	bool		good;

	if (size < CRED_OVERHEAD)
		return false;
	length = size - CRED_OVERHEAD;
	memcpy(tag, wrapped + NONCE_SIZE + length, TAG_SIZE);
	ctx = EVP_CIPHER_CTX_new();
	good = ctx != NULL &&
		EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, wrapped) == 1 &&
		EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *) identity, (int) strlen(identity)) == 1 &&
		EVP_DecryptUpdate(ctx, secret, &n, wrapped + NONCE_SIZE, (int) length) == 1 &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
		EVP_DecryptFinal_ex(ctx, tag, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!good)
		cred_wipe(secret, length);
	return good;
}

bool
cred_equal(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}

void
cred_wipe(void *data, size_t size)
{
	OPENSSL_cleanse(data, size);
}

bool
cred_random(void *out, size_t size)
{
	return RAND_bytes(out, (int) size) == 1;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * wrap_psk.c: wraps a pre-shared key of the tester's choice, as the documentation of the credential
 * table says and without any code of the front-ends:
 *
 *	wrap_psk KEY_FILE IDENTITY KEY_TEXT
 *
 * prints hex(nonce of 12 bytes, AES-256-GCM ciphertext, tag of 16 bytes), the identity being the
 * additional data. KEY_FILE holds 64 hex digits.
 */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

static int
read_key(const char *name, unsigned char key[32])
{
	FILE	   *file = fopen(name, "r");
	int			got = 0;
	unsigned	byte;

	while (file != NULL && got < 32 && fscanf(file, "%2x", &byte) == 1)
		key[got++] = (unsigned char) byte;
	if (file != NULL)
		fclose(file);
	return got == 32;
}

int
main(int argc, char **argv)
{
	unsigned char key[32];
	unsigned char out[12 + 256 + 16];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int			size,
				n;

	if (argc != 4 || strlen(argv[3]) > 256)
	{
		fputs("usage: wrap_psk KEY_FILE IDENTITY KEY_TEXT\n", stderr);
		return 2;
	}
	size = (int) strlen(argv[3]);
	if (c == NULL || !read_key(argv[1], key) || RAND_bytes(out, 12) != 1 ||
		EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, out) != 1 ||
		EVP_EncryptUpdate(c, NULL, &n, (unsigned char *) argv[2], (int) strlen(argv[2])) != 1 ||
		EVP_EncryptUpdate(c, out + 12, &n, (unsigned char *) argv[3], size) != 1 ||
		EVP_EncryptFinal_ex(c, out + 12 + n, &n) != 1 ||
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, out + 12 + size) != 1)
	{
		fputs("wrap_psk: failed\n", stderr);
		return 1;
	}
	for (int i = 0; i < 12 + size + 16; i++)
		printf("%02x", out[i]);
	putchar('\n');
	EVP_CIPHER_CTX_free(c);
	return 0;
}

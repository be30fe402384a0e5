/* SPDX-License-Identifier: PostgreSQL */
/* mender_sign.c: the signature of a Mender artifact: base64 of ECDSA's r and s, or of RSA, over the manifest; see mender.h. */
#include "mender.h"

#include "../sign.h"
#include "../unpack.h"

#include <string.h>

static int
digit_of(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 :
		c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Bytes that were decoded; 0 when it is not base64 in its one form. A line feed may end it. */
static size_t
decode_base64(fota_bytes text, uint8_t *out, size_t room)
{
	size_t		size = text.size > 0 && text.data[text.size - 1] == '\n' ? text.size - 1 : text.size;
	size_t		pad = 0;
	size_t		used = 0;
	uint32_t	bits = 0;

	while (pad < 2 && pad < size && text.data[size - 1 - pad] == '=')
		pad++;
	if (size == 0 || size % 4 != 0 || size / 4 * 3 > room)
		return 0;
	for (size_t i = 0; i < size; i++)
	{
		int			digit = i < size - pad ? digit_of(text.data[i]) : 0;

		if (digit < 0)
			return 0;
		bits = bits << 6 | (uint32_t) digit;
		if (i % 4 != 3)
			continue;
		for (int k = 16; k >= 0; k -= 8)
			out[used++] = (uint8_t) (bits >> k);
	}
	for (size_t i = 0; i < pad; i++)
		if (out[--used] != 0)
			return 0;			/* bits that belong to no byte */
	return used;
}

/* Of a compressed data archive only the files are signed: the header of gzip must be as Mender writes it. */
static void
check_headers(fota_bytes file, const fota_image *image, fota_proof *proof)
{
	for (size_t i = 0; i < image->member_count; i++)
	{
		const fota_member *m = &image->members[i];
		const uint8_t *p = file.data + m->offset;

		if (!fota_mender_is_data(m->name) || m->size < 10 || p[0] != 0x1f || p[1] != 0x8b)
			continue;
		/* no time, or the year 1 as the tool writes it */
		if (p[3] == 0 && (memcmp(p + 4, "\0\0\0\0", 4) == 0 || memcmp(p + 4, "\0\x09\x6e\x88", 4) == 0) && (p[8] == 0 || p[8] == 2 || p[8] == 4) &&
			(p[9] == 255 || p[9] == 3))
			continue;
		proof->result = FOTA_PROOF_INVALID;
		fota_format(proof->text, sizeof(proof->text), "%s has a gzip header that Mender does not write", m->name);
	}
}

fota_status
fota_mender_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys, size_t key_count,
				   fota_proofs *proofs)
{
	const fota_member *m = fota_image_member_find(image, "manifest.sig", 12);
	const fota_member *manifest = &image->members[1];
	size_t		before = proofs->count;
	uint8_t		value[1024];
	fota_signature signature = {.hash = FOTA_HASH_SHA256};
	fota_status status;

	if (m == NULL)
	{
		fota_proof_add(proofs, "manifest", "", FOTA_PROOF_UNSIGNED);
		return FOTA_OK;
	}
	signature.value = (fota_bytes) {value, decode_base64((fota_bytes) {file.data + m->offset, (size_t) m->size}, value,
														 sizeof(value))};
	if (signature.value.size == 0)
		return fota_fail(ctx, FOTA_SIGNATURE, m->offset, 0, MENDER ": manifest.sig is not base64");
	/* the shortest RSA signature is longer than that of the largest curve */
	signature.scheme = signature.value.size < 192 ? FOTA_SIGN_ECDSA_RAW : FOTA_SIGN_RSA_PKCS1;
	signature.content = (fota_bytes) {file.data + manifest->offset, (size_t) manifest->size};
	status = fota_sign_try(ctx, keys, key_count, &signature, "manifest", proofs);
	if (status == FOTA_OK && proofs->list[before].result == FOTA_PROOF_VALID)
		check_headers(file, image, &proofs->list[before]);
	return status;
}

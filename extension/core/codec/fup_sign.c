/* SPDX-License-Identifier: PostgreSQL */
/* fup_sign.c: signatures of our open package container; see fup.h. */
#include "fup.h"

#include "../cms.h"
#include "../json.h"
#include "../sign.h"

#include <string.h>

#define WHAT "manifest.json"	/* what every signature is of */

static const char *const algorithms[] = {[FOTA_FUP_ED25519] = "ed25519", [FOTA_FUP_ES256] = "es256"};

fota_status
fota_fup_signature(fota_ctx *ctx, fota_fup_algorithm algorithm, const uint8_t key_id[FOTA_SHA256_SIZE],
				   const uint8_t value[64], fota_buf *out)
{
	char		id[2 * FOTA_SHA256_SIZE + 1];
	char		digits[2 * 64 + 1];
	char		text[320];
	size_t		size;

	fota_hex(key_id, FOTA_SHA256_SIZE, id);
	fota_hex(value, 64, digits);
	size = fota_format(text, sizeof(text), "{\"algorithm\":\"%s\",\"key_id\":\"%s\",\"signature\":\"%s\"}\n",
					   algorithms[algorithm], id, digits);
	return fota_buf_append(ctx, out, text, size);
}

static bool
read_digits(const char *text, uint8_t *out, size_t size)
{
	if (text == NULL || strlen(text) != 2 * size)
		return false;
	for (size_t i = 0; i < 2 * size; i++)
	{
		char		c = text[i];
		int			digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (digit < 0)
			return false;
		out[i / 2] = (uint8_t) (i % 2 ? out[i / 2] | digit : digit << 4);
	}
	return true;
}

/* Reads a signature in JSON, which must be what fota_fup_signature writes. */
static fota_status
read_signature(fota_ctx *ctx, fota_bytes text, const char *name, uint8_t key_id[FOTA_SHA256_SIZE], uint8_t value[64],
			   fota_fup_algorithm *algorithm)
{
	char		what[80];
	fota_tree	tree;
	fota_buf	again;
	const char *named;
	bool		good;
	fota_status status;

	fota_buf_init(&again, 4096);
	fota_format(what, sizeof(what), FUP ": %s", name);
	status = fota_tree_json(ctx, text, what, &tree);
	named = status == FOTA_OK ? fota_tree_text(&tree, &tree.nodes[0], "algorithm") : NULL;
	*algorithm = named != NULL && strcmp(named, algorithms[FOTA_FUP_ES256]) == 0 ? FOTA_FUP_ES256 : FOTA_FUP_ED25519;
	good = named != NULL && read_digits(fota_tree_text(&tree, &tree.nodes[0], "key_id"), key_id, FOTA_SHA256_SIZE) &&
		read_digits(fota_tree_text(&tree, &tree.nodes[0], "signature"), value, 64);
	fota_tree_free(&tree);
	if (good)
		status = fota_fup_signature(ctx, *algorithm, key_id, value, &again);
	good = good && again.size == text.size && memcmp(again.data, text.data, text.size) == 0;
	fota_buf_free(ctx, &again);
	if (status == FOTA_NOMEM || status == FOTA_CANCELED || (status == FOTA_OK && good))
		return status;
	return fota_fail(ctx, FOTA_SIGNATURE, FOTA_NOWHERE, 0,
					 FUP ": %s is neither CMS nor {\"algorithm\",\"key_id\",\"signature\"} in one line", name);
}

static fota_status
verify_one(fota_ctx *ctx, fota_bytes content, fota_bytes value, const char *name, const fota_key *keys, size_t key_count,
		   fota_proofs *proofs)
{
	uint8_t		key_id[FOTA_SHA256_SIZE];
	uint8_t		bytes[64];
	fota_fup_algorithm algorithm;
	fota_signature signature = {.hash = FOTA_HASH_SHA256, .content = content, .value = {bytes, sizeof(bytes)}};
	fota_cms	cms;
	fota_status status;

	if (value.size > 1 && value.data[0] == 0x30)
	{
		status = fota_cms_open(ctx, value, FUP, 0, &cms);
		if (status == FOTA_OK && cms.has_content)
			return fota_fail(ctx, FOTA_SIGNATURE, FOTA_NOWHERE, 0, FUP ": %s has a content of its own", name);
		return status == FOTA_OK ? fota_cms_verify(ctx, &cms, content, keys, key_count, WHAT, proofs) : status;
	}
	status = read_signature(ctx, value, name, key_id, bytes, &algorithm);
	if (status != FOTA_OK)
		return status;
	signature.scheme = algorithm == FOTA_FUP_ED25519 ? FOTA_SIGN_ED25519 : FOTA_SIGN_ECDSA_RAW;
	return fota_sign_try_id(ctx, keys, key_count, FOTA_KEY_FORM_SPKI, (fota_bytes) {key_id, sizeof(key_id)}, &signature, WHAT,
							proofs);
}

fota_status
fota_fup_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys, size_t key_count,
				fota_proofs *proofs)
{
	fota_bytes	content = {file.data + image->members[0].offset, (size_t) image->members[0].size};
	char		name[32];
	fota_status status = FOTA_OK;
	size_t		i;

	for (i = 0; i < FUP_SIGNATURES && status == FOTA_OK; i++)
	{
		const fota_member *m;

		fota_fup_signature_name(i, name);
		m = fota_image_member_find(image, name, strlen(name));
		if (m == NULL)
			break;
		status = verify_one(ctx, content, (fota_bytes) {file.data + m->offset, (size_t) m->size}, name, keys, key_count, proofs);
	}
	if (i == 0)
		fota_proof_add(proofs, WHAT, "", FOTA_PROOF_UNSIGNED);
	return status;
}

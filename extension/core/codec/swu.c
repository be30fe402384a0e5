/* SPDX-License-Identifier: PostgreSQL */
/*
 * swu.c: packages of SWUpdate: a cpio archive that begins with sw-description (libconfig or JSON), and perhaps its
 * signature sw-description.sig; all that the description names must be there, with the SHA-256 that it gives.
 */
#include "package.h"

#include "../cms.h"
#include "../sign.h"

#include <string.h>

#define FORMAT "swu"
#define DESCRIPTION "sw-description"
#define SIGNATURE "sw-description.sig"

static int
swu_detect(fota_bytes file, const char **reason)
{
	*reason = "a cpio archive that begins with sw-description";
	return fota_cpio_is(file) && file.size > 125 && memcmp(file.data + 110, DESCRIPTION, sizeof(DESCRIPTION)) == 0 ? 97 : 0;
}

/* --- description ----------------------------------------------------------------------------- */

typedef struct reading
{
	fota_ctx   *ctx;
	fota_bytes	file;
	fota_image *image;
	fota_tree	tree;
	uint8_t		(*sums)[FOTA_SHA256_SIZE];	/* of the members; computed once each */
	uint8_t    *state;			/* 1 = computed, 2 = and compared with the description */
} reading;

static fota_bytes
member_bytes(fota_bytes file, const fota_member *member)
{
	return (fota_bytes) {file.data + member->offset, (size_t) member->size};
}

static fota_status
check_sum(reading *r, size_t place, const char *hex)
{
	const fota_member *m = &r->image->members[place];
	uint8_t		want[FOTA_SHA256_SIZE];
	char		shown[2 * FOTA_SHA256_SIZE + 1];
	fota_status status = FOTA_OK;

	if (!fota_package_hex(hex, want))
		return fota_fail(r->ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0,
						 FORMAT ": sha256 of \"%s\" in " DESCRIPTION " is \"%.80s\", expected 64 hex digits", m->name, hex);
	if (r->state[place] == 0)
		status = fota_sha256(r->ctx, r->file.data + m->offset, (size_t) m->size, r->sums[place]);
	if (status == FOTA_OK)
		status = fota_poll(r->ctx, r->state[place] == 0 ? (size_t) m->size : 1);
	if (status != FOTA_OK)
		return status;
	r->state[place] = 2;
	if (memcmp(want, r->sums[place], sizeof(want)) == 0)
		return FOTA_OK;
	fota_hex(r->sums[place], FOTA_SHA256_SIZE, shown);
	return fota_fail(r->ctx, FOTA_CHECKSUM, m->offset, 0,
					 FORMAT ": %s: sha256 in " DESCRIPTION " does not match: it says %.16s.., computed %.16s..", m->name, hex,
					 shown);
}

/* A group that names a file. */
static fota_status
check_entry(reading *r, const fota_node *entry, const char *name)
{
	const fota_node *flag = fota_tree_get(&r->tree, entry, "encrypted");
	const char *hex = fota_tree_text(&r->tree, entry, "sha256");
	const fota_member *member;
	fota_status status = fota_package_find(r->ctx, r->image, DESCRIPTION, name, &member);

	if (status != FOTA_OK)
		return status;
	if (flag != NULL && flag->kind == FOTA_NODE_FLAG && flag->number)
		fota_image_note_flag(r->image, "encrypted", true);
	return hex != NULL ? check_sum(r, (size_t) (member - r->image->members), hex) : FOTA_OK;
}

/* Files are named by groups at any depth: boards, modes and copies may stand between. */
static fota_status
check_entries(reading *r)
{
	for (size_t i = 0; i < r->tree.count; i++)
	{
		const fota_node *node = &r->tree.nodes[i];
		const char *name = node->kind == FOTA_NODE_GROUP ? fota_tree_text(&r->tree, node, "filename") : NULL;
		fota_status status = name != NULL ? check_entry(r, node, name) : FOTA_OK;

		if (status != FOTA_OK)
			return status;
	}
	return FOTA_OK;
}

static void
note_software(reading *r, const fota_node *software)
{
	const fota_node *hardware = fota_tree_get(&r->tree, software, "hardware-compatibility");
	const char *text;

	if ((text = fota_tree_text(&r->tree, software, "version")) != NULL)
		fota_image_note(r->image, "version", text, SIZE_MAX);
	if ((text = fota_tree_text(&r->tree, software, "name")) != NULL)
		fota_image_note(r->image, "name", text, SIZE_MAX);
	if ((text = fota_tree_text(&r->tree, software, "description")) != NULL)
		fota_image_note(r->image, "description", text, SIZE_MAX);
	for (size_t i = 0; i < r->tree.count && hardware == NULL; i++)
		if (strcmp(r->tree.nodes[i].key, "hardware-compatibility") == 0)
			hardware = &r->tree.nodes[i];
	for (const fota_node *n = fota_tree_first(&r->tree, hardware); n != NULL; n = fota_tree_next(&r->tree, n))
		if (n->kind == FOTA_NODE_TEXT)
			fota_image_note_item(r->image, "hw", n->text, n->size);
}

static fota_status
read_description(reading *r)
{
	fota_bytes	text = member_bytes(r->file, &r->image->members[0]);
	const fota_node *software;
	size_t		at = 0;
	fota_status status;

	while (at < text.size && (text.data[at] == ' ' || (text.data[at] >= '\t' && text.data[at] <= '\r')))
		at++;
	status = at < text.size && text.data[at] == '{' ? fota_tree_json(r->ctx, text, FORMAT ": " DESCRIPTION, &r->tree) :
		fota_tree_libconfig(r->ctx, text, FORMAT ": " DESCRIPTION, &r->tree);
	if (status != FOTA_OK)
		return status;
	software = fota_tree_get(&r->tree, &r->tree.nodes[0], "software");
	if (software == NULL || software->kind != FOTA_NODE_GROUP)
		return fota_fail(r->ctx, FOTA_TRUNCATED, r->image->members[0].offset, 0, FORMAT ": " DESCRIPTION
						 ": there is no group \"software\"");
	note_software(r, software);
	return check_entries(r);
}

/* Everything but the description and its signature should be named, or nobody will use it. */
static void
warn_unnamed(const reading *r)
{
	for (size_t i = 1; i < r->image->member_count; i++)
	{
		const fota_member *m = &r->image->members[i];
		bool		named = strcmp(m->name, SIGNATURE) == 0;

		for (size_t k = 0; k < r->tree.count && !named; k++)
			named = strcmp(r->tree.nodes[k].key, "filename") == 0 && strcmp(r->tree.nodes[k].text, m->name) == 0;
		if (!named)
			fota_image_warn(r->image, "unnamed_member", 0, m->offset, "member \"%.80s\" is not named by " DESCRIPTION, m->name);
	}
}

static fota_status
reading_begin(reading *r)
{
	memset(&r->tree, 0, sizeof(r->tree));
	r->sums = fota_alloc_array(r->ctx, r->image->member_count, sizeof(*r->sums));
	r->state = r->sums != NULL ? fota_alloc(r->ctx, r->image->member_count) : NULL;
	return r->state != NULL ? read_description(r) : r->ctx->error.code;
}

static void
reading_end(reading *r)
{
	fota_tree_free(&r->tree);
	fota_free(r->ctx, r->sums);
	fota_free(r->ctx, r->state);
}

/* --- signature --------------------------------------------------------------------------------- */

static bool
is_pgp(fota_bytes value)
{
	return value.size > 2 && (((value.data[0] & 0xfc) == 0x88 || value.data[0] == 0xc2) || value.data[0] == '-');
}

/* What can be said of a signature without keys. */
static fota_status
check_signature(fota_ctx *ctx, fota_bytes file, fota_bytes content, const fota_member *m)
{
	fota_bytes	value = member_bytes(file, m);
	fota_cms	cms;
	size_t		zeros = 0;

	if (value.size > 1 && value.data[0] == 0x30)
	{
		fota_status status = fota_cms_open(ctx, value, FORMAT ": " SIGNATURE, m->offset, &cms);

		return status == FOTA_OK ? fota_cms_check(ctx, &cms, content, FORMAT ": " SIGNATURE) : status;
	}
	while (zeros < value.size && value.data[zeros] == 0)
		zeros++;
	if (zeros == value.size)
		return fota_fail(ctx, FOTA_SIGNATURE, m->offset, 0,
						 FORMAT ": " SIGNATURE " does not verify with any trusted key: it is %zu zero bytes", value.size);
	return FOTA_OK;
}

static fota_status
swu_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	reading		r = {.ctx = ctx, .file = file, .image = image};
	const fota_member *signature;
	fota_status status = fota_cpio_list(ctx, file, options, image);

	if (status != FOTA_OK)
		return status;
	if (image->member_count == 0 || strcmp(image->members[0].name, DESCRIPTION) != 0)
		return fota_fail(ctx, FOTA_SYNTAX, 0, 0, FORMAT ": first member is \"%s\", must be \"" DESCRIPTION "\"",
						 image->member_count > 0 ? image->members[0].name : "");
	signature = fota_image_member_find(image, SIGNATURE, strlen(SIGNATURE));
	if (signature != NULL && signature != &image->members[1])
		return fota_fail(ctx, FOTA_SYNTAX, signature->offset, 0, FORMAT ": " SIGNATURE " does not follow " DESCRIPTION);
	fota_image_note_flag(image, "signed", signature != NULL);
	status = reading_begin(&r);
	if (status == FOTA_OK)
		warn_unnamed(&r);
	reading_end(&r);
	if (status == FOTA_OK && signature != NULL)
		status = check_signature(ctx, file, member_bytes(file, &image->members[0]), signature);
	return status == FOTA_OK ? fota_image_whole(ctx, file, options, image) : status;
}

/* Bare signatures do not say how they are padded. */
static fota_status
verify_rsa(fota_ctx *ctx, fota_bytes content, fota_bytes value, const fota_key *keys, size_t key_count,
		   fota_proofs *proofs)
{
	fota_signature signature = {.scheme = FOTA_SIGN_RSA_PKCS1, .hash = FOTA_HASH_SHA256, .content = content, .value = value};
	size_t		before = proofs->count;
	fota_status status = fota_sign_try(ctx, keys, key_count, &signature, DESCRIPTION, proofs);

	if (status != FOTA_OK || proofs->list[before].result != FOTA_PROOF_INVALID)
		return status;
	proofs->count = before;
	signature.scheme = FOTA_SIGN_RSA_PSS;
	return fota_sign_try(ctx, keys, key_count, &signature, DESCRIPTION, proofs);
}

/* What is signed is the description alone: every other member must have its SHA-256 there. */
static fota_status
check_covered(reading *r, fota_proof *proof)
{
	fota_status status = reading_begin(r);

	for (size_t i = 2; status == FOTA_OK && i < r->image->member_count; i++)
	{
		if (r->state[i] == 2)
			continue;
		proof->result = FOTA_PROOF_INVALID;
		fota_format(proof->text, sizeof(proof->text), "\"%.80s\" has no sha256 in " DESCRIPTION ": nothing protects it",
					r->image->members[i].name);
	}
	reading_end(r);
	return status;
}

static fota_status
swu_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys, size_t key_count,
		   fota_proofs *proofs)
{
	const fota_member *m = fota_image_member_find(image, SIGNATURE, strlen(SIGNATURE));
	fota_bytes	content = member_bytes(file, &image->members[0]);
	fota_image	scratch = *image;
	reading		r = {.ctx = ctx, .file = file, .image = &scratch};
	size_t		before = proofs->count;
	fota_bytes	value;
	fota_cms	cms;
	fota_status status;

	if (m == NULL)
	{
		fota_proof_add(proofs, DESCRIPTION, "", FOTA_PROOF_UNSIGNED);
		return FOTA_OK;
	}
	value = member_bytes(file, m);
	if (fota_cms_is(value))
	{
		status = fota_cms_open(ctx, value, FORMAT ": " SIGNATURE, m->offset, &cms);
		if (status == FOTA_OK)
			status = fota_cms_verify(ctx, &cms, content, keys, key_count, DESCRIPTION, proofs);
	}
	else if (is_pgp(value) && value.size % 64 != 0)
	{
		fota_proof_add(proofs, DESCRIPTION, "pgp", FOTA_PROOF_UNVERIFIABLE);
		status = FOTA_OK;
	}
	else
		status = verify_rsa(ctx, content, value, keys, key_count, proofs);
	/* notes made once more are dropped: the list of scratch is full */
	scratch.metadata_count = FOTA_IMAGE_METADATA;
	for (size_t i = before; status == FOTA_OK && i < proofs->count; i++)
		if (proofs->list[i].result == FOTA_PROOF_VALID)
			status = check_covered(&r, &proofs->list[i]);
	return status;
}

const fota_codec fota_codec_swu = {
	.name = FORMAT,
	.title = "SWUpdate package",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = swu_detect,
	.decode = swu_decode,
	.take = fota_archive_take,
	.verify = swu_verify,
};

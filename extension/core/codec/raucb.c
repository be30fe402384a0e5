/* SPDX-License-Identifier: PostgreSQL */
/*
 * raucb.c: bundles of RAUC: a squashfs, then CMS, then its size in 8 bytes. In a bundle of format "plain" the
 * signature is over the squashfs; in "verity" and "crypt" the CMS has the manifest inside, which has the root of a
 * tree of hashes over the squashfs. The tree is checked, so that the signature covers every byte.
 */
#include "raucb.h"

#include "../cms.h"

#include <string.h>

#define FORMAT RAUCB

/* Whether DER of exactly so many bytes begins here, or of some number of them when size is 0. */
static bool
is_der(const uint8_t *p, size_t room, uint64_t size)
{
	return room > 4 && p[0] == 0x30 && p[1] == 0x82 && (size == 0 || fota_get_u16be(p + 2) + (uint64_t) 4 == size);
}

/* Damaged bundles must be told from plain squashfs: there is something where the squashfs, padded, ends. */
static int
raucb_detect(fota_bytes file, const char **reason)
{
	uint64_t	size;
	uint64_t	used;

	if (file.size < 96 + 8)
		return 0;
	size = fota_get_u64be(file.data + file.size - 8);
	if (size > file.size - 8)
		return 0;
	*reason = "a squashfs with CMS behind it";
	if (memcmp(file.data, "hsqs", 4) != 0)
	{
		*reason = "CMS and its size at the end";
		return size > 0 && is_der(file.data + file.size - 8 - size, size, size) ? 93 : 0;
	}
	if (size > 0 && file.data[file.size - 8 - size] == 0x30)
		return 97;
	used = fota_get_u64le(file.data + 40);
	if (used > file.size - 8)
		return 0;
	used += (4096 - used % 4096) % 4096;
	if (used >= file.size - 8)
		return 0;
	*reason = "a squashfs with something of RAUC behind it";
	return size > 0 ? (used == file.size - 8 - size ? 94 : 0) : is_der(file.data + used, file.size - 8 - used, 0) ? 94 : 0;
}

/* --- parts ------------------------------------------------------------------------------------- */

typedef struct bundle
{
	fota_bytes	payload;
	fota_bytes	der;
	fota_cms	cms;
} bundle;

static fota_status
open_bundle(fota_ctx *ctx, fota_bytes file, bundle *b)
{
	uint64_t	size;
	fota_status status;

	if (file.size < 96 + 8)
		return fota_fail(ctx, FOTA_TRUNCATED, file.size, 0, FORMAT ": %zu bytes are too short for a bundle", file.size);
	size = fota_get_u64be(file.data + file.size - 8);
	if (size == 0)
		return fota_fail(ctx, FOTA_SYNTAX, file.size - 8, 0, FORMAT ": signature size 0 at offset 0x%zX", file.size - 8);
	if (size > file.size - 8)
		return fota_fail(ctx, FOTA_TRUNCATED, file.size - 8, 0,
						 FORMAT ": signature size %llu at offset 0x%zX, the file has %zu bytes", (unsigned long long) size,
						 file.size - 8, file.size);
	b->payload = (fota_bytes) {file.data, file.size - 8 - (size_t) size};
	b->der = (fota_bytes) {file.data + b->payload.size, (size_t) size};
	if (b->payload.size < 96 || memcmp(file.data, "hsqs", 4) != 0)
	{
		/* an encrypted bundle has none */
		if (fota_cms_open(ctx, b->der, FORMAT, b->payload.size, &b->cms) == FOTA_OK && b->cms.has_content)
			return FOTA_OK;
		return fota_fail(ctx, FOTA_SYNTAX, 0, 0, FORMAT ": no squashfs magic (68 73 71 73) at offset 0x0");
	}
	status = fota_cms_open(ctx, b->der, FORMAT, b->payload.size, &b->cms);
	if (status == FOTA_OK && b->cms.has_content && b->cms.content.size > PACKAGE_MANIFEST)
		return fota_fail(ctx, FOTA_LIMIT, b->payload.size, 0, FORMAT ": a manifest of %zu bytes", b->cms.content.size);
	return status;
}

/* What the superblock of a squashfs says: version 4, and not more bytes than there are. */
static fota_status
check_squashfs(fota_ctx *ctx, fota_bytes payload)
{
	uint64_t	used = fota_get_u64le(payload.data + 40);

	if (fota_get_u16le(payload.data + 28) != 4)
		return fota_fail(ctx, FOTA_UNSUPPORTED, 28, 0, FORMAT ": squashfs version %u, expected 4",
						 fota_get_u16le(payload.data + 28));
	if (used > payload.size)
		return fota_fail(ctx, FOTA_TRUNCATED, 40, 0, FORMAT ": the squashfs has %llu bytes, there are %zu",
						 (unsigned long long) used, payload.size);
	return FOTA_OK;
}

/* --- manifest ---------------------------------------------------------------------------------- */

typedef struct manifest
{
	char		format[16];
	char		hash[80];
	char		salt[160];
	uint64_t	tree;			/* bytes of the tree of hashes */
	bool		has_tree;
} manifest;

static void
keep(char *out, size_t room, fota_bytes value)
{
	fota_format(out, room, "%.*s", value.size < room ? (int) value.size : (int) room - 1, (const char *) value.data);
}

static void
note_setting(fota_image *image, fota_bytes section, fota_bytes key, fota_bytes value, manifest *m)
{
	const char *text = (const char *) value.data;
	char		item[FOTA_IMAGE_TEXT];

	if (fota_ini_is(section, "update"))
	{
		if (fota_ini_is(key, "compatible"))
			fota_image_note_item(image, "hw", text, value.size);
		else if (fota_ini_is(key, "version") || fota_ini_is(key, "description"))
			fota_image_note(image, fota_ini_is(key, "version") ? "version" : "description", text, value.size);
		else if (fota_ini_is(key, "build"))
			fota_image_note(image, "build_id", text, value.size);
	}
	else if (fota_ini_is(section, "bundle"))
	{
		if (fota_ini_is(key, "format"))
			keep(m->format, sizeof(m->format), value);
		else if (fota_ini_is(key, "verity-hash"))
			keep(m->hash, sizeof(m->hash), value);
		else if (fota_ini_is(key, "verity-salt"))
			keep(m->salt, sizeof(m->salt), value);
		else if (fota_ini_is(key, "verity-size"))
			m->has_tree = fota_ini_number(value, &m->tree);
	}
	else if (section.size > 6 && memcmp(section.data, "image.", 6) == 0 && fota_ini_is(key, "filename"))
	{
		fota_format(item, sizeof(item), "%.*s %.*s", section.size < 80 ? (int) section.size - 6 : 74,
					(const char *) section.data + 6, value.size < 100 ? (int) value.size : 100, text);
		fota_image_note_item(image, "image", item, SIZE_MAX);
	}
}

static fota_status
read_manifest(fota_ctx *ctx, fota_bytes text, fota_image *image, manifest *m)
{
	fota_ini	r = {.data = text, .line = 0};
	fota_bytes	key;
	fota_bytes	value;
	bool		more;
	fota_status status;

	memset(m, 0, sizeof(*m));
	while ((status = fota_ini_next(ctx, &r, FORMAT ": manifest", &key, &value, &more)) == FOTA_OK && more)
		note_setting(image, r.section, key, value, m);
	return status;
}

static fota_status
check_manifest(fota_ctx *ctx, const bundle *b, fota_image *image)
{
	manifest	m;
	bool		crypt;
	fota_status status = read_manifest(ctx, b->cms.content, image, &m);

	if (status != FOTA_OK)
		return status;
	crypt = strcmp(m.format, "crypt") == 0;
	fota_image_note(image, "bundle", m.format, SIZE_MAX);
	if (crypt)
		fota_image_note_flag(image, "encrypted", true);
	else if (strcmp(m.format, "verity") != 0)
		return fota_fail(ctx, FOTA_UNSUPPORTED, b->payload.size, 0, FORMAT ": bundle format \"%s\", expected verity or crypt",
						 m.format);
	if (!crypt && memcmp(b->payload.data, "hsqs", 4) != 0)
		return fota_fail(ctx, FOTA_SYNTAX, 0, 0, FORMAT ": no squashfs magic (68 73 71 73) at offset 0x0");
	if (!m.has_tree)
		return fota_fail(ctx, FOTA_TRUNCATED, b->payload.size, 0, FORMAT ": the manifest has no verity-size");
	status = fota_raucb_tree(ctx, b->payload, m.tree, m.hash, m.salt);
	return status == FOTA_OK && !crypt ? check_squashfs(ctx, b->payload) : status;
}

static fota_status
raucb_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	bundle		b;
	fota_status status = open_bundle(ctx, file, &b);

	if (status != FOTA_OK)
		return status;
	fota_image_note_flag(image, "signed", true);
	if (b.cms.has_content)
		status = check_manifest(ctx, &b, image);
	else
	{
		fota_image_note(image, "bundle", "plain", SIZE_MAX);
		status = check_squashfs(ctx, b.payload);
	}
	if (status == FOTA_OK)
		status = fota_cms_check(ctx, &b.cms, b.payload, FORMAT);
	return status == FOTA_OK ? fota_image_whole(ctx, file, options, image) : status;
}

static fota_status
raucb_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys, size_t key_count,
			 fota_proofs *proofs)
{
	bundle		b;
	fota_status status = open_bundle(ctx, file, &b);

	(void) image;
	if (status != FOTA_OK)
		return status;
	return fota_cms_verify(ctx, &b.cms, b.payload, keys, key_count, b.cms.has_content ? "manifest" : "squashfs", proofs);
}

const fota_codec fota_codec_raucb = {
	.name = FORMAT,
	.title = "RAUC bundle",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = raucb_detect,
	.decode = raucb_decode,
	.verify = raucb_verify,
};

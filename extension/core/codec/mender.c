/* SPDX-License-Identifier: PostgreSQL */
/*
 * mender.c: artifacts of Mender, version 3: a tar archive of version, manifest (SHA-256 of each part), perhaps
 * manifest.sig, header.tar and data/NNNN.tar, in this order. The inner archives may be compressed; the files in the
 * data are members, too, under the names that the manifest has.
 */
#include "mender.h"

#include <string.h>

/* Whether the first members are those of an artifact, in whatever order. */
static bool
has_parts(fota_bytes file)
{
	unsigned	seen = 0;
	size_t		at = 0;

	for (int i = 0; i < 8 && fota_tar_is((fota_bytes) {file.data + at, file.size - at}); i++)
	{
		const char *name = (const char *) file.data + at;
		uint64_t	size = 0;

		seen |= strcmp(name, "manifest") == 0 ? 1 : strncmp(name, "header.tar", 10) == 0 ? 2 :
			strncmp(name, "data/0000.tar", 13) == 0 ? 4 : 0;
		for (const char *p = name + 124; *p >= '0' && *p <= '7' && p < name + 136; p++)
			size = size * 8 + (uint64_t) (*p - '0');
		size = (size + 511) / 512 * 512;
		if (size > file.size - at - 512)
			break;
		at += 512 + (size_t) size;
	}
	return seen == 7;
}

static int
mender_detect(fota_bytes file, const char **reason)
{
	*reason = "a tar archive that begins with a Mender version";
	if (!fota_tar_is(file))
		return 0;
	if (strcmp((const char *) file.data, "version") == 0 && file.size > 1024 &&
		memcmp(file.data + 512, "{\"format\":\"mender\"", 18) == 0)
		return 97;
	*reason = "a tar archive of the parts of a Mender artifact";
	return has_parts(file) ? 94 : 0;
}

/* --- order --------------------------------------------------------------------------------------- */

typedef enum place
{
	PLACE_VERSION, PLACE_MANIFEST, PLACE_SIGNATURE, PLACE_AUGMENT, PLACE_HEADER, PLACE_HEADER_AUGMENT, PLACE_DATA,
	PLACE_UNKNOWN
} place;

/* "header.tar", or that with the suffix of a compression. */
static bool
is_tar(const char *name, const char *stem)
{
	size_t		size = strlen(stem);

	if (strncmp(name, stem, size) != 0)
		return false;
	name += size;
	return *name == '\0' || strcmp(name, ".gz") == 0 || strcmp(name, ".xz") == 0 || strcmp(name, ".zst") == 0;
}

static place
place_of(const char *name)
{
	if (strcmp(name, "version") == 0)
		return PLACE_VERSION;
	if (strcmp(name, "manifest") == 0)
		return PLACE_MANIFEST;
	if (strcmp(name, "manifest.sig") == 0)
		return PLACE_SIGNATURE;
	if (strcmp(name, "manifest-augment") == 0)
		return PLACE_AUGMENT;
	if (is_tar(name, "header.tar"))
		return PLACE_HEADER;
	if (is_tar(name, "header-augment.tar"))
		return PLACE_HEADER_AUGMENT;
	return fota_mender_is_data(name) ? PLACE_DATA : PLACE_UNKNOWN;
}

bool
fota_mender_is_data(const char *name)
{
	if (strncmp(name, "data/", 5) != 0)
		return false;
	for (int i = 5; i < 9; i++)
		if (name[i] < '0' || name[i] > '9')
			return false;
	return is_tar(name + 9, ".tar");
}

static fota_status
check_order(mender *m)
{
	place		last = PLACE_VERSION;
	unsigned	seen = 0;

	for (size_t i = 0; i < m->outer; i++)
	{
		const fota_member *member = &m->image->members[i];
		place		here = place_of(member->name);

		if (here == PLACE_DATA && !(seen >> PLACE_HEADER & 1))
			return fota_fail(m->ctx, FOTA_SYNTAX, member->offset, 0, MENDER ": data before header.tar: member %zu is \"%s\"", i,
							 member->name);
		if (i == 0 && here != PLACE_VERSION)
			return fota_fail(m->ctx, FOTA_SYNTAX, member->offset, 0, MENDER ": first member is \"%s\", must be \"version\"",
							 member->name);
		if (here == PLACE_UNKNOWN)
			return fota_fail(m->ctx, FOTA_SYNTAX, member->offset, 0, MENDER ": member \"%s\" is not in the manifest",
							 member->name);
		if (here < last || (here != PLACE_DATA && (seen >> here & 1)))
			return fota_fail(m->ctx, FOTA_SYNTAX, member->offset, 0, MENDER ": member \"%s\" is not where it must be",
							 member->name);
		if (here == PLACE_HEADER)
			m->header = member;
		if (here == PLACE_SIGNATURE)
			m->signature = member;
		if (here == PLACE_AUGMENT || here == PLACE_HEADER_AUGMENT)
			fota_image_warn(m->image, "augmented", 0, member->offset, "the artifact has parts that are not signed (%s)",
							member->name);
		seen |= 1u << here;
		last = here;
	}
	if (!(seen >> PLACE_MANIFEST & 1) || m->header == NULL)
		return fota_fail(m->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, MENDER ": there is no %s",
						 m->header == NULL && (seen >> PLACE_MANIFEST & 1) ? "header.tar" : "manifest");
	return FOTA_OK;
}

static fota_status
check_version(mender *m)
{
	const fota_member *member = &m->image->members[0];
	fota_tree	tree;
	const char *format;
	uint64_t	version;
	fota_status status = fota_tree_json(m->ctx, (fota_bytes) {m->file.data + member->offset, (size_t) member->size},
										MENDER ": version", &tree);

	if (status == FOTA_OK)
	{
		format = fota_tree_text(&tree, &tree.nodes[0], "format");
		if (format == NULL || strcmp(format, "mender") != 0 || !fota_tree_number(&tree, &tree.nodes[0], "version", &version))
			status = fota_fail(m->ctx, FOTA_SYNTAX, member->offset, 0, MENDER ": member version does not say what it should");
		else if (version != 3)
			status = fota_fail(m->ctx, FOTA_UNSUPPORTED, member->offset, 0, MENDER ": Mender artifact version %llu, expected 3",
							   (unsigned long long) version);
	}
	fota_tree_free(&tree);
	return status;
}

/* --- manifest ------------------------------------------------------------------------------------ */

/* The next line "64 digits, two blanks, name"; *at moves on. */
static fota_status
next_line(mender *m, size_t *at, const char **hex, const char **name, size_t *size)
{
	const char *line = (const char *) m->manifest.data + *at;
	size_t		left = m->manifest.size - *at;
	const char *end = memchr(line, '\n', left);
	size_t		length = end != NULL ? (size_t) (end - line) : left;

	*at += length + (end != NULL);
	if (length < 67 || line[64] != ' ' || line[65] != ' ')
		return fota_fail(m->ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0,
						 MENDER ": manifest: \"%.*s\" is no digest and name", (int) (length < 80 ? length : 80), line);
	*hex = line;
	*name = line + 66;
	*size = length - 66;
	return FOTA_OK;
}

fota_status
fota_mender_sum(mender *m, const char *name, fota_bytes bytes, bool required)
{
	size_t		at = 0;
	uint8_t		digest[FOTA_SHA256_SIZE];
	uint8_t		want[FOTA_SHA256_SIZE];
	char		text[2 * FOTA_SHA256_SIZE + 1];

	while (at < m->manifest.size)
	{
		const char *hex;
		const char *line;
		size_t		size;
		fota_status status = next_line(m, &at, &hex, &line, &size);

		if (status != FOTA_OK)
			return status;
		if (size != strlen(name) || memcmp(line, name, size) != 0)
			continue;
		m->lines_used++;
		memcpy(text, hex, 64);
		text[64] = '\0';
		if ((status = fota_sha256(m->ctx, bytes.data, bytes.size, digest)) != FOTA_OK)
			return status;
		if (fota_package_hex(text, want) && memcmp(want, digest, sizeof(digest)) == 0)
			return FOTA_OK;
		fota_hex(digest, sizeof(digest), text);
		return fota_fail(m->ctx, FOTA_CHECKSUM, FOTA_NOWHERE, 0,
						 MENDER ": %s: SHA-256 does not match the manifest: it says %.16s.., computed %.16s..", name, hex, text);
	}
	if (required)
		return fota_fail(m->ctx, FOTA_CHECKSUM, FOTA_NOWHERE, 0,
						 MENDER ": %s: SHA-256 does not match the manifest, which has no line for it", name);
	return fota_fail(m->ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0, MENDER ": member \"%s\" is not in the manifest", name);
}

/* Every line must be of something that is there, and nothing be listed twice. */
static fota_status
check_lines(mender *m)
{
	size_t		at = 0;
	size_t		lines = 0;

	while (at < m->manifest.size)
	{
		const char *hex;
		const char *name;
		size_t		size;
		fota_status status = next_line(m, &at, &hex, &name, &size);

		if (status != FOTA_OK)
			return status;
		lines++;
		if (fota_image_member_find(m->image, name, size) == NULL)
			return fota_fail(m->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, MENDER ": manifest names \"%.*s\", not in the artifact",
							 (int) (size < 80 ? size : 80), name);
	}
	if (lines != m->lines_used)
		return fota_fail(m->ctx, FOTA_DUPLICATE, FOTA_NOWHERE, 0, MENDER ": manifest has %zu lines for %zu parts", lines,
						 m->lines_used);
	return FOTA_OK;
}

/* --- the whole --------------------------------------------------------------------------------- */

static fota_status
check_all(mender *m)
{
	fota_image *image = m->image;
	fota_status status;

	if ((status = check_order(m)) != FOTA_OK || (status = check_version(m)) != FOTA_OK)
		return status;
	m->manifest = (fota_bytes) {m->file.data + image->members[1].offset, (size_t) image->members[1].size};
	if (m->manifest.size > PACKAGE_MANIFEST)
		return fota_fail(m->ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, MENDER ": the manifest has %zu bytes", m->manifest.size);
	if ((status = fota_mender_sum(m, m->header->name, (fota_bytes) {m->file.data + m->header->offset,
																	(size_t) m->header->size}, true)) != FOTA_OK ||
		(status = fota_mender_sum(m, "version", (fota_bytes) {m->file.data + image->members[0].offset,
															  (size_t) image->members[0].size}, true)) != FOTA_OK ||
		(status = fota_mender_header(m)) != FOTA_OK)
		return status;
	for (size_t i = 0; i < m->outer && status == FOTA_OK; i++)
		if (fota_mender_is_data(image->members[i].name))
			status = fota_mender_data(m, i);
	return status == FOTA_OK ? check_lines(m) : status;
}

static fota_status
mender_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	mender		m = {.ctx = ctx, .file = file, .options = options, .image = image};
	fota_status status = fota_tar_list(ctx, file, options, image);

	m.outer = image->member_count;
	if (status == FOTA_OK)
		status = check_all(&m);
	if (status == FOTA_OK)
		fota_image_note_flag(image, "signed", m.signature != NULL);
	return status == FOTA_OK ? fota_image_whole(ctx, file, options, image) : status;
}

const fota_codec fota_codec_mender = {
	.name = MENDER,
	.title = "Mender artifact",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = mender_detect,
	.decode = mender_decode,
	.take = fota_mender_take,
	.verify = fota_mender_verify,
};

/* SPDX-License-Identifier: PostgreSQL */
/*
 * zip_firmware.c: two more packages that are a zip with a manifest: dfu_application.zip of the nRF Connect SDK, whose
 * members are MCUboot images, and the firmware of Pybricks hubs.
 */
#include "mcuboot.h"
#include "package.h"

#include <string.h>

/* --- nRF Connect SDK ------------------------------------------------------------------------- */

static int
ncs_detect(fota_bytes file, const char **reason)
{
	char		text[4096];

	if (!fota_zip_has(file, "manifest.json") || !fota_zip_peek(file, "manifest.json", text, sizeof(text)))
		return 0;
	*reason = "a zip archive whose manifest lists files with a format version";
	return strstr(text, "\"format-version\"") != NULL && strstr(text, "\"files\"") != NULL ? 97 : 0;
}

/* "1.2.3+45" of the header; the manifest may leave "+0" out. */
static bool
same_version(const char *said, const uint8_t *header)
{
	char		full[48];
	char		brief[48];
	unsigned	major = header[20];
	unsigned	minor = header[21];
	unsigned	revision = fota_get_u16le(header + 22);
	uint32_t	build = fota_get_u32le(header + 24);

	fota_format(full, sizeof(full), "%u.%u.%u+%u", major, minor, revision, build);
	fota_format(brief, sizeof(brief), "%u.%u.%u", major, minor, revision);
	return strcmp(said, full) == 0 || (build == 0 && strcmp(said, brief) == 0);
}

/* What the manifest says of a file, beside what the image's own header says. */
static fota_status
note_file(fota_ctx *ctx, const fota_tree *tree, const fota_node *entry, const fota_member *member, fota_bytes bytes,
		  fota_image *image)
{
	const char *version = fota_tree_text(tree, entry, "version_MCUBOOT");
	const char *text;
	uint64_t	number;
	mcuboot_image m;
	bool		is_mcuboot = bytes.size >= MCUBOOT_HEADER && fota_get_u32le(bytes.data) == MCUBOOT_MAGIC;
	fota_status status = FOTA_OK;

	if ((text = fota_tree_text(tree, entry, "board")) != NULL)
		fota_image_note_item(image, "hw", text, SIZE_MAX);
	if ((text = fota_tree_text(tree, entry, "soc")) != NULL)
		fota_image_note_item(image, "soc", text, SIZE_MAX);
	if ((text = fota_tree_text(tree, entry, "type")) != NULL)
		fota_image_note_item(image, "type", text, SIZE_MAX);
	if (is_mcuboot)
	{
		status = fota_mcuboot_parse(ctx, bytes, image, &m);
		if (status == FOTA_OK && version != NULL && !same_version(version, bytes.data))
			fota_image_warn(image, "metadata_mismatch", 0, member->offset,
							"the manifest says version %.40s of %.60s, its header %u.%u.%u+%u", version, member->name,
							bytes.data[20], bytes.data[21], fota_get_u16le(bytes.data + 22),
							fota_get_u32le(bytes.data + 24));
	}
	else if (version != NULL)
		fota_image_note(image, "version", version, SIZE_MAX);
	if (status == FOTA_OK && !is_mcuboot && fota_tree_number(tree, entry, "load_address", &number))
		fota_image_note_number(image, "load_address", number);
	if (status != FOTA_OK && status != FOTA_NOMEM && status != FOTA_CANCELED)
		fota_fail_detail(ctx, "%s", member->name);
	return status;
}

/* Runs work for every file that the manifest lists. */
static fota_status
ncs_each(fota_ctx *ctx, fota_bytes file, fota_image *image,
		 fota_status (*work) (fota_ctx *, const fota_tree *, const fota_node *, const fota_member *, fota_bytes,
							  fota_image *, void *), void *opaque)
{
	char		what[80];
	fota_tree	tree;
	size_t		count = 0;
	fota_status status = fota_package_json(ctx, file, image, "manifest.json", what, &tree);
	const fota_node *list = status == FOTA_OK ? fota_tree_get(&tree, &tree.nodes[0], "files") : NULL;

	for (const fota_node *entry = fota_tree_first(&tree, list); status == FOTA_OK && entry != NULL;
		 entry = fota_tree_next(&tree, entry))
	{
		const char *name = fota_tree_text(&tree, entry, "file");
		const fota_member *member;
		package_part part;

		if (name == NULL)
			status = fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "ncs-zip: manifest.json: file %zu has no name", count);
		else
			status = fota_package_find(ctx, image, "manifest", name, &member);
		if (status != FOTA_OK)
			break;
		count++;
		status = fota_package_open(ctx, file, image, member, FOTA_MAX_UNPACKED, &part);
		if (status == FOTA_OK)
			status = work(ctx, &tree, entry, member, part.bytes, image, opaque);
		fota_package_close(ctx, &part);
	}
	if (status == FOTA_OK && count == 0)
		status = fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "ncs-zip: manifest names no image");
	fota_tree_free(&tree);
	return status;
}

static fota_status
ncs_check(fota_ctx *ctx, const fota_tree *tree, const fota_node *entry, const fota_member *member, fota_bytes bytes,
		  fota_image *image, void *opaque)
{
	uint64_t	size;

	(void) opaque;
	if (fota_tree_number(tree, entry, "size", &size) && size != member->size)
		return fota_fail(ctx, FOTA_CHECKSUM, member->offset, 0, "ncs-zip: manifest says %s has %llu bytes, it has %llu",
						 member->name, (unsigned long long) size, (unsigned long long) member->size);
	return note_file(ctx, tree, entry, member, bytes, image);
}

static fota_status
ncs_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	char		what[80];
	fota_tree	tree;
	const char *name;
	fota_status status = fota_zip_list(ctx, file, options, image);

	if (status != FOTA_OK)
		return status;
	status = fota_package_json(ctx, file, image, "manifest.json", what, &tree);
	if (status == FOTA_OK && (name = fota_tree_text(&tree, &tree.nodes[0], "name")) != NULL)
		fota_image_note(image, "name", name, SIZE_MAX);
	fota_tree_free(&tree);
	if (status == FOTA_OK)
		status = ncs_each(ctx, file, image, ncs_check, NULL);
	return status == FOTA_OK ? fota_image_whole(ctx, file, options, image) : status;
}

typedef struct judging
{
	const fota_key *keys;
	size_t		key_count;
	fota_proofs *proofs;
} judging;

static fota_status
ncs_judge(fota_ctx *ctx, const fota_tree *tree, const fota_node *entry, const fota_member *member, fota_bytes bytes,
		  fota_image *image, void *opaque)
{
	judging    *j = opaque;
	size_t		before = j->proofs->count;
	mcuboot_image m;
	fota_status status;

	(void) tree;
	(void) entry;
	(void) image;
	if (bytes.size < MCUBOOT_HEADER || fota_get_u32le(bytes.data) != MCUBOOT_MAGIC)
	{
		fota_proof_add(j->proofs, member->name, "", FOTA_PROOF_UNSIGNED);
		return FOTA_OK;
	}
	status = fota_mcuboot_parse(ctx, bytes, NULL, &m);
	if (status == FOTA_OK)
		status = fota_mcuboot_proofs(ctx, &m, j->keys, j->key_count, j->proofs);
	for (size_t i = before; i < j->proofs->count; i++)
		fota_format(j->proofs->list[i].what, sizeof(j->proofs->list[i].what), "%s", member->name);
	return status;
}

static fota_status
ncs_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys, size_t key_count,
		   fota_proofs *proofs)
{
	judging		j = {keys, key_count, proofs};

	return ncs_each(ctx, file, (fota_image *) (uintptr_t) image, ncs_judge, &j);
}

const fota_codec fota_codec_ncs_zip = {
	.name = "ncs-zip",
	.title = "nRF Connect SDK DFU package",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = ncs_detect,
	.decode = ncs_decode,
	.take = fota_archive_take,
	.verify = ncs_verify,
};

/* --- Pybricks -------------------------------------------------------------------------------- */

static int
pybricks_detect(fota_bytes file, const char **reason)
{
	*reason = "a zip archive with firmware.metadata.json";
	return fota_zip_has(file, "firmware.metadata.json") ? 96 : 0;
}

static fota_status
pybricks_note(fota_ctx *ctx, const fota_tree *tree, fota_image *image)
{
	const fota_node *root = &tree->nodes[0];
	const char *text = fota_tree_text(tree, root, "firmware-version");
	const char *metadata = fota_tree_text(tree, root, "metadata-version");
	const char *sum = fota_tree_text(tree, root, "checksum-type");
	const fota_member *base;
	uint64_t	number;
	char		hardware[32];
	fota_status status = fota_package_find(ctx, image, "firmware.metadata.json", "firmware-base.bin", &base);

	if (status != FOTA_OK)
		return status;
	if (metadata == NULL || metadata[0] < '1' || metadata[0] > '2' || metadata[1] != '.')
		return fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "pybricks: metadata version \"%.20s\", expected 1.x or 2.x",
						 metadata ? metadata : "");
	if (text == NULL)
		return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "pybricks: firmware.metadata.json has no firmware-version");
	fota_image_note(image, "version", text, SIZE_MAX);
	if (fota_tree_number(tree, root, "device-id", &number))
	{
		fota_format(hardware, sizeof(hardware), "%llu", (unsigned long long) number);
		fota_image_note_item(image, "hw", hardware, SIZE_MAX);
	}
	if (sum != NULL && strcmp(sum, "sum") != 0 && strcmp(sum, "crc32") != 0 && strcmp(sum, "none") != 0)
		return fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "pybricks: checksum type \"%.20s\" is not known", sum);
	if (fota_tree_number(tree, root, "checksum-size", &number) && sum != NULL && strcmp(sum, "none") != 0 &&
		number < base->size)
		return fota_fail(ctx, FOTA_RANGE, base->offset, 0, "pybricks: firmware-base.bin has %llu bytes, checksum-size %llu",
						 (unsigned long long) base->size, (unsigned long long) number);
	if (sum != NULL)
		fota_image_note(image, "checksum", sum, SIZE_MAX);
	return FOTA_OK;
}

static fota_status
pybricks_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	char		what[80];
	fota_tree	tree;
	fota_status status = fota_zip_list(ctx, file, options, image);

	if (status != FOTA_OK)
		return status;
	status = fota_package_json(ctx, file, image, "firmware.metadata.json", what, &tree);
	if (status == FOTA_OK)
		status = pybricks_note(ctx, &tree, image);
	fota_tree_free(&tree);
	return status == FOTA_OK ? fota_image_whole(ctx, file, options, image) : status;
}

const fota_codec fota_codec_pybricks = {
	.name = "pybricks",
	.title = "Pybricks firmware",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = pybricks_detect,
	.decode = pybricks_decode,
	.take = fota_archive_take,
};

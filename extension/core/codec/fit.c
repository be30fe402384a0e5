/* SPDX-License-Identifier: PostgreSQL */
/*
 * fit.c: U-Boot's FIT images: a device tree with images and configurations of them. Devices get the file as it is; the
 * images are members. Every hash is checked.
 *
 *	/images/NAME			data, or data-offset (from the end of the tree) or data-position (in the file), and data-size; type,
 *							arch, os, compression, load, entry; hash-N: algo, value
 *	/configurations			default; NAME: firmware, kernel, fdt, .. = names of images; compatible
 */
#include "fit.h"

#include <string.h>

#define LOOK ((size_t) 1 << 16)	/* bytes in which detection looks for nodes */
#define HASH_WORK 8				/* hashes may be over so many times the file, in all */

const char *const fota_fit_roles[] = {
	"kernel", "firmware", "loadables", "fdt", "ramdisk", "fpga", "standalone", "setup", "tee", "script", NULL,
};

typedef struct fit
{
	fdt			tree;
	const fota_image_options *options;
	fota_image *image;
	uint64_t	end;			/* of the tree and of all data behind it */
	uint64_t	hashed;			/* bytes, in all */
} fit;

/* --- images ------------------------------------------------------------------------------- */

fota_status
fota_fit_data(const fdt *tree, uint32_t node, fota_bytes *data, uint64_t *offset)
{
	const char *name = tree->nodes[node].name;
	fota_bytes	inside = fota_fdt_value(tree, node, "data");
	uint64_t	size;
	uint64_t	at;

	if (inside.data != NULL)
	{
		*data = inside;
		*offset = (uint64_t) (inside.data - tree->file.data);
		return FOTA_OK;
	}
	if (!fota_fdt_number(tree, node, "data-size", &size))
		return fota_fail(tree->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "fit: image \"%.80s\" has no data", name);
	if (fota_fdt_number(tree, node, "data-offset", &at))
		at = fota_add_u64(at, ((uint64_t) tree->total + 3) & ~(uint64_t) 3, &at) ? at : UINT64_MAX;
	else if (!fota_fdt_number(tree, node, "data-position", &at))
		return fota_fail(tree->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "fit: image \"%.80s\" has a size, but no place of its data",
						 name);
	if (!fota_binary_has(tree->file, at, size))
		return fota_fail(tree->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0,
						 "fit: image \"%.80s\": %llu bytes at 0x%llX are outside the file of %zu bytes", name,
						 (unsigned long long) size, (unsigned long long) at, tree->file.size);
	*data = fota_binary_part(tree->file, at, size);
	*offset = at;
	return FOTA_OK;
}

static fota_status
hash_data(fota_ctx *ctx, const char *algorithm, fota_bytes data, uint8_t *digest, size_t *size)
{
	static const struct
	{
		const char *name;
		fota_hash_kind kind;
	}			kinds[] = {
		{"sha256", FOTA_HASH_SHA256}, {"sha384", FOTA_HASH_SHA384}, {"sha512", FOTA_HASH_SHA512}, {"sha1", FOTA_HASH_SHA1},
		{"md5", FOTA_HASH_MD5},
	};
	uint32_t	crc;
	fota_status status;

	*size = 0;
	if (strcmp(algorithm, "crc32") == 0)
	{
		status = fota_binary_crc32(ctx, data, &crc);
		for (int i = 0; i < 4; i++)
			digest[i] = (uint8_t) (crc >> (24 - 8 * i));
		*size = 4;
		return status;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
	{
		if (strcmp(kinds[i].name, algorithm) != 0)
			continue;
		*size = fota_hash_size(kinds[i].kind);
		status = fota_digest(ctx, kinds[i].kind, data.data, data.size, digest);
		return status == FOTA_OK ? fota_poll(ctx, data.size) : status;
	}
	return FOTA_OK;
}

static fota_status
check_hash(fit *f, uint32_t image, uint32_t node, fota_bytes data)
{
	fota_ctx   *ctx = f->tree.ctx;
	const char *name = f->tree.nodes[image].name;
	const char *hash = f->tree.nodes[node].name;
	const char *algorithm = fota_fdt_text(&f->tree, node, "algo");
	fota_bytes	value = fota_fdt_value(&f->tree, node, "value");
	uint8_t		digest[FOTA_DIGEST_MAX];
	size_t		size;
	fota_status status;

	if (algorithm == NULL || value.data == NULL)
		return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "fit: image \"%.60s\": %.20s has no %s", name, hash,
						 algorithm == NULL ? "algo" : "value");
	f->hashed += data.size;
	if (f->hashed / HASH_WORK > f->tree.file.size)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "fit: the data with hashes is over %u times the file", HASH_WORK);
	status = hash_data(ctx, algorithm, data, digest, &size);
	if (status != FOTA_OK)
		return status;
	if (size == 0)
	{
		fota_image_warn(f->image, "hash_algorithm", 0, FOTA_NOWHERE, "image \"%.60s\": %.20s of algorithm \"%.20s\" is not checked",
						name, hash, algorithm);
		return FOTA_OK;
	}
	if (value.size != size)
		return fota_fail(ctx, FOTA_SYNTAX, (uint64_t) (value.data - f->tree.file.data), 0,
						 "fit: image \"%.60s\": %.20s (%.20s) has %zu bytes, expected %zu", name, hash, algorithm, value.size, size);
	if (memcmp(digest, value.data, size) != 0)
		return fota_fail(ctx, FOTA_CHECKSUM, (uint64_t) (value.data - f->tree.file.data), 0,
						 "fit: image \"%.60s\": %.20s (%.20s) differs from its data's, stored 0x%08X.., computed 0x%08X..", name,
						 hash, algorithm, fota_get_u32be(value.data), fota_get_u32be(digest));
	return FOTA_OK;
}

static void
say_image(fit *f, uint32_t node)
{
	const fdt  *tree = &f->tree;
	static const char *const fields[] = {"type", "os", "arch", "compression"};
	char		text[FOTA_IMAGE_TEXT];
	uint64_t	load;
	size_t		used = fota_format(text, sizeof(text), "%.60s:", tree->nodes[node].name);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
	{
		const char *value = fota_fdt_text(tree, node, fields[i]);

		if (value != NULL)
			used += fota_format(text + used, sizeof(text) - used, " %.20s", value);
	}
	if (fota_fdt_number(tree, node, "load", &load))
		fota_format(text + used, sizeof(text) - used, " at 0x%llX", (unsigned long long) load);
	fota_image_note_item(f->image, "images", text, SIZE_MAX);
}

static bool
begins_with(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

static fota_status
take_image(fit *f, uint32_t node)
{
	const fdt  *tree = &f->tree;
	const char *name = tree->nodes[node].name;
	fota_bytes	data;
	uint64_t	offset;
	bool		hashed = false;
	fota_member *member;
	fota_status status = fota_fit_data(tree, node, &data, &offset);

	if (status != FOTA_OK)
		return status;
	member = fota_image_member(tree->ctx, f->image, f->options, "fit", offset, (const uint8_t *) name, strlen(name));
	if (member == NULL)
		return tree->ctx->error.code;
	member->method = "stored";
	member->offset = offset;
	member->size = member->packed = data.size;
	say_image(f, node);
	if (offset + data.size > f->end)
		f->end = offset + data.size;
	for (uint32_t i = tree->nodes[node].first; i != FDT_NONE && status == FOTA_OK; i = tree->nodes[i].next)
	{
		if (begins_with(tree->nodes[i].name, "cipher"))
			fota_image_note_flag(f->image, "encrypted", true);
		if (!begins_with(tree->nodes[i].name, "hash"))
			continue;
		hashed = true;
		status = check_hash(f, node, i, data);
	}
	if (status == FOTA_OK && !hashed)
		fota_image_warn(f->image, "no_hash", 0, FOTA_NOWHERE, "image \"%.60s\" has no hash", name);
	return status;
}

static fota_status
take_images(fit *f, uint32_t images)
{
	const fdt  *tree = &f->tree;
	fota_status status = FOTA_OK;

	if (tree->nodes[images].first == FDT_NONE)
		return fota_fail(tree->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "fit: no images in the /images node");
	for (uint32_t i = tree->nodes[images].first; i != FDT_NONE && status == FOTA_OK; i = tree->nodes[i].next)
		status = take_image(f, i);
	return status;
}

/* --- configurations ----------------------------------------------------------------------- */

static fota_status
check_roles(fit *f, uint32_t images, uint32_t node)
{
	const fdt  *tree = &f->tree;

	for (size_t i = 0; fota_fit_roles[i] != NULL; i++)
	{
		fota_bytes	list = fota_fdt_value(tree, node, fota_fit_roles[i]);
		const char *name;
		unsigned	count = 0;

		for (size_t at = 0; (name = fota_fdt_list(list, &at)) != NULL;)
		{
			if (++count > FIT_LIST)
				return fota_fail(tree->ctx, FOTA_LIMIT, FOTA_NOWHERE, 0,
								 "fit: configuration \"%.60s\" names more than %u images as %s", tree->nodes[node].name, FIT_LIST,
								 fota_fit_roles[i]);
			if (fota_fdt_child(tree, images, name, strlen(name)) == FDT_NONE)
				return fota_fail(tree->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0,
								 "fit: configuration \"%.60s\" names %s \"%.60s\", which is not in the /images node",
								 tree->nodes[node].name, fota_fit_roles[i], name);
		}
	}
	return FOTA_OK;
}

/* Where the main image of the default configuration is loaded and begins. */
static void
say_start(fit *f, uint32_t images, uint32_t node)
{
	for (size_t i = 0; i < 2; i++)
	{
		const char *name = fota_fdt_text(&f->tree, node, fota_fit_roles[i]);
		uint32_t	main_image = name != NULL ? fota_fdt_child(&f->tree, images, name, strlen(name)) : FDT_NONE;
		uint64_t	value;

		if (main_image == FDT_NONE)
			continue;
		if (fota_fdt_number(&f->tree, main_image, "load", &value))
			fota_image_note_number(f->image, "load_address", value);
		if (fota_fdt_number(&f->tree, main_image, "entry", &value))
		{
			fota_image_note_number(f->image, "entry", value);
			f->image->has_entry = value < INT64_MAX;
			f->image->entry = f->image->has_entry ? value : 0;
		}
		return;
	}
}

static fota_status
take_configurations(fit *f, uint32_t images)
{
	const fdt  *tree = &f->tree;
	uint32_t	node = fota_fdt_find(tree, "/configurations");
	const char *name;
	fota_status status = FOTA_OK;

	if (node == FDT_NONE)
	{
		fota_image_warn(f->image, "no_configurations", 0, FOTA_NOWHERE, "there is no /configurations node");
		return FOTA_OK;
	}
	for (uint32_t i = tree->nodes[node].first; i != FDT_NONE && status == FOTA_OK; i = tree->nodes[i].next)
	{
		fota_bytes	compatible = fota_fdt_value(tree, i, "compatible");

		fota_image_note_item(f->image, "configurations", tree->nodes[i].name, SIZE_MAX);
		for (size_t at = 0, count = 0; count < FIT_LIST && (name = fota_fdt_list(compatible, &at)) != NULL; count++)
			fota_image_note_item(f->image, "hw", name, SIZE_MAX);
		status = check_roles(f, images, i);
		if (status == FOTA_OK)
			status = fota_poll(tree->ctx, 1024);
	}
	name = fota_fdt_text(tree, node, "default");
	if (status != FOTA_OK || name == NULL)
		return status;
	fota_image_note(f->image, "default", name, SIZE_MAX);
	if (fota_fdt_child(tree, node, name, strlen(name)) == FDT_NONE)
		return fota_fail(tree->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "fit: default configuration \"%.60s\" is missing", name);
	say_start(f, images, fota_fdt_child(tree, node, name, strlen(name)));
	return FOTA_OK;
}

/* --- the file ----------------------------------------------------------------------------- */

static void
say_tree(fit *f, uint32_t images)
{
	static const char *const texts[] = {"description", "version"};
	uint32_t	configurations = fota_fdt_find(&f->tree, "/configurations");
	uint64_t	timestamp;
	bool		is_signed = false;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
	{
		const char *text = fota_fdt_text(&f->tree, 0, texts[i]);

		if (text != NULL)
			fota_image_note(f->image, texts[i], text, SIZE_MAX);
	}
	if (fota_fdt_number(&f->tree, 0, "timestamp", &timestamp))
		fota_image_note_number(f->image, "timestamp", timestamp);
	for (uint32_t i = f->tree.nodes[images].first; i != FDT_NONE; i = f->tree.nodes[i].next)
		is_signed |= fota_fit_is_signed(&f->tree, i);
	for (uint32_t i = configurations != FDT_NONE ? f->tree.nodes[configurations].first : FDT_NONE; i != FDT_NONE;
		 i = f->tree.nodes[i].next)
		is_signed |= fota_fit_is_signed(&f->tree, i);
	fota_image_note_flag(f->image, "signed", is_signed);
}

static fota_status
read_tree(fit *f)
{
	uint32_t	images = fota_fdt_find(&f->tree, "/images");
	uint64_t	used;
	fota_status status;

	if (images == FDT_NONE)
		return fota_fail(f->tree.ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "fit: no /images node");
	f->end = f->tree.total;
	say_tree(f, images);
	status = take_images(f, images);
	if (status == FOTA_OK)
		status = take_configurations(f, images);
	used = (f->end + 3) & ~(uint64_t) 3;
	if (status == FOTA_OK && f->tree.file.size > used)
	{
		fota_bytes	rest = fota_binary_part(f->tree.file, used, f->tree.file.size - used);

		if (!fota_binary_filled(rest, 0) && !fota_binary_filled(rest, 0xff))
			fota_image_warn(f->image, "trailing", 0, used, "%zu bytes follow the image", rest.size);
	}
	return status;
}

static fota_status
fit_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	fit			f = {.options = options, .image = image};
	fota_status status = fota_fdt_open(ctx, file, "fit", &f.tree);

	if (status == FOTA_OK)
		status = read_tree(&f);
	fota_fdt_close(&f.tree);
	return status == FOTA_OK ? fota_image_whole(ctx, file, options, image) : status;
}

/* Whether a node's beginning stands in the file between two offsets: without reading the tree. */
static bool
has_node(fota_bytes file, const char *name, size_t from, size_t to)
{
	size_t		size = strlen(name) + 1;

	for (size_t at = from; at + 4 + size <= to; at += 4)
		if (fota_get_u32be(file.data + at) == FDT_BEGIN_NODE && memcmp(file.data + at + 4, name, size) == 0)
			return true;
	return false;
}

static int
fit_detect(fota_bytes file, const char **reason)
{
	size_t		begin;
	size_t		end;

	if (file.size < FDT_HEADER || fota_get_u32be(file.data) != FDT_MAGIC)
		return 0;
	/* images stand at the beginning, configurations behind their data */
	begin = file.size < LOOK ? file.size : LOOK;
	end = file.size > LOOK ? (file.size - LOOK) & ~(size_t) 3 : 0;
	if (has_node(file, "images", FDT_HEADER, begin) || has_node(file, "configurations", end, file.size))
	{
		*reason = "the file is a device tree with a node of images or configurations";
		return 97;
	}
	*reason = "the file begins as a device tree";
	return 40;
}

const fota_codec fota_codec_fit = {
	.name = "fit",
	.title = "U-Boot FIT image",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = fit_detect,
	.decode = fit_decode,
	.verify = fota_fit_verify,
};

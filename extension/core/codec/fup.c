/* SPDX-License-Identifier: PostgreSQL */
/* fup.c: reads our open package container; see fup.h. */
#include "fup.h"

#include <string.h>

#define MANIFEST "manifest.json"

static int
fup_detect(fota_bytes file, const char **reason)
{
	char		text[64];

	*reason = "a zip archive that begins with the manifest of a FUP";
	return file.size > 60 && fota_zip_is(file) && memcmp(file.data + 30, MANIFEST, 13) == 0 &&
		fota_zip_peek(file, MANIFEST, text, sizeof(text)) && strncmp(text, "{\"fup\":", 7) == 0 ? 99 : 0;
}

bool
fota_fup_is_name(const char *name)
{
	size_t		size = strlen(name);

	for (size_t i = 0; i < size; i++)
	{
		char		c = name[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
			  (c == '/' && i > 0 && i + 1 < size)))
			return false;
	}
	return size >= 1 && size <= 120;
}

void
fota_fup_signature_name(size_t place, char name[32])
{
	if (place == 0)
		fota_format(name, 32, "manifest.sig");
	else
		fota_format(name, 32, "manifest.sig.%zu", place + 1);
}

/* --- order ------------------------------------------------------------------------------------- */

/* Members that are signatures, from the second on. */
static size_t
count_signatures(const fota_image *image)
{
	size_t		count = 0;
	char		name[32];

	for (size_t i = 1; i < image->member_count; i++, count++)
	{
		fota_fup_signature_name(count, name);
		if (strcmp(image->members[i].name, name) != 0)
			break;
	}
	return count;
}

static fota_status
check_members(fota_ctx *ctx, const fota_image *image, size_t signatures)
{
	if (image->member_count == 0 || strcmp(image->members[0].name, MANIFEST) != 0 ||
		strcmp(image->members[0].method, "stored") != 0)
		return fota_fail(ctx, FOTA_SYNTAX, 0, 0, FUP ": first member is \"%s\" (%s), must be \"" MANIFEST "\" (stored)",
						 image->member_count > 0 ? image->members[0].name : "",
						 image->member_count > 0 ? image->members[0].method : "none");
	if (signatures > FUP_SIGNATURES)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, FUP ": more than %d signatures", FUP_SIGNATURES);
	for (size_t i = 0; i < image->member_count; i++)
	{
		const fota_member *m = &image->members[i];

		if (!fota_fup_is_name(m->name))
			return fota_fail(ctx, FOTA_UNSAFE_NAME, m->offset, 0,
							 FUP ": member \"%s\": names are letters, digits, '.', '_', '-' and '/', at most 120", m->name);
		if (i > signatures && strncmp(m->name, "manifest.", 9) == 0)
			return fota_fail(ctx, FOTA_SYNTAX, m->offset, 0, FUP ": member \"%s\" is not where it must be", m->name);
		if (i > 0 && i <= signatures && strcmp(m->method, "stored") != 0)
			return fota_fail(ctx, FOTA_SYNTAX, m->offset, 0, FUP ": member \"%s\" must be stored", m->name);
	}
	return FOTA_OK;
}

/* --- manifest ---------------------------------------------------------------------------------- */

typedef struct reading
{
	fota_ctx   *ctx;
	fota_bytes	file;
	const fota_image_options *options;
	fota_image *image;
	fota_tree	tree;
	uint8_t    *named;			/* by member */
} reading;

/* What a component's file says of itself must be what the manifest says of it. */
static fota_status
check_content(reading *r, const fota_node *entry, const fota_member *member, const char *format)
{
	const char *said = fota_tree_text(&r->tree, entry, "content_id");
	const char *version = fota_tree_text(&r->tree, entry, "version");
	uint8_t		id[FOTA_SHA256_SIZE];
	char		text[2 * FOTA_SHA256_SIZE + 1];
	package_part part;
	fota_image	inner = {0};
	fota_status status;

	if (said == NULL)
		return FOTA_OK;
	if (strcmp(format, FUP) == 0)
		return fota_fail(r->ctx, FOTA_LIMIT, member->offset, 0, FUP ": \"%s\" is a package in a package", member->name);
	status = fota_package_open(r->ctx, r->file, r->image, member, FOTA_MAX_UNPACKED, &part);
	if (status == FOTA_OK)
		status = fota_image_decode(r->ctx, part.bytes, format, r->options, &inner);
	if (status == FOTA_OK)
		status = fota_image_content_id(r->ctx, &inner, id);
	if (status == FOTA_OK)
	{
		fota_hex(id, sizeof(id), text);
		if (strcmp(text, said) != 0)
			status = fota_fail(r->ctx, FOTA_CHECKSUM, member->offset, 0,
							   FUP ": %s: content_id in the manifest does not match: it says %.16s.., computed %.16s..",
							   member->name, said, text);
	}
	else
		fota_fail_detail(r->ctx, "%s", member->name);
	for (size_t i = 0; status == FOTA_OK && version != NULL && i < inner.metadata_count; i++)
		if (strcmp(inner.metadata[i].name, "version") == 0 && strcmp(inner.metadata[i].value, version) != 0)
			fota_image_warn(r->image, "metadata_mismatch", 0, member->offset,
							"the manifest says version %.40s of %.60s, the file says %.40s", version, member->name,
							inner.metadata[i].value);
	fota_image_free(r->ctx, &inner);
	fota_package_close(r->ctx, &part);
	return status;
}

/* One entry of "components" or "aux". */
static fota_status
check_entry(reading *r, const fota_node *entry, const char *list)
{
	const char *name = fota_tree_text(&r->tree, entry, "file");
	const char *hex = fota_tree_text(&r->tree, entry, "sha256");
	const char *format = fota_tree_text(&r->tree, entry, "format");
	const char *label = fota_tree_text(&r->tree, entry, "name");
	const char *version = fota_tree_text(&r->tree, entry, "version");
	const fota_member *member;
	char		text[FOTA_IMAGE_TEXT];
	uint64_t	size;
	fota_status status;

	if (name == NULL || hex == NULL || label == NULL || !fota_tree_number(&r->tree, entry, "size", &size))
		return fota_fail(r->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, FUP ": manifest: an entry of \"%s\" lacks its %s", list,
						 name == NULL ? "file" : hex == NULL ? "sha256" : label == NULL ? "name" : "size");
	if ((status = fota_package_find(r->ctx, r->image, "manifest", name, &member)) != FOTA_OK)
		return status;
	r->named[member - r->image->members] = 1;
	if (size != member->size)
		return fota_fail(r->ctx, FOTA_CHECKSUM, member->offset, 0, FUP ": manifest says %s has %llu bytes, it has %llu", name,
						 (unsigned long long) size, (unsigned long long) member->size);
	if ((status = fota_package_sum(r->ctx, r->file, r->image, member, "the manifest", hex)) != FOTA_OK)
		return status;
	fota_format(text, sizeof(text), "%.60s %.40s%s%.60s", label, version ? version : "", version ? " " : "", name);
	fota_image_note_item(r->image, list, text, SIZE_MAX);
	return format != NULL ? check_content(r, entry, member, format) : FOTA_OK;
}

static fota_status
check_list(reading *r, const char *list)
{
	const fota_node *node = fota_tree_get(&r->tree, &r->tree.nodes[0], list);
	fota_status status = FOTA_OK;

	for (const fota_node *n = fota_tree_first(&r->tree, node); n != NULL && status == FOTA_OK; n = fota_tree_next(&r->tree, n))
		status = check_entry(r, n, list);
	return status;
}

/* "acme lamp >=2 <4" */
static void
note_lists(reading *r)
{
	const fota_node *root = &r->tree.nodes[0];
	const char *const parts[] = {"vendor", "model", "hw"};
	char		text[FOTA_IMAGE_TEXT];

	for (const fota_node *n = fota_tree_first(&r->tree, fota_tree_get(&r->tree, root, "compatible")); n != NULL;
		 n = fota_tree_next(&r->tree, n))
	{
		size_t		used = 0;

		text[0] = '\0';
		for (int i = 0; i < 3; i++)
		{
			const char *part = fota_tree_text(&r->tree, n, parts[i]);

			if (part != NULL)
				used += fota_format(text + used, sizeof(text) - used, "%s%.60s", used > 0 ? " " : "", part);
		}
		fota_image_note_item(r->image, "hw", text, SIZE_MAX);
	}
	for (const fota_node *n = fota_tree_first(&r->tree, fota_tree_get(&r->tree, root, "requires")); n != NULL;
		 n = fota_tree_next(&r->tree, n))
	{
		const char *component = fota_tree_text(&r->tree, n, "component");
		const char *version = fota_tree_text(&r->tree, n, "version");

		fota_format(text, sizeof(text), "%.90s %.90s", component ? component : "", version ? version : "");
		fota_image_note_item(r->image, "depends", text, SIZE_MAX);
	}
}

static fota_status
check_manifest(reading *r)
{
	static const char *const names[][2] = {
		{"name", "name"}, {"version", "version"}, {"released", "released"}, {"notes", "description"}
	};
	const fota_node *root = &r->tree.nodes[0];
	const fota_node *kind = fota_tree_get(&r->tree, root, "fup");
	fota_status status;

	if (kind == NULL || kind->kind != FOTA_NODE_NUMBER)
		return fota_fail(r->ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0, FUP ": manifest: there is no \"fup\" with its version");
	if (!kind->is_integer || kind->number != 1)
		return fota_fail(r->ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, FUP ": manifest version %.20s, expected 1", kind->text);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		const char *text = fota_tree_text(&r->tree, root, names[i][0]);

		if (text != NULL)
			fota_image_note(r->image, names[i][1], text, SIZE_MAX);
		else if (i < 2)
			return fota_fail(r->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, FUP ": manifest: there is no \"%s\"", names[i][0]);
	}
	note_lists(r);
	if ((status = check_list(r, "components")) != FOTA_OK || (status = check_list(r, "aux")) != FOTA_OK)
		return status;
	for (size_t i = 0; i < r->image->member_count; i++)
		if (!r->named[i])
			return fota_fail(r->ctx, FOTA_SYNTAX, r->image->members[i].offset, 0, FUP ": member \"%s\" is not in the manifest",
							 r->image->members[i].name);
	return FOTA_OK;
}

static fota_status
fup_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	reading		r = {.ctx = ctx, .file = file, .options = options, .image = image};
	char		what[80];
	size_t		signatures;
	fota_status status;

	if ((status = fota_zip_list(ctx, file, options, image)) != FOTA_OK ||
		(status = fota_zip_is_plain(ctx, file, FUP)) != FOTA_OK)
		return status;
	signatures = count_signatures(image);
	if ((status = check_members(ctx, image, signatures)) != FOTA_OK)
		return status;
	fota_image_note_flag(image, "signed", signatures > 0);
	r.named = fota_alloc(ctx, image->member_count);
	if (r.named == NULL)
		return ctx->error.code;
	memset(r.named, 1, signatures + 1);
	status = fota_package_json(ctx, file, image, MANIFEST, what, &r.tree);
	if (status == FOTA_OK)
		status = check_manifest(&r);
	fota_tree_free(&r.tree);
	fota_free(ctx, r.named);
	return status == FOTA_OK ? fota_image_whole(ctx, file, options, image) : status;
}

const fota_codec fota_codec_fup = {
	.name = FUP,
	.title = "open firmware package",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = fup_detect,
	.decode = fup_decode,
	.take = fota_archive_take,
	.verify = fota_fup_verify,
};

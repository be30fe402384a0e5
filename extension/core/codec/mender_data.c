/* SPDX-License-Identifier: PostgreSQL */
/* mender_data.c: the archives inside of a Mender artifact: its header, and the files of its data; see mender.h. */
#include "mender.h"

#include "../unpack.h"

#include <string.h>

/* An inner archive: its bytes and its members. inner_close in every case. */
typedef struct inner
{
	fota_buf	own;
	fota_bytes	bytes;
	fota_image	list;
} inner;

static fota_status
inner_open(fota_ctx *ctx, fota_bytes file, const fota_member *member, const fota_image_options *options, inner *in)
{
	fota_bytes	packed = {file.data + member->offset, (size_t) member->size};
	fota_packing packing = fota_packing_of(packed);
	bool		plain = member->name[strlen(member->name) - 1] == 'r';	/* .. of .tar */
	char		what[FOTA_IMAGE_TEXT];
	fota_status status = FOTA_OK;

	memset(in, 0, sizeof(*in));
	in->list.ctx = ctx;
	in->list.codec = &fota_codec_mender;
	in->bytes = packed;
	fota_format(what, sizeof(what), MENDER ": %s", member->name);
	if (packing == FOTA_PACKING_NONE && !plain)
		return fota_fail(ctx, FOTA_SYNTAX, member->offset, 0, "%s: it is not compressed as its name says", what);
	if (packing != FOTA_PACKING_NONE && !plain)
	{
		status = fota_unpack(ctx, packing, packed, &options->limits, what, &in->own);
		in->bytes = (fota_bytes) {in->own.data, in->own.size};
	}
	if (status == FOTA_OK)
		status = fota_tar_list(ctx, in->bytes, options, &in->list);
	if (status != FOTA_OK)
		fota_fail_detail(ctx, "%s", member->name);
	return status;
}

static void
inner_close(fota_ctx *ctx, inner *in)
{
	fota_image_free(ctx, &in->list);
	fota_buf_free(ctx, &in->own);
}

/* --- header ------------------------------------------------------------------------------------ */

static void
note_items(fota_image *image, const fota_tree *tree, const fota_node *list, const char *name, const char *prefix)
{
	char		text[FOTA_IMAGE_TEXT];

	for (const fota_node *n = fota_tree_first(tree, list); n != NULL; n = fota_tree_next(tree, n))
	{
		fota_format(text, sizeof(text), "%s%.150s", prefix, n->text);
		if (n->kind == FOTA_NODE_TEXT)
			fota_image_note_item(image, name, text, SIZE_MAX);
	}
}

static fota_status
note_header(mender *m, const fota_tree *tree)
{
	const fota_node *root = &tree->nodes[0];
	const fota_node *provides = fota_tree_get(tree, root, "artifact_provides");
	const fota_node *depends = fota_tree_get(tree, root, "artifact_depends");
	const fota_node *payloads = fota_tree_get(tree, root, "payloads");
	const char *text = fota_tree_text(tree, provides, "artifact_name");

	if (text == NULL)
		return fota_fail(m->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, MENDER ": header-info has no artifact_name");
	if (fota_tree_first(tree, payloads) == NULL)
		return fota_fail(m->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, MENDER ": header-info names no payload");
	fota_image_note(m->image, "version", text, SIZE_MAX);
	if ((text = fota_tree_text(tree, provides, "artifact_group")) != NULL)
		fota_image_note(m->image, "group", text, SIZE_MAX);
	note_items(m->image, tree, fota_tree_get(tree, depends, "device_type"), "hw", "");
	note_items(m->image, tree, fota_tree_get(tree, depends, "artifact_name"), "depends", "artifact ");
	note_items(m->image, tree, fota_tree_get(tree, depends, "artifact_group"), "depends", "group ");
	for (const fota_node *n = fota_tree_first(tree, payloads); n != NULL; n = fota_tree_next(tree, n))
		if ((text = fota_tree_text(tree, n, "type")) != NULL)
			fota_image_note_item(m->image, "type", text, SIZE_MAX);
	return FOTA_OK;
}

fota_status
fota_mender_header(mender *m)
{
	inner		in;
	fota_tree	tree = {0};
	fota_status status = inner_open(m->ctx, m->file, m->header, m->options, &in);

	if (status == FOTA_OK && (in.list.member_count == 0 || strcmp(in.list.members[0].name, "header-info") != 0))
		status = fota_fail(m->ctx, FOTA_SYNTAX, m->header->offset, 0, MENDER ": first member of %s is \"%s\", must be \"header-info\"",
						   m->header->name, in.list.member_count > 0 ? in.list.members[0].name : "");
	if (status == FOTA_OK)
		status = fota_tree_json(m->ctx, (fota_bytes) {in.bytes.data + in.list.members[0].offset,
													  (size_t) in.list.members[0].size}, MENDER ": header-info", &tree);
	if (status == FOTA_OK)
		status = note_header(m, &tree);
	fota_tree_free(&tree);
	inner_close(m->ctx, &in);
	return status;
}

/* --- data -------------------------------------------------------------------------------------- */

/* "data/0000/" and the name of a file in it, as the manifest has it. */
static size_t
inner_name(const char *outer, const char *name, char *out, size_t room)
{
	return fota_format(out, room, "%.9s/%s", outer, name);
}

static fota_status
add_inner(mender *m, size_t place, const inner *in, const fota_member *file)
{
	fota_member outer = m->image->members[place];
	char		name[FOTA_IMAGE_NAME + 16];
	size_t		size = inner_name(outer.name, file->name, name, sizeof(name));
	fota_member *member;

	if (strcmp(file->method, "folder") == 0)
		return FOTA_OK;
	member = fota_image_member(m->ctx, m->image, m->options, MENDER, outer.offset, (const uint8_t *) name, size);
	if (member == NULL)
		return m->ctx->error.code;
	member->method = MENDER_INNER;
	member->size = file->size;
	member->offset = outer.offset;
	member->packed = outer.size;
	return fota_mender_sum(m, name, (fota_bytes) {in->bytes.data + file->offset, (size_t) file->size}, false);
}

fota_status
fota_mender_data(mender *m, size_t place)
{
	inner		in;
	fota_status status = inner_open(m->ctx, m->file, &m->image->members[place], m->options, &in);

	for (size_t i = 0; status == FOTA_OK && i < in.list.member_count; i++)
		status = add_inner(m, place, &in, &in.list.members[i]);
	inner_close(m->ctx, &in);
	return status;
}

fota_status
fota_mender_take(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member,
				 const fota_image_options *options, fota_buf *out)
{
	const fota_member *outer = NULL;
	inner		in;
	fota_status status;

	if (strcmp(member->method, MENDER_INNER) != 0)
		return fota_archive_take(ctx, file, image, member, options, out);
	for (size_t i = 0; i < image->member_count && outer == NULL; i++)
		if (image->members[i].offset == member->offset)
			outer = &image->members[i];
	status = inner_open(ctx, file, outer, options, &in);
	for (size_t i = 0; status == FOTA_OK && i < in.list.member_count; i++)
	{
		char		name[FOTA_IMAGE_NAME + 16];

		inner_name(outer->name, in.list.members[i].name, name, sizeof(name));
		if (strcmp(name, member->name) == 0)
			status = fota_buf_append(ctx, out, in.bytes.data + in.list.members[i].offset, (size_t) member->size);
	}
	inner_close(ctx, &in);
	return status;
}

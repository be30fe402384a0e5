/* SPDX-License-Identifier: PostgreSQL */
/* fup_write.c: writes our open package container: the manifest from a draft, and the archive; see fup.h. */
#include "fup.h"

#include "../json.h"

#include <string.h>

/* --- manifest ---------------------------------------------------------------------------------- */

typedef struct writing
{
	fota_ctx   *ctx;
	fota_tree	tree;
	const fota_fup_file *files;
	size_t		file_count;
	fota_buf   *out;
} writing;

static const fota_fup_file *
find_file(const writing *w, const char *name)
{
	for (size_t i = 0; i < w->file_count; i++)
		if (strcmp(w->files[i].name, name) == 0)
			return &w->files[i];
	return NULL;
}

static fota_status
put(writing *w, const char *text)
{
	return fota_json_put(w->ctx, w->out, text);
}

static fota_status
put_text(writing *w, const char *text)
{
	return fota_json_put_string(w->ctx, w->out, text, strlen(text));
}

/* ,"name":"hex" */
static fota_status
put_digest(writing *w, const char *name, const uint8_t digest[FOTA_SHA256_SIZE])
{
	fota_status status;

	if ((status = put(w, ",")) != FOTA_OK || (status = put_text(w, name)) != FOTA_OK || (status = put(w, ":")) != FOTA_OK)
		return status;
	return fota_json_put_hex(w->ctx, w->out, digest, FOTA_SHA256_SIZE);
}

/* The digests of the file that an entry names; content_id when its format is one that can be decoded. */
static fota_status
put_sums(writing *w, const fota_node *entry)
{
	const char *name = fota_tree_text(&w->tree, entry, "file");
	const char *format = fota_tree_text(&w->tree, entry, "format");
	const fota_fup_file *file = name != NULL ? find_file(w, name) : NULL;
	uint8_t		digest[FOTA_SHA256_SIZE];
	fota_image	image = {0};
	fota_status status;

	if (name == NULL || !fota_fup_is_name(name) || strncmp(name, "manifest.", 9) == 0)
		return fota_fail(w->ctx, FOTA_UNSAFE_NAME, FOTA_NOWHERE, 0, FUP ": file name \"%.120s\": names are letters, digits, "
						 "'.', '_', '-' and '/', at most 120, and do not begin with manifest.", name ? name : "");
	if (file == NULL)
		return fota_fail(w->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, FUP ": manifest names \"%s\", not among the files", name);
	if ((status = put(w, ",\"size\":")) != FOTA_OK ||
		(status = fota_json_put_int(w->ctx, w->out, (int64_t) file->data.size)) != FOTA_OK ||
		(status = fota_sha256(w->ctx, file->data.data, file->data.size, digest)) != FOTA_OK ||
		(status = put_digest(w, "sha256", digest)) != FOTA_OK || format == NULL)
		return status;
	status = fota_image_decode(w->ctx, file->data, format, NULL, &image);
	if (status == FOTA_OK)
		status = fota_image_content_id(w->ctx, &image, digest);
	fota_image_free(w->ctx, &image);
	if (status != FOTA_OK)
	{
		fota_fail_detail(w->ctx, "%s", name);
		return status;
	}
	return put_digest(w, "content_id", digest);
}

/* What is computed is not taken from the draft. */
static bool
is_computed(const writing *w, const fota_node *node)
{
	const fota_node *entry = &w->tree.nodes[node->parent];

	return fota_tree_get(&w->tree, entry, "file") != NULL && (strcmp(node->key, "size") == 0 || strcmp(node->key, "sha256") == 0 ||
															  strcmp(node->key, "content_id") == 0);
}

static bool
is_entry(const writing *w, const fota_node *node)
{
	const fota_node *list = &w->tree.nodes[node->parent];

	return node->kind == FOTA_NODE_GROUP && list->kind == FOTA_NODE_LIST && list->parent == 0 &&
		(strcmp(list->key, "components") == 0 || strcmp(list->key, "aux") == 0);
}

/* A value's beginning: key, and the value or its bracket. */
static fota_status
put_begin(writing *w, const fota_node *node, bool first)
{
	fota_status status = first ? FOTA_OK : put(w, ",");

	if (status == FOTA_OK && node != w->tree.nodes && w->tree.nodes[node->parent].kind == FOTA_NODE_GROUP &&
		(status = put_text(w, node->key)) == FOTA_OK)
		status = put(w, ":");
	if (status != FOTA_OK)
		return status;
	switch (node->kind)
	{
		case FOTA_NODE_TEXT:
			return put_text(w, node->text);
		case FOTA_NODE_NULL:
			return put(w, "null");
		case FOTA_NODE_LIST:
			return put(w, "[");
		case FOTA_NODE_GROUP:
			return put(w, "{");
		default:
			return put(w, node->text);
	}
}

/* The tree as JSON, without white space; no recursion: next, or up. */
static fota_status
put_tree(writing *w)
{
	const fota_node *node = w->tree.nodes;
	bool		first = true;
	fota_status status = FOTA_OK;

	while (status == FOTA_OK)
	{
		const fota_node *next;

		if (!is_computed(w, node))
		{
			status = put_begin(w, node, first);
			first = false;
			next = fota_tree_first(&w->tree, node);
			if (next != NULL)
			{
				node = next;
				first = true;
				continue;
			}
			if (status == FOTA_OK && node->kind == FOTA_NODE_LIST)
				status = put(w, "]");
			else if (status == FOTA_OK && node->kind == FOTA_NODE_GROUP)
				status = put(w, "}");
		}
		/* on, and out of what ends here */
		while (status == FOTA_OK && (next = fota_tree_next(&w->tree, node)) == NULL && node != w->tree.nodes)
		{
			node = &w->tree.nodes[node->parent];
			if (is_entry(w, node))
				status = put_sums(w, node);
			if (status == FOTA_OK)
				status = put(w, node->kind == FOTA_NODE_LIST ? "]" : "}");
			first = false;
		}
		if (node == w->tree.nodes)
			break;
		node = next;
	}
	return status;
}

fota_status
fota_fup_manifest(fota_ctx *ctx, fota_bytes draft, const fota_fup_file *files, size_t file_count, fota_buf *out)
{
	writing		w = {.ctx = ctx, .files = files, .file_count = file_count, .out = out};
	const fota_node *first;
	fota_status status = fota_tree_json(ctx, draft, FUP ": manifest", &w.tree);

	if (status == FOTA_OK)
	{
		first = fota_tree_first(&w.tree, w.tree.nodes);
		if (first == NULL || strcmp(first->key, "fup") != 0 || first->number != 1)
			status = fota_fail(ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0, FUP ": the manifest must begin with \"fup\": 1");
	}
	if (status == FOTA_OK)
		status = put_tree(&w);
	if (status == FOTA_OK)
		status = put(&w, "\n");
	fota_tree_free(&w.tree);
	return status;
}

/* --- archive ----------------------------------------------------------------------------------- */

fota_status
fota_fup_pack(fota_ctx *ctx, fota_bytes manifest, const fota_bytes *signatures, size_t signature_count,
			  const fota_fup_file *files, size_t file_count, fota_buf *out)
{
	fota_zip_writer w;
	char		name[32];
	fota_status status;
	fota_status end;

	if (signature_count > FUP_SIGNATURES)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, FUP ": more than %d signatures", FUP_SIGNATURES);
	fota_zip_writer_begin(&w, ctx, out);
	status = fota_zip_writer_add(&w, "manifest.json", manifest, false);
	for (size_t i = 0; i < signature_count && status == FOTA_OK; i++)
	{
		fota_fup_signature_name(i, name);
		status = fota_zip_writer_add(&w, name, signatures[i], false);
	}
	for (size_t i = 0; i < file_count && status == FOTA_OK; i++)
		status = fota_zip_writer_add(&w, files[i].name, files[i].data, true);
	end = fota_zip_writer_end(&w, status == FOTA_OK);
	return status != FOTA_OK ? status : end;
}

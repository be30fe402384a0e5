/* SPDX-License-Identifier: PostgreSQL */
/* fdt.c: flattened device trees; see fdt.h. */
#include "fdt.h"

#include "binary.h"

#include <string.h>

/* --- header ------------------------------------------------------------------------------- */

static fota_status
check_area(const fdt *tree, const char *name, uint32_t offset, uint32_t size, unsigned at)
{
	if (offset >= FDT_HEADER && offset <= tree->total && size <= tree->total - offset)
		return FOTA_OK;
	return fota_fail(tree->ctx, FOTA_TRUNCATED, at, 0, "%s: FDT %s offset outside: %u bytes at 0x%X of %u", tree->format, name,
					 size, offset, tree->total);
}

static fota_status
read_header(fdt *tree)
{
	fota_bytes	file = tree->file;
	const uint8_t *p = file.data;
	uint32_t	version;
	uint32_t	size;
	fota_status status;

	if (file.size >= 4 && fota_get_u32be(p) != FDT_MAGIC)
		return fota_fail(tree->ctx, FOTA_SYNTAX, 0, 0, "%s: FDT magic is 0x%08X, expected 0xD00DFEED", tree->format,
						 fota_get_u32be(p));
	if (file.size < FDT_HEADER)
		return fota_fail(tree->ctx, FOTA_TRUNCATED, file.size, 0, "%s: FDT header cut at %zu of %u bytes", tree->format,
						 file.size, FDT_HEADER);
	tree->total = fota_get_u32be(p + 4);
	version = fota_get_u32be(p + 20);
	if (version < 16 || version > 17 || fota_get_u32be(p + 24) > 17)
		return fota_fail(tree->ctx, FOTA_UNSUPPORTED, 20, 0, "%s: FDT version %u unknown (16 and 17 are known)", tree->format,
						 version);
	if (tree->total > file.size)
		return fota_fail(tree->ctx, FOTA_TRUNCATED, file.size, 0, "%s: FDT totalsize %u past the file: cut at %zu bytes",
						 tree->format, tree->total, file.size);
	tree->structure_at = fota_get_u32be(p + 8);
	tree->strings_at = fota_get_u32be(p + 12);
	/* version 16 does not say how long the structure is: up to its end token, at most to the end of all */
	size = version == 17 ? fota_get_u32be(p + 36) :
		tree->structure_at < tree->total ? tree->total - (uint32_t) tree->structure_at : 0;
	status = check_area(tree, "structure", (uint32_t) tree->structure_at, size, 8);
	if (status == FOTA_OK)
		status = check_area(tree, "strings", (uint32_t) tree->strings_at, fota_get_u32be(p + 32), 12);
	if (status == FOTA_OK)
		status = check_area(tree, "reserved memory", fota_get_u32be(p + 16), 16, 16);
	if (status != FOTA_OK)
		return status;
	if (tree->structure_at % 4 != 0)
		return fota_fail(tree->ctx, FOTA_SYNTAX, 8, 0, "%s: FDT structure offset 0x%llX is not a multiple of 4", tree->format,
						 (unsigned long long) tree->structure_at);
	tree->structure = fota_binary_part(file, tree->structure_at, size);
	tree->strings = fota_binary_part(file, tree->strings_at, fota_get_u32be(p + 32));
	return FOTA_OK;
}

/* --- tokens ------------------------------------------------------------------------------- */

/* The text at an offset, if it has an end there; *next is behind its NUL. */
static const char *
text_at(fota_bytes area, uint64_t at, uint64_t *next)
{
	size_t		size;

	if (at >= area.size)
		return NULL;
	size = fota_binary_text(area.data + at, area.size - (size_t) at);
	if (size == area.size - at)
		return NULL;
	*next = at + size + 1;
	return (const char *) area.data + at;
}

bool
fota_fdt_token(const fdt *tree, uint32_t at, fdt_token *token)
{
	fota_bytes	s = tree->structure;
	uint64_t	next = (uint64_t) at + 4;
	uint64_t	ignored;
	uint32_t	size;

	if (!fota_binary_has(s, at, 4))
		return false;
	*token = (fdt_token) {.type = fota_get_u32be(s.data + at), .at = at};
	switch (token->type)
	{
		case FDT_BEGIN_NODE:
			token->name = text_at(s, next, &next);
			if (token->name == NULL)
				return false;
			break;
		case FDT_PROP:
			if (!fota_binary_has(s, next, 8))
				return false;
			size = fota_get_u32be(s.data + next);
			token->name = text_at(tree->strings, fota_get_u32be(s.data + next + 4), &ignored);
			next += 8;
			if (token->name == NULL || !fota_binary_has(s, next, size))
				return false;
			token->value = fota_binary_part(s, next, size);
			next += size;
			break;
		case FDT_END_NODE:
		case FDT_NOP:
		case FDT_END:
			break;
		default:
			return false;
	}
	next = (next + 3) & ~(uint64_t) 3;
	token->next = next > s.size ? (uint32_t) s.size : (uint32_t) next;
	return true;
}

/* --- nodes -------------------------------------------------------------------------------- */

typedef struct walk
{
	fdt		   *tree;
	uint32_t	room;
	uint32_t	path[FDT_DEPTH];	/* nodes that are open */
	uint32_t	last[FDT_DEPTH];	/* child of each so far, or FDT_NONE */
	uint32_t	depth;			/* number of open nodes */
} walk;

static fota_status
bad_structure(const fdt *tree, uint32_t at, const char *what)
{
	return fota_fail(tree->ctx, FOTA_SYNTAX, tree->structure_at + at, 0, "%s: FDT structure at 0x%llX: %s", tree->format,
					 (unsigned long long) (tree->structure_at + at), what);
}

static fota_status
begin_node(walk *w, const fdt_token *token)
{
	fdt		   *tree = w->tree;
	uint32_t	parent = w->depth > 0 ? w->path[w->depth - 1] : FDT_NONE;

	if (w->depth == 0 && tree->count > 0)
		return bad_structure(tree, token->at, "a second root node");
	if (w->depth == FDT_DEPTH || tree->count == FDT_NODES)
		return fota_fail(tree->ctx, FOTA_LIMIT, tree->structure_at + token->at, 0,
						 "%s: FDT nodes are nested deeper than %u, or more than %u", tree->format, FDT_DEPTH, FDT_NODES);
	if (tree->count == w->room)
	{
		uint32_t	room = w->room ? 2 * w->room : 32;
		fdt_node   *nodes = fota_alloc_array(tree->ctx, room, sizeof(fdt_node));

		if (nodes == NULL)
			return tree->ctx->error.code;
		if (tree->count > 0)
			memcpy(nodes, tree->nodes, tree->count * sizeof(fdt_node));
		fota_free(tree->ctx, tree->nodes);
		tree->nodes = nodes;
		w->room = room;
	}
	if (parent != FDT_NONE && fota_fdt_child(tree, parent, token->name, strlen(token->name)) != FDT_NONE)
		return fota_fail(tree->ctx, FOTA_DUPLICATE, tree->structure_at + token->at, 0, "%s: FDT node \"%.80s\" is there twice",
						 tree->format, token->name);
	if (parent != FDT_NONE && w->last[w->depth - 1] != FDT_NONE)
		tree->nodes[w->last[w->depth - 1]].next = tree->count;
	else if (parent != FDT_NONE)
		tree->nodes[parent].first = tree->count;
	if (parent != FDT_NONE)
		w->last[w->depth - 1] = tree->count;
	tree->nodes[tree->count] = (fdt_node) {token->name, token->next, parent, FDT_NONE, FDT_NONE, w->depth};
	w->path[w->depth] = tree->count++;
	w->last[w->depth++] = FDT_NONE;
	return fota_poll(tree->ctx, 64);
}

static fota_status
read_nodes(fdt *tree)
{
	walk		w = {.tree = tree};
	fota_status status = FOTA_OK;

	for (uint32_t at = 0; status == FOTA_OK;)
	{
		fdt_token	token;

		if (!fota_fdt_token(tree, at, &token))
			return bad_structure(tree, at, at >= tree->structure.size ? "it ends without an end token" : "no valid token");
		if (token.type == FDT_BEGIN_NODE)
			status = begin_node(&w, &token);
		else if (token.type == FDT_END_NODE && w.depth > 0)
			w.depth--;
		else if (token.type == FDT_END_NODE || (token.type == FDT_PROP && w.depth == 0))
			return bad_structure(tree, at, "outside of the root node");
		else if (token.type == FDT_PROP && w.last[w.depth - 1] != FDT_NONE)
			return bad_structure(tree, at, "a property behind a node");
		else if (token.type == FDT_END)
			return w.depth > 0 || tree->count == 0 ? bad_structure(tree, at, "the end inside a node") : FOTA_OK;
		else
			status = fota_poll(tree->ctx, token.next - at);
		at = token.next;
	}
	return status;
}

fota_status
fota_fdt_open(fota_ctx *ctx, fota_bytes file, const char *format, fdt *tree)
{
	fota_status status;

	*tree = (fdt) {.ctx = ctx, .format = format, .file = file};
	status = read_header(tree);
	return status == FOTA_OK ? read_nodes(tree) : status;
}

void
fota_fdt_close(fdt *tree)
{
	fota_free(tree->ctx, tree->nodes);
	tree->nodes = NULL;
}

/* --- looking up --------------------------------------------------------------------------- */

uint32_t
fota_fdt_child(const fdt *tree, uint32_t node, const char *name, size_t size)
{
	for (uint32_t i = tree->nodes[node].first; i != FDT_NONE; i = tree->nodes[i].next)
		if (strncmp(tree->nodes[i].name, name, size) == 0 && tree->nodes[i].name[size] == '\0')
			return i;
	return FDT_NONE;
}

uint32_t
fota_fdt_find(const fdt *tree, const char *path)
{
	uint32_t	node = 0;

	if (*path != '/')
		return FDT_NONE;
	while (*++path != '\0' && node != FDT_NONE)
	{
		const char *slash = strchr(path, '/');
		size_t		size = slash != NULL ? (size_t) (slash - path) : strlen(path);

		node = fota_fdt_child(tree, node, path, size);
		path += size;
		if (*path == '\0')
			break;
	}
	return node;
}

fota_bytes
fota_fdt_value(const fdt *tree, uint32_t node, const char *name)
{
	fdt_token	token;

	for (uint32_t at = tree->nodes[node].at; fota_fdt_token(tree, at, &token); at = token.next)
	{
		if (token.type == FDT_PROP && strcmp(token.name, name) == 0)
			return token.value;
		if (token.type != FDT_PROP && token.type != FDT_NOP)
			break;
	}
	return (fota_bytes) {NULL, 0};
}

const char *
fota_fdt_text(const fdt *tree, uint32_t node, const char *name)
{
	size_t		at = 0;

	return fota_fdt_list(fota_fdt_value(tree, node, name), &at);
}

bool
fota_fdt_number(const fdt *tree, uint32_t node, const char *name, uint64_t *value)
{
	fota_bytes	found = fota_fdt_value(tree, node, name);

	if (found.data == NULL || (found.size != 4 && found.size != 8))
		return false;
	*value = found.size == 4 ? fota_get_u32be(found.data) : fota_get_u64be(found.data);
	return true;
}

const char *
fota_fdt_list(fota_bytes list, size_t *at)
{
	uint64_t	next;
	const char *text;

	if (list.data == NULL)
		return NULL;
	text = text_at(list, *at, &next);
	if (text != NULL)
		*at = (size_t) next;
	return text;
}

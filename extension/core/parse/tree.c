/* SPDX-License-Identifier: PostgreSQL */
/* tree.c: manifests as trees of values, and JSON into one; see tree.h. */
#include "tree.h"

#include "../json.h"

#include <string.h>

fota_status
fota_tree_begin(fota_ctx *ctx, fota_bytes data, const char *what, fota_tree *tree)
{
	*tree = (fota_tree) {.ctx = ctx, .what = what};
	if (data.size > FOTA_TREE_TEXT)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%s: %zu bytes, at most %zu are read", what, data.size,
						 FOTA_TREE_TEXT);
	tree->text_room = 2 * data.size + 64;	/* every text with its NUL, however it was written */
	tree->text = fota_alloc_raw(ctx, tree->text_room);
	return tree->text != NULL ? FOTA_OK : ctx->error.code;
}

void
fota_tree_free(fota_tree *tree)
{
	if (tree->ctx == NULL)
		return;
	fota_free(tree->ctx, tree->nodes);
	fota_free(tree->ctx, tree->text);
	memset(tree, 0, sizeof(*tree));
}

uint32_t
fota_tree_add(fota_tree *tree, uint32_t parent, fota_node_kind kind, const char *key)
{
	uint32_t	place = (uint32_t) tree->count;

	if (tree->count == FOTA_TREE_NODES)
	{
		fota_fail(tree->ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%s: more than %d values", tree->what, FOTA_TREE_NODES);
		return 0;
	}
	if (tree->count == tree->room)
	{
		size_t		room = tree->room ? 2 * tree->room : 64;
		fota_node  *nodes = fota_alloc_array(tree->ctx, room, sizeof(fota_node));

		if (nodes == NULL)
			return 0;
		if (tree->count > 0)
			memcpy(nodes, tree->nodes, tree->count * sizeof(fota_node));
		fota_free(tree->ctx, tree->nodes);
		tree->nodes = nodes;
		tree->room = room;
	}
	tree->nodes[place] = (fota_node) {.kind = kind, .key = key, .text = "", .parent = parent};
	tree->count++;
	if (place == 0)
		return 0;
	if (tree->nodes[parent].first == 0)
		tree->nodes[parent].first = place;
	else
		tree->nodes[tree->nodes[parent].last].next = place;
	tree->nodes[parent].last = place;
	return place;
}

char *
fota_tree_room(fota_tree *tree, size_t size)
{
	char	   *text = tree->text + tree->used;

	if (size + 1 > tree->text_room - tree->used)
		size = tree->text_room - tree->used - 1;
	text[size] = '\0';
	tree->used += size + 1;
	return text;
}

/* --- looking --------------------------------------------------------------------------------- */

const fota_node *
fota_tree_first(const fota_tree *tree, const fota_node *node)
{
	return node != NULL && node->first != 0 ? &tree->nodes[node->first] : NULL;
}

const fota_node *
fota_tree_next(const fota_tree *tree, const fota_node *node)
{
	return node != NULL && node->next != 0 ? &tree->nodes[node->next] : NULL;
}

const fota_node *
fota_tree_get(const fota_tree *tree, const fota_node *group, const char *key)
{
	if (group == NULL || group->kind != FOTA_NODE_GROUP)
		return NULL;
	for (const fota_node *n = fota_tree_first(tree, group); n != NULL; n = fota_tree_next(tree, n))
		if (strcmp(n->key, key) == 0)
			return n;
	return NULL;
}

const char *
fota_tree_text(const fota_tree *tree, const fota_node *group, const char *key)
{
	const fota_node *node = fota_tree_get(tree, group, key);

	return node != NULL && node->kind == FOTA_NODE_TEXT ? node->text : NULL;
}

/* Decimal, or hexadecimal after 0x. */
static bool
read_number(const char *text, uint64_t *value)
{
	unsigned	base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;

	text += base == 16 ? 2 : 0;
	*value = 0;
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
	{
		unsigned	digit = *text >= '0' && *text <= '9' ? (unsigned) (*text - '0') :
			*text >= 'a' && *text <= 'f' ? (unsigned) (*text - 'a') + 10 :
			*text >= 'A' && *text <= 'F' ? (unsigned) (*text - 'A') + 10 : 16;

		if (digit >= base || !fota_mul_u64(*value, base, value) || !fota_add_u64(*value, digit, value))
			return false;
	}
	return true;
}

bool
fota_tree_number(const fota_tree *tree, const fota_node *group, const char *key, uint64_t *value)
{
	const fota_node *node = fota_tree_get(tree, group, key);

	if (node == NULL)
		return false;
	if (node->kind == FOTA_NODE_TEXT)
		return read_number(node->text, value);
	if (node->kind != FOTA_NODE_NUMBER || !node->is_integer || node->number < 0)
		return false;
	*value = (uint64_t) node->number;
	return true;
}

/* --- JSON ------------------------------------------------------------------------------------ */

/* A string's characters; those after a NUL, which JSON may escape but our reader refuses, do not occur. */
static const char *
keep_text(fota_tree *tree, const fota_json_text *text)
{
	char	   *copy = fota_tree_room(tree, text->length);

	fota_json_decode(text, copy);
	return copy;
}

static fota_status
read_scalar(fota_tree *tree, fota_json *r, fota_json_type type, fota_node *node)
{
	fota_json_text text;
	fota_bytes	number;
	bool		flag = false;
	fota_status status;

	switch (type)
	{
		case FOTA_JSON_STRING:
			if ((status = fota_json_string(r, &text)) != FOTA_OK)
				return status;
			node->text = keep_text(tree, &text);
			node->size = text.length;
			return FOTA_OK;
		case FOTA_JSON_BOOL:
			status = fota_json_bool(r, &flag);
			node->text = flag ? "true" : "false";
			node->number = flag;
			return status;
		case FOTA_JSON_INTEGER_TYPE:
			{
				char		digits[24];

				status = fota_json_integer(r, &node->number);
				node->is_integer = true;
				node->size = fota_format(digits, sizeof(digits), "%lld", (long long) node->number);
				node->text = memcpy(fota_tree_room(tree, node->size), digits, node->size);
				return status;
			}
		case FOTA_JSON_NUMBER:
			if ((status = fota_json_number(r, &number)) != FOTA_OK)
				return status;
			node->text = memcpy(fota_tree_room(tree, number.size), number.data, number.size);
			node->size = number.size;
			return FOTA_OK;
		default:
			return fota_json_null(r);
	}
}

/* The next value; *place becomes that of a container which is entered. */
static fota_status
read_value(fota_tree *tree, fota_json *r, uint32_t *place, bool *entered, const char *key)
{
	static const fota_node_kind kinds[] = {
		[FOTA_JSON_NULL] = FOTA_NODE_NULL, [FOTA_JSON_BOOL] = FOTA_NODE_FLAG, [FOTA_JSON_INTEGER_TYPE] = FOTA_NODE_NUMBER,
		[FOTA_JSON_NUMBER] = FOTA_NODE_NUMBER, [FOTA_JSON_STRING] = FOTA_NODE_TEXT, [FOTA_JSON_ARRAY] = FOTA_NODE_LIST,
		[FOTA_JSON_OBJECT] = FOTA_NODE_GROUP
	};
	fota_json_type type;
	uint32_t	node;
	size_t		before = tree->count;
	fota_status status = fota_json_peek(r, &type);

	*entered = false;
	if (status != FOTA_OK)
		return status;
	node = fota_tree_add(tree, *place, kinds[type], key);
	if (tree->count == before)
		return tree->ctx->error.code;
	*entered = type == FOTA_JSON_ARRAY || type == FOTA_JSON_OBJECT;
	if (!*entered)
		return read_scalar(tree, r, type, &tree->nodes[node]);
	*place = node;
	return fota_json_enter(r, type);
}

static fota_status
read_all(fota_tree *tree, fota_json *r)
{
	uint32_t	place = 0;
	size_t		depth;
	bool		entered;
	bool		more;
	fota_status status = read_value(tree, r, &place, &entered, "");

	for (depth = entered; status == FOTA_OK && depth > 0;)
	{
		fota_json_text key;
		const char *name = "";

		if ((status = fota_json_next(r, &more)) != FOTA_OK)
			return status;
		if (!more)
		{
			place = tree->nodes[place].parent;
			depth--;
			continue;
		}
		if (tree->nodes[place].kind == FOTA_NODE_GROUP)
		{
			if ((status = fota_json_key(r, &key)) != FOTA_OK)
				return status;
			name = keep_text(tree, &key);
		}
		status = read_value(tree, r, &place, &entered, name);
		depth += entered;
	}
	return status == FOTA_OK ? fota_json_end(r) : status;
}

fota_status
fota_tree_json(fota_ctx *ctx, fota_bytes data, const char *what, fota_tree *tree)
{
	fota_json	r;
	fota_status status = fota_tree_begin(ctx, data, what, tree);
	char		why[FOTA_MESSAGE_SIZE];

	if (status != FOTA_OK)
		return status;
	fota_json_open(&r, ctx, data.data, data.size);
	status = read_all(tree, &r);
	if (status == FOTA_OK || status == FOTA_CANCELED || status == FOTA_NOMEM)
		return status;
	fota_format(why, sizeof(why), "%s", ctx->error.message);
	if (status == FOTA_LIMIT)
		return fota_fail(ctx, status, FOTA_NOWHERE, 0, "%s: %s", what, why);
	return fota_fail(ctx, status, FOTA_NOWHERE, 0, "%s: not valid JSON at position %zu: %s", what, r.at, why);
}

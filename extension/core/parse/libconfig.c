/* SPDX-License-Identifier: PostgreSQL */
/*
 * libconfig.c: the notation of libconfig, in which SWUpdate describes its packages, into a tree; see tree.h.
 *
 *	name = value;	with = or :, and ; or , or nothing behind
 *	{ settings }	[ scalars ]	( values )	"texts" "that follow" 1 0x1F 2L 1.5 true FALSE
 *	# comment	// comment	and those in slashes and stars
 *
 * @include is refused: a package is read from itself alone.
 */
#include "tree.h"

#include <string.h>

typedef struct reader
{
	fota_tree  *tree;
	const uint8_t *data;
	size_t		size;
	size_t		at;
	uint32_t	line;
	uint32_t	last_line;		/* of the last character that was no blank */
} reader;

static fota_status
expected(reader *r, const char *what)
{
	char		found[48];
	bool		ended = r->at >= r->size;

	if (ended)
		fota_format(found, sizeof(found), "the text ends");
	else if (r->data[r->at] > 0x20 && r->data[r->at] < 0x7f)
		fota_format(found, sizeof(found), "found '%c'", r->data[r->at]);
	else
		fota_format(found, sizeof(found), "found byte 0x%02X", r->data[r->at]);
	return fota_fail(r->tree->ctx, FOTA_SYNTAX, FOTA_NOWHERE, ended ? r->last_line : r->line,
					 "%s line %u: syntax: %s, expected %s", r->tree->what, ended ? r->last_line : r->line, found, what);
}

/* --- blanks and comments ------------------------------------------------------------------- */

static bool
is_next(const reader *r, const char *text)
{
	size_t		size = strlen(text);

	return r->size - r->at >= size && memcmp(r->data + r->at, text, size) == 0;
}

static void
skip_line(reader *r)
{
	while (r->at < r->size && r->data[r->at] != '\n')
		r->at++;
}

/* Passes over blanks and comments. */
static fota_status
skip(reader *r)
{
	r->last_line = r->line;
	while (r->at < r->size)
	{
		uint8_t		c = r->data[r->at];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == '\n')
		{
			r->line += c == '\n';
			r->at++;
		}
		else if (c == '#' || is_next(r, "//"))
			skip_line(r);
		else if (is_next(r, "/*"))
		{
			for (r->at += 2; !is_next(r, "*/"); r->at++)
			{
				if (r->at >= r->size)
					return expected(r, "the end of a comment");
				r->line += r->data[r->at] == '\n';
			}
			r->at += 2;
		}
		else if (c == '@')
			return fota_fail(r->tree->ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, r->line, "%s line %u: @include is not supported",
							 r->tree->what, r->line);
		else
			break;
	}
	return FOTA_OK;
}

/* --- scalars ------------------------------------------------------------------------------- */

static int
hex_digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One character of a string, perhaps escaped. */
static fota_status
read_character(reader *r, char *out)
{
	static const char names[] = "nrtf\"\\";
	static const char meant[] = "\n\r\t\f\"\\";
	const char *name;

	*out = (char) r->data[r->at];
	if (*out == '\0')
		return expected(r, "a character of a string");
	r->line += *out == '\n';
	if (r->data[r->at++] != '\\')
		return FOTA_OK;
	if (r->at >= r->size)
		return expected(r, "an escaped character");
	if (r->data[r->at] == 'x' && r->size - r->at > 2 && hex_digit(r->data[r->at + 1]) >= 0 &&
		hex_digit(r->data[r->at + 2]) >= 0)
	{
		*out = (char) (hex_digit(r->data[r->at + 1]) << 4 | hex_digit(r->data[r->at + 2]));
		if (*out == '\0')
			return expected(r, "an escape other than \\x00");
		r->at += 3;
		return FOTA_OK;
	}
	name = r->data[r->at] != 0 ? strchr(names, r->data[r->at]) : NULL;
	if (name == NULL)
		return expected(r, "n, r, t, f, \", \\ or xHH after a backslash");
	*out = meant[name - names];
	r->at++;
	return FOTA_OK;
}

/* Strings that follow each other are one. The quotes that are passed over leave room for the NUL. */
static fota_status
read_string(reader *r, fota_node *node)
{
	char	   *text = r->tree->text + r->tree->used;
	size_t		size = 0;
	fota_status status = FOTA_OK;

	while (status == FOTA_OK && r->at < r->size && r->data[r->at] == '"')
	{
		r->at++;
		while (status == FOTA_OK && r->at < r->size && r->data[r->at] != '"')
			status = read_character(r, &text[size++]);
		if (status != FOTA_OK)
			return status;
		if (r->at >= r->size)
			return expected(r, "the end of a string");
		r->at++;
		status = skip(r);
	}
	node->kind = FOTA_NODE_TEXT;
	node->size = size;
	node->text = fota_tree_room(r->tree, size);
	return status;
}

static bool
is_word(const char *word, size_t size, const char *name)
{
	if (strlen(name) != size)
		return false;
	for (size_t i = 0; i < size; i++)
		if ((word[i] | 0x20) != name[i])
			return false;
	return true;
}

/* Digits, perhaps of base 16, perhaps with L behind. */
static bool
read_integer(const char *p, size_t size, int64_t *value)
{
	bool		negative = size > 0 && p[0] == '-';
	uint64_t	number = 0;
	uint64_t	base = 10;
	size_t		i = size > 0 && (p[0] == '-' || p[0] == '+');

	while (size > i && p[size - 1] == 'L')
		size--;
	if (size - i > 2 && p[i] == '0' && (p[i + 1] | 0x20) == 'x')
	{
		base = 16;
		i += 2;
	}
	if (i == size)
		return false;
	for (; i < size; i++)
	{
		int			digit = hex_digit((uint8_t) p[i]);

		if (digit < 0 || (uint64_t) digit >= base || !fota_mul_u64(number, base, &number) ||
			!fota_add_u64(number, (uint64_t) digit, &number))
			return false;
	}
	if (number > INT64_MAX)
		return false;
	*value = negative ? -(int64_t) number : (int64_t) number;
	return true;
}

static bool
is_float(const char *p, size_t size)
{
	bool		digit = false;

	for (size_t i = 0; i < size; i++)
	{
		if (p[i] >= '0' && p[i] <= '9')
			digit = true;
		else if (p[i] == '\0' || strchr("+-.eE", p[i]) == NULL)
			return false;
	}
	return digit;
}

static bool
in_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.';
}

static fota_status
read_word(reader *r, fota_node *node)
{
	const char *word = (const char *) r->data + r->at;
	size_t		size = 0;
	char	   *copy;

	while (r->at + size < r->size && in_word(r->data[r->at + size]))
		size++;
	if (is_word(word, size, "true") || is_word(word, size, "false"))
	{
		node->kind = FOTA_NODE_FLAG;
		node->number = size == 4;
		node->text = size == 4 ? "true" : "false";
	}
	else if (read_integer(word, size, &node->number) || is_float(word, size))
	{
		node->kind = FOTA_NODE_NUMBER;
		node->is_integer = read_integer(word, size, &node->number);
		copy = fota_tree_room(r->tree, size);
		memcpy(copy, word, size);
		node->text = copy;
	}
	else
		return expected(r, "a value");
	node->size = strlen(node->text);
	r->at += size;
	return skip(r);
}

/* --- settings ------------------------------------------------------------------------------ */

static bool
starts_name(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
}

/* A name and what follows it, up to the value. */
static fota_status
read_name(reader *r, uint32_t group, const char **name)
{
	size_t		begin = r->at;
	char	   *copy;
	fota_status status;

	if (!starts_name(r->data[r->at]))
		return expected(r, group == 0 ? "a name" : "a name or '}'");
	while (r->at < r->size && (starts_name(r->data[r->at]) || (r->data[r->at] >= '0' && r->data[r->at] <= '9') ||
							   r->data[r->at] == '-' || r->data[r->at] == '_'))
		r->at++;
	copy = fota_tree_room(r->tree, r->at - begin);
	memcpy(copy, r->data + begin, r->at - begin);
	*name = copy;
	if (fota_tree_get(r->tree, &r->tree->nodes[group], copy) != NULL)
		return fota_fail(r->tree->ctx, FOTA_DUPLICATE, FOTA_NOWHERE, r->line, "%s line %u: \"%.60s\" is given twice",
						 r->tree->what, r->line, copy);
	if ((status = skip(r)) != FOTA_OK)
		return status;
	if (r->at >= r->size || (r->data[r->at] != '=' && r->data[r->at] != ':'))
		return expected(r, "'=' or ':'");
	r->at++;
	return skip(r);
}

/* A value under parent; *place becomes that of a container, which is entered. */
static fota_status
read_value(reader *r, uint32_t parent, const char *key, uint32_t *place)
{
	uint8_t		c = r->at < r->size ? r->data[r->at] : 0;
	size_t		before = r->tree->count;
	uint32_t	node;

	if (r->at >= r->size)
		return expected(r, "a value");
	node = fota_tree_add(r->tree, parent, c == '{' ? FOTA_NODE_GROUP : FOTA_NODE_LIST, key);
	if (r->tree->count == before)
		return r->tree->ctx->error.code;
	r->tree->nodes[node].line = r->line;
	if (c == '"')
		return read_string(r, &r->tree->nodes[node]);
	if (c != '{' && c != '[' && c != '(')
		return read_word(r, &r->tree->nodes[node]);
	*place = node;
	r->at++;
	return skip(r);
}

/* What a container that began with this ends with. */
static char
closing(char opened)
{
	return opened == '{' ? '}' : opened == '[' ? ']' : opened == '(' ? ')' : '\0';
}

/* One setting or value of the container at *place, or its end. */
static fota_status
step(reader *r, uint32_t *place, char *open, size_t *depth)
{
	uint32_t	here = *place;
	bool		group = r->tree->nodes[here].kind == FOTA_NODE_GROUP;
	char		close = closing(open[*depth]);
	const char *name = "";
	uint8_t		c;
	fota_status status;

	if (r->at >= r->size)
		return expected(r, close == '}' ? "'}'" : close == ']' ? "']'" : "')'");
	if (r->data[r->at] == (uint8_t) close && *depth > 0)
	{
		*place = r->tree->nodes[here].parent;
		(*depth)--;
		r->at++;
		status = skip(r);
	}
	else
	{
		status = group ? read_name(r, here, &name) : FOTA_OK;
		c = r->at < r->size ? r->data[r->at] : 0;
		if (status == FOTA_OK)
			status = read_value(r, here, name, place);
		if (status == FOTA_OK && *place != here)
		{
			if (++*depth == FOTA_TREE_DEPTH)
				return fota_fail(r->tree->ctx, FOTA_LIMIT, FOTA_NOWHERE, r->line, "%s line %u: more than %d levels",
								 r->tree->what, r->line, FOTA_TREE_DEPTH);
			open[*depth] = (char) c;
			return FOTA_OK;
		}
	}
	/* behind a value */
	if (status == FOTA_OK && r->at < r->size && (r->data[r->at] == ',' ||
												 (r->data[r->at] == ';' && r->tree->nodes[*place].kind == FOTA_NODE_GROUP)))
	{
		r->at++;
		return skip(r);
	}
	if (status == FOTA_OK && r->tree->nodes[*place].kind == FOTA_NODE_LIST &&
		(r->at >= r->size || r->data[r->at] != (uint8_t) closing(open[*depth])))
		return expected(r, "',' or the end of the list");
	return status;
}

fota_status
fota_tree_libconfig(fota_ctx *ctx, fota_bytes data, const char *what, fota_tree *tree)
{
	reader		r = {.tree = tree, .data = data.data, .size = data.size, .line = 1};
	char		open[FOTA_TREE_DEPTH] = "";
	uint32_t	place = 0;
	size_t		depth = 0;
	fota_status status = fota_tree_begin(ctx, data, what, tree);

	if (status != FOTA_OK)
		return status;
	fota_tree_add(tree, 0, FOTA_NODE_GROUP, "");
	if (tree->count == 0)
		return ctx->error.code;
	status = skip(&r);
	while (status == FOTA_OK && (r.at < r.size || depth > 0))
	{
		size_t		before = r.at;

		status = step(&r, &place, open, &depth);
		if (status == FOTA_OK)
			status = fota_poll(ctx, r.at - before);
	}
	return status;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * value.c: a message as a tree of values: CBOR through libcbor, JSON by a small reader here.
 */
#include <cbor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cddl.h"

static bool
same(const value *a, const value *b)
{
	return a->kind == b->kind && a->number == b->number && a->size == b->size &&
		(a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

static void
refuse_double(const value *map)
{
	for (size_t i = 0; i < map->items; i += 2)
		for (size_t j = i + 2; j < map->items; j += 2)
			if (same(&map->item[i], &map->item[j]))
				cddl_die(1, "a map has a key twice");
}

static void
add(value *to, value item)
{
	to->item = cddl_more(to->item, to->items, sizeof(value));
	to->item[to->items++] = item;
}

/* --- CBOR --------------------------------------------------------------------------------- */

static value
from_cbor(const cbor_item_t *c)
{
	value		v = {.kind = V_OTHER};

	if (cbor_isa_uint(c) || cbor_isa_negint(c))
	{
		v.kind = V_INT;
		v.number = cbor_isa_uint(c) ? (__int128) cbor_get_int(c) : -1 - (__int128) cbor_get_int(c);
	}
	else if (cbor_isa_bytestring(c) && cbor_bytestring_is_definite(c))
	{
		v.kind = V_BYTES;
		v.data = (const char *) cbor_bytestring_handle(c);
		v.size = cbor_bytestring_length(c);
	}
	else if (cbor_isa_string(c) && cbor_string_is_definite(c))
	{
		v.kind = V_TEXT;
		v.data = (const char *) cbor_string_handle(c);
		v.size = cbor_string_length(c);
	}
	else if (cbor_isa_array(c) && cbor_array_is_definite(c))
	{
		v.kind = V_ARRAY;
		for (size_t i = 0; i < cbor_array_size(c); i++)
			add(&v, from_cbor(cbor_array_handle(c)[i]));
	}
	else if (cbor_isa_map(c) && cbor_map_is_definite(c))
	{
		v.kind = V_MAP;
		for (size_t i = 0; i < cbor_map_size(c); i++)
		{
			add(&v, from_cbor(cbor_map_handle(c)[i].key));
			add(&v, from_cbor(cbor_map_handle(c)[i].value));
		}
		refuse_double(&v);
	}
	else if (cbor_is_bool(c))
	{
		v.kind = V_BOOL;
		v.number = cbor_get_bool(c);
	}
	else if (cbor_is_null(c))
		v.kind = V_NULL;
	return v;
}

value
cddl_read_cbor(const void *data, size_t size)
{
	struct cbor_load_result result;
	cbor_item_t *item = cbor_load(data, size, &result);

	if (item == NULL)
		cddl_die(1, "CBOR error %d at byte %zu", (int) result.error.code, result.error.position);
	if (result.read != size)
		cddl_die(1, "%zu bytes after the CBOR item", size - result.read);
	return from_cbor(item);
}

/* --- JSON --------------------------------------------------------------------------------- */

static const char *begin;
static const char *p;
static const char *end;

static value json_value(void);

static void __attribute__((noreturn))
bad(const char *expected)
{
	cddl_die(1, "JSON byte %zu: expected %s", (size_t) (p - begin), expected);
}

static void
space(void)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
}

static bool
take(char c)
{
	space();
	if (p == end || *p != c)
		return false;
	p++;
	return true;
}

/* Basic plane only: our messages write other characters as they are. */
static size_t
escape(char *out)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *found = p < end ? memchr(from, *p, 8) : NULL;
	unsigned	code;

	if (found)
	{
		p++;
		*out = to[found - from];
		return 1;
	}
	if (end - p < 5 || *p != 'u' || sscanf(p + 1, "%4x", &code) != 1 || code > 0x7f)
		bad("an escape");
	p += 5;
	*out = (char) code;
	return 1;
}

static value
json_text(void)
{
	value		v = {.kind = V_TEXT};
	char	   *text = malloc((size_t) (end - p) + 1);

	if (text == NULL)
		cddl_die(2, "out of memory");
	v.data = text;
	for (p++; p < end && *p != '"';)
	{
		if ((unsigned char) *p < 0x20)
			bad("no raw control character");
		if (*p != '\\')
			text[v.size++] = *p++;
		else
		{
			p++;
			v.size += escape(text + v.size);
		}
	}
	if (p == end)
		bad("the end of a string");
	p++;
	return v;
}

static value
json_container(value_kind kind, char close)
{
	value		v = {.kind = kind};

	p++;
	if (take(close))
		return v;
	do
	{
		if (kind == V_MAP)
		{
			space();
			if (p == end || *p != '"')
				bad("a key");
			add(&v, json_text());
			if (!take(':'))
				bad("':'");
		}
		add(&v, json_value());
	} while (take(','));
	if (!take(close))
		bad("',' or the end of the container");
	if (kind == V_MAP)
		refuse_double(&v);
	return v;
}

static value
json_word(const char *word, value_kind kind, int number)
{
	size_t		size = strlen(word);

	if ((size_t) (end - p) < size || memcmp(p, word, size) != 0)
		bad(word);
	p += size;
	return (value) {.kind = kind, .number = number};
}

static value
json_number(void)
{
	value		v = {.kind = V_INT};
	bool		negative = *p == '-';
	const char *from = p += negative;

	for (; p < end && *p >= '0' && *p <= '9' && p - from < 30; p++)
		v.number = v.number * 10 + (*p - '0');
	if (p == from || (*from == '0' && p - from > 1))
		bad("a number");
	if (negative)
		v.number = -v.number;
	if (p < end && (*p == '.' || *p == 'e' || *p == 'E'))
		bad("an integer");
	return v;
}

static value
json_value(void)
{
	space();
	if (p == end)
		bad("a value");
	switch (*p)
	{
		case '{':
			return json_container(V_MAP, '}');
		case '[':
			return json_container(V_ARRAY, ']');
		case '"':
			return json_text();
		case 't':
			return json_word("true", V_BOOL, 1);
		case 'f':
			return json_word("false", V_BOOL, 0);
		case 'n':
			return json_word("null", V_NULL, 0);
		default:
			return json_number();
	}
}

value
cddl_read_json(const char *data, size_t size)
{
	value		v;

	begin = p = data;
	end = data + size;
	v = json_value();
	space();
	if (p != end)
		bad("the end");
	return v;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * json.c: the bounded JSON reader and the canonical writer. Strings are checked once, when
 * they are read; what is kept is the raw span, from which scan_char takes one character at a time.
 */
#include "json.h"

#include <string.h>

#include "utf8.h"

static const char *const type_names[] = {
	"null", "a boolean", "an integer", "a number", "a string", "an array", "an object"
};

void
fota_json_open(fota_json *r, fota_ctx *ctx, const void *data, size_t size)
{
	r->ctx = ctx;
	r->data = data;
	r->size = size;
	r->at = 0;
	r->depth = 0;
}

static void
skip_space(fota_json *r)
{
	while (r->at < r->size && (r->data[r->at] == ' ' || r->data[r->at] == '\t' || r->data[r->at] == '\n' ||
							   r->data[r->at] == '\r'))
		r->at++;
}

/* The byte at the reader's place after white space, or -1 at the end. */
static int
look(fota_json *r)
{
	skip_space(r);
	return r->at < r->size ? r->data[r->at] : -1;
}

static fota_status
fail_byte(fota_json *r, size_t at, const char *expected)
{
	unsigned	byte;

	if (at >= r->size)
		return fota_fail(r->ctx, FOTA_TRUNCATED, at, 0, "json byte %zu: found the end of the data, expected %s", at,
						 expected);
	byte = r->data[at];
	if (byte > 0x20 && byte < 0x7f)
		return fota_fail(r->ctx, FOTA_SYNTAX, at, 0, "json byte %zu: found '%c', expected %s", at, (int) byte, expected);
	return fota_fail(r->ctx, FOTA_SYNTAX, at, 0, "json byte %zu: found byte 0x%02x, expected %s", at, byte, expected);
}

static bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* Type of the number at p: an integer has neither fraction nor exponent. */
static fota_json_type
number_type(const uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
	{
		if (p[i] == '.' || p[i] == 'e' || p[i] == 'E')
			return FOTA_JSON_NUMBER;
		if (!is_digit(p[i]) && p[i] != '-')
			break;
	}
	return FOTA_JSON_INTEGER_TYPE;
}

fota_status
fota_json_peek(fota_json *r, fota_json_type *type)
{
	int			c = look(r);

	switch (c)
	{
		case '"':
			*type = FOTA_JSON_STRING;
			break;
		case '{':
			*type = FOTA_JSON_OBJECT;
			break;
		case '[':
			*type = FOTA_JSON_ARRAY;
			break;
		case 'n':
			*type = FOTA_JSON_NULL;
			break;
		case 't':
		case 'f':
			*type = FOTA_JSON_BOOL;
			break;
		default:
			if (c != '-' && !is_digit(c))
				return fail_byte(r, r->at, "a value");
			*type = number_type(r->data + r->at, r->size - r->at);
	}
	return FOTA_OK;
}

fota_status
fota_json_unexpected(fota_json *r, const char *expected)
{
	fota_json_type type;
	fota_status status = fota_json_peek(r, &type);

	if (status != FOTA_OK)
		return status;
	return fota_fail(r->ctx, FOTA_SYNTAX, r->at, 0, "json byte %zu: found %s, expected %s", r->at, type_names[type],
					 expected);
}

static fota_status
expect(fota_json *r, fota_json_type type)
{
	fota_json_type found;
	fota_status status = fota_json_peek(r, &found);

	if (status == FOTA_OK && found != type)
		return fota_json_unexpected(r, type_names[type]);
	return status;
}

/* --- strings ------------------------------------------------------------------------------ */

/* The value of four hex digits, or -1. */
static int32_t
hex4(const uint8_t *p, size_t size)
{
	int32_t		value = 0;

	if (size < 4)
		return -1;
	for (int i = 0; i < 4; i++)
	{
		int			c = p[i];
		int			digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
			c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* Length of the escape at p (which begins with a backslash) with its code point; 0 = none such. */
static size_t
scan_escape(const uint8_t *p, size_t size, uint32_t *code)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	int32_t		high,
				low;

	if (size < 2)
		return 0;
	if (p[1] != 'u')
	{
		found = p[1] != '\0' ? strchr(from, p[1]) : NULL;
		if (found == NULL)
			return 0;
		*code = (uint8_t) to[found - from];
		return 2;
	}
	high = hex4(p + 2, size - 2);
	if (high <= 0 || (high >= 0xDC00 && high <= 0xDFFF))
		return 0;
	*code = (uint32_t) high;
	if (high < 0xD800 || high > 0xDBFF)
		return 6;
	if (size < 12 || p[6] != '\\' || p[7] != 'u')
		return 0;
	low = hex4(p + 8, size - 8);
	if (low < 0xDC00 || low > 0xDFFF)
		return 0;
	*code = 0x10000 + ((uint32_t) (high - 0xD800) << 10) + (uint32_t) (low - 0xDC00);
	return 12;
}

/* One character of a string, escaped or not: its length in the input, or 0 when it is bad. */
static size_t
scan_char(const uint8_t *p, size_t size, uint32_t *code)
{
	size_t		length;

	if (size > 0 && p[0] == '\\')
		return scan_escape(p, size, code);
	length = fota_utf8_char(p, size, code);
	return *code == 0 ? 0 : length;
}

fota_status
fota_json_string(fota_json *r, fota_json_text *value)
{
	fota_status status = expect(r, FOTA_JSON_STRING);
	size_t		at = r->at + 1;
	uint8_t		utf8[4];

	if (status != FOTA_OK)
		return status;
	value->raw = r->data + at;
	value->length = 0;
	for (;;)
	{
		uint32_t	code = 1;
		size_t		length;

		if (at >= r->size)
			return fail_byte(r, at, "the end of a string");
		if (r->data[at] == '"')
			break;
		length = scan_char(r->data + at, r->size - at, &code);
		if (length == 0)
			return fail_byte(r, at, r->data[at] == '\\' ?
							 "an escape of JSON, not U+0000, surrogates in pairs" : "UTF-8 without U+0000");
		value->length += fota_utf8_put(code, utf8);
		at += length;
	}
	value->size = (size_t) (r->data + at - value->raw);
	r->at = at + 1;
	return FOTA_OK;
}

void
fota_json_decode(const fota_json_text *text, char *out)
{
	size_t		at = 0;

	while (at < text->size)
	{
		uint32_t	code = 0;
		uint8_t		utf8[4];
		size_t		length;

		at += scan_char(text->raw + at, text->size - at, &code);
		length = fota_utf8_put(code, utf8);
		memcpy(out, utf8, length);
		out += length;
	}
}

static bool
same_text(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	size_t		i = 0,
				j = 0;

	while (i < a_size && j < b_size)
	{
		uint32_t	x = 0,
					y = 0;

		i += scan_char(a + i, a_size - i, &x);
		j += scan_char(b + j, b_size - j, &y);
		if (x != y)
			return false;
	}
	return i == a_size && j == b_size;
}

bool
fota_json_equal(const fota_json_text *text, const char *name)
{
	return same_text(text->raw, text->size, (const uint8_t *) name, strlen(name));
}

/* --- numbers and words -------------------------------------------------------------------- */

/* Length of the number at p by JSON's grammar, 0 when it is none; exponent as written, capped. */
static size_t
scan_number(const uint8_t *p, size_t size, int *exponent)
{
	size_t		at = 0,
				start;

	*exponent = 0;
	if (at < size && p[at] == '-')
		at++;
	if (at == size || !is_digit(p[at]))
		return 0;
	if (p[at++] != '0')
		while (at < size && is_digit(p[at]))
			at++;
	if (at < size && p[at] == '.')
	{
		for (start = ++at; at < size && is_digit(p[at]);)
			at++;
		if (at == start)
			return 0;
	}
	if (at < size && (p[at] == 'e' || p[at] == 'E'))
	{
		at++;
		if (at < size && (p[at] == '+' || p[at] == '-'))
			at++;
		for (start = at; at < size && is_digit(p[at]); at++)
			*exponent = *exponent > FOTA_JSON_EXPONENT ? *exponent : *exponent * 10 + (p[at] - '0');
		if (at == start)
			return 0;
	}
	return at;
}

fota_status
fota_json_integer(fota_json *r, int64_t *value)
{
	fota_status status = expect(r, FOTA_JSON_INTEGER_TYPE);
	int			exponent;
	size_t		length;
	bool		negative;
	int64_t		sum = 0;

	if (status != FOTA_OK)
		return status;
	length = scan_number(r->data + r->at, r->size - r->at, &exponent);
	if (length == 0)
		return fail_byte(r, r->at + 1, "a digit");
	negative = r->data[r->at] == '-';
	for (size_t i = negative; i < length; i++)
	{
		sum = sum * 10 + (r->data[r->at + i] - '0');
		if (sum > FOTA_JSON_INTEGER)
			return fota_fail(r->ctx, FOTA_RANGE, r->at, 0, "json byte %zu: found %.*s, expected an integer within 2^53",
							 r->at, (int) (length < 40 ? length : 40), (const char *) r->data + r->at);
	}
	*value = negative ? -sum : sum;
	r->at += length;
	return FOTA_OK;
}

fota_status
fota_json_number(fota_json *r, fota_bytes *value)
{
	fota_json_type type;
	fota_status status = fota_json_peek(r, &type);
	size_t		start = r->at;
	size_t		length;
	int64_t		integer;
	int			exponent;

	if (status != FOTA_OK)
		return status;
	value->data = r->data + start;
	if (type == FOTA_JSON_INTEGER_TYPE)
	{
		status = fota_json_integer(r, &integer);
		value->size = r->at - start;
		return status;
	}
	if (type != FOTA_JSON_NUMBER)
		return fota_json_unexpected(r, "a number");
	length = scan_number(r->data + start, r->size - start, &exponent);
	if (length == 0)
		return fota_fail(r->ctx, FOTA_SYNTAX, start, 0, "json byte %zu: found a number without digits, expected digits",
						 start);
	if (length > FOTA_JSON_NUMBER_SIZE || exponent > FOTA_JSON_EXPONENT)
		return fota_fail(r->ctx, FOTA_RANGE, start, 0,
						 "json byte %zu: found %.*s, expected a number of at most %d characters and an exponent within %d",
						 start, (int) (length < 40 ? length : 40), (const char *) r->data + start,
						 FOTA_JSON_NUMBER_SIZE, FOTA_JSON_EXPONENT);
	value->size = length;
	r->at += length;
	return FOTA_OK;
}

static fota_status
read_word(fota_json *r, const char *word)
{
	size_t		length = strlen(word);

	for (size_t i = 0; i < length; i++)
		if (r->at + i >= r->size || r->data[r->at + i] != (uint8_t) word[i])
			return fail_byte(r, r->at + i, word);
	r->at += length;
	return FOTA_OK;
}

fota_status
fota_json_bool(fota_json *r, bool *value)
{
	fota_status status = expect(r, FOTA_JSON_BOOL);

	if (status != FOTA_OK)
		return status;
	*value = r->data[r->at] == 't';
	return read_word(r, *value ? "true" : "false");
}

fota_status
fota_json_null(fota_json *r)
{
	fota_status status = expect(r, FOTA_JSON_NULL);

	return status != FOTA_OK ? status : read_word(r, "null");
}

/* --- containers --------------------------------------------------------------------------- */

fota_status
fota_json_enter(fota_json *r, fota_json_type container)
{
	fota_status status = expect(r, container);
	fota_json_level *level;

	if (status != FOTA_OK)
		return status;
	if (r->depth == FOTA_JSON_DEPTH)
		return fota_fail(r->ctx, FOTA_LIMIT, r->at, 0, "json byte %zu: found %s %d levels deep, expected at most %d",
						 r->at, type_names[container], FOTA_JSON_DEPTH + 1, FOTA_JSON_DEPTH);
	level = &r->level[r->depth++];
	level->object = container == FOTA_JSON_OBJECT;
	level->begun = false;
	level->keys = 0;
	r->at++;
	return FOTA_OK;
}

fota_status
fota_json_next(fota_json *r, bool *more)
{
	fota_json_level *level = &r->level[r->depth - 1];
	int			c = look(r);

	*more = c != (level->object ? '}' : ']');
	if (!*more)
	{
		r->at++;
		r->depth--;
		return FOTA_OK;
	}
	if (level->begun)
	{
		if (c != ',')
			return fail_byte(r, r->at, level->object ? "',' or '}'" : "',' or ']'");
		r->at++;
	}
	level->begun = true;
	return FOTA_OK;
}

fota_status
fota_json_key(fota_json *r, fota_json_text *key)
{
	fota_json_level *level = &r->level[r->depth - 1];
	size_t		at;
	fota_status status;

	if (look(r) != '"')
		return fail_byte(r, r->at, "a key in quotes");
	at = r->at;
	status = fota_json_string(r, key);
	if (status != FOTA_OK)
		return status;
	for (uint32_t i = 0; i < level->keys; i++)
		if (same_text(r->data + level->key_at[i], level->key_size[i], key->raw, key->size))
			return fota_fail(r->ctx, FOTA_DUPLICATE, at, 0,
							 "json byte %zu: found the key of byte %u again, expected each key once", at,
							 (unsigned) level->key_at[i] - 1);
	if (level->keys == FOTA_JSON_KEYS)
		return fota_fail(r->ctx, FOTA_LIMIT, at, 0, "json byte %zu: found key %d of an object, expected at most %d", at,
						 FOTA_JSON_KEYS + 1, FOTA_JSON_KEYS);
	level->key_at[level->keys] = (uint32_t) (at + 1);
	level->key_size[level->keys++] = (uint32_t) key->size;
	if (look(r) != ':')
		return fail_byte(r, r->at, "':'");
	r->at++;
	return FOTA_OK;
}

fota_status
fota_json_end(fota_json *r)
{
	skip_space(r);
	if (r->at == r->size)
		return FOTA_OK;
	return fota_fail(r->ctx, FOTA_TRAILING, r->at, 0, "json byte %zu: found %zu bytes more, expected the end of the data",
					 r->at, r->size - r->at);
}

/* SPDX-License-Identifier: PostgreSQL */
/* fields.c: the values of a file's fields, and sums of them; see layout.h. */
#include "layout.h"

#include "../utf8.h"

#include <string.h>

const layout_value *
layout_value_of(const layout_run *run, const char *name, size_t size)
{
	for (size_t i = 0; i < run->count; i++)
		if (strlen(run->values[i].name) == size && memcmp(run->values[i].name, name, size) == 0)
			return &run->values[i];
	return NULL;
}

/* --- sums ------------------------------------------------------------------------------------- */

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static const char *
skip_blanks(const char *p)
{
	while (*p == ' ')
		p++;
	return p;
}

/* A number (decimal or 0x..), a field or "end", of size characters. */
static fota_status
term_of(layout_run *run, const char *p, size_t size, const char *what, int64_t *result)
{
	const layout_value *value;
	bool		hex = size > 2 && p[0] == '0' && p[1] == 'x';
	uint64_t	number = 0;

	if (p[0] < '0' || p[0] > '9')
	{
		if (size == 3 && memcmp(p, "end", 3) == 0)
			*result = (int64_t) run->file.size;
		else if ((value = layout_value_of(run, p, size)) == NULL || value->kind != VALUE_NUMBER)
			return layout_bad(run->ctx, "%s: there is no number \"%.*s\" before it", what, (int) size, p);
		else if (value->number > INT64_MAX)
			return fota_fail(run->ctx, FOTA_RANGE, value->offset, 0, "%s: %s is %llu, which is too large", run->name,
							 value->name, (unsigned long long) value->number);
		else
			*result = (int64_t) value->number;
		return FOTA_OK;
	}
	for (size_t i = hex ? 2 : 0; i < size; i++)
	{
		int			digit = p[i] <= '9' ? p[i] - '0' : p[i] - 'a' + 10;

		if (digit < 0 || digit >= (hex ? 16 : 10) || number > (uint64_t) INT64_MAX / 16 - 16)
			return layout_bad(run->ctx, "%s: \"%.*s\" is no number", what, (int) size, p);
		number = number * (hex ? 16 : 10) + (uint64_t) digit;
	}
	*result = (int64_t) number;
	return FOTA_OK;
}

static fota_status
sum_of(layout_run *run, const char *text, const char *what, uint64_t *result)
{
	const char *p = text;
	int64_t		sum = 0;
	bool		minus = false;

	for (;;)
	{
		size_t		size = 0;
		int64_t		term = 0;
		fota_status status;

		p = skip_blanks(p);
		while (is_name(p[size]))
			size++;
		if (size == 0)
			return layout_bad(run->ctx, "%s: \"%s\" is no sum of numbers and fields", what, text);
		status = term_of(run, p, size, what, &term);
		if (status != FOTA_OK)
			return status;
		if (minus ? __builtin_sub_overflow(sum, term, &sum) : __builtin_add_overflow(sum, term, &sum))
			return fota_fail(run->ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "%s: \"%s\" is too large", run->name, text);
		p += size;
		p = skip_blanks(p);
		if (*p == '\0')
			break;
		if (*p != '+' && *p != '-')
			return layout_bad(run->ctx, "%s: \"%s\" is no sum of numbers and fields", what, text);
		minus = *p++ == '-';
	}
	if (sum < 0)
		return fota_fail(run->ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "%s: \"%s\" is negative", run->name, text);
	*result = (uint64_t) sum;
	return FOTA_OK;
}

fota_status
layout_sum(layout_run *run, fota_bytes value, const char *what, uint64_t *result)
{
	char		text[200];
	fota_json	r;
	fota_json_type type;
	int64_t		number;
	fota_status status;

	fota_json_open(&r, run->ctx, value.data, value.size);
	status = fota_json_peek(&r, &type);
	if (status == FOTA_OK && type == FOTA_JSON_INTEGER_TYPE)
	{
		status = fota_json_integer(&r, &number);
		if (status == FOTA_OK && number < 0)
			return layout_bad(run->ctx, "%s is negative", what);
		*result = (uint64_t) number;
		return status;
	}
	if (status == FOTA_OK)
		status = layout_string(run->ctx, value, what, text, sizeof(text));
	return status == FOTA_OK ? sum_of(run, text, what, result) : status;
}

/* --- fields ----------------------------------------------------------------------------------- */

typedef struct field_type
{
	const char *name;
	value_kind	kind;
	unsigned	size;			/* 0 = the key "size" says it */
} field_type;

static const field_type types[] = {
	{"u8", VALUE_NUMBER, 1}, {"u16", VALUE_NUMBER, 2}, {"u24", VALUE_NUMBER, 3}, {"u32", VALUE_NUMBER, 4},
	{"u64", VALUE_NUMBER, 8}, {"text", VALUE_TEXT, 0}, {"bytes", VALUE_BYTES, 0},
};

uint64_t
layout_number(const uint8_t *p, unsigned size, bool little)
{
	uint64_t	number = 0;

	for (unsigned i = 0; i < size; i++)
		number = number << 8 | p[little ? size - 1 - i : i];
	return number;
}

/* As metadata has it. Texts are cut at their first NUL, and shown without blanks at their end. */
static void
show(layout_value *value)
{
	size_t		size = value->bytes.size;

	if (value->kind == VALUE_NUMBER)
		fota_format(value->shown, sizeof(value->shown), "%llu", (unsigned long long) value->number);
	else if (value->kind == VALUE_BYTES)
		fota_hex(value->bytes.data, size < FOTA_IMAGE_TEXT / 2 ? size : FOTA_IMAGE_TEXT / 2 - 1, value->shown);
	else
	{
		const uint8_t *nul = memchr(value->bytes.data, 0, size);

		if (nul != NULL)
			size = (size_t) (nul - value->bytes.data);
		while (size > 0 && value->bytes.data[size - 1] == ' ')
			size--;
		if (size >= sizeof(value->shown))
			size = sizeof(value->shown) - 1;
		memcpy(value->shown, value->bytes.data, size);
		value->shown[size] = '\0';
		for (size_t at = 0; at < size; at++)
		{
			at += fota_utf8_check((const uint8_t *) value->shown + at, size - at);
			if (at < size)
				value->shown[at] = '?';
		}
	}
}

/* "enum": {"1": "zip"}: the word for the number; a number without one stays. */
static fota_status
name_number(layout_run *run, fota_bytes field, layout_value *value)
{
	fota_bytes	words;
	fota_bytes	word;
	fota_status status = layout_get(run->ctx, field, "enum", &words);

	if (status != FOTA_OK || words.data == NULL)
		return status;
	status = layout_get(run->ctx, words, value->shown, &word);
	if (status == FOTA_OK && word.data != NULL)
		return layout_string(run->ctx, word, "a word of enum", value->shown, sizeof(value->shown));
	return status;
}

/* "expect": the one number that is right. */
static fota_status
expect(layout_run *run, fota_bytes field, const layout_value *value)
{
	fota_bytes	wanted;
	uint64_t	number;
	fota_status status = layout_get(run->ctx, field, "expect", &wanted);

	if (status != FOTA_OK || wanted.data == NULL)
		return status;
	if (value->kind != VALUE_NUMBER)
		return layout_bad(run->ctx, "field %s: only numbers can be expected", value->name);
	status = layout_sum(run, wanted, "expect", &number);
	if (status == FOTA_OK && number != value->number && !run->checking)
		return fota_fail(run->ctx, FOTA_UNSUPPORTED, value->offset, 0, "%s: %s is %llu, expected %llu", run->name, value->name,
						 (unsigned long long) value->number, (unsigned long long) number);
	return status;
}

static fota_status
find_type(layout_run *run, fota_bytes field, const layout_value *value, const field_type **type)
{
	char		name[16];
	fota_bytes	text;
	fota_status status = layout_get(run->ctx, field, "type", &text);

	if (status == FOTA_OK && text.data == NULL)
		return layout_bad(run->ctx, "field %s has no type", value->name);
	if (status == FOTA_OK)
		status = layout_string(run->ctx, text, "type", name, sizeof(name));
	if (status != FOTA_OK)
		return status;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
	{
		if (strcmp(types[i].name, name) == 0)
		{
			*type = &types[i];
			return FOTA_OK;
		}
	}
	return layout_bad(run->ctx, "field %s: there is no type %s; types are u8 u16 u24 u32 u64 text bytes", value->name, name);
}

/* Name, place and size of a field. */
static fota_status
place_field(layout_run *run, fota_bytes field, layout_value *value, const field_type **type, uint64_t *size)
{
	const layout_value *last = run->count > 0 ? &run->values[run->count - 1] : NULL;
	fota_bytes	name;
	fota_bytes	at;
	fota_bytes	length;
	fota_status status = layout_keys(run->ctx, field, "a field", "name type at size endian enum expect");

	if (status != FOTA_OK || (status = layout_get(run->ctx, field, "name", &name)) != FOTA_OK)
		return status;
	if (name.data == NULL)
		return layout_bad(run->ctx, "a field has no name");
	if ((status = layout_string(run->ctx, name, "the name of a field", value->name, FIELD_NAME)) != FOTA_OK)
		return status;
	for (const char *p = value->name; *p != '\0'; p++)
		if (!is_name(*p) || (p == value->name && *p >= '0' && *p <= '9'))
			return layout_bad(run->ctx, "field \"%s\": a name is a letter, then a-z, 0-9 and _", value->name);
	if (value->name[0] == '\0' || strcmp(value->name, "end") == 0 || layout_value_of(run, value->name, strlen(value->name)))
		return layout_bad(run->ctx, "there is a field \"%s\" already", value->name);
	if ((status = find_type(run, field, value, type)) != FOTA_OK ||
		(status = layout_get(run->ctx, field, "at", &at)) != FOTA_OK ||
		(status = layout_get(run->ctx, field, "size", &length)) != FOTA_OK)
		return status;
	if (((*type)->size == 0) != (length.data != NULL))
		return layout_bad(run->ctx, "field %s: text and bytes have a size, numbers have none", value->name);
	value->offset = last != NULL ? last->offset + last->bytes.size : 0;
	if (at.data != NULL && (status = layout_sum(run, at, "at", &value->offset)) != FOTA_OK)
		return status;
	*size = (*type)->size;
	return length.data != NULL ? layout_sum(run, length, "size", size) : FOTA_OK;
}

static fota_status
take_field(layout_run *run, const char *key, fota_bytes field)
{
	layout_value *value = &run->values[run->count];
	const field_type *type = NULL;
	char		endian[8] = "";
	fota_bytes	text;
	uint64_t	size;
	fota_status status;

	(void) key;
	if (run->count == MOST_FIELDS)
		return layout_bad(run->ctx, "more than %d fields", MOST_FIELDS);
	memset(value, 0, sizeof(*value));
	if ((status = place_field(run, field, value, &type, &size)) != FOTA_OK ||
		(status = layout_get(run->ctx, field, "endian", &text)) != FOTA_OK)
		return status;
	if (text.data != NULL && (status = layout_string(run->ctx, text, "endian", endian, sizeof(endian))) != FOTA_OK)
		return status;
	value->kind = type->kind;
	if (value->offset > run->file.size || size > run->file.size - value->offset)
		return fota_fail(run->ctx, FOTA_TRUNCATED, value->offset, 0, "%s: field %s (%llu bytes at 0x%llX) runs past the file",
						 run->name, value->name, (unsigned long long) size, (unsigned long long) value->offset);
	value->bytes = (fota_bytes) {run->file.data + value->offset, (size_t) size};
	if (value->kind == VALUE_NUMBER)
		value->number = layout_number(value->bytes.data, type->size, endian[0] != '\0' ? endian[0] == 'l' : run->little);
	show(value);
	if ((status = expect(run, field, value)) == FOTA_OK)
		status = name_number(run, field, value);
	if (status == FOTA_OK)
		run->count++;
	return status;
}

fota_status
layout_read_fields(layout_run *run)
{
	char		endian[8] = "";
	fota_bytes	value;
	fota_status status = layout_get(run->ctx, run->text, "endian", &value);

	if (status == FOTA_OK && value.data != NULL)
		status = layout_string(run->ctx, value, "endian", endian, sizeof(endian));
	if (status == FOTA_OK && strcmp(endian, "big") != 0 && strcmp(endian, "little") != 0)
		return layout_bad(run->ctx, "endian must be \"big\" or \"little\"");
	run->little = endian[0] == 'l';
	if (status == FOTA_OK)
		status = layout_get(run->ctx, run->text, "fields", &value);
	if (status == FOTA_OK && value.data == NULL)
		return layout_bad(run->ctx, "there are no fields");
	return status == FOTA_OK ? layout_each(run, value, take_field) : status;
}

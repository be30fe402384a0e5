/* SPDX-License-Identifier: PostgreSQL */
/*
 * json_text.c: JSON written: the canonical text of a body that was read, and the writers.
 */
#include "json.h"

#include <string.h>

fota_status
fota_json_put(fota_ctx *ctx, fota_buf *out, const char *text)
{
	return fota_buf_append(ctx, out, text, strlen(text));
}

fota_status
fota_json_put_hex(fota_ctx *ctx, fota_buf *out, const void *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;
	fota_status status = fota_json_put(ctx, out, "\"");

	for (size_t i = 0; i < size && status == FOTA_OK; i++)
	{
		char		pair[2] = {digits[p[i] >> 4], digits[p[i] & 15]};

		status = fota_buf_append(ctx, out, pair, 2);
	}
	return status != FOTA_OK ? status : fota_json_put(ctx, out, "\"");
}

fota_status
fota_json_put_int(fota_ctx *ctx, fota_buf *out, int64_t value)
{
	char		text[24];
	size_t		size = fota_format(text, sizeof(text), "%lld", (long long) value);

	return fota_buf_append(ctx, out, text, size);
}

/* The escape of a character that cannot stand as it is; its length, or 0 when it can. */
static size_t
escape(uint8_t c, char out[8])
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	const char *found = c != '\0' ? strchr(from, c) : NULL;

	if (found != NULL)
	{
		out[0] = '\\';
		out[1] = to[found - from];
		return 2;
	}
	return c < 0x20 || c == 0x7f ? fota_format(out, 8, "\\u%04x", (unsigned) c) : 0;
}

fota_status
fota_json_put_string(fota_ctx *ctx, fota_buf *out, const char *data, size_t size)
{
	fota_status status = fota_json_put(ctx, out, "\"");
	size_t		start = 0;

	for (size_t at = 0; at < size && status == FOTA_OK; at++)
	{
		char		text[8];
		size_t		length = escape((uint8_t) data[at], text);

		if (length == 0)
			continue;
		status = fota_buf_append(ctx, out, data + start, at - start);
		if (status == FOTA_OK)
			status = fota_buf_append(ctx, out, text, length);
		start = at + 1;
	}
	if (status == FOTA_OK)
		status = fota_buf_append(ctx, out, data + start, size - start);
	return status != FOTA_OK ? status : fota_json_put(ctx, out, "\"");
}

/* Writes a string that was read, with our escapes instead of its own. */
static fota_status
put_text(fota_ctx *ctx, fota_buf *out, const fota_json_text *text)
{
	char	   *decoded = fota_alloc(ctx, text->length + 1);
	fota_status status;

	if (decoded == NULL)
		return ctx->error.code;
	fota_json_decode(text, decoded);
	status = fota_json_put_string(ctx, out, decoded, text->length);
	fota_free(ctx, decoded);
	return status;
}

static fota_status
put_scalar(fota_json *r, fota_json_type type, fota_buf *out)
{
	fota_ctx   *ctx = r->ctx;
	fota_json_text text;
	fota_bytes	number;
	bool		flag;
	fota_status status;

	switch (type)
	{
		case FOTA_JSON_STRING:
			status = fota_json_string(r, &text);
			return status != FOTA_OK ? status : put_text(ctx, out, &text);
		case FOTA_JSON_BOOL:
			status = fota_json_bool(r, &flag);
			return status != FOTA_OK ? status : fota_json_put(ctx, out, flag ? "true" : "false");
		case FOTA_JSON_NULL:
			status = fota_json_null(r);
			return status != FOTA_OK ? status : fota_json_put(ctx, out, "null");
		default:
			status = fota_json_number(r, &number);
			if (status != FOTA_OK)
				return status;
			if (number.size == 2 && memcmp(number.data, "-0", 2) == 0)
				return fota_json_put(ctx, out, "0");
			return fota_buf_append(ctx, out, number.data, number.size);
	}
}

/* Copies one value; the depth is bounded by the reader. */
static fota_status
copy_value(fota_json *r, fota_buf *out)
{
	fota_json_type type;
	fota_json_text key;
	bool		more;
	bool		object;
	bool		first = true;
	fota_status status = fota_json_peek(r, &type);

	if (status != FOTA_OK)
		return status;
	if (type < FOTA_JSON_ARRAY)
		return put_scalar(r, type, out);
	object = type == FOTA_JSON_OBJECT;
	status = fota_json_enter(r, type);
	if (status == FOTA_OK)
		status = fota_json_put(r->ctx, out, object ? "{" : "[");
	while (status == FOTA_OK && (status = fota_json_next(r, &more)) == FOTA_OK && more)
	{
		if (!first)
			status = fota_json_put(r->ctx, out, ",");
		first = false;
		if (status == FOTA_OK && object)
		{
			status = fota_json_key(r, &key);
			if (status == FOTA_OK)
				status = put_text(r->ctx, out, &key);
			if (status == FOTA_OK)
				status = fota_json_put(r->ctx, out, ":");
		}
		if (status == FOTA_OK)
			status = copy_value(r, out);
	}
	return status != FOTA_OK ? status : fota_json_put(r->ctx, out, object ? "}" : "]");
}

fota_status
fota_json_canonical(fota_ctx *ctx, const void *data, size_t size, fota_buf *out)
{
	fota_json	r;
	fota_status status;

	fota_json_open(&r, ctx, data, size);
	status = copy_value(&r, out);
	return status != FOTA_OK ? status : fota_json_end(&r);
}

/* Skips one scalar, checking it. */
static fota_status
skip_scalar(fota_json *r, fota_json_type type)
{
	fota_json_text text;
	fota_bytes	number;
	bool		flag;

	switch (type)
	{
		case FOTA_JSON_STRING:
			return fota_json_string(r, &text);
		case FOTA_JSON_BOOL:
			return fota_json_bool(r, &flag);
		case FOTA_JSON_NULL:
			return fota_json_null(r);
		default:
			return fota_json_number(r, &number);
	}
}

fota_status
fota_json_skip(fota_json *r)
{
	fota_json_type type;
	fota_json_text key;
	bool		more;
	fota_status status = fota_json_peek(r, &type);

	if (status != FOTA_OK)
		return status;
	if (type < FOTA_JSON_ARRAY)
		return skip_scalar(r, type);
	status = fota_json_enter(r, type);
	while (status == FOTA_OK && (status = fota_json_next(r, &more)) == FOTA_OK && more)
	{
		if (type == FOTA_JSON_OBJECT)
			status = fota_json_key(r, &key);
		if (status == FOTA_OK)
			status = fota_json_skip(r);
	}
	return status;
}

/* SPDX-License-Identifier: PostgreSQL */
/* text.c: parts of a layout's JSON; see layout.h. */
#include "layout.h"

#include <string.h>

fota_status
layout_bad(fota_ctx *ctx, const char *format, ...)
{
	char		text[FOTA_MESSAGE_SIZE];
	va_list		args;

	va_start(args, format);
	fota_format_v(text, sizeof(text), format, args);
	va_end(args);
	return fota_fail(ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0, "layout: %s", text);
}

fota_status
layout_get(fota_ctx *ctx, fota_bytes object, const char *key, fota_bytes *value)
{
	fota_json	r;
	fota_json_text name;
	bool		more;
	fota_status status;

	*value = (fota_bytes) {NULL, 0};
	fota_json_open(&r, ctx, object.data, object.size);
	status = fota_json_enter(&r, FOTA_JSON_OBJECT);
	while (status == FOTA_OK && (status = fota_json_next(&r, &more)) == FOTA_OK && more)
	{
		fota_json_type type;
		size_t		begin;

		if ((status = fota_json_key(&r, &name)) != FOTA_OK || (status = fota_json_peek(&r, &type)) != FOTA_OK)
			break;
		begin = r.at;
		status = fota_json_skip(&r);
		if (status == FOTA_OK && fota_json_equal(&name, key))
			*value = (fota_bytes) {object.data + begin, r.at - begin};
	}
	return status;
}

fota_status
layout_each(layout_run *run, fota_bytes container, layout_take take)
{
	fota_ctx   *ctx = run->ctx;
	fota_json	r;
	fota_json_type type;
	bool		more;
	fota_status status;

	fota_json_open(&r, ctx, container.data, container.size);
	status = fota_json_peek(&r, &type);
	if (status == FOTA_OK && type != FOTA_JSON_ARRAY)
		type = FOTA_JSON_OBJECT;
	if (status == FOTA_OK)
		status = fota_json_enter(&r, type);
	while (status == FOTA_OK && (status = fota_json_next(&r, &more)) == FOTA_OK && more)
	{
		char		name[FIELD_NAME] = "";
		fota_json_type item;
		fota_json_text key;
		size_t		begin;

		if (type == FOTA_JSON_OBJECT)
		{
			if ((status = fota_json_key(&r, &key)) != FOTA_OK)
				break;
			if (key.length >= sizeof(name))
				return layout_bad(ctx, "a name is longer than %d characters", FIELD_NAME - 1);
			fota_json_decode(&key, name);
			name[key.length] = '\0';
		}
		if ((status = fota_json_peek(&r, &item)) != FOTA_OK)
			break;
		begin = r.at;
		status = fota_json_skip(&r);
		if (status == FOTA_OK)
			status = take(run, name, (fota_bytes) {container.data + begin, r.at - begin});
	}
	return status;
}

fota_status
layout_string(fota_ctx *ctx, fota_bytes value, const char *what, char *out, size_t size)
{
	fota_json	r;
	fota_json_text text;
	fota_json_type type;
	fota_status status;

	fota_json_open(&r, ctx, value.data, value.size);
	status = fota_json_peek(&r, &type);
	if (status == FOTA_OK && type != FOTA_JSON_STRING)
		return layout_bad(ctx, "%s must be a string", what);
	if (status == FOTA_OK)
		status = fota_json_string(&r, &text);
	if (status != FOTA_OK)
		return status;
	if (text.length >= size)
		return layout_bad(ctx, "%s is longer than %zu bytes", what, size - 1);
	fota_json_decode(&text, out);
	out[text.length] = '\0';
	return FOTA_OK;
}

static int
digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

fota_status
layout_hex(fota_ctx *ctx, fota_bytes value, const char *what, uint8_t *out, size_t *size)
{
	char		text[2 * FOTA_IMAGE_NAME + 1];
	fota_status status = layout_string(ctx, value, what, text, sizeof(text));
	size_t		length;

	if (status != FOTA_OK)
		return status;
	length = strlen(text);
	if (length == 0 || length % 2 != 0 || length / 2 > *size)
		return layout_bad(ctx, "%s must have 1 to %zu bytes of two hex digits", what, *size);
	for (size_t i = 0; i < length; i += 2)
	{
		if (digit_of(text[i]) < 0 || digit_of(text[i + 1]) < 0)
			return layout_bad(ctx, "%s holds what is no hex digit", what);
		out[i / 2] = (uint8_t) (digit_of(text[i]) << 4 | digit_of(text[i + 1]));
	}
	*size = length / 2;
	return FOTA_OK;
}

fota_status
layout_keys(fota_ctx *ctx, fota_bytes object, const char *what, const char *allowed)
{
	fota_json	r;
	fota_json_text key;
	fota_json_type type;
	bool		more;
	fota_status status;

	fota_json_open(&r, ctx, object.data, object.size);
	status = fota_json_peek(&r, &type);
	if (status == FOTA_OK && type != FOTA_JSON_OBJECT)
		return layout_bad(ctx, "%s must be an object", what);
	if (status == FOTA_OK)
		status = fota_json_enter(&r, FOTA_JSON_OBJECT);
	while (status == FOTA_OK && (status = fota_json_next(&r, &more)) == FOTA_OK && more)
	{
		char		name[FIELD_NAME + 2] = " ";
		bool		known = false;

		if ((status = fota_json_key(&r, &key)) != FOTA_OK || (status = fota_json_skip(&r)) != FOTA_OK)
			break;
		if (key.length < FIELD_NAME - 1)
		{
			size_t		length = key.length;

			fota_json_decode(&key, name);
			name[length] = '\0';
			for (const char *p = allowed; *p != '\0' && !known; p += strcspn(p, " "), p += *p == ' ')
				known = strcspn(p, " ") == length && memcmp(p, name, length) == 0;
		}
		if (!known)
			return layout_bad(ctx, "%s has no key \"%s\"; its keys are: %s", what, name, allowed);
	}
	return status;
}

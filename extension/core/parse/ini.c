/* SPDX-License-Identifier: PostgreSQL */
/* ini.c: settings in sections; see ini.h. */
#include "ini.h"

#include <string.h>

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static fota_bytes
trim(const uint8_t *from, const uint8_t *to)
{
	while (from < to && is_blank(*from))
		from++;
	while (from < to && is_blank(to[-1]))
		to--;
	return (fota_bytes) {from, (size_t) (to - from)};
}

fota_status
fota_ini_next(fota_ctx *ctx, fota_ini *r, const char *what, fota_bytes *key, fota_bytes *value, bool *more)
{
	while (r->at < r->data.size)
	{
		const uint8_t *begin = r->data.data + r->at;
		size_t		left = r->data.size - r->at;
		const uint8_t *end = memchr(begin, '\n', left);
		const uint8_t *equals;
		fota_bytes	line;

		if (end == NULL)
			end = begin + left;
		r->at += (size_t) (end - begin) + (end < begin + left);
		r->line++;
		line = trim(begin, end);
		if (line.size == 0 || line.data[0] == '#' || line.data[0] == ';')
			continue;
		if (line.data[0] == '[' && line.size > 2 && line.data[line.size - 1] == ']')
		{
			r->section = (fota_bytes) {line.data + 1, line.size - 2};
			continue;
		}
		equals = memchr(line.data, '=', line.size);
		if (equals == NULL || equals == line.data || r->section.size == 0)
			return fota_fail(ctx, FOTA_SYNTAX, FOTA_NOWHERE, r->line, "%s line %u: \"%.*s\", expected %s", what, r->line,
							 (int) (line.size < 60 ? line.size : 60), (const char *) line.data,
							 r->section.size == 0 ? "[section]" : "key=value");
		*key = trim(line.data, equals);
		*value = trim(equals + 1, line.data + line.size);
		*more = true;
		return FOTA_OK;
	}
	*more = false;
	return FOTA_OK;
}

bool
fota_ini_is(fota_bytes text, const char *name)
{
	return text.size == strlen(name) && memcmp(text.data, name, text.size) == 0;
}

bool
fota_ini_number(fota_bytes text, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] < '0' || text.data[i] > '9' || !fota_mul_u64(*value, 10, value) ||
			!fota_add_u64(*value, (uint64_t) (text.data[i] - '0'), value))
			return false;
	return text.size > 0;
}

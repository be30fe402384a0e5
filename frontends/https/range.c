/* SPDX-License-Identifier: PostgreSQL */
/* range.c: strict readers of Range, If-Range, If-Match and If-None-Match. */
#include "range.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Reads digits; false when there are none or the number does not fit. */
static bool
read_number(const char **p, uint64_t *out)
{
	uint64_t	value = 0;
	const char *start = *p;

	while (**p >= '0' && **p <= '9')
	{
		uint64_t	digit = (uint64_t) (**p - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
		(*p)++;
	}
	*out = value;
	return *p != start;
}

static void
skip_space(const char **p)
{
	while (**p == ' ' || **p == '\t')
		(*p)++;
}

range_kind
range_parse(const char *header, uint64_t size, uint64_t *first, uint64_t *last)
{
	const char *p = header;
	uint64_t	from;
	uint64_t	to = 0;
	bool		has_to;

	if (p == NULL || strncasecmp(p, "bytes=", 6) != 0)
		return RANGE_ALL;
	p += 6;
	skip_space(&p);
	if (*p == '-')
	{
		p++;
		if (!read_number(&p, &to))
			return RANGE_ALL;
		skip_space(&p);
		if (*p != '\0')
			return RANGE_ALL;
		if (to == 0 || size == 0)
			return RANGE_OUTSIDE;
		*first = to >= size ? 0 : size - to;
		*last = size - 1;
		return RANGE_PART;
	}
	if (!read_number(&p, &from) || *p++ != '-')
		return RANGE_ALL;
	has_to = *p >= '0' && *p <= '9';
	if (has_to && !read_number(&p, &to))
		return RANGE_ALL;
	skip_space(&p);
	if (*p != '\0' || (has_to && to < from))
		return RANGE_ALL;
	if (from >= size)
		return RANGE_OUTSIDE;
	*first = from;
	*last = has_to && to < size ? to : size - 1;
	return RANGE_PART;
}

bool
range_if_range(const char *header, const char *etag)
{
	return header == NULL || strcmp(header, etag) == 0;
}

bool
range_etag_in(const char *header, const char *etag, bool weak)
{
	const char *p = header;
	size_t		size = strlen(etag);

	if (p == NULL)
		return false;
	for (;;)
	{
		const char *end;
		bool		is_weak;

		while (*p == ' ' || *p == '\t' || *p == ',')
			p++;
		if (*p == '\0')
			return false;
		if (*p == '*')
			return true;
		is_weak = strncmp(p, "W/", 2) == 0;
		if (is_weak)
			p += 2;
		if (*p != '"' || (end = strchr(p + 1, '"')) == NULL)
			return false;
		end++;
		if ((size_t) (end - p) == size && memcmp(p, etag, size) == 0 && (weak || !is_weak))
			return true;
		p = end;
	}
}

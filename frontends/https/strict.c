/* SPDX-License-Identifier: PostgreSQL */
/* strict.c: one pass over the lines of a request's header. */
#include "strict.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

typedef struct counts
{
	int			host, length, encoding, authorization, expect;
	bool		bad_length, bad_encoding;
} counts;

static bool
is_name(const char *line, size_t size, const char *name)
{
	size_t		n = strlen(name);

	return size > n && line[n] == ':' && strncasecmp(line, name, n) == 0;
}

/* The value of a line without the white space around it. */
static const char *
value_of(const char *line, size_t size, size_t *value_size)
{
	const char *p = memchr(line, ':', size);
	const char *end = line + size;

	p++;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*value_size = (size_t) (end - p);
	return p;
}

static void
count_line(counts *c, const char *line, size_t size)
{
	size_t		n;
	const char *v;

	if (is_name(line, size, "host"))
		c->host++;
	else if (is_name(line, size, "authorization"))
		c->authorization++;
	else if (is_name(line, size, "content-length"))
	{
		c->length++;
		v = value_of(line, size, &n);
		c->bad_length = c->bad_length || n == 0 || n > 18;
		for (size_t i = 0; i < n; i++)
			c->bad_length = c->bad_length || v[i] < '0' || v[i] > '9';
	}
	else if (is_name(line, size, "transfer-encoding"))
	{
		c->encoding++;
		v = value_of(line, size, &n);
		c->bad_encoding = c->bad_encoding || n != 7 || strncasecmp(v, "chunked", 7) != 0;
	}
}

static const char *
judge(const counts *c, bool http11)
{
	if (http11 && c->host == 0)
		return "no Host header";
	if (c->host > 1)
		return "more than one Host header";
	if (c->authorization > 1)
		return "more than one Authorization header";
	if (c->length > 0 && c->encoding > 0)
		return "Content-Length beside Transfer-Encoding";
	if (c->length > 1 || c->bad_length)
		return "bad Content-Length";
	if (c->encoding > 1 || c->bad_encoding || (c->encoding > 0 && !http11))
		return "bad Transfer-Encoding";
	return NULL;
}

const char *
strict_check(const char *raw, size_t size, const char *method)
{
	size_t		n = strlen(method);
	const char *line = raw;
	const char *end = raw + size;
	counts		c = {0};
	bool		first = true;
	bool		http11 = false;

	if (size <= n || memcmp(raw, method, n) != 0 || raw[n] != ' ')
		return NULL;
	while (line < end)
	{
		const char *feed = memchr(line, '\n', (size_t) (end - line));
		size_t		length;

		if (feed == NULL)
			return NULL;
		if (feed == line || feed[-1] != '\r')
			return "a line ends without CR";
		length = (size_t) (feed - 1 - line);
		if (length == 0)
			return judge(&c, http11);
		if (first)
			http11 = length >= 8 && memcmp(line + length - 8, "HTTP/1.1", 8) == 0;
		else if (*line == ' ' || *line == '\t')
			return "a folded header line";
		else
			count_line(&c, line, length);
		first = false;
		line = feed + 1;
	}
	return NULL;
}

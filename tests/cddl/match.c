/* SPDX-License-Identifier: PostgreSQL */
/*
 * match.c: does a value match a type? The first reason why not is kept with its place.
 */
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cddl.h"

typedef struct matching
{
	const grammar *g;
	char	   *why;
	size_t		why_size;
	char		path[256];
} matching;

static bool match(matching *m, const type *t, const value *v);

static bool __attribute__((format(printf, 2, 3)))
no(matching *m, const char *format, ...)
{
	va_list		args;
	int			used = snprintf(m->why, m->why_size, "at %s: ", m->path[0] ? m->path : "the top");

	va_start(args, format);
	vsnprintf(m->why + used, m->why_size - (size_t) used, format, args);
	va_end(args);
	return false;
}

static bool
match_prelude(matching *m, const char *name, const value *v)
{
	bool		fits = strcmp(name, "any") == 0 ||
		(strcmp(name, "int") == 0 && v->kind == V_INT) ||
		(strcmp(name, "uint") == 0 && v->kind == V_INT && v->number >= 0) ||
		(strcmp(name, "bstr") == 0 && v->kind == V_BYTES) ||
		(strcmp(name, "tstr") == 0 && v->kind == V_TEXT) ||
		(strcmp(name, "bool") == 0 && v->kind == V_BOOL) ||
		(strcmp(name, "null") == 0 && v->kind == V_NULL);

	return fits || no(m, "expected %s", name);
}

/* Extends the path by one step and matches there. */
static bool
match_at(matching *m, const type *t, const value *v, const value *key, size_t index)
{
	size_t		length = strlen(m->path);
	bool		fits;

	if (key != NULL && key->kind == V_TEXT)
		snprintf(m->path + length, sizeof(m->path) - length, "/%.*s", (int) key->size, key->data);
	else
		snprintf(m->path + length, sizeof(m->path) - length, "/%lld", key ? (long long) key->number : (long long) index);
	fits = match(m, t, v);
	m->path[length] = '\0';
	return fits;
}

static bool
match_quietly(matching *m, const type *t, const value *v)
{
	char		why[512];
	matching	quiet = *m;

	quiet.why = why;
	quiet.why_size = sizeof(why);
	return match(&quiet, t, v);
}

static bool
match_map(matching *m, const type *t, const value *v)
{
	bool	   *used = calloc(v->items + 1, sizeof(bool));
	bool		fits = true;

	for (size_t i = 0; i < t->entries && fits; i++)
	{
		const entry *e = &t->entry[i];
		size_t		found = 0;

		for (size_t k = 0; k < v->items && fits && found < e->max; k += 2)
		{
			if (used[k] || !match_quietly(m, e->key, &v->item[k]))
				continue;
			used[k] = true;
			found++;
			fits = match_at(m, e->value, &v->item[k + 1], &v->item[k], 0);
		}
		if (fits && found < e->min)
		{
			if (e->key->kind == T_TEXT)
				fits = no(m, "key \"%s\" is missing", e->key->text);
			else
				fits = no(m, "key %lld is missing", (long long) e->key->low);
		}
	}
	for (size_t k = 0; k < v->items && fits; k += 2)
	{
		if (!used[k] && v->item[k].kind == V_TEXT)
			fits = no(m, "no rule for key \"%.*s\"", (int) v->item[k].size, v->item[k].data);
		else if (!used[k])
			fits = no(m, "no rule for key %lld", (long long) v->item[k].number);
	}
	free(used);
	return fits;
}

static bool
match_array(matching *m, const type *t, const value *v)
{
	size_t		at = 0;

	for (size_t i = 0; i < t->entries; i++)
	{
		const entry *e = &t->entry[i];
		size_t		found = 0;

		while (at < v->items && found < e->max && match_at(m, e->value, &v->item[at], NULL, at))
			at++, found++;
		if (found < e->min)
			return at < v->items ? false : no(m, "the array has %zu items, expected more", v->items);
	}
	if (at < v->items)
		return m->why[0] ? false : no(m, "the array has %zu items, expected %zu", v->items, at);
	m->why[0] = '\0';
	return true;
}

static bool
match_regexp(matching *m, const char *pattern, const value *v)
{
	char		whole[512];
	char		text[4096];
	regex_t		re;
	bool		fits;

	if (v->size >= sizeof(text))
		return no(m, "the text is longer than a pattern is tried on");
	memcpy(text, v->data, v->size);
	text[v->size] = '\0';
	snprintf(whole, sizeof(whole), "^(%s)$", pattern);
	if (regcomp(&re, whole, REG_EXTENDED | REG_NOSUB) != 0)
		cddl_die(2, "grammar: bad pattern %s", pattern);
	fits = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return fits || no(m, "\"%s\" does not match %s", text, pattern);
}

static bool
match(matching *m, const type *t, const value *v)
{
	const type *named;

	switch (t->kind)
	{
		case T_NAME:
			named = cddl_rule(m->g, t->text);
			return named ? match(m, named, v) : match_prelude(m, t->text, v);
		case T_INT:
		case T_RANGE:
			if (v->kind != V_INT || v->number < t->low || v->number > t->high)
				return no(m, "expected an integer from %lld to %lld", (long long) t->low, (long long) t->high);
			return true;
		case T_TEXT:
			return (v->kind == V_TEXT && v->size == strlen(t->text) && memcmp(v->data, t->text, v->size) == 0) ||
				no(m, "expected \"%s\"", t->text);
		case T_CHOICE:
			return match_quietly(m, t->a, v) || match(m, t->b, v);
		case T_MAP:
			return v->kind == V_MAP ? match_map(m, t, v) : no(m, "expected a map");
		case T_ARRAY:
			return v->kind == V_ARRAY ? match_array(m, t, v) : no(m, "expected an array");
		case T_SIZE:
			if (!match(m, t->a, v))
				return false;
			return ((__int128) v->size >= t->low && (__int128) v->size <= t->high) ||
				no(m, "%zu bytes, expected %lld to %lld", v->size, (long long) t->low, (long long) t->high);
		case T_REGEXP:
			return match(m, t->a, v) && match_regexp(m, t->text, v);
	}
	return false;
}

bool
cddl_match(const grammar *g, const type *t, const value *v, char *why, size_t why_size)
{
	matching	m = {.g = g, .why = why, .why_size = why_size};

	why[0] = '\0';
	return match(&m, t, v);
}

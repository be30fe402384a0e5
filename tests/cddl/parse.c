/* SPDX-License-Identifier: PostgreSQL */
/*
 * parse.c: CDDL text to a grammar, by recursive descent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cddl.h"

static const char *start;
static const char *p;

static type *parse_type(void);

static void __attribute__((noreturn))
bad(const char *expected)
{
	int			line = 1;

	for (const char *s = start; s < p; s++)
		line += *s == '\n';
	cddl_die(2, "grammar line %d: found '%.12s', expected %s", line, *p ? p : "the end", expected);
}

static void
space(void)
{
	for (;;)
	{
		while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
			p++;
		if (*p != ';')
			return;
		while (*p && *p != '\n')
			p++;
	}
}

static bool
take(const char *token)
{
	space();
	if (strncmp(p, token, strlen(token)) != 0)
		return false;
	p += strlen(token);
	return true;
}

static void
need(const char *token)
{
	if (!take(token))
		bad(token);
}

static bool
name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '@';
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static char *
copy(const char *from, size_t size)
{
	char	   *text = calloc(1, size + 1);

	if (text == NULL)
		cddl_die(2, "out of memory");
	memcpy(text, from, size);
	return text;
}

static const char *
parse_name(void)
{
	const char *from = p;

	if (!name_start(*p))
		bad("a name");
	while (name_start(*p) || digit(*p) || ((*p == '-' || (*p == '.' && p[1] != '.')) && (name_start(p[1]) || digit(p[1]))))
		p++;
	return copy(from, (size_t) (p - from));
}

static __int128
parse_int(void)
{
	bool		negative = *p == '-';
	__int128	value = 0;

	p += negative;
	if (!digit(*p))
		bad("a number");
	while (digit(*p))
		value = value * 10 + (*p++ - '0');
	return negative ? -value : value;
}

static const char *
parse_text(void)
{
	const char *from = ++p;

	while (*p && *p != '"' && *p != '\\')
		p++;
	if (*p != '"')
		bad("the end of a text without escapes");
	return copy(from, (size_t) (p++ - from));
}

static type *
new_type(type_kind kind)
{
	type	   *t = cddl_more(NULL, 0, sizeof(type));

	t->kind = kind;
	return t;
}

/* What precedes the key or the value: ? * + or nothing. */
static void
parse_occurrence(entry *e)
{
	e->min = e->max = 1;
	if (take("?"))
		e->min = 0;
	else if (take("*"))
		e->min = 0, e->max = SIZE_MAX;
	else if (take("+"))
		e->max = SIZE_MAX;
	space();
}

/* "name:" is a text key in a map and only a comment in an array. */
static bool
take_bareword(type **key)
{
	const char *back = p;
	const char *name;

	if (!name_start(*p))
		return false;
	name = parse_name();
	if (take(":"))
	{
		*key = new_type(T_TEXT);
		(*key)->text = name;
		return true;
	}
	p = back;
	return false;
}

static type *
parse_group(type_kind kind, const char *end)
{
	type	   *t = new_type(kind);

	while (!take(end))
	{
		entry	   *e;

		t->entry = cddl_more(t->entry, t->entries, sizeof(entry));
		e = &t->entry[t->entries++];
		parse_occurrence(e);
		if (!take_bareword(&e->key))
		{
			e->value = parse_type();
			if (take("=>") || take(":"))
			{
				e->key = e->value;
				e->value = NULL;
			}
		}
		if (e->value == NULL)
			e->value = parse_type();
		if (kind == T_MAP && e->key == NULL)
			bad("a key");
		if (!take(","))
		{
			need(end);
			break;
		}
	}
	return t;
}

static type *
parse_primary(void)
{
	type	   *t;

	space();
	if (take("{"))
		return parse_group(T_MAP, "}");
	if (take("["))
		return parse_group(T_ARRAY, "]");
	if (take("("))
	{
		t = parse_type();
		need(")");
		return t;
	}
	if (*p == '"')
	{
		t = new_type(T_TEXT);
		t->text = parse_text();
		return t;
	}
	if (digit(*p) || *p == '-')
	{
		t = new_type(T_INT);
		t->low = t->high = parse_int();
		if (p[0] == '.' && p[1] == '.')
		{
			p += 2;
			t->kind = T_RANGE;
			t->high = parse_int();
		}
		return t;
	}
	t = new_type(T_NAME);
	t->text = parse_name();
	return t;
}

static type *
parse_control(type *on)
{
	type	   *t;

	if (take(".size"))
	{
		type	   *size = parse_primary();

		if (size->kind != T_INT && size->kind != T_RANGE)
			bad("a size before this");
		t = new_type(T_SIZE);
		t->low = size->low;
		t->high = size->high;
	}
	else if (take(".regexp"))
	{
		t = new_type(T_REGEXP);
		space();
		if (*p != '"')
			bad("a pattern in quotes");
		t->text = parse_text();
	}
	else
		return on;
	t->a = on;
	return t;
}

static type *
parse_type(void)
{
	type	   *t = parse_control(parse_primary());

	while (take("/"))
	{
		type	   *choice = new_type(T_CHOICE);

		choice->a = t;
		choice->b = parse_control(parse_primary());
		t = choice;
	}
	return t;
}

/* Every name must be a rule or one of the types that match.c knows. */
static void
check_names(const grammar *g, const type *t)
{
	static const char *const known[] = {"uint", "int", "bstr", "tstr", "bool", "null", "any"};
	bool		found = false;

	if (t == NULL)
		return;
	if (t->kind == T_NAME)
	{
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found |= strcmp(known[i], t->text) == 0;
		if (!found && cddl_rule(g, t->text) == NULL)
			cddl_die(2, "grammar: %s is not defined", t->text);
	}
	check_names(g, t->a);
	check_names(g, t->b);
	for (size_t i = 0; i < t->entries; i++)
	{
		check_names(g, t->entry[i].key);
		check_names(g, t->entry[i].value);
	}
}

grammar
cddl_parse(const char *text)
{
	grammar		g = {NULL, 0};

	start = p = text;
	for (space(); *p; space())
	{
		rule		r;

		r.name = parse_name();
		need("=");
		r.type = parse_type();
		if (cddl_rule(&g, r.name) != NULL)
			cddl_die(2, "grammar: %s is defined twice", r.name);
		g.rule = cddl_more(g.rule, g.rules, sizeof(rule));
		g.rule[g.rules++] = r;
	}
	for (size_t i = 0; i < g.rules; i++)
		check_names(&g, g.rule[i].type);
	return g;
}

const type *
cddl_rule(const grammar *g, const char *name)
{
	for (size_t i = 0; i < g->rules; i++)
		if (strcmp(g->rule[i].name, name) == 0)
			return g->rule[i].type;
	return NULL;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * cddl.h: a grammar read from CDDL, a value read from CBOR or JSON, and whether they match.
 * Memory is never given back: the program checks one message and ends.
 */
#ifndef TESTS_CDDL_H
#define TESTS_CDDL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum value_kind
{
	V_INT, V_BYTES, V_TEXT, V_ARRAY, V_MAP, V_BOOL, V_NULL, V_OTHER
} value_kind;

typedef struct value
{
	value_kind	kind;
	__int128	number;			/* integer or boolean */
	const char *data;			/* bytes or text */
	size_t		size;
	struct value *item;			/* array: items; map: key, value, key, value .. */
	size_t		items;
} value;

typedef enum type_kind
{
	T_NAME, T_INT, T_TEXT, T_RANGE, T_CHOICE, T_MAP, T_ARRAY, T_SIZE, T_REGEXP
} type_kind;

/* One member of a map or array. key NULL: none (arrays). */
typedef struct entry
{
	size_t		min,
				max;
	struct type *key;
	struct type *value;
} entry;

typedef struct type
{
	type_kind	kind;
	const char *text;			/* name, literal or pattern */
	__int128	low,
				high;			/* integer, range, size */
	struct type *a,
			   *b;				/* choice; a: what a control is applied to */
	entry	   *entry;
	size_t		entries;
} type;

typedef struct rule
{
	const char *name;
	type	   *type;
} rule;

typedef struct grammar
{
	rule	   *rule;
	size_t		rules;
} grammar;

/* All end the program with status 2 (grammar) or 1 (message) on what they cannot read. */
grammar		cddl_parse(const char *text);
const type *cddl_rule(const grammar *g, const char *name);
value		cddl_read_cbor(const void *data, size_t size);
value		cddl_read_json(const char *data, size_t size);
/* False with the place and the reason in why. */
bool		cddl_match(const grammar *g, const type *t, const value *v, char *why, size_t why_size);

void		cddl_die(int status, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
void	   *cddl_more(void *array, size_t count, size_t size);	/* room for one more element */

#endif

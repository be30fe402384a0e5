/* SPDX-License-Identifier: PostgreSQL */
/* db_args.c: parameters going into a call, and columns coming out of a result. */
#include "db.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
db_args_init(db_args *args)
{
	args->count = 0;
	args->used = 0;
	args->data = NULL;
	args->room = sizeof args->small;
}

/* Adds one value of size bytes and a NUL. Without memory the program cannot go on. */
static void
add(db_args *args, const void *value, size_t size, bool binary)
{
	char	   *base = args->data ? args->data : args->small;

	if (args->count >= DB_PARAMS)
		abort();
	if (args->used + size + 1 > args->room)
	{
		size_t		room = 2 * (args->used + size + 1);
		char	   *more = malloc(room);

		if (more == NULL)
			abort();
		memcpy(more, base, args->used);
		free(args->data);
		args->data = base = more;
		args->room = room;
	}
	args->at[args->count].offset = (long) args->used;
	args->at[args->count].length = (int) size;
	args->at[args->count].binary = binary;
	args->count++;
	memcpy(base + args->used, value, size);
	base[args->used + size] = '\0';
	args->used += size + 1;
}

void
db_null(db_args *args)
{
	if (args->count >= DB_PARAMS)
		abort();
	args->at[args->count].offset = -1;
	args->at[args->count].length = 0;
	args->at[args->count].binary = 0;
	args->count++;
}

void
db_int(db_args *args, int64_t value)
{
	char		text[24];
	int			size = snprintf(text, sizeof text, "%lld", (long long) value);

	add(args, text, (size_t) size, false);
}

void
db_bool(db_args *args, bool value)
{
	add(args, value ? "t" : "f", 1, false);
}

void
db_text(db_args *args, const char *text)
{
	if (text == NULL)
		db_null(args);
	else
		add(args, text, strlen(text), false);
}

void
db_text_n(db_args *args, const char *text, size_t size)
{
	add(args, text, size, false);
}

void
db_bytes(db_args *args, const void *data, size_t size)
{
	if (data == NULL)
		db_null(args);
	else
		add(args, data, size, true);
}

static const char *
value(const PGresult *r, int row, const char *column)
{
	int			at = PQfnumber(r, column);

	if (at < 0 || row >= PQntuples(r) || PQgetisnull(r, row, at))
		return NULL;
	return PQgetvalue(r, row, at);
}

const char *
db_get_text(const PGresult *r, int row, const char *column, const char *fallback)
{
	const char *text = value(r, row, column);

	return text ? text : fallback;
}

int64_t
db_get_int(const PGresult *r, int row, const char *column, int64_t fallback)
{
	const char *text = value(r, row, column);

	return text ? strtoll(text, NULL, 10) : fallback;
}

bool
db_get_bool(const PGresult *r, int row, const char *column)
{
	const char *text = value(r, row, column);

	return text != NULL && *text == 't';
}

bool
db_is_null(const PGresult *r, int row, const char *column)
{
	return value(r, row, column) == NULL;
}

size_t
db_get_bytes(const PGresult *r, int row, const char *column, void *out, size_t room)
{
	const char *text = value(r, row, column);
	size_t		size;
	uint8_t    *to = out;

	if (text == NULL || text[0] != '\\' || text[1] != 'x')
		return 0;
	text += 2;
	size = strlen(text) / 2;
	if (size > room)
		return 0;
	for (size_t i = 0; i < size; i++)
	{
		unsigned	byte;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return 0;
		to[i] = (uint8_t) byte;
	}
	return size;
}

status_word
db_get_status(const PGresult *r)
{
	return PQntuples(r) > 0 ? status_find(db_get_text(r, 0, "status", NULL)) : ST_UNAVAILABLE;
}

/* SPDX-License-Identifier: PostgreSQL */
/* pg.c: PostgreSQL for the commands that need it; where it is, the PG* environment says. */
#include "cli.h"

#include <string.h>

#define MOST_VALUES 12

/* Cuts a text at its first line end. */
static int
first_line(const char *text)
{
	return (int) strcspn(text, "\n");
}

PGconn *
cli_pg_open(void)
{
	static const char *const names[] = {"fallback_application_name", "client_encoding", NULL};
	static const char *const values[] = {"fotactl", "UTF8", NULL};
	PGconn	   *conn = PQconnectdbParams(names, values, 0);

	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	cli_pg_fail(conn, NULL);
	PQfinish(conn);
	return NULL;
}

int
cli_pg_fail(PGconn *conn, PGresult *result)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	const char *detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL;
	const char *hint = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_HINT) : NULL;

	if (message == NULL)
		message = PQerrorMessage(conn);
	return cli_fail(state ? state : "08006", "%.*s%s%.*s%s%.*s", first_line(message), message,
					detail ? "; " : "", detail ? first_line(detail) : 0, detail ? detail : "",
					hint ? "; hint: " : "", hint ? first_line(hint) : 0, hint ? hint : "");
}

PGresult *
cli_pg(PGconn *conn, const char *sql, int count, const cli_value *values)
{
	const char *data[MOST_VALUES];
	int			sizes[MOST_VALUES];
	int			formats[MOST_VALUES];
	PGresult   *result;

	for (int i = 0; i < count && i < MOST_VALUES; i++)
	{
		data[i] = values[i].data;
		sizes[i] = values[i].size;
		formats[i] = values[i].binary;
	}
	result = PQexecParams(conn, sql, count, NULL, data, sizes, formats, 0);
	if (PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK)
		return result;
	cli_pg_fail(conn, result);
	PQclear(result);
	return NULL;
}

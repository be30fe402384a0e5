/* SPDX-License-Identifier: PostgreSQL */
/* api_watch.c: what is asked on a clock: changes, tick, version. */
#include "api_internal.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
changes_told(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;
	int64_t		since = a->since;

	if (word == ST_OK)
		word = db_get_status(r);
	for (int i = 0; word == ST_OK && i < PQntuples(r); i++)
	{
		const char *kind = db_get_text(r, i, "kind", "none");

		since = i == 0 ? db_get_int(r, i, "since", since) : since;
		if (strcmp(kind, "none") != 0)
			a->done.change(a->arg, ST_OK, since, (int32_t) db_get_int(r, i, "tenant_id", 0), kind,
						   db_get_int(r, i, "id", 0), db_get_text(r, i, "name", ""));
	}
	a->done.change(a->arg, word, since, 0, NULL, 0, NULL);
	free(a);
}

void
api_changes(api *api, int64_t since, api_change_done done, void *arg)
{
	static const db_statement statement = {
		"changes",
		"SELECT status, since, tenant_id, kind, id, name FROM fota_device.changes($1::bigint)",
		1, false, true};
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.change = done;
	a->since = since;
	db_args_init(&args);
	if (since < 0)
		db_null(&args);
	else
		db_int(&args, since);
	db_call(api->db, DB_READ, &statement, &args, changes_told, a);
}

static void
ticked(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;

	a->done.number(a->arg, word == ST_OK ? db_get_status(r) : word,
				   word == ST_OK ? db_get_int(r, 0, "events", 0) : 0);
	free(a);
}

void
api_tick(api *api, api_number_done done, void *arg)
{
	static const db_statement statement = {
		"tick", "SELECT status, events FROM fota_device.tick(now())", 0, false, true};
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.number = done;
	db_args_init(&args);
	db_call(api->db, DB_WRITE, &statement, &args, ticked, a);
}

static void
version_told(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;
	char		text[200] = "";

	if (word == ST_OK)
		word = db_get_status(r);
	if (word == ST_OK)
		snprintf(text, sizeof text, "%s %s step %s", db_get_text(r, 0, "version", ""),
				 db_get_text(r, 0, "profile", ""), db_get_text(r, 0, "schema_step", ""));
	a->done.text(a->arg, word, text);
	free(a);
}

void
api_version(api *api, api_text_done done, void *arg)
{
	static const db_statement statement = {
		"version", "SELECT status, version, profile, schema_step FROM fota_device.version()", 0, false, true};
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.text = done;
	db_args_init(&args);
	db_call(api->db, DB_READ, &statement, &args, version_told, a);
}

/* SPDX-License-Identifier: PostgreSQL */
/* api_ddi.c: the seven ddi_* functions, by one table. */
#include "api_internal.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
ddi_told(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;
	api_ddi_answer answer;

	memset(&answer, 0, sizeof answer);
	answer.word = word == ST_OK ? db_get_status(r) : word;
	if (word == ST_OK && PQntuples(r) > 0)
	{
		answer.write = db_get_bool(r, 0, "write");
		answer.etag = db_get_text(r, 0, "etag", NULL);
		answer.body = db_get_text(r, 0, "body", NULL);
	}
	a->done.ddi(a->arg, &answer);
	free(a);
}

/* Tenant and device come first; then what each takes of A action, J body, B base, H history. */
static const struct
{
	db_statement statement;
	const char *takes;
	bool		writes;
}			ddi_calls[] = {
	[DDI_POLL] = {{"ddi_poll", "SELECT status, etag, body, write"
	" FROM fota_device.ddi_poll($1::int, $2::bigint, $3::text, now())", 3, false, false}, "B", false},
	[DDI_DEPLOYMENT] = {{"ddi_deployment", "SELECT status, etag, body"
	" FROM fota_device.ddi_deployment($1::int, $2::bigint, $3::int, $4::text, $5::int, now())",
	5, false, false}, "ABH", false},
	[DDI_FEEDBACK] = {{"ddi_feedback", "SELECT status, etag, body"
	" FROM fota_device.ddi_feedback($1::int, $2::bigint, $3::int, $4::jsonb, now())", 4, false, false}, "AJ", true},
	[DDI_CANCEL] = {{"ddi_cancel", "SELECT status, etag, body"
	" FROM fota_device.ddi_cancel($1::int, $2::bigint, $3::int, $4::text, now())", 4, false, false}, "AB", false},
	[DDI_CANCEL_FEEDBACK] = {{"ddi_cancel_feedback", "SELECT status, etag, body"
	" FROM fota_device.ddi_cancel_feedback($1::int, $2::bigint, $3::int, $4::jsonb, now())",
	4, false, false}, "AJ", true},
	[DDI_CONFIG] = {{"ddi_config", "SELECT status, etag, body"
	" FROM fota_device.ddi_config($1::int, $2::bigint, $3::jsonb, now())", 3, false, false}, "J", true},
	[DDI_INSTALLED] = {{"ddi_installed", "SELECT status, etag, body"
	" FROM fota_device.ddi_installed($1::int, $2::bigint, $3::int, $4::text, $5::int, now())",
	5, false, false}, "ABH", false},
};

void
api_ddi_ask(api *api, const api_ddi *in, api_ddi_done done, void *arg)
{
	bool		writes = ddi_calls[in->call].writes;
	bool		changes = in->body != NULL;
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.ddi = done;
	if (changes)
		api_pin(api, in->device_id);
	db_args_init(&args);
	db_int(&args, in->tenant_id);
	db_int(&args, in->device_id);
	for (const char *p = ddi_calls[in->call].takes; *p; p++)
	{
		if (*p == 'A')
			db_int(&args, in->action);
		else if (*p == 'B')
			db_text(&args, in->base);
		else if (*p == 'J')
			db_text(&args, in->body);
		else
			db_int(&args, in->history);
	}
	db_call(api->db, writes ? DB_WRITE : api_side(api, in->device_id), &ddi_calls[in->call].statement,
			&args, ddi_told, a);
}

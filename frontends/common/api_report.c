/* SPDX-License-Identifier: PostgreSQL */
/* api_report.c: what devices tell: report, seen_many, and whose child is whose. */
#include "api_internal.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define SEEN_MS 200

static void
status_told(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;

	a->done.status(a->arg, word == ST_OK ? db_get_status(r) : word);
	free(a);
}

static void
int_or_null(db_args *args, int64_t value)
{
	if (value < 0)
		db_null(args);
	else
		db_int(args, value);
}

void
api_report_store(api *api, const api_report *report, api_status_done done, void *arg)
{
	static const db_statement statement = {
		"report",
		"SELECT status FROM fota_device.report($1::int, $2::bigint, $3::text, $4::int, $5::int, $6::int,"
		" $7::int, $8::text, $9::int, $10::bigint, now())", 10, false, false};
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.status = done;
	api_pin(api, report->device_id);
	db_args_init(&args);
	db_int(&args, report->tenant_id);
	db_int(&args, report->device_id);
	db_text(&args, report->child);
	db_int(&args, report->action);
	int_or_null(&args, report->item);
	db_int(&args, report->state);
	int_or_null(&args, report->code);
	db_text(&args, report->text);
	int_or_null(&args, report->seconds);
	int_or_null(&args, report->bytes);
	db_call(api->db, DB_WRITE, &statement, &args, status_told, a);
}

static void
seen_stored(void *arg, status_word word, const PGresult *r)
{
	(void) arg;
	(void) r;
	if (word != ST_OK)
		log_debug("seen not stored");
}

static int
compare_seen(const void *a, const void *b)
{
	const api_seen_entry *x = a;
	const api_seen_entry *y = b;

	if (x->tenant_id != y->tenant_id)
		return x->tenant_id < y->tenant_id ? -1 : 1;
	return x->device_id < y->device_id ? -1 : x->device_id > y->device_id;
}

/* Sends what was seen as one call with arrays sorted by tenant and device. */
static void
send_seen(api *api)
{
	static const db_statement statement = {
		"seen_many",
		"SELECT status FROM fota_device.seen_many($1::int[], $2::bigint[],"
		" array_fill(now(), ARRAY[cardinality($1::int[])]),"
		" array_fill($3::text, ARRAY[cardinality($1::int[])]))", 3, false, true};
	static const size_t room = API_SEEN_MAX * 22 + 4;
	char	   *tenants = malloc(room);
	char	   *devices = malloc(room);
	size_t		t = 0,
				d = 0;
	db_args		args;

	if (tenants == NULL || devices == NULL)
		abort();
	qsort(api->seen, (size_t) api->seen_count, sizeof api->seen[0], compare_seen);
	for (int i = 0; i < api->seen_count; i++)
	{
		if (i > 0 && compare_seen(&api->seen[i - 1], &api->seen[i]) == 0)
			continue;
		t += (size_t) snprintf(tenants + t, room - t, "%c%d", t ? ',' : '{', (int) api->seen[i].tenant_id);
		d += (size_t) snprintf(devices + d, room - d, "%c%lld", d ? ',' : '{',
							   (long long) api->seen[i].device_id);
	}
	snprintf(tenants + t, room - t, "}");
	snprintf(devices + d, room - d, "}");
	db_args_init(&args);
	db_text(&args, tenants);
	db_text(&args, devices);
	db_text(&args, api->protocol);
	db_call(api->db, DB_WRITE, &statement, &args, seen_stored, NULL);
	free(tenants);
	free(devices);
	api->seen_count = 0;
}

void
api_seen(api *api, int32_t tenant_id, int64_t device_id)
{
	if (api->seen_count == API_SEEN_MAX)
		send_seen(api);
	if (api->seen_count == 0)
		api->seen_since = loop_now();
	api->seen[api->seen_count].tenant_id = tenant_id;
	api->seen[api->seen_count++].device_id = device_id;
}

static void
child_found(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;

	a->done.number(a->arg, word == ST_OK ? db_get_status(r) : word,
				   word == ST_OK ? db_get_int(r, 0, "device_id", 0) : 0);
	free(a);
}

void
api_child(api *api, int32_t tenant_id, int64_t gateway_id, const char *name,
		  api_number_done done, void *arg)
{
	static const db_statement statement = {
		"child",
		"SELECT status, device_id FROM fota_device.child($1::int, $2::bigint, $3::text)", 3, false, false};
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.number = done;
	db_args_init(&args);
	db_int(&args, tenant_id);
	db_int(&args, gateway_id);
	db_text(&args, name);
	db_call(api->db, DB_READ, &statement, &args, child_found, a);
}

int
api_turn(api *api)
{
	int64_t		left;

	if (api->seen_count == 0)
		return 1000;
	left = api->seen_since + SEEN_MS - loop_now();
	if (left > 0)
		return (int) left;
	send_seen(api);
	return 0;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * api.c: the SQL text of every fota_device function, and the way of its typed
 * parameters in and typed columns out. Which connection answers:
 *
 *	read	what only reads, unless the device wrote less than 60 s ago
 *	write	inventory, open_action, report, seen_many, tick, ddi_* that record something
 */
#include "api_internal.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIN_MS 60000
#define ITEMS_MAX 64

ask *
api_new_ask(void *arg)
{
	ask		   *a = calloc(1, sizeof *a);

	if (a == NULL)
		abort();
	a->arg = arg;
	return a;
}

api *
api_open(db *db, const char *protocol)
{
	api		   *api = calloc(1, sizeof *api);

	if (api == NULL)
		abort();
	api->db = db;
	snprintf(api->protocol, sizeof api->protocol, "%s", protocol);
	return api;
}

void
api_close(api *api)
{
	free(api);
}

db *
api_db(api *api)
{
	return api->db;
}

/* ---- the primary, for a while ---- */

static size_t
pin_slot(int64_t device_id)
{
	return (size_t) (((uint64_t) device_id * 0x9E3779B97F4A7C15u) >> 32) & (API_PINS - 1);
}

void
api_pin(api *api, int64_t device_id)
{
	api->pin[pin_slot(device_id)] = loop_now() + PIN_MS;
}

db_side
api_side(api *api, int64_t device_id)
{
	return api->pin[pin_slot(device_id)] > loop_now() ? DB_WRITE : DB_READ;
}

/* ---- identify, credential_load ---- */

const char	api_identify_sql[] =
"SELECT status, tenant_id, tenant, device_id, device, credential_id, gateway, secret,"
" floor(extract(epoch FROM not_after))::bigint AS not_after"
" FROM fota_device.identify($1::text, $2::text, $3::bytea, $4::bytea)";

void
api_read_identity(const PGresult *r, api_identity *who)
{
	memset(who, 0, sizeof *who);
	who->word = db_get_status(r);
	if (who->word != ST_OK)
		return;
	who->tenant_id = (int32_t) db_get_int(r, 0, "tenant_id", 0);
	who->device_id = db_get_int(r, 0, "device_id", 0);
	who->credential_id = db_get_int(r, 0, "credential_id", 0);
	who->gateway = db_get_bool(r, 0, "gateway");
	snprintf(who->tenant, sizeof who->tenant, "%s", db_get_text(r, 0, "tenant", ""));
	snprintf(who->device, sizeof who->device, "%s", db_get_text(r, 0, "device", ""));
	who->secret_size = db_get_bytes(r, 0, "secret", who->secret, sizeof who->secret);
	who->not_after = db_get_int(r, 0, "not_after", 0);
}

static void
identified(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;
	api_identity who;

	memset(&who, 0, sizeof who);
	who.word = word;
	if (word == ST_OK)
		api_read_identity(r, &who);
	a->done.identity(a->arg, &who);
	memset(&who, 0, sizeof who);
	free(a);
}

void
api_identify(api *api, const char *kind, const char *identity, const uint8_t *fingerprint,
			 const uint8_t *issuer, api_identity_done done, void *arg)
{
	static const db_statement statement = {"identify", api_identify_sql, 4, false, false};
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.identity = done;
	db_args_init(&args);
	db_text(&args, kind);
	db_text(&args, identity);
	db_bytes(&args, fingerprint, 32);
	db_bytes(&args, issuer, 32);
	db_call(api->db, DB_READ, &statement, &args, identified, a);
}

static void
credentials_loaded(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;
	int			rows = word == ST_OK ? PQntuples(r) : 0;

	for (int i = 0; i < rows; i++)
	{
		size_t		room;
		uint8_t    *der;
		size_t		size;

		if (db_is_null(r, i, "der"))
			continue;
		room = strlen(db_get_text(r, i, "der", "")) / 2 + 1;
		der = malloc(room);
		if (der == NULL)
			abort();
		size = db_get_bytes(r, i, "der", der, room);
		a->done.credential(a->arg, ST_OK, (int32_t) db_get_int(r, i, "tenant_id", 0), der, size);
		free(der);
	}
	a->done.credential(a->arg, word, 0, NULL, 0);
	free(a);
}

void
api_credential_load(api *api, api_credential_done done, void *arg)
{
	static const db_statement statement = {
		"credential_load",
		"SELECT status, tenant_id, der FROM fota_device.credential_load()", 0, false, true};
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.credential = done;
	db_args_init(&args);
	db_call(api->db, DB_READ, &statement, &args, credentials_loaded, a);
}

/* ---- inventory, check_in, open_action ---- */

static void
inventory_stored(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;
	uint8_t		tag[8];
	bool		has = false;

	if (word == ST_OK)
	{
		word = db_get_status(r);
		has = db_get_bytes(r, 0, "tag", tag, sizeof tag) == sizeof tag;
	}
	a->done.tag(a->arg, word, has ? tag : NULL);
	free(a);
}

void
api_inventory_store(api *api, const api_inventory *in, api_tag_done done, void *arg)
{
	static const db_statement statement = {
		"inventory",
		"SELECT status, tag FROM fota_device.inventory($1::int, $2::bigint, $3::jsonb, $4::jsonb,"
		" $5::jsonb, $6::jsonb, $7::text, $8::text, now())", 8, false, false};
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.tag = done;
	api_pin(api, in->device_id);
	db_args_init(&args);
	db_int(&args, in->tenant_id);
	db_int(&args, in->device_id);
	db_text(&args, in->contents);
	db_text(&args, in->accept);
	db_text(&args, in->attributes);
	db_text(&args, in->power);
	db_text(&args, in->hw);
	db_text(&args, in->mode);
	db_call(api->db, DB_WRITE, &statement, &args, inventory_stored, a);
}

/* Reads '{4,8,4}'. */
static int
read_format(const char *text, int *out, int room)
{
	int			count = 0;

	if (text == NULL || *text != '{')
		return 0;
	for (const char *p = text + 1; *p >= '0' && *p <= '9' && count < room; p++)
	{
		char	   *end;

		out[count++] = (int) strtol(p, &end, 10);
		p = end;
		if (*p != ',')
			break;
	}
	return count;
}

static void
read_item(const PGresult *r, int row, api_item *i)
{
	memset(i, 0, sizeof *i);
	i->item = (int) db_get_int(r, row, "item", 0);
	i->verb = (int) db_get_int(r, row, "verb", 1);
	i->component = db_get_text(r, row, "component", "");
	i->version = db_get_text(r, row, "version", NULL);
	i->has_target = db_get_bytes(r, row, "sha256", i->sha256, 32) == 32;
	i->size = db_get_int(r, row, "size", -1);
	i->formats = read_format(db_get_text(r, row, "format", NULL), i->format, 8);
	i->bytes = db_get_int(r, row, "bytes", -1);
	i->has_transfer = i->formats > 0 && i->bytes >= 0 &&
		db_get_bytes(r, row, "etag", i->etag, 8) == 8;
	i->base_size = db_get_bytes(r, row, "base", i->base, 32);
	i->has_base = i->base_size > 0;
	i->has_window = !db_is_null(r, row, "window_from");
	i->window_from = db_get_int(r, row, "window_from", 0);
	i->has_window_end = !db_is_null(r, row, "window_to");
	i->window_to = db_get_int(r, row, "window_to", 0);
	i->flags = (int) db_get_int(r, row, "flags", 0);
	i->has_battery = !db_is_null(r, row, "battery");
	i->battery = (int) db_get_int(r, row, "battery", 0);
}

static void
checked_in(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;
	api_decision d;
	api_item	item[ITEMS_MAX];

	memset(&d, 0, sizeof d);
	d.word = word == ST_OK ? db_get_status(r) : word;
	if (d.word == ST_OK)
	{
		d.write = db_get_bool(r, 0, "write");
		d.next = db_get_int(r, 0, "next", 3600);
		d.has_tag = db_get_bytes(r, 0, "tag", d.tag, 8) == 8;
		d.epoch = db_get_int(r, 0, "epoch", 0);
		d.reason = db_get_text(r, 0, "reason", NULL);
		d.action = (int) db_get_int(r, 0, "action", 0);
		d.item = item;
		for (int i = 0; i < PQntuples(r) && d.items < ITEMS_MAX; i++)
			if (d.action > 0 && !db_is_null(r, i, "item"))
				read_item(r, i, &item[d.items++]);
	}
	a->done.decision(a->arg, &d);
	free(a);
}

void
api_check_in(api *api, int32_t tenant_id, int64_t device_id, const uint8_t *tag,
			 api_decision_done done, void *arg)
{
	static const db_statement statement = {
		"check_in",
		"SELECT status, write, next, tag, epoch, reason, action, item, component, verb, version,"
		" sha256, size, format, bytes, etag, base, window_from, window_to, flags, battery"
		" FROM fota_device.check_in($1::int, $2::bigint, $3::bytea, $4::text, now())", 4, false, false};
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.decision = done;
	db_args_init(&args);
	db_int(&args, tenant_id);
	db_int(&args, device_id);
	db_bytes(&args, tag, 8);
	db_text(&args, api->protocol);
	db_call(api->db, api_side(api, device_id), &statement, &args, checked_in, a);
}

static void
action_opened(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;

	a->done.number(a->arg, word == ST_OK ? db_get_status(r) : word,
				   word == ST_OK ? db_get_int(r, 0, "action", 0) : 0);
	free(a);
}

void
api_open_action(api *api, int32_t tenant_id, int64_t device_id, const char *protocol,
				api_number_done done, void *arg)
{
	static const db_statement statement = {
		"open_action",
		"SELECT status, action FROM fota_device.open_action($1::int, $2::bigint, $3::text, now())",
		3, false, false};
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.number = done;
	api_pin(api, device_id);
	db_args_init(&args);
	db_int(&args, tenant_id);
	db_int(&args, device_id);
	db_text(&args, protocol ? protocol : api->protocol);
	db_call(api->db, DB_WRITE, &statement, &args, action_opened, a);
}

/* ---- grant, read_blob ---- */

static void
granted(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;
	api_grant	g;

	memset(&g, 0, sizeof g);
	g.word = word == ST_OK ? db_get_status(r) : word;
	if (g.word == ST_OK)
	{
		if (db_get_bytes(r, 0, "sha256", g.sha256, 32) != 32)
			g.word = ST_NOT_GRANTED;
		g.size = db_get_int(r, 0, "size", 0);
		snprintf(g.media_type, sizeof g.media_type, "%s",
				 db_get_text(r, 0, "media_type", "application/octet-stream"));
		snprintf(g.file_name, sizeof g.file_name, "%s", db_get_text(r, 0, "file_name", ""));
	}
	a->done.grant(a->arg, &g);
	free(a);
}

void
api_grant_item(api *api, int32_t tenant_id, int64_t device_id, int action, int item,
			   const char *child, api_grant_done done, void *arg)
{
	static const db_statement statement = {
		"grant",
		"SELECT status, sha256, size, media_type, file_name"
		" FROM fota_device.\"grant\"($1::int, $2::bigint, $3::int, $4::int, $5::text, now())",
		5, false, false};
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.grant = done;
	db_args_init(&args);
	db_int(&args, tenant_id);
	db_int(&args, device_id);
	db_int(&args, action);
	db_int(&args, item);
	db_text(&args, child);
	db_call(api->db, api_side(api, device_id), &statement, &args, granted, a);
}

/* Binary results: int4 big-endian, bytea as it is. */
static void
blob_read(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;
	api_chunk	chunk[64];
	int			count = 0;

	if (word == ST_OK && PQntuples(r) > 0)
		word = status_find(PQgetvalue(r, 0, 0));
	else if (word == ST_OK)
		word = ST_NOT_FOUND;
	for (int i = 0; word == ST_OK && i < PQntuples(r) && count < 64; i++)
	{
		const uint8_t *no = (const uint8_t *) PQgetvalue(r, i, 1);

		if (PQgetisnull(r, i, 1) || PQgetisnull(r, i, 2))
			continue;
		chunk[count].chunk_no = (int) ((uint32_t) no[0] << 24 | (uint32_t) no[1] << 16 |
									   (uint32_t) no[2] << 8 | no[3]);
		chunk[count].data = (const uint8_t *) PQgetvalue(r, i, 2);
		chunk[count++].size = (size_t) PQgetlength(r, i, 2);
	}
	a->done.chunks(a->arg, word, chunk, count);
	free(a);
}

void
api_read_blob(api *api, int32_t tenant_id, const uint8_t sha256[32], int chunk_no, int count,
			  api_chunks_done done, void *arg)
{
	static const db_statement statement = {
		"read_blob",
		"SELECT status, chunk_no, data FROM fota_device.read_blob($1::int, $2::bytea, $3::int, $4::int)"
		" ORDER BY chunk_no", 4, true, false};
	db_args		args;
	ask		   *a = api_new_ask(arg);

	a->done.chunks = done;
	db_args_init(&args);
	db_int(&args, tenant_id);
	db_bytes(&args, sha256, 32);
	db_int(&args, chunk_no);
	db_int(&args, count);
	db_call(api->db, DB_READ, &statement, &args, blob_read, a);
}

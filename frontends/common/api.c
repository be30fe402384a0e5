/* SPDX-License-Identifier: PostgreSQL */
/*
 * api.c: the SQL text of every fota_device function, and the way of its typed
 * parameters in and typed columns out. Which connection answers:
 *
 *	read	what only reads, unless the device wrote less than 60 s ago
 *	write	inventory, open_action, report, seen_many, tick, ddi_* that record something
 */
#include "api.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define PINS 8192				/* power of two */
#define PIN_MS 60000
#define SEEN_MAX 512
#define SEEN_MS 200
#define ITEMS_MAX 64

typedef struct seen
{
	int32_t		tenant_id;
	int64_t		device_id;
} seen;

struct api
{
	db		   *db;
	char		protocol[16];
	int64_t		pin[PINS];		/* until when devices of this slot are asked of the primary */
	seen		seen[SEEN_MAX];
	int			seen_count;
	int64_t		seen_since;
};

/* A call under way: who asked, and what the answer needs. */
typedef struct ask
{
	union
	{
		api_identity_done identity;
		api_credential_done credential;
		api_tag_done tag;
		api_decision_done decision;
		api_number_done number;
		api_grant_done grant;
		api_chunks_done chunks;
		api_status_done status;
		api_change_done change;
		api_text_done text;
		api_ddi_done ddi;
	}			done;
	void	   *arg;
	int64_t		since;
} ask;

static ask *
new_ask(void *arg)
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
	return (size_t) (((uint64_t) device_id * 0x9E3779B97F4A7C15u) >> 32) & (PINS - 1);
}

static void
pin(api *api, int64_t device_id)
{
	api->pin[pin_slot(device_id)] = loop_now() + PIN_MS;
}

static db_side
side_of(api *api, int64_t device_id)
{
	return api->pin[pin_slot(device_id)] > loop_now() ? DB_WRITE : DB_READ;
}

/* ---- identify, credential_load ---- */

static void
identified(void *arg, status_word word, const PGresult *r)
{
	ask		   *a = arg;
	api_identity who;

	memset(&who, 0, sizeof who);
	who.word = word == ST_OK ? db_get_status(r) : word;
	if (who.word == ST_OK)
	{
		who.tenant_id = (int32_t) db_get_int(r, 0, "tenant_id", 0);
		who.device_id = db_get_int(r, 0, "device_id", 0);
		who.credential_id = db_get_int(r, 0, "credential_id", 0);
		who.gateway = db_get_bool(r, 0, "gateway");
		snprintf(who.tenant, sizeof who.tenant, "%s", db_get_text(r, 0, "tenant", ""));
		snprintf(who.device, sizeof who.device, "%s", db_get_text(r, 0, "device", ""));
		who.secret_size = db_get_bytes(r, 0, "secret", who.secret, sizeof who.secret);
		who.not_after = db_get_int(r, 0, "not_after", 0);
	}
	a->done.identity(a->arg, &who);
	memset(&who, 0, sizeof who);
	free(a);
}

void
api_identify(api *api, const char *kind, const char *identity, const uint8_t *fingerprint,
			 const uint8_t *issuer, api_identity_done done, void *arg)
{
	static const db_statement statement = {
		"identify",
		"SELECT status, tenant_id, tenant, device_id, device, credential_id, gateway, secret,"
		" floor(extract(epoch FROM not_after))::bigint AS not_after"
		" FROM fota_device.identify($1::text, $2::text, $3::bytea, $4::bytea)", 4, false, false};
	db_args		args;
	ask		   *a = new_ask(arg);

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
	ask		   *a = new_ask(arg);

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
	ask		   *a = new_ask(arg);

	a->done.tag = done;
	pin(api, in->device_id);
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
	ask		   *a = new_ask(arg);

	a->done.decision = done;
	db_args_init(&args);
	db_int(&args, tenant_id);
	db_int(&args, device_id);
	db_bytes(&args, tag, 8);
	db_text(&args, api->protocol);
	db_call(api->db, side_of(api, device_id), &statement, &args, checked_in, a);
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
api_open_action(api *api, int32_t tenant_id, int64_t device_id, api_number_done done, void *arg)
{
	static const db_statement statement = {
		"open_action",
		"SELECT status, action FROM fota_device.open_action($1::int, $2::bigint, $3::text, now())",
		3, false, false};
	db_args		args;
	ask		   *a = new_ask(arg);

	a->done.number = done;
	pin(api, device_id);
	db_args_init(&args);
	db_int(&args, tenant_id);
	db_int(&args, device_id);
	db_text(&args, api->protocol);
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
	ask		   *a = new_ask(arg);

	a->done.grant = done;
	db_args_init(&args);
	db_int(&args, tenant_id);
	db_int(&args, device_id);
	db_int(&args, action);
	db_int(&args, item);
	db_text(&args, child);
	db_call(api->db, side_of(api, device_id), &statement, &args, granted, a);
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
	ask		   *a = new_ask(arg);

	a->done.chunks = done;
	db_args_init(&args);
	db_int(&args, tenant_id);
	db_bytes(&args, sha256, 32);
	db_int(&args, chunk_no);
	db_int(&args, count);
	db_call(api->db, DB_READ, &statement, &args, blob_read, a);
}

/* ---- report, seen_many, child ---- */

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
	ask		   *a = new_ask(arg);

	a->done.status = done;
	pin(api, report->device_id);
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
	const seen *x = a;
	const seen *y = b;

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
	static const size_t room = SEEN_MAX * 22 + 4;
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
	if (api->seen_count == SEEN_MAX)
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
	ask		   *a = new_ask(arg);

	a->done.number = done;
	db_args_init(&args);
	db_int(&args, tenant_id);
	db_int(&args, gateway_id);
	db_text(&args, name);
	db_call(api->db, DB_READ, &statement, &args, child_found, a);
}

/* ---- changes, tick, version ---- */

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
	ask		   *a = new_ask(arg);

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
	ask		   *a = new_ask(arg);

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
	ask		   *a = new_ask(arg);

	a->done.text = done;
	db_args_init(&args);
	db_call(api->db, DB_READ, &statement, &args, version_told, a);
}

/* ---- ddi_* ---- */

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
	ask		   *a = new_ask(arg);

	a->done.ddi = done;
	if (changes)
		pin(api, in->device_id);
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
	db_call(api->db, writes ? DB_WRITE : side_of(api, in->device_id), &ddi_calls[in->call].statement,
			&args, ddi_told, a);
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

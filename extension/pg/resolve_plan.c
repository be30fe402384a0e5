/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve_plan.c: the queries of fota.resolve_many, each prepared once per session, and once more
 * for the past.
 *
 * Those on the catalogue are run as the owner of the tables, inside whatever
 * search_path the caller has: every operator, function, type and collation in them
 * is named with its schema, and nothing in them looks one up by name behind the
 * scenes (IN, BETWEEN, USING, NULLIF, CASE x WHEN).
 */
#include "resolve.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#define EQ " OPERATOR(pg_catalog.=) "
#define AND_TENANT(alias) alias ".tenant_id" EQ "$1"

/* Of a rule; $1 is the tenant. */
#define RULES \
	"SELECT r.rule_id, r.name, r.release, r.state" EQ "'active'::pg_catalog.text, r.allow_downgrade," \
	" r.wait_for_delta, r.max_attempts, r.priority, r.model IS NOT NULL, r.years IS NOT NULL," \
	" pg_catalog.lower(r.years), pg_catalog.upper(r.years), r.batch, r.serial_from, r.serial_to," \
	" r.serial_from_key, r.serial_to_key," \
	" pg_catalog.lower(r.active_during), pg_catalog.upper(r.active_during)," \
	" pg_catalog.lower_inc(r.active_during), pg_catalog.upper_inc(r.active_during)," \
	" r.seed, r.versions, r.filter, r.download_in_window, r.mode" EQ "'download_only'::pg_catalog.text" \
	" FROM fota.rule r WHERE " AND_TENANT("r") \
	" AND (r.state" EQ "'active'::pg_catalog.text OR r.state" EQ "'paused'::pg_catalog.text)"

/* Of the rules in $2. */
#define OF_RULES(alias) AND_TENANT(alias) " AND " alias ".rule_id" EQ "ANY ($2)"

/* Rows of the model $2 and of '*'. */
#define OF_MODEL(alias) \
	AND_TENANT(alias) " AND " alias ".model" EQ "ANY (ARRAY[$2, '*'::pg_catalog.text])"
/* What the class of the model $2's clients says: the tenant's own row, else that of tenant 0. */
#define OF_CLASS(column) \
	"(SELECT k." column " FROM fota.client_class k WHERE (" AND_TENANT("k") " OR k.tenant_id" EQ "0)" \
	" AND k.client_class" EQ "m.client_class ORDER BY k.tenant_id DESC LIMIT 1)"
/* The name of an image's file, as fota.file_name makes it, where the pattern $3 is not empty and does not fit. */
#define FILE_NAME \
	"pg_catalog.left(pg_catalog.regexp_replace(COALESCE(" \
	"i.metadata OPERATOR(pg_catalog.->>) 'file_name'::pg_catalog.text, pg_catalog.format('%s-%s.bin', i.component, i.version))," \
	" '[^A-Za-z0-9._-]', '_', 'g'), 100)"
#define REFUSED_NAME \
	"CASE WHEN $3" EQ "'' OR " FILE_NAME " OPERATOR(pg_catalog.~~) $3 THEN NULL ELSE " FILE_NAME " END"
#define OF_COMPONENT(alias) \
	" JOIN fota.component c ON " AND_TENANT("c") " AND c.model" EQ "$2 AND c.component" EQ alias ".component"

/*
 * What is read of devices, all of it as rows of one shape, since each query costs more than
 * its rows; run as the caller, under the row policies. The columns are those of a
 * state_row in resolve_device.c: kind, device_id, six texts, three numbers, two flags, an instant, bytes,
 * of these very types, or the planner puts another node on top of each part.
 */
#define OPEN_CHANGE "EXISTS (SELECT FROM fota.change x WHERE x.tenant_id = $1 AND x.epoch IS NULL)"
#define NO_TEXT "NULL::pg_catalog.text"
#define NO_NUMBER "NULL::pg_catalog.int8"
#define NO_FLAG "NULL::pg_catalog.bool"
#define NO_INSTANT "NULL::pg_catalog.timestamptz"
#define NO_BYTES "NULL::pg_catalog.bytea"
#define DEVICES(condition) \
	"SELECT 0, d.device_id, d.model, d.serial, d.serial_key, d.name, d.batch, d.time_zone, d.year::pg_catalog.int8, " \
	NO_NUMBER ", " NO_NUMBER ", " NO_FLAG ", " NO_FLAG ", d.postponed_until, " NO_BYTES \
	" FROM fota.device d WHERE d.tenant_id = $1 AND d.device_id " condition
#define REPORTED(condition) \
	"SELECT 6, s.device_id, s.hw, " NO_TEXT ", " NO_TEXT ", " NO_TEXT ", " NO_TEXT ", " NO_TEXT ", " \
	NO_NUMBER ", " NO_NUMBER ", " NO_NUMBER "," \
	" pg_catalog.jsonb_path_exists(s.accept, 'strict $.formats[*] ? (@[0] == 1)', '{}', true)," \
	" s.flags & 1 = 1, " NO_INSTANT ", " NO_BYTES \
	" FROM fota.device_report_state s WHERE s.tenant_id = $1 AND s.device_id " condition
#define CONTENTS(condition) \
	"SELECT 1, h.device_id, h.component, h.version, " NO_TEXT ", " NO_TEXT ", " NO_TEXT ", " NO_TEXT ", " \
	"h.slot::pg_catalog.int8, " NO_NUMBER ", " NO_NUMBER ", h.present, " NO_FLAG ", " NO_INSTANT ", h.digest" \
	" FROM fota.device_contents h WHERE h.tenant_id = $1 AND h.device_id " condition
/* An item of the open action that is not final, a failure, a success of this epoch, a download. */
#define PAST(condition, epoch) \
	"SELECT CASE WHEN i.state = 'failed' THEN 3" \
	" WHEN a.state = 'finished' THEN CASE WHEN i.state = 'downloaded' THEN 5 ELSE 4 END ELSE 2 END," \
	" i.device_id, i.component, i.version, i.from_version, " NO_TEXT ", " NO_TEXT ", " NO_TEXT ", " \
	"i.rule_id, i.action::pg_catalog.int8, i.item::pg_catalog.int8, " NO_FLAG ", " NO_FLAG ", i.closed_at, " \
	NO_BYTES \
	" FROM fota.action_item i LEFT JOIN fota.action a" \
	" ON a.tenant_id = $1 AND a.device_id = i.device_id AND a.action = i.action" \
	" WHERE i.tenant_id = $1 AND i.device_id " condition \
	" AND (i.state = 'failed' AND NOT i.forgiven" \
	" OR a.state IN ('open', 'superseded') AND i.state NOT IN ('confirmed', 'failed', 'declined', 'cancelled')" \
	" OR a.state = 'finished' AND (i.state = 'downloaded'" \
	" OR i.state IN ('installed', 'confirmed') AND a.epoch = " epoch "))"
#define ALL " UNION ALL "

static const struct
{
	const char *text;
	int			args;
	Oid			types[4];
}			queries[FOTAPG_QUERIES] = {
	[FOTAPG_Q_EPOCH] = {
		"SELECT e.epoch, e.xmin::pg_catalog.text, e.tableoid, " OPEN_CHANGE " FROM fota.epoch e WHERE e.tenant_id = $1",
	1, {INT4OID}},
	[FOTAPG_Q_RULES_ANY] = {RULES " AND r.model IS NULL", 1, {INT4OID}},
	[FOTAPG_Q_RULES_MODEL] = {RULES " AND r.model" EQ "$2", 2, {INT4OID, TEXTOID}},
	[FOTAPG_Q_WAVES] = {
		"SELECT s.rule_id, (s.percent OPERATOR(pg_catalog.*) 100::pg_catalog.numeric)::pg_catalog.int4, s.filter,"
		" s.per_stratum FROM fota.rollout_state s WHERE " OF_RULES("s"),
	2, {INT4OID, INT8ARRAYOID}},
	[FOTAPG_Q_STRATA] = {
		"SELECT x.rule_id, x.model, x.year, x.threshold FROM fota.rollout_stratum x JOIN fota.rollout_state s"
		" ON " AND_TENANT("s") " AND s.rule_id" EQ "x.rule_id AND s.wave" EQ "x.wave AND s.per_stratum"
		" AND s.filter IS NULL WHERE " OF_RULES("x")
		" ORDER BY x.rule_id, x.model COLLATE pg_catalog.\"C\", x.year",
	2, {INT4OID, INT8ARRAYOID}},
	[FOTAPG_Q_WINDOWS] = {
		"SELECT w.rule_id, w.days, w.opens, w.closes FROM fota.rule_window w WHERE " OF_RULES("w") " ORDER BY w.rule_id",
	2, {INT4OID, INT8ARRAYOID}},
	[FOTAPG_Q_LISTING] = {
		"SELECT u.id FROM pg_catalog.unnest($2) u (id) CROSS JOIN LATERAL (SELECT FROM fota.rule_device x"
		" WHERE " AND_TENANT("x") " AND x.rule_id" EQ "u.id LIMIT 1) one",
	2, {INT4OID, INT8ARRAYOID}},
	[FOTAPG_Q_MODEL] = {
		"SELECT m.unknown_contents" EQ "'wait'::pg_catalog.text, m.client_class,"
		" COALESCE(m.time_zone, (SELECT s.value FROM fota.setting s WHERE (" AND_TENANT("s")
		" OR s.tenant_id" EQ "0) AND s.name" EQ "'time_zone'::pg_catalog.text"
		" ORDER BY s.tenant_id DESC LIMIT 1), 'UTC'::pg_catalog.text), " OF_CLASS("can_remove") ", " OF_CLASS("name_like")
		" FROM (SELECT) one LEFT JOIN fota.model m ON " AND_TENANT("m") " AND m.model" EQ "$2",
	2, {INT4OID, TEXTOID}},
	[FOTAPG_Q_COMPONENTS] = {
		"SELECT c.component, c.ordering" EQ "'opaque'::pg_catalog.text, c.joint"
		" FROM fota.component c WHERE " AND_TENANT("c") " AND c.model" EQ "$2",
	2, {INT4OID, TEXTOID}},
	[FOTAPG_Q_IMAGES] = {
		"SELECT i.component, i.model" EQ "'*'::pg_catalog.text, i.version, i.build,"
		" pg_catalog.array_position('{published,decoding,withdrawn}'::pg_catalog.text[], i.state), i.payload_sha256, i.hw,"
		" i.slot, i.floor, i.requires IS NOT NULL, i.requires OPERATOR(pg_catalog.->>) 'from'::pg_catalog.text,"
		" (i.requires OPERATOR(pg_catalog.->) 'from_absent'::pg_catalog.text)" EQ "'true'::pg_catalog.jsonb,"
		" i.requires OPERATOR(pg_catalog.->) 'components'::pg_catalog.text, " REFUSED_NAME
		" FROM fota.image i" OF_COMPONENT("i") " WHERE " OF_MODEL("i"),
	3, {INT4OID, TEXTOID, TEXTOID}},
	[FOTAPG_Q_DIGESTS] = {
		"SELECT i.component, i.model" EQ "'*'::pg_catalog.text, i.version, i.build, i.digest"
		" FROM fota.image_digest i" OF_COMPONENT("i") " WHERE " OF_MODEL("i"),
	2, {INT4OID, TEXTOID}},
	[FOTAPG_Q_ITEMS] = {
		"SELECT i.release, i.component, i.model" EQ "'*'::pg_catalog.text, i.version"
		" FROM fota.release_item i" OF_COMPONENT("i") " WHERE " OF_MODEL("i") " AND i.release" EQ "ANY ($3)",
	3, {INT4OID, TEXTOID, TEXTARRAYOID}},
	[FOTAPG_Q_ASKED] = {
		DEVICES("= ANY ($2)") ALL REPORTED("= ANY ($2)") ALL CONTENTS("= ANY ($2)") ALL PAST("= ANY ($2)", "$3"),
	3, {INT4OID, INT8ARRAYOID, INT8OID}},
	[FOTAPG_Q_IDS] = {
		"SELECT d.device_id FROM fota.device d WHERE d.tenant_id = $1 ORDER BY d.device_id", 1, {INT4OID}},
	[FOTAPG_Q_LISTED] = {
		"SELECT x.device_id, x.rule_id FROM fota.rule_device x"
		" WHERE x.tenant_id = $1 AND x.device_id = ANY ($2) ORDER BY x.device_id, x.rule_id",
	2, {INT4OID, INT8ARRAYOID}},
	[FOTAPG_Q_ATTRIBUTES] = {
		"SELECT d.device_id, d.tags, d.attributes FROM fota.device d"
		" WHERE d.tenant_id = $1 AND d.device_id = ANY ($2)",
	2, {INT4OID, INT8ARRAYOID}},
	[FOTAPG_Q_EPOCH_AT] = {"SELECT fota.epoch_at($1, $2)", 2, {INT4OID, TIMESTAMPTZOID}},
	[FOTAPG_Q_FORGIVEN] = {
		"SELECT FROM fota.change c JOIN fota.row_version v ON v.tenant_id = $1 AND v.change_no = c.change_no"
		" WHERE c.tenant_id = $1 AND c.epoch IS NULL AND v.relation = 'action_item' LIMIT 1",
	1, {INT4OID}},
	[FOTAPG_Q_DELTA] = {
		"SELECT coalesce(x.requested_at, $4) + fota.get_setting($1, 'delta_wait')::interval"
		" FROM (SELECT) one LEFT JOIN fota.delta x"
		" ON x.tenant_id = $1 AND x.source = $2 AND x.target = $3 AND x.format = '{1}'"
		" WHERE coalesce(x.state, 'wanted') = 'wanted'",
	4, {INT4OID, BYTEAOID, BYTEAOID, TIMESTAMPTZOID}},
};

/* Of tables as they are, and as they were. */
static SPIPlanPtr plans[2][FOTAPG_QUERIES];

/* The same query of fota_past: fota_past.rule() has the rows of fota.rule as they were, and fota_past.f() decides by such. */
static char *
text_of_past(const char *text)
{
	StringInfoData past;
	const char *name;

	initStringInfo(&past);
	while ((name = strstr(text, "fota.")) != NULL)
	{
		size_t		size = strspn(name + 5, "abcdefghijklmnopqrstuvwxyz_");

		appendBinaryStringInfo(&past, text, name - text);
		appendStringInfo(&past, "fota_past.%.*s%s", (int) size, name + 5, name[5 + size] == '(' ? "" : "()");
		text = name + 5 + size;
	}
	appendStringInfoString(&past, text);
	return past.data;
}

/*
 * The plan is generic, since planning anew would cost more than all the rest. It is made
 * by the first call, and must not scan whole tables that are still small then: they grow.
 */
static void
prepare(fotapg_query query, bool past)
{
	const char *text = past ? text_of_past(queries[query].text) : queries[query].text;
	SPIPlanPtr	plan = SPI_prepare_cursor(text, queries[query].args, (Oid *) queries[query].types,
										  CURSOR_OPT_GENERIC_PLAN);

	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "query %d of resolve_many cannot be prepared: %s", query, SPI_result_code_string(SPI_result));
	plans[past][query] = plan;
}

static void
set_for_now(const char *name, const char *value)
{
	set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

void
fotapg_run(fotapg_query query, const fotapg_as_of *as_of, Datum *values, const char *nulls)
{
	MemoryContext context = CurrentMemoryContext;
	bool		past = as_of != NULL;
	bool		planned = plans[past][query] != NULL;
	int			level = planned && !past ? 0 : NewGUCNestLevel();
	int			result;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (past)
		set_for_now("fota.as_of", as_of->setting);
	if (!planned)
	{
		set_for_now("enable_seqscan", "off");
		prepare(query, past);
	}
	result = SPI_execute_plan(plans[past][query], values, nulls, true, 0);
	if (level > 0)
		AtEOXact_GUC(true, level);
	/* SPI leaves its own behind. */
	MemoryContextSwitchTo(context);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "query %d of resolve_many failed: %s", query, SPI_result_code_string(result));
}

void
fotapg_done(void)
{
	MemoryContext context = CurrentMemoryContext;

	SPI_finish();
	MemoryContextSwitchTo(context);
}

void
fotapg_fetch(uint64 place, fotapg_row *row)
{
	Assert(SPI_tuptable->tupdesc->natts <= FOTAPG_MOST_VALUES);
	heap_deform_tuple(SPI_tuptable->vals[place], SPI_tuptable->tupdesc, row->values, row->nulls);
}

const char *
fotapg_text_keep(Datum value)
{
	struct varlena *from = PG_DETOAST_DATUM_PACKED(value);
	size_t		size = VARSIZE_ANY_EXHDR(from);
	char	   *kept = palloc(VARHDRSZ + size + 1);

	SET_VARSIZE(kept, VARHDRSZ + size);
	kept += VARHDRSZ;
	memcpy(kept, VARDATA_ANY(from), size);
	kept[size] = '\0';
	return kept;
}

const char *
fotapg_row_text(const fotapg_row *row, int column)
{
	return row->nulls[column] ? NULL : fotapg_text_keep(row->values[column]);
}

int64
fotapg_row_int8(const fotapg_row *row, int column)
{
	return row->nulls[column] ? 0 : DatumGetInt64(row->values[column]);
}

int32
fotapg_row_int4(const fotapg_row *row, int column)
{
	return row->nulls[column] ? 0 : DatumGetInt32(row->values[column]);
}

bool
fotapg_row_bool(const fotapg_row *row, int column)
{
	return !row->nulls[column] && DatumGetBool(row->values[column]);
}

uint8_t *
fotapg_row_bytea(const fotapg_row *row, int column, size_t *size)
{
	fota_bytes	bytes;
	uint8_t    *copy;

	*size = 0;
	if (row->nulls[column])
		return NULL;
	bytes = fotapg_bytes(PG_DETOAST_DATUM_PACKED(row->values[column]));
	copy = palloc(bytes.size + 1);
	memcpy(copy, bytes.data, bytes.size);
	*size = bytes.size;
	return copy;
}

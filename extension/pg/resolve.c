/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve.c: fota.resolve_many(tenant_id int, device_ids bigint[], at timestamptz),
 * device_ids NULL = all devices of the tenant. Reads the devices in batches, lets
 * the core decide, and returns one row per device and component.
 *
 * It writes nothing and sees what the snapshot of the calling query sees.
 */
#include "resolve.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

FOTAPG_FUNCTION(fotapg_resolve_many);

#define COLUMNS 16

/* One call. */
typedef struct call
{
	int32		tenant_id;
	TimestampTz at;
	fotapg_scan *scan;			/* NULL: devices are read by queries */
	fotapg_catalogue *catalogue;
	fotapg_rows rows;
	MemoryContext context;		/* of the call */
	MemoryContext scratch;		/* of one batch */
	fotapg_asker asker;
} call;

/* --- rows ------------------------------------------------------------------------------------- */

/* Verdicts and reasons are literals of the core: each is made a value once per session. */
static Datum
word_value(const char *literal)
{
	static struct
	{
		const char *literal;
		Datum		value;
	}			words[128];
	size_t		at = ((uintptr_t) literal / 4) % lengthof(words);
	MemoryContext old;

	for (size_t tried = 0; tried < lengthof(words); tried++, at = (at + 1) % lengthof(words))
	{
		if (words[at].literal == literal)
			return words[at].value;
		if (words[at].literal != NULL)
			continue;
		old = MemoryContextSwitchTo(TopMemoryContext);
		words[at].value = CStringGetTextDatum(literal);
		MemoryContextSwitchTo(old);
		words[at].literal = literal;
		return words[at].value;
	}
	return CStringGetTextDatum(literal);
}

static void
put(Datum *values, bool *nulls, int column, bool is_null, Datum value)
{
	nulls[column] = is_null;
	values[column] = value;
}

/* A text that was read from a table. */
static void
put_kept(Datum *values, bool *nulls, int column, const char *kept)
{
	put(values, nulls, column, kept == NULL, kept == NULL ? (Datum) 0 : FOTAPG_TEXT_VALUE(kept));
}

static void
put_word(Datum *values, bool *nulls, int column, const char *literal)
{
	put(values, nulls, column, literal == NULL, literal == NULL ? (Datum) 0 : word_value(literal));
}

static void
put_row(const call *c, int64 device_id, const fota_verdict *v, const fota_decision *decision)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];

	put(values, nulls, 0, false, Int64GetDatum(device_id));
	put_kept(values, nulls, 1, v->component);
	put_word(values, nulls, 2, v->verdict);
	put(values, nulls, 3, v->rule == NULL, v->rule == NULL ? (Datum) 0 : Int64GetDatum(v->rule->id));
	put_kept(values, nulls, 4, v->rule == NULL ? NULL : v->rule->name);
	put_kept(values, nulls, 5, v->rule == NULL ? NULL : v->rule->release);
	put_kept(values, nulls, 6, v->version);
	put_kept(values, nulls, 7, v->build);
	put_kept(values, nulls, 8, v->target);
	put_kept(values, nulls, 9, v->reported);
	put(values, nulls, 10, !v->has_not_before, TimestampTzGetDatum(v->not_before));
	put(values, nulls, 11, !v->has_not_after, TimestampTzGetDatum(v->not_after));
	put_word(values, nulls, 12, v->reason);
	put(values, nulls, 13, v->detail == NULL, v->detail == NULL ? (Datum) 0 : CStringGetTextDatum(v->detail));
	put(values, nulls, 14, false, Int64GetDatum(c->catalogue->epoch));
	put(values, nulls, 15, !decision->has_valid_until, TimestampTzGetDatum(decision->valid_until));
	tuplestore_putvalues(c->rows.store, c->rows.desc, values, nulls);
}

static void
put_decision(const call *c, int64 device_id, const fota_decision *decision)
{
	static const fota_verdict nothing = {
		.verdict = "keep", .reason = "no_rule", .detail = "no rule in force names a component of this device"
	};

	for (size_t i = 0; i < decision->count; i++)
		put_row(c, device_id, &decision->verdicts[i], decision);
	if (decision->count == 0)
		put_row(c, device_id, &nothing, decision);
}

/* --- batches ---------------------------------------------------------------------------------- */

static int
by_place(const void *a, const void *b)
{
	size_t		x = ((const fotapg_device *) a)->place;
	size_t		y = ((const fotapg_device *) b)->place;

	return x < y ? -1 : x > y;
}

/* Decides for devices that have been read, in the order of their places. */
static void
decide_batch(call *c, fotapg_batch *batch)
{
	const fota_asks asks = fotapg_asks(&c->asker);
	fota_ctx   *ctx = &c->asker.ctx;
	bool		listed = false;
	bool		ordered = true;

	for (size_t i = 0; i < batch->count; i++)
	{
		listed |= batch->devices[i].entry->listed;
		ordered &= i == 0 || batch->devices[i].place > batch->devices[i - 1].place;
	}
	if (listed)
		fotapg_read_listed(c->tenant_id, batch);
	if (!ordered)
		qsort(batch->devices, batch->count, sizeof(fotapg_device), by_place);

	fotapg_ctx_init(ctx, c->scratch, FOTAPG_MEMORY);
	for (size_t i = 0; i < batch->count; i++)
	{
		const fotapg_device *d = &batch->devices[i];
		fota_decision decision;

		fotapg_check(ctx, fota_decide(ctx, &d->entry->model, &d->device, c->at, &asks, &decision));
		put_decision(c, d->device.id, &decision);
	}
}

/* Every device of the tenant, in order of device_id. */
static void
decide_all(call *c)
{
	int64		after = PG_INT64_MIN;
	size_t		most = c->scan != NULL ? FOTAPG_SCAN_BATCH : FOTAPG_BATCH;
	fotapg_batch batch;

	do
	{
		MemoryContextReset(c->scratch);
		MemoryContextSwitchTo(c->scratch);
		if (c->scan != NULL)
			fotapg_scan_more(c->scan, c->catalogue, &batch);
		else
			fotapg_read_devices_after(c->catalogue, after, &batch);
		for (size_t i = 0; i < batch.count; i++)
			batch.devices[i].place = i;
		if (batch.count > 0)
			after = batch.devices[batch.count - 1].device.id;
		decide_batch(c, &batch);
	} while (batch.count == most);
}

/* A device_id of the argument, and where it stands there first. */
typedef struct asked
{
	int64		id;
	size_t		place;
} asked;

static int
asked_by_id(const void *a, const void *b)
{
	const asked *x = a;
	const asked *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static int
asked_by_place(const void *a, const void *b)
{
	const asked *x = a;
	const asked *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

/* Each id once, in order of its first place; NULLs left out. */
static asked *
read_asked(ArrayType *array, size_t *count)
{
	Datum	   *elements;
	bool	   *nulls;
	int			all;
	asked	   *list;
	size_t		kept = 0;

	deconstruct_array(array, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &nulls, &all);
	list = palloc(sizeof(asked) * ((size_t) all + 1));
	for (int i = 0; i < all; i++)
		if (!nulls[i])
			list[kept++] = (asked) {DatumGetInt64(elements[i]), (size_t) i};
	*count = 0;
	qsort(list, kept, sizeof(asked), asked_by_id);
	for (size_t i = 0; i < kept; i++)
		if (i == 0 || list[i].id != list[i - 1].id)
			list[(*count)++] = list[i];
	qsort(list, *count, sizeof(asked), asked_by_place);
	return list;
}

static void
decide_asked(call *c, ArrayType *array)
{
	size_t		count;
	asked	   *list = read_asked(array, &count);

	for (size_t begin = 0; begin < count; begin += FOTAPG_BATCH)
	{
		asked	   *part = list + begin;
		size_t		size = Min(count - begin, FOTAPG_BATCH);
		fotapg_batch batch;
		int64	   *ids;

		MemoryContextReset(c->scratch);
		MemoryContextSwitchTo(c->scratch);
		qsort(part, size, sizeof(asked), asked_by_id);
		ids = palloc(sizeof(int64) * size);
		for (size_t i = 0; i < size; i++)
			ids[i] = part[i].id;
		if (c->scan != NULL)
			fotapg_scan_devices(c->scan, c->catalogue, ids, size, &batch);
		else
			fotapg_read_devices(c->catalogue, ids, size, &batch);
		/* Both are in order of the ids; a device that does not exist, or is not visible, is missing. */
		for (size_t i = 0, k = 0; i < batch.count; i++)
		{
			while (part[k].id != batch.devices[i].device.id)
				k++;
			batch.devices[i].place = part[k].place;
		}
		decide_batch(c, &batch);
	}
}

/* What was known before this transaction is judged by what was known then. */
static void
decide_past(call *c, ArrayType *array)
{
	size_t		count = 0;
	asked	   *list = array == NULL ? NULL : read_asked(array, &count);
	Datum	   *ids = palloc(sizeof(Datum) * (count + 1));
	Datum		values[3] = {Int32GetDatum(c->tenant_id), (Datum) 0, TimestampTzGetDatum(c->at)};

	for (size_t i = 0; i < count; i++)
		ids[i] = Int64GetDatum(list[i].id);
	values[1] = PointerGetDatum(construct_array(ids, (int) count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
												TYPALIGN_DOUBLE));
	fotapg_run(FOTAPG_Q_PAST, values, array == NULL ? " n " : NULL);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		fotapg_row	r;

		fotapg_fetch(row, &r);
		tuplestore_putvalues(c->rows.store, c->rows.desc, r.values, r.nulls);
	}
	fotapg_done();
}

static void
check_arguments(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("tenant NULL is not visible"),
				errdetail("resolve was called by role %s for tenant NULL.", GetUserNameFromId(GetUserId(), false)),
				errhint("Ask for a tenant that fota.member lists for your role."));
	if (PG_ARGISNULL(2))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the instant to resolve at is NULL"),
				errhint("Give now()."));
}

static void
decide(call *c, ArrayType *asked_for)
{
	fotapg_epoch epoch;

	c->asker = (fotapg_asker) {.tenant_id = c->tenant_id, .at = c->at, .context = c->context};
	c->scan = fotapg_scan_begin(c->tenant_id);
	if (c->scan != NULL)
		fotapg_scan_epoch(c->scan, &epoch);
	else
		fotapg_epoch_read(c->tenant_id, &epoch);
	c->catalogue = fotapg_catalogue_open(c->tenant_id, &epoch, c->context);
	if (c->at < GetCurrentTransactionStartTimestamp())
		decide_past(c, asked_for);
	else if (asked_for == NULL)
		decide_all(c);
	else
		decide_asked(c, asked_for);
	fotapg_scan_end(c->scan);
}

Datum
fotapg_resolve_many(PG_FUNCTION_ARGS)
{
	call		c = {0};
	MemoryContext old = CurrentMemoryContext;

	check_arguments(fcinfo);
	fotapg_rows_begin(fcinfo, &c.rows);
	c.tenant_id = PG_GETARG_INT32(0);
	c.at = PG_GETARG_TIMESTAMPTZ(2);
	c.context = AllocSetContextCreate(old, "fota resolve", ALLOCSET_DEFAULT_SIZES);
	/* A first block that does for most batches is kept from one to the next. */
	c.scratch = PG_ARGISNULL(1) ? AllocSetContextCreate(c.context, "fota batch", 0, 512 * 1024, 8 * 1024 * 1024) :
		AllocSetContextCreate(c.context, "fota batch", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(c.context);
	decide(&c, PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1));
	MemoryContextSwitchTo(old);
	MemoryContextDelete(c.context);
	fotapg_catalogue_trim();
	return (Datum) 0;
}

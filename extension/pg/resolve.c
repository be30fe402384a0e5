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
	fotapg_catalogue *catalogue;
	fotapg_rows rows;
	MemoryContext context;		/* of the call */
	MemoryContext scratch;		/* of one batch */
	fotapg_asker asker;
} call;

/* --- rows ------------------------------------------------------------------------------------- */

static void
put_text(Datum *values, bool *nulls, int column, const char *value)
{
	nulls[column] = value == NULL;
	values[column] = value == NULL ? (Datum) 0 : CStringGetTextDatum(value);
}

static void
put_row(const call *c, int64 device_id, const fota_verdict *v, const fota_decision *decision)
{
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS];

	memset(nulls, true, sizeof(nulls));
	nulls[0] = nulls[14] = false;
	values[0] = Int64GetDatum(device_id);
	put_text(values, nulls, 1, v->component);
	put_text(values, nulls, 2, v->verdict);
	if (v->rule != NULL)
	{
		nulls[3] = false;
		values[3] = Int64GetDatum(v->rule->id);
		put_text(values, nulls, 4, v->rule->name);
		put_text(values, nulls, 5, v->rule->release);
	}
	put_text(values, nulls, 6, v->version);
	put_text(values, nulls, 7, v->build);
	put_text(values, nulls, 8, v->target);
	put_text(values, nulls, 9, v->reported);
	nulls[10] = !v->has_not_before;
	values[10] = TimestampTzGetDatum(v->not_before);
	nulls[11] = !v->has_not_after;
	values[11] = TimestampTzGetDatum(v->not_after);
	put_text(values, nulls, 12, v->reason);
	put_text(values, nulls, 13, v->detail);
	values[14] = Int64GetDatum(c->catalogue->epoch);
	nulls[15] = !decision->has_valid_until;
	values[15] = TimestampTzGetDatum(decision->valid_until);
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
	bool		filtered = false;

	if (batch->count == 0)
		return;
	for (size_t i = 0; i < batch->count; i++)
	{
		batch->devices[i].entry = fotapg_catalogue_model(c->catalogue, batch->devices[i].model);
		listed |= batch->devices[i].entry->listed;
		filtered |= batch->devices[i].entry->filtered;
	}
	if (listed)
		fotapg_read_listed(c->tenant_id, batch);
	if (filtered)
		fotapg_read_attributes(c->tenant_id, batch);
	if (batch->count > 1)
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
	fotapg_batch batch;
	fotapg_epoch epoch;

	fotapg_epoch_read(c->tenant_id, &epoch);
	c->catalogue = fotapg_catalogue_open(c->tenant_id, &epoch, c->context);
	do
	{
		MemoryContextReset(c->scratch);
		MemoryContextSwitchTo(c->scratch);
		fotapg_read_devices_after(c->tenant_id, after, c->catalogue->epoch, &batch);
		for (size_t i = 0; i < batch.count; i++)
			batch.devices[i].place = i;
		if (batch.count > 0)
			after = batch.devices[batch.count - 1].device.id;
		decide_batch(c, &batch);
	} while (batch.count == FOTAPG_BATCH);
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

	/* The first batch is read even when it is empty: it says whether the tenant is visible. */
	for (size_t begin = 0; begin < count || begin == 0; begin += FOTAPG_BATCH)
	{
		asked	   *part = list + begin;
		size_t		size = Min(count - begin, FOTAPG_BATCH);
		fotapg_batch batch;
		fotapg_epoch epoch;
		int64	   *ids;

		MemoryContextReset(c->scratch);
		MemoryContextSwitchTo(c->scratch);
		qsort(part, size, sizeof(asked), asked_by_id);
		ids = palloc(sizeof(int64) * size);
		for (size_t i = 0; i < size; i++)
			ids[i] = part[i].id;
		fotapg_read_devices(c->tenant_id, ids, size, &epoch, &batch);
		if (begin == 0)
			c->catalogue = fotapg_catalogue_open(c->tenant_id, &epoch, c->context);
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

Datum
fotapg_resolve_many(PG_FUNCTION_ARGS)
{
	call		c = {0};
	MemoryContext old = CurrentMemoryContext;
	ArrayType  *asked_for;

	check_arguments(fcinfo);
	fotapg_rows_begin(fcinfo, &c.rows);
	c.tenant_id = PG_GETARG_INT32(0);
	asked_for = PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1);
	c.at = PG_GETARG_TIMESTAMPTZ(2);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	c.context = AllocSetContextCreate(old, "fota resolve", ALLOCSET_DEFAULT_SIZES);
	c.scratch = AllocSetContextCreate(c.context, "fota batch", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(c.context);
	c.asker = (fotapg_asker) {.tenant_id = c.tenant_id, .at = c.at, .context = c.context};
	if (c.at < GetCurrentTransactionStartTimestamp())
	{
		fotapg_epoch epoch;

		/* Raises when the tenant is not visible. */
		fotapg_epoch_read(c.tenant_id, &epoch);
		c.catalogue = fotapg_catalogue_open(c.tenant_id, &epoch, c.context);
		fotapg_resolve_past(c.tenant_id, asked_for, c.at, &c.rows);
	}
	else if (asked_for == NULL)
		decide_all(&c);
	else
		decide_asked(&c, asked_for);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(c.context);
	fotapg_catalogue_trim();
	SPI_finish();
	return (Datum) 0;
}

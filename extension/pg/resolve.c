/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve.c: fota.resolve_many(tenant_id int, device_ids bigint[], at timestamptz),
 * device_ids NULL = all devices of the tenant; fota.resolve_before, by the catalogue as it was
 * before this transaction; and fota.resolve_difference, where the two differ. Reads the devices
 * in batches, lets the core decide, and returns one row per device and component.
 *
 * It writes nothing and sees what the snapshot of the calling query sees. An instant
 * before now() is judged by the catalogue of then, and by what was known of the devices then.
 */
#include "resolve.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"

FOTAPG_FUNCTION(fotapg_resolve_many);
FOTAPG_FUNCTION(fotapg_resolve_before);
FOTAPG_FUNCTION(fotapg_resolve_difference);

/* A catalogue that devices are judged by. */
typedef struct side
{
	fotapg_catalogue *catalogue;
	fotapg_as_of past;
	const fotapg_as_of *as_of;	/* past, or NULL: devices and deltas are read as they are */
	bool		by_key;			/* devices are read by the scan */
	fotapg_asker asker;
} side;

/* One call. */
typedef struct call
{
	int32		tenant_id;
	TimestampTz at;
	fotapg_scan *scan;			/* NULL: devices are read by queries */
	fotapg_epoch epoch;
	side		sides[2];
	int			side_count;		/* two: it is asked where the second differs from the first */
	fotapg_rows rows;
	MemoryContext context;		/* of the call */
	MemoryContext scratch;		/* of one batch */
} call;

/* --- batches ---------------------------------------------------------------------------------- */

static int
by_place(const void *a, const void *b)
{
	size_t		x = ((const fotapg_device *) a)->place;
	size_t		y = ((const fotapg_device *) b)->place;

	return x < y ? -1 : x > y;
}

static void
put_in_order(fotapg_batch *batch)
{
	bool		ordered = true;

	for (size_t i = 1; i < batch->count && ordered; i++)
		ordered = batch->devices[i].place > batch->devices[i - 1].place;
	if (!ordered)
		qsort(batch->devices, batch->count, sizeof(fotapg_device), by_place);
}

/* What only some catalogues ask for; the devices are in order of their ids. */
static void
read_lists(const call *c, const side *s, fotapg_batch *batch)
{
	bool		listed = false;

	for (size_t i = 0; i < batch->count; i++)
		listed |= batch->devices[i].entry->listed;
	if (listed)
		fotapg_read_listed(c->tenant_id, s->as_of, batch);
}

static void
decide(side *s, const fotapg_device *d, fota_decision *decision)
{
	const fota_asks asks = fotapg_asks(&s->asker);
	fota_ctx   *ctx = &s->asker.ctx;

	fotapg_check(ctx, fota_decide(ctx, &d->entry->model, &d->device, s->asker.at, &asks, decision));
}

/* The devices of a batch as another side sees them: what they are and have is the same, unless it was read otherwise. */
static void
read_other(const side *other, const fotapg_batch *batch, fotapg_batch *result)
{
	int64	   *ids;

	if (other->by_key)
	{
		result->count = batch->count;
		result->devices = palloc(sizeof(fotapg_device) * (batch->count + 1));
		memcpy(result->devices, batch->devices, sizeof(fotapg_device) * batch->count);
		for (size_t i = 0; i < batch->count; i++)
			result->devices[i].entry = fotapg_catalogue_model(other->catalogue, batch->devices[i].model);
		return;
	}
	ids = palloc(sizeof(int64) * (batch->count + 1));
	for (size_t i = 0; i < batch->count; i++)
		ids[i] = batch->devices[i].device.id;
	fotapg_read_devices(other->catalogue, other->as_of, ids, batch->count, result);
	if (result->count != batch->count)
		elog(ERROR, "%zu devices were %zu before", batch->count, result->count);
	for (size_t i = 0; i < batch->count; i++)
		result->devices[i].place = batch->devices[i].place;
}

/* Decides for devices that have been read, in the order of their places. */
static void
decide_batch(call *c, fotapg_batch *batch)
{
	side	   *last = &c->sides[c->side_count - 1];
	fotapg_batch before = {0};

	if (c->side_count == 2)
	{
		read_other(&c->sides[0], batch, &before);
		read_lists(c, &c->sides[0], &before);
		put_in_order(&before);
	}
	read_lists(c, last, batch);
	put_in_order(batch);
	for (int i = 0; i < c->side_count; i++)
		fotapg_ctx_init(&c->sides[i].asker.ctx, c->scratch, FOTAPG_MEMORY);
	for (size_t i = 0; i < batch->count; i++)
	{
		const fotapg_device *d = &batch->devices[i];
		fota_decision was;
		fota_decision is;

		decide(last, d, &is);
		if (c->side_count == 1)
		{
			fotapg_put_decision(&c->rows, last->catalogue->epoch, d->device.id, &is);
			continue;
		}
		decide(&c->sides[0], &before.devices[i], &was);
		fotapg_put_difference(&c->rows, d, &was, &is);
	}
}

/* Every device of the tenant, in order of device_id. */
static void
decide_all(call *c)
{
	fotapg_batch batch;

	do
	{
		MemoryContextReset(c->scratch);
		MemoryContextSwitchTo(c->scratch);
		fotapg_scan_more(c->scan, c->sides[c->side_count - 1].catalogue, &batch);
		for (size_t i = 0; i < batch.count; i++)
			batch.devices[i].place = i;
		decide_batch(c, &batch);
	} while (batch.count == FOTAPG_SCAN_BATCH);
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
	list = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(asked) * ((size_t) all + 1));
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

/* All that there are, in order of their ids. */
static asked *
ask_for_all(const call *c, size_t *count)
{
	int64	   *ids = fotapg_read_ids(c->tenant_id, c->sides[c->side_count - 1].as_of, count);
	asked	   *list = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(asked) * (*count + 1));

	for (size_t i = 0; i < *count; i++)
		list[i] = (asked) {ids[i], i};
	pfree(ids);
	return list;
}

/* Reads a part of the list, whose order it changes, in the order of the ids. */
static void
read_part(call *c, asked *part, size_t size, fotapg_batch *batch)
{
	const side *s = &c->sides[c->side_count - 1];
	int64	   *ids = palloc(sizeof(int64) * size);

	qsort(part, size, sizeof(asked), asked_by_id);
	for (size_t i = 0; i < size; i++)
		ids[i] = part[i].id;
	if (s->by_key)
		fotapg_scan_devices(c->scan, s->catalogue, ids, size, batch);
	else
		fotapg_read_devices(s->catalogue, s->as_of, ids, size, batch);
	/* Both are in order of the ids; a device that does not exist, or is not visible, is missing. */
	for (size_t i = 0, k = 0; i < batch->count; i++)
	{
		while (part[k].id != batch->devices[i].device.id)
			k++;
		batch->devices[i].place = part[k].place;
	}
}

static void
decide_asked(call *c, asked *list, size_t count)
{
	for (size_t begin = 0; begin < count; begin += FOTAPG_BATCH)
	{
		fotapg_batch batch;

		MemoryContextReset(c->scratch);
		MemoryContextSwitchTo(c->scratch);
		read_part(c, list + begin, Min(count - begin, FOTAPG_BATCH), &batch);
		decide_batch(c, &batch);
	}
}

/* --- calls ------------------------------------------------------------------------------------ */

static void
open_side(call *c, fotapg_when when)
{
	side	   *s = &c->sides[c->side_count++];
	int64		epoch = when == FOTAPG_THEN ? fotapg_epoch_at(c->tenant_id, c->at) : 0;

	s->catalogue = fotapg_catalogue_open(c->tenant_id, &c->epoch, when, epoch, c->context);
	if (when == FOTAPG_THEN || (when == FOTAPG_BEFORE && c->epoch.changed))
	{
		fotapg_as_of_set(&s->past, c->tenant_id, s->catalogue->epoch, when == FOTAPG_THEN ? &c->at : NULL);
		s->as_of = &s->past;
	}
	/* Devices are as they are now, but for failures that this transaction took back. */
	s->by_key = c->scan != NULL && (s->as_of == NULL || (when == FOTAPG_BEFORE && !fotapg_has_forgiven(c->tenant_id)));
	s->asker = (fotapg_asker) {.tenant_id = c->tenant_id, .at = c->at, .as_of = s->as_of, .context = c->context};
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
begin(call *c, FunctionCallInfo fcinfo)
{
	check_arguments(fcinfo);
	memset(c, 0, sizeof(*c));
	fotapg_rows_begin(fcinfo, &c->rows);
	c->tenant_id = PG_GETARG_INT32(0);
	c->at = PG_GETARG_TIMESTAMPTZ(2);
	c->context = AllocSetContextCreate(CurrentMemoryContext, "fota resolve", ALLOCSET_DEFAULT_SIZES);
	/* A first block that does for most batches is kept from one to the next. */
	c->scratch = PG_ARGISNULL(1) ? AllocSetContextCreate(c->context, "fota batch", 0, 512 * 1024, 8 * 1024 * 1024) :
		AllocSetContextCreate(c->context, "fota batch", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(c->context);
	c->scan = fotapg_scan_begin(c->tenant_id);
	if (c->scan != NULL)
		fotapg_scan_epoch(c->scan, &c->epoch);
	else
		fotapg_epoch_read(c->tenant_id, &c->epoch);
	fotapg_epoch_check(c->tenant_id, &c->epoch);
}

static Datum
finish(call *c, FunctionCallInfo fcinfo, MemoryContext old)
{
	size_t		count;
	asked	   *list;

	if (c->scan != NULL)
		fotapg_scan_also(c->scan, c->side_count == 2 && c->sides[0].by_key ? c->sides[0].catalogue : NULL);
	if (PG_ARGISNULL(1) && c->sides[c->side_count - 1].by_key)
		decide_all(c);
	else
	{
		list = PG_ARGISNULL(1) ? ask_for_all(c, &count) : read_asked(PG_GETARG_ARRAYTYPE_P(1), &count);
		decide_asked(c, list, count);
	}
	fotapg_scan_end(c->scan);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(c->context);
	fotapg_catalogue_trim();
	return (Datum) 0;
}

Datum
fotapg_resolve_many(PG_FUNCTION_ARGS)
{
	MemoryContext old = CurrentMemoryContext;
	call		c;

	begin(&c, fcinfo);
	open_side(&c, c.at < GetCurrentTransactionStartTimestamp() ? FOTAPG_THEN : FOTAPG_NOW);
	return finish(&c, fcinfo, old);
}

Datum
fotapg_resolve_before(PG_FUNCTION_ARGS)
{
	MemoryContext old = CurrentMemoryContext;
	call		c;

	begin(&c, fcinfo);
	open_side(&c, FOTAPG_BEFORE);
	return finish(&c, fcinfo, old);
}

Datum
fotapg_resolve_difference(PG_FUNCTION_ARGS)
{
	MemoryContext old = CurrentMemoryContext;
	call		c;

	begin(&c, fcinfo);
	open_side(&c, FOTAPG_BEFORE);
	open_side(&c, FOTAPG_NOW);
	return finish(&c, fcinfo, old);
}

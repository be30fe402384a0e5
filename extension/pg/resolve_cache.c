/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve_cache.c: compiled catalogues, kept per session under (tenant, epoch).
 *
 * The epoch row is read on every call, with the caller's rights, row policies and
 * snapshot: no row, no answer. Whoever sees it at an epoch sees the catalogue of
 * that epoch, since every commit that changes one raises the other; so what was
 * compiled under one snapshot is right for every other that sees the same epoch,
 * on a standby and in every isolation level. Nothing has to be invalidated.
 *
 * A transaction that changed the catalogue itself is the exception: its epoch has
 * not risen yet, or has risen for its own eyes only (SET CONSTRAINTS IMMEDIATE) and
 * may be taken back. It neither reads nor fills the cache, and compiles privately.
 */
#include "resolve.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/syscache.h"

/* The last used first. */
static dlist_head cache = DLIST_STATIC_INIT(cache);

void
fotapg_epoch_read(int32 tenant_id, fotapg_epoch *epoch)
{
	Datum		values[1] = {Int32GetDatum(tenant_id)};
	fotapg_row	row;
	TransactionId writer;
	HeapTuple	tuple;

	epoch->relation = InvalidOid;
	fotapg_run(FOTAPG_Q_EPOCH, NULL, values, NULL);
	if (SPI_processed > 0)
	{
		fotapg_fetch(0, &row);
		writer = (TransactionId) strtoul(fotapg_row_text(&row, 1), NULL, 10);
		epoch->epoch = fotapg_row_int8(&row, 0);
		epoch->relation = DatumGetObjectId(row.values[2]);
		epoch->own = TransactionIdIsCurrentTransactionId(writer);
		epoch->changed = fotapg_row_bool(&row, 3) || epoch->own;
	}
	fotapg_done();
	if (!OidIsValid(epoch->relation))
		return;
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(epoch->relation));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", epoch->relation);
	epoch->owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
}

static void
forget(fotapg_catalogue *catalogue)
{
	dlist_delete(&catalogue->node);
	MemoryContextDelete(catalogue->context);
}

/* Runs when the memory of a call ends, by an error too. */
static void
stop_using(void *arg)
{
	((fotapg_catalogue *) arg)->users--;
}

static void
use(fotapg_catalogue *catalogue, MemoryContext call)
{
	MemoryContextCallback *callback = MemoryContextAlloc(call, sizeof(MemoryContextCallback));

	callback->func = stop_using;
	callback->arg = catalogue;
	catalogue->users++;
	MemoryContextRegisterResetCallback(call, callback);
}

static fotapg_catalogue *
find(int32 tenant_id, const fotapg_epoch *row, int64 epoch)
{
	dlist_iter	iter;

	dlist_foreach(iter, &cache)
	{
		fotapg_catalogue *catalogue = dlist_container(fotapg_catalogue, node, iter.cur);

		if (catalogue->tenant_id == tenant_id && catalogue->epoch == epoch &&
			catalogue->relation == row->relation && catalogue->owner == row->owner)
			return catalogue;
	}
	return NULL;
}

/* Earlier epochs are not asked for again but by an old snapshot, or of the past, which may compile anew. */
static void
forget_earlier(int32 tenant_id)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &cache)
	{
		fotapg_catalogue *catalogue = dlist_container(fotapg_catalogue, node, iter.cur);

		if (catalogue->tenant_id == tenant_id && catalogue->users == 0)
			forget(catalogue);
	}
}

/* Where what the catalogue lacks is read. */
static void
set_source(fotapg_catalogue *catalogue, bool past)
{
	catalogue->past = past;
	if (past)
		fotapg_as_of_set(&catalogue->as_of, catalogue->tenant_id, catalogue->epoch, NULL);
}

/* A new catalogue, in a context below call until it is complete. */
static fotapg_catalogue *
make(int32 tenant_id, const fotapg_epoch *row, int64 epoch, bool past, MemoryContext call)
{
	MemoryContext context = AllocSetContextCreate(call, "fota catalogue", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	fotapg_catalogue *catalogue = palloc0(sizeof(fotapg_catalogue));

	catalogue->context = context;
	catalogue->relation = row->relation;
	catalogue->owner = row->owner;
	catalogue->tenant_id = tenant_id;
	catalogue->epoch = epoch;
	catalogue->grown = true;
	set_source(catalogue, past);
	fotapg_read_rules(catalogue);
	MemoryContextSwitchTo(old);
	return catalogue;
}

void
fotapg_epoch_check(int32 tenant_id, const fotapg_epoch *row)
{
	if (!OidIsValid(row->relation))
		ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("tenant %d is not visible", tenant_id),
				errdetail("resolve was called by role %s for tenant %d.",
						  GetUserNameFromId(GetUserId(), false), tenant_id),
				errhint("Ask for a tenant that fota.member lists for your role."));
}

/*
 * What an epoch was does not change any more, so a catalogue of the past is shared, too. But it is the first
 * to go when memory is short, unless its epoch is that which the others see now.
 */
fotapg_catalogue *
fotapg_catalogue_open(int32 tenant_id, const fotapg_epoch *row, fotapg_when when, int64 epoch, MemoryContext call)
{
	fotapg_catalogue *catalogue;
	bool		shared = fotapg_cache_mb > 0;
	bool		past;

	fotapg_epoch_check(tenant_id, row);
	if (when != FOTAPG_THEN)
		epoch = row->epoch;
	past = when == FOTAPG_NOW ? false : row->changed || epoch != row->epoch;
	if (epoch == row->epoch)
		shared &= !row->own && (past || !row->changed);
	catalogue = shared ? find(tenant_id, row, epoch) : NULL;
	if (catalogue == NULL)
	{
		catalogue = make(tenant_id, row, epoch, past, call);
		if (!shared)
			return catalogue;
		if (!past)
			forget_earlier(tenant_id);
		MemoryContextSetParent(catalogue->context, TopMemoryContext);
		catalogue->shared = true;
		dlist_push_tail(&cache, &catalogue->node);
	}
	set_source(catalogue, past);
	if (epoch == row->epoch)
		dlist_move_head(&cache, &catalogue->node);
	use(catalogue, call);
	return catalogue;
}

void
fotapg_catalogue_trim(void)
{
	Size		most = (Size) fotapg_cache_mb << 20;
	Size		sum = 0;
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &cache)
	{
		fotapg_catalogue *catalogue = dlist_container(fotapg_catalogue, node, iter.cur);

		if (catalogue->grown)
			catalogue->size = MemoryContextMemAllocated(catalogue->context, true);
		catalogue->grown = false;
		sum += catalogue->size;
		if (sum > most && catalogue->users == 0)
		{
			sum -= catalogue->size;
			forget(catalogue);
		}
	}
}

typedef struct model_entry
{
	char		name[FOTAPG_MOST_NAME];
	const fotapg_model *model;
} model_entry;

/* A model is read into memory of its own, which joins the catalogue when it is complete. */
const fotapg_model *
fotapg_catalogue_model(fotapg_catalogue *catalogue, const char *name)
{
	model_entry *entry;
	MemoryContext context;
	MemoryContext old;
	fotapg_model *model;

	if (catalogue->models == NULL)
	{
		HASHCTL		control = {.keysize = FOTAPG_MOST_NAME, .entrysize = sizeof(model_entry), .hcxt = catalogue->context};

		catalogue->models = hash_create("fota models", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	}
	entry = hash_search(catalogue->models, name, HASH_FIND, NULL);
	if (entry != NULL)
		return entry->model;
	context = AllocSetContextCreate(CurrentMemoryContext, "fota model", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	model = fotapg_read_model(catalogue, name);
	MemoryContextSwitchTo(old);
	entry = hash_search(catalogue->models, name, HASH_ENTER, NULL);
	entry->model = model;
	MemoryContextSetParent(context, catalogue->context);
	catalogue->grown = true;
	return model;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve_scan.c: reads the epoch, devices, what they have, and what became of their
 * actions by the keys of the tables, where resolve_table.c says that this may be done.
 * The rows are those that the queries of resolve_plan.c give, under the same snapshot.
 */
#include "resolve.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/jsonpath.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* A table that is being read. */
typedef struct source
{
	Relation	table;			/* NULL = not opened yet */
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *slot;
	const AttrNumber *columns;
	bool		hidden;			/* by its row policy */
	bool		begun;			/* in a range: it has been told where to begin */
	bool		ahead;			/* in a range: the row in slot is of a device that is still to come */
	bool		ended;
} source;

/* Of an action, what its items are asked with. */
typedef struct action
{
	int32		number;
	bool		open;
	bool		finished;
	int64		epoch;
} action;

struct fotapg_scan
{
	int32		tenant_id;
	bool		range;			/* all devices in order, else one after the other by its id */
	const fotapg_table *tables;
	source		sources[FOTAPG_TABLES];
	MemoryContext context;		/* of the call */
	fotapg_catalogue *other;	/* that judges the devices, too, or NULL */
	action	   *actions;		/* of one device */
	int			action_count;
	int			action_room;
};

/* --- sources ---------------------------------------------------------------------------------- */

static void
open_source(fotapg_scan *scan, fotapg_table_name name, int keys)
{
	source	   *s = &scan->sources[name];
	MemoryContext old = MemoryContextSwitchTo(scan->context);

	s->columns = scan->tables[name].columns;
	s->table = table_open(scan->tables[name].relation, AccessShareLock);
	s->index = index_open(scan->tables[name].index, AccessShareLock);
	fotapg_tables_check();
	s->slot = table_slot_create(s->table, NULL);
	s->scan = fotapg_index_beginscan(s->table, s->index, GetActiveSnapshot(), keys);
	MemoryContextSwitchTo(old);
}

static void
close_source(source *s)
{
	if (s->table == NULL)
		return;
	index_endscan(s->scan);
	ExecDropSingleTupleTableSlot(s->slot);
	index_close(s->index, NoLock);
	table_close(s->table, NoLock);
	s->table = NULL;
}

/* Begins with the rows of the tenant whose key compares so with id; 0 = with all. */
static void
seek(fotapg_scan *scan, fotapg_table_name name, StrategyNumber strategy, int64 id)
{
	source	   *s = &scan->sources[name];
	MemoryContext old = MemoryContextSwitchTo(scan->context);
	ScanKeyData keys[2];
	int			count = strategy == 0 ? 1 : 2;

	if (s->table == NULL)
		open_source(scan, name, count);
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(scan->tenant_id));
	if (count == 2)
		ScanKeyInit(&keys[1], 2, strategy, strategy == BTEqualStrategyNumber ? F_INT8EQ : F_INT8GE, Int64GetDatum(id));
	index_rescan(s->scan, keys, count, NULL, 0);
	MemoryContextSwitchTo(old);
}

/* The access method keeps what it allocates on the way: not in the memory of a batch. */
static bool
next(const fotapg_scan *scan, source *s)
{
	MemoryContext old = MemoryContextSwitchTo(scan->context);
	bool		found = index_getnext_slot(s->scan, ForwardScanDirection, s->slot);

	MemoryContextSwitchTo(old);
	return found;
}

static Datum
value_of(source *s, int column, bool *is_null)
{
	return slot_getattr(s->slot, s->columns[column], is_null);
}

static int64
int8_of(source *s, int column)
{
	bool		is_null;

	return DatumGetInt64(value_of(s, column, &is_null));
}

static int32
int4_of(source *s, int column)
{
	bool		is_null;

	return DatumGetInt32(value_of(s, column, &is_null));
}

/* In the current memory context; NULL stays NULL. */
static const char *
text_of(source *s, int column)
{
	bool		is_null;
	Datum		value = value_of(s, column, &is_null);

	return is_null ? NULL : fotapg_text_keep(value);
}

static bool
is_word(source *s, int column, const char *word)
{
	bool		is_null;
	Datum		value = value_of(s, column, &is_null);
	fota_bytes	bytes;

	if (is_null)
		return false;
	bytes = fotapg_bytes(PG_DETOAST_DATUM_PACKED(value));
	return bytes.size == strlen(word) && memcmp(bytes.data, word, bytes.size) == 0;
}

/* Tells the table which device is asked about; rows of devices before it are not asked for again. */
static void
begin_device(fotapg_scan *scan, fotapg_table_name name, int64 id)
{
	source	   *s = &scan->sources[name];

	if (s->hidden)
		return;
	if (!scan->range)
		seek(scan, name, BTEqualStrategyNumber, id);
	else if (!s->begun)
		seek(scan, name, BTGreaterEqualStrategyNumber, id);
	s->begun = true;
}

/* Moves to the next row of that device. */
static bool
next_of(const fotapg_scan *scan, fotapg_table_name name, int64 id)
{
	source	   *s = (source *) &scan->sources[name];

	if (s->hidden)
		return false;
	if (!scan->range)
		return next(scan, s);
	while (!s->ended)
	{
		int64		found;

		if (!s->ahead)
			s->ended = !next(scan, s);
		if (s->ended)
			return false;
		found = int8_of(s, 0);
		s->ahead = found > id;
		if (found >= id)
			return found == id;
	}
	return false;
}

/* --- what devices are and have -------------------------------------------------------------------- */

enum
{
	DEVICE_ID, MODEL, SERIAL, SERIAL_KEY, NAME, BATCH, TIME_ZONE, YEAR, POSTPONED_UNTIL, TAGS, ATTRIBUTES
};

/* The model of the row, without a copy of its name. */
static const fotapg_model *
find_model(source *s, fotapg_catalogue *catalogue)
{
	bool		is_null;
	fota_bytes	bytes = fotapg_bytes(PG_DETOAST_DATUM_PACKED(value_of(s, MODEL, &is_null)));
	char		name[FOTAPG_MOST_NAME];

	if (bytes.size >= sizeof(name))
		elog(ERROR, "a name of a model is longer than %d bytes", FOTAPG_MOST_NAME - 1);
	memcpy(name, bytes.data, bytes.size);
	name[bytes.size] = '\0';
	return fotapg_catalogue_model(catalogue, name);
}

static void
take_device(const fotapg_scan *scan, source *s, fotapg_catalogue *catalogue, fotapg_device *entry)
{
	fota_device *d = &entry->device;
	bool		is_null;
	Datum		value;

	/* The last column first, so that the row is taken apart once. */
	value = value_of(s, POSTPONED_UNTIL, &is_null);
	d->has_postponed = !is_null;
	d->postponed_until = is_null ? 0 : DatumGetTimestampTz(value);
	d->id = int8_of(s, DEVICE_ID);
	entry->entry = find_model(s, catalogue);
	entry->model = entry->entry->name;
	d->serial = text_of(s, SERIAL);
	d->serial_key = text_of(s, SERIAL_KEY);
	d->name = text_of(s, NAME);
	d->batch = text_of(s, BATCH);
	d->zone = text_of(s, TIME_ZONE);
	value = value_of(s, YEAR, &is_null);
	d->has_year = !is_null;
	d->year = is_null ? 0 : DatumGetInt32(value);
	if (!entry->entry->filtered && (scan->other == NULL || !fotapg_catalogue_model(scan->other, entry->model)->filtered))
		return;
	entry->tags = PointerGetDatum(PG_DETOAST_DATUM_COPY(value_of(s, TAGS, &is_null)));
	entry->attributes = PointerGetDatum(PG_DETOAST_DATUM_COPY(value_of(s, ATTRIBUTES, &is_null)));
}

/* As the query of resolve_plan.c asks it; NULL is no. */
static bool
asks_for_delta(Datum accept)
{
	static Datum path = (Datum) 0;
	static Datum nothing;
	Datum		result;

	LOCAL_FCINFO(fcinfo, 4);

	if (path == (Datum) 0)
	{
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

		nothing = DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"));
		path = DirectFunctionCall1(jsonpath_in, CStringGetDatum("strict $.formats[*] ? (@[0] == 1)"));
		MemoryContextSwitchTo(old);
	}
	InitFunctionCallInfoData(*fcinfo, NULL, 4, InvalidOid, NULL, NULL);
	fcinfo->args[0] = (NullableDatum) {accept, false};
	fcinfo->args[1] = (NullableDatum) {path, false};
	fcinfo->args[2] = (NullableDatum) {nothing, false};
	fcinfo->args[3] = (NullableDatum) {BoolGetDatum(true), false};
	result = jsonb_path_exists(fcinfo);
	return !fcinfo->isnull && DatumGetBool(result);
}

/* Does a device that accepts this take deltas in a format that we make? Most accept what the one before did. */
static bool
takes_delta(Datum accept)
{
	static char last[512];
	static size_t last_size = 0;
	static bool last_takes;
	fota_bytes	bytes = fotapg_bytes(PG_DETOAST_DATUM_PACKED(accept));

	if (bytes.size > sizeof(last))
		return asks_for_delta(accept);
	if (bytes.size != last_size || memcmp(bytes.data, last, last_size) != 0)
	{
		last_takes = asks_for_delta(accept);
		memcpy(last, bytes.data, bytes.size);
		last_size = bytes.size;
	}
	return last_takes;
}

static void
read_reported(fotapg_scan *scan, fota_device *d)
{
	enum
	{
		HW = 1, ACCEPT, FLAGS
	};
	source	   *s = &scan->sources[FOTAPG_T_REPORTED];
	bool		is_null;
	Datum		value;

	begin_device(scan, FOTAPG_T_REPORTED, d->id);
	if (!next_of(scan, FOTAPG_T_REPORTED, d->id))
		return;
	d->hw = text_of(s, HW);
	value = value_of(s, ACCEPT, &is_null);
	d->takes_delta = !is_null && takes_delta(value);
	value = value_of(s, FLAGS, &is_null);
	d->two_slots = !is_null && (DatumGetInt64(value) & 1) != 0;
}

static void
read_contents(fotapg_scan *scan, fota_device *d)
{
	enum
	{
		COMPONENT = 1, PRESENT, VERSION, DIGEST, SLOT
	};
	source	   *s = &scan->sources[FOTAPG_T_CONTENTS];

	begin_device(scan, FOTAPG_T_CONTENTS, d->id);
	while (next_of(scan, FOTAPG_T_CONTENTS, d->id))
	{
		fota_held  *held = palloc0(sizeof(fota_held));
		bool		is_null;
		Datum		value;

		value = value_of(s, SLOT, &is_null);
		held->has_slot = !is_null;
		held->slot = is_null ? 0 : DatumGetInt32(value);
		held->component = text_of(s, COMPONENT);
		held->version = text_of(s, VERSION);
		value = value_of(s, PRESENT, &is_null);
		held->present = !is_null && DatumGetBool(value);
		value = value_of(s, DIGEST, &is_null);
		if (!is_null)
		{
			fota_bytes	digest = fotapg_bytes(PG_DETOAST_DATUM_PACKED(value));

			held->digest = memcpy(palloc(digest.size + 1), digest.data, digest.size);
			held->digest_size = digest.size;
		}
		held->next = (fota_held *) d->held;
		d->held = held;
	}
}

/* --- what became of their actions ----------------------------------------------------------------- */

static void
read_actions(fotapg_scan *scan, int64 id)
{
	enum
	{
		ACTION = 1, STATE, EPOCH
	};
	source	   *s = &scan->sources[FOTAPG_T_ACTION];

	scan->action_count = 0;
	begin_device(scan, FOTAPG_T_ACTION, id);
	while (next_of(scan, FOTAPG_T_ACTION, id))
	{
		if (scan->action_count == scan->action_room)
		{
			scan->action_room = Max(16, 2 * scan->action_room);
			scan->actions = scan->actions == NULL ?
				MemoryContextAlloc(scan->context, sizeof(action) * scan->action_room) :
				repalloc(scan->actions, sizeof(action) * scan->action_room);
		}
		scan->actions[scan->action_count++] = (action) {
			.number = int4_of(s, ACTION), .epoch = int8_of(s, EPOCH), .finished = is_word(s, STATE, "finished"),
			.open = is_word(s, STATE, "open") || is_word(s, STATE, "superseded")
		};
	}
}

/* The action of an item; they are read when the first item asks. */
static const action *
find_action(fotapg_scan *scan, int64 id, int32 number)
{
	if (scan->action_count < 0)
		read_actions(scan, id);
	for (int i = 0; i < scan->action_count; i++)
		if (scan->actions[i].number == number)
			return &scan->actions[i];
	return NULL;
}

enum
{
	ITEM_ACTION = 1, ITEM, RULE_ID, ITEM_COMPONENT, ITEM_VERSION, FROM_VERSION, STATE, FORGIVEN, CLOSED_AT
};

/* What an item is to a decision at an epoch; see PAST in resolve_plan.c. */
static bool
kind_of(fotapg_scan *scan, source *s, int64 id, int64 epoch, fota_past_kind *kind)
{
	bool		is_null;
	bool		final = is_word(s, STATE, "confirmed");
	const action *a;

	*kind = FOTA_PAST_FAILED;
	if (is_word(s, STATE, "failed"))
		return !DatumGetBool(value_of(s, FORGIVEN, &is_null));
	if (is_word(s, STATE, "declined") || is_word(s, STATE, "cancelled"))
		return false;
	a = find_action(scan, id, int4_of(s, ITEM_ACTION));
	if (a == NULL)
		return false;
	*kind = !a->finished ? FOTA_PAST_OPEN : is_word(s, STATE, "downloaded") ? FOTA_PAST_DOWNLOADED : FOTA_PAST_LEFT;
	return a->finished ? *kind == FOTA_PAST_DOWNLOADED ||
		((final || is_word(s, STATE, "installed")) && a->epoch == epoch) : a->open && !final;
}

static void
read_past(fotapg_scan *scan, int64 epoch, fota_device *d)
{
	source	   *s = &scan->sources[FOTAPG_T_ITEM];

	scan->action_count = -1;
	begin_device(scan, FOTAPG_T_ITEM, d->id);
	while (next_of(scan, FOTAPG_T_ITEM, d->id))
	{
		fota_past_kind kind;
		fota_past  *past;
		bool		is_null;
		Datum		closed_at = value_of(s, CLOSED_AT, &is_null);

		if (!kind_of(scan, s, d->id, epoch, &kind))
			continue;
		past = palloc(sizeof(fota_past));
		*past = (fota_past) {
			.next = (fota_past *) d->past, .kind = kind, .rule_id = int8_of(s, RULE_ID),
			.component = text_of(s, ITEM_COMPONENT), .version = text_of(s, ITEM_VERSION),
			.from_version = text_of(s, FROM_VERSION), .action = int4_of(s, ITEM_ACTION), .item = int4_of(s, ITEM),
			.has_closed = !is_null, .closed_at = is_null ? 0 : DatumGetTimestampTz(closed_at)
		};
		d->past = past;
	}
}

/* --- the call --------------------------------------------------------------------------------- */

fotapg_scan *
fotapg_scan_begin(int32 tenant_id)
{
	bool		hidden[FOTAPG_TABLES];
	const fotapg_table *tables = fotapg_tables_find(tenant_id, hidden);
	fotapg_scan *scan;

	if (tables == NULL)
		return NULL;
	scan = palloc0(sizeof(fotapg_scan));
	scan->tenant_id = tenant_id;
	scan->tables = tables;
	scan->context = CurrentMemoryContext;
	for (int i = 0; i < FOTAPG_TABLES; i++)
		scan->sources[i].hidden = hidden[i];
	return scan;
}

void
fotapg_scan_end(fotapg_scan *scan)
{
	if (scan == NULL)
		return;
	for (int i = 0; i < FOTAPG_TABLES; i++)
		close_source(&scan->sources[i]);
}

void
fotapg_scan_also(fotapg_scan *scan, fotapg_catalogue *catalogue)
{
	scan->other = catalogue;
}

/* A row without an epoch is one of this transaction, which has no number unless it wrote something. */
static bool
has_change(fotapg_scan *scan)
{
	source	   *s = &scan->sources[FOTAPG_T_CHANGE];

	if (s->hidden)
		return false;
	seek(scan, FOTAPG_T_CHANGE, 0, 0);
	return next(scan, s);
}

void
fotapg_scan_epoch(fotapg_scan *scan, fotapg_epoch *epoch)
{
	source	   *s = &scan->sources[FOTAPG_T_EPOCH];
	bool		is_null;

	epoch->relation = InvalidOid;
	if (s->hidden)
		return;
	seek(scan, FOTAPG_T_EPOCH, 0, 0);
	if (!next(scan, s))
		return;
	epoch->epoch = int8_of(s, 0);
	epoch->relation = RelationGetRelid(s->table);
	epoch->owner = s->table->rd_rel->relowner;
	epoch->own = epoch->changed = false;
	if (!TransactionIdIsValid(GetTopTransactionIdIfAny()))
		return;
	epoch->own = TransactionIdIsCurrentTransactionId(
		DatumGetTransactionId(slot_getsysattr(s->slot, MinTransactionIdAttributeNumber, &is_null)));
	epoch->changed = epoch->own || has_change(scan);
}

/* The device in the slot of its table, with all that is known of it. */
static void
read_device(fotapg_scan *scan, fotapg_catalogue *catalogue, fotapg_batch *batch)
{
	fotapg_device *entry = &batch->devices[batch->count++];

	CHECK_FOR_INTERRUPTS();
	take_device(scan, &scan->sources[FOTAPG_T_DEVICE], catalogue, entry);
	read_reported(scan, &entry->device);
	read_contents(scan, &entry->device);
	read_past(scan, catalogue->epoch, &entry->device);
}

void
fotapg_scan_devices(fotapg_scan *scan, fotapg_catalogue *catalogue, const int64 *ids, size_t count, fotapg_batch *batch)
{
	batch->count = 0;
	batch->devices = palloc0(sizeof(fotapg_device) * (count + 1));
	for (size_t i = 0; i < count && !scan->sources[FOTAPG_T_DEVICE].hidden; i++)
	{
		seek(scan, FOTAPG_T_DEVICE, BTEqualStrategyNumber, ids[i]);
		if (next(scan, &scan->sources[FOTAPG_T_DEVICE]))
			read_device(scan, catalogue, batch);
	}
}

void
fotapg_scan_more(fotapg_scan *scan, fotapg_catalogue *catalogue, fotapg_batch *batch)
{
	source	   *s = &scan->sources[FOTAPG_T_DEVICE];

	batch->count = 0;
	batch->devices = palloc0(sizeof(fotapg_device) * (FOTAPG_SCAN_BATCH + 1));
	if (s->hidden)
		return;
	if (!scan->range)
		seek(scan, FOTAPG_T_DEVICE, 0, 0);
	scan->range = true;
	while (batch->count < FOTAPG_SCAN_BATCH && next(scan, s))
		read_device(scan, catalogue, batch);
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve_device.c: reads devices, what they have, and what became of their actions,
 * a batch at a time, under the caller's rights and row policies.
 */
#include "resolve.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

static int
by_id(const void *a, const void *b)
{
	int64		x = ((const fotapg_device *) a)->device.id;
	int64		y = ((const fotapg_device *) b)->device.id;

	return x < y ? -1 : x > y;
}

static Datum
array_of(const int64 *ids, size_t count)
{
	Datum	   *values = palloc(sizeof(Datum) * (count + 1));

	for (size_t i = 0; i < count; i++)
		values[i] = Int64GetDatum(ids[i]);
	return PointerGetDatum(construct_array(values, (int) count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE));
}

static Datum
array_of_batch(const fotapg_batch *batch)
{
	int64	   *ids = palloc(sizeof(int64) * (batch->count + 1));

	for (size_t i = 0; i < batch->count; i++)
		ids[i] = batch->devices[i].device.id;
	return array_of(ids, batch->count);
}

/* --- rows of state ---------------------------------------------------------------------------- */

/* Columns of the queries of devices; see DEVICES in resolve_plan.c. */
typedef enum state_column
{
	KIND, DEVICE, TEXTS, NUMBERS = TEXTS + 6, FLAGS = NUMBERS + 3, INSTANT = FLAGS + 2, BYTES
} state_column;

static const char *
text_of(const fotapg_row *row, int place)
{
	return fotapg_row_text(row, TEXTS + place);
}

static int64
number_of(const fotapg_row *row, int place)
{
	return fotapg_row_int8(row, NUMBERS + place);
}

static bool
flag_of(const fotapg_row *row, int place)
{
	return fotapg_row_bool(row, FLAGS + place);
}

static void
take_device(const fotapg_row *row, fotapg_device *entry)
{
	fota_device *d = &entry->device;

	d->id = DatumGetInt64(row->values[DEVICE]);
	entry->model = text_of(row, 0);
	d->serial = text_of(row, 1);
	d->serial_key = text_of(row, 2);
	d->name = text_of(row, 3);
	d->batch = text_of(row, 4);
	d->zone = text_of(row, 5);
	d->year = number_of(row, 0);
	d->has_year = !row->nulls[NUMBERS];
	d->has_postponed = !row->nulls[INSTANT];
	d->postponed_until = d->has_postponed ? DatumGetTimestampTz(row->values[INSTANT]) : 0;
}

static void
take_reported(const fotapg_row *row, fota_device *device)
{
	device->hw = text_of(row, 0);
	device->takes_delta = flag_of(row, 0);
	device->two_slots = flag_of(row, 1);
}

static void
take_contents(const fotapg_row *row, fota_device *device)
{
	fota_held  *held = palloc0(sizeof(fota_held));

	held->component = text_of(row, 0);
	held->version = text_of(row, 1);
	held->present = flag_of(row, 0);
	held->slot = (int32_t) number_of(row, 0);
	held->has_slot = !row->nulls[NUMBERS];
	if (!row->nulls[BYTES])
	{
		fota_bytes	digest = fotapg_bytes(PG_DETOAST_DATUM_PACKED(row->values[BYTES]));

		held->digest = memcpy(palloc(digest.size + 1), digest.data, digest.size);
		held->digest_size = digest.size;
	}
	held->next = (fota_held *) device->held;
	device->held = held;
}

static void
take_past(const fotapg_row *row, fota_past_kind kind, fota_device *device)
{
	fota_past  *past = palloc0(sizeof(fota_past));

	past->kind = kind;
	past->component = text_of(row, 0);
	past->version = text_of(row, 1);
	past->from_version = text_of(row, 2);
	past->rule_id = number_of(row, 0);
	past->action = (int32_t) number_of(row, 1);
	past->item = (int32_t) number_of(row, 2);
	past->has_closed = !row->nulls[INSTANT];
	past->closed_at = past->has_closed ? DatumGetTimestampTz(row->values[INSTANT]) : 0;
	past->next = (fota_past *) device->past;
	device->past = past;
}

/* The devices among the rows of SPI_tuptable, by id. */
static void
take_devices(fotapg_batch *batch, size_t most)
{
	fotapg_row	row;

	batch->count = 0;
	batch->devices = palloc0(sizeof(fotapg_device) * (most + 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		fotapg_fetch(i, &row);
		if (DatumGetInt32(row.values[KIND]) == 0)
			take_device(&row, &batch->devices[batch->count++]);
	}
	if (batch->count > 1)
		qsort(batch->devices, batch->count, sizeof(fotapg_device), by_id);
}

/* The device with this id; rows often come in their order. The row policies of other tables may not hide it, but let us be sure. */
static fota_device *
device_of(const fotapg_batch *batch, int64 id, size_t *last)
{
	fotapg_device key = {.device.id = id};
	fotapg_device *found;

	if (*last < batch->count && batch->devices[*last].device.id == id)
		return &batch->devices[*last].device;
	if (*last + 1 < batch->count && batch->devices[*last + 1].device.id == id)
		return &batch->devices[++*last].device;
	found = bsearch(&key, batch->devices, batch->count, sizeof(fotapg_device), by_id);
	if (found == NULL)
		return NULL;
	*last = (size_t) (found - batch->devices);
	return &found->device;
}

/* What the other rows say of them. */
static void
take_states(fotapg_batch *batch)
{
	static const fota_past_kind kinds[] = {
		FOTA_PAST_OPEN, FOTA_PAST_FAILED, FOTA_PAST_LEFT, FOTA_PAST_DOWNLOADED
	};
	fotapg_row	row;
	size_t		last = 0;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		fota_device *device;
		int			kind;

		fotapg_fetch(i, &row);
		kind = DatumGetInt32(row.values[KIND]);
		device = kind == 0 ? NULL : device_of(batch, DatumGetInt64(row.values[DEVICE]), &last);
		if (device == NULL)
			continue;
		if (kind == 1)
			take_contents(&row, device);
		else if (kind == 6)
			take_reported(&row, device);
		else
			take_past(&row, kinds[kind - 2], device);
	}
	fotapg_done();
}

/* What else filters see of them. */
static void
read_attributes(int32 tenant_id, const fotapg_as_of *as_of, fotapg_batch *batch)
{
	Datum		values[2] = {Int32GetDatum(tenant_id), array_of_batch(batch)};
	size_t		last = 0;

	fotapg_run(FOTAPG_Q_ATTRIBUTES, as_of, values, NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		fotapg_row	row;

		fotapg_fetch(i, &row);
		if (device_of(batch, fotapg_row_int8(&row, 0), &last) == NULL)
			continue;
		batch->devices[last].tags = PointerGetDatum(PG_DETOAST_DATUM_COPY(row.values[1]));
		batch->devices[last].attributes = PointerGetDatum(PG_DETOAST_DATUM_COPY(row.values[2]));
	}
	fotapg_done();
}

/* The models of all of them. */
static void
find_models(fotapg_catalogue *catalogue, const fotapg_as_of *as_of, fotapg_batch *batch)
{
	bool		filtered = false;

	for (size_t i = 0; i < batch->count; i++)
	{
		batch->devices[i].entry = fotapg_catalogue_model(catalogue, batch->devices[i].model);
		filtered |= batch->devices[i].entry->filtered;
	}
	if (filtered)
		read_attributes(catalogue->tenant_id, as_of, batch);
}

void
fotapg_read_devices(fotapg_catalogue *catalogue, const fotapg_as_of *as_of, const int64 *ids, size_t count,
					fotapg_batch *batch)
{
	Datum		values[3] = {Int32GetDatum(catalogue->tenant_id), array_of(ids, count), Int64GetDatum(catalogue->epoch)};

	fotapg_run(FOTAPG_Q_ASKED, as_of, values, NULL);
	take_devices(batch, count);
	take_states(batch);
	find_models(catalogue, as_of, batch);
}

int64 *
fotapg_read_ids(int32 tenant_id, const fotapg_as_of *as_of, size_t *count)
{
	Datum		values[1] = {Int32GetDatum(tenant_id)};
	int64	   *ids;

	fotapg_run(FOTAPG_Q_IDS, as_of, values, NULL);
	*count = SPI_processed;
	ids = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * (*count + 1));
	for (uint64 i = 0; i < *count; i++)
	{
		fotapg_row	row;

		fotapg_fetch(i, &row);
		ids[i] = fotapg_row_int8(&row, 0);
	}
	fotapg_done();
	return ids;
}

/* --- lists ------------------------------------------------------------------------------------ */

/* The rows come in order of device and rule: those of a device stand together. */
void
fotapg_read_listed(int32 tenant_id, const fotapg_as_of *as_of, fotapg_batch *batch)
{
	Datum		values[2] = {Int32GetDatum(tenant_id), array_of_batch(batch)};
	int64	   *rules;
	size_t		last = 0;

	fotapg_run(FOTAPG_Q_LISTED, as_of, values, NULL);
	rules = palloc(sizeof(int64) * (SPI_processed + 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		fotapg_row	row;
		fota_device *device;

		fotapg_fetch(i, &row);
		device = device_of(batch, fotapg_row_int8(&row, 0), &last);
		rules[i] = fotapg_row_int8(&row, 1);
		if (device == NULL)
			continue;
		if (device->listed_count++ == 0)
			device->listed = &rules[i];
	}
	fotapg_done();
}

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

/* The devices of a batch as a parameter: one as it is, more as an array. */
static Datum
ids_of(const fotapg_batch *batch)
{
	int64	   *ids;

	if (batch->count == 1)
		return Int64GetDatum(batch->devices[0].device.id);
	ids = palloc(sizeof(int64) * (batch->count + 1));
	for (size_t i = 0; i < batch->count; i++)
		ids[i] = batch->devices[i].device.id;
	return array_of(ids, batch->count);
}

/* The devices in SPI_tuptable. */
static void
take_devices(fotapg_batch *batch)
{
	bool		is_null;

	batch->count = SPI_processed;
	batch->devices = palloc0(sizeof(fotapg_device) * (batch->count + 1));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		fota_device *d = &batch->devices[row].device;

		d->id = fotapg_column_int8(row, 1);
		batch->devices[row].model = fotapg_column_text(row, 2);
		d->serial = fotapg_column_text(row, 3);
		d->serial_key = fotapg_column_text(row, 4);
		d->name = fotapg_column_text(row, 5);
		d->year = DatumGetInt32(fotapg_column(row, 6, &is_null));
		d->has_year = !is_null;
		d->batch = fotapg_column_text(row, 7);
		d->postponed_until = fotapg_column_int8(row, 8);
		fotapg_column(row, 8, &is_null);
		d->has_postponed = !is_null;
		d->hw = fotapg_column_text(row, 9);
		d->takes_delta = fotapg_column_bool(row, 10);
		d->two_slots = fotapg_column_bool(row, 11);
		d->zone = fotapg_column_text(row, 12);
	}
	SPI_freetuptable(SPI_tuptable);
	if (batch->count > 1)
		qsort(batch->devices, batch->count, sizeof(fotapg_device), by_id);
}

void
fotapg_read_devices(int32 tenant_id, const int64 *ids, size_t count, fotapg_batch *batch)
{
	Datum		values[2] = {Int32GetDatum(tenant_id), count == 1 ? Int64GetDatum(ids[0]) : array_of(ids, count)};

	fotapg_run(count == 1 ? FOTAPG_Q_DEVICE : FOTAPG_Q_DEVICES, values, NULL);
	take_devices(batch);
}

void
fotapg_read_devices_after(int32 tenant_id, int64 after, fotapg_batch *batch)
{
	Datum		values[3] = {Int32GetDatum(tenant_id), Int64GetDatum(after), Int64GetDatum(FOTAPG_BATCH)};

	fotapg_run(FOTAPG_Q_DEVICES_AFTER, values, NULL);
	take_devices(batch);
}

/* The device of column 1; the row policies of other tables may not hide it, but let us be sure. */
static fota_device *
device_of(const fotapg_batch *batch, uint64 row)
{
	fotapg_device key = {.device.id = fotapg_column_int8(row, 1)};
	fotapg_device *found = bsearch(&key, batch->devices, batch->count, sizeof(fotapg_device), by_id);

	return found != NULL ? &found->device : NULL;
}

static void
read_contents(Datum *values, fotapg_batch *batch)
{
	fotapg_run(batch->count == 1 ? FOTAPG_Q_CONTENTS_ONE : FOTAPG_Q_CONTENTS, values, NULL);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		fota_device *device = device_of(batch, row);
		fota_held  *held;
		bool		is_null;

		if (device == NULL)
			continue;
		held = palloc0(sizeof(fota_held));
		held->component = fotapg_column_text(row, 2);
		held->present = fotapg_column_bool(row, 3);
		held->version = fotapg_column_text(row, 4);
		held->digest = fotapg_column_bytea(row, 5, &held->digest_size);
		held->slot = DatumGetInt32(fotapg_column(row, 6, &is_null));
		held->has_slot = !is_null;
		held->next = (fota_held *) device->held;
		device->held = held;
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
read_past(Datum *values, fotapg_batch *batch)
{
	static const fota_past_kind kinds[] = {
		FOTA_PAST_OPEN, FOTA_PAST_FAILED, FOTA_PAST_LEFT, FOTA_PAST_DOWNLOADED
	};

	fotapg_run(batch->count == 1 ? FOTAPG_Q_PAST_ONE : FOTAPG_Q_PAST, values, NULL);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		fota_device *device = device_of(batch, row);
		fota_past  *past;
		bool		is_null;

		if (device == NULL)
			continue;
		past = palloc0(sizeof(fota_past));
		past->kind = kinds[fotapg_column_int4(row, 2)];
		past->rule_id = fotapg_column_int8(row, 3);
		past->component = fotapg_column_text(row, 4);
		past->version = fotapg_column_text(row, 5);
		past->from_version = fotapg_column_text(row, 6);
		past->action = fotapg_column_int4(row, 7);
		past->item = fotapg_column_int4(row, 8);
		past->closed_at = DatumGetTimestampTz(fotapg_column(row, 9, &is_null));
		past->has_closed = !is_null;
		past->next = (fota_past *) device->past;
		device->past = past;
	}
	SPI_freetuptable(SPI_tuptable);
}

void
fotapg_read_states(int32 tenant_id, int64 epoch, fotapg_batch *batch)
{
	Datum		values[3] = {Int32GetDatum(tenant_id), ids_of(batch), Int64GetDatum(epoch)};

	read_contents(values, batch);
	read_past(values, batch);
}

/* The rows come in order of device and rule: those of a device stand together. */
void
fotapg_read_listed(int32 tenant_id, fotapg_batch *batch)
{
	Datum		values[2] = {Int32GetDatum(tenant_id), ids_of(batch)};
	int64	   *rules;

	fotapg_run(batch->count == 1 ? FOTAPG_Q_LISTED_ONE : FOTAPG_Q_LISTED, values, NULL);
	rules = palloc(sizeof(int64) * (SPI_processed + 1));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		fota_device *device = device_of(batch, row);

		rules[row] = fotapg_column_int8(row, 2);
		if (device == NULL)
			continue;
		if (device->listed_count++ == 0)
			device->listed = &rules[row];
	}
	SPI_freetuptable(SPI_tuptable);
}

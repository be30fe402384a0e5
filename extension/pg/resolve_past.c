/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve_past.c: fota.resolve_many for an instant before now(): what the catalogue was and what
 * was known of the devices then. Schema fota_past has both, and decides in SQL.
 */
#include "resolve.h"

#include "catalog/pg_type.h"

void
fotapg_resolve_past(int32 tenant_id, ArrayType *device_ids, TimestampTz at, fotapg_rows *rows)
{
	static const char text[] =
		"SELECT d.* FROM fota_past.decide_many($1, CASE WHEN $2 IS NOT NULL THEN ARRAY(SELECT u.id"
		" FROM unnest($2) WITH ORDINALITY u (id, ord) WHERE u.id IS NOT NULL GROUP BY u.id ORDER BY min(u.ord)) END,"
		" $3, fota.epoch_at($1, $3), $3) d";
	Oid			types[] = {INT4OID, INT8ARRAYOID, TIMESTAMPTZOID};
	Datum		values[] = {Int32GetDatum(tenant_id), PointerGetDatum(device_ids), TimestampTzGetDatum(at)};
	const char	nulls[] = {' ', device_ids == NULL ? 'n' : ' ', ' '};

	if (SPI_execute_with_args(text, lengthof(types), types, values, nulls, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the past of tenant %d cannot be read", tenant_id);
	for (uint64 i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(rows->store, SPI_tuptable->vals[i]);
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve_past.c: what the past is asked. The rows as they were come from sql/53_past, by
 * the same queries as those of the present; which of them, the setting fota.as_of says.
 */
#include "resolve.h"

#include "datatype/timestamp.h"
#include "pgtime.h"

void
fotapg_as_of_set(fotapg_as_of *as_of, int32 tenant_id, int64 epoch, const TimestampTz *at)
{
	int			size = snprintf(as_of->setting, sizeof(as_of->setting), "%d " INT64_FORMAT, tenant_id, epoch);
	struct pg_tm tm;
	fsec_t		microseconds;

	if (at == NULL)
		return;
	if (timestamp2tm(*at, NULL, &tm, &microseconds, NULL, NULL) != 0)
		ereport(ERROR, errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range"));
	snprintf(as_of->setting + size, sizeof(as_of->setting) - size, " %04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
			 tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int) microseconds);
}

int64
fotapg_epoch_at(int32 tenant_id, TimestampTz at)
{
	Datum		values[2] = {Int32GetDatum(tenant_id), TimestampTzGetDatum(at)};
	fotapg_row	row;
	int64		epoch;

	fotapg_run(FOTAPG_Q_EPOCH_AT, NULL, values, NULL);
	fotapg_fetch(0, &row);
	epoch = fotapg_row_int8(&row, 0);
	fotapg_done();
	return epoch;
}

bool
fotapg_has_forgiven(int32 tenant_id)
{
	Datum		values[1] = {Int32GetDatum(tenant_id)};
	bool		found;

	fotapg_run(FOTAPG_Q_FORGIVEN, NULL, values, NULL);
	found = SPI_processed > 0;
	fotapg_done();
	return found;
}

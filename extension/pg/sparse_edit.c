/* SPDX-License-Identifier: PostgreSQL */
/* sparse_edit.c: functions on fota.sparse_image that cut, join, fill and compare. */
#include "sparse_value.h"

#include "miscadmin.h"
#include "utils/builtins.h"

FOTAPG_FUNCTION(fotapg_slice);
FOTAPG_FUNCTION(fotapg_exclude);
FOTAPG_FUNCTION(fotapg_merge);
FOTAPG_FUNCTION(fotapg_move);
FOTAPG_FUNCTION(fotapg_fill);
FOTAPG_FUNCTION(fotapg_align);
FOTAPG_FUNCTION(fotapg_patch);
FOTAPG_FUNCTION(fotapg_split);
FOTAPG_FUNCTION(fotapg_diff);
FOTAPG_FUNCTION(fotapg_changed_pages);

/* Most places where two images differ that are listed. */
#define MOST_PLACES 1000000

/* (image, range) */
Datum
fotapg_slice(PG_FUNCTION_ARGS)
{
	fotapg_span span = fotapg_span_arg(fcinfo, 1);
	fotapg_sparse a;
	fota_sparse out;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	fotapg_check(&ctx, fota_sparse_slice(&ctx, &a.sparse, span.from, span.to, &out));
	return fotapg_sparse_datum(&ctx, &out);
}

/* (image, range) */
Datum
fotapg_exclude(PG_FUNCTION_ARGS)
{
	fotapg_span span = fotapg_span_arg(fcinfo, 1);
	fotapg_sparse a;
	fota_sparse out;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	fotapg_check(&ctx, fota_sparse_exclude(&ctx, &a.sparse, span.from, span.to, &out));
	return fotapg_sparse_datum(&ctx, &out);
}

/* (image, image, overlap text); in the aggregate without the last. */
Datum
fotapg_merge(PG_FUNCTION_ARGS)
{
	fota_overlap overlap = PG_NARGS() > 2 ? fotapg_overlap_arg(fcinfo, 2) : FOTA_OVERLAP_ERROR;
	fotapg_sparse a;
	fotapg_sparse b;
	fota_sparse out;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	fotapg_sparse_arg(&ctx, fcinfo, 1, &b);
	fotapg_check(&ctx, fota_sparse_merge(&ctx, &a.sparse, &b.sparse, overlap, &out));
	return fotapg_sparse_datum(&ctx, &out);
}

/* (image, delta bigint) */
Datum
fotapg_move(PG_FUNCTION_ARGS)
{
	fotapg_sparse a;
	fota_sparse out;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	fotapg_check(&ctx, fota_sparse_move(&ctx, &a.sparse, PG_GETARG_INT64(1), &out));
	return fotapg_sparse_datum(&ctx, &out);
}

/* (image, range, byte bigint) */
Datum
fotapg_fill(PG_FUNCTION_ARGS)
{
	fotapg_span span = fotapg_span_arg(fcinfo, 1);
	uint8_t		value = (uint8_t) fotapg_uint_arg(fcinfo, 2, "byte", 255);
	fotapg_sparse a;
	fota_sparse out;
	fota_ctx	ctx;

	if (!span.bounded)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the range to fill is open"),
				errhint("Give both of its bounds, for example fota.bounds(image)."));
	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	fotapg_check(&ctx, fota_sparse_fill(&ctx, &a.sparse, span.from, span.to, value, &out));
	return fotapg_sparse_datum(&ctx, &out);
}

/* (image, unit bigint, byte bigint) */
Datum
fotapg_align(PG_FUNCTION_ARGS)
{
	uint64_t	unit = fotapg_uint_arg(fcinfo, 1, "unit", PG_INT64_MAX);
	uint8_t		value = (uint8_t) fotapg_uint_arg(fcinfo, 2, "byte", 255);
	fotapg_sparse a;
	fota_sparse out;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	fotapg_check(&ctx, fota_sparse_align(&ctx, &a.sparse, unit, value, &out));
	return fotapg_sparse_datum(&ctx, &out);
}

/* (image, address bigint, data bytea) */
Datum
fotapg_patch(PG_FUNCTION_ARGS)
{
	uint64_t	address = fotapg_uint_arg(fcinfo, 1, "address", PG_INT64_MAX);
	fotapg_sparse a;
	fota_sparse out;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	fotapg_check(&ctx, fota_sparse_patch(&ctx, &a.sparse, address, fotapg_bytes(PG_GETARG_BYTEA_PP(2)), &out));
	return fotapg_sparse_datum(&ctx, &out);
}

/* (image, size bigint): one row per block of addresses [n * size, (n + 1) * size) in which there is something. */
Datum
fotapg_split(PG_FUNCTION_ARGS)
{
	uint64_t	size = fotapg_uint_arg(fcinfo, 1, "size", PG_INT64_MAX);
	uint64_t	next = 0;
	size_t		count = 0;
	fotapg_rows rows;
	fotapg_sparse a;
	fota_ctx	ctx;

	if (size == 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("an image cannot be split into parts of 0 bytes"));
	fotapg_rows_begin(fcinfo, &rows);
	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	while (count < a.sparse.count && a.sparse.segments[count].space == FOTA_SPACE_FLASH)
		count++;
	for (size_t i = 0; i < count;)
	{
		const fota_segment *s = &a.sparse.segments[i];
		uint64_t	at = Max(next, s->address);
		uint64_t	from = at - at % size;
		fota_sparse near = {.segments = &a.sparse.segments[i]};
		fota_sparse part;
		Datum		values[2];
		bool		nulls[2] = {false};

		next = from > UINT64_MAX - size ? UINT64_MAX : from + size;
		while (i + near.count < count && near.segments[near.count].address < next)
			near.count++;
		fotapg_check(&ctx, fota_sparse_slice(&ctx, &near, from, next, &part));
		values[0] = Int64GetDatum(fotapg_address(from));
		values[1] = fotapg_sparse_datum(&ctx, &part);
		tuplestore_putvalues(rows.store, rows.desc, values, nulls);
		fota_sparse_free(&ctx, &part);
		pfree(DatumGetPointer(values[1]));
		while (i < count && a.sparse.segments[i].address + a.sparse.segments[i].size <= next)
			i++;
		CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}

/* --- differences ------------------------------------------------------------------------------ */

/* (a, b): one row (range, kind) per run. */
Datum
fotapg_diff(PG_FUNCTION_ARGS)
{
	static const char *const kinds[] = {"only_a", "only_b", "changed"};
	fotapg_rows rows;
	fotapg_sparse a;
	fotapg_sparse b;
	fota_differing *list;
	size_t		count;
	fota_ctx	ctx;

	fotapg_rows_begin(fcinfo, &rows);
	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	fotapg_sparse_arg(&ctx, fcinfo, 1, &b);
	fotapg_check(&ctx, fota_sparse_diff(&ctx, &a.sparse, &b.sparse, MOST_PLACES, &list, &count));
	for (size_t i = 0; i < count; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		values[0] = RangeTypePGetDatum(fotapg_range(list[i].from, list[i].to));
		values[1] = CStringGetTextDatum(kinds[list[i].kind]);
		tuplestore_putvalues(rows.store, rows.desc, values, nulls);
		CHECK_FOR_INTERRUPTS();
	}
	return (Datum) 0;
}

/* (a, b, page bigint) */
Datum
fotapg_changed_pages(PG_FUNCTION_ARGS)
{
	uint64_t	page = fotapg_uint_arg(fcinfo, 2, "page", PG_INT64_MAX);
	fotapg_sparse a;
	fotapg_sparse b;
	fota_differing *list;
	RangeType **ranges;
	size_t		count;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	fotapg_sparse_arg(&ctx, fcinfo, 1, &b);
	fotapg_check(&ctx, fota_sparse_changed_pages(&ctx, &a.sparse, &b.sparse, page, MOST_PLACES, &list, &count));
	ranges = palloc(sizeof(RangeType *) * (count + 1));
	for (size_t i = 0; i < count; i++)
		ranges[i] = fotapg_range(list[i].from, list[i].to);
	return fotapg_multirange(ranges, (int) count);
}

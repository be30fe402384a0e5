/* SPDX-License-Identifier: PostgreSQL */
/* sparse_value.c: how arguments and results of the functions on fota.sparse_image pass; see sparse_value.h. */
#include "sparse_value.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/multirangetypes.h"
#include "utils/typcache.h"

void
fotapg_sparse_arg(fota_ctx *ctx, FunctionCallInfo fcinfo, int place, fotapg_sparse *value)
{
	value->packed = fotapg_bytes(PG_GETARG_BYTEA_PP(place));
	fotapg_check(ctx, fota_sparse_unpack(ctx, value->packed, &value->sparse));
}

Datum
fotapg_sparse_datum(fota_ctx *ctx, const fota_sparse *sparse)
{
	fota_buf	out;
	uint64_t	size = FOTA_SPARSE_HEAD + (uint64_t) sparse->count * FOTA_SPARSE_ENTRY + sparse->bytes;

	if (size > FOTAPG_MOST_RESULT)
		ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the image is too large for one value"),
				errdetail("It has %llu bytes in %zu segments.", (unsigned long long) sparse->bytes, sparse->count));
	fotapg_value_buf(&out, size);
	fotapg_check(ctx, fota_sparse_pack(ctx, sparse, &out));
	SET_VARSIZE(out.data, out.size);
	return PointerGetDatum(out.data);
}

/* PostgreSQL frees values itself, so that they are not memory of the core. */
void
fotapg_value_buf(fota_buf *buf, uint64_t size)
{
	size_t		room = (size_t) size + VARHDRSZ;

	*buf = (fota_buf) {.data = fotapg_alloc_large(CurrentMemoryContext, room), .size = VARHDRSZ, .room = room, .cap = room};
	if (buf->data == NULL)
		ereport(ERROR, errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
				errdetail("Failed on request of size %zu.", room));
}

int64
fotapg_address(uint64_t address)
{
	if (address > PG_INT64_MAX)
		ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				errmsg("address 0x%llX is beyond bigint", (unsigned long long) address),
				errhint("Move the image to lower addresses first."));
	return (int64) address;
}

uint64_t
fotapg_uint_arg(FunctionCallInfo fcinfo, int place, const char *name, uint64_t most)
{
	int64		value = PG_GETARG_INT64(place);

	if (value < 0 || (uint64_t) value > most)
		ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("%s is %lld", name, (long long) value),
				errdetail("Expected a number from 0 to %llu.", (unsigned long long) most));
	return (uint64_t) value;
}

fota_overlap
fotapg_overlap_arg(FunctionCallInfo fcinfo, int place)
{
	char	   *word = text_to_cstring(PG_GETARG_TEXT_PP(place));

	if (strcmp(word, "error") == 0)
		return FOTA_OVERLAP_ERROR;
	if (strcmp(word, "first") == 0)
		return FOTA_OVERLAP_FIRST;
	if (strcmp(word, "last") != 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("overlap is \"%s\"", word),
				errdetail("Expected \"error\", \"first\" or \"last\"."));
	return FOTA_OVERLAP_LAST;
}

/* --- ranges ----------------------------------------------------------------------------------- */

fotapg_span
fotapg_span_arg(FunctionCallInfo fcinfo, int place)
{
	RangeType  *range = PG_GETARG_RANGE_P(place);
	TypeCacheEntry *type = lookup_type_cache(RangeTypeGetOid(range), TYPECACHE_RANGE_INFO);
	fotapg_span span = {0, UINT64_MAX, true};
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;

	range_deserialize(type, range, &lower, &upper, &empty);
	if (empty)
		return (fotapg_span) {0, 0, true};
	span.bounded = !lower.infinite && !upper.infinite;
	if (!lower.infinite && DatumGetInt64(lower.val) < 0)
		ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("a range of addresses begins at %lld",
				(long long) DatumGetInt64(lower.val)), errdetail("Addresses are not negative."));
	if (!lower.infinite)
		span.from = (uint64_t) DatumGetInt64(lower.val);
	if (!upper.infinite)
		span.to = (uint64_t) Max(DatumGetInt64(upper.val), 0);
	return span;
}

RangeType *
fotapg_range(uint64_t from, uint64_t to)
{
	TypeCacheEntry *type = lookup_type_cache(INT8RANGEOID, TYPECACHE_RANGE_INFO);
	RangeBound	lower = {.val = Int64GetDatum(fotapg_address(from)), .inclusive = true, .lower = true};
	RangeBound	upper = {.val = Int64GetDatum(fotapg_address(to))};

#if PG_VERSION_NUM >= 160000
	return make_range(type, &lower, &upper, from >= to, NULL);
#else
	return make_range(type, &lower, &upper, from >= to);
#endif
}

Datum
fotapg_multirange(RangeType **ranges, int count)
{
	TypeCacheEntry *type = lookup_type_cache(INT8RANGEOID, TYPECACHE_RANGE_INFO);

	return MultirangeTypePGetDatum(make_multirange(INT8MULTIRANGEOID, type, count, ranges));
}

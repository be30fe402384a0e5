/* SPDX-License-Identifier: PostgreSQL */
/*
 * version_type.c: type fota.version, whose values are stored as text is: what was given. Comparisons ask the core for
 * the order of fota.version_compare, hashes are over the sort key, so that equal versions (1.0 and 1.0.0) hash alike.
 * The order and the hashes are in users' indexes: whoever changes the key must have those indexes rebuilt.
 */
#include "fotapg.h"

#include "common/hashfn.h"

#include "version.h"

FOTAPG_FUNCTION(fotapg_version_lt);
FOTAPG_FUNCTION(fotapg_version_le);
FOTAPG_FUNCTION(fotapg_version_eq);
FOTAPG_FUNCTION(fotapg_version_ne);
FOTAPG_FUNCTION(fotapg_version_ge);
FOTAPG_FUNCTION(fotapg_version_gt);
FOTAPG_FUNCTION(fotapg_version_cmp);
FOTAPG_FUNCTION(fotapg_version_hash);
FOTAPG_FUNCTION(fotapg_version_hash_extended);
FOTAPG_FUNCTION(fotapg_version_smaller);
FOTAPG_FUNCTION(fotapg_version_larger);

/* Index code calls this in contexts that live long: what was detoasted is given back. */
static int
order_of(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_TEXT_PP(0);
	struct varlena *b = PG_GETARG_TEXT_PP(1);
	fota_bytes	a_text = fotapg_bytes(a);
	fota_bytes	b_text = fotapg_bytes(b);
	int			order = fota_version_compare((const char *) a_text.data, a_text.size,
										 (const char *) b_text.data, b_text.size);

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order;
}

Datum
fotapg_version_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(order_of(fcinfo) < 0);
}

Datum
fotapg_version_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(order_of(fcinfo) <= 0);
}

Datum
fotapg_version_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(order_of(fcinfo) == 0);
}

Datum
fotapg_version_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(order_of(fcinfo) != 0);
}

Datum
fotapg_version_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(order_of(fcinfo) >= 0);
}

Datum
fotapg_version_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(order_of(fcinfo) > 0);
}

Datum
fotapg_version_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(order_of(fcinfo));
}

Datum
fotapg_version_smaller(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PG_GETARG_DATUM(order_of(fcinfo) <= 0 ? 0 : 1));
}

Datum
fotapg_version_larger(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PG_GETARG_DATUM(order_of(fcinfo) >= 0 ? 0 : 1));
}

static uint64
hash_of(FunctionCallInfo fcinfo, uint64 seed, bool extended)
{
	struct varlena *value = PG_GETARG_TEXT_PP(0);
	fota_bytes	text = fotapg_bytes(value);
	fota_ctx	ctx;
	fota_buf	key;
	uint64		hash;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fota_buf_init(&key, FOTAPG_MOST_RESULT);
	fotapg_check(&ctx, fota_version_key(&ctx, (const char *) text.data, text.size, &key));
	hash = extended ? hash_bytes_extended(key.data, (int) key.size, seed) : hash_bytes(key.data, (int) key.size);
	fota_buf_free(&ctx, &key);
	PG_FREE_IF_COPY(value, 0);
	return hash;
}

Datum
fotapg_version_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) (uint32) hash_of(fcinfo, 0, false));
}

Datum
fotapg_version_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) hash_of(fcinfo, (uint64) PG_GETARG_INT64(1), true));
}

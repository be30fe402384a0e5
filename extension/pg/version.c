/* SPDX-License-Identifier: PostgreSQL */
/* version.c: SQL functions on version strings, serial numbers and exposure buckets. */
#include "fotapg.h"

#include "mb/pg_wchar.h"

#include "hash.h"
#include "version.h"

FOTAPG_FUNCTION(fotapg_version_key);
FOTAPG_FUNCTION(fotapg_version_compare);
FOTAPG_FUNCTION(fotapg_version_matches);
FOTAPG_FUNCTION(fotapg_serial_key);
FOTAPG_FUNCTION(fotapg_bucket);

typedef fota_status (*make_key) (fota_ctx *ctx, const char *text, size_t size, fota_buf *key);

static Datum
key_of(FunctionCallInfo fcinfo, make_key make)
{
	fota_bytes	value = fotapg_bytes(PG_GETARG_TEXT_PP(0));
	fota_ctx	ctx;
	fota_buf	key;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fota_buf_init(&key, FOTAPG_MOST_RESULT);
	fotapg_check(&ctx, make(&ctx, (const char *) value.data, value.size, &key));
	PG_RETURN_TEXT_P(fotapg_text(&key));
}

Datum
fotapg_version_key(PG_FUNCTION_ARGS)
{
	return key_of(fcinfo, fota_version_key);
}

Datum
fotapg_serial_key(PG_FUNCTION_ARGS)
{
	return key_of(fcinfo, fota_serial_key);
}

Datum
fotapg_version_compare(PG_FUNCTION_ARGS)
{
	fota_bytes	a = fotapg_bytes(PG_GETARG_TEXT_PP(0));
	fota_bytes	b = fotapg_bytes(PG_GETARG_TEXT_PP(1));

	PG_RETURN_INT32(fota_version_compare((const char *) a.data, a.size, (const char *) b.data, b.size));
}

Datum
fotapg_version_matches(PG_FUNCTION_ARGS)
{
	fota_bytes	version = fotapg_bytes(PG_GETARG_TEXT_PP(0));
	fota_bytes	range = fotapg_bytes(PG_GETARG_TEXT_PP(1));
	fota_ctx	ctx;
	bool		matches;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_check(&ctx, fota_version_matches(&ctx, (const char *) version.data, version.size,
											(const char *) range.data, range.size, &matches));
	PG_RETURN_BOOL(matches);
}

/* The bucket is one of UTF-8 texts, whatever the database's encoding. */
Datum
fotapg_bucket(PG_FUNCTION_ARGS)
{
	fota_bytes	seed = fotapg_bytes(PG_GETARG_TEXT_PP(0));
	fota_bytes	name = fotapg_bytes(PG_GETARG_TEXT_PP(1));
	char	   *seed_text = pnstrdup((const char *) seed.data, seed.size);
	char	   *name_text = pnstrdup((const char *) name.data, name.size);
	fota_ctx	ctx;
	int			bucket;

	seed_text = pg_server_to_any(seed_text, seed.size, PG_UTF8);
	name_text = pg_server_to_any(name_text, name.size, PG_UTF8);
	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_check(&ctx, fota_bucket(&ctx, seed_text, strlen(seed_text), name_text, strlen(name_text), &bucket));
	PG_RETURN_INT32(bucket);
}

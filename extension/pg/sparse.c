/* SPDX-License-Identifier: PostgreSQL */
/* sparse.c: type fota.sparse_image: input, output, comparison, and what an image is. */
#include "sparse_value.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "crc.h"
#include "image_options.h"

FOTAPG_FUNCTION(fotapg_sparse_image_in);
FOTAPG_FUNCTION(fotapg_sparse_image_out);
FOTAPG_FUNCTION(fotapg_sparse_image_recv);
FOTAPG_FUNCTION(fotapg_sparse_image_send);
FOTAPG_FUNCTION(fotapg_sparse_image_eq);
FOTAPG_FUNCTION(fotapg_sparse_image_ne);
FOTAPG_FUNCTION(fotapg_sparse_image_lt);
FOTAPG_FUNCTION(fotapg_sparse_image_le);
FOTAPG_FUNCTION(fotapg_sparse_image_ge);
FOTAPG_FUNCTION(fotapg_sparse_image_gt);
FOTAPG_FUNCTION(fotapg_sparse_image_cmp);
FOTAPG_FUNCTION(fotapg_sparse_image_hash);
FOTAPG_FUNCTION(fotapg_sparse_image_hash_extended);
FOTAPG_FUNCTION(fotapg_decode);
FOTAPG_FUNCTION(fotapg_encode);
FOTAPG_FUNCTION(fotapg_content_id);
FOTAPG_FUNCTION(fotapg_segments);
FOTAPG_FUNCTION(fotapg_bounds);
FOTAPG_FUNCTION(fotapg_ranges);
FOTAPG_FUNCTION(fotapg_entry);
FOTAPG_FUNCTION(fotapg_sha256);
FOTAPG_FUNCTION(fotapg_crc);
FOTAPG_FUNCTION(fotapg_flatten);

/* --- input and output ------------------------------------------------------------------------- */

Datum
fotapg_sparse_image_in(PG_FUNCTION_ARGS)
{
	char	   *value = PG_GETARG_CSTRING(0);
	fota_sparse sparse;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_check(&ctx, fota_sparse_read(&ctx, (fota_bytes) {(const uint8_t *) value, strlen(value)}, &sparse));
	return fotapg_sparse_datum(&ctx, &sparse);
}

Datum
fotapg_sparse_image_out(PG_FUNCTION_ARGS)
{
	fotapg_sparse a;
	fota_buf	out;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	fota_buf_init(&out, FOTAPG_MOST_RESULT);
	fotapg_check(&ctx, fota_sparse_write(&ctx, &a.sparse, &out));
	PG_RETURN_CSTRING(pnstrdup((const char *) out.data, out.size));
}

Datum
fotapg_sparse_image_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	size_t		size = (size_t) (message->len - message->cursor);
	fota_bytes	packed = {(const uint8_t *) pq_getmsgbytes(message, (int) size), size};
	fota_sparse sparse;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_check(&ctx, fota_sparse_unpack(&ctx, packed, &sparse));
	fotapg_check(&ctx, fota_sparse_check_id(&ctx, packed, &sparse));
	PG_RETURN_BYTEA_P(fotapg_bytea(packed.data, packed.size));
}

Datum
fotapg_sparse_image_send(PG_FUNCTION_ARGS)
{
	fota_bytes	packed = fotapg_bytes(PG_GETARG_BYTEA_PP(0));

	PG_RETURN_BYTEA_P(fotapg_bytea(packed.data, packed.size));
}

/* --- comparison ------------------------------------------------------------------------------- */

/* The content_id stands at the beginning, so that a large value need not be read whole. */
static void
read_id(FunctionCallInfo fcinfo, int place, uint8_t id[FOTA_SHA256_SIZE])
{
	fota_bytes	head = fotapg_bytes((struct varlena *) PG_DETOAST_DATUM_SLICE(PG_GETARG_DATUM(place), 0, FOTA_SPARSE_HEAD));

	if (head.size < FOTA_SPARSE_HEAD)
		elog(ERROR, "a sparse_image of %zu bytes", head.size);
	memcpy(id, head.data + 16, FOTA_SHA256_SIZE);
}

static int
compare_ids(FunctionCallInfo fcinfo)
{
	uint8_t		a[FOTA_SHA256_SIZE];
	uint8_t		b[FOTA_SHA256_SIZE];

	read_id(fcinfo, 0, a);
	read_id(fcinfo, 1, b);
	return memcmp(a, b, sizeof(a));
}

Datum
fotapg_sparse_image_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_ids(fcinfo) == 0);
}

Datum
fotapg_sparse_image_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_ids(fcinfo) != 0);
}

Datum
fotapg_sparse_image_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_ids(fcinfo) < 0);
}

Datum
fotapg_sparse_image_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_ids(fcinfo) <= 0);
}

Datum
fotapg_sparse_image_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_ids(fcinfo) >= 0);
}

Datum
fotapg_sparse_image_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_ids(fcinfo) > 0);
}

Datum
fotapg_sparse_image_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_ids(fcinfo));
}

Datum
fotapg_sparse_image_hash(PG_FUNCTION_ARGS)
{
	uint8_t		id[FOTA_SHA256_SIZE];

	read_id(fcinfo, 0, id);
	return hash_any(id, sizeof(id));
}

Datum
fotapg_sparse_image_hash_extended(PG_FUNCTION_ARGS)
{
	uint8_t		id[FOTA_SHA256_SIZE];

	read_id(fcinfo, 0, id);
	return hash_any_extended(id, sizeof(id), (uint64) PG_GETARG_INT64(1));
}

/* --- files ------------------------------------------------------------------------------------ */

/* (file bytea, format text DEFAULT NULL, options jsonb DEFAULT '{}') */
Datum
fotapg_decode(PG_FUNCTION_ARGS)
{
	fotapg_image_options options;
	const char *format = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	fota_sparse view;
	fota_image	image;
	fota_ctx	ctx;
	bool		warned;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_read_image_options(&ctx, PG_GETARG_DATUM(2), &options);
	fotapg_check(&ctx, fota_image_decode(&ctx, fotapg_bytes(PG_GETARG_BYTEA_PP(0)), format, &options.image, &image));
	warned = image.warning_count > 0;
	if (warned)
		ereport(NOTICE, errmsg("%s: %s", image.format, image.warnings[0].message),
				errhint("fota.inspect shows all warnings."));
	view = fota_sparse_view(&image);
	return fotapg_sparse_datum(&ctx, &view);
}

static void
read_encode_options(fota_ctx *ctx, FunctionCallInfo fcinfo, int place, fota_encode_options *options)
{
	memset(options, 0, sizeof(*options));
	options->record_size = (unsigned) fotapg_uint_arg(fcinfo, place, "record_size", 255);
	(void) ctx;
}

/* (image sparse_image, format text, record_size bigint DEFAULT 0) */
Datum
fotapg_encode(PG_FUNCTION_ARGS)
{
	char	   *format = text_to_cstring(PG_GETARG_TEXT_PP(1));
	fota_encode_options options;
	fotapg_sparse a;
	fota_image	image = {0};
	fota_buf	out;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	read_encode_options(&ctx, fcinfo, 2, &options);
	image.ctx = &ctx;
	image.segments = a.sparse.segments;
	image.segment_count = a.sparse.count;
	image.bytes = a.sparse.bytes;
	image.has_entry = a.sparse.has_entry;
	image.entry = a.sparse.entry;
	fota_buf_init(&out, FOTAPG_MOST_RESULT);
	fotapg_check(&ctx, fota_image_encode(&ctx, &image, format, &options, &out));
	PG_RETURN_BYTEA_P(fotapg_bytea(out.data, out.size));
}

/* --- what it is ------------------------------------------------------------------------------- */

Datum
fotapg_content_id(PG_FUNCTION_ARGS)
{
	uint8_t		id[FOTA_SHA256_SIZE];

	read_id(fcinfo, 0, id);
	PG_RETURN_BYTEA_P(fotapg_bytea(id, sizeof(id)));
}

/* One row (address, length, space, sha256) per segment. */
Datum
fotapg_segments(PG_FUNCTION_ARGS)
{
	fotapg_rows rows;
	fotapg_sparse a;
	fota_ctx	ctx;

	fotapg_rows_begin(fcinfo, &rows);
	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	for (size_t i = 0; i < a.sparse.count; i++)
	{
		const fota_segment *s = &a.sparse.segments[i];
		uint8_t		digest[FOTA_SHA256_SIZE];
		char		name[16];
		Datum		values[4];
		bool		nulls[4] = {false};

		CHECK_FOR_INTERRUPTS();
		fotapg_check(&ctx, fota_sha256(&ctx, s->data, (size_t) s->size, digest));
		values[0] = Int64GetDatum(fotapg_address(s->address));
		values[1] = Int64GetDatum((int64) s->size);
		values[2] = CStringGetTextDatum(fota_space_name(s->space, name));
		values[3] = PointerGetDatum(fotapg_bytea(digest, sizeof(digest)));
		tuplestore_putvalues(rows.store, rows.desc, values, nulls);
	}
	return (Datum) 0;
}

/* The segments of flash. */
static size_t
flash_count(const fota_sparse *sparse)
{
	size_t		count = 0;

	while (count < sparse->count && sparse->segments[count].space == FOTA_SPACE_FLASH)
		count++;
	return count;
}

static fotapg_span
span_of(const fota_sparse *sparse)
{
	size_t		count = flash_count(sparse);

	if (count == 0)
		return (fotapg_span) {0, 0, true};
	return (fotapg_span) {sparse->segments[0].address,
		sparse->segments[count - 1].address + sparse->segments[count - 1].size, true};
}

Datum
fotapg_bounds(PG_FUNCTION_ARGS)
{
	fotapg_sparse a;
	fotapg_span span;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	span = span_of(&a.sparse);
	PG_RETURN_RANGE_P(fotapg_range(span.from, span.to));
}

Datum
fotapg_ranges(PG_FUNCTION_ARGS)
{
	fotapg_sparse a;
	RangeType **ranges;
	size_t		count;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	count = flash_count(&a.sparse);
	ranges = palloc(sizeof(RangeType *) * (count + 1));
	for (size_t i = 0; i < count; i++)
		ranges[i] = fotapg_range(a.sparse.segments[i].address, a.sparse.segments[i].address + a.sparse.segments[i].size);
	return fotapg_multirange(ranges, (int) count);
}

Datum
fotapg_entry(PG_FUNCTION_ARGS)
{
	fotapg_sparse a;
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_sparse_arg(&ctx, fcinfo, 0, &a);
	if (!a.sparse.has_entry)
		PG_RETURN_NULL();
	PG_RETURN_INT64(fotapg_address(a.sparse.entry));
}

/* --- flat bytes ------------------------------------------------------------------------------- */

/* The bytes of a range, else of the bounds, gaps filled; for digests and flatten. */
static void
flat_bytes(fota_ctx *ctx, FunctionCallInfo fcinfo, int range, int fill, fota_buf *out)
{
	uint8_t		value = (uint8_t) fotapg_uint_arg(fcinfo, fill, "fill", 255);
	fotapg_sparse a;
	fotapg_span span;
	fota_image	image = {0};

	fotapg_sparse_arg(ctx, fcinfo, 0, &a);
	span = PG_ARGISNULL(range) ? span_of(&a.sparse) : fotapg_span_arg(fcinfo, range);
	if (!span.bounded)
	{
		fotapg_span bounds = span_of(&a.sparse);

		span.from = Max(span.from, bounds.from);
		span.to = Min(span.to, bounds.to);
	}
	if (span.from > span.to)
		span.to = span.from;
	if (span.to - span.from > FOTA_MAX_FLAT)
		ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("flat bytes from 0x%llX to 0x%llX would be %llu, at most %llu are allowed",
					   (unsigned long long) span.from, (unsigned long long) span.to,
					   (unsigned long long) (span.to - span.from), (unsigned long long) FOTA_MAX_FLAT),
				errhint("Give a smaller range."));
	image.segments = a.sparse.segments;
	image.segment_count = flash_count(&a.sparse);
	fotapg_value_buf(out, span.to - span.from);
	fotapg_check(ctx, fota_image_flatten(ctx, &image, span.from, span.to - span.from, value, out));
	SET_VARSIZE(out->data, out->size);
}

/* (image, range int8range DEFAULT NULL, fill bigint DEFAULT 255) */
Datum
fotapg_flatten(PG_FUNCTION_ARGS)
{
	fota_buf	out;
	fota_ctx	ctx;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	flat_bytes(&ctx, fcinfo, 1, 2, &out);
	PG_RETURN_BYTEA_P(out.data);
}

/* (image, range int8range DEFAULT NULL, fill bigint DEFAULT 255) */
Datum
fotapg_sha256(PG_FUNCTION_ARGS)
{
	uint8_t		digest[FOTA_SHA256_SIZE];
	fota_buf	out;
	fota_ctx	ctx;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	flat_bytes(&ctx, fcinfo, 1, 2, &out);
	fotapg_check(&ctx, fota_sha256(&ctx, out.data + VARHDRSZ, out.size - VARHDRSZ, digest));
	PG_RETURN_BYTEA_P(fotapg_bytea(digest, sizeof(digest)));
}

/*
 * (image, width int, poly bigint, init bigint, refin boolean, refout boolean, xorout bigint,
 * range int8range DEFAULT NULL, fill bigint DEFAULT 255)
 */
Datum
fotapg_crc(PG_FUNCTION_ARGS)
{
	fota_crc_spec spec = {0};
	fota_crc	crc;
	fota_buf	out;
	fota_ctx	ctx;

	for (int i = 0; i < 9; i++)
		if (i != 7 && PG_ARGISNULL(i))
			PG_RETURN_NULL();
	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	spec.width = (unsigned) PG_GETARG_INT32(1);
	spec.poly = (uint64_t) PG_GETARG_INT64(2);
	spec.init = (uint64_t) PG_GETARG_INT64(3);
	spec.refin = PG_GETARG_BOOL(4);
	spec.refout = PG_GETARG_BOOL(5);
	spec.xorout = (uint64_t) PG_GETARG_INT64(6);
	fotapg_check(&ctx, fota_crc_begin(&ctx, &crc, &spec));
	flat_bytes(&ctx, fcinfo, 7, 8, &out);
	fotapg_check(&ctx, fota_crc_add(&ctx, &crc, out.data + VARHDRSZ, out.size - VARHDRSZ));
	PG_RETURN_INT64((int64) fota_crc_end(&crc));
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * image.c: fota.decode_payload, which decodes a file that fits into memory and gives
 * what devices get of it. Its options are those of image_options.c.
 */
#include "fotapg.h"

#include "utils/builtins.h"

#include "image_json.h"
#include "image_options.h"

FOTAPG_FUNCTION(fotapg_decode_payload);

typedef fota_status (*describe) (fota_ctx *ctx, const fota_image *image, fota_buf *out);

static Datum
jsonb_of(fota_ctx *ctx, const fota_image *image, describe write)
{
	fota_buf	out;

	fota_buf_init(&out, FOTAPG_MOST_RESULT);
	fotapg_check(ctx, write(ctx, image, &out));
	return fotapg_jsonb(&out);
}

/* (file bytea, format text, options jsonb) -> one row (format, payload, content_id, metadata, warnings) */
Datum
fotapg_decode_payload(PG_FUNCTION_ARGS)
{
	fotapg_rows rows;
	fota_ctx	ctx;
	fota_image	image;
	fota_buf	payload;
	fotapg_image_options options;
	const char *format = NULL;
	bool		is_file;
	fota_bytes	file;
	uint8_t		content_id[FOTA_SHA256_SIZE];
	Datum		values[5];
	bool		nulls[5] = {false};

	fotapg_rows_begin(fcinfo, &rows);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("file and options must not be NULL"));
	file = fotapg_bytes(PG_GETARG_BYTEA_PP(0));
	if (!PG_ARGISNULL(1))
		format = text_to_cstring(PG_GETARG_TEXT_PP(1));
	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_read_image_options(&ctx, PG_GETARG_DATUM(2), &options);

	fotapg_check(&ctx, fota_image_decode(&ctx, file, format, &options.image, &image));
	fotapg_check(&ctx, fota_image_payload(&ctx, file, &image, &options.payload, &options.image, &is_file,
										  &payload));
	if (payload.size > FOTAPG_MOST_RESULT)
		ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the payload is too large for one value"));
	fotapg_check(&ctx, fota_image_content_id(&ctx, &image, content_id));
	values[0] = CStringGetTextDatum(image.format);
	nulls[1] = is_file;
	values[1] = is_file ? (Datum) 0 : PointerGetDatum(fotapg_bytea(payload.data, payload.size));
	values[2] = PointerGetDatum(fotapg_bytea(content_id, sizeof(content_id)));
	values[3] = jsonb_of(&ctx, &image, fota_image_metadata_json);
	values[4] = jsonb_of(&ctx, &image, fota_image_warnings_json);
	tuplestore_putvalues(rows.store, rows.desc, values, nulls);
	return (Datum) 0;
}

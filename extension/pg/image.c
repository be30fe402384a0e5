/* SPDX-License-Identifier: PostgreSQL */
/*
 * image.c: fota.decode_payload, which decodes a file that fits into memory and gives
 * what devices get of it. Its options are those of a component: {"payload": "file" or
 * "flat", "base", "length", "fill", "max_size", "waivers": [..]}, NULL as if left out.
 */
#include "fotapg.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "image.h"
#include "image_json.h"
#include "json.h"

FOTAPG_FUNCTION(fotapg_decode_payload);

typedef struct decode_options
{
	fota_image_options image;
	fota_payload_spec payload;
} decode_options;

static char *
decoded(const fota_json_text *value)
{
	char	   *plain = palloc(value->length + 1);

	fota_json_decode(value, plain);
	plain[value->length] = '\0';
	return plain;
}

static uint64_t
read_number(fota_json *r, const char *name, uint64_t most)
{
	int64_t		value;

	fotapg_check(r->ctx, fota_json_integer(r, &value));
	if (value < 0 || (uint64_t) value > most)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("option \"%s\" is %lld", name, (long long) value),
				errdetail("Expected a number from 0 to %llu.", (unsigned long long) most));
	return (uint64_t) value;
}

static fota_payload_kind
read_kind(fota_json *r)
{
	fota_json_text value;
	char	   *plain;

	fotapg_check(r->ctx, fota_json_string(r, &value));
	plain = decoded(&value);
	if (strcmp(plain, "file") == 0)
		return FOTA_PAYLOAD_FILE;
	if (strcmp(plain, "flat") != 0)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("option \"payload\" is \"%s\"", plain), errdetail("Expected \"file\" or \"flat\"."));
	return FOTA_PAYLOAD_FLAT;
}

static void
read_waivers(fota_json *r, fota_image_options *options)
{
	bool		more;
	fota_json_text value;

	fotapg_check(r->ctx, fota_json_enter(r, FOTA_JSON_ARRAY));
	for (;;)
	{
		fotapg_check(r->ctx, fota_json_next(r, &more));
		if (!more)
			break;
		fotapg_check(r->ctx, fota_json_string(r, &value));
		fotapg_check(r->ctx, fota_image_waiver(r->ctx, options, decoded(&value), value.length));
	}
}

static void
read_option(fota_json *r, const char *name, decode_options *options)
{
	fota_payload_spec *payload = &options->payload;

	if (strcmp(name, "payload") == 0)
		payload->kind = read_kind(r);
	else if (strcmp(name, "base") == 0)
	{
		payload->has_base = true;
		payload->base = options->image.base = read_number(r, name, UINT32_MAX);
	}
	else if (strcmp(name, "length") == 0)
	{
		payload->has_length = true;
		payload->length = read_number(r, name, (uint64_t) UINT32_MAX + 1);
	}
	else if (strcmp(name, "fill") == 0)
		payload->fill = (uint8_t) read_number(r, name, 255);
	else if (strcmp(name, "max_size") == 0)
		payload->max_size = read_number(r, name, FOTAPG_MOST_RESULT);
	else if (strcmp(name, "waivers") == 0)
		read_waivers(r, &options->image);
	else
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown option \"%s\"", name),
				errhint("The options are payload, base, length, fill, max_size and waivers."));
}

static void
read_options(fota_ctx *ctx, Jsonb *value, decode_options *options)
{
	char	   *plain = JsonbToCString(NULL, &value->root, VARSIZE(value));
	fota_json	r;
	fota_json_text name;
	fota_json_type type;
	bool		more;

	memset(options, 0, sizeof(*options));
	options->payload.fill = 255;
	plain = pg_server_to_any(plain, strlen(plain), PG_UTF8);
	fota_json_open(&r, ctx, plain, strlen(plain));
	fotapg_check(ctx, fota_json_enter(&r, FOTA_JSON_OBJECT));
	for (;;)
	{
		fotapg_check(ctx, fota_json_next(&r, &more));
		if (!more)
			break;
		fotapg_check(ctx, fota_json_key(&r, &name));
		fotapg_check(ctx, fota_json_peek(&r, &type));
		if (type == FOTA_JSON_NULL)
			fotapg_check(ctx, fota_json_null(&r));
		else
			read_option(&r, decoded(&name), options);
	}
}

typedef fota_status (*describe) (fota_ctx *ctx, const fota_image *image, fota_buf *out);

static Datum
jsonb_of(fota_ctx *ctx, const fota_image *image, describe write)
{
	fota_buf	out;
	char	   *plain;

	fota_buf_init(&out, FOTAPG_MOST_RESULT);
	fotapg_check(ctx, write(ctx, image, &out));
	plain = pnstrdup((const char *) out.data, out.size);
	plain = pg_any_to_server(plain, out.size, PG_UTF8);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(plain));
}

/* (file bytea, format text, options jsonb) -> one row (format, payload, content_id, metadata, warnings) */
Datum
fotapg_decode_payload(PG_FUNCTION_ARGS)
{
	fotapg_rows rows;
	fota_ctx	ctx;
	fota_image	image;
	fota_buf	payload;
	decode_options options;
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
	read_options(&ctx, PG_GETARG_JSONB_P(2), &options);

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

/* SPDX-License-Identifier: PostgreSQL */
/*
 * image_options.c: the options of decoders as jsonb: those of a component, {"payload": "file" or
 * "flat", "base", "length", "fill", "max_size"}, "waivers": [..], and the limits "max_segments",
 * "max_members", "max_unpacked", "max_ratio".
 */
#include "image_options.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "json.h"

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
read_option(fota_json *r, const char *name, fotapg_image_options *options)
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
	else if (strcmp(name, "max_segments") == 0)
		options->image.limits.segments = read_number(r, name, PG_INT32_MAX);
	else if (strcmp(name, "max_members") == 0)
		options->image.limits.members = read_number(r, name, PG_INT32_MAX);
	else if (strcmp(name, "max_unpacked") == 0)
		options->image.limits.unpacked = read_number(r, name, FOTAPG_MOST_RESULT);
	else if (strcmp(name, "max_ratio") == 0)
		options->image.limits.ratio = (unsigned) read_number(r, name, PG_INT32_MAX);
	else if (strcmp(name, "waivers") == 0)
		read_waivers(r, &options->image);
	else if (strcmp(name, "layouts") == 0)
	{
		size_t		begin = r->at;

		fotapg_check(r->ctx, fota_json_skip(r));
		options->image.layouts = (fota_bytes) {r->data + begin, r->at - begin};
	}
	else
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown option \"%s\"", name),
				errhint("The options are payload, base, length, fill, max_size, waivers, max_segments, max_members, "
						"max_unpacked, max_ratio and layouts."));
}

void
fotapg_read_image_options(fota_ctx *ctx, Datum value, fotapg_image_options *options)
{
	Jsonb	   *object = DatumGetJsonbP(value);
	char	   *plain = JsonbToCString(NULL, &object->root, VARSIZE(object));
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

Datum
fotapg_jsonb(const fota_buf *json)
{
	char	   *plain = pnstrdup((const char *) json->data, json->size);

	plain = pg_any_to_server(plain, json->size, PG_UTF8);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(plain));
}

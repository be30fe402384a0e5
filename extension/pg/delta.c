/* SPDX-License-Identifier: PostgreSQL */
/* delta.c: fota.make_delta and fota.apply_delta, for values that fit into memory; fota-worker does the rest. */
#include "fotapg.h"

#include "delta.h"
#include "utils/builtins.h"

FOTAPG_FUNCTION(fotapg_make_delta);
FOTAPG_FUNCTION(fotapg_apply_delta);

static const fota_delta_format *
format_of(text *name)
{
	char	   *wanted = text_to_cstring(name);
	const fota_delta_format *format = fota_delta_find(wanted);
	StringInfoData known;

	if (format != NULL)
		return format;
	initStringInfo(&known);
	for (size_t i = 0; fota_delta_at(i) != NULL; i++)
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", fota_delta_at(i)->name);
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown delta format \"%s\"", wanted),
			errhint("The formats are: %s.", known.data));
}

Datum
fotapg_make_delta(PG_FUNCTION_ARGS)
{
	const fota_delta_format *format = format_of(PG_GETARG_TEXT_PP(2));
	fota_bytes	source = fotapg_bytes(PG_GETARG_BYTEA_PP(0));
	fota_bytes	target = fotapg_bytes(PG_GETARG_BYTEA_PP(1));
	fota_ctx	ctx;
	fota_buf	delta;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_check(&ctx, format->make(&ctx, source, target, NULL, 0, &delta));
	PG_RETURN_BYTEA_P(fotapg_bytea(delta.data, delta.size));
}

Datum
fotapg_apply_delta(PG_FUNCTION_ARGS)
{
	const fota_delta_format *format = format_of(PG_GETARG_TEXT_PP(2));
	fota_bytes	source = fotapg_bytes(PG_GETARG_BYTEA_PP(0));
	fota_bytes	delta = fotapg_bytes(PG_GETARG_BYTEA_PP(1));
	fota_ctx	ctx;
	fota_buf	target;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_check(&ctx, format->apply(&ctx, source, delta, FOTAPG_MOST_RESULT, &target));
	PG_RETURN_BYTEA_P(fotapg_bytea(target.data, target.size));
}

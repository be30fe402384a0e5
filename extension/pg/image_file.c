/* SPDX-License-Identifier: PostgreSQL */
/* image_file.c: SQL functions on files: what they are, hold and prove. None needs a table. */
#include "fotapg.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "image_json.h"
#include "image_options.h"
#include "layout.h"

FOTAPG_FUNCTION(fotapg_detect);
FOTAPG_FUNCTION(fotapg_inspect);
FOTAPG_FUNCTION(fotapg_check_file);
FOTAPG_FUNCTION(fotapg_members);
FOTAPG_FUNCTION(fotapg_member);
FOTAPG_FUNCTION(fotapg_verify);
FOTAPG_FUNCTION(fotapg_check_layout);
FOTAPG_FUNCTION(fotapg_formats);

/* Text that a file may have chosen: what is not valid here is shown as '?'. */
static Datum
text_datum(const char *text)
{
	return CStringGetTextDatum(fotapg_clean(pstrdup(text)));
}

static void
put_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL || text[0] == '\0';
	values[column] = nulls[column] ? (Datum) 0 : text_datum(text);
}

/* (file bytea): one row (format, confidence, reason) per format that it may be of, the likeliest first. */
Datum
fotapg_detect(PG_FUNCTION_ARGS)
{
	fota_bytes	file = fotapg_bytes(PG_GETARG_BYTEA_PP(0));
	fotapg_rows rows;

	fotapg_rows_begin(fcinfo, &rows);
	for (int sure = 100; sure > 0; sure--)
	{
		for (size_t i = 0; fota_codec_at(i) != NULL; i++)
		{
			const char *reason;
			Datum		values[3];
			bool		nulls[3] = {false};

			if (fota_image_detect_at(file, i, &reason) != sure)
				continue;
			values[0] = CStringGetTextDatum(fota_codec_at(i)->name);
			values[1] = Int32GetDatum(sure);
			values[2] = text_datum(reason);
			tuplestore_putvalues(rows.store, rows.desc, values, nulls);
		}
	}
	return (Datum) 0;
}

/* A file that was decoded for a call. */
typedef struct opened
{
	fota_ctx	ctx;
	fota_bytes	file;
	fotapg_image_options options;
	fota_image	image;
	fota_status status;
} opened;

/* Arguments file, format and options from place on. */
static void
open_file(FunctionCallInfo fcinfo, int place, opened *o)
{
	const char *format = PG_ARGISNULL(place + 1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(place + 1));

	if (PG_ARGISNULL(place) || PG_ARGISNULL(place + 2))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("file and options must not be NULL"));
	fotapg_ctx_init(&o->ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	o->file = fotapg_bytes(PG_GETARG_BYTEA_PP(place));
	fotapg_read_image_options(&o->ctx, PG_GETARG_DATUM(place + 2), &o->options);
	o->status = fota_image_decode(&o->ctx, o->file, format, &o->options.image, &o->image);
}

/* (file, format DEFAULT NULL, options DEFAULT '{}') */
Datum
fotapg_inspect(PG_FUNCTION_ARGS)
{
	opened		o;
	fota_buf	out;

	open_file(fcinfo, 0, &o);
	fotapg_check(&o.ctx, o.status);
	fota_buf_init(&out, FOTAPG_MOST_RESULT);
	fotapg_check(&o.ctx, fota_image_inspect_json(&o.ctx, o.file, &o.image, &out));
	return fotapg_jsonb(&out);
}

/*
 * (file, format DEFAULT NULL, options DEFAULT '{}'): one row (severity, code, message, detail, hint, line, position)
 * per finding: the warnings, then the error that the file is refused with.
 */
Datum
fotapg_check_file(PG_FUNCTION_ARGS)
{
	fotapg_rows rows;
	opened		o;

	fotapg_rows_begin(fcinfo, &rows);
	open_file(fcinfo, 0, &o);
	for (size_t i = 0; i < o.image.warning_count; i++)
	{
		const fota_warning *w = &o.image.warnings[i];
		Datum		values[7] = {CStringGetTextDatum("warning"), CStringGetTextDatum(w->name), text_datum(w->message)};
		bool		nulls[7] = {false, false, false, true, true, w->line == 0, w->offset == FOTA_NOWHERE};

		values[5] = Int64GetDatum((int64) w->line);
		values[6] = Int64GetDatum((int64) w->offset);
		tuplestore_putvalues(rows.store, rows.desc, values, nulls);
	}
	if (o.status != FOTA_OK)
	{
		const fota_error *e = &o.ctx.error;
		Datum		values[7] = {CStringGetTextDatum("error"), CStringGetTextDatum(fota_status_sqlstate(o.status))};
		bool		nulls[7] = {false};

		/* The caller's faults, and no more memory, are errors here too. */
		if (o.status >= FOTA_NOMEM)
			fotapg_check(&o.ctx, o.status);
		put_text(values, nulls, 2, e->message);
		put_text(values, nulls, 3, e->detail);
		put_text(values, nulls, 4, e->hint);
		values[5] = Int64GetDatum((int64) e->line);
		nulls[5] = e->line == 0;
		values[6] = Int64GetDatum((int64) e->offset);
		nulls[6] = e->offset == FOTA_NOWHERE;
		tuplestore_putvalues(rows.store, rows.desc, values, nulls);
	}
	return (Datum) 0;
}

/* (file, format DEFAULT NULL, options DEFAULT '{}'): one row (name, size, packed, position, method). */
Datum
fotapg_members(PG_FUNCTION_ARGS)
{
	fotapg_rows rows;
	opened		o;

	fotapg_rows_begin(fcinfo, &rows);
	open_file(fcinfo, 0, &o);
	fotapg_check(&o.ctx, o.status);
	for (size_t i = 0; i < o.image.member_count; i++)
	{
		const fota_member *m = &o.image.members[i];
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = text_datum(m->name);
		values[1] = Int64GetDatum((int64) m->size);
		values[2] = Int64GetDatum((int64) m->packed);
		values[3] = Int64GetDatum((int64) m->offset);
		put_text(values, nulls, 4, m->method);
		tuplestore_putvalues(rows.store, rows.desc, values, nulls);
	}
	return (Datum) 0;
}

/* (file, name text, format DEFAULT NULL, options DEFAULT '{}'): the bytes of a member. */
Datum
fotapg_member(PG_FUNCTION_ARGS)
{
	opened		o;
	char	   *name;
	const fota_member *member;
	fota_buf	out;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	/* The file comes first, its name second. */
	fcinfo->args[1] = fcinfo->args[0];
	open_file(fcinfo, 1, &o);
	fotapg_check(&o.ctx, o.status);
	member = fota_image_member_find(&o.image, name, strlen(name));
	if (member == NULL)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("the %s file has no member \"%s\"", o.image.format, name),
				errhint("fota.members lists them."));
	fotapg_check(&o.ctx, fota_image_take(&o.ctx, o.file, &o.image, (size_t) (member - o.image.members),
										 &o.options.image, &out));
	PG_RETURN_BYTEA_P(fotapg_bytea(out.data, out.size));
}

/* --- keys ------------------------------------------------------------------------------------- */

/* The bytes between the BEGIN and END lines of a PEM text. */
static fota_bytes
unpack_pem(fota_bytes pem, int number)
{
	const char *begin = memchr(pem.data, '\n', pem.size);
	const char *end = begin != NULL ? memmem(begin, pem.size - (size_t) (begin - (const char *) pem.data), "-----END", 8) : NULL;

	if (end == NULL)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("key %d is no complete PEM text", number),
				errdetail("There is no -----END line."));
	return fotapg_bytes((struct varlena *) DatumGetPointer(
		DirectFunctionCall2(binary_decode, PointerGetDatum(cstring_to_text_with_len(begin, (int) (end - begin))),
							CStringGetTextDatum("base64"))));
}

/* Steps into the sequence at *p; false when there is none. */
static bool
enter(const uint8_t **p, const uint8_t *end)
{
	size_t		lengths;

	if (end - *p < 2 || (*p)[0] != 0x30)
		return false;
	lengths = (*p)[1] < 0x80 ? 0 : (*p)[1] & 0x7f;
	if ((size_t) (end - *p) < 3 + lengths)
		return false;
	*p += 2 + lengths;
	return true;
}

/* A public key begins with the identifier of its algorithm, a certificate with a version or a number. */
static bool
is_certificate(fota_bytes der, int number)
{
	const uint8_t *p = der.data;
	const uint8_t *end = der.data + der.size;

	if (!enter(&p, end) || !enter(&p, end))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("key %d is neither a public key nor a certificate", number),
				errhint("Give public keys (SubjectPublicKeyInfo) or certificates in DER or PEM."));
	return *p != 0x06;
}

static fota_key *
read_keys(ArrayType *array, size_t *count)
{
	Datum	   *elements;
	bool	   *nulls;
	int			all;
	fota_key   *keys;

	deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT, &elements, &nulls, &all);
	keys = palloc0(sizeof(fota_key) * ((size_t) all + 1));
	*count = 0;
	for (int i = 0; i < all; i++)
	{
		fota_key   *key = &keys[*count];

		if (nulls[i])
			continue;
		key->name = psprintf("key %d", i + 1);
		key->der = fotapg_bytes((struct varlena *) PG_DETOAST_DATUM_PACKED(elements[i]));
		if (key->der.size > 11 && memcmp(key->der.data, "-----BEGIN ", 11) == 0)
			key->der = unpack_pem(key->der, i + 1);
		key->is_certificate = is_certificate(key->der, i + 1);
		(*count)++;
	}
	return keys;
}

/*
 * (file, keys bytea[], format DEFAULT NULL, options DEFAULT '{}'): one row (what, algorithm, key, result, reason) per
 * signature; a file without any gives one row with result "unsigned".
 */
Datum
fotapg_verify(PG_FUNCTION_ARGS)
{
	static const char *const results[] = {"valid", "invalid", "untrusted", "unsigned", "unverifiable"};
	fotapg_rows rows;
	opened		o;
	fota_proofs *proofs = palloc(sizeof(fota_proofs));
	fota_key   *keys;
	size_t		count;

	fotapg_rows_begin(fcinfo, &rows);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	keys = read_keys(PG_GETARG_ARRAYTYPE_P(1), &count);
	fcinfo->args[1] = fcinfo->args[0];
	open_file(fcinfo, 1, &o);
	fotapg_check(&o.ctx, o.status);
	fotapg_check(&o.ctx, fota_image_verify(&o.ctx, o.file, &o.image, keys, count, proofs));
	if (proofs->count == 0)
		fota_proof_add(proofs, o.image.format, "", FOTA_PROOF_UNSIGNED);
	for (size_t i = 0; i < proofs->count; i++)
	{
		const fota_proof *p = &proofs->list[i];
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = text_datum(p->what);
		put_text(values, nulls, 1, p->algorithm);
		put_text(values, nulls, 2, p->key);
		values[3] = CStringGetTextDatum(results[p->result]);
		put_text(values, nulls, 4, p->text);
		tuplestore_putvalues(rows.store, rows.desc, values, nulls);
	}
	return (Datum) 0;
}

/* (layout jsonb): NULL, or what is wrong with it. */
Datum
fotapg_check_layout(PG_FUNCTION_ARGS)
{
	Jsonb	   *layout = PG_GETARG_JSONB_P(0);
	char	   *plain = JsonbToCString(NULL, &layout->root, VARSIZE(layout));
	fota_ctx	ctx;
	fota_status status;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	status = fota_layout_check(&ctx, (fota_bytes) {(const uint8_t *) plain, strlen(plain)});
	if (status == FOTA_OK)
		PG_RETURN_NULL();
	if (status >= FOTA_NOMEM)
		fotapg_check(&ctx, status);
	PG_RETURN_DATUM(text_datum(ctx.error.message));
}

/* One row (format, title, writable) per format. */
Datum
fotapg_formats(PG_FUNCTION_ARGS)
{
	fotapg_rows rows;

	fotapg_rows_begin(fcinfo, &rows);
	for (size_t i = 0; fota_codec_at(i) != NULL; i++)
	{
		const fota_codec *codec = fota_codec_at(i);
		Datum		values[3];
		bool		nulls[3] = {false};

		values[0] = CStringGetTextDatum(codec->name);
		values[1] = CStringGetTextDatum(codec->title);
		values[2] = BoolGetDatum(codec->encode != NULL);
		tuplestore_putvalues(rows.store, rows.desc, values, nulls);
	}
	return (Datum) 0;
}

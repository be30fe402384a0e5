/* SPDX-License-Identifier: PostgreSQL */
/*
 * wire_io.h: one reader and one writer over both forms of a message, so that the grammar
 * (wire.c, wire_parts.c) is written once. Internal to the wire files.
 *
 * A map of the grammar is a table of wire_field: the key of CBOR, the name of JSON, where the
 * value lies in the struct, its bounds, and the two functions that read and write it.
 */
#ifndef FOTA_WIRE_IO_H
#define FOTA_WIRE_IO_H

#include "cbor.h"
#include "json.h"
#include "wire.h"

#define WIRE_INT32 INT64_C(2147483647)
#define WIRE_INT53 FOTA_JSON_INTEGER

typedef struct wire_in
{
	fota_ctx   *ctx;
	wire_form	form;
	wire_pool  *pool;			/* where strings go */
	const char *name;			/* of the field that is read, for errors */
	union
	{
		fota_cbor	cbor;
		fota_json	json;
	}			r;
} wire_in;

typedef struct wire_out
{
	fota_ctx   *ctx;
	wire_form	form;
	fota_buf   *buf;
	bool		first;			/* JSON: the next item of this container needs no comma */
} wire_out;

typedef struct wire_field wire_field;
typedef fota_status (*wire_reader) (wire_in *in, const wire_field *field, void *message);
typedef fota_status (*wire_writer) (wire_out *out, const wire_field *field, const void *message);

struct wire_field
{
	const char *name;
	wire_reader read;
	wire_writer write;
	uint16_t	offset;			/* of the value in the struct */
	uint16_t	more;			/* of the size of bytes, or of what else belongs to the value */
	bool		required;
	bool		nullable;		/* an integer: null is -1 */
	int64_t		min,
				max;			/* of an integer, or of the size of a string */
};

/* A map: field i has key i; "has" is at offset 0 of its struct. */
typedef struct wire_map
{
	const char *name;
	const wire_field *field;
	uint32_t	fields;
} wire_map;

/* The kinds of value, as pairs of functions for tables. */
fota_status fota_wire_in_int(wire_in *in, const wire_field *field, void *message);
fota_status fota_wire_out_int(wire_out *out, const wire_field *field, const void *message);
fota_status fota_wire_in_text(wire_in *in, const wire_field *field, void *message);
fota_status fota_wire_out_text(wire_out *out, const wire_field *field, const void *message);
/* min = max: a plain array of bytes; else its size_t size is at "more". */
fota_status fota_wire_in_bytes(wire_in *in, const wire_field *field, void *message);
fota_status fota_wire_out_bytes(wire_out *out, const wire_field *field, const void *message);

/* Maps of the grammar. */
fota_status fota_wire_in_map(wire_in *in, const wire_map *map, void *message);
fota_status fota_wire_out_map(wire_out *out, const wire_map *map, const void *message);

/* What the parts are made of. Sizes in bytes, errors name the place. */
fota_status fota_wire_fail(wire_in *in, fota_status code, const char *problem);
fota_status fota_wire_enter(wire_in *in, bool map);
fota_status fota_wire_next(wire_in *in, bool *more);
fota_status fota_wire_key(wire_in *in, wire_text *key);
fota_status fota_wire_is(wire_in *in, fota_json_type type, bool *yes);
fota_status fota_wire_null(wire_in *in);
fota_status fota_wire_bool(wire_in *in, bool *value);
fota_status fota_wire_int(wire_in *in, int64_t min, int64_t max, int64_t *value);
fota_status fota_wire_string(wire_in *in, size_t max, wire_text *value);
fota_status fota_wire_bytes(wire_in *in, size_t min, size_t max, uint8_t *value, size_t *size);

/* Begins and ends a container; before each item of an array fota_wire_item, in a map a name. */
fota_status fota_wire_begin(wire_out *out, bool map, size_t count);
fota_status fota_wire_finish(wire_out *out, bool map);
fota_status fota_wire_item(wire_out *out);
fota_status fota_wire_name(wire_out *out, const wire_text *name);
fota_status fota_wire_put_null(wire_out *out);
fota_status fota_wire_put_bool(wire_out *out, bool value);
fota_status fota_wire_put_int(wire_out *out, int64_t value);
fota_status fota_wire_put_text(wire_out *out, const wire_text *value);
fota_status fota_wire_put_bytes(wire_out *out, const void *data, size_t size);

/* The parts that are no plain map: contents, accept, attributes, power, items, window. */
fota_status fota_wire_in_contents(wire_in *in, const wire_field *field, void *message);
fota_status fota_wire_out_contents(wire_out *out, const wire_field *field, const void *message);
fota_status fota_wire_in_caps(wire_in *in, const wire_field *field, void *message);
fota_status fota_wire_out_caps(wire_out *out, const wire_field *field, const void *message);
fota_status fota_wire_in_attributes(wire_in *in, const wire_field *field, void *message);
fota_status fota_wire_out_attributes(wire_out *out, const wire_field *field, const void *message);
fota_status fota_wire_in_power(wire_in *in, const wire_field *field, void *message);
fota_status fota_wire_out_power(wire_out *out, const wire_field *field, const void *message);
fota_status fota_wire_in_items(wire_in *in, const wire_field *field, void *message);
fota_status fota_wire_out_items(wire_out *out, const wire_field *field, const void *message);
fota_status fota_wire_in_window(wire_in *in, const wire_field *field, void *message);
fota_status fota_wire_out_window(wire_out *out, const wire_field *field, const void *message);

/* The indexes of texts in the order of deterministic CBOR: shorter first, then by bytes. */
void		fota_wire_sort(const void *first, size_t stride, uint32_t count, uint8_t *order);

#endif

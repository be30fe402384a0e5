/* SPDX-License-Identifier: PostgreSQL */
/*
 * wire_io.c: values and maps of a message, read and written in either form.
 */
#include "wire_io.h"

#include <string.h>

/* --- reading ------------------------------------------------------------------------------ */

static size_t
place(const wire_in *in)
{
	return in->form == WIRE_CBOR ? in->r.cbor.at : in->r.json.at;
}

fota_status
fota_wire_fail(wire_in *in, fota_status code, const char *problem)
{
	return fota_fail(in->ctx, code, place(in), 0, "%s byte %zu: %s: %s", in->form == WIRE_CBOR ? "cbor" : "json",
					 place(in), in->name, problem);
}

fota_status
fota_wire_enter(wire_in *in, bool map)
{
	return in->form == WIRE_CBOR ? fota_cbor_enter(&in->r.cbor, map ? FOTA_CBOR_MAP : FOTA_CBOR_ARRAY)
		: fota_json_enter(&in->r.json, map ? FOTA_JSON_OBJECT : FOTA_JSON_ARRAY);
}

fota_status
fota_wire_next(wire_in *in, bool *more)
{
	return in->form == WIRE_CBOR ? fota_cbor_next(&in->r.cbor, more) : fota_json_next(&in->r.json, more);
}

/* Is the next value null, a boolean, an integer or a string? (Nothing else is asked.) */
fota_status
fota_wire_is(wire_in *in, fota_json_type type, bool *yes)
{
	fota_cbor_type cbor;
	fota_json_type json;
	fota_status status;

	if (in->form == WIRE_JSON)
	{
		status = fota_json_peek(&in->r.json, &json);
		*yes = status == FOTA_OK && json == type;
		return status;
	}
	status = fota_cbor_peek(&in->r.cbor, &cbor);
	*yes = status == FOTA_OK &&
		((type == FOTA_JSON_NULL && cbor == FOTA_CBOR_NULL) || (type == FOTA_JSON_BOOL && cbor == FOTA_CBOR_BOOL) ||
		 (type == FOTA_JSON_STRING && cbor == FOTA_CBOR_TEXT) ||
		 (type == FOTA_JSON_INTEGER_TYPE && (cbor == FOTA_CBOR_UINT || cbor == FOTA_CBOR_NEGATIVE)));
	return status;
}

fota_status
fota_wire_null(wire_in *in)
{
	return in->form == WIRE_CBOR ? fota_cbor_null(&in->r.cbor) : fota_json_null(&in->r.json);
}

fota_status
fota_wire_bool(wire_in *in, bool *value)
{
	return in->form == WIRE_CBOR ? fota_cbor_bool(&in->r.cbor, value) : fota_json_bool(&in->r.json, value);
}

fota_status
fota_wire_int(wire_in *in, int64_t min, int64_t max, int64_t *value)
{
	size_t		at = place(in);
	fota_status status = in->form == WIRE_CBOR ? fota_cbor_int(&in->r.cbor, value)
		: fota_json_integer(&in->r.json, value);

	if (status == FOTA_OK && (*value < min || *value > max))
		return fota_fail(in->ctx, FOTA_RANGE, at, 0, "%s byte %zu: %s: found %lld, expected %lld to %lld",
						 in->form == WIRE_CBOR ? "cbor" : "json", at, in->name, (long long) *value, (long long) min,
						 (long long) max);
	return status;
}

/* Takes room in the pool for a string and its NUL. */
static char *
pool_room(wire_in *in, size_t size)
{
	char	   *room = in->pool->data + in->pool->used;

	if (size >= sizeof(in->pool->data) - in->pool->used)
	{
		fota_wire_fail(in, FOTA_LIMIT, "found more than 8192 bytes of strings in all");
		return NULL;
	}
	in->pool->used += size + 1;
	room[size] = '\0';
	return room;
}

static fota_status
too_long(wire_in *in, size_t size, size_t max)
{
	return fota_fail(in->ctx, FOTA_RANGE, place(in), 0, "%s: found a string of %zu bytes, expected at most %zu",
					 in->name, size, max);
}

/* Copies a string of the input into the pool. */
static fota_status
keep_cbor(wire_in *in, const fota_bytes *text, size_t max, wire_text *value)
{
	char	   *room;

	if (text->size > max)
		return too_long(in, text->size, max);
	room = pool_room(in, text->size);
	if (room == NULL)
		return in->ctx->error.code;
	memcpy(room, text->data, text->size);
	*value = (wire_text) {room, text->size};
	return FOTA_OK;
}

static fota_status
keep_json(wire_in *in, const fota_json_text *text, size_t max, wire_text *value)
{
	char	   *room;

	if (text->length > max)
		return too_long(in, text->length, max);
	room = pool_room(in, text->length);
	if (room == NULL)
		return in->ctx->error.code;
	fota_json_decode(text, room);
	*value = (wire_text) {room, text->length};
	return FOTA_OK;
}

fota_status
fota_wire_string(wire_in *in, size_t max, wire_text *value)
{
	fota_bytes	cbor;
	fota_json_text json;
	fota_status status;

	if (in->form == WIRE_CBOR)
	{
		status = fota_cbor_text(&in->r.cbor, &cbor);
		return status != FOTA_OK ? status : keep_cbor(in, &cbor, max, value);
	}
	status = fota_json_string(&in->r.json, &json);
	return status != FOTA_OK ? status : keep_json(in, &json, max, value);
}

/* A key that the device names. */
fota_status
fota_wire_key(wire_in *in, wire_text *key)
{
	fota_json_text json;
	fota_status status;

	if (in->form == WIRE_CBOR)
		return fota_wire_string(in, WIRE_POOL, key);
	status = fota_json_key(&in->r.json, &json);
	return status != FOTA_OK ? status : keep_json(in, &json, WIRE_POOL, key);
}

static int
hex_digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static fota_status
json_bytes(wire_in *in, size_t max, uint8_t *value, size_t *size)
{
	fota_json_text text;
	fota_status status = fota_json_string(&in->r.json, &text);

	if (status != FOTA_OK)
		return status;
	if (text.size % 2 != 0)
		return fota_wire_fail(in, FOTA_SYNTAX, "found half a byte, expected pairs of hex digits");
	*size = text.size / 2;
	for (size_t i = 0; i < *size && i < max; i++)
	{
		int			high = hex_digit(text.raw[2 * i]);
		int			low = hex_digit(text.raw[2 * i + 1]);

		if (high < 0 || low < 0)
			return fota_wire_fail(in, FOTA_SYNTAX, "found another character, expected lower-case hex digits");
		value[i] = (uint8_t) (high << 4 | low);
	}
	return FOTA_OK;
}

fota_status
fota_wire_bytes(wire_in *in, size_t min, size_t max, uint8_t *value, size_t *size)
{
	fota_bytes	span;
	fota_status status;

	if (in->form == WIRE_CBOR)
	{
		status = fota_cbor_bytes(&in->r.cbor, &span);
		*size = status == FOTA_OK ? span.size : 0;
		if (status == FOTA_OK && *size <= max)
			memcpy(value, span.data, *size);
	}
	else
		status = json_bytes(in, max, value, size);
	if (status == FOTA_OK && (*size < min || *size > max))
		return fota_fail(in->ctx, FOTA_RANGE, place(in), 0, "%s: found %zu bytes, expected %zu to %zu", in->name, *size,
						 min, max);
	return status;
}

fota_status
fota_wire_in_int(wire_in *in, const wire_field *field, void *message)
{
	int64_t    *value = (int64_t *) ((char *) message + field->offset);
	bool		null = false;
	fota_status status = field->nullable ? fota_wire_is(in, FOTA_JSON_NULL, &null) : FOTA_OK;

	if (status != FOTA_OK)
		return status;
	if (null)
	{
		*value = -1;
		return fota_wire_null(in);
	}
	return fota_wire_int(in, field->min, field->max, value);
}

fota_status
fota_wire_in_text(wire_in *in, const wire_field *field, void *message)
{
	return fota_wire_string(in, (size_t) field->max, (wire_text *) ((char *) message + field->offset));
}

fota_status
fota_wire_in_bytes(wire_in *in, const wire_field *field, void *message)
{
	size_t		size = 0;
	fota_status status = fota_wire_bytes(in, (size_t) field->min, (size_t) field->max,
										 (uint8_t *) message + field->offset, &size);

	if (field->min != field->max)
		*(size_t *) ((char *) message + field->more) = size;
	return status;
}

/* Reads a key; found = the field's number, or map->fields when the map has no such key. */
static fota_status
find_field(wire_in *in, const wire_map *map, uint32_t *found)
{
	fota_cbor_type type;
	fota_json_text name;
	uint64_t	key;
	fota_status status;

	*found = map->fields;
	if (in->form == WIRE_JSON)
	{
		status = fota_json_key(&in->r.json, &name);
		if (status != FOTA_OK)
			return status;
		for (*found = 0; *found < map->fields && !fota_json_equal(&name, map->field[*found].name);)
			++*found;
		return FOTA_OK;
	}
	status = fota_cbor_peek(&in->r.cbor, &type);
	if (status != FOTA_OK || type != FOTA_CBOR_UINT)
		return status != FOTA_OK ? status : fota_cbor_skip(&in->r.cbor);
	status = fota_cbor_uint(&in->r.cbor, &key);
	if (status == FOTA_OK && key < map->fields)
		*found = (uint32_t) key;
	return status;
}

fota_status
fota_wire_in_map(wire_in *in, const wire_map *map, void *message)
{
	uint32_t   *has = message;
	bool		more;
	uint32_t	key;
	fota_status status;

	in->name = map->name;
	status = fota_wire_enter(in, true);
	while (status == FOTA_OK && (status = fota_wire_next(in, &more)) == FOTA_OK && more)
	{
		status = find_field(in, map, &key);
		if (status != FOTA_OK)
			return status;
		if (key == map->fields)
		{
			status = in->form == WIRE_CBOR ? fota_cbor_skip(&in->r.cbor) : fota_json_skip(&in->r.json);
			continue;
		}
		in->name = map->field[key].name;
		status = map->field[key].read(in, &map->field[key], message);
		*has |= 1u << key;
	}
	for (uint32_t i = 0; i < map->fields && status == FOTA_OK; i++)
		if (map->field[i].required && !(*has >> i & 1))
			return fota_fail(in->ctx, FOTA_TRUNCATED, place(in), 0, "%s before byte %zu: key %u (\"%s\") is missing",
							 map->name, place(in), (unsigned) i, map->field[i].name);
	return status;
}

/* --- writing ------------------------------------------------------------------------------ */

fota_status
fota_wire_begin(wire_out *out, bool map, size_t count)
{
	out->first = true;
	if (out->form == WIRE_JSON)
		return fota_json_put(out->ctx, out->buf, map ? "{" : "[");
	return map ? fota_cbor_put_map(out->ctx, out->buf, count) : fota_cbor_put_array(out->ctx, out->buf, count);
}

fota_status
fota_wire_finish(wire_out *out, bool map)
{
	out->first = false;
	return out->form == WIRE_JSON ? fota_json_put(out->ctx, out->buf, map ? "}" : "]") : FOTA_OK;
}

fota_status
fota_wire_item(wire_out *out)
{
	bool		comma = out->form == WIRE_JSON && !out->first;

	out->first = false;
	return comma ? fota_json_put(out->ctx, out->buf, ",") : FOTA_OK;
}

fota_status
fota_wire_name(wire_out *out, const wire_text *name)
{
	fota_status status = fota_wire_item(out);

	if (status == FOTA_OK)
		status = fota_wire_put_text(out, name);
	if (status == FOTA_OK && out->form == WIRE_JSON)
		status = fota_json_put(out->ctx, out->buf, ":");
	return status;
}

fota_status
fota_wire_put_null(wire_out *out)
{
	return out->form == WIRE_CBOR ? fota_cbor_put_null(out->ctx, out->buf) : fota_json_put(out->ctx, out->buf, "null");
}

fota_status
fota_wire_put_bool(wire_out *out, bool value)
{
	return out->form == WIRE_CBOR ? fota_cbor_put_bool(out->ctx, out->buf, value)
		: fota_json_put(out->ctx, out->buf, value ? "true" : "false");
}

fota_status
fota_wire_put_int(wire_out *out, int64_t value)
{
	return out->form == WIRE_CBOR ? fota_cbor_put_int(out->ctx, out->buf, value)
		: fota_json_put_int(out->ctx, out->buf, value);
}

fota_status
fota_wire_put_text(wire_out *out, const wire_text *value)
{
	if (value->data == NULL)
		return fota_wire_put_null(out);
	return out->form == WIRE_CBOR ? fota_cbor_put_text(out->ctx, out->buf, value->data, value->size)
		: fota_json_put_string(out->ctx, out->buf, value->data, value->size);
}

fota_status
fota_wire_put_bytes(wire_out *out, const void *data, size_t size)
{
	return out->form == WIRE_CBOR ? fota_cbor_put_bytes(out->ctx, out->buf, data, size)
		: fota_json_put_hex(out->ctx, out->buf, data, size);
}

fota_status
fota_wire_out_int(wire_out *out, const wire_field *field, const void *message)
{
	int64_t		value = *(const int64_t *) ((const char *) message + field->offset);

	return field->nullable && value < 0 ? fota_wire_put_null(out) : fota_wire_put_int(out, value);
}

fota_status
fota_wire_out_text(wire_out *out, const wire_field *field, const void *message)
{
	return fota_wire_put_text(out, (const wire_text *) ((const char *) message + field->offset));
}

fota_status
fota_wire_out_bytes(wire_out *out, const wire_field *field, const void *message)
{
	size_t		size = field->min == field->max ? (size_t) field->max
		: *(const size_t *) ((const char *) message + field->more);

	return fota_wire_put_bytes(out, (const char *) message + field->offset, size);
}

fota_status
fota_wire_out_map(wire_out *out, const wire_map *map, const void *message)
{
	uint32_t	has = *(const uint32_t *) message & ((1u << map->fields) - 1);
	fota_status status = fota_wire_begin(out, true, (size_t) __builtin_popcount(has));

	for (uint32_t i = 0; i < map->fields && status == FOTA_OK; i++)
	{
		const wire_field *field = &map->field[i];
		wire_text	name = fota_wire_text(field->name);

		if (!(has >> i & 1))
			continue;
		if (out->form == WIRE_JSON)
			status = fota_wire_name(out, &name);
		else
			status = fota_cbor_put_uint(out->ctx, out->buf, i);
		if (status == FOTA_OK)
			status = field->write(out, field, message);
	}
	return status != FOTA_OK ? status : fota_wire_finish(out, true);
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * wire_parts.c: the parts of the grammar that are no plain map: contents, accept with its
 * formats, attributes, power, items, window.
 */
#include "wire_io.h"

#include <string.h>

/* present = [ version: tstr / null, digest: bstr .size (8..32) / null, ? slot: uint ] */
static fota_status
in_present(wire_in *in, wire_present *present)
{
	bool		more;
	bool		null;
	int			i = 0;
	fota_status status = fota_wire_enter(in, false);

	present->slot = -1;
	for (; status == FOTA_OK && (status = fota_wire_next(in, &more)) == FOTA_OK && more; i++)
	{
		if (i > 2)
			return fota_wire_fail(in, FOTA_SYNTAX, "found more than [version, digest, slot]");
		if (i == 2)
		{
			status = fota_wire_int(in, 0, 999999999, &present->slot);
			continue;
		}
		status = fota_wire_is(in, FOTA_JSON_NULL, &null);
		if (status == FOTA_OK && null)
			status = fota_wire_null(in);
		else if (status == FOTA_OK && i == 0)
			status = fota_wire_string(in, WIRE_POOL, &present->version);
		else if (status == FOTA_OK)
			status = fota_wire_bytes(in, WIRE_DIGEST_MIN, WIRE_DIGEST_MAX, present->digest, &present->digest_size);
	}
	if (status == FOTA_OK && i < 2)
		return fota_wire_fail(in, FOTA_TRUNCATED, "found fewer than [version, digest]");
	return status;
}

fota_status
fota_wire_in_contents(wire_in *in, const wire_field *field, void *message)
{
	wire_checkin *checkin = message;
	bool		more;
	fota_status status = fota_wire_enter(in, true);

	(void) field;
	while (status == FOTA_OK && (status = fota_wire_next(in, &more)) == FOTA_OK && more)
	{
		wire_present *present = &checkin->present[checkin->contents++];

		status = fota_wire_key(in, &present->component);
		if (status == FOTA_OK)
			status = in_present(in, present);
	}
	return status;
}

static fota_status
out_present(wire_out *out, const wire_present *present)
{
	fota_status status = fota_wire_begin(out, false, present->slot < 0 ? 2 : 3);

	if (status == FOTA_OK)
		status = fota_wire_item(out);
	if (status == FOTA_OK)
		status = fota_wire_put_text(out, &present->version);
	if (status == FOTA_OK)
		status = fota_wire_item(out);
	if (status == FOTA_OK)
		status = present->digest_size == 0 ? fota_wire_put_null(out)
			: fota_wire_put_bytes(out, present->digest, present->digest_size);
	if (status == FOTA_OK && present->slot >= 0)
	{
		status = fota_wire_item(out);
		if (status == FOTA_OK)
			status = fota_wire_put_int(out, present->slot);
	}
	return status != FOTA_OK ? status : fota_wire_finish(out, false);
}

/* Texts are at the begin of structs that are stride bytes apart; insertion sort, 64 at most. */
void
fota_wire_sort(const void *first, size_t stride, uint32_t count, uint8_t *order)
{
	for (uint32_t i = 0; i < count; i++)
	{
		const wire_text *text = (const wire_text *) ((const char *) first + i * stride);
		uint32_t	to = i;

		for (; to > 0; to--)
		{
			const wire_text *other = (const wire_text *) ((const char *) first + order[to - 1] * stride);

			if (other->size < text->size ||
				(other->size == text->size && memcmp(other->data, text->data, text->size) <= 0))
				break;
			order[to] = order[to - 1];
		}
		order[to] = (uint8_t) i;
	}
}

fota_status
fota_wire_out_contents(wire_out *out, const wire_field *field, const void *message)
{
	const wire_checkin *checkin = message;
	uint8_t		order[WIRE_KEYS];
	fota_status status = fota_wire_begin(out, true, checkin->contents);

	(void) field;
	fota_wire_sort(checkin->present, sizeof(checkin->present[0]), checkin->contents, order);
	for (uint32_t i = 0; i < checkin->contents && status == FOTA_OK; i++)
	{
		status = fota_wire_name(out, &checkin->present[order[i]].component);
		if (status == FOTA_OK)
			status = out_present(out, &checkin->present[order[i]]);
	}
	return status != FOTA_OK ? status : fota_wire_finish(out, true);
}

/* format = [ id: uint, * uint ] */
static fota_status
in_format(wire_in *in, wire_format *format)
{
	bool		more;
	int64_t		value;
	fota_status status = fota_wire_enter(in, false);

	while (status == FOTA_OK && (status = fota_wire_next(in, &more)) == FOTA_OK && more)
	{
		if (format->parts == WIRE_FORMAT_PARTS)
			return fota_wire_fail(in, FOTA_LIMIT, "found a format of more than 8 numbers");
		status = fota_wire_int(in, 0, WIRE_INT32, &value);
		if (status == FOTA_OK)
			format->part[format->parts++] = (uint32_t) value;
	}
	if (status == FOTA_OK && format->parts == 0)
		return fota_wire_fail(in, FOTA_TRUNCATED, "found a format without its id");
	return status;
}

static fota_status
in_formats(wire_in *in, const wire_field *field, void *message)
{
	wire_caps  *caps = message;
	bool		more;
	fota_status status = fota_wire_enter(in, false);

	(void) field;
	while (status == FOTA_OK && (status = fota_wire_next(in, &more)) == FOTA_OK && more)
	{
		if (caps->formats == WIRE_FORMATS)
			return fota_wire_fail(in, FOTA_LIMIT, "found more than 16 formats");
		status = in_format(in, &caps->format[caps->formats++]);
	}
	return status;
}

static fota_status
out_formats(wire_out *out, const wire_field *field, const void *message)
{
	const wire_caps *caps = message;
	fota_status status = fota_wire_begin(out, false, caps->formats);

	(void) field;
	for (uint32_t i = 0; i < caps->formats && status == FOTA_OK; i++)
	{
		const wire_format *format = &caps->format[i];

		status = fota_wire_item(out);
		if (status == FOTA_OK)
			status = fota_wire_begin(out, false, format->parts);
		for (uint32_t j = 0; j < format->parts && status == FOTA_OK; j++)
		{
			status = fota_wire_item(out);
			if (status == FOTA_OK)
				status = fota_wire_put_int(out, format->part[j]);
		}
		if (status == FOTA_OK)
			status = fota_wire_finish(out, false);
	}
	return status != FOTA_OK ? status : fota_wire_finish(out, false);
}

#define CAPS_INT(member, least, most, must) \
	.read = fota_wire_in_int, .write = fota_wire_out_int, .offset = offsetof(wire_caps, member), \
	.min = (least), .max = (most), .required = (must)

static const wire_field caps_fields[] = {
	[WIRE_CAPS_FORMATS] = {.name = "formats", .read = in_formats, .write = out_formats, .required = true},
	[WIRE_CAPS_RAM] = {.name = "ram", CAPS_INT(ram, 0, WIRE_INT53, true)},
	[WIRE_CAPS_FLAGS] = {.name = "flags", CAPS_INT(flags, 0, WIRE_INT32, true)},
	[WIRE_CAPS_BLOCK] = {.name = "block", CAPS_INT(block, 16, 1024, false)},
	[WIRE_CAPS_SPACE] = {.name = "space", CAPS_INT(space, 0, WIRE_INT53, false)},
};
static const wire_map caps_map = {"accept", caps_fields, 5};

fota_status
fota_wire_in_caps(wire_in *in, const wire_field *field, void *message)
{
	return fota_wire_in_map(in, &caps_map, (char *) message + field->offset);
}

fota_status
fota_wire_out_caps(wire_out *out, const wire_field *field, const void *message)
{
	return fota_wire_out_map(out, &caps_map, (const char *) message + field->offset);
}

/* scalar = tstr / int / bool / null */
static fota_status
in_scalar(wire_in *in, wire_attribute *attribute)
{
	static const fota_json_type types[] = {FOTA_JSON_NULL, FOTA_JSON_BOOL, FOTA_JSON_INTEGER_TYPE, FOTA_JSON_STRING};
	bool		yes = false;
	uint32_t	i;
	fota_status status;

	for (i = 0; i < 4 && !yes; i++)
	{
		status = fota_wire_is(in, types[i], &yes);
		if (status != FOTA_OK)
			return status;
	}
	if (!yes)
		return fota_wire_fail(in, FOTA_SYNTAX, "found another value, expected a string, an integer, a boolean or null");
	attribute->type = (wire_scalar_type) (i - 1);
	switch (attribute->type)
	{
		case WIRE_BOOL:
			return fota_wire_bool(in, &attribute->boolean);
		case WIRE_INT:
			return fota_wire_int(in, -WIRE_INT53, WIRE_INT53, &attribute->integer);
		case WIRE_STRING:
			return fota_wire_string(in, WIRE_POOL, &attribute->text);
		default:
			return fota_wire_null(in);
	}
}

fota_status
fota_wire_in_attributes(wire_in *in, const wire_field *field, void *message)
{
	wire_checkin *checkin = message;
	bool		more;
	fota_status status = fota_wire_enter(in, true);

	(void) field;
	while (status == FOTA_OK && (status = fota_wire_next(in, &more)) == FOTA_OK && more)
	{
		wire_attribute *attribute = &checkin->attribute[checkin->attributes++];

		status = fota_wire_key(in, &attribute->name);
		if (status == FOTA_OK)
			status = in_scalar(in, attribute);
	}
	return status;
}

static fota_status
out_scalar(wire_out *out, const wire_attribute *attribute)
{
	switch (attribute->type)
	{
		case WIRE_BOOL:
			return fota_wire_put_bool(out, attribute->boolean);
		case WIRE_INT:
			return fota_wire_put_int(out, attribute->integer);
		case WIRE_STRING:
			return fota_wire_put_text(out, &attribute->text);
		default:
			return fota_wire_put_null(out);
	}
}

fota_status
fota_wire_out_attributes(wire_out *out, const wire_field *field, const void *message)
{
	const wire_checkin *checkin = message;
	uint8_t		order[WIRE_KEYS];
	fota_status status = fota_wire_begin(out, true, checkin->attributes);

	(void) field;
	fota_wire_sort(checkin->attribute, sizeof(checkin->attribute[0]), checkin->attributes, order);
	for (uint32_t i = 0; i < checkin->attributes && status == FOTA_OK; i++)
	{
		status = fota_wire_name(out, &checkin->attribute[order[i]].name);
		if (status == FOTA_OK)
			status = out_scalar(out, &checkin->attribute[order[i]]);
	}
	return status != FOTA_OK ? status : fota_wire_finish(out, true);
}

/* [ battery: 0..100 / null, mains: bool / null ] */
fota_status
fota_wire_in_power(wire_in *in, const wire_field *field, void *message)
{
	wire_checkin *checkin = message;
	bool		more;
	bool		null;
	bool		mains;
	int64_t		battery;
	int			i = 0;
	fota_status status = fota_wire_enter(in, false);

	(void) field;
	checkin->battery = checkin->mains = -1;
	for (; status == FOTA_OK && (status = fota_wire_next(in, &more)) == FOTA_OK && more; i++)
	{
		if (i == 2)
			return fota_wire_fail(in, FOTA_SYNTAX, "found more than [battery, mains]");
		status = fota_wire_is(in, FOTA_JSON_NULL, &null);
		if (status == FOTA_OK && null)
			status = fota_wire_null(in);
		else if (status == FOTA_OK && i == 0)
		{
			status = fota_wire_int(in, 0, 100, &battery);
			checkin->battery = status == FOTA_OK ? (int32_t) battery : -1;
		}
		else if (status == FOTA_OK)
		{
			status = fota_wire_bool(in, &mains);
			checkin->mains = status == FOTA_OK ? mains : -1;
		}
	}
	return status == FOTA_OK && i < 2 ? fota_wire_fail(in, FOTA_TRUNCATED, "found fewer than [battery, mains]") : status;
}

fota_status
fota_wire_out_power(wire_out *out, const wire_field *field, const void *message)
{
	const wire_checkin *checkin = message;
	fota_status status = fota_wire_begin(out, false, 2);

	(void) field;
	if (status == FOTA_OK)
		status = fota_wire_item(out);
	if (status == FOTA_OK)
		status = checkin->battery < 0 ? fota_wire_put_null(out) : fota_wire_put_int(out, checkin->battery);
	if (status == FOTA_OK)
		status = fota_wire_item(out);
	if (status == FOTA_OK)
		status = checkin->mains < 0 ? fota_wire_put_null(out) : fota_wire_put_bool(out, checkin->mains != 0);
	return status != FOTA_OK ? status : fota_wire_finish(out, false);
}

/* [ from: uint, to: uint / null ] */
fota_status
fota_wire_in_window(wire_in *in, const wire_field *field, void *message)
{
	wire_item  *item = message;
	bool		more;
	bool		null = false;
	int			i = 0;
	fota_status status = fota_wire_enter(in, false);

	(void) field;
	for (; status == FOTA_OK && (status = fota_wire_next(in, &more)) == FOTA_OK && more; i++)
	{
		if (i == 2)
			return fota_wire_fail(in, FOTA_SYNTAX, "found more than [from, to]");
		if (i == 1)
			status = fota_wire_is(in, FOTA_JSON_NULL, &null);
		if (status == FOTA_OK && null)
		{
			item->window_to = -1;
			status = fota_wire_null(in);
		}
		else if (status == FOTA_OK)
			status = fota_wire_int(in, 0, WIRE_INT53, i == 0 ? &item->window_from : &item->window_to);
	}
	return status == FOTA_OK && i < 2 ? fota_wire_fail(in, FOTA_TRUNCATED, "found fewer than [from, to]") : status;
}

fota_status
fota_wire_out_window(wire_out *out, const wire_field *field, const void *message)
{
	const wire_item *item = message;
	fota_status status = fota_wire_begin(out, false, 2);

	(void) field;
	if (status == FOTA_OK)
		status = fota_wire_item(out);
	if (status == FOTA_OK)
		status = fota_wire_put_int(out, item->window_from);
	if (status == FOTA_OK)
		status = fota_wire_item(out);
	if (status == FOTA_OK)
		status = item->window_to < 0 ? fota_wire_put_null(out) : fota_wire_put_int(out, item->window_to);
	return status != FOTA_OK ? status : fota_wire_finish(out, false);
}

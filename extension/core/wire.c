/* SPDX-License-Identifier: PostgreSQL */
/*
 * wire.c: the table of the native grammar: every key of every message with its name, place,
 * bounds and functions, and the entries that read and write whole messages by it.
 * frontends/native.cddl states the same grammar for people and for the tests' validator.
 */
#include "wire_io.h"

#include <string.h>

#define INT(type, member, least, most) \
	.read = fota_wire_in_int, .write = fota_wire_out_int, .offset = offsetof(type, member), .min = (least), .max = (most)
#define TEXT(type, member, most) \
	.read = fota_wire_in_text, .write = fota_wire_out_text, .offset = offsetof(type, member), .max = (most)
#define BYTES(type, member, bytes) \
	.read = fota_wire_in_bytes, .write = fota_wire_out_bytes, .offset = offsetof(type, member), \
	.min = (bytes), .max = (bytes)
#define PART(name) .read = fota_wire_in_##name, .write = fota_wire_out_##name

static const wire_field checkin_fields[] = {
	[WIRE_CHECKIN_NONCE] = {.name = "nonce", BYTES(wire_checkin, nonce, 8), .required = true},
	[WIRE_CHECKIN_INVENTORY] = {.name = "inventory", BYTES(wire_checkin, inventory, 8)},
	[WIRE_CHECKIN_CONTENTS] = {.name = "contents", PART(contents)},
	[WIRE_CHECKIN_ACCEPT] = {.name = "accept", PART(caps), .offset = offsetof(wire_checkin, accept)},
	[WIRE_CHECKIN_ATTRIBUTES] = {.name = "attributes", PART(attributes)},
	[WIRE_CHECKIN_CHILD] = {.name = "child", TEXT(wire_checkin, child, WIRE_POOL)},
	[WIRE_CHECKIN_POWER] = {.name = "power", PART(power)},
	[WIRE_CHECKIN_ACTION] = {.name = "action", INT(wire_checkin, action, 0, WIRE_INT32)},
	[WIRE_CHECKIN_HW] = {.name = "hw", TEXT(wire_checkin, hw, WIRE_POOL)},
};
static const wire_map checkin_map = {"checkin", checkin_fields, 9};

static const wire_field item_fields[] = {
	[WIRE_ITEM_ITEM] = {.name = "item", INT(wire_item, item, 0, WIRE_INT32), .required = true},
	[WIRE_ITEM_COMPONENT] = {.name = "component", TEXT(wire_item, component, WIRE_POOL), .required = true},
	[WIRE_ITEM_VERB] = {.name = "verb", INT(wire_item, verb, 1, 2), .required = true},
	[WIRE_ITEM_VERSION] = {.name = "version", TEXT(wire_item, version, WIRE_POOL)},
	[WIRE_ITEM_SHA256] = {.name = "sha256", BYTES(wire_item, sha256, 32)},
	[WIRE_ITEM_SIZE] = {.name = "size", INT(wire_item, size, 0, WIRE_INT53)},
	[WIRE_ITEM_FORMAT] = {.name = "format", INT(wire_item, format, 0, WIRE_INT32)},
	[WIRE_ITEM_BYTES] = {.name = "bytes", INT(wire_item, bytes, 0, WIRE_INT53)},
	[WIRE_ITEM_ETAG] = {.name = "etag", BYTES(wire_item, etag, 8)},
	[WIRE_ITEM_BASE] = {.name = "base", .read = fota_wire_in_bytes, .write = fota_wire_out_bytes,
		.offset = offsetof(wire_item, base), .more = offsetof(wire_item, base_size),
	.min = WIRE_DIGEST_MIN, .max = WIRE_DIGEST_MAX},
	[WIRE_ITEM_WINDOW] = {.name = "window", PART(window)},
	[WIRE_ITEM_FLAGS] = {.name = "flags", INT(wire_item, flags, 0, WIRE_INT32)},
	[WIRE_ITEM_BATTERY] = {.name = "battery", INT(wire_item, battery, 0, 100)},
};
static const wire_map item_map = {"item", item_fields, 13};

static const wire_field decision_fields[] = {
	[WIRE_DECISION_NONCE] = {.name = "nonce", BYTES(wire_decision, nonce, 8), .required = true},
	[WIRE_DECISION_NEXT] = {.name = "next", INT(wire_decision, next, 0, WIRE_INT53), .required = true},
	[WIRE_DECISION_TIME] = {.name = "time", INT(wire_decision, time, 0, WIRE_INT53)},
	[WIRE_DECISION_INVENTORY] = {.name = "inventory", BYTES(wire_decision, inventory, 8)},
	[WIRE_DECISION_ACTION] = {.name = "action", INT(wire_decision, action, 0, WIRE_INT32)},
	[WIRE_DECISION_ITEMS] = {.name = "items", PART(items)},
	[WIRE_DECISION_EXPIRES] = {.name = "expires", INT(wire_decision, expires, 0, WIRE_INT53)},
	[WIRE_DECISION_SEQUENCE] = {.name = "sequence", INT(wire_decision, sequence, 0, WIRE_INT53)},
	[WIRE_DECISION_REASON] = {.name = "reason", TEXT(wire_decision, reason, WIRE_POOL)},
};
static const wire_map decision_map = {"decision", decision_fields, 9};

static const wire_field report_fields[] = {
	[WIRE_REPORT_ACTION] = {.name = "action", INT(wire_report, action, 0, WIRE_INT32), .required = true},
	[WIRE_REPORT_ITEM] = {.name = "item", INT(wire_report, item, 0, WIRE_INT32), .required = true, .nullable = true},
	[WIRE_REPORT_STATE] = {.name = "state", INT(wire_report, state, 1, 9), .required = true},
	[WIRE_REPORT_CODE] = {.name = "code", INT(wire_report, code, 0, WIRE_INT32)},
	[WIRE_REPORT_TEXT] = {.name = "text", TEXT(wire_report, text, WIRE_TEXT_MAX)},
	[WIRE_REPORT_CHILD] = {.name = "child", TEXT(wire_report, child, WIRE_POOL)},
	[WIRE_REPORT_SECONDS] = {.name = "seconds", INT(wire_report, seconds, 0, WIRE_INT32)},
	[WIRE_REPORT_BYTES] = {.name = "bytes", INT(wire_report, bytes, 0, WIRE_INT53)},
};
static const wire_map report_map = {"report", report_fields, 8};

/* [ + item ] */
fota_status
fota_wire_in_items(wire_in *in, const wire_field *field, void *message)
{
	wire_decision *decision = message;
	bool		more;
	fota_status status = fota_wire_enter(in, false);

	(void) field;
	while (status == FOTA_OK && (status = fota_wire_next(in, &more)) == FOTA_OK && more)
	{
		if (decision->items == WIRE_KEYS)
			return fota_wire_fail(in, FOTA_LIMIT, "found more than 64 items");
		status = fota_wire_in_map(in, &item_map, &decision->item[decision->items++]);
	}
	if (status == FOTA_OK && decision->items == 0)
		return fota_wire_fail(in, FOTA_TRUNCATED, "found no item, expected one or more");
	return status;
}

fota_status
fota_wire_out_items(wire_out *out, const wire_field *field, const void *message)
{
	const wire_decision *decision = message;
	fota_status status = fota_wire_begin(out, false, decision->items);

	(void) field;
	for (uint32_t i = 0; i < decision->items && status == FOTA_OK; i++)
	{
		status = fota_wire_item(out);
		if (status == FOTA_OK)
			status = fota_wire_out_map(out, &item_map, &decision->item[i]);
	}
	return status != FOTA_OK ? status : fota_wire_finish(out, false);
}

static fota_status
read_message(fota_ctx *ctx, wire_form form, const void *data, size_t size, const wire_map *map, wire_pool *pool,
			 void *message)
{
	wire_in		in;
	fota_status status;

	in.ctx = ctx;
	in.form = form;
	in.pool = pool;
	if (form == WIRE_CBOR)
		fota_cbor_open(&in.r.cbor, ctx, data, size);
	else
		fota_json_open(&in.r.json, ctx, data, size);
	status = fota_wire_in_map(&in, map, message);
	if (status != FOTA_OK)
		return status;
	return form == WIRE_CBOR ? fota_cbor_end(&in.r.cbor) : fota_json_end(&in.r.json);
}

static fota_status
write_message(fota_ctx *ctx, wire_form form, const wire_map *map, const void *message, fota_buf *buf)
{
	wire_out	out = {ctx, form, buf, true};

	return fota_wire_out_map(&out, map, message);
}

/* Only the pool's counter is cleared with the rest: what it holds is written before it is read. */
#define CLEAR(message) \
	do { \
		memset((message), 0, offsetof(__typeof__(*(message)), pool)); \
		(message)->pool.used = 0; \
	} while (0)

fota_status
fota_wire_read_checkin(fota_ctx *ctx, wire_form form, const void *data, size_t size, wire_checkin *out)
{
	CLEAR(out);
	out->battery = out->mains = -1;
	return read_message(ctx, form, data, size, &checkin_map, &out->pool, out);
}

fota_status
fota_wire_read_decision(fota_ctx *ctx, wire_form form, const void *data, size_t size, wire_decision *out)
{
	CLEAR(out);
	return read_message(ctx, form, data, size, &decision_map, &out->pool, out);
}

fota_status
fota_wire_read_report(fota_ctx *ctx, wire_form form, const void *data, size_t size, wire_report *out)
{
	CLEAR(out);
	return read_message(ctx, form, data, size, &report_map, &out->pool, out);
}

fota_status
fota_wire_write_checkin(fota_ctx *ctx, wire_form form, const wire_checkin *in, fota_buf *out)
{
	return write_message(ctx, form, &checkin_map, in, out);
}

fota_status
fota_wire_write_decision(fota_ctx *ctx, wire_form form, const wire_decision *in, fota_buf *out)
{
	return write_message(ctx, form, &decision_map, in, out);
}

fota_status
fota_wire_write_report(fota_ctx *ctx, wire_form form, const wire_report *in, fota_buf *out)
{
	return write_message(ctx, form, &report_map, in, out);
}

wire_text
fota_wire_text(const char *text)
{
	return (wire_text) {text, text != NULL ? strlen(text) : 0};
}

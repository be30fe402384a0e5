/* SPDX-License-Identifier: PostgreSQL */
/*
 * wire_sql.c: a check-in as SQL takes it: canonical JSON texts for fota_device.inventory, and
 * the tag over contents and accept.
 */
#include "wire_io.h"

#include <openssl/sha.h>
#include <string.h>

#define TEXT_CAP (256 * 1024)

/* Puts the name of a member of an object. */
static fota_status
put_name(wire_out *out, const char *name)
{
	wire_text	text = fota_wire_text(name);

	return fota_wire_name(out, &text);
}

static fota_status
put_present(wire_out *out, const wire_present *present)
{
	fota_status status = fota_wire_begin(out, true, 0);

	if (status == FOTA_OK && present->version.data != NULL)
	{
		status = put_name(out, "version");
		if (status == FOTA_OK)
			status = fota_wire_put_text(out, &present->version);
	}
	if (status == FOTA_OK && present->digest_size > 0)
	{
		status = put_name(out, "digest");
		if (status == FOTA_OK)
			status = fota_wire_put_bytes(out, present->digest, present->digest_size);
	}
	if (status == FOTA_OK && present->slot >= 0)
	{
		status = put_name(out, "slot");
		if (status == FOTA_OK)
			status = fota_wire_put_int(out, present->slot);
	}
	return status != FOTA_OK ? status : fota_wire_finish(out, true);
}

static fota_status
put_contents(wire_out *out, const wire_checkin *in)
{
	uint8_t		order[WIRE_KEYS];
	fota_status status = fota_wire_begin(out, true, in->contents);

	fota_wire_sort(in->present, sizeof(in->present[0]), in->contents, order);
	for (uint32_t i = 0; i < in->contents && status == FOTA_OK; i++)
	{
		status = fota_wire_name(out, &in->present[order[i]].component);
		if (status == FOTA_OK)
			status = put_present(out, &in->present[order[i]]);
	}
	return status != FOTA_OK ? status : fota_wire_finish(out, true);
}

static fota_status
put_power(wire_out *out, const wire_checkin *in)
{
	fota_status status = fota_wire_begin(out, true, 2);

	if (status == FOTA_OK && in->battery >= 0)
	{
		status = put_name(out, "battery");
		if (status == FOTA_OK)
			status = fota_wire_put_int(out, in->battery);
	}
	if (status == FOTA_OK && in->mains >= 0)
	{
		status = put_name(out, "mains");
		if (status == FOTA_OK)
			status = fota_wire_put_bool(out, in->mains != 0);
	}
	return status != FOTA_OK ? status : fota_wire_finish(out, true);
}

static fota_status
put_part(wire_out *out, const wire_checkin *in, int key)
{
	static const wire_field accept = {.offset = offsetof(wire_checkin, accept)};

	switch (key)
	{
		case WIRE_CHECKIN_CONTENTS:
			return put_contents(out, in);
		case WIRE_CHECKIN_ACCEPT:
			return fota_wire_out_caps(out, &accept, in);
		case WIRE_CHECKIN_ATTRIBUTES:
			return fota_wire_out_attributes(out, NULL, in);
		case WIRE_CHECKIN_POWER:
			return put_power(out, in);
		default:
			return fota_buf_append(out->ctx, out->buf, in->hw.data, in->hw.size);
	}
}

fota_status
fota_wire_inventory(fota_ctx *ctx, const wire_checkin *in, wire_inventory *out)
{
	static const int keys[] = {WIRE_CHECKIN_CONTENTS, WIRE_CHECKIN_ACCEPT, WIRE_CHECKIN_ATTRIBUTES, WIRE_CHECKIN_POWER,
	WIRE_CHECKIN_HW};
	const char **parts[] = {&out->contents, &out->accept, &out->attributes, &out->power, &out->hw};
	size_t		at[5];
	wire_out	writer = {ctx, WIRE_JSON, &out->text, true};
	fota_status status = FOTA_OK;

	*out = (wire_inventory) {0};
	fota_buf_init(&out->text, TEXT_CAP);
	for (int i = 0; i < 5 && status == FOTA_OK; i++)
	{
		at[i] = out->text.size;
		if (!WIRE_HAS(in, keys[i]))
			continue;
		status = put_part(&writer, in, keys[i]);
		if (status == FOTA_OK)
			status = fota_buf_append(ctx, &out->text, "", 1);
	}
	/* The buffer moves while it grows; only now are the texts where they stay. */
	for (int i = 0; i < 5 && status == FOTA_OK; i++)
		if (WIRE_HAS(in, keys[i]))
			*parts[i] = (const char *) out->text.data + at[i];
	if (status != FOTA_OK)
		fota_wire_inventory_free(ctx, out);
	return status;
}

void
fota_wire_inventory_free(fota_ctx *ctx, wire_inventory *out)
{
	fota_buf_free(ctx, &out->text);
	*out = (wire_inventory) {0};
}

fota_status
fota_wire_tag(fota_ctx *ctx, const wire_checkin *in, uint8_t tag[8])
{
	static const wire_field accept = {.offset = offsetof(wire_checkin, accept)};
	fota_buf	buf;
	wire_out	out = {ctx, WIRE_CBOR, &buf, true};
	uint8_t		digest[32];
	fota_status status;

	fota_buf_init(&buf, TEXT_CAP);
	status = fota_wire_begin(&out, false, 2);
	if (status == FOTA_OK)
		status = WIRE_HAS(in, WIRE_CHECKIN_CONTENTS) ? fota_wire_out_contents(&out, NULL, in) : fota_wire_put_null(&out);
	if (status == FOTA_OK)
		status = WIRE_HAS(in, WIRE_CHECKIN_ACCEPT) ? fota_wire_out_caps(&out, &accept, in) : fota_wire_put_null(&out);
	if (status == FOTA_OK)
		memcpy(tag, SHA256(buf.data, buf.size, digest), 8);
	fota_buf_free(ctx, &buf);
	return status;
}

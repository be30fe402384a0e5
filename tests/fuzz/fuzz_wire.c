/* SPDX-License-Identifier: PostgreSQL */
/*
 * fuzz_wire.c: every message reader on hostile bytes, in both forms. What is read must be written,
 * and what was written must be read and written again the same.
 */
#include "wire.h"

#include <stdlib.h>
#include <string.h>

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef union message
{
	wire_checkin checkin;
	wire_decision decision;
	wire_report report;
} message;

static void *
take(void *opaque, size_t size)
{
	(void) opaque;
	return malloc(size);
}

static void
give(void *opaque, void *ptr)
{
	(void) opaque;
	free(ptr);
}

static fota_status
read_message(fota_ctx *ctx, int kind, wire_form form, const uint8_t *data, size_t size, message *m)
{
	switch (kind)
	{
		case 0:
			return fota_wire_read_checkin(ctx, form, data, size, &m->checkin);
		case 1:
			return fota_wire_read_decision(ctx, form, data, size, &m->decision);
		default:
			return fota_wire_read_report(ctx, form, data, size, &m->report);
	}
}

static void
write_message(fota_ctx *ctx, int kind, wire_form form, const message *m, fota_buf *out)
{
	fota_status status;

	fota_buf_init(out, 1 << 20);
	if (kind == 0)
		status = fota_wire_write_checkin(ctx, form, &m->checkin, out);
	else if (kind == 1)
		status = fota_wire_write_decision(ctx, form, &m->decision, out);
	else
		status = fota_wire_write_report(ctx, form, &m->report, out);
	if (status != FOTA_OK)
		abort();
}

/* Once through the other form and back. */
static void
go_round(fota_ctx *ctx, int kind, const message *m)
{
	static message other;
	fota_buf	first,
				json,
				again;

	write_message(ctx, kind, WIRE_CBOR, m, &first);
	write_message(ctx, kind, WIRE_JSON, m, &json);
	if (read_message(ctx, kind, WIRE_JSON, json.data, json.size, &other) != FOTA_OK)
		abort();
	write_message(ctx, kind, WIRE_CBOR, &other, &again);
	if (first.size != again.size || memcmp(first.data, again.data, first.size) != 0)
		abort();
	fota_buf_free(ctx, &first);
	fota_buf_free(ctx, &json);
	fota_buf_free(ctx, &again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static message m;
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 16 << 20};

	for (int kind = 0; kind < 3; kind++)
	{
		for (int form = WIRE_CBOR; form <= WIRE_JSON; form++)
		{
			wire_inventory inventory;

			if (read_message(&ctx, kind, (wire_form) form, data, size, &m) != FOTA_OK)
			{
				if (ctx.error.code == FOTA_OK || ctx.error.message[0] == '\0')
					abort();
				continue;
			}
			go_round(&ctx, kind, &m);
			if (kind == 0 && fota_wire_inventory(&ctx, &m.checkin, &inventory) != FOTA_OK)
				abort();
			if (kind == 0)
				fota_wire_inventory_free(&ctx, &inventory);
		}
	}
	if (ctx.used != 0)
		abort();
	return 0;
}

/* SPDX-License-Identifier: PostgreSQL */
/* nordic_packet.c: reads the init packet of Nordic's DFU packages; see nordic_packet.h. */
#include "nordic_packet.h"

#include "../parse/protobuf.h"

#include <string.h>

/* A message that holds another: *inner becomes the bytes of field number. False when there is none. */
static fota_status
find_field(fota_ctx *ctx, fota_bytes data, uint32_t number, const char *what, fota_bytes *inner)
{
	fota_pb		r = {data.data, data.size, 0};
	fota_pb_field field;
	bool		more = true;
	fota_status status = FOTA_OK;

	*inner = (fota_bytes) {0};
	while (more && status == FOTA_OK)
	{
		status = fota_pb_next(ctx, &r, what, &field, &more);
		if (status == FOTA_OK && more && field.number == number && field.wire == FOTA_PB_BYTES)
		{
			if (inner->data != NULL)
				return fota_fail(ctx, FOTA_DUPLICATE, FOTA_NOWHERE, 0, "%s: protobuf field %u occurs twice", what, number);
			*inner = field.bytes;
		}
	}
	return status;
}

static fota_status
add_softdevice(fota_ctx *ctx, nordic_packet *p, uint64_t id, const char *what)
{
	if (p->softdevice_count == NORDIC_SOFTDEVICES)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%s: more than %d soft devices", what, NORDIC_SOFTDEVICES);
	p->softdevices[p->softdevice_count++] = id;
	return FOTA_OK;
}

/* Numbers one after the other in the bytes of a field: read as a message they would need keys, so by hand. */
static fota_status
read_packed(fota_ctx *ctx, nordic_packet *p, fota_bytes list, const char *what)
{
	size_t		at = 0;

	while (at < list.size)
	{
		uint64_t	value = 0;
		unsigned	shift = 0;
		fota_status status;

		do
		{
			if (at == list.size || shift > 28)
				return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "%s: protobuf list of soft devices is cut off", what);
			value |= (uint64_t) (list.data[at] & 0x7f) << shift;
			shift += 7;
		} while (list.data[at++] >= 0x80);
		status = add_softdevice(ctx, p, value, what);
		if (status != FOTA_OK)
			return status;
	}
	return FOTA_OK;
}

static fota_status
read_hash(fota_ctx *ctx, nordic_packet *p, fota_bytes data, const char *what)
{
	fota_pb		r = {data.data, data.size, 0};
	fota_pb_field field;
	bool		more = true;
	fota_status status = FOTA_OK;

	while ((status = fota_pb_next(ctx, &r, what, &field, &more)) == FOTA_OK && more)
	{
		if (field.number == 1 && field.wire == FOTA_PB_VARINT)
			p->hash_type = field.value;
		else if (field.number == 2 && field.wire == FOTA_PB_BYTES)
			p->hash = field.bytes;
	}
	return status;
}

static fota_status
read_field(fota_ctx *ctx, nordic_packet *p, const fota_pb_field *f, const char *what)
{
	if (f->wire == FOTA_PB_BYTES)
		return f->number == 3 ? read_packed(ctx, p, f->bytes, what) : f->number == 8 ? read_hash(ctx, p, f->bytes, what) :
			FOTA_OK;
	switch (f->number)
	{
		case 1:
			p->has_version = true;
			p->version = f->value;
			break;
		case 2:
			p->has_hardware = true;
			p->hardware = f->value;
			break;
		case 3:
			return add_softdevice(ctx, p, f->value, what);
		case 4:
			p->type = f->value;
			break;
		case 5:
		case 6:
		case 7:
			p->sizes[f->number - 5] = f->value;
			break;
		case 9:
			p->debug = f->value != 0;
			break;
		default:
			break;
	}
	return FOTA_OK;
}

static fota_status
read_init(fota_ctx *ctx, nordic_packet *p, fota_bytes data, const char *what)
{
	fota_pb		r = {data.data, data.size, 0};
	fota_pb_field field;
	bool		more;
	fota_status status;

	while ((status = fota_pb_next(ctx, &r, what, &field, &more)) == FOTA_OK && more)
		if ((status = read_field(ctx, p, &field, what)) != FOTA_OK)
			break;
	return status;
}

static fota_status
read_signed(fota_ctx *ctx, nordic_packet *p, fota_bytes data, const char *what)
{
	fota_pb		r = {data.data, data.size, 0};
	fota_pb_field field;
	bool		more;
	bool		typed = false;
	fota_status status;

	while ((status = fota_pb_next(ctx, &r, what, &field, &more)) == FOTA_OK && more)
	{
		if (field.number == 1 && field.wire == FOTA_PB_BYTES && p->command.data == NULL)
			p->command = field.bytes;
		else if (field.number == 2 && field.wire == FOTA_PB_VARINT && !typed)
		{
			typed = true;
			p->signature_type = field.value;
		}
		else if (field.number == 3 && field.wire == FOTA_PB_BYTES && p->signature.data == NULL)
			p->signature = field.bytes;
		else
			return fota_fail(ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0, "%s: the signed command has field %u of wire type %u", what,
							 field.number, (unsigned) field.wire);
	}
	p->is_signed = true;
	if (status == FOTA_OK && (p->command.data == NULL || p->signature.data == NULL))
		return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "%s: the signed command lacks its %s", what,
						 p->command.data == NULL ? "command" : "signature");
	return status;
}

static fota_status
read_message(fota_ctx *ctx, nordic_packet *p, fota_bytes data, const char *what)
{
	fota_pb		r = {data.data, data.size, 0};
	fota_pb_field field;
	fota_bytes	init;
	bool		more;
	fota_status status = fota_pb_next(ctx, &r, what, &field, &more);

	if (status != FOTA_OK)
		return status;
	if (!more || field.wire != FOTA_PB_BYTES || (field.number != 1 && field.number != 2))
		return fota_fail(ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0, "%s: no init packet: neither a command nor a signed one", what);
	if (r.at < r.size)
		return fota_fail(ctx, FOTA_TRAILING, r.at, 0, "%s: %zu bytes after the init packet", what, r.size - r.at);
	p->command = field.number == 1 ? field.bytes : (fota_bytes) {0};
	if (field.number == 2 && (status = read_signed(ctx, p, field.bytes, what)) != FOTA_OK)
		return status;
	status = find_field(ctx, p->command, 2, what, &init);
	if (status == FOTA_OK && init.data == NULL)
		return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "%s: the command has no init packet", what);
	return status == FOTA_OK ? read_init(ctx, p, init, what) : status;
}

/* 2 device type	2 revision	4 version	2 count	count * 2 soft devices, then a CRC-16 or newer additions */
static fota_status
read_legacy(fota_ctx *ctx, nordic_packet *p, fota_bytes data, const char *what)
{
	size_t		count;

	if (data.size < 14)
		return fota_fail(ctx, FOTA_TRUNCATED, data.size, 0, "%s: legacy init packet of %zu bytes, expected 14 or more", what,
						 data.size);
	count = fota_get_u16le(data.data + 8);
	if (count > NORDIC_SOFTDEVICES || data.size < 12 + 2 * count)
		return fota_fail(ctx, FOTA_TRUNCATED, 8, 0, "%s: legacy init packet of %zu bytes names %zu soft devices", what,
						 data.size, count);
	p->legacy = p->has_version = p->has_hardware = true;
	p->hardware = fota_get_u16le(data.data);
	p->version = fota_get_u32le(data.data + 4);
	for (size_t i = 0; i < count; i++)
		p->softdevices[i] = fota_get_u16le(data.data + 10 + 2 * i);
	p->softdevice_count = count;
	p->has_crc = data.size == 12 + 2 * count;
	p->crc = fota_get_u16le(data.data + 10 + 2 * count);
	return FOTA_OK;
}

fota_status
fota_nordic_packet(fota_ctx *ctx, fota_bytes data, bool legacy, const char *what, nordic_packet *packet)
{
	memset(packet, 0, sizeof(*packet));
	if (data.size == 0)
		return fota_fail(ctx, FOTA_TRUNCATED, 0, 0, "%s: the init packet is empty", what);
	if (legacy || (data.data[0] != 0x0a && data.data[0] != 0x12))
		return read_legacy(ctx, packet, data, what);
	return read_message(ctx, packet, data, what);
}

uint16_t
fota_nordic_crc16(const uint8_t *data, size_t size)
{
	uint16_t	crc = 0xffff;

	for (size_t i = 0; i < size; i++)
	{
		crc = (uint16_t) (crc >> 8 | crc << 8);
		crc ^= data[i];
		crc ^= (uint16_t) ((crc & 0xff) >> 4);
		crc ^= (uint16_t) (crc << 12);
		crc ^= (uint16_t) ((crc & 0xff) << 5);
	}
	return crc;
}

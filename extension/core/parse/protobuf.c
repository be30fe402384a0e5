/* SPDX-License-Identifier: PostgreSQL */
/* protobuf.c: the fields of a protocol buffers message; see protobuf.h. */
#include "protobuf.h"

static fota_status
read_varint(fota_ctx *ctx, fota_pb *r, const char *what, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7)
	{
		uint8_t		byte;

		if (r->at == r->size)
			return fota_fail(ctx, FOTA_TRUNCATED, r->at, 0, "%s: protobuf number at byte %zu runs past the packet", what,
							 r->at);
		byte = r->data[r->at++];
		if (shift == 63 && byte > 1)
			break;
		*value |= (uint64_t) (byte & 0x7f) << shift;
		if (byte < 0x80)
			return FOTA_OK;
	}
	return fota_fail(ctx, FOTA_RANGE, r->at, 0, "%s: protobuf number before byte %zu has more than 64 bits", what, r->at);
}

/* Little-endian bytes of a fixed size. */
static fota_status
read_fixed(fota_ctx *ctx, fota_pb *r, const char *what, size_t size, uint64_t *value)
{
	if (r->size - r->at < size)
		return fota_fail(ctx, FOTA_TRUNCATED, r->at, 0, "%s: protobuf field at byte %zu runs past the packet", what, r->at);
	*value = size == 8 ? fota_get_u64le(r->data + r->at) : fota_get_u32le(r->data + r->at);
	r->at += size;
	return FOTA_OK;
}

fota_status
fota_pb_next(fota_ctx *ctx, fota_pb *r, const char *what, fota_pb_field *field, bool *more)
{
	size_t		begin = r->at;
	uint64_t	key;
	fota_status status;

	*field = (fota_pb_field) {0};
	*more = r->at < r->size;
	if (!*more)
		return FOTA_OK;
	if ((status = read_varint(ctx, r, what, &key)) != FOTA_OK)
		return status;
	if (key >> 3 == 0 || key >> 3 > 0x1fffffff)
		return fota_fail(ctx, FOTA_SYNTAX, begin, 0, "%s: protobuf field at byte %zu has number %llu", what, begin,
						 (unsigned long long) (key >> 3));
	field->number = (uint32_t) (key >> 3);
	field->wire = (fota_pb_wire) (key & 7);
	switch (key & 7)
	{
		case FOTA_PB_VARINT:
			return read_varint(ctx, r, what, &field->value);
		case FOTA_PB_64:
			return read_fixed(ctx, r, what, 8, &field->value);
		case FOTA_PB_32:
			return read_fixed(ctx, r, what, 4, &field->value);
		case FOTA_PB_BYTES:
			if ((status = read_varint(ctx, r, what, &field->value)) != FOTA_OK)
				return status;
			if (field->value > r->size - r->at)
				return fota_fail(ctx, FOTA_TRUNCATED, begin, 0,
								 "%s: protobuf field runs past the packet: %llu bytes at byte %zu of %zu", what,
								 (unsigned long long) field->value, r->at, r->size);
			field->bytes = (fota_bytes) {r->data + r->at, (size_t) field->value};
			r->at += field->bytes.size;
			return FOTA_OK;
		default:
			return fota_fail(ctx, FOTA_SYNTAX, begin, 0, "%s: protobuf field at byte %zu has wire type %u", what, begin,
							 (unsigned) (key & 7));
	}
}

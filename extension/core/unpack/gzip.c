/* SPDX-License-Identifier: PostgreSQL */
/*
 * gzip.c: gzip files (RFC 1952) and bare deflate, by zlib with the caller's memory. The header is read here, since
 * zlib passes over some of what it should refuse.
 */
#include "flow.h"

#include <string.h>

#include <zlib.h>

#define CHUNK ((size_t) 1 << 30)	/* zlib counts its input in 32 bits */

static void *
zlib_alloc(void *opaque, unsigned items, unsigned size)
{
	return fota_alloc_array(opaque, items, size);
}

static void
zlib_free(void *opaque, void *ptr)
{
	fota_free(opaque, ptr);
}

/* --- deflate ------------------------------------------------------------------------------- */

/*
 * Between blocks: bits that only fill a byte are zero, as all encoders write them, since nothing else would protect
 * them: those behind the last block, and those between the head of a stored block and its length.
 */
static unsigned
filling_bits(fota_bytes packed, size_t at, int data_type)
{
	unsigned	left = (unsigned) data_type & 7;	/* bits of the last byte that are not used yet */
	unsigned	bits = left > 0 && at > 0 ? (unsigned) packed.data[at - 1] >> (8 - left) : 0;

	if (data_type & 64)
		return bits;
	if (left < 3 && at < packed.size)
		bits |= (unsigned) packed.data[at] << left;
	return (bits >> 1 & 3) == 0 ? bits >> 3 : 0;
}

/* Inflates what begins at from; *end is where the stream ended. */
static fota_status
inflate_all(fota_flow *flow, z_stream *z, fota_bytes packed, size_t from, size_t *end)
{
	size_t		fed = from;
	int			result = Z_OK;
	unsigned	filling = filling_bits(packed, from, 0);
	fota_status status = FOTA_OK;

	while (result != Z_STREAM_END && status == FOTA_OK)
	{
		if (z->avail_in == 0 && fed < packed.size)
		{
			size_t		step = packed.size - fed < CHUNK ? packed.size - fed : CHUNK;

			z->next_in = (Bytef *) (uintptr_t) (packed.data + fed);
			z->avail_in = (uInt) step;
			fed += step;
		}
		status = fota_flow_room(flow);
		if (status != FOTA_OK)
			break;
		z->next_out = flow->at;
		z->avail_out = (uInt) FOTA_FLOW_STEP;
		result = inflate(z, Z_BLOCK);
		*end = fed - z->avail_in;
		if (result == Z_OK && (z->data_type & 128))
			filling |= filling_bits(packed, *end, z->data_type);
		if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
			status = fota_flow_put(flow, FOTA_FLOW_STEP - z->avail_out, *end);
		if (status != FOTA_OK)
			break;
		if (result == Z_MEM_ERROR)
			status = flow->ctx->error.code;
		else if (result == Z_BUF_ERROR)
			status = fota_flow_short(flow, packed.size);
		else if (result != Z_OK && result != Z_STREAM_END)
			status = fota_flow_broken(flow, *end, z->msg ? z->msg : "no deflate stream");
		else if (filling != 0)
			status = fota_flow_broken(flow, *end, "bits behind its end are set");
	}
	return status;
}

static fota_status
inflate_from(fota_flow *flow, fota_bytes packed, size_t from, size_t *end)
{
	z_stream	z = {.zalloc = zlib_alloc, .zfree = zlib_free, .opaque = flow->ctx};
	fota_status status;

	if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return flow->ctx->error.code;
	status = inflate_all(flow, &z, packed, from, end);
	inflateEnd(&z);
	return status;
}

fota_status
fota_inflate(fota_ctx *ctx, fota_bytes packed, const fota_image_limits *limits, const char *what, fota_buf *out,
			 fota_inflated *result)
{
	fota_flow	flow;
	size_t		end = 0;
	fota_status status = fota_flow_begin(&flow, ctx, what, limits, out);

	if (status == FOTA_OK)
		status = inflate_from(&flow, packed, 0, &end);
	*result = (fota_inflated) {.size = flow.size, .packed = end, .crc = flow.crc};
	fota_flow_end(&flow);
	return status;
}

fota_status
fota_deflate(fota_ctx *ctx, fota_bytes plain, fota_buf *out)
{
	z_stream	z = {.zalloc = zlib_alloc, .zfree = zlib_free, .opaque = ctx};
	fota_status status = FOTA_OK;
	size_t		fed = 0;
	int			result = Z_OK;

	if (deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return ctx->error.code;
	while (status == FOTA_OK && result != Z_STREAM_END)
	{
		if (z.avail_in == 0 && fed < plain.size)
		{
			size_t		step = plain.size - fed < FOTA_FLOW_STEP ? plain.size - fed : FOTA_FLOW_STEP;

			z.next_in = (Bytef *) (uintptr_t) (plain.data + fed);
			z.avail_in = (uInt) step;
			fed += step;
			status = fota_poll(ctx, step);
		}
		if (status == FOTA_OK)
			status = fota_buf_reserve(ctx, out, FOTA_FLOW_STEP);
		if (status != FOTA_OK)
			break;
		z.next_out = out->data + out->size;
		z.avail_out = (uInt) FOTA_FLOW_STEP;
		result = deflate(&z, fed == plain.size ? Z_FINISH : Z_NO_FLUSH);
		out->size += FOTA_FLOW_STEP - z.avail_out;
	}
	deflateEnd(&z);
	return status;
}

/* --- gzip ---------------------------------------------------------------------------------- */

enum
{
	GZIP_HCRC = 2, GZIP_EXTRA = 4, GZIP_NAME = 8, GZIP_COMMENT = 16, GZIP_RESERVED = 0xe0
};

/* Passes over a text that ends with NUL. */
static fota_status
skip_text(fota_flow *flow, fota_bytes packed, size_t *at)
{
	const uint8_t *end = memchr(packed.data + *at, 0, packed.size - *at);

	if (end == NULL)
		return fota_flow_short(flow, packed.size);
	*at = (size_t) (end - packed.data) + 1;
	return FOTA_OK;
}

static fota_status
check_header(fota_flow *flow, fota_bytes packed, size_t at)
{
	const uint8_t *p = packed.data + at;

	if (packed.size - at < 2 || p[0] != 0x1f || p[1] != 0x8b)
		return fota_fail(flow->ctx, FOTA_SYNTAX, at, 0, "%s: no gzip header (1F 8B) at offset 0x%zX", flow->what, at);
	if (packed.size - at >= 3 && p[2] != 8)
		return fota_fail(flow->ctx, FOTA_UNSUPPORTED, at + 2, 0,
						 "%s: compression method %u at offset 0x%zX, expected 8 (deflate)", flow->what, p[2], at + 2);
	if (packed.size - at >= 4 && (p[3] & GZIP_RESERVED))
		return fota_fail(flow->ctx, FOTA_SYNTAX, at + 3, 0, "%s: reserved flag bits 0x%02X at offset 0x%zX are set",
						 flow->what, p[3] & GZIP_RESERVED, at + 3);
	return packed.size - at < 10 ? fota_flow_short(flow, packed.size) : FOTA_OK;
}

/* Reads a header at *at and leaves *at behind it. */
static fota_status
read_header(fota_flow *flow, fota_bytes packed, size_t *at)
{
	const uint8_t *p = packed.data + *at;
	size_t		begin = *at;
	uint8_t		flags;
	fota_status status = check_header(flow, packed, begin);

	if (status != FOTA_OK)
		return status;
	flags = p[3];
	*at += 10;
	if (flags & GZIP_EXTRA)
	{
		size_t		extra = packed.size - *at < 2 ? SIZE_MAX : fota_get_u16le(packed.data + *at);

		if (extra == SIZE_MAX || packed.size - *at - 2 < extra)
			return fota_flow_short(flow, packed.size);
		*at += 2 + extra;
	}
	if ((flags & GZIP_NAME) && (status = skip_text(flow, packed, at)) != FOTA_OK)
		return status;
	if ((flags & GZIP_COMMENT) && (status = skip_text(flow, packed, at)) != FOTA_OK)
		return status;
	if (flags & GZIP_HCRC)
	{
		uint16_t	want = (uint16_t) fota_crc32(0, packed.data + begin, *at - begin);
		uint16_t	found;

		if (packed.size - *at < 2)
			return fota_flow_short(flow, packed.size);
		found = fota_get_u16le(packed.data + *at);
		if (found != want)
			return fota_fail(flow->ctx, FOTA_CHECKSUM, *at, 0, "%s: CRC-16 of the header is 0x%04X, computed 0x%04X",
							 flow->what, found, want);
		*at += 2;
	}
	return FOTA_OK;
}

static fota_status
check_trailer(fota_flow *flow, fota_bytes packed, size_t at, uint64_t size)
{
	uint32_t	crc;
	uint32_t	length;

	if (packed.size - at < 8)
		return fota_flow_short(flow, packed.size);
	crc = fota_get_u32le(packed.data + at);
	length = fota_get_u32le(packed.data + at + 4);
	if (crc != flow->crc)
		return fota_fail(flow->ctx, FOTA_CHECKSUM, at, 0, "%s: CRC-32 is 0x%08X, computed 0x%08X", flow->what, crc,
						 flow->crc);
	if (length != (uint32_t) size)
		return fota_fail(flow->ctx, FOTA_CHECKSUM, at + 4, 0, "%s: the length is said to be %u, found %llu bytes",
						 flow->what, length, (unsigned long long) size);
	return FOTA_OK;
}

fota_status
fota_flow_gzip(fota_flow *flow, fota_bytes packed)
{
	size_t		at = 0;
	fota_status status;

	do
	{
		uint64_t	before = flow->size;

		flow->crc = 0;
		if ((status = read_header(flow, packed, &at)) != FOTA_OK ||
			(status = inflate_from(flow, packed, at, &at)) != FOTA_OK ||
			(status = check_trailer(flow, packed, at, flow->size - before)) != FOTA_OK)
			return status;
		at += 8;
	} while (packed.size - at >= 2 && packed.data[at] == 0x1f && packed.data[at + 1] == 0x8b);
	return at < packed.size ? fota_flow_trailing(flow, at, packed.size - at) : FOTA_OK;
}

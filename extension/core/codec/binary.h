/* SPDX-License-Identifier: PostgreSQL */
/*
 * binary.h: what the codecs of binary formats share: parts of a file with every bound checked, CRCs with polling,
 * segments from numbered parts with addresses, and texts that a file holds in a field of fixed size.
 */
#ifndef FOTA_CODEC_BINARY_H
#define FOTA_CODEC_BINARY_H

#include "../image.h"
#include "gather.h"

/* Whether size bytes at offset are in the file; any values. */
static inline bool
fota_binary_has(fota_bytes file, uint64_t offset, uint64_t size)
{
	return offset <= file.size && size <= file.size - offset;
}

static inline fota_bytes
fota_binary_part(fota_bytes file, uint64_t offset, uint64_t size)
{
	return (fota_bytes) {file.data + offset, (size_t) size};
}

/* Whether the file has these bytes at offset. */
bool		fota_binary_is(fota_bytes file, size_t offset, const void *bytes, size_t size);

static inline void
fota_put_u32le(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		p[i] = (uint8_t) v;
}

static inline void
fota_put_u16le(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t) v;
	p[1] = (uint8_t) (v >> 8);
}

/* Bytes before the first NUL, at most size. */
size_t		fota_binary_text(const uint8_t *field, size_t size);

/* CRC-32 with polling; see fota_crc32. */
fota_status fota_binary_crc32(fota_ctx *ctx, fota_bytes data, uint32_t *crc);

/* Whether all bytes are the same. */
bool		fota_binary_filled(fota_bytes data, uint8_t value);

/* A part of the file that goes to an address. */
typedef struct fota_binary_part_at
{
	uint64_t	address;		/* with its space, as for fota_gather_spaces */
	uint64_t	offset;			/* in the file */
	uint64_t	size;
	uint64_t	number;			/* by which messages name it */
} fota_binary_part_at;

/*
 * Makes the segments of an image from parts in file order; sizes may be 0. kind ("block", "PT_LOAD", ..) and the
 * numbers name parts that overlap. The parts lie in the file, and address + size does not overflow.
 */
fota_status fota_binary_segments(fota_ctx *ctx, fota_bytes file, const fota_binary_part_at *parts, size_t count,
								 const char *kind, const fota_image_options *options, fota_image *image);

#endif

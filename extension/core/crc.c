/* SPDX-License-Identifier: PostgreSQL */
/*
 * crc.c: CRCs by their parameters; see crc.h. The register is kept at the low end when bits come in
 * reflected, and at the high end of 64 bits when they do not, so that one byte is one step of a table
 * for every width.
 */
#include "crc.h"

#include <string.h>

static uint64_t
reflect(uint64_t value, unsigned width)
{
	uint64_t	out = 0;

	for (unsigned i = 0; i < width; i++, value >>= 1)
		out = out << 1 | (value & 1);
	return out;
}

static uint64_t
mask_of(unsigned width)
{
	return width == 64 ? UINT64_MAX : ((uint64_t) 1 << width) - 1;
}

static void
make_table(fota_crc *crc)
{
	unsigned	width = crc->spec.width;
	uint64_t	poly = crc->spec.refin ? reflect(crc->spec.poly, width) : crc->spec.poly << (64 - width);

	for (unsigned byte = 0; byte < 256; byte++)
	{
		uint64_t	value = crc->spec.refin ? byte : (uint64_t) byte << 56;

		for (int bit = 0; bit < 8; bit++)
		{
			if (crc->spec.refin)
				value = value & 1 ? value >> 1 ^ poly : value >> 1;
			else
				value = value >> 63 ? value << 1 ^ poly : value << 1;
		}
		crc->table[byte] = value;
	}
}

fota_status
fota_crc_begin(fota_ctx *ctx, fota_crc *crc, const fota_crc_spec *spec)
{
	if (spec->width < 3 || spec->width > 64)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "a CRC of %u bits: expected 3 to 64", spec->width);
	if (((spec->poly | spec->init | spec->xorout) & ~mask_of(spec->width)) != 0)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "a parameter of the CRC is wider than its %u bits",
						 spec->width);
	crc->spec = *spec;
	crc->value = spec->refin ? reflect(spec->init, spec->width) : spec->init << (64 - spec->width);
	make_table(crc);
	return FOTA_OK;
}

static uint64_t
step(const fota_crc *crc, uint64_t value, const uint8_t *data, size_t size)
{
	if (crc->spec.refin)
		for (size_t i = 0; i < size; i++)
			value = value >> 8 ^ crc->table[(value ^ data[i]) & 0xff];
	else
		for (size_t i = 0; i < size; i++)
			value = value << 8 ^ crc->table[(value >> 56 ^ data[i]) & 0xff];
	return value;
}

fota_status
fota_crc_add(fota_ctx *ctx, fota_crc *crc, const uint8_t *data, size_t size)
{
	while (size > 0)
	{
		size_t		part = size < FOTA_POLL_EVERY ? size : FOTA_POLL_EVERY;
		fota_status status = fota_poll(ctx, part);

		if (status != FOTA_OK)
			return status;
		crc->value = step(crc, crc->value, data, part);
		data += part;
		size -= part;
	}
	return FOTA_OK;
}

fota_status
fota_crc_add_fill(fota_ctx *ctx, fota_crc *crc, uint8_t value, uint64_t count)
{
	uint8_t		block[1024];
	fota_status status = FOTA_OK;

	memset(block, value, sizeof(block));
	while (count > 0 && status == FOTA_OK)
	{
		size_t		part = count < sizeof(block) ? (size_t) count : sizeof(block);

		status = fota_crc_add(ctx, crc, block, part);
		count -= part;
	}
	return status;
}

uint64_t
fota_crc_end(const fota_crc *crc)
{
	unsigned	width = crc->spec.width;
	uint64_t	value = crc->spec.refin ? crc->value : crc->value >> (64 - width);

	if (crc->spec.refin != crc->spec.refout)
		value = reflect(value, width);
	return (value ^ crc->spec.xorout) & mask_of(width);
}

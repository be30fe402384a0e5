/* SPDX-License-Identifier: PostgreSQL */
/*
 * uf2_write.c: writes UF2; see uf2.h. A block holds 256 bytes (or what the record size says, up to 476) that do not
 * cross a multiple of that, as bootloaders want it; where a segment begins or ends inside, it holds fewer.
 */
#include "uf2.h"

#include <string.h>

#define PAYLOAD 256

/* Data bytes of the block that begins at address, of at most left. */
static uint32_t
block_size(uint64_t address, uint64_t left, uint32_t payload)
{
	uint64_t	most = payload - address % payload;

	return (uint32_t) (left < most ? left : most);
}

static uint64_t
count_blocks(const fota_segment *s, uint32_t payload)
{
	uint64_t	first = block_size(s->address, s->size, payload);

	return 1 + (s->size - first + payload - 1) / payload;
}

static fota_status
put_block(fota_ctx *ctx, const uint8_t *data, uint32_t size, uint32_t address, uint32_t number, uint32_t total,
		  uint32_t family, fota_buf *out)
{
	uint8_t		block[UF2_BLOCK] = {0};
	fota_status status;

	fota_put_u32le(block, UF2_MAGIC_0);
	fota_put_u32le(block + 4, UF2_MAGIC_1);
	fota_put_u32le(block + 8, family != 0 ? UF2_FLAG_FAMILY : 0);
	fota_put_u32le(block + 12, address);
	fota_put_u32le(block + 16, size);
	fota_put_u32le(block + 20, number);
	fota_put_u32le(block + 24, total);
	fota_put_u32le(block + 28, family);
	memcpy(block + UF2_HEAD, data, size);
	fota_put_u32le(block + UF2_BLOCK - 4, UF2_MAGIC_END);
	status = fota_buf_append(ctx, out, block, sizeof(block));
	return status != FOTA_OK ? status : fota_poll(ctx, sizeof(block));
}

fota_status
fota_uf2_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options, fota_buf *out)
{
	uint32_t	payload = options->record_size ? options->record_size : PAYLOAD;
	uint64_t	total = 0;
	uint32_t	number = 0;
	fota_status status = FOTA_OK;

	if (payload > UF2_DATA)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "uf2: %u bytes per block, at most %u fit", payload, UF2_DATA);
	for (size_t i = 0; i < image->segment_count; i++)
	{
		const fota_segment *s = &image->segments[i];

		if (s->space != FOTA_SPACE_FLASH)
			return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "uf2: segment %zu is not in the flash, for which there is no place", i);
		if (s->address + s->size > (uint64_t) 1 << 32)
			return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "uf2: segment %zu at 0x%llX runs past 4 GiB", i,
							 (unsigned long long) s->address);
		total += count_blocks(s, payload);
	}
	for (size_t i = 0; i < image->segment_count && status == FOTA_OK; i++)
	{
		const fota_segment *s = &image->segments[i];

		for (uint64_t done = 0; done < s->size && status == FOTA_OK;)
		{
			uint32_t	size = block_size(s->address + done, s->size - done, payload);

			status = put_block(ctx, s->data + done, size, (uint32_t) (s->address + done), number++, (uint32_t) total,
							   options->family, out);
			done += size;
		}
	}
	return status;
}

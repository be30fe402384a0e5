/* SPDX-License-Identifier: PostgreSQL */
/* tekhex_write.c: writes extended Tektronix hex with addresses of 8 digits, and the end with the entry, or 0. */
#include "codecs.h"
#include "hex_write.h"

#define AROUND 15				/* characters of a block besides its data */
#define LARGEST 120				/* bytes of data that its length can count */

static unsigned
nibbles(unsigned byte)
{
	return (byte >> 4) + (byte & 15);
}

static fota_status
put_block(fota_hex_writer *w, unsigned type, uint64_t address, const uint8_t *data, unsigned size)
{
	uint8_t    *p = fota_hex_write_room(w, AROUND + 2 * (size_t) size);
	unsigned	length = AROUND - 1 + 2 * size;
	unsigned	sum = nibbles(length) + type + 8;
	unsigned	ignored = 0;
	uint8_t    *checksum;

	if (p == NULL)
		return w->ctx->error.code;
	*p++ = '%';
	p = fota_hex_put_byte(p, length, &ignored);
	*p++ = (uint8_t) ('0' + type);
	checksum = p;
	p += 2;
	*p++ = '8';
	for (int shift = 24; shift >= 0; shift -= 8)
	{
		sum += nibbles((unsigned) (address >> shift) & 0xff);
		p = fota_hex_put_byte(p, (unsigned) (address >> shift) & 0xff, &ignored);
	}
	for (unsigned i = 0; i < size; i++)
		sum += nibbles(data[i]);
	p = fota_hex_put(p, data, size, &ignored);
	fota_hex_put_byte(checksum, sum & 0xff, &ignored);
	return fota_hex_write_line(w, p);
}

static fota_status
put_data(void *with, uint64_t address, const uint8_t *data, unsigned size)
{
	return put_block(with, 6, address, data, size);
}

fota_status
fota_tekhex_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options, fota_buf *out)
{
	fota_hex_writer w;
	uint64_t	entry = image->has_entry ? image->entry : 0;
	fota_status status = fota_hex_write_open(&w, ctx, image, options, out, "tekhex", (uint64_t) 1 << 32, "4 GiB", LARGEST, AROUND);

	if (status == FOTA_OK && entry >> 32 != 0)
		status = fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "tekhex: entry 0x%llX lies beyond 4 GiB",
						   (unsigned long long) entry);
	if (status == FOTA_OK)
		status = fota_hex_write_records(&w, 0, put_data, NULL, &w);
	return status != FOTA_OK ? status : put_block(&w, 8, entry, NULL, 0);
}

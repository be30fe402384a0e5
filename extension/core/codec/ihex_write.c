/* SPDX-License-Identifier: PostgreSQL */
/*
 * ihex_write.c: writes Intel HEX: linear base records where the upper 16 bits of the address change,
 * no record across 64 KiB, upper-case digits, and the entry as a start linear address.
 */
#include "codecs.h"

#include <string.h>

typedef struct writer
{
	fota_ctx   *ctx;
	fota_buf   *out;
	bool		crlf;
	uint64_t	upper;			/* upper 16 bits that the last base record set */
} writer;

static uint8_t *
put_byte(uint8_t *p, unsigned byte, unsigned *sum)
{
	static const char digits[] = "0123456789ABCDEF";

	*sum += byte;
	p[0] = (uint8_t) digits[byte >> 4 & 15];
	p[1] = (uint8_t) digits[byte & 15];
	return p + 2;
}

static fota_status
put_record(writer *w, unsigned type, unsigned address, const uint8_t *data, unsigned size)
{
	uint8_t    *p;
	unsigned	sum = 0;
	fota_status status = fota_buf_reserve(w->ctx, w->out, 13 + 2 * (size_t) size);

	if (status != FOTA_OK)
		return status;
	p = w->out->data + w->out->size;
	*p++ = ':';
	p = put_byte(p, size, &sum);
	p = put_byte(p, address >> 8 & 0xff, &sum);
	p = put_byte(p, address & 0xff, &sum);
	p = put_byte(p, type, &sum);
	for (unsigned i = 0; i < size; i++)
		p = put_byte(p, data[i], &sum);
	p = put_byte(p, (0u - sum) & 0xff, &sum);
	if (w->crlf)
		*p++ = '\r';
	*p++ = '\n';
	w->out->size = (size_t) (p - w->out->data);
	return fota_poll(w->ctx, size);
}

/* One data record, with a base record in front when it needs another one. */
static fota_status
put_data(writer *w, uint64_t address, const uint8_t *data, unsigned size)
{
	uint64_t	upper = address >> 16;

	if (upper != w->upper)
	{
		uint8_t		base[2] = {(uint8_t) (upper >> 8), (uint8_t) upper};
		fota_status status = put_record(w, 4, 0, base, 2);

		if (status != FOTA_OK)
			return status;
		w->upper = upper;
	}
	return put_record(w, 0, (unsigned) (address & 0xffff), data, size);
}

static fota_status
put_segment(writer *w, const fota_segment *segment, unsigned record_size)
{
	for (uint64_t done = 0; done < segment->size;)
	{
		uint64_t	address = segment->address + done;
		uint64_t	left = segment->size - done;
		unsigned	size = left < record_size ? (unsigned) left : record_size;
		unsigned	room = 0x10000 - (unsigned) (address & 0xffff);
		fota_status status;

		if (size > room)
			size = room;
		status = put_data(w, address, segment->data + done, size);
		if (status != FOTA_OK)
			return status;
		done += size;
	}
	return FOTA_OK;
}

fota_status
fota_ihex_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options, fota_buf *out)
{
	writer		w = {.ctx = ctx, .out = out, .crlf = options->crlf};
	unsigned	record_size = options->record_size ? options->record_size : 16;
	fota_status status = FOTA_OK;

	if (record_size > 255)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "ihex: %u bytes in a record, at most 255 fit", record_size);
	for (size_t i = 0; i < image->segment_count && status == FOTA_OK; i++)
	{
		const fota_segment *segment = &image->segments[i];

		if (segment->address >> 32 != 0 || segment->size > ((uint64_t) 1 << 32) - segment->address)
			return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0,
							 "ihex: segment at 0x%llX with %llu bytes lies beyond 4 GiB",
							 (unsigned long long) segment->address, (unsigned long long) segment->size);
		status = put_segment(&w, segment, record_size);
	}
	if (status == FOTA_OK && image->has_entry)
	{
		uint32_t	entry = (uint32_t) image->entry;
		uint8_t		data[4] = {
			(uint8_t) (entry >> 24), (uint8_t) (entry >> 16), (uint8_t) (entry >> 8), (uint8_t) entry
		};

		if (image->entry >> 32 != 0)
			return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "ihex: entry 0x%llX lies beyond 4 GiB",
							 (unsigned long long) image->entry);
		status = put_record(&w, 5, 0, data, 4);
	}
	return status != FOTA_OK ? status : put_record(&w, 1, 0, NULL, 0);
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * ihex_write.c: writes Intel HEX: base records where the upper bits of the address change, no record across
 * 64 KiB, upper-case digits, and the entry. Addresses are linear (I32HEX) and bases are written only where
 * they are needed, so that an image below 64 KiB is I8HEX; I8HEX and I16HEX can be asked for.
 */
#include "codecs.h"
#include "hex_write.h"

#define LINE 11					/* characters of a record besides its data and line end */
#define BORDER 0x10000

typedef struct ihex_writer
{
	fota_hex_writer w;
	bool		segments;		/* bases are those of segments */
	uint64_t	upper;			/* upper 16 bits that the last base record set */
} ihex_writer;

static fota_status
put_record(fota_hex_writer *w, unsigned type, unsigned address, const uint8_t *data, unsigned size)
{
	uint8_t    *p = fota_hex_write_room(w, LINE + 2 * (size_t) size);
	unsigned	sum = 0;

	if (p == NULL)
		return w->ctx->error.code;
	*p++ = ':';
	p = fota_hex_put_byte(p, size, &sum);
	p = fota_hex_put_byte(p, address >> 8 & 0xff, &sum);
	p = fota_hex_put_byte(p, address & 0xff, &sum);
	p = fota_hex_put_byte(p, type, &sum);
	p = fota_hex_put(p, data, size, &sum);
	p = fota_hex_put_byte(p, (0u - sum) & 0xff, &sum);
	return fota_hex_write_line(w, p);
}

/* One data record, with a base record in front when it needs another one. */
static fota_status
put_data(void *with, uint64_t address, const uint8_t *data, unsigned size)
{
	ihex_writer *s = with;
	uint64_t	upper = address >> 16;

	if (upper != s->upper)
	{
		unsigned	value = (unsigned) (s->segments ? upper << 12 : upper);
		uint8_t		base[2] = {(uint8_t) (value >> 8), (uint8_t) value};
		fota_status status = put_record(&s->w, s->segments ? 2 : 4, 0, base, 2);

		if (status != FOTA_OK)
			return status;
		s->upper = upper;
	}
	return put_record(&s->w, 0, (unsigned) (address & 0xffff), data, size);
}

static void
form_data(void *with, uint64_t address, size_t lines, fota_hex_line *line)
{
	(void) with, (void) lines;
	line->mark[0] = ':';
	line->mark_size = 1;
	line->head_size = 4;
	line->sum = 0;
	line->head = (uint64_t) line->data_size << 24 | (address & 0xffff) << 8;
	line->step = (uint64_t) line->data_size << 8;
}

/* CS:IP in I16HEX, else linear. */
static fota_status
put_entry(ihex_writer *s, uint64_t entry, unsigned address, uint64_t limit)
{
	uint64_t	value = s->segments ? (entry >> 16) << 28 | (entry & 0xffff) : entry;
	uint8_t		data[4] = {(uint8_t) (value >> 24), (uint8_t) (value >> 16), (uint8_t) (value >> 8), (uint8_t) value};

	if (address == 2)
	{
		fota_fail(s->w.ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "ihex: I8HEX has no place for the entry 0x%llX",
				  (unsigned long long) entry);
		return fota_fail_hint(s->w.ctx, "Write I16HEX or I32HEX.");
	}
	if (entry >= limit)
		return fota_fail(s->w.ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "ihex: entry 0x%llX lies beyond %s",
						 (unsigned long long) entry, s->segments ? "1 MiB" : "4 GiB");
	return put_record(&s->w, s->segments ? 3 : 5, 0, data, 4);
}

fota_status
fota_ihex_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options, fota_buf *out)
{
	ihex_writer s = {.segments = options->address == 3};
	uint64_t	limit = options->address == 2 ? BORDER : options->address == 3 ? 1 << 20 : (uint64_t) 1 << 32;
	const char *what = options->address == 2 ? "64 KiB, where I8HEX ends" :
		options->address == 3 ? "1 MiB, where I16HEX ends" : "4 GiB";
	fota_status status;

	if (options->address != 0 && (options->address < 2 || options->address > 4))
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "ihex: addresses of %u bytes, there are 2 (I8HEX), 3 (I16HEX) and 4 (I32HEX)",
						 options->address);
	status = fota_hex_write_open(&s.w, ctx, image, options, out, "ihex", limit, what, 255, LINE);
	if (status == FOTA_OK)
		status = fota_hex_write_records(&s.w, BORDER, put_data, form_data, &s);
	if (status == FOTA_OK && image->has_entry)
		status = put_entry(&s, image->entry, options->address, limit);
	return status != FOTA_OK ? status : put_record(&s.w, 1, 0, NULL, 0);
}

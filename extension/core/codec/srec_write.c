/* SPDX-License-Identifier: PostgreSQL */
/*
 * srec_write.c: writes Motorola S-records: a header, data records with addresses as short as hold the image
 * (or as asked for), their number, so that lost lines are found, and the end with the entry, or 0.
 */
#include "codecs.h"
#include "hex_write.h"

#include <string.h>

typedef struct srec_writer
{
	fota_hex_writer w;
	unsigned	width;			/* bytes of an address */
	uint64_t	records;
} srec_writer;

static fota_status
put_record(fota_hex_writer *w, unsigned type, unsigned width, uint64_t address, const uint8_t *data, unsigned size)
{
	uint8_t    *p = fota_hex_write_room(w, 6 + 2 * (size_t) (width + size));
	unsigned	sum = 0;

	if (p == NULL)
		return w->ctx->error.code;
	*p++ = 'S';
	*p++ = (uint8_t) ('0' + type);
	p = fota_hex_put_byte(p, width + size + 1, &sum);
	for (unsigned i = width; i > 0; i--)
		p = fota_hex_put_byte(p, (unsigned) (address >> (8 * (i - 1))) & 0xff, &sum);
	p = fota_hex_put(p, data, size, &sum);
	p = fota_hex_put_byte(p, ~sum & 0xff, &sum);
	return fota_hex_write_line(w, p);
}

static fota_status
put_data(void *with, uint64_t address, const uint8_t *data, unsigned size)
{
	srec_writer *s = with;

	s->records++;
	return put_record(&s->w, s->width - 1, s->width, address, data, size);
}

static void
form_data(void *with, uint64_t address, size_t lines, fota_hex_line *line)
{
	srec_writer *s = with;

	s->records += lines;
	line->mark[0] = 'S';
	line->mark[1] = (uint8_t) ('0' + s->width - 1);
	line->mark_size = 2;
	line->head_size = s->width + 1;
	line->sum = 0xff;
	line->head = (uint64_t) (s->width + line->data_size + 1) << (8 * s->width) | address;
	line->step = line->data_size;
}

/* The header of the file that the image is of, if it had one. */
static fota_status
put_header(srec_writer *s)
{
	const fota_image *image = s->w.image;
	const char *header = "";

	for (size_t i = 0; i < image->metadata_count; i++)
		if (strcmp(image->metadata[i].name, "header") == 0)
			header = image->metadata[i].value;
	return put_record(&s->w, 0, 2, 0, (const uint8_t *) header, (unsigned) strlen(header));
}

/* The number of data records, unless it is too large for a record, and the end. */
static fota_status
put_end(srec_writer *s)
{
	uint64_t	entry = s->w.image->has_entry ? s->w.image->entry : 0;
	fota_status status = FOTA_OK;

	if (s->records <= 0xffffff)
		status = put_record(&s->w, s->records <= 0xffff ? 5 : 6, s->records <= 0xffff ? 2 : 3, s->records, NULL, 0);
	return status != FOTA_OK ? status : put_record(&s->w, 11 - s->width, s->width, entry, NULL, 0);
}

fota_status
fota_srec_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options, fota_buf *out)
{
	static const char *const limits[] = {"64 KiB, where S1 ends", "16 MiB, where S2 ends", "4 GiB"};
	uint64_t	highest = fota_hex_write_end(image);
	srec_writer s = {.width = options->address};
	fota_status status;

	if (image->has_entry && image->entry >= highest)
		highest = image->entry + 1;
	if (s.width == 0)
		s.width = highest <= 0x10000 ? 2 : highest <= 0x1000000 ? 3 : 4;
	if (s.width < 2 || s.width > 4)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "srec: addresses of %u bytes, there are 2 (S1), 3 (S2) and 4 (S3)",
						 s.width);
	status = fota_hex_write_open(&s.w, ctx, image, options, out, "srec", (uint64_t) 1 << (8 * s.width), limits[s.width - 2],
								 254 - s.width, 6 + 2 * s.width);
	if (status == FOTA_OK && image->has_entry && image->entry >> (8 * s.width) != 0)
		status = fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "srec: entry 0x%llX lies beyond %s",
						   (unsigned long long) image->entry, limits[s.width - 2]);
	if (status == FOTA_OK)
		status = put_header(&s);
	if (status == FOTA_OK)
		status = fota_hex_write_records(&s.w, 0, put_data, form_data, &s);
	return status != FOTA_OK ? status : put_end(&s);
}

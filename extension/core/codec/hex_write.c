/* SPDX-License-Identifier: PostgreSQL */
/* hex_write.c: what the writers of text formats share; see hex_write.h. */
#include "hex_write.h"

/* Reserves what the whole image will take, so that the output is not copied while it grows; a guess. */
static fota_status
reserve(fota_hex_writer *w, unsigned around)
{
	uint64_t	records = w->image->bytes / w->record_size + 2 * (uint64_t) w->image->segment_count + 8;
	uint64_t	size;

	if (!fota_mul_u64(records + (w->image->bytes >> 15), around + 2 * (uint64_t) w->record_size + 2, &size) ||
		size > w->out->cap - w->out->size)
		return FOTA_OK;
	return fota_buf_reserve(w->ctx, w->out, (size_t) size);
}

fota_status
fota_hex_write_open(fota_hex_writer *w, fota_ctx *ctx, const fota_image *image, const fota_encode_options *options,
					fota_buf *out, const char *format, uint64_t limit, const char *what, unsigned most, unsigned around)
{
	*w = (fota_hex_writer) {
		.ctx = ctx, .out = out, .image = image, .format = format, .crlf = options->crlf,
		.record_size = options->record_size ? options->record_size : 16
	};
	if (w->record_size > most)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "%s: %u bytes in a record, at most %u fit", format,
						 w->record_size, most);
	for (size_t i = 0; i < image->segment_count; i++)
	{
		const fota_segment *s = &image->segments[i];

		if (s->space != image->segments[0].space)
		{
			fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0,
					  "%s: the image has bytes in more than one space (flash, EEPROM, fuses ..), and the format has one",
					  format);
			return fota_fail_hint(ctx, "Write one space at a time.");
		}
		if (s->address > limit || s->size > limit - s->address)
			return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "%s: segment at 0x%llX with %llu bytes lies beyond %s",
							 format, (unsigned long long) s->address, (unsigned long long) s->size, what);
	}
	return reserve(w, around);
}

uint64_t
fota_hex_write_end(const fota_image *image)
{
	const fota_segment *last = image->segments + image->segment_count;

	return image->segment_count > 0 ? last[-1].address + last[-1].size : 0;
}

uint8_t *
fota_hex_write_room(fota_hex_writer *w, size_t size)
{
	if (fota_buf_reserve(w->ctx, w->out, size + 2) != FOTA_OK)
		return NULL;
	return w->out->data + w->out->size;
}

fota_status
fota_hex_write_line(fota_hex_writer *w, uint8_t *p)
{
	size_t		before = w->out->size;

	if (w->crlf)
		*p++ = '\r';
	*p++ = '\n';
	w->out->size = (size_t) (p - w->out->data);
	return fota_poll(w->ctx, w->out->size - before);
}

fota_status
fota_hex_write_records(fota_hex_writer *w, uint64_t border, fota_hex_put_record put, void *with)
{
	for (size_t i = 0; i < w->image->segment_count; i++)
	{
		const fota_segment *segment = &w->image->segments[i];

		for (uint64_t done = 0; done < segment->size;)
		{
			uint64_t	address = segment->address + done;
			uint64_t	size = segment->size - done;
			fota_status status;

			if (size > w->record_size)
				size = w->record_size;
			if (border != 0 && size > border - address % border)
				size = border - address % border;
			status = put(with, address, segment->data + done, (unsigned) size);
			if (status != FOTA_OK)
				return status;
			done += size;
		}
	}
	return FOTA_OK;
}

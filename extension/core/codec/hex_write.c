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

/* Records of full size that follow the one before: *done becomes how many bytes they hold. */
static fota_status
put_alike(fota_hex_writer *w, uint64_t address, const uint8_t *data, uint64_t room, fota_hex_form form, void *with,
		  uint64_t *done)
{
	uint64_t	at_once = FOTA_POLL_EVERY / w->record_size;
	size_t		lines = (size_t) (room / w->record_size < at_once ? room / w->record_size : at_once);
	fota_hex_line line = {.data_size = w->record_size, .end_size = w->crlf ? 2 : 1};
	uint8_t    *p;

	*done = 0;
	if (lines == 0 || w->record_size % FOTA_HEX_RUN_UNIT != 0 || fota_hex_ways() == FOTA_HEX_SCALAR)
		return FOTA_OK;
	form(with, address, lines, &line);
	p = fota_hex_write_room(w, lines * fota_hex_stride(&line) + FOTA_HEX_SPILL);
	if (p == NULL)
		return w->ctx->error.code;
	lines = fota_hex_put_run(&line, p, data, lines);
	w->out->size += lines * fota_hex_stride(&line);
	*done = lines * w->record_size;
	return fota_poll(w->ctx, lines * fota_hex_stride(&line));
}

/* The bytes up to the end of the segment or to the border. */
static uint64_t
room_at(const fota_segment *segment, uint64_t done, uint64_t border)
{
	uint64_t	room = segment->size - done;
	uint64_t	address = segment->address + done;

	if (border != 0 && room > border - address % border)
		room = border - address % border;
	return room;
}

static fota_status
put_segment(fota_hex_writer *w, const fota_segment *segment, uint64_t border, fota_hex_put_record put,
			fota_hex_form form, void *with)
{
	for (uint64_t done = 0; done < segment->size;)
	{
		uint64_t	room = room_at(segment, done, border);
		unsigned	size = room < w->record_size ? (unsigned) room : w->record_size;
		uint64_t	more = 0;
		fota_status status = put(with, segment->address + done, segment->data + done, size);

		done += size;
		if (status == FOTA_OK && form != NULL && room > size)
			status = put_alike(w, segment->address + done, segment->data + done, room - size, form, with, &more);
		if (status != FOTA_OK)
			return status;
		done += more;
	}
	return FOTA_OK;
}

fota_status
fota_hex_write_records(fota_hex_writer *w, uint64_t border, fota_hex_put_record put, fota_hex_form form, void *with)
{
	fota_status status = FOTA_OK;

	for (size_t i = 0; i < w->image->segment_count && status == FOTA_OK; i++)
		status = put_segment(w, &w->image->segments[i], border, put, form, with);
	return status;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * hex_write.h: what the writers of text formats share: room in the output, line ends, and the refusal of images
 * that a format cannot hold.
 */
#ifndef FOTA_CODEC_HEX_WRITE_H
#define FOTA_CODEC_HEX_WRITE_H

#include "../image.h"
#include "hex_simd.h"

typedef struct fota_hex_writer
{
	fota_ctx   *ctx;
	fota_buf   *out;
	const fota_image *image;
	const char *format;
	unsigned	record_size;	/* data bytes of a record */
	bool		crlf;
} fota_hex_writer;

/*
 * Begins to write: the image must be of one space, end at or below address "limit", which "what" names ("4 GiB"), and
 * records must have 1 to "most" bytes. around: characters of a record besides its data.
 */
fota_status fota_hex_write_open(fota_hex_writer *w, fota_ctx *ctx, const fota_image *image,
								const fota_encode_options *options, fota_buf *out, const char *format, uint64_t limit,
								const char *what, unsigned most, unsigned around);
/* One past the highest address, 0 for an image without data. */
uint64_t	fota_hex_write_end(const fota_image *image);
/* Where to write the next size characters and a line end; NULL with ctx->error set. */
uint8_t    *fota_hex_write_room(fota_hex_writer *w, size_t size);
/* Ends a line at p: what was written since fota_hex_write_room counts. */
fota_status fota_hex_write_line(fota_hex_writer *w, uint8_t *p);

/* Writes one record of data; "with" is the writer of the format. */
typedef fota_status (*fota_hex_put_record) (void *with, uint64_t address, const uint8_t *data, unsigned size);

/* Says what so many records of record_size bytes from address on look like, which come next; all but the line end. */
typedef void (*fota_hex_form) (void *with, uint64_t address, size_t lines, fota_hex_line *line);

/*
 * Cuts the image into records: at most record_size bytes each, none across a multiple of "border" (0 = no border). With
 * "form" records that follow one of full size are written many at once.
 */
fota_status fota_hex_write_records(fota_hex_writer *w, uint64_t border, fota_hex_put_record put, fota_hex_form form,
								   void *with);

#endif

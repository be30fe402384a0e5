/* SPDX-License-Identifier: PostgreSQL */
/*
 * archive.h: readers of zip, tar and cpio archives, shared by the formats that are packages. Each lists the
 * members of a file in an image and checks all that needs no key: structure, names, sums. A member's bytes are
 * taken out by fota_archive_take, whatever the archive.
 *
 * Strict: nothing may lie between or behind the members, nothing occur twice, no links and no devices. Errors begin
 * with the name of the image's codec.
 */
#ifndef FOTA_ARCHIVE_H
#define FOTA_ARCHIVE_H

#include "../image.h"

fota_status fota_zip_list(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image);
fota_status fota_tar_list(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image);
fota_status fota_cpio_list(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image);

/* By the first bytes (tar: by the first header's sum). */
bool		fota_zip_is(fota_bytes file);
bool		fota_tar_is(fota_bytes file);
bool		fota_cpio_is(fota_bytes file);

/* Appends a member's bytes to out; a codec's take. */
fota_status fota_archive_take(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member,
							  const fota_image_options *options, fota_buf *out);
/*
 * The same for members that are read while decoding: the file's own bytes when the member is stored, else out,
 * which is initialised here and freed by the caller, gets them. At most so many, or FOTA_LIMIT.
 */
fota_status fota_archive_open(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member,
							  uint64_t most, fota_buf *out, fota_bytes *bytes);

/*
 * A zip archive that is always the same for the same members: no times, no attributes, nothing that needs more than
 * version 2.0. Each member is deflated when that makes it smaller and may_pack says so. fota_zip_writer_end writes the
 * directory and releases the writer, which must be done in every case.
 */
typedef struct fota_zip_writer
{
	fota_ctx   *ctx;
	fota_buf   *out;
	fota_buf	directory;
	size_t		count;
} fota_zip_writer;

void		fota_zip_writer_begin(fota_zip_writer *w, fota_ctx *ctx, fota_buf *out);
fota_status fota_zip_writer_add(fota_zip_writer *w, const char *name, fota_bytes data, bool may_pack);
fota_status fota_zip_writer_end(fota_zip_writer *w, bool finish);
/* Whether a file is exactly what the writer makes of its members, but for how well they are deflated. */
fota_status fota_zip_is_plain(fota_ctx *ctx, fota_bytes file, const char *format);

/*
 * For detection, without a context: whether a zip archive has a member whose name ends so; and the first bytes of
 * one, as text with a NUL. False when there is none, or it cannot be read.
 */
bool		fota_zip_has(fota_bytes file, const char *ending);
bool		fota_zip_peek(fota_bytes file, const char *name, char *text, size_t size);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * bzip2.h: bzip2 streams whose memory is the caller's fota_ctx. For the files of this folder only.
 * A reader or writer that was begun must be ended, also after an error.
 */
#ifndef FOTA_DELTA_BZIP2_H
#define FOTA_DELTA_BZIP2_H

#include "../base.h"

#include <bzlib.h>

typedef struct fota_bz
{
	bz_stream	stream;
	fota_ctx   *ctx;
	bool		open;
	bool		finished;		/* reader: the end of the stream and its CRC have been seen */
	fota_bytes	input;			/* reader: the compressed bytes */
	size_t		input_at;		/* reader: how many of them libbz2 was given */
	uint64_t	offset;			/* reader: where the input lies in the delta, for messages */
	const char *what;			/* reader: name of the part, for messages */
	fota_buf   *output;			/* writer */
} fota_bz;

/* Writes one stream to the end of output; total, the size of all data, chooses the block size. */
fota_status fota_bz_write_begin(fota_ctx *ctx, fota_bz *bz, fota_buf *output, uint64_t total);
fota_status fota_bz_write(fota_bz *bz, const uint8_t *data, size_t size);
fota_status fota_bz_write_finish(fota_bz *bz);

/* Reads one stream. fota_bz_read gives exactly size bytes or fails. */
fota_status fota_bz_read_begin(fota_ctx *ctx, fota_bz *bz, fota_bytes input, uint64_t offset,
							   const char *what);
fota_status fota_bz_read(fota_bz *bz, uint8_t *data, size_t size);
/* Fails unless the stream and its input end here. */
fota_status fota_bz_read_finish(fota_bz *bz);

void		fota_bz_end(fota_bz *bz);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * gather.h: collects the data of records, in whatever order they come, into the segments of an image.
 * For codecs whose records carry addresses.
 *
 * A codec writes the data of a record at arena + used, which has room for every byte that the file can
 * hold, and then says by fota_gather_add where it belongs. Records that go on where the last one ended
 * cost one comparison. At the end fota_gather_finish sorts what is not in order, joins what touches and
 * decides about bytes that are given twice.
 *
 * To name the line of a byte the file is read a second time: with "watch" set to the byte's place in
 * the arena, the reader leaves its line in watch_line.
 *
 * Formats with more than one space of addresses gather them all at once, with the space in the highest byte.
 */
#ifndef FOTA_CODEC_GATHER_H
#define FOTA_CODEC_GATHER_H

#include "../image.h"

#define FOTA_GATHER_SPACE 56	/* bits of an address below its space */

/* Bytes that follow each other in the file and in the image. */
typedef struct fota_run
{
	uint64_t	address;
	size_t		offset;			/* in the arena */
	size_t		size;			/* of the last run only once it is closed */
} fota_run;

typedef struct fota_gather
{
	fota_ctx   *ctx;
	uint8_t    *arena;
	size_t		used;
	size_t		stop_at;		/* bytes used at which to poll or to note the watched line */
	size_t		polled_at;
	size_t		watch;			/* place in the arena whose line is wanted, SIZE_MAX = none */
	uint64_t	watch_line;
	uint64_t	end;			/* address after the last run */
	fota_run   *runs;
	size_t		count;
	size_t		room;
	bool		ascending;		/* so far no run begins before the end of an earlier one */
} fota_gather;

/* What fota_gather_finish found given twice. */
typedef struct fota_twice
{
	uint64_t	same;			/* bytes given again with the same value */
	uint64_t	differ;			/* with another value */
	uint64_t	address;		/* of the first that differs, else of the first */
	size_t		first;			/* its places in the arena */
	size_t		again;
	uint8_t		first_value;
	uint8_t		again_value;
} fota_twice;

/* most: bytes of data that the file can hold at most. fota_gather_free in every case. */
fota_status fota_gather_open(fota_ctx *ctx, fota_gather *gather, size_t most);
void		fota_gather_free(fota_gather *gather);
/* Begins again from nothing, keeping the memory. */
void		fota_gather_rewind(fota_gather *gather);

/* The seldom parts of fota_gather_add. */
fota_status fota_gather_begin_run(fota_gather *gather, uint64_t address);
fota_status fota_gather_stop(fota_gather *gather, uint64_t line);

/* The next size (not 0) bytes of the arena belong at address; address + size cannot overflow. */
static inline fota_status
fota_gather_add(fota_gather *gather, uint64_t address, size_t size, uint64_t line)
{
	if (address != gather->end)
	{
		fota_status status = fota_gather_begin_run(gather, address);

		if (status != FOTA_OK)
			return status;
	}
	gather->end = address + size;
	gather->used += size;
	if (gather->used >= gather->stop_at)
		return fota_gather_stop(gather, line);
	return FOTA_OK;
}

/*
 * Makes the segments of image and hands it the memory they are in. Of bytes given twice the last (or,
 * for FOTA_OVERLAP_FIRST, the first) counts; the caller decides by *twice whether that is an error.
 */
fota_status fota_gather_finish(fota_gather *gather, fota_overlap overlap, fota_image *image,
							   fota_twice *twice);

/* The same for addresses that were given as address | (uint64_t) space << 56. */
fota_status fota_gather_spaces(fota_gather *gather, fota_overlap overlap, fota_image *image, fota_twice *twice);

#endif

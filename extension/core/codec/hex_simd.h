/* SPDX-License-Identifier: PostgreSQL */
/*
 * hex_simd.h: many hexadecimal digits at once, for the readers and writers of text formats. What the
 * processor can do is found out once; a scalar way does the same, only slower.
 *
 * Most lines of a file look like the one before: the same kind and size, at the address after it.
 * fota_hex_run reads as many such lines as follow each other and leaves all else, errors too, to the
 * reader that goes record by record.
 */
#ifndef FOTA_CODEC_HEX_SIMD_H
#define FOTA_CODEC_HEX_SIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum fota_hex_way
{
	FOTA_HEX_SCALAR = 0,
	FOTA_HEX_128,				/* SSSE3, or NEON */
	FOTA_HEX_256,				/* AVX2 */
	FOTA_HEX_BEST				/* what the processor can do */
} fota_hex_way;

#define FOTA_HEX_AHEAD 4096		/* bytes to fetch into the cache before they are needed */

/* The way in use. */
fota_hex_way fota_hex_ways(void);
/* For tests: uses a way, or the best below it that there is; returns which. Not while another thread decodes. */
fota_hex_way fota_hex_use(fota_hex_way way);

/* A line: mark, digits of the head, digits of the data, two digits of checksum, line end. */
typedef struct fota_hex_line
{
	uint8_t		mark[2];
	unsigned	mark_size;		/* 1 or 2 */
	unsigned	head_size;		/* bytes that the head's digits stand for, 3 to 5 */
	unsigned	data_size;		/* bytes, a multiple of 16 */
	unsigned	end_size;		/* 1: LF, 2: CR LF */
	uint8_t		sum;			/* what all bytes, checksum included, sum up to */
	uint64_t	head;			/* of the first line, as a big-endian number */
	uint64_t	step;			/* the head of each line is this more than that of the one before */
} fota_hex_line;

#define FOTA_HEX_RUN_UNIT 16	/* data_size is a multiple of it */

/*
 * Reads at most so many lines of this kind, each with the right head and sum, into out; returns how many.
 * out has room for lines * data_size. 0 when it is to be done record by record.
 */
size_t		fota_hex_run(const fota_hex_line *line, const uint8_t *p, const uint8_t *end, size_t lines, uint8_t *out);

/*
 * Writes that many lines of this kind at out, which has room for them and FOTA_HEX_SPILL bytes more; their data
 * is at "data". Returns how many: 0 when it is to be done record by record.
 */
size_t		fota_hex_put_run(const fota_hex_line *line, uint8_t *out, const uint8_t *data, size_t lines);

#define FOTA_HEX_SPILL 32

/* Characters of a line, line end included. */
static inline size_t
fota_hex_stride(const fota_hex_line *line)
{
	return line->mark_size + 2 * (size_t) (line->head_size + line->data_size + 1) + line->end_size;
}

/* Writes 2 * size upper-case digits; adds the bytes to *sum. Returns the end of what was written. */
uint8_t    *fota_hex_put(uint8_t *out, const uint8_t *data, size_t size, unsigned *sum);

extern const char fota_hex_upper[17];

static inline uint8_t *
fota_hex_put_byte(uint8_t *out, unsigned byte, unsigned *sum)
{
	*sum += byte;
	out[0] = (uint8_t) fota_hex_upper[byte >> 4 & 15];
	out[1] = (uint8_t) fota_hex_upper[byte & 15];
	return out + 2;
}

#endif

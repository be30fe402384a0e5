/* SPDX-License-Identifier: PostgreSQL */
/*
 * hex_text.h: reading of files that are lines of hexadecimal digits (Intel HEX, S-records ..): line ends of
 * every kind, byte order marks, comments, padding, digits, and errors that name line and column.
 *
 * p is where the reader stands. Lines count from 1; CR LF, LF and CR each end one. Columns count bytes.
 */
#ifndef FOTA_CODEC_HEX_TEXT_H
#define FOTA_CODEC_HEX_TEXT_H

#include "../image.h"
#include "gather.h"
#include "hex_simd.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef struct fota_hex_text
{
	fota_ctx   *ctx;
	fota_image *image;			/* takes the warnings */
	const char *format;			/* begins every message */
	const char *marks;			/* characters that begin a record */
	bool		comments;		/* the waiver */
	bool		begun;			/* a record was seen */
	bool		symbols;		/* tables of symbols between lines that begin with $$ are passed over */
	const uint8_t *begin;
	const uint8_t *p;
	const uint8_t *end;
	const uint8_t *line_begin;
	uint64_t	line;
	const uint8_t *polled;		/* up to here the caller was asked */
	bool		simd;			/* many digits at once */
} fota_hex_text;

/* Refuses an empty file and UTF-16; passes over the byte order mark of UTF-8. */
fota_status fota_hex_open(fota_hex_text *text, fota_ctx *ctx, fota_bytes file, const char *format,
						  const char *marks, const fota_image_options *options, fota_image *image);
/* Moves to the next record, over blank lines and comments; *found is false at the end of the file. */
fota_status fota_hex_next(fota_hex_text *text, bool *found);
/* After a record at p: nothing may stand there but blanks and the end of the line, or a new record. */
fota_status fota_hex_line_end(fota_hex_text *text);
/* After the last record, "after" on that line: only blank lines, comments and padding (0x00, 0x1A, 0xFF) may follow. */
fota_status fota_hex_file_end(fota_hex_text *text, const char *after, uint64_t line);
/* Over the end of a line at p. */
void		fota_hex_take_line_end(fota_hex_text *text);
/* Asks the caller when 64 KiB were read since the last time. */
fota_status fota_hex_poll(fota_hex_text *text);
/* Number of lines up to p. */
uint64_t	fota_hex_lines(const fota_hex_text *text);

/* For detection: UTF-16 text whose first character is this one. */
bool		fota_hex_is_utf16(fota_bytes file, char first);
/* For detection: the first record of the file, if nothing but blank lines and comments stands before it; else NULL. */
const uint8_t *fota_hex_first_record(fota_bytes file, const char *marks);

/* "FORMAT line N: ..", with the record as detail. */
fota_status fota_hex_fail(const fota_hex_text *text, fota_status code, const char *format, ...)
			__attribute__((format(printf, 3, 4)));
/* "FORMAT line N, column C: "X" (or byte 0x00) EXPECTED", for the character at a place of the line of p. */
fota_status fota_hex_bad_character(const fota_hex_text *text, const uint8_t *at, fota_status code, const char *expected);
/* A line that starts with "<". */
fota_status fota_hex_web_page(const fota_hex_text *text);
/*
 * Says what is wrong with the record at p, of which at least one digit is none or which is shorter
 * than it should be: from is its first digit, digits how many it should have.
 */
fota_status fota_hex_bad_record(const fota_hex_text *text, const uint8_t *from, size_t digits);

/* Reads all records of a file into gather; says entry, metadata and warnings to image. */
typedef fota_status (*fota_hex_reader) (fota_ctx *ctx, fota_bytes file, const fota_image_options *options,
										fota_image *image, fota_gather *gather);

/*
 * The whole of decoding: reads the records, makes segments of them, judges what was given twice. most: bytes
 * of data that the file can hold at most; two digits make one, so that it is no more than half its size.
 */
fota_status fota_hex_file(fota_ctx *ctx, fota_bytes file, size_t most, const char *format, fota_hex_reader reader,
						  const fota_image_options *options, fota_image *image);

/*
 * Lines that look like the one before p, which had this form: reads as many as follow into gather, from address
 * on. *lines (at most so many) becomes how many, and *p moves behind them.
 */
fota_status fota_hex_like(const fota_hex_text *text, const fota_hex_line *form, const uint8_t **p, uint64_t address,
						  fota_gather *gather, size_t *lines);

/* The value of a digit, or 0xff. */
extern const uint8_t fota_hex_digit[256];

/* The byte of two digits; *bad gets bits of the high half when one is none. */
static inline uint8_t
fota_hex_byte(const uint8_t *p, unsigned *bad)
{
	unsigned	high = fota_hex_digit[p[0]];
	unsigned	low = fota_hex_digit[p[1]];

	*bad |= high | low;
	return (uint8_t) (high << 4 | low);
}

#if defined(__SSE2__)
/* Eight bytes from 16 digits at p; their sum is added to *sum. False when one is no digit. */
static inline bool
fota_hex_eight(const uint8_t *p, uint8_t *out, unsigned *sum)
{
	__m128i		c = _mm_loadu_si128((const __m128i *) (const void *) p);
	__m128i		digit = _mm_sub_epi8(c, _mm_set1_epi8('0'));
	__m128i		letter = _mm_sub_epi8(_mm_or_si128(c, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
	__m128i		is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
	__m128i		is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
	__m128i		value = _mm_or_si128(_mm_and_si128(is_digit, digit),
									 _mm_and_si128(is_letter, _mm_add_epi8(letter, _mm_set1_epi8(10))));
	__m128i		pairs = _mm_or_si128(_mm_slli_epi16(value, 4), _mm_srli_epi16(value, 8));
	__m128i		bytes = _mm_packus_epi16(_mm_and_si128(pairs, _mm_set1_epi16(0xff)), _mm_setzero_si128());

	_mm_storel_epi64((__m128i *) (void *) out, bytes);
	*sum += (unsigned) _mm_cvtsi128_si32(_mm_sad_epu8(bytes, _mm_setzero_si128()));
	return _mm_movemask_epi8(_mm_or_si128(is_digit, is_letter)) == 0xffff;
}
#endif

/* Decodes size bytes from 2 * size digits at p; adds them to *sum. False when one is no digit. */
static inline bool
fota_hex_decode(const fota_hex_text *text, const uint8_t *p, size_t size, uint8_t *out, unsigned *sum)
{
	unsigned	bad = 0;

	(void) text;
#if defined(__SSE2__)
	for (; text->simd && size >= 8; size -= 8, p += 16, out += 8)
		if (!fota_hex_eight(p, out, sum))
			return false;
#endif
	for (; size > 0; size--, p += 2)
	{
		*out = fota_hex_byte(p, &bad);
		*sum += *out++;
	}
	return bad < 0x10;
}

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * image.h: sparse images and the registry of file formats (codecs). The glue
 * (fota.decode_payload), the worker and `fotactl image inspect` call it.
 *
 * A decoded image is a list of segments in order of address that neither overlap
 * nor touch, so that the same contents give the same segments whatever the file
 * format, record order or record size; fota_image_content_id is equal then.
 *
 * Ownership: the image owns its segments' bytes, except for format raw, where the
 * segment points into the file, whose bytes raw itself never looks at; the file must outlive the image. Free with
 * fota_image_free, also after an error.
 *
 * Decoders are strict. What real files get wrong can be accepted by a named
 * waiver; every waiver used, and everything that is legal but unusual, is a warning.
 */
#ifndef FOTA_IMAGE_H
#define FOTA_IMAGE_H

#include "base.h"
#include "hash.h"

#define FOTA_MAX_SEGMENTS 65536	/* unless the options say otherwise */
#define FOTA_MAX_FLAT ((uint64_t) 256 << 20)	/* the same for a flat payload */
#define FOTA_IMAGE_METADATA 16	/* most entries of each list */
#define FOTA_IMAGE_WARNINGS 16
#define FOTA_IMAGE_TEXT 200

typedef struct fota_segment
{
	uint64_t	address;
	uint64_t	size;
	const uint8_t *data;
} fota_segment;

/* A warning is given once per name; count says how often it applied, line and offset where first. */
typedef struct fota_warning
{
	const char *name;			/* "overlap", "comments", "wrap", .. */
	uint64_t	line;			/* 1-based, or 0 */
	uint64_t	offset;			/* or FOTA_NOWHERE */
	uint64_t	count;
	char		message[FOTA_IMAGE_TEXT];
} fota_warning;

typedef struct fota_metadata
{
	const char *name;			/* "lines", "record_size", "dialect", "header" .. */
	bool		is_number;		/* render value without quotes */
	char		value[FOTA_IMAGE_TEXT]; /* UTF-8: other bytes of the file are shown as '?' */
} fota_metadata;

typedef struct fota_image
{
	const char *format;			/* name of the codec */
	fota_segment *segments;
	size_t		segment_count;
	uint64_t	bytes;			/* sum of the segments' sizes */
	bool		has_entry;
	uint64_t	entry;
	fota_metadata metadata[FOTA_IMAGE_METADATA];
	size_t		metadata_count;
	fota_warning warnings[FOTA_IMAGE_WARNINGS];
	size_t		warning_count;
	uint8_t    *arena;			/* where the segments' bytes are, or NULL */
} fota_image;

typedef enum fota_overlap
{
	FOTA_OVERLAP_ERROR = 0,
	FOTA_OVERLAP_FIRST,
	FOTA_OVERLAP_LAST
} fota_overlap;

/* All zero is the default: strict. */
typedef struct fota_image_options
{
	uint64_t	base;			/* raw only: address of the first byte */
	fota_overlap overlap;		/* waivers overlap=first, overlap=last */
	bool		comments;		/* waiver comments: lines that start with # ; // or $ are skipped */
	bool		no_eof;			/* waiver no_eof: an Intel HEX file may lack its end record */
	bool		load_offset;	/* waiver load_offset: Intel HEX records 02 to 05 may have a load offset */
	bool		outside;		/* waiver outside: data outside a flat payload's span is left out */
	bool		has_board;		/* waiver board=9900 (hex): take this board of a universal hex file */
	uint16_t	board;
	size_t		max_segments;	/* 0 = FOTA_MAX_SEGMENTS */
} fota_image_options;

/* Adds the waiver named by text ("overlap=last") to the options; FOTA_UNSUPPORTED when unknown. */
fota_status fota_image_waiver(fota_ctx *ctx, fota_image_options *options, const char *text, size_t size);

typedef struct fota_encode_options
{
	unsigned	record_size;	/* data bytes per record, 0 = 16 */
	bool		crlf;
} fota_encode_options;

typedef struct fota_codec
{
	const char *name;
	bool		has_addresses;	/* the file says where its bytes belong: default payload is flat */
	/* Confidence 0..100 that the file is of this format, and why. */
	int			(*detect) (fota_bytes file, const char **reason);
	fota_status (*decode) (fota_ctx *ctx, fota_bytes file, const fota_image_options *options,
						   fota_image *image);
	/* NULL when the format can only be read. */
	fota_status (*encode) (fota_ctx *ctx, const fota_image *image, const fota_encode_options *options,
						   fota_buf *out);
} fota_codec;

/* NULL when unknown. */
const fota_codec *fota_codec_find(const char *name, size_t size);
/* By position from 0; NULL after the last. */
const fota_codec *fota_codec_at(size_t position);

/* The most likely format by content alone; never NULL: raw when nothing else fits. */
const fota_codec *fota_image_detect(fota_bytes file, int *confidence, const char **reason);

/* Decodes file; format NULL = detect. options may be NULL. Initialises *image, also on error. */
fota_status fota_image_decode(fota_ctx *ctx, fota_bytes file, const char *format,
							  const fota_image_options *options, fota_image *image);
/* Appends the image in a format to out. */
fota_status fota_image_encode(fota_ctx *ctx, const fota_image *image, const char *format,
							  const fota_encode_options *options, fota_buf *out);
void		fota_image_free(fota_ctx *ctx, fota_image *image);

/* SHA-256 over, per segment: address and size (8 bytes each, big-endian), data. */
fota_status fota_image_content_id(fota_ctx *ctx, const fota_image *image, uint8_t id[FOTA_SHA256_SIZE]);

/* Appends the bytes [base, base + length) to out, gaps filled. Data outside is not looked at. */
fota_status fota_image_flatten(fota_ctx *ctx, const fota_image *image, uint64_t base, uint64_t length,
							   uint8_t fill, fota_buf *out);

/* What a component says its payload is. */
typedef enum fota_payload_kind
{
	FOTA_PAYLOAD_DEFAULT = 0,	/* flat when the format has addresses, else file */
	FOTA_PAYLOAD_FILE,
	FOTA_PAYLOAD_FLAT
} fota_payload_kind;

typedef struct fota_payload_spec
{
	fota_payload_kind kind;
	bool		has_base;		/* else the lowest address */
	bool		has_length;		/* else up to the end of the highest segment */
	uint64_t	base;
	uint64_t	length;
	uint8_t		fill;			/* the caller's default is 255 */
	uint64_t	max_size;		/* of a flat payload; 0 = 256 MiB */
} fota_payload_spec;

/*
 * The bytes that devices get. When they are those of the file, *is_file is true
 * and out stays empty; else out (initialised here, freed by the caller) has them.
 * Data outside a given [base, length) is FOTA_RANGE unless the waiver `outside`
 * is set; then image gets a warning. A raw file must have been decoded with
 * options.base = the payload's base.
 */
fota_status fota_image_payload(fota_ctx *ctx, fota_bytes file, fota_image *image,
							   const fota_payload_spec *spec, const fota_image_options *options,
							   bool *is_file, fota_buf *out);

/* Names of the waivers by position from 0 ("board=" takes four hex digits); NULL after the last. */
const char *fota_image_waiver_at(size_t position);

/* For codecs: all drop what exceeds the list. size SIZE_MAX = up to the NUL of value. */
void		fota_image_warn(fota_image *image, const char *name, uint64_t line, uint64_t offset,
							const char *format, ...) __attribute__((format(printf, 5, 6)));
void		fota_image_note(fota_image *image, const char *name, const char *value, size_t size);
void		fota_image_note_number(fota_image *image, const char *name, uint64_t value);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * image.h: sparse images and the registry of file formats (codecs). The glue
 * (fota.decode_payload), the worker and `fotactl image` call it.
 *
 * A decoded image is a list of segments in order of address that neither overlap
 * nor touch, so that the same contents give the same segments whatever the file
 * format, record order or record size; fota_image_content_id is equal then.
 *
 * A file of a format without addresses (a package, a file for the device as it is) is one
 * segment at options.base that points into the file, which must outlive the image; what it holds
 * is told by metadata and members. All else is owned by the image. Free with fota_image_free, also
 * after an error.
 *
 * One layer of compression around any of them is taken off: format is then "gzip(ihex)". What devices get
 * of such a file is what is inside, unless the file is asked for.
 *
 * Decoders are strict. What real files get wrong can be accepted by a named
 * waiver; every waiver used, and everything that is legal but unusual, is a warning.
 */
#ifndef FOTA_IMAGE_H
#define FOTA_IMAGE_H

#include "base.h"
#include "hash.h"

#define FOTA_MAX_SEGMENTS 65536	/* unless the limits say otherwise, as all of these */
#define FOTA_MAX_FLAT ((uint64_t) 256 << 20)
#define FOTA_MAX_UNPACKED ((uint64_t) 256 << 20)
#define FOTA_MAX_RATIO 1000
#define FOTA_MAX_MEMBERS 4096
#define FOTA_IMAGE_METADATA 256	/* most entries of the list */
#define FOTA_IMAGE_WARNINGS 32
#define FOTA_IMAGE_DIGESTS 16
#define FOTA_IMAGE_TEXT 200
#define FOTA_IMAGE_NAME 256		/* names of members, with their NUL */
#define FOTA_IMAGE_FORMAT 48

/* Where an address counts from 0 again. */
typedef enum fota_space
{
	FOTA_SPACE_FLASH = 0,
	FOTA_SPACE_EEPROM,
	FOTA_SPACE_FUSES,
	FOTA_SPACE_LOCK,
	FOTA_SPACE_SIGNATURE,
	FOTA_SPACE_OTHER			/* DfuSe: alternate settings from 1 on are FOTA_SPACE_OTHER + number */
} fota_space;

/* In order of space, then address. */
typedef struct fota_segment
{
	uint64_t	address;
	uint64_t	size;
	const uint8_t *data;
	uint32_t	space;
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

typedef enum fota_note_kind
{
	FOTA_NOTE_TEXT = 0,
	FOTA_NOTE_NUMBER,			/* as JSON has it: without quotes */
	FOTA_NOTE_FLAG				/* "true" or "false" */
} fota_note_kind;

/*
 * What a file says of itself. Names that all formats share, so that they can be used without knowing the
 * format: version, name, vendor, product, description, hw (list), load_address, entry,
 * security_counter, depends (list of "component range" or what the format has), key_id (of the signer), build_id,
 * encrypted (flag), signed (flag), compression.
 */
typedef struct fota_metadata
{
	const char *name;			/* "lines", "record_size", "dialect", "header" .. */
	fota_note_kind kind;
	bool		in_list;		/* entries of one name make a list, even when there is one */
	char		value[FOTA_IMAGE_TEXT]; /* UTF-8: other bytes of the file are shown as '?' */
} fota_metadata;

/* A file in a package, or a part that has bounds of its own. */
typedef struct fota_member
{
	char		name[FOTA_IMAGE_NAME];	/* checked: no "..", not absolute, no control characters */
	const char *method;			/* "stored", "deflate", .. */
	uint64_t	size;			/* as it is when taken out */
	uint64_t	offset;			/* of its stored bytes in the file (the unpacked one, if it was compressed) */
	uint64_t	packed;			/* number of them */
	uint32_t	crc;			/* where the format has one */
} fota_member;

/* What devices report instead of the payload's SHA-256, for fota.image_digest. */
typedef struct fota_image_digest
{
	const char *kind;			/* "esp_app", "mcuboot", .. */
	uint8_t		data[64];
	size_t		size;
} fota_image_digest;

typedef struct fota_codec fota_codec;

typedef struct fota_image
{
	fota_ctx   *ctx;			/* of its memory */
	const fota_codec *codec;	/* of what is inside, when it was compressed */
	char		format[FOTA_IMAGE_FORMAT];	/* name of the codec, or "gzip(ihex)" */
	fota_segment *segments;
	size_t		segment_count;
	uint64_t	bytes;			/* sum of the segments' sizes */
	bool		has_entry;
	uint64_t	entry;
	fota_metadata *metadata;
	size_t		metadata_count;
	size_t		metadata_room;
	fota_member *members;
	size_t		member_count;
	size_t		member_room;
	fota_warning warnings[FOTA_IMAGE_WARNINGS];
	size_t		warning_count;
	fota_image_digest digests[FOTA_IMAGE_DIGESTS];
	size_t		digest_count;
	uint8_t    *arena;			/* where the segments' bytes are, or NULL */
	fota_buf	unpacked;		/* the file without its compression; empty when it had none */
} fota_image;

typedef enum fota_overlap
{
	FOTA_OVERLAP_ERROR = 0,
	FOTA_OVERLAP_FIRST,
	FOTA_OVERLAP_LAST
} fota_overlap;

/* 0 = the FOTA_MAX_ of the same name. */
typedef struct fota_image_limits
{
	size_t		segments;
	size_t		members;
	uint64_t	flat;			/* bytes of a flat payload */
	uint64_t	unpacked;		/* bytes of what is compressed, in all */
	unsigned	ratio;			/* unpacked : packed, above the first MiB */
	bool		no_layer;		/* max_nesting=0: what is compressed is refused */
} fota_image_limits;

/* All zero is the default. */
typedef struct fota_image_options
{
	uint64_t	base;			/* raw only: address of the first byte */
	fota_overlap overlap;		/* waivers overlap=first, overlap=last */
	bool		strict;			/* option strict: a warning is an error, but where a waiver of its name is given */
	bool		comments;		/* waiver comments: lines that start with # ; // or $ also after the first record */
	bool		no_eof;			/* waiver no_eof: an Intel HEX file may lack its end record */
	bool		load_offset;	/* waiver load_offset: Intel HEX records 02 to 05 may have a load offset */
	bool		outside;		/* waiver outside: data outside a flat payload's span is left out */
	bool		metadata_mismatch;	/* waiver of that name: for those who compare what a file says with what was said of it */
	bool		vaddr;			/* waiver vaddr: ELF segments are placed by their virtual, not their physical address */
	bool		has_family;		/* option family=E48BFF56 (hex): take this family of a UF2 file */
	uint32_t	family;
	bool		has_board;		/* waiver board=9900 (hex): take this board of a universal hex file */
	uint16_t	board;
	unsigned	word;			/* vmem only, option word=8, 16, 32 or 64: bits of a word, 0 = not said */
	bool		little;			/* vmem only, option endian=little: words are little-endian */
	fota_space	space;			/* text formats, option space=eeprom: where the addresses count */
	fota_image_limits limits;
	fota_bytes	layouts;		/* JSON [{"name", "layout"}, ..]: formats that people described, before all others; see layout.h */
} fota_image_options;

/*
 * Adds the waiver named by text ("overlap=last") to the options, or a limit ("max_segments=100", also max_flat, max_members,
 * max_unpacked, max_ratio, and max_nesting=0 or 1); FOTA_UNSUPPORTED when unknown.
 */
fota_status fota_image_waiver(fota_ctx *ctx, fota_image_options *options, const char *text, size_t size);

/* The option strict: fails for the first warning that no waiver accepts. Done by fota_image_decode. */
fota_status fota_image_strict(fota_ctx *ctx, const fota_image_options *options, const fota_image *image);

/* What devices get of a file unless the component says so. */
typedef enum fota_payload_kind
{
	FOTA_PAYLOAD_DEFAULT = 0,	/* what the codec says */
	FOTA_PAYLOAD_FILE,
	FOTA_PAYLOAD_FLAT
} fota_payload_kind;

/* Text formats hold one space; an image with several is refused. */
typedef struct fota_encode_options
{
	unsigned	record_size;	/* data bytes per record, 0 = 16 */
	unsigned	address;		/* bytes of an address, 0 = as few as hold the image: ihex 2 (I8HEX), 3 (I16HEX), 4 (I32HEX);
								 * srec 2 (S1), 3 (S2), 4 (S3) */
	unsigned	word;			/* vmem: bits of a word, 0 = 8 */
	bool		little;			/* vmem: words are little-endian */
	uint32_t	family;			/* uf2: family id, 0 = none */
	bool		crlf;
} fota_encode_options;

/* A key that people trust: a public key or a certificate, in DER. */
typedef struct fota_key
{
	const char *name;
	fota_bytes	der;
	bool		is_certificate;
} fota_key;

typedef enum fota_proof_result
{
	FOTA_PROOF_VALID = 0,
	FOTA_PROOF_INVALID,			/* what is signed is not what the signature is of */
	FOTA_PROOF_UNTRUSTED,		/* by none of the keys */
	FOTA_PROOF_UNSIGNED,
	FOTA_PROOF_UNVERIFIABLE		/* encrypted, or of an algorithm that is not known */
} fota_proof_result;

/* What became of a signature (or digest, where the format has only that). */
typedef struct fota_proof
{
	char		what[FOTA_IMAGE_TEXT];	/* "manifest", "image", name of a member */
	char		algorithm[48];	/* "ecdsa-p256-sha256", "ed25519", "rsa-pss-2048-sha256", "cms", .. */
	char		key[FOTA_IMAGE_TEXT];	/* name of the key that it is by, or what the file says of it */
	fota_proof_result result;
	char		text[FOTA_IMAGE_TEXT];	/* why not */
} fota_proof;

#define FOTA_MAX_PROOFS 64

typedef struct fota_proofs
{
	fota_proof	list[FOTA_MAX_PROOFS];
	size_t		count;
} fota_proofs;

/*
 * A file format. Every function gets the file without its compression, and trusts no byte of it.
 */
struct fota_codec
{
	const char *name;			/* lower case, as in SQL and on the command line */
	const char *title;			/* "Intel HEX" */
	fota_payload_kind payload;	/* FILE or FLAT */
	unsigned	packing;		/* a fota_packing: image.c takes it off and decodes what is inside; else 0 */
	/* Confidence 0..100 that the file is of this format, by content alone, and why. */
	int			(*detect) (fota_bytes file, const char **reason);
	/* Segments, metadata, members, warnings; checks every sum and digest that needs no key. */
	fota_status (*decode) (fota_ctx *ctx, fota_bytes file, const fota_image_options *options,
						   fota_image *image);
	/* NULL when the format can only be read. */
	fota_status (*encode) (fota_ctx *ctx, const fota_image *image, const fota_encode_options *options,
						   fota_buf *out);
	/* Appends a member's bytes to out, at most limits.unpacked; NULL when all members are stored as they are. */
	fota_status (*take) (fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member,
						 const fota_image_options *options, fota_buf *out);
	/* Adds what became of each signature; NULL when the format has none. An error only for what is malformed. */
	fota_status (*verify) (fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys,
						   size_t key_count, fota_proofs *proofs);
};

/* NULL when unknown. */
const fota_codec *fota_codec_find(const char *name, size_t size);
/* By position from 0; NULL after the last. */
const fota_codec *fota_codec_at(size_t position);
/*
 * For writing: also knows i8hex, i16hex, i32hex, s19, s28, s37, vmem8, vmem16, vmem32 and vmem64, and sets what they
 * mean in options.
 */
const fota_codec *fota_codec_dialect(const char *name, size_t size, fota_encode_options *options);

/* The most likely format by content alone; never NULL: raw when nothing else fits. */
const fota_codec *fota_image_detect(fota_bytes file, int *confidence, const char **reason);
/* The format at a position of the table, if the file may be of it at all: confidence > 0. */
int			fota_image_detect_at(fota_bytes file, size_t position, const char **reason);

/* Decodes file; format NULL = detect. options may be NULL. Initialises *image, also on error. */
fota_status fota_image_decode(fota_ctx *ctx, fota_bytes file, const char *format,
							  const fota_image_options *options, fota_image *image);
/* Appends the image in a format, or a dialect of one, to out. */
fota_status fota_image_encode(fota_ctx *ctx, const fota_image *image, const char *format,
							  const fota_encode_options *options, fota_buf *out);
void		fota_image_free(fota_ctx *ctx, fota_image *image);

/* SHA-256 over, per segment: address and size (8 bytes each, big-endian), data. */
fota_status fota_image_content_id(fota_ctx *ctx, const fota_image *image, uint8_t id[FOTA_SHA256_SIZE]);

/* Appends the bytes [base, base + length) of the first space to out, gaps filled. Data outside is not looked at. */
fota_status fota_image_flatten(fota_ctx *ctx, const fota_image *image, uint64_t base, uint64_t length,
							   uint8_t fill, fota_buf *out);

/* What a component says its payload is. */
typedef struct fota_payload_spec
{
	fota_payload_kind kind;
	bool		has_base;		/* else the lowest address */
	bool		has_length;		/* else up to the end of the highest segment */
	uint64_t	base;
	uint64_t	length;
	uint8_t		fill;			/* the caller's default is 255 */
	uint64_t	max_size;		/* of a flat payload; 0 = limits.flat, which holds in any case */
} fota_payload_spec;

/*
 * The bytes that devices get, of a flat payload those of the image's first space (flash). When they are
 * those of the file as it came, *is_file is true
 * and out stays empty; else out (initialised here, freed by the caller) has them.
 * Data outside a given [base, length) is FOTA_RANGE unless the waiver `outside`
 * is set; then image gets a warning. A raw file must have been decoded with
 * options.base = the payload's base.
 */
fota_status fota_image_payload(fota_ctx *ctx, fota_bytes file, fota_image *image,
							   const fota_payload_spec *spec, const fota_image_options *options,
							   bool *is_file, fota_buf *out);

/* Names of the waivers by position from 0 ("board=" takes four hex digits, "family=" eight); NULL after the last. */
const char *fota_image_waiver_at(size_t position);

/* The bytes of a member, by position; out is initialised here and freed by the caller. */
fota_status fota_image_take(fota_ctx *ctx, fota_bytes file, const fota_image *image, size_t member,
							const fota_image_options *options, fota_buf *out);
/* What became of the signatures of a decoded image; proofs is emptied first. */
fota_status fota_image_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys,
							  size_t key_count, fota_proofs *proofs);

/* --- for codecs; all drop what exceeds the list. size SIZE_MAX = up to the NUL of value ----------- */

void		fota_image_warn(fota_image *image, const char *name, uint64_t line, uint64_t offset,
							const char *format, ...) __attribute__((format(printf, 5, 6)));
void		fota_image_note(fota_image *image, const char *name, const char *value, size_t size);
/* An entry of a list. */
void		fota_image_note_item(fota_image *image, const char *name, const char *value, size_t size);
void		fota_image_note_number(fota_image *image, const char *name, uint64_t value);
void		fota_image_note_flag(fota_image *image, const char *name, bool value);
/* Lower-case hex digits; what does not fit is left out. */
void		fota_image_note_hex(fota_image *image, const char *name, const uint8_t *data, size_t size);
void		fota_image_digest_add(fota_image *image, const char *kind, const uint8_t *data, size_t size);
/* Formats as fota_fail does. */
void		fota_image_note_format(fota_image *image, const char *name, const char *format, ...)
			__attribute__((format(printf, 3, 4)));
fota_proof *fota_proof_add(fota_proofs *proofs, const char *what, const char *algorithm, fota_proof_result result);

/* The whole file as one segment at options->base: what formats without addresses give. */
fota_status fota_image_whole(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image);
/*
 * A new member, zeroed but for the name, which is checked (FOTA_UNSAFE_NAME, FOTA_DUPLICATE, and FOTA_LIMIT for one
 * too many); format and offset are for the error. NULL with ctx->error set.
 */
fota_member *fota_image_member(fota_ctx *ctx, fota_image *image, const fota_image_options *options, const char *format,
							   uint64_t offset, const uint8_t *name, size_t size);
/* The member of this name, or NULL. */
const fota_member *fota_image_member_find(const fota_image *image, const char *name, size_t size);

#endif

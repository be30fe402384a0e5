/* SPDX-License-Identifier: PostgreSQL */
/*
 * sparse.h: what is done with the segments of an image: cut, join, move, fill, compare, and the form in
 * which they are stored as one value. The functions of SQL on fota.sparse_image, the command line's
 * `image convert` and decoders of packages call it.
 *
 * Segments are in order of space, then address; those of one space neither overlap nor touch. A result
 * points into the bytes of its arguments, which must outlive it, unless said otherwise; what was made anew
 * is in result.arena. Results are initialised by the function, also after an error, and freed by
 * fota_sparse_free. Ranges are [from, to) of addresses of the first space, flash.
 */
#ifndef FOTA_SPARSE_H
#define FOTA_SPARSE_H

#include "image.h"

typedef struct fota_sparse
{
	fota_segment *segments;
	size_t		count;
	uint64_t	bytes;			/* sum of the segments' sizes */
	bool		has_entry;
	uint64_t	entry;
	uint8_t    *arena;			/* bytes made by the function, or NULL */
} fota_sparse;

/* The segments of a decoded image, which keeps what it owns: not to be freed. */
fota_sparse fota_sparse_view(const fota_image *image);
void		fota_sparse_free(fota_ctx *ctx, fota_sparse *sparse);

/* --- edit (sparse_edit.c) ------------------------------------------------------------------------- */

/* What lies in [from, to); exclude: what does not. */
fota_status fota_sparse_slice(fota_ctx *ctx, const fota_sparse *a, uint64_t from, uint64_t to, fota_sparse *out);
fota_status fota_sparse_exclude(fota_ctx *ctx, const fota_sparse *a, uint64_t from, uint64_t to, fota_sparse *out);
/* Both. Bytes that both have must be equal, unless overlap says which counts. The entry is a's, else b's. Copies. */
fota_status fota_sparse_merge(fota_ctx *ctx, const fota_sparse *a, const fota_sparse *b, fota_overlap overlap,
							  fota_sparse *out);
/* Every address of flash, and the entry, higher by delta. */
fota_status fota_sparse_move(fota_ctx *ctx, const fota_sparse *a, int64_t delta, fota_sparse *out);
/* Gaps in [from, to) become bytes of one value; most bytes in all: FOTA_MAX_FLAT. Copies. */
fota_status fota_sparse_fill(fota_ctx *ctx, const fota_sparse *a, uint64_t from, uint64_t to, uint8_t value,
							 fota_sparse *out);
/* Every segment begins and ends at a multiple of unit (1 to 2^30), what is missing being value. Copies. */
fota_status fota_sparse_align(fota_ctx *ctx, const fota_sparse *a, uint64_t unit, uint8_t value, fota_sparse *out);
/* data at address, over what is there. Copies. */
fota_status fota_sparse_patch(fota_ctx *ctx, const fota_sparse *a, uint64_t address, fota_bytes data, fota_sparse *out);

/* --- compare (sparse_compare.c) --------------------------------------------------------------------- */

typedef enum fota_difference
{
	FOTA_ONLY_A,
	FOTA_ONLY_B,
	FOTA_CHANGED
} fota_difference;

/* A run of addresses that differ in one way. */
typedef struct fota_differing
{
	uint64_t	from;
	uint64_t	to;
	fota_difference kind;
} fota_differing;

/* The runs in order of address, flash only; the caller fota_frees *list. More than most: FOTA_LIMIT. */
fota_status fota_sparse_diff(fota_ctx *ctx, const fota_sparse *a, const fota_sparse *b, size_t most,
							 fota_differing **list, size_t *count);
/* The pages, of any size, in which the images differ (having a byte or not is a difference too): runs of them. */
fota_status fota_sparse_changed_pages(fota_ctx *ctx, const fota_sparse *a, const fota_sparse *b, uint64_t page,
									  size_t most, fota_differing **list, size_t *count);

/* --- one value (sparse_pack.c) ---------------------------------------------------------------------- */

#define FOTA_SPARSE_HEAD 48		/* version, flags, count, entry, content_id */
#define FOTA_SPARSE_ENTRY 24	/* address, size, space, 0 */

/*
 * Little-endian: u8 1, u8 flags (1 = has entry), u16 0, u32 count, u64 entry, content_id[32]; per segment
 * u64 address, u64 size, u32 space, u32 0; then the bytes. Appends to out.
 */
fota_status fota_sparse_pack(fota_ctx *ctx, const fota_sparse *sparse, fota_buf *out);
/* Checks every word but the content_id, which fota_sparse_check_id does. The bytes stay where they are. */
fota_status fota_sparse_unpack(fota_ctx *ctx, fota_bytes packed, fota_sparse *out);
fota_status fota_sparse_check_id(fota_ctx *ctx, fota_bytes packed, const fota_sparse *sparse);

/*
 * As text: "!0x100 0x8000000:0a0b0c eeprom@0x0:ff": the entry, if any, then the segments. Appends to out;
 * reading also takes the text of Intel HEX and S-records.
 */
fota_status fota_sparse_write(fota_ctx *ctx, const fota_sparse *sparse, fota_buf *out);
fota_status fota_sparse_read(fota_ctx *ctx, fota_bytes text, fota_sparse *out);

/* "flash", "eeprom", "fuses", "lock", "signature", or into out "space5". */
const char *fota_space_name(uint32_t space, char out[16]);

#endif

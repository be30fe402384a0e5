/* SPDX-License-Identifier: PostgreSQL */
/*
 * cbor.h: a strict reader of CBOR (RFC 8949) that allocates nothing, and a writer.
 *
 * The reader takes definite lengths in shortest form only, UTF-8 without U+0000, at most
 * FOTA_CBOR_DEPTH nested containers, at most FOTA_CBOR_KEYS keys per map and no key twice,
 * keys that are integers or strings, and nothing after the last byte. Strings that it gives
 * are spans of the input.
 *
 *	fota_cbor_open(&r, ctx, data, size);
 *	fota_cbor_enter(&r, FOTA_CBOR_MAP);
 *	while (fota_cbor_next(&r, &more) == FOTA_OK && more)
 *		read the key, then the value (in an array: the item), each by one call or fota_cbor_skip
 *	fota_cbor_end(&r);
 */
#ifndef FOTA_CBOR_H
#define FOTA_CBOR_H

#include "base.h"

#define FOTA_CBOR_DEPTH 16
#define FOTA_CBOR_KEYS 64

typedef enum fota_cbor_type
{
	FOTA_CBOR_UINT, FOTA_CBOR_NEGATIVE, FOTA_CBOR_BYTES, FOTA_CBOR_TEXT, FOTA_CBOR_ARRAY, FOTA_CBOR_MAP,
	FOTA_CBOR_TAG, FOTA_CBOR_BOOL, FOTA_CBOR_NULL, FOTA_CBOR_OTHER
} fota_cbor_type;

typedef struct fota_cbor_level
{
	bool		map;
	uint64_t	left;			/* items, or pairs of a map, not yet begun */
	uint32_t	keys;
	uint32_t	key_at[FOTA_CBOR_KEYS];
	uint32_t	key_size[FOTA_CBOR_KEYS];
} fota_cbor_level;

typedef struct fota_cbor
{
	fota_ctx   *ctx;
	const uint8_t *data;
	size_t		size;
	size_t		at;
	uint32_t	depth;
	fota_cbor_level level[FOTA_CBOR_DEPTH];
} fota_cbor;

/* The input must be smaller than 4 GiB. */
void		fota_cbor_open(fota_cbor *r, fota_ctx *ctx, const void *data, size_t size);
/* What comes next; fails at the end of the input and on what is not well-formed. */
fota_status fota_cbor_peek(fota_cbor *r, fota_cbor_type *type);
fota_status fota_cbor_uint(fota_cbor *r, uint64_t *value);
/* Negative ones included; FOTA_RANGE outside of int64. */
fota_status fota_cbor_int(fota_cbor *r, int64_t *value);
fota_status fota_cbor_bytes(fota_cbor *r, fota_bytes *value);
fota_status fota_cbor_text(fota_cbor *r, fota_bytes *value);
fota_status fota_cbor_bool(fota_cbor *r, bool *value);
fota_status fota_cbor_null(fota_cbor *r);
/* Enters an array or a map; fota_cbor_next leaves it when it says that there is no more. */
fota_status fota_cbor_enter(fota_cbor *r, fota_cbor_type container);
fota_status fota_cbor_next(fota_cbor *r, bool *more);
/* Passes over one item of any kind, checking it. */
fota_status fota_cbor_skip(fota_cbor *r);
/* Nothing may follow. */
fota_status fota_cbor_end(fota_cbor *r);
/* FOTA_SYNTAX "found .., expected .." at the reader's place. */
fota_status fota_cbor_unexpected(fota_cbor *r, const char *expected);

/* Writers append one head or item in shortest form. */
fota_status fota_cbor_put_uint(fota_ctx *ctx, fota_buf *out, uint64_t value);
fota_status fota_cbor_put_int(fota_ctx *ctx, fota_buf *out, int64_t value);
fota_status fota_cbor_put_bytes(fota_ctx *ctx, fota_buf *out, const void *data, size_t size);
fota_status fota_cbor_put_text(fota_ctx *ctx, fota_buf *out, const char *data, size_t size);
fota_status fota_cbor_put_array(fota_ctx *ctx, fota_buf *out, uint64_t items);
fota_status fota_cbor_put_map(fota_ctx *ctx, fota_buf *out, uint64_t pairs);
fota_status fota_cbor_put_bool(fota_ctx *ctx, fota_buf *out, bool value);
fota_status fota_cbor_put_null(fota_ctx *ctx, fota_buf *out);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * delta.h: the registry of delta formats. A delta turns one payload (source) into another (target).
 * The worker, fotactl and the SQL functions make_delta and apply_delta call it.
 *
 * Sizes are bytes. Results go to a fota_buf that the callee initialises and the caller frees, also
 * after an error (then it is empty). Deltas are unsigned transport: apply trusts no byte of a delta
 * and never reads outside its inputs, but only the caller, who knows the target's SHA-256, can say
 * whether the result is right.
 */
#ifndef FOTA_DELTA_H
#define FOTA_DELTA_H

#include "base.h"

/* Numbers of formats on the wire (native protocol, "format"). 0 is the payload itself. */
#define FOTA_FORMAT_RAW 0
#define FOTA_FORMAT_BSDIFF40 1

/* What a delta says of itself, without its source. */
typedef struct fota_delta_info
{
	uint64_t	target_size;
	uint64_t	copies;			/* spans taken from the source */
	uint64_t	copied;			/* bytes of them */
	uint64_t	changed;		/* of these, bytes that differ from the source */
	uint64_t	added;			/* bytes that the delta itself brings */
	uint64_t	control_size;	/* compressed sizes of the parts */
	uint64_t	diff_size;
	uint64_t	extra_size;
} fota_delta_info;

typedef struct fota_delta_format
{
	const char *name;
	uint32_t	id;
	/* Makes a delta; params are the numbers that follow the id in "format", none for bsdiff40. */
	fota_status (*make) (fota_ctx *ctx, fota_bytes source, fota_bytes target,
						 const uint32_t *params, size_t param_count, fota_buf *delta);
	/* Rebuilds the target, at most max_size bytes. */
	fota_status (*apply) (fota_ctx *ctx, fota_bytes source, fota_bytes delta, uint64_t max_size,
						  fota_buf *target);
	fota_status (*inspect) (fota_ctx *ctx, fota_bytes delta, fota_delta_info *info);
} fota_delta_format;

/* NULL when unknown. */
const fota_delta_format *fota_delta_find(const char *name);
const fota_delta_format *fota_delta_find_id(uint32_t id);
/* By position from 0; NULL after the last. */
const fota_delta_format *fota_delta_at(size_t position);
/* The format that a delta's first bytes name; NULL when none does. */
const fota_delta_format *fota_delta_detect(fota_bytes delta);

#endif

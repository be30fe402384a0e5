/* SPDX-License-Identifier: PostgreSQL */
/*
 * flow.h: where the decompressors put their bytes: a buffer, or nowhere when only the sum is wanted; and where the
 * limits are looked at. Private to this folder.
 */
#ifndef FOTA_UNPACK_FLOW_H
#define FOTA_UNPACK_FLOW_H

#include "../unpack.h"

#define FOTA_FLOW_STEP ((size_t) 65536)	/* most bytes between two looks */

typedef struct fota_flow
{
	fota_ctx   *ctx;
	const char *what;
	fota_buf   *out;			/* or NULL */
	uint8_t    *window;			/* then, FOTA_FLOW_STEP bytes */
	uint8_t    *at;				/* where the next bytes go */
	uint64_t	most;
	uint64_t	ratio;
	uint64_t	size;			/* came out so far */
	uint64_t	packed;			/* went in so far */
	uint32_t	crc;
} fota_flow;

fota_status fota_flow_begin(fota_flow *flow, fota_ctx *ctx, const char *what, const fota_image_limits *limits,
							fota_buf *out);
void		fota_flow_end(fota_flow *flow);
/* Room for the next FOTA_FLOW_STEP bytes at flow->at. */
fota_status fota_flow_room(fota_flow *flow);
/* So many bytes were put there, after packed bytes in all went in. */
fota_status fota_flow_put(fota_flow *flow, size_t size, uint64_t packed);
/* The errors that all have: the input ended, bytes that mean nothing, bytes behind the end. */
fota_status fota_flow_short(fota_flow *flow, uint64_t offset);
fota_status fota_flow_broken(fota_flow *flow, uint64_t offset, const char *why);
fota_status fota_flow_trailing(fota_flow *flow, uint64_t offset, uint64_t bytes);

fota_status fota_flow_gzip(fota_flow *flow, fota_bytes packed);
fota_status fota_flow_xz(fota_flow *flow, fota_bytes packed);
fota_status fota_flow_zstd(fota_flow *flow, fota_bytes packed);
fota_status fota_flow_bzip2(fota_flow *flow, fota_bytes packed);

#endif

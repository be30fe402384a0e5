/* SPDX-License-Identifier: PostgreSQL */
/* zstd.c: Zstandard files, by libzstd with the caller's memory; see flow.h. */
#include "flow.h"

#include <string.h>

#define ZSTD_STATIC_LINKING_ONLY	/* for an allocator of one's own */
#include <zstd.h>
#include <zstd_errors.h>

#define WINDOW_LOG 27			/* 128 MiB, what the tool allows without being told */

static void *
zstd_alloc(void *opaque, size_t size)
{
	return fota_alloc_raw(opaque, size);
}

static void
zstd_free(void *opaque, void *ptr)
{
	fota_free(opaque, ptr);
}

static fota_status
zstd_failed(fota_flow *flow, size_t result, size_t at)
{
	switch (ZSTD_getErrorCode(result))
	{
		case ZSTD_error_checksum_wrong:
			return fota_fail(flow->ctx, FOTA_CHECKSUM, at, 0, "%s: the checksum before offset 0x%zX does not match",
							 flow->what, at);
		case ZSTD_error_memory_allocation:
			return flow->ctx->error.code != FOTA_OK ? flow->ctx->error.code :
				fota_fail(flow->ctx, FOTA_NOMEM, at, 0, "%s: out of memory", flow->what);
		case ZSTD_error_frameParameter_windowTooLarge:
			return fota_fail(flow->ctx, FOTA_LIMIT, at, 0, "%s: the window is larger than %u MiB", flow->what,
							 1u << (WINDOW_LOG - 20));
		case ZSTD_error_dictionary_wrong:
		case ZSTD_error_version_unsupported:
			return fota_fail(flow->ctx, FOTA_UNSUPPORTED, at, 0, "%s: %s", flow->what, ZSTD_getErrorName(result));
		default:
			return fota_flow_broken(flow, at, ZSTD_getErrorName(result));
	}
}

/* True at the beginning of a frame, or of one that decoders pass over. */
static bool
is_frame(fota_bytes packed, size_t at)
{
	uint32_t	magic = packed.size - at >= 4 ? fota_get_u32le(packed.data + at) : 0;

	return magic == ZSTD_MAGICNUMBER || (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

static fota_status
zstd_frames(fota_flow *flow, ZSTD_DCtx *z, fota_bytes packed)
{
	ZSTD_inBuffer in = {packed.data, packed.size, 0};
	size_t		left = 1;		/* 0 = between frames */
	fota_status status = FOTA_OK;

	while (status == FOTA_OK && (left > 0 || is_frame(packed, in.pos)))
	{
		ZSTD_outBuffer out = {NULL, FOTA_FLOW_STEP, 0};
		size_t		before = in.pos;

		status = fota_flow_room(flow);
		if (status != FOTA_OK)
			return status;
		out.dst = flow->at;
		left = ZSTD_decompressStream(z, &out, &in);
		if (ZSTD_isError(left))
			return zstd_failed(flow, left, in.pos);
		status = fota_flow_put(flow, out.pos, in.pos);
		if (status == FOTA_OK && left > 0 && out.pos == 0 && in.pos == before)
			return fota_flow_short(flow, packed.size);
	}
	if (status == FOTA_OK && in.pos < packed.size)
		return fota_flow_trailing(flow, in.pos, packed.size - in.pos);
	return status;
}

fota_status
fota_flow_zstd(fota_flow *flow, fota_bytes packed)
{
	ZSTD_customMem memory = {zstd_alloc, zstd_free, flow->ctx};
	ZSTD_DCtx  *z;
	fota_status status;

	flow->ctx->error.code = FOTA_OK;
	z = ZSTD_createDCtx_advanced(memory);
	if (z == NULL)
		return flow->ctx->error.code;
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG);
	status = zstd_frames(flow, z, packed);
	ZSTD_freeDCtx(z);
	return status;
}

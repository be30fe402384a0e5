/* SPDX-License-Identifier: PostgreSQL */
/* flow.c: limits and output of the decompressors, and their choice by first bytes; see flow.h and ../unpack.h. */
#include "flow.h"

#include <string.h>

#define FREE_RATIO ((uint64_t) 1 << 20) /* bytes that may come out whatever went in */

fota_packing
fota_packing_of(fota_bytes file)
{
	const uint8_t *p = file.data;

	if (file.size >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return FOTA_PACKING_GZIP;
	if (file.size >= 6 && memcmp(p, "\xfd" "7zXZ", 6) == 0)
		return FOTA_PACKING_XZ;
	if (file.size >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
		return FOTA_PACKING_ZSTD;
	if (file.size >= 10 && memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9' &&
		(memcmp(p + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 || memcmp(p + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0))
		return FOTA_PACKING_BZIP2;
	return FOTA_PACKING_NONE;
}

const char *
fota_packing_name(fota_packing packing)
{
	static const char *const names[] = {"none", "gzip", "xz", "zstd", "bzip2"};

	return names[packing];
}

fota_status
fota_flow_begin(fota_flow *flow, fota_ctx *ctx, const char *what, const fota_image_limits *limits, fota_buf *out)
{
	*flow = (fota_flow) {.ctx = ctx, .what = what, .out = out};
	flow->most = limits && limits->unpacked ? limits->unpacked : FOTA_MAX_UNPACKED;
	flow->ratio = limits && limits->ratio ? limits->ratio : FOTA_MAX_RATIO;
	if (out != NULL)
	{
		out->cap = flow->most > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t) flow->most + FOTA_FLOW_STEP;
		return FOTA_OK;
	}
	flow->window = fota_alloc_raw(ctx, FOTA_FLOW_STEP);
	return flow->window != NULL ? FOTA_OK : ctx->error.code;
}

void
fota_flow_end(fota_flow *flow)
{
	fota_free(flow->ctx, flow->window);
}

fota_status
fota_flow_room(fota_flow *flow)
{
	fota_status status;

	flow->at = flow->window;
	if (flow->out == NULL)
		return FOTA_OK;
	status = fota_buf_reserve(flow->ctx, flow->out, FOTA_FLOW_STEP);
	if (status == FOTA_OK)
		flow->at = flow->out->data + flow->out->size;
	return status;
}

fota_status
fota_flow_put(fota_flow *flow, size_t size, uint64_t packed)
{
	uint64_t	work = size + (packed - flow->packed);

	flow->crc = fota_crc32(flow->crc, flow->at, size);
	flow->size += size;
	flow->packed = packed;
	if (flow->out != NULL)
		flow->out->size += size;
	if (flow->size > flow->most)
	{
		fota_fail(flow->ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%s expands to more than %llu bytes", flow->what,
				  (unsigned long long) flow->most);
		return fota_fail_hint(flow->ctx, "The limit of what a compressed file may hold can be raised.");
	}
	if (flow->size > FREE_RATIO && flow->size / flow->ratio >= packed)
	{
		fota_fail(flow->ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%s expands over %llu:1 (%llu bytes out of the first %llu)",
				  flow->what, (unsigned long long) flow->ratio, (unsigned long long) flow->size,
				  (unsigned long long) packed);
		return fota_fail_hint(flow->ctx, "The limit of the expansion ratio can be raised.");
	}
	return fota_poll(flow->ctx, work);
}

fota_status
fota_flow_short(fota_flow *flow, uint64_t offset)
{
	return fota_fail(flow->ctx, FOTA_TRUNCATED, offset, 0, "%s: the compressed stream ends early, at offset 0x%llX",
					 flow->what, (unsigned long long) offset);
}

fota_status
fota_flow_broken(fota_flow *flow, uint64_t offset, const char *why)
{
	return fota_fail(flow->ctx, FOTA_SYNTAX, offset, 0, "%s: the compressed stream is damaged before offset 0x%llX: %s",
					 flow->what, (unsigned long long) offset, why);
}

fota_status
fota_flow_trailing(fota_flow *flow, uint64_t offset, uint64_t bytes)
{
	return fota_fail(flow->ctx, FOTA_TRAILING, offset, 0, "%s: %llu byte%s after the compressed stream, at offset 0x%llX",
					 flow->what, (unsigned long long) bytes, bytes == 1 ? "" : "s", (unsigned long long) offset);
}

fota_status
fota_unpack(fota_ctx *ctx, fota_packing packing, fota_bytes packed, const fota_image_limits *limits, const char *what,
			fota_buf *out)
{
	fota_flow	flow;
	fota_status status = fota_flow_begin(&flow, ctx, what, limits, out);

	if (status != FOTA_OK)
		return status;
	switch (packing)
	{
		case FOTA_PACKING_GZIP:
			return fota_flow_gzip(&flow, packed);
		case FOTA_PACKING_XZ:
			return fota_flow_xz(&flow, packed);
		case FOTA_PACKING_ZSTD:
			return fota_flow_zstd(&flow, packed);
		case FOTA_PACKING_BZIP2:
			return fota_flow_bzip2(&flow, packed);
		case FOTA_PACKING_NONE:
			break;
	}
	return fota_fail(ctx, FOTA_UNSUPPORTED, 0, 0, "%s: the compression is not known", what);
}

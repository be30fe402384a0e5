/* SPDX-License-Identifier: PostgreSQL */
/* xz.c: xz files, by liblzma with the caller's memory; see flow.h. */
#include "flow.h"

#include <string.h>

#include <lzma.h>

#define MEMORY ((uint64_t) 100 << 20)	/* the highest preset of xz takes 65 MiB, untouched for the most part */

static void *
xz_alloc(void *opaque, size_t count, size_t size)
{
	size_t		total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return fota_alloc_raw(opaque, total);
}

static void
xz_free(void *opaque, void *ptr)
{
	fota_free(opaque, ptr);
}

static fota_status
xz_failed(fota_flow *flow, lzma_ret result, size_t at, size_t size)
{
	switch (result)
	{
		case LZMA_BUF_ERROR:
			return fota_flow_short(flow, size);
		case LZMA_MEM_ERROR:
			return flow->ctx->error.code != FOTA_OK ? flow->ctx->error.code :
				fota_fail(flow->ctx, FOTA_NOMEM, at, 0, "%s: out of memory", flow->what);
		case LZMA_MEMLIMIT_ERROR:
			return fota_fail(flow->ctx, FOTA_LIMIT, at, 0, "%s: the dictionary needs more than %llu MiB of memory",
							 flow->what, (unsigned long long) (MEMORY >> 20));
		case LZMA_OPTIONS_ERROR:
		case LZMA_UNSUPPORTED_CHECK:
			return fota_fail(flow->ctx, FOTA_UNSUPPORTED, at, 0, "%s: filter or check at offset 0x%zX is not known",
							 flow->what, at);
		case LZMA_DATA_ERROR:
			return fota_fail(flow->ctx, FOTA_CHECKSUM, at, 0,
							 "%s: a checksum does not match, or data is damaged, before offset 0x%zX", flow->what, at);
		default:
			return fota_flow_broken(flow, at, "no xz stream");
	}
}

/* One stream; *at becomes the offset behind it. */
static fota_status
xz_stream(fota_flow *flow, fota_bytes packed, size_t *at)
{
	lzma_allocator allocator = {xz_alloc, xz_free, flow->ctx};
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_ret	result;
	fota_status status = FOTA_OK;

	z.allocator = &allocator;
	flow->ctx->error.code = FOTA_OK;
	result = lzma_stream_decoder(&z, MEMORY, LZMA_TELL_UNSUPPORTED_CHECK);
	z.next_in = packed.data + *at;
	z.avail_in = packed.size - *at;
	while (result == LZMA_OK && status == FOTA_OK)
	{
		status = fota_flow_room(flow);
		if (status != FOTA_OK)
			break;
		z.next_out = flow->at;
		z.avail_out = FOTA_FLOW_STEP;
		result = lzma_code(&z, LZMA_FINISH);
		status = fota_flow_put(flow, FOTA_FLOW_STEP - z.avail_out, packed.size - z.avail_in);
	}
	*at = packed.size - z.avail_in;
	if (status == FOTA_OK && result != LZMA_STREAM_END)
		status = xz_failed(flow, result, *at, packed.size);
	lzma_end(&z);
	return status;
}

/* Streams, with zero bytes in fours between and behind them. */
fota_status
fota_flow_xz(fota_flow *flow, fota_bytes packed)
{
	size_t		at = 0;
	fota_status status;

	do
	{
		status = xz_stream(flow, packed, &at);
		if (status != FOTA_OK)
			return status;
		while (packed.size - at >= 4 && memcmp(packed.data + at, "\0\0\0", 4) == 0)
			at += 4;
	} while (packed.size - at >= 6 && memcmp(packed.data + at, "\xfd" "7zXZ", 6) == 0);
	return at < packed.size ? fota_flow_trailing(flow, at, packed.size - at) : FOTA_OK;
}

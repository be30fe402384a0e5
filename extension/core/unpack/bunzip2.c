/* SPDX-License-Identifier: PostgreSQL */
/* bunzip2.c: bzip2 files, by libbz2 with the caller's memory; see flow.h. */
#include "flow.h"

#include <string.h>

#include <bzlib.h>

#define CHUNK ((size_t) 1 << 30)	/* libbz2 counts its input in 32 bits */

static void *
bzip2_alloc(void *opaque, int items, int size)
{
	return fota_alloc_array(opaque, (size_t) items, (size_t) size);
}

static void
bzip2_free(void *opaque, void *ptr)
{
	fota_free(opaque, ptr);
}

/* One step of output; *at is how far the input was read. */
static fota_status
bzip2_step(fota_flow *flow, bz_stream *z, fota_bytes packed, size_t *at, int *result)
{
	size_t		step = packed.size - *at < CHUNK ? packed.size - *at : CHUNK;
	fota_status status = fota_flow_room(flow);

	if (status != FOTA_OK)
		return status;
	z->next_in = (char *) (uintptr_t) (packed.data + *at);
	z->avail_in = (unsigned) step;
	z->next_out = (char *) flow->at;
	z->avail_out = (unsigned) FOTA_FLOW_STEP;
	*result = BZ2_bzDecompress(z);
	*at += step - z->avail_in;
	return fota_flow_put(flow, FOTA_FLOW_STEP - z->avail_out, *at);
}

static fota_status
bzip2_stream(fota_flow *flow, fota_bytes packed, size_t *at)
{
	bz_stream	z = {.bzalloc = bzip2_alloc, .bzfree = bzip2_free, .opaque = flow->ctx};
	int			result = BZ_OK;
	fota_status status = FOTA_OK;

	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		return flow->ctx->error.code;
	while (result == BZ_OK && status == FOTA_OK)
	{
		size_t		before = *at;

		status = bzip2_step(flow, &z, packed, at, &result);
		if (status == FOTA_OK && result == BZ_OK && *at == before && z.avail_out == FOTA_FLOW_STEP)
			status = fota_flow_short(flow, packed.size);
	}
	if (status == FOTA_OK && result == BZ_DATA_ERROR)
		status = fota_fail(flow->ctx, FOTA_CHECKSUM, *at, 0,
						   "%s: a checksum does not match, or data is damaged, before offset 0x%zX", flow->what, *at);
	else if (status == FOTA_OK && result == BZ_MEM_ERROR)
		status = flow->ctx->error.code;
	else if (status == FOTA_OK && result != BZ_STREAM_END)
		status = fota_flow_broken(flow, *at, "no bzip2 stream");
	BZ2_bzDecompressEnd(&z);
	return status;
}

fota_status
fota_flow_bzip2(fota_flow *flow, fota_bytes packed)
{
	size_t		at = 0;
	fota_status status;

	do
	{
		status = bzip2_stream(flow, packed, &at);
		if (status != FOTA_OK)
			return status;
	} while (fota_packing_of((fota_bytes) {packed.data + at, packed.size - at}) == FOTA_PACKING_BZIP2);
	return at < packed.size ? fota_flow_trailing(flow, at, packed.size - at) : FOTA_OK;
}

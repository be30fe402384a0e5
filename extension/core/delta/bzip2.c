/* SPDX-License-Identifier: PostgreSQL */
/*
 * bzip2.c: bzip2 streams by libbz2's low-level interface, with its memory taken from fota_ctx.
 */
#include "bzip2.h"

#include <string.h>

#define STEP 65536				/* bytes between two looks at the poll callback */

static void *
bz_alloc(void *opaque, int items, int size)
{
	if (items < 0 || size < 0)
		return NULL;
	return fota_alloc_array(opaque, (size_t) items, (size_t) size);
}

static void
bz_free(void *opaque, void *ptr)
{
	fota_free(opaque, ptr);
}

static void
bz_prepare(fota_ctx *ctx, fota_bz *bz)
{
	memset(bz, 0, sizeof(*bz));
	bz->ctx = ctx;
	bz->stream.bzalloc = bz_alloc;
	bz->stream.bzfree = bz_free;
	bz->stream.opaque = ctx;
}

/* Turns an answer of libbz2 into an error; an allocator's own error is kept. */
static fota_status
bz_fail(fota_bz *bz, int result)
{
	switch (result)
	{
		case BZ_MEM_ERROR:
			if (bz->ctx->error.code != FOTA_OK)
				return bz->ctx->error.code;
			return fota_fail(bz->ctx, FOTA_NOMEM, FOTA_NOWHERE, 0, "bzip2: out of memory");
		case BZ_DATA_ERROR:
			return fota_fail(bz->ctx, FOTA_CHECKSUM, bz->offset, 0,
							 "delta: damaged bzip2 stream of the %s part", bz->what);
		case BZ_DATA_ERROR_MAGIC:
			return fota_fail(bz->ctx, FOTA_SYNTAX, bz->offset, 0,
							 "delta: the %s part is not a bzip2 stream", bz->what);
		default:
			return fota_fail(bz->ctx, FOTA_INTERNAL, FOTA_NOWHERE, 0, "bzip2: answered %d",
							 result);
	}
}

/*
 * Takes the smallest block that holds all data, since a decoder needs four times the block. The
 * run-length step in front of bzip2 may make data a quarter longer.
 */
fota_status
fota_bz_write_begin(fota_ctx *ctx, fota_bz *bz, fota_buf *output, uint64_t total)
{
	uint64_t	block = (total + total / 4) / 99900 + 1;
	int			result;

	bz_prepare(ctx, bz);
	bz->output = output;
	result = BZ2_bzCompressInit(&bz->stream, block < 9 ? (int) block : 9, 0, 0);
	if (result != BZ_OK)
		return bz_fail(bz, result);
	bz->open = true;
	return FOTA_OK;
}

/* Runs libbz2 until it has taken all input (BZ_RUN) or has written all output (BZ_FINISH). */
static fota_status
bz_compress(fota_bz *bz, int action)
{
	uint8_t		room[4096];
	int			result;

	do
	{
		bz->stream.next_out = (char *) room;
		bz->stream.avail_out = sizeof(room);
		result = BZ2_bzCompress(&bz->stream, action);
		if (result < 0)
			return bz_fail(bz, result);
		if (fota_buf_append(bz->ctx, bz->output, room,
							sizeof(room) - bz->stream.avail_out) != FOTA_OK)
			return bz->ctx->error.code;
	} while (action == BZ_FINISH ? result != BZ_STREAM_END : bz->stream.avail_in > 0);
	return FOTA_OK;
}

fota_status
fota_bz_write(fota_bz *bz, const uint8_t *data, size_t size)
{
	while (size > 0)
	{
		size_t		step = size < STEP ? size : STEP;

		/* libbz2 only reads its input, but does not say so in its type */
		bz->stream.next_in = (char *) (uintptr_t) data;
		bz->stream.avail_in = (unsigned) step;
		if (bz_compress(bz, BZ_RUN) != FOTA_OK || fota_poll(bz->ctx, step) != FOTA_OK)
			return bz->ctx->error.code;
		data += step;
		size -= step;
	}
	return FOTA_OK;
}

fota_status
fota_bz_write_finish(fota_bz *bz)
{
	bz->stream.avail_in = 0;
	return bz_compress(bz, BZ_FINISH);
}

fota_status
fota_bz_read_begin(fota_ctx *ctx, fota_bz *bz, fota_bytes input, uint64_t offset, const char *what)
{
	int			result;

	bz_prepare(ctx, bz);
	bz->input = input;
	bz->offset = offset;
	bz->what = what;
	result = BZ2_bzDecompressInit(&bz->stream, 0, 0);
	if (result != BZ_OK)
		return bz_fail(bz, result);
	bz->open = true;
	return FOTA_OK;
}

/* Reads up to size bytes; fewer only at the end of the stream. */
static fota_status
bz_decompress(fota_bz *bz, uint8_t *data, size_t size, size_t *given)
{
	*given = 0;
	while (*given < size && !bz->finished)
	{
		size_t		left = bz->input.size - bz->input_at;
		size_t		step = size - *given < STEP ? size - *given : STEP;
		size_t		taken,
					made;
		int			result;

		if (left > STEP)
			left = STEP;
		bz->stream.next_in = (char *) (uintptr_t) (bz->input.data + bz->input_at);
		bz->stream.avail_in = (unsigned) left;
		bz->stream.next_out = (char *) data + *given;
		bz->stream.avail_out = (unsigned) step;
		result = BZ2_bzDecompress(&bz->stream);
		taken = left - bz->stream.avail_in;
		made = step - bz->stream.avail_out;
		if (result != BZ_OK && result != BZ_STREAM_END)
			return bz_fail(bz, result);
		bz->input_at += taken;
		*given += made;
		bz->finished = result == BZ_STREAM_END;
		if (!bz->finished && taken == 0 && made == 0)
			return fota_fail(bz->ctx, FOTA_TRUNCATED, bz->offset + bz->input.size, 0,
							 "delta: the %s part ends too early", bz->what);
		if (fota_poll(bz->ctx, taken + made) != FOTA_OK)
			return bz->ctx->error.code;
	}
	return FOTA_OK;
}

fota_status
fota_bz_read(fota_bz *bz, uint8_t *data, size_t size)
{
	size_t		given;

	if (bz_decompress(bz, data, size, &given) != FOTA_OK)
		return bz->ctx->error.code;
	if (given < size)
		return fota_fail(bz->ctx, FOTA_TRUNCATED, bz->offset + bz->input_at, 0,
						 "delta: the %s part is %zu bytes short", bz->what, size - given);
	return FOTA_OK;
}

fota_status
fota_bz_read_finish(fota_bz *bz)
{
	uint8_t		more;
	size_t		given;

	if (bz_decompress(bz, &more, 1, &given) != FOTA_OK)
		return bz->ctx->error.code;
	if (given > 0 || bz->input_at != bz->input.size)
		return fota_fail(bz->ctx, FOTA_TRAILING, bz->offset + bz->input_at, 0,
						 "delta: the %s part goes on after the end of the target", bz->what);
	return FOTA_OK;
}

void
fota_bz_end(fota_bz *bz)
{
	if (!bz->open)
		return;
	if (bz->output != NULL)
		BZ2_bzCompressEnd(&bz->stream);
	else
		BZ2_bzDecompressEnd(&bz->stream);
	bz->open = false;
}

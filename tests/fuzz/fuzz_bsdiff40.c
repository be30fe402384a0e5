/* SPDX-License-Identifier: PostgreSQL */
/*
 * fuzz_bsdiff40.c: BSDIFF40 apply and inspect on hostile bytes.
 *
 * An input is taken twice: as a delta for a fixed source, and, since bzip2 hides the control part
 * from mutation, as a recipe: its bytes become control entries, which are compressed here.
 */
#include "delta.h"

#include <bzlib.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE_SIZE 4096
#define TARGET_MAX 65536

static void *
take(void *opaque, size_t size)
{
	(void) opaque;
	return malloc(size);
}

static void
give(void *opaque, void *ptr)
{
	(void) opaque;
	free(ptr);
}

static void
try_delta(const uint8_t *data, size_t size)
{
	static uint8_t source[SOURCE_SIZE];
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 64 << 20};
	fota_delta_info info;
	fota_buf	target;
	fota_bytes	delta = {data, size};
	fota_status status;

	status = fota_delta_find("bsdiff40")->apply(&ctx, (fota_bytes) {source, sizeof(source)}, delta,
												 TARGET_MAX, &target);
	if (status == FOTA_OK && target.size > TARGET_MAX)
		abort();
	if (status != FOTA_OK && (ctx.error.code != status || ctx.error.message[0] == '\0'))
		abort();
	fota_buf_free(&ctx, &target);
	(void) fota_delta_find("bsdiff40")->inspect(&ctx, delta, &info);
	if (ctx.used != 0)
		abort();
}

static size_t
pack(uint8_t *out, size_t room, const uint8_t *data, size_t size)
{
	unsigned	used = (unsigned) room;

	if (BZ2_bzBuffToBuffCompress((char *) out, &used, (char *) (uintptr_t) data, (unsigned) size,
								 1, 0, 0) != BZ_OK)
		return 0;
	return used;
}

static void
put(uint8_t *p, uint64_t value)
{
	for (int i = 0; i < 8; i++, value >>= 8)
		p[i] = (uint8_t) value;
}

/* Bytes 0..1: target size; then entries of 5 bytes: copy, add (16 bits each), seek (8 bits). */
static void
try_recipe(const uint8_t *data, size_t size)
{
	static uint8_t control[24 * 512],
				out[1 << 17];
	static const uint8_t part[TARGET_MAX];
	size_t		entries = 0,
				at = 32;

	if (size < 2)
		return;
	for (size_t i = 2; i + 5 <= size && entries < 512; i += 5, entries++)
	{
		put(control + 24 * entries, data[i] | (uint64_t) data[i + 1] << 8);
		put(control + 24 * entries + 8, data[i + 2] | (uint64_t) data[i + 3] << 8);
		put(control + 24 * entries + 16, data[i + 4] & 0x7f);
		if (data[i + 4] & 0x80)
			control[24 * entries + 23] |= (data[i + 4] & 0x40) ? 0xff : 0x80;
	}
	memcpy(out, "BSDIFF40", 8);
	at += pack(out + at, sizeof(out) - at, control, 24 * entries);
	put(out + 8, at - 32);
	put(out + 24, data[0] | (uint64_t) data[1] << 8);
	{
		size_t		diff = pack(out + at, sizeof(out) - at, part, sizeof(part));

		put(out + 16, diff);
		at += diff;
	}
	at += pack(out + at, sizeof(out) - at, part, sizeof(part));
	try_delta(out, at);
}

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_delta(data, size);
	try_recipe(data, size);
	return 0;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * fuzz_package.h: a format whose files are packages, on hostile bytes: refused with a text, or every member can be
 * taken out and the signatures judged, within the limits and without losing memory.
 */
#ifndef FUZZ_PACKAGE_H
#define FUZZ_PACKAGE_H

#include "image.h"

#include <stdlib.h>
#include <string.h>

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
check_members(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_image_options *options)
{
	for (size_t i = 0; i < image->member_count; i++)
	{
		const fota_member *m = &image->members[i];
		fota_buf	out;

		if (memchr(m->name, 0, sizeof(m->name)) == NULL || m->offset > file.size || m->packed > file.size - m->offset)
			abort();
		if (fota_image_take(ctx, file, image, i, options, &out) == FOTA_OK && out.size != m->size)
			abort();
		fota_buf_free(ctx, &out);
	}
}

/* A P-256 key in DER; nothing is signed by it. */
static const uint8_t some_key[] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6,
	0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98,
	0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b,
	0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5
};

__attribute__((unused)) static int
fuzz_package(const char *format, const uint8_t *data, size_t size)
{
	static fota_proofs proofs;
	fota_image_options options = {.limits = {.unpacked = 4 << 20}};
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 64 << 20};
	fota_key	key = {.name = "a", .der = {some_key, sizeof(some_key)}};
	fota_bytes	file = {data, size};
	fota_image	image;
	fota_status status = fota_image_decode(&ctx, file, format, &options, &image);

	if (status == FOTA_OK)
	{
		check_members(&ctx, file, &image, &options);
		status = fota_image_verify(&ctx, file, &image, &key, 1, &proofs);
		for (size_t i = 0; i < proofs.count; i++)
			if (status == FOTA_OK && proofs.list[i].result == FOTA_PROOF_VALID)
				abort();
	}
	if (status == FOTA_INTERNAL || (status != FOTA_OK && (ctx.error.code != status || ctx.error.message[0] == '\0')))
		abort();
	fota_image_free(&ctx, &image);
	if (ctx.used != 0)
		abort();
	return 0;
}

#endif

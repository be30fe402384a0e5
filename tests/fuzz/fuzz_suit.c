/* SPDX-License-Identifier: PostgreSQL */
/*
 * fuzz_suit.c: SUIT envelopes on hostile bytes; see fuzz_package.h. Since a digest stands before most of what is read,
 * the input is also taken as the manifest alone, and as a signature in an envelope whose digest is right.
 */
#include "fuzz_package.h"

#include "codec/suit.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
as_manifest(const uint8_t *data, size_t size)
{
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 64 << 20};
	fota_image	image = {.ctx = &ctx, .codec = &fota_codec_suit};
	suit		s = {.ctx = &ctx, .image = &image, .manifest = {data, size}};

	if (fota_suit_manifest(&s) != FOTA_OK && ctx.error.message[0] == '\0')
		abort();
	fota_image_free(&ctx, &image);
	if (ctx.used != 0)
		abort();
}

static void
as_signature(const uint8_t *data, size_t size)
{
	static const uint8_t manifest[] = {0x45, 0xa2, 0x01, 0x01, 0x02, 0x01};
	uint8_t		digest[39] = {0x82, 0x2f, 0x58, 0x20};
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 64 << 20};
	fota_buf	auth;
	fota_buf	out;

	fota_buf_init(&auth, 1 << 20);
	fota_buf_init(&out, 1 << 20);
	if (fota_sha256(&ctx, manifest, sizeof(manifest), digest + 4) != FOTA_OK ||
		fota_cbor_put_array(&ctx, &auth, 2) != FOTA_OK || fota_cbor_put_bytes(&ctx, &auth, digest, 36) != FOTA_OK ||
		fota_cbor_put_bytes(&ctx, &auth, data, size) != FOTA_OK || fota_cbor_put_map(&ctx, &out, 2) != FOTA_OK ||
		fota_cbor_put_uint(&ctx, &out, 2) != FOTA_OK || fota_cbor_put_bytes(&ctx, &out, auth.data, auth.size) != FOTA_OK ||
		fota_cbor_put_uint(&ctx, &out, 3) != FOTA_OK || fota_buf_append(&ctx, &out, manifest, sizeof(manifest)) != FOTA_OK)
		abort();
	fuzz_package("suit", out.data, out.size);
	fota_buf_free(&ctx, &auth);
	fota_buf_free(&ctx, &out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_manifest(data, size);
	as_signature(data, size);
	return fuzz_package("suit", data, size);
}

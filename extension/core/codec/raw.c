/* SPDX-License-Identifier: PostgreSQL */
/*
 * raw.c: bytes without a structure. One segment, which points into the file; the caller says where it
 * begins. The format of every file that no other codec knows.
 */
#include "codecs.h"

static int
raw_detect(fota_bytes file, const char **reason)
{
	(void) file;
	*reason = "no other format fits";
	return 1;
}

static fota_status
raw_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	if (file.size == 0)
		return fota_fail(ctx, FOTA_TRUNCATED, 0, 0, "raw: file is empty");
	if (options->has_board)
		return fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "raw: the waiver board=%04x is for Intel HEX files",
						 options->board);
	if (options->base > UINT64_MAX - file.size)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "raw: %zu bytes at 0x%llX run past the last address",
						 file.size, (unsigned long long) options->base);
	image->segments = fota_alloc_array(ctx, 1, sizeof(fota_segment));
	if (image->segments == NULL)
		return ctx->error.code;
	image->segments[0] = (fota_segment) {options->base, file.size, file.data};
	image->segment_count = 1;
	image->bytes = file.size;
	return FOTA_OK;
}

/* Raw has no place for addresses, so that only an image without gaps can be written. */
static fota_status
raw_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options, fota_buf *out)
{
	(void) options;
	if (image->segment_count > 1)
	{
		fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "raw: the image has %zu segments with gaps between them",
				  image->segment_count);
		return fota_fail_hint(ctx, "Flatten it, which fills the gaps.");
	}
	if (image->segment_count == 0)
		return FOTA_OK;
	return fota_buf_append(ctx, out, image->segments[0].data, (size_t) image->segments[0].size);
}

const fota_codec fota_codec_raw = {
	.name = "raw",
	.has_addresses = false,
	.detect = raw_detect,
	.decode = raw_decode,
	.encode = raw_encode,
};

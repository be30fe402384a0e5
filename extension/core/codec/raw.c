/* SPDX-License-Identifier: PostgreSQL */
/*
 * raw.c: bytes without a structure. One segment, which points into the file; the caller says where it
 * begins. The format of every file that no other codec knows.
 */
#include "codecs.h"
#include "raw_hint.h"

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
	if (options->has_board)
		return fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "raw: the waiver board=%04x is for Intel HEX files",
						 options->board);
	fota_raw_hint(file, image);
	return fota_image_whole(ctx, file, options, image);
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
	.title = "bytes without a structure",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = raw_detect,
	.decode = raw_decode,
	.encode = raw_encode,
};

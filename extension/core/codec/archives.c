/* SPDX-License-Identifier: PostgreSQL */
/*
 * archives.c: zip, tar and cpio files that are nothing more special. The file is the payload; members are listed
 * and checked. Packages, which are such archives too, are recognised with more confidence.
 */
#include "codecs.h"

#include "../archive/archive.h"

#include <string.h>

/* Lists the members and gives the file as the one segment. */
static fota_status
decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image,
	   fota_status (*list) (fota_ctx *, fota_bytes, const fota_image_options *, fota_image *))
{
	fota_status status = list(ctx, file, options, image);

	return status == FOTA_OK ? fota_image_whole(ctx, file, options, image) : status;
}

static int
zip_detect(fota_bytes file, const char **reason)
{
	*reason = "a zip archive";
	return fota_zip_is(file) ? 92 : 0;
}

static fota_status
zip_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	return decode(ctx, file, options, image, fota_zip_list);
}

static int
tar_detect(fota_bytes file, const char **reason)
{
	*reason = "the sum of a tar header";
	if (fota_tar_is(file))
		return 92;
	*reason = "the magic of a tar header";
	return file.size >= 512 && memcmp(file.data + 257, "ustar", 5) == 0 ? 91 : 0;
}

static fota_status
tar_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	return decode(ctx, file, options, image, fota_tar_list);
}

static int
cpio_detect(fota_bytes file, const char **reason)
{
	*reason = "a cpio header";
	return fota_cpio_is(file) ? 92 : 0;
}

static fota_status
cpio_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	return decode(ctx, file, options, image, fota_cpio_list);
}

const fota_codec fota_codec_zip = {
	.name = "zip",
	.title = "zip archive",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = zip_detect,
	.decode = zip_decode,
	.take = fota_archive_take,
};

const fota_codec fota_codec_tar = {
	.name = "tar",
	.title = "tar archive",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = tar_detect,
	.decode = tar_decode,
	.take = fota_archive_take,
};

const fota_codec fota_codec_cpio = {
	.name = "cpio",
	.title = "cpio archive",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = cpio_detect,
	.decode = cpio_decode,
	.take = fota_archive_take,
};

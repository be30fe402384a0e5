/* SPDX-License-Identifier: PostgreSQL */
/*
 * packed.c: compressed files as formats, so that they are recognised and can be asked for. image.c takes the
 * compression off and decodes what is inside; nothing here ever reads it.
 */
#include "codecs.h"

#include "../unpack.h"

static int
detect(fota_bytes file, fota_packing packing, const char **reason)
{
	if (fota_packing_of(file) != packing)
		return 0;
	*reason = "the first bytes of a compressed file";
	return 99;
}

static int
gzip_detect(fota_bytes file, const char **reason)
{
	return detect(file, FOTA_PACKING_GZIP, reason);
}

static int
xz_detect(fota_bytes file, const char **reason)
{
	return detect(file, FOTA_PACKING_XZ, reason);
}

static int
zstd_detect(fota_bytes file, const char **reason)
{
	return detect(file, FOTA_PACKING_ZSTD, reason);
}

static int
bzip2_detect(fota_bytes file, const char **reason)
{
	return detect(file, FOTA_PACKING_BZIP2, reason);
}

static fota_status
packed_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	(void) options;
	return fota_fail(ctx, FOTA_INTERNAL, FOTA_NOWHERE, 0, "%s: %zu bytes were not unpacked", image->codec->name, file.size);
}

const fota_codec fota_codec_gzip = {
	.name = "gzip",
	.title = "gzip around another format",
	.payload = FOTA_PAYLOAD_FILE,
	.packing = FOTA_PACKING_GZIP,
	.detect = gzip_detect,
	.decode = packed_decode,
};

const fota_codec fota_codec_xz = {
	.name = "xz",
	.title = "xz around another format",
	.payload = FOTA_PAYLOAD_FILE,
	.packing = FOTA_PACKING_XZ,
	.detect = xz_detect,
	.decode = packed_decode,
};

const fota_codec fota_codec_zstd = {
	.name = "zstd",
	.title = "Zstandard around another format",
	.payload = FOTA_PAYLOAD_FILE,
	.packing = FOTA_PACKING_ZSTD,
	.detect = zstd_detect,
	.decode = packed_decode,
};

const fota_codec fota_codec_bzip2 = {
	.name = "bzip2",
	.title = "bzip2 around another format",
	.payload = FOTA_PAYLOAD_FILE,
	.packing = FOTA_PACKING_BZIP2,
	.detect = bzip2_detect,
	.decode = packed_decode,
};

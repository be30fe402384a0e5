/* SPDX-License-Identifier: PostgreSQL */
/*
 * mcuboot.c: the codec of MCUboot images (Zephyr's zephyr.signed.bin). Devices get the file as it is. Behind the TLVs
 * may stand what imgtool --pad writes: filling up to the end of the slot and there the trailer.
 */
#include "mcuboot.h"

#include <string.h>

#define TRAILER_MAGIC 16

/* Size of the trailer's magic and the step of its flags, when the data ends with one; else 0. */
static size_t
trailer_align(fota_bytes rest)
{
	static const uint8_t plain[TRAILER_MAGIC] = {
		0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2, 0xef, 0x7f, 0x35, 0x52, 0x50, 0x0f, 0x2c, 0xb6, 0x79, 0x80,
	};
	static const uint8_t aligned[TRAILER_MAGIC - 2] = {
		0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b, 0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a,
	};
	size_t		align;

	if (rest.size < TRAILER_MAGIC)
		return 0;
	if (fota_binary_is(rest, rest.size - TRAILER_MAGIC, plain, sizeof(plain)))
		return 8;
	align = fota_get_u16le(rest.data + rest.size - TRAILER_MAGIC);
	if (!fota_binary_is(rest, rest.size - sizeof(aligned), aligned, sizeof(aligned)) || (align != 16 && align != 32))
		return 0;
	return align;
}

/* All is filling but the magic and, before it, perhaps the flag that the image is confirmed. */
static bool
is_trailer(fota_bytes rest, size_t align, bool *confirmed)
{
	size_t		magic = align > TRAILER_MAGIC ? align : TRAILER_MAGIC;
	size_t		flag;

	*confirmed = false;
	if (rest.size < magic + align)
		return fota_binary_filled((fota_bytes) {rest.data, rest.size - TRAILER_MAGIC}, 0xff);
	flag = rest.size - magic - align;
	if (rest.data[flag] != 1 && rest.data[flag] != 0xff)
		return false;
	*confirmed = rest.data[flag] == 1;
	return fota_binary_filled((fota_bytes) {rest.data, flag}, 0xff) &&
		fota_binary_filled((fota_bytes) {rest.data + flag + 1, rest.size - TRAILER_MAGIC - flag - 1}, 0xff);
}

static fota_status
check_rest(fota_ctx *ctx, fota_bytes file, uint64_t end, fota_image *image)
{
	fota_bytes	rest = fota_binary_part(file, end, file.size - end);
	size_t		align = trailer_align(rest);
	bool		confirmed;

	if (rest.size == 0)
		return FOTA_OK;
	if (align > 0 && is_trailer(rest, align, &confirmed))
	{
		fota_image_note_number(image, "slot_size", file.size);
		fota_image_note_flag(image, "confirmed", confirmed);
		return FOTA_OK;
	}
	if (fota_binary_filled(rest, 0xff))
		return FOTA_OK;
	if (fota_binary_filled(rest, 0))
	{
		fota_image_warn(image, "padding", 0, end, "%zu bytes of 0x00 after the TLVs, 0xFF is usual", rest.size);
		return FOTA_OK;
	}
	return fota_fail(ctx, FOTA_TRAILING, end, 0,
					 "mcuboot: %zu bytes after the TLVs are neither filling (0xFF) nor a slot's trailer", rest.size);
}

static fota_status
mcuboot_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	mcuboot_image m;
	fota_status status = fota_mcuboot_parse(ctx, file, image, &m);

	if (status == FOTA_OK)
		status = check_rest(ctx, file, m.end, image);
	return status == FOTA_OK ? fota_image_whole(ctx, file, options, image) : status;
}

static fota_status
mcuboot_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys, size_t key_count,
			   fota_proofs *proofs)
{
	mcuboot_image m;
	fota_status status = fota_mcuboot_parse(ctx, file, NULL, &m);

	(void) image;
	return status == FOTA_OK ? fota_mcuboot_proofs(ctx, &m, keys, key_count, proofs) : status;
}

static int
mcuboot_detect(fota_bytes file, const char **reason)
{
	uint32_t	magic = file.size >= MCUBOOT_HEADER ? fota_get_u32le(file.data) : 0;

	if (magic == MCUBOOT_MAGIC)
		*reason = "the file begins with the magic number of an MCUboot image";
	else if (magic == 0x3db8f396)
		*reason = "the file begins with the magic number of an MCUboot image, byte-swapped";
	else if (magic == MCUBOOT_MAGIC_V1)
		*reason = "the file begins with the magic number of an image for the first version of MCUboot";
	else
		return 0;
	return 98;
}

const fota_codec fota_codec_mcuboot = {
	.name = "mcuboot",
	.title = "MCUboot image",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = mcuboot_detect,
	.decode = mcuboot_decode,
	.verify = mcuboot_verify,
};

/* SPDX-License-Identifier: PostgreSQL */
/*
 * dfu.c: USB DFU files: any data, and behind it a suffix that says for which device it is.
 *
 *	suffix, from its end	4 CRC-32 of all before it, without the final inversion	1 length	3 "UFD"	2 bcdDFU
 *							2 vendor	2 product	2 device; little-endian
 *
 * Some bootloaders want a prefix, too, which is part of what they get: LPC (16 bytes) and TI Stellaris (8 bytes). Tools
 * that put the LPC prefix before a finished file leave a CRC that does not cover it.
 */
#include "dfu.h"

#include <string.h>

#define LPC_PREFIX 16
#define STELLARIS_PREFIX 8

/* --- suffix ------------------------------------------------------------------------------- */

bool
fota_dfu_has_suffix(fota_bytes file)
{
	return file.size >= DFU_SUFFIX && fota_binary_is(file, file.size - 8, "UFD", 3);
}

static bool
has_lpc_prefix(fota_bytes file)
{
	const uint8_t *p = file.data;

	if (file.size <= LPC_PREFIX || fota_get_u32le(p + 12) != 0xffffffff)
		return false;
	return (p[0] == 0x1a && p[1] == 0x3f) || (p[0] == 0xda && p[1] == 0xff && fota_binary_filled((fota_bytes) {p + 4, 8}, 0xff));
}

static fota_status
check_crc(fota_ctx *ctx, fota_bytes file, const char *format, fota_image *image, fota_dfu_suffix *suffix)
{
	uint32_t	stored = fota_get_u32le(file.data + file.size - 4);
	uint32_t	crc;
	uint32_t	inner;
	fota_status status = fota_binary_crc32(ctx, (fota_bytes) {file.data, file.size - 4}, &crc);

	crc = ~crc;
	if (status != FOTA_OK || crc == stored)
		return status;
	if (has_lpc_prefix(file))
	{
		status = fota_binary_crc32(ctx, (fota_bytes) {file.data + LPC_PREFIX, file.size - 4 - LPC_PREFIX}, &inner);
		if (status != FOTA_OK)
			return status;
		if (~inner == stored)
		{
			suffix->prefix = LPC_PREFIX;
			fota_image_warn(image, "lpc_prefix", 0, 0, "the CRC matches only without the %u-byte LPC prefix", LPC_PREFIX);
			return FOTA_OK;
		}
	}
	fota_fail(ctx, FOTA_CHECKSUM, file.size - 4, 0, "%s: DFU suffix CRC 0x%08X, computed 0x%08X", format, stored, crc);
	return fota_fail_hint(ctx, "The file was damaged, or edited after dfu-suffix: take it again from where it was made.");
}

static void
note_id(fota_image *image, const char *name, unsigned id)
{
	if (id != 0xffff)
		fota_image_note_format(image, name, "%04x", id);
}

static void
say_suffix(const fota_dfu_suffix *s, const char *format, fota_image *image)
{
	char		id[32];

	note_id(image, "usb_vendor", s->vendor);
	note_id(image, "usb_product", s->product);
	if (s->device != 0xffff)
		fota_image_note_format(image, "version", "%x.%02x", s->device >> 8, s->device & 0xff);
	if (s->vendor != 0xffff)
	{
		fota_format(id, sizeof(id), s->product != 0xffff ? "%04x:%04x" : "%04x", s->vendor, s->product);
		fota_image_note_item(image, "hw", id, SIZE_MAX);
	}
	if (s->version != 0x0100 && s->version != 0x011a)
		fota_image_warn(image, "bcd_dfu", 0, FOTA_NOWHERE, "bcdDFU 0x%04X unknown (0x0100, 0x011A known)", s->version);
	else if (strcmp(format, "dfu") == 0 && s->version == 0x011a)
		fota_image_warn(image, "bcd_dfu", 0, FOTA_NOWHERE, "bcdDFU 0x011A (DfuSe), but the file has no DfuSe prefix");
}

fota_status
fota_dfu_suffix_read(fota_ctx *ctx, fota_bytes file, const char *format, fota_image *image, fota_dfu_suffix *suffix)
{
	const uint8_t *end = file.data + file.size;
	fota_status status;

	*suffix = (fota_dfu_suffix) {0};
	if (!fota_dfu_has_suffix(file))
	{
		fota_fail(ctx, file.size < DFU_SUFFIX ? FOTA_TRUNCATED : FOTA_SYNTAX, file.size < 8 ? 0 : file.size - 8, 0,
				  "%s: no DFU suffix: signature \"UFD\" not found 8 bytes before the end", format);
		return fota_fail_hint(ctx, "The file was cut, or is no DFU file: format raw takes it as it is.");
	}
	suffix->size = end[-5];
	if (suffix->size < DFU_SUFFIX)
		return fota_fail(ctx, FOTA_SYNTAX, file.size - 5, 0, "%s: suffix length %zu is below 16", format, suffix->size);
	if (suffix->size > file.size)
		return fota_fail(ctx, FOTA_TRUNCATED, file.size - 5, 0, "%s: suffix length %zu is over the %zu bytes of the file",
						 format, suffix->size, file.size);
	status = check_crc(ctx, file, format, image, suffix);
	if (status != FOTA_OK)
		return status;
	suffix->device = fota_get_u16le(end - 16);
	suffix->product = fota_get_u16le(end - 14);
	suffix->vendor = fota_get_u16le(end - 12);
	suffix->version = fota_get_u16le(end - 10);
	if (suffix->size > DFU_SUFFIX)
		fota_image_warn(image, "long_suffix", 0, file.size - suffix->size, "the suffix has %zu bytes instead of 16",
						suffix->size);
	say_suffix(suffix, format, image);
	return FOTA_OK;
}

fota_status
fota_dfu_suffix_write(fota_ctx *ctx, unsigned version, fota_buf *out)
{
	uint8_t		suffix[DFU_SUFFIX] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 'U', 'F', 'D', DFU_SUFFIX};
	uint32_t	crc;
	fota_status status;

	fota_put_u16le(suffix + 6, version);
	status = fota_buf_append(ctx, out, suffix, sizeof(suffix));
	if (status == FOTA_OK)
		status = fota_binary_crc32(ctx, (fota_bytes) {out->data, out->size - 4}, &crc);
	if (status == FOTA_OK)
		fota_put_u32le(out->data + out->size - 4, ~crc);
	return status;
}

/* --- the file ----------------------------------------------------------------------------- */

static void
say_prefix(fota_bytes data, fota_image *image)
{
	if (has_lpc_prefix(data))
	{
		fota_image_note(image, "prefix", "lpc", SIZE_MAX);
		return;
	}
	if (data.size > STELLARIS_PREFIX && data.data[0] == 1 && data.data[1] == 0 &&
		fota_get_u32le(data.data + 4) == data.size - STELLARIS_PREFIX)
	{
		fota_image_note(image, "prefix", "stellaris", SIZE_MAX);
		fota_image_note_number(image, "load_address", (uint64_t) fota_get_u16le(data.data + 2) * 1024);
	}
}

static fota_status
dfu_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	fota_dfu_suffix suffix;
	fota_status status = fota_dfu_suffix_read(ctx, file, "dfu", image, &suffix);
	fota_bytes	data;

	if (status != FOTA_OK)
		return status;
	data = (fota_bytes) {file.data, file.size - suffix.size};
	if (data.size == 0)
		return fota_fail(ctx, FOTA_TRUNCATED, 0, 0, "dfu: the file holds nothing but the suffix");
	say_prefix(data, image);
	return fota_image_whole(ctx, data, options, image);
}

static fota_status
dfu_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options, fota_buf *out)
{
	const fota_segment *s = image->segments;
	fota_status status;

	(void) options;
	if (image->segment_count != 1)
	{
		fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "dfu: the image has %zu segments, there is place for one",
				  image->segment_count);
		return fota_fail_hint(ctx, "Format dfuse has addresses; flattening fills the gaps.");
	}
	if (out->size != 0)
		return fota_fail(ctx, FOTA_INTERNAL, FOTA_NOWHERE, 0, "dfu: the output is not empty");
	status = fota_buf_append(ctx, out, s->data, (size_t) s->size);
	return status == FOTA_OK ? fota_dfu_suffix_write(ctx, 0x0100, out) : status;
}

static int
dfu_detect(fota_bytes file, const char **reason)
{
	if (!fota_dfu_has_suffix(file))
		return 0;
	*reason = "the file ends with a DFU suffix";
	return file.data[file.size - 5] >= DFU_SUFFIX ? 96 : 60;
}

const fota_codec fota_codec_dfu = {
	.name = "dfu",
	.title = "USB DFU file",
	.payload = FOTA_PAYLOAD_FLAT,
	.detect = dfu_detect,
	.decode = dfu_decode,
	.encode = dfu_encode,
};

/* SPDX-License-Identifier: PostgreSQL */
/*
 * uimage.c: U-Boot's legacy images, as mkimage writes them. Devices get the file as it is.
 *
 *	header of 64 bytes, big-endian	0 magic 0x27051956	4 CRC-32 of the header with 0 here	8 time	12 size of the data
 *									16 load address	20 entry	24 CRC-32 of the data	28 OS, architecture, type, compression
 *									32 name
 *
 * The data of type 4 (several images) begins with their sizes, the last one 0; each image is padded to 4.
 */
#include "codecs.h"
#include "binary.h"

#include <string.h>

#define MAGIC 0x27051956
#define HEADER 64
#define TYPE_MULTI 4
#define PARTS 256

static const char *const systems[] = {
	"invalid", "openbsd", "netbsd", "freebsd", "4_4bsd", "linux", "svr4", "esix", "solaris", "irix", "sco", "dell", "ncr",
	"lynxos", "vxworks", "psos", "qnx", "u-boot", "rtems", "artos", "unity", "integrity", "ose", "plan9", "openrtos",
	"arm-trusted-firmware", "tee", "opensbi", "efi",
};
static const char *const architectures[] = {
	"invalid", "alpha", "arm", "x86", "ia64", "mips", "mips64", "powerpc", "s390", "sh", "sparc", "sparc64", "m68k", "nios",
	"microblaze", "nios2", "blackfin", "avr32", "st200", "sandbox", "nds32", "or1k", "arm64", "arc", "x86_64", "xtensa",
	"riscv",
};
static const char *const types[] = {
	"invalid", "standalone", "kernel", "ramdisk", "multi", "firmware", "script", "filesystem", "flat_dt", "kwbimage",
	"imximage", "ublimage", "omapimage", "aisimage", "kernel_noload", "pblimage", "mxsimage", "gpimage", "atmelimage",
	"socfpgaimage", "x86_setup", "lpc32xximage", "loadable", "rkimage", "rksd", "rkspi", "zynqimage", "zynqmpimage",
	"zynqmpbif", "fpga", "vybridimage", "tee", "firmware_ivt", "pmmc", "stm32image", "socfpgaimage_v1", "mtk_image",
	"imx8mimage", "imx8image", "copro", "sunxi_egon", "sunxi_toc0",
};
static const char *const compressions[] = {"none", "gzip", "bzip2", "lzma", "lzo", "lz4", "zstd"};

#define NAMED(list) list, sizeof(list) / sizeof(list[0])

static void
note_name(fota_image *image, const char *name, unsigned value, const char *const *list, size_t count, uint64_t offset)
{
	if (value > 0 ? value < count : list == compressions)
		fota_image_note(image, name, list[value], SIZE_MAX);
	else
		fota_image_warn(image, name, 0, offset, "%s %u unknown", name, value);
}

static void
say_header(const uint8_t *p, fota_image *image)
{
	size_t		name = fota_binary_text(p + 32, 32);

	if (name > 0)
		fota_image_note(image, "name", (const char *) p + 32, name);
	note_name(image, "os", p[28], NAMED(systems), 28);
	note_name(image, "arch", p[29], NAMED(architectures), 29);
	note_name(image, "type", p[30], NAMED(types), 30);
	note_name(image, "compression", p[31], NAMED(compressions), 31);
	fota_image_note_number(image, "load_address", fota_get_u32be(p + 16));
	fota_image_note_number(image, "entry", fota_get_u32be(p + 20));
	fota_image_note_number(image, "timestamp", fota_get_u32be(p + 8));
	image->has_entry = true;
	image->entry = fota_get_u32be(p + 20);
}

static fota_status
check_header(fota_ctx *ctx, fota_bytes file, fota_bytes *data)
{
	const uint8_t *p = file.data;
	uint8_t		header[HEADER];
	uint32_t	size;
	uint32_t	crc;

	if (file.size >= 4 && fota_get_u32be(p) != MAGIC)
		return fota_fail(ctx, FOTA_SYNTAX, 0, 0, "uimage: magic is 0x%08X, expected 0x27051956", fota_get_u32be(p));
	if (file.size < HEADER)
		return fota_fail(ctx, FOTA_TRUNCATED, file.size, 0, "uimage: header cut at %zu of %u bytes", file.size, HEADER);
	memcpy(header, p, HEADER);
	memset(header + 4, 0, 4);
	crc = fota_crc32(0, header, HEADER);
	if (crc != fota_get_u32be(p + 4))
		return fota_fail(ctx, FOTA_CHECKSUM, 4, 0, "uimage: header CRC 0x%08X, computed 0x%08X", fota_get_u32be(p + 4), crc);
	size = fota_get_u32be(p + 12);
	if (size > file.size - HEADER)
		return fota_fail(ctx, FOTA_TRUNCATED, file.size, 0, "uimage: ih_size %u past the file: data cut after %zu bytes", size,
						 file.size - HEADER);
	if (size == 0)
		return fota_fail(ctx, FOTA_TRUNCATED, 12, 0, "uimage: ih_size 0: no data");
	*data = (fota_bytes) {p + HEADER, size};
	return FOTA_OK;
}

static fota_status
check_data(fota_ctx *ctx, fota_bytes file, fota_bytes data)
{
	uint32_t	stored = fota_get_u32be(file.data + 24);
	uint32_t	crc;
	fota_status status = fota_binary_crc32(ctx, data, &crc);

	if (status == FOTA_OK && crc != stored)
		return fota_fail(ctx, FOTA_CHECKSUM, 24, 0, "uimage: data CRC 0x%08X, computed 0x%08X", stored, crc);
	return status;
}

/* --- several images ----------------------------------------------------------------------- */

static fota_status
add_part(fota_ctx *ctx, unsigned number, uint64_t offset, uint32_t size, const fota_image_options *options,
		 fota_image *image)
{
	char		name[16];
	size_t		length = fota_format(name, sizeof(name), "image-%u", number);
	fota_member *member = fota_image_member(ctx, image, options, "uimage", offset, (const uint8_t *) name, length);

	if (member == NULL)
		return ctx->error.code;
	member->method = "stored";
	member->offset = offset;
	member->size = member->packed = size;
	return FOTA_OK;
}

static fota_status
bad_table(fota_ctx *ctx, const char *what, unsigned number)
{
	return fota_fail(ctx, FOTA_TRUNCATED, HEADER + 4 * (uint64_t) number, 0,
					 "uimage: IH_TYPE_MULTI: size table has no terminator inside the data%s at entry %u", what, number);
}

static fota_status
take_parts(fota_ctx *ctx, fota_bytes data, const fota_image_options *options, fota_image *image)
{
	unsigned	count = 0;
	uint64_t	at;
	fota_status status = FOTA_OK;

	for (;; count++)
	{
		if (4 * ((size_t) count + 1) > data.size || count > PARTS)
			return bad_table(ctx, "", count);
		if (fota_get_u32be(data.data + 4 * count) == 0)
			break;
	}
	at = 4 * ((uint64_t) count + 1);
	for (unsigned i = 0; i < count && status == FOTA_OK; i++)
	{
		uint32_t	size = fota_get_u32be(data.data + 4 * i);

		if (at > data.size || size > data.size - at)
			return bad_table(ctx, ", or its sizes run past it,", i);
		status = add_part(ctx, i, HEADER + at, size, options, image);
		at += ((uint64_t) size + 3) & ~(uint64_t) 3;
	}
	return status;
}

/* --- the file ----------------------------------------------------------------------------- */

static fota_status
uimage_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	fota_bytes	data;
	size_t		rest;
	fota_status status = check_header(ctx, file, &data);

	if (status == FOTA_OK)
		status = check_data(ctx, file, data);
	if (status != FOTA_OK)
		return status;
	say_header(file.data, image);
	if (file.data[30] == TYPE_MULTI)
		status = take_parts(ctx, data, options, image);
	rest = file.size - HEADER - data.size;
	if (rest > 0)
		fota_image_warn(image, "trailing", 0, HEADER + data.size, "%zu bytes follow the image", rest);
	return status == FOTA_OK ? fota_image_whole(ctx, file, options, image) : status;
}

static int
uimage_detect(fota_bytes file, const char **reason)
{
	if (file.size < HEADER || fota_get_u32be(file.data) != MAGIC)
		return 0;
	*reason = "the file begins with the magic number of a U-Boot image";
	return 95;
}

const fota_codec fota_codec_uimage = {
	.name = "uimage",
	.title = "U-Boot legacy image",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = uimage_detect,
	.decode = uimage_decode,
};

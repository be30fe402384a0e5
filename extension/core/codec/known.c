/* SPDX-License-Identifier: PostgreSQL */
/* known.c: formats that are recognised by a magic and a few fields, but not read; see known.h. */
#include "known.h"

#include "binary.h"
#include "codecs.h"
#include "fdt.h"

#include <string.h>

/* A format is known by bytes at an offset and, where those alone are weak, by a look at the rest. */
typedef struct known
{
	const fota_codec *codec;
	size_t		offset;
	const char *magic;
	size_t		size;
	int			sure;
	bool		(*look) (fota_bytes file);	/* may be NULL */
	const char *reason;
} known;

/* --- a look at the rest ------------------------------------------------------------------- */

static bool
is_sparse(fota_bytes file)
{
	return file.size >= 28 && fota_get_u16le(file.data + 4) == 1 && fota_get_u16le(file.data + 8) >= 28;
}

static bool
is_ebl(fota_bytes file)
{
	return file.size >= 8 && file.data[6] == 0xe3 && file.data[7] == 0x50;
}

static bool
is_cab(fota_bytes file)
{
	return file.size >= 36 && fota_get_u32le(file.data + 4) == 0 && fota_get_u32le(file.data + 8) <= file.size;
}

static bool
is_ext(fota_bytes file)
{
	/* size of blocks (1024 << this), and that there are some */
	return file.size >= 2048 && fota_get_u32le(file.data + 1024 + 24) <= 6 && fota_get_u32le(file.data + 1024) > 0 &&
		fota_get_u32le(file.data + 1024 + 4) > 0;
}

static bool
is_capsule(fota_bytes file)
{
	return file.size >= 28 && fota_get_u32le(file.data + 16) >= 28 && fota_get_u32le(file.data + 24) >= fota_get_u32le(file.data + 16);
}

static bool
is_pe(fota_bytes file)
{
	return file.size >= 64 && fota_binary_has(file, fota_get_u32le(file.data + 60), 4) &&
		memcmp(file.data + fota_get_u32le(file.data + 60), "PE\0\0", 4) == 0;
}

/* A signature packet of version 4 over a binary document: length in 1 or 2 bytes, then version and type. */
static bool
is_pgp_packet(fota_bytes file)
{
	size_t		at = file.size > 0 && file.data[0] == 0x88 ? 2 : 3;

	return file.size > at + 2 && file.data[at] == 4 && file.data[at + 1] == 0 && file.data[at + 2] < 30;
}

/* SEQUENCE, then an OBJECT IDENTIFIER below 1.2.840.113549.1.7. */
static bool
is_cms(fota_bytes file)
{
	static const uint8_t oid[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07};
	size_t		at = file.size > 1 && file.data[1] >= 0x80 ? 2u + (file.data[1] & 0x7f) : 2;

	return fota_binary_is(file, at, oid, sizeof(oid));
}

static bool
is_tree(fota_bytes file)
{
	return file.size >= FDT_HEADER && fota_get_u32be(file.data + 4) <= file.size && fota_get_u32be(file.data + 8) < file.size &&
		fota_get_u32be(file.data + 20) >= 16 && fota_get_u32be(file.data + 20) <= 17;
}

/* --- the table ---------------------------------------------------------------------------- */

#define MAGIC(text) text, sizeof(text) - 1

static const known table[] = {
	{&fota_codec_crau, 0, MAGIC("CrAU\0\0\0\0"), 96, NULL, "the file begins with \"CrAU\" and a version"},
	{&fota_codec_android_sparse, 0, MAGIC("\x3a\xff\x26\xed"), 95, is_sparse, "the file begins with the header of an Android sparse image"},
	{&fota_codec_android_boot, 0, MAGIC("ANDROID!"), 95, NULL, "the file begins with \"ANDROID!\""},
	{&fota_codec_nxp_sb2, 20, MAGIC("STMP"), 92, NULL, "\"STMP\" stands at offset 20"},
	{&fota_codec_nxp_sb3, 0, MAGIC("sbv3"), 94, NULL, "the file begins with \"sbv3\""},
	{&fota_codec_gbl, 0, MAGIC("\xeb\x17\xa6\x03\x08\0\0\0"), 95, NULL, "the file begins with the header tag of a GBL file"},
	{&fota_codec_ebl, 0, MAGIC("\0\0\0\x8c"), 92, is_ebl, "the file begins with the header tag and signature of an EBL file"},
	{&fota_codec_cab, 0, MAGIC("MSCF"), 95, is_cab, "the file begins with \"MSCF\""},
	{&fota_codec_squashfs, 0, MAGIC("hsqs"), 91, NULL, "the file begins with \"hsqs\""},
	{&fota_codec_squashfs, 0, MAGIC("sqsh"), 91, NULL, "the file begins with \"sqsh\""},
	{&fota_codec_ext4, 1080, MAGIC("\x53\xef"), 91, is_ext, "the superblock of an ext file system stands at offset 1024"},
	{&fota_codec_ubi, 0, MAGIC("UBI#\1"), 94, NULL, "the file begins with \"UBI#\""},
	{&fota_codec_ubifs, 0, MAGIC("\x31\x18\x10\x06"), 94, NULL, "the file begins with the magic number of a UBIFS node"},
	{&fota_codec_uefi_capsule, 0, MAGIC("\xed\xd5\xcb\x6d\x2d\xe8\x44\x4c\xbd\xa1\x71\x94\x19\x9a\xd9\x2a"), 96, is_capsule,
	"the file begins with the GUID of a capsule for firmware management"},
	{&fota_codec_uefi_capsule, 0, MAGIC("\xbd\x86\x66\x3b\x76\x0d\x30\x40\xb7\x0e\xb5\x51\x9e\x2f\xc5\xa0"), 96, is_capsule,
	"the file begins with the GUID of a capsule"},
	{&fota_codec_pe, 0, MAGIC("MZ"), 94, is_pe, "the file begins with \"MZ\" and has a \"PE\" header"},
	{&fota_codec_pgp, 0, MAGIC("-----BEGIN PGP "), 96, NULL, "the file begins with \"-----BEGIN PGP\""},
	{&fota_codec_pgp, 0, MAGIC("\x88"), 80, is_pgp_packet, "the file begins as an OpenPGP signature"},
	{&fota_codec_pgp, 0, MAGIC("\x89"), 80, is_pgp_packet, "the file begins as an OpenPGP signature"},
	{&fota_codec_cms, 0, MAGIC("\x30"), 94, is_cms, "the file is a DER sequence with an identifier of PKCS #7"},
	{&fota_codec_cms, 0, MAGIC("-----BEGIN CMS"), 96, NULL, "the file begins with \"-----BEGIN CMS\""},
	{&fota_codec_cms, 0, MAGIC("-----BEGIN PKCS7"), 96, NULL, "the file begins with \"-----BEGIN PKCS7\""},
	{&fota_codec_dtb, 0, MAGIC("\xd0\x0d\xfe\xed"), 60, is_tree, "the file begins with the header of a device tree"},
};

static int
detect(fota_bytes file, const fota_codec *codec, const char **reason)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
	{
		const known *k = &table[i];

		if (k->codec != codec || !fota_binary_is(file, k->offset, k->magic, k->size) || (k->look != NULL && !k->look(file)))
			continue;
		*reason = k->reason;
		return k->sure;
	}
	return 0;
}

/* A device tree that a FIT image would be has images, and the reader of that is asked before. */
static fota_status
decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	const fota_codec *codec = image->codec;
	const char *reason;

	if (detect(file, codec, &reason) == 0)
		return fota_fail(ctx, file.size == 0 ? FOTA_TRUNCATED : FOTA_SYNTAX, 0, 0, "%s: the file does not begin as a %s", codec->name,
						 codec->title);
	fota_image_warn(image, "recognised_only", 0, FOTA_NOWHERE, "%s is recognised, but neither read nor checked", codec->title);
	return fota_image_whole(ctx, file, options, image);
}

#define DEFINE(id, format, long_name) \
	static int \
	detect_##id(fota_bytes file, const char **reason) \
	{ \
		return detect(file, &fota_codec_##id, reason); \
	} \
	const fota_codec fota_codec_##id = { \
		.name = format, .title = long_name, .payload = FOTA_PAYLOAD_FILE, .detect = detect_##id, .decode = decode, \
	};

FOTA_KNOWN_FORMATS(DEFINE)

/* SPDX-License-Identifier: PostgreSQL */
/*
 * known.h: formats that are recognised and named, but not read: the file is one segment as it is, with the warning
 * recognised_only. And web pages that say an error, which are refused. A new one is a line in FOTA_KNOWN_FORMATS and one in
 * the table of known.c.
 */
#ifndef FOTA_CODEC_KNOWN_H
#define FOTA_CODEC_KNOWN_H

#include "../image.h"

/* Identifier in C, name of the format, title. */
#define FOTA_KNOWN_FORMATS(X) \
	X(crau, "crau", "Chromium OS or Android update payload") \
	X(android_sparse, "android-sparse", "Android sparse image") \
	X(android_boot, "android-boot", "Android boot image") \
	X(nxp_sb2, "nxp-sb2", "NXP secure binary 2") \
	X(nxp_sb3, "nxp-sb3", "NXP secure binary 3") \
	X(gbl, "gbl", "Silicon Labs Gecko boot loader file") \
	X(ebl, "ebl", "Silicon Labs (Ember) boot loader file") \
	X(cab, "cab", "Cabinet (fwupd)") \
	X(squashfs, "squashfs", "SquashFS file system") \
	X(ext4, "ext4", "ext2, ext3 or ext4 file system") \
	X(ubi, "ubi", "UBI image") \
	X(ubifs, "ubifs", "UBIFS file system") \
	X(uefi_capsule, "uefi-capsule", "UEFI capsule") \
	X(pe, "pe", "PE/COFF program") \
	X(pgp, "pgp", "OpenPGP message") \
	X(cms, "cms", "CMS (PKCS #7) message") \
	X(dtb, "dtb", "flattened device tree")

#define FOTA_KNOWN_DECLARE(id, name, title) extern const fota_codec fota_codec_##id;
FOTA_KNOWN_FORMATS(FOTA_KNOWN_DECLARE)
#undef FOTA_KNOWN_DECLARE

/* Refuses what it recognises. */
extern const fota_codec fota_codec_error_page;

#endif

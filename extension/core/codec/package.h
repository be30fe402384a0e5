/* SPDX-License-Identifier: PostgreSQL */
/*
 * package.h: what the codecs of packages share: members by the names that a manifest gives, their digests, and
 * manifests that are JSON.
 */
#ifndef FOTA_CODEC_PACKAGE_H
#define FOTA_CODEC_PACKAGE_H

#include "../archive/archive.h"
#include "../parse/tree.h"
#include "codecs.h"

#define PACKAGE_MANIFEST ((uint64_t) 1 << 20)	/* most bytes of a manifest */

/* A member's bytes, which may have been unpacked; package_close releases them. */
typedef struct package_part
{
	fota_buf	own;
	fota_bytes	bytes;
} package_part;

/* The member of this name; FOTA_TRUNCATED `manifest names "fw.bin", not in the archive` when there is none. */
fota_status fota_package_find(fota_ctx *ctx, const fota_image *image, const char *manifest, const char *name,
							  const fota_member **member);
fota_status fota_package_open(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member,
							  uint64_t most, package_part *part);
void		fota_package_close(fota_ctx *ctx, package_part *part);
/* Opens and parses a member that is JSON; FOTA_TRUNCATED when there is none. *what, 80 bytes, must outlive the tree. */
fota_status fota_package_json(fota_ctx *ctx, fota_bytes file, const fota_image *image, const char *name, char *what,
							  fota_tree *tree);
/* 64 hex digits; false when it is not that. */
bool		fota_package_hex(const char *text, uint8_t digest[FOTA_SHA256_SIZE]);
/* Compares a member's SHA-256 (not unpacking it, when packed says so) with what the manifest says in hex digits. */
fota_status fota_package_sum(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member,
							 const char *manifest, const char *hex);

#endif

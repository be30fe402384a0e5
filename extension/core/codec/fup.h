/* SPDX-License-Identifier: PostgreSQL */
/*
 * fup.h: our open package container, FUP: a zip archive in one form only (archive.h) that begins with manifest.json,
 * stored, and its signatures manifest.sig, manifest.sig.2 ..; then the files that the manifest names. Any zip tool
 * opens one; only the writer here makes one, byte for byte the same from the same files.
 *
 * The manifest says what is inside, with the SHA-256 of every file; a signature covers the manifest's bytes.
 *
 *	{"fup":1, "name":.., "version":.., "released":.., "compatible":[{"vendor":.., "model":.., "hw":..}],
 *	 "requires":[{"component":.., "version":..}], "components":[{"name":.., "file":.., "format":.., "version":..,
 *	 "size":.., "sha256":.., "content_id":..}], "aux":[{"name":.., "file":.., "type":..}], "notes":..}
 *
 * A signature is CMS in DER, or one line of JSON with the key's SHA-256:
 *	{"algorithm":"ed25519","key_id":"<64 hex digits>","signature":"<128 hex digits>"}	or "es256"
 *
 * Called by the codec's table and by fotactl package.
 */
#ifndef FOTA_CODEC_FUP_H
#define FOTA_CODEC_FUP_H

#include "package.h"

#define FUP "fup"
#define FUP_SIGNATURES 8

typedef struct fota_fup_file
{
	const char *name;
	fota_bytes	data;
} fota_fup_file;

typedef enum fota_fup_algorithm
{
	FOTA_FUP_ED25519, FOTA_FUP_ES256
} fota_fup_algorithm;

/*
 * Writes the manifest of a package: the draft, a JSON object, with size, sha256 and (where the format can be read)
 * content_id of every component and auxiliary file. All that the draft names must be among the files.
 */
fota_status fota_fup_manifest(fota_ctx *ctx, fota_bytes draft, const fota_fup_file *files, size_t file_count,
							  fota_buf *out);
/* The text of a signature by key_id; value is 64 bytes, r and s for ES256. */
fota_status fota_fup_signature(fota_ctx *ctx, fota_fup_algorithm algorithm, const uint8_t key_id[FOTA_SHA256_SIZE],
							   const uint8_t value[64], fota_buf *out);
/* Writes the package. The files are in the order given. */
fota_status fota_fup_pack(fota_ctx *ctx, fota_bytes manifest, const fota_bytes *signatures, size_t signature_count,
						  const fota_fup_file *files, size_t file_count, fota_buf *out);

/* "manifest.sig", "manifest.sig.2" .. */
void		fota_fup_signature_name(size_t place, char name[32]);
/* A name of a file: letters, digits, . _ - and /, at most 120. */
bool		fota_fup_is_name(const char *name);
fota_status fota_fup_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys,
							size_t key_count, fota_proofs *proofs);

#endif

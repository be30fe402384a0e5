/* SPDX-License-Identifier: PostgreSQL */
/* package.c: what the codecs of packages share; see package.h. */
#include "package.h"

#include <string.h>

fota_status
fota_package_find(fota_ctx *ctx, const fota_image *image, const char *manifest, const char *name,
				  const fota_member **member)
{
	*member = fota_image_member_find(image, name, strlen(name));
	if (*member != NULL)
		return FOTA_OK;
	return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "%s: %s names \"%.80s\", not in the archive",
					 image->codec->name, manifest, name);
}

fota_status
fota_package_open(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member, uint64_t most,
				  package_part *part)
{
	return fota_archive_open(ctx, file, image, member, most, &part->own, &part->bytes);
}

void
fota_package_close(fota_ctx *ctx, package_part *part)
{
	fota_buf_free(ctx, &part->own);
}

fota_status
fota_package_json(fota_ctx *ctx, fota_bytes file, const fota_image *image, const char *name, char *what, fota_tree *tree)
{
	const fota_member *member = fota_image_member_find(image, name, strlen(name));
	package_part part;
	fota_status status;

	memset(tree, 0, sizeof(*tree));
	if (member == NULL)
		return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "%s: there is no member \"%s\"", image->codec->name, name);
	fota_format(what, 80, "%s: %s", image->codec->name, name);
	status = fota_package_open(ctx, file, image, member, PACKAGE_MANIFEST, &part);
	if (status == FOTA_OK)
		status = fota_tree_json(ctx, part.bytes, what, tree);
	fota_package_close(ctx, &part);
	return status;
}

bool
fota_package_hex(const char *text, uint8_t digest[FOTA_SHA256_SIZE])
{
	if (strlen(text) != 2 * FOTA_SHA256_SIZE)
		return false;
	for (size_t i = 0; i < 2 * FOTA_SHA256_SIZE; i++)
	{
		char		c = text[i];
		int			digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
			c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (digit < 0)
			return false;
		digest[i / 2] = (uint8_t) (i % 2 ? digest[i / 2] | digit : digit << 4);
	}
	return true;
}

fota_status
fota_package_sum(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member,
				 const char *manifest, const char *hex)
{
	uint8_t		want[FOTA_SHA256_SIZE];
	uint8_t		have[FOTA_SHA256_SIZE];
	char		shown[2 * FOTA_SHA256_SIZE + 1];
	package_part part;
	fota_status status;

	if (!fota_package_hex(hex, want))
		return fota_fail(ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0, "%s: sha256 of \"%s\" in %s is \"%.80s\", expected 64 hex digits",
						 image->codec->name, member->name, manifest, hex);
	status = fota_package_open(ctx, file, image, member, FOTA_MAX_UNPACKED, &part);
	if (status == FOTA_OK)
		status = fota_sha256(ctx, part.bytes.data, part.bytes.size, have);
	fota_package_close(ctx, &part);
	if (status != FOTA_OK || memcmp(want, have, sizeof(want)) == 0)
		return status;
	fota_hex(have, sizeof(have), shown);
	return fota_fail(ctx, FOTA_CHECKSUM, member->offset, 0, "%s: %s: sha256 in %s does not match: %.16s.., computed %.16s..",
					 image->codec->name, member->name, manifest, hex, shown);
}

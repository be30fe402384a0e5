/* SPDX-License-Identifier: PostgreSQL */
/*
 * image_json.h: what a decoded image says of itself, as JSON for SQL: the columns "metadata" and
 * "warnings" of fota.image. The glue (fota.decode_payload), the worker and `fotactl image inspect`
 * call it, so that an image looks the same whoever decoded it.
 */
#ifndef FOTA_IMAGE_JSON_H
#define FOTA_IMAGE_JSON_H

#include "image.h"

/*
 * Appends {"name": value, .., "segments": [[address, size], ..], "entry": address} and, where there are any, "members" and
 * "digests" as below.
 */
fota_status fota_image_metadata_json(fota_ctx *ctx, const fota_image *image, fota_buf *out);
/* Appends [{"name", "size", "packed", "offset", "method"?}, ..]. */
fota_status fota_image_members_json(fota_ctx *ctx, const fota_image *image, fota_buf *out);
/* Appends {"name": value, ..}: what the file says of itself alone. */
fota_status fota_image_notes_json(fota_ctx *ctx, const fota_image *image, fota_buf *out);
/* Appends [{"kind", "digest"}, ..]: what devices report instead of the payload's SHA-256. */
fota_status fota_image_digests_json(fota_ctx *ctx, const fota_image *image, fota_buf *out);
/*
 * Appends all of it: {"format", "size", "sha256", "content_id", "entry"?, "segments": [{"address", "length", "sha256",
 * "space"}, ..], "metadata", "members", "digests", "warnings"}.
 */
fota_status fota_image_inspect_json(fota_ctx *ctx, fota_bytes file, const fota_image *image, fota_buf *out);
/* Appends [{"name", "message", "count", "line"?, "offset"?}, ..]. */
fota_status fota_image_warnings_json(fota_ctx *ctx, const fota_image *image, fota_buf *out);

#endif

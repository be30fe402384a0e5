/* SPDX-License-Identifier: PostgreSQL */
/* image_json.c: an image's metadata, members and warnings as JSON; see image_json.h. */
#include "image_json.h"

#include "json.h"
#include "sparse.h"
#include "utf8.h"

#include <string.h>

/* A text that a file may have chosen: what is not UTF-8 is shown as '?'. */
static fota_status
put_text(fota_ctx *ctx, fota_buf *out, const char *text)
{
	char		clean[FOTA_IMAGE_TEXT];
	size_t		size = strlen(text);

	if (size > sizeof(clean))
		size = sizeof(clean);
	memcpy(clean, text, size);
	for (size_t at = 0; at < size; at++)
	{
		at += fota_utf8_check((const uint8_t *) clean + at, size - at);
		if (at < size)
			clean[at] = '?';
	}
	return fota_json_put_string(ctx, out, clean, size);
}

/* `"name":`, with a comma unless it is the first. */
static fota_status
put_name(fota_ctx *ctx, fota_buf *out, bool first, const char *name)
{
	fota_status status = first ? FOTA_OK : fota_json_put(ctx, out, ",");

	if (status == FOTA_OK)
		status = fota_json_put_string(ctx, out, name, strlen(name));
	return status == FOTA_OK ? fota_json_put(ctx, out, ":") : status;
}

/* Numbers beyond int64 do not occur: addresses and counts are smaller. */
static fota_status
put_number(fota_ctx *ctx, fota_buf *out, const char *name, uint64_t value)
{
	fota_status status = put_name(ctx, out, false, name);

	return status == FOTA_OK ? fota_json_put_int(ctx, out, (int64_t) value) : status;
}

static fota_status
put_segments(fota_ctx *ctx, const fota_image *image, fota_buf *out)
{
	fota_status status = fota_json_put(ctx, out, "[");

	for (size_t i = 0; i < image->segment_count && status == FOTA_OK; i++)
	{
		char		text[64];
		size_t		size = fota_format(text, sizeof(text), "%s[%llu,%llu]", i > 0 ? "," : "",
									   (unsigned long long) image->segments[i].address,
									   (unsigned long long) image->segments[i].size);

		status = fota_buf_append(ctx, out, text, size);
	}
	return status == FOTA_OK ? fota_json_put(ctx, out, "]") : status;
}

static fota_status
put_value(fota_ctx *ctx, const fota_metadata *m, fota_buf *out)
{
	return m->kind == FOTA_NOTE_TEXT ? put_text(ctx, out, m->value) : fota_json_put(ctx, out, m->value);
}

/* Entries of one name make one list, where the first of them stands. */
static fota_status
put_list(fota_ctx *ctx, const fota_image *image, size_t first, fota_buf *out)
{
	const char *name = image->metadata[first].name;
	fota_status status = fota_json_put(ctx, out, "[");

	for (size_t i = first; i < image->metadata_count && status == FOTA_OK; i++)
	{
		if (strcmp(image->metadata[i].name, name) != 0)
			continue;
		if (i > first)
			status = fota_json_put(ctx, out, ",");
		if (status == FOTA_OK)
			status = put_value(ctx, &image->metadata[i], out);
	}
	return status == FOTA_OK ? fota_json_put(ctx, out, "]") : status;
}

/* The place of the first entry with the name of this one. */
static size_t
first_of_name(const fota_image *image, size_t place)
{
	for (size_t i = 0; i < place; i++)
		if (strcmp(image->metadata[i].name, image->metadata[place].name) == 0)
			return i;
	return place;
}

/* The notes without the braces around them. */
static fota_status
put_notes(fota_ctx *ctx, const fota_image *image, fota_buf *out)
{
	fota_status status = FOTA_OK;

	for (size_t i = 0; i < image->metadata_count && status == FOTA_OK; i++)
	{
		const fota_metadata *m = &image->metadata[i];

		if (first_of_name(image, i) != i)
			continue;
		status = put_name(ctx, out, i == 0, m->name);
		if (status == FOTA_OK)
			status = m->in_list ? put_list(ctx, image, i, out) : put_value(ctx, m, out);
	}
	return status;
}

fota_status
fota_image_notes_json(fota_ctx *ctx, const fota_image *image, fota_buf *out)
{
	fota_status status = fota_json_put(ctx, out, "{");

	if (status == FOTA_OK)
		status = put_notes(ctx, image, out);
	return status == FOTA_OK ? fota_json_put(ctx, out, "}") : status;
}

/* A list that another function writes. */
static fota_status
put_part(fota_ctx *ctx, const fota_image *image, const char *name,
		 fota_status (*write) (fota_ctx *ctx, const fota_image *image, fota_buf *out), fota_buf *out)
{
	fota_status status = put_name(ctx, out, false, name);

	return status == FOTA_OK ? write(ctx, image, out) : status;
}

fota_status
fota_image_metadata_json(fota_ctx *ctx, const fota_image *image, fota_buf *out)
{
	fota_status status = fota_json_put(ctx, out, "{");

	if (status == FOTA_OK)
		status = put_notes(ctx, image, out);
	if (status == FOTA_OK)
		status = put_name(ctx, out, image->metadata_count == 0, "segments");
	if (status == FOTA_OK)
		status = put_segments(ctx, image, out);
	if (status == FOTA_OK && image->has_entry)
		status = put_number(ctx, out, "entry", image->entry);
	if (status == FOTA_OK && image->member_count > 0)
		status = put_part(ctx, image, "members", fota_image_members_json, out);
	if (status == FOTA_OK && image->digest_count > 0)
		status = put_part(ctx, image, "digests", fota_image_digests_json, out);
	return status == FOTA_OK ? fota_json_put(ctx, out, "}") : status;
}

fota_status
fota_image_digests_json(fota_ctx *ctx, const fota_image *image, fota_buf *out)
{
	fota_status status = fota_json_put(ctx, out, "[");

	for (size_t i = 0; i < image->digest_count && status == FOTA_OK; i++)
	{
		const fota_image_digest *d = &image->digests[i];
		char		digits[2 * sizeof(d->data) + 1];

		fota_hex(d->data, d->size, digits);
		status = fota_json_put(ctx, out, i > 0 ? ",{\"kind\":" : "{\"kind\":");
		if (status == FOTA_OK)
			status = put_text(ctx, out, d->kind);
		if (status == FOTA_OK)
			status = put_name(ctx, out, false, "digest");
		if (status == FOTA_OK)
			status = fota_json_put_string(ctx, out, digits, strlen(digits));
		if (status == FOTA_OK)
			status = fota_json_put(ctx, out, "}");
	}
	return status == FOTA_OK ? fota_json_put(ctx, out, "]") : status;
}

fota_status
fota_image_members_json(fota_ctx *ctx, const fota_image *image, fota_buf *out)
{
	fota_status status = fota_json_put(ctx, out, "[");

	for (size_t i = 0; i < image->member_count && status == FOTA_OK; i++)
	{
		const fota_member *m = &image->members[i];

		status = fota_json_put(ctx, out, i > 0 ? ",{\"name\":" : "{\"name\":");
		if (status == FOTA_OK)
			status = fota_json_put_string(ctx, out, m->name, strlen(m->name));
		if (status == FOTA_OK)
			status = put_number(ctx, out, "size", m->size);
		if (status == FOTA_OK)
			status = put_number(ctx, out, "packed", m->packed);
		if (status == FOTA_OK)
			status = put_number(ctx, out, "offset", m->offset);
		if (status == FOTA_OK && m->method != NULL)
			status = put_name(ctx, out, false, "method");
		if (status == FOTA_OK && m->method != NULL)
			status = put_text(ctx, out, m->method);
		if (status == FOTA_OK)
			status = fota_json_put(ctx, out, "}");
	}
	return status == FOTA_OK ? fota_json_put(ctx, out, "]") : status;
}

fota_status
fota_image_warnings_json(fota_ctx *ctx, const fota_image *image, fota_buf *out)
{
	fota_status status = fota_json_put(ctx, out, "[");

	for (size_t i = 0; i < image->warning_count && status == FOTA_OK; i++)
	{
		const fota_warning *w = &image->warnings[i];

		status = fota_json_put(ctx, out, i > 0 ? ",{\"name\":" : "{\"name\":");
		if (status == FOTA_OK)
			status = put_text(ctx, out, w->name);
		if (status == FOTA_OK)
			status = put_name(ctx, out, false, "message");
		if (status == FOTA_OK)
			status = put_text(ctx, out, w->message);
		if (status == FOTA_OK)
			status = put_number(ctx, out, "count", w->count);
		if (status == FOTA_OK && w->line > 0)
			status = put_number(ctx, out, "line", w->line);
		if (status == FOTA_OK && w->offset != FOTA_NOWHERE)
			status = put_number(ctx, out, "offset", w->offset);
		if (status == FOTA_OK)
			status = fota_json_put(ctx, out, "}");
	}
	return status == FOTA_OK ? fota_json_put(ctx, out, "]") : status;
}

/* --- all of it -------------------------------------------------------------------------------- */

static fota_status
put_hex(fota_ctx *ctx, fota_buf *out, const char *name, const uint8_t digest[FOTA_SHA256_SIZE])
{
	char		digits[2 * FOTA_SHA256_SIZE + 1];
	fota_status status = put_name(ctx, out, false, name);

	fota_hex(digest, FOTA_SHA256_SIZE, digits);
	return status == FOTA_OK ? fota_json_put_string(ctx, out, digits, sizeof(digits) - 1) : status;
}

static fota_status
put_segment(fota_ctx *ctx, const fota_segment *segment, bool first, fota_buf *out)
{
	uint8_t		digest[FOTA_SHA256_SIZE];
	char		text[96];
	char		space[16];
	fota_status status = fota_poll(ctx, (size_t) segment->size);

	if (status == FOTA_OK)
		status = fota_sha256(ctx, segment->data, (size_t) segment->size, digest);
	fota_format(text, sizeof(text), "%s{\"address\":%llu,\"length\":%llu", first ? "" : ",",
				(unsigned long long) segment->address, (unsigned long long) segment->size);
	if (status == FOTA_OK)
		status = fota_json_put(ctx, out, text);
	if (status == FOTA_OK)
		status = put_hex(ctx, out, "sha256", digest);
	if (status == FOTA_OK)
		status = put_name(ctx, out, false, "space");
	if (status == FOTA_OK)
		status = put_text(ctx, out, fota_space_name(segment->space, space));
	return status == FOTA_OK ? fota_json_put(ctx, out, "}") : status;
}

fota_status
fota_image_inspect_json(fota_ctx *ctx, fota_bytes file, const fota_image *image, fota_buf *out)
{
	uint8_t		digest[FOTA_SHA256_SIZE];
	fota_status status = fota_json_put(ctx, out, "{\"format\":");

	if (status == FOTA_OK)
		status = put_text(ctx, out, image->format);
	if (status == FOTA_OK)
		status = put_number(ctx, out, "size", file.size);
	if (status == FOTA_OK && (status = fota_sha256(ctx, file.data, file.size, digest)) == FOTA_OK)
		status = put_hex(ctx, out, "sha256", digest);
	if (status == FOTA_OK && (status = fota_image_content_id(ctx, image, digest)) == FOTA_OK)
		status = put_hex(ctx, out, "content_id", digest);
	if (status == FOTA_OK && image->has_entry)
		status = put_number(ctx, out, "entry", image->entry);
	if (status == FOTA_OK)
		status = put_name(ctx, out, false, "segments");
	if (status == FOTA_OK)
		status = fota_json_put(ctx, out, "[");
	for (size_t i = 0; i < image->segment_count && status == FOTA_OK; i++)
		status = put_segment(ctx, &image->segments[i], i == 0, out);
	if (status == FOTA_OK)
		status = fota_json_put(ctx, out, "]");
	if (status == FOTA_OK)
		status = put_part(ctx, image, "metadata", fota_image_notes_json, out);
	if (status == FOTA_OK)
		status = put_part(ctx, image, "members", fota_image_members_json, out);
	if (status == FOTA_OK)
		status = put_part(ctx, image, "digests", fota_image_digests_json, out);
	if (status == FOTA_OK)
		status = put_part(ctx, image, "warnings", fota_image_warnings_json, out);
	return status == FOTA_OK ? fota_json_put(ctx, out, "}") : status;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * image_payload.c: what is made of an image's segments: its content_id, flat bytes, and the payload
 * that devices get; see image.h.
 */
#include "image.h"

#include <string.h>

fota_status
fota_image_content_id(fota_ctx *ctx, const fota_image *image, uint8_t id[FOTA_SHA256_SIZE])
{
	fota_hash	hash;
	fota_status status = fota_hash_init(ctx, &hash, FOTA_HASH_SHA256);

	if (status != FOTA_OK)
		return status;
	for (size_t i = 0; i < image->segment_count && status == FOTA_OK; i++)
	{
		const fota_segment *segment = &image->segments[i];
		uint8_t		head[16];

		fota_put_u64be(head, segment->address);
		fota_put_u64be(head + 8, segment->size);
		status = fota_hash_update(ctx, &hash, head, sizeof(head));
		if (status == FOTA_OK)
			status = fota_hash_update(ctx, &hash, segment->data, (size_t) segment->size);
	}
	if (status != FOTA_OK)
	{
		fota_hash_drop(&hash);
		return status;
	}
	return fota_hash_final(ctx, &hash, id);
}

/* Copies, or with data NULL fills, in steps between which the caller is asked. */
static fota_status
append(fota_ctx *ctx, fota_buf *out, const uint8_t *data, uint8_t fill, uint64_t size)
{
	while (size > 0)
	{
		size_t		step = size < FOTA_POLL_EVERY ? (size_t) size : FOTA_POLL_EVERY;
		fota_status status = fota_poll(ctx, step);

		if (status != FOTA_OK)
			return status;
		if (data != NULL)
			memcpy(out->data + out->size, data, step);
		else
			memset(out->data + out->size, fill, step);
		out->size += step;
		size -= step;
		data = data != NULL ? data + step : NULL;
	}
	return FOTA_OK;
}

fota_status
fota_image_flatten(fota_ctx *ctx, const fota_image *image, uint64_t base, uint64_t length, uint8_t fill,
				   fota_buf *out)
{
	uint64_t	at = base;
	uint64_t	end;
	fota_status status;

	if (!fota_add_u64(base, length, &end) || length > SIZE_MAX)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "%llu bytes at 0x%llX run past the last address",
						 (unsigned long long) length, (unsigned long long) base);
	status = fota_buf_reserve(ctx, out, (size_t) length);
	for (size_t i = 0; i < image->segment_count && status == FOTA_OK; i++)
	{
		const fota_segment *segment = &image->segments[i];
		uint64_t	from = segment->address > base ? segment->address : base;
		uint64_t	to = segment->address + segment->size;

		if (to > end)
			to = end;
		if (from >= to || segment->space != image->segments[0].space)
			continue;
		status = append(ctx, out, NULL, fill, from - at);
		if (status == FOTA_OK)
			status = append(ctx, out, segment->data + (from - segment->address), fill, to - from);
		at = to;
	}
	if (status == FOTA_OK)
		status = append(ctx, out, NULL, fill, end - at);
	return status;
}

/* --- payload ------------------------------------------------------------------------------ */

/* The last segment of the first space, of which a flat payload is. */
static const fota_segment *
last_of_space(const fota_image *image)
{
	size_t		last = 0;

	while (last + 1 < image->segment_count && image->segments[last + 1].space == image->segments[0].space)
		last++;
	return &image->segments[last];
}

/* The span of a flat payload: what the component says, else from the lowest to the highest address. */
static fota_status
payload_span(fota_ctx *ctx, const fota_image *image, const fota_payload_spec *spec, uint64_t most, uint64_t *base,
			 uint64_t *length)
{
	const fota_segment *last = last_of_space(image);
	uint64_t	end = last->address + last->size;

	*base = spec->has_base ? spec->base : image->segments[0].address;
	if (!spec->has_length && *base >= end)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0,
						 "%s: the payload begins at 0x%llX, but the image ends at 0x%llX", image->format,
						 (unsigned long long) *base, (unsigned long long) end);
	*length = spec->has_length ? spec->length : end - *base;
	if (*length == 0)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "%s: a payload of 0 bytes", image->format);
	if (!fota_add_u64(*base, *length, &end))
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "%s: %llu bytes at 0x%llX run past the last address",
						 image->format, (unsigned long long) *length, (unsigned long long) *base);
	if (*length <= most)
		return FOTA_OK;
	fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0,
			  "%s: a flat payload from 0x%llX to 0x%llX would be %llu bytes, at most %llu are allowed", image->format,
			  (unsigned long long) *base, (unsigned long long) end - 1, (unsigned long long) *length,
			  (unsigned long long) most);
	return fota_fail_hint(ctx, "Give the component a base and a length, or payload 'file'.");
}

/* Bytes of the image outside of [base, base + length), or of another space; *at is the first of them. */
static uint64_t
bytes_outside(const fota_image *image, uint64_t base, uint64_t length, uint64_t *at)
{
	uint64_t	outside = 0;

	for (size_t i = 0; i < image->segment_count; i++)
	{
		const fota_segment *segment = &image->segments[i];
		uint64_t	end = segment->address + segment->size;
		uint64_t	from = segment->address > base ? segment->address : base;
		uint64_t	to = end < base + length ? end : base + length;
		uint64_t	inside = from < to && segment->space == image->segments[0].space ? to - from : 0;

		if (outside == 0 && inside < segment->size)
			*at = inside == 0 || segment->address < base ? segment->address : to;
		outside += segment->size - inside;
	}
	return outside;
}

static fota_status
check_outside(fota_ctx *ctx, fota_image *image, const fota_image_options *options, uint64_t base, uint64_t length)
{
	uint64_t	at = 0;
	uint64_t	outside = bytes_outside(image, base, length, &at);

	if (outside == 0)
		return FOTA_OK;
	if (outside == image->bytes)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0,
						 "%s: no byte lies in the payload from 0x%llX to 0x%llX; the first is at 0x%llX", image->format,
						 (unsigned long long) base, (unsigned long long) (base + length - 1), (unsigned long long) at);
	if (options != NULL && options->outside)
	{
		fota_image_warn(image, "outside", 0, FOTA_NOWHERE,
						"%llu bytes outside of the payload are left out, the first at 0x%llX",
						(unsigned long long) outside, (unsigned long long) at);
		return FOTA_OK;
	}
	fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0,
			  "%s: %llu bytes lie outside of the payload from 0x%llX to 0x%llX%s, the first at 0x%llX", image->format,
			  (unsigned long long) outside, (unsigned long long) base, (unsigned long long) (base + length - 1),
			  last_of_space(image) == &image->segments[image->segment_count - 1] ? "" : " or in another space (EEPROM, fuses ..)",
			  (unsigned long long) at);
	return fota_fail_hint(ctx, "The waiver outside leaves them out.");
}

fota_status
fota_image_payload(fota_ctx *ctx, fota_bytes file, fota_image *image, const fota_payload_spec *spec,
				   const fota_image_options *options, bool *is_file, fota_buf *out)
{
	bool		flat = spec->kind == FOTA_PAYLOAD_FLAT || (spec->kind == FOTA_PAYLOAD_DEFAULT && image->codec->payload == FOTA_PAYLOAD_FLAT);
	const fota_segment *first = image->segments;
	uint64_t	most = options != NULL && options->limits.flat ? options->limits.flat : FOTA_MAX_FLAT;
	uint64_t	base = 0;
	uint64_t	length = 0;
	fota_status status;

	fota_buf_init(out, 0);
	*is_file = !flat && (spec->kind == FOTA_PAYLOAD_FILE || image->unpacked.data == NULL);
	if (*is_file)
		return FOTA_OK;
	if (!flat)
	{
		fota_buf_init(out, image->unpacked.size);
		return fota_buf_append(ctx, out, image->unpacked.data, image->unpacked.size);
	}
	if (image->segment_count == 0)
		return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "%s: the image is empty", image->format);
	if (spec->max_size != 0 && spec->max_size < most)
		most = spec->max_size;
	status = payload_span(ctx, image, spec, most, &base, &length);
	if (status == FOTA_OK)
		status = check_outside(ctx, image, options, base, length);
	if (status != FOTA_OK)
		return status;
	*is_file = first->data == file.data && first->size == file.size && first->address == base && length == file.size;
	if (*is_file)
		return FOTA_OK;
	fota_buf_init(out, (size_t) length);
	status = fota_image_flatten(ctx, image, base, length, spec->fill, out);
	if (status != FOTA_OK)
		fota_buf_free(ctx, out);
	return status;
}

/* SPDX-License-Identifier: PostgreSQL */
/* binary.c: what the codecs of binary formats share; see binary.h. */
#include "binary.h"

#include <string.h>

bool
fota_binary_is(fota_bytes file, size_t offset, const void *bytes, size_t size)
{
	return fota_binary_has(file, offset, size) && memcmp(file.data + offset, bytes, size) == 0;
}

size_t
fota_binary_text(const uint8_t *field, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(field, 0, size) : NULL;

	return end != NULL ? (size_t) (end - field) : size;
}

fota_status
fota_binary_crc32(fota_ctx *ctx, fota_bytes data, uint32_t *crc)
{
	fota_status status = FOTA_OK;

	*crc = 0;
	while (data.size > 0 && status == FOTA_OK)
	{
		size_t		step = data.size < FOTA_POLL_EVERY ? data.size : FOTA_POLL_EVERY;

		*crc = fota_crc32(*crc, data.data, step);
		data = (fota_bytes) {data.data + step, data.size - step};
		status = fota_poll(ctx, step);
	}
	return status;
}

bool
fota_binary_filled(fota_bytes data, uint8_t value)
{
	return data.size == 0 || (data.data[0] == value && memcmp(data.data, data.data + 1, data.size - 1) == 0);
}

/* --- segments ----------------------------------------------------------------------------- */

/* Number of the part whose data stands at a place of the arena. */
static uint64_t
part_of(const fota_binary_part_at *parts, size_t count, size_t place)
{
	uint64_t	end = 0;

	for (size_t i = 0; i < count; i++)
	{
		end += parts[i].size;
		if (place < end)
			return parts[i].number;
	}
	return 0;
}

static fota_status
judge_twice(fota_ctx *ctx, const fota_binary_part_at *parts, size_t count, const char *kind, const fota_twice *twice,
			const fota_image_options *options, fota_image *image)
{
	unsigned long long first = part_of(parts, count, twice->first);
	unsigned long long again = part_of(parts, count, twice->again);
	unsigned long long address = twice->address;

	if (twice->same + twice->differ == 0)
		return FOTA_OK;
	if (twice->differ == 0)
	{
		fota_image_warn(image, "repeated", 0, FOTA_NOWHERE,
						"%s %llu: repeats %s %llu at 0x%08llX with the same data; %llu bytes repeat", kind, again, kind,
						first, address, (unsigned long long) twice->same);
		return FOTA_OK;
	}
	if (options->overlap != FOTA_OVERLAP_ERROR)
	{
		fota_image_warn(image, "overlap", 0, FOTA_NOWHERE,
						"%s %llu: overlaps %s %llu at 0x%08llX with other data, the %s counts; %llu bytes conflict", kind,
						again, kind, first, address, options->overlap == FOTA_OVERLAP_FIRST ? "first" : "last",
						(unsigned long long) twice->differ);
		return FOTA_OK;
	}
	fota_fail(ctx, FOTA_OVERLAP, FOTA_NOWHERE, 0,
			  "%s: %s %llu: overlaps %s %llu at 0x%08llX with other data; %llu bytes conflict", image->codec->name, kind,
			  again, kind, first, address, (unsigned long long) twice->differ);
	return fota_fail_hint(ctx, "The waiver overlap=first or overlap=last says which of them counts.");
}

static fota_status
gather_parts(fota_bytes file, const fota_binary_part_at *parts, size_t count, fota_gather *gather)
{
	fota_status status = FOTA_OK;

	for (size_t i = 0; i < count && status == FOTA_OK; i++)
	{
		for (uint64_t done = 0; done < parts[i].size && status == FOTA_OK;)
		{
			uint64_t	left = parts[i].size - done;
			size_t		step = left < FOTA_POLL_EVERY ? (size_t) left : FOTA_POLL_EVERY;

			memcpy(gather->arena + gather->used, file.data + parts[i].offset + done, step);
			status = fota_gather_add(gather, parts[i].address + done, step, parts[i].number);
			done += step;
		}
	}
	return status;
}

fota_status
fota_binary_segments(fota_ctx *ctx, fota_bytes file, const fota_binary_part_at *parts, size_t count, const char *kind,
					 const fota_image_options *options, fota_image *image)
{
	size_t		most = options->limits.segments ? options->limits.segments : FOTA_MAX_SEGMENTS;
	uint64_t	bytes = 0;
	fota_gather gather;
	fota_twice	twice = {0};
	fota_status status;

	for (size_t i = 0; i < count; i++)
		if (!fota_add_u64(bytes, parts[i].size, &bytes) || bytes / 2 > file.size)
			return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0,
							 "%s: %s %llu: the parts up to here hold more than twice the file", image->codec->name, kind,
							 (unsigned long long) parts[i].number);
	status = fota_gather_open(ctx, &gather, (size_t) bytes);
	if (status == FOTA_OK)
		status = gather_parts(file, parts, count, &gather);
	if (status == FOTA_OK)
		status = fota_gather_spaces(&gather, options->overlap, image, &twice);
	fota_gather_free(&gather);
	if (status == FOTA_OK && image->segment_count > most)
		status = fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%s: %zu segments, at most %zu are allowed",
						   image->codec->name, image->segment_count, most);
	return status == FOTA_OK ? judge_twice(ctx, parts, count, kind, &twice, options, image) : status;
}

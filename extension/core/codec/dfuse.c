/* SPDX-License-Identifier: PostgreSQL */
/*
 * dfuse.c: DfuSe, ST's files for USB DFU: images ("targets") for alternate settings of the device, each of elements
 * with addresses, then the suffix of USB DFU. Little-endian.
 *
 *	"DfuSe" 1 version	4 size without the suffix	1 number of targets
 *	per target "Target" 1 alternate setting	4 has a name	255 name	4 size of its elements	4 number of them
 *	per element 4 address	4 size	data
 *
 * Alternate setting 0 is the flash; the others are spaces of their own.
 */
#include "dfu.h"

#include <string.h>

#define PREFIX 11
#define TARGET 274
#define ELEMENT 8
#define MOST_SETTING (255 - FOTA_SPACE_OTHER)	/* spaces are a byte in fota_gather_spaces */

typedef struct dfuse
{
	fota_ctx   *ctx;
	fota_bytes	file;			/* without the suffix */
	fota_image *image;
	fota_binary_part_at *parts;
	size_t		count;
	size_t		room;
	uint64_t	at;
	unsigned	target;
} dfuse;

/* --- elements ----------------------------------------------------------------------------- */

static fota_status
add_part(dfuse *d, const fota_binary_part_at *part)
{
	if (d->count == d->room)
	{
		size_t		room = d->room ? 2 * d->room : 64;
		fota_binary_part_at *parts = fota_alloc_array(d->ctx, room, sizeof(*parts));

		if (parts == NULL)
			return d->ctx->error.code;
		if (d->count > 0)
			memcpy(parts, d->parts, d->count * sizeof(*parts));
		fota_free(d->ctx, d->parts);
		d->parts = parts;
		d->room = room;
	}
	d->parts[d->count++] = *part;
	return FOTA_OK;
}

static uint64_t
space_of(unsigned setting)
{
	return (uint64_t) (setting == 0 ? FOTA_SPACE_FLASH : FOTA_SPACE_OTHER + setting) << FOTA_GATHER_SPACE;
}

static fota_status
take_element(dfuse *d, uint32_t number, uint64_t end, unsigned setting)
{
	const uint8_t *p = d->file.data + d->at;
	uint32_t	address;
	uint32_t	size;
	fota_binary_part_at part;

	if (end - d->at < ELEMENT)
		return fota_fail(d->ctx, FOTA_TRUNCATED, d->at, 0, "dfuse: target %u element %u: no place for it in the target",
						 d->target, number);
	address = fota_get_u32le(p);
	size = fota_get_u32le(p + 4);
	if (size > end - d->at - ELEMENT)
		return fota_fail(d->ctx, FOTA_TRUNCATED, d->at + 4, 0, "dfuse: target %u element %u: size 0x%08X runs past the target",
						 d->target, number, size);
	if (address + (uint64_t) size > (uint64_t) 1 << 32)
		return fota_fail(d->ctx, FOTA_RANGE, d->at, 0, "dfuse: target %u element %u: 0x%08X + %u runs past 4 GiB", d->target,
						 number, address, size);
	if (size == 0)
		fota_image_warn(d->image, "empty_element", 0, d->at, "target %u element %u holds no data", d->target, number);
	part = (fota_binary_part_at) {space_of(setting) | address, d->at + ELEMENT, size, d->count};
	d->at += ELEMENT + (uint64_t) size;
	return size == 0 ? FOTA_OK : add_part(d, &part);
}

/* --- targets ------------------------------------------------------------------------------ */

static void
say_target(dfuse *d, const uint8_t *p)
{
	size_t		name = fota_binary_text(p + 11, 255);
	char		text[300];

	if (name == 255)
		fota_image_warn(d->image, "target_name", 0, d->at + 11, "target %u: target name not NUL-terminated", d->target);
	fota_format(text, sizeof(text), "%u%s%.*s", p[6], fota_get_u32le(p + 7) != 0 && name > 0 ? " " : "",
				fota_get_u32le(p + 7) != 0 ? (int) name : 0, (const char *) p + 11);
	fota_image_note_item(d->image, "targets", text, SIZE_MAX);
}

static fota_status
take_target(dfuse *d)
{
	const uint8_t *p = d->file.data + d->at;
	uint64_t	left = d->file.size - d->at;
	uint32_t	size;
	uint32_t	elements;
	uint64_t	end;
	fota_status status = FOTA_OK;

	if (left < 6 || memcmp(p, "Target", 6) != 0)
		return fota_fail(d->ctx, left < 6 ? FOTA_TRUNCATED : FOTA_SYNTAX, d->at, 0,
						 "dfuse: target %u: signature \"Target\" not found at offset %llu", d->target,
						 (unsigned long long) d->at);
	if (left < TARGET)
		return fota_fail(d->ctx, FOTA_TRUNCATED, d->at, 0, "dfuse: target %u: its head of %u bytes is cut at %llu", d->target,
						 TARGET, (unsigned long long) left);
	if (p[6] > MOST_SETTING)
		return fota_fail(d->ctx, FOTA_RANGE, d->at + 6, 0, "dfuse: target %u: alternate setting %u, at most %u are known",
						 d->target, p[6], MOST_SETTING);
	size = fota_get_u32le(p + 266);
	elements = fota_get_u32le(p + 270);
	if (elements > (left - TARGET) / ELEMENT)
		return fota_fail(d->ctx, FOTA_TRUNCATED, d->at + 270, 0, "dfuse: target %u: %u elements do not fit", d->target,
						 elements);
	if (size > left - TARGET)
		return fota_fail(d->ctx, FOTA_TRUNCATED, d->at + 266, 0, "dfuse: target %u: size %u runs past the image", d->target,
						 size);
	say_target(d, p);
	d->at += TARGET;
	end = d->at + size;
	for (uint32_t i = 0; i < elements && status == FOTA_OK; i++)
	{
		status = take_element(d, i, end, p[6]);
		if (status == FOTA_OK)
			status = fota_poll(d->ctx, TARGET);
	}
	if (status == FOTA_OK && d->at != end)
		return fota_fail(d->ctx, FOTA_SYNTAX, d->at, 0,
						 "dfuse: target %u: its %u elements end %llu bytes before its size says", d->target, elements,
						 (unsigned long long) (end - d->at));
	return status;
}

static fota_status
take_targets(dfuse *d)
{
	unsigned	targets = d->file.data[10];
	fota_status status = FOTA_OK;

	if (targets == 0)
		return fota_fail(d->ctx, FOTA_TRUNCATED, 10, 0, "dfuse: the file has no targets");
	d->at = PREFIX;
	for (d->target = 0; d->target < targets && status == FOTA_OK; d->target++)
	{
		/* the count says more than there is: that is another mistake than a broken target */
		if (d->target > 0 && d->at == d->file.size)
			return fota_fail(d->ctx, FOTA_TRUNCATED, d->at, 0,
							 "dfuse: target %u: signature \"Target\" not found at offset %llu, where the image ends; %u targets are said",
							 d->target, (unsigned long long) d->at, targets);
		status = take_target(d);
	}
	if (status == FOTA_OK && d->at != d->file.size)
		return fota_fail(d->ctx, FOTA_TRAILING, d->at, 0, "dfuse: %llu bytes between the last target and the suffix",
						 (unsigned long long) (d->file.size - d->at));
	return status;
}

/* --- the file ----------------------------------------------------------------------------- */

static fota_status
check_prefix(fota_ctx *ctx, fota_bytes file)
{
	if (!fota_binary_is(file, 0, "DfuSe", 5))
		return fota_fail(ctx, file.size < 5 ? FOTA_TRUNCATED : FOTA_SYNTAX, 0, 0,
						 "dfuse: signature \"DfuSe\" not found at offset 0");
	if (file.size < PREFIX)
		return fota_fail(ctx, FOTA_TRUNCATED, file.size, 0, "dfuse: the prefix of %u bytes is cut at %zu", PREFIX, file.size);
	if (file.data[5] != 1)
		return fota_fail(ctx, FOTA_UNSUPPORTED, 5, 0, "dfuse: DfuSe prefix version %u unknown, expected 1", file.data[5]);
	return FOTA_OK;
}

static fota_status
dfuse_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	dfuse		d = {.ctx = ctx, .image = image};
	fota_dfu_suffix suffix;
	fota_status status = check_prefix(ctx, file);
	uint32_t	size;

	if (status == FOTA_OK)
		status = fota_dfu_suffix_read(ctx, file, "dfuse", image, &suffix);
	if (status != FOTA_OK)
		return status;
	if (suffix.version == 0x0100)
		fota_image_warn(image, "bcd_dfu", 0, FOTA_NOWHERE, "DfuSe prefix with bcdDFU 0x0100, expected 0x011A");
	d.file = (fota_bytes) {file.data, file.size - suffix.size};
	size = fota_get_u32le(file.data + 6);
	if (size != d.file.size)
		return fota_fail(ctx, size > d.file.size ? FOTA_TRUNCATED : FOTA_TRAILING, 6, 0,
						 "dfuse: image size %u, but %zu bytes stand before the suffix", size, d.file.size);
	status = take_targets(&d);
	if (status == FOTA_OK && d.count == 0)
		status = fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "dfuse: no element holds data");
	if (status == FOTA_OK)
		status = fota_binary_segments(ctx, d.file, d.parts, d.count, "element", options, image);
	fota_free(ctx, d.parts);
	return status;
}

/* --- writing ------------------------------------------------------------------------------ */

static unsigned
setting_of(uint32_t space)
{
	return space > FOTA_SPACE_OTHER ? space - FOTA_SPACE_OTHER : space;
}

/* The segments of one space, from first on; *next is the first of the next one. */
static fota_status
put_target(fota_ctx *ctx, const fota_image *image, size_t first, size_t *next, fota_buf *out)
{
	uint8_t		head[TARGET] = "Target";
	uint64_t	size = 0;
	uint32_t	space = image->segments[first].space;
	fota_status status;

	for (*next = first; *next < image->segment_count && image->segments[*next].space == space; ++*next)
		size += ELEMENT + image->segments[*next].size;
	head[6] = (uint8_t) setting_of(space);
	fota_put_u32le(head + 266, (uint32_t) size);
	fota_put_u32le(head + 270, (uint32_t) (*next - first));
	status = fota_buf_append(ctx, out, head, sizeof(head));
	for (size_t i = first; i < *next && status == FOTA_OK; i++)
	{
		const fota_segment *s = &image->segments[i];
		uint8_t		element[ELEMENT];

		fota_put_u32le(element, (uint32_t) s->address);
		fota_put_u32le(element + 4, (uint32_t) s->size);
		status = fota_buf_append(ctx, out, element, sizeof(element));
		if (status == FOTA_OK)
			status = fota_buf_append(ctx, out, s->data, (size_t) s->size);
		if (status == FOTA_OK)
			status = fota_poll(ctx, (size_t) s->size);
	}
	return status;
}

static fota_status
check_writable(fota_ctx *ctx, const fota_image *image, const fota_buf *out)
{
	if (out->size != 0)
		return fota_fail(ctx, FOTA_INTERNAL, FOTA_NOWHERE, 0, "dfuse: the output is not empty");
	if (image->segment_count == 0)
		return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "dfuse: the image is empty");
	if (image->bytes > UINT32_MAX - ((uint64_t) image->segment_count + 256) * TARGET)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "dfuse: the image has over 4 GiB");
	for (size_t i = 0; i < image->segment_count; i++)
	{
		const fota_segment *s = &image->segments[i];

		if (s->address + s->size > (uint64_t) 1 << 32)
			return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "dfuse: segment %zu at 0x%llX runs past 4 GiB", i,
							 (unsigned long long) s->address);
		if (s->space > FOTA_SPACE_FLASH && (s->space <= FOTA_SPACE_OTHER || setting_of(s->space) > MOST_SETTING))
			return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0,
							 "dfuse: segment %zu is in a space that has no number as alternate setting", i);
	}
	return FOTA_OK;
}

static fota_status
dfuse_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options, fota_buf *out)
{
	uint8_t		prefix[PREFIX] = {'D', 'f', 'u', 'S', 'e', 1};
	unsigned	targets = 0;
	fota_status status = check_writable(ctx, image, out);

	(void) options;
	if (status == FOTA_OK)
		status = fota_buf_append(ctx, out, prefix, sizeof(prefix));
	for (size_t next = 0; next < image->segment_count && status == FOTA_OK; targets++)
		status = put_target(ctx, image, next, &next, out);
	if (status == FOTA_OK && targets > 255)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "dfuse: %u targets, at most 255 fit", targets);
	if (status != FOTA_OK)
		return status;
	fota_put_u32le(out->data + 6, (uint32_t) out->size);
	out->data[10] = (uint8_t) targets;
	return fota_dfu_suffix_write(ctx, 0x011a, out);
}

static int
dfuse_detect(fota_bytes file, const char **reason)
{
	if (!fota_binary_is(file, 0, "DfuSe", 5))
		return 0;
	*reason = "the file begins with \"DfuSe\"";
	return 98;
}

const fota_codec fota_codec_dfuse = {
	.name = "dfuse",
	.title = "DfuSe (ST) file",
	.payload = FOTA_PAYLOAD_FLAT,
	.detect = dfuse_detect,
	.decode = dfuse_decode,
	.encode = dfuse_encode,
};

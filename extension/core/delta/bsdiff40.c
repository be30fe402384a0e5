/* SPDX-License-Identifier: PostgreSQL */
/*
 * bsdiff40.c: deltas in the file format of Debian's bsdiff and bspatch 4.3.
 *
 *	offset	size
 *	0		8		"BSDIFF40"
 *	8		8		compressed size of the control part
 *	16		8		compressed size of the diff part
 *	24		8		size of the target
 *	32				control, diff and extra part: three bzip2 streams
 *
 * Numbers are 63 bits little-endian with the sign in the highest bit. The control part is a list of
 * (x, y, z): add x bytes of the diff part to x bytes of the source, take y bytes of the extra part,
 * then move z bytes on in the source. Bytes outside of the source count as 0, as in bspatch.
 */
#include "bzip2.h"
#include "formats.h"

#include <string.h>

#define HEADER_SIZE 32
#define ENTRY_SIZE 24
#define STEP 65536
#define MOST_IDLE 1024			/* entries without a byte, above as many as there are with one */
#define EAGER (16u << 20)		/* a target up to this, or four sources, gets its memory at once */

typedef struct entry
{
	uint64_t	copy;
	uint64_t	add;
	int64_t		seek;
} entry;

typedef struct patch
{
	fota_bz		control;
	fota_bz		diff;
	fota_bz		extra;
	uint64_t	target_size;
	uint64_t	idle;			/* entries that gave no byte, */
	uint64_t	giving;			/* and the others */
} patch;

static int64_t
get_number(const uint8_t *p)
{
	uint64_t	value = p[7] & 0x7f;

	for (int i = 6; i >= 0; i--)
		value = value << 8 | p[i];
	return p[7] & 0x80 ? -(int64_t) value : (int64_t) value;
}

static void
put_number(uint8_t *p, int64_t number)
{
	uint64_t	value = number < 0 ? (uint64_t) -number : (uint64_t) number;

	for (int i = 0; i < 8; i++, value >>= 8)
		p[i] = (uint8_t) value;
	if (number < 0)
		p[7] |= 0x80;
}

/* Reads the header and begins the three streams; patch_end in every case. */
static fota_status
patch_begin(fota_ctx *ctx, fota_bytes delta, patch *patch)
{
	int64_t		control,
				diff,
				target;
	uint64_t	left;
	const uint8_t *data = delta.data;

	memset(patch, 0, sizeof(*patch));
	if (delta.size < HEADER_SIZE)
		return fota_fail(ctx, FOTA_TRUNCATED, delta.size, 0,
						 "bsdiff40: %zu bytes are less than the header of %d", delta.size,
						 HEADER_SIZE);
	if (memcmp(data, "BSDIFF40", 8) != 0)
		return fota_fail(ctx, FOTA_SYNTAX, 0, 0, "bsdiff40: does not begin with BSDIFF40");
	control = get_number(data + 8);
	diff = get_number(data + 16);
	target = get_number(data + 24);
	left = delta.size - HEADER_SIZE;
	if (control < 0 || diff < 0 || target < 0)
		return fota_fail(ctx, FOTA_RANGE, control < 0 ? 8 : diff < 0 ? 16 : 24, 0,
						 "bsdiff40: negative size in the header");
	if ((uint64_t) control > left || (uint64_t) diff > left - (uint64_t) control)
		return fota_fail(ctx, FOTA_TRUNCATED, delta.size, 0,
						 "bsdiff40: parts of %llu and %llu bytes do not fit into %llu",
						 (unsigned long long) control, (unsigned long long) diff,
						 (unsigned long long) left);
	if (target > INT64_MAX / 4)
		return fota_fail(ctx, FOTA_LIMIT, 24, 0, "bsdiff40: target of %llu bytes is too large",
						 (unsigned long long) target);
	patch->target_size = (uint64_t) target;
	left -= (uint64_t) control + (uint64_t) diff;
	data += HEADER_SIZE;
	if (fota_bz_read_begin(ctx, &patch->control, (fota_bytes) {data, (size_t) control},
						   HEADER_SIZE, "control") != FOTA_OK)
		return ctx->error.code;
	data += control;
	if (fota_bz_read_begin(ctx, &patch->diff, (fota_bytes) {data, (size_t) diff},
						   HEADER_SIZE + (uint64_t) control, "diff") != FOTA_OK)
		return ctx->error.code;
	data += diff;
	return fota_bz_read_begin(ctx, &patch->extra, (fota_bytes) {data, (size_t) left},
							  delta.size - left, "extra");
}

static fota_status
patch_finish(patch *patch)
{
	fota_status status = fota_bz_read_finish(&patch->control);

	if (status == FOTA_OK)
		status = fota_bz_read_finish(&patch->diff);
	if (status == FOTA_OK)
		status = fota_bz_read_finish(&patch->extra);
	return status;
}

static void
patch_end(patch *patch)
{
	fota_bz_end(&patch->control);
	fota_bz_end(&patch->diff);
	fota_bz_end(&patch->extra);
}

/* Reads one control entry and checks it against the bytes of the target that are still to come. */
static fota_status
read_entry(fota_ctx *ctx, patch *patch, uint64_t left, entry *entry)
{
	uint8_t		raw[ENTRY_SIZE];
	int64_t		copy,
				add;

	if (fota_bz_read(&patch->control, raw, sizeof(raw)) != FOTA_OK)
		return ctx->error.code;
	copy = get_number(raw);
	add = get_number(raw + 8);
	entry->seek = get_number(raw + 16);
	if (copy < 0 || add < 0)
		return fota_fail(ctx, FOTA_RANGE, HEADER_SIZE, 0, "bsdiff40: negative size in an entry");
	if ((uint64_t) copy > left || (uint64_t) add > left - (uint64_t) copy)
		return fota_fail(ctx, FOTA_RANGE, HEADER_SIZE, 0,
						 "bsdiff40: an entry of %llu + %llu bytes, but only %llu are left",
						 (unsigned long long) copy, (unsigned long long) add,
						 (unsigned long long) left);
	/* Debian's bsdiff writes some that only move; too many would let a small delta take forever. */
	if (copy != 0 || add != 0)
		patch->giving++;
	else if (++patch->idle > patch->giving + MOST_IDLE)
		return fota_fail(ctx, FOTA_SYNTAX, HEADER_SIZE, 0,
						 "bsdiff40: %llu entries give no byte, only %llu do",
						 (unsigned long long) patch->idle, (unsigned long long) patch->giving);
	entry->copy = (uint64_t) copy;
	entry->add = (uint64_t) add;
	return FOTA_OK;
}

/* Adds the bytes of the source from "at" on, where there are any, to data. */
static void
add_source(fota_bytes source, int64_t at, uint8_t *data, size_t size)
{
	size_t		from = 0,
				to = size;

	if (at < 0)
		from = (uint64_t) -at < size ? (size_t) -at : size;
	if (at > 0 && (uint64_t) at >= source.size)
		return;
	if ((int64_t) source.size - at < (int64_t) size)
		to = (size_t) ((int64_t) source.size - at);
	for (size_t i = from; i < to; i++)
		data[i] = (uint8_t) (data[i] + source.data[at + (int64_t) i]);
}

/* Appends size bytes of a part to the target, plus the source when add_at is not NULL. */
static fota_status
append_part(fota_ctx *ctx, fota_bz *part, uint64_t size, fota_bytes source,
			const int64_t *add_at, fota_buf *target)
{
	for (uint64_t done = 0; done < size;)
	{
		size_t		step = size - done < STEP ? (size_t) (size - done) : STEP;

		if (fota_buf_reserve(ctx, target, step) != FOTA_OK ||
			fota_bz_read(part, target->data + target->size, step) != FOTA_OK)
			return ctx->error.code;
		if (add_at != NULL)
			add_source(source, *add_at + (int64_t) done, target->data + target->size, step);
		target->size += step;
		done += step;
	}
	return FOTA_OK;
}

/* Moves the place in the source; places are kept within what cannot overflow. */
static fota_status
move(fota_ctx *ctx, int64_t *at, uint64_t copied, int64_t seek)
{
	int64_t		next;

	if (__builtin_add_overflow(*at, (int64_t) copied, &next) ||
		__builtin_add_overflow(next, seek, &next) ||
		next > INT64_MAX / 4 || next < -(INT64_MAX / 4))
		return fota_fail(ctx, FOTA_RANGE, HEADER_SIZE, 0,
						 "bsdiff40: an entry moves beyond all limits");
	*at = next;
	return FOTA_OK;
}

static fota_status
apply_entries(fota_ctx *ctx, patch *patch, fota_bytes source, fota_buf *target)
{
	int64_t		at = 0;

	while (target->size < patch->target_size)
	{
		entry		entry;

		if (read_entry(ctx, patch, patch->target_size - target->size, &entry) != FOTA_OK ||
			append_part(ctx, &patch->diff, entry.copy, source, &at, target) != FOTA_OK ||
			append_part(ctx, &patch->extra, entry.add, source, NULL, target) != FOTA_OK ||
			move(ctx, &at, entry.copy, entry.seek) != FOTA_OK ||
			fota_poll(ctx, ENTRY_SIZE) != FOTA_OK)
			return ctx->error.code;
	}
	return patch_finish(patch);
}

static fota_status
bsdiff40_apply(fota_ctx *ctx, fota_bytes source, fota_bytes delta, uint64_t max_size,
			   fota_buf *target)
{
	patch		patch;
	fota_status status;

	fota_buf_init(target, 0);
	if (source.size > INT64_MAX / 4)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "bsdiff40: source is too large");
	status = patch_begin(ctx, delta, &patch);
	if (status == FOTA_OK && patch.target_size > max_size)
		status = fota_fail(ctx, FOTA_LIMIT, 24, 0,
						   "bsdiff40: target of %llu bytes, at most %llu are allowed",
						   (unsigned long long) patch.target_size,
						   (unsigned long long) max_size);
	if (status == FOTA_OK)
	{
		fota_buf_init(target, (size_t) patch.target_size);
		if (patch.target_size <= EAGER || patch.target_size / 4 <= source.size)
			status = fota_buf_reserve(ctx, target, (size_t) patch.target_size);
	}
	if (status == FOTA_OK)
		status = apply_entries(ctx, &patch, source, target);
	patch_end(&patch);
	if (status != FOTA_OK)
		fota_buf_free(ctx, target);
	return status;
}

/* Reads size bytes of a part and counts those that are not zero. */
static fota_status
count_part(fota_bz *part, uint64_t size, uint64_t *nonzero)
{
	uint8_t		data[4096];

	while (size > 0)
	{
		size_t		step = size < sizeof(data) ? (size_t) size : sizeof(data);
		fota_status status = fota_bz_read(part, data, step);

		if (status != FOTA_OK)
			return status;
		for (size_t i = 0; i < step; i++)
			*nonzero += data[i] != 0;
		size -= step;
	}
	return FOTA_OK;
}

static fota_status
bsdiff40_inspect(fota_ctx *ctx, fota_bytes delta, fota_delta_info *info)
{
	patch		patch;
	fota_status status = patch_begin(ctx, delta, &patch);
	uint64_t	left = patch.target_size;
	uint64_t	ignored = 0;

	memset(info, 0, sizeof(*info));
	info->target_size = patch.target_size;
	info->control_size = patch.control.input.size;
	info->diff_size = patch.diff.input.size;
	info->extra_size = patch.extra.input.size;
	while (status == FOTA_OK && left > 0)
	{
		entry		entry;

		status = read_entry(ctx, &patch, left, &entry);
		if (status != FOTA_OK)
			break;
		info->copies += entry.copy > 0;
		info->copied += entry.copy;
		info->added += entry.add;
		left -= entry.copy + entry.add;
		status = count_part(&patch.diff, entry.copy, &info->changed);
		if (status == FOTA_OK)
			status = count_part(&patch.extra, entry.add, &ignored);
	}
	if (status == FOTA_OK)
		status = patch_finish(&patch);
	patch_end(&patch);
	return status;
}

/* Start in the target of the cover after number i, or its end. */
static size_t
next_start(const fota_covers *covers, size_t i, fota_bytes target)
{
	return i + 1 < covers->count ? covers->item[i + 1].target_at : target.size;
}

/*
 * Control entries: one per cover, and an empty one in front when the target does not begin with a
 * cover of the source's first byte, since entries say where the next cover lies, not their own.
 */
static fota_status
write_control(fota_bz *bz, const fota_covers *covers, fota_bytes target)
{
	uint8_t		raw[ENTRY_SIZE];
	size_t		first = covers->count > 0 ? covers->item[0].target_at : target.size;
	fota_status status = FOTA_OK;

	if (first > 0 || (covers->count > 0 && covers->item[0].source_at > 0))
	{
		put_number(raw, 0);
		put_number(raw + 8, (int64_t) first);
		put_number(raw + 16, covers->count > 0 ? (int64_t) covers->item[0].source_at : 0);
		status = fota_bz_write(bz, raw, sizeof(raw));
	}
	for (size_t i = 0; i < covers->count && status == FOTA_OK; i++)
	{
		const fota_cover *cover = &covers->item[i];
		size_t		end = cover->target_at + cover->length;
		int64_t		seek = 0;

		if (i + 1 < covers->count)
			seek = (int64_t) covers->item[i + 1].source_at -
				(int64_t) (cover->source_at + cover->length);
		put_number(raw, (int64_t) cover->length);
		put_number(raw + 8, (int64_t) (next_start(covers, i, target) - end));
		put_number(raw + 16, seek);
		status = fota_bz_write(bz, raw, sizeof(raw));
	}
	return status;
}

static fota_status
write_diff(fota_bz *bz, const fota_covers *covers, fota_bytes source, fota_bytes target)
{
	uint8_t		data[4096];
	fota_status status = FOTA_OK;

	for (size_t i = 0; i < covers->count; i++)
	{
		const fota_cover *cover = &covers->item[i];

		for (size_t done = 0; done < cover->length && status == FOTA_OK;)
		{
			const uint8_t *from = source.data + cover->source_at + done;
			const uint8_t *to = target.data + cover->target_at + done;
			size_t		step = cover->length - done;

			if (step > sizeof(data))
				step = sizeof(data);
			for (size_t k = 0; k < step; k++)
				data[k] = (uint8_t) (to[k] - from[k]);
			status = fota_bz_write(bz, data, step);
			done += step;
		}
	}
	return status;
}

static fota_status
write_extra(fota_bz *bz, const fota_covers *covers, fota_bytes target)
{
	size_t		end = 0;
	fota_status status = FOTA_OK;

	for (size_t i = 0; i <= covers->count && status == FOTA_OK; i++)
	{
		size_t		start = i < covers->count ? covers->item[i].target_at : target.size;

		status = fota_bz_write(bz, target.data + end, start - end);
		if (i < covers->count)
			end = start + covers->item[i].length;
	}
	return status;
}

typedef enum part
{
	CONTROL, DIFF, EXTRA
} part;

/* Appends one part to the delta; *size is what it takes there. */
static fota_status
write_part(fota_ctx *ctx, part part, const fota_covers *covers, fota_bytes source,
		   fota_bytes target, fota_buf *delta, size_t *size)
{
	uint64_t	copied = 0;
	size_t		start = delta->size;
	uint64_t	total;
	fota_bz		bz;
	fota_status status;

	for (size_t i = 0; i < covers->count; i++)
		copied += covers->item[i].length;
	total = part == CONTROL ? (uint64_t) (covers->count + 1) * ENTRY_SIZE
		: part == DIFF ? copied : target.size - copied;
	status = fota_bz_write_begin(ctx, &bz, delta, total);
	if (status == FOTA_OK)
		status = part == CONTROL ? write_control(&bz, covers, target)
			: part == DIFF ? write_diff(&bz, covers, source, target)
			: write_extra(&bz, covers, target);
	if (status == FOTA_OK)
		status = fota_bz_write_finish(&bz);
	fota_bz_end(&bz);
	*size = delta->size - start;
	return status;
}

static fota_status
bsdiff40_make(fota_ctx *ctx, fota_bytes source, fota_bytes target, const uint32_t *params,
			  size_t param_count, fota_buf *delta)
{
	uint8_t		header[HEADER_SIZE] = "BSDIFF40";
	fota_covers covers;
	size_t		control = 0,
				diff = 0,
				extra = 0;
	fota_status status;

	(void) params;
	fota_buf_init(delta, 0);
	if (param_count > 0)
		return fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "bsdiff40: takes no parameters");
	if (target.size > SIZE_MAX / 8)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "bsdiff40: target is too large");
	/* bzip2 never makes data 2 % longer, entries are fewer than the bytes they save */
	fota_buf_init(delta, 4096 + 2 * target.size);
	status = fota_covers_find(ctx, source, target, &covers);
	if (status == FOTA_OK)
		status = fota_buf_append(ctx, delta, header, sizeof(header));
	if (status == FOTA_OK)
		status = write_part(ctx, CONTROL, &covers, source, target, delta, &control);
	if (status == FOTA_OK)
		status = write_part(ctx, DIFF, &covers, source, target, delta, &diff);
	if (status == FOTA_OK)
		status = write_part(ctx, EXTRA, &covers, source, target, delta, &extra);
	fota_covers_free(ctx, &covers);
	if (status != FOTA_OK)
	{
		fota_buf_free(ctx, delta);
		return status;
	}
	put_number(delta->data + 8, (int64_t) control);
	put_number(delta->data + 16, (int64_t) diff);
	put_number(delta->data + 24, (int64_t) target.size);
	return FOTA_OK;
}

const fota_delta_format fota_delta_bsdiff40 = {
	.name = "bsdiff40",
	.id = FOTA_FORMAT_BSDIFF40,
	.make = bsdiff40_make,
	.apply = bsdiff40_apply,
	.inspect = bsdiff40_inspect,
};

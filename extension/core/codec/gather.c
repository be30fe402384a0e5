/* SPDX-License-Identifier: PostgreSQL */
/* gather.c: from records in any order to segments; see gather.h. */
#include "gather.h"

#include <string.h>

#define NOWHERE UINT64_MAX

fota_status
fota_gather_open(fota_ctx *ctx, fota_gather *gather, size_t most)
{
	*gather = (fota_gather) {.ctx = ctx};
	gather->watch = SIZE_MAX;
	fota_gather_rewind(gather);
	gather->arena = fota_alloc_raw(ctx, most > 0 ? most : 1);
	return gather->arena == NULL ? ctx->error.code : FOTA_OK;
}

void
fota_gather_free(fota_gather *gather)
{
	fota_free(gather->ctx, gather->arena);
	fota_free(gather->ctx, gather->runs);
	gather->arena = NULL;
	gather->runs = NULL;
}

void
fota_gather_rewind(fota_gather *gather)
{
	gather->used = gather->polled_at = 0;
	gather->count = 0;
	gather->end = NOWHERE;
	gather->ascending = true;
	gather->stop_at = gather->watch < FOTA_POLL_EVERY ? gather->watch + 1 : FOTA_POLL_EVERY;
}

fota_status
fota_gather_stop(fota_gather *gather, uint64_t line)
{
	size_t		done = gather->used - gather->polled_at;

	if (gather->watch != SIZE_MAX && gather->used > gather->watch)
	{
		gather->watch_line = line;
		gather->watch = SIZE_MAX;
	}
	gather->polled_at = gather->used;
	gather->stop_at = gather->used + FOTA_POLL_EVERY;
	if (gather->watch < gather->stop_at)
		gather->stop_at = gather->watch + 1;
	return fota_poll(gather->ctx, done);
}

static void
close_run(fota_gather *gather)
{
	if (gather->count > 0)
	{
		fota_run   *last = &gather->runs[gather->count - 1];

		last->size = gather->used - last->offset;
	}
}

fota_status
fota_gather_begin_run(fota_gather *gather, uint64_t address)
{
	close_run(gather);
	if (gather->count == gather->room)
	{
		size_t		room = gather->room ? gather->room * 2 : 64;
		fota_run   *runs = fota_alloc_array(gather->ctx, room, sizeof(fota_run));

		if (runs == NULL)
			return gather->ctx->error.code;
		if (gather->count > 0)
			memcpy(runs, gather->runs, gather->count * sizeof(fota_run));
		fota_free(gather->ctx, gather->runs);
		gather->runs = runs;
		gather->room = room;
	}
	if (gather->count > 0 && address < gather->end)
		gather->ascending = false;
	gather->runs[gather->count++] = (fota_run) {address, gather->used, 0};
	return FOTA_OK;
}

/* --- sorting ------------------------------------------------------------------------------ */

/* Merges runs[0 .. middle) and runs[middle .. count) into out; equal addresses stay in file order. */
static void
merge(const fota_run *runs, size_t middle, size_t count, fota_run *out)
{
	size_t		left = 0;
	size_t		right = middle;

	while (left < middle && right < count)
		*out++ = runs[right].address < runs[left].address ? runs[right++] : runs[left++];
	memcpy(out, runs + left, (middle - left) * sizeof(fota_run));
	out += middle - left;
	memcpy(out, runs + right, (count - right) * sizeof(fota_run));
}

/* A copy of the runs in order of address; fota_free it. NULL = error set. */
static fota_run *
sorted_copy(fota_gather *gather)
{
	fota_ctx   *ctx = gather->ctx;
	size_t		count = gather->count;
	fota_run   *from = fota_alloc_array(ctx, count, sizeof(fota_run));
	fota_run   *to = fota_alloc_array(ctx, count, sizeof(fota_run));
	fota_status status = from && to ? FOTA_OK : ctx->error.code;

	if (status == FOTA_OK)
		memcpy(from, gather->runs, count * sizeof(fota_run));
	for (size_t width = 1; width < count && status == FOTA_OK; width *= 2)
	{
		fota_run   *swap = from;

		for (size_t i = 0; i < count && status == FOTA_OK; i += 2 * width)
		{
			size_t		rest = count - i;
			size_t		both = rest < 2 * width ? rest : 2 * width;

			merge(from + i, both < width ? both : width, both, to + i);
			status = fota_poll(ctx, both * sizeof(fota_run));
		}
		from = to;
		to = swap;
	}
	fota_free(ctx, to);
	if (status == FOTA_OK)
		return from;
	fota_free(ctx, from);
	return NULL;
}

/* --- segments ----------------------------------------------------------------------------- */

/* Counts the segments and bytes of runs in order of address; *overlap when some bytes come twice. */
static size_t
count_segments(const fota_run *runs, size_t count, uint64_t *bytes, bool *overlap)
{
	size_t		segments = 0;
	uint64_t	end = 0;

	*bytes = 0;
	*overlap = false;
	for (size_t i = 0; i < count; i++)
	{
		uint64_t	run_end = runs[i].address + runs[i].size;

		if (segments == 0 || runs[i].address > end)
		{
			segments++;
			*bytes += runs[i].size;
			end = run_end;
			continue;
		}
		*overlap |= runs[i].address < end;
		if (run_end > end)
		{
			*bytes += run_end - end;
			end = run_end;
		}
	}
	return segments;
}

/* Lays the segments of sorted runs out one after the other in memory at data. */
static void
lay_out(const fota_run *runs, size_t count, const uint8_t *data, fota_segment *segments)
{
	fota_segment *segment = NULL;

	for (size_t i = 0; i < count; i++)
	{
		uint64_t	end = runs[i].address + runs[i].size;

		if (segment == NULL || runs[i].address > segment->address + segment->size)
		{
			if (segment != NULL)
				data += segment->size;
			segment = segment == NULL ? segments : segment + 1;
			*segment = (fota_segment) {runs[i].address, runs[i].size, data, FOTA_SPACE_FLASH};
		}
		else if (end > segment->address + segment->size)
			segment->size = end - segment->address;
	}
}

/* The segment that holds address. */
static const fota_segment *
find_segment(const fota_image *image, uint64_t address)
{
	size_t		low = 0;
	size_t		high = image->segment_count;

	while (high - low > 1)
	{
		size_t		middle = low + (high - low) / 2;

		if (image->segments[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	return &image->segments[low];
}

/* The place in the arena of the first byte that the file gives for address. */
static size_t
first_place(const fota_gather *gather, uint64_t address)
{
	for (size_t i = 0; i < gather->count; i++)
	{
		const fota_run *run = &gather->runs[i];

		if (address >= run->address && address - run->address < run->size)
			return run->offset + (size_t) (address - run->address);
	}
	return 0;
}

/* Puts a piece of a run into place and notes what is there already; seen has a bit per byte of placed. */
static void
place_piece(const fota_gather *gather, const fota_run *run, uint8_t *placed, size_t at, uint8_t *seen,
			fota_overlap overlap, fota_twice *twice)
{
	for (size_t i = 0; i < run->size; i++, at++)
	{
		uint8_t		value = gather->arena[run->offset + i];
		uint8_t		bit = (uint8_t) (1 << (at & 7));

		if ((seen[at >> 3] & bit) != 0)
		{
			bool		differs = placed[at] != value;

			if (differs ? twice->differ == 0 : twice->differ + twice->same == 0)
			{
				twice->address = run->address + i;
				twice->first = first_place(gather, twice->address);
				twice->again = run->offset + i;
				twice->first_value = placed[at];
				twice->again_value = value;
			}
			twice->differ += differs;
			twice->same += !differs;
			if (overlap == FOTA_OVERLAP_FIRST)
				continue;
		}
		seen[at >> 3] |= bit;
		placed[at] = value;
	}
}

/* Copies the runs, in file order, to where the segments want them. */
static fota_status
place_runs(fota_gather *gather, fota_image *image, uint8_t *placed, bool twice_somewhere,
		   fota_overlap overlap, fota_twice *twice)
{
	fota_ctx   *ctx = gather->ctx;
	uint8_t    *seen = NULL;
	fota_status status = FOTA_OK;

	if (twice_somewhere && (seen = fota_alloc(ctx, (size_t) (image->bytes / 8 + 1))) == NULL)
		return ctx->error.code;
	for (size_t i = 0; i < gather->count && status == FOTA_OK; i++)
	{
		const fota_run *run = &gather->runs[i];
		const fota_segment *segment = find_segment(image, run->address);
		size_t		at = (size_t) (segment->data - placed) + (size_t) (run->address - segment->address);

		for (fota_run left = *run; left.size > 0 && status == FOTA_OK;)
		{
			fota_run	piece = left;

			if (piece.size > FOTA_POLL_EVERY)
				piece.size = FOTA_POLL_EVERY;
			if (seen != NULL)
				place_piece(gather, &piece, placed, at, seen, overlap, twice);
			else
				memcpy(placed + at, gather->arena + piece.offset, piece.size);
			at += piece.size;
			left = (fota_run) {left.address + piece.size, left.offset + piece.size, left.size - piece.size};
			status = fota_poll(ctx, piece.size);
		}
	}
	fota_free(ctx, seen);
	return status;
}

/* Makes the segments of runs that are in order of address and stand so in the arena at data. */
static fota_status
make_segments(fota_gather *gather, const fota_run *runs, const uint8_t *data, fota_image *image,
			  bool *overlap)
{
	fota_ctx   *ctx = gather->ctx;
	uint64_t	bytes;
	size_t		count = count_segments(runs, gather->count, &bytes, overlap);

	image->segments = fota_alloc_array(ctx, count, sizeof(fota_segment));
	if (image->segments == NULL)
		return ctx->error.code;
	lay_out(runs, gather->count, data, image->segments);
	image->segment_count = count;
	image->bytes = bytes;
	return FOTA_OK;
}

/* Records were not in order: sorts them into a second arena. */
static fota_status
finish_sorted(fota_gather *gather, fota_overlap overlap, fota_image *image, fota_twice *twice)
{
	fota_ctx   *ctx = gather->ctx;
	fota_run   *sorted = sorted_copy(gather);
	uint64_t	bytes;
	bool		twice_somewhere;
	fota_status status;

	if (sorted == NULL)
		return ctx->error.code;
	count_segments(sorted, gather->count, &bytes, &twice_somewhere);
	image->arena = fota_alloc_raw(ctx, (size_t) bytes);
	status = image->arena == NULL ? ctx->error.code :
		make_segments(gather, sorted, image->arena, image, &twice_somewhere);
	fota_free(ctx, sorted);
	if (status == FOTA_OK)
		status = place_runs(gather, image, image->arena, twice_somewhere, overlap, twice);
	return status;
}

fota_status
fota_gather_finish(fota_gather *gather, fota_overlap overlap, fota_image *image, fota_twice *twice)
{
	bool		ignored;
	fota_status status;

	memset(twice, 0, sizeof(*twice));
	close_run(gather);
	if (gather->count == 0)
		return FOTA_OK;
	if (!gather->ascending)
		return finish_sorted(gather, overlap, image, twice);
	status = make_segments(gather, gather->runs, gather->arena, image, &ignored);
	if (status == FOTA_OK)
	{
		image->arena = gather->arena;
		gather->arena = NULL;
	}
	return status;
}

fota_status
fota_gather_spaces(fota_gather *gather, fota_overlap overlap, fota_image *image, fota_twice *twice)
{
	const uint64_t mask = ((uint64_t) 1 << FOTA_GATHER_SPACE) - 1;
	fota_status status = fota_gather_finish(gather, overlap, image, twice);

	for (size_t i = 0; i < image->segment_count; i++)
	{
		fota_segment *segment = &image->segments[i];

		segment->space = (uint32_t) (segment->address >> FOTA_GATHER_SPACE);
		segment->address &= mask;
	}
	twice->address &= mask;
	return status;
}

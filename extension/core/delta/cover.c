/* SPDX-License-Identifier: PostgreSQL */
/*
 * cover.c: finds the covers of a target by a source.
 *
 * Step 1 sorts the suffixes of the source. Step 2 walks the target once and notes seeds, exact
 * matches: it stays on the current diagonal (source_at - target_at) while that matches, and leaves
 * it only for a match that explains clearly more bytes. Step 3 grows the seeds towards each other
 * over bytes that differ, as long as more bytes agree than not, and joins what touches.
 *
 * libdivsufsort takes about 260 KiB by malloc for the time of the sort, outside of fota_ctx, and
 * cannot be interrupted (0.6 s for 20 MB); so the limit is checked for it before the call. The
 * array itself, four bytes per byte of the source, is the caller's memory.
 */
#include "formats.h"

#include <divsufsort.h>
#include <string.h>

#define SORT_OVERHEAD (264 * 1024)	/* what libdivsufsort allocates itself */
#define RUN_STAY 32				/* bytes in a row that keep the walk on its diagonal */
#define GAIN_LEAVE 8			/* bytes that another diagonal must explain more to be taken */
#define JOIN_LOSS 16			/* bytes worth spending to save one control entry */

/* Suffixes of the source in order; first[x] counts those that sort before byte pair x. */
typedef struct suffix_index
{
	fota_bytes	source;
	int32_t    *sorted;
	uint32_t   *first;
} suffix_index;

typedef struct match
{
	size_t		source_at;
	size_t		length;
} match;

/* Number of equal bytes at a and b, at most most. */
static size_t
equal_length(const uint8_t *a, const uint8_t *b, size_t most)
{
	size_t		i = 0;

	while (most - i >= 8)
	{
		uint64_t	x,
					y;

		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		if (x != y)
			break;
		i += 8;
	}
	while (i < most && a[i] == b[i])
		i++;
	return i;
}

static void
index_free(fota_ctx *ctx, suffix_index *index)
{
	fota_free(ctx, index->sorted);
	fota_free(ctx, index->first);
	index->sorted = NULL;
	index->first = NULL;
}

/* Counts byte pairs, so that a search starts with the suffixes that share its first two bytes. */
static void
index_count(suffix_index *index)
{
	const uint8_t *data = index->source.data;
	size_t		size = index->source.size;
	uint32_t	sum = 0;

	for (size_t i = 0; i + 1 < size; i++)
		index->first[data[i] * 256 + data[i + 1] + 1]++;
	for (size_t pair = 0; pair <= 65536; pair++)
	{
		/* the last suffix is one byte long and sorts before all pairs that begin with it */
		if (pair == (size_t) data[size - 1] * 256)
			sum++;
		sum += index->first[pair];
		index->first[pair] = sum;
	}
}

static fota_status
index_build(fota_ctx *ctx, fota_bytes source, suffix_index *index)
{
	size_t		limit = ctx->limit ? ctx->limit : (size_t) 1 << 30;
	saint_t		result;

	index->source = source;
	if (source.size > INT32_MAX - 1)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0,
						 "delta: source of %zu bytes, at most %d can be sorted", source.size,
						 INT32_MAX - 1);
	index->sorted = fota_alloc_array(ctx, source.size, sizeof(int32_t));
	index->first = fota_alloc_array(ctx, 65537, sizeof(uint32_t));
	if (index->sorted == NULL || index->first == NULL)
		return ctx->error.code;
	if (limit - ctx->used < SORT_OVERHEAD)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0,
						 "delta: memory limit of %zu bytes is too small for a source of %zu bytes",
						 limit, source.size);
	result = divsufsort(source.data, index->sorted, (saidx_t) source.size);
	if (result == -2)
		return fota_fail(ctx, FOTA_NOMEM, FOTA_NOWHERE, 0, "delta: out of memory while sorting");
	if (result != 0)
		return fota_fail(ctx, FOTA_INTERNAL, FOTA_NOWHERE, 0, "delta: sort answered %d",
						 (int) result);
	index_count(index);
	return fota_poll(ctx, source.size);
}

/*
 * The longest match of the target at "at" by bisection. Suffixes between the two bounds share with
 * the target at least what both bounds share, so comparisons start there.
 */
static match
index_search(const suffix_index *index, fota_bytes target, size_t at)
{
	const uint8_t *want = target.data + at;
	size_t		want_size = target.size - at;
	const uint8_t *have = index->source.data;
	size_t		have_size = index->source.size;
	match		best = {0, 0};
	size_t		low,
				high,
				low_equal = 2,
				high_equal = 2;

	if (want_size < 2)
		return best;
	low = index->first[want[0] * 256 + want[1]];
	high = index->first[want[0] * 256 + want[1] + 1];
	/* a suffix of one byte is counted in front of the pairs of its first byte */
	if (high > low && (size_t) index->sorted[high - 1] == have_size - 1)
		high--;
	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;
		size_t		suffix = (size_t) index->sorted[middle];
		size_t		equal = low_equal < high_equal ? low_equal : high_equal;
		size_t		most = have_size - suffix < want_size ? have_size - suffix : want_size;

		equal += equal_length(have + suffix + equal, want + equal, most - equal);
		if (equal > best.length)
		{
			best.length = equal;
			best.source_at = suffix;
		}
		if (equal == want_size)
			break;
		if (suffix + equal == have_size || have[suffix + equal] < want[equal])
		{
			low = middle + 1;
			low_equal = equal;
		}
		else
		{
			high = middle;
			high_equal = equal;
		}
	}
	return best;
}

static fota_status
covers_add(fota_ctx *ctx, fota_covers *covers, size_t source_at, size_t target_at, size_t length)
{
	if (covers->count == covers->room)
	{
		size_t		room = covers->room ? covers->room * 2 : 256;
		fota_cover *item = fota_alloc_array(ctx, room, sizeof(fota_cover));

		if (item == NULL)
			return ctx->error.code;
		if (covers->count > 0)
			memcpy(item, covers->item, covers->count * sizeof(fota_cover));
		fota_free(ctx, covers->item);
		covers->item = item;
		covers->room = room;
	}
	covers->item[covers->count++] = (fota_cover) {source_at, target_at, length};
	return FOTA_OK;
}

/* Bytes of target[at ..] from "at" on that equal the source on the diagonal of a cover. */
static size_t
diagonal_run(fota_bytes source, fota_bytes target, const fota_cover *cover, size_t at)
{
	size_t		source_at = cover->source_at + (at - cover->target_at);
	size_t		most;

	if (source_at >= source.size)
		return 0;
	most = source.size - source_at;
	if (most > target.size - at)
		most = target.size - at;
	return equal_length(source.data + source_at, target.data + at, most);
}

/* Bytes of target[at .. at + length) that equal the source on the diagonal of a cover. */
static size_t
diagonal_equal(fota_bytes source, fota_bytes target, const fota_cover *cover, size_t at,
			   size_t length)
{
	size_t		source_at = cover->source_at + (at - cover->target_at);
	size_t		equal = 0;

	for (size_t i = 0; i < length && source_at + i < source.size; i++)
		equal += source.data[source_at + i] == target.data[at + i];
	return equal;
}

/* Step 2: walks the target and notes seeds. The first one is empty, on diagonal 0. */
static fota_status
find_seeds(fota_ctx *ctx, const suffix_index *index, fota_bytes target, fota_covers *covers)
{
	fota_bytes	source = index->source;
	size_t		at = 0;

	if (covers_add(ctx, covers, 0, 0, 0) != FOTA_OK)
		return ctx->error.code;
	while (at < target.size)
	{
		fota_cover *last = &covers->item[covers->count - 1];
		size_t		last_end = last->target_at + last->length;
		size_t		run = diagonal_run(source, target, last, at);
		match		found;

		if (run >= RUN_STAY || at + run == target.size)
		{
			if (at == last_end)
				last->length += run;
			else if (covers_add(ctx, covers, last->source_at + (at - last->target_at), at,
								run) != FOTA_OK)
				return ctx->error.code;
			at += run;
			if (fota_poll(ctx, run) != FOTA_OK)
				return ctx->error.code;
			continue;
		}
		found = index_search(index, target, at);
		if (fota_poll(ctx, 16 + found.length) != FOTA_OK)
			return ctx->error.code;
		if (found.length >= GAIN_LEAVE && found.length >= GAIN_LEAVE +
			diagonal_equal(source, target, last, at, found.length))
		{
			if (covers_add(ctx, covers, found.source_at, at, found.length) != FOTA_OK)
				return ctx->error.code;
			at += found.length;
		}
		else
			at++;
	}
	return FOTA_OK;
}

/* Longest worthwhile growth of a cover to the right, at most gap bytes. */
static size_t
grow_right(fota_bytes source, fota_bytes target, const fota_cover *cover, size_t gap)
{
	size_t		source_at = cover->source_at + cover->length;
	size_t		target_at = cover->target_at + cover->length;
	int64_t		score = 0,
				best = 0;
	size_t		length = 0;

	for (size_t i = 0; i < gap && source_at + i < source.size; i++)
	{
		score += source.data[source_at + i] == target.data[target_at + i] ? 1 : -1;
		if (score >= best)
		{
			best = score;
			length = i + 1;
		}
	}
	return length;
}

/* The same to the left. */
static size_t
grow_left(fota_bytes source, fota_bytes target, const fota_cover *cover, size_t gap)
{
	int64_t		score = 0,
				best = 0;
	size_t		length = 0;

	for (size_t i = 1; i <= gap && i <= cover->source_at; i++)
	{
		score += source.data[cover->source_at - i] == target.data[cover->target_at - i] ? 1 : -1;
		if (score > best)
		{
			best = score;
			length = i;
		}
	}
	return length;
}

/* Where both want the same bytes: how many of them the left cover keeps, so that most agree. */
static size_t
split_overlap(fota_bytes source, fota_bytes target, const fota_cover *left,
			  const fota_cover *right, size_t from, size_t overlap)
{
	size_t		left_at = left->source_at + (from - left->target_at);
	size_t		right_at = right->source_at - (right->target_at - from);
	int64_t		score = 0,
				best = 0;
	size_t		keep = 0;

	for (size_t i = 0; i < overlap; i++)
	{
		score += source.data[left_at + i] == target.data[from + i];
		score -= source.data[right_at + i] == target.data[from + i];
		if (score > best)
		{
			best = score;
			keep = i + 1;
		}
	}
	return keep;
}

/* True when the bytes between two covers on one diagonal cost less than a control entry. */
static bool
worth_joining(fota_bytes source, fota_bytes target, const fota_cover *left,
			  const fota_cover *right, size_t gap)
{
	size_t		equal;

	if (left->source_at + (right->target_at - left->target_at) != right->source_at)
		return false;
	equal = diagonal_equal(source, target, left, left->target_at + left->length, gap);
	return 2 * equal + JOIN_LOSS >= gap;
}

/* Step 3: grows covers over the gaps between them and joins those that meet on one diagonal. */
static fota_status
grow_covers(fota_ctx *ctx, fota_bytes source, fota_bytes target, fota_covers *covers)
{
	size_t		kept = 0;

	for (size_t i = 1; i <= covers->count; i++)
	{
		fota_cover *left = &covers->item[kept];
		fota_cover *right = i < covers->count ? &covers->item[i] : NULL;
		size_t		end = left->target_at + left->length;
		size_t		gap = (right ? right->target_at : target.size) - end;
		size_t		to_right = grow_right(source, target, left, gap);
		size_t		to_left;

		if (fota_poll(ctx, gap + 16) != FOTA_OK)
			return ctx->error.code;
		if (right == NULL)
		{
			left->length += to_right;
			break;
		}
		if (worth_joining(source, target, left, right, gap))
		{
			left->length += gap + right->length;
			continue;
		}
		to_left = grow_left(source, target, right, gap);
		if (to_right + to_left > gap)
		{
			size_t		overlap = to_right + to_left - gap;
			size_t		keep = split_overlap(source, target, left, right,
											 right->target_at - to_left, overlap);

			to_right = to_right - overlap + keep;
			to_left -= keep;
		}
		left->length += to_right;
		right->source_at -= to_left;
		right->target_at -= to_left;
		right->length += to_left;
		if (left->length > 0)
			kept++;
		covers->item[kept] = *right;
	}
	covers->count = covers->item[kept].length > 0 ? kept + 1 : kept;
	return FOTA_OK;
}

fota_status
fota_covers_find(fota_ctx *ctx, fota_bytes source, fota_bytes target, fota_covers *covers)
{
	suffix_index index = {0};
	fota_status status;

	*covers = (fota_covers) {0};
	if (source.size == 0 || target.size == 0)
		return FOTA_OK;
	status = index_build(ctx, source, &index);
	if (status == FOTA_OK)
		status = find_seeds(ctx, &index, target, covers);
	index_free(ctx, &index);
	if (status == FOTA_OK)
		status = grow_covers(ctx, source, target, covers);
	return status;
}

void
fota_covers_free(fota_ctx *ctx, fota_covers *covers)
{
	fota_free(ctx, covers->item);
	*covers = (fota_covers) {0};
}

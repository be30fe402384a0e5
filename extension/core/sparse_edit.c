/* SPDX-License-Identifier: PostgreSQL */
/* sparse_edit.c: cuts, joins, moves and fills the segments of images; see sparse.h. */
#include "sparse.h"

#include <string.h>

fota_sparse
fota_sparse_view(const fota_image *image)
{
	return (fota_sparse) {
		.segments = image->segments, .count = image->segment_count, .bytes = image->bytes,
		.has_entry = image->has_entry, .entry = image->entry
	};
}

void
fota_sparse_free(fota_ctx *ctx, fota_sparse *sparse)
{
	fota_free(ctx, sparse->segments);
	fota_free(ctx, sparse->arena);
	memset(sparse, 0, sizeof(*sparse));
}

/* --- lists ------------------------------------------------------------------------------------ */

/* Room for most segments; the entry is kept. */
static fota_status
begin(fota_ctx *ctx, const fota_sparse *a, size_t most, fota_sparse *out)
{
	memset(out, 0, sizeof(*out));
	out->has_entry = a->has_entry;
	out->entry = a->entry;
	out->segments = fota_alloc_array(ctx, most + 1, sizeof(fota_segment));
	return out->segments == NULL ? ctx->error.code : FOTA_OK;
}

/* The part of a segment from..to, which lies in it; nothing when it is empty. */
static void
put(fota_sparse *out, const fota_segment *segment, uint64_t from, uint64_t to)
{
	if (from >= to)
		return;
	out->segments[out->count++] = (fota_segment) {from, to - from, segment->data + (from - segment->address), segment->space};
	out->bytes += to - from;
}

static uint64_t
end_of(const fota_segment *segment)
{
	return segment->address + segment->size;
}

static uint64_t
lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
higher(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* True when segment a stands before b. */
static bool
before(const fota_segment *a, const fota_segment *b)
{
	return a->space != b->space ? a->space < b->space : a->address < b->address;
}

/* --- cut -------------------------------------------------------------------------------------- */

fota_status
fota_sparse_slice(fota_ctx *ctx, const fota_sparse *a, uint64_t from, uint64_t to, fota_sparse *out)
{
	fota_status status = begin(ctx, a, a->count, out);

	for (size_t i = 0; i < a->count && status == FOTA_OK; i++)
		if (a->segments[i].space == FOTA_SPACE_FLASH)
			put(out, &a->segments[i], higher(a->segments[i].address, from), lower(end_of(&a->segments[i]), to));
	return status;
}

fota_status
fota_sparse_exclude(fota_ctx *ctx, const fota_sparse *a, uint64_t from, uint64_t to, fota_sparse *out)
{
	fota_status status = begin(ctx, a, a->count + 1, out);

	for (size_t i = 0; i < a->count && status == FOTA_OK; i++)
	{
		const fota_segment *s = &a->segments[i];
		bool		cut = s->space == FOTA_SPACE_FLASH && from < to;

		put(out, s, s->address, cut ? lower(end_of(s), higher(from, s->address)) : end_of(s));
		if (cut)
			put(out, s, higher(s->address, to), end_of(s));
	}
	return status;
}

/* a without the addresses that b has. Both lists are in order. */
static fota_status
subtract(fota_ctx *ctx, const fota_sparse *a, const fota_sparse *b, fota_sparse *out)
{
	size_t		k = 0;
	fota_status status = begin(ctx, a, a->count + b->count, out);

	for (size_t i = 0; i < a->count && status == FOTA_OK; i++)
	{
		const fota_segment *s = &a->segments[i];
		uint64_t	at = s->address;

		while (k < b->count && (b->segments[k].space < s->space ||
								(b->segments[k].space == s->space && end_of(&b->segments[k]) <= at)))
			k++;
		for (size_t j = k; j < b->count && b->segments[j].space == s->space && b->segments[j].address < end_of(s); j++)
		{
			put(out, s, at, lower(end_of(s), higher(at, b->segments[j].address)));
			at = higher(at, end_of(&b->segments[j]));
		}
		put(out, s, at, end_of(s));
		status = fota_poll(ctx, sizeof(fota_segment));
	}
	return status;
}

/* --- join ------------------------------------------------------------------------------------- */

/* Copies bytes in steps between which the caller is asked. */
static fota_status
copy(fota_ctx *ctx, uint8_t *to, const uint8_t *from, uint64_t size)
{
	while (size > 0)
	{
		size_t		part = size < FOTA_POLL_EVERY ? (size_t) size : FOTA_POLL_EVERY;
		fota_status status = fota_poll(ctx, part);

		if (status != FOTA_OK)
			return status;
		memcpy(to, from, part);
		to += part;
		from += part;
		size -= part;
	}
	return FOTA_OK;
}

/* Lays parts (in order, not overlapping) out in one piece of memory, and makes one segment of those that touch. */
static fota_status
join(fota_ctx *ctx, fota_sparse *out)
{
	size_t		made = 0;
	uint8_t    *at;
	fota_status status = FOTA_OK;

	if (out->count == 0)
		return FOTA_OK;
	at = out->arena = fota_alloc_raw(ctx, (size_t) out->bytes);
	if (at == NULL)
		return ctx->error.code;
	for (size_t i = 0; i < out->count && status == FOTA_OK; i++)
	{
		fota_segment part = out->segments[i];
		fota_segment *last = &out->segments[made > 0 ? made - 1 : 0];

		status = copy(ctx, at, part.data, part.size);
		if (made > 0 && last->space == part.space && end_of(last) == part.address)
			last->size += part.size;
		else
			out->segments[made++] = (fota_segment) {part.address, part.size, at, part.space};
		at += part.size;
	}
	out->count = made;
	return status;
}

/* The two lists, of which no address is in both, as one in order; joined. */
static fota_status
weave(fota_ctx *ctx, const fota_sparse *a, const fota_sparse *b, fota_sparse *out)
{
	size_t		i = 0;
	size_t		k = 0;
	fota_status status = begin(ctx, a, a->count + b->count, out);

	if (status != FOTA_OK)
		return status;
	while (i < a->count || k < b->count)
	{
		const fota_segment *next = k == b->count || (i < a->count && before(&a->segments[i], &b->segments[k])) ?
			&a->segments[i++] : &b->segments[k++];

		put(out, next, next->address, end_of(next));
	}
	return join(ctx, out);
}

/* Bytes that both have must be equal. */
static fota_status
check_same(fota_ctx *ctx, const fota_sparse *a, const fota_sparse *b)
{
	size_t		k = 0;

	for (size_t i = 0; i < a->count; i++)
	{
		const fota_segment *s = &a->segments[i];

		while (k < b->count && (b->segments[k].space < s->space ||
								(b->segments[k].space == s->space && end_of(&b->segments[k]) <= s->address)))
			k++;
		for (size_t j = k; j < b->count && b->segments[j].space == s->space && b->segments[j].address < end_of(s); j++)
		{
			const fota_segment *o = &b->segments[j];
			uint64_t	from = higher(s->address, o->address);
			uint64_t	to = lower(end_of(s), end_of(o));

			for (uint64_t at = from; at < to; at++)
			{
				uint8_t		mine = s->data[at - s->address];
				uint8_t		other = o->data[at - o->address];

				if ((at & (FOTA_POLL_EVERY - 1)) == 0 && fota_poll(ctx, FOTA_POLL_EVERY) != FOTA_OK)
					return ctx->error.code;
				if (mine == other)
					continue;
				fota_fail(ctx, FOTA_OVERLAP, FOTA_NOWHERE, 0, "address 0x%llX holds 0x%02X in one image and 0x%02X in the other",
						  (unsigned long long) at, mine, other);
				return fota_fail_hint(ctx, "Say which counts: overlap 'first' or 'last'.");
			}
		}
	}
	return FOTA_OK;
}

fota_status
fota_sparse_merge(fota_ctx *ctx, const fota_sparse *a, const fota_sparse *b, fota_overlap overlap, fota_sparse *out)
{
	fota_sparse rest = {0};
	fota_status status = FOTA_OK;

	memset(out, 0, sizeof(*out));
	if (overlap == FOTA_OVERLAP_ERROR)
		status = check_same(ctx, a, b);
	if (status == FOTA_OK)
		status = overlap == FOTA_OVERLAP_LAST ? subtract(ctx, a, b, &rest) : subtract(ctx, b, a, &rest);
	if (status == FOTA_OK)
		status = overlap == FOTA_OVERLAP_LAST ? weave(ctx, &rest, b, out) : weave(ctx, a, &rest, out);
	out->has_entry = a->has_entry || b->has_entry;
	out->entry = a->has_entry ? a->entry : b->entry;
	fota_sparse_free(ctx, &rest);
	return status;
}

/* --- move and fill ---------------------------------------------------------------------------- */

static bool
moved(uint64_t address, int64_t delta, uint64_t *out)
{
	if (delta >= 0)
		return fota_add_u64(address, (uint64_t) delta, out);
	if (address < -(uint64_t) delta)
		return false;
	*out = address - -(uint64_t) delta;
	return true;
}

fota_status
fota_sparse_move(fota_ctx *ctx, const fota_sparse *a, int64_t delta, fota_sparse *out)
{
	fota_status status = begin(ctx, a, a->count, out);
	uint64_t	end;

	for (size_t i = 0; i < a->count && status == FOTA_OK; i++)
	{
		fota_segment s = a->segments[i];

		if (s.space == FOTA_SPACE_FLASH && (!moved(s.address, delta, &s.address) || !fota_add_u64(s.address, s.size, &end)))
			return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "the segment at 0x%llX cannot be moved by %lld bytes",
							 (unsigned long long) a->segments[i].address, (long long) delta);
		out->segments[out->count++] = s;
		out->bytes += s.size;
	}
	if (status == FOTA_OK && a->has_entry && !moved(a->entry, delta, &out->entry))
		out->has_entry = false;
	return status;
}

static fota_status
too_large(fota_ctx *ctx, uint64_t bytes)
{
	return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "the image would be %llu bytes, at most %llu are allowed",
					 (unsigned long long) bytes, (unsigned long long) FOTA_MAX_FLAT);
}

fota_status
fota_sparse_fill(fota_ctx *ctx, const fota_sparse *a, uint64_t from, uint64_t to, uint8_t value, fota_sparse *out)
{
	fota_segment segment = {from, from < to ? to - from : 0, NULL, FOTA_SPACE_FLASH};
	fota_sparse filling = {.segments = &segment, .count = from < to, .bytes = segment.size};
	uint8_t    *bytes;
	fota_status status;

	memset(out, 0, sizeof(*out));
	if (segment.size > FOTA_MAX_FLAT)
		return too_large(ctx, segment.size);
	segment.data = bytes = fota_alloc_raw(ctx, (size_t) segment.size + 1);
	if (bytes == NULL)
		return ctx->error.code;
	memset(bytes, value, (size_t) segment.size);
	status = fota_sparse_merge(ctx, a, &filling, FOTA_OVERLAP_FIRST, out);
	fota_free(ctx, bytes);
	return status;
}

/* The aligned spans of a's segments, joined where they meet, all of one value; bytes is for them. */
static fota_status
aligned_spans(fota_ctx *ctx, const fota_sparse *a, uint64_t unit, fota_sparse *spans)
{
	fota_status status = begin(ctx, a, a->count, spans);

	for (size_t i = 0; i < a->count && status == FOTA_OK; i++)
	{
		const fota_segment *s = &a->segments[i];
		fota_segment *last = spans->count > 0 ? &spans->segments[spans->count - 1] : NULL;
		uint64_t	from = s->address - s->address % unit;
		uint64_t	to = end_of(s);

		if (to % unit != 0 && !fota_add_u64(to, unit - to % unit, &to))
			return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "the segment at 0x%llX cannot be aligned to %llu bytes",
							 (unsigned long long) s->address, (unsigned long long) unit);
		if (last != NULL && last->space == s->space && from <= end_of(last))
			last->size = higher(to, end_of(last)) - last->address;
		else
			spans->segments[spans->count++] = (fota_segment) {from, to - from, NULL, s->space};
	}
	for (size_t i = 0; i < spans->count; i++)
		if (!fota_add_u64(spans->bytes, spans->segments[i].size, &spans->bytes) || spans->bytes > FOTA_MAX_FLAT)
			return too_large(ctx, spans->bytes);
	return status;
}

fota_status
fota_sparse_align(fota_ctx *ctx, const fota_sparse *a, uint64_t unit, uint8_t value, fota_sparse *out)
{
	fota_sparse spans = {0};
	fota_status status;

	memset(out, 0, sizeof(*out));
	if (unit == 0 || unit > (uint64_t) 1 << 30)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "alignment to %llu bytes: expected 1 to 1073741824",
						 (unsigned long long) unit);
	status = aligned_spans(ctx, a, unit, &spans);
	if (status == FOTA_OK && (spans.arena = fota_alloc_raw(ctx, (size_t) spans.bytes + 1)) == NULL)
		status = ctx->error.code;
	if (status == FOTA_OK)
	{
		uint8_t    *at = spans.arena;

		memset(at, value, (size_t) spans.bytes);
		for (size_t i = 0; i < spans.count; at += spans.segments[i++].size)
			spans.segments[i].data = at;
		status = fota_sparse_merge(ctx, a, &spans, FOTA_OVERLAP_FIRST, out);
		out->has_entry = a->has_entry;
		out->entry = a->entry;
	}
	fota_sparse_free(ctx, &spans);
	return status;
}

fota_status
fota_sparse_patch(fota_ctx *ctx, const fota_sparse *a, uint64_t address, fota_bytes data, fota_sparse *out)
{
	fota_segment segment = {address, data.size, data.data, FOTA_SPACE_FLASH};
	fota_sparse over = {.segments = &segment, .count = data.size > 0, .bytes = data.size};
	uint64_t	end;

	memset(out, 0, sizeof(*out));
	if (!fota_add_u64(address, data.size, &end))
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "%zu bytes at 0x%llX run past the last address", data.size,
						 (unsigned long long) address);
	return fota_sparse_merge(ctx, a, &over, FOTA_OVERLAP_LAST, out);
}

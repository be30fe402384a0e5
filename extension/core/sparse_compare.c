/* SPDX-License-Identifier: PostgreSQL */
/* sparse_compare.c: where two images differ; see sparse.h. */
#include "sparse.h"

#include <string.h>

/* The runs found so far; one that goes on where the last of its kind ended makes that longer. */
typedef struct findings
{
	fota_ctx   *ctx;
	fota_differing *list;
	size_t		count;
	size_t		room;
	size_t		most;
	uint64_t	page;			/* 0 = to the byte; else runs grow to whole pages, of one kind */
} findings;

static fota_status
grow(findings *f)
{
	size_t		room = f->room ? 2 * f->room : 64;
	fota_differing *list;

	if (f->count >= f->most)
		return fota_fail(f->ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "the images differ in more than %zu places", f->most);
	list = fota_alloc_array(f->ctx, room, sizeof(fota_differing));
	if (list == NULL)
		return f->ctx->error.code;
	if (f->count > 0)
		memcpy(list, f->list, f->count * sizeof(fota_differing));
	fota_free(f->ctx, f->list);
	f->list = list;
	f->room = room;
	return FOTA_OK;
}

static fota_status
add(findings *f, uint64_t from, uint64_t to, fota_difference kind)
{
	fota_differing *last = f->count > 0 ? &f->list[f->count - 1] : NULL;

	if (from >= to)
		return FOTA_OK;
	if (f->page > 0)
	{
		from -= from % f->page;
		if (to % f->page != 0 && !fota_add_u64(to, f->page - to % f->page, &to))
			to = UINT64_MAX;
		kind = FOTA_CHANGED;
	}
	if (last != NULL && last->kind == kind && from <= last->to)
	{
		if (to > last->to)
			last->to = to;
		return FOTA_OK;
	}
	if (f->count == f->room || f->count >= f->most)
	{
		fota_status status = grow(f);

		if (status != FOTA_OK)
			return status;
	}
	f->list[f->count++] = (fota_differing) {from, to, kind};
	return FOTA_OK;
}

/* The runs of differing bytes where both images have some. */
static fota_status
compare(findings *f, const fota_segment *a, const fota_segment *b, uint64_t from, uint64_t to)
{
	const uint8_t *p = a->data + (from - a->address);
	const uint8_t *q = b->data + (from - b->address);
	uint64_t	size = to - from;
	fota_status status = FOTA_OK;

	for (uint64_t i = 0; i < size && status == FOTA_OK;)
	{
		uint64_t	stop = size - i < FOTA_POLL_EVERY ? size : i + FOTA_POLL_EVERY;
		uint64_t	begin;

		status = fota_poll(f->ctx, (size_t) (stop - i));
		if (status == FOTA_OK && memcmp(p + i, q + i, (size_t) (stop - i)) == 0)
		{
			i = stop;
			continue;
		}
		while (i < stop && status == FOTA_OK)
		{
			while (i < stop && p[i] == q[i])
				i++;
			for (begin = i; i < stop && p[i] != q[i];)
				i++;
			status = add(f, from + begin, from + i, FOTA_CHANGED);
		}
	}
	return status;
}

static const fota_segment *
flash_segment(const fota_sparse *sparse, size_t i)
{
	return i < sparse->count && sparse->segments[i].space == FOTA_SPACE_FLASH ? &sparse->segments[i] : NULL;
}

/* From one boundary of either image to the next. */
static fota_status
walk(findings *f, const fota_sparse *a, const fota_sparse *b)
{
	size_t		i = 0;
	size_t		k = 0;
	uint64_t	at = 0;
	fota_status status = FOTA_OK;

	while (status == FOTA_OK)
	{
		const fota_segment *s = flash_segment(a, i);
		const fota_segment *o = flash_segment(b, k);
		bool		in_s = s != NULL && s->address <= at;
		bool		in_o = o != NULL && o->address <= at;
		uint64_t	next = UINT64_MAX;

		if (s == NULL && o == NULL)
			break;
		if (s != NULL)
			next = in_s ? s->address + s->size : s->address;
		if (o != NULL && (in_o ? o->address + o->size : o->address) < next)
			next = in_o ? o->address + o->size : o->address;
		if (in_s && in_o)
			status = compare(f, s, o, at, next);
		else if (in_s || in_o)
			status = add(f, at, next, in_s ? FOTA_ONLY_A : FOTA_ONLY_B);
		if (in_s && s->address + s->size == next)
			i++;
		if (in_o && o->address + o->size == next)
			k++;
		at = next;
		if (status == FOTA_OK)
			status = fota_poll(f->ctx, sizeof(fota_segment));
	}
	return status;
}

static fota_status
find(findings *f, const fota_sparse *a, const fota_sparse *b, fota_differing **list, size_t *count)
{
	fota_status status = walk(f, a, b);

	if (status != FOTA_OK)
	{
		fota_free(f->ctx, f->list);
		f->list = NULL;
		f->count = 0;
	}
	*list = f->list;
	*count = f->count;
	return status;
}

fota_status
fota_sparse_diff(fota_ctx *ctx, const fota_sparse *a, const fota_sparse *b, size_t most, fota_differing **list,
				 size_t *count)
{
	findings	f = {.ctx = ctx, .most = most};

	return find(&f, a, b, list, count);
}

fota_status
fota_sparse_changed_pages(fota_ctx *ctx, const fota_sparse *a, const fota_sparse *b, uint64_t page, size_t most,
						  fota_differing **list, size_t *count)
{
	findings	f = {.ctx = ctx, .most = most, .page = page};

	*list = NULL;
	*count = 0;
	if (page == 0)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "a page of 0 bytes");
	return find(&f, a, b, list, count);
}

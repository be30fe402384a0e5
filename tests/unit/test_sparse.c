/* SPDX-License-Identifier: PostgreSQL */
/*
 * test_sparse.c: what is done with segments, against a map of single bytes that does the same the slow way;
 * and the two forms in which an image is one value.
 */
#include "tap.h"

#include "sparse.h"

#define SPAN 96					/* addresses of the map */
#define NONE (-1)

typedef struct map
{
	int			byte[SPAN];
} map;

static map
random_map(void)
{
	map			m;

	for (int i = 0; i < SPAN;)
	{
		int			run = 1 + (int) tap_random(12);
		bool		there = tap_random(2) == 0;

		for (; run > 0 && i < SPAN; run--, i++)
			m.byte[i] = there ? (int) tap_random(4) : NONE;
	}
	return m;
}

/* The segments of a map; their bytes are in its own memory. */
static fota_sparse
sparse_of(fota_ctx *ctx, const map *m)
{
	fota_sparse s = {.segments = fota_alloc_array(ctx, SPAN, sizeof(fota_segment)), .arena = fota_alloc(ctx, SPAN)};

	for (int i = 0; i < SPAN; i++)
	{
		if (m->byte[i] == NONE)
			continue;
		s.arena[i] = (uint8_t) m->byte[i];
		s.bytes++;
		if (i > 0 && m->byte[i - 1] != NONE)
			s.segments[s.count - 1].size++;
		else
			s.segments[s.count++] = (fota_segment) {(uint64_t) i, 1, s.arena + i, FOTA_SPACE_FLASH};
	}
	return s;
}

/* True when they are the same, and the segments are in order and do not touch. */
static bool
equals(const fota_sparse *s, const map *m)
{
	map			seen;
	uint64_t	bytes = 0;
	uint64_t	end = 0;

	for (int i = 0; i < SPAN; i++)
		seen.byte[i] = NONE;
	for (size_t i = 0; i < s->count; i++)
	{
		if (s->segments[i].size == 0 || (i > 0 && s->segments[i].address < end + (s->arena != NULL)))
			return false;
		for (uint64_t k = 0; k < s->segments[i].size; k++, bytes++)
			if (s->segments[i].address + k < SPAN)
				seen.byte[s->segments[i].address + k] = s->segments[i].data[k];
		end = s->segments[i].address + s->segments[i].size;
	}
	return bytes == s->bytes && memcmp(&seen, m, sizeof(seen)) == 0;
}

static bool
cut_is_right(fota_ctx *ctx, const map *m, bool inside)
{
	fota_sparse a = sparse_of(ctx, m);
	uint64_t	from = tap_random(SPAN);
	uint64_t	to = tap_random(SPAN);
	map			want = *m;
	fota_sparse out;
	bool		good;

	for (uint64_t i = 0; i < SPAN; i++)
		if ((i >= from && i < to) != inside)
			want.byte[i] = NONE;
	good = (inside ? fota_sparse_slice(ctx, &a, from, to, &out) : fota_sparse_exclude(ctx, &a, from, to, &out)) == FOTA_OK &&
		equals(&out, &want);
	fota_sparse_free(ctx, &out);
	fota_sparse_free(ctx, &a);
	return good;
}

static bool
merge_is_right(fota_ctx *ctx, const map *m, const map *n, fota_overlap overlap)
{
	fota_sparse a = sparse_of(ctx, m);
	fota_sparse b = sparse_of(ctx, n);
	map			want = *m;
	bool		conflict = false;
	fota_sparse out;
	fota_status status;
	bool		good;

	for (int i = 0; i < SPAN; i++)
	{
		conflict |= m->byte[i] != NONE && n->byte[i] != NONE && m->byte[i] != n->byte[i];
		if (m->byte[i] == NONE || (overlap == FOTA_OVERLAP_LAST && n->byte[i] != NONE))
			want.byte[i] = n->byte[i];
	}
	status = fota_sparse_merge(ctx, &a, &b, overlap, &out);
	good = overlap == FOTA_OVERLAP_ERROR && conflict ? status == FOTA_OVERLAP : status == FOTA_OK && equals(&out, &want);
	fota_sparse_free(ctx, &out);
	fota_sparse_free(ctx, &a);
	fota_sparse_free(ctx, &b);
	return good;
}

static bool
fill_is_right(fota_ctx *ctx, const map *m)
{
	fota_sparse a = sparse_of(ctx, m);
	uint64_t	from = tap_random(SPAN);
	uint64_t	to = tap_random(SPAN);
	map			want = *m;
	fota_sparse out;
	bool		good;

	for (uint64_t i = from; i < to; i++)
		if (want.byte[i] == NONE)
			want.byte[i] = 9;
	good = fota_sparse_fill(ctx, &a, from, to, 9, &out) == FOTA_OK && equals(&out, &want);
	fota_sparse_free(ctx, &out);
	fota_sparse_free(ctx, &a);
	return good;
}

static bool
align_is_right(fota_ctx *ctx, const map *m)
{
	static const uint64_t units[] = {1, 2, 4, 8, 16, 32};	/* SPAN is a multiple */
	uint64_t	unit = units[tap_random(6)];
	fota_sparse a = sparse_of(ctx, m);
	map			want = *m;
	fota_sparse out;
	bool		good;

	for (uint64_t page = 0; page < SPAN; page += unit)
	{
		bool		any = false;

		for (uint64_t i = page; i < page + unit; i++)
			any |= m->byte[i] != NONE;
		for (uint64_t i = page; i < page + unit; i++)
			if (any && want.byte[i] == NONE)
				want.byte[i] = 9;
	}
	good = fota_sparse_align(ctx, &a, unit, 9, &out) == FOTA_OK && equals(&out, &want);
	fota_sparse_free(ctx, &out);
	fota_sparse_free(ctx, &a);
	return good;
}

static bool
diff_is_right(fota_ctx *ctx, const map *m, const map *n, uint64_t page)
{
	fota_sparse a = sparse_of(ctx, m);
	fota_sparse b = sparse_of(ctx, n);
	int			kind[SPAN];
	fota_differing *list;
	size_t		count;
	bool		good = true;

	for (int i = 0; i < SPAN; i++)
		kind[i] = m->byte[i] == n->byte[i] ? NONE : n->byte[i] == NONE ? FOTA_ONLY_A : m->byte[i] == NONE ? FOTA_ONLY_B :
			FOTA_CHANGED;
	if (page > 0)
	{
		for (uint64_t p = 0; p < SPAN; p += page)
		{
			bool		any = false;

			for (uint64_t i = p; i < p + page && i < SPAN; i++)
				any |= kind[i] != NONE;
			for (uint64_t i = p; i < p + page && i < SPAN; i++)
				kind[i] = any ? FOTA_CHANGED : NONE;
		}
	}
	if ((page > 0 ? fota_sparse_changed_pages(ctx, &a, &b, page, 1000, &list, &count) :
		 fota_sparse_diff(ctx, &a, &b, 1000, &list, &count)) != FOTA_OK)
		return false;
	for (size_t k = 0; k < count; k++)
	{
		good &= list[k].from < list[k].to && (k == 0 || list[k].from > list[k - 1].to || list[k].kind != list[k - 1].kind);
		for (uint64_t i = list[k].from; i < list[k].to && i < SPAN; i++)
		{
			good &= kind[i] == (int) list[k].kind;
			kind[i] = NONE;
		}
	}
	for (int i = 0; i < SPAN; i++)
		good &= kind[i] == NONE;
	fota_free(ctx, list);
	fota_sparse_free(ctx, &a);
	fota_sparse_free(ctx, &b);
	return good;
}

/* Packed or written, and read again. */
static bool
round_is_right(fota_ctx *ctx, const map *m, bool as_text)
{
	fota_sparse a = sparse_of(ctx, m);
	fota_sparse again;
	fota_buf	out;
	bool		good;

	a.has_entry = tap_random(2) == 0;
	a.entry = a.has_entry ? tap_random(1000) : 0;
	if (a.count > 1 && tap_random(2) == 0)
		a.segments[a.count - 1].space = (uint32_t) tap_random(9);
	fota_buf_init(&out, 1 << 20);
	good = (as_text ? fota_sparse_write(ctx, &a, &out) : fota_sparse_pack(ctx, &a, &out)) == FOTA_OK;
	good = good && (as_text ? fota_sparse_read(ctx, (fota_bytes) {out.data, out.size}, &again) :
					fota_sparse_unpack(ctx, (fota_bytes) {out.data, out.size}, &again)) == FOTA_OK;
	good = good && again.count == a.count && again.bytes == a.bytes && again.has_entry == a.has_entry && again.entry == a.entry;
	for (size_t i = 0; good && i < a.count; i++)
		good = again.segments[i].address == a.segments[i].address && again.segments[i].size == a.segments[i].size &&
			again.segments[i].space == a.segments[i].space &&
			memcmp(again.segments[i].data, a.segments[i].data, (size_t) a.segments[i].size) == 0;
	if (good && !as_text)
		good = fota_sparse_check_id(ctx, (fota_bytes) {out.data, out.size}, &again) == FOTA_OK;
	fota_buf_free(ctx, &out);
	fota_sparse_free(ctx, &again);
	fota_sparse_free(ctx, &a);
	return good;
}

static void
test_random(void)
{
	int			rounds = getenv("FOTA_LONG") ? 200000 : 4000;
	int			wrong[8] = {0};
	fota_ctx	ctx = tap_ctx(0);

	for (int i = 0; i < rounds; i++)
	{
		map			m = random_map();
		map			n = random_map();

		wrong[0] += !cut_is_right(&ctx, &m, true);
		wrong[1] += !cut_is_right(&ctx, &m, false);
		wrong[2] += !merge_is_right(&ctx, &m, &n, (fota_overlap) tap_random(3));
		wrong[3] += !fill_is_right(&ctx, &m);
		wrong[4] += !align_is_right(&ctx, &m);
		wrong[5] += !diff_is_right(&ctx, &m, &n, tap_random(2) ? 0 : 1 + tap_random(20));
		wrong[6] += !round_is_right(&ctx, &m, false);
		wrong[7] += !round_is_right(&ctx, &m, true);
	}
	ok(wrong[0] == 0, "a slice is what lies inside");
	ok(wrong[1] == 0, "without a range is what lies outside");
	ok(wrong[2] == 0, "two images merge, and where they differ that is said or decided");
	ok(wrong[3] == 0, "gaps are filled, and nothing else");
	ok(wrong[4] == 0, "segments are aligned");
	ok(wrong[5] == 0, "differences and changed pages are those of the bytes");
	ok(wrong[6] == 0, "packed and unpacked is the same");
	ok(wrong[7] == 0, "written and read is the same");
	ok(ctx.used == 0, "all memory is given back");
}

/* Any byte of a packed image changed is noticed, or changes an address or the entry. */
static void
test_damage(void)
{
	fota_ctx	ctx = tap_ctx(0);
	map			m = random_map();
	fota_sparse a;
	fota_buf	out;
	int			missed = 0;

	m.byte[0] = 1;
	a = sparse_of(&ctx, &m);
	fota_buf_init(&out, 1 << 20);
	fota_sparse_pack(&ctx, &a, &out);
	for (size_t i = 0; i < out.size; i++)
	{
		fota_sparse again;
		fota_bytes	packed = {out.data, out.size};

		out.data[i] ^= (uint8_t) (1 + tap_random(255));
		if (fota_sparse_unpack(&ctx, packed, &again) == FOTA_OK)
		{
			bool		in_space = i >= FOTA_SPARSE_HEAD && i < FOTA_SPARSE_HEAD + a.count * FOTA_SPARSE_ENTRY &&
				(i - FOTA_SPARSE_HEAD) % FOTA_SPARSE_ENTRY >= 16;

			missed += fota_sparse_check_id(&ctx, packed, &again) == FOTA_OK && !in_space && i >= 16;
			fota_sparse_free(&ctx, &again);
		}
		fota_buf_free(&ctx, &out);
		fota_sparse_pack(&ctx, &a, &out);
	}
	for (size_t size = 0; size < out.size; size++)
	{
		fota_sparse again;

		missed += fota_sparse_unpack(&ctx, (fota_bytes) {out.data, size}, &again) == FOTA_OK;
	}
	ok(missed == 0, "a damaged or cut value is refused");
	fota_buf_free(&ctx, &out);
	fota_sparse_free(&ctx, &a);
	ok(ctx.used == 0, "all memory is given back");
}

static void
test_text(void)
{
	static const char *const bad[] = {"0x100", "0x100:", "0x100:a", "0x100:0g", "100:aa", "0x:aa", "0x11111111111111111:aa",
		"0x10:aa 0x10:bb", "0x10:aa 0x11:bb", "0x10:aa  0x20:bb", "space@0x0:aa", "spaceX@0x0:aa", "ram@0x0:aa", "!0x10",
		"!0x10x", "0xffffffffffffffff:aa", "eeprom@0x0:aa 0x0:bb", ":0"};
	fota_ctx	ctx = tap_ctx(0);
	fota_sparse out;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		fota_status status = fota_sparse_read(&ctx, (fota_bytes) {(const uint8_t *) bad[i], strlen(bad[i])}, &out);

		/* an entry alone is an image without bytes */
		ok(strcmp(bad[i], "!0x10") == 0 ? status == FOTA_OK : status != FOTA_OK && ctx.error.message[0] != '\0',
		   "\"%s\" is %s", bad[i], strcmp(bad[i], "!0x10") == 0 ? "an entry alone" : "refused");
		fota_sparse_free(&ctx, &out);
	}
	ok(fota_sparse_read(&ctx, (fota_bytes) {(const uint8_t *) "0x0:aa eeprom@0x0:bb space3@0x0:cc", 34}, &out) == FOTA_OK &&
	   out.count == 3 && out.segments[1].space == FOTA_SPACE_EEPROM && out.segments[2].space == FOTA_SPACE_OTHER + 3,
	   "spaces are named");
	fota_sparse_free(&ctx, &out);
	ok(fota_sparse_read(&ctx, (fota_bytes) {(const uint8_t *) ":0100000041BE\n:00000001FF\n", 26}, &out) == FOTA_OK &&
	   out.count == 1 && out.segments[0].data[0] == 'A', "Intel HEX is text of an image too");
	fota_sparse_free(&ctx, &out);
	ok(ctx.used == 0, "all memory is given back");
}

static void
test_edges(void)
{
	static const uint8_t data[] = {1, 2, 3, 4};
	fota_segment s = {UINT64_MAX - 4, 4, data, FOTA_SPACE_FLASH};
	fota_sparse a = {.segments = &s, .count = 1, .bytes = 4, .has_entry = true, .entry = UINT64_MAX - 4};
	fota_ctx	ctx = tap_ctx(0);
	fota_sparse out;

	ok(fota_sparse_move(&ctx, &a, 1, &out) == FOTA_RANGE, "nothing moves beyond the last address");
	fota_sparse_free(&ctx, &out);
	ok(fota_sparse_move(&ctx, &a, INT64_MIN, &out) == FOTA_OK && out.segments[0].address == (UINT64_MAX >> 1) - 4 &&
	   out.entry == (UINT64_MAX >> 1) - 4, "segments and entry move together");
	fota_sparse_free(&ctx, &out);
	s.address = 0;
	ok(fota_sparse_move(&ctx, &a, -1, &out) == FOTA_RANGE, "nothing moves below address 0");
	fota_sparse_free(&ctx, &out);
	ok(fota_sparse_fill(&ctx, &a, 0, UINT64_MAX, 0, &out) == FOTA_LIMIT, "a fill of 2^64 bytes is refused");
	fota_sparse_free(&ctx, &out);
	ok(fota_sparse_align(&ctx, &a, (uint64_t) 1 << 31, 0, &out) == FOTA_RANGE, "an alignment of 2 GiB is refused");
	fota_sparse_free(&ctx, &out);
	ok(fota_sparse_patch(&ctx, &a, 2, (fota_bytes) {data, 4}, &out) == FOTA_OK && out.count == 1 && out.segments[0].size == 6 &&
	   memcmp(out.segments[0].data, "\1\2\1\2\3\4", 6) == 0, "a patch lies over what is there");
	fota_sparse_free(&ctx, &out);
	ok(ctx.used == 0, "all memory is given back");
}

int
main(void)
{
	tap_seed();
	test_random();
	test_damage();
	test_text();
	test_edges();
	return done();
}

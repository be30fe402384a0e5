/* SPDX-License-Identifier: PostgreSQL */
/*
 * test_delta.c: the table of delta formats, and BSDIFF40: random pairs are made and applied, damaged
 * deltas are refused, and caps hold. That Debian's tools agree is shown by tests/t/100_tools.sh.
 */
#include "tap.h"

#include "delta.h"

#include <bzlib.h>

#define MOST 40000

static const fota_delta_format *bsdiff;

static void
test_registry(void)
{
	fota_bytes	begin = {(const uint8_t *) "BSDIFF40........", 16};

	ok(fota_delta_find("bsdiff40") == bsdiff && fota_delta_at(0) == bsdiff, "bsdiff40 is found by name and position");
	ok(fota_delta_find_id(FOTA_FORMAT_BSDIFF40) == bsdiff, "and by its number on the wire");
	ok(fota_delta_find_id(FOTA_FORMAT_RAW) == NULL, "raw is no delta");
	ok(fota_delta_find("bsdiff4") == NULL && fota_delta_find("") == NULL, "names are compared whole");
	ok(fota_delta_at(1000) == NULL, "the list ends");
	ok(fota_delta_detect(begin) == bsdiff, "a delta is recognised by its first bytes");
	begin.size = 7;
	ok(fota_delta_detect(begin) == NULL, "not by fewer of them");
	ok(fota_delta_detect((fota_bytes) {(const uint8_t *) "BSDIFF41", 8}) == NULL, "nor by others");
}

/* --- random pairs ---------------------------------------------------------------------------- */

static void
random_bytes(uint8_t *data, size_t size)
{
	unsigned	alphabet = tap_random(3) ? 256 : 4;

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t) tap_random(alphabet);
}

/* Makes a target of pieces of the source, some moved, some with bytes changed, and of new bytes. */
static size_t
edit(const uint8_t *source, size_t size, uint8_t *target)
{
	size_t		at = 0;

	for (int i = 0, pieces = (int) tap_random(12); i < pieces; i++)
	{
		size_t		length = tap_random(MOST / 12);

		if (size > 0 && tap_random(4) > 0)
		{
			size_t		from = tap_random(2) ? at % size : tap_random(size);

			if (length > size - from)
				length = size - from;
			memcpy(target + at, source + from, length);
			for (size_t k = tap_random(50); k < length; k += 1 + tap_random(500))
				target[at + k] = (uint8_t) (target[at + k] + tap_random(256));
		}
		else
			random_bytes(target + at, length);
		at += length;
	}
	return at;
}

/* Memory of exactly so many bytes, so that reading beyond is seen. */
static fota_bytes
exactly(const uint8_t *data, size_t size)
{
	uint8_t    *copy = malloc(size ? size : 1);

	memcpy(copy, data, size);
	return (fota_bytes) {copy, size};
}

static void
drop(fota_bytes bytes)
{
	free((void *) (uintptr_t) bytes.data);
}

static bool
pair_goes_round(fota_bytes source, fota_bytes target, size_t *delta_size)
{
	fota_ctx	ctx = tap_ctx(0);
	fota_delta_info info;
	fota_buf	delta;
	fota_buf	again;
	bool		good;

	if (bsdiff->make(&ctx, source, target, NULL, 0, &delta) != FOTA_OK)
		return false;
	*delta_size = delta.size;
	good = bsdiff->apply(&ctx, source, (fota_bytes) {delta.data, delta.size}, target.size, &again) == FOTA_OK &&
		again.size == target.size && (again.size == 0 || memcmp(again.data, target.data, again.size) == 0);
	fota_buf_free(&ctx, &again);
	good &= bsdiff->inspect(&ctx, (fota_bytes) {delta.data, delta.size}, &info) == FOTA_OK &&
		info.target_size == target.size && info.copied + info.added == target.size && info.changed <= info.copied &&
		32 + info.control_size + info.diff_size + info.extra_size == delta.size;
	fota_buf_free(&ctx, &delta);
	return good && ctx.used == 0;
}

static void
test_random(void)
{
	static uint8_t source[MOST];
	static uint8_t target[MOST + MOST];
	int			rounds = getenv("FOTA_LONG") ? 5000 : 150;
	int			wrong = 0;

	for (int i = 0; i < rounds; i++)
	{
		size_t		size = tap_random(10) ? tap_random(MOST) : tap_random(3);
		fota_bytes	a;
		fota_bytes	b;
		size_t		ignored;

		random_bytes(source, size);
		a = exactly(source, size);
		b = exactly(target, edit(source, size, target));
		if (!pair_goes_round(a, b, &ignored))
		{
			wrong++;
			printf("# %zu -> %zu bytes\n", a.size, b.size);
		}
		drop(a);
		drop(b);
	}
	ok(wrong == 0, "%d random pairs: the delta rebuilds the target, and inspect agrees", rounds);
}

static void
test_edges(void)
{
	static uint8_t data[MOST];
	static uint8_t moved[MOST];
	static const uint8_t zeros[MOST];
	fota_bytes	none = {(const uint8_t *) "", 0};
	fota_bytes	one = {(const uint8_t *) "x", 1};
	fota_bytes	other = {(const uint8_t *) "y", 1};
	fota_bytes	all = {data, MOST};
	size_t		size;

	random_bytes(data, MOST);
	for (size_t i = 0; i < MOST; i++)
		data[i] = (uint8_t) (data[i] ^ (i * 31));
	memcpy(moved, data + 1000, MOST - 1000);
	memcpy(moved + MOST - 1000, data, 1000);
	ok(pair_goes_round(none, none, &size), "nothing to nothing");
	ok(pair_goes_round(none, all, &size), "nothing to something");
	ok(pair_goes_round(all, none, &size), "something to nothing");
	ok(pair_goes_round(one, other, &size), "one byte to another");
	ok(pair_goes_round(all, all, &size) && size < 200, "a target equal to its source takes %zu bytes", size);
	ok(pair_goes_round(all, (fota_bytes) {moved, MOST}, &size) && size < 300, "moved pieces take %zu bytes", size);
	ok(pair_goes_round(all, (fota_bytes) {zeros, MOST}, &size) && size < 300, "zeros take %zu bytes", size);
	ok(pair_goes_round((fota_bytes) {zeros, MOST}, all, &size), "zeros to something else");
}

/* --- hostile deltas ---------------------------------------------------------------------------- */

/* Every cut and every changed byte: an error with a text, or the target, never anything else. */
static void
test_damage(void)
{
	static uint8_t source[3000];
	static uint8_t target[2 * MOST];
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	delta;
	size_t		size;
	bool		cuts = true;
	bool		flips = true;
	int			refused = 0;

	random_bytes(source, sizeof(source));
	memcpy(target, source, 3000);
	random_bytes(target + 3000, 500);
	size = 3500;
	target[10] ^= 1;
	bsdiff->make(&ctx, (fota_bytes) {source, sizeof(source)}, (fota_bytes) {target, size}, NULL, 0, &delta);
	for (size_t i = 0; i < delta.size; i++)
	{
		fota_bytes	cut = exactly(delta.data, i);
		fota_buf	out;
		fota_status status = bsdiff->apply(&ctx, (fota_bytes) {source, sizeof(source)}, cut, 1 << 20, &out);

		cuts &= status != FOTA_OK && out.size == 0 && ctx.error.code == status && ctx.error.message[0] != '\0';
		fota_buf_free(&ctx, &out);
		drop(cut);
	}
	ok(cuts, "a delta cut anywhere is refused");
	for (size_t i = 0; i < delta.size; i++)
	{
		fota_buf	out;
		fota_delta_info info;

		delta.data[i] ^= 0x40;
		if (bsdiff->apply(&ctx, (fota_bytes) {source, sizeof(source)}, (fota_bytes) {delta.data, delta.size}, 1 << 20,
						  &out) != FOTA_OK)
		{
			refused++;
			flips &= ctx.error.message[0] != '\0' && out.size == 0;
		}
		fota_buf_free(&ctx, &out);
		(void) bsdiff->inspect(&ctx, (fota_bytes) {delta.data, delta.size}, &info);
		delta.data[i] ^= 0x40;
	}
	ok(flips && refused > (int) delta.size * 9 / 10, "of %d changed bytes %d are noticed, none does harm",
	   (int) delta.size, refused);
	fota_buf_free(&ctx, &delta);
	ok(ctx.used == 0, "all memory is given back");
}

static void
refuses(const void *data, size_t size, fota_status code, uint64_t offset, const char *name)
{
	fota_ctx	ctx = tap_ctx(0);
	fota_bytes	delta = exactly(data, size);
	fota_buf	out;
	fota_status status = bsdiff->apply(&ctx, (fota_bytes) {(const uint8_t *) "source", 6}, delta, 1 << 20, &out);

	if (!ok(status == code && ctx.error.offset == offset && ctx.used == 0, "%s", name))
		printf("# %d at %lld: %s\n", (int) status, (long long) ctx.error.offset, ctx.error.message);
	drop(delta);
}

static void
test_headers(void)
{
	uint8_t		head[46] = "BSDIFF40";
	static const char empty[] = "BZh9\x17\x72\x45\x38\x50\x90\0\0\0";

	refuses("", 0, FOTA_TRUNCATED, 0, "an empty delta is refused");
	refuses(head, 31, FOTA_TRUNCATED, 31, "one shorter than its header is refused");
	refuses("BSDIFF41........................", 32, FOTA_SYNTAX, 0, "one of another format is refused");
	head[15] = 0x80;
	head[8] = 1;
	refuses(head, 32, FOTA_RANGE, 8, "a negative size is refused");
	memset(head + 8, 0, 24);
	head[8] = 15;
	refuses(head, 46, FOTA_TRUNCATED, 46, "parts longer than the delta are refused");
	memset(head + 8, 0xff, 8);
	head[15] = 0x7f;
	memcpy(head + 16, head + 8, 8);
	refuses(head, 46, FOTA_TRUNCATED, 46, "sizes whose sum overflows are refused");
	memset(head + 8, 0, 24);
	head[8] = 14;
	memcpy(head + 32, empty, 14);
	head[31] = 0x7f;
	refuses(head, 46, FOTA_LIMIT, 24, "a target of 2^62 bytes is refused");
	head[31] = 0;
	head[28] = 1;
	refuses(head, 46, FOTA_LIMIT, 24, "a target above what the caller allows is refused");
	head[28] = 0;
	head[24] = 1;
	refuses(head, 46, FOTA_TRUNCATED, 46, "a control part that ends before the target is refused");
}

static void
test_limits(void)
{
	static uint8_t source[MOST];
	static uint8_t target[MOST];
	static const uint32_t params[] = {1};
	fota_ctx	ctx = tap_ctx(0);
	fota_bytes	a = {source, MOST};
	fota_bytes	b = {target, MOST};
	fota_buf	delta;
	fota_buf	out;

	random_bytes(source, MOST);
	memcpy(target, source, MOST);
	target[MOST / 2] ^= 1;
	ok(bsdiff->make(&ctx, a, b, params, 1, &delta) == FOTA_UNSUPPORTED, "parameters are refused: it has none");
	bsdiff->make(&ctx, a, b, NULL, 0, &delta);
	ok(bsdiff->apply(&ctx, a, (fota_bytes) {delta.data, delta.size}, MOST - 1, &out) == FOTA_LIMIT &&
	   strstr(ctx.error.message, "at most 39999"), "a target larger than allowed is refused before it is made");
	fota_buf_free(&ctx, &out);
	ctx.limit = ctx.used + 60000;
	ok(bsdiff->apply(&ctx, a, (fota_bytes) {delta.data, delta.size}, MOST, &out) == FOTA_LIMIT && out.size == 0,
	   "the memory limit holds while applying");
	ctx.limit = ctx.used + 100000;
	ok(bsdiff->make(&ctx, a, b, NULL, 0, &out) == FOTA_LIMIT && out.size == 0, "and while making");
	ctx.limit = 0;
	fota_buf_free(&ctx, &delta);
	ok(ctx.used == 0, "all memory is given back");
}

static int
stop(void *opaque)
{
	(void) opaque;
	return 1;
}

static void
test_cancel(void)
{
	static uint8_t source[200000];
	fota_ctx	ctx = tap_ctx(0);
	fota_bytes	a = {source, sizeof(source)};
	fota_buf	delta;
	fota_buf	out;

	random_bytes(source, sizeof(source));
	ctx.poll = stop;
	ok(bsdiff->make(&ctx, a, a, NULL, 0, &delta) == FOTA_CANCELED && delta.size == 0 && ctx.used == 0,
	   "making a delta can be cancelled");
	ctx.poll = NULL;
	bsdiff->make(&ctx, a, a, NULL, 0, &delta);
	ctx.poll = stop;
	ok(bsdiff->apply(&ctx, a, (fota_bytes) {delta.data, delta.size}, sizeof(source), &out) == FOTA_CANCELED &&
	   out.size == 0, "applying one too");
	fota_buf_free(&ctx, &delta);
	ok(ctx.used == 0, "all memory is given back");
}

/* --- entries without a byte ---------------------------------------------------------------------- */

static void
put_u64le(uint8_t *p, uint64_t value)
{
	for (int i = 0; i < 8; i++, value >>= 8)
		p[i] = (uint8_t) value;
}

/* A delta of so many entries that give nothing, then one that adds a byte; its size. */
static size_t
idle_delta(uint8_t *out, unsigned room, unsigned idle)
{
	static uint8_t control[24 * 4000];
	unsigned	sizes[3];
	char	   *parts[3] = {(char *) control, "", "x"};
	unsigned	lengths[3] = {24 * (idle + 1), 0, 1};
	size_t		at = 32;

	memset(control, 0, sizeof(control));
	put_u64le(control + 24 * idle + 8, 1);
	for (int i = 0; i < 3; i++)
	{
		sizes[i] = room - (unsigned) at;
		BZ2_bzBuffToBuffCompress((char *) out + at, &sizes[i], parts[i], lengths[i], 9, 0, 0);
		at += sizes[i];
	}
	memcpy(out, "BSDIFF40", 8);
	put_u64le(out + 8, sizes[0]);
	put_u64le(out + 16, sizes[1]);
	put_u64le(out + 24, 1);
	return at;
}

static void
test_idle(void)
{
	static uint8_t delta[20000];
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	out;
	fota_bytes	bytes = {delta, idle_delta(delta, sizeof(delta), 500)};

	ok(bsdiff->apply(&ctx, (fota_bytes) {NULL, 0}, bytes, 1, &out) == FOTA_OK && out.size == 1 && out.data[0] == 'x',
	   "entries that give no byte are taken: Debian's bsdiff writes them");
	fota_buf_free(&ctx, &out);
	bytes.size = idle_delta(delta, sizeof(delta), 3000);
	ok(bsdiff->apply(&ctx, (fota_bytes) {NULL, 0}, bytes, 1, &out) == FOTA_SYNTAX && out.size == 0,
	   "but not without end");
}

int
main(void)
{
	tap_seed();
	bsdiff = fota_delta_find("bsdiff40");
	if (bsdiff == NULL)
		return 1;
	test_registry();
	test_edges();
	test_random();
	test_damage();
	test_headers();
	test_limits();
	test_cancel();
	test_idle();
	return done();
}

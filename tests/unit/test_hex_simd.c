/* SPDX-License-Identifier: PostgreSQL */
/* test_hex_simd.c: lines alike, read and written many at once: the same as digit by digit, and no wrong bit is passed over. */
#include "tap.h"

#include "codec/hex_simd.h"

#define LINES 40
#define LARGEST 112

typedef struct sample
{
	fota_hex_line line;
	size_t		stride;
	uint8_t		data[LINES * LARGEST];
	uint8_t    *text;			/* exactly the lines, so that reading beyond is seen */
	uint8_t    *out;
} sample;

/* The lines written digit by digit. */
static void
write_lines(sample *s)
{
	const uint8_t *data = s->data;
	uint64_t	head = s->line.head;
	uint8_t    *p = s->text;

	for (int i = 0; i < LINES; i++, head += s->line.step, data += s->line.data_size)
	{
		unsigned	sum = 0;
		unsigned	ignored = 0;

		memcpy(p, s->line.mark, s->line.mark_size);
		p += s->line.mark_size;
		for (unsigned k = s->line.head_size; k > 0; k--)
			p = fota_hex_put_byte(p, (unsigned) (head >> (8 * (k - 1))) & 0xff, &sum);
		for (unsigned k = 0; k < s->line.data_size; k++)
			p = fota_hex_put_byte(p, data[k], &sum);
		p = fota_hex_put_byte(p, (s->line.sum - sum) & 0xff, &ignored);
		if (s->line.end_size == 2)
			*p++ = '\r';
		*p++ = '\n';
	}
}

/* Lower-case letters are digits too. */
static bool
is_other_case(uint8_t was, uint8_t now)
{
	return (was ^ now) == 0x20 && ((was >= 'A' && was <= 'F') || (was >= 'a' && was <= 'f'));
}

static bool
check_flips(sample *s)
{
	size_t		size = LINES * s->stride;

	for (int n = 0; n < 500; n++)
	{
		size_t		at = (size_t) tap_random(size);
		uint8_t		was = s->text[at];
		size_t		want;

		s->text[at] ^= (uint8_t) (1 << tap_random(8));
		want = is_other_case(was, s->text[at]) ? LINES : at / s->stride;
		if (fota_hex_run(&s->line, s->text, s->text + size, LINES, s->out) != want)
			return false;
		s->text[at] = was;
	}
	return true;
}

static bool
check_sample(sample *s)
{
	size_t		size = LINES * s->stride;
	uint8_t    *again = malloc(size + FOTA_HEX_SPILL);
	bool		good;

	write_lines(s);
	good = fota_hex_run(&s->line, s->text, s->text + size, LINES + 3, s->out) == LINES &&
		memcmp(s->out, s->data, LINES * s->line.data_size) == 0;
	good &= fota_hex_run(&s->line, s->text, s->text + size - 1, LINES, s->out) == LINES - 1;
	good &= fota_hex_run(&s->line, s->text, s->text + size, 7, s->out) == 7;
	good &= fota_hex_put_run(&s->line, again, s->data, LINES) == LINES && memcmp(again, s->text, size) == 0;
	free(again);
	return good && check_flips(s);
}

static bool
check_kind(unsigned mark_size, unsigned head_size, unsigned data_size, unsigned end_size)
{
	static sample s;
	bool		good;

	s.line = (fota_hex_line) {
		.mark = {mark_size == 1 ? ':' : 'S', mark_size == 1 ? 0 : '3'}, .mark_size = mark_size, .head_size = head_size,
		.data_size = data_size, .end_size = end_size, .sum = mark_size == 1 ? 0 : 0xff, .step = data_size,
		.head = tap_random((uint64_t) 1 << (8 * head_size - 1))
	};
	s.stride = fota_hex_stride(&s.line);
	s.text = malloc(LINES * s.stride);
	s.out = malloc(LINES * data_size);
	for (size_t i = 0; i < LINES * data_size; i++)
		s.data[i] = (uint8_t) tap_random(256);
	good = check_sample(&s);
	free(s.text);
	free(s.out);
	return good;
}

static void
check_way(fota_hex_way way, const char *name)
{
	bool		good = true;

	if (fota_hex_use(way) != way)
	{
		printf("# this processor has no %s\n", name);
		return;
	}
	for (unsigned head = 3; head <= 5; head++)
		for (unsigned data = 16; data <= LARGEST; data += 16)
			good &= check_kind(1, head, data, 1) && check_kind(2, head, data, 2) && check_kind(2, head, data, 1);
	ok(good, "%s: lines of all kinds are read and written, and stop at the first wrong bit", name);
}

int
main(void)
{
	uint8_t		digits[2 * 45];
	uint8_t		data[45];
	fota_hex_line line = {.mark_size = 1, .head_size = 4, .data_size = 16, .end_size = 1};
	bool		same = true;

	check_way(FOTA_HEX_128, "vectors of 128 bits");
	check_way(FOTA_HEX_256, "vectors of 256 bits");
	fota_hex_use(FOTA_HEX_SCALAR);
	ok(fota_hex_ways() == FOTA_HEX_SCALAR, "digit by digit can be chosen");
	ok(fota_hex_run(&line, digits, digits + sizeof(digits), 1, data) == 0 &&
	   fota_hex_put_run(&line, digits, data, 1) == 0, "then nothing is done many at once");
	for (size_t size = 0; size <= sizeof(data); size++)
	{
		uint8_t		one[sizeof(digits)];
		unsigned	sum_one = 0;
		unsigned	sum_many = 0;

		for (size_t i = 0; i < size; i++)
			data[i] = (uint8_t) tap_random(256);
		fota_hex_use(FOTA_HEX_SCALAR);
		same &= fota_hex_put(one, data, size, &sum_one) == one + 2 * size;
		fota_hex_use(FOTA_HEX_BEST);
		same &= fota_hex_put(digits, data, size, &sum_many) == digits + 2 * size;
		same &= sum_one == sum_many && memcmp(one, digits, 2 * size) == 0;
	}
	ok(same, "bytes of any number are written the same");
	return done();
}

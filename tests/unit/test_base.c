/* SPDX-License-Identifier: PostgreSQL */
/* test_base.c: memory with a limit, polling, errors and their texts, capped buffers, checked arithmetic. */
#include "tap.h"

static void *
take_nothing(void *opaque, size_t size)
{
	(void) opaque;
	(void) size;
	return NULL;
}

static int
count_poll(void *opaque)
{
	return ++*(int *) opaque >= 3;
}

static void
test_memory(void)
{
	fota_ctx	ctx = tap_ctx(1000);
	uint8_t    *a = fota_alloc(&ctx, 400);
	uint8_t    *b;
	bool		zero = a != NULL;
	char	   *copy;

	for (int i = 0; i < 400 && zero; i++)
		zero = a[i] == 0;
	ok(zero, "memory is given zeroed");
	ok(ctx.used >= 400 && ctx.used < 500, "what is given counts as used");
	ok(fota_alloc(&ctx, 600) == NULL && ctx.error.code == FOTA_LIMIT, "memory beyond the limit is refused");
	is_str(ctx.error.message, "600 bytes of memory would exceed the limit of 1000", "the refusal names both sizes");
	ok(fota_alloc(&ctx, SIZE_MAX) == NULL && ctx.error.code == FOTA_LIMIT, "a size near the largest is refused");
	b = fota_alloc_raw(&ctx, 500);
	ok(b != NULL, "memory up to the limit is given");
	fota_free(&ctx, a);
	fota_free(&ctx, b);
	fota_free(&ctx, NULL);
	is_int((long long) ctx.used, 0, "what is given back counts no more");
	ok(fota_alloc_array(&ctx, SIZE_MAX / 2, 3) == NULL && ctx.error.code == FOTA_LIMIT,
	   "an array whose size overflows is refused");
	copy = fota_strndup(&ctx, "lamp-1", 4);
	is_str(copy, "lamp", "strndup copies and terminates");
	fota_free(&ctx, copy);
	ctx.alloc = take_nothing;
	ok(fota_alloc(&ctx, 1) == NULL && ctx.error.code == FOTA_NOMEM && ctx.used == 0,
	   "an allocator with nothing left is out of memory, and nothing counts as used");
	ctx = tap_ctx(0);
	ok(fota_alloc(&ctx, (size_t) 1 << 30) == NULL, "limit 0 is 1 GiB");
}

static void
test_poll(void)
{
	int			polls = 0;
	fota_ctx	ctx = tap_ctx(0);
	fota_status status = FOTA_OK;
	int			steps;

	ok(fota_poll(&ctx, 1 << 30) == FOTA_OK, "without a callback nothing is asked");
	ctx.poll = count_poll;
	ctx.opaque = &polls;
	for (steps = 0; status == FOTA_OK && steps < 1000; steps++)
		status = fota_poll(&ctx, FOTA_POLL_EVERY / 4);
	is_int(steps, 12, "the callback is asked once per 64 KiB of work");
	ok(status == FOTA_CANCELED && ctx.error.code == FOTA_CANCELED, "a callback that says stop cancels");
}

static void
test_errors(void)
{
	fota_ctx	ctx = tap_ctx(0);
	char		text[16];
	char		long_text[400];
	fota_status status = fota_fail(&ctx, FOTA_CHECKSUM, 17, 3, "%s line %d: 0x%02X, expected 0x%02x %c%%", "ihex", 3,
								   0x1f, 0xab, 'x');

	ok(status == FOTA_CHECKSUM && ctx.error.code == FOTA_CHECKSUM && ctx.error.offset == 17 && ctx.error.line == 3,
	   "an error has code, offset and line");
	is_str(ctx.error.message, "ihex line 3: 0x1F, expected 0xab x%", "and a formatted text");
	ok(fota_fail_hint(&ctx, "%llu %zu %ld %08llX", 18446744073709551615ull, (size_t) 7, -8l, 0xbeefull) ==
	   FOTA_CHECKSUM, "adding a hint returns the code");
	is_str(ctx.error.hint, "18446744073709551615 7 -8 0000BEEF", "64-bit numbers, sizes and widths are formatted");
	fota_fail_detail(&ctx, "%.*s|%.3s|%5d", 2, "abcdef", "abcdef", -42);
	is_str(ctx.error.detail, "ab|abc|  -42", "cut strings and widths are formatted");
	fota_fail(&ctx, FOTA_SYNTAX, 0, 0, "%s", "a\nb\x7f" "c\x01");
	is_str(ctx.error.message, "a?b?c?", "control characters are shown as ?");
	ok(ctx.error.detail[0] == '\0' && ctx.error.hint[0] == '\0', "a new error has no old detail and hint");
	is_int((long long) fota_format(text, sizeof(text), "%s", "0123456789abcdefgh"), 15, "a text is cut to its room");
	is_str(text, "0123456789abcde", "and terminated");
	fota_format(text, 4, "%s", "a\xc3\xa9\xe2\x82\xac");
	is_str(text, "a\xc3\xa9", "a character of UTF-8 is kept whole");
	fota_format(text, 6, "%s", "a\xc3\xa9\xe2\x82\xac");
	is_str(text, "a\xc3\xa9", "or left out whole, where the room ends");
	fota_format(text, sizeof(text), "%.4s.", "ab\xe2\x82\xac");
	is_str(text, "ab.", "and where a precision cuts it");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	fota_fail(&ctx, FOTA_SYNTAX, 0, 0, "%s", long_text);
	is_int((long long) strlen(ctx.error.message), FOTA_MESSAGE_SIZE - 1, "a long message is cut");
}

static void
test_states(void)
{
	is_str(fota_status_sqlstate(FOTA_OK), "00000", "SQLSTATE of success");
	is_str(fota_status_sqlstate(FOTA_SYNTAX), "UF001", "SQLSTATE of a syntax error");
	is_str(fota_status_sqlstate(FOTA_TRAILING), "UF011", "SQLSTATE of trailing data");
	is_str(fota_status_sqlstate(FOTA_NOMEM), "53200", "SQLSTATE of no memory");
	is_str(fota_status_sqlstate(FOTA_CANCELED), "57014", "SQLSTATE of a cancellation");
	is_str(fota_status_sqlstate(FOTA_INTERNAL), "XX000", "SQLSTATE of an internal error");
	is_str(fota_status_sqlstate((fota_status) 99), "XX000", "an unknown status is an internal error");
}

static void
test_buffers(void)
{
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	buf;
	uint8_t		data[300];
	fota_status status = FOTA_OK;
	bool		same;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t) i;
	fota_buf_init(&buf, 1000);
	ok(fota_buf_append(&ctx, &buf, NULL, 0) == FOTA_OK, "nothing can be appended");
	for (int i = 0; i < 3 && status == FOTA_OK; i++)
		status = fota_buf_append(&ctx, &buf, data, sizeof(data));
	same = status == FOTA_OK && buf.size == 900;
	for (size_t i = 0; i < 900 && same; i++)
		same = buf.data[i] == data[i % 300];
	ok(same, "a buffer grows and keeps what it has");
	ok(fota_buf_append(&ctx, &buf, data, 101) == FOTA_LIMIT && buf.size == 900, "not beyond its cap");
	ok(fota_buf_append(&ctx, &buf, data, 100) == FOTA_OK && buf.size == 1000, "up to its cap");
	ok(fota_buf_reserve(&ctx, &buf, SIZE_MAX) == FOTA_LIMIT, "a reservation that overflows is refused");
	fota_buf_free(&ctx, &buf);
	ok(ctx.used == 0 && buf.data == NULL && buf.size == 0 && buf.cap == 1000, "freeing gives the memory back");
}

static void
test_arithmetic(void)
{
	uint64_t	out = 7;
	static const uint8_t bytes[] = {0x12, 0x34, 0x56, 0x78};
	uint8_t		put[8];

	ok(!fota_add_u64(UINT64_MAX, 1, &out) && out == 7, "a sum that overflows is refused and leaves the result alone");
	ok(fota_add_u64(UINT64_MAX - 1, 1, &out) && out == UINT64_MAX, "the largest sum is right");
	ok(!fota_mul_u64((uint64_t) 1 << 32, (uint64_t) 1 << 32, &out), "a product that overflows is refused");
	ok(fota_mul_u64((uint64_t) 1 << 32, 5, &out) && out == (uint64_t) 5 << 32, "a product is right");
	is_int(fota_get_u32be(bytes), 0x12345678, "big-endian numbers are read");
	fota_put_u64be(put, UINT64_C(0x0102030405060708));
	is_mem(put, 8, "\1\2\3\4\5\6\7\10", 8, "and written");
}

int
main(void)
{
	test_memory();
	test_poll();
	test_errors();
	test_states();
	test_buffers();
	test_arithmetic();
	return done();
}

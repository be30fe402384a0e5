/* SPDX-License-Identifier: PostgreSQL */
/*
 * test_cbor.c: what the CBOR reader takes, what it refuses and where, and what the writer writes.
 */
#include "cbor.h"
#include "tap.h"

static uint8_t bytes[8192];

static size_t
from_hex(const char *hex)
{
	size_t		size = strlen(hex) / 2;

	for (size_t i = 0; i < size; i++)
	{
		unsigned	byte = 0;

		sscanf(hex + 2 * i, "%2x", &byte);
		bytes[i] = (uint8_t) byte;
	}
	return size;
}

/* Passes over one whole item. */
static fota_status
check(fota_ctx *ctx, const char *hex)
{
	fota_cbor	r;
	size_t		size = from_hex(hex);
	uint8_t    *exact = malloc(size + 1);	/* so that ASan sees a read behind the end */
	fota_status status;

	memcpy(exact, bytes, size);
	exact = realloc(exact, size ? size : 1);
	fota_cbor_open(&r, ctx, exact, size);
	status = fota_cbor_skip(&r);
	if (status == FOTA_OK)
		status = fota_cbor_end(&r);
	free(exact);
	return status;
}

static void
takes(const char *hex, const char *name)
{
	fota_ctx	ctx = tap_ctx(0);

	if (!ok(check(&ctx, hex) == FOTA_OK, "%s", name))
		printf("# %s\n", ctx.error.message);
}

static void
refuses(const char *hex, fota_status code, uint64_t offset, const char *name)
{
	fota_ctx	ctx = tap_ctx(0);
	fota_status status = check(&ctx, hex);

	if (!ok(status == code && ctx.error.offset == offset && strstr(ctx.error.message, "expected") != NULL, "%s", name))
		printf("# code %d at %llu: %s\n", (int) status, (unsigned long long) ctx.error.offset, ctx.error.message);
}

static void
test_well_formed(void)
{
	takes("00", "an unsigned integer of no further byte is taken");
	takes("1bffffffffffffffff", "the largest unsigned integer is taken");
	takes("3863", "a negative integer is taken");
	takes("a0", "an empty map is taken");
	takes("a301f5617a804101f6", "keys may be integers, texts and byte strings");
	takes("8262c3a9f6", "text in UTF-8 is taken");
	takes("c11a5f5e1000", "a tag is passed over");
	takes("f97e00", "a half float is passed over");
	takes("fb3ff8000000000000", "a double is passed over");
	takes("f7", "undefined is passed over");
	takes("f820", "a simple value of two bytes is passed over");
	takes("81818181818181818181818181818180", "sixteen containers are taken, the innermost empty");
}

static void
test_refused(void)
{
	refuses("", FOTA_TRUNCATED, 0, "no data at all is refused");
	refuses("1817", FOTA_SYNTAX, 0, "23 in two bytes is refused: not the shortest form");
	refuses("1900ff", FOTA_SYNTAX, 0, "255 in three bytes is refused");
	refuses("1a0000ffff", FOTA_SYNTAX, 0, "65535 in five bytes is refused");
	refuses("1b00000000ffffffff", FOTA_SYNTAX, 0, "2^32-1 in nine bytes is refused");
	refuses("81580141", FOTA_SYNTAX, 1, "a length that is not shortest is refused at its place");
	refuses("f81f", FOTA_SYNTAX, 0, "a simple value below 32 in two bytes is refused");
	refuses("9fff", FOTA_SYNTAX, 0, "an array of indefinite length is refused");
	refuses("5f4101ff", FOTA_SYNTAX, 0, "a string of indefinite length is refused");
	refuses("ff", FOTA_SYNTAX, 0, "a break without a container is refused");
	refuses("1c", FOTA_SYNTAX, 0, "a reserved head is refused");
	refuses("19ff", FOTA_TRUNCATED, 0, "a head cut short is refused");
	refuses("4401ff", FOTA_TRUNCATED, 0, "a string cut short is refused");
	refuses("5bffffffffffffffff", FOTA_TRUNCATED, 0, "a length beyond all memory is refused");
	refuses("9bffffffffffffffff", FOTA_TRUNCATED, 0, "an array beyond all memory is refused");
	refuses("8201", FOTA_TRUNCATED, 0, "an array that lacks items is refused");
	refuses("a101", FOTA_TRUNCATED, 2, "a key without a value is refused");
	refuses("61ff", FOTA_SYNTAX, 1, "text that is not UTF-8 is refused at its byte");
	refuses("62c080", FOTA_SYNTAX, 1, "overlong UTF-8 is refused");
	refuses("63eda080", FOTA_SYNTAX, 1, "a surrogate in UTF-8 is refused");
	refuses("64f4908080", FOTA_SYNTAX, 1, "UTF-8 above U+10FFFF is refused");
	refuses("636100ff", FOTA_SYNTAX, 2, "U+0000 in text is refused");
	refuses("a2010101f5", FOTA_DUPLICATE, 3, "a key given twice is refused");
	refuses("81a2616101616102", FOTA_DUPLICATE, 5, "a text key given twice is refused, in an inner map too");
	refuses("a18000", FOTA_SYNTAX, 1, "an array as a key is refused");
	refuses("0000", FOTA_TRAILING, 1, "data after the item is refused");
	refuses("8181818181818181818181818181818180", FOTA_LIMIT, 16, "seventeen nested arrays are refused");
	refuses("c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c100", FOTA_LIMIT, 16, "seventeen nested tags are refused");
	refuses("b841", FOTA_LIMIT, 0, "a map of 65 keys is refused");
}

static void
test_values(void)
{
	fota_ctx	ctx = tap_ctx(0);
	fota_cbor	r;
	bool		more;
	uint64_t	u = 0;
	int64_t		i = 0;
	fota_bytes	span;

	fota_cbor_open(&r, &ctx, bytes, from_hex("a1182a8338ff4161f5"));
	ok(fota_cbor_enter(&r, FOTA_CBOR_MAP) == FOTA_OK && fota_cbor_next(&r, &more) == FOTA_OK && more, "a map is entered");
	ok(fota_cbor_uint(&r, &u) == FOTA_OK && u == 42, "its key is read");
	ok(fota_cbor_enter(&r, FOTA_CBOR_ARRAY) == FOTA_OK && fota_cbor_next(&r, &more) == FOTA_OK && more,
	   "an array in it is entered");
	ok(fota_cbor_int(&r, &i) == FOTA_OK && i == -256, "a negative integer is read");
	ok(fota_cbor_next(&r, &more) == FOTA_OK && fota_cbor_text(&r, &span) == FOTA_SYNTAX,
	   "a byte string is not read as text");
	is_str(ctx.error.message, "cbor byte 6: found a byte string, expected a text string", "and the error says so");
	ok(fota_cbor_bytes(&r, &span) == FOTA_OK && span.size == 1 && span.data[0] == 'a', "it is read as bytes");
	ok(fota_cbor_next(&r, &more) == FOTA_OK && fota_cbor_skip(&r) == FOTA_OK && fota_cbor_next(&r, &more) == FOTA_OK &&
	   !more && fota_cbor_next(&r, &more) == FOTA_OK && !more && fota_cbor_end(&r) == FOTA_OK, "both are left at their ends");
	fota_cbor_open(&r, &ctx, bytes, from_hex("1b8000000000000000"));
	ok(fota_cbor_int(&r, &i) == FOTA_RANGE, "an integer beyond 63 bits is out of range");
	fota_cbor_open(&r, &ctx, bytes, from_hex("3b7fffffffffffffff"));
	ok(fota_cbor_int(&r, &i) == FOTA_OK && i == INT64_MIN, "the smallest int64 is read");
}

static void
test_writer(void)
{
	static const int64_t numbers[] = {0, 23, 24, 255, 256, 65535, 65536, INT64_C(4294967295), INT64_C(4294967296),
	INT64_MAX, -1, -24, -25, INT64_MIN};
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	buf;
	fota_cbor	r;
	bool		same = true;

	fota_buf_init(&buf, 4096);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		fota_cbor_put_int(&ctx, &buf, numbers[i]);
	fota_cbor_open(&r, &ctx, buf.data, buf.size);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
	{
		int64_t		value = 7;

		same &= fota_cbor_int(&r, &value) == FOTA_OK && value == numbers[i];
	}
	ok(same && fota_cbor_end(&r) == FOTA_OK, "integers at each edge come back, hence were in shortest form");
	fota_buf_free(&ctx, &buf);
	fota_buf_init(&buf, 4096);
	fota_cbor_put_map(&ctx, &buf, 1);
	fota_cbor_put_text(&ctx, &buf, "k", 1);
	fota_cbor_put_array(&ctx, &buf, 4);
	fota_cbor_put_bytes(&ctx, &buf, "\x01\x02", 2);
	fota_cbor_put_bool(&ctx, &buf, false);
	fota_cbor_put_null(&ctx, &buf);
	fota_cbor_put_uint(&ctx, &buf, 1000);
	from_hex("a1616b84420102f4f61903e8");
	is_mem(buf.data, buf.size, bytes, 12, "every kind of item is written as RFC 8949 has it");
	fota_buf_free(&ctx, &buf);
	fota_buf_init(&buf, 4);
	ok(fota_cbor_put_bytes(&ctx, &buf, "12345", 5) == FOTA_LIMIT, "a full buffer is told");
	fota_buf_free(&ctx, &buf);
	is_int((long long) ctx.used, 0, "no memory is left behind");
}

static void
test_many_keys(void)
{
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	buf;
	fota_cbor	r;

	fota_buf_init(&buf, 4096);
	fota_cbor_put_map(&ctx, &buf, 64);
	for (unsigned i = 0; i < 64; i++)
	{
		fota_cbor_put_uint(&ctx, &buf, i);
		fota_cbor_put_null(&ctx, &buf);
	}
	fota_cbor_open(&r, &ctx, buf.data, buf.size);
	ok(fota_cbor_skip(&r) == FOTA_OK && fota_cbor_end(&r) == FOTA_OK, "a map of 64 keys is taken");
	fota_buf_free(&ctx, &buf);
}

int
main(void)
{
	test_well_formed();
	test_refused();
	test_values();
	test_writer();
	test_many_keys();
	return done();
}

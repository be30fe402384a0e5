/* SPDX-License-Identifier: PostgreSQL */
/*
 * test_json.c: what the JSON reader takes and refuses, and the canonical text that it writes.
 */
#include "json.h"
#include "tap.h"

static char text[65536];

/* The canonical text in `text`, or the error. */
static fota_status
canonical(fota_ctx *ctx, const char *json, size_t size)
{
	uint8_t    *exact = malloc(size ? size : 1);	/* so that ASan sees a read behind the end */
	fota_buf	buf;
	fota_json	r;
	fota_status status,
				skipped;
	fota_ctx	other = tap_ctx(0);

	memcpy(exact, json, size);
	fota_buf_init(&buf, sizeof(text) - 1);
	status = fota_json_canonical(ctx, exact, size, &buf);
	memcpy(text, buf.data ? (char *) buf.data : "", buf.size);
	text[buf.size] = '\0';
	fota_json_open(&r, &other, exact, size);
	skipped = fota_json_skip(&r);
	if (skipped == FOTA_OK)
		skipped = fota_json_end(&r);
	if (skipped != status)
		printf("# skip says %d, canonical %d\n", (int) skipped, (int) status), exit(1);
	fota_buf_free(ctx, &buf);
	free(exact);
	return status;
}

static void
becomes(const char *json, const char *want, const char *name)
{
	fota_ctx	ctx = tap_ctx(0);

	if (canonical(&ctx, json, strlen(json)) != FOTA_OK)
		printf("# %s\n", ctx.error.message);
	is_str(text, want, name);
}

static void
refuses_bytes(const char *json, size_t size, fota_status code, uint64_t offset, const char *name)
{
	fota_ctx	ctx = tap_ctx(0);
	fota_status status = canonical(&ctx, json, size);

	if (!ok(status == code && ctx.error.offset == offset && strstr(ctx.error.message, "expected") != NULL &&
			ctx.used == 0, "%s", name))
		printf("# code %d at %llu: %s\n", (int) status, (unsigned long long) ctx.error.offset, ctx.error.message);
}

static void
refuses(const char *json, fota_status code, uint64_t offset, const char *name)
{
	refuses_bytes(json, strlen(json), code, offset, name);
}

static void
test_canonical(void)
{
	becomes(" { \"b\" : [ 1 , -2.50e+3 , true , false , null ] , \"a\" : { } }\n",
			"{\"b\":[1,-2.50e+3,true,false,null],\"a\":{}}", "white space goes, order and numbers stay");
	becomes("-0", "0", "minus zero is zero");
	becomes("[9007199254740992,-9007199254740992]", "[9007199254740992,-9007199254740992]", "2^53 is the largest integer");
	becomes("1e300", "1e300", "an exponent of 300 is taken");
	becomes("\"\\u0041\\/\\b\\f\\n\\r\\t\\\"\\\\\"", "\"A/\\b\\f\\n\\r\\t\\\"\\\\\"", "escapes become the shortest ones");
	becomes("\"a\tb\x01\"", "\"a\\tb\\u0001\"", "raw control characters, which SWUpdate sends, are escaped");
	becomes("\"\\ud83d\\ude00\xc3\xa9\"", "\"\xf0\x9f\x98\x80\xc3\xa9\"", "a pair of surrogates becomes one character");
	becomes("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", "sixteen levels are taken");
}

static void
test_strings(void)
{
	refuses("\"\\u0000\"", FOTA_SYNTAX, 1, "U+0000 as an escape is refused");
	refuses_bytes("\"a\0\"", 4, FOTA_SYNTAX, 2, "a raw U+0000 is refused");
	refuses("\"\\ud800\"", FOTA_SYNTAX, 1, "a lone high surrogate is refused");
	refuses("\"\\udc00\"", FOTA_SYNTAX, 1, "a lone low surrogate is refused");
	refuses("\"\\ud800\\u0041\"", FOTA_SYNTAX, 1, "a high surrogate before another character is refused");
	refuses("\"\xed\xa0\x80\"", FOTA_SYNTAX, 1, "a surrogate in UTF-8 is refused");
	refuses("\"\xff\"", FOTA_SYNTAX, 1, "a byte that is not UTF-8 is refused at its place");
	refuses("\"\xc0\x80\"", FOTA_SYNTAX, 1, "overlong UTF-8 is refused");
	refuses("\"\xf0\x9f\x98\"", FOTA_SYNTAX, 1, "a character cut short is refused");
	refuses("\"\\x\"", FOTA_SYNTAX, 1, "an unknown escape is refused");
	refuses("\"\\u12\"", FOTA_SYNTAX, 1, "an escape cut short is refused");
	refuses("\"abc", FOTA_TRUNCATED, 4, "a string without its end is refused");
	refuses("\"abc\\", FOTA_SYNTAX, 4, "a string that ends in a backslash is refused");
}

static void
test_numbers(void)
{
	refuses("9007199254740993", FOTA_RANGE, 0, "an integer above 2^53 is refused");
	refuses("-9007199254740993", FOTA_RANGE, 0, "an integer below -2^53 is refused");
	refuses("99999999999999999999999999999999999999999", FOTA_RANGE, 0, "an integer of 41 digits is refused");
	refuses("[1e301]", FOTA_RANGE, 1, "an exponent of 301 is refused");
	refuses("1e-99999999999999999999", FOTA_RANGE, 0, "an exponent of 20 digits is refused");
	refuses("0.12345678901234567890123456789012", FOTA_RANGE, 0, "a number of more than 32 characters is refused");
	refuses("01", FOTA_TRAILING, 1, "a leading zero is refused");
	refuses("1.", FOTA_SYNTAX, 0, "a point without digits is refused");
	refuses("1e", FOTA_SYNTAX, 0, "an exponent without digits is refused");
	refuses("-", FOTA_TRUNCATED, 1, "a sign alone is refused");
	refuses("+1", FOTA_SYNTAX, 0, "a plus sign is refused");
	refuses("NaN", FOTA_SYNTAX, 0, "NaN is refused");
}

static void
test_structure(void)
{
	refuses("", FOTA_TRUNCATED, 0, "an empty body is refused");
	refuses(" ", FOTA_TRUNCATED, 1, "white space alone is refused");
	refuses("{} x", FOTA_TRAILING, 3, "data after the value is refused");
	refuses("[1,]", FOTA_SYNTAX, 3, "a comma before the end of an array is refused");
	refuses("{\"a\":1,}", FOTA_SYNTAX, 7, "a comma before the end of an object is refused");
	refuses("[1 2]", FOTA_SYNTAX, 3, "a missing comma is refused");
	refuses("[1}", FOTA_SYNTAX, 2, "the wrong bracket is refused");
	refuses("{\"a\" 1}", FOTA_SYNTAX, 5, "a missing colon is refused");
	refuses("{a:1}", FOTA_SYNTAX, 1, "a key without quotes is refused");
	refuses("{\"a\":}", FOTA_SYNTAX, 5, "a key without a value is refused");
	refuses("[", FOTA_TRUNCATED, 1, "an array without its end is refused");
	refuses("{\"a\":1", FOTA_TRUNCATED, 6, "an object without its end is refused");
	refuses("nul", FOTA_TRUNCATED, 3, "a word cut short is refused");
	refuses("trux", FOTA_SYNTAX, 3, "a misspelt word is refused at its letter");
	refuses("{\"a\":1,\"\\u0061\":2}", FOTA_DUPLICATE, 7, "a key given twice is refused, also when it is spelt with an escape");
	refuses("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", FOTA_LIMIT, 16, "seventeen levels are refused");
	refuses("\xef\xbb\xbf{}", FOTA_SYNTAX, 0, "a byte order mark is refused");
}

static void
test_many_keys(void)
{
	fota_ctx	ctx = tap_ctx(0);
	char		json[2048];
	size_t		at = 0;

	json[at++] = '{';
	for (int i = 0; i < 64; i++)
		at += (size_t) sprintf(json + at, "%s\"k%d\":0", i ? "," : "", i);
	strcpy(json + at, "}");
	ok(canonical(&ctx, json, at + 1) == FOTA_OK, "an object of 64 keys is taken");
	strcpy(json + at, ",\"k64\":0}");
	ok(canonical(&ctx, json, strlen(json)) == FOTA_LIMIT, "an object of 65 keys is refused");
}

static void
test_walk(void)
{
	static const char json[] = "{\"id\":8,\"s\\u0074\":\"\\u00e9\",\"n\":1.5}";
	fota_ctx	ctx = tap_ctx(0);
	fota_json	r;
	fota_json_text key,
				value;
	fota_bytes	number;
	bool		more;
	int64_t		id = 0;
	char		decoded[8] = "";

	fota_json_open(&r, &ctx, json, strlen(json));
	ok(fota_json_enter(&r, FOTA_JSON_OBJECT) == FOTA_OK && fota_json_next(&r, &more) == FOTA_OK && more &&
	   fota_json_key(&r, &key) == FOTA_OK && fota_json_equal(&key, "id") && !fota_json_equal(&key, "i"), "a key is found");
	ok(fota_json_string(&r, &value) == FOTA_SYNTAX, "an integer is not read as a string");
	is_str(ctx.error.message, "json byte 6: found an integer, expected a string", "and the error says so");
	ok(fota_json_integer(&r, &id) == FOTA_OK && id == 8, "it is read as an integer");
	ok(fota_json_next(&r, &more) == FOTA_OK && fota_json_key(&r, &key) == FOTA_OK && fota_json_equal(&key, "st"),
	   "a key with an escape equals its name");
	ok(fota_json_string(&r, &value) == FOTA_OK && value.length == 2, "a string knows its decoded length");
	fota_json_decode(&value, decoded);
	is_str(decoded, "\xc3\xa9", "and is decoded");
	ok(fota_json_next(&r, &more) == FOTA_OK && fota_json_key(&r, &key) == FOTA_OK &&
	   fota_json_integer(&r, &id) == FOTA_SYNTAX && fota_json_number(&r, &number) == FOTA_OK && number.size == 3,
	   "1.5 is a number, not an integer");
	ok(fota_json_next(&r, &more) == FOTA_OK && !more && fota_json_end(&r) == FOTA_OK, "the object ends");
}

static void
test_limits(void)
{
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	buf;

	fota_buf_init(&buf, 8);
	ok(fota_json_canonical(&ctx, "\"123456789\"", 11, &buf) == FOTA_LIMIT, "a full buffer is told");
	fota_buf_free(&ctx, &buf);
	ctx = tap_ctx(60);
	fota_buf_init(&buf, 4096);
	ok(fota_json_canonical(&ctx, "\"12345678901234567890\"", 22, &buf) == FOTA_LIMIT, "so is the end of memory");
	fota_buf_free(&ctx, &buf);
	is_int((long long) ctx.used, 0, "no memory is left behind");
}

int
main(void)
{
	test_canonical();
	test_strings();
	test_numbers();
	test_structure();
	test_many_keys();
	test_walk();
	test_limits();
	return done();
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * test_image.c: what all formats share: the table of formats, detection, segments, content_id, flat
 * payloads, waivers, limits; and random images that are written in any order and read back.
 */
#include "image_case.h"
#include "image_json.h"

static void
test_registry(void)
{
	static const char *const names[] = {"ihex", "srec", "ti-txt", "tekhex", "vmem", "elf", "uf2", "zip", "raw"};
	size_t		count = 0;
	bool		found = true;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ok(fota_codec_find(names[i], strlen(names[i])) != NULL, "there is a format %s", names[i]);
	ok(fota_codec_find("ihe", 3) == NULL && fota_codec_find("ihexx", 5) == NULL, "names are compared whole");
	for (const fota_codec *codec; (codec = fota_codec_at(count)) != NULL; count++)
		found &= fota_codec_find(codec->name, strlen(codec->name)) == codec;
	ok(count > 20 && found, "formats are listed by position, each with a name of its own");
}

static void
detects(const char *text, size_t size, const char *format, int least, int most, const char *name)
{
	int			confidence = -1;
	const char *reason = "";
	const fota_codec *codec = fota_image_detect((fota_bytes) {(const uint8_t *) text, size}, &confidence, &reason);

	if (!ok(strcmp(codec->name, format) == 0 && confidence >= least && confidence <= most && reason[0] != '\0',
			"%s looks like %s", name, format))
		printf("# %s %d %s\n", codec->name, confidence, reason);
}

static void
test_detect(void)
{
#define DETECTS(text, ...) detects(text, sizeof(text) - 1, __VA_ARGS__)
	DETECTS(":00000001FF\n", "ihex", 90, 100, "a record with the right sum");
	DETECTS("\n\n:00000001FF", "ihex", 90, 100, "one after blank lines");
	DETECTS("# made by cc\n:00000001FF", "ihex", 90, 100, "one after a comment");
	DETECTS(":0000000100\n", "ihex", 10, 89, "one with a wrong sum, less surely,");
	DETECTS("\xff\xfe:\0000\0000\0000\0000\000", "ihex", 10, 89, "UTF-16 text with a record, less surely,");
	DETECTS(":\0001\0000\0000\0000\000", "ihex", 10, 89, "the same without a byte order mark");
	DETECTS("\xff\xfeS\0001\0001\0003\0000\000", "srec", 10, 89, "UTF-16 text with an S-record");
	DETECTS("@\0008\0000\0000\0000\000", "ti-txt", 10, 89, "UTF-16 text with an address");
	DETECTS("\0@\0 \xe5\x98\1\x08\x35\x99\1\x08\x35\x99\1\x08", "raw", 1, 10, "a vector table whose stack pointer reads like two characters");
	DETECTS("S00600004844521B\n", "srec", 90, 100, "an S-record");
	DETECTS("$$ lamp\r\n  main $0\r\n$$ \r\n", "srec", 90, 100, "a table of symbols");
	DETECTS("S0060000484452FF\n", "srec", 10, 89, "an S-record with a wrong sum, less surely,");
	DETECTS("S1 is no record\n", "raw", 1, 10, "text that begins with S1");
	DETECTS(": neither\n", "raw", 1, 10, "text that begins with a colon");
	DETECTS("<html>", "error-page", 90, 100, "a web page");
	DETECTS("\x7f" "ELF", "elf", 90, 100, "an ELF file");
	DETECTS("@8000\n31 40 00 03\nq\n", "ti-txt", 90, 100, "an address, bytes, a q");
	DETECTS("@8000\n31 40 00 03\n", "ti-txt", 60, 89, "the same without the q, less surely,");
	DETECTS("@00008000\n31 40 00 03\n", "vmem", 60, 89, "a long address and bytes");
	DETECTS("@80 31400003 00000000\n", "vmem", 60, 89, "an address and words");
	DETECTS("@echo off\n", "raw", 1, 10, "a line that begins with @");
	DETECTS("%0E81E800000000\n", "tekhex", 90, 100, "a Tektronix block with the right sum");
	DETECTS("/00002002E03F\n", "tekhex", 90, 100, "an older Tektronix block");
	DETECTS("% 100\n", "raw", 1, 10, "a line that begins with %");
	DETECTS("/bin/sh -c true\n", "raw", 1, 10, "a line that begins with a slash");
	DETECTS("", "raw", 1, 10, "nothing");
#undef DETECTS
}

static void
test_raw(void)
{
	static const uint8_t data[] = {1, 2, 3};
	fota_image_options options = {.base = 0x1000};
	fota_image	image;
	fota_ctx	ctx = tap_ctx(0);
	fota_bytes	file = {data, 3};

	ok(fota_image_decode(&ctx, file, "raw", &options, &image) == FOTA_OK, "raw takes any bytes");
	ok(image.segment_count == 1 && image.segments[0].address == 0x1000 && image.segments[0].data == data,
	   "they are one segment at the base, and stay where they are");
	fota_image_free(&ctx, &image);
	ok(ctx.used == 0, "all memory is given back");
	options.base = UINT64_MAX - 3;
	ok(fota_image_decode(&ctx, file, "raw", &options, &image) == FOTA_OK, "up to the last address");
	fota_image_free(&ctx, &image);
	options.base = UINT64_MAX - 2;
	ok(fota_image_decode(&ctx, file, "raw", &options, &image) == FOTA_RANGE, "not beyond it");
	ok(fota_image_decode(&ctx, (fota_bytes) {data, 0}, NULL, NULL, &image) == FOTA_TRUNCATED, "an empty file is refused");
	ok(fota_image_decode(&ctx, file, "paper", NULL, &image) == FOTA_UNSUPPORTED && strstr(ctx.error.hint, "ihex"),
	   "an unknown format is refused, and the known ones are named");
	fota_image_free(&ctx, &image);
}

static void
test_waivers(void)
{
	static const char *const bad[] = {"", "overlap", "overlap=", "overlap=firs", "commentsx", "board=", "board=990",
	"board=99000", "board=99g0", "Comments", "word=24", "space=ram", "endian=", "family=1"};
	fota_ctx	ctx = tap_ctx(0);
	fota_image_options options = {0};

	for (size_t i = 0; fota_image_waiver_at(i) != NULL; i++)
	{
		const char *waiver = fota_image_waiver_at(i);
		char		name[32];

		snprintf(name, sizeof(name), "%s%s", waiver, waiver[strlen(waiver) - 1] != '=' ? "" : strcmp(waiver, "family=") == 0 ? "E48bff56" : "9a0F");
		ok(fota_image_waiver(&ctx, &options, name, strlen(name)) == FOTA_OK, "there is a waiver %s", name);
	}
	ok(options.overlap == FOTA_OVERLAP_LAST && options.comments && options.no_eof && options.load_offset &&
	   options.outside && options.has_board && options.board == 0x9a0f && options.word == 64 && options.little && options.strict &&
	   options.space == FOTA_SPACE_SIGNATURE && options.family == 0xe48bff56, "each sets its option");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(fota_image_waiver(&ctx, &options, bad[i], strlen(bad[i])) == FOTA_UNSUPPORTED && ctx.error.hint[0],
		   "\"%s\" is none", bad[i]);
}

/* --- flat bytes and payloads --------------------------------------------------------------------- */

static const uint8_t abc[] = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'};

/* "abcd" at 0x100, "efgh" at 0x108. */
static fota_image
two_segments(fota_segment *segments)
{
	segments[0] = (fota_segment) {0x100, 4, abc, 0};
	segments[1] = (fota_segment) {0x108, 4, abc + 4, 0};
	return (fota_image) {.codec = fota_codec_find("ihex", 4), .format = "ihex", .segments = segments, .segment_count = 2, .bytes = 8};
}

static void
flattens(uint64_t base, uint64_t length, const char *want)
{
	fota_segment segments[2];
	fota_image	image = two_segments(segments);
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	out;
	char		name[100];

	fota_buf_init(&out, 100);
	fota_image_flatten(&ctx, &image, base, length, '.', &out);
	snprintf(name, sizeof(name), "%llu bytes at 0x%llx are \"%s\"", (unsigned long long) length,
			 (unsigned long long) base, want);
	is_mem(out.data, out.size, want, strlen(want), name);
	fota_buf_free(&ctx, &out);
}

static void
test_flatten(void)
{
	fota_segment segments[2];
	fota_image	image = two_segments(segments);
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	out;

	flattens(0x100, 12, "abcd....efgh");
	flattens(0xfe, 8, "..abcd..");
	flattens(0x102, 8, "cd....ef");
	flattens(0x104, 4, "....");
	flattens(0x10a, 4, "gh..");
	flattens(0x200, 2, "..");
	flattens(0x101, 2, "bc");
	flattens(0, 0, "");
	fota_buf_init(&out, 11);
	ok(fota_image_flatten(&ctx, &image, 0x100, 12, 255, &out) == FOTA_LIMIT, "the output's cap holds");
	ok(fota_image_flatten(&ctx, &image, UINT64_MAX, 2, 255, &out) == FOTA_RANGE, "a span past the last address is refused");
	fota_buf_free(&ctx, &out);
}

/* What payload() gives: the text, "file", or the name of the error. */
static const char *
payload(fota_payload_spec spec, bool outside, fota_image *image, fota_bytes file)
{
	static char text[64];
	fota_image_options options = {.outside = outside};
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	out;
	bool		is_file;
	fota_status status;

	spec.fill = '.';
	status = fota_image_payload(&ctx, file, image, &spec, &options, &is_file, &out);
	snprintf(text, sizeof(text), "%.*s", (int) out.size, out.data ? (char *) out.data : "");
	if (status != FOTA_OK)
		snprintf(text, sizeof(text), "%s", fota_status_sqlstate(status));
	else if (is_file)
		strcpy(text, out.size == 0 ? "file" : "file, but bytes too");
	fota_buf_free(&ctx, &out);
	return ctx.used == 0 ? text : "lost memory";
}

static void
test_payload(void)
{
	fota_segment segments[2];
	fota_image	image = two_segments(segments);
	fota_segment whole = {0x100, 8, abc, 0};
	fota_image	raw = {.codec = fota_codec_find("raw", 3), .format = "raw", .segments = &whole, .segment_count = 1, .bytes = 8};
	fota_bytes	file = {abc, 8};
	fota_payload_spec flat = {.kind = FOTA_PAYLOAD_FLAT};
	fota_payload_spec at_100 = {.kind = FOTA_PAYLOAD_FLAT, .has_base = true, .base = 0x100};
	fota_payload_spec at_102 = {.has_base = true, .base = 0x102};
	fota_payload_spec at_fe = {.has_base = true, .base = 0xfe, .has_length = true, .length = 16};
	fota_payload_spec eight = {.has_base = true, .base = 0x100, .has_length = true, .length = 8};
	fota_payload_spec nine = {.kind = FOTA_PAYLOAD_FLAT, .has_base = true, .base = 0x100, .has_length = true, .length = 9};

	is_str(payload((fota_payload_spec) {0}, false, &image, file), "abcd....efgh",
		   "a format with addresses gives flat bytes from the lowest to the highest address");
	is_str(payload((fota_payload_spec) {0}, false, &raw, file), "file", "raw gives the file");
	is_str(payload((fota_payload_spec) {.kind = FOTA_PAYLOAD_FILE}, false, &image, file), "file", "as any does when asked");
	is_str(payload(flat, false, &raw, file), "file", "flat bytes that are the file's are the file");
	is_str(payload(at_100, false, &raw, file), "file", "also with the file's own base");
	is_str(payload(nine, false, &raw, file), "abcdefgh.", "not when filled up");
	is_str(payload(at_fe, false, &image, file), "..abcd....efgh..", "a larger span is filled");
	is_str(payload(at_102, false, &image, file), "UF005", "data below the base is refused");
	is_str(payload(at_102, true, &image, file), "cd....efgh", "and left out by the waiver outside");
	is_int(image.warning_count ? (long long) image.warnings[0].count : 0, 1, "with a warning");
	is_str(image.warning_count ? image.warnings[0].message : "",
		   "2 bytes outside of the payload are left out, the first at 0x100", "that counts the bytes");
	is_str(payload(eight, false, &image, file), "UF005", "data above the end is refused");
	is_str(payload(eight, true, &image, file), "abcd....", "and left out by the waiver");
	is_str(payload((fota_payload_spec) {.has_base = true, .base = 0x10c}, true, &image, file), "UF005",
		   "a base behind all data is refused");
	is_str(payload((fota_payload_spec) {.has_length = true, .length = 4, .has_base = true, .base = 0x104}, true, &image, file),
		   "UF005", "as is a span that holds nothing");
	is_str(payload((fota_payload_spec) {.has_length = true}, true, &image, file), "UF005", "and an empty span");
	is_str(payload((fota_payload_spec) {.max_size = 11}, false, &image, file), "UF006", "a payload above its limit is refused");
	is_str(payload((fota_payload_spec) {.has_base = true, .base = UINT64_MAX, .has_length = true, .length = 2}, true, &image,
				   file), "UF005", "a span past the last address is refused");
	segments[1].address = 0xfffffff0;
	is_str(payload((fota_payload_spec) {0}, false, &image, file), "UF006", "nobody gets 4 GiB of filling");
	segments[1] = (fota_segment) {0x10, 4, abc + 4, FOTA_SPACE_EEPROM};
	is_str(payload((fota_payload_spec) {0}, false, &image, file), "UF005", "bytes of another space are outside");
	is_str(payload((fota_payload_spec) {0}, true, &image, file), "abcd", "and left out by the waiver");
}

/* --- limits ---------------------------------------------------------------------------------------- */

static char *
hex_line(char *p, unsigned type, unsigned address, const uint8_t *data, unsigned size)
{
	unsigned	sum = size + (address >> 8) + address + type;

	p += sprintf(p, ":%02X%04X%02X", size, address & 0xffff, type);
	for (unsigned i = 0; i < size; i++)
	{
		p += sprintf(p, "%02X", data[i]);
		sum += data[i];
	}
	return p + sprintf(p, "%02X\n", (0u - sum) & 0xff);
}

static void
test_memory(void)
{
	char		text[400];
	char	   *p = text;
	fota_ctx	ctx = tap_ctx(1 << 20);
	fota_image	image;

	p = hex_line(p, 0, 0, abc, 8);
	p = hex_line(p, 4, 0, (const uint8_t *) "\xff\xff", 2);
	p = hex_line(p, 0, 0xfff0, abc, 8);
	p = hex_line(p, 1, 0, NULL, 0);
	ok(fota_image_decode(&ctx, (fota_bytes) {(uint8_t *) text, (size_t) (p - text)}, NULL, NULL, &image) == FOTA_OK,
	   "two segments 4 GiB apart take less than 1 MiB");
	fota_image_free(&ctx, &image);
}

/* Segments of one byte each, with a gap of one byte between them, in an order that step makes. */
static char *
many_segments(unsigned count, unsigned step, size_t *size)
{
	char	   *text = malloc(count * (14 + 16) + 100);
	char	   *p = text;
	unsigned	upper = 1u << 31;

	for (unsigned i = 0; i < count; i++)
	{
		unsigned	address = 2 * (unsigned) ((uint64_t) i * step % count);
		uint8_t		base[2] = {(uint8_t) (address >> 24), (uint8_t) (address >> 16)};

		if (address >> 16 != upper)
			p = hex_line(p, 4, 0, base, 2);
		upper = address >> 16;
		p = hex_line(p, 0, address & 0xffff, abc, 1);
	}
	p = hex_line(p, 1, 0, NULL, 0);
	*size = (size_t) (p - text);
	return text;
}

static void
test_many(void)
{
	size_t		size;
	char	   *up = many_segments(100000, 1, &size);
	fota_image_options options = {.limits.segments = 100000};
	outcome		sorted;
	fota_ctx	ctx = tap_ctx(0);
	fota_image	image;
	char	   *mixed;
	uint8_t		id[FOTA_SHA256_SIZE];
	char		hex[65];

	decode(&sorted, up, size, "ihex", "");
	ok(sorted.status == FOTA_LIMIT && strstr(sorted.ctx.error.message, "100000 segments, at most 65536"),
	   "more than 65536 segments are refused");
	ok(end_outcome(&sorted), "and all memory given back");
	ok(fota_image_decode(&ctx, (fota_bytes) {(uint8_t *) up, size}, "ihex", &options, &image) == FOTA_OK &&
	   image.segment_count == 100000, "100000 segments are read where they are allowed");
	fota_image_content_id(&ctx, &image, id);
	fota_hex(id, sizeof(id), hex);
	fota_image_free(&ctx, &image);
	mixed = many_segments(100000, 7919, &size);
	ok(fota_image_decode(&ctx, (fota_bytes) {(uint8_t *) mixed, size}, "ihex", &options, &image) == FOTA_OK &&
	   image.segment_count == 100000, "in any order");
	fota_image_content_id(&ctx, &image, id);
	fota_hex(id, sizeof(id), hex + 0);
	fota_image_free(&ctx, &image);
	ok(ctx.used == 0, "and all memory given back");
	free(up);
	free(mixed);
}

/* --- allocators that fail and polls that cancel ----------------------------------------------------- */

typedef struct failing
{
	int			left;			/* calls that still succeed */
} failing;

static void *
take_failing(void *opaque, size_t size)
{
	failing    *f = opaque;

	return f->left-- > 0 ? malloc(size) : NULL;
}

static int
poll_failing(void *opaque)
{
	failing    *f = opaque;

	return f->left-- <= 0;
}

/* Backwards, so that segments are sorted, and with repeated bytes, so that lines are looked up. */
static char *
backwards(size_t *size)
{
	static char text[400000];
	char	   *p = text;

	for (int i = 3000; i >= 0; i--)
		p = hex_line(p, 0, (unsigned) i * 8, abc, 8);
	p = hex_line(p, 0, 80, abc, 8);
	p = hex_line(p, 1, 0, NULL, 0);
	*size = (size_t) (p - text);
	return text;
}

static void
test_failures(void)
{
	size_t		size;
	char	   *text = backwards(&size);
	bool		memory = true;
	bool		cancel = true;
	int			tries[2] = {0, 0};

	for (int polls = 0; polls < 2; polls++)
	{
		for (int i = 0; i < 1000; i++)
		{
			failing		f = {i};
			fota_ctx	ctx = tap_ctx(0);
			fota_image	image;
			fota_status status;

			ctx.opaque = &f;
			if (polls)
				ctx.poll = poll_failing;
			else
				ctx.alloc = take_failing;
			status = fota_image_decode(&ctx, (fota_bytes) {(uint8_t *) text, size}, NULL, NULL, &image);
			fota_image_free(&ctx, &image);
			tries[polls]++;
			if (polls)
				cancel &= (status == FOTA_OK || status == FOTA_CANCELED) && ctx.used == 0;
			else
				memory &= (status == FOTA_OK || status == FOTA_NOMEM) && ctx.used == 0;
			if (status == FOTA_OK)
				break;
		}
	}
	ok(memory && tries[0] > 5 && tries[0] < 1000, "an allocator that fails anywhere (%d places) is FOTA_NOMEM", tries[0]);
	ok(cancel && tries[1] > 2 && tries[1] < 1000, "a poll that stops anywhere (%d places) is FOTA_CANCELED", tries[1]);
}

/* --- random images ---------------------------------------------------------------------------------- */

#define SPACE 4096

/* A random image as a map of bytes and which of them exist, and its records in random order. */
typedef struct model
{
	uint8_t		byte[SPACE];
	bool		present[SPACE];
	uint64_t	base;
} model;

static void
random_model(model *m)
{
	memset(m, 0, sizeof(*m));
	m->base = tap_random(3) ? tap_random(0x10000) : 0x0800f800 + tap_random(0x1000);
	for (int i = 0, runs = 1 + (int) tap_random(6); i < runs; i++)
	{
		size_t		at = tap_random(SPACE);
		size_t		size = 1 + tap_random(tap_random(2) ? 20 : 600);

		for (size_t k = at; k < at + size && k < SPACE; k++)
		{
			m->present[k] = true;
			m->byte[k] = (uint8_t) tap_random(256);
		}
	}
}

typedef struct piece
{
	size_t		at;
	size_t		size;
} piece;

/* Cuts what is present into pieces of random sizes, some of them twice, mostly in random order. */
static size_t
cut_model(const model *m, piece *pieces)
{
	size_t		count = 0;

	for (size_t i = 0; i < SPACE;)
	{
		size_t		most = 1 + tap_random(60);
		size_t		size = 0;

		while (size < most && i + size < SPACE && m->present[i + size])
			size++;
		for (int twice = size && tap_random(10) == 0; size > 0 && twice >= 0; twice--)
			pieces[count++] = (piece) {i, size};
		i += size ? size : 1;
	}
	for (size_t i = count; tap_random(4) && i > 1; i--)
	{
		size_t		k = tap_random(i);
		piece		swap = pieces[k];

		pieces[k] = pieces[i - 1];
		pieces[i - 1] = swap;
	}
	return count;
}

static char *
srec_line(char *p, uint64_t address, const uint8_t *data, unsigned size)
{
	unsigned	sum = size + 5;

	p += sprintf(p, "S3%02X%08X", size + 5, (unsigned) address);
	for (int shift = 0; shift < 32; shift += 8)
		sum += (unsigned) (address >> shift) & 0xff;
	for (unsigned i = 0; i < size; i++)
	{
		p += sprintf(p, "%02X", data[i]);
		sum += data[i];
	}
	return p + sprintf(p, "%02X\r\n", ~sum & 0xff);
}

/* A base record and the data; twice where it crosses 64 KiB. */
static char *
based_lines(char *p, uint64_t address, const uint8_t *data, unsigned size)
{
	unsigned	room = 0x10000 - (unsigned) (address & 0xffff);
	uint8_t		base[2] = {(uint8_t) (address >> 24), (uint8_t) (address >> 16)};

	p = hex_line(p, 4, 0, base, 2);
	if (size <= room)
		return hex_line(p, 0, (unsigned) (address & 0xffff), data, size);
	p = hex_line(p, 0, (unsigned) (address & 0xffff), data, room);
	return based_lines(p, address + room, data + room, size - room);
}

/* Writes the model's bytes as records; returns their size. */
static size_t
write_model(const model *m, bool srec, char *text)
{
	static piece pieces[2 * SPACE];
	size_t		count = cut_model(m, pieces);
	char	   *p = text;

	for (size_t i = 0; i < count; i++)
	{
		uint64_t	address = m->base + pieces[i].at;
		const uint8_t *data = m->byte + pieces[i].at;

		p = srec ? srec_line(p, address, data, (unsigned) pieces[i].size) :
			based_lines(p, address, data, (unsigned) pieces[i].size);
	}
	p = srec ? p + sprintf(p, "S70500000000FA\r\n") : hex_line(p, 1, 0, NULL, 0);
	return (size_t) (p - text);
}

/* Is the image exactly the model's bytes, in segments that neither overlap nor touch? */
static bool
is_model(const fota_image *image, const model *m)
{
	size_t		at = 0;

	for (size_t i = 0; i < image->segment_count; i++)
	{
		const fota_segment *s = &image->segments[i];
		size_t		from = (size_t) (s->address - m->base);

		if (s->address < m->base || s->size == 0 || from + s->size > SPACE || (i > 0 && from <= at))
			return false;
		for (; at < from; at++)
			if (m->present[at])
				return false;
		for (; at < from + s->size; at++)
			if (!m->present[at] || s->data[at - from] != m->byte[at])
				return false;
	}
	for (; at < SPACE; at++)
		if (m->present[at])
			return false;
	return true;
}

/* Writes the image, reads it back: the same contents. */
static bool
goes_round(const fota_image *image, const char *id)
{
	fota_encode_options options = {.record_size = (unsigned) tap_random(256), .crlf = tap_random(2)};
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	out;
	outcome		again;
	bool		good;

	fota_buf_init(&out, 1 << 20);
	if (fota_image_encode(&ctx, image, "ihex", &options, &out) != FOTA_OK)
		return false;
	decode(&again, out.data, out.size, NULL, "");
	good = again.status == FOTA_OK && strcmp(again.id, id) == 0 && again.image.warning_count == 0;
	end_outcome(&again);
	fota_buf_free(&ctx, &out);
	return good;
}

static void
test_random(void)
{
	static model m;
	static char text[SPACE * 64 + 4096];
	int			rounds = getenv("FOTA_LONG") ? 20000 : 300;
	int			wrong = 0;
	int			differ = 0;
	int			lost = 0;

	for (int i = 0; i < rounds; i++)
	{
		outcome		hex;
		outcome		srec;

		random_model(&m);
		decode(&hex, text, write_model(&m, false, text), NULL, "");
		wrong += hex.status != FOTA_OK || !is_model(&hex.image, &m);
		lost += hex.status == FOTA_OK && !goes_round(&hex.image, hex.id);
		decode(&srec, text, write_model(&m, true, text), NULL, "");
		wrong += srec.status != FOTA_OK || !is_model(&srec.image, &m);
		differ += strcmp(hex.id, srec.id) != 0;
		wrong += !end_outcome(&hex) + !end_outcome(&srec);
	}
	ok(wrong == 0, "%d random images in records of any order and size are read right", rounds);
	ok(differ == 0, "the same contents have the same content_id in Intel HEX and S-records");
	ok(lost == 0, "what is written as Intel HEX is read back the same");
}

/* content_id by definition: SHA-256 over address, size (8 bytes each, big-endian) and data. */
static void
test_content_id(void)
{
	fota_segment segments[2];
	fota_image	image = two_segments(segments);
	fota_ctx	ctx = tap_ctx(0);
	uint8_t		id[FOTA_SHA256_SIZE];
	uint8_t		want[FOTA_SHA256_SIZE];
	static const char plain[] = "\0\0\0\0\0\0\1\0" "\0\0\0\0\0\0\0\4" "abcd" "\0\0\0\0\0\0\1\10" "\0\0\0\0\0\0\0\4" "efgh";

	fota_image_content_id(&ctx, &image, id);
	fota_sha256(&ctx, plain, sizeof(plain) - 1, want);
	is_mem(id, sizeof(id), want, sizeof(want), "content_id is the digest of addresses, sizes and data");
}

static void
test_notes(void)
{
	fota_ctx	ctx = tap_ctx(0);
	fota_image	image = {.ctx = &ctx, .format = "raw"};
	static char	name[FOTA_IMAGE_METADATA + 4][16];
	fota_buf	out;

	fota_buf_init(&out, 1 << 20);
	fota_image_note_item(&image, "hw", "a", SIZE_MAX);
	fota_image_note_flag(&image, "signed", true);
	fota_image_note_item(&image, "hw", "b", SIZE_MAX);
	fota_image_metadata_json(&ctx, &image, &out);
	ok(out.size == 44 && memcmp(out.data, "{\"hw\":[\"a\",\"b\"],\"signed\":true,\"segments\":[]}", 44) == 0,
	   "entries of one name make a list");
	for (int i = 0; i < FOTA_IMAGE_METADATA + 4; i++)
	{
		snprintf(name[i], sizeof(name[i]), "n%d", i);
		fota_image_warn(&image, name[i], 1, 2, "%d", i);
		fota_image_warn(&image, name[i], 3, 4, "again");
		fota_image_note_number(&image, name[i], UINT64_MAX);
	}
	ok(image.warning_count == FOTA_IMAGE_WARNINGS && image.metadata_count == FOTA_IMAGE_METADATA,
	   "lists drop what exceeds them");
	ok(image.warnings[3].count == 2 && image.warnings[3].line == 1 && strcmp(image.warnings[3].message, "3") == 0,
	   "a warning given again is counted, and says where it was first");
	is_str(image.metadata[3].value, "18446744073709551615", "numbers of 64 bits are noted");
	fota_buf_free(&ctx, &out);
	fota_image_free(&ctx, &image);
	ok(ctx.used == 0, "all memory is given back");
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	tap_seed();
	test_registry();
	test_detect();
	test_raw();
	test_waivers();
	test_flatten();
	test_payload();
	test_memory();
	test_many();
	test_failures();
	test_content_id();
	test_notes();
	test_random();
	return done();
}

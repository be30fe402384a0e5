/* SPDX-License-Identifier: PostgreSQL */
/* test_ihex.c: Intel HEX, read and written. Vectors are in tests/vectors/ihex. */
#include "text_case.h"

/* 0x00 .. 0x0f at A, 0x10 .. 0x1f at B, in whatever way the vectors say it. */
static const vector vectors[] = {
	{"plain.hex", "", FOTA_OK, 0, "0x100+32", NULL},
	{"crlf-lower.hex", "", FOTA_OK, 0, "0x100+32", NULL},
	{"cr.hex", "", FOTA_OK, 0, "0x100+32", NULL},
	{"no-line-ends.hex", "", FOTA_OK, 0, "0x100+32", NULL},
	{"blanks.hex", "", FOTA_OK, 0, "0x100+32", NULL},
	{"bom.hex", "", FOTA_OK, 1, "0x100+32", "bom"},
	{"backwards.hex", "", FOTA_OK, 0, "0x100+32", NULL},
	{"segment.hex", "", FOTA_OK, 2, "0x10000+8 0x1fff8+8", "wrap"},
	{"linear.hex", "", FOTA_OK, 0, "0x8000000+16 0x8020000+16", NULL},
	{"past-64k.hex", "", FOTA_OK, 1, "0xfff8+16", "past_64k"},
	{"mixed-bases.hex", "", FOTA_OK, 3, "0x10000+32", "mixed_bases"},
	{"end-address.hex", "", FOTA_OK, 2, "0x100+16", "end_address"},
	{"repeated.hex", "", FOTA_OK, 2, "0x0+32", "repeated"},
	{"empty-record.hex", "", FOTA_OK, 2, "0x0+16", "empty_record"},
	{"sparse-4g.hex", "", FOTA_OK, 0, "0x0+16 0xfffffff0+16", NULL},
	{"one-board.hex", "", FOTA_OK, 0, "0x0+16", NULL},
	{"universal.hex", "board=9900", FOTA_OK, 0, "0x0+16", NULL},
	{"universal.hex", "board=9903", FOTA_OK, 0, "0x0+16", NULL},
	{"universal.hex", "", FOTA_UNSUPPORTED, 0, "each of the boards 9900, 9903", NULL},
	{"universal.hex", "board=1234", FOTA_UNSUPPORTED, 0, "board 1234 is not in the file, only 9900, 9903", NULL},
	{"plain.hex", "board=9900", FOTA_UNSUPPORTED, 0, "not for several boards", NULL},
	{"board-outside.hex", "", FOTA_SYNTAX, 1, "type 0D outside of a block", NULL},
	{"bad-checksum.hex", "", FOTA_CHECKSUM, 2, "ihex line 2: record checksum 0x12, expected 0x68", NULL},
	{"bad-digit.hex", "", FOTA_SYNTAX, 2, "ihex line 2, column 21: \"G\" is not a hexadecimal digit", NULL},
	{"cut-in-record.hex", "", FOTA_TRUNCATED, 2, "file ends inside a record, 22 digits before its end", NULL},
	{"short-record.hex", "", FOTA_TRUNCATED, 1, "record ends 4 digits before what its length says", NULL},
	{"long-record.hex", "", FOTA_SYNTAX, 1, "1 byte after the checksum", NULL},
	{"long-line.hex", "", FOTA_SYNTAX, 1, "longer than 521 characters", NULL},
	{"no-end.hex", "", FOTA_TRUNCATED, 2, "no end-of-file record (type 01) after line 2", NULL},
	{"no-end.hex", "no_eof", FOTA_OK, 2, "0x0+32", "no_eof"},
	{"no-data.hex", "", FOTA_TRUNCATED, 0, "no data records", NULL},
	{"after-end.hex", "", FOTA_TRAILING, 3, "data record after the end-of-file record on line 2", NULL},
	{"end-with-data.hex", "", FOTA_SYNTAX, 2, "must hold no data, has 1 bytes", NULL},
	{"overlap.hex", "", FOTA_OVERLAP, 2,
	"line 2: address 0x00000008 already holds 0x08 (line 1), now 0xFF; 8 bytes conflict", NULL},
	{"overlap.hex", "overlap=first", FOTA_OK, 2, "0x0+24", "overlap"},
	{"overlap.hex", "overlap=last", FOTA_OK, 2, "0x0+24", "overlap"},
	{"overlap-backwards.hex", "", FOTA_OVERLAP, 2, "already holds 0xFF (line 1), now 0x08; 8 bytes conflict", NULL},
	{"past-4g.hex", "", FOTA_RANGE, 2, "record at 0xFFFFFFF8 + 16 bytes runs past 4 GiB", NULL},
	{"two-entries.hex", "", FOTA_DUPLICATE, 3, "entry 0x2, but line 2 says 0x1", NULL},
	{"load-offset.hex", "", FOTA_SYNTAX, 1, "load offset of a type 04 record must be 0000, is 1234", NULL},
	{"load-offset.hex", "load_offset", FOTA_OK, 1, "0x8000000+16", "load_offset"},
	{"base-size.hex", "", FOTA_SYNTAX, 1, "extended linear address record must hold 2 bytes, has 1", NULL},
	{"unknown-type.hex", "", FOTA_UNSUPPORTED, 2, "record type 06 is not known", NULL},
	{"comment.hex", "", FOTA_SYNTAX, 3, "a comment", NULL},
	{"comments-first.hex", "", FOTA_OK, 1, "0x0+16", "comments"},
	{"comments-first.hex", "strict", FOTA_SYNTAX, 1, "a comment", NULL},
	{"comments-first.hex", "strict comments", FOTA_OK, 1, "0x0+16", "comments"},
	{"hidden-record.hex", "", FOTA_SYNTAX, 1, "a comment", NULL},
	{"plain.hex", "strict", FOTA_OK, 0, "0x100+32", NULL},
	{"repeated.hex", "strict", FOTA_SYNTAX, 2, "is given again with the same value", NULL},
	{"comment.hex", "comments", FOTA_OK, 1, "0x0+16", "comments"},
	{"web-page.hex", "", FOTA_SYNTAX, 1, "ihex line 1 starts with \"<\", not with \":\" (format detected: text/html)", NULL},
	{"utf16.hex", "", FOTA_SYNTAX, 1, "UTF-16", NULL},
	{"utf16-no-mark.hex", "", FOTA_SYNTAX, 1, "file is UTF-16 text, not ASCII (without a byte order mark)", NULL},
};

static loaded
vector_file(const char *name)
{
	char		folder[1200];

	snprintf(folder, sizeof(folder), "%s/tests/vectors/ihex", top_folder);
	return load(folder, name);
}

/* Bytes, entry, metadata: what the table of vectors does not say. */
static void
test_contents(void)
{
	static const char *const same[] = {
		"crlf-lower.hex", "cr.hex", "no-line-ends.hex", "blanks.hex", "bom.hex", "backwards.hex"
	};
	loaded		file = vector_file("plain.hex");
	outcome		plain;
	outcome		o;
	bool		good = true;

	decode(&plain, file.data, file.size, "ihex", "");
	for (int i = 0; i < 32; i++)
		good &= plain.image.segments[0].data[i] == i;
	ok(good, "the bytes are those of the records");
	is_str(find_note(&plain.image, "lines"), "3", "lines are counted");
	is_str(find_note(&plain.image, "record_size"), "16", "the record size is noted");
	is_str(find_note(&plain.image, "dialect"), "i8hex", "the dialect is noted");
	free(file.data);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
	{
		file = vector_file(same[i]);
		decode(&o, file.data, file.size, NULL, "");
		ok(strcmp(o.id, plain.id) == 0, "%s has the content_id of plain.hex", same[i]);
		end_outcome(&o);
		free(file.data);
	}
	end_outcome(&plain);
}

static void
test_entry(void)
{
	loaded		file = vector_file("segment.hex");
	outcome		o;

	decode(&o, file.data, file.size, "ihex", "");
	ok(o.image.has_entry && o.image.entry == 0x10040, "a start segment address is CS * 16 + IP");
	is_str(find_note(&o.image, "start"), "1000:0040", "and noted as it stands");
	is_str(find_note(&o.image, "dialect"), "i16hex", "the dialect with segments");
	ok(o.image.segments[0].data[0] == 8 && o.image.segments[1].data[0] == 0, "a wrapped record goes on at the begin");
	end_outcome(&o);
	free(file.data);
	file = vector_file("linear.hex");
	decode(&o, file.data, file.size, "ihex", "");
	ok(o.image.has_entry && o.image.entry == 0x80000c1, "a start linear address is the entry");
	is_str(find_note(&o.image, "dialect"), "i32hex", "the dialect with linear addresses");
	end_outcome(&o);
	free(file.data);
}

static void
test_waivers(void)
{
	loaded		file = vector_file("overlap.hex");
	outcome		o;

	decode(&o, file.data, file.size, "ihex", "");
	ok(strstr(o.ctx.error.hint, "overlap=first") != NULL, "the hint of an overlap names its waivers");
	end_outcome(&o);
	decode(&o, file.data, file.size, "ihex", "overlap=first");
	ok(o.image.segments[0].data[8] == 8 && o.image.segments[0].data[16] == 255, "overlap=first keeps the first");
	end_outcome(&o);
	decode(&o, file.data, file.size, "ihex", "overlap=last");
	ok(o.image.segments[0].data[8] == 255 && o.image.segments[0].data[7] == 7, "overlap=last takes the last");
	end_outcome(&o);
	free(file.data);
	file = vector_file("universal.hex");
	decode(&o, file.data, file.size, "ihex", "board=9903");
	is_str(find_note(&o.image, "boards"), "9900, 9903", "the boards are noted");
	ok(o.image.segments[0].data[0] == 0x10, "and the data is that of the board asked for");
	end_outcome(&o);
	free(file.data);
}

static void
test_hints(void)
{
	static const struct
	{
		const char *file;
		const char *format;
		const char *hint;
	}			hints[] = {
		{"no-end.hex", "ihex", "waiver no_eof"}, {"comment.hex", "ihex", "waiver comments"},
		{"load-offset.hex", "ihex", "waiver load_offset"}, {"web-page.hex", "ihex", "web page"},
		{"plain.hex", "srec", "looks like format ihex"}, {"universal.hex", "ihex", "board=9900"},
	};

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
	{
		loaded		file = vector_file(hints[i].file);
		outcome		o;

		decode(&o, file.data, file.size, hints[i].format, "");
		if (!ok(strstr(o.ctx.error.hint, hints[i].hint) != NULL, "the hint for %s as %s says %s", hints[i].file,
				hints[i].format, hints[i].hint))
			printf("# %s\n", o.ctx.error.hint);
		end_outcome(&o);
		free(file.data);
	}
	{
		loaded		file = vector_file("bad-checksum.hex");
		outcome		o;

		decode(&o, file.data, file.size, "ihex", "");
		is_str(o.ctx.error.detail, "The line is :10001000101112131415161718191A1B1C1D1E1F12",
			   "the record is the detail");
		is_int((long long) o.ctx.error.offset, 44, "the offset is that of the record");
		end_outcome(&o);
		free(file.data);
	}
}

/* What is read of every beginning of a file is an error that says where, or the whole. */
static void
test_cuts(void)
{
	loaded		file = vector_file("linear.hex");
	bool		good = true;

	for (size_t size = 0; size < file.size; size++)
	{
		uint8_t    *cut = malloc(size ? size : 1);
		outcome		o;

		memcpy(cut, file.data, size);
		decode(&o, cut, size, "ihex", "");
		/* the last line end may be missing, nothing else */
		good &= size == file.size - 1 ? o.status == FOTA_OK : o.status == FOTA_TRUNCATED;
		good &= end_outcome(&o);
		free(cut);
	}
	ok(good, "a file cut anywhere is FOTA_TRUNCATED");
	free(file.data);
}

/* Each changed digit is seen: the sum of a record finds every single change. */
static void
test_flips(void)
{
	loaded		file = vector_file("plain.hex");
	int			accepted = 0;

	for (size_t i = 0; i < file.size; i++)
	{
		uint8_t		was = file.data[i];
		outcome		o;

		if (was == '\n' || was == ':')
			continue;
		file.data[i] = was == '0' ? '1' : '0';
		decode(&o, file.data, file.size, "ihex", "");
		accepted += o.status == FOTA_OK;
		end_outcome(&o);
		file.data[i] = was;
	}
	is_int(accepted, 0, "no single changed digit is accepted");
	free(file.data);
}

static void
test_encode(void)
{
	static const uint8_t data[] = {0xde, 0xad, 0xbe, 0xef};
	fota_segment low = {0x10, 4, data, 0};
	fota_segment across = {0x1fffe, 4, data, 0};
	fota_segment beyond = {0xfffffffe, 4, data, 0};
	fota_image	image = {.codec = fota_codec_find("ihex", 4), .format = "ihex", .segments = &low, .segment_count = 1, .bytes = 4};
	fota_encode_options options = {.record_size = 3, .crlf = true};
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	out;

	writes(&image, "ihex", NULL, ":04001000DEADBEEFB4\n:00000001FF\n", "four bytes are one record");
	writes(&image, "ihex", &options, ":03001000DEADBEA4\r\n:01001300EFFD\r\n:00000001FF\r\n",
			"record size and CR LF are as asked");
	image.segments = &across;
	image.has_entry = true;
	image.entry = 0x1fffe;
	writes(&image, "ihex", NULL,
		   ":020000040001F9\n:02FFFE00DEAD76\n:020000040002F8\n:02000000BEEF51\n:040000050001FFFEF9\n:00000001FF\n",
			"no record crosses 64 KiB, bases and entry are written");
	image.segments = &beyond;
	fota_buf_init(&out, 1 << 20);
	ok(fota_image_encode(&ctx, &image, "ihex", NULL, &out) == FOTA_RANGE, "what lies beyond 4 GiB is refused");
	image.segments = &low;
	options.record_size = 256;
	ok(fota_image_encode(&ctx, &image, "ihex", &options, &out) == FOTA_RANGE, "records of 256 bytes are refused");
	fota_buf_free(&ctx, &out);
	fota_buf_init(&out, 20);
	options.record_size = 0;
	ok(fota_image_encode(&ctx, &image, "ihex", &options, &out) == FOTA_LIMIT, "the output's cap holds");
	fota_buf_free(&ctx, &out);
}

/* A file says nothing of where its addresses count; the reader does. */
static void
test_space(void)
{
	loaded		file = vector_file("plain.hex");
	outcome		o;
	fota_buf	out;

	decode(&o, file.data, file.size, "ihex", "");
	ok(o.image.segments[0].space == FOTA_SPACE_FLASH, "addresses are those of the flash");
	end_outcome(&o);
	decode(&o, file.data, file.size, "ihex", "space=eeprom");
	ok(o.image.segments[0].space == FOTA_SPACE_EEPROM, "or of the EEPROM, where that is said (.eep)");
	fota_buf_init(&out, 1000);
	ok(fota_image_encode(&o.ctx, &o.image, "ihex", NULL, &out) == FOTA_OK && out.size == file.size &&
	   memcmp(out.data, file.data, out.size) == 0, "and are written as any");
	fota_buf_free(&o.ctx, &out);
	end_outcome(&o);
	free(file.data);
}

/* The dialect is the smallest that holds the image, or what is asked for. */
static void
test_dialects(void)
{
	static const uint8_t data[] = {0xde, 0xad, 0xbe, 0xef};
	fota_segment segment = {0x1fffe, 4, data, 0};
	fota_image	image = {.format = "raw", .segments = &segment, .segment_count = 1, .bytes = 4};
	fota_encode_options options = {.address = 3};

	writes(&image, "ihex", &options, ":020000021000EC\n:02FFFE00DEAD76\n:020000022000DC\n:02000000BEEF51\n:00000001FF\n",
		   "I16HEX has bases of segments");
	image.has_entry = true;
	image.entry = 0x1fffe;
	options.address = 2;
	refuses(&image, "ihex", &options, "lies beyond 64 KiB, where I8HEX ends");
	segment.address = 0x10;
	refuses(&image, "ihex", &options, "I8HEX has no place for the entry 0x1FFFE");
	options.address = 3;
	writes(&image, "ihex", &options, ":04001000DEADBEEFB4\n:040000031000FFFEEC\n:00000001FF\n", "I16HEX has CS:IP as entry");
	segment.address = 0xffffe;
	refuses(&image, "ihex", &options, "lies beyond 1 MiB, where I16HEX ends");
	image.has_entry = false;
	segment.address = 0;
	options.address = 2;
	writes(&image, "ihex", &options, ":04000000DEADBEEFC4\n:00000001FF\n", "I8HEX has no bases");
	options.address = 5;
	refuses(&image, "ihex", &options, "addresses of 5 bytes");
}

int
main(int argc, char **argv)
{
	static const char *const folders[] = {"ihex", "eep", NULL};

	(void) argc;
	find_top(argv[0]);
	test_vectors("ihex", vectors, sizeof(vectors) / sizeof(vectors[0]));
	test_contents();
	test_entry();
	test_waivers();
	test_hints();
	test_cuts();
	test_flips();
	test_encode();
	test_dialects();
	test_space();
	test_rewrite("ihex");
	test_corpus("ihex", folders);
	return done();
}

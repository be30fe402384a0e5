/* SPDX-License-Identifier: PostgreSQL */
/* test_srec.c: Motorola S-records. Vectors are in tests/vectors/srec. */
#include "text_case.h"

static const vector vectors[] = {
	{"s19.s19", "", FOTA_OK, 0, "0x100+32", NULL},
	{"s28.s28", "", FOTA_OK, 0, "0x10000+32", NULL},
	{"s37.s37", "", FOTA_OK, 0, "0x8000000+32", NULL},
	{"mixed.srec", "", FOTA_OK, 0, "0x100+32 0x8000000+16", NULL},
	{"lower.s19", "", FOTA_OK, 1, "0x100+16", "lower_case"},
	{"no-terminator.s19", "", FOTA_OK, 3, "0x100+16", "no_terminator"},
	{"other-terminator.s19", "", FOTA_OK, 2, "0x100+16", "terminator"},
	{"symbols.srec", "", FOTA_OK, 1, "0x100+16", "symbols"},
	{"backwards.s19", "", FOTA_OK, 0, "0x100+32", NULL},
	{"header-binary.s19", "", FOTA_OK, 0, "0x0+16", NULL},
	{"no-line-ends.s19", "", FOTA_OK, 0, "0x100+32", NULL},
	{"repeated.s19", "", FOTA_OK, 2, "0x0+16", "repeated"},
	{"empty-record.s19", "", FOTA_OK, 2, "0x0+16", "empty_record"},
	{"bad-checksum.s19", "", FOTA_CHECKSUM, 2, "srec line 2: record checksum 0x12, expected 0x74", NULL},
	{"bad-digit.s19", "", FOTA_SYNTAX, 2, "column 16: \"x\" is not a hexadecimal digit", NULL},
	{"cut-in-record.s19", "", FOTA_TRUNCATED, 2, "file ends inside a record", NULL},
	{"short-record.s19", "", FOTA_TRUNCATED, 2, "record ends 4 digits before what its length says", NULL},
	{"long-record.s19", "", FOTA_SYNTAX, 2, "1 byte after the checksum", NULL},
	{"length-small.s19", "", FOTA_SYNTAX, 1, "length 2 is too small for an S1 record (address 2 + checksum 1)", NULL},
	{"count-wrong.s19", "", FOTA_TRUNCATED, 3, "S5 says 3 data records, 1 seen: records are missing", NULL},
	{"count-with-data.s19", "", FOTA_SYNTAX, 3, "a count record must hold no data, has 1 bytes", NULL},
	{"after-end.s19", "", FOTA_TRAILING, 3, "data record after the termination record on line 2", NULL},
	{"end-with-data.s19", "", FOTA_SYNTAX, 2, "a termination record must not hold data, has 2 bytes", NULL},
	{"overlap.s19", "", FOTA_OVERLAP, 2, "address 0x0008 already holds 0x08 (line 1), now 0xFF; 8 bytes", NULL},
	{"overlap.s19", "overlap=last", FOTA_OK, 2, "0x0+24", "overlap"},
	{"past-64k.s19", "", FOTA_RANGE, 1, "S1 record at 0xFFF8 runs past 64 KiB: it holds 16 bytes", NULL},
	{"past-16m.s28", "", FOTA_RANGE, 1, "S2 record at 0xFFFFF8 runs past 16 MiB", NULL},
	{"past-4g.s37", "", FOTA_RANGE, 1, "S3 record at 0xFFFFFFF8 runs past 4 GiB", NULL},
	{"reserved.srec", "", FOTA_UNSUPPORTED, 2, "record type S4 is not known", NULL},
	{"no-data.s19", "", FOTA_TRUNCATED, 0, "no data records", NULL},
	{"comment.s19", "", FOTA_OK, 1, "0x0+16", "comments"},
	{"comment.s19", "strict", FOTA_SYNTAX, 1, "a comment", NULL},
	{"comment.s19", "comments", FOTA_OK, 1, "0x0+16", "comments"},
	{"s19.s19", "board=9900", FOTA_UNSUPPORTED, 0, "board=9900 is for Intel HEX files", NULL},
};

static loaded
vector_file(const char *name)
{
	char		folder[1200];

	snprintf(folder, sizeof(folder), "%s/tests/vectors/srec", top_folder);
	return load(folder, name);
}

static void
notes(const char *name, const char *header, const char *dialect, bool has_entry, uint64_t entry)
{
	loaded		file = vector_file(name);
	outcome		o;
	const char *found;

	decode(&o, file.data, file.size, NULL, "");
	found = find_note(&o.image, "header");
	ok(found && header ? strcmp(found, header) == 0 : found == header, "the header of %s is %s", name,
	   header ? header : "none");
	is_str(find_note(&o.image, "dialect"), dialect, "its dialect is noted");
	ok(o.image.has_entry == has_entry && (!has_entry || o.image.entry == entry), "its entry is right");
	end_outcome(&o);
	free(file.data);
}

static void
test_contents(void)
{
	loaded		file = vector_file("mixed.srec");
	bool		good = true;
	outcome		o;

	decode(&o, file.data, file.size, "srec", "");
	for (int i = 0; i < 32; i++)
		good &= o.image.segments[0].data[i] == i;
	ok(good, "records of all address sizes give their bytes");
	end_outcome(&o);
	free(file.data);
	notes("s19.s19", "lamp 1.0", "s19", true, 0x100);
	notes("s28.s28", "lamp 1.0", "s28", true, 0x10000);
	notes("s37.s37", "lamp 1.0", "s37", true, 0x80000c1);
	notes("no-terminator.s19", "lamp 1.0", "s19", false, 0);
	notes("backwards.s19", NULL, "s19", true, 0);
	notes("header-binary.s19", "a??\xc3\xa4", "s19", true, 0);
}

static void
test_flips(void)
{
	loaded		file = vector_file("s19.s19");
	int			accepted = 0;

	for (size_t i = 0; i < file.size; i++)
	{
		uint8_t		was = file.data[i];
		outcome		o;

		if (was == '\n' || was == 'S')
			continue;
		file.data[i] = was == '0' ? '1' : '0';
		decode(&o, file.data, file.size, "srec", "");
		/* the sum does not cover the type: S9 may become S0, a header, but no data is changed by that */
		accepted += o.status == FOTA_OK && (o.image.bytes != 32 || file.data[i - 1] != 'S');
		end_outcome(&o);
		file.data[i] = was;
	}
	is_int(accepted, 0, "no changed digit gives other data");
	free(file.data);
}

static void
test_encode(void)
{
	static const uint8_t data[] = {0xde, 0xad, 0xbe, 0xef};
	fota_metadata header = {.name = "header", .value = "lamp"};
	fota_segment segment = {0x10, 4, data, 0};
	fota_image	image = {.format = "raw", .segments = &segment, .segment_count = 1, .bytes = 4};
	fota_encode_options options = {.record_size = 3, .crlf = true};

	writes(&image, "srec", NULL, "S0030000FC\nS1070010DEADBEEFB0\nS5030001FB\nS9030000FC\n",
		   "a header, data, their number, the end");
	writes(&image, "srec", &options, "S0030000FC\r\nS1060010DEADBEA0\r\nS1040013EFF9\r\nS5030002FA\r\nS9030000FC\r\n",
		   "record size and CR LF are as asked");
	image.metadata = &header;
	image.metadata_count = 1;
	image.has_entry = true;
	image.entry = 0x10;
	options = (fota_encode_options) {.address = 4};
	writes(&image, "srec", &options, "S00700006C616D704E\nS30900000010DEADBEEFAE\nS5030001FB\nS70500000010EA\n",
		   "addresses of four bytes where asked for, the header and the entry of the image");
	segment.address = 0xfffffe;
	writes(&image, "srec", NULL, "S00700006C616D704E\nS30900FFFFFEDEADBEEFC2\nS5030001FB\nS70500000010EA\n",
		   "an image that ends beyond 16 MiB has addresses of four bytes");
	options.address = 3;
	refuses(&image, "srec", &options, "lies beyond 16 MiB, where S2 ends");
	segment.address = 0;
	image.entry = 0x10000;
	options.address = 2;
	refuses(&image, "srec", &options, "entry 0x10000 lies beyond 64 KiB, where S1 ends");
	options.address = 1;
	refuses(&image, "srec", &options, "addresses of 1 bytes");
}

int
main(int argc, char **argv)
{
	static const char *const folders[] = {"srec", NULL};

	(void) argc;
	find_top(argv[0]);
	test_vectors("srec", vectors, sizeof(vectors) / sizeof(vectors[0]));
	test_contents();
	test_flips();
	test_encode();
	test_rewrite("srec");
	test_refused_writes("srec", 32);
	test_corpus("srec", folders);
	return done();
}

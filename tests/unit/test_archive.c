/* SPDX-License-Identifier: PostgreSQL */
/* test_archive.c: zip, tar and cpio archives: members, sums, and what is refused. */
#include "package_case.h"

static const package_case zips[] = {
	{"plain.zip", FOTA_OK, "a.txt:80 b/c.bin:120"},
	{"comment.zip", FOTA_OK, "a.txt:80 b/c.bin:120"},
	{"folder.zip", FOTA_OK, "b/:0 b/c.bin:120"},
	{"packed_folder.zip", FOTA_OK, "b/:0 b/c.bin:1"},
	{"descriptor.zip", FOTA_OK, "b/c.bin:120 a.txt:80"},
	{"empty.zip", FOTA_OK, ""},
	{"wide.zip", FOTA_OK, "a.txt:80"},
	{"crc.zip", FOTA_CHECKSUM, "zip: member \"a.txt\": CRC-32 is 0x00000005, computed 0x99F75266"},
	{"local_name.zip", FOTA_SYNTAX, "\"a.txt\" has another name in its local header at offset 0x0"},
	{"local_size.zip", FOTA_SYNTAX, "the local header says size 0x5, the central directory 0x4"},
	{"local_crc.zip", FOTA_SYNTAX, "the local header says CRC-32 0x5, the central directory 0x99F75266"},
	{"local_method.zip", FOTA_SYNTAX, "the local header says method 0x0, the central directory 0x8"},
	{"descriptor_wrong.zip", FOTA_SYNTAX, "what follows its data at offset 0x52 differs from the central directory"},
	{"encrypted.zip", FOTA_UNSUPPORTED, "\"a.txt\" is encrypted"},
	{"method.zip", FOTA_UNSUPPORTED, "compression method 12, expected 0 (stored) or 8 (deflate)"},
	{"link.zip", FOTA_UNSAFE_NAME, "\"a.txt\" is a symbolic link"},
	{"device.zip", FOTA_UNSAFE_NAME, "\"a.txt\" is a device"},
	{"up.zip", FOTA_UNSAFE_NAME, "\"x/../../a.txt\" leaves the archive"},
	{"absolute.zip", FOTA_UNSAFE_NAME, "\"/a.txt\" is absolute"},
	{"backslash.zip", FOTA_UNSAFE_NAME, "has a backslash"},
	{"not_utf8.zip", FOTA_UNSAFE_NAME, "is not UTF-8"},
	{"nul.zip", FOTA_UNSAFE_NAME, "member name \"a.txt?.png\""},
	{"twice.zip", FOTA_DUPLICATE, "member \"a.txt\" occurs twice"},
	{"shared.zip", FOTA_DUPLICATE, "3 entries share one local header at offset 0x0"},
	{"overlap.zip", FOTA_DUPLICATE, "\"a.txt\" at offset 0x0 overlaps the next one at 0x25"},
	{"prefix.zip", FOTA_TRAILING, "data lies between the central directory and the end record"},
	{"junk_before.zip", FOTA_TRAILING, "4 bytes at offset 0x0 belong to no member"},
	{"junk_between.zip", FOTA_TRAILING, "4 bytes at offset 0x73 belong to no member"},
	{"junk_behind.zip", FOTA_TRAILING, "4 bytes after the end of the archive, at offset 0xBC"},
	{"junk_directory.zip", FOTA_TRAILING, "data lies between"},
	{"cut.zip", FOTA_TRUNCATED, "end of central directory not found"},
	{"count.zip", FOTA_SYNTAX, "the central directory has more than its 1 entries"},
	{"count_more.zip", FOTA_TRUNCATED, "the central directory ends before its last entry"},
	{"directory_past.zip", FOTA_TRUNCATED, "central directory at 0x98967F is outside the file"},
	{"data_past.zip", FOTA_TRUNCATED, "has 500 bytes, the file only"},
	{"stored_size.zip", FOTA_SYNTAX, "is stored, but has 4 bytes packed and 5 unpacked"},
	{"inflated_size.zip", FOTA_CHECKSUM, "120 bytes come out, the directory says 100"},
	{"deflate_cut.zip", FOTA_TRUNCATED, "member \"a.txt\": the compressed stream ends early"},
	{"deflate_more.zip", FOTA_TRAILING, "its compressed stream ends 1 bytes early"},
	{"bomb.zip", FOTA_LIMIT, "\"0.bin\" expands 1028:1 from 4080 to 4194304 bytes, at most 1000:1"},
	{"bomb_lie.zip", FOTA_LIMIT, "\"0.bin\" expands over 1000:1"},
};

static const package_case tars[] = {
	{"plain.tar", FOTA_OK, "a.txt:4 d/:0 d/b.txt:513"},
	{"prefix.tar", FOTA_OK, "some/folder/b.txt:4"},
	{"old.tar", FOTA_OK, "a.txt:4"},
	{"base256.tar", FOTA_OK, "a.txt:4"},
	{"no_end.tar", FOTA_OK, "a.txt:4"},
	{"gnu.tar", FOTA_OK, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
		"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn:4"},
	{"pax.tar", FOTA_OK, "p/yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
		"yyyyyyyyyyyyyyyyyyyy:4"},
	{"sum.tar", FOTA_CHECKSUM, "tar: header checksum at offset 0x0 is 3536, computed 3535"},
	{"symlink.tar", FOTA_UNSAFE_NAME, "member \"a\" is a symbolic link; symbolic links are not allowed"},
	{"hardlink.tar", FOTA_UNSAFE_NAME, "hard links are not allowed"},
	{"device.tar", FOTA_UNSAFE_NAME, "member \"a\" is a device"},
	{"sparse.tar", FOTA_UNSUPPORTED, "member \"a\" has type 0x53"},
	{"up.tar", FOTA_UNSAFE_NAME, "\"../x\" leaves the archive"},
	{"absolute.tar", FOTA_UNSAFE_NAME, "\"/x\" is absolute"},
	{"twice.tar", FOTA_DUPLICATE, "member \"a\" occurs twice"},
	{"cut.tar", FOTA_TRUNCATED, "member \"a\" cut at 388 of 600 bytes"},
	{"cut_header.tar", FOTA_TRUNCATED, "ends inside of the header at offset 0x400"},
	{"behind.tar", FOTA_TRAILING, "data after the end of the archive, at offset 0x800"},
	{"size_huge.tar", FOTA_TRUNCATED, "of 18446744073709551615 bytes"},
	{"size_base.tar", FOTA_RANGE, "size in the header at offset 0x0 is no number"},
	{"pax_bad.tar", FOTA_SYNTAX, "pax record at offset 0x200 is damaged"},
	{"pax_alone.tar", FOTA_TRUNCATED, "pax header is for is missing"},
};

static const package_case cpios[] = {
	{"newc.cpio", FOTA_OK, "a.txt:4 d:0 d/b.txt:5"},
	{"crc.cpio", FOTA_OK, "a.txt:4"},
	{"sum.cpio", FOTA_CHECKSUM, "cpio: a.txt: cpio checksum is 0x00000007, computed 0x000001AA"},
	{"no_trailer.cpio", FOTA_TRUNCATED, "archive ends without TRAILER!!!"},
	{"padded_cut.cpio", FOTA_TRUNCATED, "archive ends without TRAILER!!!"},
	{"cut.cpio", FOTA_TRUNCATED, "member 0: size 36 runs past the archive"},
	{"size_past.cpio", FOTA_TRUNCATED, "member 0: size 4294967295 runs past the archive"},
	{"name_0.cpio", FOTA_SYNTAX, "member 0: name size 0"},
	{"name_past.cpio", FOTA_TRUNCATED, "name of 4294967280 bytes runs past the archive"},
	{"name_end.cpio", FOTA_SYNTAX, "its name does not end where it should"},
	{"hex.cpio", FOTA_SYNTAX, "\"00008XA4\" in its header at offset 0xE is no hexadecimal number"},
	{"old.cpio", FOTA_UNSUPPORTED, "member 1: cpio header of the old kind (070707) at offset 0x78"},
	{"magic.cpio", FOTA_SYNTAX, "member 1: no cpio header (070701 or 070702) at offset 0x78"},
	{"up.cpio", FOTA_UNSAFE_NAME, "\"../x\" leaves the archive"},
	{"twice.cpio", FOTA_DUPLICATE, "member \"a\" occurs twice"},
	{"symlink.cpio", FOTA_UNSAFE_NAME, "is a symbolic link"},
	{"device.cpio", FOTA_UNSAFE_NAME, "is a device"},
	{"behind.cpio", FOTA_TRAILING, "data after TRAILER!!!, at offset 0xF0"},
};

static void
recognised(const char *folder, const char *file, const char *format)
{
	char		path[1200];
	loaded		data;
	int			confidence;
	const char *reason;
	const fota_codec *codec;

	snprintf(path, sizeof(path), "%s/tests/vectors/%s", top_folder, folder);
	data = load(path, file);
	codec = fota_image_detect((fota_bytes) {data.data, data.size}, &confidence, &reason);
	ok(strcmp(codec->name, format) == 0 && confidence > 90, "%s is recognised as %s", file, format);
	free(data.data);
}

static void
test_limits(void)
{
	char		path[1200];
	fota_image_options few = {.limits.members = 1};
	fota_image_options small = {.limits.unpacked = 100};
	fota_ctx	ctx = tap_ctx(0);
	fota_image	image;
	loaded		file;

	snprintf(path, sizeof(path), "%s/tests/vectors/zip", top_folder);
	file = load(path, "plain.zip");
	ok(fota_image_decode(&ctx, (fota_bytes) {file.data, file.size}, "zip", &few, &image) == FOTA_LIMIT &&
	   strstr(ctx.error.message, "2 members, at most 1"), "the number of members has a limit");
	fota_image_free(&ctx, &image);
	ok(fota_image_decode(&ctx, (fota_bytes) {file.data, file.size}, "zip", &small, &image) == FOTA_LIMIT &&
	   strstr(ctx.error.message, "at most 100 are allowed"), "what they hold in all has a limit");
	fota_image_free(&ctx, &image);
	ok(ctx.used == 0, "all memory is given back");
	free(file.data);
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	test_package_cases("zip", "zip", zips, sizeof(zips) / sizeof(zips[0]));
	test_package_cases("tar", "tar", tars, sizeof(tars) / sizeof(tars[0]));
	test_package_cases("cpio", "cpio", cpios, sizeof(cpios) / sizeof(cpios[0]));
	recognised("zip", "plain.zip", "zip");
	recognised("tar", "old.tar", "tar");
	recognised("cpio", "newc.cpio", "cpio");
	test_limits();
	if (getenv("FOTA_CORPUS"))
	{
		test_bad_corpus(getenv("FOTA_CORPUS"), "zip");
		test_bad_corpus(getenv("FOTA_CORPUS"), "tar");
	}
	return done();
}

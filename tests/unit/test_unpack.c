/* SPDX-License-Identifier: PostgreSQL */
/*
 * test_unpack.c: the layer of compression around a file: what is read through it, what is refused and how,
 * bombs, and the payload that devices get.
 */
#include "image_case.h"
#include "unpack.h"

typedef struct packed_case
{
	const char *file;
	fota_status status;
	const char *says;			/* format, or a part of the message */
} packed_case;

static const packed_case cases[] = {
	{"plain.gz", FOTA_OK, "gzip(ihex)"},
	{"all_fields.gz", FOTA_OK, "gzip(ihex)"},
	{"two_members.gz", FOTA_OK, "gzip(ihex)"},
	{"crc.gz", FOTA_CHECKSUM, "gzip: CRC-32 is 0x00000001, computed 0x"},
	{"crc16.gz", FOTA_CHECKSUM, "gzip: CRC-16 of the header is 0x"},
	{"length.gz", FOTA_CHECKSUM, "the length is said to be 7, found 32 bytes"},
	{"method.gz", FOTA_UNSUPPORTED, "compression method 9 at offset 0x2, expected 8"},
	{"reserved.gz", FOTA_SYNTAX, "reserved flag bits 0x40 at offset 0x3"},
	{"cut.gz", FOTA_TRUNCATED, "gzip: the compressed stream ends early"},
	{"cut_trailer.gz", FOTA_TRUNCATED, "gzip: the compressed stream ends early"},
	{"cut_name.gz", FOTA_TRUNCATED, "ends early, at offset 0xE"},
	{"block_type.gz", FOTA_SYNTAX, "gzip: the compressed stream is damaged before offset 0x"},
	{"trailing.gz", FOTA_TRAILING, "gzip: 3 bytes after the compressed stream, at offset 0x"},
	{"twice.gz", FOTA_LIMIT, "gzip: what is inside is compressed once more (gzip)"},
	{"bomb.gz", FOTA_LIMIT, "gzip expands over 1000:1"},
	{"plain.xz", FOTA_OK, "xz(ihex)"},
	{"padded.xz", FOTA_OK, "xz(ihex)"},
	{"two_streams.xz", FOTA_OK, "xz(ihex)"},
	{"trailing.xz", FOTA_TRAILING, "xz: 3 bytes after the compressed stream"},
	{"cut.xz", FOTA_TRUNCATED, "xz: the compressed stream ends early"},
	{"damaged.xz", FOTA_CHECKSUM, "xz: a checksum does not match"},
	{"bomb.xz", FOTA_LIMIT, "xz expands over 1000:1"},
	{"plain.zst", FOTA_OK, "zstd(ihex)"},
	{"two_frames.zst", FOTA_OK, "zstd(ihex)"},
	{"trailing.zst", FOTA_TRAILING, "zstd: 3 bytes after the compressed stream"},
	{"cut.zst", FOTA_TRUNCATED, "zstd: the compressed stream ends early"},
	{"checksum.zst", FOTA_CHECKSUM, "zstd: the checksum"},
	{"bomb.zst", FOTA_LIMIT, "zstd expands over 1000:1"},
	{"plain.bz2", FOTA_OK, "bzip2(ihex)"},
	{"two_streams.bz2", FOTA_OK, "bzip2(ihex)"},
	{"trailing.bz2", FOTA_TRAILING, "bzip2: 3 bytes after the compressed stream"},
	{"cut.bz2", FOTA_TRUNCATED, "bzip2: the compressed stream ends early"},
	{"crc.bz2", FOTA_CHECKSUM, "bzip2: a checksum does not match"},
	{"bomb.bz2", FOTA_LIMIT, "bzip2 expands over 1000:1"},
};

static const char *
vectors(void)
{
	static char folder[1200];

	snprintf(folder, sizeof(folder), "%s/tests/vectors/unpack", top_folder);
	return folder;
}

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const packed_case *c = &cases[i];
		loaded		file = load(vectors(), c->file);
		outcome		o;
		bool		good;

		decode(&o, file.data, file.size, NULL, "");
		if (c->status == FOTA_OK)
			good = o.status == FOTA_OK && strcmp(o.image.format, c->says) == 0 && strcmp(layout(&o.image), "0x0+4") == 0;
		else
			good = o.status == c->status && strstr(o.ctx.error.message, c->says) != NULL;
		if (!ok(good, "%s: %s", c->file, c->says))
			printf("# %s %s %s %s\n", fota_status_sqlstate(o.status), o.ctx.error.message, o.image.format, layout(&o.image));
		if (!end_outcome(&o))
			ok(false, "%s: all memory is given back", c->file);
		free(file.data);
	}
}

/* The asked-for format is that of what is inside, or of the layer, or raw for the file as it is. */
static void
test_formats(void)
{
	loaded		file = load(vectors(), "plain.gz");
	outcome		o;

	decode(&o, file.data, file.size, "ihex", "");
	is_str(o.image.format, "gzip(ihex)", "a format that is asked for is looked for inside");
	end_outcome(&o);
	decode(&o, file.data, file.size, "gzip", "");
	is_str(o.image.format, "gzip(ihex)", "asked for the layer, the content inside decides");
	end_outcome(&o);
	decode(&o, file.data, file.size, "raw", "");
	ok(strcmp(o.image.format, "raw") == 0 && o.image.bytes == file.size, "asked for raw, the file stays as it is");
	end_outcome(&o);
	decode(&o, "abc", 3, "gzip", "");
	ok(o.status == FOTA_SYNTAX, "a file that is not compressed is no gzip file");
	end_outcome(&o);
	free(file.data);
}

static void
test_payload(void)
{
	static const uint8_t gzip_of_lamp[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 1, 4, 0, 0xfb, 0xff, 'l', 'a', 'm', 'p',
		0, 0, 0, 0, 4, 0, 0, 0};
	uint8_t		data[sizeof(gzip_of_lamp)];
	uint32_t	crc = fota_crc32(0, "lamp", 4);
	fota_payload_spec spec = {.fill = 255};
	fota_bytes	file = {data, sizeof(data)};
	fota_buf	out;
	bool		is_file;
	outcome		o;

	memcpy(data, gzip_of_lamp, sizeof(data));
	for (int i = 0; i < 4; i++)
		data[19 + i] = (uint8_t) (crc >> 8 * i);
	decode(&o, data, sizeof(data), NULL, "");
	ok(o.status == FOTA_OK && fota_image_payload(&o.ctx, file, &o.image, &spec, NULL, &is_file, &out) == FOTA_OK &&
	   !is_file && out.size == 4 && memcmp(out.data, "lamp", 4) == 0, "devices get what is inside");
	fota_buf_free(&o.ctx, &out);
	spec.kind = FOTA_PAYLOAD_FILE;
	ok(fota_image_payload(&o.ctx, file, &o.image, &spec, NULL, &is_file, &out) == FOTA_OK && is_file,
	   "a component that wants the file gets the file");
	spec.kind = FOTA_PAYLOAD_FLAT;
	ok(fota_image_payload(&o.ctx, file, &o.image, &spec, NULL, &is_file, &out) == FOTA_OK && !is_file && out.size == 4,
	   "a component that wants flat bytes gets those inside");
	fota_buf_free(&o.ctx, &out);
	ok(end_outcome(&o), "all memory is given back");
}

static int
stop(void *opaque)
{
	(void) opaque;
	return 1;
}

static void
test_limits(void)
{
	loaded		file = load(vectors(), "bomb.gz");
	fota_image_limits limits = {.unpacked = 1 << 20, .ratio = 5000};
	fota_ctx	ctx = tap_ctx(0);
	fota_bytes	bytes = {file.data, file.size};
	fota_buf	out;

	fota_buf_init(&out, 0);
	ok(fota_unpack(&ctx, FOTA_PACKING_GZIP, bytes, &limits, "gzip", &out) == FOTA_LIMIT &&
	   strstr(ctx.error.message, "more than 1048576 bytes") && out.size <= (1 << 20) + 65536, "the size has a limit");
	fota_buf_free(&ctx, &out);
	limits.unpacked = 4 << 20;
	ok(fota_unpack(&ctx, FOTA_PACKING_GZIP, bytes, &limits, "gzip", &out) == FOTA_OK && out.size == 4 << 20,
	   "both limits can be raised");
	fota_buf_free(&ctx, &out);
	ctx.poll = stop;
	ok(fota_unpack(&ctx, FOTA_PACKING_GZIP, bytes, &limits, "gzip", &out) == FOTA_CANCELED, "the caller can stop it");
	fota_buf_free(&ctx, &out);
	ctx.poll = NULL;
	ctx.limit = 4096;
	for (fota_packing p = FOTA_PACKING_GZIP; p <= FOTA_PACKING_BZIP2; p++)
	{
		static const char *const names[] = {"", "plain.gz", "plain.xz", "plain.zst", "plain.bz2"};
		loaded		small = load(vectors(), names[p]);

		ok(fota_unpack(&ctx, p, (fota_bytes) {small.data, small.size}, NULL, "it", &out) == FOTA_LIMIT,
		   "%s keeps the limit of memory", fota_packing_name(p));
		fota_buf_free(&ctx, &out);
		free(small.data);
	}
	ok(ctx.used == 0, "all memory is given back");
	free(file.data);
}

static void
test_deflate(void)
{
	fota_ctx	ctx = tap_ctx(0);
	uint8_t	   *data = malloc(300000);
	fota_inflated got;
	fota_buf	packed;
	fota_buf	plain;

	for (size_t i = 0; i < 300000; i++)
		data[i] = (uint8_t) (tap_random(8) ? i >> 8 : tap_random(256));
	fota_buf_init(&packed, 1 << 20);
	fota_buf_init(&plain, 1 << 20);
	ok(fota_deflate(&ctx, (fota_bytes) {data, 300000}, &packed) == FOTA_OK && packed.size < 200000 &&
	   fota_inflate(&ctx, (fota_bytes) {packed.data, packed.size}, NULL, "it", &plain, &got) == FOTA_OK &&
	   got.size == 300000 && got.packed == packed.size && memcmp(plain.data, data, 300000) == 0,
	   "what is deflated is inflated again");
	ok(got.crc == fota_crc32(0, data, 300000), "with its CRC-32");
	fota_buf_free(&ctx, &packed);
	fota_buf_free(&ctx, &plain);
	ok(ctx.used == 0, "all memory is given back");
	free(data);
}

static void
test_files(const char *corpus)
{
	static const char *const files[][2] = {
		{"fw.bin.gz", "gzip(raw)"}, {"fw.bin.xz", "xz(raw)"}, {"fw.hex.gz", "gzip(ihex)"}, {"fw.tar.gz", "gzip(tar)"}
	};
	char		folder[1200];

	snprintf(folder, sizeof(folder), "%s/formats/archive", corpus);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
	{
		loaded		file = load(folder, files[i][0]);
		outcome		o;

		decode(&o, file.data, file.size, NULL, "");
		ok(o.status == FOTA_OK && strcmp(o.image.format, files[i][1]) == 0, "%s is %s", files[i][0], files[i][1]);
		end_outcome(&o);
		free(file.data);
	}
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	tap_seed();
	test_cases();
	test_formats();
	test_payload();
	test_limits();
	test_deflate();
	if (getenv("FOTA_CORPUS"))
	{
		test_bad_corpus(getenv("FOTA_CORPUS"), "gzip");
		test_files(getenv("FOTA_CORPUS"));
	}
	return done();
}

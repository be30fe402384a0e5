/* SPDX-License-Identifier: PostgreSQL */
/* test_known.c: formats that are only recognised, error pages, and what raw files look like. */
#include "binary_case.h"

/* A file that begins with some bytes (or has them at offset) is of this format, one segment, and warned of. */
static void
recognised(const char *format, size_t offset, const void *bytes, size_t size, size_t total)
{
	built		b = {0};
	outcome		o;

	put(&b, NULL, total);
	memcpy(b.data + offset, bytes, size);
	decode(&o, b.data, b.size, NULL, "");
	if (!ok(o.status == FOTA_OK && strcmp(o.image.format, format) == 0 && find_warning(&o.image, "recognised_only") &&
			o.image.segment_count == 1 && o.image.bytes == total, "%s is recognised", format))
		printf("# %s %s %s\n", fota_status_sqlstate(o.status), o.ctx.error.message, o.image.format);
	end_outcome(&o);
	b.data[offset] ^= 0x55;
	b.data[offset + size - 1] ^= 0x55;
	refused(&b, format, "", FOTA_SYNTAX, "the file does not begin as a ");
	drop(&b);
}

#define RECOGNISED(format, offset, bytes, total) recognised(format, offset, bytes, sizeof(bytes) - 1, total)

static void
test_formats(void)
{
	RECOGNISED("crau", 0, "CrAU\0\0\0\0\0\0\0\2", 100);
	RECOGNISED("android-sparse", 0, "\x3a\xff\x26\xed\1\0\0\0\x1c\0\x0c\0", 100);
	RECOGNISED("android-boot", 0, "ANDROID!", 100);
	RECOGNISED("nxp-sb2", 20, "STMP", 100);
	RECOGNISED("nxp-sb3", 0, "sbv3", 100);
	RECOGNISED("gbl", 0, "\xeb\x17\xa6\x03\x08\0\0\0", 100);
	RECOGNISED("ebl", 0, "\0\0\0\x8c\2\1\xe3\x50", 160);
	RECOGNISED("cab", 0, "MSCF\0\0\0\0\x40\0\0\0", 100);
	RECOGNISED("squashfs", 0, "hsqs", 100);
	RECOGNISED("ext4", 1024, "\x10\0\0\0\x10\0\0\0" "0123456789abcdef" "\2\0\0\0" "0123456789abcdef" "0123456789ab" "\x53\xef", 4096);
	RECOGNISED("ubi", 0, "UBI#\1", 100);
	RECOGNISED("ubifs", 0, "\x31\x18\x10\x06", 100);
	RECOGNISED("uefi-capsule", 0, "\xed\xd5\xcb\x6d\x2d\xe8\x44\x4c\xbd\xa1\x71\x94\x19\x9a\xd9\x2a\x1c\0\0\0\0\0\0\0\x64\0\0\0", 100);
	RECOGNISED("pe", 0, "MZ0123456789abcdef0123456789abcdef0123456789abcdef0123456789\x40\0\0\0PE\0\0", 100);
	RECOGNISED("pgp", 0, "-----BEGIN PGP SIGNATURE-----", 100);
	RECOGNISED("pgp", 0, "\x89\x01\x33\x04\0\1\x08", 100);
	RECOGNISED("cms", 0, "\x30\x82\x01\0\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 300);
	RECOGNISED("dtb", 0, "\xd0\x0d\xfe\xed\0\0\0\x64\0\0\0\x38\0\0\0\x50\0\0\0\x28\0\0\0\x11\0\0\0\x10", 100);
}

static void
page(const char *text, const char *says)
{
	built		b = {0};
	outcome		o;

	put(&b, text, strlen(text));
	decode(&o, b.data, b.size, NULL, "");
	if (!ok(o.status == FOTA_SYNTAX && strcmp(o.image.format, "error-page") == 0 && strstr(o.ctx.error.message, says),
			"an error page is refused: %s", says))
		printf("# %s %s %s\n", fota_status_sqlstate(o.status), o.ctx.error.message, o.image.format);
	end_outcome(&o);
	decode(&o, b.data, b.size, "raw", "");
	ok(o.status == FOTA_OK && o.image.bytes == b.size, "but taken as raw");
	end_outcome(&o);
	drop(&b);
}

static void
test_pages(void)
{
	page("<!DOCTYPE HTML>\n<html><head><TITLE>404 Not Found</TITLE></head></html>",
		 "error-page line 1: starts with \"<\": an error page was uploaded instead of an image: HTML (text/html), \"404 Not Found\"");
	page("\xef\xbb\xbf \r\n<html><body>gone</body></html>", "an error page was uploaded instead of an image: HTML");
	page("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
		 "an error in XML, \"Access Denied\"");
	page("{\"error\":\"not found\",\"message\":\"no such file\"}", "an error in JSON, \"no such file\"");
}

static void
looks(const void *bytes, size_t size, size_t total, const char *like)
{
	built		b = {0};
	outcome		o;

	put(&b, NULL, total);
	memcpy(b.data, bytes, size);
	decode(&o, b.data, b.size, NULL, "");
	is_str(o.image.format, "raw", "a raw file");
	if (like != NULL)
		is_str(find_note(&o.image, "looks_like"), like, "looks like it");
	else
		ok(find_note(&o.image, "looks_like") == NULL, "looks like nothing");
	end_outcome(&o);
	drop(&b);
}

#define LOOKS(bytes, total, like) looks(bytes, sizeof(bytes) - 1, total, like)

static void
test_hints(void)
{
	LOOKS("\0\x80\0\x20\xc1\0\0\x08\xc5\0\0\x08\xc9\0\0\x08", 256, "Cortex-M vector table");
	LOOKS("\x0c\x94\x34\0\x0c\x94\x3e\0\x0c\x94\x3e\0\x0c\x94\x3e\0\x0c\x94\x3e\0\x0c\x94\x3e\0\x0c\x94\x3e\0\x0c\x94\x3e\0", 256,
		  "AVR jump table");
	LOOKS("\x12\xc0\x19\xc0\x18\xc0\x17\xc0\x16\xc0\x15\xc0\x14\xc0\x13\xc0", 256, "AVR jump table");
	LOOKS("\x18\xf0\x9f\xe5\0\0\xa0\xe1\0\0\xa0\xe1\0\0\xa0\xe1\0\0\xa0\xe1\0\0\xa0\xe1\0\0\xa0\xe1\0\0\xa0\xe1", 256,
		  "ARM vector table");
	LOOKS("\x02\1\xb9\x32\0\0\0\0\0\0\0\x32\0\0\0\0\0\0\0\x32\0\0\0\0\0\0\0\x32\0\0\0\0\0\0\0\x32", 256, "8051 jump table");
	LOOKS("\xea\4\2\x40\0\0\x10\x40", 256, "ESP8266 image of version 2");
	LOOKS("hello", 256, NULL);
}

/* Every file of the corpus is taken for what it is. */
static void
test_whole_corpus(void)
{
	static const char *const same[] = {
		"ihex", "srec", "ti-txt", "tekhex", "uf2", "elf", "dfu", "dfuse", "esp", "uimage", "fit", "trx", "openwrt", "zigbee-ota",
		"cyacd2", "crau", "cab", "raw", "mcuboot", "nordic-dfu", "ncs-zip", "swu", "mender", "suit", "raucb", NULL,
	};
	const char *corpus = getenv("FOTA_CORPUS");
	char		path[2048];
	char		line[4096];
	FILE	   *table;
	int			wrong = 0;

	if (corpus == NULL)
		return;
	snprintf(path, sizeof(path), "%s/formats/MANIFEST.tsv", corpus);
	table = fopen(path, "r");
	while (table != NULL && fgets(line, sizeof(line), table))
	{
		char	   *field[8];
		const char *reason;
		const char *found;
		int			sure;
		size_t		i = 0;
		loaded		file;

		if (split(line, field, 8) < 5)
			continue;
		while (same[i] != NULL && strcmp(same[i], field[0]) != 0)
			i++;
		if (same[i] == NULL || fota_codec_find(field[0], strlen(field[0])) == NULL || strstr(field[1], ".hex.txt") != NULL)
			continue;
		snprintf(path, sizeof(path), "%s/formats/%s", corpus, field[0]);
		file = load(path, field[1]);
		found = file.data ? fota_image_detect((fota_bytes) {file.data, file.size}, &sure, &reason)->name : field[0];
		if (strcmp(found, field[0]) != 0 && strcmp(field[1], "signed.hex") != 0)
		{
			printf("# %s/%s: %s (%d: %s)\n", field[0], field[1], found, sure, reason);
			wrong++;
		}
		free(file.data);
	}
	if (table != NULL)
		fclose(table);
	is_int(wrong, 0, "every file of the corpus is taken for what it is");
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	test_formats();
	test_pages();
	test_hints();
	good_file("crau", "payload_header.bin", "crau", NULL, "recognised_only", NULL);
	good_file("cab", "fakedevice123.cab", "cab", NULL, "recognised_only", NULL);
	test_whole_corpus();
	return done();
}

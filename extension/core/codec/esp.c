/* SPDX-License-Identifier: PostgreSQL */
/*
 * esp.c: reads images for Espressif's chips (ESP-IDF, ESP8266); see esp.h. Devices get the file as it is; its segments
 * are at their load addresses here.
 *
 *	0 magic 0xE9	1 number of segments	2 flash mode	3 flash size and speed	4 entry
 *	8 (all but ESP8266) pins	12 chip id	15 least and 17 most revision	23 a SHA-256 is appended
 *	segments: 4 load address	4 length	data; then filling, so that the checksum (XOR of all data, from 0xEF on) is the
 *	last byte of 16; then, perhaps, SHA-256 of all before it. Little-endian.
 */
#include "esp.h"

#include <string.h>

#define SEGMENTS 16
#define HEADER_8266 8
#define HEADER 24
#define BOOT_DESCRIPTOR 80		/* magic of the descriptor that boot loaders have */

typedef struct esp
{
	fota_ctx   *ctx;
	fota_bytes	file;
	fota_image *image;
	bool		is_8266;
	bool		has_digest;
	unsigned	count;
	uint64_t	at;
	uint8_t		sum;
	fota_binary_part_at parts[SEGMENTS];
	size_t		part_count;
} esp;

/* --- header ------------------------------------------------------------------------------- */

/* An image for ESP8266 has the first segment's address where others have pins and chip. */
static bool
is_8266(fota_bytes file)
{
	const uint8_t *p = file.data;
	uint32_t	address = fota_get_u32le(p + 8);

	if (file.size >= HEADER && fota_esp_chip(fota_get_u16le(p + 12)) != NULL && p[23] <= 1 && fota_get_u32le(p + 19) == 0)
		return false;
	return (address >= 0x40100000 && address < 0x40110000) || (address >= 0x3ffe8000 && address < 0x40000000) ||
		(address >= 0x40200000 && address < 0x40300000);
}

static void
say_header(esp *e)
{
	const uint8_t *p = e->file.data;
	unsigned	chip = fota_get_u16le(p + 12);
	const char *name = e->is_8266 ? "esp8266" : fota_esp_chip(chip);
	static const char *const modes[] = {"qio", "qout", "dio", "dout"};

	if (name != NULL)
		fota_image_note_item(e->image, "hw", name, SIZE_MAX);
	else
		fota_image_warn(e->image, "chip", 0, 12, "chip id %u is not known", chip);
	if (p[2] < 4)
		fota_image_note(e->image, "flash_mode", modes[p[2]], SIZE_MAX);
	e->image->has_entry = true;
	e->image->entry = fota_get_u32le(p + 4);
	fota_image_note_number(e->image, "entry", e->image->entry);
	if (e->is_8266)
		return;
	if (fota_get_u16le(p + 15) > 0)
		fota_image_note_format(e->image, "min_revision", "%u.%u", fota_get_u16le(p + 15) / 100, fota_get_u16le(p + 15) % 100);
	if (fota_get_u16le(p + 17) > 0 && fota_get_u16le(p + 17) != 0xffff)
		fota_image_note_format(e->image, "max_revision", "%u.%u", fota_get_u16le(p + 17) / 100, fota_get_u16le(p + 17) % 100);
}

static fota_status
read_header(esp *e)
{
	const uint8_t *p = e->file.data;

	if (e->file.size < 1 || p[0] != ESP_MAGIC)
	{
		fota_fail(e->ctx, e->file.size < 1 ? FOTA_TRUNCATED : FOTA_SYNTAX, 0, 0, "esp: magic is 0x%02X, expected 0xE9",
				  e->file.size < 1 ? 0 : p[0]);
		if (e->file.size >= 1 && p[0] == ESP_MAGIC_V2)
			return fota_fail_hint(e->ctx, "0xEA begins an old ESP8266 image of version 2: format raw takes it as it is.");
		return e->ctx->error.code;
	}
	if (e->file.size < HEADER)
		return fota_fail(e->ctx, FOTA_TRUNCATED, e->file.size, 0, "esp: header cut at %zu of %u bytes", e->file.size, HEADER);
	e->is_8266 = is_8266(e->file);
	e->has_digest = !e->is_8266 && p[23] == 1;
	e->count = p[1];
	e->at = e->is_8266 ? HEADER_8266 : HEADER;
	if (e->count == 0)
		return fota_fail(e->ctx, FOTA_TRUNCATED, 1, 0, "esp: 0 segments");
	if (e->count > SEGMENTS)
		return fota_fail(e->ctx, FOTA_RANGE, 1, 0, "esp: %u segments, at most %u", e->count, SEGMENTS);
	if (!e->is_8266 && p[23] > 1)
		return fota_fail(e->ctx, FOTA_SYNTAX, 23, 0, "esp: whether a SHA-256 is appended is %u, expected 0 or 1", p[23]);
	return FOTA_OK;
}

/* --- segments ----------------------------------------------------------------------------- */

static fota_status
add_to_sum(esp *e, fota_bytes data)
{
	fota_status status = FOTA_OK;

	while (data.size > 0 && status == FOTA_OK)
	{
		size_t		step = data.size < FOTA_POLL_EVERY ? data.size : FOTA_POLL_EVERY;

		for (size_t i = 0; i < step; i++)
			e->sum ^= data.data[i];
		data = (fota_bytes) {data.data + step, data.size - step};
		status = fota_poll(e->ctx, step);
	}
	return status;
}

static fota_status
take_segment(esp *e, unsigned number)
{
	uint32_t	address;
	uint32_t	size;

	if (!fota_binary_has(e->file, e->at, 8))
		return fota_fail(e->ctx, FOTA_TRUNCATED, e->file.size, 0, "esp: segment %u runs past the file: its head is cut", number);
	address = fota_get_u32le(e->file.data + e->at);
	size = fota_get_u32le(e->file.data + e->at + 4);
	if (address + (uint64_t) size > (uint64_t) 1 << 32)
		return fota_fail(e->ctx, FOTA_TRUNCATED, e->at + 4, 0, "esp: segment %u: length overflows: 0x%08X + %u", number,
						 address, size);
	if (!fota_binary_has(e->file, e->at + 8, size))
		return fota_fail(e->ctx, FOTA_TRUNCATED, e->at + 4, 0,
						 "esp: segment %u: %u bytes run past the file; segment %u runs past the file", number, size, number);
	/* at address 0 stands filling, which lets the next segment begin at a page of the flash */
	if (size > 0 && address != 0)
		e->parts[e->part_count++] = (fota_binary_part_at) {address, e->at + 8, size, number};
	e->at += 8;
	if (number == 0 && !fota_esp_app_note(fota_binary_part(e->file, e->at, size), e->image) && size >= 40 &&
		fota_get_u32le(e->file.data + e->at) == BOOT_DESCRIPTOR)
		fota_image_note(e->image, "sdk_version", (const char *) e->file.data + e->at + 8,
						fota_binary_text(e->file.data + e->at + 8, 32));
	e->at += size;
	return add_to_sum(e, fota_binary_part(e->file, e->at - size, size));
}

/* Checksum and digest behind the segments. */
static fota_status
check_sums(esp *e)
{
	uint64_t	at = e->at | 15;
	uint8_t		digest[FOTA_SHA256_SIZE];
	bool		digest_differs = false;
	fota_status status;

	if (at >= e->file.size)
		return fota_fail(e->ctx, FOTA_TRUNCATED, e->file.size, 0, "esp: the file ends before its checksum at 0x%llX",
						 (unsigned long long) at);
	e->at = at + 1;
	if (e->has_digest && !fota_binary_has(e->file, e->at, FOTA_SHA256_SIZE))
		return fota_fail(e->ctx, FOTA_TRUNCATED, e->file.size, 0, "esp: the file ends before its appended SHA-256 at 0x%llX",
						 (unsigned long long) e->at);
	if (e->has_digest)
	{
		status = fota_sha256(e->ctx, e->file.data, (size_t) e->at, digest);
		if (status != FOTA_OK)
			return status;
		digest_differs = memcmp(digest, e->file.data + e->at, sizeof(digest)) != 0;
		fota_image_note_hex(e->image, "hash", e->file.data + e->at, sizeof(digest));
		if (!digest_differs)
			fota_image_digest_add(e->image, "esp_image", digest, sizeof(digest));
		e->at += sizeof(digest);
	}
	if (e->file.data[at] != e->sum)
		return fota_fail(e->ctx, FOTA_CHECKSUM, at, 0, "esp: checksum 0x%02X, computed 0x%02X%s", e->file.data[at], e->sum,
						 digest_differs ? "; and appended SHA-256 does not match" : "");
	if (digest_differs)
		return fota_fail(e->ctx, FOTA_CHECKSUM, at + 1, 0, "esp: appended SHA-256 does not match");
	return FOTA_OK;
}

fota_status
fota_esp_image(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image, uint64_t *end)
{
	esp			e = {.ctx = ctx, .file = file, .image = image, .sum = 0xef};
	fota_status status = read_header(&e);

	if (status != FOTA_OK)
		return status;
	say_header(&e);
	for (unsigned i = 0; i < e.count && status == FOTA_OK; i++)
		status = take_segment(&e, i);
	if (status == FOTA_OK)
		status = check_sums(&e);
	if (status != FOTA_OK)
		return status;
	*end = e.at;
	if (options == NULL)
		return FOTA_OK;
	if (e.part_count == 0)
		return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "esp: no segment holds data");
	return fota_binary_segments(ctx, file, e.parts, e.part_count, "segment", options, image);
}

/* --- the file ----------------------------------------------------------------------------- */

/* What stands behind the image: nothing, filling, signature blocks, or what nobody knows. */
static fota_status
check_rest(fota_ctx *ctx, fota_bytes file, uint64_t end, fota_image *image)
{
	uint64_t	sector = (end + ESP_SECTOR - 1) / ESP_SECTOR * ESP_SECTOR;
	fota_bytes	rest = fota_binary_part(file, end, file.size - end);

	if (fota_esp_is_signed(file, sector))
		return fota_esp_blocks(ctx, file, sector, image);
	fota_image_note_flag(image, "signed", rest.size == 68 && fota_get_u32le(rest.data) == 0);
	if (rest.size == 0 || (rest.size == 68 && fota_get_u32le(rest.data) == 0))
		return FOTA_OK;
	if (!fota_binary_filled(rest, 0xff))
		fota_image_warn(image, "trailing", 0, end,
						"%zu bytes after the image (a signature block is 4096-aligned and starts E7 02 / 0x00000000)", rest.size);
	return FOTA_OK;
}

static fota_status
esp_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	uint64_t	end;
	fota_status status;

	if (fota_esp_is_table(file))
		return fota_esp_table(ctx, file, options, image);
	if (fota_esp_is_flash(file))
		return fota_esp_flash(ctx, file, options, image);
	status = fota_esp_image(ctx, file, options, image, &end);
	return status == FOTA_OK ? check_rest(ctx, file, end, image) : status;
}

/* The magic is one byte, so that the header must make sense, too. */
static int
esp_detect(fota_bytes file, const char **reason)
{
	const uint8_t *p = file.data;
	uint32_t	size;

	if (fota_esp_is_table(file))
	{
		*reason = "the file is a partition table of ESP-IDF";
		return 95;
	}
	if (fota_esp_is_flash(file))
	{
		*reason = "the file is a dump of a flash: a partition table of ESP-IDF stands at its place";
		return 95;
	}
	if (file.size < HEADER + 8 || p[0] != ESP_MAGIC)
		return 0;
	if (p[1] == 0 || p[1] > SEGMENTS)
	{
		*reason = "the file begins as an image for Espressif's chips, but for its number of segments";
		return p[2] <= 3 && p[23] <= 1 && fota_get_u32le(p + 19) == 0 && fota_esp_chip(fota_get_u16le(p + 12)) != NULL ? 60 : 0;
	}
	size = fota_get_u32le(p + (is_8266(file) ? HEADER_8266 : HEADER) + 4);
	if (size > file.size || p[2] > 3 || (!is_8266(file) && (p[23] > 1 || fota_esp_chip(fota_get_u16le(p + 12)) == NULL)))
	{
		*reason = "the file begins with 0xE9 and a number of segments as an image for Espressif's chips";
		return 40;
	}
	*reason = "the file begins with the header of an image for Espressif's chips";
	return 95;
}

const fota_codec fota_codec_esp = {
	.name = "esp",
	.title = "Espressif image",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = esp_detect,
	.decode = esp_decode,
	.verify = fota_esp_verify,
};

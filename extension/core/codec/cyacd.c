/* SPDX-License-Identifier: PostgreSQL */
/*
 * cyacd.c: application files of Cypress' (Infineon's) boot loaders: a header and rows as lines of hex digits.
 *
 *	cyacd (PSoC 3, 4, 5)	4 silicon id	1 revision	1 kind of checksum; rows ":" 1 array	2 row	2 length	data	1 checksum, so
 *							that all bytes sum up to 0; big-endian. A row is at array << 24 | row number * length.
 *	cyacd2 (PSoC 6)			1 version	4 silicon id	1 revision	1 kind of checksum	1 application	4 product; "@APPINFO:.."
 *							lines; rows ":" 4 address	data; little-endian
 */
#include "codecs.h"
#include "binary.h"
#include "hex_text.h"

#include <string.h>

#define HEADER 6
#define HEADER_2 12
#define EEPROM_ARRAY 0x40

typedef struct cyacd
{
	fota_ctx   *ctx;
	const char *format;
	fota_image *image;
	uint8_t    *bytes;			/* data of the rows */
	size_t		used;
	fota_binary_part_at *parts; /* a row each, with its line as number */
	size_t		rows;
	size_t		room;
	const uint8_t *begin;
	const uint8_t *p;			/* line that is read */
	const uint8_t *end;			/* of it, without blanks */
	uint64_t	line;
	bool		second;			/* cyacd2 */
	unsigned	row_size;		/* cyacd: of the first row of an array */
} cyacd;

static fota_status
fail(const cyacd *c, fota_status code, const char *text)
{
	size_t		size = (size_t) (c->end - c->p);

	fota_fail(c->ctx, code, (uint64_t) (c->p - c->begin), c->line, "%s line %llu: %s", c->format, (unsigned long long) c->line,
			  text);
	return fota_fail_detail(c->ctx, "%.*s", size > 80 ? 80 : (int) size, (const char *) c->p);
}

/* The digits of a line from p on, as bytes at out, which has room. */
static fota_status
read_digits(const cyacd *c, const uint8_t *p, uint8_t *out, size_t *size)
{
	char		text[120];
	unsigned	bad = 0;

	*size = (size_t) (c->end - p) / 2;
	for (const uint8_t *q = p; q < c->end; q++)
	{
		if (fota_hex_digit[*q] <= 15)
			continue;
		fota_format(text, sizeof(text), "column %llu: \"%c\" is not a hexadecimal digit", (unsigned long long) (q - c->p + 1),
					*q >= 0x20 && *q < 0x7f ? *q : '?');
		return fail(c, FOTA_SYNTAX, text);
	}
	if ((c->end - p) % 2 != 0)
		return fail(c, FOTA_SYNTAX, "odd digits: half a byte is missing, or too much");
	for (size_t i = 0; i < *size; i++, p += 2)
		out[i] = fota_hex_byte(p, &bad);
	return fota_poll(c->ctx, *size);
}

/* --- header ------------------------------------------------------------------------------- */

static fota_status
read_header(cyacd *c)
{
	uint8_t		h[HEADER_2] = {0};
	size_t		digits = (size_t) (c->end - c->p);
	size_t		need = c->second ? HEADER_2 : HEADER;
	char		text[80];
	size_t		size;
	uint32_t	silicon;
	fota_status status;

	if (digits < 2 * need)
	{
		fota_format(text, sizeof(text), "header too short: %zu digits, expected %zu", digits, 2 * need);
		return fail(c, FOTA_TRUNCATED, text);
	}
	if (digits > 2 * need)
	{
		fota_format(text, sizeof(text), "header too long: %zu digits, expected %zu", digits, 2 * need);
		return fail(c, FOTA_SYNTAX, text);
	}
	status = read_digits(c, c->p, h, &size);
	if (status != FOTA_OK)
		return status;
	silicon = c->second ? fota_get_u32le(h + 1) : fota_get_u32be(h);
	fota_format(text, sizeof(text), "%08X", silicon);
	fota_image_note_item(c->image, "hw", text, SIZE_MAX);
	fota_image_note_number(c->image, "silicon_revision", c->second ? h[5] : h[4]);
	fota_image_note_number(c->image, "checksum_type", c->second ? h[6] : h[5]);
	if (!c->second)
		return FOTA_OK;
	if (h[0] != 1)
		return fail(c, FOTA_UNSUPPORTED, "version of the file is not known, expected 01");
	fota_image_note_number(c->image, "application", h[7]);
	fota_image_note_format(c->image, "product", "%08X", fota_get_u32le(h + 8));
	return FOTA_OK;
}

/* --- rows --------------------------------------------------------------------------------- */

/* A row's data stands at the end of bytes, behind what is not data. */
static fota_status
add_row(cyacd *c, uint64_t address, size_t at, size_t size)
{
	if (c->rows == c->room)
	{
		size_t		room = c->room ? 2 * c->room : 256;
		fota_binary_part_at *parts = fota_alloc_array(c->ctx, room, sizeof(*parts));

		if (parts == NULL)
			return c->ctx->error.code;
		if (c->rows > 0)
			memcpy(parts, c->parts, c->rows * sizeof(*parts));
		fota_free(c->ctx, c->parts);
		c->parts = parts;
		c->room = room;
	}
	memmove(c->bytes + c->used, c->bytes + c->used + at, size);
	c->parts[c->rows++] = (fota_binary_part_at) {address, c->used, size, c->line};
	c->used += size;
	return FOTA_OK;
}

static fota_status
read_row_2(cyacd *c)
{
	uint8_t    *out = c->bytes + c->used;
	size_t		size;
	uint32_t	address;
	fota_status status = read_digits(c, c->p + 1, out, &size);

	if (status != FOTA_OK)
		return status;
	if (size < 4)
		return fail(c, FOTA_TRUNCATED, "too short for an address");
	if (size == 4)
		return fail(c, FOTA_TRUNCATED, "a row without data");
	address = fota_get_u32le(out);
	if (address + (uint64_t) (size - 4) > (uint64_t) 1 << 32)
		return fail(c, FOTA_RANGE, "the row runs past 4 GiB");
	return add_row(c, address, 4, size - 4);
}

static fota_status
read_row_1(cyacd *c)
{
	uint8_t    *out = c->bytes + c->used;
	size_t		size;
	unsigned	length;
	unsigned	sum = 0;
	uint64_t	address;
	char		text[80];
	fota_status status = read_digits(c, c->p + 1, out, &size);

	if (status != FOTA_OK)
		return status;
	if (size < 6)
		return fail(c, FOTA_TRUNCATED, "too short for array, row, length and checksum");
	length = fota_get_u16be(out + 3);
	if (size != length + 6u)
	{
		fota_format(text, sizeof(text), "length %u, but %zu bytes of data", length, size - 6);
		return fail(c, size < length + 6u ? FOTA_TRUNCATED : FOTA_SYNTAX, text);
	}
	if (length == 0)
		return fail(c, FOTA_TRUNCATED, "a row without data");
	for (size_t i = 0; i < size; i++)
		sum += out[i];
	if ((sum & 0xff) != 0)
	{
		fota_format(text, sizeof(text), "row checksum 0x%02X, expected 0x%02X", out[size - 1], (out[size - 1] - sum) & 0xff);
		return fail(c, FOTA_CHECKSUM, text);
	}
	if (c->row_size == 0)
		c->row_size = length;
	address = (uint64_t) out[0] << 24 | ((uint64_t) fota_get_u16be(out + 1) * (out[0] < EEPROM_ARRAY ? c->row_size : length));
	if (out[0] >= EEPROM_ARRAY)
		address = ((uint64_t) (out[0] - EEPROM_ARRAY) << 24 | (address & 0xffffff)) |
			(uint64_t) FOTA_SPACE_EEPROM << FOTA_GATHER_SPACE;
	return add_row(c, address, 5, length);
}

static fota_status
read_line(cyacd *c)
{
	if (c->line == 1)
		return read_header(c);
	if (*c->p == '@' && c->second)
	{
		fota_image_note_item(c->image, "info", (const char *) c->p + 1, (size_t) (c->end - c->p - 1));
		return FOTA_OK;
	}
	if (*c->p != ':')
		return fail(c, FOTA_SYNTAX, "a row must begin with \":\"");
	return c->second ? read_row_2(c) : read_row_1(c);
}

/* --- the file ----------------------------------------------------------------------------- */

static fota_status
read_lines(cyacd *c, fota_bytes file)
{
	const uint8_t *end = file.data + file.size;
	fota_status status = FOTA_OK;

	c->begin = c->p = file.data;
	while (c->p < end && status == FOTA_OK)
	{
		const uint8_t *next = memchr(c->p, '\n', (size_t) (end - c->p));

		c->end = next != NULL ? next : end;
		next = next != NULL ? next + 1 : end;
		while (c->end > c->p && (c->end[-1] == '\r' || c->end[-1] == ' ' || c->end[-1] == '\t'))
			c->end--;
		c->line++;
		if (c->end > c->p || c->line == 1)
			status = read_line(c);
		c->p = next;
	}
	if (status == FOTA_OK && c->rows == 0)
		return fota_fail(c->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "%s: no rows", c->format);
	return status;
}

static fota_status
decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image, bool second)
{
	cyacd		c = {.ctx = ctx, .format = second ? "cyacd2" : "cyacd", .image = image, .second = second};
	fota_status status;

	if (file.size == 0)
		return fota_fail(ctx, FOTA_TRUNCATED, 0, 0, "%s: the file is empty", c.format);
	c.bytes = fota_alloc_raw(ctx, file.size / 2 + 1);
	status = c.bytes == NULL ? ctx->error.code : read_lines(&c, file);
	if (status == FOTA_OK)
		status = fota_binary_segments(ctx, (fota_bytes) {c.bytes, c.used}, c.parts, c.rows, "line", options, image);
	if (status == FOTA_OK)
		fota_image_note_number(image, "rows", c.rows);
	fota_free(ctx, c.parts);
	fota_free(ctx, c.bytes);
	return status;
}

static fota_status
cyacd_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	return decode(ctx, file, options, image, false);
}

static fota_status
cyacd2_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	return decode(ctx, file, options, image, true);
}

/* Whether the first line has so many digits and nothing else, and the second begins as one of these characters. */
static bool
is_like(fota_bytes file, size_t digits, const char *marks)
{
	size_t		at = digits;

	if (file.size < digits + 3)
		return false;
	for (size_t i = 0; i < digits; i++)
		if (fota_hex_digit[file.data[i]] > 15)
			return false;
	if (file.data[at] == '\r')
		at++;
	return file.data[at] == '\n' && at + 1 < file.size && strchr(marks, file.data[at + 1]) != NULL && file.data[at + 1] != 0;
}

static int
cyacd_detect(fota_bytes file, const char **reason)
{
	if (!is_like(file, 2 * HEADER, ":"))
		return 0;
	*reason = "the first line is a header of 12 digits, the second a row";
	return 92;
}

static int
cyacd2_detect(fota_bytes file, const char **reason)
{
	size_t		digits = 0;

	if (is_like(file, 2 * HEADER_2, ":@"))
	{
		*reason = "the first line is a header of 24 digits, the second a row or begins with \"@\"";
		return 92;
	}
	while (digits < file.size && digits < 2 * HEADER_2 && fota_hex_digit[file.data[digits]] <= 15)
		digits++;
	if (digits == 0 || !is_like(file, digits, "@") ||
		(!fota_binary_is(file, digits + 1, "@APPINFO:", 9) && !fota_binary_is(file, digits + 2, "@APPINFO:", 9)))
		return 0;
	*reason = "the second line begins with \"@APPINFO:\"";
	return 93;
}

const fota_codec fota_codec_cyacd = {
	.name = "cyacd",
	.title = "Cypress boot loader file (PSoC 3, 4, 5)",
	.payload = FOTA_PAYLOAD_FLAT,
	.detect = cyacd_detect,
	.decode = cyacd_decode,
};

const fota_codec fota_codec_cyacd2 = {
	.name = "cyacd2",
	.title = "Cypress boot loader file (PSoC 6)",
	.payload = FOTA_PAYLOAD_FLAT,
	.detect = cyacd2_detect,
	.decode = cyacd2_decode,
};

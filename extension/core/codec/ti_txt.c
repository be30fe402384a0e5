/* SPDX-License-Identifier: PostgreSQL */
/*
 * ti_txt.c: reads and writes TI-TXT, the text format of MSP430 tools. It has no checksums.
 *
 *	@8000			address, hexadecimal
 *	31 40 00 03		bytes, two digits each, 16 on a line
 *	q				end
 */
#include "codecs.h"
#include "hex_text.h"
#include "hex_write.h"

#define LINE_BYTES 16			/* that a line has, usually */
#define AT_ONCE 4096			/* bytes of a long line that are taken before the caller is asked again */
#define ADDRESS_LIMIT ((uint64_t) 1 << 32)

typedef struct ti_txt
{
	fota_hex_text text;
	fota_gather *gather;
	uint64_t	address;		/* of the next byte */
	uint64_t	data_line;		/* of the last line with bytes, 0 = none yet */
	uint64_t	end_line;		/* of the q, 0 = not yet */
	bool		has_address;
	unsigned	longest;		/* bytes on a line */
} ti_txt;

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Blanks on this line. */
static void
skip_blanks(ti_txt *s)
{
	while (s->text.p < s->text.end && (*s->text.p == ' ' || *s->text.p == '\t'))
		s->text.p++;
}

static bool
at_line_end(const ti_txt *s)
{
	return s->text.p == s->text.end || *s->text.p == '\n' || *s->text.p == '\r';
}

/* --- lines -------------------------------------------------------------------------------- */

/* "@" and an address, alone on a line. */
static fota_status
take_address(ti_txt *s)
{
	const uint8_t *begin = s->text.p;
	uint64_t	value = 0;

	for (s->text.p++; s->text.p < s->text.end && fota_hex_digit[*s->text.p] <= 15; s->text.p++)
		value = value >= ADDRESS_LIMIT ? value : value << 4 | fota_hex_digit[*s->text.p];
	if (s->text.p == begin + 1 && s->text.p == s->text.end)
		return fota_hex_fail(&s->text, FOTA_TRUNCATED, "file ends inside an address");
	if (value >= ADDRESS_LIMIT)
	{
		s->text.p = begin;
		return fota_hex_fail(&s->text, FOTA_RANGE, "address over 32 bits");
	}
	if (s->text.p > begin + 1)
		skip_blanks(s);
	if (!at_line_end(s) || s->text.p == begin + 1)
	{
		s->text.p = begin;
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "bad address: an address is \"@\" and hexadecimal digits, alone on a line");
	}
	s->address = value;
	s->has_address = true;
	return FOTA_OK;
}

/* A byte that is not two digits. */
static fota_status
bad_byte(ti_txt *s, const uint8_t *from)
{
	const uint8_t *p = from;

	while (p < s->text.end && fota_hex_digit[*p] <= 15)
		p++;
	if (p < s->text.end && !is_space(*p))
		return fota_hex_bad_character(&s->text, p, FOTA_SYNTAX, "is not a hexadecimal digit");
	if (p == s->text.end && p - from < 2)
		return fota_hex_fail(&s->text, FOTA_TRUNCATED, "file ends inside a byte");
	return fota_hex_fail(&s->text, FOTA_SYNTAX, "byte \"%.*s\" must be two digits", p - from > 40 ? 40 : (int) (p - from),
						 (const char *) from);
}

/* The bytes of a line, or of a part of a very long one. */
static fota_status
take_bytes(ti_txt *s)
{
	const uint8_t *p = s->text.p;
	const uint8_t *end = s->text.end;
	uint8_t    *out = s->gather->arena + s->gather->used;
	size_t		size = 0;
	fota_status status;

	while (p < end && *p != '\n' && *p != '\r' && size < AT_ONCE)
	{
		unsigned	bad = 0;

		if (*p == ' ' || *p == '\t')
		{
			p++;
			continue;
		}
		if (end - p < 2 || (out[size] = fota_hex_byte(p, &bad), bad > 15) || (end - p > 2 && !is_space(p[2])))
			return bad_byte(s, p);
		size++;
		p += 2;
	}
	if (!s->has_address)
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "data before the first @address");
	if (size > ADDRESS_LIMIT - s->address)
		return fota_hex_fail(&s->text, FOTA_RANGE, "data at 0x%llX runs past 4 GiB", (unsigned long long) s->address);
	if (size > LINE_BYTES)
		fota_image_warn(s->text.image, "long_line", s->text.line, (uint64_t) (s->text.p - s->text.begin),
						"%zu bytes on a line (16 usual)", size);
	if (size > s->longest)
		s->longest = (unsigned) size;
	status = fota_gather_add(s->gather, s->address, size, s->text.line);
	s->address += size;
	s->data_line = s->text.line;
	s->text.p = p;
	return status;
}

static fota_status
take_end(ti_txt *s)
{
	if (*s->text.p == 'Q')
		fota_image_warn(s->text.image, "upper_case", s->text.line, (uint64_t) (s->text.p - s->text.begin),
						"the end is \"Q\" instead of \"q\"");
	s->end_line = s->text.line;
	s->text.p++;
	skip_blanks(s);
	if (at_line_end(s))
		return FOTA_OK;
	return fota_hex_fail(&s->text, FOTA_TRAILING, "data after \"q\"");
}

/* Nothing but blank lines and padding may follow the end. */
static fota_status
check_trailing(ti_txt *s)
{
	for (; s->text.p < s->text.end; s->text.p++)
	{
		uint8_t		c = *s->text.p;
		fota_status status = fota_hex_poll(&s->text);

		if (status != FOTA_OK)
			return status;
		if (c == '\n' || c == '\r')
		{
			fota_hex_take_line_end(&s->text);
			s->text.p--;
		}
		else if (!is_space(c) && c != 0 && c != 0x1a && c != 0xff)
			return fota_hex_fail(&s->text, FOTA_TRAILING, "data after \"q\" on line %llu", (unsigned long long) s->end_line);
	}
	return FOTA_OK;
}

/* --- the file ----------------------------------------------------------------------------- */

static fota_status
take_lines(ti_txt *s)
{
	fota_status status = FOTA_OK;

	while (status == FOTA_OK && s->end_line == 0 && s->text.p < s->text.end)
	{
		uint8_t		c = *s->text.p;

		if ((status = fota_hex_poll(&s->text)) != FOTA_OK)
			break;
		if (c == ' ' || c == '\t')
			s->text.p++;
		else if (c == '\n' || c == '\r')
			fota_hex_take_line_end(&s->text);
		else if (c == '@')
			status = take_address(s);
		else if (c == 'q' || c == 'Q')
			status = take_end(s);
		else if (c == '<')
			status = fota_hex_web_page(&s->text);
		else
			status = take_bytes(s);
	}
	return status;
}

static fota_status
ti_txt_read(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image,
			fota_gather *gather)
{
	ti_txt		s = {.gather = gather};
	fota_status status = fota_hex_open(&s.text, ctx, file, "ti-txt", "@", options, image);

	if (status == FOTA_OK)
		status = take_lines(&s);
	if (status == FOTA_OK && s.end_line == 0)
	{
		fota_fail(ctx, FOTA_TRUNCATED, file.size, s.data_line, "ti-txt: no \"q\" terminator: file is probably truncated");
		return fota_fail_hint(ctx, "Transfer the file again; if it is one for $readmemh, its format is vmem.");
	}
	if (status == FOTA_OK)
		status = check_trailing(&s);
	if (status == FOTA_OK && s.data_line == 0)
		status = fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "ti-txt: no data");
	if (status != FOTA_OK)
		return status;
	fota_image_note_number(image, "lines", fota_hex_lines(&s.text));
	fota_image_note_number(image, "record_size", s.longest);
	return FOTA_OK;
}

static fota_status
ti_txt_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	return fota_hex_file(ctx, file, file.size / 2, "ti-txt", ti_txt_read, options, image);
}

/* Is there a line with nothing but a q, near the begin or at the end? */
static bool
has_end(fota_bytes file)
{
	for (size_t i = 0; i < file.size; i++)
	{
		const uint8_t *p = file.data + i;

		/* the begin and the end of a large file are enough */
		if (i == 8192 && file.size > 16384)
			i = file.size - 64;
		if ((*p == 'q' || *p == 'Q') && (i == 0 || p[-1] == '\n' || p[-1] == '\r') &&
			(i + 1 == file.size || is_space(p[1])))
			return true;
	}
	return false;
}

/*
 * The same text may be memory words of 8 bits (vmem), which have no end and eight digits of address.
 */
static int
ti_txt_detect(fota_bytes file, const char **reason)
{
	const uint8_t *p = fota_hex_first_record(file, "@0123456789abcdefABCDEF");
	const uint8_t *end = file.data + file.size;
	size_t		digits = 0;
	size_t		lines;

	if (fota_hex_is_utf16(file, '@'))
	{
		*reason = "UTF-16 text that begins with \"@\"";
		return 60;
	}
	if (p == NULL)
		return 0;
	if (has_end(file))
	{
		*reason = *p == '@' ? "an address behind \"@\", and a line that is \"q\"" : "hexadecimal digits, and a line that is \"q\"";
		return *p == '@' ? 95 : 60;
	}
	if (*p != '@')
		return 0;
	for (p++; p < end && fota_hex_digit[*p] <= 15; p++)
		digits++;
	for (lines = 0; p < end && is_space(*p); p++)
		lines += *p == '\n' || *p == '\r';
	if (digits == 0 || digits > 6 || lines == 0 || end - p < 2 || fota_hex_digit[p[0]] > 15 || fota_hex_digit[p[1]] > 15 ||
		(end - p > 2 && !is_space(p[2])))
		return 0;
	*reason = "a short address behind \"@\", alone on its line, and bytes, but no line that is \"q\"";
	return 85;
}

/* --- writing ------------------------------------------------------------------------------ */

typedef struct ti_writer
{
	fota_hex_writer w;
	uint64_t	next;			/* address after the last record */
	bool		begun;
} ti_writer;

static fota_status
put_data(void *with, uint64_t address, const uint8_t *data, unsigned size)
{
	ti_writer  *s = with;
	unsigned	sum = 0;
	uint8_t    *p;

	if (!s->begun || address != s->next)
	{
		unsigned	digits = address > 0xffff ? address > 0xfffff ? 8 : 5 : 4;

		if ((p = fota_hex_write_room(&s->w, 9)) == NULL)
			return s->w.ctx->error.code;
		*p++ = '@';
		for (unsigned i = digits; i > 0; i--)
			*p++ = (uint8_t) fota_hex_upper[address >> (4 * (i - 1)) & 15];
		if (fota_hex_write_line(&s->w, p) != FOTA_OK)
			return s->w.ctx->error.code;
	}
	s->begun = true;
	s->next = address + size;
	if ((p = fota_hex_write_room(&s->w, 3 * (size_t) size)) == NULL)
		return s->w.ctx->error.code;
	for (unsigned i = 0; i < size; i++)
	{
		p = fota_hex_put_byte(p, data[i], &sum);
		*p++ = ' ';
	}
	return fota_hex_write_line(&s->w, p - 1);
}

/* The format has no place for an entry; it is left out, as by other tools. */
static fota_status
ti_txt_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options, fota_buf *out)
{
	ti_writer	s = {0};
	fota_status status = fota_hex_write_open(&s.w, ctx, image, options, out, "ti-txt", ADDRESS_LIMIT, "4 GiB", 4096, 24);
	uint8_t    *p;

	if (status == FOTA_OK)
		status = fota_hex_write_records(&s.w, 0, put_data, NULL, &s);
	if (status != FOTA_OK)
		return status;
	if ((p = fota_hex_write_room(&s.w, 1)) == NULL)
		return ctx->error.code;
	*p = 'q';
	return fota_hex_write_line(&s.w, p + 1);
}

const fota_codec fota_codec_ti_txt = {
	.name = "ti-txt",
	.title = "TI-TXT",
	.payload = FOTA_PAYLOAD_FLAT,
	.detect = ti_txt_detect,
	.decode = ti_txt_decode,
	.encode = ti_txt_encode,
};

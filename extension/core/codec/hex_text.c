/* SPDX-License-Identifier: PostgreSQL */
/* hex_text.c: lines of hexadecimal digits; see hex_text.h. */
#include "hex_text.h"

#include <string.h>

#define SHOWN 80				/* characters of a record that an error shows */
#define LOOK 8192				/* bytes at the begin of a file that detection looks at */
#define LONGEST 521				/* characters of the longest record: Intel HEX with 255 bytes of data */

const uint8_t fota_hex_digit[256] = {
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 255, 255, 255, 255, 255,
	255, 10, 11, 12, 13, 14, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 10, 11, 12, 13, 14, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
};

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool
is_line_end(uint8_t c)
{
	return c == '\n' || c == '\r';
}

static bool
is_mark(const fota_hex_text *text, uint8_t c)
{
	return c != 0 && strchr(text->marks, c) != NULL;
}

static bool
is_comment(const uint8_t *p, const uint8_t *end)
{
	return *p == '#' || *p == ';' || *p == '$' || (*p == '/' && end - p > 1 && p[1] == '/');
}

void
fota_hex_take_line_end(fota_hex_text *text)
{
	text->p += *text->p == '\r' && text->end - text->p > 1 && text->p[1] == '\n' ? 2 : 1;
	text->line++;
	text->line_begin = text->p;
}

fota_status
fota_hex_poll(fota_hex_text *text)
{
	size_t		done = (size_t) (text->p - text->polled);

	if (done < FOTA_POLL_EVERY)
		return FOTA_OK;
	text->polled = text->p;
	return fota_poll(text->ctx, done);
}

/* --- errors ------------------------------------------------------------------------------- */

/* Adds the record at p as detail, with everything but ASCII shown as '?'. */
static void
show_record(const fota_hex_text *text)
{
	char		shown[SHOWN + 1];
	size_t		size = 0;

	for (const uint8_t *p = text->p; p < text->end && !is_line_end(*p) && size < SHOWN; p++)
		shown[size++] = *p >= 0x20 && *p < 0x7f ? (char) *p : '?';
	shown[size] = '\0';
	if (size > 0)
		fota_fail_detail(text->ctx, "The line is %s%s", shown, size == SHOWN ? "..." : "");
}

fota_status
fota_hex_fail(const fota_hex_text *text, fota_status code, const char *format, ...)
{
	char		message[FOTA_MESSAGE_SIZE];
	va_list		args;

	va_start(args, format);
	fota_format_v(message, sizeof(message), format, args);
	va_end(args);
	fota_fail(text->ctx, code, (uint64_t) (text->p - text->begin), text->line, "%s line %llu: %s", text->format,
			  (unsigned long long) text->line, message);
	show_record(text);
	return code;
}

fota_status
fota_hex_bad_character(const fota_hex_text *text, const uint8_t *at, fota_status code, const char *expected)
{
	char		found[16];
	bool		plain = *at >= 0x20 && *at < 0x7f;

	fota_format(found, sizeof(found), plain ? "\"%c\"" : "byte 0x%02X", *at);
	fota_fail(text->ctx, code, (uint64_t) (at - text->begin), text->line, "%s line %llu, column %llu: %s %s",
			  text->format, (unsigned long long) text->line, (unsigned long long) (at - text->line_begin) + 1,
			  found, expected);
	show_record(text);
	return code;
}

/* Does the record at p go on beyond what any record can be? */
static bool
too_long(const fota_hex_text *text)
{
	size_t		size = 1;

	while ((size_t) (text->end - text->p) > size && size <= LONGEST && !is_line_end(text->p[size]) &&
		   !is_mark(text, text->p[size]))
		size++;
	return size > LONGEST;
}

fota_status
fota_hex_bad_record(const fota_hex_text *text, const uint8_t *from, size_t digits)
{
	if (too_long(text))
		return fota_hex_fail(text, FOTA_SYNTAX, "longer than %d characters, the longest record there is", LONGEST);
	for (size_t i = 0; i < digits; i++)
	{
		if (from + i >= text->end)
		{
			fota_hex_fail(text, FOTA_TRUNCATED, "file ends inside a record, %zu digits before its end",
						  digits - i);
			return fota_fail_hint(text->ctx, "The file was cut off; transfer it again.");
		}
		if (is_line_end(from[i]) || is_mark(text, from[i]))
			return fota_hex_fail(text, FOTA_TRUNCATED, "record ends %zu digits before what its length says",
								 digits - i);
		if (fota_hex_digit[from[i]] > 15)
			return fota_hex_bad_character(text, from + i, FOTA_SYNTAX, "is not a hexadecimal digit");
	}
	return FOTA_OK;
}

/* --- opening ------------------------------------------------------------------------------ */

fota_status
fota_hex_open(fota_hex_text *text, fota_ctx *ctx, fota_bytes file, const char *format, const char *marks,
			  const fota_image_options *options, fota_image *image)
{
	const uint8_t *data = file.data;

	*text = (fota_hex_text) {
		.ctx = ctx, .image = image, .format = format, .marks = marks, .comments = options->comments,
		.simd = fota_hex_ways() != FOTA_HEX_SCALAR,
		.begin = data, .p = data, .end = data + file.size, .line_begin = data, .line = 1, .polled = data
	};
	if (file.size == 0)
		return fota_fail(ctx, FOTA_TRUNCATED, 0, 0, "%s: file is empty", format);
	if (file.size >= 2 && ((data[0] == 0xff && data[1] == 0xfe) || (data[0] == 0xfe && data[1] == 0xff)))
	{
		fota_fail(ctx, FOTA_SYNTAX, 0, 1, "%s line 1: file is UTF-16 text, not ASCII (byte order mark %02X %02X)",
				  format, data[0], data[1]);
		return fota_fail_hint(ctx, "Save it as plain ASCII text.");
	}
	if (fota_hex_is_utf16(file, marks[0]))
	{
		fota_fail(ctx, FOTA_SYNTAX, 0, 1, "%s line 1: file is UTF-16 text, not ASCII (without a byte order mark)", format);
		return fota_fail_hint(ctx, "Save it as plain ASCII text.");
	}
	if (file.size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
	{
		text->p = text->line_begin = data + 3;
		fota_image_warn(image, "bom", 1, 0, "the byte order mark of UTF-8 is ignored");
	}
	return FOTA_OK;
}

/* A character of plain text in two bytes, the other of which is 0. */
static bool
is_plain_pair(uint8_t value, uint8_t zero)
{
	return zero == 0 && ((value >= 0x20 && value < 0x7f) || value == '\r' || value == '\n' || value == '\t');
}

/* Eight characters, since fewer may well be a number: a stack pointer 0x20004000 reads "@ ". */
#define PAIRS 8

bool
fota_hex_is_utf16(fota_bytes file, char first)
{
	const uint8_t *p = file.data;
	size_t		mark = file.size >= 6 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)) ? 2 : 0;
	size_t		pairs = (file.size - mark) / 2 < PAIRS ? (file.size - mark) / 2 : PAIRS;
	size_t		low;

	if (pairs < 4)
		return false;
	p += mark;
	low = p[0] == 0 ? 1 : 0;
	if (p[low] != (uint8_t) first)
		return false;
	for (size_t i = 0; i < pairs; i++)
		if (!is_plain_pair(p[2 * i + low], p[2 * i + 1 - low]))
			return false;
	return true;
}

const uint8_t *
fota_hex_first_record(fota_bytes file, const char *marks)
{
	const uint8_t *p = file.data;
	const uint8_t *end = p + (file.size < LOOK ? file.size : LOOK);

	if (end - p > 2 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	while (p < end)
	{
		if (*p != 0 && strchr(marks, *p) != NULL)
			return p;
		if (is_comment(p, end))
			while (p < end && !is_line_end(*p))
				p++;
		else if (!is_blank(*p) && !is_line_end(*p))
			return NULL;
		else
			p++;
	}
	return NULL;
}

/* --- between records ---------------------------------------------------------------------- */

/* Moves behind the line, whatever stands in it. */
static fota_status
skip_line(fota_hex_text *text)
{
	while (text->p < text->end && !is_line_end(*text->p))
	{
		fota_status status = fota_hex_poll(text);

		if (status != FOTA_OK)
			return status;
		text->p++;
	}
	if (text->p < text->end)
		fota_hex_take_line_end(text);
	return FOTA_OK;
}

uint64_t
fota_hex_lines(const fota_hex_text *text)
{
	return text->p > text->line_begin ? text->line : text->line - 1;
}

/* A table of symbols as objcopy writes it: "$$ name", lines that begin with a blank, "$$". */
static fota_status
skip_symbols(fota_hex_text *text)
{
	fota_image_warn(text->image, "symbols", text->line, (uint64_t) (text->p - text->begin),
					"a table of symbols is ignored");
	do
	{
		fota_status status = skip_line(text);

		if (status != FOTA_OK)
			return status;
	} while (text->p < text->end && is_blank(*text->p));
	if (text->end - text->p > 1 && text->p[0] == '$' && text->p[1] == '$')
		return skip_line(text);
	return FOTA_OK;
}

fota_status
fota_hex_web_page(const fota_hex_text *text)
{
	fota_fail(text->ctx, FOTA_SYNTAX, (uint64_t) (text->p - text->begin), text->line,
			  "%s line %llu starts with \"<\", not with \"%c\" (format detected: text/html)", text->format,
			  (unsigned long long) text->line, text->marks[0]);
	show_record(text);
	return fota_fail_hint(text->ctx, "The file looks like a web page; an error page may have been saved as firmware.");
}

/* One wrong bit makes ";" of ":", so that a comment with nothing but digits may be a record. */
static bool
hides_record(const fota_hex_text *text)
{
	const uint8_t *p = text->p + 1;

	while (p < text->end && p - text->p <= LONGEST && fota_hex_digit[*p] <= 15)
		p++;
	return p - text->p > LONGEST || (p - text->p > 8 && (p == text->end || is_blank(*p) || is_line_end(*p)));
}

/*
 * Something that neither is blank nor begins a record stands at p. Comments before the first record are
 * passed over with a warning; later ones by waiver.
 */
static fota_status
stray_line(fota_hex_text *text)
{
	char		expected[40];

	if (text->symbols && text->end - text->p > 1 && text->p[0] == '$' && text->p[1] == '$')
		return skip_symbols(text);
	if (is_comment(text->p, text->end))
	{
		if (!text->comments && (text->begun || hides_record(text)))
		{
			fota_hex_fail(text, FOTA_SYNTAX, "a comment, which the format does not know");
			return fota_fail_hint(text->ctx, "The waiver comments passes over lines that begin with # ; // or $.");
		}
		fota_image_warn(text->image, "comments", text->line, (uint64_t) (text->p - text->begin),
						"a comment, which the format does not know; the line is ignored");
		return skip_line(text);
	}
	if (*text->p == '<')
		return fota_hex_web_page(text);
	fota_format(expected, sizeof(expected), "where a record begins with \"%c\"", text->marks[0]);
	return fota_hex_bad_character(text, text->p, FOTA_SYNTAX, expected);
}

fota_status
fota_hex_next(fota_hex_text *text, bool *found)
{
	*found = false;
	while (text->p < text->end)
	{
		fota_status status = fota_hex_poll(text);

		if (status != FOTA_OK)
			return status;
		if (is_blank(*text->p))
			text->p++;
		else if (is_line_end(*text->p))
			fota_hex_take_line_end(text);
		else if (is_mark(text, *text->p))
		{
			*found = text->begun = true;
			return FOTA_OK;
		}
		else if ((status = stray_line(text)) != FOTA_OK)
			return status;
	}
	return FOTA_OK;
}

/* Digits (or something else) stand behind the checksum of a record that ended at p. */
static fota_status
stray_tail(fota_hex_text *text)
{
	const uint8_t *tail = text->p;
	const uint8_t *p = tail;

	while (p < text->end && p - tail <= LONGEST && fota_hex_digit[*p] <= 15)
		p++;
	if (p == tail)
		return fota_hex_bad_character(text, tail, FOTA_SYNTAX, "after the checksum");
	text->p = text->line_begin;
	if (too_long(text))
		return fota_hex_fail(text, FOTA_SYNTAX, "longer than %d characters, the longest record there is", LONGEST);
	if ((p - tail) % 2 != 0)
		return fota_hex_fail(text, FOTA_SYNTAX, "an odd number of digits after the checksum");
	return fota_hex_fail(text, FOTA_SYNTAX, "%d byte%s after the checksum", (int) (p - tail) / 2,
						 p - tail == 2 ? "" : "s");
}

fota_status
fota_hex_line_end(fota_hex_text *text)
{
	while (text->p < text->end && is_blank(*text->p))
		text->p++;
	if (text->p == text->end || is_mark(text, *text->p))
		return FOTA_OK;
	if (!is_line_end(*text->p))
		return stray_tail(text);
	fota_hex_take_line_end(text);
	return FOTA_OK;
}

/* Does the record at p hold data, as far as its type says? */
static bool
data_record(const fota_hex_text *text)
{
	const uint8_t *p = text->p;
	size_t		left = (size_t) (text->end - p);

	return *p == ':' ? left > 8 && p[7] == '0' && p[8] == '0' : left > 1 && p[1] >= '1' && p[1] <= '3';
}

fota_status
fota_hex_file_end(fota_hex_text *text, const char *after, uint64_t line)
{
	while (text->p < text->end)
	{
		uint8_t		c = *text->p;
		fota_status status = fota_hex_poll(text);

		if (status != FOTA_OK)
			return status;
		if (is_blank(c) || c == 0 || c == 0x1a || c == 0xff)
			text->p++;
		else if (is_line_end(c))
			fota_hex_take_line_end(text);
		else if (is_comment(text->p, text->end) && text->comments && !is_mark(text, c))
		{
			if ((status = skip_line(text)) != FOTA_OK)
				return status;
		}
		else
			return fota_hex_fail(text, FOTA_TRAILING, "%s after %s on line %llu",
								 is_mark(text, c) ? data_record(text) ? "data record" : "record" : "more data", after,
								 (unsigned long long) line);
	}
	return FOTA_OK;
}

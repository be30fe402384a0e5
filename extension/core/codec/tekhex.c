/* SPDX-License-Identifier: PostgreSQL */
/*
 * tekhex.c: reads Tektronix hex, the extended format as srec_cat and as binutils write it, and the older one.
 *
 *	%LLTCC<address><data>	LL characters behind the %, T type, CC sum of the values of all characters but
 *							% and CC: 0-9 0..9, A-Z 10..35, $ 36, % 37, . 38, _ 39, a-z 40..65
 *							address: one digit, how many follow (0 means 16), and these
 *
 *	6 data		8 end, its address is the entry		3 names of sections and symbols, passed over
 *
 *	/AAAALLHH<LL bytes>CC	older: HH sum of the values of the digits of AAAA and LL, CC of those of the data;
 *							LL 00 is the end, its address is the entry
 */
#include "codecs.h"
#include "hex_text.h"

#include <string.h>

#define HEADER 6				/* '%' and the characters of length, type and checksum */
#define OLD_HEADER 9			/* '/' and the digits of address, length and sum */
#define ADDRESS_LIMIT ((uint64_t) INT64_MAX)

typedef struct tekhex
{
	fota_hex_text text;
	fota_gather *gather;
	bool		ended;
	bool		has_data;
	unsigned	record_size;
	uint64_t	record_line;
	uint64_t	sections;		/* bytes that all sections have, by their records */
} tekhex;

/* The value that a character adds to a sum, or 255. */
static unsigned
value_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10u;
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 40u;
	return c == '$' ? 36 : c == '%' ? 37 : c == '.' ? 38 : c == '_' ? 39 : 255;
}

static fota_status
damaged(tekhex *s)
{
	return fota_fail_hint(s->text.ctx, "The file was damaged, or edited by hand: take it again from where it was made.");
}

/* Characters from p to the end of the line, without blanks at its end; at most one more than a record can have. */
static size_t
characters(const tekhex *s, bool *cut)
{
	const uint8_t *p = s->text.p + 1;
	const uint8_t *begin = p;

	while (p < s->text.end && *p != '\n' && *p != '\r' && p - begin < 300)
		p++;
	*cut = p == s->text.end;
	while (p > begin && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return (size_t) (p - begin);
}

/* --- extended ------------------------------------------------------------------------------- */

/* The address that stands at p: its digits, and how many characters it takes; 0 when it does not fit. */
static unsigned
take_address(const uint8_t *p, size_t left, uint64_t *address)
{
	unsigned	digits = left > 0 ? fota_hex_digit[*p] : 255;

	if (digits == 0)
		digits = 16;
	if (digits > 16 || digits + 1 > left)
		return 0;
	*address = 0;
	for (unsigned i = 1; i <= digits; i++)
	{
		if (fota_hex_digit[p[i]] > 15)
			return 0;
		*address = *address << 4 | fota_hex_digit[p[i]];
	}
	return digits + 1;
}

static fota_status
bad_address(tekhex *s)
{
	if (s->text.p[HEADER] == '0')
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "bad address field (in Tek a length digit 0 means 16)");
	return fota_hex_fail(&s->text, FOTA_SYNTAX, "bad address field");
}

/* Length, characters and sum of the record at p; its length goes to *length. */
static fota_status
check_record(tekhex *s, unsigned *length)
{
	const uint8_t *p = s->text.p;
	bool		cut;
	size_t		found = characters(s, &cut);
	unsigned	bad = 0;
	unsigned	sum = 0;
	unsigned	checksum;

	if (found < HEADER - 1)
		return cut ? fota_hex_fail(&s->text, FOTA_TRUNCATED, "file ends inside a block") :
			fota_hex_fail(&s->text, FOTA_TRUNCATED, "a block of %zu characters, at least 5 are needed", found);
	*length = fota_hex_byte(p + 1, &bad);
	checksum = fota_hex_byte(p + 4, &bad);
	if (bad > 15)
		return fota_hex_bad_record(&s->text, p + (fota_hex_digit[p[1]] > 15 || fota_hex_digit[p[2]] > 15 ? 1 : 4), 2);
	if (*length < HEADER - 1)
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "length 0x%02X is below 5, that of an empty block", *length);
	/* a wrong address is told from the length alone, since it hides how long the record should be */
	if ((p[3] == '6' || p[3] == '8') && found > HEADER - 1 && fota_hex_digit[p[HEADER]] <= 15 &&
		(fota_hex_digit[p[HEADER]] + 15u) % 16 + 2 > *length - (HEADER - 1))
		return bad_address(s);
	if (found != *length)
	{
		if (found < *length && cut)
		{
			fota_hex_fail(&s->text, FOTA_TRUNCATED, "file ends inside a block, %zu characters before its end", *length - found);
			return fota_fail_hint(s->text.ctx, "The file was cut off; transfer it again.");
		}
		return fota_hex_fail(&s->text, found < *length ? FOTA_TRUNCATED : FOTA_SYNTAX,
							 "record says 0x%02X characters, has %zu", *length, found);
	}
	for (unsigned i = 1; i <= *length; i++)
	{
		unsigned	value = value_of(p[i]);

		/* names may have other characters, which do not count */
		if (value == 255 && p[3] == '3' && p[i] > 0x20 && p[i] < 0x7f)
			value = 0;
		if (value == 255)
			return fota_hex_bad_character(&s->text, p + i, FOTA_SYNTAX, "is no character of a Tektronix block");
		sum += i == 4 || i == 5 ? 0 : value;
	}
	if ((sum & 0xff) == checksum)
		return FOTA_OK;
	fota_hex_fail(&s->text, FOTA_CHECKSUM, "checksum %02X, expected %02X", checksum, sum & 0xff);
	return damaged(s);
}

static fota_status
take_data(tekhex *s, uint64_t address, const uint8_t *digits, unsigned count)
{
	unsigned	sum = 0;
	unsigned	size = count / 2;

	if (count % 2 != 0)
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "odd number of data digits");
	if (size == 0)
	{
		fota_image_warn(s->text.image, "empty_record", s->text.line, (uint64_t) (s->text.p - s->text.begin),
						"a data block holds no data");
		return FOTA_OK;
	}
	if (address > ADDRESS_LIMIT - size)
		return fota_hex_fail(&s->text, FOTA_RANGE, "block at 0x%llX runs past the last address, 0x%llX",
							 (unsigned long long) address, (unsigned long long) ADDRESS_LIMIT);
	if (!fota_hex_decode(&s->text, digits, size, s->gather->arena + s->gather->used, &sum))
		return fota_hex_bad_record(&s->text, digits, count);
	s->has_data = true;
	if (size > s->record_size)
		s->record_size = size;
	return fota_gather_add(s->gather, address, size, s->text.line);
}

static fota_status
take_entry(tekhex *s, uint64_t entry)
{
	if (entry > ADDRESS_LIMIT)
		return fota_hex_fail(&s->text, FOTA_RANGE, "entry 0x%llX is past the last address, 0x%llX",
							 (unsigned long long) entry, (unsigned long long) ADDRESS_LIMIT);
	s->ended = true;
	s->text.image->has_entry = true;
	s->text.image->entry = entry;
	return FOTA_OK;
}

/*
 * A record of names, as objcopy writes it: the name of a section, and perhaps "1" with the section's bounds. Symbols
 * are passed over.
 */
static void
take_names(tekhex *s, const uint8_t *p, size_t left)
{
	unsigned	size = left > 0 ? fota_hex_digit[*p] : 255;
	uint64_t	from = 0;
	uint64_t	to = 0;
	unsigned	taken;

	if (size == 0)
		size = 16;
	if (size > 16 || left < size + 2 || p[size + 1] != '1')
		return;
	taken = take_address(p + size + 2, left - size - 2, &from);
	if (taken == 0 || take_address(p + size + 2 + taken, left - size - 2 - taken, &to) == 0 || to < from ||
		to - from > ADDRESS_LIMIT - s->sections)
		return;
	s->sections += to - from;
	fota_image_note_item(s->text.image, "sections", (const char *) p + 1, size);
}

static fota_status
take_record(tekhex *s)
{
	const uint8_t *p = s->text.p;
	uint64_t	address = 0;
	unsigned	length = 0;
	unsigned	taken = 0;
	unsigned	left;
	fota_status status = check_record(s, &length);

	if (status != FOTA_OK)
		return status;
	left = length - (HEADER - 1);
	if (p[3] == '6' || p[3] == '8')
	{
		taken = take_address(p + HEADER, left, &address);
		if (taken == 0)
			return bad_address(s);
	}
	if (p[3] == '6')
		status = take_data(s, address, p + HEADER + taken, left - taken);
	else if (p[3] == '8' && left > taken)
		status = fota_hex_fail(&s->text, FOTA_SYNTAX, "a termination block must not hold data, has %u characters", left - taken);
	else if (p[3] == '8')
		status = take_entry(s, address);
	else if (p[3] == '3')
		take_names(s, p + HEADER, left);
	else
		status = fota_hex_fail(&s->text, FOTA_UNSUPPORTED, "block type %c is not known", p[3]);
	s->text.p += 1 + length;
	return status;
}

/* --- older -------------------------------------------------------------------------------- */

static unsigned
nibbles(const uint8_t *p, size_t digits)
{
	unsigned	sum = 0;

	for (size_t i = 0; i < digits; i++)
		sum += fota_hex_digit[p[i]];
	return sum & 0xff;
}

static fota_status
take_old(tekhex *s)
{
	const uint8_t *p = s->text.p + 1;
	size_t		left = (size_t) (s->text.end - p);
	size_t		digits = OLD_HEADER - 1;
	unsigned	bad = 0;
	unsigned	size = left > 5 ? fota_hex_byte(p + 4, &bad) : 0;
	unsigned	address;
	unsigned	sum = 0;
	fota_status status;

	if (left > 0 && *p == '/')
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "an abort block: the file was not written to its end");
	if (size > 0 && bad < 16)
		digits += 2 * size + 2;
	status = fota_hex_bad_record(&s->text, p, digits);
	if (status != FOTA_OK)
		return status;
	address = (unsigned) fota_hex_byte(p, &bad) << 8 | fota_hex_byte(p + 2, &bad);
	if (nibbles(p, 6) != fota_hex_byte(p + 6, &bad))
	{
		fota_hex_fail(&s->text, FOTA_CHECKSUM, "checksum %02X of address and length, expected %02X",
					  fota_hex_byte(p + 6, &bad), nibbles(p, 6));
		return damaged(s);
	}
	if (size > 0 && nibbles(p + 8, 2 * size) != fota_hex_byte(p + 8 + 2 * size, &bad))
	{
		fota_hex_fail(&s->text, FOTA_CHECKSUM, "checksum %02X of the data, expected %02X",
					  fota_hex_byte(p + 8 + 2 * size, &bad), nibbles(p + 8, 2 * size));
		return damaged(s);
	}
	s->text.p += 1 + digits;
	if (size == 0)
		return take_entry(s, address);
	if (address + size > 0x10000)
		return fota_hex_fail(&s->text, FOTA_RANGE, "block at 0x%04X runs past 64 KiB", address);
	fota_hex_decode(&s->text, p + 8, size, s->gather->arena + s->gather->used, &sum);
	s->has_data = true;
	if (size > s->record_size)
		s->record_size = size;
	return fota_gather_add(s->gather, address, size, s->text.line);
}

/* --- the file ----------------------------------------------------------------------------- */

static fota_status
tekhex_read(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image,
			fota_gather *gather)
{
	const uint8_t *first = fota_hex_first_record(file, "%/");
	bool		old = first != NULL && *first == '/';
	tekhex		s = {.gather = gather};
	fota_status status = fota_hex_open(&s.text, ctx, file, "tekhex", old ? "/" : "%", options, image);
	bool		found = true;

	while (status == FOTA_OK && !s.ended)
	{
		status = fota_hex_next(&s.text, &found);
		if (status != FOTA_OK || !found)
			break;
		s.record_line = s.text.line;
		status = old ? take_old(&s) : take_record(&s);
		if (status == FOTA_OK)
			status = fota_hex_line_end(&s.text);
	}
	if (status == FOTA_OK && s.ended)
		status = fota_hex_file_end(&s.text, "the termination block", s.record_line);
	if (status == FOTA_OK && !s.has_data)
		status = fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "tekhex: no data blocks");
	if (status != FOTA_OK)
		return status;
	if (!s.ended)
		fota_image_warn(image, "no_terminator", s.record_line, FOTA_NOWHERE, "there is no termination block");
	fota_image_note_number(image, "lines", fota_hex_lines(&s.text));
	fota_image_note_number(image, "record_size", s.record_size);
	fota_image_note(image, "dialect", old ? "tektronix" : "tektronix-extended", SIZE_MAX);
	if (s.sections > gather->used)
		fota_image_warn(image, "left_out", 0, FOTA_NOWHERE,
						"the sections have %llu bytes, the data blocks %llu: objcopy leaves out what is zero, so fill gaps with 0",
						(unsigned long long) s.sections, (unsigned long long) gather->used);
	return FOTA_OK;
}

static fota_status
tekhex_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	return fota_hex_file(ctx, file, file.size / 2, "tekhex", tekhex_read, options, image);
}

static int
tekhex_detect(fota_bytes file, const char **reason)
{
	const uint8_t *p = fota_hex_first_record(file, "%/");
	const uint8_t *end = file.data + file.size;
	unsigned	bad = 0;
	unsigned	sum = 0;
	unsigned	length;

	if (p == NULL || end - p < OLD_HEADER)
		return 0;
	if (*p == '/')
	{
		for (unsigned i = 0; i < 4; i++)
			fota_hex_byte(p + 1 + 2 * i, &bad);
		if (bad > 15)
			return 0;
		*reason = "the first line begins like a block of the older Tektronix hex format";
		return nibbles(p + 1, 6) == fota_hex_byte(p + 7, &bad) ? 95 : 40;
	}
	length = fota_hex_byte(p + 1, &bad);
	fota_hex_byte(p + 4, &bad);
	if (bad > 15 || length < 5 || (p[3] != '3' && p[3] != '6' && p[3] != '8'))
		return 0;
	for (unsigned i = 1; i <= length && p + i < end; i++)
		sum += i == 4 || i == 5 ? 0 : value_of(p[i]);
	if ((size_t) (end - p) > length && (sum & 0xff) == fota_hex_byte(p + 4, &bad))
	{
		*reason = "the first line is an extended Tektronix block with the right checksum";
		return 98;
	}
	*reason = "the first line begins like an extended Tektronix block, but is not a valid one";
	return 55;
}

const fota_codec fota_codec_tekhex = {
	.name = "tekhex",
	.title = "Tektronix hex",
	.payload = FOTA_PAYLOAD_FLAT,
	.detect = tekhex_detect,
	.decode = tekhex_decode,
	.encode = fota_tekhex_encode,
};

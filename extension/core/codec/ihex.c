/* SPDX-License-Identifier: PostgreSQL */
/*
 * ihex.c: reads Intel HEX, with the dialects I8HEX, I16HEX, I32HEX and Universal Hex (micro:bit).
 *
 *	:LLAAAATT<LL bytes>CC	LL length, AAAA load offset, TT type; all bytes and CC sum up to 0 modulo 256
 *
 *	00 data						address = base + AAAA
 *	01 end of file				no data
 *	02 segment base				base = value << 4; AAAA + i wraps at 64 KiB inside the segment
 *	03 start segment			CS:IP
 *	04 linear base				base = value << 16
 *	05 start linear				EIP
 *	0A block of a board begins	board (2 bytes), C0 DE		Universal Hex only, as are the next
 *	0B block ends				filling
 *	0C filling
 *	0D data						of a board other than the first micro:bit
 *	0E other data				ignored
 */
#include "codecs.h"
#include "hex_text.h"

#include <string.h>

#define HEADER 9				/* ':' and the digits of length, offset and type */
#define BOARDS 16

typedef enum base_kind
{
	BASE_NONE, BASE_SEGMENT, BASE_LINEAR
} base_kind;

typedef struct ihex
{
	fota_hex_text text;
	fota_gather *gather;
	fota_image *image;
	const fota_image_options *options;
	base_kind	kind;
	uint64_t	base;
	bool		has_segment;	/* record types seen, for the dialect */
	bool		has_linear;
	bool		ended;
	bool		has_data;
	bool		in_block;
	bool		wanted;			/* the records here belong to the board that was asked for */
	unsigned	record_size;	/* of the longest data record */
	uint64_t	record_line;	/* of the last record */
	uint64_t	entry_line;
	uint16_t	boards[BOARDS];
	size_t		board_count;
} ihex;

/* The record at text.p; its data stands in the arena behind what is used. */
typedef struct record
{
	unsigned	size;
	unsigned	address;
	unsigned	type;
	const uint8_t *data;
} record;

/* --- one record --------------------------------------------------------------------------- */

/* Decodes the record at text.p and checks its sum. */
static fota_status
take_record(ihex *s, record *r)
{
	const uint8_t *p = s->text.p;
	size_t		left = (size_t) (s->text.end - p);
	uint8_t    *out = s->gather->arena + s->gather->used;
	unsigned	bad = 0;
	unsigned	sum;
	size_t		digits = HEADER + 1;
	uint8_t		checksum;

	r->size = left > 2 ? fota_hex_byte(p + 1, &bad) : 0;
	if (left > 2 && bad < 0x10)
		digits += 2 * r->size;
	if (left <= digits)
		return fota_hex_bad_record(&s->text, p + 1, digits);
	r->address = (unsigned) fota_hex_byte(p + 3, &bad) << 8;
	r->address |= fota_hex_byte(p + 5, &bad);
	r->type = fota_hex_byte(p + 7, &bad);
	r->data = out;
	sum = r->size + (r->address >> 8) + r->address + r->type;
	if (bad > 0x0f || !fota_hex_decode(&s->text, p + HEADER, r->size, out, &sum))
		return fota_hex_bad_record(&s->text, p + 1, digits);
	checksum = fota_hex_byte(p + HEADER + 2 * r->size, &bad);
	if (bad > 0x0f)
		return fota_hex_bad_record(&s->text, p + 1, digits);
	if (((sum + checksum) & 0xff) != 0)
	{
		fota_status status = fota_hex_bad_record(&s->text, p + 1, digits);

		if (status != FOTA_OK)
			return status;
		fota_hex_fail(&s->text, FOTA_CHECKSUM, "record checksum 0x%02X, expected 0x%02X", checksum, (0u - sum) & 0xff);
		return fota_fail_hint(s->text.ctx, "The file was damaged, or edited by hand: take it again from where it was made.");
	}
	return FOTA_OK;
}

static void
warn_here(ihex *s, const char *name, const char *message)
{
	fota_image_warn(s->image, name, s->text.line, (uint64_t) (s->text.p - s->text.begin), "%s", message);
}

static fota_status
add(ihex *s, uint64_t address, size_t size)
{
	return fota_gather_add(s->gather, address, size, s->text.line);
}

/* Data that begins in one 64 KiB and ends in the next. */
static fota_status
crossing_data(ihex *s, const record *r)
{
	unsigned	head = 0x10000 - r->address;
	fota_status status;

	if (s->kind == BASE_LINEAR && s->base + r->address + r->size > (uint64_t) 1 << 32)
		return fota_hex_fail(&s->text, FOTA_RANGE, "record at 0x%08llX + %u bytes runs past 4 GiB",
							 (unsigned long long) s->base + r->address, r->size);
	if (s->kind == BASE_NONE)
		fota_image_warn(s->image, "past_64k", s->text.line, (uint64_t) (s->text.p - s->text.begin),
						"record at 0x%X runs past 64 KiB without a base record; read as 0x%X..0x%X (some tools wrap to 0)",
						r->address, r->address, r->address + r->size - 1);
	if (s->kind != BASE_SEGMENT)
		return add(s, s->base + r->address, r->size);
	fota_image_warn(s->image, "wrap", s->text.line, (uint64_t) (s->text.p - s->text.begin),
					"a record wraps inside its 64 KiB segment: %u bytes at 0x%llX, %u at 0x%llX (some tools run on to 0x%llX)",
					head, (unsigned long long) s->base + r->address, r->size - head, (unsigned long long) s->base,
					(unsigned long long) s->base + 0x10000);
	status = add(s, s->base + r->address, head);
	return status != FOTA_OK ? status : add(s, s->base, r->size - head);
}

static fota_status
take_data(ihex *s, const record *r)
{
	if (!s->wanted)
		return FOTA_OK;
	if (r->size == 0)
	{
		warn_here(s, "empty_record", "a data record holds no data");
		return FOTA_OK;
	}
	s->has_data = true;
	if (r->size > s->record_size)
		s->record_size = r->size;
	if (r->address + r->size > 0x10000)
		return crossing_data(s, r);
	return add(s, s->base + r->address, r->size);
}

static fota_status
take_end(ihex *s, const record *r)
{
	if (r->size != 0)
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "an end-of-file record must hold no data, has %u bytes", r->size);
	if (r->address != 0)
	{
		warn_here(s, "end_address", "the end-of-file record has an address; it may be an entry point, and is not used");
		fota_image_note_number(s->image, "end_address", r->address);
	}
	s->ended = true;
	return FOTA_OK;
}

/* Records 02 to 05 have a fixed length and no load offset. */
static fota_status
check_fixed(ihex *s, const record *r, const char *name, unsigned size)
{
	if (r->size != size)
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "%s record must hold %u bytes, has %u", name, size, r->size);
	if (r->address == 0)
		return FOTA_OK;
	if (!s->options->load_offset)
	{
		fota_hex_fail(&s->text, FOTA_SYNTAX, "load offset of a type %02X record must be 0000, is %04X", r->type,
					  r->address);
		return fota_fail_hint(s->text.ctx, "The waiver load_offset ignores it.");
	}
	warn_here(s, "load_offset", "the load offset of a record of type 02 to 05 is ignored");
	return FOTA_OK;
}

static fota_status
take_base(ihex *s, const record *r, base_kind kind)
{
	fota_status status = check_fixed(s, r, kind == BASE_SEGMENT ? "extended segment address" :
									 "extended linear address", 2);

	if (status != FOTA_OK)
		return status;
	s->has_segment |= kind == BASE_SEGMENT;
	s->has_linear |= kind == BASE_LINEAR;
	if (s->has_segment && s->has_linear)
		warn_here(s, "mixed_bases", "segment and linear base records are mixed; the last one counts");
	s->kind = kind;
	s->base = (uint64_t) (r->data[0] << 8 | r->data[1]) << (kind == BASE_SEGMENT ? 4 : 16);
	return FOTA_OK;
}

static fota_status
take_entry(ihex *s, const record *r)
{
	bool		segment = r->type == 3;
	fota_status status = check_fixed(s, r, segment ? "start segment address" : "start linear address", 4);
	uint64_t	entry;

	if (status != FOTA_OK || !s->wanted)
		return status;
	s->has_segment |= segment;
	s->has_linear |= !segment;
	entry = fota_get_u32be(r->data);
	if (segment)
		entry = ((entry >> 16) << 4) + (entry & 0xffff);
	if (s->image->has_entry && s->image->entry != entry)
		return fota_hex_fail(&s->text, FOTA_DUPLICATE, "entry 0x%llX, but line %llu says 0x%llX",
							 (unsigned long long) entry, (unsigned long long) s->entry_line,
							 (unsigned long long) s->image->entry);
	if (segment && !s->image->has_entry)
	{
		char		start[16];

		fota_format(start, sizeof(start), "%02X%02X:%02X%02X", r->data[0], r->data[1], r->data[2], r->data[3]);
		fota_image_note(s->image, "start", start, 9);
	}
	s->image->has_entry = true;
	s->image->entry = entry;
	s->entry_line = s->text.line;
	return FOTA_OK;
}

/* --- Universal Hex ------------------------------------------------------------------------ */

static fota_status
begin_block(ihex *s, const record *r)
{
	uint16_t	board;
	size_t		i = 0;

	if (r->size != 4 || r->data[2] != 0xc0 || r->data[3] != 0xde)
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "a block must begin with a board and C0DE");
	board = (uint16_t) (r->data[0] << 8 | r->data[1]);
	while (i < s->board_count && s->boards[i] != board)
		i++;
	if (i == BOARDS)
		return fota_hex_fail(&s->text, FOTA_LIMIT, "more than %d boards", BOARDS);
	s->boards[i] = board;
	if (i == s->board_count)
		s->board_count++;
	s->in_block = true;
	s->wanted = !s->options->has_board || board == s->options->board;
	return FOTA_OK;
}

static fota_status
take_block(ihex *s, const record *r)
{
	if (r->type == 0x0a)
		return begin_block(s, r);
	if (s->board_count == 0 || (r->type == 0x0d && !s->in_block))
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "record of type %02X outside of a block of a board", r->type);
	if (r->type == 0x0d)
		return take_data(s, r);
	if (r->type == 0x0b)
	{
		s->in_block = false;
		s->wanted = true;
	}
	return FOTA_OK;
}

/* "9900, 9903" */
static void
list_boards(const ihex *s, char *out, size_t size)
{
	size_t		used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < s->board_count; i++)
		used += fota_format(out + used, size - used, "%s%04x", i ? ", " : "", s->boards[i]);
}

/* The board that was asked for is there; or, when none was, there is only one. */
static fota_status
check_boards(ihex *s)
{
	bool		found = !s->options->has_board && s->board_count < 2;
	fota_ctx   *ctx = s->text.ctx;
	char		boards[BOARDS * 6 + 1];

	list_boards(s, boards, sizeof(boards));
	if (s->board_count > 0)
		fota_image_note(s->image, "boards", boards, SIZE_MAX);
	for (size_t i = 0; i < s->board_count && s->options->has_board; i++)
		found |= s->boards[i] == s->options->board;
	if (found)
		return FOTA_OK;
	if (s->board_count == 0)
		return fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0,
						 "ihex: board %04x was asked for, but the file is not for several boards",
						 s->options->board);
	if (s->options->has_board)
		return fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "ihex: board %04x is not in the file, only %s",
						 s->options->board, boards);
	fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0,
			  "ihex: the file holds an image for each of the boards %s, but one image is expected", boards);
	return fota_fail_hint(ctx, "Choose one by board=%04x.", s->boards[0]);
}

/* --- the file ----------------------------------------------------------------------------- */

static fota_status
take_other(ihex *s, const record *r)
{
	switch (r->type)
	{
		case 0x00:
			return take_data(s, r);
		case 0x01:
			return take_end(s, r);
		case 0x02:
			return take_base(s, r, BASE_SEGMENT);
		case 0x04:
			return take_base(s, r, BASE_LINEAR);
		case 0x03:
		case 0x05:
			return take_entry(s, r);
		case 0x0a:
		case 0x0b:
		case 0x0c:
		case 0x0d:
		case 0x0e:
			return take_block(s, r);
		default:
			return fota_hex_fail(&s->text, FOTA_UNSUPPORTED, "record type %02X is not known", r->type);
	}
}

/* Lines like the one before p, which gave size bytes at an address of its 64 KiB and ends with end_size bytes. */
static fota_status
take_alike(ihex *s, const uint8_t **p, unsigned address, unsigned size, unsigned end_size, uint64_t *line)
{
	fota_hex_line form = {
		.mark = ":", .mark_size = 1, .head_size = 4, .data_size = size, .end_size = end_size, .sum = 0,
		.head = (uint64_t) size << 24 | (uint64_t) (address + size) << 8, .step = (uint64_t) size << 8
	};
	size_t		lines = (0x10000 - address - size) / size;
	fota_status status = fota_hex_like(&s->text, &form, p, s->base + address + size, s->gather, &lines);

	*line += lines;
	return status;
}

/* The plain case: data records, one after the other, each on its line. Stops at anything else. */
static fota_status
take_plain(ihex *s)
{
	fota_hex_text *text = &s->text;
	const uint8_t *p = text->p;
	const uint8_t *end = text->end;
	uint64_t	line = text->line;
	uint64_t	first = line;
	fota_status status = FOTA_OK;

	while (status == FOTA_OK && end - p > HEADER + 3 && *p == ':')
	{
		unsigned	bad = 0;
		unsigned	size = fota_hex_byte(p + 1, &bad);
		unsigned	high = fota_hex_byte(p + 3, &bad);
		unsigned	low = fota_hex_byte(p + 5, &bad);
		unsigned	sum = size + high + low;
		unsigned	address = high << 8 | low;
		const uint8_t *tail = p + HEADER;

		__builtin_prefetch(p + FOTA_HEX_AHEAD);
		if (bad > 0x0f || p[7] != '0' || p[8] != '0' || size == 0 || address + size > 0x10000 ||
			(size_t) (end - tail) < 2 * size + 4)
			break;
		if (!fota_hex_decode(text, tail, size, s->gather->arena + s->gather->used, &sum))
			break;
		tail += 2 * size;
		sum += fota_hex_byte(tail, &bad);
		if (bad > 0x0f || (sum & 0xff) != 0)
			break;
		if (tail[2] == '\n')
			p = tail + 3;
		else if (tail[2] == '\r' && tail[3] == '\n')
			p = tail + 4;
		else
			break;
		if (size > s->record_size)
			s->record_size = size;
		status = fota_gather_add(s->gather, s->base + address, size, line++);
		if (status == FOTA_OK && size % FOTA_HEX_RUN_UNIT == 0)
			status = take_alike(s, &p, address, size, p[-2] == '\r' ? 2 : 1, &line);
	}
	if (line > first)
	{
		s->has_data = text->begun = true;
		s->record_line = line - 1;
		text->p = text->line_begin = p;
		text->line = line;
	}
	return status;
}

static fota_status
check_end(ihex *s)
{
	fota_status status;

	if (s->record_line == 0)
		status = fota_fail(s->text.ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "ihex: no records");
	else if (s->ended)
		status = fota_hex_file_end(&s->text, "the end-of-file record", s->record_line);
	else if (s->options->no_eof)
	{
		fota_image_warn(s->image, "no_eof", s->record_line, FOTA_NOWHERE, "there is no end-of-file record");
		status = FOTA_OK;
	}
	else
	{
		fota_fail(s->text.ctx, FOTA_TRUNCATED, (uint64_t) (s->text.p - s->text.begin), s->record_line,
				  "ihex: no end-of-file record (type 01) after line %llu: file is probably truncated",
				  (unsigned long long) s->record_line);
		return fota_fail_hint(s->text.ctx, "The waiver no_eof accepts the file as it is.");
	}
	if (status == FOTA_OK)
		status = check_boards(s);
	if (status == FOTA_OK && !s->has_data)
		status = fota_fail(s->text.ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "ihex: no data records");
	return status;
}

static void
note_all(ihex *s)
{
	const char *dialect = s->board_count > 0 ? "universal" : s->has_linear ? "i32hex" :
		s->has_segment ? "i16hex" : "i8hex";

	fota_image_note_number(s->image, "lines", fota_hex_lines(&s->text));
	fota_image_note_number(s->image, "record_size", s->record_size);
	fota_image_note(s->image, "dialect", dialect, SIZE_MAX);
}

static fota_status
ihex_read(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image,
		  fota_gather *gather)
{
	ihex		s = {.gather = gather, .image = image, .options = options, .wanted = true};
	fota_status status = fota_hex_open(&s.text, ctx, file, "ihex", ":", options, image);
	bool		found = true;

	while (status == FOTA_OK && !s.ended)
	{
		record		r = {0};

		if (s.wanted && (status = take_plain(&s)) != FOTA_OK)
			break;
		status = fota_hex_next(&s.text, &found);
		if (status != FOTA_OK || !found)
			break;
		s.record_line = s.text.line;
		if ((status = take_record(&s, &r)) == FOTA_OK && (status = take_other(&s, &r)) == FOTA_OK)
		{
			s.text.p += HEADER + 2 * r.size + 2;
			status = fota_hex_line_end(&s.text);
		}
	}
	if (status == FOTA_OK)
		status = check_end(&s);
	if (status == FOTA_OK)
		note_all(&s);
	return status;
}

static fota_status
ihex_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	return fota_hex_file(ctx, file, file.size / 2, "ihex", ihex_read, options, image);
}

static int
ihex_detect(fota_bytes file, const char **reason)
{
	const uint8_t *p = fota_hex_first_record(file, ":");
	const uint8_t *end = file.data + file.size;
	unsigned	bad = 0;
	unsigned	sum = 0;
	size_t		size;

	if (fota_hex_is_utf16(file, ':'))
	{
		*reason = "UTF-16 text whose first line begins like an Intel HEX record";
		return 60;
	}
	if (p == NULL || end - p < HEADER + 2)
		return 0;
	size = (size_t) fota_hex_byte(p + 1, &bad) + 5;
	for (size_t i = 0; i < size && bad < 0x10 && (size_t) (end - p) > 2 * i + 2; i++)
		sum += fota_hex_byte(p + 1 + 2 * i, &bad);
	if ((size_t) (end - p) > 2 * size && bad < 0x10 && (sum & 0xff) == 0)
	{
		*reason = "the first line is an Intel HEX record with the right checksum";
		return 99;
	}
	for (size_t i = bad = 0; i < 4; i++)
		fota_hex_byte(p + 1 + 2 * i, &bad);
	if (bad > 0x0f)
		return 0;
	*reason = "the first line begins like an Intel HEX record, but is not a valid one";
	return 60;
}

const fota_codec fota_codec_ihex = {
	.name = "ihex",
	.title = "Intel HEX",
	.payload = FOTA_PAYLOAD_FLAT,
	.detect = ihex_detect,
	.decode = ihex_decode,
	.encode = fota_ihex_encode,
};

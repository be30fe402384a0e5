/* SPDX-License-Identifier: PostgreSQL */
/*
 * srec.c: reads Motorola S-records (S19, S28, S37).
 *
 *	StLLA..D..CC	t type, LL bytes that follow, A.. 2 to 4 bytes of address, D.. data,
 *					CC: all bytes from LL on, CC included, sum up to 0xFF modulo 256
 *
 *	S0 header			S1 S2 S3 data with 2, 3, 4 bytes of address			S4 reserved
 *	S5 S6 number of data records so far, in 2 or 3 bytes	S7 S8 S9 end, with an entry of 4, 3, 2 bytes
 */
#include "codecs.h"
#include "hex_text.h"

#define HEADER 4				/* 'S', type and the digits of the length */

static const uint8_t address_size[10] = {2, 2, 3, 4, 0, 2, 3, 4, 3, 2};

typedef struct srec
{
	fota_hex_text text;
	fota_gather *gather;
	fota_image *image;
	uint64_t	records;		/* of data */
	bool		ended;
	bool		has_data;
	bool		has_header;
	unsigned	widest;			/* highest type of data record */
	unsigned	record_size;	/* data bytes of the longest data record */
	uint64_t	record_line;	/* of the last record */
} srec;

/* The record at text.p; its data stands in the arena behind what is used. */
typedef struct record
{
	unsigned	type;
	unsigned	length;			/* what LL says */
	unsigned	size;			/* of data */
	uint32_t	address;
	const uint8_t *data;
} record;

static void
warn_here(srec *s, const char *name, const char *message)
{
	fota_image_warn(s->image, name, s->text.line, (uint64_t) (s->text.p - s->text.begin), "%s", message);
}

/* --- one record --------------------------------------------------------------------------- */

/* Reads type and length; the rest of the record is there then, but may hold other things than digits. */
static fota_status
take_head(srec *s, record *r)
{
	const uint8_t *p = s->text.p;
	size_t		left = (size_t) (s->text.end - p);
	unsigned	bad = 0;
	unsigned	least;

	if (left < HEADER)
		return fota_hex_bad_record(&s->text, p + 1, HEADER - 1);
	r->length = fota_hex_byte(p + 2, &bad);
	if (fota_hex_digit[p[1]] > 15 || bad > 0x0f)
		return fota_hex_bad_record(&s->text, p + 1, HEADER - 1);
	r->type = fota_hex_digit[p[1]];
	if (r->type > 9 || r->type == 4)
		return fota_hex_fail(&s->text, FOTA_UNSUPPORTED, "record type S%c is not known", p[1]);
	least = address_size[r->type] + 1u;
	if (r->length < least)
		return fota_hex_fail(&s->text, FOTA_SYNTAX,
							 "length %u is too small for an S%u record (address %u + checksum 1)", r->length,
							 r->type, least - 1);
	if (left < HEADER + 2 * r->length)
		return fota_hex_bad_record(&s->text, p + 1, HEADER - 1 + 2 * r->length);
	r->size = r->length - least;
	return FOTA_OK;
}

/* Decodes the record at text.p and checks its sum. */
static fota_status
take_record(srec *s, record *r)
{
	uint8_t    *out = s->gather->arena + s->gather->used;
	const uint8_t *p = s->text.p + HEADER;
	unsigned	bad = 0;
	unsigned	sum;
	uint8_t		checksum;
	fota_status status = take_head(s, r);

	if (status != FOTA_OK)
		return status;
	sum = r->length;
	r->address = 0;
	for (unsigned i = 0; i < address_size[r->type]; i++, p += 2)
	{
		uint8_t		byte = fota_hex_byte(p, &bad);

		r->address = r->address << 8 | byte;
		sum += byte;
	}
	r->data = out;
	if (bad > 0x0f || !fota_hex_decode(&s->text, p, r->size, out, &sum))
		return fota_hex_bad_record(&s->text, s->text.p + 1, HEADER - 1 + 2 * r->length);
	checksum = fota_hex_byte(p + 2 * r->size, &bad);
	if (bad > 0x0f)
		return fota_hex_bad_record(&s->text, s->text.p + 1, HEADER - 1 + 2 * r->length);
	if (((sum + checksum) & 0xff) != 0xff)
	{
		status = fota_hex_bad_record(&s->text, s->text.p + 1, HEADER - 1 + 2 * r->length);
		if (status != FOTA_OK)
			return status;
		fota_hex_fail(&s->text, FOTA_CHECKSUM, "record checksum 0x%02X, expected 0x%02X", checksum, ~sum & 0xff);
		return fota_fail_hint(s->text.ctx, "The file was damaged, or edited by hand: take it again from where it was made.");
	}
	return FOTA_OK;
}

static fota_status
take_data(srec *s, const record *r)
{
	uint64_t	most = (uint64_t) 1 << (8 * address_size[r->type]);

	s->records++;
	if (r->type > s->widest)
		s->widest = r->type;
	if (r->size == 0)
	{
		warn_here(s, "empty_record", "a data record holds no data");
		return FOTA_OK;
	}
	if (r->address + (uint64_t) r->size > most)
		return fota_hex_fail(&s->text, FOTA_RANGE, "S%u record at 0x%llX runs past %s: it holds %u bytes", r->type,
							 (unsigned long long) r->address,
							 r->type == 1 ? "64 KiB" : r->type == 2 ? "16 MiB" : "4 GiB", r->size);
	s->has_data = true;
	if (r->size > s->record_size)
		s->record_size = r->size;
	return fota_gather_add(s->gather, r->address, r->size, s->text.line);
}

static fota_status
take_header(srec *s, const record *r)
{
	if (r->size > 0 && !s->has_header)
		fota_image_note(s->image, "header", (const char *) r->data, r->size);
	s->has_header |= r->size > 0;
	return FOTA_OK;
}

/* S5 and S6: if the count differs, records were lost. */
static fota_status
take_count(srec *s, const record *r)
{
	uint64_t	mask = r->type == 5 ? 0xffff : 0xffffff;

	if (r->size != 0)
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "a count record must hold no data, has %u bytes", r->size);
	if (r->address == (s->records & mask))
		return FOTA_OK;
	return fota_hex_fail(&s->text, FOTA_TRUNCATED, "S%u says %llu data records, %llu seen: records are missing",
						 r->type, (unsigned long long) r->address, (unsigned long long) s->records);
}

static fota_status
take_end(srec *s, const record *r)
{
	if (r->size != 0)
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "a termination record must not hold data, has %u bytes", r->size);
	if (s->widest != 0 && r->type != 10 - s->widest)
		fota_image_warn(s->image, "terminator", s->text.line, (uint64_t) (s->text.p - s->text.begin),
						"S%u ends S%u data (expected S%u)", r->type, s->widest, 10 - s->widest);
	s->image->has_entry = true;
	s->image->entry = r->address;
	s->ended = true;
	return FOTA_OK;
}

/* --- the file ----------------------------------------------------------------------------- */

static fota_status
take_any(srec *s)
{
	record		r = {0};
	fota_status status = take_record(s, &r);

	if (status != FOTA_OK)
		return status;
	if (*s->text.p == 's')
		warn_here(s, "lower_case", "a record begins with \"s\" instead of \"S\"");
	if (r.type == 0)
		status = take_header(s, &r);
	else if (r.type <= 3)
		status = take_data(s, &r);
	else if (r.type <= 6)
		status = take_count(s, &r);
	else
		status = take_end(s, &r);
	if (status != FOTA_OK)
		return status;
	s->text.p += HEADER + 2 * r.length;
	return fota_hex_line_end(&s->text);
}

/* Lines like the one before p, whose record of so many address bytes gave size bytes up to address "next". */
static fota_status
take_alike(srec *s, const uint8_t **p, unsigned width, uint64_t next, unsigned size, unsigned end_size,
		   uint64_t *line)
{
	fota_hex_line form = {
		.mark = {'S', (uint8_t) ('0' + width - 1)}, .mark_size = 2, .head_size = width + 1, .data_size = size,
		.end_size = end_size, .sum = 0xff, .head = (uint64_t) (size + width + 1) << (8 * width) | next, .step = size
	};
	uint64_t	room = (((uint64_t) 1 << (8 * width)) - next) / size;
	size_t		lines = room < SIZE_MAX ? (size_t) room : SIZE_MAX;
	fota_status status = fota_hex_like(&s->text, &form, p, next, s->gather, &lines);

	*line += lines;
	return status;
}

/* The plain case: data records of one type, each on its line. Stops at anything else. */
static fota_status
take_plain(srec *s)
{
	fota_hex_text *text = &s->text;
	const uint8_t *p = text->p;
	const uint8_t *end = text->end;
	uint8_t		type = end - p > HEADER ? p[1] : 0;
	unsigned	width = type >= '1' && type <= '3' ? type - '0' + 1u : 0;
	uint64_t	most = (uint64_t) 1 << (8 * width);
	uint64_t	line = text->line;
	uint64_t	first = line;
	fota_status status = FOTA_OK;

	while (width > 0 && status == FOTA_OK && end - p > HEADER && p[0] == 'S' && p[1] == type)
	{
		unsigned	bad = 0;
		unsigned	length = fota_hex_byte(p + 2, &bad);
		unsigned	size = length - width - 1;
		unsigned	sum = length;
		uint64_t	address = 0;
		const uint8_t *tail = p + HEADER;

		__builtin_prefetch(p + FOTA_HEX_AHEAD);
		if (bad > 0x0f || length < width + 2 || (size_t) (end - tail) < 2 * length + 2)
			break;
		for (unsigned i = 0; i < width; i++, tail += 2)
		{
			uint8_t		byte = fota_hex_byte(tail, &bad);

			address = address << 8 | byte;
			sum += byte;
		}
		if (bad > 0x0f || address + size > most ||
			!fota_hex_decode(text, tail, size, s->gather->arena + s->gather->used, &sum))
			break;
		tail += 2 * size;
		sum += fota_hex_byte(tail, &bad);
		if (bad > 0x0f || (sum & 0xff) != 0xff)
			break;
		if (tail[2] == '\n')
			p = tail + 3;
		else if (tail[2] == '\r' && tail[3] == '\n')
			p = tail + 4;
		else
			break;
		if (size > s->record_size)
			s->record_size = size;
		status = fota_gather_add(s->gather, address, size, line++);
		if (status == FOTA_OK && size % FOTA_HEX_RUN_UNIT == 0 && address + size < most)
			status = take_alike(s, &p, width, address + size, size, p[-2] == '\r' ? 2 : 1, &line);
	}
	if (line > first)
	{
		s->has_data = text->begun = true;
		s->records += line - first;
		if (width - 1 > s->widest)
			s->widest = width - 1;
		s->record_line = line - 1;
		text->p = text->line_begin = p;
		text->line = line;
	}
	return status;
}

static fota_status
srec_read(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image,
		  fota_gather *gather)
{
	srec		s = {.gather = gather, .image = image};
	fota_status status = fota_hex_open(&s.text, ctx, file, "srec", "Ss", options, image);
	bool		found = true;

	s.text.symbols = true;
	if (status == FOTA_OK && options->has_board)
		return fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "srec: the waiver board=%04x is for Intel HEX files",
						 options->board);
	while (status == FOTA_OK && !s.ended)
	{
		if ((status = take_plain(&s)) != FOTA_OK ||
			(status = fota_hex_next(&s.text, &found)) != FOTA_OK || !found)
			break;
		s.record_line = s.text.line;
		status = take_any(&s);
	}
	if (status == FOTA_OK && s.ended)
		status = fota_hex_file_end(&s.text, "the termination record", s.record_line);
	if (status == FOTA_OK && !s.has_data)
		status = fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "srec: no data records");
	if (status != FOTA_OK)
		return status;
	if (!s.ended)
		fota_image_warn(image, "no_terminator", s.record_line, FOTA_NOWHERE,
						"there is no termination record (S7, S8 or S9)");
	fota_image_note_number(image, "lines", fota_hex_lines(&s.text));
	fota_image_note_number(image, "record_size", s.record_size);
	fota_image_note(image, "dialect", s.widest == 1 ? "s19" : s.widest == 2 ? "s28" : "s37", SIZE_MAX);
	return FOTA_OK;
}

static fota_status
srec_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	return fota_hex_file(ctx, file, file.size / 2, "srec", srec_read, options, image);
}

static int
srec_detect(fota_bytes file, const char **reason)
{
	const uint8_t *p = fota_hex_first_record(file, "Ss");
	const uint8_t *end = file.data + file.size;
	unsigned	bad = 0;
	unsigned	sum = 0;
	size_t		size;

	if (fota_hex_is_utf16(file, 'S'))
	{
		*reason = "UTF-16 text whose first line begins like an S-record";
		return 60;
	}
	/* a table of symbols may stand before: its lines begin with blanks, the others with $$ */
	if (p == NULL && file.size > 2 && file.data[0] == '$' && file.data[1] == '$')
	{
		*reason = "the first line begins a table of symbols, as objcopy writes it before S-records";
		return 91;
	}
	if (p == NULL || end - p < HEADER + 6 || p[1] < '0' || p[1] > '9')
		return 0;
	size = (size_t) fota_hex_byte(p + 2, &bad) + 1;
	for (size_t i = 1; i < 4; i++)
		fota_hex_byte(p + 2 + 2 * i, &bad);
	if (bad > 0x0f)
		return 0;
	for (size_t i = 0; i < size && bad < 0x10 && (size_t) (end - p) > 2 * i + 3; i++)
		sum += fota_hex_byte(p + 2 + 2 * i, &bad);
	if ((size_t) (end - p) >= 2 * size + 2 && bad < 0x10 && (sum & 0xff) == 0xff)
	{
		*reason = "the first line is an S-record with the right checksum";
		return 99;
	}
	*reason = "the first line begins like an S-record, but is not a valid one";
	return 50;
}

const fota_codec fota_codec_srec = {
	.name = "srec",
	.title = "Motorola S-records",
	.payload = FOTA_PAYLOAD_FLAT,
	.detect = srec_detect,
	.decode = srec_decode,
	.encode = fota_srec_encode,
};

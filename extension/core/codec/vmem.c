/* SPDX-License-Identifier: PostgreSQL */
/*
 * vmem.c: reads and writes memory words for $readmemh of Verilog: hexadecimal words between blanks, "@" and the address
 * of the next word, counted in words, and comments as in C++. It has no checksums and no end.
 *
 * The width of a word is that of the first one, unless the option word= says it; then shorter words have
 * zeros in front. Words are big-endian unless the option endian=little says otherwise.
 */
#include "codecs.h"
#include "hex_text.h"
#include "hex_write.h"

#define ADDRESS_LIMIT ((uint64_t) 1 << 32)
#define LONGEST 4096			/* characters of a word or an address, underscores included */
#define SHOWN 40				/* characters of a word that an error shows */

typedef struct vmem
{
	fota_hex_text text;
	fota_gather *gather;
	const fota_image_options *options;
	unsigned	bytes;			/* of a word, 0 = not known yet */
	uint64_t	address;		/* of the next word, in words */
	uint64_t	words;
} vmem;

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

/* A digit that stands for an unknown or high-impedance bit. */
static bool
is_unknown(uint8_t c)
{
	return c == 'x' || c == 'X' || c == 'z' || c == 'Z' || c == '?';
}

/* --- comments ----------------------------------------------------------------------------- */

static fota_status
skip_comment(vmem *s)
{
	fota_hex_text *text = &s->text;
	uint64_t	line = text->line;
	bool		block = text->p[1] == '*';

	for (text->p += 2; text->p < text->end;)
	{
		fota_status status = fota_hex_poll(text);

		if (status != FOTA_OK)
			return status;
		if (block && text->end - text->p > 1 && text->p[0] == '*' && text->p[1] == '/')
		{
			text->p += 2;
			return FOTA_OK;
		}
		if (*text->p != '\n' && *text->p != '\r')
			text->p++;
		else if (block)
			fota_hex_take_line_end(text);
		else
			return FOTA_OK;
	}
	if (!block)
		return FOTA_OK;
	return fota_fail(text->ctx, FOTA_SYNTAX, (uint64_t) (text->p - text->begin), line,
					 "vmem line %llu: comment opened on line %llu is not closed", (unsigned long long) line,
					 (unsigned long long) line);
}

/* --- words and addresses ------------------------------------------------------------------- */

/* The end of the word or address that begins at p; what is longer than any is cut, and is wrong then. */
static const uint8_t *
token_end(const vmem *s, const uint8_t *begin)
{
	const uint8_t *p = begin;

	while (p < s->text.end && p - begin < LONGEST && !is_space(*p) && *p != '/' && *p != '@')
		p++;
	return p;
}

/* Something in a word or an address is no digit. */
static fota_status
bad_digit(vmem *s, const uint8_t *at)
{
	if (is_unknown(*at))
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "unknown/high-impedance digits (x, z) cannot be firmware bytes");
	if (*at == '<')
		return fota_hex_web_page(&s->text);
	return fota_hex_bad_character(&s->text, at, FOTA_SYNTAX, "is not a hexadecimal digit");
}

/* Number of digits between p and end, without underscores; their value goes to *value, which keeps the last 64 bits. */
static fota_status
read_digits(vmem *s, const uint8_t *p, const uint8_t *end, size_t *digits, uint64_t *value)
{
	*digits = 0;
	*value = 0;
	for (; p < end; p++)
	{
		if (*p == '_')
			continue;
		if (fota_hex_digit[*p] > 15)
			return bad_digit(s, p);
		*value = *value << 4 | fota_hex_digit[*p];
		++*digits;
	}
	return FOTA_OK;
}

static fota_status
take_address(vmem *s)
{
	const uint8_t *begin = s->text.p + 1;
	const uint8_t *end = token_end(s, begin);
	uint64_t	value = 0;

	if (end == begin)
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "\"@\" must be followed by an address");
	for (const uint8_t *p = begin; p < end; p++)
	{
		if (*p == '_')
			continue;
		if (fota_hex_digit[*p] > 15)
			return bad_digit(s, p);
		value = value >= ADDRESS_LIMIT ? value : value << 4 | fota_hex_digit[*p];
	}
	if (value >= ADDRESS_LIMIT)
		return fota_hex_fail(&s->text, FOTA_RANGE, "address over 32 bits");
	s->address = value;
	s->text.p = end;
	return FOTA_OK;
}

static fota_status
bad_width(vmem *s, const uint8_t *end, size_t digits)
{
	const char *word = (const char *) s->text.p;
	int			shown = end - s->text.p > SHOWN ? SHOWN : (int) (end - s->text.p);

	if (s->options->word != 0)
		return fota_hex_fail(&s->text, FOTA_SYNTAX, "word \"%.*s\" is %zu bits wide, words of %u bits were asked for", shown,
							 word, 4 * digits, s->options->word);
	if (digits % 2 != 0)
		fota_hex_fail(&s->text, FOTA_SYNTAX, "word \"%.*s\" is not a whole number of bytes", shown, word);
	else if (s->bytes != 0)
		fota_hex_fail(&s->text, FOTA_SYNTAX, "word \"%.*s\" is %zu bits wide, earlier words %u bits", shown, word,
					  4 * digits, 8 * s->bytes);
	else
		fota_hex_fail(&s->text, FOTA_SYNTAX, "word \"%.*s\" is %zu bits wide, not 8, 16, 32 or 64", shown, word, 4 * digits);
	return fota_fail_hint(s->text.ctx, "The option word=8, word=16, word=32 or word=64 says how wide words are; shorter ones get zeros in front.");
}

/* The width of all words, from the first of them. */
static fota_status
learn_width(vmem *s, const uint8_t *end, size_t digits)
{
	if (digits != 2 && digits != 4 && digits != 8 && digits != 16)
		return bad_width(s, end, digits);
	s->bytes = (unsigned) digits / 2;
	if (s->bytes > 1)
		fota_image_warn(s->text.image, "assumed", s->text.line, (uint64_t) (s->text.p - s->text.begin),
						"words of %u bits, as wide as the first one, are read as big-endian; the options word= and endian= say what they are",
						8 * s->bytes);
	return FOTA_OK;
}

static fota_status
take_word(vmem *s)
{
	const uint8_t *end = token_end(s, s->text.p);
	uint8_t    *out = s->gather->arena + s->gather->used;
	size_t		digits = 0;
	uint64_t	value = 0;
	fota_status status = end == s->text.p ? bad_digit(s, end) : read_digits(s, s->text.p, end, &digits, &value);

	if (status == FOTA_OK && s->bytes == 0)
		status = learn_width(s, end, digits);
	if (status != FOTA_OK)
		return status;
	if (s->options->word != 0 ? digits > 2 * s->bytes : digits != 2 * s->bytes)
		return bad_width(s, end, digits);
	if ((s->address + 1) * s->bytes > ADDRESS_LIMIT)
		return fota_hex_fail(&s->text, FOTA_RANGE, "word address 0x%llX x %u byte%s exceeds 32 bits",
							 (unsigned long long) s->address, s->bytes, s->bytes > 1 ? "s" : "");
	for (unsigned i = 0; i < s->bytes; i++)
		out[s->options->little ? i : s->bytes - 1 - i] = (uint8_t) (value >> (8 * i));
	status = fota_gather_add(s->gather, s->address * s->bytes, s->bytes, s->text.line);
	s->address++;
	s->words++;
	s->text.p = end;
	return status;
}

/* --- the file ----------------------------------------------------------------------------- */

static fota_status
take_any(vmem *s)
{
	uint8_t		c = *s->text.p;
	fota_status status = fota_hex_poll(&s->text);

	if (status != FOTA_OK)
		return status;
	if (c == '\n' || c == '\r')
		fota_hex_take_line_end(&s->text);
	else if (is_space(c))
		s->text.p++;
	else if (c == '@')
		return take_address(s);
	else if (c == '/' && s->text.end - s->text.p > 1 && (s->text.p[1] == '/' || s->text.p[1] == '*'))
		return skip_comment(s);
	else
		return take_word(s);
	return FOTA_OK;
}

static fota_status
vmem_read(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image,
		  fota_gather *gather)
{
	vmem		s = {.gather = gather, .options = options, .bytes = options->word / 8};
	fota_status status = fota_hex_open(&s.text, ctx, file, "vmem", "@", options, image);

	while (status == FOTA_OK && s.text.p < s.text.end)
		status = take_any(&s);
	if (status == FOTA_OK && s.words == 0)
		status = fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "vmem: no data");
	if (status != FOTA_OK)
		return status;
	fota_image_note_number(image, "lines", fota_hex_lines(&s.text));
	fota_image_note_number(image, "word", 8 * s.bytes);
	if (s.bytes > 1)
		fota_image_note(image, "endian", options->little ? "little" : "big", SIZE_MAX);
	return FOTA_OK;
}

static fota_status
vmem_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	/* with a width that is asked for, a word may have one digit, and a blank behind it */
	size_t		word = options->word / 8;

	return fota_hex_file(ctx, file, word > 1 ? (file.size + 1) / 2 * word : file.size / 2 + 1, "vmem", vmem_read, options,
						 image);
}

/* --- detection ---------------------------------------------------------------------------- */

/* What the begin of a file looks like. */
typedef struct look
{
	size_t		addresses;
	size_t		words;
	size_t		digits;			/* of the first word */
	bool		same;			/* all words have as many */
	bool		other;			/* characters that do not belong there */
} look;

static bool
begins_comment(const uint8_t *p, const uint8_t *end)
{
	return *p == '/' && end - p > 1 && (p[1] == '/' || p[1] == '*');
}

static const uint8_t *
over_comment(const uint8_t *p, const uint8_t *end)
{
	bool		block = p[1] == '*';

	for (p += 2; p < end; p++)
	{
		if (block ? *p == '/' && p[-1] == '*' : *p == '\n' || *p == '\r')
			return p + 1;
	}
	return end;
}

static look
look_at(const uint8_t *p, const uint8_t *end)
{
	look		l = {.same = true};

	while (p < end && !l.other)
	{
		size_t		digits = 0;
		bool		address = *p == '@';

		if (is_space(*p))
		{
			p++;
			continue;
		}
		if (begins_comment(p, end))
		{
			p = over_comment(p, end);
			continue;
		}
		for (p += address; p < end && (fota_hex_digit[*p] <= 15 || *p == '_' || is_unknown(*p)); p++)
			digits += *p != '_';
		l.other = p < end && !is_space(*p) && !begins_comment(p, end);
		if (address)
		{
			l.addresses++;
			continue;
		}
		if (l.words++ == 0)
			l.digits = digits;
		l.same &= digits == l.digits || p == end;
	}
	return l;
}

static int
vmem_detect(fota_bytes file, const char **reason)
{
	look		l = look_at(file.data, file.data + (file.size < 8192 ? file.size : 8192));

	if (l.addresses > 0 && !l.other)
	{
		*reason = "hexadecimal words, and addresses behind \"@\"";
		return l.words == 0 ? 20 : l.same ? 80 : 60;
	}
	if (l.addresses > 0 && l.words > 0)
	{
		*reason = "an address behind \"@\" and words, but not all of them hexadecimal";
		return 50;
	}
	if (l.words < 4 || l.other || !l.same || (l.digits != 2 && l.digits != 4 && l.digits != 8 && l.digits != 16))
		return 0;
	*reason = "hexadecimal words of one width";
	return 30;
}

/* --- writing ------------------------------------------------------------------------------ */

typedef struct vmem_writer
{
	fota_hex_writer w;
	unsigned	bytes;
	bool		little;
} vmem_writer;

static fota_status
put_data(void *with, uint64_t address, const uint8_t *data, unsigned size)
{
	vmem_writer *s = with;
	uint64_t	word = address / s->bytes;
	uint8_t    *p = fota_hex_write_room(&s->w, 9 + 3 * (size_t) size);
	unsigned	sum = 0;

	if (p == NULL)
		return s->w.ctx->error.code;
	*p++ = '@';
	for (int shift = 24; shift >= 0; shift -= 8)
		p = fota_hex_put_byte(p, (unsigned) (word >> shift) & 0xff, &sum);
	for (unsigned i = 0; i < size; i++)
	{
		unsigned	place = i % s->bytes;

		if (place == 0)
			*p++ = ' ';
		p = fota_hex_put_byte(p, data[s->little ? i - place + s->bytes - 1 - place : i], &sum);
	}
	return fota_hex_write_line(&s->w, p);
}

/* The format has no place for an entry; it is left out, as by other tools. */
static fota_status
vmem_encode(fota_ctx *ctx, const fota_image *image, const fota_encode_options *options, fota_buf *out)
{
	vmem_writer s = {.bytes = options->word ? options->word / 8 : 1, .little = options->little};
	fota_status status;

	if (options->word != 0 && options->word != 8 && options->word != 16 && options->word != 32 && options->word != 64)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "vmem: words of %u bits, there are 8, 16, 32 and 64", options->word);
	status = fota_hex_write_open(&s.w, ctx, image, options, out, "vmem", ADDRESS_LIMIT, "4 GiB", 4096, 24);
	if (status == FOTA_OK && s.w.record_size % s.bytes != 0)
		status = fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "vmem: %u bytes on a line are not whole words of %u bits",
						   s.w.record_size, options->word);
	for (size_t i = 0; i < image->segment_count && status == FOTA_OK; i++)
	{
		const fota_segment *segment = &image->segments[i];

		if (segment->address % s.bytes == 0 && segment->size % s.bytes == 0)
			continue;
		fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "vmem: segment at 0x%llX with %llu bytes does not fill words of %u bits",
				  (unsigned long long) segment->address, (unsigned long long) segment->size, options->word);
		return fota_fail_hint(ctx, "Fill the image to whole words, or write words of 8 bits.");
	}
	return status != FOTA_OK ? status : fota_hex_write_records(&s.w, 0, put_data, NULL, &s);
}

const fota_codec fota_codec_vmem = {
	.name = "vmem",
	.title = "memory words for $readmemh",
	.payload = FOTA_PAYLOAD_FLAT,
	.detect = vmem_detect,
	.decode = vmem_decode,
	.encode = vmem_encode,
};

/* SPDX-License-Identifier: PostgreSQL */
/* image_waiver.c: waivers and other options of the decoders by name; see image.h. */
#include "image.h"

#include <string.h>

/* Flags: a name, and the option that it sets. */
static const struct
{
	const char *name;
	size_t		offset;
}			flags[] = {
	{"comments", offsetof(fota_image_options, comments)},
	{"no_eof", offsetof(fota_image_options, no_eof)},
	{"load_offset", offsetof(fota_image_options, load_offset)},
	{"outside", offsetof(fota_image_options, outside)},
};

#define FLAGS (sizeof(flags) / sizeof(flags[0]))

/* Options with a value; those that end in '=' take one that is not listed. */
static const char *const values[] = {
	"overlap=first", "overlap=last", "endian=big", "endian=little", "word=8", "word=16", "word=32", "word=64", "board=",
};

#define VALUES (sizeof(values) / sizeof(values[0]))

const char *
fota_image_waiver_at(size_t position)
{
	if (position < FLAGS)
		return flags[position].name;
	return position < FLAGS + VALUES ? values[position - FLAGS] : NULL;
}

static bool
is_word(const char *text, size_t size, const char *word)
{
	return strlen(word) == size && memcmp(text, word, size) == 0;
}

/* board=9900: exactly four hex digits. */
static bool
read_board(const char *text, size_t size, uint16_t *board)
{
	unsigned	value = 0;

	if (size != 10 || memcmp(text, "board=", 6) != 0)
		return false;
	for (size_t i = 6; i < size; i++)
	{
		char		c = text[i];
		int			digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
			c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (digit < 0)
			return false;
		value = value << 4 | (unsigned) digit;
	}
	*board = (uint16_t) value;
	return true;
}

static fota_status
unknown(fota_ctx *ctx, const char *text, size_t size)
{
	char		names[FOTA_MESSAGE_SIZE] = "";
	size_t		used = 0;

	fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "there is no waiver \"%.*s\"", size > 80 ? 80 : (int) size, text);
	for (size_t i = 0; fota_image_waiver_at(i) != NULL; i++)
		used += fota_format(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "", fota_image_waiver_at(i));
	return fota_fail_hint(ctx, "Waivers are %s (four hex digits).", names);
}

fota_status
fota_image_waiver(fota_ctx *ctx, fota_image_options *options, const char *text, size_t size)
{
	for (size_t i = 0; i < FLAGS; i++)
	{
		if (is_word(text, size, flags[i].name))
		{
			*(bool *) ((char *) options + flags[i].offset) = true;
			return FOTA_OK;
		}
	}
	if (is_word(text, size, "overlap=first"))
		options->overlap = FOTA_OVERLAP_FIRST;
	else if (is_word(text, size, "overlap=last"))
		options->overlap = FOTA_OVERLAP_LAST;
	else if (is_word(text, size, "endian=big") || is_word(text, size, "endian=little"))
		options->little = text[7] == 'l';
	else if (is_word(text, size, "word=8"))
		options->word = 8;
	else if (is_word(text, size, "word=16"))
		options->word = 16;
	else if (is_word(text, size, "word=32"))
		options->word = 32;
	else if (is_word(text, size, "word=64"))
		options->word = 64;
	else if (read_board(text, size, &options->board))
		options->has_board = true;
	else
		return unknown(ctx, text, size);
	return FOTA_OK;
}

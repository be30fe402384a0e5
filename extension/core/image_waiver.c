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
	{"strict", offsetof(fota_image_options, strict)},
	{"comments", offsetof(fota_image_options, comments)},
	{"no_eof", offsetof(fota_image_options, no_eof)},
	{"load_offset", offsetof(fota_image_options, load_offset)},
	{"outside", offsetof(fota_image_options, outside)},
	{"metadata_mismatch", offsetof(fota_image_options, metadata_mismatch)},
	{"vaddr", offsetof(fota_image_options, vaddr)},
};

#define FLAGS (sizeof(flags) / sizeof(flags[0]))

/* Options with a value; those that end in '=' take one that is not listed. */
static const char *const values[] = {
	"overlap=first", "overlap=last", "endian=big", "endian=little", "word=8", "word=16", "word=32", "word=64",
	"space=flash", "space=eeprom", "space=fuses", "space=lock", "space=signature", "board=", "family=",
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

/* After a name with '=', exactly so many hex digits. */
static bool
read_hex(const char *text, size_t size, const char *name, size_t digits, uint32_t *number)
{
	size_t		length = strlen(name);
	uint32_t	value = 0;

	if (size != length + digits || memcmp(text, name, length) != 0)
		return false;
	for (size_t i = length; i < size; i++)
	{
		char		c = text[i];
		int			digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
			c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (digit < 0)
			return false;
		value = value << 4 | (uint32_t) digit;
	}
	*number = value;
	return true;
}

/* space=eeprom: in the order of fota_space. */
static bool
read_space(const char *text, size_t size, fota_space *space)
{
	static const char *const names[] = {"space=flash", "space=eeprom", "space=fuses", "space=lock", "space=signature"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if (is_word(text, size, names[i]))
		{
			*space = (fota_space) i;
			return true;
		}
	}
	return false;
}

/* max_segments=100: a name with '=' and a decimal number of at most 15 digits. */
static bool
read_limit(const char *text, size_t size, fota_image_limits *limits)
{
	const char *sign = memchr(text, '=', size);
	size_t		name = sign != NULL ? (size_t) (sign - text) : 0;
	uint64_t	value = 0;

	if (sign == NULL || name + 1 == size || size - name > 16)
		return false;
	for (size_t i = name + 1; i < size; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = 10 * value + (uint64_t) (text[i] - '0');
	}
	if (is_word(text, name, "max_segments"))
		limits->segments = (size_t) value;
	else if (is_word(text, name, "max_flat"))
		limits->flat = value;
	else if (is_word(text, name, "max_members"))
		limits->members = (size_t) value;
	else if (is_word(text, name, "max_unpacked"))
		limits->unpacked = value;
	else if (is_word(text, name, "max_ratio") && value <= UINT32_MAX)
		limits->ratio = (unsigned) value;
	else if (is_word(text, name, "max_nesting") && value <= 1)
		limits->no_layer = value == 0;
	else
		return false;
	return true;
}

static fota_status
unknown(fota_ctx *ctx, const char *text, size_t size)
{
	char		names[FOTA_MESSAGE_SIZE] = "";
	size_t		used = 0;

	fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "there is no waiver \"%.*s\"", size > 80 ? 80 : (int) size, text);
	for (size_t i = 0; i < FLAGS; i++)
		used += fota_format(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "", flags[i].name);
	for (size_t i = 0; i < VALUES; i++)
	{
		size_t		key = strcspn(values[i], "=") + 1;
		bool		again = i > 0 && strncmp(values[i], values[i - 1], key) == 0;

		used += fota_format(names + used, sizeof(names) - used, again ? "|%s" : ", %s", values[i] + (again ? key : 0));
	}
	return fota_fail_hint(ctx, "Waivers are %s (four and eight hex digits).", names);
}

fota_status
fota_image_waiver(fota_ctx *ctx, fota_image_options *options, const char *text, size_t size)
{
	uint32_t	number;

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
	else if (read_hex(text, size, "board=", 4, &number))
	{
		options->has_board = true;
		options->board = (uint16_t) number;
	}
	else if (read_hex(text, size, "family=", 8, &options->family))
		options->has_family = true;
	else if (!read_space(text, size, &options->space) && !read_limit(text, size, &options->limits))
		return unknown(ctx, text, size);
	return FOTA_OK;
}

/* --- strict ------------------------------------------------------------------------------- */

/* A warning that tells of a waiver of its name, which was given. */
static bool
is_waived(const fota_image_options *options, const char *name)
{
	for (size_t i = 0; i < FLAGS; i++)
		if (strcmp(name, flags[i].name) == 0)
			return *(const bool *) ((const char *) options + flags[i].offset);
	return strcmp(name, "overlap") == 0;
}

static bool
has_waiver(const char *name)
{
	for (size_t i = 0; i < FLAGS; i++)
		if (strcmp(name, flags[i].name) == 0)
			return true;
	return false;
}

fota_status
fota_image_strict(fota_ctx *ctx, const fota_image_options *options, const fota_image *image)
{
	const fota_warning *w = image->warnings;
	char		line[32] = "";

	while (w < image->warnings + image->warning_count && is_waived(options, w->name))
		w++;
	if (!options->strict || w == image->warnings + image->warning_count)
		return FOTA_OK;
	if (w->line > 0)
		fota_format(line, sizeof(line), " line %llu", (unsigned long long) w->line);
	fota_fail(ctx, FOTA_SYNTAX, w->offset, w->line, "%s%s: %s", image->format, line, w->message);
	if (has_waiver(w->name))
		return fota_fail_hint(ctx, "The waiver %s accepts it; without the option strict it is a warning.", w->name);
	return fota_fail_hint(ctx, "Without the option strict it is a warning.");
}

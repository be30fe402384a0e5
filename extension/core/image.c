/* SPDX-License-Identifier: PostgreSQL */
/* image.c: the table of file formats, decoding and encoding by name, waivers; see image.h. */
#include "image.h"

#include "codec/codecs.h"

#include <string.h>

/* In this order they are asked whether a file is theirs. A new format is one file in codec/ and one line here. */
static const fota_codec *const codecs[] = {
	&fota_codec_ihex,
	&fota_codec_srec,
	&fota_codec_raw,
};

#define CODECS (sizeof(codecs) / sizeof(codecs[0]))
#define SURE 90					/* confidence from which a file is said to be of another format */

const fota_codec *
fota_codec_at(size_t position)
{
	return position < CODECS ? codecs[position] : NULL;
}

const fota_codec *
fota_codec_find(const char *name, size_t size)
{
	for (size_t i = 0; i < CODECS; i++)
		if (strlen(codecs[i]->name) == size && memcmp(codecs[i]->name, name, size) == 0)
			return codecs[i];
	return NULL;
}

const fota_codec *
fota_image_detect(fota_bytes file, int *confidence, const char **reason)
{
	const fota_codec *best = NULL;

	*confidence = 0;
	for (size_t i = 0; i < CODECS; i++)
	{
		const char *why = "";
		int			sure = codecs[i]->detect(file, &why);

		if (best == NULL || sure > *confidence)
		{
			best = codecs[i];
			*confidence = sure;
			*reason = why;
		}
	}
	return best;
}

/* --- waivers ------------------------------------------------------------------------------ */

static const char *const waivers[] = {
	"overlap=first", "overlap=last", "comments", "no_eof", "load_offset", "outside", "board=",
};

#define WAIVERS (sizeof(waivers) / sizeof(waivers[0]))

const char *
fota_image_waiver_at(size_t position)
{
	return position < WAIVERS ? waivers[position] : NULL;
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

fota_status
fota_image_waiver(fota_ctx *ctx, fota_image_options *options, const char *text, size_t size)
{
	if (is_word(text, size, "overlap=first"))
		options->overlap = FOTA_OVERLAP_FIRST;
	else if (is_word(text, size, "overlap=last"))
		options->overlap = FOTA_OVERLAP_LAST;
	else if (is_word(text, size, "comments"))
		options->comments = true;
	else if (is_word(text, size, "no_eof"))
		options->no_eof = true;
	else if (is_word(text, size, "load_offset"))
		options->load_offset = true;
	else if (is_word(text, size, "outside"))
		options->outside = true;
	else if (read_board(text, size, &options->board))
		options->has_board = true;
	else
	{
		fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "there is no waiver \"%.*s\"",
				  size > 80 ? 80 : (int) size, text);
		return fota_fail_hint(ctx, "Waivers are overlap=first, overlap=last, comments, no_eof, load_offset, outside "
							  "and board= with four hex digits.");
	}
	return FOTA_OK;
}

/* --- decoding and encoding ---------------------------------------------------------------- */

/* A file that is not what the caller said may surely be something else. */
static void
hint_format(fota_ctx *ctx, fota_bytes file, const fota_codec *codec)
{
	int			confidence;
	const char *reason;
	const fota_codec *other;

	if (ctx->error.code != FOTA_SYNTAX || ctx->error.line > 1 || ctx->error.hint[0] != '\0')
		return;
	other = fota_image_detect(file, &confidence, &reason);
	if (other != codec && confidence >= SURE)
		fota_fail_hint(ctx, "The file looks like format %s: %s.", other->name, reason);
}

static fota_status
unknown_format(fota_ctx *ctx, const char *format)
{
	fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "there is no image format \"%.80s\"", format);
	return fota_fail_hint(ctx, "Formats are ihex, srec and raw.");
}

fota_status
fota_image_decode(fota_ctx *ctx, fota_bytes file, const char *format, const fota_image_options *options,
				  fota_image *image)
{
	static const fota_image_options strict;
	const fota_codec *codec;
	fota_status status;
	int			confidence;
	const char *reason;

	memset(image, 0, sizeof(*image));
	if (format == NULL)
		codec = fota_image_detect(file, &confidence, &reason);
	else if ((codec = fota_codec_find(format, strlen(format))) == NULL)
		return unknown_format(ctx, format);
	image->format = codec->name;
	status = codec->decode(ctx, file, options ? options : &strict, image);
	if (status != FOTA_OK && format != NULL)
		hint_format(ctx, file, codec);
	return status;
}

fota_status
fota_image_encode(fota_ctx *ctx, const fota_image *image, const char *format, const fota_encode_options *options,
				  fota_buf *out)
{
	static const fota_encode_options plain;
	const fota_codec *codec = fota_codec_find(format, strlen(format));

	if (codec == NULL)
		return unknown_format(ctx, format);
	if (codec->encode == NULL)
		return fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "format %s can be read only", format);
	return codec->encode(ctx, image, options ? options : &plain, out);
}

void
fota_image_free(fota_ctx *ctx, fota_image *image)
{
	fota_free(ctx, image->segments);
	fota_free(ctx, image->arena);
	image->segments = NULL;
	image->arena = NULL;
	image->segment_count = 0;
}

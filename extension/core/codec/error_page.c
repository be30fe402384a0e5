/* SPDX-License-Identifier: PostgreSQL */
/*
 * error_page.c: what a web server answers instead of a file: a page in HTML, or an error in JSON or XML. It is refused,
 * and what it says is told. Contents that are JSON or XML for good are taken by format raw.
 */
#include "known.h"

#include "codecs.h"

#include <string.h>

#define LOOK 2048				/* bytes in which the signs of an error must stand */
#define JSON_MOST 16384			/* an error in JSON is not longer */

typedef enum kind
{
	KIND_NONE, KIND_HTML, KIND_JSON, KIND_XML
} kind;

static char
lower(uint8_t c)
{
	return (char) (c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* Where a text (lower case) stands in the beginning of a file, whatever its case; SIZE_MAX = nowhere. */
static size_t
find(fota_bytes file, size_t from, const char *text)
{
	size_t		size = strlen(text);
	size_t		end = file.size < LOOK ? file.size : LOOK;

	for (size_t at = from; at + size <= end; at++)
	{
		size_t		same = 0;

		while (same < size && lower(file.data[at + same]) == text[same])
			same++;
		if (same == size)
			return at;
	}
	return SIZE_MAX;
}

static bool
begins(fota_bytes file, size_t at, const char *text)
{
	return find((fota_bytes) {file.data, at + strlen(text) < file.size ? at + strlen(text) : file.size}, at, text) == at;
}

/* Passes over a byte order mark and blanks. */
static size_t
first_character(fota_bytes file)
{
	size_t		at = file.size >= 3 && memcmp(file.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (at < file.size && at < LOOK && strchr(" \t\r\n", file.data[at]) != NULL && file.data[at] != 0)
		at++;
	return at;
}

static kind
kind_of(fota_bytes file)
{
	static const char *const keys[] = {
		"\"error\"", "\"errors\"", "\"message\"", "\"errorcode\"", "\"error_description\"", "\"statuscode\"", "\"detail\"",
	};
	size_t		at = first_character(file);

	if (begins(file, at, "<!doctype html") || begins(file, at, "<html") || begins(file, at, "<head") || begins(file, at, "<body"))
		return KIND_HTML;
	if (begins(file, at, "<?xml") && (find(file, at, "<html") != SIZE_MAX || find(file, at, "xhtml") != SIZE_MAX))
		return KIND_HTML;
	if (begins(file, at, "<error") || begins(file, at, "<fault") ||
		(begins(file, at, "<?xml") && (find(file, at, "<error") != SIZE_MAX || find(file, at, "fault>") != SIZE_MAX)))
		return KIND_XML;
	if (at >= file.size || file.size > JSON_MOST || file.data[at] != '{')
		return KIND_NONE;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (find(file, at, keys[i]) != SIZE_MAX)
			return KIND_JSON;
	return KIND_NONE;
}

/* What stands between two texts, as far as it is plain: "" when they are not there. */
static void
quote(fota_bytes file, const char *before, const char *after, char out[80])
{
	size_t		from = find(file, 0, before);
	size_t		to = from != SIZE_MAX ? find(file, from + strlen(before), after) : SIZE_MAX;
	size_t		used = 0;

	out[0] = '\0';
	if (to == SIZE_MAX)
		return;
	for (size_t at = from + strlen(before); at < to && used < 79; at++)
		if (used > 0 || strchr(" \t\r\n\":", file.data[at]) == NULL)
			out[used++] = file.data[at] >= 0x20 && file.data[at] < 0x7f ? (char) file.data[at] : '?';
	out[used] = '\0';
}

static fota_status
error_page_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	kind		k = kind_of(file);
	char		says[80] = "";

	(void) options;
	(void) image;
	if (k == KIND_NONE)
		return fota_fail(ctx, FOTA_SYNTAX, 0, 0, "error-page: the file is no web page, nor an error in JSON or XML");
	if (k == KIND_HTML)
		quote(file, "<title>", "</title>", says);
	else if (k == KIND_XML)
		quote(file, "<message>", "</message>", says);
	else
		quote(file, "\"message\":", "\"}", says);
	fota_fail(ctx, FOTA_SYNTAX, first_character(file), 1,
			  "error-page line 1: starts with \"%c\": an error page was uploaded instead of an image: %s%s%s%s",
			  file.data[first_character(file)],
			  k == KIND_HTML ? "HTML (text/html)" : k == KIND_XML ? "an error in XML" : "an error in JSON",
			  says[0] ? ", \"" : "", says, says[0] ? "\"" : "");
	return fota_fail_hint(ctx, "Fetch the image again and look at what the server answers. Format raw takes the file as it is.");
}

static int
error_page_detect(fota_bytes file, const char **reason)
{
	switch (kind_of(file))
	{
		case KIND_HTML:
			*reason = "the file is a page in HTML";
			return 92;
		case KIND_XML:
			*reason = "the file is an error in XML";
			return 80;
		case KIND_JSON:
			*reason = "the file is a short JSON object that tells of an error";
			return 60;
		case KIND_NONE:
			break;
	}
	return 0;
}

const fota_codec fota_codec_error_page = {
	.name = "error-page",
	.title = "error page of a web server",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = error_page_detect,
	.decode = error_page_decode,
};

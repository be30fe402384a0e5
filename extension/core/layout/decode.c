/* SPDX-License-Identifier: PostgreSQL */
/* decode.c: a file by a layout: magic, fields, checks, payload, metadata; see ../layout.h and README.md. */
#include "layout.h"

#include <string.h>

#define TOP_KEYS "endian magic scan fields checks records payload deliver metadata"
#define MOST_SCAN 4096

/* --- magic ------------------------------------------------------------------------------------ */

fota_status
fota_layout_matches(fota_ctx *ctx, fota_bytes layout, fota_bytes file, bool *matches, size_t *at)
{
	layout_run	run = {.ctx = ctx, .text = layout, .name = "layout", .file = file};
	uint8_t		magic[64];
	size_t		size = sizeof(magic);
	uint64_t	scan = 0;
	fota_bytes	value;
	fota_status status = layout_get(ctx, layout, "magic", &value);

	*matches = false;
	*at = 0;
	if (status != FOTA_OK || value.data == NULL || (status = layout_hex(ctx, value, "magic", magic, &size)) != FOTA_OK ||
		(status = layout_get(ctx, layout, "scan", &value)) != FOTA_OK ||
		(value.data != NULL && (status = layout_sum(&run, value, "scan", &scan)) != FOTA_OK))
		return status;
	if (scan > MOST_SCAN)
		return layout_bad(ctx, "scan is more than %d", MOST_SCAN);
	for (; *at <= scan && *at < file.size && file.size - *at >= size && !*matches; ++*at)
		*matches = memcmp(file.data + *at, magic, size) == 0;
	*at -= *matches;
	if (!*matches)
		*at = 0;
	return FOTA_OK;
}

/* --- metadata --------------------------------------------------------------------------------- */

/* The value of a field as it is shown; with ":4x" a number in so many hex digits. */
static fota_status
put_value(layout_run *run, const char *name, size_t size, char *out, size_t room, size_t *used)
{
	const char *colon = memchr(name, ':', size);
	size_t		length = colon != NULL ? (size_t) (colon - name) : size;
	const layout_value *value = layout_value_of(run, name, length);
	unsigned	digits = colon != NULL && size == length + 3 && colon[2] == 'x' ? (unsigned) (colon[1] - '0') : 0;

	if (value == NULL)
		return layout_bad(run->ctx, "metadata: there is no field %.*s", (int) length, name);
	if (colon == NULL)
	{
		*used += fota_format(out + *used, room - *used, "%s", value->shown);
		return FOTA_OK;
	}
	if (value->kind != VALUE_NUMBER || digits < 1 || digits > 9)
		return layout_bad(run->ctx, "metadata: {%.*s} is no number in 1 to 9 hex digits, as in {%.*s:4x}", (int) size, name,
						  (int) length, name);
	for (unsigned i = digits; i > 0 && *used + 1 < room; i--)
		out[(*used)++] = "0123456789abcdef"[value->number >> (4 * (i - 1)) & 15];
	out[*used] = '\0';
	return FOTA_OK;
}

/* "{major}.{minor}": names in braces are the values of fields. */
static fota_status
fill_in(layout_run *run, const char *pattern, char *out, size_t size)
{
	size_t		used = 0;

	for (const char *p = pattern; *p != '\0';)
	{
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		fota_status status;

		if (end == NULL)
		{
			if (used + 1 < size)
				out[used++] = *p;
			p++;
			continue;
		}
		status = put_value(run, p + 1, (size_t) (end - p - 1), out, size, &used);
		if (status != FOTA_OK)
			return status;
		p = end + 1;
	}
	out[used] = '\0';
	return FOTA_OK;
}

/* Names of metadata live as long as the image: in its arena. */
static const char *
keep_name(layout_run *run, const char *name)
{
	static const char *const usual[] = {"version", "name", "vendor", "product", "description", "hw", "load_address", "entry",
		"security_counter", "depends", "key_id", "build_id", "compression", "os", "arch", "type", "signed", "encrypted"};

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strcmp(usual[i], name) == 0)
			return usual[i];
	layout_bad(run->ctx, "there is no metadata \"%s\"; names are version name vendor product description hw load_address entry "
			   "security_counter depends key_id build_id compression os arch type signed encrypted", name);
	return NULL;
}

static bool
is_number(const char *name)
{
	return strcmp(name, "load_address") == 0 || strcmp(name, "entry") == 0 || strcmp(name, "security_counter") == 0;
}

static fota_status
note(layout_run *run, const char *name, fota_bytes value, bool item)
{
	char		pattern[FOTA_IMAGE_TEXT];
	char		text[FOTA_IMAGE_TEXT];
	uint64_t	number;
	fota_status status;

	if (is_number(name))
	{
		status = layout_sum(run, value, name, &number);
		if (status == FOTA_OK)
			fota_image_note_number(run->image, name, number);
		if (status == FOTA_OK && strcmp(name, "entry") == 0)
		{
			run->image->has_entry = true;
			run->image->entry = number;
		}
		return status;
	}
	status = layout_string(run->ctx, value, "metadata", pattern, sizeof(pattern));
	if (status == FOTA_OK)
		status = fill_in(run, pattern, text, sizeof(text));
	if (status != FOTA_OK || text[0] == '\0')
		return status;
	if (item)
		fota_image_note_item(run->image, name, text, SIZE_MAX);
	else
		fota_image_note(run->image, name, text, SIZE_MAX);
	return FOTA_OK;
}

static fota_status
take_item(layout_run *run, const char *key, fota_bytes value)
{
	(void) key;
	return note(run, "hw", value, true);
}

static fota_status
take_depend(layout_run *run, const char *key, fota_bytes value)
{
	(void) key;
	return note(run, "depends", value, true);
}

static fota_status
take_note(layout_run *run, const char *key, fota_bytes value)
{
	const char *name = keep_name(run, key);

	if (name == NULL)
		return run->ctx->error.code;
	if (strcmp(name, "hw") == 0 || strcmp(name, "depends") == 0)
		return layout_each(run, value, strcmp(name, "hw") == 0 ? take_item : take_depend);
	return note(run, name, value, false);
}

/* --- payload ---------------------------------------------------------------------------------- */

/* {"from", "to", "address"}: the segment; without it, the file is one as it came. */
static fota_status
read_payload(layout_run *run, fota_bytes object)
{
	uint64_t	from = 0;
	uint64_t	to = run->file.size;
	uint64_t	address = run->options->base;
	uint64_t	end;
	fota_image_options options = *run->options;
	fota_bytes	value;
	fota_status status = layout_keys(run->ctx, object, "payload", "from to address");

	if (status != FOTA_OK || (status = layout_get(run->ctx, object, "from", &value)) != FOTA_OK ||
		(value.data != NULL && (status = layout_sum(run, value, "from", &from)) != FOTA_OK) ||
		(status = layout_get(run->ctx, object, "to", &value)) != FOTA_OK ||
		(value.data != NULL && (status = layout_sum(run, value, "to", &to)) != FOTA_OK) ||
		(status = layout_get(run->ctx, object, "address", &value)) != FOTA_OK ||
		(value.data != NULL && (status = layout_sum(run, value, "address", &address)) != FOTA_OK))
		return status;
	if (run->checking)
		return FOTA_OK;
	if (from >= to || to > run->file.size)
		return fota_fail(run->ctx, FOTA_TRUNCATED, from, 0, "%s: the payload from 0x%llX to 0x%llX is not in the file of 0x%llX bytes",
						 run->name, (unsigned long long) from, (unsigned long long) to, (unsigned long long) run->file.size);
	if (!fota_add_u64(address, to - from, &end))
		return fota_fail(run->ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "%s: the payload runs past the last address", run->name);
	options.base = address;
	return fota_image_whole(run->ctx, (fota_bytes) {run->file.data + from, (size_t) (to - from)}, &options, run->image);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* Only what the payload's kind of a codec is for; detection and decoding are by the layout. */
static const fota_codec by_file = {.name = "layout", .title = "by a layout", .payload = FOTA_PAYLOAD_FILE};
static const fota_codec by_payload = {.name = "layout", .title = "by a layout", .payload = FOTA_PAYLOAD_FLAT};

/* What devices get: the file, or "deliver": "payload". */
static fota_status
read_deliver(layout_run *run)
{
	char		word[16] = "file";
	fota_bytes	value;
	fota_status status = layout_get(run->ctx, run->text, "deliver", &value);

	if (status == FOTA_OK && value.data != NULL)
		status = layout_string(run->ctx, value, "deliver", word, sizeof(word));
	if (status == FOTA_OK && strcmp(word, "file") != 0 && strcmp(word, "payload") != 0)
		return layout_bad(run->ctx, "deliver must be \"file\" or \"payload\"");
	run->image->codec = word[0] == 'p' ? &by_payload : &by_file;
	return status;
}

static fota_status
decode(layout_run *run, fota_bytes file)
{
	fota_bytes	value;
	fota_status status = layout_read_fields(run);

	if (status != FOTA_OK || (status = layout_run_checks(run)) != FOTA_OK ||
		(status = layout_read_records(run)) != FOTA_OK || (status = read_deliver(run)) != FOTA_OK)
		return status;
	if ((status = layout_get(run->ctx, run->text, "payload", &value)) != FOTA_OK)
		return status;
	status = value.data != NULL ? read_payload(run, value) : fota_image_whole(run->ctx, file, run->options, run->image);
	if (status != FOTA_OK || (status = layout_get(run->ctx, run->text, "metadata", &value)) != FOTA_OK || value.data == NULL)
		return status;
	return layout_each(run, value, take_note);
}

fota_status
fota_layout_decode(fota_ctx *ctx, fota_bytes file, const char *name, fota_bytes layout, const fota_image_options *options,
				   fota_image *image)
{
	static const fota_image_options strict;
	layout_run *run = fota_alloc(ctx, sizeof(layout_run));
	bool		matches;
	size_t		at;
	fota_status status;

	memset(image, 0, sizeof(*image));
	image->ctx = ctx;
	image->codec = &by_file;
	fota_format(image->format, sizeof(image->format), "%s", name);
	if (run == NULL)
		return ctx->error.code;
	*run = (layout_run) {.ctx = ctx, .name = name, .text = layout, .options = options ? options : &strict, .image = image};
	status = layout_keys(ctx, layout, "the layout", TOP_KEYS);
	if (status == FOTA_OK)
		status = fota_layout_matches(ctx, layout, file, &matches, &at);
	if (status == FOTA_OK && !matches)
		status = fota_fail(ctx, FOTA_SYNTAX, 0, 0, "%s: the file does not have its magic", name);
	if (status == FOTA_OK && at > 0)
		fota_image_warn(image, "prefix", 0, 0, "%zu bytes stand before the magic", at);
	if (status == FOTA_OK)
	{
		run->before = at;
		run->file = (fota_bytes) {file.data + at, file.size - at};
		status = decode(run, file);
	}
	fota_free(ctx, run);
	return status;
}

/* --- layouts to choose from ------------------------------------------------------------------- */

typedef struct choice
{
	layout_run	run;			/* first: take_layout gets it */
	const char *format;
	char	   *name;
	fota_bytes *layout;
	bool		found;
} choice;

static fota_status
take_layout(layout_run *run, const char *key, fota_bytes object)
{
	choice	   *c = (choice *) run;
	char		name[FOTA_LAYOUT_NAME];
	fota_bytes	value;
	fota_bytes	layout;
	size_t		at;
	fota_status status;

	(void) key;
	if (c->found)
		return FOTA_OK;
	if ((status = layout_get(run->ctx, object, "name", &value)) != FOTA_OK ||
		(status = layout_string(run->ctx, value, "name", name, sizeof(name))) != FOTA_OK ||
		(status = layout_get(run->ctx, object, "layout", &layout)) != FOTA_OK)
		return status;
	if (c->format != NULL)
		c->found = strcmp(c->format, name) == 0;
	else
		status = fota_layout_matches(run->ctx, layout, run->file, &c->found, &at);
	if (status == FOTA_OK && c->found)
	{
		memcpy(c->name, name, sizeof(name));
		*c->layout = layout;
	}
	return status;
}

fota_status
fota_layout_choose(fota_ctx *ctx, fota_bytes layouts, fota_bytes file, const char *format, bool *found,
				   char name[FOTA_LAYOUT_NAME], fota_bytes *layout)
{
	choice	   *c = fota_alloc(ctx, sizeof(choice));
	fota_status status;

	*found = false;
	if (c == NULL)
		return ctx->error.code;
	*c = (choice) {.run = {.ctx = ctx, .file = file}, .format = format, .name = name, .layout = layout};
	status = layout_each(&c->run, layouts, take_layout);
	*found = c->found;
	fota_free(ctx, c);
	return status;
}

/* A file of zeros shows what is wrong with the layout itself; what is wrong with the file is no matter. */
fota_status
fota_layout_check(fota_ctx *ctx, fota_bytes layout)
{
	uint8_t    *zeros = fota_alloc(ctx, 65536);
	fota_image *image = fota_alloc(ctx, sizeof(fota_image));
	layout_run *run = fota_alloc(ctx, sizeof(layout_run));
	fota_bytes	file = {zeros, 65536};
	bool		matches;
	size_t		at;
	fota_status status = zeros && image && run ? FOTA_OK : ctx->error.code;

	if (status == FOTA_OK)
	{
		image->ctx = ctx;
		*run = (layout_run) {.ctx = ctx, .name = "file", .text = layout, .image = image, .file = file, .checking = true};
		status = layout_keys(ctx, layout, "the layout", TOP_KEYS);
	}
	if (status == FOTA_OK)
		status = fota_layout_matches(ctx, layout, file, &matches, &at);
	if (status == FOTA_OK)
	{
		static const fota_image_options strict;

		run->options = &strict;
		status = decode(run, file);
		if (status != FOTA_OK && strncmp(ctx->error.message, "layout: ", 8) != 0 && status != FOTA_NOMEM && status != FOTA_CANCELED &&
			status != FOTA_LIMIT)
			status = FOTA_OK;
		fota_image_free(ctx, image);
	}
	fota_free(ctx, run);
	fota_free(ctx, image);
	fota_free(ctx, zeros);
	return status;
}

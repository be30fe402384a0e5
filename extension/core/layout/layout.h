/* SPDX-License-Identifier: PostgreSQL */
/*
 * layout.h: inside the interpreter of layouts: values that fields have, and parts of the layout's JSON, which are spans of
 * its text that are read as often as they are needed.
 */
#ifndef FOTA_LAYOUT_LAYOUT_H
#define FOTA_LAYOUT_LAYOUT_H

#include "../json.h"
#include "../layout.h"

#define MOST_FIELDS 128
#define FIELD_NAME 40

typedef enum value_kind
{
	VALUE_NUMBER,
	VALUE_TEXT,					/* up to its first NUL */
	VALUE_BYTES
} value_kind;

typedef struct layout_value
{
	char		name[FIELD_NAME];
	value_kind	kind;
	uint64_t	number;
	fota_bytes	bytes;			/* of the file */
	uint64_t	offset;			/* in the file */
	char		shown[FOTA_IMAGE_TEXT];	/* as metadata has it */
} layout_value;

typedef struct layout_run
{
	fota_ctx   *ctx;
	const char *name;			/* of the layout */
	fota_bytes	file;			/* from where the layout begins */
	size_t		before;			/* bytes of the file before that */
	fota_bytes	text;			/* the layout */
	bool		little;
	bool		checking;		/* the layout is looked at, not the file */
	const fota_image_options *options;
	fota_image *image;
	layout_value values[MOST_FIELDS];
	size_t		count;
} layout_run;

/* --- the layout's text (text.c) ------------------------------------------------------------------- */

/* The value of a key of an object; data is NULL when there is none. */
fota_status layout_get(fota_ctx *ctx, fota_bytes object, const char *key, fota_bytes *value);
/* Calls take for every item of an array, or every member of an object (name is then its key, else ""). */
typedef fota_status (*layout_take) (layout_run *run, const char *name, fota_bytes value);
fota_status layout_each(layout_run *run, fota_bytes container, layout_take take);
/* A string of at most size - 1 bytes. */
fota_status layout_string(fota_ctx *ctx, fota_bytes value, const char *what, char *out, size_t size);
/* A string of hex digits; *size is their room, then their number. */
fota_status layout_hex(fota_ctx *ctx, fota_bytes value, const char *what, uint8_t *out, size_t *size);
/* Every key of the object must be one of these, which blanks separate. */
fota_status layout_keys(fota_ctx *ctx, fota_bytes object, const char *what, const char *allowed);
fota_status layout_bad(fota_ctx *ctx, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- values (fields.c) ---------------------------------------------------------------------------- */

/* Reads all fields of the layout. */
fota_status layout_read_fields(layout_run *run);
const layout_value *layout_value_of(const layout_run *run, const char *name, size_t size);
/*
 * A number, or a sum such as "header + size - 4" of numbers, fields and "end", the file's size. The result
 * is within 0 .. 2^63 - 1.
 */
fota_status layout_sum(layout_run *run, fota_bytes value, const char *what, uint64_t *result);

uint64_t	layout_number(const uint8_t *p, unsigned size, bool little);

/* --- records (records.c) -------------------------------------------------------------------------- */

fota_status layout_read_records(layout_run *run);

/* --- checks (checks.c) ---------------------------------------------------------------------------- */

fota_status layout_run_checks(layout_run *run);

#endif

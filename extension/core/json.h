/* SPDX-License-Identifier: PostgreSQL */
/*
 * json.h: the one reader of every JSON body, which either walks it or rewrites it as our own
 * canonical text, and a few writers. Reading allocates nothing.
 *
 * Refused, since PostgreSQL's jsonb would refuse it or read it otherwise: anything that is not
 * UTF-8, U+0000 (raw or \u0000), lone surrogates, more than FOTA_JSON_DEPTH nested containers,
 * more than FOTA_JSON_KEYS keys in an object, a key twice, integers beyond 2^53, other numbers
 * of more than 32 characters or with an exponent beyond 300, and anything after the value.
 * Accepted although JSON forbids it: raw control characters in strings, which real device
 * clients send; the canonical text has them escaped.
 *
 *	fota_json_open(&r, ctx, data, size);
 *	fota_json_enter(&r, FOTA_JSON_OBJECT);
 *	while (fota_json_next(&r, &more) == FOTA_OK && more)
 *		fota_json_key(&r, &key), then the value (in an array: the item alone), or fota_json_skip
 *	fota_json_end(&r);
 */
#ifndef FOTA_JSON_H
#define FOTA_JSON_H

#include "base.h"

#define FOTA_JSON_DEPTH 16
#define FOTA_JSON_KEYS 64
#define FOTA_JSON_INTEGER INT64_C(9007199254740992)
#define FOTA_JSON_NUMBER_SIZE 32
#define FOTA_JSON_EXPONENT 300

typedef enum fota_json_type
{
	FOTA_JSON_NULL, FOTA_JSON_BOOL, FOTA_JSON_INTEGER_TYPE, FOTA_JSON_NUMBER, FOTA_JSON_STRING, FOTA_JSON_ARRAY,
	FOTA_JSON_OBJECT
} fota_json_type;

/* A string as it stands between its quotes, checked; length = bytes of its UTF-8 when decoded. */
typedef struct fota_json_text
{
	const uint8_t *raw;
	size_t		size;
	size_t		length;
} fota_json_text;

typedef struct fota_json_level
{
	bool		object;
	bool		begun;			/* has had an item */
	uint32_t	keys;
	uint32_t	key_at[FOTA_JSON_KEYS];
	uint32_t	key_size[FOTA_JSON_KEYS];
} fota_json_level;

typedef struct fota_json
{
	fota_ctx   *ctx;
	const uint8_t *data;
	size_t		size;
	size_t		at;
	uint32_t	depth;
	fota_json_level level[FOTA_JSON_DEPTH];
} fota_json;

/* The input must be smaller than 4 GiB. */
void		fota_json_open(fota_json *r, fota_ctx *ctx, const void *data, size_t size);
/* What comes next, by its first character; an integer is told from another number by its text. */
fota_status fota_json_peek(fota_json *r, fota_json_type *type);
fota_status fota_json_string(fota_json *r, fota_json_text *value);
fota_status fota_json_integer(fota_json *r, int64_t *value);
/* Any number, as its text. */
fota_status fota_json_number(fota_json *r, fota_bytes *value);
fota_status fota_json_bool(fota_json *r, bool *value);
fota_status fota_json_null(fota_json *r);
/* Enters an array or an object; fota_json_next leaves it when it says that there is no more. */
fota_status fota_json_enter(fota_json *r, fota_json_type container);
fota_status fota_json_next(fota_json *r, bool *more);
fota_status fota_json_key(fota_json *r, fota_json_text *key);
/* Passes over one value of any kind, checking it. */
fota_status fota_json_skip(fota_json *r);
/* Nothing but white space may follow. */
fota_status fota_json_end(fota_json *r);
/* FOTA_SYNTAX "found .., expected .." at the reader's place. */
fota_status fota_json_unexpected(fota_json *r, const char *expected);

/* Writes text->length bytes, without a NUL. */
void		fota_json_decode(const fota_json_text *text, char *out);
bool		fota_json_equal(const fota_json_text *text, const char *name);

/*
 * Appends the value in data as canonical text: no white space, keys in their order, strings with
 * the least escaping, numbers as they came (-0 is 0). jsonb always takes it.
 */
fota_status fota_json_canonical(fota_ctx *ctx, const void *data, size_t size, fota_buf *out);

/* Writers. The string must be UTF-8 without U+0000. */
fota_status fota_json_put(fota_ctx *ctx, fota_buf *out, const char *text);
fota_status fota_json_put_string(fota_ctx *ctx, fota_buf *out, const char *data, size_t size);
fota_status fota_json_put_int(fota_ctx *ctx, fota_buf *out, int64_t value);
/* Bytes as a string of lower-case hex digits. */
fota_status fota_json_put_hex(fota_ctx *ctx, fota_buf *out, const void *data, size_t size);

#endif

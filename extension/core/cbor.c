/* SPDX-License-Identifier: PostgreSQL */
/*
 * cbor.c: the strict CBOR reader and the writer. Every item begins with a head: three bits of
 * major type and an argument of 0, 1, 2, 4 or 8 bytes; read_head is the only place that reads one.
 */
#include "cbor.h"

#include <string.h>

#include "utf8.h"

#define HEAD_INDEFINITE 31

typedef struct cbor_head
{
	uint8_t		major;
	uint8_t		info;			/* low five bits of the first byte */
	uint64_t	value;
	size_t		size;			/* bytes of the head */
} cbor_head;

static const char *const type_names[] = {
	"an unsigned integer", "a negative integer", "a byte string", "a text string", "an array", "a map",
	"a tag", "a boolean", "null", "a float or simple value"
};

void
fota_cbor_open(fota_cbor *r, fota_ctx *ctx, const void *data, size_t size)
{
	r->ctx = ctx;
	r->data = data;
	r->size = size;
	r->at = 0;
	r->depth = 0;
}

/* Bytes of argument that follow a first byte with these low bits: 0, 1, 2, 4, 8. */
static size_t
argument_size(uint8_t info)
{
	return info < 24 ? 0 : (size_t) 1 << (info - 24);
}

/* Floats keep their length; every other argument must be in its shortest form. */
static bool
is_shortest(const cbor_head *head)
{
	if (head->major == 7)
		return head->info != 24 || head->value >= 32;
	switch (head->info)
	{
		case 24:
			return head->value >= 24;
		case 25:
			return head->value > 0xFF;
		case 26:
			return head->value > 0xFFFF;
		case 27:
			return head->value > 0xFFFFFFFF;
	}
	return true;
}

/* Reads the head at r->at without moving. */
static fota_status
read_head(fota_cbor *r, cbor_head *head)
{
	size_t		left = r->size - r->at;
	size_t		argument;

	if (left == 0)
		return fota_fail(r->ctx, FOTA_TRUNCATED, r->at, 0, "cbor byte %zu: found the end of the data, expected an item",
						 r->at);
	head->major = r->data[r->at] >> 5;
	head->info = r->data[r->at] & 31;
	if (head->info == HEAD_INDEFINITE)
		return fota_fail(r->ctx, FOTA_SYNTAX, r->at, 0, "cbor byte %zu: found an indefinite length, expected a definite one",
						 r->at);
	if (head->info > 27)
		return fota_fail(r->ctx, FOTA_SYNTAX, r->at, 0, "cbor byte %zu: found 0x%x, expected the head of an item",
						 r->at, (unsigned) r->data[r->at]);
	argument = argument_size(head->info);
	if (argument > left - 1)
		return fota_fail(r->ctx, FOTA_TRUNCATED, r->at, 0,
						 "cbor byte %zu: found the end of the data, expected %zu more bytes of a head",
						 r->at, argument - (left - 1));
	head->value = head->info;
	if (argument != 0)
		head->value = 0;
	for (size_t i = 0; i < argument; i++)
		head->value = head->value << 8 | r->data[r->at + 1 + i];
	head->size = 1 + argument;
	if (!is_shortest(head))
		return fota_fail(r->ctx, FOTA_SYNTAX, r->at, 0,
						 "cbor byte %zu: found %llu in %zu bytes, expected the shortest form",
						 r->at, (unsigned long long) head->value, head->size);
	return FOTA_OK;
}

static fota_cbor_type
type_of(const cbor_head *head)
{
	if (head->major < 7)
		return (fota_cbor_type) head->major;
	if (head->info == 20 || head->info == 21)
		return FOTA_CBOR_BOOL;
	return head->info == 22 ? FOTA_CBOR_NULL : FOTA_CBOR_OTHER;
}

fota_status
fota_cbor_peek(fota_cbor *r, fota_cbor_type *type)
{
	cbor_head	head;
	fota_status status = read_head(r, &head);

	if (status == FOTA_OK)
		*type = type_of(&head);
	return status;
}

fota_status
fota_cbor_unexpected(fota_cbor *r, const char *expected)
{
	fota_cbor_type type;
	fota_status status = fota_cbor_peek(r, &type);

	if (status != FOTA_OK)
		return status;
	return fota_fail(r->ctx, FOTA_SYNTAX, r->at, 0, "cbor byte %zu: found %s, expected %s", r->at,
					 type_names[type], expected);
}

/* Reads the head of an item that must be of this type. */
static fota_status
expect(fota_cbor *r, fota_cbor_type type, cbor_head *head)
{
	fota_status status = read_head(r, head);

	if (status == FOTA_OK && type_of(head) != type)
		return fota_cbor_unexpected(r, type_names[type]);
	return status;
}

fota_status
fota_cbor_uint(fota_cbor *r, uint64_t *value)
{
	cbor_head	head;
	fota_status status = expect(r, FOTA_CBOR_UINT, &head);

	if (status != FOTA_OK)
		return status;
	*value = head.value;
	r->at += head.size;
	return FOTA_OK;
}

fota_status
fota_cbor_int(fota_cbor *r, int64_t *value)
{
	cbor_head	head;
	fota_status status = read_head(r, &head);

	if (status != FOTA_OK)
		return status;
	if (head.major > 1)
		return fota_cbor_unexpected(r, "an integer");
	if (head.value > INT64_MAX)
		return fota_fail(r->ctx, FOTA_RANGE, r->at, 0, "cbor byte %zu: found an integer of 64 bits, expected at most 63",
						 r->at);
	*value = head.major == 0 ? (int64_t) head.value : -1 - (int64_t) head.value;
	r->at += head.size;
	return FOTA_OK;
}

static fota_status
read_string(fota_cbor *r, fota_cbor_type type, fota_bytes *value)
{
	cbor_head	head;
	fota_status status = expect(r, type, &head);
	size_t		bad;

	if (status != FOTA_OK)
		return status;
	if (head.value > r->size - r->at - head.size)
		return fota_fail(r->ctx, FOTA_TRUNCATED, r->at, 0,
						 "cbor byte %zu: found the end of the data, expected a string of %llu bytes", r->at,
						 (unsigned long long) head.value);
	value->data = r->data + r->at + head.size;
	value->size = (size_t) head.value;
	if (type == FOTA_CBOR_TEXT)
	{
		bad = fota_utf8_check(value->data, value->size);
		if (bad < value->size)
		{
			bad += r->at + head.size;
			return fota_fail(r->ctx, FOTA_SYNTAX, bad, 0, "cbor byte %zu: found 0x%x, expected UTF-8 without U+0000", bad,
							 (unsigned) r->data[bad]);
		}
	}
	r->at += head.size + value->size;
	return FOTA_OK;
}

fota_status
fota_cbor_bytes(fota_cbor *r, fota_bytes *value)
{
	return read_string(r, FOTA_CBOR_BYTES, value);
}

fota_status
fota_cbor_text(fota_cbor *r, fota_bytes *value)
{
	return read_string(r, FOTA_CBOR_TEXT, value);
}

fota_status
fota_cbor_bool(fota_cbor *r, bool *value)
{
	cbor_head	head;
	fota_status status = expect(r, FOTA_CBOR_BOOL, &head);

	if (status != FOTA_OK)
		return status;
	*value = head.info == 21;
	r->at += head.size;
	return FOTA_OK;
}

fota_status
fota_cbor_null(fota_cbor *r)
{
	cbor_head	head;
	fota_status status = expect(r, FOTA_CBOR_NULL, &head);

	if (status == FOTA_OK)
		r->at += head.size;
	return status;
}

fota_status
fota_cbor_enter(fota_cbor *r, fota_cbor_type container)
{
	cbor_head	head;
	fota_status status = expect(r, container, &head);
	fota_cbor_level *level;

	if (status != FOTA_OK)
		return status;
	if (r->depth == FOTA_CBOR_DEPTH)
		return fota_fail(r->ctx, FOTA_LIMIT, r->at, 0, "cbor byte %zu: found %s %d levels deep, expected at most %d",
						 r->at, type_names[container], FOTA_CBOR_DEPTH + 1, FOTA_CBOR_DEPTH);
	if (container == FOTA_CBOR_MAP && head.value > FOTA_CBOR_KEYS)
		return fota_fail(r->ctx, FOTA_LIMIT, r->at, 0, "cbor byte %zu: found a map of %llu keys, expected at most %d",
						 r->at, (unsigned long long) head.value, FOTA_CBOR_KEYS);
	if (head.value > r->size - r->at - head.size)
		return fota_fail(r->ctx, FOTA_TRUNCATED, r->at, 0,
						 "cbor byte %zu: found the end of the data, expected %llu items", r->at,
						 (unsigned long long) head.value);
	level = &r->level[r->depth++];
	level->map = container == FOTA_CBOR_MAP;
	level->left = head.value;
	level->keys = 0;
	r->at += head.size;
	return FOTA_OK;
}

/* Remembers the key at r->at and refuses it when the map had it; shortest form makes bytes comparable. */
static fota_status
check_key(fota_cbor *r, fota_cbor_level *level)
{
	size_t		at = r->at;
	size_t		size;
	fota_cbor_type type;
	fota_status status = fota_cbor_peek(r, &type);

	if (status != FOTA_OK)
		return status;
	if (type > FOTA_CBOR_TEXT)
		return fota_cbor_unexpected(r, "a key that is an integer or a string");
	status = fota_cbor_skip(r);
	if (status != FOTA_OK)
		return status;
	size = r->at - at;
	r->at = at;
	for (uint32_t i = 0; i < level->keys; i++)
	{
		if (level->key_size[i] == size && memcmp(r->data + level->key_at[i], r->data + at, size) == 0)
			return fota_fail(r->ctx, FOTA_DUPLICATE, at, 0,
							 "cbor byte %zu: found the key of byte %u again, expected each key once", at,
							 (unsigned) level->key_at[i]);
	}
	level->key_at[level->keys] = (uint32_t) at;
	level->key_size[level->keys++] = (uint32_t) size;
	return FOTA_OK;
}

fota_status
fota_cbor_next(fota_cbor *r, bool *more)
{
	fota_cbor_level *level = &r->level[r->depth - 1];

	*more = level->left > 0;
	if (!*more)
	{
		r->depth--;
		return FOTA_OK;
	}
	level->left--;
	return level->map ? check_key(r, level) : FOTA_OK;
}

static fota_status
skip_container(fota_cbor *r, fota_cbor_type type)
{
	fota_status status = fota_cbor_enter(r, type);
	bool		more;

	while (status == FOTA_OK && (status = fota_cbor_next(r, &more)) == FOTA_OK && more)
	{
		status = fota_cbor_skip(r);
		if (status == FOTA_OK && type == FOTA_CBOR_MAP)
			status = fota_cbor_skip(r);
	}
	return status;
}

/* The item behind a tag counts as one level deeper. */
static fota_status
skip_tag(fota_cbor *r, size_t head_size)
{
	fota_status status;

	if (r->depth == FOTA_CBOR_DEPTH)
		return fota_fail(r->ctx, FOTA_LIMIT, r->at, 0, "cbor byte %zu: found a tag %d levels deep, expected at most %d",
						 r->at, FOTA_CBOR_DEPTH + 1, FOTA_CBOR_DEPTH);
	r->at += head_size;
	r->depth++;
	status = fota_cbor_skip(r);
	r->depth--;
	return status;
}

fota_status
fota_cbor_skip(fota_cbor *r)
{
	cbor_head	head;
	fota_bytes	span;
	fota_status status = read_head(r, &head);

	if (status != FOTA_OK)
		return status;
	switch (type_of(&head))
	{
		case FOTA_CBOR_BYTES:
		case FOTA_CBOR_TEXT:
			return read_string(r, type_of(&head), &span);
		case FOTA_CBOR_ARRAY:
		case FOTA_CBOR_MAP:
			return skip_container(r, type_of(&head));
		case FOTA_CBOR_TAG:
			return skip_tag(r, head.size);
		default:
			r->at += head.size;
			return FOTA_OK;
	}
}

fota_status
fota_cbor_end(fota_cbor *r)
{
	if (r->at == r->size)
		return FOTA_OK;
	return fota_fail(r->ctx, FOTA_TRAILING, r->at, 0, "cbor byte %zu: found %zu bytes more, expected the end of the data",
					 r->at, r->size - r->at);
}

static fota_status
put_head(fota_ctx *ctx, fota_buf *out, uint8_t major, uint64_t value)
{
	uint8_t		head[9];
	size_t		size = value < 24 ? 0 : value <= 0xFF ? 1 : value <= 0xFFFF ? 2 : value <= 0xFFFFFFFF ? 4 : 8;

	if (size == 0)
		head[0] = (uint8_t) (major << 5 | value);
	else
		head[0] = (uint8_t) (major << 5 | (size == 1 ? 24 : size == 2 ? 25 : size == 4 ? 26 : 27));
	for (size_t i = 0; i < size; i++)
		head[1 + i] = (uint8_t) (value >> 8 * (size - 1 - i));
	return fota_buf_append(ctx, out, head, 1 + size);
}

fota_status
fota_cbor_put_uint(fota_ctx *ctx, fota_buf *out, uint64_t value)
{
	return put_head(ctx, out, 0, value);
}

fota_status
fota_cbor_put_int(fota_ctx *ctx, fota_buf *out, int64_t value)
{
	return value >= 0 ? put_head(ctx, out, 0, (uint64_t) value) : put_head(ctx, out, 1, (uint64_t) (-1 - value));
}

fota_status
fota_cbor_put_bytes(fota_ctx *ctx, fota_buf *out, const void *data, size_t size)
{
	fota_status status = put_head(ctx, out, 2, size);

	return status != FOTA_OK ? status : fota_buf_append(ctx, out, data, size);
}

fota_status
fota_cbor_put_text(fota_ctx *ctx, fota_buf *out, const char *data, size_t size)
{
	fota_status status = put_head(ctx, out, 3, size);

	return status != FOTA_OK ? status : fota_buf_append(ctx, out, data, size);
}

fota_status
fota_cbor_put_array(fota_ctx *ctx, fota_buf *out, uint64_t items)
{
	return put_head(ctx, out, 4, items);
}

fota_status
fota_cbor_put_map(fota_ctx *ctx, fota_buf *out, uint64_t pairs)
{
	return put_head(ctx, out, 5, pairs);
}

fota_status
fota_cbor_put_bool(fota_ctx *ctx, fota_buf *out, bool value)
{
	return put_head(ctx, out, 7, value ? 21 : 20);
}

fota_status
fota_cbor_put_null(fota_ctx *ctx, fota_buf *out)
{
	return put_head(ctx, out, 7, 22);
}

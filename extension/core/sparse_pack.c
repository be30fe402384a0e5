/* SPDX-License-Identifier: PostgreSQL */
/* sparse_pack.c: an image as one value, of bytes or of text; see sparse.h. */
#include "sparse.h"

#include <string.h>

/* --- bytes ------------------------------------------------------------------------------------ */

static void
put_le(uint8_t *p, uint64_t value, int size)
{
	for (int i = 0; i < size; i++, value >>= 8)
		p[i] = (uint8_t) value;
}

static fota_status
content_id(fota_ctx *ctx, const fota_sparse *sparse, uint8_t id[FOTA_SHA256_SIZE])
{
	fota_image	image = {.segments = sparse->segments, .segment_count = sparse->count};

	return fota_image_content_id(ctx, &image, id);
}

fota_status
fota_sparse_pack(fota_ctx *ctx, const fota_sparse *sparse, fota_buf *out)
{
	uint8_t		head[FOTA_SPARSE_HEAD] = {1, sparse->has_entry ? 1 : 0};
	fota_status status;

	if (sparse->count > UINT32_MAX)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%zu segments are too many", sparse->count);
	put_le(head + 4, sparse->count, 4);
	put_le(head + 8, sparse->has_entry ? sparse->entry : 0, 8);
	status = content_id(ctx, sparse, head + 16);
	if (status == FOTA_OK)
		status = fota_buf_append(ctx, out, head, sizeof(head));
	for (size_t i = 0; i < sparse->count && status == FOTA_OK; i++)
	{
		uint8_t		entry[FOTA_SPARSE_ENTRY] = {0};

		put_le(entry, sparse->segments[i].address, 8);
		put_le(entry + 8, sparse->segments[i].size, 8);
		put_le(entry + 16, sparse->segments[i].space, 4);
		status = fota_buf_append(ctx, out, entry, sizeof(entry));
	}
	for (size_t i = 0; i < sparse->count && status == FOTA_OK; i++)
	{
		status = fota_poll(ctx, (size_t) sparse->segments[i].size);
		if (status == FOTA_OK)
			status = fota_buf_append(ctx, out, sparse->segments[i].data, (size_t) sparse->segments[i].size);
	}
	return status;
}

static fota_status
damaged(fota_ctx *ctx, size_t offset, const char *what)
{
	return fota_fail(ctx, FOTA_SYNTAX, offset, 0, "this is no packed image: %s", what);
}

/* The entry of segment i, after the one before it. */
static fota_status
take_segment(fota_ctx *ctx, fota_bytes packed, size_t i, uint64_t *used, fota_sparse *out)
{
	size_t		place = FOTA_SPARSE_HEAD + i * FOTA_SPARSE_ENTRY;
	const uint8_t *p = packed.data + place;
	fota_segment *s = &out->segments[i];
	const fota_segment *last = i > 0 ? s - 1 : NULL;
	uint64_t	end;

	s->address = fota_get_u64le(p);
	s->size = fota_get_u64le(p + 8);
	s->space = fota_get_u32le(p + 16);
	s->data = packed.data + *used;
	if (fota_get_u32le(p + 20) != 0 || s->size == 0 || !fota_add_u64(s->address, s->size, &end))
		return damaged(ctx, place, "a segment is not in order");
	if (last != NULL && (s->space < last->space || (s->space == last->space && s->address <= last->address + last->size)))
		return damaged(ctx, place, "a segment is not after the one before it");
	if (s->size > packed.size - *used)
		return damaged(ctx, place, "a segment runs past its end");
	*used += s->size;
	out->bytes += s->size;
	return FOTA_OK;
}

fota_status
fota_sparse_unpack(fota_ctx *ctx, fota_bytes packed, fota_sparse *out)
{
	const uint8_t *p = packed.data;
	fota_status status = FOTA_OK;
	uint64_t	used;
	size_t		count;

	memset(out, 0, sizeof(*out));
	if (packed.size < FOTA_SPARSE_HEAD || p[0] != 1 || p[1] > 1 || p[2] != 0 || p[3] != 0)
		return damaged(ctx, 0, "its head is not right");
	count = fota_get_u32le(p + 4);
	if (count > (packed.size - FOTA_SPARSE_HEAD) / FOTA_SPARSE_ENTRY)
		return damaged(ctx, 4, "its list of segments runs past its end");
	out->has_entry = p[1] == 1;
	out->entry = fota_get_u64le(p + 8);
	if (!out->has_entry && out->entry != 0)
		return damaged(ctx, 8, "it has no entry, but names one");
	out->segments = fota_alloc_array(ctx, count + 1, sizeof(fota_segment));
	if (out->segments == NULL)
		return ctx->error.code;
	used = FOTA_SPARSE_HEAD + count * FOTA_SPARSE_ENTRY;
	for (out->count = 0; out->count < count && status == FOTA_OK; out->count++)
		status = take_segment(ctx, packed, out->count, &used, out);
	if (status == FOTA_OK && used != packed.size)
		status = damaged(ctx, (size_t) used, "bytes follow the last segment");
	if (status != FOTA_OK)
		fota_sparse_free(ctx, out);
	return status;
}

fota_status
fota_sparse_check_id(fota_ctx *ctx, fota_bytes packed, const fota_sparse *sparse)
{
	uint8_t		id[FOTA_SHA256_SIZE];
	fota_status status = content_id(ctx, sparse, id);

	if (status == FOTA_OK && memcmp(id, packed.data + 16, sizeof(id)) != 0)
		status = fota_fail(ctx, FOTA_CHECKSUM, 16, 0, "this is no packed image: its content_id is not that of its segments");
	return status;
}

/* --- text ------------------------------------------------------------------------------------- */

static const char *const spaces[] = {"flash", "eeprom", "fuses", "lock", "signature"};

const char *
fota_space_name(uint32_t space, char out[16])
{
	if (space < FOTA_SPACE_OTHER)
		return spaces[space];
	fota_format(out, 16, "space%u", (unsigned) (space - FOTA_SPACE_OTHER));
	return out;
}

/* Two digits a byte, in steps. */
static fota_status
put_hex(fota_ctx *ctx, const uint8_t *data, uint64_t size, fota_buf *out)
{
	char		digits[2 * 1024 + 1];
	fota_status status = FOTA_OK;

	while (size > 0 && status == FOTA_OK)
	{
		size_t		part = size < 1024 ? (size_t) size : 1024;

		fota_hex(data, part, digits);
		status = fota_poll(ctx, part);
		if (status == FOTA_OK)
			status = fota_buf_append(ctx, out, digits, 2 * part);
		data += part;
		size -= part;
	}
	return status;
}

fota_status
fota_sparse_write(fota_ctx *ctx, const fota_sparse *sparse, fota_buf *out)
{
	char		text[64];
	char		name[16];
	fota_status status = FOTA_OK;
	bool		first = true;

	if (sparse->has_entry)
	{
		size_t		size = fota_format(text, sizeof(text), "!0x%llx", (unsigned long long) sparse->entry);

		status = fota_buf_append(ctx, out, text, size);
		first = false;
	}
	for (size_t i = 0; i < sparse->count && status == FOTA_OK; i++, first = false)
	{
		const fota_segment *s = &sparse->segments[i];
		bool		flash = s->space == FOTA_SPACE_FLASH;
		size_t		size = fota_format(text, sizeof(text), "%s%s%s0x%llx:", first ? "" : " ",
									   flash ? "" : fota_space_name(s->space, name), flash ? "" : "@",
									   (unsigned long long) s->address);

		status = fota_buf_append(ctx, out, text, size);
		if (status == FOTA_OK)
			status = put_hex(ctx, s->data, s->size, out);
	}
	return status;
}

/* What is read of a text; p is where. */
typedef struct reader
{
	fota_ctx   *ctx;
	const uint8_t *begin;
	const uint8_t *p;
	const uint8_t *end;
	fota_sparse *out;
	uint8_t    *at;				/* where the next byte goes */
} reader;

static fota_status
bad_text(const reader *r, const char *expected)
{
	char		found = r->p < r->end && *r->p >= 0x20 && *r->p < 0x7f ? (char) *r->p : '?';

	if (r->p == r->end)
		fota_fail(r->ctx, FOTA_SYNTAX, (uint64_t) (r->p - r->begin), 0, "image: the text ends where %s was expected", expected);
	else
		fota_fail(r->ctx, FOTA_SYNTAX, (uint64_t) (r->p - r->begin), 0, "image: \"%c\" where %s was expected", found, expected);
	return fota_fail_hint(r->ctx, "An image is written like \"0x8000000:0a0b0c\", or as Intel HEX or S-records.");
}

static int
digit_of(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static fota_status
read_address(reader *r, uint64_t *address)
{
	int			digits = 0;

	*address = 0;
	if (r->end - r->p < 3 || r->p[0] != '0' || (r->p[1] | 0x20) != 'x')
		return bad_text(r, "an address like 0x100");
	for (r->p += 2; r->p < r->end && digit_of(*r->p) >= 0; r->p++, digits++)
		*address = *address << 4 | (uint64_t) digit_of(*r->p);
	if (digits < 1 || digits > 16)
		return bad_text(r, "an address of 1 to 16 digits");
	return FOTA_OK;
}

/* "eeprom@", "space5@"; nothing means flash. */
static fota_status
read_space(reader *r, uint32_t *space)
{
	const uint8_t *colon = memchr(r->p, ':', (size_t) (r->end - r->p));
	const uint8_t *at = memchr(r->p, '@', (size_t) ((colon != NULL ? colon : r->end) - r->p));
	size_t		size = at != NULL ? (size_t) (at - r->p) : 0;
	uint32_t	number = 0;

	*space = FOTA_SPACE_FLASH;
	if (at == NULL)
		return FOTA_OK;
	for (uint32_t i = 0; i < FOTA_SPACE_OTHER; i++)
	{
		if (strlen(spaces[i]) == size && memcmp(spaces[i], r->p, size) == 0)
		{
			*space = i;
			r->p = at + 1;
			return FOTA_OK;
		}
	}
	if (size < 6 || size > 11 || memcmp(r->p, "space", 5) != 0)
		return bad_text(r, "flash, eeprom, fuses, lock, signature or space and a number");
	for (const uint8_t *p = r->p + 5; p < at; p++)
	{
		if (*p < '0' || *p > '9')
			return bad_text(r, "a number after space");
		number = 10 * number + (uint32_t) (*p - '0');
	}
	*space = FOTA_SPACE_OTHER + number;
	r->p = at + 1;
	return FOTA_OK;
}

static fota_status
read_segment(reader *r)
{
	fota_segment s = {.data = r->at};
	const fota_segment *last = r->out->count > 0 ? &r->out->segments[r->out->count - 1] : NULL;
	uint64_t	end;
	fota_status status = read_space(r, &s.space);

	if (status == FOTA_OK)
		status = read_address(r, &s.address);
	if (status != FOTA_OK)
		return status;
	if (r->p == r->end || *r->p != ':')
		return bad_text(r, "\":\"");
	for (r->p++; r->end - r->p >= 2 && digit_of(r->p[0]) >= 0 && digit_of(r->p[1]) >= 0; r->p += 2)
	{
		*r->at++ = (uint8_t) (digit_of(r->p[0]) << 4 | digit_of(r->p[1]));
		if ((++s.size & (FOTA_POLL_EVERY - 1)) == 0 && fota_poll(r->ctx, FOTA_POLL_EVERY) != FOTA_OK)
			return r->ctx->error.code;
	}
	if (s.size == 0 || (r->p < r->end && *r->p != ' '))
		return bad_text(r, "two hexadecimal digits a byte");
	if (!fota_add_u64(s.address, s.size, &end))
		return fota_fail(r->ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "image: the segment at 0x%llX runs past the last address",
						 (unsigned long long) s.address);
	if (last != NULL && (s.space < last->space || (s.space == last->space && s.address <= last->address + last->size)))
		return fota_fail(r->ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0,
						 "image: the segment at 0x%llX is not after the end of the one before it", (unsigned long long) s.address);
	r->out->segments[r->out->count++] = s;
	r->out->bytes += s.size;
	return FOTA_OK;
}

/* Intel HEX or S-records, whose segments the result takes over. */
static fota_status
read_records(fota_ctx *ctx, fota_bytes text, fota_sparse *out)
{
	fota_image	image;
	fota_status status = fota_image_decode(ctx, text, text.data[0] == ':' ? "ihex" : "srec", NULL, &image);

	if (status == FOTA_OK)
	{
		*out = fota_sparse_view(&image);
		out->arena = image.arena;
		image.segments = NULL;
		image.arena = NULL;
	}
	fota_image_free(ctx, &image);
	return status;
}

fota_status
fota_sparse_read(fota_ctx *ctx, fota_bytes text, fota_sparse *out)
{
	reader		r = {.ctx = ctx, .begin = text.data, .p = text.data, .end = text.data + text.size, .out = out};
	size_t		most = 1;
	fota_status status = FOTA_OK;

	memset(out, 0, sizeof(*out));
	if (text.size > 0 && (text.data[0] == ':' || text.data[0] == 'S'))
		return read_records(ctx, text, out);
	for (size_t i = 0; i < text.size; i++)
		most += text.data[i] == ':';
	out->segments = fota_alloc_array(ctx, most, sizeof(fota_segment));
	r.at = out->arena = fota_alloc_raw(ctx, text.size / 2 + 1);
	if (out->segments == NULL || out->arena == NULL)
		status = ctx->error.code;
	if (status == FOTA_OK && r.p < r.end && *r.p == '!')
	{
		r.p++;
		out->has_entry = true;
		status = read_address(&r, &out->entry);
		if (status == FOTA_OK && r.p < r.end && *r.p++ != ' ')
			status = bad_text(&r, "a blank");
	}
	while (status == FOTA_OK && r.p < r.end)
	{
		status = read_segment(&r);
		if (status == FOTA_OK && r.p < r.end)
			r.p++;
	}
	if (status != FOTA_OK)
		fota_sparse_free(ctx, out);
	return status;
}

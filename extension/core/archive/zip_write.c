/* SPDX-License-Identifier: PostgreSQL */
/* zip_write.c: writes zip archives in one form, and tells whether one has it; see archive.h. */
#include "zip_entry.h"

#include "../unpack.h"

#include <string.h>

#define LOCAL_SIZE 30
#define ENTRY_SIZE 46
#define END_SIZE 22
#define VERSION 20				/* 2.0: deflate and folders */
#define DATE 0x21				/* 1 January 1980, which is as early as it goes */

static void
put_u16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t) value;
	p[1] = (uint8_t) (value >> 8);
}

static void
put_u32(uint8_t *p, uint32_t value)
{
	put_u16(p, value & 0xffff);
	put_u16(p + 2, value >> 16);
}

void
fota_zip_writer_begin(fota_zip_writer *w, fota_ctx *ctx, fota_buf *out)
{
	*w = (fota_zip_writer) {.ctx = ctx, .out = out};
	fota_buf_init(&w->directory, (size_t) 64 << 20);
}

/* The fields that both records have, from version to extra field. */
static void
put_common(uint8_t *p, unsigned method, uint32_t crc, uint32_t packed, uint32_t size, size_t name)
{
	put_u16(p, VERSION);
	put_u16(p + 4, method);
	put_u16(p + 8, DATE);
	put_u32(p + 10, crc);
	put_u32(p + 14, packed);
	put_u32(p + 18, size);
	put_u16(p + 22, (unsigned) name);
}

static fota_status
put_member(fota_zip_writer *w, const char *name, fota_bytes data, fota_bytes stored, unsigned method)
{
	uint8_t		local[LOCAL_SIZE] = "PK\3\4";
	uint8_t		entry[ENTRY_SIZE] = "PK\1\2";
	size_t		size = strlen(name);
	uint32_t	crc = fota_crc32(0, data.data, data.size);
	fota_status status;

	if (stored.size > UINT32_MAX - 1 || data.size > UINT32_MAX - 1 || w->out->size > UINT32_MAX - 1 || w->count == 65534)
		return fota_fail(w->ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "zip: \"%s\" does not fit an archive of 4 GiB", name);
	put_common(local + 4, method, crc, (uint32_t) stored.size, (uint32_t) data.size, size);
	put_u16(entry + 4, VERSION);
	put_common(entry + 6, method, crc, (uint32_t) stored.size, (uint32_t) data.size, size);
	put_u32(entry + 42, (uint32_t) w->out->size);
	if ((status = fota_buf_append(w->ctx, w->out, local, sizeof(local))) != FOTA_OK ||
		(status = fota_buf_append(w->ctx, w->out, name, size)) != FOTA_OK ||
		(status = fota_buf_append(w->ctx, w->out, stored.data, stored.size)) != FOTA_OK ||
		(status = fota_buf_append(w->ctx, &w->directory, entry, sizeof(entry))) != FOTA_OK)
		return status;
	w->count++;
	return fota_buf_append(w->ctx, &w->directory, name, size);
}

fota_status
fota_zip_writer_add(fota_zip_writer *w, const char *name, fota_bytes data, bool may_pack)
{
	fota_buf	packed;
	fota_status status = FOTA_OK;

	fota_buf_init(&packed, data.size + data.size / 8 + ((size_t) 1 << 20));
	if (may_pack && data.size > 0)
		status = fota_deflate(w->ctx, data, &packed);
	if (status == FOTA_OK)
		status = packed.size > 0 && packed.size < data.size ?
			put_member(w, name, data, (fota_bytes) {packed.data, packed.size}, 8) : put_member(w, name, data, data, 0);
	fota_buf_free(w->ctx, &packed);
	return status;
}

fota_status
fota_zip_writer_end(fota_zip_writer *w, bool finish)
{
	uint8_t		end[END_SIZE] = "PK\5\6";
	fota_status status = FOTA_OK;

	if (finish)
	{
		put_u16(end + 8, (unsigned) w->count);
		put_u16(end + 10, (unsigned) w->count);
		put_u32(end + 12, (uint32_t) w->directory.size);
		put_u32(end + 16, (uint32_t) w->out->size);
		if (w->out->size > UINT32_MAX - 1)
			status = fota_fail(w->ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "zip: an archive of more than 4 GiB");
		else if ((status = fota_buf_append(w->ctx, w->out, w->directory.data, w->directory.size)) == FOTA_OK)
			status = fota_buf_append(w->ctx, w->out, end, sizeof(end));
	}
	fota_buf_free(w->ctx, &w->directory);
	return status;
}

/* --- telling ----------------------------------------------------------------------------------- */

/* What an entry may not have. NULL = nothing. */
static const char *
unusual(fota_bytes file, const fota_zip_entry *e, uint64_t at)
{
	const uint8_t *p = file.data + e->at;
	const uint8_t *local = file.data + e->header;

	if (e->header != at)
		return "it is not where the order of the directory puts it";
	if (fota_get_u16le(p + 4) != VERSION || fota_get_u16le(p + 6) != VERSION || fota_get_u16le(local + 4) != VERSION)
		return "its version is not 2.0";
	if (e->flags != 0)
		return "it has flags";
	if (e->stamp != (uint32_t) DATE << 16)
		return "its time is not 1980-01-01";
	if (fota_get_u16le(p + 30) != 0 || fota_get_u16le(p + 32) != 0 || fota_get_u16le(local + 28) != 0)
		return "it has an extra field or a comment";
	return fota_get_u16le(p + 36) != 0 || e->attributes != 0 ? "it has attributes" : NULL;
}

fota_status
fota_zip_is_plain(fota_ctx *ctx, fota_bytes file, const char *format)
{
	fota_zip_end end;
	fota_zip_fault fault;
	fota_zip_entry e;
	uint64_t	at = 0;

	if (!fota_zip_find_end(file, &end, &fault))
		return fota_fail(ctx, fault.code, fault.offset, 0, "%s: %s", format, fault.text);
	if (file.size - end.at != END_SIZE)
		return fota_fail(ctx, FOTA_SYNTAX, end.at, 0, "%s: the archive has a comment or is of the 64-bit kind", format);
	e = (fota_zip_entry) {.next = end.directory};
	for (uint64_t i = 0; i < end.count; i++)
	{
		const char *why;

		if (!fota_zip_next(file, &end, &e, &fault))
			return fota_fail(ctx, fault.code, fault.offset, 0, "%s: %s", format, fault.text);
		why = unusual(file, &e, at);
		if (why != NULL)
			return fota_fail(ctx, FOTA_SYNTAX, e.at, 0, "%s: member \"%.*s\": %s", format,
							 e.name_size < 120 ? (int) e.name_size : 120, (const char *) e.name, why);
		at = e.header + LOCAL_SIZE + e.name_size + e.packed;
	}
	return FOTA_OK;
}

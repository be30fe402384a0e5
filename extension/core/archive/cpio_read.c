/* SPDX-License-Identifier: PostgreSQL */
/* cpio_read.c: the members of a cpio archive, newc (070701) and crc (070702); see archive.h. */
#include "archive.h"

#include <string.h>

#define HEADER 110
#define MODE_TYPE 0170000
#define MODE_FILE 0100000
#define MODE_FOLDER 0040000
#define MODE_LINK 0120000

enum
{
	FIELD_INO, FIELD_MODE, FIELD_UID, FIELD_GID, FIELD_NLINK, FIELD_MTIME, FIELD_SIZE, FIELD_MAJOR, FIELD_MINOR,
	FIELD_RMAJOR, FIELD_RMINOR, FIELD_NAME, FIELD_CHECK, FIELDS
};

typedef struct reader
{
	fota_ctx   *ctx;
	fota_bytes	file;
	const fota_image_options *options;
	fota_image *image;
	const char *format;
	uint64_t	at;				/* of the header */
	size_t		number;			/* of the member, from 0 */
	bool		summed;			/* 070702 */
	uint32_t	field[FIELDS];
	const uint8_t *name;
	size_t		name_size;
	uint64_t	data;
} reader;

bool
fota_cpio_is(fota_bytes file)
{
	return file.size >= HEADER && (memcmp(file.data, "070701", 6) == 0 || memcmp(file.data, "070702", 6) == 0);
}

static bool
read_hex(const uint8_t *p, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 8; i++)
	{
		int			digit = p[i] >= '0' && p[i] <= '9' ? p[i] - '0' : p[i] >= 'a' && p[i] <= 'f' ? p[i] - 'a' + 10 :
			p[i] >= 'A' && p[i] <= 'F' ? p[i] - 'A' + 10 : -1;

		if (digit < 0)
			return false;
		*value = *value << 4 | (uint32_t) digit;
	}
	return true;
}

static uint64_t
padded(uint64_t offset)
{
	return (offset + 3) & ~UINT64_C(3);
}

/* What fills up to a multiple of four is zero: nothing else would protect it. */
static fota_status
check_padding(reader *r, uint64_t from, uint64_t to)
{
	for (; from < to && from < r->file.size; from++)
		if (r->file.data[from] != 0)
			return fota_fail(r->ctx, FOTA_SYNTAX, from, 0, "%s: member %zu: padding at offset 0x%llX is not zero", r->format,
							 r->number, (unsigned long long) from);
	return FOTA_OK;
}

static fota_status
read_name(reader *r)
{
	size_t		size = r->field[FIELD_NAME];

	if (size < 2)
		return fota_fail(r->ctx, FOTA_SYNTAX, r->at + 94, 0, "%s: member %zu: name size %zu", r->format, r->number, size);
	if (r->file.size - r->at - HEADER < size)
		return fota_fail(r->ctx, FOTA_TRUNCATED, r->at + 94, 0, "%s: member %zu: name of %zu bytes runs past the archive",
						 r->format, r->number, size);
	r->name = r->file.data + r->at + HEADER;
	if (r->name[size - 1] != 0 || memchr(r->name, 0, size - 1) != NULL)
		return fota_fail(r->ctx, FOTA_SYNTAX, r->at + HEADER, 0, "%s: member %zu: its name does not end where it should",
						 r->format, r->number);
	r->name_size = size - 1;
	r->data = padded(r->at + HEADER + size);
	return check_padding(r, r->at + HEADER + size, r->data);
}

static fota_status
read_header(reader *r)
{
	const uint8_t *p = r->file.data + r->at;
	fota_status status;

	if (r->at > r->file.size || r->file.size - r->at < HEADER)
		return fota_fail(r->ctx, FOTA_TRUNCATED, r->file.size, 0, "%s: archive ends without TRAILER!!!, after %zu members",
						 r->format, r->number);
	if (memcmp(p, "070701", 6) != 0 && memcmp(p, "070702", 6) != 0)
	{
		/* zeros where the next member should be: the end was cut off, and padded */
		bool		zero = memcmp(p, "\0\0\0\0\0", 6) == 0;

		if (memcmp(p, "070707", 6) == 0)
			return fota_fail(r->ctx, FOTA_UNSUPPORTED, r->at, 0,
							 "%s: member %zu: cpio header of the old kind (070707) at offset 0x%llX, expected 070701 or 070702",
							 r->format, r->number, (unsigned long long) r->at);

		return fota_fail(r->ctx, zero ? FOTA_TRUNCATED : FOTA_SYNTAX, r->at, 0, zero ?
						 "%s: archive ends without TRAILER!!!, at member %zu, offset 0x%llX" :
						 "%s: member %zu: no cpio header (070701 or 070702) at offset 0x%llX", r->format, r->number,
						 (unsigned long long) r->at);
	}
	r->summed = p[5] == '2';
	for (size_t i = 0; i < FIELDS; i++)
		if (!read_hex(p + 6 + 8 * i, &r->field[i]))
			return fota_fail(r->ctx, FOTA_SYNTAX, r->at + 6 + 8 * i, 0,
							 "%s: member %zu: \"%.8s\" in its header at offset 0x%llX is no hexadecimal number", r->format,
							 r->number, (const char *) p + 6 + 8 * i, (unsigned long long) (r->at + 6 + 8 * i));
	status = read_name(r);
	if (status == FOTA_OK && (r->data > r->file.size || r->file.size - r->data < r->field[FIELD_SIZE]))
		return fota_fail(r->ctx, FOTA_TRUNCATED, r->at + 54, 0,
						 "%s: member %zu: size %u runs past the archive, so it ends without TRAILER!!! (\"%.80s\")", r->format,
						 r->number, r->field[FIELD_SIZE], (const char *) r->name);
	return status;
}

static fota_status
check_sum(reader *r, const fota_member *m)
{
	uint32_t	sum = 0;

	for (uint64_t done = 0; done < m->size;)
	{
		size_t		step = m->size - done < FOTA_POLL_EVERY ? (size_t) (m->size - done) : FOTA_POLL_EVERY;
		fota_status status = fota_poll(r->ctx, step);

		if (status != FOTA_OK)
			return status;
		for (size_t i = 0; i < step; i++)
			sum += r->file.data[m->offset + done + i];
		done += step;
	}
	if (sum == r->field[FIELD_CHECK])
		return check_padding(r, r->data + m->size, padded(r->data + m->size));
	return fota_fail(r->ctx, FOTA_CHECKSUM, m->offset, 0, "%s: %s: cpio checksum is 0x%08X, computed 0x%08X", r->format,
					 m->name, r->field[FIELD_CHECK], sum);
}

static fota_status
add_member(reader *r)
{
	uint32_t	type = r->field[FIELD_MODE] & MODE_TYPE;
	fota_member *m;

	while (r->name_size > 2 && memcmp(r->name, "./", 2) == 0)
	{
		r->name += 2;
		r->name_size -= 2;
	}
	if (type == MODE_FOLDER && r->name_size == 1 && r->name[0] == '.')
		return FOTA_OK;
	m = fota_image_member(r->ctx, r->image, r->options, r->format, r->at, r->name, r->name_size);
	if (m == NULL)
		return r->ctx->error.code;
	if (type == MODE_LINK)
		return fota_fail(r->ctx, FOTA_UNSAFE_NAME, r->at + 14, 0,
						 "%s: member \"%s\" is a symbolic link, which is not allowed", r->format, m->name);
	if (type != 0 && type != MODE_FILE && type != MODE_FOLDER)
		return fota_fail(r->ctx, FOTA_UNSAFE_NAME, r->at + 14, 0, "%s: member \"%s\" is a device or the like", r->format,
						 m->name);
	m->method = type == MODE_FOLDER ? "folder" : "stored";
	m->size = m->packed = r->field[FIELD_SIZE];
	m->offset = r->data;
	return r->summed ? check_sum(r, m) : check_padding(r, r->data + m->size, padded(r->data + m->size));
}

/* Zeros up to the end of a block, as cpio writes them. */
static fota_status
check_end(reader *r)
{
	for (uint64_t at = r->data; at < r->file.size; at++)
	{
		fota_status status = fota_poll(r->ctx, 1);

		if (status != FOTA_OK)
			return status;
		if (r->file.data[at] != 0)
			return fota_fail(r->ctx, FOTA_TRAILING, at, 0, "%s: data after TRAILER!!!, at offset 0x%llX", r->format,
							 (unsigned long long) at);
	}
	return FOTA_OK;
}

fota_status
fota_cpio_list(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	reader		r = {.ctx = ctx, .file = file, .options = options, .image = image, .format = image->codec->name};

	for (;; r.number++)
	{
		fota_status status = read_header(&r);

		if (status != FOTA_OK)
			return status;
		if (r.name_size == 10 && memcmp(r.name, "TRAILER!!!", 10) == 0)
			break;
		if ((status = add_member(&r)) != FOTA_OK || (status = fota_poll(ctx, HEADER)) != FOTA_OK)
			return status;
		r.at = padded(r.data + r.field[FIELD_SIZE]);
	}
	return r.field[FIELD_SIZE] == 0 ? check_end(&r) :
		fota_fail(ctx, FOTA_SYNTAX, r.at, 0, "%s: TRAILER!!! has %u bytes of data", r.format, r.field[FIELD_SIZE]);
}

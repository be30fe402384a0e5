/* SPDX-License-Identifier: PostgreSQL */
/*
 * tar_read.c: the members of a tar archive: ustar, pax records for path and size, GNU long names and base-256 sizes.
 * Links, devices and sparse files are refused. See archive.h.
 */
#include "archive.h"

#include <string.h>

#define BLOCK 512
#define SUM_AT 148
#define LONGEST 65536			/* a long name, and a pax header's records, beyond which none is believed */

typedef struct reader
{
	fota_ctx   *ctx;
	fota_bytes	file;
	const fota_image_options *options;
	fota_image *image;
	const char *format;
	uint64_t	at;				/* of the next header */
	/* From the headers before a member, for that member alone. */
	char		name[FOTA_IMAGE_NAME];
	size_t		name_size;		/* 0 = what its own header says */
	bool		has_size;
	uint64_t	size;
} reader;

/* --- fields -------------------------------------------------------------------------------- */

/* Octal digits with blanks around them, or base 256 when the first bit is set. */
static bool
read_number(const uint8_t *p, size_t size, uint64_t *value)
{
	size_t		i = 0;

	*value = 0;
	if (p[0] & 0x80)
	{
		for (size_t k = 1; k < size; k++)
		{
			if (*value >> 56)
				return false;
			*value = *value << 8 | p[k];
		}
		return p[0] == 0x80;
	}
	while (i < size && p[i] == ' ')
		i++;
	for (; i < size && p[i] >= '0' && p[i] <= '7'; i++)
	{
		if (*value >> 61)
			return false;
		*value = *value << 3 | (uint64_t) (p[i] - '0');
	}
	for (; i < size; i++)
		if (p[i] != ' ' && p[i] != '\0')
			return false;
	return true;
}

static uint64_t
header_sum(const uint8_t *p)
{
	uint64_t	sum = 8 * ' ';

	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= SUM_AT && i < SUM_AT + 8 ? 0 : p[i];
	return sum;
}

static size_t
field_size(const uint8_t *p, size_t size)
{
	const uint8_t *end = memchr(p, 0, size);

	return end != NULL ? (size_t) (end - p) : size;
}

static bool
is_zero(const uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != 0)
			return false;
	return true;
}

bool
fota_tar_is(fota_bytes file)
{
	uint64_t	sum;

	return file.size >= BLOCK && file.data[0] != 0 && read_number(file.data + SUM_AT, 8, &sum) && sum > 0 &&
		sum == header_sum(file.data);
}

/* --- headers that say something of the next member -------------------------------------------- */

static fota_status
set_name(reader *r, const uint8_t *name, size_t size)
{
	if (size >= sizeof(r->name))
		return fota_fail(r->ctx, FOTA_UNSAFE_NAME, r->at, 0, "%s: member name of %zu bytes is too long", r->format, size);
	memcpy(r->name, name, size);
	r->name_size = size;
	return FOTA_OK;
}

static fota_status
pax_value(reader *r, const uint8_t *key, size_t key_size, const uint8_t *value, size_t size)
{
	if (key_size == 4 && memcmp(key, "path", 4) == 0)
		return set_name(r, value, size);
	if (key_size > 11 && memcmp(key, "GNU.sparse.", 11) == 0)
		return fota_fail(r->ctx, FOTA_UNSUPPORTED, r->at, 0, "%s: sparse files are not supported", r->format);
	if (key_size != 4 || memcmp(key, "size", 4) != 0)
		return FOTA_OK;
	r->size = 0;
	for (size_t i = 0; i < size; i++)
		if (value[i] < '0' || value[i] > '9' || !fota_mul_u64(r->size, 10, &r->size) ||
			!fota_add_u64(r->size, (uint64_t) (value[i] - '0'), &r->size))
			return fota_fail(r->ctx, FOTA_RANGE, r->at, 0, "%s: size \"%.*s\" of a pax record is no number", r->format,
							 (int) (size < 40 ? size : 40), (const char *) value);
	r->has_size = size > 0;
	return FOTA_OK;
}

/* Records "30 mtime=1350244992.023960108\n". */
static fota_status
read_pax(reader *r, const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size;)
	{
		size_t		length = 0;
		size_t		i = at;
		const uint8_t *equals;
		fota_status status;

		while (i < size && data[i] >= '0' && data[i] <= '9' && length < LONGEST)
			length = length * 10 + (size_t) (data[i++] - '0');
		if (i == at || i == size || data[i] != ' ' || length > size - at || length < i - at + 3 ||
			data[at + length - 1] != '\n')
			return fota_fail(r->ctx, FOTA_SYNTAX, r->at, 0, "%s: pax record at offset 0x%llX is damaged", r->format,
							 (unsigned long long) (r->at + BLOCK + at));
		equals = memchr(data + i + 1, '=', length - (i - at) - 2);
		if (equals == NULL)
			return fota_fail(r->ctx, FOTA_SYNTAX, r->at, 0, "%s: pax record at offset 0x%llX has no =", r->format,
							 (unsigned long long) (r->at + BLOCK + at));
		status = pax_value(r, data + i + 1, (size_t) (equals - data) - i - 1, equals + 1,
						   at + length - 1 - (size_t) (equals + 1 - data));
		if (status != FOTA_OK)
			return status;
		at += length;
	}
	return FOTA_OK;
}

/* --- members ------------------------------------------------------------------------------- */

/* The name in a header, "./" before it left out; pax and GNU names go before it. */
static fota_status
member_name(reader *r, const uint8_t *p, const uint8_t **name, size_t *size)
{
	fota_status status = FOTA_OK;

	if (r->name_size == 0)
	{
		size_t		name_part = field_size(p, 100);
		size_t		prefix = memcmp(p + 257, "ustar\0", 6) == 0 ? field_size(p + 345, 155) : 0;

		if (prefix + 1 + name_part >= sizeof(r->name))
			return fota_fail(r->ctx, FOTA_UNSAFE_NAME, r->at, 0, "%s: member name is too long", r->format);
		memcpy(r->name, p + 345, prefix);
		if (prefix > 0)
			r->name[prefix++] = '/';
		status = set_name(r, p, 0);
		memcpy(r->name + prefix, p, name_part);
		r->name_size = prefix + name_part;
	}
	*name = (const uint8_t *) r->name;
	*size = r->name_size;
	while (*size >= 2 && memcmp(*name, "./", 2) == 0)
	{
		*name += 2;
		*size -= 2;
	}
	return status;
}

static fota_status
add_member(reader *r, const uint8_t *p, uint64_t size, bool folder)
{
	const uint8_t *name;
	size_t		name_size;
	fota_member *member;
	fota_status status = member_name(r, p, &name, &name_size);

	if (status != FOTA_OK)
		return status;
	if (folder && name_size == 0)
		return FOTA_OK;			/* the folder "./" itself */
	member = fota_image_member(r->ctx, r->image, r->options, r->format, r->at, name, name_size);
	if (member == NULL)
		return r->ctx->error.code;
	member->method = folder ? "folder" : "stored";
	member->size = member->packed = size;
	member->offset = r->at + BLOCK;
	if (r->file.size - member->offset < size)
		return fota_fail(r->ctx, FOTA_TRUNCATED, r->file.size, 0, "%s: member \"%s\" cut at %llu of %llu bytes",
						 r->format, member->name, (unsigned long long) (r->file.size - member->offset),
						 (unsigned long long) size);
	return FOTA_OK;
}

/* What fills the last block is zero: nothing else would protect it. */
static fota_status
check_padding(reader *r, uint64_t size)
{
	uint64_t	from = r->at + BLOCK + size;
	uint64_t	to = r->at + BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;

	for (; from < to && from < r->file.size; from++)
		if (r->file.data[from] != 0)
			return fota_fail(r->ctx, FOTA_SYNTAX, from, 0, "%s: padding at offset 0x%llX is not zero", r->format,
							 (unsigned long long) from);
	return FOTA_OK;
}

/* The sum as the tools write it: "012345", NUL, blank. What else has its value is for old archives only. */
static bool
sum_is_plain(const uint8_t *p, uint64_t sum)
{
	char		text[16];

	if (memcmp(p + 257, "ustar", 5) != 0)
		return true;
	for (int i = 6; i >= 0; i--, sum >>= 3)
		text[i] = (char) ('0' + (sum & 7));
	return (memcmp(p + SUM_AT, text + 1, 6) == 0 && p[SUM_AT + 6] == '\0' && p[SUM_AT + 7] == ' ') ||
		(memcmp(p + SUM_AT, text, 7) == 0 && (p[SUM_AT + 7] == '\0' || p[SUM_AT + 7] == ' '));
}

/* A header whose data says something of the next member. */
static fota_status
read_extra(reader *r, uint8_t type, uint64_t size)
{
	const uint8_t *data = r->file.data + r->at + BLOCK;

	if (size > LONGEST)
		return fota_fail(r->ctx, FOTA_LIMIT, r->at, 0, "%s: header '%c' at offset 0x%llX has %llu bytes, at most %u are read",
						 r->format, type, (unsigned long long) r->at, (unsigned long long) size, LONGEST);
	if (r->file.size - r->at - BLOCK < size)
		return fota_fail(r->ctx, FOTA_TRUNCATED, r->file.size, 0, "%s: header '%c' at offset 0x%llX is cut", r->format, type,
						 (unsigned long long) r->at);
	if (type == 'L')
		return set_name(r, data, field_size(data, (size_t) size));
	return read_pax(r, data, (size_t) size);
}

static fota_status
refuse_type(reader *r, const uint8_t *p)
{
	uint8_t		type = p[156];
	const uint8_t *name;
	size_t		size;

	if (member_name(r, p, &name, &size) != FOTA_OK)
		return r->ctx->error.code;
	if (type == '1' || type == '2' || type == 'K')
		return fota_fail(r->ctx, FOTA_UNSAFE_NAME, r->at, 0, "%s: member \"%.*s\" is a %s link; %s links are not allowed",
						 r->format, (int) size, (const char *) name, type == '1' ? "hard" : "symbolic",
						 type == '1' ? "hard" : "symbolic");
	if (type == '3' || type == '4' || type == '6')
		return fota_fail(r->ctx, FOTA_UNSAFE_NAME, r->at, 0, "%s: member \"%.*s\" is a device or pipe, which is not allowed",
						 r->format, (int) size, (const char *) name);
	return fota_fail(r->ctx, FOTA_UNSUPPORTED, r->at + 156, 0, "%s: member \"%.*s\" has type 0x%02X, which is not known",
					 r->format, (int) size, (const char *) name, type);
}

/* The header at r->at, whose sum is right. */
static fota_status
read_header(reader *r, const uint8_t *p)
{
	uint8_t		type = p[156];
	bool		extra = type == 'x' || type == 'g' || type == 'L';
	uint64_t	size;
	fota_status status;

	if (!read_number(p + 124, 12, &size))
		return fota_fail(r->ctx, FOTA_RANGE, r->at + 124, 0, "%s: size in the header at offset 0x%llX is no number",
						 r->format, (unsigned long long) r->at);
	if (!extra && r->has_size)
		size = r->size;
	if (extra)
		status = read_extra(r, type, size);
	else if (type == '0' || type == '\0' || type == '7')
	{
		/* old archives end the names of folders with a slash */
		size_t		name = field_size(p, 100);

		status = add_member(r, p, size, type == '\0' && name > 0 && p[name - 1] == '/' && size == 0);
	}
	else if (type == '5')
		status = add_member(r, p, 0, true);
	else
		status = refuse_type(r, p);
	if (!extra)
	{
		r->name_size = 0;
		r->has_size = false;
	}
	if (status == FOTA_OK && type != '5')
		status = check_padding(r, size);
	if (status == FOTA_OK)
		r->at += BLOCK + (type == '5' ? 0 : (size + BLOCK - 1) / BLOCK * BLOCK);
	return status;
}

/* What follows the members: two blocks of zeros, and zeros up to the end. */
static fota_status
check_end(reader *r)
{
	size_t		left = r->at < r->file.size ? r->file.size - (size_t) r->at : 0;
	const uint8_t *p = r->file.data + r->at;

	if (r->name_size > 0 || r->has_size)
		return fota_fail(r->ctx, FOTA_TRUNCATED, r->at, 0, "%s: the member that a long name or pax header is for is missing",
						 r->format);
	if (left < 2 * BLOCK)
		fota_image_warn(r->image, "no_end_blocks", 0, r->at, "the archive has no end-of-archive blocks");
	for (size_t done = 0; done < left;)
	{
		size_t		step = left - done < BLOCK ? left - done : BLOCK;
		fota_status status = fota_poll(r->ctx, step);

		if (status != FOTA_OK)
			return status;
		if (!is_zero(p + done, step))
			return fota_fail(r->ctx, FOTA_TRAILING, r->at + done, 0, "%s: data after the end of the archive, at offset 0x%llX",
							 r->format, (unsigned long long) (r->at + done));
		done += step;
	}
	return FOTA_OK;
}

fota_status
fota_tar_list(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	reader		r = {.ctx = ctx, .file = file, .options = options, .image = image, .format = image->codec->name};
	fota_status status = FOTA_OK;

	while (status == FOTA_OK && r.at < file.size)
	{
		const uint8_t *p = file.data + r.at;
		uint64_t	sum;
		uint64_t	want;

		if (file.size - r.at < BLOCK)
			return fota_fail(ctx, FOTA_TRUNCATED, file.size, 0, "%s: the file ends inside of the header at offset 0x%llX",
							 r.format, (unsigned long long) r.at);
		if (p[0] == 0 && is_zero(p, BLOCK))
			break;
		want = header_sum(p);
		if (!read_number(p + SUM_AT, 8, &sum) || sum != want || !sum_is_plain(p, sum))
			return fota_fail(ctx, FOTA_CHECKSUM, r.at + SUM_AT, 0,
							 "%s: header checksum at offset 0x%llX is %llu, computed %llu (its size field says \"%.12s\")", r.format,
							 (unsigned long long) r.at, (unsigned long long) sum, (unsigned long long) want,
							 (const char *) p + 124);
		status = read_header(&r, p);
		if (status == FOTA_OK)
			status = fota_poll(ctx, BLOCK);
	}
	return status == FOTA_OK ? check_end(&r) : status;
}

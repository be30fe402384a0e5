/* SPDX-License-Identifier: PostgreSQL */
/* zip_entry.c: the end record and the central directory of a zip archive; see zip_entry.h. */
#include "zip_entry.h"

#include <string.h>

#define END_SIZE 22
#define WIDE_LOCATOR 20
#define WIDE_END 56
#define ENTRY_SIZE 46

static bool
fault_at(fota_zip_fault *fault, fota_status code, uint64_t offset, const char *text)
{
	fault->code = code;
	fault->offset = offset;
	fota_format(fault->text, sizeof(fault->text), "%s", text);
	return false;
}

/* --- the end ------------------------------------------------------------------------------- */

/* The end record whose comment ends with the file. */
static bool
find_record(fota_bytes file, uint64_t *at, fota_zip_fault *fault)
{
	size_t		low = file.size > END_SIZE + 65535 ? file.size - END_SIZE - 65535 : 0;
	uint64_t	seen = FOTA_NOWHERE;

	for (size_t i = file.size < END_SIZE ? 0 : file.size - END_SIZE + 1; i > low; i--)
	{
		const uint8_t *p = file.data + i - 1;
		uint64_t	end;

		if (p[0] != 'P' || memcmp(p, "PK\5\6", 4) != 0)
			continue;
		end = i - 1 + END_SIZE + fota_get_u16le(p + 20);
		if (end == file.size)
		{
			*at = i - 1;
			return true;
		}
		if (end < file.size && seen == FOTA_NOWHERE)
			seen = end;
	}
	if (seen != FOTA_NOWHERE)
	{
		fault->code = FOTA_TRAILING;
		fault->offset = seen;
		fota_format(fault->text, sizeof(fault->text), "%llu bytes after the end of the archive, at offset 0x%llX",
					(unsigned long long) (file.size - seen), (unsigned long long) seen);
		return false;
	}
	return fault_at(fault, FOTA_TRUNCATED, file.size, "end of central directory not found: the file is cut off");
}

/* The zip64 end record, where there is one before the end record at at. */
static bool
read_wide_end(fota_bytes file, uint64_t at, fota_zip_end *end, fota_zip_fault *fault)
{
	const uint8_t *p;
	uint64_t	wide;

	if (at < WIDE_LOCATOR + WIDE_END || memcmp(file.data + at - WIDE_LOCATOR, "PK\6\7", 4) != 0)
		return true;
	wide = fota_get_u64le(file.data + at - WIDE_LOCATOR + 8);
	if (wide != at - WIDE_LOCATOR - WIDE_END || memcmp(file.data + wide, "PK\6\6", 4) != 0)
		return fault_at(fault, FOTA_SYNTAX, at - WIDE_LOCATOR, "the zip64 end record is not where its locator says");
	p = file.data + wide;
	if (fota_get_u64le(p + 4) != WIDE_END - 12 || fota_get_u32le(p + 16) != 0 || fota_get_u32le(p + 20) != 0 ||
		fota_get_u64le(p + 24) != fota_get_u64le(p + 32))
		return fault_at(fault, FOTA_UNSUPPORTED, wide, "the archive is split into several files");
	end->at = wide;
	end->count = fota_get_u64le(p + 32);
	end->size = fota_get_u64le(p + 40);
	end->directory = fota_get_u64le(p + 48);
	return true;
}

bool
fota_zip_find_end(fota_bytes file, fota_zip_end *end, fota_zip_fault *fault)
{
	uint64_t	at;
	uint64_t	stop;
	const uint8_t *p;

	*fault = (fota_zip_fault) {.code = FOTA_OK};
	if (!find_record(file, &at, fault))
		return false;
	p = file.data + at;
	*end = (fota_zip_end) {at, fota_get_u16le(p + 10), fota_get_u32le(p + 16), fota_get_u32le(p + 12)};
	if (fota_get_u16le(p + 4) != 0 || fota_get_u16le(p + 6) != 0 || fota_get_u16le(p + 8) != end->count)
		return fault_at(fault, FOTA_UNSUPPORTED, at + 4, "the archive is split into several files");
	if (!read_wide_end(file, at, end, fault))
		return false;
	if (end->directory > end->at || !fota_add_u64(end->directory, end->size, &stop) || stop > end->at)
	{
		fault->code = FOTA_TRUNCATED;
		fault->offset = at + 16;
		fota_format(fault->text, sizeof(fault->text),
					"central directory at 0x%llX is outside the file (%llu bytes of it, in a file of %zu)",
					(unsigned long long) end->directory, (unsigned long long) end->size, file.size);
		return false;
	}
	if (stop != end->at)
		return fault_at(fault, FOTA_TRAILING, stop, "data lies between the central directory and the end record");
	return true;
}

/* --- entries ------------------------------------------------------------------------------- */

bool
fota_zip_wide(const uint8_t *extra, size_t size, uint64_t **fields, size_t count)
{
	size_t		at = 0;
	bool		needed = false;

	for (size_t i = 0; i < count; i++)
		needed |= *fields[i] == UINT32_MAX;
	if (!needed)
		return true;
	while (size - at >= 4)
	{
		size_t		length = fota_get_u16le(extra + at + 2);

		if (length > size - at - 4)
			return false;
		if (fota_get_u16le(extra + at) == 1)
		{
			size_t		from = at + 4;

			for (size_t i = 0; i < count; i++)
			{
				if (*fields[i] != UINT32_MAX)
					continue;
				if (at + 4 + length - from < 8)
					return false;
				*fields[i] = fota_get_u64le(extra + from);
				from += 8;
			}
			return true;
		}
		at += 4 + length;
	}
	return true;				/* without the extra field the 32 bits are meant */
}

bool
fota_zip_next(fota_bytes file, const fota_zip_end *end, fota_zip_entry *entry, fota_zip_fault *fault)
{
	uint64_t	stop = end->directory + end->size;
	uint64_t	at = entry->next;
	const uint8_t *p = file.data + at;
	uint64_t   *wide[3] = {&entry->size, &entry->packed, &entry->header};
	size_t		name;
	size_t		extra;

	*fault = (fota_zip_fault) {.code = FOTA_OK};
	if (at > stop || stop - at < ENTRY_SIZE)
		return fault_at(fault, FOTA_TRUNCATED, at, "the central directory ends before its last entry");
	if (memcmp(p, "PK\1\2", 4) != 0)
		return fault_at(fault, FOTA_SYNTAX, at, "no entry of the central directory where one was expected");
	name = fota_get_u16le(p + 28);
	extra = fota_get_u16le(p + 30);
	*entry = (fota_zip_entry) {
		.at = at, .next = at + ENTRY_SIZE + name + extra + fota_get_u16le(p + 32), .made_by = p[5],
		.flags = fota_get_u16le(p + 8), .method = fota_get_u16le(p + 10), .crc = fota_get_u32le(p + 16), .stamp = fota_get_u32le(p + 12),
		.attributes = fota_get_u32le(p + 38), .packed = fota_get_u32le(p + 20), .size = fota_get_u32le(p + 24),
		.header = fota_get_u32le(p + 42), .name = p + ENTRY_SIZE, .name_size = name,
	};
	if (entry->next > stop)
		return fault_at(fault, FOTA_TRUNCATED, at, "an entry runs past the central directory");
	if (fota_get_u16le(p + 34) != 0)
		return fault_at(fault, FOTA_UNSUPPORTED, at + 34, "the archive is split into several files");
	if (!fota_zip_wide(p + ENTRY_SIZE + name, extra, wide, 3))
		return fault_at(fault, FOTA_SYNTAX, at + ENTRY_SIZE + name, "the extra field of an entry is damaged");
	return true;
}

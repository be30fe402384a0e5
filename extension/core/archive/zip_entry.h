/* SPDX-License-Identifier: PostgreSQL */
/*
 * zip_entry.h: the records of a zip archive: its end, and the entries of the central directory. Private to this
 * folder. Reading them allocates nothing and needs no context, so that detection can use it, too.
 */
#ifndef FOTA_ZIP_ENTRY_H
#define FOTA_ZIP_ENTRY_H

#include "archive.h"

enum
{
	FOTA_ZIP_ENCRYPTED = 1, FOTA_ZIP_DESCRIPTOR = 8, FOTA_ZIP_PATCH = 0x20, FOTA_ZIP_STRONG = 0x40,
	FOTA_ZIP_MASKED = 0x2000
};

typedef struct fota_zip_end
{
	uint64_t	at;				/* of the end record, or of the zip64 one before it */
	uint64_t	count;
	uint64_t	directory;		/* offset */
	uint64_t	size;			/* of the directory */
} fota_zip_end;

typedef struct fota_zip_entry
{
	uint64_t	at;				/* of its record in the directory */
	uint64_t	next;
	unsigned	made_by;
	unsigned	flags;
	unsigned	method;
	uint32_t	crc;
	uint32_t	stamp;			/* time and date */
	uint32_t	attributes;
	uint64_t	packed;
	uint64_t	size;
	uint64_t	header;			/* offset of the local header */
	const uint8_t *name;
	size_t		name_size;
} fota_zip_entry;

/* What is wrong; offset where. code FOTA_OK = nothing. */
typedef struct fota_zip_fault
{
	fota_status code;
	uint64_t	offset;
	char		text[160];
} fota_zip_fault;

bool		fota_zip_find_end(fota_bytes file, fota_zip_end *end, fota_zip_fault *fault);
/* Reads the entry at entry->next (the caller sets it to end.directory at first). */
bool		fota_zip_next(fota_bytes file, const fota_zip_end *end, fota_zip_entry *entry, fota_zip_fault *fault);
/* The 64-bit fields of an extra field, for the 32-bit ones that are all ones; false when they are missing. */
bool		fota_zip_wide(const uint8_t *extra, size_t size, uint64_t **fields, size_t count);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/* elf_note.c: what an ELF file says of itself in notes and sections; see elf.h. All of it may be missing. */
#include "elf.h"

#include "../utf8.h"

#include <string.h>

#define PT_NOTE 4
#define SHT_PROGBITS 1
#define SHT_NOTE 7
#define NOTE_BUILD_ID 3
#define TEXT_MOST 100

/* The build id in a list of notes; the first one counts. */
static void
take_notes(elf_file *e, fota_bytes notes, bool *found)
{
	uint64_t	at = 0;

	while (!*found && at + 12 <= notes.size)
	{
		const uint8_t *p = notes.data + at;
		uint64_t	name = elf_u32(e, p);
		uint64_t	size = elf_u32(e, p + 4);
		uint64_t	value = at + 12 + ((name + 3) & ~(uint64_t) 3);

		if (!fota_binary_has(notes, value, size))
			return;
		if (elf_u32(e, p + 8) == NOTE_BUILD_ID && name == 4 && memcmp(p + 12, "GNU", 4) == 0 && size > 0)
		{
			fota_image_note_hex(e->image, "build_id", notes.data + value, (size_t) size);
			*found = true;
		}
		at = value + ((size + 3) & ~(uint64_t) 3);
	}
}

/* The first text of a section, when it is one. */
static void
take_text(elf_file *e, const char *name, fota_bytes section)
{
	size_t		size = fota_binary_text(section.data, section.size);

	if (size == 0 || size > TEXT_MOST || fota_utf8_check(section.data, size) != size)
		return;
	for (size_t i = 0; i < size; i++)
		if (section.data[i] < 0x20)
			return;
	fota_image_note(e->image, name, (const char *) section.data, size);
}

/* Bytes of a section of the file; data NULL when it has none there. */
static fota_bytes
section_bytes(const elf_file *e, const uint8_t *header)
{
	uint64_t	offset = elf_word(e, header, 16, 24);
	uint64_t	size = elf_word(e, header, 20, 32);

	if (size == 0 || !fota_binary_has(e->file, offset, size))
		return (fota_bytes) {NULL, 0};
	return fota_binary_part(e->file, offset, size);
}

static bool
is_named(fota_bytes names, uint64_t at, const char *name)
{
	return at < names.size && fota_binary_is(names, (size_t) at, name, strlen(name) + 1);
}

static fota_status
take_sections(elf_file *e, bool *found)
{
	unsigned	least = e->wide ? 64 : 40;
	uint64_t	size;
	fota_bytes	names = {NULL, 0};

	if (e->section_at == 0 || e->section_size < least || !fota_mul_u64(e->sections, e->section_size, &size) ||
		!fota_binary_has(e->file, e->section_at, size))
		return FOTA_OK;
	if (e->names < e->sections)
		names = section_bytes(e, e->file.data + e->section_at + e->names * e->section_size);
	for (uint64_t i = 0; i < e->sections; i++)
	{
		const uint8_t *header = e->file.data + e->section_at + i * e->section_size;
		uint32_t	name = elf_u32(e, header);
		uint32_t	type = elf_u32(e, header + 4);
		fota_bytes	section = section_bytes(e, header);
		fota_status status = fota_poll(e->ctx, e->section_size);

		if (status != FOTA_OK)
			return status;
		if (section.data == NULL)
			continue;
		if (type == SHT_NOTE)
			take_notes(e, section, found);
		else if (type == SHT_PROGBITS && is_named(names, name, ".comment"))
			take_text(e, "toolchain", section);
		else if (type == SHT_PROGBITS && is_named(names, name, ".version"))
			take_text(e, "version", section);
	}
	return FOTA_OK;
}

fota_status
fota_elf_notes(elf_file *e)
{
	bool		found = false;

	for (uint64_t i = 0; i < e->programs; i++)
	{
		const uint8_t *p = e->file.data + e->program_at + i * e->program_size;
		uint64_t	offset = elf_word(e, p, 4, 8);
		uint64_t	size = elf_word(e, p, 16, 32);

		if (elf_u32(e, p) == PT_NOTE && fota_binary_has(e->file, offset, size))
			take_notes(e, fota_binary_part(e->file, offset, size), &found);
	}
	return take_sections(e, &found);
}

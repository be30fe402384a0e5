/* SPDX-License-Identifier: PostgreSQL */
/* elf.h: the headers of an ELF file of either class and byte order, for elf.c (what is loaded) and elf_note.c. */
#ifndef FOTA_CODEC_ELF_H
#define FOTA_CODEC_ELF_H

#include "codecs.h"
#include "binary.h"

typedef struct elf_file
{
	fota_ctx   *ctx;
	fota_bytes	file;
	const fota_image_options *options;
	fota_image *image;
	bool		wide;			/* 64 bit */
	bool		big;			/* big-endian */
	unsigned	type;
	unsigned	machine;
	uint32_t	flags;
	uint64_t	entry;
	uint64_t	program_at;
	uint64_t	section_at;
	unsigned	program_size;	/* of an entry */
	unsigned	section_size;
	uint64_t	programs;		/* number of entries */
	uint64_t	sections;
	bool		no_physical;	/* all physical addresses are 0, the virtual ones are not */
	uint64_t	names;			/* section of the sections' names */
} elf_file;

static inline unsigned
elf_u16(const elf_file *e, const uint8_t *p)
{
	return e->big ? fota_get_u16be(p) : fota_get_u16le(p);
}

static inline uint32_t
elf_u32(const elf_file *e, const uint8_t *p)
{
	return e->big ? fota_get_u32be(p) : fota_get_u32le(p);
}

static inline uint64_t
elf_u64(const elf_file *e, const uint8_t *p)
{
	return e->big ? fota_get_u64be(p) : fota_get_u64le(p);
}

/* An address or offset: 4 bytes at p + narrow, or 8 at p + wide. */
static inline uint64_t
elf_word(const elf_file *e, const uint8_t *p, unsigned narrow, unsigned wide)
{
	return e->wide ? elf_u64(e, p + wide) : elf_u32(e, p + narrow);
}

/* Build id, toolchain and the like, from notes and sections; what is malformed there is passed over. */
fota_status fota_elf_notes(elf_file *e);

#endif

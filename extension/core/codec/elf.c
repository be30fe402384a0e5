/* SPDX-License-Identifier: PostgreSQL */
/*
 * elf.c: reads ELF files that are linked: the data of every PT_LOAD segment at its physical (load) address. What is
 * only for debugging is left behind. Both classes and byte orders.
 *
 * AVR files keep EEPROM, fuses, lock bits and signature at addresses from 0x810000 on, 64 KiB each: those are spaces
 * of their own here.
 */
#include "elf.h"
#include "esp.h"

#define MAGIC "\177ELF"
#define PT_LOAD 1
#define MACHINE_AVR 83
#define AVR_SPACES 0x810000
#define AVR_SPACES_END 0x850000

/* --- headers ------------------------------------------------------------------------------ */

static fota_status
check_ident(elf_file *e)
{
	const uint8_t *p = e->file.data;
	size_t		most;

	if (e->file.size < 4 || !fota_binary_is(e->file, 0, MAGIC, 4))
		return fota_fail(e->ctx, e->file.size < 4 ? FOTA_TRUNCATED : FOTA_SYNTAX, 0, 0,
						 "elf: the file does not begin with 0x7F \"ELF\"");
	if (e->file.size < 16)
		return fota_fail(e->ctx, FOTA_TRUNCATED, e->file.size, 0, "elf: ELF header cut at %zu of 52 bytes", e->file.size);
	if (p[4] != 1 && p[4] != 2)
		return fota_fail(e->ctx, FOTA_UNSUPPORTED, 4, 0, "elf: EI_CLASS %u unknown (1 = 32 bit, 2 = 64 bit)", p[4]);
	if (p[5] != 1 && p[5] != 2)
		return fota_fail(e->ctx, FOTA_UNSUPPORTED, 5, 0, "elf: EI_DATA %u unknown (1 = little-endian, 2 = big-endian)", p[5]);
	if (p[6] != 1)
		return fota_fail(e->ctx, FOTA_UNSUPPORTED, 6, 0, "elf: EI_VERSION %u unknown, expected 1", p[6]);
	e->wide = p[4] == 2;
	e->big = p[5] == 2;
	most = e->wide ? 64 : 52;
	if (e->file.size < most)
		return fota_fail(e->ctx, FOTA_TRUNCATED, e->file.size, 0, "elf: ELF header cut at %zu of %zu bytes", e->file.size,
						 most);
	return FOTA_OK;
}

static fota_status
check_type(elf_file *e)
{
	static const char *const names[] = {"NONE", "REL", "EXEC", "DYN", "CORE"};

	if (e->type == 2 || e->type == 3)
		return FOTA_OK;
	if (e->type == 1)
		return fota_fail(e->ctx, FOTA_UNSUPPORTED, 16, 0, "elf: ELF type REL has no load addresses (link it first)");
	return fota_fail(e->ctx, FOTA_UNSUPPORTED, 16, 0, "elf: ELF type %s (%u) is not a linked program",
					 e->type < 5 ? names[e->type] : "unknown", e->type);
}

/* Counts that do not fit into the header stand in section 0. */
static void
extend_counts(elf_file *e)
{
	unsigned	least = e->wide ? 64 : 40;
	const uint8_t *first;

	if (e->section_at == 0 || e->section_size < least || !fota_binary_has(e->file, e->section_at, least))
		return;
	first = e->file.data + e->section_at;
	if (e->programs == 0xffff)
		e->programs = elf_u32(e, first + (e->wide ? 44 : 28));
	if (e->sections == 0)
		e->sections = elf_word(e, first, 20, 32);
	if (e->names == 0xffff)
		e->names = elf_u32(e, first + (e->wide ? 40 : 24));
}

static fota_status
read_header(elf_file *e)
{
	fota_status status = check_ident(e);
	const uint8_t *p = e->file.data;
	const uint8_t *tail;
	unsigned	least;
	uint64_t	size;

	if (status != FOTA_OK)
		return status;
	tail = p + (e->wide ? 48 : 36); /* e_flags and what follows are alike */
	least = e->wide ? 56 : 32;
	e->type = elf_u16(e, p + 16);
	e->machine = elf_u16(e, p + 18);
	e->entry = elf_word(e, p, 24, 24);
	e->program_at = elf_word(e, p, 28, 32);
	e->section_at = elf_word(e, p, 32, 40);
	e->flags = elf_u32(e, tail);
	e->program_size = elf_u16(e, tail + 6);
	e->programs = elf_u16(e, tail + 8);
	e->section_size = elf_u16(e, tail + 10);
	e->sections = elf_u16(e, tail + 12);
	e->names = elf_u16(e, tail + 14);
	status = check_type(e);
	if (status != FOTA_OK)
		return status;
	extend_counts(e);
	if (e->programs == 0)
		return fota_fail(e->ctx, FOTA_TRUNCATED, 0, 0, "elf: no PT_LOAD segment with data: there are no program headers");
	if (e->program_size < least)
		return fota_fail(e->ctx, FOTA_SYNTAX, (uint64_t) (tail + 6 - p), 0, "elf: e_phentsize %u is below %u",
						 e->program_size, least);
	if (!fota_mul_u64(e->programs, e->program_size, &size) || !fota_binary_has(e->file, e->program_at, size))
		return fota_fail(e->ctx, FOTA_TRUNCATED, 0, 0,
						 "elf: program header table at 0x%llX is outside the file: %llu entries of %u bytes, the file has %zu bytes",
						 (unsigned long long) e->program_at, (unsigned long long) e->programs, e->program_size,
						 e->file.size);
	return FOTA_OK;
}

/* --- segments ----------------------------------------------------------------------------- */

typedef struct load
{
	uint64_t	number;			/* among the PT_LOAD */
	uint64_t	offset;
	uint64_t	physical;
	uint64_t	virtual;
	uint64_t	in_file;
	uint64_t	in_memory;
} load;

/* MIPS and others sign-extend 32-bit addresses in 64-bit files. */
static uint64_t
plain_address(elf_file *e, uint64_t address)
{
	if (!e->wide || address >> 31 != 0x1ffffffff)
		return address;
	fota_image_warn(e->image, "sign_extended", 0, FOTA_NOWHERE, "address 0x%llX is 0x%08X, sign-extended",
					(unsigned long long) address, (uint32_t) address);
	return (uint32_t) address;
}

static fota_status
check_load(const elf_file *e, const load *l, uint64_t address)
{
	unsigned long long number = l->number;
	uint64_t	most = (uint64_t) 1 << (e->wide ? FOTA_GATHER_SPACE : 32);
	uint64_t	end;

	if (!fota_binary_has(e->file, l->offset, l->in_file))
		return fota_fail(e->ctx, FOTA_TRUNCATED, l->offset, 0,
						 "elf: PT_LOAD %llu: %llu bytes at offset 0x%llX are outside the file", number,
						 (unsigned long long) l->in_file, (unsigned long long) l->offset);
	if (l->in_file > l->in_memory)
		return fota_fail(e->ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0, "elf: PT_LOAD %llu: p_filesz %llu is over p_memsz %llu",
						 number, (unsigned long long) l->in_file, (unsigned long long) l->in_memory);
	if (!fota_add_u64(address, l->in_file, &end) || end > most)
		return fota_fail(e->ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "elf: PT_LOAD %llu: 0x%llX + %llu runs past %s", number,
						 (unsigned long long) address, (unsigned long long) l->in_file, e->wide ? "2^56" : "4 GiB");
	return FOTA_OK;
}

static uint64_t
with_space(const elf_file *e, const load *l, uint64_t address)
{
	if (e->machine != MACHINE_AVR || address < 0x800000)
		return address;
	if (address >= AVR_SPACES && address < AVR_SPACES_END && (address & 0xffff) + l->in_file <= 0x10000)
		return (address & 0xffff) | (address - AVR_SPACES + 0x10000) >> 16 << FOTA_GATHER_SPACE;
	fota_image_warn(e->image, "avr_data", 0, l->offset, "PT_LOAD %llu: 0x%llX is in the RAM", (unsigned long long) l->number,
					(unsigned long long) address);
	return address;
}

/* Reads the program header at p; *is_load is false for what holds no data to load. */
static load
read_load(const elf_file *e, const uint8_t *p, bool *is_load)
{
	load		l = {0};

	l.offset = elf_word(e, p, 4, 8);
	l.virtual = elf_word(e, p, 8, 16);
	l.physical = elf_word(e, p, 12, 24);
	l.in_file = elf_word(e, p, 16, 32);
	l.in_memory = elf_word(e, p, 20, 40);
	*is_load = elf_u32(e, p) == PT_LOAD;
	return l;
}

static fota_status
collect(elf_file *e, fota_binary_part_at *parts, size_t *count)
{
	uint64_t	loads = 0;
	bool		physical = false;
	bool		virtual = false;
	fota_status status = FOTA_OK;

	*count = 0;
	for (uint64_t i = 0; i < e->programs && status == FOTA_OK; i++)
	{
		bool		is_load;
		load		l = read_load(e, e->file.data + e->program_at + i * e->program_size, &is_load);
		uint64_t	address = plain_address(e, e->options->vaddr ? l.virtual : l.physical);

		if (!is_load)
			continue;
		l.number = loads++;
		if (l.in_file == 0 && l.in_memory > 0)
			continue;
		status = check_load(e, &l, address);
		if (status != FOTA_OK || l.in_file == 0)
			continue;
		physical |= l.physical != 0;
		virtual |= l.virtual != 0;
		parts[(*count)++] = (fota_binary_part_at) {with_space(e, &l, address), l.offset, l.in_file, l.number};
	}
	if (status == FOTA_OK && *count == 0)
		return fota_fail(e->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "elf: no PT_LOAD segment with data");
	e->no_physical = !physical && virtual && !e->options->vaddr;
	if (status == FOTA_OK && e->no_physical)
		fota_image_warn(e->image, "no_paddr", 0, FOTA_NOWHERE,
						"all physical addresses are 0, the virtual ones are not: the waiver vaddr takes those");
	else if (e->options->vaddr)
		fota_image_warn(e->image, "vaddr", 0, FOTA_NOWHERE, "segments are placed by their virtual addresses");
	return status;
}

static fota_status
make_image(elf_file *e)
{
	size_t		most = e->options->limits.segments ? e->options->limits.segments : FOTA_MAX_SEGMENTS;
	fota_binary_part_at *parts;
	size_t		count;
	fota_status status;

	if (e->programs > most)
		return fota_fail(e->ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "elf: %llu program headers, at most %zu are allowed",
						 (unsigned long long) e->programs, most);
	parts = fota_alloc_array(e->ctx, (size_t) e->programs, sizeof(fota_binary_part_at));
	if (parts == NULL)
		return e->ctx->error.code;
	status = collect(e, parts, &count);
	if (status == FOTA_OK)
		status = fota_binary_segments(e->ctx, e->file, parts, count, "PT_LOAD", e->options, e->image);
	if (status == FOTA_OVERLAP && e->no_physical)
		status = fota_fail_hint(e->ctx, "All physical addresses are 0: the waiver vaddr takes the virtual ones.");
	for (size_t i = 0; i < count && status == FOTA_OK; i++)
		fota_esp_app_note(fota_binary_part(e->file, parts[i].offset, parts[i].size), e->image);
	fota_free(e->ctx, parts);
	return status;
}

/* --- the file ----------------------------------------------------------------------------- */

static const char *
machine_name(unsigned machine)
{
	static const struct
	{
		unsigned	number;
		const char *name;
	}			machines[] = {
		{2, "SPARC"}, {3, "x86"}, {4, "68000"}, {8, "MIPS"}, {20, "PowerPC"}, {21, "PowerPC64"}, {40, "ARM"},
		{42, "SuperH"}, {44, "TriCore"}, {62, "x86-64"}, {83, "AVR"}, {92, "OpenRISC"}, {94, "Xtensa"}, {105, "MSP430"},
		{106, "Blackfin"}, {165, "8051"}, {173, "RX"}, {183, "AArch64"}, {185, "AVR32"}, {189, "MicroBlaze"},
		{197, "RL78"}, {195, "ARCv2"}, {204, "PIC"}, {243, "RISC-V"}, {252, "C-SKY"},
	};

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].number == machine)
			return machines[i].name;
	return NULL;
}

static void
say_header(elf_file *e)
{
	const char *name = machine_name(e->machine);

	if (name != NULL)
		fota_image_note(e->image, "machine", name, SIZE_MAX);
	else
		fota_image_note_format(e->image, "machine", "%u", e->machine);
	fota_image_note_number(e->image, "bits", e->wide ? 64 : 32);
	fota_image_note(e->image, "endian", e->big ? "big" : "little", SIZE_MAX);
	fota_image_note_format(e->image, "flags", "0x%08X", e->flags);
	if (e->entry == 0)
		return;
	e->image->has_entry = true;
	e->image->entry = plain_address(e, e->entry);
	fota_image_note_number(e->image, "entry", e->image->entry);
}

/* Linkers put the section header table at the end, so that a file that is cut anywhere lacks some of it. */
static fota_status
check_end(const elf_file *e)
{
	uint64_t	size;

	if (e->section_at == 0 || e->sections == 0 ||
		(fota_mul_u64(e->sections, e->section_size, &size) && fota_binary_has(e->file, e->section_at, size)))
		return FOTA_OK;
	return fota_fail(e->ctx, FOTA_TRUNCATED, e->file.size, 0,
					 "elf: section header table at 0x%llX (%llu entries of %u) is outside the file of %zu bytes: it was cut",
					 (unsigned long long) e->section_at, (unsigned long long) e->sections, e->section_size, e->file.size);
}

static fota_status
elf_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	elf_file	e = {.ctx = ctx, .file = file, .options = options, .image = image};
	fota_status status = read_header(&e);

	if (status == FOTA_OK)
	{
		say_header(&e);
		status = make_image(&e);
	}
	if (status == FOTA_OK)
		status = check_end(&e);
	return status == FOTA_OK ? fota_elf_notes(&e) : status;
}

static int
elf_detect(fota_bytes file, const char **reason)
{
	if (!fota_binary_is(file, 0, MAGIC, 4))
		return 0;
	*reason = "the file begins with 0x7F \"ELF\"";
	return 99;
}

const fota_codec fota_codec_elf = {
	.name = "elf",
	.title = "ELF",
	.payload = FOTA_PAYLOAD_FLAT,
	.detect = elf_detect,
	.decode = elf_decode,
};

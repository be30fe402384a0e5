/* SPDX-License-Identifier: PostgreSQL */
/* test_elf.c: ELF files of both classes and byte orders. */
#include "binary_case.h"

typedef struct shape
{
	bool		wide;
	bool		big;
	unsigned	machine;
} shape;

static void
number(built *b, const shape *s, uint64_t value, size_t size)
{
	if (s->big)
		put_be(b, value, size);
	else
		put_le(b, value, size);
}

static void
program(built *b, const shape *s, uint32_t type, uint64_t offset, uint64_t virtual, uint64_t physical, uint64_t size)
{
	size_t		word = s->wide ? 8 : 4;

	number(b, s, type, 4);
	if (s->wide)
		number(b, s, 5, 4);
	number(b, s, offset, word);
	number(b, s, virtual, word);
	number(b, s, physical, word);
	number(b, s, size, word);
	number(b, s, size + 16, word);
	if (!s->wide)
		number(b, s, 5, 4);
	number(b, s, 4, word);
}

/* Two segments of 16 bytes and a build id; the data begins at 0x200. */
static built
make(const shape *s, uint64_t virtual, uint64_t first, uint64_t second)
{
	built		b = {0};
	size_t		word = s->wide ? 8 : 4;

	put(&b, "\177ELF", 4);
	put_le(&b, s->wide ? 2 : 1, 1);
	put_le(&b, s->big ? 2 : 1, 1);
	put_le(&b, 1, 1);
	put(&b, NULL, 9);
	number(&b, s, 2, 2);
	number(&b, s, s->machine, 2);
	number(&b, s, 1, 4);
	number(&b, s, first + 1, word);
	number(&b, s, s->wide ? 64 : 52, word);
	number(&b, s, 0, word);
	number(&b, s, 0x5000400, 4);
	number(&b, s, s->wide ? 64 : 52, 2);
	number(&b, s, s->wide ? 56 : 32, 2);
	number(&b, s, 3, 2);
	number(&b, s, 0, 6);
	program(&b, s, 1, 0x200, virtual, first, 16);
	program(&b, s, 1, 0x210, virtual + 0x10000, second, 16);
	program(&b, s, 4, 0x220, 0, 0, 20);
	put(&b, NULL, 0x200 - b.size);
	put_count(&b, 32);
	number(&b, s, 4, 4);
	number(&b, s, 4, 4);
	number(&b, s, 3, 4);
	put(&b, "GNU", 4);
	put(&b, "\xde\xad\xbe\xef", 4);
	return b;
}

static void
test_shapes(void)
{
	static const char *const vectors[] = {"arm.elf", "ppc-big.elf", "riscv-64.elf", "mips-64-big.elf"};
	static const shape shapes[] = {{false, false, 40}, {false, true, 20}, {true, false, 243}, {true, true, 8}};

	for (size_t i = 0; i < 4; i++)
	{
		built		b = make(&shapes[i], 0x20000000, 0x8000000, 0x8000010);
		outcome		o;

		is_vector(&b, "elf", vectors[i]);
		accepted(&b, NULL, "", "0x8000000+32", NULL, "segments go to their physical addresses");
		decode(&o, b.data, b.size, NULL, "");
		is_str(find_note(&o.image, "build_id"), "deadbeef", "the build id is read");
		ok(o.image.has_entry && o.image.entry == 0x8000001, "so is the entry");
		is_str(find_note(&o.image, "endian"), shapes[i].big ? "big" : "little", "and the byte order");
		end_outcome(&o);
		accepted(&b, NULL, "vaddr", "0x20000000+16 0x20010000+16", "vaddr", "the waiver takes the virtual ones");
		survives(&b, "elf");
		drop(&b);
	}
}

static void
test_spaces(void)
{
	static const shape avr = {false, false, 83};
	static const shape mips = {true, false, 8};
	built		b = make(&avr, 0x800100, 0x0, 0x810000);
	outcome		o;

	is_vector(&b, "elf", "avr-eeprom.elf");
	decode(&o, b.data, b.size, NULL, "");
	ok(o.image.segment_count == 2 && o.image.segments[0].space == FOTA_SPACE_FLASH &&
	   o.image.segments[1].space == FOTA_SPACE_EEPROM && o.image.segments[1].address == 0, "the EEPROM of AVR is a space");
	end_outcome(&o);
	drop(&b);
	b = make(&avr, 0x800100, 0x820000, 0x840000);
	decode(&o, b.data, b.size, NULL, "");
	ok(o.image.segment_count == 2 && o.image.segments[0].space == FOTA_SPACE_FUSES &&
	   o.image.segments[1].space == FOTA_SPACE_SIGNATURE, "so are fuses and signature");
	end_outcome(&o);
	drop(&b);
	b = make(&mips, 0xffffffff80000000, 0xffffffffbe000000, 0xffffffffbe000010);
	accepted(&b, NULL, "", "0xbe000000+32", "sign_extended", "sign-extended addresses are those of 32 bits");
	drop(&b);
}

static void
changed(size_t at, uint64_t value, size_t size, const char *waivers, fota_status status, const char *says)
{
	static const shape arm = {false, false, 40};
	built		b = make(&arm, 0x20000000, 0x8000000, 0x9000000);

	set_le(&b, at, value, size);
	refused(&b, "elf", waivers, status, says);
	drop(&b);
}

static void
test_refused(void)
{
	static const shape arm = {false, false, 40};
	static const shape wide = {true, false, 183};
	built		b = make(&arm, 0x20000000, 0, 0);

	refused(&b, "elf", "", FOTA_OVERLAP, "PT_LOAD 1: overlaps PT_LOAD 0 at 0x00000000 with other data; 16 bytes conflict");
	accepted(&b, NULL, "vaddr", "0x20000000+16 0x20010000+16", "vaddr", "physical addresses that are all 0 can be waived");
	b.size = 40;
	refused(&b, "elf", "", FOTA_TRUNCATED, "ELF header cut at 40 of 52 bytes");
	drop(&b);
	changed(4, 3, 1, "", FOTA_UNSUPPORTED, "EI_CLASS 3 unknown");
	changed(5, 9, 1, "", FOTA_UNSUPPORTED, "EI_DATA 9 unknown");
	changed(16, 1, 2, "", FOTA_UNSUPPORTED, "ELF type REL has no load addresses (link it first)");
	changed(16, 4, 2, "", FOTA_UNSUPPORTED, "ELF type CORE (4) is not a linked program");
	changed(28, 0xfffffff0, 4, "", FOTA_TRUNCATED, "program header table at 0xFFFFFFF0 is outside the file");
	changed(42, 31, 2, "", FOTA_SYNTAX, "e_phentsize 31 is below 32");
	changed(44, 0, 2, "", FOTA_TRUNCATED, "no PT_LOAD segment with data");
	changed(52 + 16, 0x7fffffff, 4, "", FOTA_TRUNCATED, "PT_LOAD 0: 2147483647 bytes at offset 0x200 are outside the file");
	changed(52 + 20, 1, 4, "", FOTA_SYNTAX, "PT_LOAD 0: p_filesz 16 is over p_memsz 1");
	changed(52 + 12, 0xfffffff8, 4, "", FOTA_RANGE, "PT_LOAD 0: 0xFFFFFFF8 + 16 runs past 4 GiB");
	changed(52 + 32 + 12, 0x8000008, 4, "", FOTA_OVERLAP, "PT_LOAD 1: overlaps PT_LOAD 0 at 0x08000008");
	b = make(&arm, 0x20000000, 0x8000000, 0x9000000);
	set_le(&b, 32, 0x220, 4);
	set_le(&b, 46, 40, 2);
	set_le(&b, 48, 2, 2);
	refused(&b, "elf", "", FOTA_TRUNCATED, "section header table at 0x220 (2 entries of 40) is outside the file of 564 bytes: it was cut");
	drop(&b);
	b = make(&wide, 0, 0x4000000000000000, 0);
	refused(&b, "elf", "", FOTA_RANGE, "PT_LOAD 0: 0x4000000000000000 + 16 runs past 2^56");
	drop(&b);
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	test_shapes();
	test_spaces();
	test_refused();
	good_file("elf", "arm_lma_ne_vma.elf", "elf", "0x8004000+1184 0x803f800+32", NULL, NOTES("machine", "ARM"));
	good_file("elf", "toboot.elf", "elf", NULL, NULL, NOTES("machine", "ARM"));
	good_file("elf", "uboot_malta64el.elf", "elf", "0xbe000000+335024", "sign_extended", NOTES("bits", "64"));
	good_file("elf", "uboot_ppc_be.elf", "elf", NULL, NULL, NOTES("endian", "big"));
	good_file("elf", "uboot_qemu_arm.elf", "elf", NULL, NULL, NULL);
	good_file("elf", "opensbi_fw_jump.elf", "elf", NULL, NULL, NOTES("machine", "RISC-V"));
	good_file("elf", "esp8266-openrtos-blink-v2.elf", "elf", NULL, NULL, NOTES("machine", "Xtensa"));
	bad_corpus("elf");
	return done();
}

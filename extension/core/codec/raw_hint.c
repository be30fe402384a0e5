/* SPDX-License-Identifier: PostgreSQL */
/* raw_hint.c: vector tables at the beginning of a raw file; see raw_hint.h. A hint only: nothing relies on it. */
#include "raw_hint.h"

#include "binary.h"

#define VECTORS 8

/* Stack in the RAM, then odd addresses in the flash: reset, NMI and hard fault are never empty. */
static bool
is_cortex_m(fota_bytes file)
{
	uint32_t	stack;

	if (file.size < 4 * 16)
		return false;
	stack = fota_get_u32le(file.data);
	if (stack % 4 != 0 || ((stack < 0x20000000 || stack > 0x20200000) && (stack < 0x10000000 || stack > 0x10100000)))
		return false;
	for (unsigned i = 1; i < 4; i++)
	{
		uint32_t	vector = fota_get_u32le(file.data + 4 * i);

		if ((vector & 1) == 0 || (vector >= 0x20000000 && vector < 0x60000000) || vector >= 0x70000000)
			return false;
	}
	return true;
}

/* Jumps: 0x940C and an address (4 bytes), or 0xCxxx (2 bytes), little-endian. */
static bool
is_avr(fota_bytes file, size_t step)
{
	if (file.size < VECTORS * step)
		return false;
	for (size_t i = 0; i < VECTORS; i++)
	{
		unsigned	word = fota_get_u16le(file.data + i * step);

		if (step == 4 ? word != 0x940c : word >> 12 != 0xc)
			return false;
	}
	return true;
}

/* LJMP at 0, and at the interrupts LJMP or RETI or nothing. */
static bool
is_8051(fota_bytes file)
{
	if (file.size < 0x30 || file.data[0] != 0x02)
		return false;
	for (size_t at = 0x03; at <= 0x23; at += 8)
		if (file.data[at] != 0x02 && file.data[at] != 0x32)
			return false;
	return true;
}

/* Branches, or loads of the program counter. */
static bool
is_arm(fota_bytes file)
{
	unsigned	jumps = 0;

	if (file.size < 4 * VECTORS)
		return false;
	for (size_t i = 0; i < VECTORS; i++)
	{
		uint32_t	word = fota_get_u32le(file.data + 4 * i);

		if (word >> 24 == 0xea || (word & 0xfffff000) == 0xe59ff000)
			jumps++;
		else if (word != 0xe1a00000)
			return false;
	}
	return jumps > 0;
}

void
fota_raw_hint(fota_bytes file, fota_image *image)
{
	const char *like = NULL;

	if (file.size >= 16 && file.data[0] == 0xea && file.data[1] == 4)
		like = "ESP8266 image of version 2";
	else if (fota_binary_is(file, 0x38, "ARM\x64", 4))
		like = "arm64 Linux image";
	else if (fota_binary_is(file, 0x24, "\x18\x28\x6f\x01", 4))
		like = "ARM Linux zImage";
	else if (is_cortex_m(file))
	{
		like = "Cortex-M vector table";
		fota_image_note_format(image, "initial_stack", "0x%08X", fota_get_u32le(file.data));
		fota_image_note_format(image, "reset_vector", "0x%08X", fota_get_u32le(file.data + 4));
	}
	else if (is_avr(file, 4) || is_avr(file, 2))
		like = "AVR jump table";
	else if (is_arm(file))
		like = "ARM vector table";
	else if (is_8051(file))
		like = "8051 jump table";
	if (like != NULL)
		fota_image_note(image, "looks_like", like, SIZE_MAX);
}

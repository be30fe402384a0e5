/* SPDX-License-Identifier: PostgreSQL */
/*
 * esp_app.c: the descriptor that an application of ESP-IDF begins with, and the names of chips; see esp.h.
 *
 *	0 magic 0xABCD5432	4 secure version	16 version[32]	48 project[32]	80 time[16]	96 date[16]	112 ESP-IDF[32]
 *	144 SHA-256 of the ELF file, which devices report		176 least, 178 most chip revision
 */
#include "esp.h"

#define DESCRIPTOR 256
#define DESCRIPTOR_MAGIC 0xABCD5432

static void
note_text(fota_image *image, const char *name, const uint8_t *field, size_t size)
{
	size_t		length = fota_binary_text(field, size);

	if (length > 0)
		fota_image_note(image, name, (const char *) field, length);
}

bool
fota_esp_app_note(fota_bytes data, fota_image *image)
{
	const uint8_t *p = data.data;

	if (data.size < DESCRIPTOR || fota_get_u32le(p) != DESCRIPTOR_MAGIC)
		return false;
	note_text(image, "version", p + 16, 32);
	note_text(image, "name", p + 48, 32);
	note_text(image, "build_date", p + 96, 16);
	note_text(image, "build_time", p + 80, 16);
	note_text(image, "sdk_version", p + 112, 32);
	fota_image_note_number(image, "security_counter", fota_get_u32le(p + 4));
	if (!fota_binary_filled((fota_bytes) {p + 144, FOTA_SHA256_SIZE}, 0))
	{
		fota_image_note_hex(image, "elf_sha256", p + 144, FOTA_SHA256_SIZE);
		fota_image_digest_add(image, "esp_app", p + 144, FOTA_SHA256_SIZE);
	}
	return true;
}

const char *
fota_esp_chip(unsigned id)
{
	static const struct
	{
		unsigned	id;
		const char *name;
	}			chips[] = {
		{0, "esp32"}, {2, "esp32s2"}, {5, "esp32c3"}, {9, "esp32s3"}, {12, "esp32c2"}, {13, "esp32c6"},
		{16, "esp32h2"}, {18, "esp32p4"}, {20, "esp32c61"}, {23, "esp32c5"}, {25, "esp32h21"}, {28, "esp32h4"},
		{31, "esp32e22"}, {32, "esp32s31"},
	};

	for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++)
		if (chips[i].id == id)
			return chips[i].name;
	return NULL;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * esp_flash.c: partition tables of ESP-IDF, and dumps of a whole flash, which have one; see esp.h. A dump is known by
 * it; its partitions become members.
 *
 *	entry of 32 bytes	AA 50	1 type	1 subtype	4 offset	4 size	16 label	4 flags; the last one may be EB EB, 14 times FF
 *						and the MD5 of all before it
 */
#include "esp.h"

#include <string.h>

#define ENTRY 32
#define ENTRIES 96
#define TABLE_FIRST 0x8000		/* where tables are looked for in a dump */
#define TABLE_LAST 0x20000
#define TYPE_APP 0
#define TYPE_DATA 1

static bool
is_entry(const uint8_t *p)
{
	return p[0] == 0xaa && p[1] == 0x50 && fota_get_u32le(p + 4) % ESP_SECTOR == 0 && fota_get_u32le(p + 8) != 0 &&
		p[12] > 0x20 && p[12] < 0x7f;
}

/* Number of entries at the beginning of table. */
static unsigned
count_entries(fota_bytes table)
{
	unsigned	count = 0;

	while (count < ENTRIES && (count + 1) * (size_t) ENTRY <= table.size && is_entry(table.data + count * ENTRY))
		count++;
	return count;
}

bool
fota_esp_is_table(fota_bytes file)
{
	unsigned	count = count_entries(file);
	size_t		used = (size_t) count * ENTRY;

	if (count == 0 || file.size > ESP_SECTOR)
		return false;
	if (used + ENTRY <= file.size && file.data[used] == 0xeb && file.data[used + 1] == 0xeb)
		used += ENTRY;
	return fota_binary_filled((fota_bytes) {file.data + used, file.size - used}, 0xff);
}

/* Offset of the table in a dump, or 0. */
static size_t
find_table(fota_bytes file)
{
	for (size_t at = TABLE_FIRST; at <= TABLE_LAST && at + ENTRY <= file.size; at += ESP_SECTOR)
		if (count_entries((fota_bytes) {file.data + at, file.size - at}) > 0)
			return at;
	return 0;
}

bool
fota_esp_is_flash(fota_bytes file)
{
	size_t		at = find_table(file);

	return at > 0 && (file.data[0] == ESP_MAGIC || file.data[0x1000] == ESP_MAGIC || file.data[0x2000] == ESP_MAGIC);
}

/* --- entries ------------------------------------------------------------------------------ */

static fota_status
check_md5(fota_ctx *ctx, fota_bytes table, unsigned count, uint64_t offset)
{
	const uint8_t *p = table.data + (size_t) count * ENTRY;
	uint8_t		md5[FOTA_MD5_SIZE];
	fota_status status;

	if ((count + 1) * (size_t) ENTRY > table.size || p[0] != 0xeb || p[1] != 0xeb)
		return FOTA_OK;
	status = fota_md5(ctx, table.data, (size_t) count * ENTRY, md5);
	if (status == FOTA_OK && memcmp(md5, p + 16, sizeof(md5)) != 0)
		return fota_fail(ctx, FOTA_CHECKSUM, offset + (uint64_t) count * ENTRY, 0,
						 "esp: MD5 of the partition table's %u entries differs", count);
	return status;
}

static void
say_entry(const uint8_t *p, fota_image *image)
{
	char		text[100];

	fota_format(text, sizeof(text), "%.*s %s/0x%02X at 0x%X, %u bytes", (int) fota_binary_text(p + 12, 16),
				(const char *) p + 12, p[2] == TYPE_APP ? "app" : p[2] == TYPE_DATA ? "data" : "other", p[3],
				fota_get_u32le(p + 4), fota_get_u32le(p + 8));
	fota_image_note_item(image, "partitions", text, SIZE_MAX);
}

fota_status
fota_esp_table(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	unsigned	count = count_entries(file);
	fota_status status = check_md5(ctx, file, count, 0);

	if (status != FOTA_OK)
		return status;
	fota_image_note(image, "content", "partition table", SIZE_MAX);
	for (unsigned i = 0; i < count; i++)
		say_entry(file.data + (size_t) i * ENTRY, image);
	return fota_image_whole(ctx, file, options, image);
}

/* --- dumps -------------------------------------------------------------------------------- */

static fota_status
add_member(fota_ctx *ctx, const fota_image_options *options, const char *name, size_t name_size, uint64_t offset,
		   uint64_t size, fota_image *image)
{
	fota_member *member;

	if (fota_image_member_find(image, name, name_size) != NULL && strncmp(name, "bootloader", name_size) == 0)
		return FOTA_OK;
	member = fota_image_member(ctx, image, options, "esp", offset, (const uint8_t *) name, name_size);
	if (member == NULL)
		return ctx->error.code;
	member->method = "stored";
	member->offset = offset;
	member->size = member->packed = size;
	return FOTA_OK;
}

/* The image at an offset, up to its end at most; says where it ends. Only the first one notes what it is. */
static fota_status
read_image(fota_ctx *ctx, fota_bytes file, uint64_t offset, uint64_t most, fota_image *image, uint64_t *size)
{
	fota_bytes	part = fota_binary_part(file, offset, file.size - offset < most ? file.size - offset : most);
	fota_status status = fota_esp_image(ctx, part, NULL, image, size);

	if (status != FOTA_OK && ctx->error.offset != FOTA_NOWHERE)
		ctx->error.offset += offset;
	return status;
}

static fota_status
take_boot_loader(fota_ctx *ctx, fota_bytes file, size_t table, const fota_image_options *options, fota_image *image)
{
	fota_image *ignored;
	uint64_t	offset = file.data[0] == ESP_MAGIC ? 0 : file.data[0x1000] == ESP_MAGIC ? 0x1000 : 0x2000;
	uint64_t	size = 0;
	fota_status status;

	if (offset >= table)
		return FOTA_OK;
	ignored = fota_alloc(ctx, sizeof(*ignored));
	if (ignored == NULL)
		return ctx->error.code;
	*ignored = (fota_image) {.ctx = ctx, .codec = image->codec};
	status = read_image(ctx, file, offset, table - offset, ignored, &size);
	fota_image_free(ctx, ignored);
	fota_free(ctx, ignored);
	return status == FOTA_OK ? add_member(ctx, options, "bootloader", 10, offset, size, image) : status;
}

/* A partition of which the dump holds something. *noted: an application has said what it is. */
static fota_status
take_partition(fota_ctx *ctx, fota_bytes file, const uint8_t *p, const fota_image_options *options, fota_image *image,
			   bool *noted)
{
	uint64_t	offset = fota_get_u32le(p + 4);
	uint64_t	size = fota_get_u32le(p + 8);
	uint64_t	ignored;
	fota_status status = FOTA_OK;

	say_entry(p, image);
	if (offset >= file.size)
		return FOTA_OK;
	if (size > file.size - offset)
		size = file.size - offset;
	if (p[2] == TYPE_APP && !*noted && file.data[offset] == ESP_MAGIC)
	{
		*noted = true;
		status = read_image(ctx, file, offset, size, image, &ignored);
	}
	if (status != FOTA_OK)
		return status;
	return add_member(ctx, options, (const char *) p + 12, fota_binary_text(p + 12, 16), offset, size, image);
}

fota_status
fota_esp_flash(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	size_t		at = find_table(file);
	fota_bytes	table = fota_binary_part(file, at, file.size - at);
	unsigned	count = count_entries(table);
	bool		noted = false;
	fota_status status = check_md5(ctx, table, count, at);

	if (status == FOTA_OK)
		status = take_boot_loader(ctx, file, at, options, image);
	if (status == FOTA_OK)
		status = add_member(ctx, options, "partition-table", 15, at, table.size < 0xc00 ? table.size : 0xc00, image);
	for (unsigned i = 0; i < count && status == FOTA_OK; i++)
		status = take_partition(ctx, file, table.data + (size_t) i * ENTRY, options, image, &noted);
	if (status != FOTA_OK)
		return status;
	fota_image_note(image, "content", "flash dump", SIZE_MAX);
	fota_image_note_format(image, "partition_table_at", "0x%zX", at);
	image->has_entry = false;
	return fota_image_whole(ctx, file, options, image);
}

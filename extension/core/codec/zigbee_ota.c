/* SPDX-License-Identifier: PostgreSQL */
/*
 * zigbee_ota.c: Zigbee OTA upgrade files. Devices get the file from its header on, so that bytes which a vendor put
 * before it are no part of the payload.
 *
 *	little-endian	0 magic 0x0BEEF11E	4 header version	6 header length	8 which optional fields (1 security, 2 destination,
 *					4 hardware versions)	10 manufacturer	12 image type	14 file version	18 stack version	20 text[32]
 *					52 size of all	56 security (1), destination (8), least and most hardware version (2 each)
 *	elements		2 tag	4 length	data
 */
#include "codecs.h"
#include "binary.h"

#include <string.h>

#define MAGIC 0x0BEEF11E
#define HEADER 56
#define ELEMENT 6
#define LOOK 4096				/* so far into the file the header may begin */

/* Where the header begins; SIZE_MAX = nowhere. */
static size_t
find_header(fota_bytes file)
{
	for (size_t at = 0; at <= LOOK && at + HEADER <= file.size; at++)
		if (fota_get_u32le(file.data + at) == MAGIC && (at == 0 || fota_get_u32le(file.data + at + 52) == file.size - at))
			return at;
	return SIZE_MAX;
}

static fota_status
check_header(fota_ctx *ctx, fota_bytes ota, uint64_t before)
{
	const uint8_t *p = ota.data;
	size_t		need = HEADER;
	unsigned	fields;
	unsigned	header;
	uint32_t	total;

	if (ota.size < HEADER)
		return fota_fail(ctx, FOTA_TRUNCATED, ota.size, 0, "zigbee-ota: header cut at %zu of %u bytes", ota.size, HEADER);
	if (fota_get_u16le(p + 4) != 0x0100)
		return fota_fail(ctx, FOTA_UNSUPPORTED, before + 4, 0, "zigbee-ota: header version 0x%04X unknown, expected 0x0100",
						 fota_get_u16le(p + 4));
	header = fota_get_u16le(p + 6);
	fields = fota_get_u16le(p + 8);
	need += (fields & 1 ? 1 : 0) + (fields & 2 ? 8 : 0) + (fields & 4 ? 4 : 0);
	total = fota_get_u32le(p + 52);
	if (total > ota.size)
		return fota_fail(ctx, FOTA_TRUNCATED, before + 52, 0,
						 "zigbee-ota: total size mismatch: %u bytes, but the file is cut at %zu", total, ota.size);
	if (total < ota.size)
		return fota_fail(ctx, FOTA_TRUNCATED, before + 52, 0,
						 "zigbee-ota: total size mismatch: %u bytes, but the file has %zu", total, ota.size);
	if (header < need || header > total)
		return fota_fail(ctx, FOTA_SYNTAX, before + 6, 0,
						 "zigbee-ota: header length %u, expected %zu for its fields and at most the %u bytes of the file", header,
						 need, total);
	return FOTA_OK;
}

static void
say_header(const uint8_t *p, fota_image *image)
{
	unsigned	fields = fota_get_u16le(p + 8);
	const uint8_t *more = p + HEADER;
	char		id[16];

	fota_image_note_format(image, "version", "%u", fota_get_u32le(p + 14));
	fota_image_note_format(image, "version_hex", "0x%08X", fota_get_u32le(p + 14));
	fota_image_note_number(image, "stack_version", fota_get_u16le(p + 18));
	fota_image_note_format(image, "manufacturer", "0x%04X", fota_get_u16le(p + 10));
	fota_image_note_format(image, "image_type", "0x%04X", fota_get_u16le(p + 12));
	fota_format(id, sizeof(id), "%04x:%04x", fota_get_u16le(p + 10), fota_get_u16le(p + 12));
	fota_image_note_item(image, "hw", id, SIZE_MAX);
	if (fota_binary_text(p + 20, 32) > 0)
		fota_image_note(image, "name", (const char *) p + 20, fota_binary_text(p + 20, 32));
	if (fields & 1)
		fota_image_note_number(image, "security_credential", *more++);
	if (fields & 2)
	{
		fota_image_note_format(image, "destination", "%016llx", (unsigned long long) fota_get_u64le(more));
		more += 8;
	}
	if (fields & 4)
	{
		fota_image_note_number(image, "min_hw_version", fota_get_u16le(more));
		fota_image_note_number(image, "max_hw_version", fota_get_u16le(more + 2));
	}
}

static size_t
name_element(unsigned tag, unsigned number, char *out, size_t size)
{
	static const char *const names[] = {
		"upgrade-image", "ecdsa-signature", "ecdsa-certificate", "integrity-code", "picture", "ecdsa-signature-2",
		"ecdsa-certificate-2",
	};

	if (tag < sizeof(names) / sizeof(names[0]))
		return fota_format(out, size, "%u-%s", number, names[tag]);
	return fota_format(out, size, "%u-tag-%04x", number, tag);
}

static fota_status
take_elements(fota_ctx *ctx, fota_bytes ota, uint64_t before, const fota_image_options *options, fota_image *image)
{
	uint64_t	at = fota_get_u16le(ota.data + 6);
	bool		is_signed = false;

	for (unsigned number = 0; at < ota.size; number++)
	{
		char		name[40];
		unsigned	tag;
		uint32_t	length;
		fota_member *member;

		if (ota.size - at < ELEMENT)
			return fota_fail(ctx, FOTA_TRUNCATED, before + at, 0, "zigbee-ota: element %u: its head of %u bytes is cut at %llu",
							 number, ELEMENT, (unsigned long long) (ota.size - at));
		tag = fota_get_u16le(ota.data + at);
		length = fota_get_u32le(ota.data + at + 2);
		if (length > ota.size - at - ELEMENT)
			return fota_fail(ctx, FOTA_TRUNCATED, before + at + 2, 0,
							 "zigbee-ota: element %u: %u bytes run past the file, which is cut at %zu", number, length, ota.size);
		is_signed |= tag == 1 || tag == 5;
		member = fota_image_member(ctx, image, options, "zigbee-ota", before + at, (const uint8_t *) name,
								   name_element(tag, number, name, sizeof(name)));
		if (member == NULL)
			return ctx->error.code;
		member->method = "stored";
		member->offset = before + at + ELEMENT;
		member->size = member->packed = length;
		at += ELEMENT + (uint64_t) length;
	}
	if (image->member_count == 0)
		return fota_fail(ctx, FOTA_TRUNCATED, before + ota.size, 0, "zigbee-ota: no elements behind the header");
	fota_image_note_flag(image, "signed", is_signed);
	return FOTA_OK;
}

static fota_status
zigbee_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	size_t		before = find_header(file);
	fota_bytes	ota;
	fota_status status;

	if (before == SIZE_MAX && file.size >= 4 && fota_get_u32le(file.data) != MAGIC)
		return fota_fail(ctx, FOTA_SYNTAX, 0, 0, "zigbee-ota: magic 0x0BEEF11E not found, neither at 0 nor in the first %u bytes",
						 LOOK);
	before = before == SIZE_MAX ? 0 : before;
	ota = (fota_bytes) {file.data + before, file.size - before};
	status = check_header(ctx, ota, before);
	if (status != FOTA_OK)
		return status;
	say_header(ota.data, image);
	if (before > 0)
		fota_image_warn(image, "prefix", 0, 0, "%zu bytes before the header are left out", before);
	status = take_elements(ctx, ota, before, options, image);
	return status == FOTA_OK ? fota_image_whole(ctx, ota, options, image) : status;
}

static int
zigbee_detect(fota_bytes file, const char **reason)
{
	size_t		at = find_header(file);

	if (at == SIZE_MAX)
		return 0;
	*reason = at == 0 ? "the file begins with the magic number of a Zigbee OTA file" :
		"a Zigbee OTA file of the right size begins behind some bytes";
	return at == 0 ? 96 : 92;
}

const fota_codec fota_codec_zigbee_ota = {
	.name = "zigbee-ota",
	.title = "Zigbee OTA file",
	.payload = FOTA_PAYLOAD_FLAT,
	.detect = zigbee_detect,
	.decode = zigbee_decode,
};

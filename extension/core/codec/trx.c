/* SPDX-License-Identifier: PostgreSQL */
/*
 * trx.c: TRX, the firmware of Broadcom's routers. Devices get the file as it is; its partitions are members.
 *
 *	little-endian	0 "HDR0"	4 length with this header	8 CRC-32 from offset 12 to the length, without the final inversion
 *					12 flags	14 version	16 offsets of 3 (version 1) or 4 (version 2) partitions, 0 = none
 *
 * A vendor may put 32 bytes of his own before it.
 */
#include "codecs.h"
#include "binary.h"

#define PREFIX 32

static bool
has_magic(fota_bytes file, size_t at)
{
	return fota_binary_is(file, at, "HDR0", 4);
}

/* The image behind the vendor's prefix, if it has one. */
static fota_bytes
without_prefix(fota_bytes file)
{
	size_t		prefix = !has_magic(file, 0) && has_magic(file, PREFIX) ? PREFIX : 0;

	return (fota_bytes) {file.data + prefix, file.size - prefix};
}

static fota_status
check_header(fota_ctx *ctx, fota_bytes trx, unsigned *count)
{
	unsigned	version;
	uint32_t	length;
	size_t		header;

	if (!has_magic(trx, 0))
		return fota_fail(ctx, trx.size < 4 ? FOTA_TRUNCATED : FOTA_SYNTAX, 0, 0, "trx: magic \"HDR0\" not found");
	if (trx.size < 16)
		return fota_fail(ctx, FOTA_TRUNCATED, trx.size, 0, "trx: header cut at %zu of 28 bytes", trx.size);
	version = fota_get_u16le(trx.data + 14);
	if (version != 1 && version != 2)
		return fota_fail(ctx, FOTA_UNSUPPORTED, 14, 0, "trx: TRX version %u unknown (1 and 2 are known)", version);
	*count = version + 2;
	header = 16 + 4 * (size_t) *count;
	length = fota_get_u32le(trx.data + 4);
	if (trx.size < header)
		return fota_fail(ctx, FOTA_TRUNCATED, trx.size, 0, "trx: header cut at %zu of %zu bytes", trx.size, header);
	if (length < header)
		return fota_fail(ctx, FOTA_SYNTAX, 4, 0, "trx: length %u is below the header's %zu bytes", length, header);
	if (length > trx.size)
		return fota_fail(ctx, FOTA_TRUNCATED, trx.size, 0, "trx: length %u, but the file is cut at %zu bytes", length, trx.size);
	return FOTA_OK;
}

static fota_status
check_offsets(fota_ctx *ctx, fota_bytes trx, unsigned count)
{
	uint32_t	length = fota_get_u32le(trx.data + 4);
	uint32_t	last = 0;

	for (unsigned i = 0; i < count; i++)
	{
		uint32_t	offset = fota_get_u32le(trx.data + 16 + 4 * i);
		uint64_t	at = 16 + 4 * (uint64_t) i;

		if (offset == 0)
			continue;
		if (offset >= length || offset < 16 + 4 * count)
			return fota_fail(ctx, FOTA_TRUNCATED, at, 0, "trx: partition %u offset outside: 0x%X of %u bytes", i, offset, length);
		if (offset <= last || offset % 4 != 0)
			return fota_fail(ctx, FOTA_SYNTAX, at, 0,
							 "trx: partition offsets not ascending in multiples of 4: partition %u at 0x%X after 0x%X", i, offset,
							 last);
		last = offset;
	}
	return FOTA_OK;
}

static fota_status
check_crc(fota_ctx *ctx, fota_bytes trx)
{
	uint32_t	crc;
	fota_status status = fota_binary_crc32(ctx, fota_binary_part(trx, 12, fota_get_u32le(trx.data + 4) - 12), &crc);

	if (status == FOTA_OK && ~crc != fota_get_u32le(trx.data + 8))
		return fota_fail(ctx, FOTA_CHECKSUM, 8, 0, "trx: CRC 0x%08X, computed 0x%08X", fota_get_u32le(trx.data + 8), ~crc);
	return status;
}

static fota_status
take_partitions(fota_ctx *ctx, fota_bytes trx, unsigned count, uint64_t prefix, const fota_image_options *options,
				fota_image *image)
{
	for (unsigned i = 0; i < count; i++)
	{
		uint32_t	offset = fota_get_u32le(trx.data + 16 + 4 * i);
		uint32_t	end = fota_get_u32le(trx.data + 4);
		char		name[16];
		size_t		length = fota_format(name, sizeof(name), "partition-%u", i);
		fota_member *member;

		if (offset == 0)
			continue;
		for (unsigned k = count; k > i + 1; k--)
			if (fota_get_u32le(trx.data + 12 + 4 * k) != 0)
				end = fota_get_u32le(trx.data + 12 + 4 * k);
		member = fota_image_member(ctx, image, options, "trx", prefix + offset, (const uint8_t *) name, length);
		if (member == NULL)
			return ctx->error.code;
		member->method = "stored";
		member->offset = prefix + offset;
		member->size = member->packed = end - offset;
	}
	return FOTA_OK;
}

static fota_status
trx_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	fota_bytes	trx = without_prefix(file);
	size_t		prefix = file.size - trx.size;
	unsigned	count = 0;
	fota_status status = check_header(ctx, trx, &count);

	if (status == FOTA_OK)
		status = check_offsets(ctx, trx, count);
	if (status == FOTA_OK)
		status = check_crc(ctx, trx);
	if (status == FOTA_OK)
		status = take_partitions(ctx, trx, count, prefix, options, image);
	if (status != FOTA_OK)
		return status;
	fota_image_note_number(image, "header_version", count - 2);
	fota_image_note_format(image, "flags", "0x%04X", fota_get_u16le(trx.data + 12));
	if (prefix > 0)
		fota_image_note(image, "prefix", (const char *) file.data, fota_binary_text(file.data, 4));
	if (trx.size > fota_get_u32le(trx.data + 4))
		fota_image_warn(image, "trailing", 0, prefix + fota_get_u32le(trx.data + 4), "%zu bytes follow the image",
						trx.size - fota_get_u32le(trx.data + 4));
	return fota_image_whole(ctx, file, options, image);
}

static int
trx_detect(fota_bytes file, const char **reason)
{
	if (!has_magic(without_prefix(file), 0))
		return 0;
	*reason = "the file has the magic \"HDR0\" of TRX";
	return file.size >= 28 ? 93 : 70;
}

const fota_codec fota_codec_trx = {
	.name = "trx",
	.title = "TRX (Broadcom)",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = trx_detect,
	.decode = trx_decode,
};

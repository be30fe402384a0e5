/* SPDX-License-Identifier: PostgreSQL */
/* embedded.c: MCUboot images inside files with addresses; see embedded.h. */
#include "embedded.h"

#include "mcuboot.h"

static bool
begins_image(const fota_segment *s)
{
	return s->size >= MCUBOOT_HEADER && fota_get_u32le(s->data) == MCUBOOT_MAGIC;
}

static fota_bytes
bytes_of(const fota_segment *s)
{
	return (fota_bytes) {s->data, (size_t) s->size};
}

fota_status
fota_embedded_note(fota_ctx *ctx, const fota_image_options *options, fota_image *image)
{
	bool		noted = false;
	char		text[FOTA_IMAGE_TEXT];

	(void) options;
	for (size_t i = 0; i < image->segment_count; i++)
	{
		const fota_segment *s = &image->segments[i];
		mcuboot_image m;
		fota_status status;

		if (!begins_image(s))
			continue;
		/* the first says what it is in full; of the others only that they are there */
		status = fota_mcuboot_parse(ctx, bytes_of(s), noted ? NULL : image, &m);
		if (status == FOTA_NOMEM || status == FOTA_CANCELED || status == FOTA_INTERNAL)
			return status;
		if (status != FOTA_OK)
		{
			fota_image_warn(image, "embedded", 0, FOTA_NOWHERE, "at 0x%08llX: %.150s", (unsigned long long) s->address,
							ctx->error.message);
			ctx->error = (fota_error) {.offset = FOTA_NOWHERE};
			continue;
		}
		noted = true;
		fota_format(text, sizeof(text), "mcuboot %u.%u.%u+%u at 0x%08llX", s->data[20], s->data[21],
					fota_get_u16le(s->data + 22), fota_get_u32le(s->data + 24), (unsigned long long) s->address);
		fota_image_note_item(image, "embedded", text, SIZE_MAX);
	}
	return FOTA_OK;
}

fota_status
fota_embedded_verify(fota_ctx *ctx, const fota_image *image, const fota_key *keys, size_t key_count,
					 fota_proofs *proofs)
{
	fota_status status = FOTA_OK;

	for (size_t i = 0; i < image->segment_count && status == FOTA_OK; i++)
	{
		mcuboot_image m;

		if (!begins_image(&image->segments[i]))
			continue;
		status = fota_mcuboot_parse(ctx, bytes_of(&image->segments[i]), NULL, &m);
		if (status == FOTA_OK)
			status = fota_mcuboot_proofs(ctx, &m, keys, key_count, proofs);
	}
	return status;
}

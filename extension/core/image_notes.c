/* SPDX-License-Identifier: PostgreSQL */
/* image_notes.c: what codecs leave in an image: warnings, metadata, digests, proofs; see image.h. */
#include "image.h"

#include "utf8.h"

#include <string.h>

void
fota_image_warn(fota_image *image, const char *name, uint64_t line, uint64_t offset, const char *format, ...)
{
	fota_warning *warning;
	va_list		args;

	for (size_t i = 0; i < image->warning_count; i++)
	{
		if (strcmp(image->warnings[i].name, name) == 0)
		{
			image->warnings[i].count++;
			return;
		}
	}
	if (image->warning_count == FOTA_IMAGE_WARNINGS)
		return;
	warning = &image->warnings[image->warning_count++];
	warning->name = name;
	warning->line = line;
	warning->offset = offset;
	warning->count = 1;
	va_start(args, format);
	fota_format_v(warning->message, sizeof(warning->message), format, args);
	va_end(args);
}

/* NULL when the list is full, or there is no memory: then what is noted is lost, not the image. */
static fota_metadata *
new_note(fota_image *image, const char *name, fota_note_kind kind, bool in_list)
{
	fota_metadata *note;

	if (image->metadata_count == FOTA_IMAGE_METADATA)
		return NULL;
	if (image->metadata_count == image->metadata_room)
	{
		size_t		room = image->metadata_room ? 2 * image->metadata_room : 16;
		fota_metadata *list = fota_alloc_array(image->ctx, room, sizeof(fota_metadata));

		if (list == NULL)
			return NULL;
		if (image->metadata_count > 0)
			memcpy(list, image->metadata, image->metadata_count * sizeof(fota_metadata));
		fota_free(image->ctx, image->metadata);
		image->metadata = list;
		image->metadata_room = room;
	}
	note = &image->metadata[image->metadata_count++];
	*note = (fota_metadata) {.name = name, .kind = kind, .in_list = in_list};
	return note;
}

/* Files hold anything; what is shown is UTF-8 without control characters, whole characters only. */
static void
put_text(fota_metadata *note, const char *value, size_t size)
{
	size_t		used = 0;

	if (note == NULL)
		return;
	if (size == SIZE_MAX)
		size = strlen(value);
	for (size_t i = 0; i < size;)
	{
		const uint8_t *p = (const uint8_t *) value + i;
		uint32_t	code = 0;
		size_t		length = fota_utf8_char(p, size - i, &code);
		bool		shown = length > 0 && code >= 0x20 && code != 0x7f;

		if (used + (shown ? length : 1) >= sizeof(note->value))
			break;
		if (shown)
			memcpy(note->value + used, p, length);
		else
			note->value[used] = '?';
		used += shown ? length : 1;
		i += length > 0 ? length : 1;
	}
	note->value[used] = '\0';
}

void
fota_image_note(fota_image *image, const char *name, const char *value, size_t size)
{
	put_text(new_note(image, name, FOTA_NOTE_TEXT, false), value, size);
}

void
fota_image_note_item(fota_image *image, const char *name, const char *value, size_t size)
{
	put_text(new_note(image, name, FOTA_NOTE_TEXT, true), value, size);
}

void
fota_image_note_format(fota_image *image, const char *name, const char *format, ...)
{
	char		text[FOTA_IMAGE_TEXT];
	va_list		args;

	va_start(args, format);
	fota_format_v(text, sizeof(text), format, args);
	va_end(args);
	fota_image_note(image, name, text, SIZE_MAX);
}

void
fota_image_note_number(fota_image *image, const char *name, uint64_t value)
{
	fota_metadata *note = new_note(image, name, FOTA_NOTE_NUMBER, false);

	if (note != NULL)
		fota_format(note->value, sizeof(note->value), "%llu", (unsigned long long) value);
}

void
fota_image_note_flag(fota_image *image, const char *name, bool value)
{
	fota_metadata *note = new_note(image, name, FOTA_NOTE_FLAG, false);

	if (note != NULL)
		fota_format(note->value, sizeof(note->value), "%s", value ? "true" : "false");
}

void
fota_image_note_hex(fota_image *image, const char *name, const uint8_t *data, size_t size)
{
	fota_metadata *note = new_note(image, name, FOTA_NOTE_TEXT, false);

	if (note != NULL)
		fota_hex(data, size < sizeof(note->value) / 2 ? size : sizeof(note->value) / 2 - 1, note->value);
}

void
fota_image_digest_add(fota_image *image, const char *kind, const uint8_t *data, size_t size)
{
	fota_image_digest *digest = &image->digests[image->digest_count];

	if (image->digest_count == FOTA_IMAGE_DIGESTS || size > sizeof(digest->data))
		return;
	digest->kind = kind;
	digest->size = size;
	memcpy(digest->data, data, size);
	image->digest_count++;
}

fota_proof *
fota_proof_add(fota_proofs *proofs, const char *what, const char *algorithm, fota_proof_result result)
{
	fota_proof *proof = &proofs->list[proofs->count < FOTA_MAX_PROOFS ? proofs->count++ : FOTA_MAX_PROOFS - 1];

	memset(proof, 0, sizeof(*proof));
	fota_format(proof->what, sizeof(proof->what), "%s", what);
	fota_format(proof->algorithm, sizeof(proof->algorithm), "%s", algorithm);
	proof->result = result;
	return proof;
}

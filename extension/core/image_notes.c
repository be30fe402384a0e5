/* SPDX-License-Identifier: PostgreSQL */
/* image_notes.c: the warnings and metadata that codecs leave in an image; see image.h. */
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

static fota_metadata *
new_note(fota_image *image, const char *name)
{
	fota_metadata *note;

	if (image->metadata_count == FOTA_IMAGE_METADATA)
		return NULL;
	note = &image->metadata[image->metadata_count++];
	note->name = name;
	note->is_number = false;
	return note;
}

/* Files hold anything; what is shown is UTF-8 without control characters, whole characters only. */
void
fota_image_note(fota_image *image, const char *name, const char *value, size_t size)
{
	fota_metadata *note = new_note(image, name);
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
fota_image_note_number(fota_image *image, const char *name, uint64_t value)
{
	fota_metadata *note = new_note(image, name);

	if (note == NULL)
		return;
	note->is_number = true;
	fota_format(note->value, sizeof(note->value), "%llu", (unsigned long long) value);
}

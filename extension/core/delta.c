/* SPDX-License-Identifier: PostgreSQL */
/*
 * delta.c: the table of delta formats. A new format is one file in delta/ and one line here.
 */
#include "delta.h"
#include "delta/formats.h"

#include <string.h>

static const fota_delta_format *const formats[] = {
	&fota_delta_bsdiff40,
};

const fota_delta_format *
fota_delta_at(size_t position)
{
	return position < sizeof(formats) / sizeof(formats[0]) ? formats[position] : NULL;
}

const fota_delta_format *
fota_delta_find(const char *name)
{
	const fota_delta_format *format;

	for (size_t i = 0; (format = fota_delta_at(i)) != NULL; i++)
		if (strcmp(format->name, name) == 0)
			return format;
	return NULL;
}

const fota_delta_format *
fota_delta_find_id(uint32_t id)
{
	const fota_delta_format *format;

	for (size_t i = 0; (format = fota_delta_at(i)) != NULL; i++)
		if (format->id == id)
			return format;
	return NULL;
}

const fota_delta_format *
fota_delta_detect(fota_bytes delta)
{
	if (delta.size >= 8 && memcmp(delta.data, "BSDIFF40", 8) == 0)
		return &fota_delta_bsdiff40;
	return NULL;
}

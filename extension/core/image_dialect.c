/* SPDX-License-Identifier: PostgreSQL */
/* image_dialect.c: names for ways to write a format, such as "s37"; see image.h. */
#include "image.h"

#include <string.h>

static const struct
{
	const char *name;
	const char *format;
	unsigned	address;
	unsigned	word;
}			dialects[] = {
	{"i8hex", "ihex", 2, 0}, {"i16hex", "ihex", 3, 0}, {"i32hex", "ihex", 4, 0},
	{"s19", "srec", 2, 0}, {"s28", "srec", 3, 0}, {"s37", "srec", 4, 0},
	{"vmem8", "vmem", 0, 8}, {"vmem16", "vmem", 0, 16}, {"vmem32", "vmem", 0, 32}, {"vmem64", "vmem", 0, 64},
};

#define DIALECTS (sizeof(dialects) / sizeof(dialects[0]))

const fota_codec *
fota_codec_dialect(const char *name, size_t size, fota_encode_options *options)
{
	for (size_t i = 0; i < DIALECTS; i++)
	{
		if (strlen(dialects[i].name) != size || memcmp(dialects[i].name, name, size) != 0)
			continue;
		if (dialects[i].address != 0)
			options->address = dialects[i].address;
		if (dialects[i].word != 0)
			options->word = dialects[i].word;
		return fota_codec_find(dialects[i].format, strlen(dialects[i].format));
	}
	return fota_codec_find(name, size);
}

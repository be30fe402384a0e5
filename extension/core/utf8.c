/* SPDX-License-Identifier: PostgreSQL */
/*
 * utf8.c: one character of UTF-8 at a time.
 */
#include "utf8.h"

size_t
fota_utf8_char(const uint8_t *p, size_t size, uint32_t *code)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	size_t		length;
	uint32_t	value;

	if (size == 0)
		return 0;
	if (p[0] < 0x80)
	{
		*code = p[0];
		return 1;
	}
	if (p[0] >= 0xC2 && p[0] <= 0xDF)
		length = 2, value = p[0] & 0x1F;
	else if (p[0] >= 0xE0 && p[0] <= 0xEF)
		length = 3, value = p[0] & 0x0F;
	else if (p[0] >= 0xF0 && p[0] <= 0xF4)
		length = 4, value = p[0] & 0x07;
	else
		return 0;
	if (length > size)
		return 0;
	for (size_t i = 1; i < length; i++)
	{
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		value = value << 6 | (p[i] & 0x3F);
	}
	if (value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
		return 0;
	*code = value;
	return length;
}

size_t
fota_utf8_put(uint32_t code, uint8_t out[4])
{
	if (code < 0x80)
	{
		out[0] = (uint8_t) code;
		return 1;
	}
	if (code < 0x800)
	{
		out[0] = (uint8_t) (0xC0 | code >> 6);
		out[1] = (uint8_t) (0x80 | (code & 0x3F));
		return 2;
	}
	if (code < 0x10000)
	{
		out[0] = (uint8_t) (0xE0 | code >> 12);
		out[1] = (uint8_t) (0x80 | (code >> 6 & 0x3F));
		out[2] = (uint8_t) (0x80 | (code & 0x3F));
		return 3;
	}
	out[0] = (uint8_t) (0xF0 | code >> 18);
	out[1] = (uint8_t) (0x80 | (code >> 12 & 0x3F));
	out[2] = (uint8_t) (0x80 | (code >> 6 & 0x3F));
	out[3] = (uint8_t) (0x80 | (code & 0x3F));
	return 4;
}

size_t
fota_utf8_check(const uint8_t *data, size_t size)
{
	size_t		at = 0;

	while (at < size)
	{
		uint32_t	code;
		size_t		length = fota_utf8_char(data + at, size - at, &code);

		if (length == 0 || code == 0)
			return at;
		at += length;
	}
	return size;
}

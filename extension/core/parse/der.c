/* SPDX-License-Identifier: PostgreSQL */
/* der.c: a strict reader of DER; see der.h. */
#include "der.h"

#include <string.h>

/* The length at p, whose size is left in *used; false when it is not in its shortest form. */
static bool
read_length(const uint8_t *p, size_t size, size_t *length, size_t *used)
{
	size_t		count;

	if (size < 1)
		return false;
	if (p[0] < 0x80)
	{
		*length = p[0];
		*used = 1;
		return true;
	}
	count = p[0] & 0x7f;
	if (count == 0 || count > 4 || size < 1 + count || p[1] == 0)
		return false;
	*length = 0;
	for (size_t i = 1; i <= count; i++)
		*length = *length << 8 | p[i];
	*used = 1 + count;
	return *length >= 0x80;
}

bool
fota_der_next(fota_der *r, fota_der_item *item)
{
	const uint8_t *p = r->data.data + r->at;
	size_t		left = r->data.size - r->at;
	size_t		length;
	size_t		used;

	if (left < 2 || (p[0] & 0x1f) == 0x1f || !read_length(p + 1, left - 1, &length, &used) || left - 1 - used < length)
		return false;
	item->tag = p[0];
	item->value = (fota_bytes) {p + 1 + used, length};
	item->whole = (fota_bytes) {p, 1 + used + length};
	r->at += item->whole.size;
	return true;
}

bool
fota_der_take(fota_der *r, uint8_t tag, fota_der_item *item)
{
	return r->at < r->data.size && r->data.data[r->at] == tag && fota_der_next(r, item);
}

bool
fota_der_enter(fota_der *r, uint8_t tag, fota_der *inner)
{
	fota_der_item item;

	if (!fota_der_take(r, tag, &item))
		return false;
	*inner = fota_der_open(item.value);
	return true;
}

bool
fota_bytes_equal(fota_bytes a, fota_bytes b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

int
fota_der_small(const fota_der_item *item)
{
	const uint8_t *p = item->value.data;
	int			value = 0;

	if (item->tag != FOTA_DER_INTEGER || item->value.size < 1 || item->value.size > 3 || p[0] >= 0x80 ||
		(item->value.size > 1 && p[0] == 0 && p[1] < 0x80))
		return -1;
	for (size_t i = 0; i < item->value.size; i++)
		value = value << 8 | p[i];
	return value <= 65535 ? value : -1;
}

/* SPDX-License-Identifier: PostgreSQL */
/* zip_peek.c: a look into a zip archive for detection: names, and the text of one small member; see archive.h. */
#include "zip_entry.h"

#include "../unpack.h"

#include <string.h>

#define LOOKED_AT 4096			/* entries */
#define LOCAL_SIZE 30

bool
fota_zip_is(fota_bytes file)
{
	return file.size >= 22 && (memcmp(file.data, "PK\3\4", 4) == 0 || memcmp(file.data, "PK\5\6", 4) == 0);
}

/* The first entry whose name is this, or ends so. */
static bool
find(fota_bytes file, const char *name, bool whole, fota_zip_entry *entry)
{
	size_t		size = strlen(name);
	fota_zip_end end;
	fota_zip_fault fault;

	if (!fota_zip_is(file) || !fota_zip_find_end(file, &end, &fault))
		return false;
	*entry = (fota_zip_entry) {.next = end.directory};
	for (uint64_t i = 0; i < end.count && i < LOOKED_AT && fota_zip_next(file, &end, entry, &fault); i++)
		if (entry->name_size >= size && (!whole || entry->name_size == size) &&
			memcmp(entry->name + entry->name_size - size, name, size) == 0)
			return true;
	return false;
}

bool
fota_zip_has(fota_bytes file, const char *ending)
{
	fota_zip_entry entry;

	return find(file, ending, false, &entry);
}

/* Memory for one look: what is given back is not used again. */
typedef struct pool
{
	size_t		used;
	uint64_t	data[18000];
} pool;

static void *
pool_take(void *opaque, size_t size)
{
	pool	   *p = opaque;
	size_t		words = (size + 15) / 16 * 2;
	void	   *ptr = p->data + p->used;

	if (words > sizeof(p->data) / sizeof(p->data[0]) - p->used)
		return NULL;
	p->used += words;
	return ptr;
}

static void
pool_give(void *opaque, void *ptr)
{
	(void) opaque;
	(void) ptr;
}

static bool
inflate_text(fota_bytes packed, char *text, size_t size)
{
	pool		memory;
	fota_ctx	ctx = {.alloc = pool_take, .free = pool_give, .opaque = &memory};
	fota_image_limits limits = {.unpacked = size - 1};
	fota_inflated got;
	fota_buf	out;
	size_t		length;

	memory.used = 0;
	fota_buf_init(&out, 0);
	fota_inflate(&ctx, packed, &limits, "", &out, &got);
	length = out.size < size - 1 ? out.size : size - 1;
	if (length > 0)
		memcpy(text, out.data, length);
	text[length] = '\0';
	return length > 0;
}

bool
fota_zip_peek(fota_bytes file, const char *name, char *text, size_t size)
{
	fota_zip_entry entry;
	fota_bytes	packed;
	const uint8_t *p;
	uint64_t	data;

	if (!find(file, name, true, &entry) || entry.header > file.size || file.size - entry.header < LOCAL_SIZE)
		return false;
	p = file.data + entry.header;
	data = entry.header + LOCAL_SIZE + fota_get_u16le(p + 26) + fota_get_u16le(p + 28);
	if (data > file.size || file.size - data < entry.packed)
		return false;
	packed = (fota_bytes) {file.data + data, (size_t) entry.packed};
	if (entry.method == 8)
		return inflate_text(packed, text, size);
	if (packed.size > size - 1)
		packed.size = size - 1;
	memcpy(text, packed.data, packed.size);
	text[packed.size] = '\0';
	return entry.method == 0;
}

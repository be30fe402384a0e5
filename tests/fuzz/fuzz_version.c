/* SPDX-License-Identifier: PostgreSQL */
/*
 * fuzz_version.c: versions, ranges and serial numbers of hostile bytes. An input is cut into two
 * versions and a range at its first zero bytes; order must be antisymmetric and agree with the keys.
 */
#include "version.h"

#include <stdlib.h>
#include <string.h>

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *
take(void *opaque, size_t size)
{
	(void) opaque;
	return malloc(size);
}

static void
give(void *opaque, void *ptr)
{
	(void) opaque;
	free(ptr);
}

static fota_bytes
next_part(fota_bytes *rest)
{
	const uint8_t *zero = rest->size ? memchr(rest->data, 0, rest->size) : NULL;
	fota_bytes	part = {rest->data, zero ? (size_t) (zero - rest->data) : rest->size};

	*rest = zero ? (fota_bytes) {zero + 1, rest->size - part.size - 1} : (fota_bytes) {rest->data + part.size, 0};
	return part;
}

static int
compare(fota_bytes a, fota_bytes b)
{
	int			order = fota_version_compare((const char *) a.data, a.size, (const char *) b.data, b.size);

	if (order < -1 || order > 1)
		abort();
	return order;
}

static void
make_key(fota_ctx *ctx, fota_bytes text, fota_buf *key)
{
	fota_buf_init(key, 4 * text.size + 32);
	if (fota_version_key(ctx, (const char *) text.data, text.size, key) != FOTA_OK || key->size == 0 ||
		(key->data[0] == '1') != fota_version_parsable((const char *) text.data, text.size))
		abort();
}

static int
compare_keys(const fota_buf *a, const fota_buf *b)
{
	int			order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);

	if (order == 0)
		order = a->size < b->size ? -1 : a->size > b->size;
	return order < 0 ? -1 : order > 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 16 << 20};
	fota_bytes	rest = {data, size};
	fota_bytes	a = next_part(&rest);
	fota_bytes	b = next_part(&rest);
	fota_bytes	range = rest;
	fota_buf	key[3];
	bool		matches;
	int			order = compare(a, b);

	make_key(&ctx, a, &key[0]);
	make_key(&ctx, b, &key[1]);
	fota_buf_init(&key[2], 2 * a.size + 2);
	if (order != -compare(b, a) || order != compare_keys(&key[0], &key[1]) ||
		fota_serial_key(&ctx, (const char *) a.data, a.size, &key[2]) != FOTA_OK)
		abort();
	for (int i = 0; i < 3; i++)
		fota_buf_free(&ctx, &key[i]);
	if (fota_version_matches(&ctx, (const char *) a.data, a.size, (const char *) range.data, range.size, &matches) ==
		FOTA_OK)
		(void) matches;
	else if (ctx.error.code != FOTA_SYNTAX || ctx.error.offset > range.size)
		abort();
	if (ctx.used != 0)
		abort();
	return 0;
}

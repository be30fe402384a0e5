/* SPDX-License-Identifier: PostgreSQL */
/* block.c: a block option is a number of 0 to 3 bytes: block number << 4 | more << 3 | size exponent. */
#include "block.h"

bool
block_read(const uint8_t *value, size_t size, block *out)
{
	uint32_t	number = 0;

	if (size > 3)
		return false;
	for (size_t i = 0; i < size; i++)
		number = number << 8 | value[i];
	out->num = number >> 4;
	out->more = (number & 8) != 0;
	out->szx = number & 7;
	return out->szx <= BLOCK_SZX_MAX;
}

size_t
block_write(const block *in, uint8_t out[3])
{
	uint32_t	number = in->num << 4 | (in->more ? 8u : 0) | in->szx;
	size_t		size = number == 0 ? 0 : number < 1u << 8 ? 1 : number < 1u << 16 ? 2 : 3;

	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t) (number >> 8 * (size - 1 - i));
	return size;
}

bool
block_cut(uint64_t total, block *want, uint64_t *offset, size_t *size)
{
	uint64_t	at = (uint64_t) want->num << (want->szx + 4);
	uint64_t	left;

	if (at >= total && want->num != 0)
		return false;
	left = total - at;
	*offset = at;
	*size = left < BLOCK_BYTES(want->szx) ? (size_t) left : BLOCK_BYTES(want->szx);
	want->more = left > *size;
	return true;
}

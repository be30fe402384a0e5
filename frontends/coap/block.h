/* SPDX-License-Identifier: PostgreSQL */
/*
 * block.h: the Block1 and Block2 options of RFC 7959, and which bytes of a body a block is.
 * Nothing is remembered between two blocks: any block of any size can be asked for in any
 * order. Called by request.c, artifact.c and body.c; sizes are bytes.
 */
#ifndef COAP_BLOCK_H
#define COAP_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK_NUM_MAX 0xfffff
#define BLOCK_SZX_MAX 6			/* 1024 bytes; 7 is reserved */
#define BLOCK_BYTES(szx) ((size_t) 16 << (szx))

typedef struct block
{
	uint32_t	num;
	bool		more;
	unsigned	szx;			/* the block has BLOCK_BYTES(szx) bytes */
} block;

/* From an option's value; false when it has more than 3 bytes or the reserved size. */
bool		block_read(const uint8_t *value, size_t size, block *out);
/* Into an option's value; returns its size, 0 to 3. */
size_t		block_write(const block *in, uint8_t out[3]);
/*
 * The part of a body that a block is, and whether there is more behind it (set in want).
 * False when the body ends before; the first block of an empty body is empty.
 */
bool		block_cut(uint64_t total, block *want, uint64_t *offset, size_t *size);

#endif

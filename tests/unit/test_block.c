/* SPDX-License-Identifier: PostgreSQL */
/* links: coap/block.c */
/* test_block.c: block options and which bytes of a body a block is. */
#include "tap.h"

#include "coap/block.h"

static void
reads(const char *bytes, size_t size, uint32_t num, bool more, unsigned szx, const char *name)
{
	block		b;
	uint8_t		back[3];

	ok(block_read((const uint8_t *) bytes, size, &b) && b.num == num && b.more == more && b.szx == szx, "%s", name);
	ok(block_write(&b, back) == size && memcmp(back, bytes, size) == 0, "and is written as it came");
}

static void
cuts(uint64_t total, uint32_t num, unsigned szx, uint64_t offset, size_t size, bool more)
{
	block		b = {.num = num, .szx = szx};
	uint64_t	at;
	size_t		n;

	ok(block_cut(total, &b, &at, &n) && at == offset && n == size && b.more == more && b.num == num && b.szx == szx,
	   "block %u of %zu in a body of %llu is %zu bytes at %llu%s", num, BLOCK_BYTES(szx), (unsigned long long) total,
	   size, (unsigned long long) offset, more ? ", more behind" : ", the last");
}

static void
outside(uint64_t total, uint32_t num, unsigned szx)
{
	block		b = {.num = num, .szx = szx};
	uint64_t	at;
	size_t		n;

	ok(!block_cut(total, &b, &at, &n), "block %u of %zu is not in a body of %llu", num, BLOCK_BYTES(szx),
	   (unsigned long long) total);
}

/* Any sizes in any order put together give the body, none of its bytes twice. */
static void
covers(size_t total)
{
	bool		whole = true;

	for (unsigned szx = 0; szx <= BLOCK_SZX_MAX; szx++)
	{
		uint64_t	sum = 0;
		uint32_t	num = 0;
		block		b;

		do
		{
			uint64_t	at;
			size_t		n;

			b = (block) {.num = num++, .szx = szx};
			whole = whole && block_cut(total, &b, &at, &n) && at == sum;
			sum += n;
		} while (whole && b.more);
		whole = whole && sum == total;
	}
	ok(whole, "blocks of each size cover a body of %zu bytes", total);
}

int
main(void)
{
	block		b;

	reads("", 0, 0, false, 0, "no byte: the first block of 16");
	reads("\x06", 1, 0, false, 6, "one byte: the first block of 1024");
	reads("\x0e", 1, 0, true, 6, "more behind");
	reads("\xf2", 1, 15, false, 2, "number 15 still in one byte");
	reads("\x01\x02", 2, 16, false, 2, "number 16 in two");
	reads("\xff\xff\xf5", 3, BLOCK_NUM_MAX, false, 5, "the highest number in three");
	ok(!block_read((const uint8_t *) "\x07", 1, &b), "the reserved size is refused");
	ok(!block_read((const uint8_t *) "\0\0\0\6", 4, &b), "four bytes are refused");
	ok(block_read((const uint8_t *) "\0\0\6", 3, &b) && b.num == 0 && b.szx == 6, "leading zeros are taken");

	cuts(0, 0, 6, 0, 0, false);
	outside(0, 1, 6);
	cuts(1, 0, 0, 0, 1, false);
	cuts(1024, 0, 6, 0, 1024, false);
	outside(1024, 1, 6);
	cuts(1025, 0, 6, 0, 1024, true);
	cuts(1025, 1, 6, 1024, 1, false);
	cuts(262144, 255, 6, 261120, 1024, false);
	cuts(262144, 4095, 2, 262080, 64, false);
	cuts(262144, 100, 5, 51200, 512, true);
	cuts((uint64_t) 1 << 30, BLOCK_NUM_MAX, 6, (uint64_t) BLOCK_NUM_MAX << 10, 1024, false);
	cuts(UINT64_MAX, BLOCK_NUM_MAX, 6, (uint64_t) BLOCK_NUM_MAX << 10, 1024, true);
	outside(262144, BLOCK_NUM_MAX, 6);
	for (size_t total = 1; total < 5000; total = total * 3 - 1)
		covers(total);
	return done();
}

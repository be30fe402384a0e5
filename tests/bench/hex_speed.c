/* SPDX-License-Identifier: PostgreSQL */
/*
 * hex_speed.c: MB of payload per second of CPU that the core reads and writes as text, for 50_images.sh.
 *
 *	hex_speed FORMAT WAY < FILE		WAY: scalar or best
 *
 * Prints two numbers: reading and writing, each the best of five.
 */
#include "image.h"

#include "codec/hex_simd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define HUGE ((size_t) 2 << 20)

/* Large blocks are of huge pages where the kernel gives them on request: else it is page faults that are measured. */
static void *
take(void *opaque, size_t size)
{
	void	   *block;

	(void) opaque;
	if (size < HUGE)
		return malloc(size);
	block = aligned_alloc(HUGE, (size + HUGE - 1) / HUGE * HUGE);
	if (block != NULL)
		madvise(block, size, MADV_HUGEPAGE);
	return block;
}

static void
give(void *opaque, void *ptr)
{
	(void) opaque;
	free(ptr);
}

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = (size_t) 4 << 30};
	static uint8_t *data;
	size_t		size = 0;
	size_t		room = (size_t) 512 << 20;
	double		read_best = 1e9;
	double		write_best = 1e9;
	uint64_t	bytes = 0;

	data = malloc(room);
	for (size_t n; (n = fread(data + size, 1, room - size, stdin)) > 0;)
		size += n;
	fota_hex_use(argc > 2 && strcmp(argv[2], "scalar") == 0 ? FOTA_HEX_SCALAR : FOTA_HEX_BEST);
	for (int i = 0; i < 5; i++)
	{
		double		begin = cpu();
		fota_image	image;
		fota_buf	out;

		if (fota_image_decode(&ctx, (fota_bytes) {data, size}, argv[1], NULL, &image) != FOTA_OK)
			return fprintf(stderr, "%s\n", ctx.error.message), 1;
		read_best = cpu() - begin < read_best ? cpu() - begin : read_best;
		bytes = image.bytes;
		fota_buf_init(&out, (size_t) 1 << 30);
		begin = cpu();
		if (fota_image_encode(&ctx, &image, argv[1], NULL, &out) != FOTA_OK)
			return fprintf(stderr, "%s\n", ctx.error.message), 1;
		write_best = cpu() - begin < write_best ? cpu() - begin : write_best;
		fota_buf_free(&ctx, &out);
		fota_image_free(&ctx, &image);
	}
	printf("%.0f %.0f\n", (double) bytes / read_best / 1e6, (double) bytes / write_best / 1e6);
	return 0;
}

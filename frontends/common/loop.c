/* SPDX-License-Identifier: PostgreSQL */
/* loop.c: the clock that loops and timers share. */
#include "loop.h"

#include <time.h>

int64_t
loop_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * tap.h: what a unit test says. A test is one program; each check prints a TAP
 * line named after the behaviour it proves; main ends with `return done();`.
 */
#ifndef FOTA_TAP_H
#define FOTA_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base.h"

static int	tap_count;
static int	tap_failed;

__attribute__((format(printf, 2, 3), unused)) static bool
ok(bool condition, const char *name, ...)
{
	va_list		args;

	tap_count++;
	tap_failed += !condition;
	printf("%sok %d - ", condition ? "" : "not ", tap_count);
	va_start(args, name);
	vprintf(name, args);
	va_end(args);
	putchar('\n');
	return condition;
}

__attribute__((unused)) static bool
is_int(long long got, long long want, const char *name)
{
	bool		same = ok(got == want, "%s", name);

	if (!same)
		printf("# got %lld, want %lld\n", got, want);
	return same;
}

__attribute__((unused)) static bool
is_str(const char *got, const char *want, const char *name)
{
	bool		same = ok(got != NULL && strcmp(got, want) == 0, "%s", name);

	if (!same)
		printf("# got  \"%s\"\n# want \"%s\"\n", got ? got : "(null)", want);
	return same;
}

__attribute__((unused)) static bool
is_mem(const void *got, size_t got_size, const void *want, size_t want_size, const char *name)
{
	bool		same = ok(got_size == want_size && (want_size == 0 || memcmp(got, want, want_size) == 0), "%s", name);

	if (!same)
		printf("# %zu bytes, want %zu, or other bytes\n", got_size, want_size);
	return same;
}

__attribute__((unused)) static int
done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

/* Random numbers for property tests: from FOTA_SEED, else from the clock; the seed is printed. */
static uint64_t tap_state;

__attribute__((unused)) static void
tap_seed(void)
{
	const char *given = getenv("FOTA_SEED");

	tap_state = given ? strtoull(given, NULL, 0) : (uint64_t) time(NULL) * 2654435761u + (uint64_t) getpid();
	printf("# FOTA_SEED=%llu\n", (unsigned long long) tap_state);
	tap_state += tap_state == 0;
}

__attribute__((unused)) static uint64_t
tap_random(uint64_t below)
{
	tap_state ^= tap_state << 13;
	tap_state ^= tap_state >> 7;
	tap_state ^= tap_state << 17;
	return below > 0 ? tap_state % below : tap_state;
}

/* A context on malloc, for tests; limit 0 = the default. */
static void *
tap_alloc(void *opaque, size_t size)
{
	(void) opaque;
	return malloc(size);
}

static void
tap_free(void *opaque, void *ptr)
{
	(void) opaque;
	free(ptr);
}

__attribute__((unused)) static fota_ctx
tap_ctx(size_t limit)
{
	return (fota_ctx) {.alloc = tap_alloc, .free = tap_free, .limit = limit};
}

#endif

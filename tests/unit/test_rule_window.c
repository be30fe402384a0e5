/* SPDX-License-Identifier: PostgreSQL */
/* test_rule_window.c: when windows are open, in zones whose clocks are set forward and back. */
#include "tap.h"

#include "rule.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

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

/* Clocks are an hour ahead, and two hours from "summer" until "winter". 2000-01-03, day 2, is a Monday. */
static const int64_t summer = 10 * DAY + HOUR;	/* Tuesday 02:00 becomes 03:00 */
static const int64_t winter = 20 * DAY + HOUR;	/* Friday 03:00 becomes 02:00 */

static int64_t
offset(void *opaque, const char *zone, int64_t at)
{
	(void) opaque;
	if (strcmp(zone, "UTC") == 0)
		return 0;
	return at >= summer && at < winter ? 2 * HOUR : HOUR;
}

static fota_window windows[4];
static size_t window_count;
static fota_opening got;

static void
add(uint32_t days, int64_t opens, int64_t closes)
{
	windows[window_count++] = (fota_window) {days, opens, closes};
}

static void
find(const char *zone, int64_t at)
{
	fota_ctx	ctx = {.alloc = take, .free = give};
	fota_rule	rule = {.windows = windows, .window_count = window_count};
	fota_clock	clock = {offset, NULL};

	ok(fota_window_find(&ctx, &rule, zone, at, &clock, &got) == FOTA_OK, "the windows are found");
	is_int((int64_t) ctx.used, 0, "and no memory is kept");
}

#define EVERY_DAY 0xfe

static void
days(void)
{
	window_count = 0;
	add(EVERY_DAY, 2 * HOUR, 4 * HOUR);
	find("UTC", 5 * DAY + HOUR);
	ok(!got.open, "before it opens a window is closed");
	is_int(got.begins, 5 * DAY + 2 * HOUR, "and opens at its time");
	is_int(got.ends, 5 * DAY + 4 * HOUR, "and closes at its time");
	find("UTC", 5 * DAY + 2 * HOUR);
	ok(got.open, "the instant at which it opens belongs to it");
	find("UTC", 5 * DAY + 4 * HOUR);
	ok(!got.open, "that at which it closes does not");
	is_int(got.begins, 6 * DAY + 2 * HOUR, "it opens the next day");

	window_count = 0;
	add(1 << 1, 22 * HOUR, 6 * HOUR);
	find("UTC", 3 * DAY + 5 * HOUR);
	ok(got.open, "Monday's window is open on Tuesday morning");
	is_int(got.ends, 3 * DAY + 6 * HOUR, "and closes then");
	find("UTC", 3 * DAY + 6 * HOUR);
	is_int(got.begins, 9 * DAY + 22 * HOUR, "it opens again next Monday");
	find("UTC", 2 * DAY + 5 * HOUR);
	ok(!got.open, "Monday morning belongs to no Monday's window");

	window_count = 0;
	add(EVERY_DAY, 0, 0);
	find("UTC", 5 * DAY + HOUR);
	ok(got.open && !got.has_end, "from midnight to midnight every day it never closes");
	window_count = 0;
	add(EVERY_DAY & ~(1 << 3), 0, 24 * HOUR);
	find("UTC", 5 * DAY + HOUR);
	ok(got.open && got.has_end, "on all days but Wednesday it does");
	is_int(got.ends, 11 * DAY, "when Wednesday begins");
	window_count = 0;
	add(0, HOUR, 2 * HOUR);
	find("UTC", 5 * DAY);
	ok(!got.open && got.begins == FOTA_TIME_MAX, "a window without days never opens");
}

static void
unions(void)
{
	window_count = 0;
	add(EVERY_DAY, 3 * HOUR, 5 * HOUR);
	add(EVERY_DAY, 2 * HOUR, 3 * HOUR);
	add(EVERY_DAY, 4 * HOUR, 7 * HOUR);
	add(EVERY_DAY, 8 * HOUR, 9 * HOUR);
	find("UTC", 5 * DAY + 2 * HOUR);
	ok(got.open, "one of several windows is open");
	is_int(got.ends, 5 * DAY + 7 * HOUR, "those that touch or overlap are one");
	find("UTC", 5 * DAY + 7 * HOUR);
	is_int(got.begins, 5 * DAY + 8 * HOUR, "the next one follows");
}

static void
clocks(void)
{
	window_count = 0;
	add(EVERY_DAY, 2 * HOUR, 4 * HOUR);
	find("X", 5 * DAY);
	is_int(got.begins, 5 * DAY + HOUR, "times are those of the zone");
	find("X", 10 * DAY);
	is_int(got.begins, summer, "a time that clocks jump over comes when they do");
	is_int(got.ends, 10 * DAY + 2 * HOUR, "and the window is shorter that day");
	find("X", 19 * DAY + 23 * HOUR);
	is_int(got.begins, 20 * DAY, "where clocks are set back, the first of two times opens");
	is_int(got.ends, 20 * DAY + 3 * HOUR, "and the window is longer that night");

	window_count = 0;
	add(EVERY_DAY, 2 * HOUR + 30 * MINUTE, 4 * HOUR);
	find("X", 10 * DAY);
	is_int(got.begins, summer, "what opens within the gap opens at its end");
	window_count = 0;
	add(EVERY_DAY, 2 * HOUR + 10 * MINUTE, 2 * HOUR + 50 * MINUTE);
	find("X", 10 * DAY);
	is_int(got.begins, 11 * DAY + 10 * MINUTE, "a window within the gap does not open that day");
	find("X", 19 * DAY + 23 * HOUR);
	is_int(got.begins, 20 * DAY + 10 * MINUTE, "a window within the hour that comes twice opens the first time");
	is_int(got.ends, 20 * DAY + 50 * MINUTE, "and closes the first time");
	find("X", 20 * DAY + 50 * MINUTE);
	is_int(got.begins, 21 * DAY + HOUR + 10 * MINUTE, "and not a second time");
}

static void
extremes(void)
{
	window_count = 0;
	add(EVERY_DAY, 2 * HOUR, 4 * HOUR);
	find("X", FOTA_TIME_MAX);
	ok(!got.open && got.begins == FOTA_TIME_MAX, "at the end of time nothing opens");
	find("X", FOTA_TIME_MIN);
	ok(!got.open, "nor before it began");
	find("UTC", -1000 * DAY - 21 * HOUR);
	ok(got.open, "instants before 2000 have days, too");
}

int
main(void)
{
	days();
	unions();
	clocks();
	extremes();
	return done();
}

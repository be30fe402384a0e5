/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_window.c: when the windows of a rule are open. Each opens on some days of the
 * week at a local time; their union is made of the instants at which clocks of the
 * zone show these times, as far as a week ahead.
 */
#include "rule_internal.h"

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

/* Local dates that are looked at, around that of the instant. */
#define DAYS_BEFORE 1
#define DAYS_AFTER 8

typedef struct span
{
	int64_t		begins;
	int64_t		ends;			/* not a part of it */
} span;

static int64_t
divide(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

static int64_t
seconds(int64_t at)
{
	return divide(at, SECOND);
}

/* After 2000-01-01, as PostgreSQL counts. */
static int64_t
days(int64_t local)
{
	return divide(local, DAY);
}

/* 1 = Monday to 7 = Sunday; 2000-01-01 was a Saturday. */
static int
iso_day(int64_t date)
{
	return (int) (((date + 5) % 7 + 7) % 7) + 1;
}

static int
by_begin(const void *left, const void *right)
{
	const span *a = left;
	const span *b = right;

	if (a->begins != b->begins)
		return a->begins < b->begins ? -1 : 1;
	return a->ends < b->ends ? -1 : a->ends > b->ends;
}

/*
 * The first instant at which clocks show a local time or a later one. Where they are set
 * back that is the first of two; where they are set forward past it, when that happens.
 */
static int64_t
first_instant(const fota_clock *clock, const char *zone, int64_t local)
{
	int64_t		before = clock->offset(clock->opaque, zone, local - DAY);
	int64_t		after = clock->offset(clock->opaque, zone, local + DAY);
	int64_t		low;
	int64_t		high;

	if (clock->offset(clock->opaque, zone, local - before) == before)
		return local - before;
	if (clock->offset(clock->opaque, zone, local - after) == after)
		return local - after;
	low = seconds(local - after);
	high = seconds(local - before + SECOND - 1);
	while (high - low > 1)
	{
		int64_t		middle = low + (high - low) / 2;

		if (clock->offset(clock->opaque, zone, middle * SECOND) == after)
			high = middle;
		else
			low = middle;
	}
	return high * SECOND;
}

/* A time that clocks jump over may leave nothing of a window. */
static size_t
find_spans(const fota_rule *rule, const char *zone, int64_t today, const fota_clock *clock, span *spans)
{
	size_t		count = 0;

	for (size_t i = 0; i < rule->window_count; i++)
	{
		const fota_window *w = &rule->windows[i];

		for (int64_t date = today - DAYS_BEFORE; date <= today + DAYS_AFTER; date++)
		{
			span	   *s = &spans[count];

			if ((w->days >> iso_day(date) & 1) == 0)
				continue;
			s->begins = first_instant(clock, zone, date * DAY + w->opens);
			s->ends = first_instant(clock, zone, (w->closes <= w->opens ? date + 1 : date) * DAY + w->closes);
			if (s->begins < s->ends)
				count++;
		}
	}
	fota_sort(spans, count, sizeof(span), by_begin);
	return count;
}

fota_status
fota_window_find(fota_ctx *ctx, const fota_rule *rule, const char *zone, int64_t at, const fota_clock *clock,
				 fota_opening *opening)
{
	span	   *spans;
	size_t		count;
	int64_t		today;
	int64_t		horizon;
	size_t		i = 0;

	*opening = (fota_opening) {.begins = FOTA_TIME_MAX};
	/* There are no calendars at the ends of time. */
	if (at < FOTA_TIME_MIN + 100 * DAY || at > FOTA_TIME_MAX - 100 * DAY)
		return FOTA_OK;
	spans = fota_alloc_array(ctx, rule->window_count * (DAYS_BEFORE + 1 + DAYS_AFTER), sizeof(span));
	if (spans == NULL)
		return ctx->error.code;
	today = days(at + clock->offset(clock->opaque, zone, at));
	horizon = first_instant(clock, zone, (today + DAYS_AFTER) * DAY);
	count = find_spans(rule, zone, today, clock, spans);
	while (i < count)
	{
		span		joined = spans[i++];

		for (; i < count && spans[i].begins <= joined.ends; i++)
			if (spans[i].ends > joined.ends)
				joined.ends = spans[i].ends;
		if (joined.ends <= at)
			continue;
		opening->open = joined.begins <= at;
		opening->begins = joined.begins;
		opening->has_end = joined.begins > horizon || joined.ends <= horizon;
		opening->ends = joined.ends;
		break;
	}
	fota_free(ctx, spans);
	return FOTA_OK;
}

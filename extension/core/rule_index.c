/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_index.c: finds the rules that cover a device without looking at all of them.
 * Each rule stands in one list, by the narrowest part of its scope: a single serial,
 * a list of devices, a batch, a range of serials, a few years; the rest are few or
 * cover much. What a list gives is then held against the whole scope.
 */
#include "rule_internal.h"

#include <string.h>

/* Ranges of more years stand in the rest. */
#define MOST_YEARS 16

typedef struct entry
{
	const char *text;			/* serial, batch, or the first serial's key */
	const char *reach;			/* of ranges: the highest last key of this entry and all before it */
	int64_t		number;			/* rule_id of a list, or year */
	const fota_rule *rule;
	size_t		rank;			/* place in the order of the rules */
} entry;

typedef struct list
{
	entry	   *entries;		/* by text, number, rank */
	size_t		count;
} list;

typedef enum kind
{
	BY_SERIAL, BY_DEVICE, BY_BATCH, BY_RANGE, BY_YEAR, REST, KINDS
} kind;

struct fota_index
{
	list		lists[KINDS];
};

/* --- making ----------------------------------------------------------------------------------- */

static kind
kind_of(const fota_rule *rule)
{
	if (rule->one_serial)
		return BY_SERIAL;
	if (rule->listed)
		return BY_DEVICE;
	if (rule->batch != NULL)
		return BY_BATCH;
	if (rule->to_key != NULL)
		return BY_RANGE;
	if (rule->has_years && rule->year_from != INT64_MIN && rule->year_to != INT64_MAX &&
		rule->year_to >= rule->year_from && rule->year_to - rule->year_from < MOST_YEARS)
		return BY_YEAR;
	return REST;
}

static size_t
entries_of(const fota_rule *rule)
{
	return kind_of(rule) == BY_YEAR ? (size_t) (rule->year_to - rule->year_from) + 1 : 1;
}

static void
add(list *l, const fota_rule *rule, kind k, size_t rank)
{
	entry		e = {.text = "", .rule = rule, .rank = rank};

	if (k == BY_SERIAL)
		e.text = rule->serial_from;
	else if (k == BY_BATCH)
		e.text = rule->batch;
	else if (k == BY_DEVICE)
		e.number = rule->id;
	else if (k == BY_RANGE)
	{
		e.text = rule->from_key != NULL ? rule->from_key : "";
		e.reach = rule->to_key;
	}
	if (k != BY_YEAR)
		l->entries[l->count++] = e;
	else
		for (e.number = rule->year_from; e.number <= rule->year_to; e.number++)
			l->entries[l->count++] = e;
}

static int
by_entry(const void *left, const void *right)
{
	const entry *a = left;
	const entry *b = right;
	int			order = strcmp(a->text, b->text);

	if (order != 0)
		return order;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->rank < b->rank ? -1 : a->rank > b->rank;
}

fota_status
fota_index_make(fota_ctx *ctx, fota_rules *rules)
{
	fota_index *index = fota_alloc(ctx, sizeof(fota_index));
	size_t		counts[KINDS] = {0};
	list	   *ranges;

	if (index == NULL)
		return ctx->error.code;
	for (size_t i = 0; i < rules->count; i++)
		counts[kind_of(rules->list[i])] += entries_of(rules->list[i]);
	for (int k = 0; k < KINDS; k++)
	{
		index->lists[k].entries = fota_alloc_array(ctx, counts[k], sizeof(entry));
		if (index->lists[k].entries == NULL)
			return ctx->error.code;
	}
	for (size_t i = 0; i < rules->count; i++)
	{
		kind		k = kind_of(rules->list[i]);

		add(&index->lists[k], rules->list[i], k, i);
	}
	for (int k = 0; k < KINDS; k++)
		fota_sort(index->lists[k].entries, index->lists[k].count, sizeof(entry), by_entry);
	ranges = &index->lists[BY_RANGE];
	for (size_t i = 1; i < ranges->count; i++)
		if (strcmp(ranges->entries[i].reach, ranges->entries[i - 1].reach) < 0)
			ranges->entries[i].reach = ranges->entries[i - 1].reach;
	rules->index = index;
	return FOTA_OK;
}

/* --- finding ---------------------------------------------------------------------------------- */

static fota_status
take(fota_ctx *ctx, const fota_device *device, const fota_rule *rule, fota_found *found)
{
	if (!fota_rule_covers(rule, device))
		return FOTA_OK;
	if (found->count == found->room)
	{
		const fota_rule **more = fota_alloc_array(ctx, found->room * 2, sizeof(fota_rule *));

		if (more == NULL)
			return ctx->error.code;
		memcpy(more, found->rules, found->room * sizeof(fota_rule *));
		if (found->rules != found->few)
			fota_free(ctx, found->rules);
		found->rules = more;
		found->room *= 2;
	}
	found->rules[found->count++] = rule;
	return FOTA_OK;
}

/* First entry that does not stand before text and number. */
static size_t
first(const list *l, const char *text, int64_t number)
{
	entry		wanted = {.text = text, .number = number};
	size_t		from = 0;
	size_t		to = l->count;

	while (from < to)
	{
		size_t		middle = from + (to - from) / 2;

		if (by_entry(&l->entries[middle], &wanted) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* All entries with this text and number. */
static fota_status
take_equal(fota_ctx *ctx, const list *l, const fota_device *device, const char *text, int64_t number, fota_found *found)
{
	fota_status status = FOTA_OK;

	if (l->count == 0)
		return FOTA_OK;
	for (size_t i = first(l, text, number); i < l->count && status == FOTA_OK &&
		 l->entries[i].number == number && strcmp(l->entries[i].text, text) == 0; i++)
		status = take(ctx, device, l->entries[i].rule, found);
	return status;
}

/* Backwards from the last that begins at or before the serial, as long as one may reach it. */
static fota_status
take_ranges(fota_ctx *ctx, const list *l, const fota_device *device, fota_found *found)
{
	size_t		i;
	fota_status status = FOTA_OK;

	if (l->count == 0)
		return FOTA_OK;
	i = first(l, device->serial_key, INT64_MAX);
	while (i > 0 && status == FOTA_OK && strcmp(l->entries[i - 1].reach, device->serial_key) >= 0)
		status = take(ctx, device, l->entries[--i].rule, found);
	return status;
}

static fota_status
take_all(fota_ctx *ctx, const fota_rules *rules, const fota_device *device, fota_found *found)
{
	const list *lists = rules->index->lists;
	fota_status status = take_equal(ctx, &lists[BY_SERIAL], device, device->serial, 0, found);

	for (size_t i = 0; i < device->listed_count && status == FOTA_OK; i++)
		status = take_equal(ctx, &lists[BY_DEVICE], device, "", device->listed[i], found);
	if (status == FOTA_OK && device->batch != NULL)
		status = take_equal(ctx, &lists[BY_BATCH], device, device->batch, 0, found);
	if (status == FOTA_OK)
		status = take_ranges(ctx, &lists[BY_RANGE], device, found);
	if (status == FOTA_OK && device->has_year)
		status = take_equal(ctx, &lists[BY_YEAR], device, "", device->year, found);
	for (size_t i = 0; i < lists[REST].count && status == FOTA_OK; i++)
		status = take(ctx, device, lists[REST].entries[i].rule, found);
	return status;
}

static int
by_rank(const void *a, const void *b)
{
	return fota_rank_order(*(const fota_rule *const *) a, *(const fota_rule *const *) b);
}

fota_status
fota_index_find(fota_ctx *ctx, const fota_model *model, const fota_device *device, fota_found *found)
{
	fota_status status = FOTA_OK;
	bool		ordered = true;

	found->rules = found->few;
	found->room = sizeof(found->few) / sizeof(found->few[0]);
	found->count = 0;
	if (model->own != NULL)
		status = take_all(ctx, model->own, device, found);
	if (status == FOTA_OK && model->shared != NULL)
		status = take_all(ctx, model->shared, device, found);
	for (size_t i = 1; i < found->count && ordered; i++)
		ordered = fota_rank_order(found->rules[i - 1], found->rules[i]) <= 0;
	if (!ordered)
		fota_sort(found->rules, found->count, sizeof(fota_rule *), by_rank);
	return status;
}

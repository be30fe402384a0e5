/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_index.c: finds the rules that cover a device without looking at all of them.
 * Each rule is found by the narrowest part of its scope: a single serial, a list of
 * devices, a batch, a range of serials, a few years; the rest are few or cover much.
 * What is found is then held against the whole scope.
 */
#include "rule_internal.h"

#include <string.h>

/* Ranges of more years stand in the rest. */
#define MOST_YEARS 16

typedef enum kind
{
	BY_SERIAL, BY_DEVICE, BY_BATCH, BY_YEAR, BY_RANGE, REST, KINDS
} kind;

#define END UINT32_MAX

/* A rule by one value of its scope, in the chain of a bucket. */
typedef struct entry
{
	const fota_rule *rule;
	uint32_t	hash;
	uint32_t	next;			/* place, or END */
} entry;

/* A range of serials by its first key. */
typedef struct range
{
	uint64_t	head;			/* the first 8 bytes of from */
	const char *from;
	const char *reach;			/* the highest last key of this range and all before it */
	const fota_rule *rule;
} range;

struct fota_index
{
	bool		has[KINDS];
	entry	   *entries;
	uint32_t   *buckets;
	uint32_t	mask;
	range	   *ranges;			/* by from */
	size_t		range_count;
	const fota_rule **rest;		/* best first */
	size_t		rest_count;
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

static uint32_t
hash_number(kind k, int64_t number)
{
	uint64_t	hash = ((uint64_t) number ^ (uint64_t) k << 56) * UINT64_C(0x9E3779B97F4A7C15);

	return (uint32_t) (hash >> 32);
}

static uint32_t
hash_text(kind k, const char *text)
{
	uint64_t	hash = UINT64_C(0xCBF29CE484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t) *text) * UINT64_C(0x100000001B3);
	return hash_number(k, (int64_t) hash);
}

/* The first bytes of a text as a number that is ordered as strcmp orders them. */
static uint64_t
head_of(const char *text)
{
	uint64_t	head = 0;
	int			i;

	for (i = 0; i < 8 && text[i] != '\0'; i++)
		head = head << 8 | (uint8_t) text[i];
	return i == 0 ? 0 : head << 8 * (8 - i);
}

static int
by_range(const void *left, const void *right)
{
	const range *a = left;
	const range *b = right;

	return a->head != b->head ? (a->head < b->head ? -1 : 1) : strcmp(a->from, b->from);
}

static int
by_rank(const void *a, const void *b)
{
	return fota_rank_order(*(const fota_rule *const *) a, *(const fota_rule *const *) b);
}

static fota_status
make_room(fota_ctx *ctx, fota_index *index, const fota_rules *rules)
{
	size_t		entries = 0;
	size_t		buckets = 16;

	for (size_t i = 0; i < rules->count; i++)
	{
		const fota_rule *rule = rules->list[i];
		kind		k = kind_of(rule);

		index->has[k] = true;
		if (k == BY_RANGE)
			index->range_count++;
		else if (k == REST)
			index->rest_count++;
		else
			entries += k == BY_YEAR ? (size_t) (rule->year_to - rule->year_from) + 1 : 1;
	}
	if (entries >= END / 2)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%zu rules are too many for one index", rules->count);
	while (buckets < entries)
		buckets *= 2;
	index->mask = (uint32_t) buckets - 1;
	index->entries = fota_alloc_array(ctx, entries, sizeof(entry));
	index->buckets = fota_alloc_array(ctx, buckets, sizeof(uint32_t));
	index->ranges = fota_alloc_array(ctx, index->range_count, sizeof(range));
	index->rest = fota_alloc_array(ctx, index->rest_count, sizeof(fota_rule *));
	if (index->entries == NULL || index->buckets == NULL || index->ranges == NULL || index->rest == NULL)
		return ctx->error.code;
	memset(index->buckets, 0xFF, buckets * sizeof(uint32_t));
	index->range_count = index->rest_count = 0;
	return FOTA_OK;
}

static void
chain(fota_index *index, uint32_t *count, uint32_t hash, const fota_rule *rule)
{
	uint32_t   *bucket = &index->buckets[hash & index->mask];

	index->entries[*count] = (entry) {rule, hash, *bucket};
	*bucket = (*count)++;
}

static void
add(fota_index *index, uint32_t *count, const fota_rule *rule)
{
	kind		k = kind_of(rule);
	const char *from = rule->from_key != NULL ? rule->from_key : "";

	if (k == BY_SERIAL)
		chain(index, count, hash_text(k, rule->serial_from), rule);
	else if (k == BY_DEVICE)
		chain(index, count, hash_number(k, rule->id), rule);
	else if (k == BY_BATCH)
		chain(index, count, hash_text(k, rule->batch), rule);
	else if (k == BY_RANGE)
		index->ranges[index->range_count++] = (range) {head_of(from), from, rule->to_key, rule};
	else if (k == BY_YEAR)
		for (int64_t year = rule->year_from; year <= rule->year_to; year++)
			chain(index, count, hash_number(k, year), rule);
	else
		index->rest[index->rest_count++] = rule;
}

fota_status
fota_index_make(fota_ctx *ctx, fota_rules *rules)
{
	fota_index *index = fota_alloc(ctx, sizeof(fota_index));
	uint32_t	count = 0;
	fota_status status;

	if (index == NULL)
		return ctx->error.code;
	status = make_room(ctx, index, rules);
	if (status != FOTA_OK)
		return status;
	for (size_t i = 0; i < rules->count; i++)
		add(index, &count, rules->list[i]);
	fota_sort(index->ranges, index->range_count, sizeof(range), by_range);
	for (size_t i = 1; i < index->range_count; i++)
		if (strcmp(index->ranges[i].reach, index->ranges[i - 1].reach) < 0)
			index->ranges[i].reach = index->ranges[i - 1].reach;
	fota_sort(index->rest, index->rest_count, sizeof(fota_rule *), by_rank);
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
	found->ordered &= found->count == 0 || fota_rank_order(found->rules[found->count - 1], rule) <= 0;
	found->rules[found->count++] = rule;
	return FOTA_OK;
}

/* All rules of a kind with this value; seldom one of another kind that covers the device, too, which is then found twice. */
static fota_status
take_equal(fota_ctx *ctx, const fota_index *index, kind k, uint32_t hash, const fota_device *device, fota_found *found)
{
	fota_status status = FOTA_OK;

	if (!index->has[k])
		return FOTA_OK;
	for (uint32_t at = index->buckets[hash & index->mask]; at != END && status == FOTA_OK; at = index->entries[at].next)
		if (index->entries[at].hash == hash)
			status = take(ctx, device, index->entries[at].rule, found);
	return status;
}

/* Backwards from the last that begins at or before the serial, as long as one may reach it. */
static fota_status
take_ranges(fota_ctx *ctx, const fota_index *index, const fota_device *device, fota_found *found)
{
	range		wanted = {.head = head_of(device->serial_key), .from = device->serial_key};
	size_t		from = 0;
	size_t		to = index->range_count;
	fota_status status = FOTA_OK;

	while (from < to)
	{
		size_t		middle = from + (to - from) / 2;

		if (by_range(&index->ranges[middle], &wanted) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	while (from > 0 && status == FOTA_OK && strcmp(index->ranges[from - 1].reach, device->serial_key) >= 0)
		status = take(ctx, device, index->ranges[--from].rule, found);
	return status;
}

static fota_status
take_all(fota_ctx *ctx, const fota_rules *rules, const fota_device *device, uint32_t serial, uint32_t batch,
		 fota_found *found)
{
	const fota_index *index = rules->index;
	fota_status status = take_equal(ctx, index, BY_SERIAL, serial, device, found);

	for (size_t i = 0; i < device->listed_count && status == FOTA_OK; i++)
		status = take_equal(ctx, index, BY_DEVICE, hash_number(BY_DEVICE, device->listed[i]), device, found);
	if (status == FOTA_OK && device->batch != NULL)
		status = take_equal(ctx, index, BY_BATCH, batch, device, found);
	if (status == FOTA_OK && index->range_count > 0)
		status = take_ranges(ctx, index, device, found);
	if (status == FOTA_OK && device->has_year)
		status = take_equal(ctx, index, BY_YEAR, hash_number(BY_YEAR, device->year), device, found);
	for (size_t i = 0; i < index->rest_count && status == FOTA_OK; i++)
		status = take(ctx, device, index->rest[i], found);
	return status;
}

fota_status
fota_index_find(fota_ctx *ctx, const fota_model *model, const fota_device *device, fota_found *found)
{
	uint32_t	serial = hash_text(BY_SERIAL, device->serial);
	uint32_t	batch = device->batch != NULL ? hash_text(BY_BATCH, device->batch) : 0;
	fota_status status = FOTA_OK;

	found->rules = found->few;
	found->room = sizeof(found->few) / sizeof(found->few[0]);
	found->count = 0;
	found->ordered = true;
	if (model->own != NULL)
		status = take_all(ctx, model->own, device, serial, batch, found);
	if (status == FOTA_OK && model->shared != NULL)
		status = take_all(ctx, model->shared, device, serial, batch, found);
	return status;
}

/* Few are asked for, as a rule, of those that were found. */
#define MOST_PICKED 8

const fota_rule *
fota_found_best(fota_found *found, size_t place)
{
	const fota_rule **rules = found->rules;
	size_t		best = place;

	if (!found->ordered && place >= MOST_PICKED)
	{
		fota_sort(rules + place, found->count - place, sizeof(fota_rule *), by_rank);
		found->ordered = true;
	}
	for (size_t i = place + 1; i < found->count && !found->ordered; i++)
		if (fota_rank_order(rules[i], rules[best]) < 0)
			best = i;
	if (best != place)
	{
		const fota_rule *kept = rules[best];

		rules[best] = rules[place];
		rules[place] = kept;
	}
	return rules[place];
}

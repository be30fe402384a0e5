/* SPDX-License-Identifier: PostgreSQL */
/* rule_match.c: which rules cover a device and hold now, and which of them wins each component. */
#include "rule_internal.h"

#include <string.h>

#include "hash.h"

static bool
is_listed(const fota_device *device, int64_t rule)
{
	size_t		from = 0;
	size_t		to = device->listed_count;

	while (from < to)
	{
		size_t		middle = from + (to - from) / 2;

		if (device->listed[middle] == rule)
			return true;
		if (device->listed[middle] < rule)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

bool
fota_rule_covers(const fota_rule *rule, const fota_device *device)
{
	if (rule->has_years && (!device->has_year || device->year < rule->year_from || device->year > rule->year_to))
		return false;
	if (rule->batch != NULL && (device->batch == NULL || strcmp(rule->batch, device->batch) != 0))
		return false;
	if (rule->one_serial)
	{
		if (strcmp(rule->serial_from, device->serial) != 0)
			return false;
	}
	else if ((rule->from_key != NULL && strcmp(rule->from_key, device->serial_key) > 0) ||
			 (rule->to_key != NULL && strcmp(device->serial_key, rule->to_key) > 0))
		return false;
	return !rule->listed || is_listed(device, rule->id);
}

static bool
is_during(const fota_rule *rule, int64_t at)
{
	if (rule->has_begin && (at < rule->begin || (at == rule->begin && !rule->begin_inside)))
		return false;
	return !rule->has_end || at < rule->end || (at == rule->end && rule->end_inside);
}

/* While an action is open, the rules of its items hold whatever their time and exposure. */
static bool
is_busy(const fota_device *device, int64_t rule)
{
	for (const fota_past *past = device->past; past != NULL; past = past->next)
		if (past->kind == FOTA_PAST_OPEN && past->rule_id == rule)
			return true;
	return false;
}

/* Is an active rule that covers the device in force for it? */
static fota_status
is_in_force(fota_ctx *ctx, const fota_rule *rule, const fota_device *device, int64_t at, bool *in_force)
{
	int			bucket;
	fota_status status;

	*in_force = rule->active && is_during(rule, at);
	if (!*in_force || rule->exposure >= FOTA_EXPOSURE_ALL)
		return FOTA_OK;
	status = fota_bucket(ctx, rule->seed, strlen(rule->seed), device->name, strlen(device->name), &bucket);
	*in_force = status == FOTA_OK && bucket < rule->exposure;
	return status;
}

/* The best rules come first, so the first that names a component wins it. */
static fota_status
find_winners(fota_ctx *ctx, const fota_model *model, const fota_device *device, int64_t at, fota_case *cases)
{
	size_t		open = model->component_count;

	for (size_t i = 0; i < model->named_count && open > 0; i++)
	{
		const fota_named *named = &model->named[i];
		bool		in_force;
		fota_status status;

		if (!fota_rule_covers(named->rule, device))
			continue;
		status = is_in_force(ctx, named->rule, device, at, &in_force);
		if (status != FOTA_OK)
			return status;
		if (!in_force && !is_busy(device, named->rule->id))
			continue;
		for (size_t k = 0; k < named->item_count; k++)
		{
			fota_case  *c = &cases[named->items[k].place];

			if (c->winner != NULL)
				continue;
			c->winner = named;
			c->item = &named->items[k];
			open--;
		}
	}
	return FOTA_OK;
}

static void
lower(int64_t *until, int64_t edge, int64_t at)
{
	if (edge > at && edge < *until)
		*until = edge;
}

/* When a rule that covers the device begins or ends, the decision may change. */
static void
find_edges(const fota_model *model, const fota_device *device, int64_t at, int64_t *until)
{
	for (size_t i = 0; i < model->timed_count; i++)
	{
		const fota_rule *rule = model->timed[i];

		if (!fota_rule_covers(rule, device))
			continue;
		if (rule->has_begin && rule->begin != FOTA_TIME_MIN && rule->begin != FOTA_TIME_MAX)
			lower(until, rule->begin + !rule->begin_inside, at);
		if (rule->has_end && rule->end != FOTA_TIME_MIN && rule->end != FOTA_TIME_MAX)
			lower(until, rule->end + rule->end_inside, at);
	}
}

fota_status
fota_decide(fota_ctx *ctx, const fota_model *model, const fota_device *device, int64_t at,
			const fota_deltas *deltas, fota_decision *decision)
{
	fota_case  *cases = fota_alloc_array(ctx, model->component_count, sizeof(fota_case));
	int64_t		until = FOTA_TIME_MAX;
	fota_status status = fota_poll(ctx, 256 + 16 * model->rule_count);

	memset(decision, 0, sizeof(*decision));
	decision->verdicts = fota_alloc_array(ctx, model->component_count, sizeof(fota_verdict));
	if (cases == NULL || decision->verdicts == NULL)
		return ctx->error.code;
	if (status == FOTA_OK)
		status = find_winners(ctx, model, device, at, cases);
	for (const fota_held *held = device->held; held != NULL; held = held->next)
	{
		size_t		place = fota_component_find(model, held->component);

		if (place != SIZE_MAX)
			cases[place].held = held;
	}
	for (size_t i = 0; i < model->component_count && status == FOTA_OK; i++)
	{
		fota_case  *c = &cases[i];

		if (c->winner == NULL && (c->held == NULL || !c->held->present))
			continue;
		c->model = model;
		c->device = device;
		c->component = &model->components[i];
		c->at = at;
		c->deltas = deltas;
		status = fota_judge(ctx, c, &decision->verdicts[decision->count++], &until);
	}
	find_edges(model, device, at, &until);
	decision->has_valid_until = until != FOTA_TIME_MAX;
	decision->valid_until = until;
	fota_free(ctx, cases);
	return status;
}

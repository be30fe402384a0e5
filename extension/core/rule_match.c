/* SPDX-License-Identifier: PostgreSQL */
/* rule_match.c: which rules cover a device and hold now, and which of them wins each component. */
#include "rule_internal.h"

#include <string.h>

#include "hash.h"
#include "version.h"

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

/* While an action is open, the rules of its items hold whatever their time, tests and exposure. */
static bool
is_busy(const fota_device *device, int64_t rule)
{
	for (const fota_past *past = device->past; past != NULL; past = past->next)
		if (past->kind == FOTA_PAST_OPEN && past->rule_id == rule)
			return true;
	return false;
}

/* --- what the tests look at ----------------------------------------------------------------------- */

typedef struct look
{
	fota_ctx   *ctx;
	const fota_model *model;
	const fota_device *device;
	int64_t		at;
	const fota_asks *asks;
	fota_case  *cases;
	fota_seen  *seen;			/* for filters, if there are any */
	size_t		seen_count;
} look;

static fota_status
see(look *l)
{
	bool		filtered = (l->model->own != NULL && l->model->own->filtered) ||
		(l->model->shared != NULL && l->model->shared->filtered);

	if (!filtered)
		return FOTA_OK;
	l->seen = fota_alloc_array(l->ctx, l->model->component_count, sizeof(fota_seen));
	if (l->seen == NULL)
		return l->ctx->error.code;
	for (size_t i = 0; i < l->model->component_count; i++)
	{
		const fota_case *c = &l->cases[i];

		if (c->present && c->reported != NULL)
			l->seen[l->seen_count++] = (fota_seen) {c->component->name, c->reported, c->held->digest, c->held->digest_size};
	}
	return FOTA_OK;
}

static bool
passes(const look *l, const void *filter)
{
	return l->asks->passes(l->asks->opaque, filter, l->device, l->seen, l->seen_count);
}

/* --- exposure --------------------------------------------------------------------------------- */

static int
stratum_order(const fota_stratum *stratum, const char *model, int64_t year)
{
	int			order = strcmp(stratum->model, model);

	return order != 0 ? order : stratum->year < year ? -1 : stratum->year > year;
}

/* Is the hash at or below a threshold of its model and year? */
static bool
in_stratum(const fota_rule *rule, const char *model, int64_t year, int64_t hash)
{
	size_t		from = 0;
	size_t		to = rule->stratum_count;

	while (from < to)
	{
		size_t		middle = from + (to - from) / 2;

		if (stratum_order(&rule->strata[middle], model, year) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	for (; from < rule->stratum_count && stratum_order(&rule->strata[from], model, year) == 0; from++)
		if (hash <= rule->strata[from].threshold)
			return true;
	return false;
}

static fota_status
is_exposed(const look *l, const fota_rule *rule, bool *exposed)
{
	const fota_device *device = l->device;
	uint32_t	hash;
	fota_status status;

	*exposed = rule->exposure >= FOTA_EXPOSURE_ALL;
	if (*exposed)
		return FOTA_OK;
	if (rule->exposure > 0 || rule->stratum_count > 0)
	{
		status = fota_device_hash(l->ctx, rule->seed, strlen(rule->seed), device->name, strlen(device->name), &hash);
		if (status != FOTA_OK)
			return status;
		*exposed = (int32_t) (hash % FOTA_EXPOSURE_ALL) < rule->exposure ||
			in_stratum(rule, l->model->name, device->has_year ? device->year : -1, hash);
	}
	for (size_t i = 0; i < rule->wave_count && !*exposed; i++)
		*exposed = passes(l, rule->waves[i]);
	return FOTA_OK;
}

/* --- tests ------------------------------------------------------------------------------------ */

/* A component that is unknown or absent, or that the model lacks, is in no range. */
static fota_status
passes_versions(const look *l, const fota_rule *rule, bool *passes)
{
	const fota_case *cases = l->cases;
	fota_status status = FOTA_OK;

	*passes = true;
	for (size_t i = 0; i < rule->test_count && *passes && status == FOTA_OK; i++)
	{
		const fota_need *test = &rule->tests[i];
		size_t		place = fota_component_find(l->model, test->component);
		const char *reported = place != SIZE_MAX && cases[place].present ? cases[place].reported : NULL;

		*passes = reported != NULL;
		if (*passes)
			status = fota_version_matches(l->ctx, reported, strlen(reported), test->range, strlen(test->range), passes);
	}
	return status;
}

/* Is an active rule that covers the device in force for it? */
static fota_status
is_in_force(const look *l, const fota_rule *rule, bool *in_force)
{
	fota_status status = FOTA_OK;

	*in_force = rule->active && is_during(rule, l->at);
	if (*in_force && rule->test_count > 0)
		status = passes_versions(l, rule, in_force);
	if (status == FOTA_OK && *in_force)
		status = is_exposed(l, rule, in_force);
	if (status == FOTA_OK && *in_force && rule->filter != NULL)
		*in_force = passes(l, rule->filter);
	return status;
}

/* --- winners ---------------------------------------------------------------------------------- */

/* Does a release name a component that nothing has won yet? */
static bool
may_win(const fota_release *release, const fota_case *cases)
{
	for (size_t k = 0; k < release->item_count; k++)
		if (cases[release->items[k].place].winner == NULL)
			return true;
	return false;
}

/* Gives a rule the components that it names and that nothing has won yet; how many. */
static size_t
win(const fota_rule *rule, const fota_release *release, fota_case *cases)
{
	size_t		won = 0;

	for (size_t k = 0; k < release->item_count; k++)
	{
		fota_case  *c = &cases[release->items[k].place];

		if (c->winner != NULL)
			continue;
		c->winner = rule;
		c->item = &release->items[k];
		won++;
	}
	return won;
}

/* The best rules come first, so the first that names a component wins it. */
static fota_status
find_winners(const look *l, fota_found *found)
{
	size_t		open = l->model->component_count;

	for (size_t i = 0; i < found->count && open > 0; i++)
	{
		const fota_rule *rule = fota_found_best(found, i);
		const fota_release *release = fota_release_of(l->model, rule);
		bool		in_force;
		fota_status status;

		if (release == NULL || !may_win(release, l->cases))
			continue;
		status = is_in_force(l, rule, &in_force);
		if (status != FOTA_OK)
			return status;
		if (in_force || is_busy(l->device, rule->id))
			open -= win(rule, release, l->cases);
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
find_edges(const fota_found *found, int64_t at, int64_t *until)
{
	for (size_t i = 0; i < found->count; i++)
	{
		const fota_rule *rule = found->rules[i];

		if (!rule->active)
			continue;
		if (rule->has_begin && rule->begin != FOTA_TIME_MIN && rule->begin != FOTA_TIME_MAX)
			lower(until, rule->begin + !rule->begin_inside, at);
		if (rule->has_end && rule->end != FOTA_TIME_MIN && rule->end != FOTA_TIME_MAX)
			lower(until, rule->end + rule->end_inside, at);
	}
}

/* --- decisions -------------------------------------------------------------------------------- */

static fota_case *
begin_cases(fota_ctx *ctx, const fota_model *model, const fota_device *device, int64_t at, const fota_asks *asks)
{
	fota_case  *cases = fota_alloc_array(ctx, model->component_count, sizeof(fota_case));

	if (cases == NULL)
		return NULL;
	for (size_t i = 0; i < model->component_count; i++)
	{
		cases[i].model = model;
		cases[i].device = device;
		cases[i].component = &model->components[i];
		cases[i].asks = asks;
		cases[i].at = at;
		cases[i].after = SIZE_MAX;
	}
	for (const fota_held *held = device->held; held != NULL; held = held->next)
	{
		size_t		place = fota_component_find(model, held->component);

		if (place != SIZE_MAX)
			cases[place].held = held;
	}
	for (size_t i = 0; i < model->component_count; i++)
		fota_look(&cases[i]);
	return cases;
}

static fota_status
judge_all(fota_ctx *ctx, const fota_model *model, fota_case *cases, fota_decision *decision, int64_t *until)
{
	size_t		n = model->component_count;
	fota_status status = FOTA_OK;

	for (size_t i = 0; i < n && status == FOTA_OK; i++)
	{
		if (cases[i].winner == NULL && !cases[i].present)
			continue;
		cases[i].verdict = &decision->verdicts[decision->count++];
		status = fota_judge_alone(ctx, &cases[i]);
	}
	if (status == FOTA_OK && model->needs)
		status = fota_needs_judge(ctx, model, cases);
	for (size_t i = 0; i < n && status == FOTA_OK; i++)
		if (cases[i].stage == FOTA_STAGE_OFFERED)
			status = fota_judge_rest(ctx, cases, &cases[i], until);
	return status;
}

fota_status
fota_decide(fota_ctx *ctx, const fota_model *model, const fota_device *device, int64_t at, const fota_asks *asks,
			fota_decision *decision)
{
	fota_case  *cases = begin_cases(ctx, model, device, at, asks);
	look		l = {ctx, model, device, at, asks, cases, NULL, 0};
	int64_t		until = FOTA_TIME_MAX;
	fota_found	found;
	fota_status status;

	memset(decision, 0, sizeof(*decision));
	decision->verdicts = fota_alloc_array(ctx, model->component_count, sizeof(fota_verdict));
	if (cases == NULL || decision->verdicts == NULL)
		return ctx->error.code;
	status = fota_index_find(ctx, model, device, &found);
	if (status == FOTA_OK)
		status = fota_poll(ctx, 256 + 16 * found.count);
	if (status == FOTA_OK)
		status = see(&l);
	if (status == FOTA_OK)
		status = find_winners(&l, &found);
	if (status == FOTA_OK)
		status = judge_all(ctx, model, cases, decision, &until);
	find_edges(&found, at, &until);
	decision->has_valid_until = until != FOTA_TIME_MAX;
	decision->valid_until = until;
	if (found.rules != found.few)
		fota_free(ctx, found.rules);
	fota_free(ctx, cases);
	return status;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_path.c: the way from what a component is to its target. A version may say from
 * which versions it can be installed, and a floor is one that must not be skipped: then
 * the way goes over published versions between, in as few steps as possible.
 */
#include "rule_internal.h"

#include <string.h>

#include "version.h"

/* A version that the way may go over. */
typedef struct stop
{
	const fota_version *image;
	fota_fit	fit;
	size_t		steps;			/* to the target; SIZE_MAX = none known */
} stop;

/* --- one step --------------------------------------------------------------------------------- */

/* Where the version before is not known only what asks for none, or any, holds. */
static bool
holds_unknown(const fota_requires *requires)
{
	const char *p = requires->from;
	size_t		size = strlen(p);

	while (size > 0 && *p == ' ')
		p++, size--;
	while (size > 0 && p[size - 1] == ' ')
		size--;
	return requires->from_absent || (size == 1 && *p == '*');
}

/* Can a version be installed over from? NULL = not known, or absent. */
static fota_status
from_holds(fota_ctx *ctx, const fota_version *image, const char *from, bool *holds)
{
	const fota_requires *requires = image != NULL ? image->requires : NULL;

	*holds = true;
	if (requires == NULL || requires->from == NULL)
		return FOTA_OK;
	if (from != NULL)
		return fota_version_matches(ctx, from, strlen(from), requires->from, strlen(requires->from), holds);
	*holds = holds_unknown(requires);
	return FOTA_OK;
}

static bool
is_between(const fota_version *image, fota_bytes low, fota_bytes high)
{
	return fota_key_order(image->key, low) > 0 && fota_key_order(image->key, high) < 0;
}

/* The lowest floor that a step from low to high would skip, or NULL. */
static const fota_version *
skipped_floor(const fota_case *c, fota_bytes low, fota_bytes high)
{
	size_t		count;
	const fota_version *list;

	if (c->reported == NULL)
		return NULL;
	list = fota_versions_of(c->model, c->item->place, c->item->any, &count);
	for (size_t i = 0; i < count; i++)
		if (list[i].floor && is_between(&list[i], low, high))
			return &list[i];
	return NULL;
}

static fota_status
is_direct(fota_ctx *ctx, const fota_case *c, bool *direct)
{
	fota_status status = from_holds(ctx, c->item->image, c->reported, direct);

	if (status == FOTA_OK && *direct && c->order < 0)
		*direct = skipped_floor(c, c->key, c->item->key) == NULL;
	return status;
}

/* --- chains ----------------------------------------------------------------------------------- */

/* Published versions between what there is and the target that fit the device, in rising order. */
static fota_status
find_stops(fota_ctx *ctx, const fota_case *c, stop **stops, size_t *count)
{
	size_t		all;
	const fota_version *list = fota_versions_of(c->model, c->item->place, c->item->any, &all);

	*count = 0;
	*stops = fota_alloc_array(ctx, all, sizeof(stop));
	if (*stops == NULL)
		return ctx->error.code;
	for (size_t i = 0; i < all; i++)
	{
		fota_fit	fit;

		if (fota_key_order(list[i].key, c->item->key) >= 0 ||
			(c->reported != NULL && fota_key_order(list[i].key, c->key) <= 0))
			continue;
		fit = fota_fit_find(c, &list[i]);
		if (fit.count == 1 && fit.build->state == FOTA_BUILD_PUBLISHED)
			(*stops)[(*count)++] = (stop) {&list[i], fit, SIZE_MAX};
	}
	return FOTA_OK;
}

static fota_status
step_holds(fota_ctx *ctx, const fota_case *c, const fota_version *low, const fota_version *image, fota_bytes high,
		   bool *holds)
{
	*holds = fota_key_order(low->key, high) < 0 && skipped_floor(c, low->key, high) == NULL;
	return *holds ? from_holds(ctx, image, low->text, holds) : FOTA_OK;
}

/* Fills in how many steps each stop is from the target, from the highest down. */
static fota_status
count_steps(fota_ctx *ctx, const fota_case *c, stop *stops, size_t count)
{
	for (size_t i = count; i-- > 0;)
	{
		bool		holds;
		fota_status status = step_holds(ctx, c, stops[i].image, c->item->image, c->item->key, &holds);

		if (status != FOTA_OK)
			return status;
		if (holds)
			stops[i].steps = 1;
		for (size_t k = i + 1; k < count && stops[i].steps != 1; k++)
		{
			if (stops[k].steps == SIZE_MAX || stops[k].steps + 1 >= stops[i].steps)
				continue;
			status = step_holds(ctx, c, stops[i].image, stops[k].image, stops[k].image->key, &holds);
			if (status != FOTA_OK)
				return status;
			if (holds)
				stops[i].steps = stops[k].steps + 1;
		}
		status = fota_poll(ctx, 64 * (count - i));
		if (status != FOTA_OK)
			return status;
	}
	return FOTA_OK;
}

/* The first of the fewest steps; of equal ones that to the highest version. */
static fota_status
find_hop(fota_ctx *ctx, fota_case *c)
{
	stop	   *stops;
	const stop *best = NULL;
	size_t		count;
	fota_status status = find_stops(ctx, c, &stops, &count);

	if (status == FOTA_OK)
		status = count_steps(ctx, c, stops, count);
	for (size_t i = count; i-- > 0 && status == FOTA_OK;)
	{
		bool		holds;

		if (stops[i].steps == SIZE_MAX || (best != NULL && stops[i].steps >= best->steps))
			continue;
		status = from_holds(ctx, stops[i].image, c->reported, &holds);
		if (status == FOTA_OK && holds && skipped_floor(c, c->key, stops[i].image->key) == NULL)
			best = &stops[i];
	}
	if (status != FOTA_OK)
		return status;
	c->no_path = best == NULL;
	c->hop = best != NULL;
	if (best != NULL)
	{
		c->image = best->image;
		c->version = best->image->text;
		c->fit = best->fit;
	}
	fota_free(ctx, stops);
	return FOTA_OK;
}

fota_status
fota_path_find(fota_ctx *ctx, fota_case *c)
{
	bool		direct;
	fota_status status;

	c->target = fota_fit_find(c, c->item->image);
	c->version = c->item->version;
	c->image = c->item->image;
	c->fit = c->target;
	if (c->version == NULL || c->component->opaque)
		return FOTA_OK;
	status = is_direct(ctx, c, &direct);
	if (status != FOTA_OK || direct)
		return status;
	if (c->reported == NULL || c->order < 0)
		return find_hop(ctx, c);
	c->no_path = true;
	return FOTA_OK;
}

fota_status
fota_path_explain(fota_ctx *ctx, const fota_case *c, const char **detail)
{
	const char *from = c->reported != NULL ? c->reported : c->absent ? "absent" : "unknown";
	const fota_version *floor;
	bool		holds;
	fota_status status = from_holds(ctx, c->item->image, c->reported, &holds);

	if (status != FOTA_OK)
		return status;
	if (!holds)
		return fota_say(ctx, detail, "from ", from, " to ", c->item->version, " (needs ",
						c->item->image->requires->from, ")", FOTA_SAY_END);
	floor = skipped_floor(c, c->key, c->item->key);
	return fota_say(ctx, detail, "from ", from, " to ", c->item->version, " (floor ",
					floor != NULL ? floor->text : NULL, ")", FOTA_SAY_END);
}

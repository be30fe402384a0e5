/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_facts.c: what a verdict asks: what the device has, how that compares with the
 * target, which builds fit, and what the device's past and its clock say.
 */
#include "rule_internal.h"

#include <string.h>

#include "version.h"

#define QUARTER INT64_C(900000000)
#define MOST_DOUBLINGS 10

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* --- contents --------------------------------------------------------------------------------- */

/* A digest that identifies one version beats the reported one; two matches are none. */
void
fota_look(fota_case *c)
{
	const fota_held *held = c->held;
	const fota_model *model = c->model;
	const char *version = NULL;
	bool		two_versions = false;
	bool		two_payloads = false;

	c->present = held != NULL && held->present;
	c->absent = held != NULL && !held->present;
	if (!c->present)
		return;
	c->reported = held->version;
	if (!fota_known_find(model, (size_t) (c->component - model->components), held->digest, held->digest_size,
						 &c->known_from, &c->known_to))
		return;
	for (size_t i = c->known_from; i < c->known_to; i++)
	{
		const fota_known *known = &model->known[i];
		const fota_build *build = known->build;

		if (!fota_digest_same(known->data, known->size, held->digest, held->digest_size))
			continue;
		if (build->state != FOTA_BUILD_PUBLISHED && build->state != FOTA_BUILD_WITHDRAWN)
			continue;
		two_versions |= version != NULL && strcmp(version, build->version) != 0;
		version = build->version;
		c->held_image = build->image;
		if (build->payload == NULL)
			continue;
		two_payloads |= c->base != NULL && memcmp(c->base, build->payload, 32) != 0;
		c->base = build->payload;
	}
	if (version != NULL)
		c->reported = two_versions ? NULL : version;
	if (two_versions)
		c->held_image = NULL;
	if (two_payloads)
		c->base = NULL;
}

/* Is the reported digest of a build of the target, in whatever state? */
static bool
is_of_target(const fota_case *c)
{
	const fota_version *image = c->item->image;

	for (size_t i = c->known_from; i < c->known_to && image != NULL; i++)
	{
		const fota_known *known = &c->model->known[i];

		if (known->build >= image->builds && known->build < image->builds + image->build_count &&
			fota_digest_same(known->data, known->size, c->held->digest, c->held->digest_size))
			return true;
	}
	return false;
}

fota_status
fota_compare(fota_ctx *ctx, fota_case *c)
{
	fota_status status;

	c->matches = is_of_target(c);
	c->unknown = !c->absent && !(c->present && (c->reported != NULL || c->matches));
	if (c->item->version == NULL || c->reported == NULL)
		return FOTA_OK;
	c->comparable = strcmp(c->reported, c->item->version) == 0;
	if (c->component->opaque)
		return FOTA_OK;
	if (c->comparable)
	{
		c->key = c->item->key;
		return FOTA_OK;
	}
	if (c->held_image != NULL)
		c->key = c->held_image->key;
	else
	{
		status = fota_key_make(ctx, c->reported, &c->key);
		if (status != FOTA_OK)
			return status;
	}
	c->order = fota_key_order(c->key, c->item->key);
	c->comparable = true;
	return FOTA_OK;
}

/* --- builds ----------------------------------------------------------------------------------- */

static bool
names_hw(const fota_build *build, const char *hw)
{
	for (size_t i = 0; hw != NULL && i < build->hw_count; i++)
		if (build->hw[i] != NULL && strcmp(build->hw[i], hw) == 0)
			return true;
	return false;
}

/* A device with two slots installs into the one that it does not run from. */
static bool
fits_slot(const fota_case *c, const fota_build *build)
{
	bool		reported = c->present && c->held->has_slot;

	return !build->has_slot ||
		(reported && (c->device->two_slots ? build->slot != c->held->slot : build->slot == c->held->slot));
}

/* An exact hardware id beats a build for any hardware, then an exact slot one for any slot. */
fota_fit
fota_fit_find(const fota_case *c, const fota_version *image)
{
	fota_fit	fit = {0, NULL};
	int			best = -1;

	for (size_t i = 0; image != NULL && i < image->build_count; i++)
	{
		const fota_build *build = &image->builds[i];
		bool		named = build->hw != NULL && names_hw(build, c->device->hw);
		int			rank = (named ? 2 : 0) + (build->has_slot ? 1 : 0);

		if ((build->state != FOTA_BUILD_PUBLISHED && build->state != FOTA_BUILD_DECODING) ||
			(build->hw != NULL && !named) || !fits_slot(c, build) || rank < best)
			continue;
		if (rank > best)
			fit = (fota_fit) {0, build};
		best = rank;
		fit.count++;
	}
	return fit;
}

/* --- the past, and time ------------------------------------------------------------------------ */

static void
recall_actions(fota_case *c)
{
	const fota_past *left = NULL;
	int64_t		last = FOTA_TIME_MIN;

	for (const fota_past *past = c->device->past; past != NULL; past = past->next)
	{
		if (strcmp(past->component, c->component->name) != 0)
			continue;
		if (past->kind == FOTA_PAST_FAILED && same_text(past->version, c->version))
		{
			c->failures++;
			if (past->has_closed && past->closed_at > last)
				last = past->closed_at;
		}
		c->downloaded |= past->kind == FOTA_PAST_DOWNLOADED && past->rule_id == c->winner->id &&
			c->version != NULL && same_text(past->version, c->version);
		if (past->kind == FOTA_PAST_LEFT && c->version != NULL && past->from_version != NULL &&
			strcmp(past->from_version, c->version) == 0 && !same_text(past->version, c->version) &&
			(left == NULL || past->action > left->action ||
			 (past->action == left->action && past->item > left->item)))
			left = past;
	}
	c->undone = left != NULL;
	c->undone_by = left != NULL ? left->rule_id : 0;
	c->retry_at = last;
	if (last != FOTA_TIME_MIN && last != FOTA_TIME_MAX &&
		__builtin_add_overflow(last, QUARTER << (c->failures <= MOST_DOUBLINGS ? c->failures - 1 : MOST_DOUBLINGS),
							   &c->retry_at))
		c->retry_at = FOTA_TIME_MAX;
}

static bool
wants_delta(fota_case *c)
{
	const fota_build *build = c->fit.build;

	return c->winner->wait_for_delta && c->device->takes_delta && c->base != NULL && build != NULL &&
		build->payload != NULL && memcmp(c->base, build->payload, 32) != 0 &&
		c->asks->delta_wanted(c->asks->opaque, c->base, build->payload, &c->delta_until) && c->delta_until > c->at;
}

void
fota_recall(fota_case *c)
{
	const fota_rule *rule = c->winner;
	const char *zone = c->device->zone != NULL ? c->device->zone : c->model->zone;

	recall_actions(c);
	c->postponed = c->device->has_postponed && c->device->postponed_until > c->at;
	c->backoff = c->retry_at > c->at;
	/* What is only downloaded is not installed in a window either. */
	c->has_opening = rule->window_count > 0 && (!rule->download_only || rule->download_in_window);
	if (c->has_opening)
		c->asks->opening(c->asks->opaque, rule, zone, &c->opening);
	c->windowed = c->has_opening && rule->download_in_window && !c->opening.open;
	c->delta = wants_delta(c);
}

bool
fota_has_time_wait(const fota_case *c)
{
	return c->postponed || c->backoff || c->windowed || c->delta;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_need.c: what the components of a device need of each other before one of them
 * may change. A requirement that is not met, and a present image that a change would
 * break, are edges from the component that waits to the one that may help. Edges that
 * come back to where they began can hold only in one action.
 */
#include "rule_internal.h"

#include <string.h>

#include "version.h"

typedef struct edge
{
	size_t		from;			/* places of components */
	size_t		to;
	bool		now;			/* what is offered of the other one helps; else only its target */
	bool		breaks;			/* the other one's present image would break */
} edge;

typedef struct graph
{
	fota_ctx   *ctx;
	const fota_model *model;
	fota_case  *cases;
	size_t		count;
	edge	   *edges;
	size_t		edge_count;
	size_t		edge_room;
	bool	   *hard;			/* by component: nothing will help */
	bool	   *able;			/* may be installed, were it not for time */
	bool	   *ok;				/* may be installed now */
	uint8_t    *group;			/* count x count: reached by edges, so also each other */
	uint8_t    *cycle;			/* the same by edges that do not hold */
} graph;

/* --- ranges ----------------------------------------------------------------------------------- */

/* No version is in no range. */
static fota_status
meets(graph *g, const char *version, const char *range, bool *met)
{
	*met = false;
	return version == NULL ? FOTA_OK :
		fota_version_matches(g->ctx, version, strlen(version), range, strlen(range), met);
}

static const char *
range_for(const fota_requires *requires, const char *component)
{
	for (size_t i = 0; requires != NULL && i < requires->need_count; i++)
		if (strcmp(requires->needs[i].component, component) == 0)
			return requires->needs[i].range;
	return NULL;
}

/* Will the other one change at all? */
static bool
changes(const fota_case *c)
{
	return c->winner != NULL && (c->stage == FOTA_STAGE_BLOCKED || c->stage == FOTA_STAGE_OFFERED);
}

/* --- edges ------------------------------------------------------------------------------------ */

static fota_status
add_edge(graph *g, size_t from, size_t to, bool now, bool breaks)
{
	if (g->edge_count == g->edge_room)
	{
		size_t		room = g->edge_room > 0 ? 2 * g->edge_room : 16;
		edge	   *more = fota_alloc_array(g->ctx, room, sizeof(edge));

		if (more == NULL)
			return g->ctx->error.code;
		if (g->edge_count > 0)
			memcpy(more, g->edges, g->edge_count * sizeof(edge));
		fota_free(g->ctx, g->edges);
		g->edges = more;
		g->edge_room = room;
	}
	g->edges[g->edge_count++] = (edge) {from, to, now, breaks};
	return FOTA_OK;
}

static fota_status
block(graph *g, size_t place)
{
	fota_case  *c = &g->cases[place];

	g->hard[place] = true;
	c->stage = FOTA_STAGE_BLOCKED;
	c->verdict->verdict = "blocked";
	c->verdict->reason = "requirement";
	return FOTA_OK;
}

/* One requirement of what is offered of a component. */
static fota_status
need_one(graph *g, size_t place, const fota_need *need)
{
	fota_case  *c = &g->cases[place];
	size_t		other = fota_component_find(g->model, need->component);
	const fota_case *o = other != SIZE_MAX ? &g->cases[other] : NULL;
	bool		met = false;
	bool		later = false;
	bool		now = false;
	fota_status status = o == NULL ? FOTA_OK : meets(g, o->reported, need->range, &met);

	if (status != FOTA_OK || met)
		return status;
	if (o != NULL && other != place && changes(o) && o->item->version != NULL)
	{
		status = meets(g, o->version, need->range, &now);
		if (status == FOTA_OK)
			status = meets(g, o->item->version, need->range, &later);
		if (status != FOTA_OK)
			return status;
	}
	if (now || later)
		return add_edge(g, place, other, now, false);
	block(g, place);
	return fota_say(g->ctx, &c->verdict->detail, c->version, " needs ", need->component, " ", need->range,
					"; it is ", o != NULL && o->reported != NULL ? o->reported :
					o != NULL && o->absent ? "absent" : "unknown", FOTA_SAY_END);
}

static fota_status
find_needs(graph *g, size_t place)
{
	const fota_version *image = g->cases[place].image;
	const fota_requires *requires = image != NULL && g->cases[place].version != NULL ? image->requires : NULL;
	fota_status status = FOTA_OK;

	for (size_t i = 0; requires != NULL && i < requires->need_count && status == FOTA_OK && !g->hard[place]; i++)
		status = need_one(g, place, &requires->needs[i]);
	return status;
}

/* What the version that the device has of a component requires of another, or NULL. */
static fota_status
present_range(graph *g, const fota_case *p, const char *component, const char **range)
{
	size_t		place = (size_t) (p->component - g->model->components);
	const fota_version *image;
	fota_bytes	key;
	fota_status status;

	*range = NULL;
	if (!p->present || p->reported == NULL)
		return FOTA_OK;
	status = fota_key_make(g->ctx, p->reported, &key);
	if (status != FOTA_OK)
		return status;
	image = fota_version_find(g->model, place, false, key, p->reported);
	if (image == NULL || !image->held)
		image = fota_version_find(g->model, place, true, key, p->reported);
	*range = image != NULL && image->held ? range_for(image->holds, component) : NULL;
	return FOTA_OK;
}

/* Would a version of the other one (NULL = removed) no longer mind what is offered? */
static fota_status
ends(graph *g, const fota_case *c, const char *version, const fota_version *image, bool *end)
{
	const char *range = version != NULL && image != NULL ? range_for(image->requires, c->component->name) : NULL;

	*end = true;
	return range == NULL ? FOTA_OK : meets(g, c->version, range, end);
}

/* Does what is offered of a component break the present image of another? */
static fota_status
break_one(graph *g, size_t place, size_t other)
{
	fota_case  *c = &g->cases[place];
	const fota_case *p = &g->cases[other];
	const char *range;
	bool		before = false;
	bool		after = false;
	bool		now = false;
	bool		later = false;
	fota_status status = present_range(g, p, c->component->name, &range);

	if (status == FOTA_OK && range != NULL)
		status = meets(g, c->reported, range, &before);
	if (status == FOTA_OK && before)
		status = meets(g, c->version, range, &after);
	if (status != FOTA_OK || !before || after)
		return status;
	if (changes(p))
	{
		status = ends(g, c, p->version, p->image, &now);
		if (status == FOTA_OK)
			status = ends(g, c, p->item->version, p->item->image, &later);
		if (status != FOTA_OK)
			return status;
	}
	if (now || later)
		return add_edge(g, place, other, now, true);
	block(g, place);
	return fota_say(g->ctx, &c->verdict->detail, p->component->name, " ", p->reported, " needs ",
					c->component->name, " ", range, FOTA_SAY_END);
}

static fota_status
find_edges(graph *g)
{
	fota_status status = FOTA_OK;

	for (size_t i = 0; i < g->count && status == FOTA_OK; i++)
	{
		if (g->cases[i].stage != FOTA_STAGE_OFFERED)
			continue;
		status = find_needs(g, i);
		for (size_t k = 0; k < g->count && status == FOTA_OK && !g->hard[i]; k++)
			if (k != i)
				status = break_one(g, i, k);
	}
	return status;
}

/* --- who reaches whom --------------------------------------------------------------------------- */

static bool
is_offered(const graph *g, size_t place)
{
	return g->cases[place].stage == FOTA_STAGE_OFFERED;
}

static bool
together(const graph *g, const uint8_t *reach, size_t a, size_t b)
{
	return reach[a * g->count + b] && reach[b * g->count + a];
}

/* Are all that a reaches and that reach a joint? */
static bool
all_joint(const graph *g, const uint8_t *reach, size_t a)
{
	for (size_t b = 0; b < g->count; b++)
		if ((a == b || together(g, reach, a, b)) && !g->cases[b].component->joint)
			return false;
	return true;
}

static bool
holds(const graph *g, const edge *e, const bool *set)
{
	return e->now && set[e->to] &&
		(e->breaks || (together(g, g->group, e->from, e->to) && all_joint(g, g->group, e->from)));
}

/* Edges between those that are offered; of those that do not hold only, if blame. */
static fota_status
reach_all(graph *g, uint8_t *reach, bool blame)
{
	for (bool more = true; more;)
	{
		more = false;
		for (size_t i = 0; i < g->edge_count; i++)
		{
			const edge *e = &g->edges[i];

			if (!is_offered(g, e->from) || !is_offered(g, e->to) ||
				(blame && (g->able[e->from] || holds(g, e, g->able))))
				continue;
			more |= !reach[e->from * g->count + e->to];
			reach[e->from * g->count + e->to] = 1;
			for (size_t k = 0; k < g->count; k++)
				if (reach[e->to * g->count + k] && !reach[e->from * g->count + k])
				{
					reach[e->from * g->count + k] = 1;
					more = true;
				}
		}
		if (fota_poll(g->ctx, g->edge_count * g->count) != FOTA_OK)
			return g->ctx->error.code;
	}
	return FOTA_OK;
}

/* Drops from a set whoever has an edge that fails it, until all hold. */
static void
settle(const graph *g, bool *set, bool by_time)
{
	for (bool more = true; more;)
	{
		more = false;
		for (size_t i = 0; i < g->edge_count; i++)
		{
			const edge *e = &g->edges[i];

			if (!set[e->from] || (by_time ? set[e->to] : holds(g, e, set)))
				continue;
			set[e->from] = false;
			more = true;
		}
	}
}

/* --- verdicts --------------------------------------------------------------------------------- */

static fota_status
say_cycle(graph *g, size_t place, bool joint)
{
	fota_case  *c = &g->cases[place];
	const char *others = NULL;
	fota_status status = FOTA_OK;

	for (size_t b = 0; b < g->count && status == FOTA_OK; b++)
		if (b != place && together(g, g->cycle, place, b))
			status = fota_say(g->ctx, &others, others, others != NULL ? ", " : NULL,
							  g->cases[b].component->name, FOTA_SAY_END);
	return status != FOTA_OK ? status :
		fota_say(g->ctx, &c->verdict->detail, "it and ", others, " wait for each other",
				 joint ? NULL : " and are not all joint", FOTA_SAY_END);
}

/* The first component outside of its own cycle that an edge that does not hold leads to. */
static size_t
blamed(const graph *g, size_t place)
{
	size_t		first = SIZE_MAX;

	for (size_t i = 0; i < g->edge_count; i++)
	{
		const edge *e = &g->edges[i];

		if (e->from == place && !holds(g, e, g->able) && e->to < first && !together(g, g->cycle, place, e->to))
			first = e->to;
	}
	return first;
}

/* The first component that an edge that does not hold leads to from a cycle, or SIZE_MAX. */
static size_t
exit_of(const graph *g, size_t place)
{
	size_t		first = SIZE_MAX;

	for (size_t a = 0; a < g->count; a++)
		if (a == place || together(g, g->cycle, place, a))
		{
			size_t		to = blamed(g, a);

			first = to < first ? to : first;
		}
	return first;
}

static fota_status
hold_back(graph *g, size_t place, bool *blocked)
{
	fota_case  *c = &g->cases[place];
	bool		alone = !together(g, g->cycle, place, place);
	bool		joint = all_joint(g, g->cycle, place);

	c->after = exit_of(g, place);
	*blocked = !alone && (!joint || c->after == SIZE_MAX);
	return *blocked ? say_cycle(g, place, joint) : FOTA_OK;
}

/* Those that could, but for another one's time. */
static void
await_others(graph *g)
{
	for (size_t i = 0; i < g->count; i++)
		g->ok[i] = g->able[i] && !fota_has_time_wait(&g->cases[i]);
	settle(g, g->ok, true);
	for (size_t i = 0; i < g->edge_count; i++)
	{
		const edge *e = &g->edges[i];
		fota_case  *c = &g->cases[e->from];

		if (g->able[e->from] && !fota_has_time_wait(c) && !g->ok[e->to] && e->to < c->after)
			c->after = e->to;
	}
}

static fota_status
judge(graph *g)
{
	bool	   *blocked = fota_alloc_array(g->ctx, g->count, sizeof(bool));
	fota_status status = blocked == NULL ? g->ctx->error.code : reach_all(g, g->group, false);

	for (size_t i = 0; i < g->count; i++)
		g->able[i] = is_offered(g, i);
	settle(g, g->able, false);
	if (status == FOTA_OK)
		status = reach_all(g, g->cycle, true);
	for (size_t i = 0; i < g->count && status == FOTA_OK; i++)
		if (is_offered(g, i) && !g->able[i])
			status = hold_back(g, i, &blocked[i]);
	if (status != FOTA_OK)
		return status;
	await_others(g);
	for (size_t i = 0; i < g->count; i++)
		if (blocked[i])
			block(g, i);
	return FOTA_OK;
}

fota_status
fota_needs_judge(fota_ctx *ctx, const fota_model *model, fota_case *cases)
{
	size_t		n = model->component_count;
	graph		g = {.ctx = ctx, .model = model, .cases = cases, .count = n};
	fota_status status;

	g.hard = fota_alloc_array(ctx, n, sizeof(bool));
	if (g.hard == NULL)
		return ctx->error.code;
	status = find_edges(&g);
	if (status != FOTA_OK || g.edge_count == 0)
		return status;
	g.able = fota_alloc_array(ctx, n, sizeof(bool));
	g.ok = fota_alloc_array(ctx, n, sizeof(bool));
	g.group = fota_alloc_array(ctx, n, n);
	g.cycle = fota_alloc_array(ctx, n, n);
	if (g.able == NULL || g.ok == NULL || g.group == NULL || g.cycle == NULL)
		return ctx->error.code;
	return judge(&g);
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_catalogue.c: makes of catalogue rows what is quick to decide with: rules with
 * their best first and joined to the items that they name, items joined to the
 * builds of their version, and an index from digests to builds.
 */
#include "rule_internal.h"

#include <string.h>

#include "version.h"

typedef int (*order_fn) (const void *a, const void *b);

#define MOST_ELEMENT 256

static void
swap(uint8_t *a, uint8_t *b, size_t size)
{
	uint8_t		kept[MOST_ELEMENT];

	memcpy(kept, a, size);
	memcpy(a, b, size);
	memcpy(b, kept, size);
}

/* Heap sort: in place, so that it needs no memory, and never quadratic. */
static void
sort(void *data, size_t count, size_t size, order_fn order)
{
	uint8_t    *d = data;
	size_t		begin = count / 2;
	size_t		end = count;

	while (end > 1)
	{
		size_t		root;
		size_t		child;

		if (begin > 0)
			begin--;
		else
			swap(d, d + --end * size, size);
		for (root = begin; (child = 2 * root + 1) < end; root = child)
		{
			if (child + 1 < end && order(d + child * size, d + (child + 1) * size) < 0)
				child++;
			if (order(d + root * size, d + child * size) >= 0)
				break;
			swap(d + root * size, d + child * size, size);
		}
	}
}

/* --- rules ----------------------------------------------------------------------------------- */

static fota_status
serial_bound(fota_ctx *ctx, const char *serial, const char **key)
{
	fota_buf	buf;
	fota_status status;

	*key = NULL;
	if (serial == NULL)
		return FOTA_OK;
	fota_buf_init(&buf, 3 * strlen(serial) + 1);
	status = fota_serial_key(ctx, serial, strlen(serial), &buf);
	if (status == FOTA_OK)
		status = fota_buf_append(ctx, &buf, "", 1);
	*key = (const char *) buf.data;
	return status;
}

fota_status
fota_rule_prepare(fota_ctx *ctx, fota_rule *rule)
{
	fota_status status;

	rule->one_serial = rule->serial_from != NULL && rule->serial_to != NULL &&
		strcmp(rule->serial_from, rule->serial_to) == 0;
	rule->level = rule->one_serial ? 16 : rule->serial_from != NULL || rule->serial_to != NULL ? 8 : 0;
	rule->level += (rule->batch != NULL ? 4 : 0) + (rule->has_years ? 2 : 0) + (rule->has_model ? 1 : 0);
	status = serial_bound(ctx, rule->serial_from, &rule->from_key);
	return status != FOTA_OK ? status : serial_bound(ctx, rule->serial_to, &rule->to_key);
}

/* The best rule first. */
static int
by_rank(const void *left, const void *right)
{
	const fota_rule *a = ((const fota_named *) left)->rule;
	const fota_rule *b = ((const fota_named *) right)->rule;

	if (a->level != b->level)
		return a->level > b->level ? -1 : 1;
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return a->id == b->id ? 0 : a->id > b->id ? -1 : 1;
}

/* --- components, builds, items ---------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const fota_component *) a)->name, ((const fota_component *) b)->name);
}

size_t
fota_component_find(const fota_model *model, const char *name)
{
	size_t		from = 0;
	size_t		to = model->component_count;

	while (from < to)
	{
		size_t		middle = from + (to - from) / 2;
		int			order = strcmp(model->components[middle].name, name);

		if (order == 0)
			return middle;
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return SIZE_MAX;
}

/* By component, model or '*', version, build: the builds of a version stand together. */
static int
by_version(const void *left, const void *right)
{
	const fota_build *a = left;
	const fota_build *b = right;
	int			order;

	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	if (a->any != b->any)
		return a->any ? 1 : -1;
	order = strcmp(a->version, b->version);
	return order != 0 ? order : strcmp(a->build, b->build);
}

/* Drops what is of no component of the model, and puts the rest in order. */
static void
order_builds(fota_model *model)
{
	size_t		kept = 0;

	for (size_t i = 0; i < model->build_count; i++)
	{
		fota_build	build = model->builds[i];

		build.place = fota_component_find(model, build.component);
		if (build.place != SIZE_MAX)
			model->builds[kept++] = build;
	}
	model->build_count = kept;
	sort(model->builds, kept, sizeof(fota_build), by_version);
}

/* First build that does not stand before the one wanted. */
static size_t
first_build(const fota_model *model, const fota_build *wanted)
{
	size_t		from = 0;
	size_t		to = model->build_count;

	while (from < to)
	{
		size_t		middle = from + (to - from) / 2;

		if (by_version(&model->builds[middle], wanted) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* By release, component, and the model's own before that of '*'. */
static int
by_release(const void *left, const void *right)
{
	const fota_item *a = left;
	const fota_item *b = right;
	int			order = strcmp(a->release, b->release);

	if (order != 0)
		return order;
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return a->any == b->any ? 0 : a->any ? 1 : -1;
}

static fota_status
join_item(fota_ctx *ctx, const fota_model *model, fota_item *item)
{
	fota_build	wanted = {.place = item->place, .any = item->any, .version = item->version, .build = ""};
	fota_buf	key;
	fota_status status;
	size_t		at;

	item->builds = NULL;
	item->build_count = 0;
	item->digests = false;
	if (item->version == NULL)
		return FOTA_OK;
	at = first_build(model, &wanted);
	item->builds = model->builds + at;
	for (; at < model->build_count && model->builds[at].place == item->place &&
		 model->builds[at].any == item->any && strcmp(model->builds[at].version, item->version) == 0; at++)
	{
		item->build_count++;
		item->digests |= model->builds[at].payload != NULL;
	}
	fota_buf_init(&key, 4 * strlen(item->version) + 32);
	status = fota_version_key(ctx, item->version, strlen(item->version), &key);
	item->key = (fota_bytes) {key.data, key.size};
	return status;
}

static fota_status
order_items(fota_ctx *ctx, fota_model *model)
{
	fota_item  *items = model->items;
	size_t		kept = 0;
	fota_status status = FOTA_OK;

	for (size_t i = 0; i < model->item_count; i++)
	{
		fota_item	item = items[i];

		item.place = fota_component_find(model, item.component);
		if (item.place != SIZE_MAX)
			items[kept++] = item;
	}
	sort(items, kept, sizeof(fota_item), by_release);
	model->item_count = kept;
	kept = 0;
	for (size_t i = 0; i < model->item_count && status == FOTA_OK; i++)
	{
		/* The model's own item stands first; that of '*' is not for it then. */
		if (kept > 0 && items[kept - 1].place == items[i].place &&
			strcmp(items[kept - 1].release, items[i].release) == 0)
			continue;
		items[kept] = items[i];
		status = join_item(ctx, model, &items[kept++]);
	}
	model->item_count = kept;
	return status;
}

/* The items of a release, which stand together. */
static const fota_item *
items_of(const fota_model *model, const char *release, size_t *count)
{
	size_t		from = 0;
	size_t		to = model->item_count;

	while (from < to)
	{
		size_t		middle = from + (to - from) / 2;

		if (strcmp(model->items[middle].release, release) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	for (to = from; to < model->item_count && strcmp(model->items[to].release, release) == 0;)
		to++;
	*count = to - from;
	return model->items + from;
}

static fota_status
name_rules(fota_ctx *ctx, fota_model *model)
{
	model->named = fota_alloc_array(ctx, model->rule_count, sizeof(fota_named));
	model->timed = fota_alloc_array(ctx, model->rule_count, sizeof(fota_rule *));
	if (model->named == NULL || model->timed == NULL)
		return ctx->error.code;
	model->named_count = model->timed_count = 0;
	for (size_t i = 0; i < model->rule_count; i++)
	{
		const fota_rule *rule = model->rules[i];
		size_t		count;
		const fota_item *items = items_of(model, rule->release, &count);

		if (count > 0)
			model->named[model->named_count++] = (fota_named) {rule, items, count};
		if (rule->active && (rule->has_begin || rule->has_end))
			model->timed[model->timed_count++] = rule;
	}
	sort(model->named, model->named_count, sizeof(fota_named), by_rank);
	return FOTA_OK;
}

/* --- digests ---------------------------------------------------------------------------------- */

static int
by_digest(const void *left, const void *right)
{
	const fota_known *a = left;
	const fota_known *b = right;
	int			order;

	if (a->build->place != b->build->place)
		return a->build->place < b->build->place ? -1 : 1;
	order = memcmp(a->data, b->data, 8);
	return order != 0 ? order : a->build == b->build ? 0 : a->build < b->build ? -1 : 1;
}

static void
add_known(fota_model *model, const fota_build *build, const uint8_t *data, size_t size)
{
	if (data != NULL && size >= 8)
		model->known[model->known_count++] = (fota_known) {data, size, build};
}

static fota_status
index_digests(fota_ctx *ctx, fota_model *model)
{
	size_t		at = 0;

	model->known = fota_alloc_array(ctx, model->build_count + model->other_count, sizeof(fota_known));
	model->known_from = fota_alloc_array(ctx, model->component_count + 1, sizeof(size_t));
	if (model->known == NULL || model->known_from == NULL)
		return ctx->error.code;
	model->known_count = 0;
	for (size_t i = 0; i < model->build_count; i++)
		add_known(model, &model->builds[i], model->builds[i].payload, 32);
	for (size_t i = 0; i < model->other_count; i++)
	{
		const fota_other_digest *other = &model->others[i];
		fota_build	wanted = {.any = other->any, .version = other->version, .build = other->build};
		size_t		build;

		wanted.place = fota_component_find(model, other->component);
		build = first_build(model, &wanted);
		if (build < model->build_count && by_version(&model->builds[build], &wanted) == 0)
			add_known(model, &model->builds[build], other->data, other->size);
	}
	sort(model->known, model->known_count, sizeof(fota_known), by_digest);
	for (size_t c = 0; c <= model->component_count; c++)
	{
		while (at < model->known_count && model->known[at].build->place < c)
			at++;
		model->known_from[c] = at;
	}
	return FOTA_OK;
}

bool
fota_known_find(const fota_model *model, size_t component, const uint8_t *digest, size_t size, size_t *from,
				size_t *to)
{
	size_t		end = model->known_from[component + 1];
	size_t		low = model->known_from[component];
	size_t		high = end;

	*from = *to = low;
	if (digest == NULL || size < 8)
		return false;
	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (memcmp(model->known[middle].data, digest, 8) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*from = *to = low; *to < end && memcmp(model->known[*to].data, digest, 8) == 0;)
		++*to;
	return *to > *from;
}

bool
fota_digest_same(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	return memcmp(a, b, a_size < b_size ? a_size : b_size) == 0;
}

fota_status
fota_model_prepare(fota_ctx *ctx, fota_model *model)
{
	fota_status status;

	sort(model->components, model->component_count, sizeof(fota_component), by_name);
	order_builds(model);
	status = order_items(ctx, model);
	if (status == FOTA_OK)
		status = name_rules(ctx, model);
	return status != FOTA_OK ? status : index_digests(ctx, model);
}

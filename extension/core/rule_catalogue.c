/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_catalogue.c: makes of catalogue rows what is quick to decide with: rules by
 * their scope, and items by release, joined to the images of their version.
 */
#include "rule_internal.h"

#include <string.h>

#include "version.h"

static void
swap(uint8_t *a, uint8_t *b, size_t size)
{
	uint8_t		kept[FOTA_SORT_MOST];

	memcpy(kept, a, size);
	memcpy(a, b, size);
	memcpy(b, kept, size);
}

/* Heap sort: in place, so that it needs no memory, and never quadratic. */
void
fota_sort(void *data, size_t count, size_t size, fota_order order)
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

	if (serial == NULL || *key != NULL)
		return FOTA_OK;
	fota_buf_init(&buf, 3 * strlen(serial) + 1);
	status = fota_serial_key(ctx, serial, strlen(serial), &buf);
	if (status != FOTA_OK)
		return status;
	/* Not the buffer itself, which is larger: there may be many rules. */
	*key = fota_strndup(ctx, (const char *) buf.data, buf.size);
	fota_buf_free(ctx, &buf);
	return *key != NULL ? FOTA_OK : ctx->error.code;
}

fota_status
fota_rule_prepare(fota_ctx *ctx, fota_rule *rule)
{
	fota_status status;

	rule->one_serial = rule->serial_from != NULL && rule->serial_to != NULL &&
		strcmp(rule->serial_from, rule->serial_to) == 0;
	rule->level = rule->one_serial ? 16 : rule->serial_from != NULL || rule->serial_to != NULL ? 8 : 0;
	rule->level += (rule->batch != NULL ? 4 : 0) + (rule->has_years ? 2 : 0) + (rule->has_model ? 1 : 0);
	rule->rank = (uint64_t) rule->level << 32 | ((uint32_t) rule->priority ^ UINT32_C(0x80000000));
	status = serial_bound(ctx, rule->serial_from, &rule->from_key);
	return status != FOTA_OK ? status : serial_bound(ctx, rule->serial_to, &rule->to_key);
}

int
fota_rank_order(const fota_rule *a, const fota_rule *b)
{
	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	return a->id == b->id ? 0 : a->id > b->id ? -1 : 1;
}

/* Where a name is, or would be put, in a table of names whose size is a power of two, and not full. */
static size_t
name_place(const char **names, const size_t *table, size_t mask, const char *name)
{
	uint32_t	hash = UINT32_C(0x811C9DC5);
	size_t		at;

	for (const char *p = name; *p != '\0'; p++)
		hash = (hash ^ (uint8_t) *p) * UINT32_C(0x01000193);
	for (at = hash & mask; table[at] != 0 && strcmp(names[table[at] - 1], name) != 0;)
		at = (at + 1) & mask;
	return at;
}

/* Numbers the releases that the rules ask for. */
static fota_status
number_releases(fota_ctx *ctx, fota_rules *rules)
{
	size_t		size = 16;
	size_t	   *table;			/* numbers from 1 */

	while (size < 2 * rules->count)
		size *= 2;
	table = fota_alloc_array(ctx, size, sizeof(size_t));
	rules->releases = fota_alloc_array(ctx, rules->count, sizeof(char *));
	if (table == NULL || rules->releases == NULL)
		return ctx->error.code;
	rules->release_count = 0;
	for (size_t i = 0; i < rules->count; i++)
	{
		fota_rule  *rule = rules->list[i];
		size_t	   *number = &table[name_place(rules->releases, table, size - 1, rule->release)];

		if (*number == 0)
		{
			rules->releases[rules->release_count++] = rule->release;
			*number = rules->release_count;
		}
		rule->release_no = *number - 1;
		rule->set = rules;
	}
	fota_free(ctx, table);
	return FOTA_OK;
}

fota_status
fota_rules_prepare(fota_ctx *ctx, fota_rules *rules)
{
	fota_status status;

	rules->listed = rules->filtered = false;
	for (size_t i = 0; i < rules->count; i++)
	{
		rules->listed |= rules->list[i]->listed;
		rules->filtered |= rules->list[i]->filter != NULL || rules->list[i]->wave_count > 0;
	}
	status = number_releases(ctx, rules);
	return status != FOTA_OK ? status : fota_index_make(ctx, rules);
}

/* --- components, items --------------------------------------------------------------------- */

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
	fota_status status;

	item->image = NULL;
	if (item->version == NULL)
		return FOTA_OK;
	status = fota_key_make(ctx, item->version, &item->key);
	if (status == FOTA_OK)
		item->image = fota_version_find(model, item->place, item->any, item->key, item->version);
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
	fota_sort(items, kept, sizeof(fota_item), by_release);
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

static fota_status
group_items(fota_ctx *ctx, fota_model *model)
{
	model->releases = fota_alloc_array(ctx, model->item_count, sizeof(fota_release));
	if (model->releases == NULL)
		return ctx->error.code;
	model->release_count = 0;
	for (size_t i = 0; i < model->item_count; i++)
	{
		const fota_item *item = &model->items[i];

		if (i == 0 || strcmp(item->release, item[-1].release) != 0)
			model->releases[model->release_count++] = (fota_release) {item->release, item, 0};
		model->releases[model->release_count - 1].item_count++;
	}
	return FOTA_OK;
}

static const fota_release *
find_release(const fota_model *model, const char *name)
{
	size_t		from = 0;
	size_t		to = model->release_count;

	while (from < to)
	{
		size_t		middle = from + (to - from) / 2;
		int			order = strcmp(model->releases[middle].name, name);

		if (order == 0)
			return &model->releases[middle];
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

/* The releases that rules ask for, by their numbers. */
static fota_status
find_releases(fota_ctx *ctx, const fota_model *model, const fota_rules *rules, const fota_release ***releases)
{
	size_t		count = rules != NULL ? rules->release_count : 0;

	*releases = fota_alloc_array(ctx, count, sizeof(fota_release *));
	if (*releases == NULL)
		return ctx->error.code;
	for (size_t i = 0; i < count; i++)
		(*releases)[i] = find_release(model, rules->releases[i]);
	return FOTA_OK;
}

const fota_release *
fota_release_of(const fota_model *model, const fota_rule *rule)
{
	return rule->set == model->own ? model->own_releases[rule->release_no] : model->shared_releases[rule->release_no];
}

fota_status
fota_model_prepare(fota_ctx *ctx, fota_model *model)
{
	fota_status status;

	fota_sort(model->components, model->component_count, sizeof(fota_component), by_name);
	status = fota_images_prepare(ctx, model);
	if (status == FOTA_OK)
		status = order_items(ctx, model);
	if (status == FOTA_OK)
		status = group_items(ctx, model);
	if (status == FOTA_OK)
		status = find_releases(ctx, model, model->own, &model->own_releases);
	return status != FOTA_OK ? status : find_releases(ctx, model, model->shared, &model->shared_releases);
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_images.c: the images of a model in the order of their versions, each version
 * with its builds and what it requires, and an index from digests to builds.
 */
#include "rule_internal.h"

#include <string.h>

#include "version.h"

/* --- versions --------------------------------------------------------------------------------- */

int
fota_key_order(fota_bytes a, fota_bytes b)
{
	int			order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);

	return order != 0 ? order : a.size < b.size ? -1 : a.size > b.size;
}

fota_status
fota_key_make(fota_ctx *ctx, const char *version, fota_bytes *key)
{
	fota_buf	buf;
	fota_status status;

	fota_buf_init(&buf, 4 * strlen(version) + 32);
	status = fota_version_key(ctx, version, strlen(version), &buf);
	*key = (fota_bytes) {buf.data, buf.size};
	return status;
}

/* By component, model or '*', version, build: the builds of a version stand together. */
static int
by_build(const void *left, const void *right)
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
	fota_sort(model->builds, kept, sizeof(fota_build), by_build);
}

/* By component, model or '*', key, text. */
static int
by_key(const void *left, const void *right)
{
	const fota_version *a = left;
	const fota_version *b = right;
	int			order;

	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	if (a->any != b->any)
		return a->any ? 1 : -1;
	order = fota_key_order(a->key, b->key);
	return order != 0 ? order : strcmp(a->text, b->text);
}

/* Counts a build in; the first that is published, or may be held, says what the version requires. */
static void
add_build(fota_version *version, const fota_build *build, bool *published)
{
	bool		is_published = build->state == FOTA_BUILD_PUBLISHED;

	version->build_count++;
	version->digests |= build->payload != NULL;
	version->floor |= is_published && build->floor;
	if (is_published && !*published)
		version->requires = build->requires;
	*published |= is_published;
	if (!is_published && build->state != FOTA_BUILD_WITHDRAWN)
		return;
	if (!version->held)
		version->holds = build->requires;
	version->held = true;
}

static fota_status
group_builds(fota_ctx *ctx, fota_model *model)
{
	size_t		i = 0;
	fota_status status = FOTA_OK;

	model->versions = fota_alloc_array(ctx, model->build_count, sizeof(fota_version));
	if (model->versions == NULL)
		return ctx->error.code;
	model->version_count = 0;
	model->needs = false;
	while (i < model->build_count && status == FOTA_OK)
	{
		const fota_build *first = &model->builds[i];
		fota_version *version = &model->versions[model->version_count++];
		bool		published = false;

		*version = (fota_version) {.text = first->version, .place = first->place, .any = first->any, .builds = first};
		for (; i < model->build_count && model->builds[i].place == first->place &&
			 model->builds[i].any == first->any && strcmp(model->builds[i].version, first->version) == 0; i++)
			add_build(version, &model->builds[i], &published);
		model->needs |= version->requires != NULL && version->requires->need_count > 0;
		model->needs |= version->holds != NULL && version->holds->need_count > 0;
		status = fota_key_make(ctx, version->text, &version->key);
	}
	fota_sort(model->versions, model->version_count, sizeof(fota_version), by_key);
	for (size_t v = 0; v < model->version_count; v++)
		for (size_t b = 0; b < model->versions[v].build_count; b++)
			model->builds[(size_t) (model->versions[v].builds - model->builds) + b].image = &model->versions[v];
	return status;
}

/* First version that does not stand before the one wanted. */
static size_t
first_version(const fota_model *model, const fota_version *wanted)
{
	size_t		from = 0;
	size_t		to = model->version_count;

	while (from < to)
	{
		size_t		middle = from + (to - from) / 2;

		if (by_key(&model->versions[middle], wanted) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

const fota_version *
fota_version_find(const fota_model *model, size_t place, bool any, fota_bytes key, const char *text)
{
	fota_version wanted = {.text = text, .key = key, .place = place, .any = any};
	size_t		at = first_version(model, &wanted);

	return at < model->version_count && by_key(&model->versions[at], &wanted) == 0 ? &model->versions[at] : NULL;
}

const fota_version *
fota_versions_of(const fota_model *model, size_t place, bool any, size_t *count)
{
	fota_version wanted = {.text = "", .key = {(const uint8_t *) "", 0}, .place = place, .any = any};
	size_t		from = first_version(model, &wanted);
	size_t		to = from;

	while (to < model->version_count && model->versions[to].place == place && model->versions[to].any == any)
		to++;
	*count = to - from;
	return model->versions + from;
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

static const fota_build *
find_build(const fota_model *model, const fota_build *wanted)
{
	size_t		from = 0;
	size_t		to = model->build_count;

	while (from < to)
	{
		size_t		middle = from + (to - from) / 2;
		int			order = by_build(&model->builds[middle], wanted);

		if (order == 0)
			return &model->builds[middle];
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
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
		const fota_build *build;

		wanted.place = fota_component_find(model, other->component);
		build = find_build(model, &wanted);
		if (build != NULL)
			add_known(model, build, other->data, other->size);
	}
	fota_sort(model->known, model->known_count, sizeof(fota_known), by_digest);
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
fota_images_prepare(fota_ctx *ctx, fota_model *model)
{
	fota_status status;

	order_builds(model);
	status = group_builds(ctx, model);
	return status != FOTA_OK ? status : index_digests(ctx, model);
}

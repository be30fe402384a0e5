/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve_catalogue.c: reads the tables of the catalogue into the core's structs.
 * It runs as the owner of the tables, so that what is kept in the cache does not
 * depend on who asked first; whether the caller may see the tenant was asked before.
 */
#include "resolve.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/jsonb.h"

/* Runs a query as the owner. An error does not need to undo it: the end of the transaction does. */
static void
run_as_owner(const fotapg_catalogue *catalogue, fotapg_query query, Datum second)
{
	Datum		values[2] = {Int32GetDatum(catalogue->tenant_id), second};
	Oid			user;
	int			security;

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(catalogue->owner, security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	fotapg_run(query, values, NULL);
	SetUserIdAndSecContext(user, security);
}

static bool
read_instant(uint64 row, int column, int64_t *instant)
{
	bool		is_null;
	Datum		value = fotapg_column(row, column, &is_null);

	*instant = is_null ? 0 : DatumGetTimestampTz(value);
	return !is_null;
}

static char *
text_of(const JsonbValue *value)
{
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static int
by_component(const void *a, const void *b)
{
	return strcmp(((const fota_need *) a)->component, ((const fota_need *) b)->component);
}

/* A jsonb column {component: range}, in order of the components; NULL has none. */
static fota_need *
read_needs(uint64 row, int column, size_t *count)
{
	bool		is_null;
	Datum		value = fotapg_column(row, column, &is_null);
	Jsonb	   *object = is_null ? NULL : DatumGetJsonbP(value);
	JsonbIterator *iterator;
	JsonbValue	key;
	fota_need  *needs;

	*count = 0;
	if (object == NULL || !JB_ROOT_IS_OBJECT(object) || JB_ROOT_COUNT(object) == 0)
		return NULL;
	needs = palloc(sizeof(fota_need) * JB_ROOT_COUNT(object));
	iterator = JsonbIteratorInit(&object->root);
	for (JsonbIteratorToken token = JsonbIteratorNext(&iterator, &key, true); token != WJB_DONE;
		 token = JsonbIteratorNext(&iterator, &key, true))
	{
		JsonbValue	range;

		if (token != WJB_KEY)
			continue;
		JsonbIteratorNext(&iterator, &range, true);
		if (range.type == jbvString)
			needs[(*count)++] = (fota_need) {text_of(&key), text_of(&range)};
	}
	if (*count > 1)
		qsort(needs, *count, sizeof(fota_need), by_component);
	return needs;
}

/* A jsonpath[] column, as the filters that they are; NULL has none. */
static void
read_filters(uint64 row, int column, fota_rule *rule)
{
	Datum	   *elements;
	bool		is_null;
	Datum		value = fotapg_column(row, column, &is_null);
	int			size;

	if (is_null)
		return;
	deconstruct_array(DatumGetArrayTypeP(value), JSONPATHOID, -1, false, TYPALIGN_INT, &elements, NULL, &size);
	rule->waves = palloc(sizeof(void *) * size);
	for (int i = 0; i < size; i++)
		rule->waves[i] = PG_DETOAST_DATUM_COPY(elements[i]);
	rule->wave_count = size;
}

static void
read_tests(uint64 row, fota_rule *rule)
{
	bool		is_null;
	Datum		value;

	rule->tests = read_needs(row, 23, &rule->test_count);
	value = fotapg_column(row, 24, &is_null);
	rule->filter = is_null ? NULL : PG_DETOAST_DATUM_COPY(value);
	read_filters(row, 25, rule);
	/* Marks; what they stand for is read when the rows are done with. */
	rule->stratum_count = fotapg_column_bool(row, 26);
	rule->window_count = fotapg_column_bool(row, 27);
	rule->download_in_window = fotapg_column_bool(row, 28);
	rule->download_only = fotapg_column_bool(row, 29);
}

static void
read_strata(const fotapg_catalogue *catalogue, fota_rule *rule)
{
	fota_stratum *strata;

	run_as_owner(catalogue, FOTAPG_Q_STRATA, Int64GetDatum(rule->id));
	strata = palloc(sizeof(fota_stratum) * (SPI_processed + 1));
	for (uint64 row = 0; row < SPI_processed; row++)
		strata[row] = (fota_stratum) {fotapg_column_text(row, 1), fotapg_column_int4(row, 2), fotapg_column_int8(row, 3)};
	rule->strata = strata;
	rule->stratum_count = SPI_processed;
	fotapg_done();
}

static void
read_windows(const fotapg_catalogue *catalogue, fota_rule *rule)
{
	fota_window *windows;
	bool		is_null;

	run_as_owner(catalogue, FOTAPG_Q_WINDOWS, Int64GetDatum(rule->id));
	windows = palloc0(sizeof(fota_window) * (SPI_processed + 1));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		Datum	   *days;
		int			count;

		deconstruct_array(DatumGetArrayTypeP(fotapg_column(row, 1, &is_null)), INT4OID, sizeof(int32), true,
						  TYPALIGN_INT, &days, NULL, &count);
		for (int i = 0; i < count; i++)
			windows[row].days |= (uint32_t) 1 << (DatumGetInt32(days[i]) & 7);
		windows[row].opens = DatumGetTimeADT(fotapg_column(row, 2, &is_null));
		windows[row].closes = DatumGetTimeADT(fotapg_column(row, 3, &is_null));
	}
	rule->windows = windows;
	rule->window_count = SPI_processed;
	fotapg_done();
}

static void
read_rule(uint64 row, fota_rule *rule)
{
	bool		is_null;
	Datum		value;

	rule->id = fotapg_column_int8(row, 1);
	rule->name = fotapg_column_text(row, 2);
	rule->release = fotapg_column_text(row, 3);
	rule->active = fotapg_column_bool(row, 4);
	rule->allow_downgrade = fotapg_column_bool(row, 5);
	rule->wait_for_delta = fotapg_column_bool(row, 6);
	rule->max_attempts = fotapg_column_int4(row, 7);
	rule->priority = fotapg_column_int4(row, 8);
	rule->has_model = fotapg_column_bool(row, 9);
	rule->has_years = fotapg_column_bool(row, 10);
	value = fotapg_column(row, 11, &is_null);
	rule->year_from = is_null ? INT64_MIN : DatumGetInt32(value);
	value = fotapg_column(row, 12, &is_null);
	rule->year_to = is_null ? INT64_MAX : (int64_t) DatumGetInt32(value) - 1;
	rule->batch = fotapg_column_text(row, 13);
	rule->serial_from = fotapg_column_text(row, 14);
	rule->serial_to = fotapg_column_text(row, 15);
	rule->listed = fotapg_column_bool(row, 16);
	rule->has_begin = read_instant(row, 17, &rule->begin);
	rule->has_end = read_instant(row, 18, &rule->end);
	rule->begin_inside = fotapg_column_bool(row, 19);
	rule->end_inside = fotapg_column_bool(row, 20);
	value = fotapg_column(row, 21, &is_null);
	rule->exposure = is_null ? FOTA_EXPOSURE_ALL : DatumGetInt32(value);
	read_tests(row, rule);
	if (rule->exposure < FOTA_EXPOSURE_ALL)
	{
		const char *seed = fotapg_column_text(row, 22);

		rule->seed = pg_server_to_any(seed, strlen(seed), PG_UTF8);
	}
}

/* The rules in SPI_tuptable, prepared, in the current memory context. */
static void
read_rules(const fotapg_catalogue *catalogue, fota_rules *result)
{
	fota_rule **rules = MemoryContextAllocExtended(CurrentMemoryContext, sizeof(fota_rule *) * (SPI_processed + 1),
												   MCXT_ALLOC_HUGE);
	fota_rule  *all = MemoryContextAllocExtended(CurrentMemoryContext, sizeof(fota_rule) * (SPI_processed + 1),
												 MCXT_ALLOC_ZERO | MCXT_ALLOC_HUGE);
	fota_ctx	ctx;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		rules[row] = &all[row];
		read_rule(row, rules[row]);
		fotapg_check(&ctx, fota_rule_prepare(&ctx, rules[row]));
	}
	result->list = rules;
	result->count = SPI_processed;
	fotapg_done();
	for (size_t i = 0; i < result->count; i++)
	{
		if (rules[i]->stratum_count > 0)
			read_strata(catalogue, rules[i]);
		if (rules[i]->window_count > 0)
			read_windows(catalogue, rules[i]);
	}
	fotapg_check(&ctx, fota_rules_prepare(&ctx, result));
}

void
fotapg_read_rules(fotapg_catalogue *catalogue)
{
	run_as_owner(catalogue, FOTAPG_Q_RULES_ANY, (Datum) 0);
	read_rules(catalogue, &catalogue->rules);
}

static void
read_components(fota_model *model)
{
	model->components = palloc0(sizeof(fota_component) * (SPI_processed + 1));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		model->components[row].name = fotapg_column_text(row, 1);
		model->components[row].opaque = fotapg_column_bool(row, 2);
		model->components[row].joint = fotapg_column_bool(row, 3);
	}
	model->component_count = SPI_processed;
	fotapg_done();
}

/* text[]; elements that are NULL fit nothing. */
static void
read_hw(uint64 row, int column, fota_build *build)
{
	bool		is_null;
	Datum		value = fotapg_column(row, column, &is_null);
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	if (is_null)
		return;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	build->hw = palloc(sizeof(char *) * (count + 1));
	build->hw_count = count;
	for (int i = 0; i < count; i++)
		build->hw[i] = nulls[i] ? NULL : TextDatumGetCString(elements[i]);
}

static const fota_requires *
read_requires(uint64 row)
{
	fota_requires *requires;

	if (!fotapg_column_bool(row, 10))
		return NULL;
	requires = palloc0(sizeof(fota_requires));
	requires->from = fotapg_column_text(row, 11);
	requires->from_absent = fotapg_column_bool(row, 12);
	requires->needs = read_needs(row, 13, &requires->need_count);
	return requires;
}

static void
read_builds(fota_model *model)
{
	model->builds = MemoryContextAllocExtended(CurrentMemoryContext, sizeof(fota_build) * (SPI_processed + 1),
											   MCXT_ALLOC_ZERO | MCXT_ALLOC_HUGE);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		fota_build *build = &model->builds[row];
		int32		state = fotapg_column_int4(row, 5);
		size_t		size;
		bool		is_null;

		build->component = fotapg_column_text(row, 1);
		build->any = fotapg_column_bool(row, 2);
		build->version = fotapg_column_text(row, 3);
		build->build = fotapg_column_text(row, 4);
		build->state = state == 0 ? FOTA_BUILD_REFUSED : (fota_build_state) (state - 1);
		build->payload = fotapg_column_bytea(row, 6, &size);
		read_hw(row, 7, build);
		build->slot = DatumGetInt32(fotapg_column(row, 8, &is_null));
		build->has_slot = !is_null;
		build->floor = fotapg_column_bool(row, 9);
		build->requires = read_requires(row);
	}
	model->build_count = SPI_processed;
	fotapg_done();
}

static void
read_digests(fota_model *model)
{
	fota_other_digest *others = palloc0(sizeof(fota_other_digest) * (SPI_processed + 1));

	for (uint64 row = 0; row < SPI_processed; row++)
	{
		others[row].component = fotapg_column_text(row, 1);
		others[row].any = fotapg_column_bool(row, 2);
		others[row].version = fotapg_column_text(row, 3);
		others[row].build = fotapg_column_text(row, 4);
		others[row].data = fotapg_column_bytea(row, 5, &others[row].size);
	}
	model->others = others;
	model->other_count = SPI_processed;
	fotapg_done();
}

static void
read_items(fota_model *model)
{
	model->items = palloc0(sizeof(fota_item) * (SPI_processed + 1));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		fota_item  *item = &model->items[row];

		item->release = fotapg_column_text(row, 1);
		item->component = fotapg_column_text(row, 2);
		item->any = fotapg_column_bool(row, 3);
		item->version = fotapg_column_text(row, 4);
	}
	model->item_count = SPI_processed;
	fotapg_done();
}

fotapg_model *
fotapg_read_model(fotapg_catalogue *catalogue, const char *name)
{
	fotapg_model *entry = palloc0(sizeof(fotapg_model));
	fota_model *model = &entry->model;
	Datum		value = CStringGetTextDatum(name);
	fota_ctx	ctx;

	entry->name = pstrdup(name);
	model->name = entry->name;
	run_as_owner(catalogue, FOTAPG_Q_MODEL, value);
	if (SPI_processed > 0)
	{
		model->waits = fotapg_column_bool(0, 1);
		model->client_class = fotapg_column_text(0, 2);
		model->zone = fotapg_column_text(0, 3);
	}
	fotapg_done();
	run_as_owner(catalogue, FOTAPG_Q_COMPONENTS, value);
	read_components(model);
	run_as_owner(catalogue, FOTAPG_Q_IMAGES, value);
	read_builds(model);
	run_as_owner(catalogue, FOTAPG_Q_DIGESTS, value);
	read_digests(model);
	run_as_owner(catalogue, FOTAPG_Q_ITEMS, value);
	read_items(model);
	run_as_owner(catalogue, FOTAPG_Q_RULES_MODEL, value);
	read_rules(catalogue, &entry->own);
	model->own = &entry->own;
	model->shared = &catalogue->rules;
	entry->listed = entry->own.listed || catalogue->rules.listed;
	entry->filtered = entry->own.filtered || catalogue->rules.filtered;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_check(&ctx, fota_model_prepare(&ctx, model));
	return entry;
}

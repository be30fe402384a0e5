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
run_as_owner(const fotapg_catalogue *catalogue, fotapg_query query, Datum second, Datum third)
{
	Datum		values[3] = {Int32GetDatum(catalogue->tenant_id), second, third};
	Oid			user;
	int			security;

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(catalogue->owner, security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	fotapg_run(query, catalogue->past ? &catalogue->as_of : NULL, values, NULL);
	SetUserIdAndSecContext(user, security);
}

static bool
read_instant(const fotapg_row *row, int column, int64_t *instant)
{
	*instant = fotapg_row_int8(row, column);
	return !row->nulls[column];
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
read_needs(const fotapg_row *row, int column, size_t *count)
{
	Jsonb	   *object = row->nulls[column] ? NULL : DatumGetJsonbP(row->values[column]);
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

/* --- rules ------------------------------------------------------------------------------------ */

static int
by_id(const void *a, const void *b)
{
	int64		x = (*(fota_rule *const *) a)->id;
	int64		y = (*(fota_rule *const *) b)->id;

	return x < y ? -1 : x > y;
}

/* The place of a rule that is there. */
static size_t
find_place(const fota_rules *rules, int64 id)
{
	fota_rule	key = {.id = id};
	fota_rule  *wanted = &key;

	return (fota_rule **) bsearch(&wanted, rules->list, rules->count, sizeof(fota_rule *), by_id) - rules->list;
}

static fota_rule *
find_rule(const fota_rules *rules, int64 id)
{
	return rules->list[find_place(rules, id)];
}

/* Those whose mark is set, or all. */
static Datum
ids_of(const fota_rules *rules, const bool *marks)
{
	Datum	   *ids = palloc(sizeof(Datum) * (rules->count + 1));
	int			count = 0;
	Datum		array;

	for (size_t i = 0; i < rules->count; i++)
		if (marks == NULL || marks[i])
			ids[count++] = Int64GetDatum(rules->list[i]->id);
	array = PointerGetDatum(construct_array(ids, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	pfree(ids);
	return array;
}

/*
 * A rule with waves is exposed by those that are open: by the widest percent, by each filter, and by
 * strata. Marks the rules that have strata.
 */
static bool
take_waves(const fota_rules *rules, bool *stratified)
{
	bool		some = false;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		fotapg_row	row;
		fota_rule  *rule;

		fotapg_fetch(i, &row);
		rule = find_rule(rules, fotapg_row_int8(&row, 0));
		if (rule->exposure == FOTA_EXPOSURE_ALL + 1)
			rule->exposure = 0;
		if (!row.nulls[2])
		{
			rule->waves = rule->waves == NULL ? palloc(sizeof(void *)) :
				repalloc(rule->waves, sizeof(void *) * (rule->wave_count + 1));
			rule->waves[rule->wave_count++] = PG_DETOAST_DATUM_COPY(row.values[2]);
		}
		else if (!fotapg_row_bool(&row, 3))
			rule->exposure = Max(rule->exposure, fotapg_row_int4(&row, 1));
		else
			some = stratified[find_place(rules, rule->id)] = true;
	}
	return some;
}

/* The rows of a rule stand together. */
static void
take_strata(const fota_rules *rules)
{
	fota_stratum *strata = palloc(sizeof(fota_stratum) * (SPI_processed + 1));

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		fotapg_row	row;
		fota_rule  *rule;

		fotapg_fetch(i, &row);
		rule = find_rule(rules, fotapg_row_int8(&row, 0));
		strata[i] = (fota_stratum) {fotapg_row_text(&row, 1), fotapg_row_int4(&row, 2), fotapg_row_int8(&row, 3)};
		if (rule->stratum_count++ == 0)
			rule->strata = &strata[i];
	}
}

static void
take_windows(const fota_rules *rules)
{
	fota_window *windows = palloc0(sizeof(fota_window) * (SPI_processed + 1));

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		fotapg_row	row;
		fota_rule  *rule;
		Datum	   *days;
		int			count;

		fotapg_fetch(i, &row);
		rule = find_rule(rules, fotapg_row_int8(&row, 0));
		deconstruct_array(DatumGetArrayTypeP(row.values[1]), INT4OID, sizeof(int32), true, TYPALIGN_INT, &days, NULL,
						  &count);
		for (int k = 0; k < count; k++)
			windows[i].days |= (uint32_t) 1 << (DatumGetInt32(days[k]) & 7);
		windows[i].opens = DatumGetTimeADT(row.values[2]);
		windows[i].closes = DatumGetTimeADT(row.values[3]);
		if (rule->window_count++ == 0)
			rule->windows = &windows[i];
	}
}

/* What other tables say of the rules; most say nothing. */
static void
read_details(const fotapg_catalogue *catalogue, const fota_rules *rules)
{
	bool	   *stratified = palloc0(rules->count + 1);
	Datum		ids;
	bool		some;

	if (rules->count > 1)
		qsort(rules->list, rules->count, sizeof(fota_rule *), by_id);
	ids = ids_of(rules, NULL);
	run_as_owner(catalogue, FOTAPG_Q_WAVES, ids, (Datum) 0);
	some = take_waves(rules, stratified);
	fotapg_done();
	if (some)
	{
		run_as_owner(catalogue, FOTAPG_Q_STRATA, ids_of(rules, stratified), (Datum) 0);
		take_strata(rules);
		fotapg_done();
	}
	run_as_owner(catalogue, FOTAPG_Q_WINDOWS, ids, (Datum) 0);
	take_windows(rules);
	fotapg_done();
	run_as_owner(catalogue, FOTAPG_Q_LISTING, ids, (Datum) 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		fotapg_row	row;

		fotapg_fetch(i, &row);
		find_rule(rules, fotapg_row_int8(&row, 0))->listed = true;
	}
	fotapg_done();
	pfree(DatumGetPointer(ids));
	pfree(stratified);
}

/* Columns are those of RULES in resolve_plan.c. */
static void
read_rule(const fotapg_row *row, fota_rule *rule)
{
	const char *seed;

	rule->id = fotapg_row_int8(row, 0);
	rule->name = fotapg_row_text(row, 1);
	rule->release = fotapg_row_text(row, 2);
	rule->active = fotapg_row_bool(row, 3);
	rule->allow_downgrade = fotapg_row_bool(row, 4);
	rule->wait_for_delta = fotapg_row_bool(row, 5);
	rule->max_attempts = fotapg_row_int4(row, 6);
	rule->priority = fotapg_row_int4(row, 7);
	rule->has_model = fotapg_row_bool(row, 8);
	rule->has_years = fotapg_row_bool(row, 9);
	rule->year_from = row->nulls[10] ? INT64_MIN : fotapg_row_int4(row, 10);
	rule->year_to = row->nulls[11] ? INT64_MAX : (int64_t) fotapg_row_int4(row, 11) - 1;
	rule->batch = fotapg_row_text(row, 12);
	rule->serial_from = fotapg_row_text(row, 13);
	rule->serial_to = fotapg_row_text(row, 14);
	rule->from_key = fotapg_row_text(row, 15);
	rule->to_key = fotapg_row_text(row, 16);
	rule->has_begin = read_instant(row, 17, &rule->begin);
	rule->has_end = read_instant(row, 18, &rule->end);
	rule->begin_inside = fotapg_row_bool(row, 19);
	rule->end_inside = fotapg_row_bool(row, 20);
	seed = fotapg_row_text(row, 21);
	rule->seed = pg_server_to_any(seed, strlen(seed), PG_UTF8);
	rule->tests = read_needs(row, 22, &rule->test_count);
	rule->filter = row->nulls[23] ? NULL : PG_DETOAST_DATUM_COPY(row->values[23]);
	rule->download_in_window = fotapg_row_bool(row, 24);
	rule->download_only = fotapg_row_bool(row, 25);
	/* More than all: no wave says anything. */
	rule->exposure = FOTA_EXPOSURE_ALL + 1;
}

/* The rules in SPI_tuptable, prepared, in the current memory context. */
static void
read_rules(const fotapg_catalogue *catalogue, fota_rules *result)
{
	size_t		count = SPI_processed;
	fota_rule  *all = MemoryContextAllocExtended(CurrentMemoryContext, sizeof(fota_rule) * (count + 1),
												 MCXT_ALLOC_ZERO | MCXT_ALLOC_HUGE);
	fota_ctx	ctx;

	result->list = MemoryContextAllocExtended(CurrentMemoryContext, sizeof(fota_rule *) * (count + 1), MCXT_ALLOC_HUGE);
	result->count = count;
	for (size_t i = 0; i < count; i++)
	{
		fotapg_row	row;

		fotapg_fetch(i, &row);
		result->list[i] = &all[i];
		read_rule(&row, &all[i]);
	}
	fotapg_done();
	if (count > 0)
		read_details(catalogue, result);
	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	for (size_t i = 0; i < count; i++)
	{
		all[i].exposure = Min(all[i].exposure, FOTA_EXPOSURE_ALL);
		fotapg_check(&ctx, fota_rule_prepare(&ctx, &all[i]));
	}
	fotapg_check(&ctx, fota_rules_prepare(&ctx, result));
}

void
fotapg_read_rules(fotapg_catalogue *catalogue)
{
	run_as_owner(catalogue, FOTAPG_Q_RULES_ANY, (Datum) 0, (Datum) 0);
	read_rules(catalogue, &catalogue->rules);
}

/* --- models ----------------------------------------------------------------------------------- */

static void
read_components(fota_model *model)
{
	model->components = palloc0(sizeof(fota_component) * (SPI_processed + 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		fotapg_row	row;

		fotapg_fetch(i, &row);
		model->components[i] = (fota_component) {
			fotapg_row_text(&row, 0), fotapg_row_bool(&row, 1), fotapg_row_bool(&row, 2)
		};
	}
	model->component_count = SPI_processed;
	fotapg_done();
}

/* text[]; elements that are NULL fit nothing. */
static void
read_hw(const fotapg_row *row, int column, fota_build *build)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	if (row->nulls[column])
		return;
	deconstruct_array(DatumGetArrayTypeP(row->values[column]), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls,
					  &count);
	build->hw = palloc(sizeof(char *) * (count + 1));
	build->hw_count = count;
	for (int i = 0; i < count; i++)
		build->hw[i] = nulls[i] ? NULL : TextDatumGetCString(elements[i]);
}

static const fota_requires *
read_requires(const fotapg_row *row)
{
	fota_requires *requires;

	if (!fotapg_row_bool(row, 9))
		return NULL;
	requires = palloc0(sizeof(fota_requires));
	requires->from = fotapg_row_text(row, 10);
	requires->from_absent = fotapg_row_bool(row, 11);
	requires->needs = read_needs(row, 12, &requires->need_count);
	return requires;
}

static void
read_builds(fota_model *model)
{
	model->builds = MemoryContextAllocExtended(CurrentMemoryContext, sizeof(fota_build) * (SPI_processed + 1),
											   MCXT_ALLOC_ZERO | MCXT_ALLOC_HUGE);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		fota_build *build = &model->builds[i];
		fotapg_row	row;
		size_t		size;

		fotapg_fetch(i, &row);
		build->component = fotapg_row_text(&row, 0);
		build->any = fotapg_row_bool(&row, 1);
		build->version = fotapg_row_text(&row, 2);
		build->build = fotapg_row_text(&row, 3);
		build->state = row.nulls[4] ? FOTA_BUILD_REFUSED : (fota_build_state) (fotapg_row_int4(&row, 4) - 1);
		build->payload = fotapg_row_bytea(&row, 5, &size);
		read_hw(&row, 6, build);
		build->slot = fotapg_row_int4(&row, 7);
		build->has_slot = !row.nulls[7];
		build->floor = fotapg_row_bool(&row, 8);
		build->requires = read_requires(&row);
		build->refused_name = fotapg_row_text(&row, 13);
	}
	model->build_count = SPI_processed;
	fotapg_done();
}

static void
read_digests(fota_model *model)
{
	fota_other_digest *others = palloc0(sizeof(fota_other_digest) * (SPI_processed + 1));

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		fotapg_row	row;

		fotapg_fetch(i, &row);
		others[i].component = fotapg_row_text(&row, 0);
		others[i].any = fotapg_row_bool(&row, 1);
		others[i].version = fotapg_row_text(&row, 2);
		others[i].build = fotapg_row_text(&row, 3);
		others[i].data = fotapg_row_bytea(&row, 4, &others[i].size);
	}
	model->others = others;
	model->other_count = SPI_processed;
	fotapg_done();
}

static void
read_items(fota_model *model)
{
	model->items = palloc0(sizeof(fota_item) * (SPI_processed + 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		fota_item  *item = &model->items[i];
		fotapg_row	row;

		fotapg_fetch(i, &row);
		item->release = fotapg_row_text(&row, 0);
		item->component = fotapg_row_text(&row, 1);
		item->any = fotapg_row_bool(&row, 2);
		item->version = fotapg_row_text(&row, 3);
	}
	model->item_count = SPI_processed;
	fotapg_done();
}

/* The names of the releases that rules ask for. */
static Datum
releases_of(const fota_rules *own, const fota_rules *shared)
{
	Datum	   *names = palloc(sizeof(Datum) * (own->release_count + shared->release_count + 1));
	int			count = 0;
	Datum		array;

	for (size_t i = 0; i < own->release_count; i++)
		names[count++] = FOTAPG_TEXT_VALUE(own->releases[i]);
	for (size_t i = 0; i < shared->release_count; i++)
		names[count++] = FOTAPG_TEXT_VALUE(shared->releases[i]);
	array = PointerGetDatum(construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT));
	pfree(names);
	return array;
}

static void
read_parts(const fotapg_catalogue *catalogue, fotapg_model *entry)
{
	fota_model *model = &entry->model;
	Datum		name = CStringGetTextDatum(entry->name);
	Datum		releases;
	Datum		like;
	fotapg_row	row;

	run_as_owner(catalogue, FOTAPG_Q_MODEL, name, (Datum) 0);
	fotapg_fetch(0, &row);
	model->waits = fotapg_row_bool(&row, 0);
	model->client_class = fotapg_row_text(&row, 1);
	model->zone = fotapg_row_text(&row, 2);
	model->can_remove = fotapg_row_bool(&row, 3);
	model->name_like = fotapg_row_text(&row, 4);
	like = model->name_like != NULL ? FOTAPG_TEXT_VALUE(model->name_like) : CStringGetTextDatum("");
	fotapg_done();
	run_as_owner(catalogue, FOTAPG_Q_COMPONENTS, name, (Datum) 0);
	read_components(model);
	run_as_owner(catalogue, FOTAPG_Q_IMAGES, name, like);
	read_builds(model);
	run_as_owner(catalogue, FOTAPG_Q_DIGESTS, name, (Datum) 0);
	read_digests(model);
	run_as_owner(catalogue, FOTAPG_Q_RULES_MODEL, name, (Datum) 0);
	read_rules(catalogue, &entry->own);
	releases = releases_of(&entry->own, &catalogue->rules);
	run_as_owner(catalogue, FOTAPG_Q_ITEMS, name, releases);
	read_items(model);
	pfree(DatumGetPointer(releases));
}

fotapg_model *
fotapg_read_model(fotapg_catalogue *catalogue, const char *name)
{
	fotapg_model *entry = palloc0(sizeof(fotapg_model));
	fota_ctx	ctx;

	entry->name = entry->model.name = pstrdup(name);
	read_parts(catalogue, entry);
	entry->model.own = &entry->own;
	entry->model.shared = &catalogue->rules;
	entry->listed = entry->own.listed || catalogue->rules.listed;
	entry->filtered = entry->own.filtered || catalogue->rules.filtered;

	fotapg_ctx_init(&ctx, CurrentMemoryContext, FOTAPG_MEMORY);
	fotapg_check(&ctx, fota_model_prepare(&ctx, &entry->model));
	return entry;
}

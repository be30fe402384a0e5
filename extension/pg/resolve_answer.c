/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve_answer.c: decisions as rows. Texts that come from tables are values already
 * (fotapg_text_keep); the core's own words are made values once per session.
 */
#include "resolve.h"

#include "utils/builtins.h"

#define MOST_COLUMNS 20

/* A row that is being filled in. */
typedef struct answer
{
	Datum		values[MOST_COLUMNS];
	bool		nulls[MOST_COLUMNS];
	int			count;
} answer;

/* --- columns ---------------------------------------------------------------------------------- */

static void
put(answer *a, bool is_null, Datum value)
{
	a->nulls[a->count] = is_null;
	a->values[a->count++] = value;
}

/* A text that was read from a table. */
static void
put_kept(answer *a, const char *kept)
{
	put(a, kept == NULL, kept == NULL ? (Datum) 0 : FOTAPG_TEXT_VALUE(kept));
}

/* Verdicts and reasons are literals of the core. */
static Datum
word_value(const char *literal)
{
	static struct
	{
		const char *literal;
		Datum		value;
	}			words[128];
	size_t		at = ((uintptr_t) literal / 4) % lengthof(words);
	MemoryContext old;

	for (size_t tried = 0; tried < lengthof(words); tried++, at = (at + 1) % lengthof(words))
	{
		if (words[at].literal == literal)
			return words[at].value;
		if (words[at].literal != NULL)
			continue;
		old = MemoryContextSwitchTo(TopMemoryContext);
		words[at].value = CStringGetTextDatum(literal);
		MemoryContextSwitchTo(old);
		words[at].literal = literal;
		return words[at].value;
	}
	return CStringGetTextDatum(literal);
}

static void
put_word(answer *a, const char *literal)
{
	put(a, literal == NULL, literal == NULL ? (Datum) 0 : word_value(literal));
}

static void
put_text(answer *a, const char *text)
{
	put(a, text == NULL, text == NULL ? (Datum) 0 : CStringGetTextDatum(text));
}

static void
put_payload(answer *a, const uint8_t *payload)
{
	put(a, payload == NULL, payload == NULL ? (Datum) 0 : PointerGetDatum(fotapg_bytea(payload, 32)));
}

/* rule_id and rule */
static void
put_rule(answer *a, const fota_rule *rule)
{
	put(a, rule == NULL, rule == NULL ? (Datum) 0 : Int64GetDatum(rule->id));
	put_kept(a, rule == NULL ? NULL : rule->name);
}

/* --- decisions -------------------------------------------------------------------------------- */

static void
put_row(const fotapg_rows *rows, int64 epoch, int64 device_id, const fota_verdict *v, const fota_decision *decision)
{
	answer		a;

	a.count = 0;
	put(&a, false, Int64GetDatum(device_id));
	put_kept(&a, v->component);
	put_word(&a, v->verdict);
	put_rule(&a, v->rule);
	put_kept(&a, v->rule == NULL ? NULL : v->rule->release);
	put_kept(&a, v->version);
	put_kept(&a, v->build);
	put_kept(&a, v->target);
	put_kept(&a, v->reported);
	put(&a, !v->has_not_before, TimestampTzGetDatum(v->not_before));
	put(&a, !v->has_not_after, TimestampTzGetDatum(v->not_after));
	put_word(&a, v->reason);
	put_text(&a, v->detail);
	put(&a, false, Int64GetDatum(epoch));
	put(&a, !decision->has_valid_until, TimestampTzGetDatum(decision->valid_until));
	tuplestore_putvalues(rows->store, rows->desc, a.values, a.nulls);
}

void
fotapg_put_decision(const fotapg_rows *rows, int64 epoch, int64 device_id, const fota_decision *decision)
{
	static const fota_verdict nothing = {
		.verdict = "keep", .reason = "no_rule", .detail = "no rule in force names a component of this device"
	};

	for (size_t i = 0; i < decision->count; i++)
		put_row(rows, epoch, device_id, &decision->verdicts[i], decision);
	if (decision->count == 0)
		put_row(rows, epoch, device_id, &nothing, decision);
}

/* --- differences ------------------------------------------------------------------------------ */

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : a == b || strcmp(a, b) == 0;
}

static bool
same(const fota_verdict *a, const fota_verdict *b)
{
	if ((a->rule == NULL) != (b->rule == NULL) || (a->rule != NULL && a->rule->id != b->rule->id))
		return false;
	return same_text(a->verdict, b->verdict) && same_text(a->version, b->version) && same_text(a->build, b->build) &&
		same_text(a->reason, b->reason);
}

/* Has the device said that a component that its model has is absent? */
static bool
is_absent(const fotapg_device *entry, const char *component)
{
	const fota_model *model = &entry->entry->model;

	for (const fota_held *held = entry->device.held; held != NULL; held = held->next)
		if (strcmp(held->component, component) == 0 && !held->present)
			for (size_t i = 0; i < model->component_count; i++)
				if (strcmp(model->components[i].name, component) == 0)
					return true;
	return false;
}

/* Of the build that is to be installed; where the model has one of that name itself, of that. */
static const uint8_t *
payload_of(const fotapg_device *entry, const fota_verdict *v)
{
	const fota_model *model = &entry->entry->model;
	const fota_build *build = v->offered;

	for (size_t i = 0; build != NULL && build->any && i < model->build_count; i++)
	{
		const fota_build *own = &model->builds[i];

		if (!own->any && own->place == build->place && strcmp(own->version, build->version) == 0 &&
			strcmp(own->build, build->build) == 0)
			build = own;
	}
	return build != NULL ? build->payload : NULL;
}

/* One of both may be missing. */
static void
put_changed(const fotapg_rows *rows, const fotapg_device *entry, const fota_verdict *was, const fota_verdict *is)
{
	static const fota_verdict missing;
	const char *component = is != NULL ? is->component : was->component;
	const char *reported = is != NULL && is->reported != NULL ? is->reported : was != NULL ? was->reported : NULL;
	answer		a;

	was = was != NULL ? was : &missing;
	is = is != NULL ? is : &missing;
	a.count = 0;
	put(&a, false, Int64GetDatum(entry->device.id));
	put_kept(&a, component);
	put_kept(&a, reported);
	put_word(&a, was->verdict);
	put_rule(&a, was->rule);
	put_kept(&a, was->version);
	put_kept(&a, was->build);
	put_word(&a, was->reason);
	put_word(&a, is->verdict);
	put_rule(&a, is->rule);
	put_kept(&a, is->version);
	put_kept(&a, is->build);
	put_word(&a, is->reason);
	put_text(&a, is->detail);
	put_text(&a, entry->model);
	put(&a, false, BoolGetDatum(reported == NULL && !is_absent(entry, component)));
	put_payload(&a, is->offered != NULL && entry->device.takes_delta ? is->base : NULL);
	put_payload(&a, payload_of(entry, is));
	tuplestore_putvalues(rows->store, rows->desc, a.values, a.nulls);
}

/* Both are in order of the components. */
void
fotapg_put_difference(const fotapg_rows *rows, const fotapg_device *entry, const fota_decision *before,
					  const fota_decision *now)
{
	size_t		b = 0;
	size_t		n = 0;

	while (b < before->count || n < now->count)
	{
		const fota_verdict *was = b < before->count ? &before->verdicts[b] : NULL;
		const fota_verdict *is = n < now->count ? &now->verdicts[n] : NULL;
		int			order = was == NULL ? 1 : is == NULL ? -1 : strcmp(was->component, is->component);

		b += order <= 0;
		n += order >= 0;
		if (order != 0 || !same(was, is))
			put_changed(rows, entry, order <= 0 ? was : NULL, order >= 0 ? is : NULL);
	}
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_world.h: a catalogue of a few rows and a device, which the tests of the resolver
 * change before they ask: begin(), add_..(), has(), decide(). Prepared anew for every
 * question; decide() gives "component verdict/reason version build" for each component.
 */
#ifndef FOTA_RULE_WORLD_H
#define FOTA_RULE_WORLD_H

#include "tap.h"

#include "hash.h"
#include "rule.h"
#include "version.h"

#define MINUTE INT64_C(60000000)
#define NOON INT64_C(800000000000000)

/* Memory of a world is given back when the next one begins, as a memory context does. */
static void *blocks[4096];
static size_t block_count;

static void *
take(void *opaque, size_t size)
{
	(void) opaque;
	if (block_count == sizeof(blocks) / sizeof(blocks[0]))
		return NULL;
	return blocks[block_count++] = malloc(size);
}

static void
keep(void *opaque, void *ptr)
{
	(void) opaque;
	(void) ptr;
}

__attribute__((unused)) static void
give_back(void)
{
	while (block_count > 0)
		free(blocks[--block_count]);
}

/* Payload n: 32 bytes. */
__attribute__((unused)) static const uint8_t *
payload(int n)
{
	static uint8_t bytes[10][32];

	memset(bytes[n], n + 1, 32);
	return bytes[n];
}

/* A catalogue that tests change before they ask; prepared anew for every question. */
typedef struct world
{
	fota_ctx	ctx;
	fota_rule	rules[8];
	size_t		rule_count;
	fota_component components[4];
	fota_build	builds[16];
	size_t		build_count;
	fota_item	items[16];
	size_t		item_count;
	fota_other_digest others[4];
	size_t		other_count;
	fota_model	model;
	fota_held	held[4];
	fota_past	past[8];
	size_t		past_count;
	fota_device device;
	bool		delta_wanted;
	int			delta_asked;
	unsigned	filters;
	const char *seen;			/* first version that a filter saw */
	const fota_rules *shared;
	const char *zone;
	fota_opening opening;
	fota_decision decision;
	char		serial_key[64];
} world;

__attribute__((unused)) static fota_rule *
add_rule(world *w, int64_t id, const char *release)
{
	fota_rule  *rule = &w->rules[w->rule_count++];

	*rule = (fota_rule) {.id = id, .name = "rule", .release = release, .active = true, .max_attempts = 3,
		.exposure = FOTA_EXPOSURE_ALL, .seed = "seed"};
	return rule;
}

__attribute__((unused)) static fota_build *
add_build(world *w, const char *version, const char *build, int n)
{
	fota_build *b = &w->builds[w->build_count++];

	*b = (fota_build) {.component = "app", .version = version, .build = build, .payload = payload(n)};
	return b;
}

__attribute__((unused)) static void
add_item(world *w, const char *release, const char *component, const char *version, bool any)
{
	w->items[w->item_count++] = (fota_item) {.release = release, .component = component, .version = version, .any = any};
}

__attribute__((unused)) static fota_past *
add_past(world *w, fota_past_kind kind, const char *version)
{
	fota_past  *past = &w->past[w->past_count];

	*past = (fota_past) {.kind = kind, .component = "app", .version = version, .action = 1 + (int) w->past_count,
		.item = 1, .next = w->past_count > 0 ? &w->past[w->past_count - 1] : NULL};
	w->past_count++;
	w->device.past = past;
	return past;
}

__attribute__((unused)) static void
set_serial(world *w, const char *serial)
{
	fota_buf	key;

	fota_buf_init(&key, sizeof(w->serial_key) - 1);
	fota_serial_key(&w->ctx, serial, strlen(serial), &key);
	memcpy(w->serial_key, key.data, key.size);
	w->serial_key[key.size] = '\0';
	fota_buf_free(&w->ctx, &key);
	w->device.serial = serial;
	w->device.serial_key = w->serial_key;
}

__attribute__((unused)) static void
has(world *w, int place, const char *component, const char *version, const uint8_t *digest)
{
	w->held[place] = (fota_held) {.component = component, .present = true, .version = version, .digest = digest,
		.digest_size = digest != NULL ? 32 : 0, .next = place > 0 ? &w->held[place - 1] : NULL};
	w->device.held = &w->held[place];
}

/* Model with app, boot and radio; releases r1 and r2 ask for app 1.0 and 2.0; a device that has app 1.0. */
__attribute__((unused)) static void
begin(world *w)
{
	give_back();
	memset(w, 0, sizeof(*w));
	w->ctx = (fota_ctx) {.alloc = take, .free = keep};
	w->components[0] = (fota_component) {.name = "radio"};
	w->components[1] = (fota_component) {.name = "app"};
	w->components[2] = (fota_component) {.name = "boot"};
	add_build(w, "2.0", "", 2);
	add_build(w, "1.0", "", 1);
	add_item(w, "r1", "app", "1.0", false);
	add_item(w, "r2", "app", "2.0", false);
	w->device.id = 7;
	w->device.name = "d7";
	set_serial(w, "S20");
	has(w, 0, "app", "1.0", NULL);
}

static bool
wanted(void *opaque, const uint8_t *source, const uint8_t *target, int64_t *until)
{
	world	   *w = opaque;

	(void) source;
	(void) target;
	w->delta_asked++;
	*until = NOON + 60 * MINUTE;
	return w->delta_wanted;
}

/* A filter is a number, of which a bit says what it answers. */
static bool
passes(void *opaque, const void *filter, const fota_device *device, const fota_seen *seen, size_t count)
{
	world	   *w = opaque;

	(void) device;
	w->seen = count > 0 ? seen[0].version : NULL;
	return (w->filters >> *(const int *) filter & 1) != 0;
}

static void
opening(void *opaque, const fota_rule *rule, const char *zone, fota_opening *result)
{
	world	   *w = opaque;

	(void) rule;
	w->zone = zone;
	*result = w->opening;
}

/* Decides at an instant; the answer is "component verdict/reason version build", one per component. */
__attribute__((unused)) static const char *
decide(world *w, int64_t at)
{
	static char text[600];
	fota_rule  *list[8];
	fota_rules	rules = {.list = list, .count = w->rule_count};
	fota_asks	asks = {.delta_wanted = wanted, .passes = passes, .opening = opening, .opaque = w};
	size_t		used = 0;

	for (size_t i = 0; i < w->rule_count; i++)
	{
		fota_rule_prepare(&w->ctx, &w->rules[i]);
		list[i] = &w->rules[i];
	}
	w->model.components = w->components;
	w->model.component_count = 3;
	w->model.builds = w->builds;
	w->model.build_count = w->build_count;
	w->model.items = w->items;
	w->model.item_count = w->item_count;
	w->model.others = w->others;
	w->model.other_count = w->other_count;
	w->model.own = &rules;
	w->model.shared = w->shared;
	if (fota_rules_prepare(&w->ctx, &rules) != FOTA_OK || fota_model_prepare(&w->ctx, &w->model) != FOTA_OK ||
		fota_decide(&w->ctx, &w->model, &w->device, at, &asks, &w->decision) != FOTA_OK)
		return w->ctx.error.message;
	text[0] = '\0';
	for (size_t i = 0; i < w->decision.count; i++)
	{
		const fota_verdict *v = &w->decision.verdicts[i];

		used += (size_t) snprintf(text + used, sizeof(text) - used, "%s%s %s%s%s %s%s%s", used > 0 ? ", " : "",
								  v->component, v->verdict, v->reason ? "/" : "", v->reason ? v->reason : "",
								  v->version ? v->version : "-", v->build ? " " : "", v->build ? v->build : "");
	}
	return text;
}

__attribute__((unused)) static int64_t
winner(world *w)
{
	for (size_t i = 0; i < w->decision.count; i++)
		if (strcmp(w->decision.verdicts[i].component, "app") == 0 && w->decision.verdicts[i].rule != NULL)
			return w->decision.verdicts[i].rule->id;
	return 0;
}

#endif

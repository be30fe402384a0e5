/* SPDX-License-Identifier: PostgreSQL */
/* test_rule_path.c: slots, ways over versions and floors, and what components need of each other. */
#include "rule_world.h"

static fota_requires requires[8];
static size_t requires_count;

static fota_build *
require(fota_build *build, const char *from)
{
	requires[requires_count] = (fota_requires) {.from = from};
	build->requires = &requires[requires_count++];
	return build;
}

static fota_build *
need(fota_build *build, fota_need *needs, size_t count)
{
	requires[requires_count] = (fota_requires) {.needs = needs, .need_count = count};
	build->requires = &requires[requires_count++];
	return build;
}

/* Preparing puts builds in order: they are found by name. */
static fota_build *
of(world *w, const char *component, const char *version)
{
	for (size_t i = 0; i < w->build_count; i++)
		if (strcmp(w->builds[i].component, component) == 0 && strcmp(w->builds[i].version, version) == 0)
			return &w->builds[i];
	return NULL;
}

static void
drop_item(world *w, const char *component)
{
	for (size_t i = 0; i < w->item_count; i++)
		if (strcmp(w->items[i].component, component) == 0)
			w->items[i] = w->items[--w->item_count];
}

static const char *
detail(const world *w, size_t place)
{
	return w->decision.verdicts[place].detail;
}

static void
slots(void)
{
	world		w;
	fota_build *b;

	begin(&w);
	add_rule(&w, 1, "r2");
	b = &w.builds[0];
	b->has_slot = true;
	b->slot = 1;
	b = add_build(&w, "2.0", "zero", 3);
	b->has_slot = true;
	is_str(decide(&w, NOON), "app blocked/no_build 2.0", "without a slot only a build for any fits");
	w.held[0].has_slot = true;
	is_str(decide(&w, NOON), "app install 2.0 zero", "with one slot the build for it");
	w.device.two_slots = true;
	is_str(decide(&w, NOON), "app install 2.0 ", "with two the build for the one that does not run");
	b->slot = 1;
	is_str(decide(&w, NOON), "app blocked/no_build 2.0", "two of them are none");
	is_str(detail(&w, 0), "2 builds of 2.0 fit hardware that is not reported, slot other than 0 equally well", "the detail says so");
	add_build(&w, "2.0", "any", 3);
	is_str(decide(&w, NOON), "app blocked/no_build 2.0", "one for any slot is beaten by both");
}

/* Versions 1.0 to 4.0 of app; the device has 1.0 and must have 4.0. */
static void
begin_way(world *w)
{
	requires_count = 0;
	begin(w);
	add_build(w, "4.0", "", 4);
	add_build(w, "3.0", "", 3);
	add_item(w, "r4", "app", "4.0", false);
	add_rule(w, 1, "r4");
}

static void
ways(void)
{
	world		w;

	begin_way(&w);
	is_str(decide(&w, NOON), "app install 4.0 ", "nothing stands in the way");
	require(of(&w, "app", "4.0"), ">=2.5");
	is_str(decide(&w, NOON), "app install/hop 3.0 ", "a target that needs another version before it");
	is_str(w.decision.verdicts[0].target, "4.0", "the target stays");
	is_str(detail(&w, 0), "has 1.0, on the way to 4.0", "the detail says where it leads");
	require(of(&w, "app", "3.0"), ">=2.0");
	is_str(decide(&w, NOON), "app install/hop 2.0 ", "two steps between");
	require(of(&w, "app", "2.0"), ">=1.5");
	is_str(decide(&w, NOON), "app blocked/no_path 4.0", "no way");
	is_str(detail(&w, 0), "from 1.0 to 4.0 (needs >=2.5)", "what the target needs is named");
	w.held[0].present = false;
	decide(&w, NOON);
	is_str(detail(&w, 0), "from absent to 4.0 (needs >=2.5)", "what is absent meets no range");
	requires[0].from_absent = true;
	is_str(decide(&w, NOON), "app install 4.0 ", "unless the image says that it may be");
	has(&w, 0, "app", "9.0", NULL);
	w.rules[0].allow_downgrade = true;
	requires[0].from = "<9.0";
	is_str(decide(&w, NOON), "app blocked/no_path 4.0", "a downgrade is one step");
	requires[0].from = ">=9.0";
	is_str(decide(&w, NOON), "app install/downgrade 4.0 ", "whose range must hold");

	begin_way(&w);
	require(of(&w, "app", "4.0"), "!=1.0");
	is_str(decide(&w, NOON), "app install/hop 3.0 ", "of ways that are equally short, that over the newest version");
	of(&w, "app", "3.0")->state = FOTA_BUILD_WITHDRAWN;
	is_str(decide(&w, NOON), "app install/hop 2.0 ", "over published versions only");
	of(&w, "app", "2.0")->hw = (const char *[]) {"h"};
	of(&w, "app", "2.0")->hw_count = 1;
	is_str(decide(&w, NOON), "app blocked/no_path 4.0", "that fit the device");
	w.components[0].opaque = w.components[1].opaque = w.components[2].opaque = true;
	is_str(decide(&w, NOON), "app install 4.0 ", "opaque versions have no ways");
}

static void
floors(void)
{
	world		w;

	begin_way(&w);
	of(&w, "app", "2.0")->floor = true;
	is_str(decide(&w, NOON), "app install/hop 2.0 ", "a floor is not skipped");
	of(&w, "app", "3.0")->floor = true;
	is_str(decide(&w, NOON), "app install/hop 2.0 ", "nor are two");
	has(&w, 0, "app", "2.0", NULL);
	is_str(decide(&w, NOON), "app install/hop 3.0 ", "one that is reached counts no more");
	has(&w, 0, "app", "3.1", NULL);
	is_str(decide(&w, NOON), "app install 4.0 ", "nor do those below");
	has(&w, 0, "app", NULL, NULL);
	is_str(decide(&w, NOON), "app install 4.0 ", "what is unknown has no floors");
	has(&w, 0, "app", "1.0", NULL);
	of(&w, "app", "2.0")->hw = (const char *[]) {"h"};
	of(&w, "app", "2.0")->hw_count = 1;
	is_str(decide(&w, NOON), "app blocked/no_path 4.0", "a floor that does not fit the device bars the way");
	is_str(detail(&w, 0), "from 1.0 to 4.0 (floor 2.0)", "and is named");
	of(&w, "app", "2.0")->state = FOTA_BUILD_WITHDRAWN;
	is_str(decide(&w, NOON), "app install/hop 3.0 ", "one that is withdrawn is none");
	add_past(&w, FOTA_PAST_FAILED, "3.0");
	w.rules[0].max_attempts = 1;
	is_str(decide(&w, NOON), "app blocked/attempts 3.0", "failures of the step count");
}

/* app and boot have 1.0, and must have 2.0. */
static void
begin_pair(world *w)
{
	requires_count = 0;
	begin(w);
	add_build(w, "1.0", "", 3)->component = "boot";
	add_build(w, "2.0", "", 4)->component = "boot";
	add_item(w, "r2", "boot", "2.0", false);
	add_rule(w, 1, "r2");
	has(w, 1, "boot", "1.0", NULL);
}

static void
needs(void)
{
	world		w;
	fota_need	boot2 = {"boot", ">=2.0"};
	fota_need	boot3 = {"boot", ">=3.0"};
	fota_need	app2 = {"app", ">=2.0"};
	fota_need	app1 = {"app", "<2.0"};

	begin_pair(&w);
	need(of(&w, "app", "2.0"), &boot2, 1);
	is_str(decide(&w, NOON), "app wait/after 2.0 , boot install 2.0 ", "what another component's target will meet comes after it");
	is_str(detail(&w, 0), "after boot", "the detail names it");
	w.held[1].version = "2.0";
	is_str(decide(&w, NOON), "app install 2.0 , boot keep 2.0", "and when that is there, it goes");
	w.held[1].version = "1.0";
	requires[0].needs = &boot3;
	is_str(decide(&w, NOON), "app blocked/requirement 2.0, boot install 2.0 ", "what nothing will meet is blocked");
	is_str(detail(&w, 0), "2.0 needs boot >=3.0; it is 1.0", "the detail says what it needs");

	begin_pair(&w);
	need(of(&w, "app", "2.0"), &boot2, 1);
	need(of(&w, "boot", "2.0"), &app2, 1);
	is_str(decide(&w, NOON), "app blocked/requirement 2.0, boot blocked/requirement 2.0", "two that need each other");
	is_str(detail(&w, 0), "it and boot wait for each other and are not all joint", "the detail says so");
	w.components[0].joint = w.components[1].joint = w.components[2].joint = true;
	is_str(decide(&w, NOON), "app install 2.0 , boot install 2.0 ", "go together when they are joint");
	w.device.has_postponed = true;
	w.device.postponed_until = NOON + MINUTE;
	is_str(decide(&w, NOON), "app wait/postponed 2.0 , boot wait/postponed 2.0 ", "and wait together");
	w.device.has_postponed = false;
	add_past(&w, FOTA_PAST_FAILED, "2.0")->has_closed = true;
	w.past[0].closed_at = NOON;
	is_str(decide(&w, NOON), "app wait/backoff 2.0 , boot wait/after 2.0 ", "also when only one of them must");

	begin_pair(&w);
	need(of(&w, "boot", "1.0"), &app1, 1);
	is_str(decide(&w, NOON), "app install 2.0 , boot install 2.0 ", "what would break goes when the same action replaces it");
	of(&w, "boot", "2.0")->state = FOTA_BUILD_REFUSED;
	is_str(decide(&w, NOON), "app wait/after 2.0 , boot blocked/no_build 2.0", "or after that one, when that is not yet possible");
	drop_item(&w, "boot");
	is_str(decide(&w, NOON), "app blocked/requirement 2.0, boot keep/no_rule -", "or not at all, when nothing replaces it");
	is_str(detail(&w, 0), "boot 1.0 needs app <2.0", "the detail says what would break");
	w.held[0].version = "2.5";
	w.rules[0].allow_downgrade = true;
	is_str(decide(&w, NOON), "app install/downgrade 2.0 , boot keep/no_rule -", "what is broken already does not hold it back");
}

int
main(void)
{
	slots();
	ways();
	floors();
	needs();
	give_back();
	return done();
}

/* SPDX-License-Identifier: PostgreSQL */
/* test_rule.c: scope, winners, verdicts and edges in time, on catalogues of a few rows. */
#include "rule_world.h"

static void
scopes(void)
{
	world		w;
	fota_rule  *r;

	begin(&w);
	w.device.held = NULL;
	is_str(decide(&w, NOON), "", "no rule and no contents: nothing to say");
	begin(&w);
	is_str(decide(&w, NOON), "app keep/no_rule -", "reported, and no rule: keep");
	r = add_rule(&w, 1, "r2");
	is_str(decide(&w, NOON), "app install 2.0 ", "a rule without scope covers every device");
	r->batch = "B1";
	is_str(decide(&w, NOON), "app keep/no_rule -", "a rule of a batch does not cover a device without one");
	w.device.batch = "B1";
	is_str(decide(&w, NOON), "app install 2.0 ", "the same batch is covered");
	r->has_years = true;
	r->year_from = r->year_to = 2024;
	is_str(decide(&w, NOON), "app keep/no_rule -", "a rule of a year does not cover a device without one");
	w.device.has_year = true;
	w.device.year = 2024;
	is_str(decide(&w, NOON), "app install 2.0 ", "both bounds of a year range belong to it");
	r->serial_from = "S9";
	r->serial_to = "S100";
	is_str(decide(&w, NOON), "app install 2.0 ", "S20 lies between S9 and S100");
	r->serial_from = "S20";
	is_str(decide(&w, NOON), "app install 2.0 ", "the bounds of a serial range belong to it");
	r->serial_from = NULL;
	r->serial_to = "S19";
	r->to_key = NULL;
	is_str(decide(&w, NOON), "app keep/no_rule -", "S20 lies after S19");
	r->serial_from = r->serial_to = "S020";
	is_str(decide(&w, NOON), "app keep/no_rule -", "one serial is compared as it is, not by its key");
	r->serial_from = r->serial_to = "S20";
	is_str(decide(&w, NOON), "app install 2.0 ", "one serial");
	r->listed = true;
	is_str(decide(&w, NOON), "app keep/no_rule -", "a rule with a list covers no device beside it");
	w.device.listed = (const int64_t[]) {1, 5};
	w.device.listed_count = 2;
	is_str(decide(&w, NOON), "app install 2.0 ", "and those on it");
}

static void
winners(void)
{
	world		w;
	fota_rule  *a;
	fota_rule  *b;

	begin(&w);
	a = add_rule(&w, 1, "r2");
	b = add_rule(&w, 2, "r1");
	decide(&w, NOON);
	is_int(winner(&w), 2, "equal level and priority: the higher rule_id wins");
	a->priority = 1;
	decide(&w, NOON);
	is_int(winner(&w), 1, "the higher priority wins");
	b->has_model = true;
	decide(&w, NOON);
	is_int(winner(&w), 2, "the higher level wins over priority");
	a->has_years = true;
	a->year_from = INT64_MIN;
	a->year_to = INT64_MAX;
	w.device.has_year = true;
	decide(&w, NOON);
	is_int(winner(&w), 1, "years weigh more than the model");
	b->batch = w.device.batch = "B";
	decide(&w, NOON);
	is_int(winner(&w), 2, "the batch weighs more than years");
	a->serial_from = "S1";
	decide(&w, NOON);
	is_int(winner(&w), 1, "a serial range weighs more than the batch");
	b->serial_from = b->serial_to = "S20";
	decide(&w, NOON);
	is_int(winner(&w), 2, "one serial weighs more than a range");
	b->active = false;
	decide(&w, NOON);
	is_int(winner(&w), 1, "a paused rule does not win");
	add_past(&w, FOTA_PAST_OPEN, "1.0")->rule_id = 2;
	decide(&w, NOON);
	is_int(winner(&w), 2, "a paused rule of the open action does");

	begin(&w);
	add_rule(&w, 1, "r2")->priority = 5;
	add_rule(&w, 2, "r3");
	add_item(&w, "r3", "boot", NULL, false);
	is_str(decide(&w, NOON), "app install 2.0 , boot remove -", "a rule overrides only the components that it names");
	begin(&w);
	add_rule(&w, 1, "r4");
	add_item(&w, "r4", "app", "2.0", true);
	add_build(&w, "2.0", "any", 3)->any = true;
	is_str(decide(&w, NOON), "app install 2.0 any", "an item of model '*' takes images of model '*'");
	add_item(&w, "r4", "app", "1.0", false);
	is_str(decide(&w, NOON), "app keep 1.0", "the model's own item goes before that of '*'");
	add_item(&w, "r4", "stranger", "1.0", true);
	is_str(decide(&w, NOON), "app keep 1.0", "a component that the model lacks is not named");
}

static void
instants(void)
{
	world		w;
	fota_rule  *r;

	begin(&w);
	r = add_rule(&w, 1, "r2");
	r->has_begin = r->has_end = r->begin_inside = true;
	r->begin = NOON;
	r->end = NOON + MINUTE;
	is_str(decide(&w, NOON - 1), "app keep/no_rule -", "before its time a rule does not hold");
	is_int(w.decision.valid_until, NOON, "and the decision is valid until it begins");
	is_str(decide(&w, NOON), "app install 2.0 ", "an instant that belongs to the range");
	is_int(w.decision.valid_until, NOON + MINUTE, "valid until it ends");
	is_str(decide(&w, NOON + MINUTE), "app keep/no_rule -", "an end that does not belong to it");
	ok(!w.decision.has_valid_until, "after that, time changes nothing");
	r->begin_inside = false;
	r->end_inside = true;
	is_str(decide(&w, NOON), "app keep/no_rule -", "a beginning that does not belong to the range");
	is_int(w.decision.valid_until, NOON + 1, "the rule holds a microsecond later");
	is_str(decide(&w, NOON + MINUTE), "app install 2.0 ", "an end that belongs to it");
	is_int(w.decision.valid_until, NOON + MINUTE + 1, "the rule ends a microsecond later");
	r->active = false;
	decide(&w, NOON - 1);
	ok(!w.decision.has_valid_until, "a paused rule has no edges");
	r->active = true;
	r->batch = "other";
	decide(&w, NOON - 1);
	ok(!w.decision.has_valid_until, "nor has one that does not cover the device");
	r->batch = NULL;
	r->end = FOTA_TIME_MAX;
	decide(&w, NOON + 1);
	ok(!w.decision.has_valid_until, "an end at infinity is no edge");
	add_past(&w, FOTA_PAST_OPEN, "2.0")->rule_id = 1;
	is_str(decide(&w, NOON - 1), "app install 2.0 ", "the rule of an open action holds whatever its time");

	begin(&w);
	r = add_rule(&w, 1, "r2");
	r->exposure = 0;
	is_str(decide(&w, NOON), "app keep/no_rule -", "exposed to nobody");
	{
		int			bucket;

		fota_bucket(&w.ctx, "seed", 4, "d7", 2, &bucket);
		r->exposure = bucket;
		is_str(decide(&w, NOON), "app keep/no_rule -", "a device at the edge of the exposure is outside");
		r->exposure = bucket + 1;
		is_str(decide(&w, NOON), "app install 2.0 ", "a device below it is inside");
	}
}

static void
contents(void)
{
	world		w;
	fota_rule  *r;
	uint8_t		digest[32];

	begin(&w);
	r = add_rule(&w, 1, "r1");
	is_str(decide(&w, NOON), "app keep 1.0", "the reported version is the target");
	has(&w, 0, "app", "v1.0.0", NULL);
	is_str(decide(&w, NOON), "app keep 1.0", "and so is another way to write it");
	has(&w, 0, "app", "2.0", NULL);
	is_str(decide(&w, NOON), "app keep/ahead 1.0", "a newer version stays");
	r->allow_downgrade = true;
	is_str(decide(&w, NOON), "app install/downgrade 1.0 ", "unless the rule allows a downgrade");
	w.components[0].opaque = w.components[1].opaque = w.components[2].opaque = true;
	r->allow_downgrade = false;
	is_str(decide(&w, NOON), "app install 1.0 ", "of opaque versions none is newer");
	has(&w, 0, "app", "9.9", payload(1));
	is_str(decide(&w, NOON), "app keep 1.0", "a digest beats the reported version");
	is_str(w.decision.verdicts[0].reported, "1.0", "and says which version it is");
	memcpy(digest, payload(1), 32);
	digest[8] ^= 1;
	has(&w, 0, "app", NULL, digest);
	w.held[0].digest_size = 8;
	is_str(decide(&w, NOON), "app keep 1.0", "8 bytes of a digest are enough");
	w.held[0].digest_size = 9;
	is_str(decide(&w, NOON), "app install 1.0 ", "unless the ninth differs");
	w.model.waits = true;
	is_str(decide(&w, NOON), "app blocked/unknown_contents 1.0", "unknown contents block where the model says so");
	w.model.waits = false;
	w.components[0].opaque = w.components[1].opaque = w.components[2].opaque = false;
	has(&w, 0, "app", "1.0", digest);
	is_str(decide(&w, NOON), "app install/rebuild 1.0 ", "the target's version with a digest of none of its builds");
	w.others[w.other_count++] = (fota_other_digest) {.component = "app", .version = "1.0", .build = "", .data = digest, .size = 32};
	is_str(decide(&w, NOON), "app keep 1.0", "another digest of the image");
	w.others[0].version = "2.0";
	is_str(decide(&w, NOON), "app keep/ahead 1.0", "one of a newer image");
	add_build(&w, "3.0", "", 4)->payload = digest;
	has(&w, 0, "app", "0.5", digest);
	is_str(decide(&w, NOON), "app install 1.0 ", "a digest of two versions is of none");
	ok(w.decision.verdicts[0].reported == NULL, "and the version is unknown");

	begin(&w);
	add_rule(&w, 1, "r9");
	add_item(&w, "r9", "app", NULL, false);
	is_str(decide(&w, NOON), "app remove -", "what must be absent is removed");
	w.held[0].present = false;
	is_str(decide(&w, NOON), "app keep -", "what is absent already stays so");
	w.device.held = NULL;
	is_str(decide(&w, NOON), "app remove -", "unknown counts as for install");
	w.model.client_class = "swupdate";
	is_str(decide(&w, NOON), "app blocked/client_cannot -", "a DDI client cannot remove");
	is_str(w.decision.verdicts[0].detail, "clients of class swupdate cannot remove a component", "and says so");
	w.model.can_remove = true;
	is_str(decide(&w, NOON), "app remove -", "unless its class can");

	begin(&w);
	add_rule(&w, 1, "r2");
	w.model.client_class = "swupdate";
	w.model.name_like = "%.swu";
	is_str(decide(&w, NOON), "app install 2.0 ", "a file that its client takes");
	begin(&w);
	add_rule(&w, 1, "r2");
	w.model.client_class = "swupdate";
	w.model.name_like = "%.swu";
	w.builds[0].refused_name = "app-2.0.bin";
	is_str(decide(&w, NOON), "app blocked/client_cannot 2.0", "a file that it does not take");
	is_str(w.decision.verdicts[0].detail, "clients of class swupdate take files named %.swu, not app-2.0.bin", "and says which");
	add_past(&w, FOTA_PAST_FAILED, "2.0")->component = "app";
	w.rules[0].max_attempts = 1;
	is_str(decide(&w, NOON), "app blocked/attempts 2.0", "after failures, which count before");
}

static void
builds(void)
{
	world		w;
	const char *h1[] = {"h1"};
	const char *h12[] = {"h1", "h2"};
	fota_build *b;

	begin(&w);
	add_rule(&w, 1, "r2");
	w.builds[0].state = FOTA_BUILD_DECODING;
	is_str(decide(&w, NOON), "app blocked/not_ready 2.0 ", "an image that is still decoded");
	begin(&w);
	add_rule(&w, 1, "r2");
	w.builds[0].state = FOTA_BUILD_REFUSED;
	is_str(decide(&w, NOON), "app blocked/no_build 2.0", "a refused image is no build");
	begin(&w);
	add_rule(&w, 1, "r2");
	b = add_build(&w, "2.0", "b", 3);
	is_str(decide(&w, NOON), "app blocked/no_build 2.0", "two builds that fit equally well");
	begin(&w);
	add_rule(&w, 1, "r2");
	b = add_build(&w, "2.0", "b", 3);
	b->hw = h1;
	b->hw_count = 1;
	is_str(decide(&w, NOON), "app install 2.0 ", "a device without a hardware id fits only a build for any");
	w.device.hw = "h1";
	is_str(decide(&w, NOON), "app install 2.0 b", "a build for the hardware goes before one for any");
	w.device.hw = "h2";
	is_str(decide(&w, NOON), "app install 2.0 ", "another hardware takes the one for any");
	begin(&w);
	add_rule(&w, 1, "r2");
	b = add_build(&w, "2.0", "b", 3);
	b->hw = h1;
	b->hw_count = 1;
	b = add_build(&w, "2.0", "c", 4);
	b->hw = h12;
	b->hw_count = 2;
	w.device.hw = "h1";
	is_str(decide(&w, NOON), "app blocked/no_build 2.0", "two builds that name the hardware");
	ok(strcmp(w.decision.verdicts[0].detail, "2 builds of 2.0 fit hardware h1 equally well") == 0, "the detail says so");
}

static void
histories(void)
{
	world		w;
	fota_rule  *r;
	fota_past  *p;

	begin(&w);
	r = add_rule(&w, 1, "r2");
	p = add_past(&w, FOTA_PAST_FAILED, "2.0");
	p->has_closed = true;
	p->closed_at = NOON;
	is_str(decide(&w, NOON + 14 * MINUTE), "app wait/backoff 2.0 ", "after a failure a device waits");
	is_int(w.decision.verdicts[0].not_before, NOON + 15 * MINUTE, "for 15 minutes");
	is_int(w.decision.valid_until, NOON + 15 * MINUTE, "which is when the decision changes");
	is_str(decide(&w, NOON + 15 * MINUTE), "app install 2.0 ", "and not longer");
	p = add_past(&w, FOTA_PAST_FAILED, "2.0");
	p->has_closed = true;
	p->closed_at = NOON + MINUTE;
	decide(&w, NOON + 2 * MINUTE);
	is_int(w.decision.verdicts[0].not_before, NOON + 31 * MINUTE, "after two failures twice as long, from the last");
	w.device.has_postponed = true;
	w.device.postponed_until = NOON + 10 * MINUTE;
	is_str(decide(&w, NOON + 2 * MINUTE), "app wait/postponed 2.0 ", "a postponement is named first");
	is_int(w.decision.verdicts[0].not_before, NOON + 31 * MINUTE, "the last of the waits counts");
	is_int(w.decision.valid_until, NOON + 10 * MINUTE, "the first changes the decision");
	add_past(&w, FOTA_PAST_FAILED, "1.0");
	is_str(decide(&w, NOON + 2 * MINUTE), "app wait/postponed 2.0 ", "a failure of another version does not count");
	add_past(&w, FOTA_PAST_FAILED, "2.0");
	is_str(decide(&w, NOON + 2 * MINUTE), "app blocked/attempts 2.0", "the third failure blocks");
	r->max_attempts = 4;
	is_str(decide(&w, NOON + 2 * MINUTE), "app wait/postponed 2.0 ", "unless the rule allows more");
	p = add_past(&w, FOTA_PAST_LEFT, "1.0");
	p->from_version = "2.0";
	p->rule_id = 9;
	is_str(decide(&w, NOON), "app blocked/undo 2.0", "an image that the device has just left is not offered again");
	is_str(w.decision.verdicts[0].detail, "rules 1 and 9 undo each other", "the detail names both rules");
	p->from_version = "1.5";
	is_str(decide(&w, NOON), "app wait/postponed 2.0 ", "having left another one does not matter");
}

static void
deltas(void)
{
	world		w;
	fota_rule  *r;

	begin(&w);
	r = add_rule(&w, 1, "r2");
	has(&w, 0, "app", NULL, payload(1));
	w.delta_wanted = true;
	r->wait_for_delta = true;
	is_str(decide(&w, NOON), "app install 2.0 ", "a device that takes no delta does not wait for one");
	is_int(w.delta_asked, 0, "and none is asked for");
	w.device.takes_delta = true;
	is_str(decide(&w, NOON), "app wait/delta 2.0 ", "a device that does, waits");
	is_int(w.decision.verdicts[0].not_before, NOON + 60 * MINUTE, "as long as may be waited");
	is_str(w.decision.verdicts[0].detail, "a delta from 1.0 is being made", "the detail says from what");
	w.delta_wanted = false;
	is_str(decide(&w, NOON), "app install 2.0 ", "and no longer when it is made or failed");
	w.delta_wanted = true;
	is_str(decide(&w, NOON + 60 * MINUTE), "app install 2.0 ", "or the time is over");
	has(&w, 0, "app", "1.0", NULL);
	is_str(decide(&w, NOON), "app install 2.0 ", "a version alone is no base for a delta");
}

static void
limits(void)
{
	world		w;

	begin(&w);
	add_rule(&w, 1, "r2");
	is_str(decide(&w, NOON), "app install 2.0 ", "with memory enough");
	w.ctx.limit = w.ctx.used;
	decide(&w, NOON);
	is_int(w.ctx.error.code, FOTA_LIMIT, "memory beyond the limit is refused");
}

/* Tests of reported versions, filters, and exposure that goes by more than a percentage. */
static void
tests(void)
{
	world		w;
	fota_rule  *r;
	static const int filter = 1;
	static const int other = 2;
	const void *waves[] = {&other};
	fota_need	needs[] = {{"app", ">=1.0"}, {"boot", "1.x"}};
	fota_stratum strata[] = {{"m", -1, 0}, {"m", 2024, INT64_C(4294967295)}, {"n", -1, INT64_C(4294967295)}};

	begin(&w);
	r = add_rule(&w, 1, "r2");
	r->tests = needs;
	r->test_count = 1;
	is_str(decide(&w, NOON), "app install 2.0 ", "a version in its range");
	needs[0].range = ">1.0";
	is_str(decide(&w, NOON), "app keep/no_rule -", "and one that is not");
	needs[0].range = "*";
	w.held[0].present = false;
	is_str(decide(&w, NOON), "", "what is absent is in no range, not even in *");
	w.held[0].present = true;
	r->test_count = 2;
	is_str(decide(&w, NOON), "app keep/no_rule -", "nor is what is unknown");
	has(&w, 1, "boot", "1.4", NULL);
	is_str(decide(&w, NOON), "app install 2.0 , boot keep/no_rule -", "all of them must hold");
	add_past(&w, FOTA_PAST_OPEN, "2.0")->rule_id = 1;
	needs[1].range = "2.x";
	is_str(decide(&w, NOON), "app install 2.0 , boot keep/no_rule -", "a rule of the open action needs no test");

	begin(&w);
	r = add_rule(&w, 1, "r2");
	r->filter = &filter;
	is_str(decide(&w, NOON), "app keep/no_rule -", "a filter that is not true");
	w.filters = 1 << filter;
	is_str(decide(&w, NOON), "app install 2.0 ", "and one that is");
	is_str(w.seen, "1.0", "it sees what the device has");
	r->filter = NULL;
	r->exposure = 0;
	r->waves = waves;
	r->wave_count = 1;
	is_str(decide(&w, NOON), "app keep/no_rule -", "a wave whose filter is not true");
	w.filters = 1 << other;
	is_str(decide(&w, NOON), "app install 2.0 ", "and one whose filter is");
	r->wave_count = 0;
	r->strata = strata;
	r->stratum_count = 3;
	w.model.name = "m";
	is_str(decide(&w, NOON), "app keep/no_rule -", "above the threshold of its model and year");
	w.device.has_year = true;
	w.device.year = 2024;
	is_str(decide(&w, NOON), "app install 2.0 ", "below it");
	w.device.year = 2025;
	is_str(decide(&w, NOON), "app keep/no_rule -", "a year without a threshold");
	w.device.has_year = false;
	w.model.name = "n";
	is_str(decide(&w, NOON), "app install 2.0 ", "another model");
}

static void
windows(void)
{
	world		w;
	fota_rule  *r;
	const fota_verdict *v = NULL;
	fota_window any = {0xfe, 0, 1};

	begin(&w);
	r = add_rule(&w, 1, "r2");
	r->windows = &any;
	r->window_count = 1;
	w.model.zone = "of the model";
	w.opening = (fota_opening) {.begins = NOON + MINUTE, .has_end = true, .ends = NOON + 5 * MINUTE};
	is_str(decide(&w, NOON), "app install 2.0 ", "outside its windows a rule may download");
	v = &w.decision.verdicts[0];
	ok(v->has_not_before && v->not_before == NOON + MINUTE, "but not install before the next one opens");
	ok(v->has_not_after && v->not_after == NOON + 5 * MINUTE, "nor after it closes");
	is_int(w.decision.valid_until, NOON + MINUTE, "the decision changes when it opens");
	is_str(w.zone, "of the model", "the zone is that of the model");
	w.device.zone = "its own";
	w.opening.open = true;
	is_str(decide(&w, NOON), "app install 2.0 ", "within one it may install");
	ok(!w.decision.verdicts[0].has_not_before, "at once");
	is_int(w.decision.valid_until, NOON + 5 * MINUTE, "until it closes");
	is_str(w.zone, "its own", "or of the device, if it has one");
	r->download_in_window = true;
	is_str(decide(&w, NOON), "app install 2.0 ", "that goes for rules that download in windows, too");
	w.opening.open = false;
	is_str(decide(&w, NOON), "app wait/window 2.0 ", "outside they wait");
	is_int(w.decision.verdicts[0].not_before, NOON + MINUTE, "for the next one");
	ok(!w.decision.verdicts[0].has_not_after, "and say no end");
	w.opening.begins = FOTA_TIME_MAX;
	w.opening.has_end = false;
	is_str(decide(&w, NOON), "app wait/window 2.0 ", "for ever, if none opens");
	ok(!w.decision.has_valid_until, "which time does not change");
	r->download_in_window = false;
	r->download_only = true;
	is_str(decide(&w, NOON), "app install 2.0 ", "what is only downloaded is not installed in windows");
	ok(!w.decision.verdicts[0].has_not_before, "and goes at once");
	add_past(&w, FOTA_PAST_DOWNLOADED, "2.0")->rule_id = 1;
	is_str(decide(&w, NOON), "app keep 2.0", "and once");
	w.past[0].rule_id = 2;
	is_str(decide(&w, NOON), "app install 2.0 ", "another rule's download does not count");
}

int
main(void)
{
	tests();
	windows();
	scopes();
	winners();
	instants();
	contents();
	builds();
	histories();
	deltas();
	limits();
	give_back();
	return done();
}

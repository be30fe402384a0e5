/* SPDX-License-Identifier: PostgreSQL */
/* links: cli/device_state.c cli/cli.c */
/*
 * test_device_state.c: what a simulated device keeps over a loss of power is read back as it was written,
 * and a file that is none of its own is refused whole.
 */
#include "tap.h"

#include "cli/simulate.h"

static fota_ctx ctx;

static bool
parse(const char *text, sim_state *state)
{
	char		copy[4096];

	*state = (sim_state) {.ctx = &ctx};
	snprintf(copy, sizeof(copy), "%s", text);
	return sim_state_parse(state, copy);
}

/* True when writing a state, reading it and writing it again comes to the same text. */
static bool
stays(const sim_state *state)
{
	sim_state	again;
	fota_buf	first,
				second;
	bool		same;

	fota_buf_init(&first, 8192);
	fota_buf_init(&second, 8192);
	same = sim_state_print(state, &first) && fota_buf_append(&ctx, &first, "", 1) == FOTA_OK &&
		parse((const char *) first.data, &again) && sim_state_print(&again, &second) &&
		second.size == first.size - 1 && memcmp(first.data, second.data, second.size) == 0;
	fota_buf_free(&ctx, &first);
	fota_buf_free(&ctx, &second);
	return same;
}

static void
test_round_trip(void)
{
	sim_state	state = {.ctx = &ctx};
	sim_item   *item = &state.item;

	ok(stays(&state), "a device without anything is read back");
	snprintf(state.component[0].name, SIM_NAME, "app");
	snprintf(state.component[0].version, SIM_VERSION, "1.0.0 beta 2");
	snprintf(state.component[1].name, SIM_NAME, "sounds");
	state.components = 2;
	ok(stays(&state), "components, a version with blanks and one that is unknown");
	state.has_tag = true;
	memset(state.tag, 0xa5, sizeof(state.tag));
	ok(stays(&state), "the inventory tag");
	*item = (sim_item) {SIM_VERIFIED, 12, 3, "app", "2.0.0 b", {1, 2, 3}, 1234567890123, 1, 77, {9}, {8, 7}, 32, false};
	ok(stays(&state), "the item at hand, with a base of 32 bytes");
	item->base_size = 8;
	ok(stays(&state), "with a base of 8 bytes");
	item->base_size = 0;
	item->version[0] = '\0';
	ok(stays(&state), "without base and version");
	state.components = 0;
	for (int i = 0; i < SIM_COMPONENTS; i++)
	{
		snprintf(state.component[i].name, SIM_NAME, "c%d", i);
		memset(state.component[i].version, 'v', SIM_VERSION - 1);
		state.components++;
	}
	ok(stays(&state), "as many components as there may be, with the longest versions");
}

static void
test_values(void)
{
	sim_state	state;

	ok(parse("pgfota-device 1\ncomponent app 1.0 rc\ntag 0011223344556677\n"
			 "item 1 12 2 app 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff 500 0 400 "
			 "8899aabbccddeeff - 2.0\n", &state), "a state is read");
	is_str(state.component[0].version, "1.0 rc", "a version is the rest of its line");
	ok(state.has_tag && state.tag[7] == 0x77, "the tag");
	is_int(state.item.phase, SIM_DOWNLOADING, "the phase");
	is_int(state.item.action, 12, "the action");
	is_int(state.item.item, 2, "the item");
	is_int((long long) state.item.size, 500, "the size of the result");
	is_int((long long) state.item.bytes, 400, "the size of the transfer");
	ok(state.item.sha256[31] == 0xff && state.item.etag[0] == 0x88, "digest and ETag");
	is_int((long long) state.item.base_size, 0, "no base");
	is_str(state.item.version, "2.0", "the version");
}

static void
test_refused(void)
{
#define ITEM_HEAD "pgfota-device 1\nitem 1 12 2 "
#define SHA "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	static const struct
	{
		const char *name;
		const char *text;
	}			bad[] = {
		{"an empty file", ""},
		{"another file", "hello\n"},
		{"a later format", "pgfota-device 2\n"},
		{"an unknown line", "pgfota-device 1\nsecret x\n"},
		{"a component that is a path", "pgfota-device 1\ncomponent ../app 1\n"},
		{"a component that begins with a dot", "pgfota-device 1\ncomponent .app 1\n"},
		{"a component without a name", "pgfota-device 1\ncomponent  1\n"},
		{"a short tag", "pgfota-device 1\ntag 001122\n"},
		{"a tag that is no hex", "pgfota-device 1\ntag 00112233445566xx\n"},
		{"a phase that there is not", "pgfota-device 1\nitem 9 12 2 app " SHA " 5 0 4 8899aabbccddeeff - 2\n"},
		{"a negative size", ITEM_HEAD "app " SHA " -5 0 4 8899aabbccddeeff - 2\n"},
		{"a number that is none", ITEM_HEAD "app " SHA " 5x 0 4 8899aabbccddeeff - 2\n"},
		{"a short digest", ITEM_HEAD "app 0011 5 0 4 8899aabbccddeeff - 2\n"},
		{"a short ETag", ITEM_HEAD "app " SHA " 5 0 4 8899 - 2\n"},
		{"a base that is too long", ITEM_HEAD "app " SHA " 5 0 4 8899aabbccddeeff " SHA "00 2\n"},
		{"an item of a path", ITEM_HEAD "a/b " SHA " 5 0 4 8899aabbccddeeff - 2\n"},
		{"an item that breaks off", ITEM_HEAD "app " SHA " 5 0\n"},
	};
	sim_state	state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!parse(bad[i].text, &state), "%s is refused", bad[i].name);
}

static void
test_names(void)
{
	char		name[SIM_NAME + 1];

	memset(name, 'a', sizeof(name));
	ok(sim_name_good(name, SIM_NAME - 1), "a component's name of 64 characters is a file's");
	ok(!sim_name_good(name, SIM_NAME), "one of 65 is not");
	ok(!sim_name_good("a/b", 3) && !sim_name_good("-a", 2) && !sim_name_good("", 0), "nor a path, an option or nothing");
}

int
main(void)
{
	ctx = tap_ctx(0);
	test_round_trip();
	test_values();
	test_refused();
	test_names();
	ok(ctx.used == 0, "all memory is given back");
	return done();
}

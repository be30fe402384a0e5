/* SPDX-License-Identifier: PostgreSQL */
/*
 * test_wire.c: the native messages. Vectors in tests/vectors/wire were encoded by another program;
 * each is read in both forms and must be written again byte for byte, and each that is written
 * here is checked against frontends/native.cddl by build/tests/cddl.
 */
#include "tap.h"
#include "wire.h"

static char top[1024];			/* of the repository, from the place of this program */

typedef union message
{
	wire_checkin checkin;
	wire_decision decision;
	wire_report report;
} message;

static fota_status
read_message(fota_ctx *ctx, const char *rule, wire_form form, const void *data, size_t size, message *m)
{
	if (rule[0] == 'c')
		return fota_wire_read_checkin(ctx, form, data, size, &m->checkin);
	if (rule[0] == 'd')
		return fota_wire_read_decision(ctx, form, data, size, &m->decision);
	return fota_wire_read_report(ctx, form, data, size, &m->report);
}

static fota_status
write_message(fota_ctx *ctx, const char *rule, wire_form form, const message *m, fota_buf *buf)
{
	if (rule[0] == 'c')
		return fota_wire_write_checkin(ctx, form, &m->checkin, buf);
	if (rule[0] == 'd')
		return fota_wire_write_decision(ctx, form, &m->decision, buf);
	return fota_wire_write_report(ctx, form, &m->report, buf);
}

/* Does the validator take it? Quietly: it is expected to refuse. */
static bool
validates(const char *rule, wire_form form, const void *data, size_t size, bool quietly)
{
	char		command[4096];
	FILE	   *pipe;

	snprintf(command, sizeof(command), "'%s/build/tests/cddl' '%s/frontends/native.cddl' %s%s %s", top, top, rule,
			 form == WIRE_JSON ? "-json" : "", quietly ? "2>/dev/null" : "2>&1");
	fflush(stdout);
	pipe = popen(command, "w");
	if (pipe == NULL)
		return false;
	fwrite(data, 1, size, pipe);
	return pclose(pipe) == 0;
}

static size_t
read_file(const char *name, char *data, size_t room)
{
	char		path[2048];
	FILE	   *file;
	size_t		size = 0;

	snprintf(path, sizeof(path), "%s/tests/vectors/wire/%s", top, name);
	file = fopen(path, "rb");
	if (file != NULL)
	{
		size = fread(data, 1, room, file);
		fclose(file);
	}
	return size;
}

/* One vector in both forms: each form read, and written as both. */
static void
test_vector(const char *rule, const char *name)
{
	static message m;
	static char data[2][8192];
	size_t		size[2];
	char		file[128];
	char		title[256];

	for (int form = 0; form < 2; form++)
	{
		snprintf(file, sizeof(file), "%s-%s.%s", rule, name, form == WIRE_JSON ? "json" : "cbor");
		size[form] = read_file(file, data[form], sizeof(data[form]));
		ok(validates(rule, (wire_form) form, data[form], size[form], false), "%s is valid by native.cddl", file);
	}
	for (int from = 0; from < 2; from++)
	{
		fota_ctx	ctx = tap_ctx(0);
		fota_status status = read_message(&ctx, rule, (wire_form) from, data[from], size[from], &m);

		ok(status == FOTA_OK, "%s %s is read from %s", rule, name, from ? "JSON" : "CBOR");
		if (status != FOTA_OK)
			printf("# %s\n", ctx.error.message);
		for (int to = 0; to < 2; to++)
		{
			fota_buf	buf;

			fota_buf_init(&buf, 16384);
			snprintf(title, sizeof(title), "%s %s from %s is written as %s byte for byte", rule, name,
					 from ? "JSON" : "CBOR", to ? "JSON" : "CBOR");
			status = write_message(&ctx, rule, (wire_form) to, &m, &buf);
			if (!is_mem(buf.data, status == FOTA_OK ? buf.size : 0, data[to], size[to], title) && to)
				printf("# %.*s\n", (int) buf.size, (char *) buf.data);
			fota_buf_free(&ctx, &buf);
		}
	}
}

static void
refuses(const char *rule, const char *json, fota_status code, const char *name)
{
	static message m;
	fota_ctx	ctx = tap_ctx(0);
	fota_status status = read_message(&ctx, rule, WIRE_JSON, json, strlen(json), &m);

	if (!ok(status == code && ctx.error.message[0] != '\0', "%s", name))
		printf("# %d: %s\n", (int) status, ctx.error.message);
	if (validates(rule, WIRE_JSON, json, strlen(json), true))
		ok(false, "native.cddl refuses it as well: %s", name);
}

#define NONCE "\"nonce\":\"0011223344556677\""

static void
test_refused(void)
{
	refuses("checkin", "{}", FOTA_TRUNCATED, "a check-in without a nonce is refused");
	refuses("checkin", "[]", FOTA_SYNTAX, "a check-in that is an array is refused");
	refuses("checkin", "{\"nonce\":\"001122334455667\"}", FOTA_SYNTAX, "half a byte of hex is refused");
	refuses("checkin", "{\"nonce\":\"00112233445566\"}", FOTA_RANGE, "a nonce of seven bytes is refused");
	refuses("checkin", "{\"nonce\":\"00112233445566AA\"}", FOTA_SYNTAX, "hex in upper case is refused");
	refuses("checkin", "{\"nonce\":1}", FOTA_SYNTAX, "a nonce that is a number is refused");
	refuses("checkin", "{" NONCE ",\"inventory\":\"00\"}", FOTA_RANGE, "a tag of one byte is refused");
	refuses("checkin", "{" NONCE ",\"contents\":{\"app\":\"1.0\"}}", FOTA_SYNTAX, "contents without an array are refused");
	refuses("checkin", "{" NONCE ",\"contents\":{\"app\":[\"1.0\"]}}", FOTA_TRUNCATED, "contents without a digest are refused");
	refuses("checkin", "{" NONCE ",\"contents\":{\"app\":[\"1.0\",\"00\"]}}", FOTA_RANGE, "a digest of one byte is refused");
	refuses("checkin", "{" NONCE ",\"contents\":{\"app\":[1,null]}}", FOTA_SYNTAX, "a version that is a number is refused");
	refuses("checkin", "{" NONCE ",\"contents\":{\"app\":[null,null,0,0]}}", FOTA_SYNTAX, "a fourth part of contents is refused");
	refuses("checkin", "{" NONCE ",\"contents\":{\"app\":[null,null,-1]}}", FOTA_RANGE, "a negative slot is refused");
	refuses("checkin", "{" NONCE ",\"accept\":{\"formats\":[],\"ram\":1}}", FOTA_TRUNCATED, "accept without flags is refused");
	refuses("checkin", "{" NONCE ",\"accept\":{\"formats\":[[]],\"ram\":1,\"flags\":0}}", FOTA_TRUNCATED, "a format without an id is refused");
	refuses("checkin", "{" NONCE ",\"accept\":{\"formats\":[1],\"ram\":1,\"flags\":0}}", FOTA_SYNTAX, "a format that is a number is refused");
	refuses("checkin", "{" NONCE ",\"accept\":{\"formats\":[],\"ram\":1,\"flags\":0,\"block\":8}}", FOTA_RANGE, "blocks of 8 bytes are refused");
	refuses("checkin", "{" NONCE ",\"attributes\":{\"a\":[1]}}", FOTA_SYNTAX, "an attribute that is an array is refused");
	refuses("checkin", "{" NONCE ",\"attributes\":{\"a\":1.5}}", FOTA_SYNTAX, "an attribute that is a fraction is refused");
	refuses("checkin", "{" NONCE ",\"attributes\":{\"a\":1,\"a\":2}}", FOTA_DUPLICATE, "an attribute given twice is refused");
	refuses("checkin", "{" NONCE ",\"power\":[101,null]}", FOTA_RANGE, "a battery of 101 % is refused");
	refuses("checkin", "{" NONCE ",\"power\":[50]}", FOTA_TRUNCATED, "power without mains is refused");
	refuses("checkin", "{" NONCE ",\"power\":[50,1]}", FOTA_SYNTAX, "mains that is a number is refused");
	refuses("checkin", "{" NONCE ",\"power\":[50,true,true]}", FOTA_SYNTAX, "a third part of power is refused");
	refuses("checkin", "{" NONCE ",\"action\":-1}", FOTA_RANGE, "a negative action is refused");
	refuses("checkin", "{" NONCE ",\"action\":2147483648}", FOTA_RANGE, "an action beyond 31 bits is refused");
	refuses("checkin", "{" NONCE ",\"hw\":null}", FOTA_SYNTAX, "a hardware id of null is refused");
	refuses("report", "{\"action\":1,\"item\":1}", FOTA_TRUNCATED, "a report without a state is refused");
	refuses("report", "{\"action\":1,\"state\":1}", FOTA_TRUNCATED, "a report without an item is refused; null is all of them");
	refuses("report", "{\"action\":1,\"item\":1,\"state\":0}", FOTA_RANGE, "state 0 is refused");
	refuses("report", "{\"action\":1,\"item\":1,\"state\":10}", FOTA_RANGE, "state 10 is refused");
	refuses("report", "{\"action\":null,\"item\":1,\"state\":4}", FOTA_SYNTAX, "an action of null is refused");
	refuses("decision", "{" NONCE ",\"next\":1,\"items\":[]}", FOTA_TRUNCATED, "a decision with no item in items is refused");
	refuses("decision", "{" NONCE ",\"next\":1,\"items\":[{\"item\":1,\"component\":\"a\",\"verb\":3}]}", FOTA_RANGE,
			"verb 3 is refused");
}

static void
test_limits(void)
{
	static message m;
	static char json[20000];
	fota_ctx	ctx = tap_ctx(0);
	size_t		at;

	sprintf(json, "{\"action\":1,\"item\":1,\"state\":4,\"text\":\"%0257d\"}", 0);
	ok(fota_wire_read_report(&ctx, WIRE_JSON, json, strlen(json), &m.report) == FOTA_RANGE, "a text of 257 bytes is refused");
	sprintf(json, "{" NONCE ",\"hw\":\"%08200d\"}", 0);
	ok(fota_wire_read_checkin(&ctx, WIRE_JSON, json, strlen(json), &m.checkin) == FOTA_RANGE ||
	   ctx.error.code == FOTA_LIMIT, "strings of more than 8 KiB are refused");
	at = (size_t) sprintf(json, "{" NONCE ",\"contents\":{");
	for (int i = 0; i < 64; i++)
		at += (size_t) sprintf(json + at, "%s\"c%d\":[null,null]", i ? "," : "", i);
	strcpy(json + at, "}}");
	ok(fota_wire_read_checkin(&ctx, WIRE_JSON, json, strlen(json), &m.checkin) == FOTA_OK && m.checkin.contents == 64,
	   "64 components are taken");
	strcpy(json + at, ",\"c64\":[null,null]}}");
	ok(fota_wire_read_checkin(&ctx, WIRE_JSON, json, strlen(json), &m.checkin) == FOTA_LIMIT, "65 components are refused");
	at = (size_t) sprintf(json, "{" NONCE ",\"accept\":{\"ram\":0,\"flags\":0,\"formats\":[[1]");
	for (int i = 0; i < 16; i++)
		at += (size_t) sprintf(json + at, ",[1]");
	strcpy(json + at, "]}}");
	ok(fota_wire_read_checkin(&ctx, WIRE_JSON, json, strlen(json), &m.checkin) == FOTA_LIMIT, "17 formats are refused");
}

static void
test_unknown_keys(void)
{
	static message m;
	static const char json[] = "{\"x\":{\"y\":[1,{}]}," NONCE ",\"\\u0068w\":\"b\"}";
	static const uint8_t cbor[] = {0xa4, 0x18, 0x63, 0x81, 0xf9, 0x7e, 0x00, 0x00, 0x48, 1, 2, 3, 4, 5, 6, 7, 8,
	0x61, 'x', 0xc1, 0x00, 0x20, 0xf6};
	static const uint8_t twice[] = {0xa3, 0x18, 0x63, 0xf6, 0x18, 0x63, 0xf6, 0x00, 0x48, 1, 2, 3, 4, 5, 6, 7, 8};
	fota_ctx	ctx = tap_ctx(0);

	ok(fota_wire_read_checkin(&ctx, WIRE_JSON, json, strlen(json), &m.checkin) == FOTA_OK, "unknown keys of JSON are ignored");
	is_str(m.checkin.hw.data, "b", "and a known one may be spelt with an escape");
	ok(fota_wire_read_checkin(&ctx, WIRE_CBOR, cbor, sizeof(cbor), &m.checkin) == FOTA_OK &&
	   m.checkin.has == 1, "unknown keys of CBOR are ignored, whatever their type");
	ok(fota_wire_read_checkin(&ctx, WIRE_CBOR, twice, sizeof(twice), &m.checkin) == FOTA_DUPLICATE,
	   "but not when they come twice");
	ok(fota_wire_read_checkin(&ctx, WIRE_CBOR, cbor, sizeof(cbor) - 1, &m.checkin) == FOTA_TRUNCATED,
	   "or when they are cut short");
}

static void
test_inventory(void)
{
	static message m;
	static char data[8192];
	fota_ctx	ctx = tap_ctx(0);
	wire_inventory inventory;
	uint8_t		tag[8],
				again[8];
	size_t		size = read_file("checkin-full.cbor", data, sizeof(data));

	fota_wire_read_checkin(&ctx, WIRE_CBOR, data, size, &m.checkin);
	ok(fota_wire_inventory(&ctx, &m.checkin, &inventory) == FOTA_OK, "a check-in is rendered for SQL");
	is_str(inventory.contents, "{\"app\":{\"version\":\"1.0.0\",\"digest\":"
		   "\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\",\"slot\":0},\"boot\":{\"slot\":1},"
		   "\"radio\":{\"version\":\"2024.03.01\"},\"sounds\":{\"digest\":\"0001020304050607\"}}", "contents are objects");
	is_str(inventory.accept, "{\"formats\":[[1],[4,8,4],[0]],\"ram\":65536,\"flags\":5,\"block\":512,\"space\":262144}",
		   "accept has its names");
	is_str(inventory.attributes, "{\"x\":9007199254740992,\"lit\":true,\"gone\":null,\"floor\":-3,"
		   "\"region\":\"Gr\xc3\xb6\xc3\x9f" "e \\\"x\\\"\\n\"}", "attributes are escaped");
	is_str(inventory.power, "{\"battery\":80}", "power leaves out what is null");
	is_str(inventory.hw, "rev-b", "the hardware id is plain text");
	fota_wire_inventory_free(&ctx, &inventory);
	fota_wire_tag(&ctx, &m.checkin, tag);
	size = read_file("checkin-full.json", data, sizeof(data));
	fota_wire_read_checkin(&ctx, WIRE_JSON, data, size, &m.checkin);
	fota_wire_tag(&ctx, &m.checkin, again);
	is_mem(tag, 8, again, 8, "the tag is the same for CBOR and JSON");
	m.checkin.present[0].slot++;
	fota_wire_tag(&ctx, &m.checkin, again);
	ok(memcmp(tag, again, 8) != 0, "and another for other contents");
	size = read_file("checkin-min.cbor", data, sizeof(data));
	fota_wire_read_checkin(&ctx, WIRE_CBOR, data, size, &m.checkin);
	ok(fota_wire_inventory(&ctx, &m.checkin, &inventory) == FOTA_OK && !inventory.contents && !inventory.accept &&
	   !inventory.attributes && !inventory.power && !inventory.hw, "what was not sent is NULL");
	fota_wire_inventory_free(&ctx, &inventory);
	is_int((long long) ctx.used, 0, "no memory is left behind");
}

static void
test_messages(void)
{
	static message m;
	fota_ctx	ctx = tap_ctx(0);

	ok(fota_wire_read_report(&ctx, WIRE_JSON, "{\"action\":1,\"item\":1,\"state\":10}", 31, &m.report) == FOTA_RANGE, "an error");
	is_str(ctx.error.message, "json byte 29: state: found 10, expected 1 to 9", "names place, key, what was found and expected");
}

int
main(int argc, char **argv)
{
	static const char *const vectors[][2] = {{"checkin", "min"}, {"checkin", "full"}, {"checkin", "tag"},
	{"decision", "idle"}, {"decision", "full"}, {"report", "min"}, {"report", "full"}};

	(void) argc;
	snprintf(top, sizeof(top), "%s", argv[0]);
	for (int up = 0; up < 4; up++)
	{
		char	   *slash = strrchr(top, '/');

		if (slash == NULL)
			strcpy(top, ".");
		else
			*slash = '\0';
	}
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		test_vector(vectors[i][0], vectors[i][1]);
	test_refused();
	test_limits();
	test_unknown_keys();
	test_inventory();
	test_messages();
	return done();
}

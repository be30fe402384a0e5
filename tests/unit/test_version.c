/* SPDX-License-Identifier: PostgreSQL */
/*
 * test_version.c: keys and order of versions, ranges, serial numbers. Order is checked against a second
 * implementation that compares the parts of a version instead of keys (struct model).
 */
#include "image_case.h"

#include "version.h"

static const char *
key(const char *text)
{
	static char out[1024];
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	buf;

	fota_buf_init(&buf, sizeof(out) - 1);
	if (fota_version_key(&ctx, text, strlen(text), &buf) != FOTA_OK)
		return "failed";
	memcpy(out, buf.data, buf.size);
	out[buf.size] = '\0';
	fota_buf_free(&ctx, &buf);
	return out;
}

static int
compare(const char *a, const char *b)
{
	return fota_version_compare(a, strlen(a), b, strlen(b));
}

static void
is_key(const char *text, const char *want)
{
	char		name[200];

	snprintf(name, sizeof(name), "key of %s", text);
	is_str(key(text), want, name);
}

static void
test_keys(void)
{
	is_key("1.0", "1" "011" "00" "00" "00" "00" "00" "0" "2" "0");
	is_key("v1.2.3-rc.2", "1" "011" "012" "013" "00" "00" "00" "0" "1" "2rc!" "1012" "0" "0");
	is_key("1.0b+a", "1" "011" "00" "00" "00" "00" "00" "b" "2" "2a!" "0");
	is_key("2024-01-05", "1" "042024" "011" "015" "00" "00" "00" "0" "2" "0");
	is_key("trunk", "0trunk");
	is_key("", "0");
	is_key("10.1", "1" "0210" "011" "00" "00" "00" "00" "0" "2" "0");
	is_key("V1.0+1.b", "1" "011" "00" "00" "00" "00" "00" "0" "2" "1011" "2b!" "0");
	is_key("1.02.3.4.5.6", "1" "011" "012" "013" "014" "015" "016" "0" "2" "0");
}

static void
test_parsable(void)
{
	static const char *const yes[] = {
		"1.0", "v1.0", "V1.0", "1.2.3.4.5.6", "2024-01-05", "2024.01.05", "v2024-01-05", "1.0b", "1.0-rc.1", "1.0--",
		"1.0-a-b", "1.0+001", "2024-01-05-rc1", "2024-01-05b", "0.0", "1.0-0.0", "1.0b-x+y",
	};
	static const char *const no[] = {
		"", "1", "v", "v1", "1.", ".1", "1..2", "1.2.3.4.5.6.7", "1.0ab", "1.0-", "1.0+", "1.0-a..b", "1.0-a.", " 1.0",
		"1.0 ", "1.0-\xc3\xa4", "1.0_1", "2024-1-5", "2024-01", "vv1.0", "1.0+a+b", "1.x", "-1.0", "2024-01-055", "1,0",
	};
	char		digits[220] = "1.";

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		ok(fota_version_parsable(yes[i], strlen(yes[i])), "\"%s\" is parsable", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ok(!fota_version_parsable(no[i], strlen(no[i])), "\"%s\" is not parsable", no[i]);
	ok(!fota_version_parsable("1.0\0", 4), "a version with a NUL is not parsable");
	memset(digits + 2, '9', 99);
	ok(fota_version_parsable(digits, 101), "a number of 99 digits is parsable");
	memset(digits + 2, '9', 100);
	ok(!fota_version_parsable(digits, 102), "a number of 100 digits is not");
	memset(digits + 2, '0', 150);
	ok(fota_version_parsable(digits, 152), "leading zeros do not count");
}

/* Each is below the next, wherever they stand in the list. */
static void
test_order(const char *const *list, const char *name)
{
	bool		good = true;

	for (size_t i = 0; list[i] != NULL; i++)
	{
		for (size_t j = 0; list[j] != NULL; j++)
		{
			int			want = i < j ? -1 : i > j;

			if (compare(list[i], list[j]) != want)
			{
				printf("# %s and %s: %d, want %d\n", list[i], list[j], compare(list[i], list[j]), want);
				good = false;
			}
		}
	}
	ok(good, "%s", name);
}

/* --- semver.org: every string of its list of valid ones, of its list of invalid ones, and its orders ---------- */

/* The next line of a file, without its end; NULL behind the last. */
static char *
next_line(loaded *file)
{
	char	   *line = (char *) file->data;
	char	   *end = file->size > 0 ? memchr(line, '\n', file->size) : NULL;

	if (end == NULL)
		return NULL;
	*end = '\0';
	file->size -= (size_t) (end + 1 - line);
	file->data = (uint8_t *) end + 1;
	return line;
}

static loaded
version_file(const char *name)
{
	char		folder[1200];

	snprintf(folder, sizeof(folder), "%s/tests/vectors/version", top_folder);
	return load(folder, name);
}

/* Lines: version, tab, parsable or unparsable, and for an invalid one, tab, why we see it so. */
static void
test_semver_list(const char *name, int least)
{
	loaded		file = version_file(name);
	uint8_t    *data = file.data;
	int			rows = 0;

	for (char *line = next_line(&file); line != NULL; line = next_line(&file), rows++)
	{
		const char *version = strtok(line, "\t");
		const char *want = strtok(NULL, "\t");

		ok(want != NULL && fota_version_parsable(version, strlen(version)) == (strcmp(want, "parsable") == 0) &&
		   (key(version)[0] == '1') == (strcmp(want, "parsable") == 0), "%s: %s is %s", name, version, want);
	}
	ok(rows >= least, "%s has %d lines", name, rows);
	free(data);
}

/* A line: versions, each below the next. */
static void
test_semver_orders(void)
{
	loaded		file = version_file("semver-order.txt");
	uint8_t    *data = file.data;
	int			rows = 0;

	for (char *line = next_line(&file); line != NULL; line = next_line(&file), rows++)
	{
		const char *list[64] = {strtok(line, " ")};

		for (int i = 1; list[i - 1] != NULL && i < 64; i++)
			list[i] = strtok(NULL, " ");
		test_order(list, "an order of semver.org, and one of its strings, invalid ones first");
	}
	ok(rows >= 8, "semver-order.txt has %d lines", rows);
	free(data);
}

static void
test_orders(void)
{
	static const char *const ours[] = {
		"", "1", "deadbeef", "trunk", "1.0-rc.1", "1.0", "1.0+a", "1.0b", "1.0.1", "1.2", "1.10", "2.0", "10.0",
		"2024-01-05", "2024.1.6", "2025-01-01", NULL
	};
	static const char *const equal[][2] = {
		{"1.0", "v1.0.0"}, {"1.0", "1.0.0.0.0.0"}, {"01.002", "1.2"}, {"2024-01-05", "2024.1.5"}, {"1.0-01", "1.0-1"},
		{"V3.0", "v3.0"},
	};

	test_order(ours, "unparsable < pre-release < release < build < letter < next, numbers by value, dates");
	for (size_t i = 0; i < sizeof(equal) / sizeof(equal[0]); i++)
		ok(compare(equal[i][0], equal[i][1]) == 0, "%s equals %s", equal[i][0], equal[i][1]);
}

/* --- ranges --------------------------------------------------------------------------------- */

static void
matches(const char *version, const char *range, int want)
{
	fota_ctx	ctx = tap_ctx(0);
	bool		got = !want;
	fota_status status = fota_version_matches(&ctx, version, strlen(version), range, strlen(range), &got);

	if (!ok(status == FOTA_OK && got == (want != 0) && ctx.used == 0, "%s %s \"%s\"", version,
			want ? "is in" : "is not in", range) && status != FOTA_OK)
		printf("# %s\n", ctx.error.message);
}

static void
refuses(const char *range, uint64_t offset)
{
	static const char *const versions[] = {"1.0", "trunk", "", "9.9"};
	bool		good = true;
	fota_ctx	ctx = tap_ctx(0);

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
	{
		bool		got;

		good &= fota_version_matches(&ctx, versions[i], strlen(versions[i]), range, strlen(range), &got) == FOTA_SYNTAX &&
			ctx.error.offset == offset && ctx.error.hint[0] != '\0' && ctx.used == 0;
	}
	if (!ok(good, "\"%s\" is refused at offset %d, whatever the version", range, (int) offset))
		printf("# offset %d: %s\n", (int) ctx.error.offset, ctx.error.message);
}

static void
test_ranges(void)
{
	matches("1.4", ">=1.4 <3", 1);
	matches("2.99", ">=1.4 <3", 1);
	matches("3.0", ">=1.4 <3", 0);
	matches("3.0-rc.1", ">=1.4 <3", 1);
	matches("1.3", ">=1.4 <3", 0);
	matches("4.1", ">=1.4 <3 || >4", 1);
	matches("4.0", ">=1.4 <3||>4", 0);
	matches("1.9.3", "1.x", 1);
	matches("v1.9.3", "1.X", 1);
	matches("1.9.3-rc.1", "1.9.*", 1);
	matches("2.0", "1.x", 0);
	matches("2.0", "!=1.x", 1);
	matches("1.4.2", "!=1.4.2", 0);
	matches("1.4.2", "= v1.4.2", 1);
	matches("1.4.2", "1.4.2", 1);
	matches("1.4.2", "1.4", 0);
	matches("1.0.0", "1", 1);
	matches("1.0.0", "=v1", 1);
	matches("trunk", "*", 1);
	matches("", "*", 1);
	matches("trunk", "trunk", 1);
	matches("trunk", "!=trunk", 0);
	matches("trunk", "<1.0", 1);
	matches("trunk", ">=1.0", 0);
	matches("trunk", "1.x", 0);
	matches("trunk", "!=1.x", 1);
	matches("1.0", "> 1.0 || * ", 1);
}

static void
test_bad_ranges(void)
{
	refuses("", 0);
	refuses(" ", 1);
	refuses("||", 0);
	refuses(">=1.0 ||", 8);
	refuses(">=1.0 | <3", 6);
	refuses(">=", 2);
	refuses(">= || 1.0", 3);
	refuses(">trunk", 1);
	refuses("<1.0 >=abc", 7);
	refuses(">1.x", 1);
	refuses(">*", 1);
}

/* --- serial numbers --------------------------------------------------------------------------- */

static void
is_serial(const char *text, const char *want)
{
	char		out[512] = "";
	char		name[300];
	fota_ctx	ctx = tap_ctx(0);
	fota_buf	buf;

	fota_buf_init(&buf, sizeof(out) - 1);
	if (fota_serial_key(&ctx, text, strlen(text), &buf) == FOTA_OK && buf.size > 0)
		memcpy(out, buf.data, buf.size);
	fota_buf_free(&ctx, &buf);
	snprintf(name, sizeof(name), "serial key of \"%.60s\"", text);
	is_str(out, want, name);
}

static void
test_serials(void)
{
	char		nines[120];
	char		want[130];

	is_serial("SN9", "SN019");
	is_serial("SN10", "SN0210");
	is_serial("SN0010-7", "SN0210-017");
	is_serial("", "");
	is_serial("000", "00");
	is_serial("A", "A");
	memset(nines, '9', 100);
	nines[100] = '\0';
	is_serial(nines, nines);
	nines[99] = '\0';
	snprintf(want, sizeof(want), "99%s", nines);
	is_serial(nines, want);
	ok(strcmp("SN019", "SN0210") < 0, "SN9 sorts before SN10");
}

/* --- against a second implementation ------------------------------------------------------------ */

typedef struct word
{
	char		text[8];
} word;

typedef struct model
{
	bool		parsable;
	char		text[256];
	unsigned	number[6];
	char		letter;			/* '0' when none: below all letters */
	int			pre_count;		/* -1 = no pre-release */
	int			build_count;
	word		pre[3];
	word		build[3];
} model;

static word
random_word(void)
{
	static const char *const words[] = {"0", "1", "2", "10", "007", "a", "b", "rc", "alpha", "x-1", "1a", "-", "B"};
	word		w;

	strcpy(w.text, words[tap_random(sizeof(words) / sizeof(words[0]))]);
	return w;
}

static void
append_words(model *m, char mark, const word *list, int count)
{
	for (int i = 0; i < count; i++)
	{
		size_t		used = strlen(m->text);

		snprintf(m->text + used, sizeof(m->text) - used, "%c%s", i == 0 ? mark : '.', list[i].text);
	}
}

/* A random version with its parts, or text that is none. */
static model
random_version(void)
{
	static const char *const junk[] = {"", "trunk", "1", "v", "1.0_", "abc", "1.0-", "Zz", "\xc3\xa4"};
	model		m = {.letter = '0', .pre_count = -1};
	int			parts = 2 + (int) tap_random(5);
	size_t		used = 0;

	if (tap_random(12) == 0)
	{
		strcpy(m.text, junk[tap_random(sizeof(junk) / sizeof(junk[0]))]);
		return m;
	}
	m.parsable = true;
	if (tap_random(3) == 0)
		m.text[used++] = tap_random(2) ? 'v' : 'V';
	for (int i = 0; i < parts; i++)
	{
		m.number[i] = (unsigned) tap_random(tap_random(4) ? 3 : 2000);
		used += (size_t) snprintf(m.text + used, sizeof(m.text) - used, "%s%s%u", i ? "." : "",
								  tap_random(5) ? "" : "00", m.number[i]);
	}
	if (tap_random(4) == 0)
	{
		m.letter = tap_random(2) ? 'b' : 'C';
		m.text[used++] = m.letter;
	}
	if (tap_random(2) == 0)
	{
		m.pre_count = 1 + (int) tap_random(3);
		for (int i = 0; i < m.pre_count; i++)
			m.pre[i] = random_word();
		append_words(&m, '-', m.pre, m.pre_count);
	}
	if (tap_random(3) == 0)
	{
		m.build_count = 1 + (int) tap_random(3);
		for (int i = 0; i < m.build_count; i++)
			m.build[i] = random_word();
		append_words(&m, '+', m.build, m.build_count);
	}
	return m;
}

static int
sign(long long n)
{
	return n < 0 ? -1 : n > 0;
}

/* Identifiers as semver.org orders them: numbers by value and below texts, a list below its extension. */
static int
order_words(const word *a, int a_count, const word *b, int b_count)
{
	for (int i = 0; i < a_count && i < b_count; i++)
	{
		bool		a_number = strspn(a[i].text, "0123456789") == strlen(a[i].text);
		bool		b_number = strspn(b[i].text, "0123456789") == strlen(b[i].text);
		int			order = a_number && b_number ? sign(atoll(a[i].text) - atoll(b[i].text)) :
			a_number != b_number ? (a_number ? -1 : 1) : sign(strcmp(a[i].text, b[i].text));

		if (order != 0)
			return order;
	}
	return sign(a_count - b_count);
}

static int
order_models(const model *a, const model *b)
{
	int			order;

	if (!a->parsable || !b->parsable)
		return a->parsable != b->parsable ? (a->parsable ? 1 : -1) : sign(strcmp(a->text, b->text));
	for (int i = 0; i < 6; i++)
		if (a->number[i] != b->number[i])
			return a->number[i] < b->number[i] ? -1 : 1;
	if (a->letter != b->letter)
		return sign(a->letter - b->letter);
	if ((a->pre_count < 0) != (b->pre_count < 0))
		return a->pre_count < 0 ? 1 : -1;
	order = order_words(a->pre, a->pre_count < 0 ? 0 : a->pre_count, b->pre, b->pre_count < 0 ? 0 : b->pre_count);
	return order != 0 ? order : order_words(a->build, a->build_count, b->build, b->build_count);
}

static void
test_property(void)
{
	int			wrong = 0;
	int			asymmetric = 0;
	int			intransitive = 0;
	int			rounds = getenv("FOTA_LONG") ? 1000000 : 20000;

	for (int i = 0; i < rounds; i++)
	{
		model		v[3] = {random_version(), random_version(), random_version()};
		int			ab;
		int			bc;
		int			ac;

		/* near neighbours: the same but for one part */
		if (tap_random(2) == 0 && v[0].parsable)
			v[1] = v[0];
		ab = compare(v[0].text, v[1].text);
		bc = compare(v[1].text, v[2].text);
		ac = compare(v[0].text, v[2].text);
		if (ab != order_models(&v[0], &v[1]) || fota_version_parsable(v[0].text, strlen(v[0].text)) != v[0].parsable)
		{
			wrong++;
			printf("# %s and %s: %d, want %d\n", v[0].text, v[1].text, ab, order_models(&v[0], &v[1]));
		}
		asymmetric += ab != -compare(v[1].text, v[0].text);
		intransitive += ab <= 0 && bc <= 0 && (ac > 0 || (ac == 0 && (ab < 0 || bc < 0)));
	}
	ok(wrong == 0, "%d random pairs are in the order that their parts say", rounds);
	ok(asymmetric == 0, "the order is antisymmetric");
	ok(intransitive == 0, "the order is transitive");
}

static void
test_keys_order(void)
{
	int			wrong = 0;

	for (int i = 0; i < 5000; i++)
	{
		model		a = random_version();
		model		b = random_version();
		char		a_key[1024];

		strcpy(a_key, key(a.text));
		wrong += sign(strcmp(a_key, key(b.text))) != compare(a.text, b.text);
	}
	ok(wrong == 0, "keys compare byte by byte as versions do");
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	tap_seed();
	test_keys();
	test_parsable();
	test_semver_list("semver-valid.tsv", 38);
	test_semver_list("semver-invalid.tsv", 39);
	test_semver_orders();
	test_orders();
	test_ranges();
	test_bad_ranges();
	test_serials();
	test_property();
	test_keys_order();
	return done();
}

/* SPDX-License-Identifier: PostgreSQL */
/* version.c: sort keys of versions and serial numbers, and ranges; see version.h. */
#include "version.h"

#include <string.h>

#define PARTS 6
#define MOST_DIGITS 99

typedef struct span
{
	const char *text;
	size_t		size;
} span;

/* A version taken apart; the spans point into its text. */
typedef struct parsed
{
	span		part[PARTS];	/* digits without leading zeros */
	size_t		parts;
	char		letter;			/* or '0' */
	bool		has_pre;
	span		pre;
	span		build;
} parsed;

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The digits at p without leading zeros; *p moves behind them. */
static span
take_digits(const char **p, const char *end)
{
	span		number;

	while (*p < end && **p == '0')
		++*p;
	number.text = *p;
	while (*p < end && is_digit(**p))
		++*p;
	number.size = (size_t) (*p - number.text);
	return number;
}

/* YYYY-MM-DD with no digit after it. */
static bool
is_date(const char *p, const char *end)
{
	if (end - p < 10 || (end - p > 10 && is_digit(p[10])))
		return false;
	for (int i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? p[i] != '-' : !is_digit(p[i]))
			return false;
	return true;
}

/* Numbers joined by '.', or a date; false when a number is too long or they are too many. */
static bool
parse_core(parsed *v, const char **p, const char *end)
{
	char		separator = is_date(*p, end) ? '-' : '.';
	size_t		most = separator == '-' ? 3 : PARTS;

	for (v->parts = 0;;)
	{
		if (*p == end || !is_digit(**p))
			return false;
		v->part[v->parts] = take_digits(p, end);
		if (v->part[v->parts++].size > MOST_DIGITS)
			return false;
		if (v->parts == most || *p == end || **p != separator)
			return true;
		++*p;
	}
}

/* Identifiers joined by '.', up to the end or, if plus, to '+'. */
static bool
parse_identifiers(span *list, const char **p, const char *end, bool plus)
{
	const char *begin = *p;

	list->text = *p;
	for (;; ++*p)
	{
		bool		stop = *p == end || (plus && **p == '+');

		if (stop || **p == '.')
		{
			const char *q = begin;

			if (*p == begin)
				return false;
			if (take_digits(&q, *p).size > MOST_DIGITS && q == *p)
				return false;
			if (stop)
				break;
			begin = *p + 1;
		}
		else if (!is_digit(**p) && !is_letter(**p) && **p != '-')
			return false;
	}
	list->size = (size_t) (*p - list->text);
	return true;
}

static bool
parse(parsed *v, const char *text, size_t size, size_t fewest)
{
	const char *p = text;
	const char *end = text + size;

	memset(v, 0, sizeof(*v));
	if (p < end && (*p == 'v' || *p == 'V'))
		p++;
	if (!parse_core(v, &p, end) || v->parts < fewest)
		return false;
	v->letter = '0';
	if (p < end && is_letter(*p))
		v->letter = *p++;
	if (p < end && *p == '-')
	{
		p++;
		v->has_pre = true;
		if (!parse_identifiers(&v->pre, &p, end, true))
			return false;
	}
	if (p < end && *p == '+')
	{
		p++;
		if (!parse_identifiers(&v->build, &p, end, false))
			return false;
	}
	/* A single number is an operand of a range, with nothing behind it. */
	return p == end && (v->parts > 1 || (v->letter == '0' && !v->has_pre && v->build.size == 0));
}

bool
fota_version_parsable(const char *text, size_t size)
{
	parsed		v;

	return parse(&v, text, size, 2);
}

/* --- keys ----------------------------------------------------------------------------------- */

static fota_status
put(fota_ctx *ctx, fota_buf *key, char c)
{
	return fota_buf_append(ctx, key, &c, 1);
}

static fota_status
put_number(fota_ctx *ctx, fota_buf *key, span digits)
{
	char		count[2] = {(char) ('0' + digits.size / 10), (char) ('0' + digits.size % 10)};
	fota_status status = fota_buf_append(ctx, key, count, 2);

	return status != FOTA_OK ? status : fota_buf_append(ctx, key, digits.text, digits.size);
}

static fota_status
put_identifier(fota_ctx *ctx, fota_buf *key, const char *p, const char *end)
{
	const char *q = p;
	span		digits = take_digits(&q, end);
	fota_status status;

	if (q == end)
		return (status = put(ctx, key, '1')) != FOTA_OK ? status : put_number(ctx, key, digits);
	if ((status = put(ctx, key, '2')) != FOTA_OK ||
		(status = fota_buf_append(ctx, key, p, (size_t) (end - p))) != FOTA_OK)
		return status;
	return put(ctx, key, '!');
}

static fota_status
put_list(fota_ctx *ctx, fota_buf *key, span list)
{
	const char *p = list.text;
	const char *end = list.size > 0 ? p + list.size : p;

	while (p < end)
	{
		const char *dot = memchr(p, '.', (size_t) (end - p));
		fota_status status = put_identifier(ctx, key, p, dot ? dot : end);

		if (status != FOTA_OK)
			return status;
		p = dot ? dot + 1 : end;
	}
	return put(ctx, key, '0');
}

static fota_status
put_parsed(fota_ctx *ctx, fota_buf *key, const parsed *v)
{
	fota_status status = put(ctx, key, '1');

	for (int i = 0; i < PARTS && status == FOTA_OK; i++)
		status = put_number(ctx, key, v->part[i]);
	if (status == FOTA_OK)
		status = put(ctx, key, v->letter);
	if (status == FOTA_OK)
		status = put(ctx, key, v->has_pre ? '1' : '2');
	if (status == FOTA_OK && v->has_pre)
		status = put_list(ctx, key, v->pre);
	return status != FOTA_OK ? status : put_list(ctx, key, v->build);
}

/* fewest: the numbers that a parsable version must have; 1 for an operand of a range. */
static fota_status
make_key(fota_ctx *ctx, const char *text, size_t size, size_t fewest, fota_buf *key, bool *parsable)
{
	parsed		v;
	fota_status status;

	*parsable = parse(&v, text, size, fewest);
	if (*parsable)
		return put_parsed(ctx, key, &v);
	status = put(ctx, key, '0');
	return status != FOTA_OK ? status : fota_buf_append(ctx, key, text, size);
}

fota_status
fota_version_key(fota_ctx *ctx, const char *text, size_t size, fota_buf *key)
{
	bool		parsable;

	return make_key(ctx, text, size, 2, key, &parsable);
}

/* No key is longer than this. */
static size_t
key_cap(size_t size)
{
	return 4 * size + 32;
}

static int
compare_keys(const fota_buf *a, const fota_buf *b)
{
	size_t		common = a->size < b->size ? a->size : b->size;
	int			order = memcmp(a->data, b->data, common);

	if (order == 0)
		order = a->size < b->size ? -1 : a->size > b->size;
	return order < 0 ? -1 : order > 0;
}

/* *parsable tells of b; an operand may be a single number. */
static fota_status
compare(fota_ctx *ctx, span a, span b, size_t fewest, int *order, bool *parsable)
{
	fota_buf	a_key;
	fota_buf	b_key;
	bool		ignored;
	fota_status status;

	fota_buf_init(&a_key, key_cap(a.size));
	fota_buf_init(&b_key, key_cap(b.size));
	status = make_key(ctx, a.text, a.size, 2, &a_key, &ignored);
	if (status == FOTA_OK)
		status = make_key(ctx, b.text, b.size, fewest, &b_key, parsable);
	if (status == FOTA_OK)
		*order = compare_keys(&a_key, &b_key);
	fota_buf_free(ctx, &a_key);
	fota_buf_free(ctx, &b_key);
	return status;
}

fota_status
fota_version_compare(fota_ctx *ctx, const char *a, size_t a_size, const char *b, size_t b_size,
					 int *order)
{
	bool		ignored;

	return compare(ctx, (span) {a, a_size}, (span) {b, b_size}, 2, order, &ignored);
}

/* --- ranges --------------------------------------------------------------------------------- */

typedef enum test_op
{
	OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE
} test_op;

/* Reads an operator, if there is one; *p moves behind it. */
static bool
take_op(const char **p, const char *end, test_op *op)
{
	static const struct
	{
		char		text[3];
		test_op		op;
	}			ops[] = {{">=", OP_GE}, {"<=", OP_LE}, {"!=", OP_NE}, {">", OP_GT}, {"<", OP_LT}, {"=", OP_EQ}};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
	{
		size_t		size = strlen(ops[i].text);

		if ((size_t) (end - *p) >= size && memcmp(*p, ops[i].text, size) == 0)
		{
			*p += size;
			*op = ops[i].op;
			return true;
		}
	}
	*op = OP_EQ;
	return false;
}

/* "1.2.x": takes the numbers before the wildcard apart. */
static bool
parse_wildcard(span operand, parsed *prefix)
{
	const char *p = operand.text;
	const char *end = p + operand.size;

	if (operand.size < 3 || end[-2] != '.' || (end[-1] != 'x' && end[-1] != 'X' && end[-1] != '*'))
		return false;
	end -= 2;
	if (*p == 'v' || *p == 'V')
		p++;
	memset(prefix, 0, sizeof(*prefix));
	return !is_date(p, end) && parse_core(prefix, &p, end) && p == end && prefix->parts < PARTS;
}

static bool
has_prefix(span version, const parsed *prefix)
{
	parsed		v;

	if (!parse(&v, version.text, version.size, 2))
		return false;
	for (size_t i = 0; i < prefix->parts; i++)
		if (v.part[i].size != prefix->part[i].size ||
			(v.part[i].size > 0 && memcmp(v.part[i].text, prefix->part[i].text, v.part[i].size) != 0))
			return false;
	return true;
}

static fota_status
bad_range(fota_ctx *ctx, const char *range, const char *at, const char *why, span what)
{
	fota_fail(ctx, FOTA_SYNTAX, (uint64_t) (at - range), 0, "version range, column %zu: %s \"%.*s\"",
			  (size_t) (at - range) + 1, why, (int) (what.size > 80 ? 80 : what.size), what.text);
	return fota_fail_hint(ctx, "Write tests like \">=1.4 <3\", \"1.x\", \"!=1.4.2\" or \"*\"; a blank means and, || means or.");
}

static fota_status
run_test(fota_ctx *ctx, const char *range, span version, test_op op, bool has_op, span operand,
		 bool *holds)
{
	parsed		prefix;
	bool		parsable;
	int			order;
	fota_status status;

	if (!has_op && operand.size == 1 && operand.text[0] == '*')
	{
		*holds = true;
		return FOTA_OK;
	}
	if (op <= OP_NE && parse_wildcard(operand, &prefix))
	{
		*holds = has_prefix(version, &prefix) == (op == OP_EQ);
		return FOTA_OK;
	}
	status = compare(ctx, version, operand, 1, &order, &parsable);
	if (status != FOTA_OK)
		return status;
	if (op > OP_NE && !parsable)
		return bad_range(ctx, range, operand.text, "cannot be ordered:", operand);
	if (version.size == operand.size && memcmp(version.text, operand.text, version.size) == 0)
		order = op <= OP_NE ? 0 : order;
	*holds = op == OP_EQ ? order == 0 : op == OP_NE ? order != 0 :
		op == OP_LT ? order < 0 : op == OP_LE ? order <= 0 : op == OP_GT ? order > 0 : order >= 0;
	return FOTA_OK;
}

static void
skip_blanks(const char **p, const char *end)
{
	while (*p < end && is_blank(**p))
		++*p;
}

/* One alternative: tests up to '||' or the end. Every test is read, so that errors do not depend on the version. */
static fota_status
run_alternative(fota_ctx *ctx, const char *range, const char **p, const char *end, span version, bool *holds)
{
	size_t		tests = 0;

	*holds = true;
	for (;; tests++)
	{
		bool		this_holds;
		bool		has_op;
		test_op		op;
		span		operand;
		fota_status status;

		skip_blanks(p, end);
		if (*p == end || **p == '|')
			break;
		has_op = take_op(p, end, &op);
		skip_blanks(p, end);
		operand.text = *p;
		while (*p < end && !is_blank(**p) && **p != '|')
			++*p;
		operand.size = (size_t) (*p - operand.text);
		if (operand.size == 0)
			return bad_range(ctx, range, operand.text, "a version is missing", operand);
		status = run_test(ctx, range, version, op, has_op, operand, &this_holds);
		if (status != FOTA_OK)
			return status;
		*holds &= this_holds;
	}
	if (tests == 0)
		return bad_range(ctx, range, *p, "a test is missing", (span) {*p, (size_t) (end - *p)});
	return FOTA_OK;
}

fota_status
fota_version_matches(fota_ctx *ctx, const char *version, size_t version_size, const char *range,
					 size_t range_size, bool *matches)
{
	const char *p = range;
	const char *end = range + range_size;

	*matches = false;
	for (;;)
	{
		bool		holds;
		fota_status status = run_alternative(ctx, range, &p, end, (span) {version, version_size}, &holds);

		if (status == FOTA_OK)
			status = fota_poll(ctx, version_size);
		if (status != FOTA_OK)
			return status;
		*matches |= holds;
		if (p == end)
			return FOTA_OK;
		if (end - p < 2 || p[1] != '|')
			return bad_range(ctx, range, p, "\"or\" is written ||, not", (span) {p, 1});
		p += 2;
	}
}

/* --- serial numbers --------------------------------------------------------------------------- */

fota_status
fota_serial_key(fota_ctx *ctx, const char *text, size_t size, fota_buf *key)
{
	const char *p = text;
	const char *end = text + size;

	while (p < end)
	{
		const char *begin = p;
		fota_status status;

		if (is_digit(*p))
		{
			span		digits = take_digits(&p, end);

			status = digits.size <= MOST_DIGITS ? put_number(ctx, key, digits) :
				fota_buf_append(ctx, key, begin, (size_t) (p - begin));
		}
		else
		{
			while (p < end && !is_digit(*p))
				p++;
			status = fota_buf_append(ctx, key, begin, (size_t) (p - begin));
		}
		if (status != FOTA_OK)
			return status;
	}
	return FOTA_OK;
}

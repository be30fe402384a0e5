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

/* fewest: the numbers that it must have at least; 1 for an operand of a range. */
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

fota_status
fota_version_key(fota_ctx *ctx, const char *text, size_t size, fota_buf *key)
{
	parsed		v;
	fota_status status;

	if (parse(&v, text, size, 2))
		return put_parsed(ctx, key, &v);
	status = put(ctx, key, '0');
	return status != FOTA_OK ? status : fota_buf_append(ctx, key, text, size);
}

/* --- order, as that of the keys, without making them ------------------------------------------ */

static int
sign(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

static int
order_texts(span a, span b)
{
	size_t		common = a.size < b.size ? a.size : b.size;
	int			order = common > 0 ? memcmp(a.text, b.text, common) : 0;

	return order != 0 ? (order < 0 ? -1 : 1) : sign(a.size, b.size);
}

/* Digits without leading zeros: the longer number is the greater. */
static int
order_numbers(span a, span b)
{
	return a.size != b.size ? sign(a.size, b.size) : order_texts(a, b);
}

/* Takes the next identifier off a list, with its dot; *number, if it is one, without leading zeros. */
static span
take_identifier(span *list, span *number, bool *is_number)
{
	const char *end = list->text + list->size;
	const char *dot = memchr(list->text, '.', list->size);
	const char *q = list->text;
	span		identifier = {list->text, (size_t) ((dot ? dot : end) - list->text)};

	*number = take_digits(&q, identifier.text + identifier.size);
	*is_number = q == identifier.text + identifier.size;
	list->text = dot ? dot + 1 : end;
	list->size = (size_t) (end - list->text);
	return identifier;
}

/* Numbers are below texts, a list is below those that it begins. */
static int
order_lists(span a, span b)
{
	while (a.size > 0 && b.size > 0)
	{
		span		number[2];
		bool		is_number[2];
		span		one = take_identifier(&a, &number[0], &is_number[0]);
		span		two = take_identifier(&b, &number[1], &is_number[1]);
		int			order = is_number[0] != is_number[1] ? (is_number[0] ? -1 : 1) :
			is_number[0] ? order_numbers(number[0], number[1]) : order_texts(one, two);

		if (order != 0)
			return order;
	}
	return sign(a.size, b.size);
}

/* a and b: the texts themselves, which count when one is not parsable. */
static int
order_parsed(span a, bool a_parsable, const parsed *a_parts, span b, bool b_parsable, const parsed *b_parts)
{
	int			order;

	if (!a_parsable || !b_parsable)
		return a_parsable != b_parsable ? (b_parsable ? -1 : 1) : order_texts(a, b);
	for (int i = 0; i < PARTS; i++)
		if ((order = order_numbers(a_parts->part[i], b_parts->part[i])) != 0)
			return order;
	if (a_parts->letter != b_parts->letter)
		return a_parts->letter < b_parts->letter ? -1 : 1;
	if (a_parts->has_pre != b_parts->has_pre)
		return a_parts->has_pre ? -1 : 1;
	order = order_lists(a_parts->pre, b_parts->pre);
	return order != 0 ? order : order_lists(a_parts->build, b_parts->build);
}

/* *parsable tells of b; an operand may be a single number. */
static int
compare(span a, span b, size_t fewest, bool *parsable)
{
	parsed		a_parts;
	parsed		b_parts;
	bool		a_parsable = parse(&a_parts, a.text, a.size, 2);

	*parsable = parse(&b_parts, b.text, b.size, fewest);
	return order_parsed(a, a_parsable, &a_parts, b, *parsable, &b_parts);
}

int
fota_version_compare(const char *a, size_t a_size, const char *b, size_t b_size)
{
	bool		ignored;

	return compare((span) {a, a_size}, (span) {b, b_size}, 2, &ignored);
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
	order = compare(version, operand, 1, &parsable);
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
		bool		this_holds = false;
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

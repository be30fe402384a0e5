/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_judge.c: what follows for one component from the rule that won it and from
 * what the device has. The first reason that holds, in the order of judge(): keep,
 * then what blocks, then what makes wait, then install or remove.
 */
#include "rule_internal.h"

#include <stdarg.h>
#include <string.h>

#include "version.h"

/* What a verdict asks, found out from the case. */
typedef struct facts
{
	/* What the device has. */
	bool		present;
	bool		absent;
	bool		matches;		/* its digest is of a build of the target version */
	bool		unknown;
	const char *reported;		/* version, by digest if that identifies one, or NULL */
	const uint8_t *base;		/* payload that it has, or NULL */
	/* The target against it. */
	bool		comparable;
	int			order;			/* of reported against target */
	size_t		fitting;		/* builds that fit equally well */
	const fota_build *build;	/* the first of them, or NULL */
	/* The device's past with the target. */
	int			failures;
	int64_t		retry_at;		/* FOTA_TIME_MIN = at once */
	bool		undone;
	int64_t		undone_by;		/* rule */
} facts;

/* --- facts ------------------------------------------------------------------------------------ */

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* A digest that identifies one version beats the reported one; two matches are none. */
static void
find_held(const fota_case *c, facts *f)
{
	const fota_held *held = c->held;
	const fota_model *model = c->model;
	const char *version = NULL;
	bool		two_versions = false;
	bool		two_payloads = false;
	size_t		from;
	size_t		to;

	f->present = held != NULL && held->present;
	f->absent = held != NULL && !held->present;
	if (!f->present)
		return;
	f->reported = held->version;
	fota_known_find(model, (size_t) (c->component - model->components), held->digest, held->digest_size,
					&from, &to);
	for (; from < to; from++)
	{
		const fota_known *known = &model->known[from];
		const fota_build *build = known->build;

		if (!fota_digest_same(known->data, known->size, held->digest, held->digest_size))
			continue;
		if (c->item != NULL && build >= c->item->builds && build < c->item->builds + c->item->build_count)
			f->matches = true;
		if (build->state != FOTA_BUILD_PUBLISHED && build->state != FOTA_BUILD_WITHDRAWN)
			continue;
		two_versions |= version != NULL && strcmp(version, build->version) != 0;
		version = build->version;
		if (build->payload == NULL)
			continue;
		two_payloads |= f->base != NULL && memcmp(f->base, build->payload, 32) != 0;
		f->base = build->payload;
	}
	if (version != NULL)
		f->reported = two_versions ? NULL : version;
	if (two_payloads)
		f->base = NULL;
}

static fota_status
compare(fota_ctx *ctx, const fota_case *c, facts *f)
{
	fota_buf	key;
	fota_status status;
	size_t		common;

	if (c->item == NULL || c->item->version == NULL || f->reported == NULL)
		return FOTA_OK;
	f->comparable = strcmp(f->reported, c->item->version) == 0;
	if (f->comparable || c->component->opaque)
		return FOTA_OK;
	fota_buf_init(&key, 4 * strlen(f->reported) + 32);
	status = fota_version_key(ctx, f->reported, strlen(f->reported), &key);
	if (status != FOTA_OK)
		return status;
	common = key.size < c->item->key.size ? key.size : c->item->key.size;
	f->order = memcmp(key.data, c->item->key.data, common);
	if (f->order == 0)
		f->order = key.size < c->item->key.size ? -1 : key.size > c->item->key.size;
	f->comparable = true;
	fota_buf_free(ctx, &key);
	return FOTA_OK;
}

static bool
names_hw(const fota_build *build, const char *hw)
{
	for (size_t i = 0; hw != NULL && i < build->hw_count; i++)
		if (build->hw[i] != NULL && strcmp(build->hw[i], hw) == 0)
			return true;
	return false;
}

/* An exact hardware id beats a build for any hardware. */
static void
find_build(const fota_case *c, facts *f)
{
	bool		exact = false;

	for (size_t i = 0; i < c->item->build_count; i++)
	{
		const fota_build *build = &c->item->builds[i];
		bool		named = build->hw != NULL && names_hw(build, c->device->hw);

		if ((build->state != FOTA_BUILD_PUBLISHED && build->state != FOTA_BUILD_DECODING) ||
			(build->hw != NULL && !named) || (exact && !named))
			continue;
		if (named && !exact)
		{
			exact = true;
			f->fitting = 0;
		}
		if (f->fitting++ == 0)
			f->build = build;
	}
}

static void
find_past(const fota_case *c, facts *f)
{
	const fota_past *left = NULL;
	int64_t		last = FOTA_TIME_MIN;

	for (const fota_past *past = c->device->past; past != NULL; past = past->next)
	{
		if (strcmp(past->component, c->component->name) != 0)
			continue;
		if (past->kind == FOTA_PAST_FAILED && same_text(past->version, c->item->version))
		{
			f->failures++;
			if (past->has_closed && past->closed_at > last)
				last = past->closed_at;
		}
		if (past->kind == FOTA_PAST_LEFT && c->item->version != NULL && past->from_version != NULL &&
			strcmp(past->from_version, c->item->version) == 0 && !same_text(past->version, c->item->version) &&
			(left == NULL || past->action > left->action ||
			 (past->action == left->action && past->item > left->item)))
			left = past;
	}
	f->undone = left != NULL;
	f->undone_by = left != NULL ? left->rule_id : 0;
	f->retry_at = last;
	if (last != FOTA_TIME_MIN && last != FOTA_TIME_MAX &&
		__builtin_add_overflow(last, INT64_C(900000000) << (f->failures < 11 ? f->failures - 1 : 10),
							   &f->retry_at))
		f->retry_at = FOTA_TIME_MAX;
}

/* --- words ------------------------------------------------------------------------------------ */

/* Joins texts, up to SAY_END; NULL is nothing. */
static const char say_end[] = "";
#define SAY_END say_end

static fota_status
say(fota_ctx *ctx, const char **detail, ...)
{
	va_list		list;
	const char *text;
	size_t		size = 0;
	char	   *out;

	va_start(list, detail);
	while ((text = va_arg(list, const char *)) != SAY_END)
		size += text != NULL ? strlen(text) : 0;
	va_end(list);
	out = fota_alloc(ctx, size + 1);
	*detail = out;
	if (out == NULL)
		return ctx->error.code;
	va_start(list, detail);
	while ((text = va_arg(list, const char *)) != SAY_END)
	{
		size = text != NULL ? strlen(text) : 0;
		if (size > 0)
			memcpy(out, text, size);
		out += size;
	}
	va_end(list);
	return FOTA_OK;
}

typedef char number[24];

static const char *
digits(number text, int64_t value)
{
	fota_format(text, sizeof(number), "%lld", (long long) value);
	return text;
}

static void
set(fota_verdict *v, const char *verdict, const char *reason, const char *detail)
{
	v->verdict = verdict;
	v->reason = reason;
	v->detail = detail;
}

static bool
is(const fota_verdict *v, const char *verdict)
{
	return strcmp(v->verdict, verdict) == 0;
}

/* --- verdicts --------------------------------------------------------------------------------- */

/* True when the device keeps what it has. */
static bool
keeps(fota_ctx *ctx, const fota_case *c, const facts *f, fota_verdict *v, fota_status *status)
{
	const char *version = c->item->version;

	set(v, "keep", NULL, "absent, as the rule says");
	if (version == NULL)
		return f->absent;
	if (f->matches)
		*status = say(ctx, &v->detail, "the reported digest is of version ", version, SAY_END);
	else if (f->comparable && f->order == 0 && (c->held->digest == NULL || !c->item->digests))
		*status = say(ctx, &v->detail, "the reported version is ", f->reported, SAY_END);
	else if (f->comparable && f->order > 0 && !c->winner->rule->allow_downgrade)
	{
		v->reason = "ahead";
		*status = say(ctx, &v->detail, "has ", f->reported, ", which is newer than ", version,
					  "; the rule does not allow a downgrade", SAY_END);
	}
	else
		return false;
	return true;
}

/* True when something that time alone does not heal stands in the way. */
static bool
is_blocked(fota_ctx *ctx, const fota_case *c, const facts *f, fota_verdict *v, fota_status *status)
{
	const fota_rule *rule = c->winner->rule;
	const char *version = c->item->version;
	const char *hw = c->device->hw != NULL ? c->device->hw : "that is not reported";
	number		a;
	number		b;

	set(v, "blocked", NULL, NULL);
	if (f->fitting == 1 && f->build->state == FOTA_BUILD_DECODING)
	{
		v->reason = "not_ready";
		*status = say(ctx, &v->detail, "version ", version, " is still being decoded", SAY_END);
	}
	else if (f->unknown && c->model->waits)
		set(v, "blocked", "unknown_contents", "the device has not said what it has, and the model waits for that");
	else if (f->undone)
	{
		v->reason = "undo";
		*status = say(ctx, &v->detail, "rules ", digits(a, f->undone_by < rule->id ? f->undone_by : rule->id),
					  " and ", digits(b, f->undone_by > rule->id ? f->undone_by : rule->id),
					  " undo each other", SAY_END);
	}
	else if (f->failures >= rule->max_attempts)
	{
		v->reason = "attempts";
		*status = say(ctx, &v->detail, "failed ", digits(a, f->failures), " of ", digits(b, rule->max_attempts),
					  " times; fota.clear_failures(device) allows it again", SAY_END);
	}
	else if (version != NULL && f->fitting == 0)
	{
		v->reason = "no_build";
		*status = say(ctx, &v->detail, "no published build of ", version, " fits hardware ", hw, SAY_END);
	}
	else if (version != NULL && f->fitting > 1)
	{
		v->reason = "no_build";
		*status = say(ctx, &v->detail, digits(a, (int64_t) f->fitting), " builds of ", version,
					  " fit hardware ", hw, " equally well", SAY_END);
	}
	else if (version == NULL && c->model->client_class != NULL)
	{
		v->reason = "client_cannot";
		*status = say(ctx, &v->detail, "clients of class ", c->model->client_class,
					  " cannot remove a component", SAY_END);
	}
	else
		return false;
	return true;
}

/* One wait that holds until an instant: the last of them is when the device may go on. */
static bool
wait_until(const fota_case *c, fota_verdict *v, int64_t *until, bool holds, int64_t instant)
{
	if (!holds || instant <= c->at)
		return false;
	if (!v->has_not_before || instant > v->not_before)
		v->not_before = instant;
	v->has_not_before = true;
	if (instant < *until)
		*until = instant;
	return true;
}

static bool
wants_delta(const fota_case *c, const facts *f, int64_t *instant)
{
	const fota_build *build = f->build;

	return c->winner->rule->wait_for_delta && c->device->takes_delta && f->base != NULL && build != NULL &&
		build->payload != NULL && memcmp(f->base, build->payload, 32) != 0 &&
		c->deltas->wanted(c->deltas->opaque, f->base, build->payload, instant);
}

static bool
waits(fota_ctx *ctx, const fota_case *c, const facts *f, fota_verdict *v, int64_t *until, fota_status *status)
{
	int64_t		instant = FOTA_TIME_MIN;
	bool		postponed = wait_until(c, v, until, c->device->has_postponed, c->device->postponed_until);
	bool		backoff = wait_until(c, v, until, true, f->retry_at);
	bool		wanted = wants_delta(c, f, &instant);
	bool		delta = wait_until(c, v, until, wanted, instant);
	number		a;
	number		b;

	if (postponed)
		set(v, "wait", "postponed", "the device postponed it");
	else if (backoff)
	{
		set(v, "wait", "backoff", NULL);
		*status = say(ctx, &v->detail, "failed ", digits(a, f->failures), " of ",
					  digits(b, c->winner->rule->max_attempts), " times", SAY_END);
	}
	else if (delta)
	{
		set(v, "wait", "delta", NULL);
		*status = say(ctx, &v->detail, "a delta from ", f->reported, " is being made", SAY_END);
	}
	return postponed || backoff || delta;
}

static fota_status
changes(fota_ctx *ctx, const fota_case *c, const facts *f, fota_verdict *v)
{
	if (c->item->version == NULL)
	{
		set(v, "remove", NULL, "the rule says that it must be absent");
		return FOTA_OK;
	}
	set(v, "install", NULL, f->absent ? "absent" : "contents unknown");
	if (f->comparable && f->order == 0)
	{
		v->reason = "rebuild";
		return say(ctx, &v->detail, "the reported digest is of no build of version ", c->item->version, SAY_END);
	}
	if (f->comparable && f->order > 0)
		v->reason = "downgrade";
	return f->absent || f->unknown ? FOTA_OK : say(ctx, &v->detail, "has ", f->reported, SAY_END);
}

static fota_status
judge(fota_ctx *ctx, const fota_case *c, const facts *f, fota_verdict *v, int64_t *until)
{
	fota_status status = FOTA_OK;

	if (keeps(ctx, c, f, v, &status) || is_blocked(ctx, c, f, v, &status) ||
		waits(ctx, c, f, v, until, &status))
		return status;
	return changes(ctx, c, f, v);
}

fota_status
fota_judge(fota_ctx *ctx, const fota_case *c, fota_verdict *v, int64_t *until)
{
	facts		f = {.retry_at = FOTA_TIME_MIN};
	fota_status status;

	find_held(c, &f);
	v->component = c->component->name;
	v->reported = f.reported;
	if (c->winner == NULL)
	{
		set(v, "keep", "no_rule", "no rule in force names this component");
		return FOTA_OK;
	}
	v->rule = c->winner->rule;
	v->version = c->item->version;
	f.unknown = !f.absent && !(f.present && (f.reported != NULL || f.matches));
	status = compare(ctx, c, &f);
	if (status != FOTA_OK)
		return status;
	find_build(c, &f);
	find_past(c, &f);
	status = judge(ctx, c, &f, v, until);
	if (status == FOTA_OK && f.build != NULL &&
		(is(v, "install") || is(v, "wait") || same_text(v->reason, "not_ready")))
		v->build = f.build->build;
	return status;
}

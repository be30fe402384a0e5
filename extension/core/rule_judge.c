/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_judge.c: what follows for one component from the rule that won it and from
 * what the device has. The first reason that holds: keep, then what blocks, then what
 * makes wait, then install or remove.
 */
#include "rule_internal.h"

#include <stdarg.h>
#include <string.h>

/* --- words ------------------------------------------------------------------------------------ */

const char	fota_say_end[] = "";

fota_status
fota_say(fota_ctx *ctx, const char **detail, ...)
{
	va_list		list;
	const char *text;
	size_t		size = 0;
	char	   *out;
	char	   *begin;

	va_start(list, detail);
	while ((text = va_arg(list, const char *)) != FOTA_SAY_END)
		size += text != NULL ? strlen(text) : 0;
	va_end(list);
	out = begin = fota_alloc(ctx, size + 1);
	if (out == NULL)
		return ctx->error.code;
	va_start(list, detail);
	while ((text = va_arg(list, const char *)) != FOTA_SAY_END)
	{
		size = text != NULL ? strlen(text) : 0;
		if (size > 0)
			memcpy(out, text, size);
		out += size;
	}
	va_end(list);
	*detail = begin;
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

/* --- keep and blocked --------------------------------------------------------------------------- */

/* True when the device keeps what it has. */
static bool
keeps(fota_ctx *ctx, const fota_case *c, fota_status *status)
{
	const char *version = c->item->version;
	fota_verdict *v = c->verdict;

	set(v, "keep", NULL, "absent, as the rule says");
	if (version == NULL)
		return c->absent;
	if (c->matches)
		*status = fota_say(ctx, &v->detail, "the reported digest is of version ", version, FOTA_SAY_END);
	else if (c->comparable && c->order == 0 &&
			 (c->held->digest == NULL || c->item->image == NULL || !c->item->image->digests))
		*status = fota_say(ctx, &v->detail, "the reported version is ", c->reported, FOTA_SAY_END);
	else if (c->comparable && c->order > 0 && !c->winner->allow_downgrade)
	{
		v->reason = "ahead";
		*status = fota_say(ctx, &v->detail, "has ", c->reported, ", which is newer than ", version,
						   "; the rule does not allow a downgrade", FOTA_SAY_END);
	}
	else
		return false;
	return true;
}

static fota_status
say_no_build(fota_ctx *ctx, const fota_case *c)
{
	const char *version = c->item->version;
	const char *hw = c->device->hw != NULL ? c->device->hw : "that is not reported";
	bool		slotted = c->present && c->held->has_slot;
	number		slot;
	number		count;

	digits(slot, slotted ? c->held->slot : 0);
	if (c->target.count == 0)
		return fota_say(ctx, &c->verdict->detail, "no published build of ", version, " fits hardware ", hw,
						!slotted ? NULL : c->device->two_slots ? ", slot other than " : ", slot ",
						slotted ? slot : NULL, FOTA_SAY_END);
	return fota_say(ctx, &c->verdict->detail, digits(count, (int64_t) c->target.count), " builds of ", version,
					" fit hardware ", hw, !slotted ? NULL : c->device->two_slots ? ", slot other than " : ", slot ",
					slotted ? slot : NULL, " equally well", FOTA_SAY_END);
}

/* Blocked by what the device did before with what is offered. */
static bool
is_spoilt(fota_ctx *ctx, const fota_case *c, fota_status *status)
{
	const fota_rule *rule = c->winner;
	fota_verdict *v = c->verdict;
	number		a;
	number		b;

	if (c->undone)
	{
		v->version = c->version;
		v->reason = "undo";
		*status = fota_say(ctx, &v->detail, "rules ", digits(a, c->undone_by < rule->id ? c->undone_by : rule->id),
						   " and ", digits(b, c->undone_by > rule->id ? c->undone_by : rule->id),
						   " undo each other", FOTA_SAY_END);
		return true;
	}
	if (c->failures < rule->max_attempts)
		return false;
	v->version = c->version;
	v->reason = "attempts";
	*status = fota_say(ctx, &v->detail, "failed ", digits(a, c->failures), " of ", digits(b, rule->max_attempts),
					   " times; fota.clear_failures(device) allows it again", FOTA_SAY_END);
	return true;
}

/* True when there is nothing to do, or something that time alone does not heal stands in the way. */
static bool
is_blocked(fota_ctx *ctx, const fota_case *c, fota_status *status)
{
	const char *version = c->item->version;
	fota_verdict *v = c->verdict;

	set(v, "blocked", NULL, NULL);
	if (c->target.count == 1 && c->target.build->state == FOTA_BUILD_DECODING)
	{
		v->reason = "not_ready";
		v->build = c->target.build->build;
		*status = fota_say(ctx, &v->detail, "version ", version, " is still being decoded", FOTA_SAY_END);
	}
	else if (c->unknown && c->model->waits)
		set(v, "blocked", "unknown_contents", "the device has not said what it has, and the model waits for that");
	else if (c->downloaded && c->winner->download_only)
		set(v, "keep", NULL, "downloaded, as the rule asks");
	else if (is_spoilt(ctx, c, status))
		return true;
	else if (version != NULL && c->target.count != 1)
	{
		v->reason = "no_build";
		*status = say_no_build(ctx, c);
	}
	else if (version == NULL && c->model->client_class != NULL && !c->model->can_remove)
	{
		v->reason = "client_cannot";
		*status = fota_say(ctx, &v->detail, "clients of class ", c->model->client_class,
						   " cannot remove a component", FOTA_SAY_END);
	}
	else if (c->fit.build != NULL && c->fit.build->refused_name != NULL)
	{
		v->reason = "client_cannot";
		*status = fota_say(ctx, &v->detail, "clients of class ", c->model->client_class, " take files named ",
						   c->model->name_like, ", not ", c->fit.build->refused_name, FOTA_SAY_END);
	}
	else if (c->no_path)
	{
		v->reason = "no_path";
		*status = fota_path_explain(ctx, c, &v->detail);
	}
	else
		return false;
	return true;
}

fota_status
fota_judge_alone(fota_ctx *ctx, fota_case *c)
{
	fota_verdict *v = c->verdict;
	fota_status status;

	v->component = c->component->name;
	v->reported = c->reported;
	v->base = c->base;
	c->stage = FOTA_STAGE_KEPT;
	if (c->winner == NULL)
	{
		set(v, "keep", "no_rule", "no rule in force names this component");
		return FOTA_OK;
	}
	v->rule = c->winner;
	v->version = v->target = c->item->version;
	status = fota_compare(ctx, c);
	if (status != FOTA_OK || keeps(ctx, c, &status))
		return status;
	status = fota_path_find(ctx, c);
	if (status != FOTA_OK)
		return status;
	fota_recall(c);
	c->stage = FOTA_STAGE_BLOCKED;
	if (is_blocked(ctx, c, &status))
	{
		if (strcmp(v->verdict, "keep") == 0)
			c->stage = FOTA_STAGE_KEPT;
		return status;
	}
	c->stage = FOTA_STAGE_OFFERED;
	v->version = c->version;
	return status;
}

/* --- wait, install and remove ------------------------------------------------------------------- */

/* One wait that holds until an instant: the last of them is when the device may go on. */
static void
wait_until(fota_verdict *v, int64_t *until, bool holds, int64_t instant)
{
	if (!holds)
		return;
	if (!v->has_not_before || instant > v->not_before)
		v->not_before = instant;
	v->has_not_before = true;
	if (instant < *until)
		*until = instant;
}

/* The edges of the windows of what may be installed, or downloaded. */
static void
note_opening(const fota_case *c, int64_t *until)
{
	if (!c->has_opening)
		return;
	if (!c->opening.open && c->opening.begins < *until)
		*until = c->opening.begins;
	if (c->opening.has_end && c->opening.ends < *until)
		*until = c->opening.ends;
}

static fota_status
wait(fota_ctx *ctx, const fota_case *cases, const fota_case *c, int64_t *until)
{
	fota_verdict *v = c->verdict;
	number		a;
	number		b;

	wait_until(v, until, c->postponed, c->device->postponed_until);
	wait_until(v, until, c->backoff, c->retry_at);
	wait_until(v, until, c->windowed, c->opening.begins);
	wait_until(v, until, c->delta, c->delta_until);
	if (c->winner->download_in_window)
		note_opening(c, until);
	set(v, "wait", "after", NULL);
	if (c->after != SIZE_MAX)
		return fota_say(ctx, &v->detail, "after ", cases[c->after].component->name, FOTA_SAY_END);
	if (c->postponed)
		set(v, "wait", "postponed", "the device postponed it");
	else if (c->backoff)
	{
		v->reason = "backoff";
		return fota_say(ctx, &v->detail, "failed ", digits(a, c->failures), " of ",
						digits(b, c->winner->max_attempts), " times", FOTA_SAY_END);
	}
	else if (c->windowed)
		set(v, "wait", "window", "outside its windows");
	else
	{
		v->reason = "delta";
		return fota_say(ctx, &v->detail, "a delta from ", c->reported, " is being made", FOTA_SAY_END);
	}
	return FOTA_OK;
}

static fota_status
install(fota_ctx *ctx, const fota_case *c)
{
	fota_verdict *v = c->verdict;
	const char *has = c->absent ? "absent" : c->unknown ? "contents unknown" : "has ";

	set(v, "install", NULL, has);
	v->offered = c->fit.build;
	if (c->hop)
	{
		v->reason = "hop";
		return fota_say(ctx, &v->detail, has, c->reported, ", on the way to ", c->item->version, FOTA_SAY_END);
	}
	if (c->comparable && c->order == 0)
	{
		v->reason = "rebuild";
		return fota_say(ctx, &v->detail, "the reported digest is of no build of version ", c->item->version,
						FOTA_SAY_END);
	}
	if (c->comparable && c->order > 0)
		v->reason = "downgrade";
	return c->reported == NULL ? FOTA_OK : fota_say(ctx, &v->detail, has, c->reported, FOTA_SAY_END);
}

fota_status
fota_judge_rest(fota_ctx *ctx, const fota_case *cases, fota_case *c, int64_t *until)
{
	fota_verdict *v = c->verdict;

	v->version = c->version;
	v->build = c->fit.build != NULL ? c->fit.build->build : NULL;
	if (c->after != SIZE_MAX || fota_has_time_wait(c))
		return wait(ctx, cases, c, until);
	note_opening(c, until);
	if (c->has_opening)
	{
		v->has_not_before = !c->opening.open;
		v->not_before = c->opening.begins;
		v->has_not_after = c->opening.has_end;
		v->not_after = c->opening.ends;
	}
	if (c->version != NULL)
		return install(ctx, c);
	set(v, "remove", NULL, "the rule says that it must be absent");
	return FOTA_OK;
}

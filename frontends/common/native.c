/* SPDX-License-Identifier: PostgreSQL */
/* native.c: the steps of a native check-in and report; see native.h. */
#include "native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core_ctx.h"
#include "log.h"
#include "wire.h"

/* A check-in or report under way. */
typedef struct step
{
	service    *service;
	api_identity who;
	wire_form	form;
	int64_t		device_id;		/* of the child, when there is one */
	char		device[API_NAME_SIZE];
	uint8_t		nonce[8];
	bool		has_tag;
	uint8_t		tag[8];
	bool		opened;			/* open_action was called */
	int			action, item, state;	/* of a report, for the log */
	int64_t		code;
	fota_ctx	ctx;
	wire_inventory inventory;
	bool		has_inventory;
	native_done done;
	void	   *arg;
} step;

static const char *const state_words[] = {
	"", "downloading", "verified", "installing", "done", "failed", "deferred", "postponed", "refused", "cancelled"
};

static step *
new_step(service *service, const native_request *request, native_done done, void *arg)
{
	step	   *s = calloc(1, sizeof *s);

	if (s == NULL)
		abort();
	s->service = service;
	s->who = *request->who;
	s->form = request->format == NATIVE_JSON ? WIRE_JSON : WIRE_CBOR;
	s->device_id = s->who.device_id;
	memcpy(s->device, s->who.device, sizeof s->device);
	s->done = done;
	s->arg = arg;
	core_ctx_init(&s->ctx, 1 << 20);
	return s;
}

/* The last word: tells, and frees. */
static void
end(step *s, status_word word, const void *body, size_t size)
{
	s->done(s->arg, word, body, size, status_waits(word) ? status_retry_after() : 0);
	if (s->has_inventory)
		fota_wire_inventory_free(&s->ctx, &s->inventory);
	free(s);
}

static void
end_with_text(step *s, status_word word, const char *text)
{
	end(s, word, text, text ? strlen(text) : 0);
}

static void
copy_name(char out[API_NAME_SIZE], wire_text name)
{
	size_t		size = name.size < API_NAME_SIZE ? name.size : API_NAME_SIZE - 1;

	memcpy(out, name.data ? name.data : "", name.data ? size : 0);
	out[name.data ? size : 0] = '\0';
}

/* ---- check in ---- */

static void
put_item(wire_item *to, const api_item *from)
{
	to->item = from->item;
	to->component = fota_wire_text(from->component);
	to->verb = from->verb;
	to->has = 1u << WIRE_ITEM_ITEM | 1u << WIRE_ITEM_COMPONENT | 1u << WIRE_ITEM_VERB;
	if (from->version != NULL)
	{
		WIRE_SET(to, WIRE_ITEM_VERSION);
		to->version = fota_wire_text(from->version);
	}
	if (from->has_target)
	{
		WIRE_SET(to, WIRE_ITEM_SHA256);
		memcpy(to->sha256, from->sha256, 32);
		if (from->size >= 0)
			WIRE_SET(to, WIRE_ITEM_SIZE);
		to->size = from->size;
	}
	if (from->has_transfer)
	{
		to->has |= 1u << WIRE_ITEM_FORMAT | 1u << WIRE_ITEM_BYTES | 1u << WIRE_ITEM_ETAG;
		to->format = from->format[0];
		to->bytes = from->bytes;
		memcpy(to->etag, from->etag, 8);
	}
	if (from->has_base)
	{
		WIRE_SET(to, WIRE_ITEM_BASE);
		memcpy(to->base, from->base, from->base_size);
		to->base_size = from->base_size;
	}
	if (from->has_window)
	{
		WIRE_SET(to, WIRE_ITEM_WINDOW);
		to->window_from = from->window_from;
		to->window_to = from->has_window_end ? from->window_to : -1;
	}
	if (from->flags != 0)
		WIRE_SET(to, WIRE_ITEM_FLAGS);
	to->flags = from->flags;
	if (from->has_battery)
		WIRE_SET(to, WIRE_ITEM_BATTERY);
	to->battery = from->battery;
}

static void
render(step *s, const api_decision *d)
{
	wire_decision *out = calloc(1, sizeof *out);
	fota_ctx	ctx;
	fota_buf	buf;

	if (out == NULL)
		abort();
	core_ctx_init(&ctx, 1 << 20);
	out->has = 1u << WIRE_DECISION_NONCE | 1u << WIRE_DECISION_NEXT | 1u << WIRE_DECISION_TIME;
	memcpy(out->nonce, s->nonce, 8);
	out->next = d->next;
	out->time = (int64_t) time(NULL);
	if (d->has_tag)
	{
		WIRE_SET(out, WIRE_DECISION_INVENTORY);
		memcpy(out->inventory, d->tag, 8);
	}
	if (d->action > 0 && d->items > 0)
	{
		out->has |= 1u << WIRE_DECISION_ACTION | 1u << WIRE_DECISION_ITEMS;
		out->action = d->action;
		for (int i = 0; i < d->items && out->items < WIRE_KEYS; i++)
			put_item(&out->item[out->items++], &d->item[i]);
	}
	else if (d->reason != NULL)
	{
		WIRE_SET(out, WIRE_DECISION_REASON);
		out->reason = fota_wire_text(d->reason);
	}
	fota_buf_init(&buf, 1 << 16);
	if (fota_wire_write_decision(&ctx, s->form, out, &buf) == FOTA_OK)
		end(s, ST_OK, buf.data, buf.size);
	else
	{
		log_error("decision not written device=%s error=\"%s\"", s->device, ctx.error.message);
		end_with_text(s, ST_UNAVAILABLE, NULL);
	}
	fota_buf_free(&ctx, &buf);
	free(out);
}

static void decide(step *s);

static void
opened(void *arg, status_word word, int64_t action)
{
	step	   *s = arg;

	if (word != ST_OK)
	{
		end_with_text(s, word, NULL);
		return;
	}
	if (action > 0)
		log_event(s->device, service_protocol(s->service), "action=%lld state=open", (long long) action);
	decide(s);
}

static void
decided(void *arg, const api_decision *d)
{
	step	   *s = arg;

	if (d->word != ST_OK)
		end_with_text(s, d->word, d->word == ST_NEED_CONTENTS ? "send contents and accept again" : NULL);
	else if (d->write && !s->opened)
	{
		s->opened = true;
		api_open_action(service_api(s->service), s->who.tenant_id, s->device_id, NULL, opened, s);
	}
	else
		render(s, d);
}

static void
decide(step *s)
{
	api_seen(service_api(s->service), s->who.tenant_id, s->device_id);
	api_check_in(service_api(s->service), s->who.tenant_id, s->device_id, s->has_tag ? s->tag : NULL, decided, s);
}

static void
inventory_stored(void *arg, status_word word, const uint8_t *tag)
{
	step	   *s = arg;

	(void) tag;
	service_told(s->service, s->who.tenant_id, s->who.device_id);
	if (word != ST_OK)
		end_with_text(s, word, NULL);
	else
		decide(s);
}

/* The device is known: store what it brought, then decide. */
static void
store(step *s)
{
	const wire_inventory *i = &s->inventory;
	api_inventory in = {
		.tenant_id = s->who.tenant_id, .device_id = s->device_id, .contents = i->contents, .accept = i->accept,
		.attributes = i->attributes, .power = i->power, .hw = i->hw, .mode = "native"
	};

	if (i->contents || i->accept || i->attributes || i->power || i->hw)
		api_inventory_store(service_api(s->service), &in, inventory_stored, s);
	else
		decide(s);
}

static void
child_found(void *arg, status_word word, int64_t device_id)
{
	step	   *s = arg;

	if (word != ST_OK || device_id == 0)
	{
		end_with_text(s, word == ST_OK ? ST_NOT_FOUND : word, NULL);
		return;
	}
	s->device_id = device_id;
	store(s);
}

void
native_check_in(service *service, const native_request *request, native_done done, void *arg)
{
	step	   *s = new_step(service, request, done, arg);
	wire_checkin *in = calloc(1, sizeof *in);
	bool		child;

	if (in == NULL)
		abort();
	if (request->size > NATIVE_BODY_MAX)
		end_with_text(s, ST_TOO_LARGE, NULL);
	else if (fota_wire_read_checkin(&s->ctx, s->form, request->body, request->size, in) != FOTA_OK)
		end_with_text(s, ST_MALFORMED, s->ctx.error.message);
	else if (fota_wire_inventory(&s->ctx, in, &s->inventory) != FOTA_OK)
		end_with_text(s, ST_TOO_LARGE, s->ctx.error.message);
	else
	{
		s->has_inventory = true;
		memcpy(s->nonce, in->nonce, 8);
		s->has_tag = WIRE_HAS(in, WIRE_CHECKIN_INVENTORY) && !WIRE_HAS(in, WIRE_CHECKIN_CONTENTS) &&
			!WIRE_HAS(in, WIRE_CHECKIN_ACCEPT);
		memcpy(s->tag, in->inventory, 8);
		child = WIRE_HAS(in, WIRE_CHECKIN_CHILD);
		if (child)
			copy_name(s->device, in->child);
		if (child)
			api_child(service_api(service), s->who.tenant_id, s->who.device_id, s->device, child_found, s);
		else if (s->device_id == 0)
			end_with_text(s, ST_MALFORMED, "a gateway names a child");
		else
			store(s);
	}
	free(in);
}

/* ---- report ---- */

static void
reported(void *arg, status_word word)
{
	step	   *s = arg;

	service_told(s->service, s->who.tenant_id, s->who.device_id);
	if (word == ST_OK && s->code >= 0)
		log_event(s->device, service_protocol(s->service), "action=%d item=%d state=%s code=%lld", s->action,
				  s->item, state_words[s->state], (long long) s->code);
	else if (word == ST_OK)
		log_event(s->device, service_protocol(s->service), "action=%d item=%d state=%s", s->action, s->item,
				  state_words[s->state]);
	end_with_text(s, word, NULL);
}

static void
store_report(step *s, const wire_report *in)
{
	char		child[API_NAME_SIZE];
	api_report	report = {
		.tenant_id = s->who.tenant_id, .device_id = s->device_id, .child = NULL,
		.action = (int) in->action, .item = (int) in->item, .state = (int) in->state,
		.code = WIRE_HAS(in, WIRE_REPORT_CODE) ? in->code : -1,
		.seconds = WIRE_HAS(in, WIRE_REPORT_SECONDS) ? in->seconds : -1,
		.bytes = WIRE_HAS(in, WIRE_REPORT_BYTES) ? in->bytes : -1,
		.text = WIRE_HAS(in, WIRE_REPORT_TEXT) ? in->text.data : NULL
	};

	if (WIRE_HAS(in, WIRE_REPORT_CHILD))
	{
		copy_name(child, in->child);
		copy_name(s->device, in->child);
		report.child = child;
	}
	s->action = report.action;
	s->item = report.item;
	s->state = report.state;
	s->code = report.code;
	api_seen(service_api(s->service), s->who.tenant_id, s->device_id);
	api_report_store(service_api(s->service), &report, reported, s);
}

void
native_report(service *service, const native_request *request, native_done done, void *arg)
{
	step	   *s = new_step(service, request, done, arg);
	wire_report *in = calloc(1, sizeof *in);

	if (in == NULL)
		abort();
	if (request->size > NATIVE_BODY_MAX)
		end_with_text(s, ST_TOO_LARGE, NULL);
	else if (fota_wire_read_report(&s->ctx, s->form, request->body, request->size, in) != FOTA_OK)
		end_with_text(s, ST_MALFORMED, s->ctx.error.message);
	else if (in->action > INT32_MAX || in->item > INT32_MAX || in->seconds > INT32_MAX || in->code > INT32_MAX)
		end_with_text(s, ST_MALFORMED, "a number is too large");
	else if (s->device_id == 0 && !WIRE_HAS(in, WIRE_REPORT_CHILD))
		end_with_text(s, ST_MALFORMED, "a gateway names a child");
	else
		store_report(s, in);
	free(in);
}

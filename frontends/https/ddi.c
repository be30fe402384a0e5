/* SPDX-License-Identifier: PostgreSQL */
/*
 * ddi.c: hawkBit's Direct Device Integration API, version 1. Bodies are made in SQL
 * (fota_device.ddi_*); here are paths, methods, types, conditional GET and the checking
 * of what a device sends.
 */
#include "routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "artifact.h"
#include "cfg.h"
#include "core_ctx.h"
#include "json.h"
#include "log.h"
#include "range.h"

#define BASE_SIZE 2048

typedef struct ddi_step
{
	request    *r;
	api_ddi_call call;
	api_identity who;
	int			action, history, item;
	bool		opened, md5sum;
	bool		artifact;
	char		base[BASE_SIZE];
	char		file_name[256];
	char		state[48];		/* of a feedback, for the log */
	fota_ctx	ctx;
	fota_buf	body;			/* canonical, with its NUL */
} ddi_step;

static void
free_step(void *arg)
{
	ddi_step   *s = arg;

	fota_buf_free(&s->ctx, &s->body);
	free(s);
}

/* ---- what a device sends ---- */

/* Finds a key in the object that comes next and stands before its value. */
static bool
find_key(fota_json *j, const char *name)
{
	bool		more;
	fota_json_text key;

	if (fota_json_enter(j, FOTA_JSON_OBJECT) != FOTA_OK)
		return false;
	while (fota_json_next(j, &more) == FOTA_OK && more)
	{
		if (fota_json_key(j, &key) != FOTA_OK)
			return false;
		if (fota_json_equal(&key, name))
			return true;
		if (fota_json_skip(j) != FOTA_OK)
			return false;
	}
	return false;
}

static void
read_word(const char *text, size_t size, const char *outer, const char *inner, const char *name,
		  char *out, size_t room)
{
	fota_ctx	ctx;
	fota_json	j;
	fota_json_text value;

	out[0] = '\0';
	core_ctx_init(&ctx, 1 << 16);
	fota_json_open(&j, &ctx, text, size);
	if (find_key(&j, outer) && (inner == NULL || find_key(&j, inner)) && find_key(&j, name) &&
		fota_json_string(&j, &value) == FOTA_OK && value.length < room)
	{
		fota_json_decode(&value, out);
		out[value.length] = '\0';
	}
}

/* Checks the body and keeps it as our own canonical text; else answers 400 and frees. */
static bool
take_body(ddi_step *s)
{
	request    *r = s->r;
	char		execution[24];
	char		finished[24];

	if (fota_json_canonical(&s->ctx, r->body, r->body_size, &s->body) != FOTA_OK ||
		fota_buf_append(&s->ctx, &s->body, "", 1) != FOTA_OK)
	{
		char		text[FOTA_MESSAGE_SIZE + 2];

		snprintf(text, sizeof text, "%s\n", s->ctx.error.message);
		routes_status(r, ST_MALFORMED, text);
		free_step(s);
		return false;
	}
	if (s->call != DDI_CONFIG)
	{
		const char *text = (const char *) s->body.data;
		size_t		size = s->body.size - 1;

		read_word(text, size, "status", NULL, "execution", execution, sizeof execution);
		read_word(text, size, "status", "result", "finished", finished, sizeof finished);
		snprintf(s->state, sizeof s->state, "%s/%s", execution, finished);
	}
	return true;
}

/* ---- what it gets ---- */

/* The type of a JSON answer by Accept; NULL = 406. */
static const char *
json_type(const request *r)
{
	const char *accept = r->header[HEADER_ACCEPT];

	if (accept == NULL || strstr(accept, "application/hal+json") != NULL)
		return "application/hal+json";
	if (strstr(accept, "application/json") != NULL || strstr(accept, "*/*") != NULL ||
		strstr(accept, "application/*") != NULL)
		return "application/json";
	return NULL;
}

static void
send_body(ddi_step *s, const api_ddi_answer *answer)
{
	char		etag[80];
	response	out = {.status = 200, .type = json_type(s->r), .body = answer->body,
	.size = answer->body ? strlen(answer->body) : 0};

	if (answer->etag != NULL)
	{
		snprintf(etag, sizeof etag, answer->etag[0] == '"' ? "%s" : "\"%s\"", answer->etag);
		out.etag = etag;
		if (range_etag_in(s->r->header[HEADER_IF_NONE_MATCH], etag, true))
		{
			out.status = 304;
			out.size = 0;
			out.type = NULL;
		}
	}
	engine_respond(s->r, &out);
}

static const char *
call_word(const ddi_step *s)
{
	switch (s->call)
	{
		case DDI_CONFIG:
			return "config";
		case DDI_CANCEL_FEEDBACK:
			return "cancel";
		default:
			return "feedback";
	}
}

static void ask(ddi_step *s);

static void
opened(void *arg, status_word word, int64_t action)
{
	ddi_step   *s = arg;

	if (word != ST_OK)
	{
		routes_status(s->r, word, NULL);
		free_step(s);
		return;
	}
	if (action > 0)
		log_event(s->who.device, "https", "action=%lld state=open", (long long) action);
	ask(s);
}

static void
answered(void *arg, const api_ddi_answer *answer)
{
	ddi_step   *s = arg;

	if (answer->word != ST_OK)
		routes_status(s->r, answer->word, NULL);
	else if (s->call == DDI_POLL && answer->write && !s->opened)
	{
		s->opened = true;
		api_open_action(service_api(s->r->service), s->who.tenant_id, s->who.device_id, "ddi", opened, s);
		return;
	}
	else if (s->body.size > 0)
	{
		/* Clients take nothing but 200 with an empty body as success. */
		if (s->call == DDI_CONFIG)
			log_event(s->who.device, "https", "ddi=config state=stored");
		else
			log_event(s->who.device, "https", "action=%d ddi=%s state=%s", s->action, call_word(s), s->state);
		routes_code(s->r, 200, NULL);
	}
	else
		send_body(s, answer);
	free_step(s);
}

static void
ask(ddi_step *s)
{
	api_ddi		in = {
		.call = s->call, .tenant_id = s->who.tenant_id, .device_id = s->who.device_id, .action = s->action,
		.history = s->history, .base = s->base, .body = s->body.size > 0 ? (const char *) s->body.data : NULL
	};

	api_ddi_ask(service_api(s->r->service), &in, answered, s);
}

static void
known(request *r, const api_identity *who, void *arg)
{
	ddi_step   *s = arg;

	s->who = *who;
	if (s->artifact)
	{
		artifact_send(r, who, s->action, s->item, NULL, s->file_name, s->md5sum);
		free_step(s);
		return;
	}
	api_seen(service_api(r->service), who->tenant_id, who->device_id);
	ask(s);
}

/* ---- paths ---- */

/* The absolute address of the controller resource, from the path as it was sent. */
static bool
make_base(ddi_step *s)
{
	const request *r = s->r;
	const char *public = cfg_text("FOTA_PUBLIC_URL", NULL);
	const char *end = r->path;
	int			n;

	for (int i = 0; i < 4; i++)
		end = strchr(end + 1, '/') ? strchr(end + 1, '/') : r->path + strlen(r->path);
	if (public == NULL)
		for (const char *p = r->host; *p; p++)
			if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]_", *p) == NULL)
				return false;
	if (public != NULL)
		n = snprintf(s->base, sizeof s->base, "%.*s%.*s", (int) (strlen(public) - (public[strlen(public) - 1] == '/')),
					 public, (int) (end - r->path), r->path);
	else
		n = snprintf(s->base, sizeof s->base, "https://%s%.*s", r->host, (int) (end - r->path), r->path);
	return n > 0 && (size_t) n < sizeof s->base;
}

/* Reads "<action>-<item>". */
static bool
read_module(const char *text, int *action, int *item)
{
	char		copy[32];
	char	   *dash;

	if (strlen(text) >= sizeof copy)
		return false;
	strcpy(copy, text);
	dash = strchr(copy, '-');
	if (dash == NULL)
		return false;
	*dash++ = '\0';
	*action = routes_number(copy);
	*item = routes_number(dash);
	return *action > 0 && (*item > 0 || strcmp(dash, "0") == 0);
}

/* Which resource a path names, and with which method it is asked; false = none. */
static bool
find_call(ddi_step *s, const routes_path *path, const char **allow)
{
	char *const *part = path->part + 4;
	int			n = path->count - 4;
	size_t		size;

	*allow = "GET, HEAD";
	s->action = n >= 2 ? routes_number(part[1]) : 0;
	if (n == 0)
		s->call = DDI_POLL;
	else if (n == 1 && strcmp(part[0], "configData") == 0)
	{
		s->call = DDI_CONFIG;
		*allow = "PUT";
	}
	else if (n == 2 && s->action > 0 && strcmp(part[0], "deploymentBase") == 0)
		s->call = DDI_DEPLOYMENT;
	else if (n == 2 && s->action > 0 && strcmp(part[0], "cancelAction") == 0)
		s->call = DDI_CANCEL;
	else if (n == 2 && s->action > 0 && strcmp(part[0], "installedBase") == 0)
		s->call = DDI_INSTALLED;
	else if (n == 3 && s->action > 0 && strcmp(part[2], "feedback") == 0 &&
			 (strcmp(part[0], "deploymentBase") == 0 || strcmp(part[0], "cancelAction") == 0))
	{
		s->call = part[0][0] == 'd' ? DDI_FEEDBACK : DDI_CANCEL_FEEDBACK;
		*allow = "POST";
	}
	else if (n == 4 && strcmp(part[0], "softwaremodules") == 0 && strcmp(part[2], "artifacts") == 0 &&
			 read_module(part[1], &s->action, &s->item))
	{
		s->artifact = true;
		snprintf(s->file_name, sizeof s->file_name, "%s", part[3]);
		size = strlen(s->file_name);
		s->md5sum = size > 7 && strcmp(s->file_name + size - 7, ".MD5SUM") == 0;
		if (s->md5sum)
			s->file_name[size - 7] = '\0';
	}
	else
		return false;
	return true;
}

static bool
method_fits(const request *r, const char *allow)
{
	return *allow == 'G' ? routes_is_get(r) : routes_is(r, allow);
}

/* Content types of bodies: JSON, or nothing said. */
static bool
is_json(const char *type)
{
	return type == NULL || (strncasecmp(type, "application/json", 16) == 0 && strchr("; \t", type[16]) != NULL);
}

void
ddi_handle(request *r, const routes_path *path)
{
	ddi_step   *s = calloc(1, sizeof *s);
	const char *allow;
	char		number[16];

	if (s == NULL)
		abort();
	s->r = r;
	core_ctx_init(&s->ctx, 4 << 20);
	fota_buf_init(&s->body, 1 << 20);
	if (!find_call(s, path, &allow))
		routes_status(r, ST_NOT_FOUND, NULL);
	else if (!method_fits(r, allow))
		routes_not_allowed(r, allow);
	else if (!make_base(s))
		routes_status(r, ST_MALFORMED, "bad Host\n");
	else if (*allow == 'G' && !s->artifact && json_type(r) == NULL)
		routes_code(r, 406, NULL);
	else if (*allow != 'G' && !is_json(r->header[HEADER_CONTENT_TYPE]))
		routes_code(r, 415, NULL);
	else
	{
		if (routes_query(r, "actionHistory", number, sizeof number) > 0)
			s->history = strcmp(number, "-1") == 0 ? 100 : routes_number(number);
		if (*allow != 'G' && !take_body(s))
			return;
		routes_identify(r, path->part[0], path->part[3], s->artifact, known, s, free_step);
		return;
	}
	free_step(s);
}

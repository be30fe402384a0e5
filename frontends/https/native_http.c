/* SPDX-License-Identifier: PostgreSQL */
/*
 * native_http.c: the native API over HTTP: POST /fota/v1/c and /r, GET /fota/v1/a/{action}/{item}.
 * What a body means is common/native.c's business.
 */
#include "routes.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "artifact.h"
#include "native.h"

typedef struct native_step
{
	request    *r;
	native_format format;
	bool		report;
	int			action, item;
	char		child[API_NAME_SIZE];	/* ?d=, or "" */
} native_step;

/* The format of the body; false when it is neither JSON nor CBOR. */
static bool
format_of(const char *type, native_format *out)
{
	size_t		size = type ? strcspn(type, "; \t") : 0;

	if (size == 16 && strncasecmp(type, "application/json", size) == 0)
		*out = NATIVE_JSON;
	else if (size == 16 && strncasecmp(type, "application/cbor", size) == 0)
		*out = NATIVE_CBOR;
	else
		return false;
	return true;
}

static void
answered(void *arg, status_word word, const uint8_t *body, size_t size, unsigned retry_after)
{
	native_step *s = arg;
	response	out = {.status = status_http(word), .body = body, .size = size, .retry_after = retry_after};

	if (size > 0)
		out.type = word != ST_OK ? "text/plain" : s->format == NATIVE_JSON ? "application/json" : "application/cbor";
	engine_respond(s->r, &out);
	free(s);
}

static void
known_for_body(request *r, const api_identity *who, void *arg)
{
	native_step *s = arg;
	native_request in = {.who = who, .format = s->format, .body = r->body, .size = r->body_size};

	if (s->report)
		native_report(r->service, &in, answered, s);
	else
		native_check_in(r->service, &in, answered, s);
}

static void
known_for_artifact(request *r, const api_identity *who, void *arg)
{
	native_step *s = arg;

	artifact_send(r, who, s->action, s->item, s->child[0] ? s->child : NULL, NULL, false);
	free(s);
}

static void
handle_body(request *r, bool report)
{
	native_format format;
	native_step *s;

	if (!routes_is(r, "POST"))
		routes_not_allowed(r, "POST");
	else if (r->body_size > NATIVE_BODY_MAX)
		routes_status(r, ST_TOO_LARGE, NULL);
	else if (!format_of(r->header[HEADER_CONTENT_TYPE], &format))
		routes_code(r, 415, "Content-Type is application/json or application/cbor\n");
	else
	{
		s = calloc(1, sizeof *s);
		if (s == NULL)
			abort();
		s->r = r;
		s->format = format;
		s->report = report;
		routes_identify(r, NULL, NULL, false, known_for_body, s, free);
	}
}

static void
handle_artifact(request *r, const char *action, const char *item)
{
	native_step *s;
	int			a = routes_number(action);
	int			i = strcmp(item, "0") == 0 ? 0 : routes_number(item);
	char		child[API_NAME_SIZE] = "";
	int			named = routes_query(r, "d", child, sizeof child);

	if (!routes_is_get(r))
		routes_not_allowed(r, "GET, HEAD");
	else if (a == 0 || (i == 0 && strcmp(item, "0") != 0) || named < 0 || (named > 0 && child[0] == '\0'))
		routes_status(r, ST_NOT_GRANTED, NULL);
	else
	{
		s = calloc(1, sizeof *s);
		if (s == NULL)
			abort();
		s->r = r;
		s->action = a;
		s->item = i;
		memcpy(s->child, child, sizeof s->child);
		routes_identify(r, NULL, NULL, true, known_for_artifact, s, free);
	}
}

void
native_http_handle(request *r, const routes_path *path)
{
	if (path->count == 3 && strcmp(path->part[2], "c") == 0)
		handle_body(r, false);
	else if (path->count == 3 && strcmp(path->part[2], "r") == 0)
		handle_body(r, true);
	else if (path->count == 5 && strcmp(path->part[2], "a") == 0)
		handle_artifact(r, path->part[3], path->part[4]);
	else
		routes_status(r, ST_NOT_FOUND, NULL);
}

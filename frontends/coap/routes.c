/* SPDX-License-Identifier: PostgreSQL */
/*
 * routes.c: one handler for all of libcoap's methods and paths, so that nothing of its own
 * (4.04 with a phrase, 2.02 for DELETE, a list of resources) gets out.
 */
#include "routes.h"

#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "psk_memory.h"

#define EXPIRE_MS 1000

typedef struct route
{
	const char *name;
	int			parts;
	int			method;
	int			format;			/* of the request's body; -1 = there is none */
	int			accept;			/* what it answers with; -1 = nothing */
	bool		download;
	void		(*handler) (job *j);
} route;

static const route list[] = {
	{"c", 1, COAP_REQUEST_CODE_POST, FORMAT_CBOR, FORMAT_CBOR, false, body_check_in},
	{"r", 1, COAP_REQUEST_CODE_POST, FORMAT_CBOR, -1, false, body_report},
	{"a", 3, COAP_REQUEST_CODE_GET, -1, FORMAT_OCTETS, true, artifact_get},
};

static struct
{
	service    *service;
	parts	   *parts;
	bool		draining;
	int64_t		expire_at;
}			routes;

void
job_answer(job *j, const reply *r)
{
	/* What changes nothing may be carried out again. */
	exchange_answer(j->exchange, r, j->r.method != COAP_REQUEST_CODE_GET);
	free(j);
}

void
job_code(job *j, int code, const char *text)
{
	reply		r = reply_code(code);

	reply_text(&r, text);
	job_answer(j, &r);
}

void
job_status(job *j, status_word word, const char *text, unsigned retry_after)
{
	reply		r = reply_status(word, retry_after);

	reply_text(&r, text);
	job_answer(j, &r);
}

static const route *
find_route(const request *r)
{
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		if (r->parts == list[i].parts && strcmp(r->part[0], list[i].name) == 0)
			return &list[i];
	return NULL;
}

/* The later blocks of a body, and those of an answer, may leave out what the first one said. */
static bool
is_later_block(const request *r)
{
	return (r->has_block1 && r->block1.num > 0) || (r->has_block2 && r->block2.num > 0);
}

/* Answers what is wrong with the request itself; false when it is in order. */
static bool
refuse(job *j, const route *to)
{
	const request *r = &j->r;

	if (r->bad_option != NULL)
		job_code(j, REPLY_CODE(4, 2), r->bad_option);
	else if (r->bad != NULL)
		job_status(j, ST_MALFORMED, r->bad, 0);
	else if (to == NULL)
		job_status(j, ST_NOT_FOUND, NULL, 0);
	else if (r->method != to->method)
		job_status(j, ST_NOT_ALLOWED, NULL, 0);
	else if (r->accept >= 0 && to->accept >= 0 && r->accept != to->accept)
		job_code(j, REPLY_CODE(4, 6), to->accept == FORMAT_CBOR ? "answers are CBOR (60)" :
				 "answers are octets (42)");
	else if (to->format >= 0 && r->format != to->format && !(r->format < 0 && is_later_block(r)))
		job_code(j, REPLY_CODE(4, 15), "Content-Format is CBOR (60)");
	else if (routes.draining || (service_is_busy(routes.service) && !to->download))
		job_status(j, ST_UNAVAILABLE, NULL, 0);
	else
		return false;
	return true;
}

static void
identified(void *arg, const api_identity *who)
{
	job		   *j = arg;

	if (who->word != ST_OK)
	{
		job_status(j, who->word, NULL, 0);
		return;
	}
	j->who = *who;
	find_route(&j->r)->handler(j);
}

static void
on_request(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu,
		   const coap_string_t *query, coap_pdu_t *response)
{
	const coap_bin_const_t *identity = coap_session_get_psk_identity(session);
	char		name[PSK_IDENTITY_MAX + 1];
	exchange   *x;
	job		   *j;

	(void) resource;
	(void) query;
	/* An empty message that needs no acknowledgement: libcoap drops it, and sends nothing. */
	coap_pdu_set_type(response, COAP_MESSAGE_NON);
	x = exchange_begin(session, pdu);
	if (x == NULL)
		return;
	j = calloc(1, sizeof *j);
	if (j == NULL)
		abort();
	j->exchange = x;
	j->service = routes.service;
	j->parts = routes.parts;
	request_read(pdu, &j->r);
	if (refuse(j, find_route(&j->r)))
		return;
	if (identity == NULL || !psk_identity_valid(identity->s, identity->length))
	{
		job_status(j, ST_UNKNOWN, NULL, 0);
		return;
	}
	memcpy(name, identity->s, identity->length);
	name[identity->length] = '\0';
	service_identify(routes.service, "psk", name, NULL, NULL, find_route(&j->r)->download, identified,
					 j);
}

static void
serve(coap_context_t *context, coap_resource_t *resource)
{
	if (resource == NULL)
		abort();
	for (int method = COAP_REQUEST_GET; method <= COAP_REQUEST_IPATCH; method++)
		coap_register_request_handler(resource, (coap_request_t) method, on_request);
	coap_add_resource(context, resource);
}

void
routes_open(coap_context_t *context, service *service)
{
	routes.service = service;
	routes.parts = parts_new();
	exchange_open();
	serve(context, coap_resource_unknown_init(on_request));
	/* Found before the unknown, so that there is no list of resources. */
	serve(context, coap_resource_init(coap_make_str_const(".well-known/core"), 0));
}

void
routes_session_gone(coap_session_t *session)
{
	if (routes.parts == NULL)
		return;
	exchange_drop(session);
	parts_drop(routes.parts, session);
}

void
routes_drain(void)
{
	routes.draining = true;
}

int
routes_turn(void)
{
	int64_t		now = loop_now();

	if (now >= routes.expire_at)
	{
		parts_expire(routes.parts, now);
		routes.expire_at = now + EXPIRE_MS;
	}
	return exchange_turn();
}

void
routes_close(void)
{
	exchange_close();
	parts_free(routes.parts);
	routes.parts = NULL;
}

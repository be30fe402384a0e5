/* SPDX-License-Identifier: PostgreSQL */
/*
 * routes.h: from the path of a request to its handler, and what all handlers share. Who
 * asks is settled here, for every request: the identity of the session's key, which may
 * have been revoked since the handshake. A new resource is a line in routes.c and a
 * handler beside body.c and artifact.c.
 */
#ifndef COAP_ROUTES_H
#define COAP_ROUTES_H

#include "exchange.h"
#include "parts.h"
#include "request.h"
#include "service.h"

/* A request on its way through a handler, which ends it with job_answer. */
typedef struct job
{
	exchange   *exchange;
	service    *service;
	parts	   *parts;
	request		r;
	api_identity who;
	int			action, item;	/* of an artifact */
} job;

void		routes_open(coap_context_t *context, service *service);
/* Before the context is freed: nothing holds a session any more, answers to come go nowhere. */
void		routes_close(void);
/* From now on every request is told to come later. */
void		routes_drain(void);
/* A session is gone, or begins anew. */
void		routes_session_gone(coap_session_t *session);
/* Returns milliseconds until it wants to be called. */
int			routes_turn(void);

/* Answers and frees the job. */
void		job_answer(job *j, const reply *r);
void		job_code(job *j, int code, const char *text);
void		job_status(job *j, status_word word, const char *text, unsigned retry_after);

/* The handlers: the device is known. */
void		body_check_in(job *j);
void		body_report(job *j);
void		artifact_get(job *j);

#endif

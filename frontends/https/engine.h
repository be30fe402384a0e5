/* SPDX-License-Identifier: PostgreSQL */
/*
 * engine.h: the seam between an HTTP engine and our handlers: it accepts, hands over a
 * request, takes one response. Everything that knows libh2o is in engine_h2o*.c.
 *
 * A request is the handlers' until they call engine_respond, which they do exactly once,
 * now or later in the same thread; it may be called after the client has gone.
 */
#ifndef HTTPS_ENGINE_H
#define HTTPS_ENGINE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "service.h"
#include "tls.h"

#define ENGINE_BODY_MAX 65536

typedef enum engine_header
{
	HEADER_AUTHORIZATION, HEADER_ACCEPT, HEADER_CONTENT_TYPE, HEADER_IF_NONE_MATCH, HEADER_IF_MATCH,
	HEADER_IF_RANGE, HEADER_RANGE, HEADERS
} engine_header;

typedef struct request
{
	service    *service;
	const char *method;
	const char *path;			/* as sent, without the query */
	const char *query;			/* after the ?, or NULL */
	const char *host;
	const char *header[HEADERS];	/* NULL = not sent */
	const uint8_t *body;
	size_t		body_size;
	tls_peer	peer;			/* a copy */
	int64_t		credential_id;	/* set by the handlers when they know who asks; 0 = not yet */
} request;

typedef struct response
{
	int			status;
	const char *type;			/* Content-Type, or NULL */
	const void *body;			/* copied */
	size_t		size;
	const char *etag;			/* with its quotes, or NULL */
	unsigned	retry_after;	/* seconds, or 0 */
	const char *disposition;	/* file name of an attachment, or NULL */
	const char *allow;			/* methods, for 405 */
	bool		close;			/* the connection, after this */
	cache_map  *map;			/* instead of body: [offset, offset + length) of it; released by the engine */
	uint64_t	offset, length;
	bool		ranges;			/* Accept-Ranges: bytes */
	const char *content_range;
} response;

/* Answers and frees the request. HEAD gets the headers only. */
void		engine_respond(request *r, const response *out);

/* One thread: its listener, its loop, its service. */
typedef struct engine engine;
typedef void (*engine_handler) (request *r);

/* fd: a listening socket that all threads share (each gets its own copy). */
engine	   *engine_open(int fd, SSL_CTX *tls, engine_handler handler, char *error, size_t error_size);
service    *engine_service(engine *e);
/* Called in every turn of the loop, in its thread; set before engine_run. */
void		engine_on_turn(engine *e, void (*hook) (void *arg), void *arg);
/* Runs until drain was asked for and done, or its deadline is over. */
void		engine_run(engine *e);
void		engine_close(engine *e);
/* From another thread: new connections get this context; stop accepting and end. */
void		engine_set_tls(engine *e, SSL_CTX *tls);
void		engine_drain(engine *e, int deadline_ms);
/* What a connection is told when its handshake is done. */
void		engine_handshake_done(SSL *ssl, const tls_peer *peer);

#endif

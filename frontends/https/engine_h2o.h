/* SPDX-License-Identifier: PostgreSQL */
/*
 * engine_h2o.h: what the files of the engine share: its connections and the state of one
 * thread. Nobody else includes this: engine.h is what handlers know.
 *
 * An engine and all that hangs on it belong to its thread; new_tls and drain_ms are what
 * others may set. A connection lives as long as libh2o's socket.
 */
#ifndef HTTPS_ENGINE_H2O_H
#define HTTPS_ENGINE_H2O_H

#include <h2o.h>
#include <stdatomic.h>

#include "engine.h"

typedef struct connection
{
	struct connection *next, **prev;
	engine	   *engine;
	h2o_socket_t *socket;
	int			fd;
	tls_peer	peer;
	int			open_requests;
	int64_t		credential_id;	/* of the response being sent */
	uint64_t	drained_mark;	/* drained at the start of this window of the watchdog */
	int64_t		window_at;		/* 0: nothing is being sent */
} connection;

typedef struct watched
{
	engine	   *engine;
	int			slot;
	h2o_socket_t *socket;
	bool		reads, writes;
} watched;

struct engine
{
	h2o_globalconf_t conf;
	h2o_context_t ctx;
	h2o_accept_ctx_t accept;
	h2o_socket_t *listener;
	engine_handler handler;
	service    *service;
	watched		watched[LOOP_SLOTS];
	connection *connections;
	int			connection_count, connection_max;
	bool		paused;			/* no more are accepted for now */
	int64_t		said_full_at;
	int			stall_seconds;
	int64_t		watch_at;
	_Atomic(SSL_CTX *) new_tls;
	atomic_int	drain_ms;		/* 0: run */
	int64_t		drain_from;
	void		(*turn_hook) (void *arg);
	void	   *turn_arg;
};

/* loop_host.watch: a socket of libpq in this loop. */
void		engine_watch_fd(void *self, int slot, int fd, unsigned events);

/* Read callback of the listener. */
void		engine_accept(h2o_socket_t *listener, const char *error);

/* Bytes that have left for the client, as far as the kernel knows. */
uint64_t	engine_sent(const connection *c);

/* Once a second, and in every turn of draining: cuts off who stalls, accepts again after a pause. */
void		engine_watch_connections(engine *e);

/* Cuts what is being sent by leave of a credential: it has been revoked. */
void		engine_cut(engine *e, int64_t credential_id);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * engine_h2o_conn.c: the engine's sockets: connections of devices from accept to close,
 * with a watchdog for readers that stall, and the connections of libpq in the same loop.
 */
#include "engine_h2o.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "log.h"

#define DRAIN_IDLE_MS 300		/* idle connections get so long to send another request */
#define SAY_FULL_MS 10000

/* ---- libpq's sockets in this loop ---- */

static void arm_write(watched *w);

static void
on_readable(h2o_socket_t *socket, const char *error)
{
	watched    *w = socket->data;

	(void) error;
	service_ready(w->engine->service, w->slot, LOOP_READ);
}

static void
on_writable(h2o_socket_t *socket, const char *error)
{
	watched    *w = socket->data;

	(void) error;
	if (w->writes)
	{
		service_ready(w->engine->service, w->slot, LOOP_WRITE);
		if (w->socket == socket && w->writes)
			arm_write(w);
	}
}

static void
arm_write(watched *w)
{
	if (!h2o_socket_is_writing(w->socket))
		h2o_socket_notify_write(w->socket, on_writable);
}

/* libh2o and libpq both close what they are given, so this loop gets a copy. */
void
engine_watch_fd(void *self, int slot, int fd, unsigned events)
{
	engine	   *e = self;
	watched    *w = &e->watched[slot];

	if (events == 0)
	{
		if (w->socket != NULL)
			h2o_socket_close(w->socket);
		w->socket = NULL;
		w->reads = w->writes = false;
		return;
	}
	if (w->socket == NULL)
	{
		int			copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

		/* Nothing will be heard of this one; its owner gives it up in time and tries again. */
		if (copy < 0)
		{
			log_error("connection to the database not watched reason=\"%s\"", strerror(errno));
			return;
		}
		w->engine = e;
		w->slot = slot;
		w->socket = h2o_evloop_socket_create(e->ctx.loop, copy, H2O_SOCKET_FLAG_DONT_READ);
		w->socket->data = w;
	}
	if ((events & LOOP_READ) && !w->reads)
		h2o_socket_read_start(w->socket, on_readable);
	else if (!(events & LOOP_READ) && w->reads)
		h2o_socket_read_stop(w->socket);
	w->reads = (events & LOOP_READ) != 0;
	w->writes = (events & LOOP_WRITE) != 0;
	if (w->writes)
		arm_write(w);
}

/* ---- connections ---- */

/*
 * A listener that is not read from would be told ready in every turn: at the most
 * connections, or without descriptors, it is put aside until one closes, or a second is over.
 */
static void
pause_accepting(engine *e, const char *why)
{
	if (!e->paused)
		h2o_socket_read_stop(e->listener);
	e->paused = true;
	if (e->said_full_at == 0 || loop_now() - e->said_full_at > SAY_FULL_MS)
	{
		log_error("no more connections are accepted for now connections=%d reason=\"%s\"",
				  e->connection_count, why);
		e->said_full_at = loop_now();
	}
}

static void
go_on_accepting(engine *e)
{
	if (!e->paused || e->listener == NULL || e->connection_count >= e->connection_max)
		return;
	e->paused = false;
	h2o_socket_read_start(e->listener, engine_accept);
}

static void
connection_closed(void *data)
{
	connection *c = data;
	engine	   *e = c->engine;

	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	e->connection_count--;
	free(c);
	go_on_accepting(e);
}

void
engine_accept(h2o_socket_t *listener, const char *error)
{
	engine	   *e = listener->data;

	if (error != NULL)
		return;
	for (int i = 0; i < 32; i++)
	{
		h2o_socket_t *socket;
		connection *c;

		if (e->connection_count >= e->connection_max)
		{
			pause_accepting(e, "FOTA_HTTPS_CONNECTIONS");
			return;
		}
		socket = h2o_evloop_socket_accept(listener);
		if (socket == NULL)
		{
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
				pause_accepting(e, strerror(errno));
			return;
		}
		c = calloc(1, sizeof *c);
		if (c == NULL)
			abort();
		c->engine = e;
		c->socket = socket;
		c->fd = h2o_socket_get_fd(socket);
		c->next = e->connections;
		c->prev = &e->connections;
		if (c->next != NULL)
			c->next->prev = &c->next;
		e->connections = c;
		e->connection_count++;
		socket->on_close.cb = connection_closed;
		socket->on_close.data = c;
		h2o_accept(&e->accept, socket);
	}
}

void
engine_handshake_done(SSL *ssl, const tls_peer *peer)
{
	h2o_socket_t *socket = BIO_get_data(SSL_get_rbio(ssl));

	if (socket != NULL && socket->on_close.cb == connection_closed)
		((connection *) socket->on_close.data)->peer = *peer;
}

uint64_t
engine_sent(const connection *c)
{
	int			queued = 0;

	if (ioctl(c->fd, SIOCOUTQ, &queued) != 0)
		queued = 0;
	return c->socket->bytes_written > (size_t) queued ? c->socket->bytes_written - (size_t) queued : 0;
}

/*
 * Cuts off who takes less than 64 bytes a second of a response for a whole window, and,
 * when draining, who has nothing under way.
 */
void
engine_watch_connections(engine *e)
{
	int64_t		now = loop_now();
	int64_t		window = (int64_t) e->stall_seconds * 1000;
	bool		idle_ends = e->drain_from != 0 && now - e->drain_from >= DRAIN_IDLE_MS;

	go_on_accepting(e);
	for (connection *c = e->connections; c != NULL; c = c->next)
	{
		uint64_t	out;

		if (c->open_requests == 0 && idle_ends)
			shutdown(c->fd, SHUT_RDWR);
		if (c->window_at == 0 || now - c->window_at < window)
			continue;
		out = engine_sent(c);
		if (out - c->drained_mark < (uint64_t) e->stall_seconds * 64)
		{
			log_info("connection stalled bytes=%llu seconds=%d", (unsigned long long) (out - c->drained_mark),
					 e->stall_seconds);
			shutdown(c->fd, SHUT_RDWR);
		}
		c->window_at = now;
		c->drained_mark = out;
	}
}

void
engine_cut(engine *e, int64_t credential_id)
{
	for (connection *c = e->connections; c != NULL; c = c->next)
		if (c->open_requests > 0 && c->credential_id == credential_id)
			shutdown(c->fd, SHUT_RDWR);
}

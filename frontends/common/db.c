/* SPDX-License-Identifier: PostgreSQL */
/*
 * db.c: two connections, made and kept, and what callers see. A call waits in `waiting`
 * until db_batch.c sends it; when the connection is lost all are told at once.
 */
#include "db_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cfg.h"
#include "cred.h"
#include "log.h"

#define ANSWER_TIMEOUT 10000	/* ms: a server that says nothing for so long is lost */
#define CONNECT_TIMEOUT 5000
#define BACKOFF_MIN 100
#define BACKOFF_MAX 2000

static const char *const side_name[] = {"read", "write"};

/* ---- lists ---- */

void
db_list_init(call_list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

void
db_list_add(call_list *list, call *c)
{
	c->next = NULL;
	*list->last = c;
	list->last = &c->next;
}

void
db_list_push(call_list *list, call *c)
{
	c->next = list->first;
	list->first = c;
	if (c->next == NULL)
		list->last = &c->next;
}

call *
db_list_take(call_list *list)
{
	call	   *c = list->first;

	if (c != NULL)
	{
		list->first = c->next;
		if (list->first == NULL)
			list->last = &list->first;
	}
	return c;
}

void
db_finish(call *c, status_word word)
{
	if (c->args.data != NULL)
		free(c->args.data);
	c->done(c->arg, word, word == ST_OK ? c->result : NULL);
	PQclear(c->result);
	free(c);
}

/* ---- watching ---- */

void
db_watch(db *db, conn *k, int fd, unsigned events)
{
	if (fd == k->fd && events == k->events)
		return;
	if (k->fd >= 0 && fd != k->fd)
		db->host.watch(db->host.self, (int) k->side, k->fd, 0);
	k->fd = fd;
	k->events = fd >= 0 ? events : 0;
	if (fd >= 0)
		db->host.watch(db->host.self, (int) k->side, fd, events);
}

/* ---- connecting ---- */

void
db_lost(db *db, conn *k, const char *why)
{
	call_list	gone;
	call	   *c;
	uint8_t		jitter = 0;

	db_watch(db, k, -1, 0);
	if (!k->said_down)
		log_error("database side=%s lost reason=\"%s\"", side_name[k->side], why);
	k->said_down = true;
	if (k->pg != NULL)
		PQfinish(k->pg);
	k->pg = NULL;
	k->state = CONN_DOWN;
	k->known_count = 0;
	cred_random(&jitter, 1);
	k->backoff = k->backoff ? k->backoff * 2 : BACKOFF_MIN;
	if (k->backoff > BACKOFF_MAX)
		k->backoff = BACKOFF_MAX;
	k->retry_at = loop_now() + k->backoff * (128 + jitter) / 256;

	db_list_init(&gone);
	while (k->batches != NULL)
	{
		batch	   *b = k->batches;

		k->batches = b->next;
		while ((c = db_list_take(&b->members)) != NULL)
			db_list_add(&gone, c);
		free(b);
	}
	k->batches_last = &k->batches;
	k->batch_count = 0;
	while ((c = db_list_take(&k->alone)) != NULL)
		db_list_add(&gone, c);
	while ((c = db_list_take(&k->waiting)) != NULL)
		db_list_add(&gone, c);
	k->pending = 0;
	while ((c = db_list_take(&gone)) != NULL)
		db_finish(c, ST_UNAVAILABLE);
}

static void
quiet(void *arg, const char *message)
{
	(void) arg;
	log_debug("database notice=\"%s\"", message);
}

static void
up(db *db, conn *k)
{
	PQsetNoticeProcessor(k->pg, quiet, NULL);
	if (PQsetnonblocking(k->pg, 1) != 0 || PQenterPipelineMode(k->pg) != 1)
	{
		db_lost(db, k, "no pipeline mode");
		return;
	}
	k->state = CONN_UP;
	k->backoff = 0;
	k->renew = false;
	if (k->said_down || log_wants(LOG_LEVEL_DEBUG))
		log_info("database side=%s connected", side_name[k->side]);
	k->said_down = false;
	db_watch(db, k, PQsocket(k->pg), LOOP_READ);
	db->host.wake(db->host.self);
}

static void
go_on_connecting(db *db, conn *k)
{
	PostgresPollingStatusType what;

	/* libpq may close its socket and open another, for the next address, with the same number. */
	db_watch(db, k, -1, 0);
	what = PQconnectPoll(k->pg);
	if (what == PGRES_POLLING_OK)
		up(db, k);
	else if (what == PGRES_POLLING_FAILED)
		db_lost(db, k, PQerrorMessage(k->pg));
	else
		db_watch(db, k, PQsocket(k->pg), what == PGRES_POLLING_WRITING ? LOOP_WRITE : LOOP_READ);
}

static void
start_connecting(db *db, conn *k)
{
	const char *names[] = {"dbname", "client_encoding", "fallback_application_name", NULL};
	const char *values[] = {k->side == DB_READ ? db->read_conninfo : NULL, "UTF8", "fota", NULL};

	k->pg = PQconnectStartParams(names, values, 1);
	k->since = loop_now();
	k->state = CONN_CONNECTING;
	if (k->pg == NULL)
		db_lost(db, k, "no memory");
	else if (PQstatus(k->pg) == CONNECTION_BAD)
		db_lost(db, k, PQerrorMessage(k->pg));
	else
		db_watch(db, k, PQsocket(k->pg), LOOP_WRITE);
}

/* ---- outside ---- */

db *
db_open(const loop_host *host, const char *read_conninfo, unsigned max_queue)
{
	db		   *db = calloc(1, sizeof *db);

	if (db == NULL)
		abort();
	db->host = *host;
	db->max_queue = max_queue;
	db->prepare = cfg_switch("FOTA_PG_PREPARE", true);
	db->read_conninfo = read_conninfo ? strdup(read_conninfo) : NULL;
	db_list_init(&db->refused);
	for (int i = 0; i < 2; i++)
	{
		conn	   *k = &db->conn[i];

		k->side = (db_side) i;
		k->fd = -1;
		db_list_init(&k->waiting);
		db_list_init(&k->alone);
		k->batches_last = &k->batches;
	}
	host->wake(host->self);
	return db;
}

void
db_close(db *db)
{
	call	   *c;

	if (db == NULL)
		return;
	for (int i = 0; i < 2; i++)
	{
		db->conn[i].said_down = true;
		db_lost(db, &db->conn[i], "closed");
	}
	while ((c = db_list_take(&db->refused)) != NULL)
		db_finish(c, ST_UNAVAILABLE);
	free(db->read_conninfo);
	free(db);
}

void
db_call(db *db, db_side side, const db_statement *statement, db_args *args, db_done done, void *arg)
{
	conn	   *k = &db->conn[side];
	call	   *c = calloc(1, sizeof *c);

	if (c == NULL || args->count != statement->params)
		abort();
	c->statement = statement;
	c->args = *args;
	c->done = done;
	c->arg = arg;
	if (k->state != CONN_UP || (k->pending >= db->max_queue && !statement->urgent))
		db_list_add(&db->refused, c);
	else
	{
		k->pending++;
		if (statement->urgent)
			db_list_push(&k->waiting, c);
		else
			db_list_add(&k->waiting, c);
	}
	db->host.wake(db->host.self);
}

void
db_ready(db *db, int slot, unsigned events)
{
	conn	   *k = &db->conn[slot];

	if (k->state == CONN_CONNECTING)
	{
		go_on_connecting(db, k);
		return;
	}
	if (k->state != CONN_UP)
		return;
	if (events & LOOP_READ)
	{
		if (PQconsumeInput(k->pg) != 1)
		{
			db_lost(db, k, PQerrorMessage(k->pg));
			return;
		}
		db_take_answers(db, k);
	}
	if (k->state == CONN_UP)
		db_flush(db, k);
}

/* Time-driven work of one connection; returns milliseconds until the next. */
static int
turn_conn(db *db, conn *k)
{
	int64_t		now = loop_now();
	int64_t		left;

	if (k->state == CONN_DOWN && now >= k->retry_at)
		start_connecting(db, k);
	if (k->state == CONN_CONNECTING && now - k->since >= CONNECT_TIMEOUT)
		db_lost(db, k, "no answer to the connection request");
	if (k->state == CONN_UP && k->batches != NULL && now - k->batches->sent_at >= ANSWER_TIMEOUT)
		db_lost(db, k, "no answer for 10 s");
	if (k->state == CONN_UP)
		db_send_waiting(db, k);
	left = 1000;
	if (k->state == CONN_DOWN)
		left = k->retry_at - now;
	else if (k->state == CONN_CONNECTING)
		left = k->since + CONNECT_TIMEOUT - now;
	return left < 1 ? 1 : (int) (left > 1000 ? 1000 : left);
}

int
db_turn(db *db)
{
	call_list	refused = db->refused;
	int			wait;

	if (refused.first == NULL)
		refused.last = &refused.first;
	db_list_init(&db->refused);
	for (call *c = refused.first, *next; c != NULL; c = next)
	{
		next = c->next;
		db_finish(c, ST_UNAVAILABLE);
	}
	wait = turn_conn(db, &db->conn[DB_READ]);
	{
		int			other = turn_conn(db, &db->conn[DB_WRITE]);

		if (other < wait)
			wait = other;
	}
	return db->refused.first != NULL ? 0 : wait;
}

bool
db_up(const db *db, db_side side)
{
	return db->conn[side].state == CONN_UP;
}

bool
db_full(const db *db)
{
	return db->conn[DB_READ].pending >= db->max_queue || db->conn[DB_WRITE].pending >= db->max_queue;
}

unsigned
db_pending(const db *db)
{
	return db->conn[DB_READ].pending + db->conn[DB_WRITE].pending;
}

void
db_renew(db *db)
{
	db->conn[DB_READ].renew = db->conn[DB_WRITE].renew = true;
	db->host.wake(db->host.self);
}

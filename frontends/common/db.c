/* SPDX-License-Identifier: PostgreSQL */
/*
 * db.c: two pipelined connections. A call waits in `waiting`, is sent as a member of a
 * batch, and gets its answer when the batch's sync has come. Members of a failed batch
 * go to `alone` and are sent again as batches of one.
 *
 * An error also undoes the members before it (one implicit transaction), so nothing is
 * told to anybody before the sync.
 */
#include "db.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cfg.h"
#include "cred.h"
#include "log.h"

#define BATCH_MAX 64
#define BATCHES_MAX 8			/* on their way at once, per connection */
#define STATEMENTS_MAX 48
#define ANSWER_TIMEOUT 10000	/* ms: a server that says nothing for so long is lost */
#define CONNECT_TIMEOUT 5000
#define BACKOFF_MIN 100
#define BACKOFF_MAX 2000
#define TRIES_MAX 3

typedef struct call
{
	struct call *next;
	const db_statement *statement;
	db_args		args;
	db_done		done;
	void	   *arg;
	PGresult   *result;
	int			tries;
} call;

typedef struct call_list
{
	call	   *first, **last;
} call_list;

/* One result that is still to come; call NULL: of a Parse. */
typedef struct entry
{
	call	   *call;
	int			statement;
} entry;

typedef struct batch
{
	struct batch *next;
	int			entries, at;
	bool		failed;
	char		sqlstate[6];
	int64_t		sent_at;
	call_list	members;
	entry		entry[2 * BATCH_MAX];
} batch;

typedef enum conn_state
{
	CONN_DOWN, CONN_CONNECTING, CONN_UP
} conn_state;

typedef struct conn
{
	db_side		side;
	conn_state	state;
	PGconn	   *pg;
	int			fd;
	unsigned	events;
	int64_t		since;			/* of connecting */
	int64_t		retry_at;
	int			backoff;
	bool		said_down, renew;
	call_list	waiting, alone;
	batch	   *batches, **batches_last;
	int			batch_count;
	unsigned	pending;
	struct
	{
		const db_statement *statement;
		bool		prepared;
	}			known[STATEMENTS_MAX];
	int			known_count;
} conn;

struct db
{
	loop_host	host;
	conn		conn[2];
	char	   *read_conninfo;
	unsigned	max_queue;
	bool		prepare;
	call_list	refused;		/* to be told ST_UNAVAILABLE in the next turn */
};

static const char *const side_name[] = {"read", "write"};

static void
list_init(call_list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

static void
list_add(call_list *list, call *c)
{
	c->next = NULL;
	*list->last = c;
	list->last = &c->next;
}

static void
list_push(call_list *list, call *c)
{
	c->next = list->first;
	list->first = c;
	if (c->next == NULL)
		list->last = &c->next;
}

static call *
list_take(call_list *list)
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

/* Tells the caller and frees the call. */
static void
finish(call *c, status_word word)
{
	if (c->args.data != NULL)
		free(c->args.data);
	c->done(c->arg, word, word == ST_OK ? c->result : NULL);
	PQclear(c->result);
	free(c);
}

/* ---- watching ---- */

static void
watch(db *db, conn *k, int fd, unsigned events)
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

static void
lost(db *db, conn *k, const char *why)
{
	call_list	gone;
	call	   *c;
	uint8_t		jitter = 0;

	watch(db, k, -1, 0);
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

	list_init(&gone);
	while (k->batches != NULL)
	{
		batch	   *b = k->batches;

		k->batches = b->next;
		while ((c = list_take(&b->members)) != NULL)
			list_add(&gone, c);
		free(b);
	}
	k->batches_last = &k->batches;
	k->batch_count = 0;
	while ((c = list_take(&k->alone)) != NULL)
		list_add(&gone, c);
	while ((c = list_take(&k->waiting)) != NULL)
		list_add(&gone, c);
	k->pending = 0;
	while ((c = list_take(&gone)) != NULL)
		finish(c, ST_UNAVAILABLE);
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
		lost(db, k, "no pipeline mode");
		return;
	}
	k->state = CONN_UP;
	k->backoff = 0;
	k->renew = false;
	if (k->said_down || log_wants(LOG_LEVEL_DEBUG))
		log_info("database side=%s connected", side_name[k->side]);
	k->said_down = false;
	watch(db, k, PQsocket(k->pg), LOOP_READ);
	db->host.wake(db->host.self);
}

static void
go_on_connecting(db *db, conn *k)
{
	PostgresPollingStatusType what;

	/* libpq may close its socket and open another, for the next address, with the same number. */
	watch(db, k, -1, 0);
	what = PQconnectPoll(k->pg);
	if (what == PGRES_POLLING_OK)
		up(db, k);
	else if (what == PGRES_POLLING_FAILED)
		lost(db, k, PQerrorMessage(k->pg));
	else
		watch(db, k, PQsocket(k->pg), what == PGRES_POLLING_WRITING ? LOOP_WRITE : LOOP_READ);
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
		lost(db, k, "no memory");
	else if (PQstatus(k->pg) == CONNECTION_BAD)
		lost(db, k, PQerrorMessage(k->pg));
	else
		watch(db, k, PQsocket(k->pg), LOOP_WRITE);
}

/* ---- sending ---- */

/* Number of the statement on this connection, or -1 when it is to be sent unprepared. */
static int
known_statement(db *db, conn *k, const db_statement *statement)
{
	if (!db->prepare)
		return -1;
	for (int i = 0; i < k->known_count; i++)
		if (k->known[i].statement == statement)
			return i;
	if (k->known_count == STATEMENTS_MAX)
		return -1;
	k->known[k->known_count].statement = statement;
	k->known[k->known_count].prepared = false;
	return k->known_count++;
}

/* Sends one call, with its Parse when that has not been sent yet. */
static bool
send_call(db *db, conn *k, batch *b, call *c)
{
	const char *values[DB_PARAMS];
	int			lengths[DB_PARAMS];
	int			formats[DB_PARAMS];
	const char *base = c->args.data ? c->args.data : c->args.small;
	int			n = c->args.count;
	int			number = known_statement(db, k, c->statement);
	int			sent;

	for (int i = 0; i < n; i++)
	{
		values[i] = c->args.at[i].offset < 0 ? NULL : base + c->args.at[i].offset;
		lengths[i] = c->args.at[i].length;
		formats[i] = c->args.at[i].binary;
	}
	if (number >= 0 && !k->known[number].prepared)
	{
		if (PQsendPrepare(k->pg, c->statement->name, c->statement->sql, n, NULL) != 1)
			return false;
		k->known[number].prepared = true;
		b->entry[b->entries].call = NULL;
		b->entry[b->entries++].statement = number;
	}
	if (number >= 0)
		sent = PQsendQueryPrepared(k->pg, c->statement->name, n, values, lengths, formats,
								   c->statement->binary);
	else
		sent = PQsendQueryParams(k->pg, c->statement->sql, n, NULL, values, lengths, formats,
								 c->statement->binary);
	b->entry[b->entries].call = c;
	b->entry[b->entries++].statement = number;
	return sent == 1;
}

/* Sends up to max calls of a list as one batch; false when the connection was lost over it. */
static bool
send_batch(db *db, conn *k, call_list *from, int max)
{
	batch	   *b = calloc(1, sizeof *b);
	bool		good = true;
	call	   *c;

	if (b == NULL)
		abort();
	list_init(&b->members);
	b->sent_at = loop_now();
	*k->batches_last = b;
	k->batches_last = &b->next;
	k->batch_count++;
	for (int i = 0; good && i < max && (c = list_take(from)) != NULL; i++)
	{
		list_add(&b->members, c);
		good = send_call(db, k, b, c);
	}
	if (!good || PQpipelineSync(k->pg) != 1)
	{
		lost(db, k, PQerrorMessage(k->pg));
		return false;
	}
	return true;
}

static void
flush(db *db, conn *k)
{
	int			left = PQflush(k->pg);

	if (left < 0)
		lost(db, k, PQerrorMessage(k->pg));
	else
		watch(db, k, PQsocket(k->pg), LOOP_READ | (left ? LOOP_WRITE : 0));
}

static void
send_waiting(db *db, conn *k)
{
	bool		sent = false;

	if (k->renew)
	{
		if (k->batch_count > 0)
			return;
		k->said_down = true;
		lost(db, k, "renewed");
		return;
	}
	while (k->batch_count < BATCHES_MAX && k->alone.first != NULL)
	{
		if (!send_batch(db, k, &k->alone, 1))
			return;
		sent = true;
	}
	while (k->batch_count < BATCHES_MAX && k->waiting.first != NULL)
	{
		if (!send_batch(db, k, &k->waiting, BATCH_MAX))
			return;
		sent = true;
	}
	if (sent)
		flush(db, k);
}

/* ---- answers ---- */

/* One result of the first batch. */
static void
take_result(conn *k, batch *b, PGresult *r)
{
	ExecStatusType what = PQresultStatus(r);
	bool		good = what == PGRES_TUPLES_OK || what == PGRES_COMMAND_OK;
	entry	   *e = b->at < b->entries ? &b->entry[b->at] : NULL;

	if (!good)
	{
		const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

		b->failed = true;
		if (what != PGRES_PIPELINE_ABORTED)
		{
			snprintf(b->sqlstate, sizeof b->sqlstate, "%s", state ? state : "");
			log_debug("database sqlstate=%s message=\"%s\"", b->sqlstate, PQresultErrorMessage(r));
		}
	}
	if (e != NULL && e->call == NULL && !good)
		k->known[e->statement].prepared = false;
	if (e != NULL && e->call != NULL && e->call->result == NULL)
		e->call->result = r;
	else
		PQclear(r);
}

/* What to do with the only member of a failed batch. */
static void
failed_alone(conn *k, batch *b, call *c)
{
	const char *message = c->result ? PQresultErrorMessage(c->result) : "at commit";

	c->tries++;
	if (status_sqlstate_again(b->sqlstate) && c->tries < TRIES_MAX)
	{
		PQclear(c->result);
		c->result = NULL;
		list_push(&k->alone, c);
		return;
	}
	log_error("database statement=%s sqlstate=%s message=\"%s\"", c->statement->name, b->sqlstate, message);
	k->pending--;
	finish(c, status_of_sqlstate(b->sqlstate));
}

/* The sync of the first batch has come: tell, or run again. */
static void
finish_batch(conn *k)
{
	batch	   *b = k->batches;
	call	   *c;

	k->batches = b->next;
	if (k->batches == NULL)
		k->batches_last = &k->batches;
	k->batch_count--;
	if (b->failed && b->members.first != NULL && b->members.first->next == NULL)
		failed_alone(k, b, list_take(&b->members));
	while ((c = list_take(&b->members)) != NULL)
	{
		if (b->failed)
		{
			PQclear(c->result);
			c->result = NULL;
			list_add(&k->alone, c);
		}
		else
		{
			k->pending--;
			finish(c, c->result ? ST_OK : ST_UNAVAILABLE);
		}
	}
	free(b);
}

static void
take_answers(db *db, conn *k)
{
	bool		last_was_null = false;

	while (k->state == CONN_UP && k->batches != NULL && !PQisBusy(k->pg))
	{
		PGresult   *r = PQgetResult(k->pg);
		batch	   *b = k->batches;

		if (r == NULL)
		{
			if (last_was_null)
				break;
			last_was_null = true;
			b->at++;
			continue;
		}
		if (PQresultStatus(r) == PGRES_PIPELINE_SYNC)
		{
			PQclear(r);
			finish_batch(k);
			last_was_null = false;
			continue;
		}
		last_was_null = false;
		take_result(k, b, r);
	}
	if (k->state == CONN_UP && PQstatus(k->pg) != CONNECTION_OK)
		lost(db, k, PQerrorMessage(k->pg));
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
	list_init(&db->refused);
	for (int i = 0; i < 2; i++)
	{
		conn	   *k = &db->conn[i];

		k->side = (db_side) i;
		k->fd = -1;
		list_init(&k->waiting);
		list_init(&k->alone);
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
		lost(db, &db->conn[i], "closed");
	}
	while ((c = list_take(&db->refused)) != NULL)
		finish(c, ST_UNAVAILABLE);
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
		list_add(&db->refused, c);
	else
	{
		k->pending++;
		if (statement->urgent)
			list_push(&k->waiting, c);
		else
			list_add(&k->waiting, c);
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
			lost(db, k, PQerrorMessage(k->pg));
			return;
		}
		take_answers(db, k);
	}
	if (k->state == CONN_UP)
		flush(db, k);
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
		lost(db, k, "no answer to the connection request");
	if (k->state == CONN_UP && k->batches != NULL && now - k->batches->sent_at >= ANSWER_TIMEOUT)
		lost(db, k, "no answer for 10 s");
	if (k->state == CONN_UP)
		send_waiting(db, k);
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
	list_init(&db->refused);
	for (call *c = refused.first, *next; c != NULL; c = next)
	{
		next = c->next;
		finish(c, ST_UNAVAILABLE);
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

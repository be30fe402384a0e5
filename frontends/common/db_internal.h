/* SPDX-License-Identifier: PostgreSQL */
/*
 * db_internal.h: what the files of db share: db.c has connections and what callers see,
 * db_batch.c the way of calls to PostgreSQL and back.
 *
 * A call is owned by the one list that it is in, until it is finished. A connection owns
 * its batches; a batch has one entry per result that is still to come.
 */
#ifndef COMMON_DB_INTERNAL_H
#define COMMON_DB_INTERNAL_H

#include <libpq-fe.h>

#include "db.h"

#define BATCH_MAX 64
#define BATCHES_MAX 8			/* on their way at once, per connection */
#define STATEMENTS_MAX 48

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

void		db_list_init(call_list *list);
void		db_list_add(call_list *list, call *c);
void		db_list_push(call_list *list, call *c);
call	   *db_list_take(call_list *list);

/* Tells the caller and frees the call. */
void		db_finish(call *c, status_word word);
/* Gives the connection up: all its calls are told ST_UNAVAILABLE. */
void		db_lost(db *db, conn *k, const char *why);
void		db_watch(db *db, conn *k, int fd, unsigned events);

/* Sends what waits, as far as there is room; flushes what libpq holds back; takes what came. */
void		db_send_waiting(db *db, conn *k);
void		db_flush(db *db, conn *k);
void		db_take_answers(db *db, conn *k);

#endif

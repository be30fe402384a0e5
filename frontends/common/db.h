/* SPDX-License-Identifier: PostgreSQL */
/*
 * db.h: PostgreSQL from an event loop: one pipelined read connection (FOTA_PG_READ,
 * may be a standby) and one write connection (PG*, the primary).
 *
 * Calls queued during one turn of the loop are sent together and end with one
 * PQpipelineSync, hence are one implicit transaction: an answer is given only when the
 * whole batch is committed, and the members of a batch in which one fails are run
 * again one by one. Lost connections are made again with a back-off; calls under way
 * or made meanwhile get ST_UNAVAILABLE. Statements are prepared on first use
 * (FOTA_PG_PREPARE=off: never, for poolers in transaction mode).
 *
 * Callbacks are called from db_turn or db_ready, never from db_call itself.
 * All calls with one db are made by one thread.
 */
#ifndef FE_DB_H
#define FE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"
#include "status.h"

typedef struct db db;
typedef struct pg_result PGresult;	/* libpq's */

typedef enum db_side
{
	DB_READ, DB_WRITE
} db_side;

/* A statement; lives for ever (static). Parameters are cast in the text: $1::int. */
typedef struct db_statement
{
	const char *name;
	const char *sql;
	int			params;
	bool		binary;			/* ask for binary results */
	bool		urgent;			/* ours, not a device's: goes first, and in when the queue is full */
} db_statement;

#define DB_PARAMS 16

/* Collects parameters of one call; the values are copied. */
typedef struct db_args
{
	int			count;
	size_t		used;
	struct
	{
		long		offset;		/* -1 = NULL */
		int			length;
		int			binary;
	}			at[DB_PARAMS];
	char	   *data;			/* small[] or malloc'ed */
	size_t		room;
	char		small[512];
} db_args;

void		db_args_init(db_args *args);
void		db_null(db_args *args);
void		db_int(db_args *args, int64_t value);
void		db_bool(db_args *args, bool value);
/* NULL stays NULL. The text must be valid UTF-8 without NUL. */
void		db_text(db_args *args, const char *text);
void		db_text_n(db_args *args, const char *text, size_t size);
/* bytea; data NULL is NULL. */
void		db_bytes(db_args *args, const void *data, size_t size);

/*
 * word is ST_OK when there is a result (whose rows have their own status column), else
 * ST_UNAVAILABLE and result is NULL. The result is freed afterwards.
 */
typedef void (*db_done) (void *arg, status_word word, const PGresult *result);

/* conninfo of the read side: NULL = as PG* say. Connects in the background. */
db		   *db_open(const loop_host *host, const char *read_conninfo, unsigned max_queue);
void		db_close(db *db);
/* Takes the arguments over (also when it fails, which the callback is told). */
void		db_call(db *db, db_side side, const db_statement *statement, db_args *args,
					db_done done, void *arg);
void		db_ready(db *db, int slot, unsigned events);
/* Sends what is queued, reconnects, times out; returns the milliseconds until it wants to be called. */
int			db_turn(db *db);
bool		db_up(const db *db, db_side side);
/* The queue has no room: refuse work early. */
bool		db_full(const db *db);
/* Calls under way, for draining. */
unsigned	db_pending(const db *db);
/* Closes and connects again when nothing is under way (after an upgrade of the server's code). */
void		db_renew(db *db);

/* Columns of text results; a NULL gives the fallback. */
const char *db_get_text(const PGresult *r, int row, const char *column, const char *fallback);
int64_t		db_get_int(const PGresult *r, int row, const char *column, int64_t fallback);
bool		db_get_bool(const PGresult *r, int row, const char *column);
bool		db_is_null(const PGresult *r, int row, const char *column);
/* bytea into out[room]; returns its size, 0 for NULL or when it is larger than room. */
size_t		db_get_bytes(const PGresult *r, int row, const char *column, void *out, size_t room);
/* timestamptz selected as extract(epoch): seconds. */
status_word db_get_status(const PGresult *r);

#endif

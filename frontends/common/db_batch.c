/* SPDX-License-Identifier: PostgreSQL */
/*
 * db_batch.c: a call is sent as a member of a batch, and gets its answer when the batch's
 * sync has come. Members of a failed batch go to `alone` and are sent again as batches of one.
 *
 * An error also undoes the members before it (one implicit transaction), so nothing is
 * told to anybody before the sync.
 */
#include "db_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "log.h"

#define TRIES_MAX 3

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
	db_list_init(&b->members);
	b->sent_at = loop_now();
	*k->batches_last = b;
	k->batches_last = &b->next;
	k->batch_count++;
	for (int i = 0; good && i < max && (c = db_list_take(from)) != NULL; i++)
	{
		db_list_add(&b->members, c);
		good = send_call(db, k, b, c);
	}
	if (!good || PQpipelineSync(k->pg) != 1)
	{
		db_lost(db, k, PQerrorMessage(k->pg));
		return false;
	}
	return true;
}

void
db_flush(db *db, conn *k)
{
	int			left = PQflush(k->pg);

	if (left < 0)
		db_lost(db, k, PQerrorMessage(k->pg));
	else
		db_watch(db, k, PQsocket(k->pg), LOOP_READ | (left ? LOOP_WRITE : 0));
}

void
db_send_waiting(db *db, conn *k)
{
	bool		sent = false;

	if (k->renew)
	{
		if (k->batch_count > 0)
			return;
		k->said_down = true;
		db_lost(db, k, "renewed");
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
		db_flush(db, k);
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
		db_list_push(&k->alone, c);
		return;
	}
	log_error("database statement=%s sqlstate=%s message=\"%s\"", c->statement->name, b->sqlstate, message);
	k->pending--;
	db_finish(c, status_of_sqlstate(b->sqlstate));
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
		failed_alone(k, b, db_list_take(&b->members));
	while ((c = db_list_take(&b->members)) != NULL)
	{
		if (b->failed)
		{
			PQclear(c->result);
			c->result = NULL;
			db_list_add(&k->alone, c);
		}
		else
		{
			k->pending--;
			db_finish(c, c->result ? ST_OK : ST_UNAVAILABLE);
		}
	}
	free(b);
}

void
db_take_answers(db *db, conn *k)
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
		db_lost(db, k, PQerrorMessage(k->pg));
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * pg.h: PostgreSQL as the worker sees it: one C function per function of schema fota_worker, each one
 * statement with parameters. Where the server is, the PG* environment says.
 *
 * PG_ERROR fills *error: its code is an SQLSTATE, 08006 when the connection failed.
 */
#ifndef WORKER_PG_H
#define WORKER_PG_H

#include "job.h"

typedef enum pg_answer
{
	PG_OK,
	PG_NONE,					/* claim: no job is due; read: no chunk */
	PG_LOST,
	PG_ERROR
} pg_answer;

/* NULL after an error. */
PGconn	   *pg_open(job_error *error);
/* LISTEN; a failure means only that nobody wakes us. */
void		pg_listen(PGconn *conn);

/* Claims a job for so many seconds; fills what comes from the specification. */
pg_answer	pg_claim(PGconn *conn, const char *worker, int lease, job *out, job_error *error);
pg_answer	pg_renew(PGconn *conn, const job *job, int lease, job_error *error);
/* Rows (chunk_no, data) in binary; the caller clears *out. */
pg_answer	pg_read(const job *job, int64_t blob_id, int chunk_no, int count, PGresult **out, job_error *error);
pg_answer	pg_put(const job *job, int chunk_no, const void *data, size_t size, job_error *error);
pg_answer	pg_finish(const job *job, const char *result, job_error *error);
/* Tells why a job failed. */
pg_answer	pg_fail(PGconn *conn, const job *job, const job_error *why, job_error *error);

#endif

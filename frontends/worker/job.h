/* SPDX-License-Identifier: PostgreSQL */
/*
 * job.h: one job of fota.job as the worker holds it, and the three kinds of work.
 *
 * The loop (job_loop.c) claims a job and runs it in a process of its own (job_child.c), where memory and
 * CPU time are limited: what hostile input can break there is that process. It reads and writes chunks of
 * 256 KiB by its own connection; sizes are bytes, digests raw.
 *
 * A function that can fail returns a job_end; for JOB_FAILED job->error says why.
 */
#ifndef WORKER_JOB_H
#define WORKER_JOB_H

#include "image.h"

#include <libpq-fe.h>

#define JOB_CHUNK 262144

typedef enum job_end
{
	JOB_DONE,
	JOB_FAILED,
	JOB_LOST					/* the lease is over, another worker may have it: say nothing more */
} job_end;

/* What becomes fota.job.error. */
typedef struct job_error
{
	char		code[8];		/* "UF002", or an SQLSTATE */
	bool		again;			/* may do better at another time */
	char		message[FOTA_MESSAGE_SIZE];
	char		detail[FOTA_MESSAGE_SIZE];
	char		hint[FOTA_MESSAGE_SIZE];
} job_error;

typedef struct job_blob
{
	int64_t		id;
	uint64_t	size;
	uint8_t		sha256[FOTA_SHA256_SIZE];
} job_blob;

#define JOB_LAYOUTS 65536

typedef struct job
{
	int			tenant_id;
	int64_t		job_id;
	int			attempt;
	char		kind[16];		/* decode, delta, digest */
	char		problem[64];	/* what the specification lacks, or "" */

	job_blob	file;			/* decode, digest */
	char		format[32];		/* decode: "" = find out; delta: name of the delta format */
	char		waivers[512];	/* decode: one per line */
	char		layouts[JOB_LAYOUTS];	/* decode: JSON, or "" */
	fota_payload_spec payload;	/* decode */

	job_blob	source;			/* delta */
	job_blob	target;
	uint32_t	params[8];		/* delta: what follows the number of the format */
	size_t		param_count;

	/* Of the process that does it. */
	PGconn	   *conn;
	fota_ctx	ctx;
	fota_buf	result;			/* JSON for finish */
	int			next_chunk;		/* of the result's bytes */
	job_error	error;
} job;

/* The kinds of work: read, compute, put the result's bytes, fill job->result. */
job_end		job_decode(job *job);
job_end		job_delta(job *job);
job_end		job_digest(job *job);

/*
 * The process of a job: limits itself, connects, does the work and tells PostgreSQL. memory: most bytes
 * it may use; cpu: most seconds of CPU time. Returns the exit status, one of job_exit.
 */
int			job_child(job *job, size_t memory, long cpu);

enum job_exit
{
	JOB_EXIT_TOLD = 0,			/* PostgreSQL knows how it ended, or somebody else has it */
	JOB_EXIT_UNTOLD = 3			/* the connection failed */
};

/* Take over an error; all return JOB_FAILED. */
job_end		job_fail(job *job, const char *code, bool again, const char *format, ...)
			__attribute__((format(printf, 4, 5)));
/* What the core found. */
job_end		job_fail_core(job *job);

#endif

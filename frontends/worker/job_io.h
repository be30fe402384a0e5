/* SPDX-License-Identifier: PostgreSQL */
/*
 * job_io.h: the bytes of a job: blobs read as a stream of chunks, checked against their size and SHA-256,
 * and the result's bytes written in chunks. Memory is flat: one message of a few chunks is held.
 */
#ifndef WORKER_JOB_IO_H
#define WORKER_JOB_IO_H

#include "job.h"

/* Takes the next bytes of a blob; anything but JOB_DONE ends the reading. */
typedef job_end (*job_sink) (void *arg, const uint8_t *data, size_t size);

/* Reads a whole blob; JOB_FAILED UF003 when a chunk is missing, UF002 when its SHA-256 is another. */
job_end		job_read(job *job, const job_blob *blob, job_sink sink, void *arg);
/* Reads a whole blob into memory of job->ctx. */
job_end		job_read_all(job *job, const job_blob *blob, uint8_t **data);
/* The first chunk, not checked; *size is at most room. */
job_end		job_peek(job *job, const job_blob *blob, uint8_t *data, size_t room, size_t *size);

/* Puts the result's bytes; the whole of it in one call. */
job_end		job_put_all(job *job, const void *data, size_t size);

/* MD5, SHA-1 and, where nobody else has computed it, SHA-256 of the same bytes. */
typedef struct job_digests
{
	int			count;			/* 2 or 3 */
	fota_hash	hash[3];
	uint8_t		sha256[FOTA_SHA256_SIZE];
	uint8_t		sha1[FOTA_SHA1_SIZE];
	uint8_t		md5[FOTA_MD5_SIZE];
} job_digests;

job_end		job_digests_begin(job *job, job_digests *d, int count);
job_end		job_digests_update(job *job, job_digests *d, const void *data, size_t size);
job_end		job_digests_end(job *job, job_digests *d);
/* All three of bytes in memory. */
job_end		job_digests_of(job *job, job_digests *d, const void *data, size_t size);

/* Append to job->result: text as it is, `"name":"hex"`, `"name":number`. */
job_end		job_result(job *job, const char *text);
job_end		job_result_hex(job *job, const char *name, const void *data, size_t size);
job_end		job_result_number(job *job, const char *name, uint64_t value);

#endif

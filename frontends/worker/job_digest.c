/* SPDX-License-Identifier: PostgreSQL */
/* job_digest.c: SHA-1 and MD5 of a stored file, which DDI needs. Memory is flat. */
#include "job_io.h"

typedef struct digesting
{
	job		   *job;
	job_digests digests;
} digesting;

static job_end
take(void *arg, const uint8_t *data, size_t size)
{
	digesting  *d = arg;

	return job_digests_update(d->job, &d->digests, data, size);
}

job_end
job_digest(job *job)
{
	digesting	d = {.job = job};
	job_end		end = job_digests_begin(job, &d.digests, 2);

	if (end == JOB_DONE)
		end = job_read(job, &job->file, take, &d);
	if (end == JOB_DONE)
		end = job_digests_end(job, &d.digests);
	if (end == JOB_DONE)
		end = job_result(job, "{");
	if (end == JOB_DONE)
		end = job_result_hex(job, "sha1", d.digests.sha1, sizeof(d.digests.sha1));
	if (end == JOB_DONE)
		end = job_result_hex(job, "md5", d.digests.md5, sizeof(d.digests.md5));
	return end == JOB_DONE ? job_result(job, "}") : end;
}

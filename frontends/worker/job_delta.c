/* SPDX-License-Identifier: PostgreSQL */
/*
 * job_delta.c: makes a delta between two stored payloads. It is applied once, and what comes out must have
 * the target's SHA-256, before a byte of it is put.
 */
#include "job_io.h"

#include "delta.h"

#include <stdio.h>
#include <string.h>

static const fota_delta_format *
find_format(job *job)
{
	const fota_delta_format *format = fota_delta_find(job->format);

	if (format == NULL)
	{
		job_fail(job, "UF007", false, "delta format \"%s\" is not known", job->format);
		snprintf(job->error.hint, sizeof(job->error.hint), "A newer fota-worker may know it.");
	}
	return format;
}

/* Applies the delta to the source and compares. */
static job_end
prove(job *job, const fota_delta_format *format, fota_bytes source, fota_bytes delta)
{
	uint8_t		digest[FOTA_SHA256_SIZE];
	fota_buf	rebuilt;

	if (format->apply(&job->ctx, source, delta, job->target.size, &rebuilt) != FOTA_OK ||
		fota_sha256(&job->ctx, rebuilt.data, rebuilt.size, digest) != FOTA_OK)
		return job_fail_core(job);
	fota_buf_free(&job->ctx, &rebuilt);
	if (memcmp(digest, job->target.sha256, sizeof(digest)) == 0)
		return JOB_DONE;
	return job_fail(job, "XX000", false, "the %s delta does not rebuild its target", format->name);
}

static job_end
tell(job *job, fota_bytes delta)
{
	job_digests digests;
	job_end		end = job_digests_of(job, &digests, delta.data, delta.size);

	if (end == JOB_DONE)
		end = job_put_all(job, delta.data, delta.size);
	if (end == JOB_DONE)
		end = job_result(job, "{");
	if (end == JOB_DONE)
		end = job_result_hex(job, "sha256", digests.sha256, sizeof(digests.sha256));
	if (end == JOB_DONE)
		end = job_result_hex(job, "sha1", digests.sha1, sizeof(digests.sha1));
	if (end == JOB_DONE)
		end = job_result_hex(job, "md5", digests.md5, sizeof(digests.md5));
	if (end == JOB_DONE)
		end = job_result_number(job, "size", delta.size);
	return end == JOB_DONE ? job_result(job, "}") : end;
}

job_end
job_delta(job *job)
{
	const fota_delta_format *format = find_format(job);
	fota_bytes	source = {NULL, (size_t) job->source.size};
	fota_bytes	target = {NULL, (size_t) job->target.size};
	fota_buf	delta;
	uint8_t    *held;
	job_end		end;

	if (format == NULL)
		return JOB_FAILED;
	if ((end = job_read_all(job, &job->source, &held)) != JOB_DONE)
		return end;
	source.data = held;
	if ((end = job_read_all(job, &job->target, &held)) != JOB_DONE)
		return end;
	target.data = held;
	if (format->make(&job->ctx, source, target, job->params, job->param_count, &delta) != FOTA_OK)
		return job_fail_core(job);
	fota_free(&job->ctx, held);
	end = prove(job, format, source, (fota_bytes) {delta.data, delta.size});
	return end == JOB_DONE ? tell(job, (fota_bytes) {delta.data, delta.size}) : end;
}

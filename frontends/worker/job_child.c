/* SPDX-License-Identifier: PostgreSQL */
/*
 * job_child.c: the process of one job. The kernel gives it no more memory than it may have, and ends it when
 * it takes more CPU time.
 */
#include "job.h"

#include "core_ctx.h"
#include "log.h"
#include "loop.h"
#include "pg.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define BESIDES (192ull << 20)	/* address space for libraries, stack and messages */
#define RESULT_MAX (16u << 20)

#if defined(__SANITIZE_ADDRESS__)
#define LIMIT_SPACE 0			/* the sanitizer's shadow takes terabytes of address space */
#else
#define LIMIT_SPACE 1
#endif

static void
limit_process(size_t memory, long cpu)
{
	struct rlimit space = {memory + BESIDES, memory + BESIDES};
	struct rlimit time = {(rlim_t) cpu, (rlim_t) cpu + 5};
	struct rlimit core = {0, 0};

	if (LIMIT_SPACE)
		setrlimit(RLIMIT_AS, &space);
	setrlimit(RLIMIT_CPU, &time);
	setrlimit(RLIMIT_CORE, &core);
}

static const struct
{
	const char *kind;
	job_end		(*run) (job *job);
}			kinds[] = {
	{"decode", job_decode},
	{"delta", job_delta},
	{"digest", job_digest},
};

static job_end
run(job *job)
{
	if (job->problem[0] != '\0')
		return job_fail(job, "XX000", false, "malformed job: %s", job->problem);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(job->kind, kinds[i].kind) == 0)
			return kinds[i].run(job);
	job_fail(job, "0A000", false, "this worker knows no jobs of kind \"%s\"", job->kind);
	snprintf(job->error.hint, sizeof(job->error.hint), "Use a fota-worker of the schema's version.");
	return JOB_FAILED;
}

/* Finishes the job, or says why it failed. */
static job_end
tell(job *job, job_end end)
{
	job_error	why;

	if (end == JOB_DONE)
	{
		job->result.data[job->result.size] = '\0';
		switch (pg_finish(job, (const char *) job->result.data, &job->error))
		{
			case PG_OK:
				return JOB_DONE;
			case PG_LOST:
				return JOB_LOST;
			default:
				end = JOB_FAILED;
		}
	}
	if (end == JOB_FAILED && pg_fail(job->conn, job, &job->error, &why) == PG_LOST)
		return JOB_LOST;
	return end;
}

/* One line per job. */
static void
say(const job *job, job_end end, int64_t begun)
{
	static const char *const words[] = {"done", "failed", "lost"};
	struct rusage used = {0};

	getrusage(RUSAGE_SELF, &used);
	if (end == JOB_FAILED)
		log_info("job=%lld tenant=%d kind=%s attempt=%d failed code=%s again=%s message=\"%s\"",
				 (long long) job->job_id, job->tenant_id, job->kind, job->attempt, job->error.code,
				 job->error.again ? "yes" : "no", job->error.message);
	else
		log_info("job=%lld tenant=%d kind=%s attempt=%d %s ms=%lld peak_kib=%ld", (long long) job->job_id,
				 job->tenant_id, job->kind, job->attempt, words[end], (long long) (loop_now() - begun), used.ru_maxrss);
}

int
job_child(job *job, size_t memory, long cpu)
{
	int64_t		begun = loop_now();
	job_end		end;

	limit_process(memory, cpu);
	core_ctx_init(&job->ctx, memory);
	fota_buf_init(&job->result, RESULT_MAX);
	job->conn = pg_open(&job->error);
	if (job->conn == NULL)
	{
		say(job, JOB_FAILED, begun);
		return JOB_EXIT_UNTOLD;
	}
	end = run(job);
	if (end == JOB_DONE && fota_buf_reserve(&job->ctx, &job->result, 1) != FOTA_OK)
		end = job_fail_core(job);
	end = tell(job, end);
	say(job, end, begun);
	return PQstatus(job->conn) == CONNECTION_OK ? JOB_EXIT_TOLD : JOB_EXIT_UNTOLD;
}

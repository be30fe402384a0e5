/* SPDX-License-Identifier: PostgreSQL */
/*
 * job_loop.h: the life of a worker: claims one job after the other, has each done by a process of its own,
 * and renews the lease meanwhile. main.c fills the configuration and calls it once.
 */
#ifndef WORKER_JOB_LOOP_H
#define WORKER_JOB_LOOP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct worker_config
{
	char		name[80];		/* who has a job: host:pid */
	size_t		memory;			/* bytes that one job may use */
	long		cpu;			/* seconds of CPU time of one job */
	int			lease;			/* seconds until a silent worker has lost its job */
	int			poll_ms;		/* how often to look for a job */
	bool		listen;			/* a notification on fota_job wakes us earlier */
} worker_config;

/* Returns after SIGTERM or SIGINT, when the job at hand is finished or given back. */
void		job_loop(const worker_config *config);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * main.c of fota-worker: reads the configuration and runs the loop until SIGTERM. The worker decodes
 * uploaded images, makes deltas and computes digests; it decides nothing.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cfg.h"
#include "job_loop.h"
#include "log.h"

int
main(int argc, char **argv)
{
	worker_config config;
	char		host[48] = "";

	cfg_arguments(argc, argv, "fota-worker");
	log_open("worker");
	signal(SIGPIPE, SIG_IGN);
	srand((unsigned) time(NULL) ^ (unsigned) getpid());
	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		snprintf(host, sizeof(host), "worker");
	snprintf(config.name, sizeof(config.name), "%s:%ld", host, (long) getpid());
	config.memory = (size_t) cfg_number("FOTA_WORKER_MEMORY_MB", 2048, 16, 1 << 20) << 20;
	config.cpu = cfg_number("FOTA_WORKER_CPU", 3600, 1, 1000000);
	config.lease = (int) cfg_number("FOTA_WORKER_LEASE", 60, 3, 3600);
	config.poll_ms = (int) cfg_number("FOTA_WORKER_POLL", 1000, 10, 3600000);
	config.listen = cfg_switch("FOTA_PG_PREPARE", true);
	log_info("ready name=%s memory_mb=%zu lease=%d", config.name, config.memory >> 20, config.lease);
	job_loop(&config);
	log_info("stopped");
	return 0;
}

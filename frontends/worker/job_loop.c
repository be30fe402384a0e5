/* SPDX-License-Identifier: PostgreSQL */
/*
 * job_loop.c: claims, forks, renews, waits. One connection, one job at a time; whoever wants more starts
 * more workers.
 *
 *	idle:		claim every poll_ms, earlier when notified; connection lost: connect again, more and more
 *				seldom
 *	at work:	renew at a third of the lease; lost: kill the process. It ends without having told
 *				PostgreSQL: tell why
 *	to stop:	wait 10 s for the process, then kill it and give the job back
 *
 * Signals arrive by a descriptor only, so that nothing here is interrupted.
 */
#include "job_loop.h"

#include "job.h"
#include "log.h"
#include "loop.h"
#include "pg.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define DRAIN_MS 10000
#define BACKOFF_MS 500
#define BACKOFF_MAX_MS 10000

typedef struct worker
{
	const worker_config *config;
	PGconn	   *conn;			/* NULL = to be opened at open_at */
	int64_t		open_at;
	int			backoff;
	bool		said_down;
	int			signals;		/* signalfd */
	bool		stop;
	int64_t		stop_at;		/* when a job at hand is given back */
	job			job;
	pid_t		child;			/* 0 = idle */
	int64_t		renew_at;
	int64_t		claim_at;
} worker;

/* --- connection -------------------------------------------------------------------------------- */

static void
down(worker *w, const char *why)
{
	if (!w->said_down)
		log_error("database down reason=\"%.*s\"", (int) strcspn(why, "\n"), why);
	w->said_down = true;
	PQfinish(w->conn);
	w->conn = NULL;
	w->open_at = loop_now() + w->backoff / 2 + rand() % (w->backoff / 2);
	w->backoff = w->backoff * 2 < BACKOFF_MAX_MS ? w->backoff * 2 : BACKOFF_MAX_MS;
}

/* An error of a call: a broken connection is opened again, anything else is said and tried later. */
static void
call_failed(worker *w, const char *what, const job_error *error)
{
	if (PQstatus(w->conn) != CONNECTION_OK)
		down(w, error->message);
	else
		log_error("%s failed sqlstate=%s message=\"%s\"", what, error->code, error->message);
}

static bool
connected(worker *w)
{
	job_error	error;

	if (w->conn != NULL)
		return true;
	if (loop_now() < w->open_at)
		return false;
	w->conn = pg_open(&error);
	if (w->conn == NULL)
	{
		down(w, error.message);
		return false;
	}
	if (w->said_down)
		log_info("database connected");
	w->said_down = false;
	w->backoff = BACKOFF_MS;
	if (w->config->listen)
		pg_listen(w->conn);
	return true;
}

/* --- waiting ----------------------------------------------------------------------------------- */

static void
take_signals(worker *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof(info)) == (ssize_t) sizeof(info))
	{
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (!w->stop)
			log_info("stopping%s", w->child ? ", a job is at work" : "");
		/* The second time means: now. */
		w->stop_at = loop_now() + (w->stop ? 0 : DRAIN_MS);
		w->stop = true;
	}
}

/* A notification means: look for a job now. */
static void
take_notifications(worker *w)
{
	PGnotify   *notice;

	if (!PQconsumeInput(w->conn))
	{
		down(w, PQerrorMessage(w->conn));
		return;
	}
	while ((notice = PQnotifies(w->conn)) != NULL)
	{
		w->claim_at = 0;
		PQfreemem(notice);
	}
}

/* Sleeps until a signal, a notification or the time. */
static void
sleep_until(worker *w, int64_t until)
{
	int64_t		ms = until - loop_now();
	struct pollfd fds[2] = {
		{.fd = w->signals, .events = POLLIN},
		{.fd = w->conn ? PQsocket(w->conn) : -1, .events = POLLIN}
	};

	if (poll(fds, 2, ms > 0 ? (int) ms : 0) <= 0)
		return;
	if (fds[0].revents)
		take_signals(w);
	if (fds[1].revents && w->conn != NULL)
		take_notifications(w);
}

/* --- a job at work ------------------------------------------------------------------------------ */

static void
start_job(worker *w)
{
	pid_t		self = getpid();
	sigset_t	none;
	int			status;

	fflush(NULL);
	w->child = fork();
	w->renew_at = loop_now() + w->config->lease * 1000 / 3;
	if (w->child != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != self)
		_exit(JOB_EXIT_UNTOLD);
	/* The worker's session must not be ended by closing its connection in due form. */
	close(PQsocket(w->conn));
	close(w->signals);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* The worker decides when to stop; a terminal's Ctrl-C reaches this process too. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	status = job_child(&w->job, w->config->memory, w->config->cpu);
	_exit(status);
}

static void
tell(worker *w, const job_error *why)
{
	job_error	error;

	log_info("job=%lld tenant=%d kind=%s attempt=%d failed code=%s again=%s message=\"%s\"",
			 (long long) w->job.job_id, w->job.tenant_id, w->job.kind, w->job.attempt, why->code,
			 why->again ? "yes" : "no", why->message);
	if (connected(w) && pg_fail(w->conn, &w->job, why, &error) == PG_ERROR)
		call_failed(w, "fail", &error);
}

static void
make_error(job_error *error, const char *code, bool again, const char *message, int number, const char *hint)
{
	*error = (job_error) {.again = again};
	snprintf(error->code, sizeof(error->code), "%s", code);
	snprintf(error->message, sizeof(error->message), message, number);
	snprintf(error->hint, sizeof(error->hint), "%s", hint);
}

/* What a process did not say for itself. */
static void
judge(worker *w, int status)
{
	job_error	error;

	if (WIFEXITED(status) && WEXITSTATUS(status) == JOB_EXIT_TOLD)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == JOB_EXIT_UNTOLD)
		make_error(&error, "08006", true, "the connection to PostgreSQL failed", 0, "");
	else if (WIFEXITED(status))
		make_error(&error, "XX000", false, "the job's process ended with status %d", WEXITSTATUS(status),
				   "This is a defect of fota-worker: please report it with the file.");
	else if (WTERMSIG(status) == SIGXCPU)
		make_error(&error, "54000", false, "the job took more than %d s of CPU time", (int) w->config->cpu,
				   "FOTA_WORKER_CPU of fota-worker is what it may use.");
	else if (WTERMSIG(status) == SIGKILL)
		make_error(&error, "53200", true, "the job's process was killed by signal %d", SIGKILL,
				   "The machine may be short of memory.");
	else
		make_error(&error, "XX000", false, "the job's process crashed with signal %d", WTERMSIG(status),
				   "This is a defect of fota-worker: please report it with the file.");
	tell(w, &error);
}

/* Ends the process at once and gives the job back. */
static void
give_back(worker *w)
{
	job_error	error;

	kill(w->child, SIGKILL);
	waitpid(w->child, NULL, 0);
	w->child = 0;
	make_error(&error, "57P01", true, "the worker was stopped", 0, "");
	tell(w, &error);
}

static void
renew(worker *w)
{
	job_error	error;

	w->renew_at = loop_now() + w->config->lease * 1000 / 3;
	if (!connected(w))
	{
		w->renew_at = w->open_at;
		return;
	}
	switch (pg_renew(w->conn, &w->job, w->config->lease, &error))
	{
		case PG_LOST:
			log_info("job=%lld tenant=%d kind=%s attempt=%d lost", (long long) w->job.job_id, w->job.tenant_id,
					 w->job.kind, w->job.attempt);
			kill(w->child, SIGKILL);
			waitpid(w->child, NULL, 0);
			w->child = 0;
			break;
		case PG_ERROR:
			call_failed(w, "renew", &error);
			w->renew_at = loop_now() + BACKOFF_MS;
			break;
		default:
			break;
	}
}

static void
watch_job(worker *w)
{
	int			status;

	if (waitpid(w->child, &status, WNOHANG) == w->child)
	{
		w->child = 0;
		w->claim_at = 0;
		judge(w, status);
	}
	else if (w->stop && loop_now() >= w->stop_at)
		give_back(w);
	else if (loop_now() >= w->renew_at)
		renew(w);
	else
		sleep_until(w, w->stop && w->stop_at < w->renew_at ? w->stop_at : w->renew_at);
}

/* --- the loop ------------------------------------------------------------------------------------ */

static void
look_for_job(worker *w)
{
	job_error	error;

	if (!connected(w))
	{
		sleep_until(w, w->open_at);
		return;
	}
	if (loop_now() < w->claim_at)
	{
		sleep_until(w, w->claim_at);
		return;
	}
	w->claim_at = loop_now() + w->config->poll_ms;
	switch (pg_claim(w->conn, w->config->name, w->config->lease, &w->job, &error))
	{
		case PG_OK:
			start_job(w);
			break;
		case PG_ERROR:
			w->claim_at = loop_now() + w->config->poll_ms + BACKOFF_MS;
			call_failed(w, "claim", &error);
			break;
		default:
			break;
	}
}

void
job_loop(const worker_config *config)
{
	static worker w;			/* a job is too large for a stack */
	sigset_t	set;

	w.config = config;
	w.backoff = BACKOFF_MS;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	w.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	while (!w.stop || w.child != 0)
	{
		if (w.child != 0)
			watch_job(&w);
		else
			look_for_job(&w);
	}
	PQfinish(w.conn);
}

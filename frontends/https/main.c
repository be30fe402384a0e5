/* SPDX-License-Identifier: PostgreSQL */
/*
 * main.c of fota-https: reads the configuration, opens the port, starts one engine per
 * core, and waits for signals: TERM and INT drain, HUP reads the certificate again.
 * One of the threads loads the tenants' CAs every 5 s, and at once when a credential changes.
 */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cfg.h"
#include "engine.h"
#include "log.h"
#include "routes.h"

#define THREADS_MAX 64
#define DRAIN_MS 10000
#define OLD_TLS_MS 30000
#define ROOTS_SECONDS 5

static engine *engines[THREADS_MAX];
static int	engine_count;

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "fota-https: %s: %s\n", what, why);
	exit(1);
}

/* One listening socket without SO_REUSEPORT: a second process on the port fails at once. */
static int
open_port(long port)
{
	const char *host = cfg_text("FOTA_BIND", "::");
	struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	char		name[16];
	char		what[128];
	int			on = 1;
	int			off = 0;
	int			fd = -1;
	int			code;

	snprintf(name, sizeof name, "%ld", port);
	snprintf(what, sizeof what, "port %ld of %s", port, host);
	code = getaddrinfo(host, name, &hints, &list);
	/* A machine without IPv6 listens on all of IPv4. */
	if (cfg_text("FOTA_BIND", NULL) == NULL && access("/proc/net/if_inet6", F_OK) != 0)
		code = getaddrinfo("0.0.0.0", name, &hints, &list);
	if (code != 0)
		die(what, gai_strerror(code));
	for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
	{
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		if (a->ai_family == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
		if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, 1024) != 0)
		{
			int			why = errno;

			close(fd);
			fd = -1;
			errno = why;
		}
	}
	freeaddrinfo(list);
	if (fd < 0)
		die(what, strerror(errno));
	return fd;
}

/* ---- the tenants' CAs ---- */

typedef struct roots_timer
{
	service    *service;
	tls_roots  *roots;
	int64_t		due;
	unsigned	changes;		/* of credentials, when it last asked */
	bool		asked;
} roots_timer;

static void
root_came(void *arg, status_word word, int32_t tenant_id, const uint8_t *der, size_t size)
{
	roots_timer *t = arg;

	if (der != NULL)
	{
		if (!tls_roots_add(t->roots, der, size))
			log_error("tls certificate of tenant=%d is not usable", (int) tenant_id);
		return;
	}
	t->asked = false;
	t->due = loop_now() + (word == ST_OK ? ROOTS_SECONDS * 1000 : 500);
	if (word == ST_OK)
	{
		tls_roots_commit(t->roots);
		routes_set_roots_loaded();
	}
	else
		tls_roots_drop(t->roots);
	t->roots = NULL;
}

/* Called in every turn of the first thread's loop. */
static void
load_roots(void *arg)
{
	roots_timer *t = arg;
	api		   *api = service_api(t->service);
	unsigned	changes = service_credential_changes(t->service);

	if (t->asked || (loop_now() < t->due && changes == t->changes) || !db_up(api_db(api), DB_READ))
		return;
	t->asked = true;
	t->changes = changes;
	t->roots = tls_roots_new();
	api_credential_load(api, root_came, t);
}

/* ---- threads and signals ---- */

static void *
run_thread(void *arg)
{
	engine_run(arg);
	return NULL;
}

static SSL_CTX *
new_context(char *error, size_t error_size)
{
	const char *cert = cfg_text("FOTA_TLS_CERT", NULL);
	const char *key = cfg_text("FOTA_TLS_KEY", NULL);

	if (cert == NULL || key == NULL)
	{
		snprintf(error, error_size, "FOTA_TLS_CERT and FOTA_TLS_KEY name the certificate and its key");
		return NULL;
	}
	return tls_context(cert, key, engine_handshake_done, error, error_size);
}

static void
reload(SSL_CTX **current)
{
	static struct
	{
		SSL_CTX    *tls;
		int64_t		at;
	}			old[8];
	static int	next;
	char		error[512];
	SSL_CTX    *fresh = new_context(error, sizeof error);

	if (fresh == NULL)
	{
		log_error("tls not reloaded reason=\"%s\"", error);
		return;
	}
	for (int i = 0; i < engine_count; i++)
		engine_set_tls(engines[i], fresh);
	log_info("tls reloaded");
	/* Connections that have not said a byte still hold the old context, without a reference. */
	if (old[next].tls != NULL && loop_now() - old[next].at > OLD_TLS_MS)
		SSL_CTX_free(old[next].tls);
	old[next].tls = *current;
	old[next].at = loop_now();
	next = (next + 1) % 8;
	*current = fresh;
}

static void
wait_for_end(SSL_CTX **tls)
{
	sigset_t	set;
	int			signal;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	for (;;)
	{
		if (sigwait(&set, &signal) != 0)
			continue;
		if (signal != SIGHUP)
			break;
		reload(tls);
	}
	log_info("draining");
	for (int i = 0; i < engine_count; i++)
		engine_drain(engines[i], DRAIN_MS);
}

static void
block_signals(void)
{
	sigset_t	set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* As many descriptors as the system allows: a connection is one. */
static void
raise_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) == 0)
		log_info("descriptors=%llu", (unsigned long long) files.rlim_cur);
}

int
main(int argc, char **argv)
{
	static roots_timer roots;
	pthread_t	threads[THREADS_MAX];
	char		error[512];
	SSL_CTX    *tls;
	long		port;
	int			fd;

	cfg_arguments(argc, argv, "fota-https");
	log_open("https");
	block_signals();
	raise_limit();
	port = cfg_number("FOTA_HTTPS_PORT", 8443, 1, 65535);
	engine_count = (int) cfg_number("FOTA_HTTPS_THREADS", sysconf(_SC_NPROCESSORS_ONLN), 1, THREADS_MAX);
	tls = new_context(error, sizeof error);
	if (tls == NULL)
		die("TLS", error);
	fd = open_port(port);
	for (int i = 0; i < engine_count; i++)
	{
		engines[i] = engine_open(fd, tls, routes_handle, error, sizeof error);
		if (engines[i] == NULL)
			die("start", error);
	}
	close(fd);
	roots.service = engine_service(engines[0]);
	engine_on_turn(engines[0], load_roots, &roots);
	for (int i = 0; i < engine_count; i++)
		if (pthread_create(&threads[i], NULL, run_thread, engines[i]) != 0)
			die("thread", strerror(errno));
	log_info("listening port=%ld threads=%d", port, engine_count);
	wait_for_end(&tls);
	for (int i = 0; i < engine_count; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < engine_count; i++)
		engine_close(engines[i]);
	log_info("stopped");
	return 0;
}

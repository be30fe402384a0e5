/* SPDX-License-Identifier: PostgreSQL */
/*
 * service.c: the parts put together, and the questions asked on a clock: changes() every
 * 500 ms, tick() every second, version() every 10 s. What is remembered: service_memory.c.
 */
#include "service_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include "cfg.h"
#include "log.h"

#define CHANGES_MS 500
#define TICK_MS 1000
#define VERSION_MS 10000
#define QUEUE_MAX 2048

/* The services of this process, one per loop. */
static struct
{
	pthread_mutex_t lock;
	int			services;
	int			ready;			/* as their last turn found them */
}			process = {.lock = PTHREAD_MUTEX_INITIALIZER};

service *
service_open(const loop_host *host, const char *protocol, char *error, size_t error_size)
{
	service    *s = calloc(1, sizeof *s);

	if (s == NULL)
		abort();
	pthread_mutex_lock(&process.lock);
	process.services++;
	pthread_mutex_unlock(&process.lock);
	s->host = *host;
	s->since = -1;
	snprintf(s->protocol, sizeof s->protocol, "%s", protocol);
	s->db = db_open(host, cfg_text("FOTA_PG_READ", NULL), QUEUE_MAX);
	s->api = api_open(s->db, protocol);
	s->cache = cache_open(s->api, cfg_text("FOTA_CACHE_DIR", "/var/cache/fota"), error, error_size);
	if (s->cache == NULL)
	{
		service_close(s);
		return NULL;
	}
	return s;
}

void
service_close(service *s)
{
	if (s == NULL)
		return;
	s->hook = NULL;
	db_close(s->db);
	cache_close(s->cache);
	api_close(s->api);
	pthread_mutex_lock(&process.lock);
	process.ready -= s->counted_ready;
	if (--process.services == 0)
		service_forget_all();
	pthread_mutex_unlock(&process.lock);
	free(s);
}

api *
service_api(service *s)
{
	return s->api;
}

cache *
service_cache(service *s)
{
	return s->cache;
}

const char *
service_protocol(const service *s)
{
	return s->protocol;
}

bool
service_is_fresh(const service *s)
{
	return s->changes_at != 0 && loop_now() - s->changes_at < SERVICE_STALE_MS;
}

bool
service_is_ready(const service *s)
{
	return db_up(s->db, DB_READ) && db_up(s->db, DB_WRITE) && service_is_fresh(s);
}

bool
service_process_is_ready(void)
{
	bool		ready;

	pthread_mutex_lock(&process.lock);
	ready = process.services > 0 && process.ready == process.services;
	pthread_mutex_unlock(&process.lock);
	return ready;
}

/* Keeps count of the services of this process that are ready. */
static void
count_ready(service *s)
{
	bool		ready = service_is_ready(s);

	if (ready == s->counted_ready)
		return;
	pthread_mutex_lock(&process.lock);
	process.ready += ready ? 1 : -1;
	pthread_mutex_unlock(&process.lock);
	s->counted_ready = ready;
}

bool
service_is_busy(const service *s)
{
	return db_full(s->db) || !db_up(s->db, DB_READ);
}

bool
service_is_idle(const service *s)
{
	return db_pending(s->db) == 0;
}

void
service_on_change(service *s, service_change hook, void *arg)
{
	s->hook = hook;
	s->hook_arg = arg;
}

unsigned
service_credential_changes(const service *s)
{
	return s->credential_changes;
}

void
service_ready(service *s, int slot, unsigned events)
{
	db_ready(s->db, slot, events);
}

/* ---- what changes() says ---- */

static void
change_told(void *arg, status_word word, int64_t since, int32_t tenant_id,
			const char *kind, int64_t id, const char *name)
{
	service    *s = arg;

	if (kind != NULL)
	{
		service_doubt(tenant_id, kind, id);
		s->credential_changes += strcmp(kind, "credential") == 0;
		if (s->hook != NULL)
			s->hook(s->hook_arg, tenant_id, kind, id, name);
		return;
	}
	s->changes_asked = false;
	s->changes_due = loop_now() + CHANGES_MS;
	if (word == ST_OK)
	{
		s->since = since;
		s->changes_at = loop_now();
	}
}

static void
tick_told(void *arg, status_word word, int64_t events)
{
	service    *s = arg;

	s->tick_asked = false;
	s->tick_due = loop_now() + TICK_MS;
	if (word == ST_OK && events > 0)
		log_debug("tick events=%lld", (long long) events);
}

static void
version_told(void *arg, status_word word, const char *text)
{
	service    *s = arg;

	s->version_asked = false;
	s->version_due = loop_now() + VERSION_MS;
	if (word != ST_OK || strcmp(text, s->version) == 0)
		return;
	if (s->version[0] != '\0')
	{
		log_info("database version=\"%s\" was=\"%s\"", text, s->version);
		db_renew(s->db);
	}
	snprintf(s->version, sizeof s->version, "%s", text);
}

static int
sooner(int a, int64_t b)
{
	return b < 0 ? 0 : b < a ? (int) b : a;
}

/* Asks what is due; returns the milliseconds until the next question. */
static int
ask_due(service *s)
{
	int64_t		now = loop_now();

	if (!db_up(s->db, DB_READ))
		return 1000;
	if (!s->changes_asked && now >= s->changes_due)
	{
		s->changes_asked = true;
		api_changes(s->api, s->since, change_told, s);
	}
	if (!s->version_asked && now >= s->version_due)
	{
		s->version_asked = true;
		api_version(s->api, version_told, s);
	}
	if (!s->tick_asked && now >= s->tick_due && db_up(s->db, DB_WRITE))
	{
		s->tick_asked = true;
		api_tick(s->api, tick_told, s);
	}
	return s->changes_asked ? 1000 : sooner(1000, s->changes_due - now);
}

int
service_turn(service *s)
{
	int			wait = ask_due(s);

	count_ready(s);
	wait = sooner(wait, api_turn(s->api));
	wait = sooner(wait, cache_turn(s->cache));
	return sooner(wait, db_turn(s->db));
}

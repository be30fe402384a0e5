/* SPDX-License-Identifier: PostgreSQL */
/*
 * service_memory.c: who a credential is, and what an action grants, remembered: so that a
 * download goes on while PostgreSQL is away, and an idle device costs no question.
 */
#include "service_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include <openssl/evp.h>

#define IDENTITY_MS 60000		/* asked again at least this often */
#define GRANT_MS 5000
#define BUCKETS 4096			/* power of two */
#define ENTRIES_MAX 65536

typedef struct known
{
	struct known *next;
	uint8_t		key[32];
	int64_t		at;				/* 0: to be asked again */
	api_identity who;
} known;

typedef struct grant
{
	struct grant *next;
	int32_t		tenant_id;
	int64_t		device_id;
	int			action, item;
	char		child[API_NAME_SIZE];
	int64_t		at;				/* 0: to be asked again */
	api_grant	grant;
} grant;

/*
 * What the process remembers; the loops of all threads share it, so that a device may come
 * back on any connection while PostgreSQL is away. Each loop hears every change by itself.
 */
static struct
{
	pthread_mutex_t lock;
	known	   *known[BUCKETS];
	grant	   *grants[BUCKETS];
	int			known_count, grant_count;
}			memory = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void
forget_all(void)
{
	for (int i = 0; i < BUCKETS; i++)
	{
		while (memory.known[i] != NULL)
		{
			known	   *k = memory.known[i];

			memory.known[i] = k->next;
			free(k);
		}
		while (memory.grants[i] != NULL)
		{
			grant	   *g = memory.grants[i];

			memory.grants[i] = g->next;
			free(g);
		}
	}
	memory.known_count = memory.grant_count = 0;
}

static void
doubt_identities(int32_t tenant_id, const char *kind, int64_t id)
{
	bool		credential = strcmp(kind, "credential") == 0;
	bool		device = strcmp(kind, "device") == 0;

	for (int i = 0; i < BUCKETS; i++)
		for (known **p = &memory.known[i]; *p != NULL;)
		{
			known	   *k = *p;

			if (k->who.tenant_id == tenant_id &&
				((credential && (k->who.credential_id == id || id == 0)) ||
				 (device && k->who.device_id == id)))
			{
				/* A revoked credential is forgotten; a device that changed is only asked about again. */
				if (credential)
				{
					*p = k->next;
					free(k);
					memory.known_count--;
					continue;
				}
				k->at = 0;
			}
			else if (!credential && !device && k->who.tenant_id == tenant_id)
				k->at = 0;
			p = &k->next;
		}
}

static size_t
grant_bucket(int64_t device_id)
{
	return (size_t) (((uint64_t) device_id * 0x9E3779B97F4A7C15u) >> 32) & (BUCKETS - 1);
}

static void
doubt_grants(int32_t tenant_id, int64_t device_id)
{
	for (grant *g = memory.grants[grant_bucket(device_id)]; g != NULL; g = g->next)
		if (g->tenant_id == tenant_id && g->device_id == device_id)
			g->at = 0;
}

void
service_doubt(int32_t tenant_id, const char *kind, int64_t id)
{
	pthread_mutex_lock(&memory.lock);
	doubt_identities(tenant_id, kind, id);
	if (strcmp(kind, "device") == 0)
		doubt_grants(tenant_id, id);
	pthread_mutex_unlock(&memory.lock);
}

void
service_forget_all(void)
{
	pthread_mutex_lock(&memory.lock);
	forget_all();
	pthread_mutex_unlock(&memory.lock);
}

/* ---- who is this ---- */

typedef struct who_ask
{
	service    *service;
	uint8_t		key[32];
	bool		for_download;
	api_identity_done done;
	void	   *arg;
} who_ask;

static void
key_of(uint8_t key[32], const char *kind, const char *identity, const uint8_t *fingerprint, const uint8_t *issuer)
{
	static const uint8_t nothing[32];
	uint8_t		text[1024];
	size_t		size;

	size = (size_t) snprintf((char *) text, sizeof text - 64, "%s %s", kind, identity ? identity : "");
	if (size > sizeof text - 65)
		size = sizeof text - 65;
	memcpy(text + size, fingerprint ? fingerprint : nothing, 32);
	memcpy(text + size + 32, issuer ? issuer : nothing, 32);
	EVP_Digest(text, size + 64, key, NULL, EVP_sha256(), NULL);
}

static known *
find_known(const uint8_t key[32])
{
	for (known *k = memory.known[(key[0] << 8 | key[1]) & (BUCKETS - 1)]; k != NULL; k = k->next)
		if (memcmp(k->key, key, 32) == 0)
			return k;
	return NULL;
}

static void
drop_known(const uint8_t key[32])
{
	for (known **p = &memory.known[(key[0] << 8 | key[1]) & (BUCKETS - 1)]; *p != NULL; p = &(*p)->next)
		if (memcmp((*p)->key, key, 32) == 0)
		{
			known	   *k = *p;

			*p = k->next;
			free(k);
			memory.known_count--;
			return;
		}
}

static void
remember(const uint8_t key[32], const api_identity *who)
{
	known	   *k = find_known(key);

	if (k == NULL)
	{
		size_t		bucket = (key[0] << 8 | key[1]) & (BUCKETS - 1);

		if (memory.known_count >= ENTRIES_MAX)
			forget_all();
		k = calloc(1, sizeof *k);
		if (k == NULL)
			abort();
		memcpy(k->key, key, 32);
		k->next = memory.known[bucket];
		memory.known[bucket] = k;
		memory.known_count++;
	}
	k->who = *who;
	k->at = loop_now();
}

static void
who_told(void *arg, const api_identity *who)
{
	who_ask    *a = arg;
	api_identity copy;
	known	   *k;

	pthread_mutex_lock(&memory.lock);
	if (who->word == ST_OK)
		remember(a->key, who);
	else if (who->word != ST_UNAVAILABLE)
		drop_known(a->key);
	else if (a->for_download && (k = find_known(a->key)) != NULL)
	{
		copy = k->who;
		who = &copy;
	}
	pthread_mutex_unlock(&memory.lock);
	a->done(a->arg, who);
	free(a);
}

void
service_identify(service *s, const char *kind, const char *identity, const uint8_t *fingerprint,
				 const uint8_t *issuer, bool for_download, api_identity_done done, void *arg)
{
	uint8_t		key[32];
	known	   *k;
	who_ask    *a;
	api_identity copy;
	bool		fresh;

	key_of(key, kind, identity, fingerprint, issuer);
	pthread_mutex_lock(&memory.lock);
	k = find_known(key);
	fresh = k != NULL && k->at != 0 && loop_now() - k->at < IDENTITY_MS && service_is_fresh(s);
	if (fresh)
		copy = k->who;
	pthread_mutex_unlock(&memory.lock);
	if (fresh)
	{
		done(arg, &copy);
		return;
	}
	a = calloc(1, sizeof *a);
	if (a == NULL)
		abort();
	a->service = s;
	memcpy(a->key, key, 32);
	a->for_download = for_download;
	a->done = done;
	a->arg = arg;
	api_identify(s->api, kind, identity, fingerprint, issuer, who_told, a);
}

/* ---- what may it fetch ---- */

typedef struct grant_ask
{
	service    *service;
	int32_t		tenant_id;
	int64_t		device_id;
	int			action, item;
	char		child[API_NAME_SIZE];
	api_grant_done done;
	void	   *arg;
} grant_ask;

static grant **
find_grant(int32_t tenant_id, int64_t device_id, int action, int item, const char *child)
{
	grant	  **p = &memory.grants[grant_bucket(device_id)];

	while (*p != NULL && !((*p)->tenant_id == tenant_id && (*p)->device_id == device_id &&
						   (*p)->action == action && (*p)->item == item && strcmp((*p)->child, child) == 0))
		p = &(*p)->next;
	return p;
}

static void
remember_grant(grant_ask *a, const api_grant *granted)
{
	grant	  **p = find_grant(a->tenant_id, a->device_id, a->action, a->item, a->child);
	grant	   *g = *p;

	if (g == NULL)
	{
		if (memory.grant_count >= ENTRIES_MAX)
		{
			forget_all();
			p = &memory.grants[grant_bucket(a->device_id)];
		}
		g = calloc(1, sizeof *g);
		if (g == NULL)
			abort();
		g->tenant_id = a->tenant_id;
		g->device_id = a->device_id;
		g->action = a->action;
		g->item = a->item;
		memcpy(g->child, a->child, sizeof g->child);
		*p = g;
		memory.grant_count++;
	}
	g->grant = *granted;
	g->at = loop_now();
}

static void
grant_told(void *arg, const api_grant *granted)
{
	grant_ask  *a = arg;
	grant	  **p;
	api_grant	copy;

	pthread_mutex_lock(&memory.lock);
	p = find_grant(a->tenant_id, a->device_id, a->action, a->item, a->child);
	if (granted->word == ST_OK)
		remember_grant(a, granted);
	else if (*p != NULL && granted->word == ST_UNAVAILABLE)
	{
		copy = (*p)->grant;
		granted = &copy;
	}
	else if (*p != NULL)
	{
		grant	   *g = *p;

		*p = g->next;
		free(g);
		memory.grant_count--;
	}
	pthread_mutex_unlock(&memory.lock);
	a->done(a->arg, granted);
	free(a);
}

void
service_grant(service *s, int32_t tenant_id, int64_t device_id, int action, int item,
			  const char *child, api_grant_done done, void *arg)
{
	grant	   *g;
	grant_ask  *a = calloc(1, sizeof *a);
	api_grant	copy;
	bool		fresh;

	if (a == NULL)
		abort();
	a->service = s;
	a->tenant_id = tenant_id;
	a->device_id = device_id;
	a->action = action;
	a->item = item;
	snprintf(a->child, sizeof a->child, "%s", child ? child : "");
	a->done = done;
	a->arg = arg;
	pthread_mutex_lock(&memory.lock);
	g = *find_grant(tenant_id, device_id, action, item, a->child);
	fresh = g != NULL && g->at != 0 && loop_now() - g->at < GRANT_MS;
	if (fresh)
		copy = g->grant;
	pthread_mutex_unlock(&memory.lock);
	if (fresh)
	{
		free(a);
		done(arg, &copy);
		return;
	}
	api_grant_item(s->api, tenant_id, device_id, action, item, child, grant_told, a);
}

void
service_told(service *s, int32_t tenant_id, int64_t device_id)
{
	(void) s;
	pthread_mutex_lock(&memory.lock);
	doubt_grants(tenant_id, device_id);
	pthread_mutex_unlock(&memory.lock);
}

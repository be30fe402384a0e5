/* SPDX-License-Identifier: PostgreSQL */
/*
 * cache.c: DIR/ab/cdef.. are the artifacts, DIR/part/<sha256> is one being filled, locked
 * by who fills it. Here are the maps and what callers see; see cache_fill.c for the rest.
 */
#include "cache_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define IDLE_MAPS 64

/* ---- maps ---- */

static void
drop_map(cache *cache, open_map *m)
{
	for (open_map **p = &cache->maps; *p != NULL; p = &(*p)->next)
		if (*p == m)
		{
			*p = m->next;
			break;
		}
	if (m->map.size > 0)
		munmap((void *) m->map.data, m->map.size);
	free(m);
}

static void
drop_idle(cache *cache)
{
	int			idle = 0;
	open_map   *oldest = NULL;

	for (open_map *m = cache->maps; m != NULL; m = m->next)
	{
		if (m->map.refs > 0)
			continue;
		idle++;
		if (oldest == NULL || m->used < oldest->used)
			oldest = m;
	}
	if (idle > IDLE_MAPS)
		drop_map(cache, oldest);
}

cache_map *
cache_peek(cache *cache, const uint8_t sha256[32])
{
	for (open_map *m = cache->maps; m != NULL; m = m->next)
		if (memcmp(m->map.sha256, sha256, 32) == 0)
		{
			m->map.refs++;
			m->used = loop_now();
			return &m->map;
		}
	return NULL;
}

void
cache_release(cache *cache, cache_map *map)
{
	if (map == NULL)
		return;
	map->refs--;
	drop_idle(cache);
}

/* ---- outside ---- */

/* Makes a folder and its missing parents. */
static bool
make_folders(const char *path)
{
	char		copy[CACHE_PATH];

	if ((size_t) snprintf(copy, sizeof copy, "%s", path) >= sizeof copy)
		return false;
	for (char *p = copy + 1; *p; p++)
		if (*p == '/')
		{
			*p = '\0';
			if (mkdir(copy, 0700) != 0 && errno != EEXIST)
				return false;
			*p = '/';
		}
	return mkdir(copy, 0700) == 0 || errno == EEXIST;
}

cache *
cache_open(api *api, const char *dir, char *error, size_t error_size)
{
	cache	   *cache = calloc(1, sizeof *cache);
	char		name[CACHE_PATH];
	bool		good;

	if (cache == NULL)
		abort();
	cache->api = api;
	good = (size_t) snprintf(cache->dir, sizeof cache->dir, "%s", dir) < sizeof cache->dir;
	if (!good)
		errno = ENAMETOOLONG;
	snprintf(name, sizeof name, "%s/part", cache->dir);
	good = good && make_folders(name);
	for (int i = 0; good && i < 256; i++)
	{
		snprintf(name, sizeof name, "%s/%02x", cache->dir, i);
		good = mkdir(name, 0700) == 0 || errno == EEXIST;
	}
	if (good && access(cache->dir, W_OK | X_OK) == 0)
		return cache;
	snprintf(error, error_size, "cannot write the cache folder %s: %s", dir, strerror(errno));
	free(cache);
	return NULL;
}

void
cache_close(cache *cache)
{
	if (cache == NULL)
		return;
	for (fill *f = cache->fills, *next; f != NULL; f = next)
	{
		next = f->next;
		if (!f->over)
			cache_fill_give(f, ST_UNAVAILABLE);
		free(f);
	}
	while (cache->maps != NULL)
		drop_map(cache, cache->maps);
	free(cache);
}

void
cache_get(cache *cache, int32_t tenant_id, const uint8_t sha256[32], uint64_t size,
		  cache_done done, void *arg)
{
	cache_map  *map = cache_peek(cache, sha256);
	fill	   *f;
	waiter	   *w;

	if (map != NULL)
	{
		done(arg, ST_OK, map);
		return;
	}
	w = calloc(1, sizeof *w);
	if (w == NULL)
		abort();
	w->done = done;
	w->arg = arg;
	for (f = cache->fills; f != NULL; f = f->next)
		if (!f->over && memcmp(f->sha256, sha256, 32) == 0)
			break;
	if (f == NULL)
	{
		f = calloc(1, sizeof *f);
		if (f == NULL)
			abort();
		f->cache = cache;
		f->tenant_id = tenant_id;
		memcpy(f->sha256, sha256, 32);
		f->size = size;
		f->fd = -1;
		f->next = cache->fills;
		cache->fills = f;
	}
	w->next = f->waiters;
	f->waiters = w;
	if (f->phase == PHASE_OPEN)
		cache_fill_open(f);
}

int
cache_turn(cache *cache)
{
	int			wait = 1000;

	for (fill *f = cache->fills; f != NULL; f = f->next)
	{
		if (!f->over && f->phase == PHASE_WAIT && loop_now() >= f->retry_at)
			f->phase = PHASE_OPEN;
		if (!f->over && f->phase == PHASE_OPEN)
			cache_fill_open(f);
		else if (!f->over && f->phase == PHASE_VERIFY)
			cache_fill_verify(f);
		if (f->over || f->phase == PHASE_VERIFY || f->phase == PHASE_OPEN)
			wait = 0;
		else if (f->phase == PHASE_WAIT && wait > CACHE_WAIT_MS)
			wait = CACHE_WAIT_MS;
	}
	for (fill **p = &cache->fills; *p != NULL;)
	{
		fill	   *f = *p;

		if (!f->over)
		{
			p = &f->next;
			continue;
		}
		*p = f->next;
		free(f);
	}
	return wait;
}

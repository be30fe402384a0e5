/* SPDX-License-Identifier: PostgreSQL */
/*
 * cache_internal.h: what the files of the cache share. cache.c has the maps and what callers
 * see, cache_fill.c the way of one artifact into a map.
 *
 * Fills and maps belong to their cache. A fill that is over is freed by cache_turn; a map
 * lives until nobody holds it and others were used since.
 */
#ifndef COMMON_CACHE_INTERNAL_H
#define COMMON_CACHE_INTERNAL_H

#include <openssl/evp.h>

#include "cache.h"

#define CACHE_PATH 512
#define CACHE_WAIT_MS 100	/* until a file is looked for again that somebody else fills */

typedef struct waiter
{
	struct waiter *next;
	cache_done	done;
	void	   *arg;
} waiter;

typedef enum phase
{
	PHASE_OPEN, PHASE_WAIT, PHASE_VERIFY, PHASE_FETCH
} phase;

typedef struct fill
{
	struct fill *next;
	cache	   *cache;
	int32_t		tenant_id;
	uint8_t		sha256[32];
	uint64_t	size;
	phase		phase;
	bool		memory;			/* no room on disk */
	bool		over;			/* to be freed */
	int			fd;
	uint64_t	at;
	uint8_t    *map;			/* while verifying */
	EVP_MD_CTX *hash;
	int64_t		retry_at;
	waiter	   *waiters;
} fill;

typedef struct open_map
{
	cache_map	map;			/* first: a cache_map is an open_map */
	struct open_map *next;
	int64_t		used;
} open_map;

struct cache
{
	api		   *api;
	char		dir[CACHE_PATH - 100];
	fill	   *fills;
	open_map   *maps;
};

/* Looks where the artifact is and goes on from there. */
void		cache_fill_open(fill *f);
/* Hashes some more of a file that was there. */
void		cache_fill_verify(fill *f);
/* Tells all who wait; the fill is over. */
void		cache_fill_give(fill *f, status_word word);

#endif

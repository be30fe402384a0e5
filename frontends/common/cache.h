/* SPDX-License-Identifier: PostgreSQL */
/*
 * cache.h: artifacts in files named by their SHA-256, shared by all front-ends of a
 * host (FOTA_CACHE_DIR). A file is filled once from read_blob into a temporary name,
 * hashed, synced and renamed; it is verified when it is opened and mapped. Files never
 * change, so a map stays good while PostgreSQL is away or the file is removed.
 *
 * One cache per event loop. A full disk costs other files first, then memory (up to
 * 32 MiB an artifact), then the request.
 */
#ifndef FE_CACHE_H
#define FE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "api.h"

typedef struct cache cache;

/* A mapped artifact; whoever gets one releases it. */
typedef struct cache_map
{
	const uint8_t *data;
	size_t		size;
	uint8_t		sha256[32];
	int			refs;
} cache_map;

/* NULL with a sentence in error when the folder cannot be made or written. */
cache	   *cache_open(api *api, const char *dir, char *error, size_t error_size);
void		cache_close(cache *cache);

/* map is NULL unless word is ST_OK; it carries a reference for the callee. */
typedef void (*cache_done) (void *arg, status_word word, cache_map *map);

/* Asks for an artifact that the caller has a grant for; may call done before it returns. */
void		cache_get(cache *cache, int32_t tenant_id, const uint8_t sha256[32], uint64_t size,
					  cache_done done, void *arg);
/* The map if it is open now (with a reference), else NULL. */
cache_map  *cache_peek(cache *cache, const uint8_t sha256[32]);
void		cache_release(cache *cache, cache_map *map);
/* Goes on with filling and verifying; returns milliseconds until it wants to be called. */
int			cache_turn(cache *cache);

#endif

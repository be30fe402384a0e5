/* SPDX-License-Identifier: PostgreSQL */
/*
 * cache.c: DIR/ab/cdef.. are the artifacts, DIR/part/<sha256> is one being filled, locked
 * by who fills it. A `fill` brings one artifact to be mapped, whichever way:
 *
 *	the file is there	-> map, hash it in steps (VERIFY) -> give
 *	somebody fills it	-> look again in 100 ms (WAIT)
 *	else				-> read_blob, write, hash (FETCH) -> sync, rename, map -> give
 */
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "cache_room.h"
#include "log.h"

#define STEP_BYTES (4u << 20)	/* hashed per turn */
#define FETCH_CHUNKS 4
#define WAIT_MS 100
#define IDLE_MAPS 64
#define MEMORY_MAX (32u << 20)
#define PATH_SIZE 512

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
	char		dir[PATH_SIZE - 100];
	fill	   *fills;
	open_map   *maps;
};

/* ---- names ---- */

static void
hex_of(const uint8_t sha256[32], char out[65])
{
	for (int i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", sha256[i]);
}

static void
final_name(const cache *cache, const uint8_t sha256[32], char out[PATH_SIZE])
{
	char		hex[65];

	hex_of(sha256, hex);
	snprintf(out, PATH_SIZE, "%s/%.2s/%s", cache->dir, hex, hex + 2);
}

static void
part_name(const cache *cache, const uint8_t sha256[32], char out[PATH_SIZE])
{
	char		hex[65];

	hex_of(sha256, hex);
	snprintf(out, PATH_SIZE, "%s/part/%s", cache->dir, hex);
}

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

/* ---- the end of a fill ---- */

static void
close_fill(fill *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	if (f->map != NULL)
		munmap(f->map, f->size);
	f->map = NULL;
	EVP_MD_CTX_free(f->hash);
	f->hash = NULL;
}

/* Tells all who wait. map, when there is one, is the fill's and becomes an open map. */
static void
give(fill *f, status_word word)
{
	cache	   *cache = f->cache;
	waiter	   *w;
	open_map   *m = NULL;

	if (word == ST_OK)
	{
		m = calloc(1, sizeof *m);
		if (m == NULL)
			abort();
		m->map.data = f->size ? f->map : (const uint8_t *) "";
		m->map.size = f->size;
		memcpy(m->map.sha256, f->sha256, 32);
		m->map.refs = 1;
		m->used = loop_now();
		m->next = cache->maps;
		cache->maps = m;
		f->map = NULL;
	}
	close_fill(f);
	f->over = true;
	while ((w = f->waiters) != NULL)
	{
		f->waiters = w->next;
		if (m != NULL)
			m->map.refs++;
		w->done(w->arg, word, m ? &m->map : NULL);
		free(w);
	}
	if (m != NULL)
		cache_release(cache, &m->map);
}

static bool
start_hash(fill *f)
{
	f->hash = EVP_MD_CTX_new();
	f->at = 0;
	return f->hash != NULL && EVP_DigestInit_ex(f->hash, EVP_sha256(), NULL) == 1;
}

static bool
hash_agrees(fill *f)
{
	uint8_t		got[32];

	return EVP_DigestFinal_ex(f->hash, got, NULL) == 1 && memcmp(got, f->sha256, 32) == 0;
}

static bool
map_file(fill *f)
{
	void	   *map;

	if (f->size == 0)
		return true;
	map = mmap(NULL, f->size, PROT_READ, MAP_SHARED, f->fd, 0);
	if (map == MAP_FAILED)
		return false;
	f->map = map;
	return true;
}

/* ---- fetching ---- */

static void fetch_more(fill *f);

/* No file can be written: keep it in memory if it is small, else give up. */
static void
no_disk(fill *f, const char *why)
{
	log_error("cache cannot write reason=\"%s\" bytes=%llu", why, (unsigned long long) f->size);
	close_fill(f);
	if (f->memory || f->size > MEMORY_MAX)
	{
		give(f, ST_UNAVAILABLE);
		return;
	}
	f->memory = true;
	f->fd = memfd_create("fota", MFD_CLOEXEC);
	if (f->fd < 0 || !start_hash(f))
	{
		give(f, ST_UNAVAILABLE);
		return;
	}
	f->phase = PHASE_FETCH;
	fetch_more(f);
}

static void
fetched_all(fill *f)
{
	char		from[PATH_SIZE];
	char		to[PATH_SIZE];

	part_name(f->cache, f->sha256, from);
	final_name(f->cache, f->sha256, to);
	if (!hash_agrees(f))
	{
		log_error("cache digest differs file=%s", from);
		if (!f->memory)
			unlink(from);
		give(f, ST_UNAVAILABLE);
		return;
	}
	if (!f->memory && (fdatasync(f->fd) != 0 || rename(from, to) != 0))
	{
		unlink(from);
		no_disk(f, strerror(errno));
		return;
	}
	give(f, map_file(f) ? ST_OK : ST_UNAVAILABLE);
}

static bool
write_all(fill *f, const uint8_t *data, size_t size)
{
	uint64_t	at = f->at;

	for (int tries = 0; size > 0;)
	{
		ssize_t		n = pwrite(f->fd, data, size, (off_t) at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOSPC && !f->memory && tries++ == 0)
		{
			cache_make_room(f->cache->dir, f->size);
			continue;
		}
		if (n <= 0)
			return false;
		data += n;
		size -= (size_t) n;
		at += (uint64_t) n;
	}
	if (!f->memory)
		sync_file_range(f->fd, (off_t) f->at, (off_t) (at - f->at), SYNC_FILE_RANGE_WRITE);
	return true;
}

static void
chunks_came(void *arg, status_word word, const api_chunk *chunk, int count)
{
	fill	   *f = arg;

	if (word != ST_OK || count == 0)
	{
		if (word != ST_UNAVAILABLE)
			log_error("cache read_blob status=%s chunks=%d", status_name(word), count);
		give(f, ST_UNAVAILABLE);
		return;
	}
	for (int i = 0; i < count; i++)
	{
		uint64_t	left = f->size - f->at;
		size_t		want = left < API_CHUNK_SIZE ? (size_t) left : API_CHUNK_SIZE;

		if ((uint64_t) chunk[i].chunk_no != f->at / API_CHUNK_SIZE || chunk[i].size != want || want == 0)
		{
			log_error("cache chunk %d has %zu bytes, expected %zu", chunk[i].chunk_no, chunk[i].size, want);
			give(f, ST_UNAVAILABLE);
			return;
		}
		if (!write_all(f, chunk[i].data, want))
		{
			char		part[PATH_SIZE];

			part_name(f->cache, f->sha256, part);
			if (!f->memory)
				unlink(part);
			no_disk(f, strerror(errno));
			return;
		}
		EVP_DigestUpdate(f->hash, chunk[i].data, want);
		f->at += want;
	}
	if (f->at == f->size)
		fetched_all(f);
	else
		fetch_more(f);
}

static void
fetch_more(fill *f)
{
	if (f->size == 0)
		fetched_all(f);
	else
		api_read_blob(f->cache->api, f->tenant_id, f->sha256, (int) (f->at / API_CHUNK_SIZE), FETCH_CHUNKS,
					  chunks_came, f);
}

/* Takes the lock of the temporary file; 1 = ours, 0 = somebody else's, -1 = no file. */
static int
lock_part(fill *f)
{
	char		name[PATH_SIZE];
	struct stat here,
				there;

	part_name(f->cache, f->sha256, name);
	f->fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (f->fd < 0)
		return -1;
	if (flock(f->fd, LOCK_EX | LOCK_NB) == 0 && fstat(f->fd, &here) == 0 && stat(name, &there) == 0 &&
		here.st_ino == there.st_ino && here.st_dev == there.st_dev)
		return 1;
	close(f->fd);
	f->fd = -1;
	return 0;
}

/* Looks where the artifact is and goes on from there. */
static void
open_fill(fill *f)
{
	char		name[PATH_SIZE];
	struct stat st;
	int			locked;

	final_name(f->cache, f->sha256, name);
	f->fd = open(name, O_RDONLY | O_CLOEXEC);
	if (f->fd >= 0)
	{
		if (fstat(f->fd, &st) == 0 && (uint64_t) st.st_size == f->size && map_file(f) && start_hash(f))
		{
			f->phase = PHASE_VERIFY;
			return;
		}
		close_fill(f);
		unlink(name);
	}
	locked = lock_part(f);
	if (locked < 0)
		no_disk(f, strerror(errno));
	else if (locked == 0)
	{
		f->phase = PHASE_WAIT;
		f->retry_at = loop_now() + WAIT_MS;
	}
	else if (access(name, F_OK) == 0)
	{
		char		part[PATH_SIZE];

		/* Filled while we asked for the lock. */
		part_name(f->cache, f->sha256, part);
		unlink(part);
		close_fill(f);
		f->phase = PHASE_OPEN;
	}
	else
	{
		cache_make_room(f->cache->dir, f->size);
		if (ftruncate(f->fd, 0) != 0 || !start_hash(f))
			no_disk(f, strerror(errno));
		else
		{
			f->phase = PHASE_FETCH;
			fetch_more(f);
		}
	}
}

/* Hashes some more of a file that was there. */
static void
verify_fill(fill *f)
{
	uint64_t	left = f->size - f->at;
	size_t		step = left < STEP_BYTES ? (size_t) left : STEP_BYTES;
	char		name[PATH_SIZE];

	if (step > 0)
		EVP_DigestUpdate(f->hash, f->map + f->at, step);
	f->at += step;
	if (f->at < f->size)
		return;
	if (hash_agrees(f))
	{
		give(f, ST_OK);
		return;
	}
	final_name(f->cache, f->sha256, name);
	log_error("cache file damaged file=%s", name);
	unlink(name);
	close_fill(f);
	f->phase = PHASE_OPEN;
}

/* ---- outside ---- */

/* Makes a folder and its missing parents. */
static bool
make_folders(const char *path)
{
	char		copy[PATH_SIZE];

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
	char		name[PATH_SIZE];
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
			give(f, ST_UNAVAILABLE);
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
		open_fill(f);
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
			open_fill(f);
		else if (!f->over && f->phase == PHASE_VERIFY)
			verify_fill(f);
		if (f->over || f->phase == PHASE_VERIFY || f->phase == PHASE_OPEN)
			wait = 0;
		else if (f->phase == PHASE_WAIT && wait > WAIT_MS)
			wait = WAIT_MS;
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

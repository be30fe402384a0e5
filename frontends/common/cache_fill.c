/* SPDX-License-Identifier: PostgreSQL */
/*
 * cache_fill.c: a `fill` brings one artifact to be mapped, whichever way:
 *
 *	the file is there	-> map, hash it in steps (VERIFY) -> give
 *	somebody fills it	-> look again in 100 ms (WAIT)
 *	else				-> read_blob, write, hash (FETCH) -> sync, rename, map -> give
 *
 * Where no file can be written a small artifact is kept in memory.
 */
#include "cache_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache_room.h"
#include "hash.h"
#include "log.h"

#define STEP_BYTES (4u << 20)	/* hashed per turn */
#define FETCH_CHUNKS 4
#define MEMORY_MAX (32u << 20)

/* ---- names ---- */

static void
final_name(const cache *cache, const uint8_t sha256[32], char out[CACHE_PATH])
{
	char		hex[65];

	fota_hex(sha256, 32, hex);
	snprintf(out, CACHE_PATH, "%s/%.2s/%s", cache->dir, hex, hex + 2);
}

static void
part_name(const cache *cache, const uint8_t sha256[32], char out[CACHE_PATH])
{
	char		hex[65];

	fota_hex(sha256, 32, hex);
	snprintf(out, CACHE_PATH, "%s/part/%s", cache->dir, hex);
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
void
cache_fill_give(fill *f, status_word word)
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
		cache_fill_give(f, ST_UNAVAILABLE);
		return;
	}
	f->memory = true;
	f->fd = memfd_create("fota", MFD_CLOEXEC);
	if (f->fd < 0 || !start_hash(f))
	{
		cache_fill_give(f, ST_UNAVAILABLE);
		return;
	}
	f->phase = PHASE_FETCH;
	fetch_more(f);
}

static void
fetched_all(fill *f)
{
	char		from[CACHE_PATH];
	char		to[CACHE_PATH];

	part_name(f->cache, f->sha256, from);
	final_name(f->cache, f->sha256, to);
	if (!hash_agrees(f))
	{
		log_error("cache digest differs file=%s", from);
		if (!f->memory)
			unlink(from);
		cache_fill_give(f, ST_UNAVAILABLE);
		return;
	}
	if (!f->memory && (fdatasync(f->fd) != 0 || rename(from, to) != 0))
	{
		unlink(from);
		no_disk(f, strerror(errno));
		return;
	}
	cache_fill_give(f, map_file(f) ? ST_OK : ST_UNAVAILABLE);
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
		cache_fill_give(f, ST_UNAVAILABLE);
		return;
	}
	for (int i = 0; i < count; i++)
	{
		uint64_t	left = f->size - f->at;
		size_t		want = left < API_CHUNK_SIZE ? (size_t) left : API_CHUNK_SIZE;

		if ((uint64_t) chunk[i].chunk_no != f->at / API_CHUNK_SIZE || chunk[i].size != want || want == 0)
		{
			log_error("cache chunk %d has %zu bytes, expected %zu", chunk[i].chunk_no, chunk[i].size, want);
			cache_fill_give(f, ST_UNAVAILABLE);
			return;
		}
		if (!write_all(f, chunk[i].data, want))
		{
			char		part[CACHE_PATH];

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
	char		name[CACHE_PATH];
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

void
cache_fill_open(fill *f)
{
	char		name[CACHE_PATH];
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
		if (unlink(name) != 0 && errno != ENOENT)
		{
			no_disk(f, strerror(errno));
			return;
		}
	}
	locked = lock_part(f);
	if (locked < 0)
		no_disk(f, strerror(errno));
	else if (locked == 0)
	{
		f->phase = PHASE_WAIT;
		f->retry_at = loop_now() + CACHE_WAIT_MS;
	}
	else if (access(name, F_OK) == 0)
	{
		char		part[CACHE_PATH];

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

void
cache_fill_verify(fill *f)
{
	uint64_t	left = f->size - f->at;
	size_t		step = left < STEP_BYTES ? (size_t) left : STEP_BYTES;
	char		name[CACHE_PATH];

	if (step > 0)
		EVP_DigestUpdate(f->hash, f->map + f->at, step);
	f->at += step;
	if (f->at < f->size)
		return;
	if (hash_agrees(f))
	{
		cache_fill_give(f, ST_OK);
		return;
	}
	final_name(f->cache, f->sha256, name);
	log_error("cache file damaged file=%s", name);
	close_fill(f);
	f->phase = PHASE_OPEN;
	/* One that cannot be removed would be found again, and again. */
	if (unlink(name) != 0 && errno != ENOENT)
		no_disk(f, strerror(errno));
}

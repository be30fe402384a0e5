/* SPDX-License-Identifier: PostgreSQL */
/* links: common/cache.c common/cache_fill.c common/cache_room.c common/log.c common/cfg.c common/loop.c common/status.c common/cred.c */
/* test_cache.c: filling, sharing, verifying and losing artifacts; PostgreSQL is played by this file. */
#include "tap.h"

#include <openssl/evp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"

#define SIZE (3 * API_CHUNK_SIZE + 1000)

static uint8_t content[SIZE];
static uint8_t digest[32];
static int	reads;
static bool away, corrupt;

/* Questions that wait for an answer, as a database would have them. */
static struct question
{
	int			chunk_no, count;
	api_chunks_done done;
	void	   *arg;
}			question[16];
static int	questions;

void
api_read_blob(api *api, int32_t tenant_id, const uint8_t sha256[32], int chunk_no, int count,
			  api_chunks_done done, void *arg)
{
	(void) api;
	(void) tenant_id;
	(void) sha256;
	reads++;
	question[questions++] = (struct question) {chunk_no, count, done, arg};
}

static void
answer_all(void)
{
	while (questions > 0)
	{
		struct question q = question[--questions];
		api_chunk	chunk[8];
		int			n = 0;

		for (int i = q.chunk_no; i < q.chunk_no + q.count && (size_t) i * API_CHUNK_SIZE < SIZE; i++, n++)
		{
			size_t		left = SIZE - (size_t) i * API_CHUNK_SIZE;

			chunk[n] = (api_chunk) {i, content + (size_t) i * API_CHUNK_SIZE,
			left < API_CHUNK_SIZE ? left : API_CHUNK_SIZE};
		}
		if (corrupt)
			content[5] ^= 1;
		if (away)
			q.done(q.arg, ST_UNAVAILABLE, NULL, 0);
		else
			q.done(q.arg, ST_OK, chunk, n);
		if (corrupt)
			content[5] ^= 1;
	}
}

typedef struct result
{
	int			calls;
	status_word word;
	cache_map  *map;
} result;

static void
got(void *arg, status_word word, cache_map *map)
{
	result	   *r = arg;

	r->calls++;
	r->word = word;
	r->map = map;
}

static void
run(cache *c)
{
	for (int i = 0; i < 20; i++)
	{
		answer_all();
		cache_turn(c);
	}
}

static bool
whole(const result *r)
{
	return r->calls == 1 && r->word == ST_OK && r->map->size == SIZE && memcmp(r->map->data, content, SIZE) == 0;
}

static void
damage(const char *dir)
{
	char		name[200];
	char		hex[65];
	FILE	   *f;

	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	snprintf(name, sizeof name, "%s/%.2s/%s", dir, hex, hex + 2);
	f = fopen(name, "r+b");
	if (f == NULL)
		abort();
	fseek(f, 1000, SEEK_SET);
	fputc(content[1000] ^ 0xff, f);
	fclose(f);
}

int
main(void)
{
	char		dir[] = "/tmp/fota-cache-XXXXXX";
	char		command[100];
	char		error[200];
	cache	   *a, *b;
	result		r1 = {0},
				r2 = {0},
				r3 = {0},
				r4 = {0},
				r5 = {0},
				r6 = {0},
				r7 = {0};
	struct rlimit limit;

	setenv("FOTA_LOG", "error", 1);
	if (mkdtemp(dir) == NULL)
		abort();
	for (size_t i = 0; i < SIZE; i++)
		content[i] = (uint8_t) (i * 2654435761u >> 13);
	EVP_Digest(content, SIZE, digest, NULL, EVP_sha256(), NULL);

	a = cache_open(NULL, dir, error, sizeof error);
	ok(a != NULL, "a cache is made in an empty folder");
	away = true;
	cache_get(a, 1, digest, SIZE, got, &r1);
	run(a);
	ok(r1.calls == 1 && r1.word == ST_UNAVAILABLE && r1.map == NULL, "without PostgreSQL there is nothing to give");
	away = false;
	corrupt = true;
	memset(&r1, 0, sizeof r1);
	cache_get(a, 1, digest, SIZE, got, &r1);
	run(a);
	ok(r1.word == ST_UNAVAILABLE, "what has another digest is not given");
	corrupt = false;
	memset(&r1, 0, sizeof r1);
	reads = 0;
	cache_get(a, 1, digest, SIZE, got, &r1);
	cache_get(a, 1, digest, SIZE, got, &r2);
	run(a);
	ok(whole(&r1) && whole(&r2), "two requests at once both get the artifact");
	is_int(reads, 1, "which was read once");
	ok(cache_peek(a, digest) == r1.map, "an open artifact is had without asking");
	cache_release(a, r1.map);

	b = cache_open(NULL, dir, error, sizeof error);
	reads = 0;
	cache_get(b, 1, digest, SIZE, got, &r3);
	run(b);
	ok(whole(&r3) && reads == 0, "another process finds the file");
	cache_release(b, r3.map);
	cache_close(b);

	damage(dir);
	b = cache_open(NULL, dir, error, sizeof error);
	cache_get(b, 1, digest, SIZE, got, &r4);
	run(b);
	ok(whole(&r4) && reads == 1, "a damaged file is noticed and filled again");
	cache_release(b, r4.map);
	cache_close(b);

	snprintf(command, sizeof command, "rm -rf %s/*/*", dir);
	ok(system(command) == 0 && memcmp(r2.map->data + 2000, content + 2000, SIZE - 2000) == 0,
	   "a map stays when its file is removed");
	b = cache_open(NULL, dir, error, sizeof error);
	reads = 0;
	cache_get(b, 1, digest, SIZE, got, &r5);
	{
		cache	   *c = cache_open(NULL, dir, error, sizeof error);

		cache_get(c, 1, digest, SIZE, got, &r6);
		is_int(reads, 1, "while one fills, another waits");
		run(b);
		usleep(150000);
		run(c);
		ok(whole(&r5) && whole(&r6) && reads == 1, "and then finds the file");
		cache_close(c);
	}
	cache_close(b);

	ok(system(command) == 0, "the folder is emptied again");
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = API_CHUNK_SIZE;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	b = cache_open(NULL, dir, error, sizeof error);
	cache_get(b, 1, digest, SIZE, got, &r7);
	run(b);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	ok(r7.calls == 1 && (r7.word == ST_UNAVAILABLE || whole(&r7)), "a file that cannot be written costs at most the request");
	cache_close(b);
	cache_close(a);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ok(system(command) == 0, "nothing is left");
	ok(cache_open(NULL, "/proc/nowhere", error, sizeof error) == NULL && strstr(error, "/proc/nowhere"),
	   "a folder that cannot be made is named");
	return done();
}

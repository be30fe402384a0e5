/* SPDX-License-Identifier: PostgreSQL */
/* job_io.c: blobs read, results written, digests, errors of a job; see job_io.h. */
#include "job_io.h"

#include "json.h"
#include "pg.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define READ_CHUNKS 4

/* --- errors ------------------------------------------------------------------------------------ */

job_end
job_fail(job *job, const char *code, bool again, const char *format, ...)
{
	va_list		args;

	job->error = (job_error) {.again = again};
	snprintf(job->error.code, sizeof(job->error.code), "%s", code);
	va_start(args, format);
	vsnprintf(job->error.message, sizeof(job->error.message), format, args);
	va_end(args);
	return JOB_FAILED;
}

job_end
job_fail_core(job *job)
{
	const fota_error *e = &job->ctx.error;

	job_fail(job, fota_status_sqlstate(e->code), e->code == FOTA_NOMEM || e->code == FOTA_CANCELED, "%s", e->message);
	fota_error_detail(e, job->error.detail, sizeof(job->error.detail));
	memcpy(job->error.hint, e->hint, sizeof(job->error.hint));
	if (e->code == FOTA_LIMIT && e->offset == FOTA_NOWHERE && e->line == 0 && e->hint[0] == '\0')
		snprintf(job->error.hint, sizeof(job->error.hint), "FOTA_WORKER_MEMORY_MB of fota-worker is what it may use.");
	return JOB_FAILED;
}

/* --- reading ----------------------------------------------------------------------------------- */

static job_end
missing(job *job, const job_blob *blob, uint64_t at)
{
	job_fail(job, "UF003", false, "the stored bytes end at %llu, expected %llu", (unsigned long long) at,
			 (unsigned long long) blob->size);
	snprintf(job->error.detail, sizeof(job->error.detail), "Chunk %llu is missing or has another size.",
			 (unsigned long long) at / JOB_CHUNK);
	snprintf(job->error.hint, sizeof(job->error.hint), "Upload the file again.");
	return JOB_FAILED;
}

/* Gives the chunks of one answer to sink; *at moves on. */
static job_end
take_chunks(job *job, const job_blob *blob, const PGresult *rows, fota_hash *hash, uint64_t *at, job_sink sink,
			void *arg)
{
	for (int i = 0; i < PQntuples(rows); i++)
	{
		const uint8_t *data = (const uint8_t *) PQgetvalue(rows, i, 1);
		uint64_t	left = blob->size - *at;
		size_t		size = (size_t) PQgetlength(rows, i, 1);
		uint32_t	number;
		job_end		end;

		memcpy(&number, PQgetvalue(rows, i, 0), sizeof(number));
		if (ntohl(number) != *at / JOB_CHUNK || size != (left < JOB_CHUNK ? left : JOB_CHUNK))
			return missing(job, blob, *at);
		if (hash != NULL && fota_hash_update(&job->ctx, hash, data, size) != FOTA_OK)
			return job_fail_core(job);
		*at += size;
		end = sink(arg, data, size);
		if (end != JOB_DONE)
			return end;
	}
	return JOB_DONE;
}

static job_end
read_chunks(job *job, const job_blob *blob, fota_hash *hash, job_sink sink, void *arg)
{
	uint64_t	at = 0;
	job_end		end = JOB_DONE;

	while (end == JOB_DONE && at < blob->size)
	{
		PGresult   *rows = NULL;
		uint64_t	chunks = (blob->size - at + JOB_CHUNK - 1) / JOB_CHUNK;

		switch (pg_read(job, blob->id, (int) (at / JOB_CHUNK), chunks < READ_CHUNKS ? (int) chunks : READ_CHUNKS,
						&rows, &job->error))
		{
			case PG_OK:
				end = take_chunks(job, blob, rows, hash, &at, sink, arg);
				break;
			case PG_ERROR:
				end = JOB_FAILED;
				break;
			default:
				end = missing(job, blob, at);
		}
		PQclear(rows);
	}
	return end;
}

job_end
job_read(job *job, const job_blob *blob, job_sink sink, void *arg)
{
	uint8_t		digest[FOTA_SHA256_SIZE];
	char		found[2 * FOTA_SHA256_SIZE + 1],
				expected[2 * FOTA_SHA256_SIZE + 1];
	fota_hash	hash;
	job_end		end;

	if (fota_hash_init(&job->ctx, &hash, FOTA_HASH_SHA256) != FOTA_OK)
		return job_fail_core(job);
	end = read_chunks(job, blob, &hash, sink, arg);
	if (end != JOB_DONE)
	{
		fota_hash_drop(&hash);
		return end;
	}
	if (fota_hash_final(&job->ctx, &hash, digest) != FOTA_OK)
		return job_fail_core(job);
	if (memcmp(digest, blob->sha256, sizeof(digest)) == 0)
		return JOB_DONE;
	fota_hex(digest, sizeof(digest), found);
	fota_hex(blob->sha256, sizeof(digest), expected);
	job_fail(job, "UF002", false, "the SHA-256 of the bytes is %s, expected %s", found, expected);
	snprintf(job->error.hint, sizeof(job->error.hint),
			 "The file changed while it was read, or was damaged on its way: upload it again.");
	return JOB_FAILED;
}

typedef struct held
{
	uint8_t    *data;
	size_t		at;
} held;

static job_end
hold(void *arg, const uint8_t *data, size_t size)
{
	held	   *h = arg;

	memcpy(h->data + h->at, data, size);
	h->at += size;
	return JOB_DONE;
}

job_end
job_read_all(job *job, const job_blob *blob, uint8_t **data)
{
	held		h = {0};

	if (blob->size > job->ctx.limit)
	{
		fota_fail(&job->ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%llu bytes are more than the worker's limit of %zu",
				  (unsigned long long) blob->size, job->ctx.limit);
		return job_fail_core(job);
	}
	h.data = fota_alloc_raw(&job->ctx, blob->size > 0 ? (size_t) blob->size : 1);
	if (h.data == NULL)
		return job_fail_core(job);
	*data = h.data;
	return job_read(job, blob, hold, &h);
}

job_end
job_peek(job *job, const job_blob *blob, uint8_t *data, size_t room, size_t *size)
{
	PGresult   *rows;
	pg_answer	answer = pg_read(job, blob->id, 0, 1, &rows, &job->error);

	*size = 0;
	if (answer == PG_ERROR)
		return JOB_FAILED;
	if (answer == PG_OK)
	{
		*size = (size_t) PQgetlength(rows, 0, 1);
		if (*size > room)
			*size = room;
		memcpy(data, PQgetvalue(rows, 0, 1), *size);
	}
	PQclear(rows);
	return JOB_DONE;
}

/* --- writing ----------------------------------------------------------------------------------- */

job_end
job_put_all(job *job, const void *data, size_t size)
{
	const uint8_t *p = data;

	while (size > 0)
	{
		size_t		step = size < JOB_CHUNK ? size : JOB_CHUNK;
		pg_answer	answer = pg_put(job, job->next_chunk, p, step, &job->error);

		if (answer != PG_OK)
			return answer == PG_LOST ? JOB_LOST : JOB_FAILED;
		job->next_chunk++;
		p += step;
		size -= step;
	}
	return JOB_DONE;
}

/* --- digests ----------------------------------------------------------------------------------- */

static const fota_hash_kind kinds[3] = {FOTA_HASH_MD5, FOTA_HASH_SHA1, FOTA_HASH_SHA256};

job_end
job_digests_begin(job *job, job_digests *d, int count)
{
	*d = (job_digests) {.count = count};
	for (int i = 0; i < count; i++)
		if (fota_hash_init(&job->ctx, &d->hash[i], kinds[i]) != FOTA_OK)
			return job_fail_core(job);
	return JOB_DONE;
}

job_end
job_digests_update(job *job, job_digests *d, const void *data, size_t size)
{
	for (int i = 0; i < d->count; i++)
		if (fota_hash_update(&job->ctx, &d->hash[i], data, size) != FOTA_OK)
			return job_fail_core(job);
	return JOB_DONE;
}

job_end
job_digests_end(job *job, job_digests *d)
{
	uint8_t    *out[3] = {d->md5, d->sha1, d->sha256};

	for (int i = 0; i < d->count; i++)
		if (fota_hash_final(&job->ctx, &d->hash[i], out[i]) != FOTA_OK)
			return job_fail_core(job);
	return JOB_DONE;
}

job_end
job_digests_of(job *job, job_digests *d, const void *data, size_t size)
{
	job_end		end = job_digests_begin(job, d, 3);

	if (end == JOB_DONE)
		end = job_digests_update(job, d, data, size);
	return end == JOB_DONE ? job_digests_end(job, d) : end;
}

/* --- the result -------------------------------------------------------------------------------- */

job_end
job_result(job *job, const char *text)
{
	return fota_json_put(&job->ctx, &job->result, text) == FOTA_OK ? JOB_DONE : job_fail_core(job);
}

/* `"name":`, with a comma unless a container has just begun. */
static fota_status
put_name(job *job, const char *name)
{
	uint8_t		last = job->result.size > 0 ? job->result.data[job->result.size - 1] : '{';
	fota_status status = last == '{' || last == ',' ? FOTA_OK : fota_json_put(&job->ctx, &job->result, ",");

	if (status == FOTA_OK)
		status = fota_json_put_string(&job->ctx, &job->result, name, strlen(name));
	return status == FOTA_OK ? fota_json_put(&job->ctx, &job->result, ":") : status;
}

job_end
job_result_hex(job *job, const char *name, const void *data, size_t size)
{
	if (put_name(job, name) == FOTA_OK && fota_json_put_hex(&job->ctx, &job->result, data, size) == FOTA_OK)
		return JOB_DONE;
	return job_fail_core(job);
}

job_end
job_result_number(job *job, const char *name, uint64_t value)
{
	if (put_name(job, name) == FOTA_OK && fota_json_put_int(&job->ctx, &job->result, (int64_t) value) == FOTA_OK)
		return JOB_DONE;
	return job_fail_core(job);
}

/* SPDX-License-Identifier: PostgreSQL */
/* pg.c: the functions of schema fota_worker; see pg.h. */
#include "pg.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The specification is taken apart by the server, so that no JSON is read here. */
#define BLOB_COLUMNS(name) \
	"c.spec #>> '{" name ",blob_id}', c.spec #>> '{" name ",size}', c.spec #>> '{" name ",sha256}', "

static const char claim_sql[] =
	"SELECT c.status, c.tenant_id::text, c.job_id::text, c.attempt::text, c.kind, "
	BLOB_COLUMNS("file") BLOB_COLUMNS("source") BLOB_COLUMNS("target")
	"CASE jsonb_typeof(c.spec -> 'format') WHEN 'string' THEN c.spec ->> 'format' ELSE c.spec ->> 'name' END, "
	"(SELECT string_agg(p.value, ' ' ORDER BY p.ordinality) FROM jsonb_array_elements_text("
	"CASE jsonb_typeof(c.spec -> 'format') WHEN 'array' THEN c.spec -> 'format' ELSE '[]' END) "
	"WITH ORDINALITY p WHERE p.ordinality > 1), "
	"(SELECT string_agg(w.value, E'\\n') FROM jsonb_array_elements_text("
	"CASE jsonb_typeof(c.spec -> 'waivers') WHEN 'array' THEN c.spec -> 'waivers' ELSE '[]' END) w), "
	"c.spec #>> '{payload,kind}', c.spec #>> '{payload,base}', c.spec #>> '{payload,length}', "
	"c.spec #>> '{payload,fill}', c.spec ->> 'max_size', c.spec ->> 'layouts' "
	"FROM fota_worker.claim($1, $2::interval) c";

enum
{
	C_STATUS, C_TENANT, C_JOB, C_ATTEMPT, C_KIND, C_FILE, C_SOURCE = C_FILE + 3, C_TARGET = C_SOURCE + 3,
	C_FORMAT = C_TARGET + 3, C_PARAMS, C_WAIVERS, C_PAYLOAD, C_BASE, C_LENGTH, C_FILL, C_MAX_SIZE, C_LAYOUTS
};

/* --- errors ----------------------------------------------------------------------------------- */

static void
copy_line(char *out, size_t room, const char *text)
{
	snprintf(out, room, "%.*s", text ? (int) strcspn(text, "\n") : 0, text ? text : "");
}

/* What may do better later: the connection, conflicts, a lack of resources, a server that goes down. */
static bool
is_passing(const char *state)
{
	static const char *const classes[] = {"08", "40", "53", "55P", "57"};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(state, classes[i], strlen(classes[i])) == 0)
			return true;
	return false;
}

static pg_answer
take_error(PGconn *conn, const PGresult *result, job_error *error)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	*error = (job_error) {0};
	snprintf(error->code, sizeof(error->code), "%s", state ? state : "08006");
	copy_line(error->message, sizeof(error->message), message ? message : PQerrorMessage(conn));
	if (result != NULL)
	{
		copy_line(error->detail, sizeof(error->detail), PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL));
		copy_line(error->hint, sizeof(error->hint), PQresultErrorField(result, PG_DIAG_MESSAGE_HINT));
	}
	error->again = is_passing(error->code);
	return PG_ERROR;
}

/* --- calls ------------------------------------------------------------------------------------- */

PGconn *
pg_open(job_error *error)
{
	static const char *const names[] = {
		"fallback_application_name", "client_encoding", "connect_timeout", "keepalives_idle",
		"keepalives_interval", "keepalives_count", NULL
	};
	static const char *const values[] = {"fota-worker", "UTF8", "10", "20", "5", "4", NULL};
	PGconn	   *conn = PQconnectdbParams(names, values, 0);

	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	take_error(conn, NULL, error);
	PQfinish(conn);
	return NULL;
}

void
pg_listen(PGconn *conn)
{
	PQclear(PQexecParams(conn, "LISTEN fota_job", 0, NULL, NULL, NULL, NULL, 0));
}

/* A call whose parameters are all text and whose first column is a status word. */
static PGresult *
ask(PGconn *conn, const char *sql, int count, const char *const *values, pg_answer *answer, job_error *error)
{
	PGresult   *result = PQexecParams(conn, sql, count, NULL, values, NULL, NULL, 0);
	const char *status;

	if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) == 0)
	{
		*answer = take_error(conn, result, error);
		PQclear(result);
		return NULL;
	}
	status = PQgetvalue(result, 0, 0);
	*answer = strcmp(status, "ok") == 0 ? PG_OK : strcmp(status, "lost") == 0 ? PG_LOST : PG_NONE;
	return result;
}

/* What identifies a job in every later call. */
typedef struct job_key
{
	char		tenant[16];
	char		job[24];
	char		attempt[16];
} job_key;

static void
put_key(job_key *key, const job *job, const char *values[3])
{
	snprintf(key->tenant, sizeof(key->tenant), "%d", job->tenant_id);
	snprintf(key->job, sizeof(key->job), "%lld", (long long) job->job_id);
	snprintf(key->attempt, sizeof(key->attempt), "%d", job->attempt);
	values[0] = key->tenant;
	values[1] = key->job;
	values[2] = key->attempt;
}

static const char *
cell(const PGresult *result, int column)
{
	return PQgetisnull(result, 0, column) ? NULL : PQgetvalue(result, 0, column);
}

static int64_t
number(const PGresult *result, int column, int64_t fallback)
{
	const char *text = cell(result, column);

	return text ? strtoll(text, NULL, 10) : fallback;
}

static int
digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Three columns from first on; without them *out stays as it is and job->problem says so. */
static void
take_blob(const PGresult *result, int first, const char *name, job *job, job_blob *out)
{
	const char *hex = cell(result, first + 2);
	bool		good = cell(result, first) && cell(result, first + 1) && hex && strlen(hex) == 64;

	for (int i = 0; good && i < FOTA_SHA256_SIZE; i++)
	{
		good = digit(hex[2 * i]) >= 0 && digit(hex[2 * i + 1]) >= 0;
		out->sha256[i] = (uint8_t) (digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	}
	if (good && number(result, first + 1, 0) >= 0)
	{
		out->id = number(result, first, 0);
		out->size = (uint64_t) number(result, first + 1, 0);
	}
	else
		snprintf(job->problem, sizeof(job->problem), "%s has no blob_id, size and sha256", name);
}

static void
take_payload(const PGresult *result, fota_payload_spec *payload)
{
	const char *kind = cell(result, C_PAYLOAD);

	if (kind != NULL)
		payload->kind = strcmp(kind, "flat") == 0 ? FOTA_PAYLOAD_FLAT : FOTA_PAYLOAD_FILE;
	payload->has_base = cell(result, C_BASE) != NULL;
	payload->base = (uint64_t) number(result, C_BASE, 0);
	payload->has_length = cell(result, C_LENGTH) != NULL;
	payload->length = (uint64_t) number(result, C_LENGTH, 0);
	payload->fill = (uint8_t) number(result, C_FILL, 255);
	payload->max_size = (uint64_t) number(result, C_MAX_SIZE, 0);
}

/* Fills a claimed job from its row. */
static void
take_job(const PGresult *result, job *job)
{
	const char *params = cell(result, C_PARAMS);
	char	   *next;

	job->tenant_id = (int) number(result, C_TENANT, 0);
	job->job_id = number(result, C_JOB, 0);
	job->attempt = (int) number(result, C_ATTEMPT, 0);
	copy_line(job->kind, sizeof(job->kind), cell(result, C_KIND));
	copy_line(job->format, sizeof(job->format), cell(result, C_FORMAT));
	if (strcmp(job->kind, "delta") == 0)
	{
		take_blob(result, C_SOURCE, "source", job, &job->source);
		take_blob(result, C_TARGET, "target", job, &job->target);
	}
	else
		take_blob(result, C_FILE, "file", job, &job->file);
	while (params != NULL && *params != '\0' && job->param_count < 8)
	{
		job->params[job->param_count++] = (uint32_t) strtoul(params, &next, 10);
		params = next == params ? NULL : next;
	}
	if (cell(result, C_WAIVERS) != NULL)
		snprintf(job->waivers, sizeof(job->waivers), "%s", cell(result, C_WAIVERS));
	if (cell(result, C_LAYOUTS) != NULL &&
		snprintf(job->layouts, sizeof(job->layouts), "%s", cell(result, C_LAYOUTS)) >= (int) sizeof(job->layouts))
		snprintf(job->problem, sizeof(job->problem), "layouts of more than %d bytes", JOB_LAYOUTS - 1);
	take_payload(result, &job->payload);
}

pg_answer
pg_claim(PGconn *conn, const char *worker, int lease, job *out, job_error *error)
{
	char		seconds[24];
	const char *values[2] = {worker, seconds};
	pg_answer	answer;
	PGresult   *result;

	*out = (job) {0};
	snprintf(seconds, sizeof(seconds), "%d s", lease);
	result = ask(conn, claim_sql, 2, values, &answer, error);
	if (answer == PG_OK)
		take_job(result, out);
	PQclear(result);
	return answer;
}

pg_answer
pg_renew(PGconn *conn, const job *job, int lease, job_error *error)
{
	char		seconds[24];
	const char *values[4] = {NULL, NULL, NULL, seconds};
	job_key		key;
	pg_answer	answer;

	put_key(&key, job, values);
	snprintf(seconds, sizeof(seconds), "%d s", lease);
	PQclear(ask(conn, "SELECT r.status FROM fota_worker.renew($1, $2, $3, $4::interval) r(status)", 4, values,
				&answer, error));
	return answer;
}

pg_answer
pg_read(const job *job, int64_t blob_id, int chunk_no, int count, PGresult **out, job_error *error)
{
	char		tenant[16],
				blob[24],
				first[16],
				most[16];
	const char *values[4] = {tenant, blob, first, most};
	PGresult   *result;

	snprintf(tenant, sizeof(tenant), "%d", job->tenant_id);
	snprintf(blob, sizeof(blob), "%lld", (long long) blob_id);
	snprintf(first, sizeof(first), "%d", chunk_no);
	snprintf(most, sizeof(most), "%d", count);
	result = PQexecParams(job->conn, "SELECT b.chunk_no, b.data FROM fota_worker.read_blob($1, $2, $3, $4) b "
						  "WHERE b.status = 'ok' ORDER BY b.chunk_no", 4, NULL, values, NULL, NULL, 1);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
	{
		take_error(job->conn, result, error);
		PQclear(result);
		return PG_ERROR;
	}
	*out = result;
	return PQntuples(result) > 0 ? PG_OK : PG_NONE;
}

pg_answer
pg_put(const job *job, int chunk_no, const void *data, size_t size, job_error *error)
{
	char		chunk[16];
	const char *values[5] = {NULL, NULL, NULL, chunk, data};
	int			sizes[5] = {0, 0, 0, 0, (int) size};
	int			formats[5] = {0, 0, 0, 0, 1};
	job_key		key;
	PGresult   *result;
	pg_answer	answer;

	put_key(&key, job, values);
	snprintf(chunk, sizeof(chunk), "%d", chunk_no);
	result = PQexecParams(job->conn, "SELECT r.status FROM fota_worker.put_chunk($1, $2, $3, $4, $5) r(status)", 5,
						  NULL, values, sizes, formats, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) == 0)
		answer = take_error(job->conn, result, error);
	else
		answer = strcmp(PQgetvalue(result, 0, 0), "ok") == 0 ? PG_OK : PG_LOST;
	PQclear(result);
	return answer;
}

pg_answer
pg_finish(const job *job, const char *text, job_error *error)
{
	const char *values[4] = {NULL, NULL, NULL, text};
	job_key		key;
	PGresult   *result;
	pg_answer	answer;

	put_key(&key, job, values);
	result = ask(job->conn, "SELECT r.status FROM fota_worker.finish($1, $2, $3, $4::jsonb) r(status)", 4, values,
				 &answer, error);
	if (answer == PG_NONE)
	{
		*error = (job_error) {.code = "XX000"};
		snprintf(error->message, sizeof(error->message), "the result was not accepted: %s", PQgetvalue(result, 0, 0));
		answer = PG_ERROR;
	}
	PQclear(result);
	return answer;
}

pg_answer
pg_fail(PGconn *conn, const job *job, const job_error *why, job_error *error)
{
	const char *values[8] = {NULL, NULL, NULL, why->code, why->message, why->detail, why->hint, why->again ? "t" : "f"};
	job_key		key;
	pg_answer	answer;

	put_key(&key, job, values);
	PQclear(ask(conn, "SELECT r.status FROM fota_worker.fail($1, $2, $3, $4, $5, nullif($6, ''), nullif($7, ''), $8) "
				"r(status)", 8, values, &answer, error));
	return answer;
}

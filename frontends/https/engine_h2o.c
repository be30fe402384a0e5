/* SPDX-License-Identifier: PostgreSQL */
/*
 * engine_h2o.c: the engine of libh2o 2.2.5 with its own event loop, HTTP/1.1 only.
 *
 * Here are requests, responses and the loop; sockets are in engine_h2o_conn.c. What libh2o
 * does not do is done here: a strict look at the raw header (it lets pass Transfer-Encoding
 * beside Content-Length, a second Host, folded lines), closing while draining.
 */
#include "engine_h2o.h"

#include <h2o/http1.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cfg.h"
#include "log.h"
#include "strict.h"

#define SEND_BYTES 65536		/* given to the engine at a time */
#define WATCH_MS 1000
#define MAX_SLEEP_MS 250

/* A request with what the engine needs to answer it. */
typedef struct job
{
	request		r;				/* first */
	engine	   *engine;
	connection *connection;		/* NULL: gone */
	h2o_req_t  *req;			/* NULL: gone */
	char	   *text;			/* one block that all strings of r are in */
	size_t		text_size;
	bool		head, answered;
	cache_map  *map;
	uint64_t	at, end;
	h2o_generator_t generator;
} job;

/* ---- requests ---- */

static const char *const header_names[HEADERS] = {
	[HEADER_AUTHORIZATION] = "authorization",
	[HEADER_ACCEPT] = "accept",
	[HEADER_CONTENT_TYPE] = "content-type",
	[HEADER_IF_NONE_MATCH] = "if-none-match",
	[HEADER_IF_MATCH] = "if-match",
	[HEADER_IF_RANGE] = "if-range",
	[HEADER_RANGE] = "range",
};

/* Frees a job that neither side needs any more. */
static void
free_job(job *j)
{
	if (j->req != NULL || !j->answered)
		return;
	cache_release(service_cache(j->engine->service), j->map);
	OPENSSL_cleanse(j->text, j->text_size);
	free(j->text);
	free((void *) j->r.body);
	free(j);
}

/* libh2o has done with the request: sent, or the client is gone. */
static void
req_disposed(void *data)
{
	job		   *j = *(job **) data;

	if (j->connection != NULL)
	{
		j->connection->open_requests--;
		if (j->connection->open_requests == 0)
			j->connection->window_at = 0;
	}
	j->connection = NULL;
	j->req = NULL;
	free_job(j);
}

static char *
put(char **to, const char *base, size_t size)
{
	char	   *start = *to;

	memcpy(start, base, size);
	start[size] = '\0';
	*to += size + 1;
	return start;
}

static job *
new_job(engine *e, h2o_req_t *req, connection *c)
{
	job		   *j = calloc(1, sizeof *j);
	ssize_t		at[HEADERS];
	size_t		path_size = req->query_at == SIZE_MAX ? req->path.len : req->query_at;
	size_t		room = req->method.len + req->path.len + req->input.authority.len + 8;
	char	   *to;

	for (int i = 0; i < HEADERS; i++)
	{
		at[i] = h2o_find_header_by_str(&req->headers, header_names[i], strlen(header_names[i]), SIZE_MAX);
		if (at[i] >= 0)
			room += req->headers.entries[at[i]].value.len + 1;
	}
	if (j == NULL || (j->text = to = malloc(room)) == NULL)
		abort();
	j->text_size = room;
	j->engine = e;
	j->req = req;
	j->connection = c;
	j->r.service = e->service;
	j->r.method = put(&to, req->method.base, req->method.len);
	j->r.path = put(&to, req->path.base, path_size);
	if (req->query_at != SIZE_MAX)
		j->r.query = put(&to, req->path.base + path_size + 1, req->path.len - path_size - 1);
	j->r.host = put(&to, req->input.authority.base, req->input.authority.len);
	for (int i = 0; i < HEADERS; i++)
		if (at[i] >= 0)
			j->r.header[i] = put(&to, req->headers.entries[at[i]].value.base,
								 req->headers.entries[at[i]].value.len);
	if (req->entity.base != NULL && req->entity.len > 0)
	{
		uint8_t    *body = malloc(req->entity.len + 1);

		if (body == NULL)
			abort();
		memcpy(body, req->entity.base, req->entity.len);
		body[req->entity.len] = 0;
		j->r.body = body;
		j->r.body_size = req->entity.len;
	}
	j->r.peer = c->peer;
	j->head = strcmp(j->r.method, "HEAD") == 0;
	return j;
}

static int
on_request(h2o_handler_t *self, h2o_req_t *req)
{
	engine	   *e = *(engine **) (self + 1);
	h2o_socket_t *socket = req->conn->callbacks->get_socket(req->conn);
	connection *c = socket->on_close.data;
	job		   *j = new_job(e, req, c);
	job		  **back = h2o_mem_alloc_shared(&req->pool, sizeof *back, req_disposed);
	const char *why;
	int			status = 400;

	*back = j;
	c->open_requests++;
	why = strict_check(socket->input->bytes, socket->input->size, j->r.method);
	if (why == NULL && req->entity.len > ENGINE_BODY_MAX)
	{
		status = 413;
		why = "the body has more than 65536 bytes";
	}
	if (why != NULL)
	{
		response	out = {.status = status, .type = "text/plain", .body = why, .size = strlen(why), .close = true};

		log_info("request refused reason=\"%s\"", why);
		engine_respond(&j->r, &out);
		return 0;
	}
	e->handler(&j->r);
	return 0;
}

/* ---- responses ---- */

static const char *
reason_of(int status)
{
	static const struct
	{
		int			status;
		const char *reason;
	}			reasons[] = {
		{200, "OK"}, {206, "Partial Content"}, {304, "Not Modified"}, {400, "Bad Request"},
		{401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
		{406, "Not Acceptable"}, {409, "Conflict"}, {410, "Gone"}, {412, "Precondition Failed"},
		{413, "Content Too Large"}, {415, "Unsupported Media Type"}, {416, "Range Not Satisfiable"},
		{429, "Too Many Requests"}, {503, "Service Unavailable"},
	};

	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Status";
}

static void
add_header(h2o_req_t *req, const char *name, const char *value)
{
	h2o_iovec_t copy = h2o_strdup(&req->pool, value, SIZE_MAX);

	h2o_add_header_by_str(&req->pool, &req->res.headers, name, strlen(name), 0, NULL, copy.base, copy.len);
}

static void
add_headers(h2o_req_t *req, const response *out)
{
	char		text[320];

	if (out->type != NULL)
		add_header(req, "content-type", out->type);
	if (out->etag != NULL)
		add_header(req, "etag", out->etag);
	if (out->ranges)
		add_header(req, "accept-ranges", "bytes");
	if (out->content_range != NULL)
		add_header(req, "content-range", out->content_range);
	if (out->allow != NULL)
		add_header(req, "allow", out->allow);
	if (out->disposition != NULL)
	{
		snprintf(text, sizeof text, "attachment;filename=%s", out->disposition);
		add_header(req, "content-disposition", text);
		add_header(req, "x-content-type-options", "nosniff");
	}
	if (out->retry_after != 0)
	{
		snprintf(text, sizeof text, "%u", out->retry_after);
		add_header(req, "retry-after", text);
	}
}

/* Gives the engine the next piece of a mapped artifact. */
static void
give_more(h2o_generator_t *generator, h2o_req_t *req)
{
	job		   *j = H2O_STRUCT_FROM_MEMBER(job, generator, generator);
	uint64_t	left = j->end - j->at;
	h2o_iovec_t piece = {(char *) j->map->data + j->at, left < SEND_BYTES ? (size_t) left : SEND_BYTES};

	j->at += piece.len;
	h2o_send(req, &piece, 1, j->at == j->end ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

static void
stopped(h2o_generator_t *generator, h2o_req_t *req)
{
	(void) generator;
	(void) req;
}

void
engine_respond(request *r, const response *out)
{
	job		   *j = (job *) r;
	h2o_req_t  *req = j->req;
	uint64_t	size = out->map ? out->length : out->size;

	j->answered = true;
	j->map = out->map;
	if (req == NULL)
	{
		free_job(j);
		return;
	}
	j->connection->credential_id = r->credential_id;
	if (j->connection->window_at == 0)
	{
		j->connection->window_at = loop_now();
		j->connection->drained_mark = engine_sent(j->connection);
	}
	req->res.status = out->status;
	req->res.reason = reason_of(out->status);
	add_headers(req, out);
	req->res.content_length = out->status == 304 ? SIZE_MAX : (size_t) size;
	if (out->close || j->engine->drain_from != 0)
		req->http1_is_persistent = 0;
	j->generator.proceed = give_more;
	j->generator.stop = stopped;
	if (out->map != NULL && !j->head && size > 0)
	{
		j->at = out->offset;
		j->end = out->offset + size;
		h2o_start_response(req, &j->generator);
		give_more(&j->generator, req);
		return;
	}
	h2o_start_response(req, &j->generator);
	if (j->head || size == 0 || out->map != NULL)
		h2o_send(req, NULL, 0, H2O_SEND_STATE_FINAL);
	else
	{
		h2o_iovec_t body = h2o_strdup(&req->pool, out->body, out->size);

		h2o_send(req, &body, 1, H2O_SEND_STATE_FINAL);
	}
}

/* ---- the loop ---- */

/* service_turn is called in every turn anyway. */
static void
wake(void *self)
{
	(void) self;
}

static void
on_change(void *arg, int32_t tenant_id, const char *kind, int64_t id, const char *name)
{
	(void) tenant_id;
	(void) name;
	if (strcmp(kind, "credential") == 0)
		engine_cut(arg, id);
}

engine *
engine_open(int fd, SSL_CTX *tls, engine_handler handler, char *error, size_t error_size)
{
	engine	   *e = calloc(1, sizeof *e);
	h2o_hostconf_t *host;
	h2o_pathconf_t *path;
	h2o_handler_t *h;
	loop_host	loop = {e, engine_watch_fd, wake};

	if (e == NULL)
		abort();
	e->handler = handler;
	e->stall_seconds = (int) cfg_number("FOTA_STALL_SECONDS", 30, 1, 3600);
	e->connection_max = (int) cfg_number("FOTA_HTTPS_CONNECTIONS", 10000, 1, 1000000);
	h2o_config_init(&e->conf);
	e->conf.server_name = (h2o_iovec_t) {H2O_STRLIT("pgfota")};
	/* Beyond this libh2o closes on unread bytes, and its 413 may be lost; on_request says it first. */
	e->conf.max_request_entity_size = 2 * ENGINE_BODY_MAX;
	e->conf.http1.upgrade_to_http2 = 0;
	host = h2o_config_register_host(&e->conf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
	path = h2o_config_register_path(host, "/", 0);
	h = h2o_create_handler(path, sizeof *h + sizeof e);
	h->on_req = on_request;
	*(engine **) (h + 1) = e;
	h2o_context_init(&e->ctx, h2o_evloop_create(), &e->conf);
	e->accept.ctx = &e->ctx;
	e->accept.hosts = e->conf.hosts;
	e->accept.ssl_ctx = tls;
	e->service = service_open(&loop, "https", error, error_size);
	if (e->service == NULL)
		return NULL;
	service_on_change(e->service, on_change, e);
	e->listener = h2o_evloop_socket_create(e->ctx.loop, fcntl(fd, F_DUPFD_CLOEXEC, 0), H2O_SOCKET_FLAG_DONT_READ);
	e->listener->data = e;
	h2o_socket_read_start(e->listener, engine_accept);
	return e;
}

service *
engine_service(engine *e)
{
	return e->service;
}

void
engine_on_turn(engine *e, void (*hook) (void *arg), void *arg)
{
	e->turn_hook = hook;
	e->turn_arg = arg;
}

void
engine_set_tls(engine *e, SSL_CTX *tls)
{
	atomic_store(&e->new_tls, tls);
}

void
engine_drain(engine *e, int deadline_ms)
{
	atomic_store(&e->drain_ms, deadline_ms);
}

/* Begins to drain when asked; true when that is done or out of time. */
static bool
drained_all(engine *e)
{
	int			deadline = atomic_load(&e->drain_ms);

	if (deadline == 0)
		return false;
	if (e->drain_from == 0)
	{
		e->drain_from = loop_now();
		h2o_socket_close(e->listener);
		e->listener = NULL;
		h2o_context_request_shutdown(&e->ctx);
	}
	if (e->connections == NULL && service_is_idle(e->service))
		return true;
	if (loop_now() - e->drain_from < deadline)
		return false;
	log_info("drain out of time connections=%d", e->connection_count);
	return true;
}

void
engine_run(engine *e)
{
	while (!drained_all(e))
	{
		SSL_CTX    *tls = atomic_exchange(&e->new_tls, NULL);
		int			wait;

		if (e->turn_hook != NULL)
			e->turn_hook(e->turn_arg);
		wait = service_turn(e->service);
		if (tls != NULL)
			e->accept.ssl_ctx = tls;
		if (loop_now() >= e->watch_at || e->drain_from != 0)
		{
			engine_watch_connections(e);
			e->watch_at = loop_now() + WATCH_MS;
		}
		h2o_evloop_run(e->ctx.loop, wait < MAX_SLEEP_MS ? wait : MAX_SLEEP_MS);
	}
}

/* Cuts what is left; memory of the loop itself goes with the process. */
void
engine_close(engine *e)
{
	if (e == NULL)
		return;
	for (connection *c = e->connections; c != NULL; c = c->next)
		shutdown(c->fd, SHUT_RDWR);
	for (int i = 0; i < 20 && e->connections != NULL; i++)
		h2o_evloop_run(e->ctx.loop, 10);
	service_close(e->service);
	e->service = NULL;
}

#ifdef __SANITIZE_ADDRESS__
/* libh2o recycles pieces in thread-local lists, which a thread that ends leaves behind. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:h2o_mem_alloc_recycle\n";
}
#endif

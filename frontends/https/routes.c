/* SPDX-License-Identifier: PostgreSQL */
/*
 * routes.c:
 *	/healthz, /readyz							here
 *	/fota/v1/..									native_http.c
 *	/{tenant}/controller/v1/{device}/..			ddi.c
 */
#include "routes.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/evp.h>

#include "log.h"

static atomic_bool roots_loaded;

void
routes_set_roots_loaded(void)
{
	atomic_store(&roots_loaded, true);
}

/* ---- answers ---- */

void
routes_code(request *r, int status, const char *text)
{
	response	out = {.status = status, .type = text ? "text/plain" : NULL, .body = text,
	.size = text ? strlen(text) : 0};

	engine_respond(r, &out);
}

void
routes_status(request *r, status_word word, const char *text)
{
	response	out = {.status = status_http(word), .type = text ? "text/plain" : NULL, .body = text,
	.size = text ? strlen(text) : 0};

	if (status_waits(word))
		out.retry_after = status_retry_after();
	engine_respond(r, &out);
}

void
routes_not_allowed(request *r, const char *allow)
{
	response	out = {.status = 405, .allow = allow};

	engine_respond(r, &out);
}

bool
routes_is(const request *r, const char *method)
{
	return strcmp(r->method, method) == 0;
}

bool
routes_is_get(const request *r)
{
	return routes_is(r, "GET") || routes_is(r, "HEAD");
}

/* ---- reading paths ---- */

static int
hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

bool
routes_decode(const char *text, size_t size, char *out, size_t room)
{
	size_t		n = 0;

	for (size_t i = 0; i < size; i++)
	{
		int			c = (unsigned char) text[i];

		if (c == '%')
		{
			int			high = i + 2 < size ? hex_digit((unsigned char) text[i + 1]) : -1;
			int			low = i + 2 < size ? hex_digit((unsigned char) text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = high << 4 | low;
			i += 2;
		}
		if (c < 0x20 || c == 0x7f || n + 1 >= room)
			return false;
		out[n++] = (char) c;
	}
	out[n] = '\0';
	return true;
}

int
routes_number(const char *text)
{
	long		value = 0;

	for (const char *p = text; *p; p++)
	{
		if (*p < '0' || *p > '9' || p - text > 9)
			return 0;
		value = value * 10 + (*p - '0');
	}
	return value > 0 && value <= INT32_MAX ? (int) value : 0;
}

int
routes_query(const request *r, const char *key, char *out, size_t room)
{
	const char *p = r->query;
	size_t		n = strlen(key);

	while (p != NULL && *p != '\0')
	{
		const char *end = strchr(p, '&');
		size_t		size = end ? (size_t) (end - p) : strlen(p);

		if (size > n && strncmp(p, key, n) == 0 && p[n] == '=')
			return routes_decode(p + n + 1, size - n - 1, out, room) ? 1 : -1;
		p = end ? end + 1 : NULL;
	}
	return 0;
}

/* False when a part is empty, wrongly encoded or holds a slash. */
static bool
split_path(const char *text, routes_path *path)
{
	char	   *to = path->text;

	path->count = 0;
	if (*text++ != '/')
		return false;
	while (*text != '\0')
	{
		const char *end = strchr(text, '/');
		size_t		size = end ? (size_t) (end - text) : strlen(text);
		size_t		room = sizeof path->text - (size_t) (to - path->text);

		if (path->count == ROUTES_PARTS || size == 0 || !routes_decode(text, size, to, room) ||
			strchr(to, '/') != NULL || strcmp(to, ".") == 0 || strcmp(to, "..") == 0)
			return false;
		path->part[path->count++] = to;
		to += strlen(to) + 1;
		text += size;
		if (*text == '/')
			text++;
	}
	return path->count > 0;
}

void
routes_handle(request *r)
{
	routes_path path;

	if (strcmp(r->path, "/healthz") == 0)
		routes_code(r, 200, "ok\n");
	else if (strcmp(r->path, "/readyz") == 0)
	{
		if (service_is_ready(r->service) && service_process_is_ready() && atomic_load(&roots_loaded))
			routes_code(r, 200, "ready\n");
		else
			routes_status(r, ST_UNAVAILABLE, "PostgreSQL is away\n");
	}
	else if (!split_path(r->path, &path))
		routes_status(r, ST_NOT_FOUND, NULL);
	else if (path.count >= 3 && strcmp(path.part[0], "fota") == 0 && strcmp(path.part[1], "v1") == 0)
		native_http_handle(r, &path);
	else if (path.count >= 4 && strcmp(path.part[1], "controller") == 0 && strcmp(path.part[2], "v1") == 0)
		ddi_handle(r, &path);
	else
		routes_status(r, ST_NOT_FOUND, NULL);
}

/* ---- who asks ---- */

typedef struct who_step
{
	request    *r;
	api_identity who;
	char		tenant[API_NAME_SIZE];	/* of the path, or "" */
	char		device[API_NAME_SIZE];
	routes_known done;
	void	   *arg;
	void		(*drop) (void *arg);
} who_step;

static void
refuse(who_step *s, status_word word, const char *text)
{
	if (s->drop != NULL)
		s->drop(s->arg);
	routes_status(s->r, word, text);
	free(s);
}

static void
accept_who(who_step *s)
{
	s->r->credential_id = s->who.credential_id;
	s->done(s->r, &s->who, s->arg);
	free(s);
}

static void
child_found(void *arg, status_word word, int64_t device_id)
{
	who_step   *s = arg;

	if (word != ST_OK || device_id == 0)
	{
		/* A gateway may not learn which devices exist. */
		refuse(s, word == ST_UNAVAILABLE ? word : ST_UNKNOWN, NULL);
		return;
	}
	s->who.device_id = device_id;
	memcpy(s->who.device, s->device, sizeof s->device);
	accept_who(s);
}

static void
identified(void *arg, const api_identity *who)
{
	who_step   *s = arg;

	s->who = *who;
	if (who->word != ST_OK)
		refuse(s, who->word, who->word == ST_REVOKED ? "the credential is revoked or has expired\n" : NULL);
	else if (s->tenant[0] != '\0' && strcasecmp(s->tenant, who->tenant) != 0)
		refuse(s, ST_UNKNOWN, NULL);
	else if (s->device[0] == '\0' || strcmp(s->device, who->device) == 0)
		accept_who(s);
	else if (who->gateway)
		api_child(service_api(s->r->service), who->tenant_id, who->device_id, s->device, child_found, s);
	else
		refuse(s, ST_UNKNOWN, NULL);
}

/* Identifies by `Authorization: <scheme> <token>`; false when it is not one of ours. */
static bool
by_token(who_step *s, const char *text, bool for_download)
{
	static const char *const ddi[] = {"TargetToken ", "GatewayToken "};
	static const char *const native[] = {"Bearer "};
	bool		is_ddi = s->device[0] != '\0';
	const char *const *schemes = is_ddi ? ddi : native;
	char		identity[2 * API_NAME_SIZE + 2];
	uint8_t		fingerprint[32];

	for (int i = 0; i < (is_ddi ? 2 : 1); i++)
	{
		size_t		n = strlen(schemes[i]);
		const char *token = text + n;

		if (strncmp(text, schemes[i], n) != 0 || *token == '\0')
			continue;
		EVP_Digest(token, strlen(token), fingerprint, NULL, EVP_sha256(), NULL);
		snprintf(identity, sizeof identity, "%s/%s", s->tenant, s->device);
		service_identify(s->r->service, "token", is_ddi ? identity : NULL, fingerprint, NULL, for_download,
						 identified, s);
		return true;
	}
	return false;
}

static void
by_certificate(who_step *s, bool for_download)
{
	const tls_peer *peer = &s->r->peer;
	const char *name = peer->names > 0 ? peer->name[0] : NULL;

	for (int i = 0; i < peer->names && s->device[0] != '\0'; i++)
		if (strcmp(peer->name[i], s->device) == 0)
			name = peer->name[i];
	if (peer->error != 0)
	{
		char		text[160];

		snprintf(text, sizeof text, "the client certificate is not accepted: %s\n", tls_error_text(peer->error));
		refuse(s, ST_REVOKED, text);
	}
	else if (peer->not_after < (int64_t) time(NULL))
		refuse(s, ST_REVOKED, "the client certificate has expired\n");
	else if (name == NULL)
		refuse(s, ST_REVOKED, "the client certificate names no device\n");
	else
		service_identify(s->r->service, "x509", name, peer->fingerprint, peer->issuer, for_download, identified, s);
}

void
routes_identify(request *r, const char *tenant, const char *device, bool for_download,
				routes_known done, void *arg, void (*drop) (void *arg))
{
	who_step   *s = calloc(1, sizeof *s);
	const char *authorization = r->header[HEADER_AUTHORIZATION];

	if (s == NULL)
		abort();
	s->r = r;
	s->done = done;
	s->arg = arg;
	s->drop = drop;
	if ((tenant != NULL && strlen(tenant) >= sizeof s->tenant) ||
		(device != NULL && strlen(device) >= sizeof s->device))
	{
		refuse(s, ST_UNKNOWN, NULL);
		return;
	}
	snprintf(s->tenant, sizeof s->tenant, "%s", tenant ? tenant : "");
	snprintf(s->device, sizeof s->device, "%s", device ? device : "");
	if (service_is_busy(r->service) && !for_download)
		refuse(s, ST_UNAVAILABLE, NULL);
	else if (authorization != NULL && by_token(s, authorization, for_download))
		return;
	else if (r->peer.cert)
		by_certificate(s, for_download);
	else
		refuse(s, ST_UNKNOWN, NULL);
}

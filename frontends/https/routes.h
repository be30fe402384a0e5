/* SPDX-License-Identifier: PostgreSQL */
/*
 * routes.h: from a path to a handler, and what all handlers share: who asks, and the
 * usual answers. A new resource is a new line in routes.c and a handler in a file of its
 * protocol.
 */
#ifndef HTTPS_ROUTES_H
#define HTTPS_ROUTES_H

#include "engine.h"

/* Every request comes here. */
void		routes_handle(request *r);

/*
 * Who asks: a token, else a client certificate. tenant and device are those of a DDI path,
 * NULL in the native API. A gateway that names a device behind it gets that device's id.
 * Answers the request itself, and does not call done, unless the device is known.
 */
typedef void (*routes_known) (request *r, const api_identity *who, void *arg);
void		routes_identify(request *r, const char *tenant, const char *device, bool for_download,
							routes_known done, void *arg, void (*drop) (void *arg));

/* Answers with the HTTP status of a word; text may be NULL. */
void		routes_status(request *r, status_word word, const char *text);
/* Answers with a status that no word has. */
void		routes_code(request *r, int status, const char *text);
void		routes_not_allowed(request *r, const char *allow);

/* The value of a key of the query in out, decoded: 1; 0 = absent, -1 = too long or not to be decoded. */
int			routes_query(const request *r, const char *key, char *out, size_t room);
/* Decodes %XX of a path segment; false on wrong syntax, control characters or too little room. */
bool		routes_decode(const char *text, size_t size, char *out, size_t room);
/* A whole text as a number from 1 to 2^31 - 1; 0 when it is none. */
int			routes_number(const char *text);

bool		routes_is(const request *r, const char *method);
/* GET or HEAD */
bool		routes_is_get(const request *r);

/* The parts of a path between slashes, decoded. */
#define ROUTES_PARTS 10
typedef struct routes_path
{
	int			count;
	char	   *part[ROUTES_PARTS];
	char		text[2048];
} routes_path;

/* In ddi.c and native_http.c */
void		ddi_handle(request *r, const routes_path *path);
void		native_http_handle(request *r, const routes_path *path);

/* Whether the tenants' CAs have been loaded since the start; set by main.c. */
void		routes_set_roots_loaded(void);

#endif

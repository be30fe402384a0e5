/* SPDX-License-Identifier: PostgreSQL */
/* artifact.c: the steps of a download. After the last one PostgreSQL is not needed any more. */
#include "artifact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "hash.h"
#include "log.h"
#include "range.h"
#include "routes.h"

typedef struct download
{
	request    *r;
	int32_t		tenant_id;
	char		device[API_NAME_SIZE];
	int			action, item;
	char		file_name[256];	/* of the path, or "" */
	bool		md5sum;
	api_grant	grant;
} download;

static void
send_md5sum(download *d, cache_map *map)
{
	uint8_t		digest[16];
	char		hex[33];
	char		text[320];
	char		name[280];
	response	out = {.status = 200, .type = "text/plain", .body = text, .disposition = name};

	EVP_Digest(map->data, map->size, digest, NULL, EVP_md5(), NULL);
	fota_hex(digest, sizeof digest, hex);
	out.size = (size_t) snprintf(text, sizeof text, "%s  %s", hex, d->grant.file_name);
	snprintf(name, sizeof name, "%s.MD5SUM", d->grant.file_name);
	cache_release(service_cache(d->r->service), map);
	engine_respond(d->r, &out);
}

/* Conditions, then the range, then the bytes; the engine releases the map. */
static void
send_bytes(download *d, cache_map *map)
{
	request    *r = d->r;
	char		etag[67];
	char		range[80];
	uint64_t	first = 0,
				last = 0;
	range_kind	kind = RANGE_ALL;
	response	out = {.status = 200, .type = d->grant.media_type, .etag = etag, .map = map, .length = map->size,
	.ranges = true, .disposition = d->grant.file_name[0] ? d->grant.file_name : NULL};

	etag[0] = '"';
	fota_hex(map->sha256, 32, etag + 1);
	memcpy(etag + 65, "\"", 2);
	if (r->header[HEADER_IF_MATCH] != NULL && !range_etag_in(r->header[HEADER_IF_MATCH], etag, false))
	{
		out.status = 412;
		out.length = 0;
	}
	else if (r->header[HEADER_IF_NONE_MATCH] != NULL && range_etag_in(r->header[HEADER_IF_NONE_MATCH], etag, true))
	{
		out.status = 304;
		out.length = 0;
	}
	else if (routes_is(r, "GET") && range_if_range(r->header[HEADER_IF_RANGE], etag))
		kind = range_parse(r->header[HEADER_RANGE], map->size, &first, &last);
	if (kind == RANGE_PART)
	{
		out.status = 206;
		out.offset = first;
		out.length = last - first + 1;
		snprintf(range, sizeof range, "bytes %llu-%llu/%zu", (unsigned long long) first, (unsigned long long) last,
				 map->size);
		out.content_range = range;
	}
	else if (kind == RANGE_OUTSIDE)
	{
		out.status = 416;
		out.length = 0;
		snprintf(range, sizeof range, "bytes */%zu", map->size);
		out.content_range = range;
	}
	if (routes_is(r, "GET") && (out.status == 200 || out.status == 206))
		log_event(d->device, "https", "action=%d item=%d state=fetching from=%llu bytes=%llu", d->action, d->item,
				  (unsigned long long) out.offset, (unsigned long long) out.length);
	engine_respond(r, &out);
}

static void
got(void *arg, status_word word, cache_map *map)
{
	download   *d = arg;

	if (word != ST_OK)
		routes_status(d->r, word, NULL);
	else if (d->md5sum)
		send_md5sum(d, map);
	else
		send_bytes(d, map);
	free(d);
}

static void
granted(void *arg, const api_grant *grant)
{
	download   *d = arg;

	d->grant = *grant;
	if (grant->word != ST_OK)
	{
		routes_status(d->r, grant->word, NULL);
		free(d);
	}
	else if (d->file_name[0] != '\0' && strcmp(d->file_name, grant->file_name) != 0)
	{
		routes_status(d->r, ST_NOT_FOUND, NULL);
		free(d);
	}
	else
		cache_get(service_cache(d->r->service), d->tenant_id, grant->sha256, (uint64_t) grant->size, got, d);
}

void
artifact_send(request *r, const api_identity *who, int action, int item, const char *child,
			  const char *file_name, bool md5sum)
{
	download   *d = calloc(1, sizeof *d);

	if (d == NULL)
		abort();
	d->r = r;
	d->tenant_id = who->tenant_id;
	snprintf(d->device, sizeof d->device, "%s", child ? child : who->device);
	d->action = action;
	d->item = item;
	d->md5sum = md5sum;
	snprintf(d->file_name, sizeof d->file_name, "%s", file_name ? file_name : "");
	service_grant(r->service, who->tenant_id, who->device_id, action, item, child, granted, d);
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * artifact.c: GET /a/{action}/{item}: any block, of any size, in any order, in any session
 * while the action is open. Nothing is kept per download: grant and file come from the
 * memories of common/, and a block is one copy out of a mapped file.
 */
#include "routes.h"

#include <string.h>

#include "log.h"

static void
send_block(job *j, const cache_map *map)
{
	reply		r = reply_code(REPLY_CODE(2, 5));
	uint64_t	offset;

	r.block2 = j->r.has_block2 ? j->r.block2 : (block) {.szx = BLOCK_SZX_MAX};
	if (!block_cut(map->size, &r.block2, &offset, &r.size))
	{
		job_status(j, ST_MALFORMED, "there is no such block", 0);
		return;
	}
	r.has_block2 = true;
	r.has_etag = true;
	memcpy(r.etag, map->sha256, sizeof r.etag);
	r.format = FORMAT_OCTETS;
	r.body = map->data + offset;
	if (r.block2.num == 0)
	{
		r.size2 = (int64_t) map->size;
		log_event(j->r.has_child ? j->r.child : j->who.device, service_protocol(j->service),
				  "action=%d item=%d state=fetching from=0 bytes=%zu", j->action, j->item, map->size);
	}
	job_answer(j, &r);
}

static void
got(void *arg, status_word word, cache_map *map)
{
	job		   *j = arg;
	cache	   *cache = service_cache(j->service);

	if (word != ST_OK)
	{
		job_status(j, word, NULL, 0);
		return;
	}
	send_block(j, map);
	cache_release(cache, map);
}

static void
granted(void *arg, const api_grant *grant)
{
	job		   *j = arg;

	if (grant->word != ST_OK)
		job_status(j, grant->word, NULL, 0);
	else
		cache_get(service_cache(j->service), j->who.tenant_id, grant->sha256, (uint64_t) grant->size,
				  got, j);
}

void
artifact_get(job *j)
{
	j->action = request_number(j->r.part[1], 1);
	j->item = request_number(j->r.part[2], 0);
	if (j->action < 0 || j->item < 0 || j->r.child_bad)
		job_status(j, ST_NOT_GRANTED, NULL, 0);
	else
		service_grant(j->service, j->who.tenant_id, j->who.device_id, j->action, j->item,
					  j->r.has_child ? j->r.child : NULL, granted, j);
}

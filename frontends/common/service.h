/* SPDX-License-Identifier: PostgreSQL */
/*
 * service.h: everything that one event loop of a front-end holds in common: database,
 * API, artifact cache, and the two memories that changes() keeps true: who a credential
 * is, and what an open action grants.
 *
 * fota_device.changes is asked every 500 ms. What it announces is forgotten; when it has
 * not answered for 5 s, identities are good only for going on with a granted download.
 */
#ifndef FE_SERVICE_H
#define FE_SERVICE_H

#include "api.h"
#include "cache.h"
#include "loop.h"

typedef struct service service;

/* protocol: as the database and the log say it: 'https' or 'coaps'. NULL with error set on failure. */
service    *service_open(const loop_host *host, const char *protocol, char *error, size_t error_size);
void		service_close(service *service);
void		service_ready(service *service, int slot, unsigned events);
int			service_turn(service *service);

api		   *service_api(service *service);
cache	   *service_cache(service *service);
const char *service_protocol(const service *service);
/* Both connections are up and changes() has answered within 5 s. */
bool		service_is_ready(const service *service);
/* So is every service of this process: a request may come to any of its threads. */
bool		service_process_is_ready(void);
/* The queue is full or PostgreSQL is away: answer 503 before doing anything else. */
bool		service_is_busy(const service *service);
/* Nothing of ours is under way. */
bool		service_is_idle(const service *service);

/* Rises with each credential that changes() announces: the tenants' CAs are to be loaded again. */
unsigned	service_credential_changes(const service *service);

/* Called for each row of changes() after the memories were cleaned; may be NULL. */
typedef void (*service_change) (void *arg, int32_t tenant_id, const char *kind, int64_t id, const char *name);
void		service_on_change(service *service, service_change hook, void *arg);

/*
 * Who is this? From memory when that is fresh, else from the database. Same arguments as
 * api_identify; may call done before it returns. Called for every request: remembered, it costs
 * one SHA-256, and a revocation shows within a second. for_download: an identity that cannot be
 * checked because PostgreSQL is away is still good (what it may fetch is decided by grants).
 */
void		service_identify(service *service, const char *kind, const char *identity,
							 const uint8_t *fingerprint, const uint8_t *issuer, bool for_download,
							 api_identity_done done, void *arg);
/*
 * May this device fetch this item? Remembered for 5 s at a time, and as long as
 * PostgreSQL is away; forgotten when the device changes. May call done before it returns.
 */
void		service_grant(service *service, int32_t tenant_id, int64_t device_id, int action, int item,
						  const char *child, api_grant_done done, void *arg);
/* A device told something that may have closed its action: what was granted is asked again. */
void		service_told(service *service, int32_t tenant_id, int64_t device_id);

#endif

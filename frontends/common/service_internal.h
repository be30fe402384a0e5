/* SPDX-License-Identifier: PostgreSQL */
/*
 * service_internal.h: what the files of the service share: service.c asks on a clock,
 * service_memory.c remembers who a credential is and what an action grants.
 *
 * A service belongs to the thread of its loop; the memory belongs to the process.
 */
#ifndef COMMON_SERVICE_INTERNAL_H
#define COMMON_SERVICE_INTERNAL_H

#include "service.h"

#define SERVICE_STALE_MS 5000	/* changes() silent for so long: identities are doubtful */

struct service
{
	loop_host	host;
	char		protocol[16];
	db		   *db;
	api		   *api;
	cache	   *cache;
	int64_t		since;
	int64_t		changes_at, changes_due, tick_due, version_due;
	bool		changes_asked, tick_asked, version_asked;
	char		version[200];
	unsigned	credential_changes;
	bool		counted_ready;
	service_change hook;
	void	   *hook_arg;
};

/* changes() has answered lately, so that what is remembered holds. */
bool		service_is_fresh(const service *s);
/* What changes() said: what is remembered of it is forgotten, or asked again. */
void		service_doubt(int32_t tenant_id, const char *kind, int64_t id);
/* The last service of the process is gone. */
void		service_forget_all(void);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/* api_internal.h: what the api_*.c files share and nobody else sees. */
#ifndef FE_API_INTERNAL_H
#define FE_API_INTERNAL_H

#include "api.h"

#define API_PINS 8192			/* power of two */
#define API_SEEN_MAX 512

typedef struct api_seen_entry
{
	int32_t		tenant_id;
	int64_t		device_id;
} api_seen_entry;

struct api
{
	db		   *db;
	char		protocol[16];
	int64_t		pin[API_PINS];	/* until when devices of this slot are asked of the primary */
	api_seen_entry seen[API_SEEN_MAX];
	int			seen_count;
	int64_t		seen_since;
};

/* A call under way: who asked, and what the answer needs. */
typedef struct ask
{
	union
	{
		api_identity_done identity;
		api_credential_done credential;
		api_tag_done tag;
		api_decision_done decision;
		api_number_done number;
		api_grant_done grant;
		api_chunks_done chunks;
		api_status_done status;
		api_change_done change;
		api_text_done text;
		api_ddi_done ddi;
	}			done;
	void	   *arg;
	int64_t		since;
} ask;

ask		   *api_new_ask(void *arg);
/* From now on this device is answered by the primary, for 60 s. */
void		api_pin(api *api, int64_t device_id);
/* Which connection answers this device. */
db_side		api_side(api *api, int64_t device_id);

#endif

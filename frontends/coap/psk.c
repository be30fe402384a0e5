/* SPDX-License-Identifier: PostgreSQL */
/* psk.c: memory first, then the question, then the key unwrapped. */
#include "psk.h"

#include <string.h>

#include "log.h"
#include "loop.h"
#include "psk_ask.h"
#include "psk_memory.h"

#define FRESH_MS 60000			/* asked again at least this often */

static struct
{
	uint8_t		key[CRED_KEY_SIZE];
	psk_memory *memory;
	psk_ask    *ask;
}			psk;

void
psk_open(const uint8_t key[CRED_KEY_SIZE], const char *conninfo)
{
	memcpy(psk.key, key, sizeof psk.key);
	psk.memory = psk_memory_new();
	psk.ask = psk_ask_open(conninfo);
}

void
psk_close(void)
{
	cred_wipe(psk.key, sizeof psk.key);
	psk_memory_free(psk.memory);
	psk_ask_close(psk.ask);
	psk.memory = NULL;
	psk.ask = NULL;
}

/* Asks PostgreSQL and remembers what it said; NULL when there is no key. */
static psk_known *
ask(const char *identity, psk_known *known, const char **why)
{
	api_identity who;
	psk_known  *row = NULL;

	psk_ask_identify(psk.ask, identity, PSK_ASK_MS, &who);
	if (who.word == ST_OK && who.secret_size > CRED_OVERHEAD &&
		who.secret_size <= CRED_OVERHEAD + CRED_SECRET_MAX && who.secret_size <= PSK_WRAPPED_MAX)
	{
		row = psk_memory_add(psk.memory, identity, loop_now());
		row->tenant_id = who.tenant_id;
		row->device_id = who.device_id;
		row->credential_id = who.credential_id;
		memcpy(row->wrapped, who.secret, who.secret_size);
		row->wrapped_size = who.secret_size;
	}
	else if (who.word == ST_UNAVAILABLE)
	{
		/* Nobody answers: a key that was good is still good for a handshake. */
		row = known;
		*why = "unavailable";
	}
	else
	{
		*why = who.word == ST_OK ? "no key" : status_name(who.word);
		psk_memory_refuse(psk.memory, identity, loop_now());
	}
	cred_wipe(&who, sizeof who);
	return row;
}

size_t
psk_find(const uint8_t *identity, size_t size, uint8_t key[CRED_SECRET_MAX], const char **why)
{
	char		name[PSK_IDENTITY_MAX + 1];
	int64_t		now = loop_now();
	psk_known  *row;

	*why = "malformed";
	if (!psk_identity_valid(identity, size))
		return 0;
	memcpy(name, identity, size);
	name[size] = '\0';
	*why = "unknown";
	if (psk_memory_refused(psk.memory, name, now))
		return 0;
	row = psk_memory_find(psk.memory, name, now);
	if (row == NULL || row->at == 0 || now - row->at >= FRESH_MS)
		row = ask(name, row, why);
	if (row == NULL)
		return 0;
	if (!cred_unwrap(psk.key, name, row->wrapped, row->wrapped_size, key))
	{
		*why = "wrapped by another key";
		log_error("key not unwrapped identity=%s: it was wrapped by another FOTA_KEY_FILE", name);
		return 0;
	}
	return row->wrapped_size - CRED_OVERHEAD;
}

void
psk_changed(int32_t tenant_id, const char *kind, int64_t id)
{
	psk_memory_changed(psk.memory, tenant_id, kind, id);
}

void
psk_turn(void)
{
	psk_ask_turn(psk.ask);
}

bool
psk_ready(void)
{
	return psk_ask_ready(psk.ask);
}

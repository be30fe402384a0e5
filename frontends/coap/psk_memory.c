/* SPDX-License-Identifier: PostgreSQL */
/* psk_memory.c: sets of four rows, found by a hash of the identity. */
#include "psk_memory.h"

#include <stdlib.h>
#include <string.h>

#include "cred.h"

#define SETS 4096				/* power of two */
#define WAYS 4
#define REFUSED 1024			/* power of two */

typedef struct refused
{
	char		identity[PSK_IDENTITY_MAX + 1];
	int64_t		at;
} refused;

struct psk_memory
{
	uint64_t	seed;			/* strangers cannot choose what meets in a set */
	psk_known	known[SETS][WAYS];
	refused		refused[REFUSED];
};

/* The digits of a number from 1 (or 0) without leading zeros; 0 = there are none or too many. */
static size_t
digits(const uint8_t *text, size_t size, bool zero)
{
	size_t		n = 0;

	while (n < size && text[n] >= '0' && text[n] <= '9')
		n++;
	if (n > 10 || (n > 0 && text[0] == '0' && !(zero && n == 1)))
		return 0;
	/* 2147483647, digit by digit */
	return n == 10 && memcmp(text, "2147483647", 10) > 0 ? 0 : n;
}

bool
psk_identity_valid(const uint8_t *identity, size_t size)
{
	size_t		at,
				n;

	if (size > PSK_IDENTITY_MAX)
		return false;
	at = digits(identity, size, false);
	if (at == 0 || at == size || identity[at] != '.')
		return false;
	at++;
	n = digits(identity + at, size - at, true);
	if (n == 0 || at + n == size || identity[at + n] != '.')
		return false;
	at += n + 1;
	if (size - at < 1 || size - at > 40)
		return false;
	for (; at < size; at++)
	{
		uint8_t		c = identity[at];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			  c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

psk_memory *
psk_memory_new(void)
{
	psk_memory *m = calloc(1, sizeof *m);

	if (m == NULL || !cred_random(&m->seed, sizeof m->seed))
		abort();
	return m;
}

void
psk_memory_free(psk_memory *m)
{
	free(m);
}

static size_t
hash_of(const psk_memory *m, const char *identity)
{
	uint64_t	hash = m->seed;

	for (const char *p = identity; *p; p++)
		hash = (hash ^ (uint8_t) *p) * 0x100000001b3u;
	return (size_t) (hash * 0x9E3779B97F4A7C15u >> 40);
}

psk_known *
psk_memory_find(psk_memory *m, const char *identity, int64_t now)
{
	psk_known  *set = m->known[hash_of(m, identity) & (SETS - 1)];

	for (int i = 0; i < WAYS; i++)
		if (strcmp(set[i].identity, identity) == 0)
		{
			set[i].used = now;
			return &set[i];
		}
	return NULL;
}

psk_known *
psk_memory_add(psk_memory *m, const char *identity, int64_t now)
{
	psk_known  *set = m->known[hash_of(m, identity) & (SETS - 1)];
	psk_known  *row = psk_memory_find(m, identity, now);

	for (int i = 0; row == NULL && i < WAYS; i++)
		if (set[i].identity[0] == '\0')
			row = &set[i];
	if (row == NULL)
	{
		row = &set[0];
		for (int i = 1; i < WAYS; i++)
			if (set[i].used < row->used)
				row = &set[i];
	}
	memset(row, 0, sizeof *row);
	memcpy(row->identity, identity, strlen(identity) + 1);
	row->at = row->used = now;
	return row;
}

void
psk_memory_refuse(psk_memory *m, const char *identity, int64_t now)
{
	psk_known  *row = psk_memory_find(m, identity, now);
	refused    *r = &m->refused[hash_of(m, identity) & (REFUSED - 1)];

	if (row != NULL)
		memset(row, 0, sizeof *row);
	memcpy(r->identity, identity, strlen(identity) + 1);
	r->at = now;
}

bool
psk_memory_refused(psk_memory *m, const char *identity, int64_t now)
{
	const refused *r = &m->refused[hash_of(m, identity) & (REFUSED - 1)];

	return now - r->at < PSK_REFUSED_MS && strcmp(r->identity, identity) == 0;
}

void
psk_memory_changed(psk_memory *m, int32_t tenant_id, const char *kind, int64_t id)
{
	bool		credential = strcmp(kind, "credential") == 0;
	bool		device = strcmp(kind, "device") == 0;

	if (credential)
		memset(m->refused, 0, sizeof m->refused);
	for (int i = 0; i < SETS; i++)
		for (psk_known *k = m->known[i]; k < m->known[i] + WAYS; k++)
		{
			if (k->identity[0] == '\0' || k->tenant_id != tenant_id)
				continue;
			if (credential && (id == 0 || k->credential_id == id))
				memset(k, 0, sizeof *k);
			else if (!credential && (!device || k->device_id == id))
				k->at = 0;
		}
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * psk_memory.h: the identities of pre-shared keys that this process has asked about: a
 * bounded table of wrapped keys, and a smaller one of identities that were refused, so
 * that strangers cannot push devices out. Called by psk.c only.
 *
 * Times are milliseconds of loop_now().
 */
#ifndef COAP_PSK_MEMORY_H
#define COAP_PSK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PSK_IDENTITY_MAX 64
#define PSK_WRAPPED_MAX 128
#define PSK_REFUSED_MS 10000

typedef struct psk_memory psk_memory;

typedef struct psk_known
{
	char		identity[PSK_IDENTITY_MAX + 1];	/* "" = free */
	int32_t		tenant_id;
	int64_t		device_id, credential_id;
	uint8_t		wrapped[PSK_WRAPPED_MAX];
	size_t		wrapped_size;
	int64_t		at;				/* 0: ask again, and use it when nobody answers */
	int64_t		used;
} psk_known;

/* `<tenant_id>.<key no>.<device name>`, written in one way only: no sign, no leading zero. */
bool		psk_identity_valid(const uint8_t *identity, size_t size);

psk_memory *psk_memory_new(void);
void		psk_memory_free(psk_memory *m);
/* NULL when it is not remembered; marks it as used. */
psk_known  *psk_memory_find(psk_memory *m, const char *identity, int64_t now);
/* A row for this identity, the longest unused one of its set when all are taken; to be filled in. */
psk_known  *psk_memory_add(psk_memory *m, const char *identity, int64_t now);
/* Forgets the key and remembers the refusal. */
void		psk_memory_refuse(psk_memory *m, const char *identity, int64_t now);
bool		psk_memory_refused(psk_memory *m, const char *identity, int64_t now);
/*
 * What changes() said: keys of a changed credential (id 0: of all in the tenant) are
 * forgotten, those of a changed device or of a tenant whose epoch rose are doubted. A
 * change of credentials also ends all refusals.
 */
void		psk_memory_changed(psk_memory *m, int32_t tenant_id, const char *kind, int64_t id);

#endif

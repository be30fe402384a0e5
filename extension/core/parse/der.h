/* SPDX-License-Identifier: PostgreSQL */
/*
 * der.h: a strict reader of DER (X.690): lengths in their shortest form, tags below 31. It allocates nothing;
 * what it gives are spans of the input. Called by cms.c.
 */
#ifndef FOTA_DER_H
#define FOTA_DER_H

#include "../base.h"

enum
{
	FOTA_DER_INTEGER = 0x02, FOTA_DER_BITS = 0x03, FOTA_DER_OCTETS = 0x04, FOTA_DER_NULL = 0x05, FOTA_DER_OID = 0x06,
	FOTA_DER_SEQUENCE = 0x30, FOTA_DER_SET = 0x31, FOTA_DER_CONTEXT = 0xa0
};

typedef struct fota_der
{
	fota_bytes	data;
	size_t		at;
} fota_der;

typedef struct fota_der_item
{
	uint8_t		tag;
	fota_bytes	value;
	fota_bytes	whole;			/* with tag and length */
} fota_der_item;

static inline fota_der
fota_der_open(fota_bytes data)
{
	return (fota_der) {data, 0};
}

static inline bool
fota_der_done(const fota_der *r)
{
	return r->at == r->data.size;
}

/* The next item; false at the end, and when it is malformed. */
bool		fota_der_next(fota_der *r, fota_der_item *item);
/* The next item, if it has this tag; else nothing is read. */
bool		fota_der_take(fota_der *r, uint8_t tag, fota_der_item *item);
/* The next item's contents as a reader, if it has this tag. */
bool		fota_der_enter(fota_der *r, uint8_t tag, fota_der *inner);
bool		fota_bytes_equal(fota_bytes a, fota_bytes b);
/* An INTEGER from 0 to 65535; -1 when it is none. */
int			fota_der_small(const fota_der_item *item);

#endif

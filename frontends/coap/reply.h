/* SPDX-License-Identifier: PostgreSQL */
/*
 * reply.h: an answer before it becomes a PDU, and the bytes in which it is remembered for
 * a request that comes again. Handlers fill one in and give it to exchange_answer.
 */
#ifndef COAP_REPLY_H
#define COAP_REPLY_H

#include <coap3/coap.h>

#include "block.h"
#include "status.h"

#define REPLY_BODY_MAX 1024
#define REPLY_CODE(class, detail) ((class) << 5 | (detail))

/* Without a pointer in it but body, which follows it when it is remembered. */
typedef struct reply
{
	int			code;			/* class << 5 | detail */
	bool		has_etag, has_block1, has_block2;
	uint8_t		etag[8];
	int			format;			/* -1 = none */
	int64_t		max_age, size1, size2;	/* -1 = none */
	block		block1, block2;
	size_t		size;
	const uint8_t *body;
} reply;

reply		reply_code(int code);
/* The code of a status word; with a time to wait (0 = a usual one) when the word carries one. */
reply		reply_status(status_word word, unsigned retry_after);
/* A diagnostic sentence as body, cut to what fits; NULL = none. */
void		reply_text(reply *r, const char *text);
/* The message; NULL when there is no memory. */
coap_pdu_t *reply_pdu(const reply *r, coap_pdu_type_t type, uint16_t mid, const uint8_t *token,
					  size_t token_size);
/* To and from one block of bytes; the caller frees. */
uint8_t    *reply_pack(const reply *r, size_t *size);
reply		reply_unpack(const uint8_t *packed);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/* reply.c: options go into a PDU in the order of their numbers. */
#include "reply.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 200
#define OPTIONS_MAX 64			/* bytes of all options that a reply can have, and the marker */

reply
reply_code(int code)
{
	return (reply) {.code = code, .format = -1, .max_age = -1, .size1 = -1, .size2 = -1};
}

reply
reply_status(status_word word, unsigned retry_after)
{
	reply		r = reply_code(status_coap(word));

	if (status_waits(word))
		r.max_age = retry_after ? retry_after : status_retry_after();
	return r;
}

void
reply_text(reply *r, const char *text)
{
	r->body = (const uint8_t *) text;
	r->size = text ? strlen(text) : 0;
	if (r->size > TEXT_MAX)
		for (r->size = TEXT_MAX; r->size > 0 && (text[r->size] & 0xc0) == 0x80;)
			r->size--;			/* not in the middle of a character */
}

static bool
put_number(coap_pdu_t *pdu, int option, int64_t value)
{
	uint8_t		bytes[8];
	size_t		size;

	if (value < 0)
		return true;
	size = coap_encode_var_safe8(bytes, sizeof bytes, (uint64_t) value);
	return coap_add_option(pdu, (coap_option_num_t) option, size, bytes) != 0;
}

static bool
put_block(coap_pdu_t *pdu, int option, bool has, const block *b)
{
	uint8_t		bytes[3];

	return !has || coap_add_option(pdu, (coap_option_num_t) option, block_write(b, bytes), bytes) != 0;
}

coap_pdu_t *
reply_pdu(const reply *r, coap_pdu_type_t type, uint16_t mid, const uint8_t *token,
		  size_t token_size)
{
	coap_pdu_t *pdu = coap_pdu_init(type, (coap_pdu_code_t) r->code, mid,
									token_size + OPTIONS_MAX + r->size);

	if (pdu == NULL)
		return NULL;
	if (coap_add_token(pdu, token_size, token) &&
		(!r->has_etag || coap_add_option(pdu, COAP_OPTION_ETAG, sizeof r->etag, r->etag)) &&
		put_number(pdu, COAP_OPTION_CONTENT_FORMAT, r->format) &&
		put_number(pdu, COAP_OPTION_MAXAGE, r->max_age) &&
		put_block(pdu, COAP_OPTION_BLOCK2, r->has_block2, &r->block2) &&
		put_block(pdu, COAP_OPTION_BLOCK1, r->has_block1, &r->block1) &&
		put_number(pdu, COAP_OPTION_SIZE2, r->size2) &&
		put_number(pdu, COAP_OPTION_SIZE1, r->size1) &&
		coap_add_data(pdu, r->size, r->body))
		return pdu;
	coap_delete_pdu(pdu);
	return NULL;
}

uint8_t *
reply_pack(const reply *r, size_t *size)
{
	uint8_t    *packed;

	*size = sizeof *r + r->size;
	packed = malloc(*size);
	if (packed == NULL)
		abort();
	memcpy(packed, r, sizeof *r);
	if (r->size > 0)
		memcpy(packed + sizeof *r, r->body, r->size);
	return packed;
}

reply
reply_unpack(const uint8_t *packed)
{
	reply		r;

	memcpy(&r, packed, sizeof r);
	r.body = packed + sizeof r;
	return r;
}

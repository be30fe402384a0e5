/* SPDX-License-Identifier: PostgreSQL */
/*
 * request.h: a request as its handlers want it: the options that this server knows, read
 * once and copied, so that it may outlive libcoap's PDU. Called by routes.c.
 */
#ifndef COAP_REQUEST_H
#define COAP_REQUEST_H

#include <coap3/coap.h>

#include "api.h"
#include "block.h"

#define REQUEST_PARTS 4
#define REQUEST_PART_SIZE 16
#define REQUEST_TAG_MAX 8
#define REQUEST_BODY_MAX 1472	/* libcoap's largest datagram */

#define FORMAT_OCTETS 42
#define FORMAT_CBOR 60

typedef struct request
{
	int			method;			/* COAP_REQUEST_CODE_* */
	int			parts;			/* of the path; REQUEST_PARTS = so many or more */
	char		part[REQUEST_PARTS][REQUEST_PART_SIZE];	/* "" = none that we serve */
	bool		has_child, child_bad;	/* ?d= */
	char		child[API_NAME_SIZE];
	int			format, accept; /* -1 = not given */
	bool		has_block1, has_block2;
	block		block1, block2;
	int64_t		size1;			/* -1 = not given */
	int			tag_size;		/* Request-Tag; -1 = not given */
	uint8_t		tag[REQUEST_TAG_MAX];
	const char *bad;			/* what is malformed, NULL = nothing */
	const char *bad_option;		/* a critical option that we cannot honour */
	size_t		size;
	uint8_t		body[REQUEST_BODY_MAX];
} request;

void		request_read(const coap_pdu_t *pdu, request *out);
/* A part of the path as a number from 1 (or 0) to 2^31 - 1; -1 when it is none. */
int			request_number(const char *part, int lowest);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * native.h: the native device API without a transport: an identified device, the bytes of
 * a body and their format go in; a status and the bytes of an answer come out. HTTPS and
 * CoAP both end here. Grammar and codec: extension/core/wire.h.
 *
 *	check in:	child? -> inventory when the body brings something -> check_in
 *				-> when something must be written: open_action, then check_in on the primary
 *	report:		report
 *	artifact:	service_grant, then cache_get (the transport cuts ranges or blocks)
 */
#ifndef FE_NATIVE_H
#define FE_NATIVE_H

#include "service.h"

#define NATIVE_BODY_MAX 4096

typedef enum native_format
{
	NATIVE_CBOR, NATIVE_JSON
} native_format;

typedef struct native_request
{
	const api_identity *who;		/* copied */
	native_format format;
	const uint8_t *body;			/* read before the call returns */
	size_t		size;
} native_request;

/*
 * body is in the request's format and lives until the callback returns; for errors it is a
 * sentence as text (size may be 0). retry_after: seconds, or 0.
 */
typedef void (*native_done) (void *arg, status_word word, const uint8_t *body, size_t size,
							 unsigned retry_after);

/* Both may call done before they return (malformed body), and call it exactly once. */
void		native_check_in(service *service, const native_request *request, native_done done, void *arg);
void		native_report(service *service, const native_request *request, native_done done, void *arg);

#endif

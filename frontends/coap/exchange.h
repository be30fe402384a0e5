/* SPDX-License-Identifier: PostgreSQL */
/*
 * exchange.h: requests under way. A handler is told of each request once and answers when
 * it can:
 *
 *	at once, or within SEPARATE_MS	the answer is carried by the acknowledgement
 *	later							an empty acknowledgement after SEPARATE_MS, then the answer
 *									as a message of its own, which libcoap repeats until it is
 *									acknowledged
 *
 * The same request again is dropped while it is under way; when it was answered it gets the
 * same answer (if that was to be remembered). Whoever closes his session, or begins it
 * anew, gets nothing any more. The session is referenced while a request is under way.
 *
 * Called by routes.c and the handlers (begin, answer), dtls.c (drop) and main.c (turn).
 */
#ifndef COAP_EXCHANGE_H
#define COAP_EXCHANGE_H

#include <coap3/coap.h>

#include "reply.h"

#define SEPARATE_MS 1000
#define EXCHANGES_MAX 4096

typedef struct exchange exchange;

void		exchange_open(void);
/* Drops what is under way; the handlers' answers go nowhere. */
void		exchange_close(void);
/* NULL: it was dealt with here, do nothing. Else it must be answered, once. */
exchange   *exchange_begin(coap_session_t *session, const coap_pdu_t *request);
/* remember: a repetition of the request must not be carried out again. */
void		exchange_answer(exchange *x, const reply *r, bool remember);
/* The session as a key of memory that ends with it; NULL when it is gone. */
const void *exchange_session(const exchange *x);
/* The session is closed or begins anew. */
void		exchange_drop(coap_session_t *session);
/* Sends what is due; returns milliseconds until it wants to be called. */
int			exchange_turn(void);
unsigned	exchange_count(void);

#endif

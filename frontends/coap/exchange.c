/* SPDX-License-Identifier: PostgreSQL */
/*
 * exchange.c: every answer is sent from here, never by libcoap's own way of a response:
 * that one would acknowledge at once, with an empty message, what SQL needs time for.
 */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#include "dup.h"
#include "log.h"
#include "loop.h"

#define EXPIRE_MS 1000

struct exchange
{
	exchange   *next, **prev;	/* from the oldest to the newest */
	coap_session_t *session;	/* referenced; NULL: gone */
	dup_entry  *entry;			/* NULL with session */
	bool		confirmable;
	bool		separate;		/* acknowledged already */
	int64_t		since;
};

static struct
{
	dups	   *dup;
	exchange   *first, **last;
	unsigned	count;
	int64_t		expire_at;
}			all;

void
exchange_open(void)
{
	all.dup = dup_new();
	all.last = &all.first;
}

/* libcoap would begin a handshake of its own with a session that has none. */
static void
send_pdu(coap_session_t *session, coap_pdu_t *pdu)
{
	if (pdu == NULL)
		return;
	if (coap_session_get_state(session) != COAP_SESSION_STATE_ESTABLISHED)
		coap_delete_pdu(pdu);
	else if (coap_send(session, pdu) == COAP_INVALID_MID)
		log_debug("answer not sent");
}

static void
send_empty_ack(coap_session_t *session, uint16_t mid)
{
	send_pdu(session, coap_pdu_init(COAP_MESSAGE_ACK, COAP_EMPTY_CODE, mid, 0));
}

/* An answer to a request that nothing else is remembered of: carried by its acknowledgement. */
static void
send_reply(coap_session_t *session, bool confirmable, uint16_t mid, const uint8_t *token, size_t size,
		   const reply *r)
{
	if (confirmable)
		send_pdu(session, reply_pdu(r, COAP_MESSAGE_ACK, mid, token, size));
	else
		send_pdu(session, reply_pdu(r, COAP_MESSAGE_NON, coap_new_message_id(session), token, size));
}

/* The same request once more. */
static void
again(coap_session_t *session, const coap_pdu_t *request, const dup_entry *e)
{
	const exchange *x = e->pending;
	bool		confirmable = coap_pdu_get_type(request) == COAP_MESSAGE_CON;
	reply		r;

	if (x != NULL && x->separate)
		send_empty_ack(session, e->mid);
	if (x != NULL)
		return;
	r = reply_unpack(e->answer);
	send_reply(session, confirmable, e->mid, e->token, e->token_size, &r);
}

exchange *
exchange_begin(coap_session_t *session, const coap_pdu_t *request)
{
	coap_bin_const_t token = coap_pdu_get_token(request);
	uint16_t	mid = (uint16_t) coap_pdu_get_mid(request);
	bool		confirmable = coap_pdu_get_type(request) == COAP_MESSAGE_CON;
	dup_entry  *e = dup_find(all.dup, session, mid, token.s, token.length);
	exchange   *x;

	if (e != NULL)
	{
		again(session, request, e);
		return NULL;
	}
	x = calloc(1, sizeof *x);
	if (x == NULL)
		abort();
	if (all.count < EXCHANGES_MAX)
		x->entry = dup_add(all.dup, session, mid, token.s, token.length, x, loop_now());
	if (x->entry == NULL)
	{
		reply		r = reply_status(ST_UNAVAILABLE, 0);

		free(x);
		send_reply(session, confirmable, mid, token.s, token.length, &r);
		return NULL;
	}
	x->session = coap_session_reference(session);
	x->confirmable = confirmable;
	x->since = loop_now();
	x->prev = all.last;
	*all.last = x;
	all.last = &x->next;
	all.count++;
	return x;
}

const void *
exchange_session(const exchange *x)
{
	return x->session;
}

static void
end(exchange *x)
{
	*x->prev = x->next;
	if (x->next != NULL)
		x->next->prev = x->prev;
	else
		all.last = x->prev;
	all.count--;
	if (x->session != NULL)
		coap_session_release(x->session);
	free(x);
}

void
exchange_answer(exchange *x, const reply *r, bool remember)
{
	dup_entry  *e = x->entry;

	if (x->session == NULL)
	{
		end(x);
		return;
	}
	if (x->separate && x->confirmable)
		send_pdu(x->session, reply_pdu(r, COAP_MESSAGE_CON, coap_new_message_id(x->session), e->token,
									   e->token_size));
	else
		send_reply(x->session, x->confirmable, e->mid, e->token, e->token_size, r);
	if (remember)
	{
		size_t		size;
		uint8_t    *packed = reply_pack(r, &size);

		dup_answer(e, packed, size);
	}
	else
		dup_forget(all.dup, e);
	end(x);
}

static void
cut_off(void *pending)
{
	exchange   *x = pending;

	coap_session_release(x->session);
	x->session = NULL;
	x->entry = NULL;
}

void
exchange_drop(coap_session_t *session)
{
	dup_drop(all.dup, session, cut_off);
}

int
exchange_turn(void)
{
	int64_t		now = loop_now();

	if (now >= all.expire_at)
	{
		dup_expire(all.dup, now);
		all.expire_at = now + EXPIRE_MS;
	}
	for (exchange *x = all.first; x != NULL; x = x->next)
	{
		if (x->separate || x->session == NULL || !x->confirmable)
			continue;
		if (now - x->since < SEPARATE_MS)
			return (int) (x->since + SEPARATE_MS - now);
		x->separate = true;
		send_empty_ack(x->session, x->entry->mid);
	}
	return EXPIRE_MS;
}

unsigned
exchange_count(void)
{
	return all.count;
}

void
exchange_close(void)
{
	for (exchange *x = all.first; x != NULL; x = x->next)
		if (x->session != NULL)
		{
			coap_session_release(x->session);
			x->session = NULL;
			x->entry = NULL;
		}
	dup_free(all.dup);
	all.dup = NULL;
}

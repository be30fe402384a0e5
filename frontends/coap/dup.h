/* SPDX-License-Identifier: PostgreSQL */
/*
 * dup.h: which requests came before. CoAP repeats a message until it is acknowledged, so
 * the same request (session, message id, token) may come again while SQL still answers, or
 * after the answer was lost. A request under way is `pending`; an answered one keeps a
 * copy of its answer for DUP_SECONDS (EXCHANGE_LIFETIME of RFC 7252), so that no repetition
 * has a second effect. There is a most per session and in all; the oldest answer gives way,
 * a pending request never does.
 *
 * Called by exchange.c. A session is only a key here. Times are milliseconds of loop_now().
 */
#ifndef COAP_DUP_H
#define COAP_DUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DUP_MAX 8192
#define DUP_SESSION_MAX 16
#define DUP_SECONDS 247
#define DUP_TOKEN_MAX 8

typedef struct dups dups;

typedef struct dup_entry
{
	struct dup_entry *next;			/* of the same bucket */
	struct dup_entry *older, *newer;
	const void *session;
	uint16_t	mid;
	uint8_t		token_size;
	uint8_t		token[DUP_TOKEN_MAX];
	int64_t		at;
	void	   *pending;		/* the caller's; NULL: answered */
	size_t		size;			/* of the answer */
	uint8_t    *answer;
} dup_entry;

dups	   *dup_new(void);
void		dup_free(dups *d);
dup_entry  *dup_find(dups *d, const void *session, uint16_t mid, const uint8_t *token,
					 size_t token_size);
/* A new request, pending for the caller (not NULL). NULL when only pending ones fill the room. */
dup_entry  *dup_add(dups *d, const void *session, uint16_t mid, const uint8_t *token, size_t token_size,
					void *pending, int64_t now);
/* It is answered; the answer (of malloc) becomes the table's. */
void		dup_answer(dup_entry *e, uint8_t *answer, size_t size);
/* Nothing of it need be remembered. */
void		dup_forget(dups *d, dup_entry *e);
/* Forgets a session; hook is told of each request that was pending. */
void		dup_drop(dups *d, const void *session, void (*hook) (void *pending));
void		dup_expire(dups *d, int64_t now);
unsigned	dup_count(const dups *d);

#endif

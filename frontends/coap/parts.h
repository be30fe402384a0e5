/* SPDX-License-Identifier: PostgreSQL */
/*
 * parts.h: bodies that do not fit into one datagram. A request that comes in blocks is put
 * together (one at a time per session and resource); a decision that leaves in blocks is
 * kept until the device has fetched it. Both are forgotten after PARTS_SECONDS and with
 * their session, and there is a most of them: a flood costs PARTS_MAX bodies and no more.
 *
 * A session is only a key here. Times are milliseconds of loop_now().
 */
#ifndef COAP_PARTS_H
#define COAP_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARTS_BODY_MAX 4096		/* bytes of a request */
#define PARTS_MAX 1024
#define PARTS_SECONDS 60

typedef struct parts parts;

typedef enum parts_result
{
	PARTS_MORE,					/* taken; go on */
	PARTS_WHOLE,				/* that was the last; the body is whole */
	PARTS_GAP,					/* not the block that comes next: start again */
	PARTS_TOO_LARGE,
	PARTS_FULL					/* too many under way: later */
} parts_result;

/* What tells two bodies apart: the resource and, when the client gives one, its Request-Tag. */
typedef struct parts_key
{
	const void *session;
	char		resource;
	int			tag_size;		/* -1: no tag */
	uint8_t		tag[8];
} parts_key;

parts	   *parts_new(void);
void		parts_free(parts *p);
/*
 * Takes one block. A block that was taken before is PARTS_MORE again. On PARTS_WHOLE the
 * body is the caller's to free.
 */
parts_result parts_take(parts *p, const parts_key *key, uint64_t offset, const uint8_t *data,
						size_t size, bool more, int64_t now, uint8_t **body, size_t *body_size);
/* Keeps a copy of an answer, in place of the one before; false when there are too many. */
bool		parts_keep(parts *p, const void *session, char resource, const uint8_t *body, size_t size,
					   int64_t now);
/* The answer that was kept, NULL when there is none. */
const uint8_t *parts_kept(parts *p, const void *session, char resource, size_t *size, int64_t now);
void		parts_drop(parts *p, const void *session);
void		parts_expire(parts *p, int64_t now);
unsigned	parts_count(const parts *p);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * loop.h: what the common code asks of an event loop, so that h2o's loop and an
 * epoll loop can both drive it. The common code owns a few numbered slots, each
 * with at most one file descriptor to watch.
 *
 * The program
 *	- implements watch() and wake(),
 *	- calls service_ready(service, slot, events) when a watched descriptor is ready
 *	  (level-triggered),
 *	- calls service_turn(service) once per turn of its loop, before it sleeps, and
 *	  sleeps no longer than the milliseconds that it returns.
 */
#ifndef FE_LOOP_H
#define FE_LOOP_H

#include <stdint.h>

#define LOOP_READ 1u
#define LOOP_WRITE 2u
#define LOOP_SLOTS 2				/* the read and the write connection */

typedef struct loop_host
{
	void	   *self;
	/*
	 * From now on watch fd in this slot for these events. events 0: forget the slot's descriptor,
	 * which is closed right afterwards. Another fd in a slot comes only after events 0.
	 */
	void		(*watch) (void *self, int slot, int fd, unsigned events);
	/* service_turn has something to do: call it before sleeping (may be asked many times a turn). */
	void		(*wake) (void *self);
} loop_host;

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t		loop_now(void);

#endif

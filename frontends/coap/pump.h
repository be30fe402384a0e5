/* SPDX-License-Identifier: PostgreSQL */
/*
 * pump.h: the event loop: one epoll around libcoap's own, the two connections to
 * PostgreSQL and the signals. libcoap reads one datagram for each event that it is given
 * and then walks over all sessions, so each event is given to it many times.
 *
 * Called by main.c, and by selftest.c before anything else runs.
 */
#ifndef COAP_PUMP_H
#define COAP_PUMP_H

#include <stdbool.h>

#include <coap3/coap.h>

#include "service.h"

/* Signals come as return values of pump_wait; 0 with errno on failure. */
bool		pump_open(void);
void		pump_close(void);
/* What service_open asks for. */
const loop_host *pump_host(void);
/* The context whose sockets are read, and who is told of PostgreSQL's. */
bool		pump_set(coap_context_t *context, service *service);
/* Sleeps for at most so many milliseconds, serves what is ready; returns a signal, or 0. */
int			pump_wait(int milliseconds);
/* Reads what has come for libcoap. */
void		pump_coap(void);

#endif

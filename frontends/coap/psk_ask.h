/* SPDX-License-Identifier: PostgreSQL */
/*
 * psk_ask.h: one connection to PostgreSQL that is asked and waited for, with a deadline.
 * Called by psk.c only; the rest of the front-end never waits.
 */
#ifndef COAP_PSK_ASK_H
#define COAP_PSK_ASK_H

#include <stdbool.h>

#include "api.h"

typedef struct psk_ask psk_ask;

psk_ask    *psk_ask_open(const char *conninfo);
void		psk_ask_close(psk_ask *a);
/* fota_device.identify('psk', identity, NULL, NULL); ST_UNAVAILABLE when no answer came in time. */
void		psk_ask_identify(psk_ask *a, const char *identity, int milliseconds, api_identity *who);
/* Connects again in the background, without waiting. */
void		psk_ask_turn(psk_ask *a);
bool		psk_ask_ready(const psk_ask *a);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * status.h: the words that functions of schema fota_device answer with, and the
 * one table that maps each to an HTTP status and a CoAP code.
 */
#ifndef FE_STATUS_H
#define FE_STATUS_H

#include <stdbool.h>

typedef enum status_word
{
	ST_OK, ST_MALFORMED, ST_UNKNOWN, ST_REVOKED, ST_NOT_FOUND, ST_NOT_ALLOWED, ST_NOT_GRANTED,
	ST_NEED_CONTENTS, ST_GONE, ST_TOO_LARGE, ST_TOO_MANY, ST_UNAVAILABLE, ST_WORDS
} status_word;

/* "expired" and "suspended" are ST_REVOKED; a word that is not in the table is ST_UNAVAILABLE. */
status_word status_find(const char *word);
const char *status_name(status_word word);
int			status_http(status_word word);
/* The code byte: class << 5 | detail; 2.05 for ok (a report answers 2.04 instead). */
int			status_coap(status_word word);
/* True for the two that carry a time to wait: Retry-After, Max-Age. */
bool		status_waits(status_word word);
/* Seconds to wait, with jitter: 5 to 15. */
unsigned	status_retry_after(void);

/* What an SQL error means for the device that caused the call: always ST_UNAVAILABLE, never a detail. */
status_word status_of_sqlstate(const char *sqlstate);
/* Worth running again at once: 40001, 40P01, 55P03, and 26000: a Parse before it was skipped. */
bool		status_sqlstate_again(const char *sqlstate);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/* status.c: the one table of status words; a new word is a new row here and in status.h. */
#include "status.h"

#include <stdint.h>
#include <string.h>

#include "cred.h"

#define COAP(class, detail) ((class) << 5 | (detail))

static const struct
{
	const char *name;
	int			http;
	int			coap;
}			words[ST_WORDS] = {
	[ST_OK] = {"ok", 200, COAP(2, 5)},
	[ST_MALFORMED] = {"malformed", 400, COAP(4, 0)},
	[ST_UNKNOWN] = {"unknown", 401, COAP(4, 1)},
	[ST_REVOKED] = {"revoked", 403, COAP(4, 3)},
	[ST_NOT_FOUND] = {"not_found", 404, COAP(4, 4)},
	[ST_NOT_ALLOWED] = {"not_allowed", 405, COAP(4, 5)},
	[ST_NOT_GRANTED] = {"not_granted", 404, COAP(4, 4)},
	[ST_NEED_CONTENTS] = {"need_contents", 409, COAP(4, 9)},
	[ST_GONE] = {"gone", 410, COAP(4, 4)},
	[ST_TOO_LARGE] = {"too_large", 413, COAP(4, 13)},
	[ST_TOO_MANY] = {"too_many", 429, COAP(4, 29)},
	[ST_UNAVAILABLE] = {"unavailable", 503, COAP(5, 3)},
};

/* Other words for the same thing. */
static const struct
{
	const char *name;
	status_word word;
}			also[] = {
	{"expired", ST_REVOKED},
	{"suspended", ST_REVOKED},
};

status_word
status_find(const char *word)
{
	if (word == NULL)
		return ST_UNAVAILABLE;
	for (int i = 0; i < ST_WORDS; i++)
		if (strcmp(words[i].name, word) == 0)
			return (status_word) i;
	for (size_t i = 0; i < sizeof also / sizeof also[0]; i++)
		if (strcmp(also[i].name, word) == 0)
			return also[i].word;
	return ST_UNAVAILABLE;
}

const char *
status_name(status_word word)
{
	return words[word].name;
}

int
status_http(status_word word)
{
	return words[word].http;
}

int
status_coap(status_word word)
{
	return words[word].coap;
}

bool
status_waits(status_word word)
{
	return word == ST_TOO_MANY || word == ST_UNAVAILABLE;
}

unsigned
status_retry_after(void)
{
	uint8_t		random = 0;

	cred_random(&random, sizeof random);
	return 5 + random % 11;
}

status_word
status_of_sqlstate(const char *sqlstate)
{
	(void) sqlstate;
	return ST_UNAVAILABLE;
}

bool
status_sqlstate_again(const char *sqlstate)
{
	return sqlstate != NULL && (strcmp(sqlstate, "40001") == 0 || strcmp(sqlstate, "40P01") == 0 ||
								strcmp(sqlstate, "55P03") == 0 || strcmp(sqlstate, "26000") == 0);
}

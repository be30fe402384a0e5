/* SPDX-License-Identifier: PostgreSQL */
/*
 * psk_ask.c: libpq without blocking, and poll(2) with the time that is left. A connection
 * on which a question was not answered in time is closed: its answer could be taken for
 * that of the next one.
 */
#include "psk_ask.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "loop.h"

#define RETRY_MS 200
#define SILENT_MS 1000			/* after a question without an answer */
#define LOOK_MS 200
#define CONNECT_MS 5000

typedef enum ask_state
{
	ASK_DOWN, ASK_CONNECTING, ASK_UP
} ask_state;

struct psk_ask
{
	char	   *conninfo;
	PGconn	   *pg;
	ask_state	state;
	PostgresPollingStatusType want;
	int64_t		since;			/* of connecting */
	int64_t		retry_at, look_at;
	bool		said_down;
};

static void
quiet(void *arg, const char *message)
{
	(void) arg;
	(void) message;
}

static void
lost(psk_ask *a, const char *why)
{
	if (!a->said_down)
		log_error("database side=keys lost reason=\"%s\"", why);
	a->said_down = true;
	PQfinish(a->pg);
	a->pg = NULL;
	a->state = ASK_DOWN;
	a->retry_at = loop_now() + RETRY_MS;
}

static void
start(psk_ask *a)
{
	const char *names[] = {"dbname", "client_encoding", "fallback_application_name", NULL};
	const char *values[] = {a->conninfo, "UTF8", "fota keys", NULL};

	a->pg = PQconnectStartParams(names, values, 1);
	a->state = ASK_CONNECTING;
	a->want = PGRES_POLLING_WRITING;
	a->since = loop_now();
	if (a->pg == NULL || PQstatus(a->pg) == CONNECTION_BAD)
		lost(a, a->pg ? PQerrorMessage(a->pg) : "no memory");
}

/* Waits for the socket; false when the time is over. */
static bool
wait_for(psk_ask *a, short events, int64_t until)
{
	struct pollfd p = {.fd = PQsocket(a->pg), .events = events};
	int64_t		left = until - loop_now();

	return poll(&p, 1, left < 0 ? 0 : (int) left) > 0;
}

/* Goes on connecting until it is up, down, or the time is over. */
static void
connect_until(psk_ask *a, int64_t until)
{
	while (a->state == ASK_CONNECTING &&
		   wait_for(a, a->want == PGRES_POLLING_WRITING ? POLLOUT : POLLIN, until))
	{
		a->want = PQconnectPoll(a->pg);
		if (a->want == PGRES_POLLING_FAILED)
			lost(a, PQerrorMessage(a->pg));
		else if (a->want == PGRES_POLLING_OK)
		{
			PQsetNoticeProcessor(a->pg, quiet, NULL);
			PQsetnonblocking(a->pg, 1);
			a->state = ASK_UP;
			if (a->said_down)
				log_info("database side=keys connected");
			a->said_down = false;
		}
	}
	if (a->state == ASK_CONNECTING && loop_now() - a->since >= CONNECT_MS)
		lost(a, "no answer to the connection request");
}

/* Sends a question and waits for its one result; NULL with the connection closed when there is none. */
static PGresult *
question(psk_ask *a, const char *identity, int64_t until)
{
	const char *values[] = {"psk", identity, NULL, NULL};
	PGresult   *result = NULL;
	PGresult   *next;
	int			left = 1;

	if (PQsendQueryParams(a->pg, api_identify_sql, 4, NULL, values, NULL, NULL, 0) != 1)
	{
		lost(a, PQerrorMessage(a->pg));
		return NULL;
	}
	while (left > 0 || PQisBusy(a->pg))
	{
		left = PQflush(a->pg);
		if (left < 0 || !wait_for(a, (short) (POLLIN | (left > 0 ? POLLOUT : 0)), until) ||
			PQconsumeInput(a->pg) != 1)
		{
			bool		silent = left >= 0 && loop_now() >= until;

			lost(a, silent ? "no answer in time" : PQerrorMessage(a->pg));
			if (silent)
				a->retry_at = loop_now() + SILENT_MS;
			return NULL;
		}
	}
	while (!PQisBusy(a->pg) && (next = PQgetResult(a->pg)) != NULL)
	{
		PQclear(result);
		result = next;
	}
	if (PQisBusy(a->pg) || PQstatus(a->pg) != CONNECTION_OK)
	{
		PQclear(result);
		lost(a, PQerrorMessage(a->pg));
		return NULL;
	}
	return result;
}

void
psk_ask_identify(psk_ask *a, const char *identity, int milliseconds, api_identity *who)
{
	int64_t		until = loop_now() + milliseconds;
	PGresult   *r = NULL;

	memset(who, 0, sizeof *who);
	who->word = ST_UNAVAILABLE;
	if (a->state == ASK_DOWN && loop_now() >= a->retry_at)
		start(a);
	/* An attempt that has had its time goes on in the background. */
	if (a->state == ASK_CONNECTING)
		connect_until(a, a->since + milliseconds < until ? a->since + milliseconds : until);
	if (a->state == ASK_UP)
		r = question(a, identity, until);
	if (r != NULL && PQresultStatus(r) == PGRES_TUPLES_OK)
		api_read_identity(r, who);
	else if (r != NULL)
		log_error("database statement=identify message=\"%s\"", PQresultErrorMessage(r));
	PQclear(r);
}

void
psk_ask_turn(psk_ask *a)
{
	int64_t		now = loop_now();

	if (now < a->look_at)
		return;
	a->look_at = now + LOOK_MS;
	if (a->state == ASK_DOWN && now >= a->retry_at)
		start(a);
	connect_until(a, now);
	/* Nobody asked anything: what comes now is the end of the connection, or a notice. */
	if (a->state == ASK_UP && wait_for(a, POLLIN, now) &&
		(PQconsumeInput(a->pg) != 1 || PQstatus(a->pg) != CONNECTION_OK))
		lost(a, PQerrorMessage(a->pg));
}

bool
psk_ask_ready(const psk_ask *a)
{
	return a->state == ASK_UP;
}

psk_ask *
psk_ask_open(const char *conninfo)
{
	psk_ask    *a = calloc(1, sizeof *a);

	if (a == NULL)
		abort();
	a->conninfo = conninfo ? strdup(conninfo) : NULL;
	return a;
}

void
psk_ask_close(psk_ask *a)
{
	if (a == NULL)
		return;
	PQfinish(a->pg);
	free(a->conninfo);
	free(a);
}

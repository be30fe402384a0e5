/* SPDX-License-Identifier: PostgreSQL */
/*
 * main.c of fota-coap: reads the configuration, proves that DTLS is as it must be, opens
 * the port and runs the loop. TERM and INT drain: what is under way is answered, who comes
 * now is told to come later.
 *
 * It serves without PostgreSQL (5.03 to devices whose keys it remembers) and says `ready`
 * once PostgreSQL answers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cfg.h"
#include "cred.h"
#include "dtls.h"
#include "log.h"
#include "psk.h"
#include "pump.h"
#include "routes.h"
#include "selftest.h"

#define DRAIN_MS 10000
#define SLEEP_MS 250
#define PREPARE_MS 1000

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "fota-coap: %s: %s\n", what, why);
	exit(1);
}

static void
open_keys(void)
{
	const char *file = cfg_text("FOTA_KEY_FILE", NULL);
	uint8_t		key[CRED_KEY_SIZE];
	char		error[512];

	if (file == NULL)
		die("configuration", "FOTA_KEY_FILE names the file with the key that unwraps pre-shared keys");
	if (!cred_load_key(file, key, error, sizeof error))
		die("key", error);
	psk_open(key, cfg_text("FOTA_PG_READ", NULL));
	cred_wipe(key, sizeof key);
}

static void
changed(void *arg, int32_t tenant_id, const char *kind, int64_t id, const char *name)
{
	(void) arg;
	(void) name;
	psk_changed(tenant_id, kind, id);
}

/* Everything in its order; the port last. */
static coap_context_t *
open_all(service **service, long port)
{
	char		error[512] = "";
	coap_context_t *context;

	if (!pump_open())
		die("start", strerror(errno));
	open_keys();
	*service = service_open(pump_host(), "coaps", error, sizeof error);
	if (*service == NULL)
		die("start", error);
	service_on_change(*service, changed, NULL);
	context = dtls_open(routes_session_gone, error, sizeof error);
	if (context == NULL)
		die("DTLS", error);
	routes_open(context, *service);
	if (!pump_set(context, *service))
		die("start", strerror(errno));
	if (!selftest_run(context, error, sizeof error))
		die("DTLS", error);
	if (!dtls_listen(context, cfg_text("FOTA_BIND", NULL), port, error, sizeof error))
		die("listen", error);
	return context;
}

/* What is due in every turn; returns how long to sleep. */
static int
turn(coap_context_t *context, service *service)
{
	static int64_t prepare_at;
	int			wait = service_turn(service);
	int			other = routes_turn();
	coap_tick_t now;

	psk_turn();
	/* Sessions that nobody holds any more expire though nothing comes from anybody. */
	if (loop_now() >= prepare_at)
	{
		coap_ticks(&now);
		coap_io_prepare_epoll(context, now);
		prepare_at = loop_now() + PREPARE_MS;
	}
	if (other < wait)
		wait = other;
	return wait < SLEEP_MS ? wait : SLEEP_MS;
}

static bool
has_drained(coap_context_t *context, const service *service, int64_t since)
{
	if (exchange_count() == 0 && service_is_idle(service) && coap_can_exit(context))
		return true;
	if (loop_now() - since < DRAIN_MS)
		return false;
	log_info("drain out of time requests=%u", exchange_count());
	return true;
}

static void
run(coap_context_t *context, service *service, long port)
{
	int64_t		drain_from = 0;
	bool		said = false;

	while (drain_from == 0 || !has_drained(context, service, drain_from))
	{
		if (pump_wait(turn(context, service)) != 0 && drain_from == 0)
		{
			log_info("draining");
			routes_drain();
			drain_from = loop_now();
		}
		if (!said && service_is_ready(service) && psk_ready())
		{
			log_info("ready port=%ld", port);
			said = true;
		}
	}
}

int
main(int argc, char **argv)
{
	service    *service;
	coap_context_t *context;
	long		port;

	cfg_arguments(argc, argv, "fota-coap");
	log_open("coap");
	port = cfg_number("FOTA_COAPS_PORT", 5684, 1, 65535);
	context = open_all(&service, port);
	log_info("listening port=%ld", port);
	run(context, service, port);
	routes_close();
	coap_free_context(context);
	service_close(service);
	psk_close();
	pump_close();
	coap_cleanup();
	log_info("stopped");
	return 0;
}

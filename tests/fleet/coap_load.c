/* SPDX-License-Identifier: PostgreSQL */
/*
 * coap_load.c: check-ins of many devices over DTLS-PSK, each session with one request under way:
 *
 *	coap_load ADDRESS PORT IDENTITY KEY SESSIONS SECONDS
 *
 * IDENTITY is a printf pattern with one %d (1.1.S%d) that gets 1 .. SESSIONS; all have the key. Prints the
 * answered check-ins per second; ends with 1 when a session is refused or an answer is not 2.05.
 */
#include <coap3/coap.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SESSIONS_MAX 1000

/* {0: nonce, 2: {"app": ["2.0.0", null]}} */
static const uint8_t checkin[] = {
	0xa2, 0x00, 0x48, 1, 2, 3, 4, 5, 6, 7, 8, 0x02, 0xa1, 0x63, 'a', 'p', 'p',
	0x82, 0x65, '2', '.', '0', '.', '0', 0xf6
};

static unsigned long answered;
static unsigned long refused;

static void
send_checkin(coap_session_t *session)
{
	coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, session);
	uint8_t		token[8];
	size_t		token_size;
	uint8_t		format = 60;

	coap_session_new_token(session, &token_size, token);
	coap_add_token(pdu, token_size, token);
	coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *) "c");
	coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 1, &format);
	coap_add_data(pdu, sizeof checkin, checkin);
	if (coap_send(session, pdu) == COAP_INVALID_MID)
		refused++;
}

static coap_response_t
on_answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid)
{
	(void) sent;
	(void) mid;
	if (coap_pdu_get_code(received) == COAP_RESPONSE_CODE(205))
		answered++;
	else
		refused++;
	send_checkin(session);
	return COAP_RESPONSE_OK;
}

static void
on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid)
{
	(void) session;
	(void) sent;
	(void) reason;
	(void) mid;
	refused++;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static coap_session_t *
open_session(coap_context_t *context, const coap_address_t *to, const char *pattern, int number, const char *key)
{
	char	   *identity = calloc(1, 128);
	coap_dtls_cpsk_t psk;

	snprintf(identity, 128, pattern, number);
	memset(&psk, 0, sizeof psk);
	psk.version = COAP_DTLS_CPSK_SETUP_VERSION;
	psk.psk_info.identity.s = (const uint8_t *) identity;
	psk.psk_info.identity.length = strlen(identity);
	psk.psk_info.key.s = (const uint8_t *) key;
	psk.psk_info.key.length = strlen(key);
	return coap_new_client_session_psk2(context, NULL, to, COAP_PROTO_DTLS, &psk);
}

int
main(int argc, char **argv)
{
	coap_context_t *context;
	coap_address_t to;
	double		begin,
				end;
	int			sessions = argc == 7 ? atoi(argv[5]) : 0;

	if (sessions < 1 || sessions > SESSIONS_MAX)
	{
		fputs("usage: coap_load ADDRESS PORT IDENTITY KEY SESSIONS SECONDS\n", stderr);
		return 2;
	}
	coap_startup();
	coap_address_init(&to);
	to.addr.sin.sin_family = AF_INET;
	to.addr.sin.sin_port = htons((uint16_t) atoi(argv[2]));
	to.size = sizeof to.addr.sin;
	context = coap_new_context(NULL);
	if (context == NULL || inet_pton(AF_INET, argv[1], &to.addr.sin.sin_addr) != 1)
		return 2;
	coap_register_response_handler(context, on_answer);
	coap_register_nack_handler(context, on_nack);
	for (int i = 1; i <= sessions; i++)
	{
		coap_session_t *session = open_session(context, &to, argv[3], i, argv[4]);

		if (session == NULL)
			return 1;
		send_checkin(session);
	}

	/* The handshakes are not what is measured. */
	for (end = now() + 10; answered < (unsigned long) sessions && refused == 0 && now() < end;)
		coap_io_process(context, 100);
	answered = 0;
	begin = now();
	for (end = begin + atof(argv[6]); now() < end && refused == 0;)
		coap_io_process(context, 100);
	printf("%.0f\n", (double) answered / (now() - begin));
	coap_free_context(context);
	coap_cleanup();
	return refused > 0 || answered == 0;
}

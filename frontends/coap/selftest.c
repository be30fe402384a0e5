/* SPDX-License-Identifier: PostgreSQL */
/*
 * selftest.c: a client of OpenSSL's shakes hands with our own context on a port of the
 * loopback interface, three times, each time offering the session before.
 */
#include "selftest.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "cred.h"
#include "dtls.h"
#include "gate.h"
#include "loop.h"
#include "pump.h"

#define ROUNDS 3				/* libcoap has made its next SSL before it needs it */
#define ROUND_MS 5000
#define IDENTITY "0.0.self-test"	/* no tenant has number 0 */

static struct
{
	uint8_t		key[16];
	bool		hint;			/* the server sent one */
	struct sockaddr_in at;
}			test;

static unsigned int
give_key(SSL *ssl, const char *hint, char *identity, unsigned int identity_max, unsigned char *key,
		 unsigned int key_max)
{
	(void) ssl;
	if (hint != NULL && *hint != '\0')
		test.hint = true;
	if (identity_max < sizeof IDENTITY || key_max < sizeof test.key)
		return 0;
	memcpy(identity, IDENTITY, sizeof IDENTITY);
	memcpy(key, test.key, sizeof test.key);
	return sizeof test.key;
}

/* A context of a client that would gladly resume. */
static SSL_CTX *
client_context(void)
{
	SSL_CTX    *c = SSL_CTX_new(DTLS_client_method());

	if (c == NULL)
		return NULL;
	SSL_CTX_clear_options(c, SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT);
	SSL_CTX_set_psk_client_callback(c, give_key);
	if (SSL_CTX_set_cipher_list(c, "PSK-AES128-CCM8") == 1)
		return c;
	SSL_CTX_free(c);
	return NULL;
}

/* Shakes hands and lets the server work in between. */
static bool
connect_to_us(SSL *ssl, int fd)
{
	int64_t		until = loop_now() + ROUND_MS;

	while (loop_now() < until)
	{
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int			done = SSL_connect(ssl);

		if (done == 1)
			return true;
		if (SSL_get_error(ssl, done) != SSL_ERROR_WANT_READ)
			return false;
		pump_coap();
		poll(&p, 1, 5);
		DTLSv1_handle_timeout(ssl);
	}
	return false;
}

/* One handshake that offers a session; takes it over and leaves the new one in its place. */
static const char *
shake_hands(SSL_CTX *context, SSL_SESSION **session)
{
	int			fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	SSL		   *ssl = SSL_new(context);
	BIO		   *bio = fd >= 0 ? BIO_new_dgram(fd, BIO_NOCLOSE) : NULL;
	const char *wrong = NULL;
	unsigned	id_size = 0;

	if (ssl == NULL || bio == NULL || connect(fd, (struct sockaddr *) &test.at, sizeof test.at) != 0)
		wrong = "it has no socket";
	else
	{
		BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &test.at);
		SSL_set_bio(ssl, bio, bio);
		bio = NULL;
		if (*session != NULL)
			SSL_set_session(ssl, *session);
		if (!connect_to_us(ssl, fd))
			wrong = "the handshake fails";
		else if (SSL_session_reused(ssl))
			wrong = "a session is resumed";
	}
	if (wrong == NULL)
	{
		SSL_SESSION_free(*session);
		*session = SSL_get1_session(ssl);
		if (*session == NULL || SSL_SESSION_has_ticket(*session))
			wrong = "a session ticket is given";
		else if (SSL_SESSION_get_id(*session, &id_size) != NULL && id_size > 0)
			wrong = "a session identifier is given";
		SSL_shutdown(ssl);
		pump_coap();
	}
	BIO_free(bio);
	SSL_free(ssl);
	if (fd >= 0)
		close(fd);
	return wrong;
}

/* An endpoint on a port that is free. */
static coap_endpoint_t *
open_endpoint(coap_context_t *context)
{
	socklen_t	size = sizeof test.at;
	coap_address_t address;
	int			fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool		good;

	memset(&test.at, 0, sizeof test.at);
	test.at.sin_family = AF_INET;
	test.at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	good = fd >= 0 && bind(fd, (struct sockaddr *) &test.at, sizeof test.at) == 0 &&
		getsockname(fd, (struct sockaddr *) &test.at, &size) == 0;
	if (fd >= 0)
		close(fd);
	if (!good)
		return NULL;
	coap_address_init(&address);
	address.size = sizeof test.at;
	address.addr.sin = test.at;
	return coap_new_endpoint(context, &address, COAP_PROTO_DTLS);
}

bool
selftest_run(coap_context_t *context, char *error, size_t error_size)
{
	coap_endpoint_t *endpoint = open_endpoint(context);
	SSL_CTX    *client = client_context();
	SSL_SESSION *session = NULL;
	uint64_t	seen = gate_seen();
	const char *wrong = NULL;

	if (endpoint == NULL || client == NULL || !cred_random(test.key, sizeof test.key))
		wrong = "it cannot be set up";
	dtls_extra_key(IDENTITY, test.key, sizeof test.key);
	for (int i = 0; i < ROUNDS && wrong == NULL; i++)
		wrong = shake_hands(client, &session);
	dtls_extra_key(NULL, NULL, 0);
	if (wrong == NULL && test.hint)
		wrong = "an identity hint is sent";
	if (wrong == NULL && gate_seen() == seen)
		wrong = "datagrams do not pass the gate";
	SSL_SESSION_free(session);
	SSL_CTX_free(client);
	coap_free_endpoint(endpoint);
	cred_wipe(test.key, sizeof test.key);
	if (wrong != NULL)
		snprintf(error, error_size, "the self-test of DTLS failed: %s", wrong);
	return wrong == NULL;
}

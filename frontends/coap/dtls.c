/* SPDX-License-Identifier: PostgreSQL */
/*
 * dtls.c: libcoap makes its SSL_CTX by itself and shows it to nobody, so the program's own
 * SSL_CTX_new stands in front of OpenSSL's: every context is hardened as it is born.
 */
#include "dtls.h"

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "cfg.h"
#include "gate.h"
#include "log.h"
#include "loop.h"
#include "psk.h"
#include "psk_memory.h"

/* CCM_8 is what RFC 7252 asks of every device. */
#define CIPHERS "PSK-AES128-CCM8:PSK-AES128-GCM-SHA256:PSK-AES128-CCM:PSK-AES256-GCM-SHA384:" \
	"PSK-AES256-CCM8:PSK-AES256-CCM:PSK-CHACHA20-POLY1305:ECDHE-PSK-CHACHA20-POLY1305"
#define CONTEXTS_MAX 8
#define MTU 1400				/* bytes of a message, either way */
#define SESSION_SECONDS 60
#define HANDSHAKES_MAX 5000
#define SESSIONS_MAX 20000
#define REFUSALS_PER_SECOND 10	/* lines of the log */

static struct
{
	SSL_CTX    *made[CONTEXTS_MAX];
	int			count;
	dtls_gone	gone;
	const char *extra;
	coap_bin_const_t extra_key;
	uint8_t		key[CRED_SECRET_MAX];
	coap_bin_const_t found;
	int64_t		second;
	int			refusals;
}			dtls;

/* In front of OpenSSL's. */
SSL_CTX *
SSL_CTX_new(const SSL_METHOD *method)
{
	static SSL_CTX *(*real) (const SSL_METHOD *);
	SSL_CTX    *context;

	if (real == NULL)
		*(void **) &real = dlsym(RTLD_NEXT, "SSL_CTX_new");
	context = real(method);
	if (context == NULL)
		return NULL;
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(context, 0);
	if (dtls.count < CONTEXTS_MAX)
		dtls.made[dtls.count++] = context;
	return context;
}

/* ---- keys ---- */

/* Strangers must not fill the disk. */
static void
log_refused(const uint8_t *identity, size_t size, const char *why)
{
	int64_t		second = loop_now() / 1000;

	if (second != dtls.second)
		dtls.refusals = 0;
	dtls.second = second;
	if (dtls.refusals++ >= REFUSALS_PER_SECOND)
		return;
	if (psk_identity_valid(identity, size))
		log_info("session refused identity=%.*s reason=\"%s\"", (int) size, (const char *) identity,
				 why);
	else
		log_info("session refused reason=\"%s\"", why);
}

/* In the middle of a handshake; what is returned is copied by libcoap. */
static const coap_bin_const_t *
find_key(coap_bin_const_t *identity, coap_session_t *session, void *arg)
{
	const char *why;

	(void) session;
	(void) arg;
	if (dtls.extra != NULL && identity->length == strlen(dtls.extra) &&
		memcmp(identity->s, dtls.extra, identity->length) == 0)
		return &dtls.extra_key;
	cred_wipe(dtls.key, sizeof dtls.key);
	dtls.found.s = dtls.key;
	dtls.found.length = psk_find(identity->s, identity->length, dtls.key, &why);
	if (dtls.found.length > 0)
		return &dtls.found;
	log_refused(identity->s, identity->length, why);
	return NULL;
}

void
dtls_extra_key(const char *identity, const uint8_t *key, size_t size)
{
	dtls.extra = identity;
	dtls.extra_key.s = key;
	dtls.extra_key.length = size;
}

/* ---- sessions ---- */

/* After the handshake nobody needs the key: ours goes, and the copy that libcoap keeps. */
static void
wipe_keys(coap_session_t *session)
{
	const coap_bin_const_t *copy = coap_session_get_psk_key(session);

	cred_wipe(dtls.key, sizeof dtls.key);
	if (copy != NULL)
		cred_wipe((void *) (uintptr_t) copy->s, copy->length);
}

/* With a wrong key the last message of the handshake cannot be read, and it ends for lack of time. */
static void
log_unfinished(const coap_session_t *session)
{
	const coap_bin_const_t *identity = coap_session_get_psk_identity(session);

	if (coap_session_get_state(session) == COAP_SESSION_STATE_HANDSHAKE && identity != NULL &&
		identity->length > 0 && coap_session_get_psk_key(session) != NULL)
		log_refused(identity->s, identity->length, "handshake not finished");
}

static int
on_event(coap_session_t *session, const coap_event_t event)
{
	switch (event)
	{
		case COAP_EVENT_DTLS_CONNECTED:
			wipe_keys(session);
			break;
		case COAP_EVENT_DTLS_CLOSED:
			log_unfinished(session);
			dtls.gone(session);
			break;
		case COAP_EVENT_SERVER_SESSION_DEL:
			dtls.gone(session);
			break;
		default:
			break;
	}
	return 0;
}

static void
libcoap_says(coap_log_t level, const char *message)
{
	(void) level;
	log_debug("libcoap message=\"%.*s\"", (int) strcspn(message, "\n"), message);
}

/* What libcoap has to say is for whoever looks for a fault, and never at its own length. */
static void
set_up_log(void)
{
	coap_set_log_handler(libcoap_says);
	coap_set_log_level(log_wants(LOG_LEVEL_DEBUG) ? LOG_ERR : LOG_EMERG);
	coap_dtls_set_log_level(log_wants(LOG_LEVEL_DEBUG) ? LOG_ERR : LOG_EMERG);
}

coap_context_t *
dtls_open(dtls_gone gone, char *error, size_t error_size)
{
	coap_dtls_spsk_t keys = {
		.version = COAP_DTLS_SPSK_SETUP_VERSION, .validate_id_call_back = find_key
	};
	unsigned	idle = (unsigned) cfg_number("FOTA_COAPS_SESSION_SECONDS", SESSION_SECONDS, 1, 86400);
	coap_context_t *context;

	dtls.gone = gone;
	coap_startup();
	set_up_log();
	context = coap_new_context(NULL);
	if (context == NULL)
	{
		snprintf(error, error_size, "libcoap has no DTLS here");
		return NULL;
	}
	for (int i = 0; i < dtls.count; i++)
	{
		SSL_CTX_set_cipher_list(dtls.made[i], CIPHERS);
		SSL_CTX_set_cookie_generate_cb(dtls.made[i], gate_cookie_make);
		SSL_CTX_set_cookie_verify_cb(dtls.made[i], gate_cookie_check);
	}
	gate_open(context);
	coap_context_set_block_mode(context, 0);
	coap_context_set_session_timeout(context, idle);
	coap_context_set_max_handshake_sessions(context, HANDSHAKES_MAX);
	coap_context_set_max_idle_sessions(context, SESSIONS_MAX);
	coap_register_event_handler(context, on_event);
	if (dtls.count == 0 || !coap_context_set_psk2(context, &keys))
	{
		snprintf(error, error_size, "libcoap's TLS contexts cannot be set up");
		coap_free_context(context);
		return NULL;
	}
	return context;
}

/* ---- the port ---- */

/*
 * libcoap's SO_REUSEADDR lets two processes share a UDP port, one of them in vain; without
 * it a bind says that the port is in use.
 */
static bool
is_free(const struct addrinfo *a)
{
	int			off = 0;
	int			fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool		good;
	int			why;

	if (fd < 0)
		return false;
	if (a->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	good = bind(fd, a->ai_addr, a->ai_addrlen) == 0;
	why = errno;
	close(fd);
	errno = why;
	return good;
}

bool
dtls_listen(coap_context_t *context, const char *host, long port, char *error, size_t error_size)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *list;
	coap_endpoint_t *endpoint = NULL;
	char		name[16];
	int			code;

	snprintf(name, sizeof name, "%ld", port);
	/* A machine without IPv6 listens on all of IPv4. */
	if (host == NULL)
		host = access("/proc/net/if_inet6", F_OK) == 0 ? "::" : "0.0.0.0";
	code = getaddrinfo(host, name, &hints, &list);
	if (code != 0)
	{
		snprintf(error, error_size, "port %ld of %s: %s", port, host, gai_strerror(code));
		return false;
	}
	errno = 0;
	for (struct addrinfo *a = list; a != NULL && endpoint == NULL; a = a->ai_next)
	{
		coap_address_t address;

		coap_address_init(&address);
		if (a->ai_addrlen > sizeof address.addr || !is_free(a))
			continue;
		address.size = a->ai_addrlen;
		memcpy(&address.addr, a->ai_addr, a->ai_addrlen);
		endpoint = coap_new_endpoint(context, &address, COAP_PROTO_DTLS);
	}
	freeaddrinfo(list);
	if (endpoint == NULL)
		snprintf(error, error_size, "port %ld of %s: %s", port, host,
				 errno ? strerror(errno) : "cannot be opened");
	else
		coap_endpoint_set_default_mtu(endpoint, MTU);
	return endpoint != NULL;
}

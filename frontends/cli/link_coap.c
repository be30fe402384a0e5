/* SPDX-License-Identifier: PostgreSQL */
/*
 * link_coap.c: a simulated device over CoAP and DTLS with a pre-shared key, by libcoap. Blocks are ours
 * (libcoap's block mode is 0), 512 bytes each, so that a download goes on at any block, in any session.
 *
 * A session that gets no answer is dropped: the next request begins with a handshake. When the device
 * rests, the session goes too, as a sleeping device's would.
 */
#include "simulate.h"

#include "cred.h"
#include "loop.h"

#include <coap3/coap.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#define SZX 5					/* 16 << 5 = 512 bytes */
#define BLOCK ((size_t) 16 << SZX)
#define WHOLE_MAX 1024			/* a longer body goes in blocks */
#define FIRST_MS 20000			/* wait for an answer with a handshake before it */
#define LATER_MS 12000			/* and without */

typedef struct coap_link
{
	sim_link	base;			/* first */
	coap_context_t *context;
	coap_session_t *session;
	coap_address_t server;
	char		identity[96];
	uint8_t		key[CRED_SECRET_MAX];
	size_t		key_size;
	bool		answered;		/* this session has been answered before */

	/* Of the request at hand. */
	uint8_t		token[8];
	size_t		token_size;
	bool		over;
	bool		failed;
	char		why[128];
	int			code;			/* 205 for 2.05 */
	unsigned	max_age;
	bool		has_etag;
	uint8_t		etag[8];
	bool		has_block2;
	uint32_t	block2;			/* as the option has it */
	int64_t		size2;			/* -1 = not said */
	uint8_t		data[2048];
	size_t		size;
} coap_link;

/* A request; code is COAP_REQUEST_CODE_GET or _POST. */
typedef struct coap_ask
{
	coap_pdu_code_t code;
	const char *path;			/* "c", "r", "a/12/1" */
	int64_t		block1;			/* as the option has it, -1 = none */
	int64_t		block2;
	const uint8_t *data;
	size_t		size;
} coap_ask;

/* --- callbacks ----------------------------------------------------------------------------------- */

static int64_t
number_option(const coap_pdu_t *pdu, coap_option_num_t number)
{
	coap_opt_iterator_t iterator;
	coap_opt_t *option = coap_check_option(pdu, number, &iterator);

	return option ? (int64_t) coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option)) : -1;
}

static coap_response_t
take_answer(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, const coap_mid_t mid)
{
	coap_link  *l = coap_get_app_data(coap_session_get_context(session));
	coap_bin_const_t token = coap_pdu_get_token(received);
	int			code = coap_pdu_get_code(received);
	coap_opt_iterator_t iterator;
	coap_opt_t *etag = coap_check_option(received, COAP_OPTION_ETAG, &iterator);
	int64_t		max_age = number_option(received, COAP_OPTION_MAXAGE);
	int64_t		block2 = number_option(received, COAP_OPTION_BLOCK2);
	const uint8_t *data = NULL;
	size_t		size = 0;

	(void) sent, (void) mid;
	if (l->over || session != l->session || token.length != l->token_size ||
		memcmp(token.s, l->token, token.length) != 0)
		return COAP_RESPONSE_OK;
	l->over = l->answered = true;
	l->code = (code >> 5) * 100 + (code & 31);
	l->has_etag = etag != NULL && coap_opt_length(etag) == sizeof(l->etag);
	if (l->has_etag)
		memcpy(l->etag, coap_opt_value(etag), sizeof(l->etag));
	l->max_age = max_age > 0 ? (unsigned) max_age : 0;
	l->has_block2 = block2 >= 0;
	l->block2 = block2 >= 0 ? (uint32_t) block2 : 0;
	l->size2 = number_option(received, COAP_OPTION_SIZE2);
	coap_get_data(received, &size, &data);
	l->size = size < sizeof(l->data) ? size : sizeof(l->data);
	if (l->size > 0)
		memcpy(l->data, data, l->size);
	return COAP_RESPONSE_OK;
}

static void
take_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason, const coap_mid_t mid)
{
	static const char *const words[] = {
		"no answer", "not deliverable", "reset by the server", "the DTLS handshake failed", "nobody listens there"
	};
	coap_link  *l = coap_get_app_data(coap_session_get_context(session));

	(void) sent, (void) mid;
	if (l->over || session != l->session)
		return;
	l->over = l->failed = true;
	snprintf(l->why, sizeof(l->why), "%s",
			 (size_t) reason < sizeof(words) / sizeof(words[0]) ? words[reason] : "failed");
}

/* --- one message and its answer ------------------------------------------------------------------ */

static void
drop_session(coap_link *l)
{
	coap_session_t *session = l->session;

	l->session = NULL;
	l->answered = false;
	if (session != NULL)
		coap_session_release(session);
}

static bool
open_session(coap_link *l)
{
	coap_dtls_cpsk_t setup = {.version = COAP_DTLS_CPSK_SETUP_VERSION};

	if (l->session != NULL)
		return true;
	setup.psk_info.identity = (coap_bin_const_t) {strlen(l->identity), (const uint8_t *) l->identity};
	setup.psk_info.key = (coap_bin_const_t) {l->key_size, l->key};
	l->session = coap_new_client_session_psk2(l->context, NULL, &l->server, COAP_PROTO_DTLS, &setup);
	return l->session != NULL;
}

static void
add_number(coap_pdu_t *pdu, coap_option_num_t option, int64_t value)
{
	uint8_t		bytes[4];

	if (value >= 0)
		coap_add_option(pdu, option, coap_encode_var_safe(bytes, sizeof(bytes), (unsigned) value), bytes);
}

/* Options in order of their numbers. */
static coap_pdu_t *
make_pdu(coap_link *l, const coap_ask *ask)
{
	coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, ask->code, l->session);
	const char *p = ask->path;

	if (pdu == NULL)
		return NULL;
	l->token_size = sizeof(l->token);
	coap_session_new_token(l->session, &l->token_size, l->token);
	coap_add_token(pdu, l->token_size, l->token);
	while (*p != '\0')
	{
		size_t		size = strcspn(p, "/");

		coap_add_option(pdu, COAP_OPTION_URI_PATH, size, (const uint8_t *) p);
		p += size + (p[size] == '/');
	}
	if (ask->data != NULL)
		add_number(pdu, COAP_OPTION_CONTENT_FORMAT, COAP_MEDIATYPE_APPLICATION_CBOR);
	add_number(pdu, COAP_OPTION_BLOCK2, ask->block2);
	add_number(pdu, COAP_OPTION_BLOCK1, ask->block1);
	if (ask->data != NULL && !coap_add_data(pdu, ask->size, ask->data))
	{
		coap_delete_pdu(pdu);
		return NULL;
	}
	return pdu;
}

/* Asks and waits; false when nothing came, why says why. */
static bool
exchange(coap_link *l, const coap_ask *ask)
{
	int64_t		until = loop_now() + (l->answered ? LATER_MS : FIRST_MS);
	coap_pdu_t *pdu;

	l->over = l->failed = false;
	l->code = 0;
	snprintf(l->why, sizeof(l->why), "no answer");
	if (!open_session(l) || (pdu = make_pdu(l, ask)) == NULL || coap_send(l->session, pdu) == COAP_INVALID_MID)
	{
		snprintf(l->why, sizeof(l->why), "cannot send");
		l->failed = true;
	}
	while (!l->failed && !l->over && !sim_stopped() && loop_now() < until)
		if (coap_io_process(l->context, 100) < 0)
			l->failed = true;
	if (l->over && !l->failed)
		return true;
	drop_session(l);
	return false;
}

/* --- a body, in blocks where it needs them ------------------------------------------------------- */

/* The rest of a decision that left in blocks. */
static void
take_rest(coap_link *l, const char *path, sim_answer *answer)
{
	coap_ask	ask = {COAP_REQUEST_CODE_POST, path, -1, 0, NULL, 0};

	while (answer->code == 205 && l->has_block2 && (l->block2 & 8) != 0)
	{
		unsigned	szx = l->block2 & 7;

		ask.block2 = (int64_t) (answer->size >> (szx + 4)) << 4 | szx;
		if (!exchange(l, &ask))
			answer->code = 0;
		else if (l->code != 205 || l->size > SIM_BODY_MAX - answer->size)
			answer->code = l->code == 408 ? 0 : l->code;
		else
		{
			memcpy(answer->body + answer->size, l->data, l->size);
			answer->size += l->size;
		}
	}
}

static void
post(sim_link *link, const char *path, const void *body, size_t size, sim_answer *answer)
{
	coap_link  *l = (coap_link *) link;
	coap_ask	ask = {COAP_REQUEST_CODE_POST, path, -1, -1, body, size};
	bool		more = size > WHOLE_MAX;
	size_t		at = 0;

	*answer = (sim_answer) {0};
	do
	{
		if (size > WHOLE_MAX)
		{
			ask.data = (const uint8_t *) body + at;
			ask.size = size - at < BLOCK ? size - at : BLOCK;
			more = at + ask.size < size;
			ask.block1 = (int64_t) (at / BLOCK) << 4 | (more ? 8 : 0) | SZX;
			at += ask.size;
		}
		if (!exchange(l, &ask))
		{
			snprintf(answer->why, sizeof(answer->why), "%s", l->why);
			return;
		}
	} while (more && l->code == 231);
	answer->code = l->code;
	answer->wait = l->max_age;
	answer->size = l->size;
	memcpy(answer->body, l->data, l->size);
	take_rest(l, path, answer);
}

/* --- a download ---------------------------------------------------------------------------------- */

/* Checks a block that came for the bytes from `at` on. */
static bool
block_good(const coap_link *l, const sim_item *item, uint64_t at)
{
	unsigned	szx = l->has_block2 ? l->block2 & 7 : 6;
	uint64_t	left = item->bytes - at;
	size_t		full = (size_t) 16 << szx;

	return l->has_etag && memcmp(l->etag, item->etag, sizeof(item->etag)) == 0 && szx < 7 &&
		(uint64_t) (l->has_block2 ? l->block2 >> 4 : 0) << (szx + 4) == at &&
		(l->size2 < 0 || (uint64_t) l->size2 == item->bytes) && l->size == (left < full ? left : full);
}

static sim_got
get(sim_link *link, const sim_item *item, uint64_t from, sim_sink sink, void *arg, sim_answer *answer)
{
	coap_link  *l = (coap_link *) link;
	unsigned	szx = SZX;
	char		path[64];
	coap_ask	ask = {COAP_REQUEST_CODE_GET, path, -1, 0, NULL, 0};

	*answer = (sim_answer) {0};
	snprintf(path, sizeof(path), "a/%lld/%lld", (long long) item->action, (long long) item->item);
	for (uint64_t at = from; at < item->bytes; at += l->size)
	{
		ask.block2 = (int64_t) (at >> (szx + 4)) << 4 | szx;
		if (!exchange(l, &ask))
		{
			snprintf(answer->why, sizeof(answer->why), "%s", l->why);
			return sim_stopped() ? SIM_GOT_STOP : SIM_GOT_NOTHING;
		}
		answer->code = l->code;
		answer->wait = l->max_age;
		if (l->code != 205)
			return SIM_GOT_NOTHING;
		if (!block_good(l, item, at))
			return SIM_GOT_OTHER;
		/* The server may want smaller blocks. */
		if (l->has_block2 && (l->block2 & 7) < szx)
			szx = l->block2 & 7;
		if (!sink(arg, l->data, l->size) || sim_stopped())
			return SIM_GOT_STOP;
	}
	return SIM_GOT_ALL;
}

static void
rest(sim_link *link)
{
	drop_session((coap_link *) link);
}

static void
close_link(sim_link *link)
{
	coap_link  *l = (coap_link *) link;

	drop_session(l);
	coap_free_context(l->context);
	coap_cleanup();
	cred_wipe(l->key, sizeof(l->key));
	free(l);
}

/* --- opening ------------------------------------------------------------------------------------- */

/* `identity key-in-hex`, as device add prints it. */
static bool
read_psk(coap_link *l, const char *file)
{
	char		hex[2 * CRED_SECRET_MAX + 2];
	FILE	   *in = fopen(file, "r");
	long		size = -1;

	if (in == NULL)
	{
		cli_fail_file(file);
		return false;
	}
	if (fscanf(in, "%95s %129s", l->identity, hex) == 2)
		size = cli_unhex(hex, l->key, sizeof(l->key));
	fclose(in);
	cred_wipe(hex, sizeof(hex));
	l->key_size = size > 0 ? (size_t) size : 0;
	if (size <= 0)
		cli_fail("58030", "%s has no line `identity key-in-hex`", file);
	return size > 0;
}

static bool
find_server(coap_link *l, const char *url)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	struct addrinfo *found;
	char		host[256],
				port[16];
	coap_uri_t	uri;
	int			code;

	if (coap_split_uri((const uint8_t *) url, strlen(url), &uri) < 0 || uri.scheme != COAP_URI_SCHEME_COAPS ||
		uri.host.length >= sizeof(host))
	{
		cli_fail("22023", "%s is no coaps:// address", url);
		return false;
	}
	snprintf(host, sizeof(host), "%.*s", (int) uri.host.length, (const char *) uri.host.s);
	snprintf(port, sizeof(port), "%u", uri.port);
	code = getaddrinfo(host, port, &hints, &found);
	if (code != 0)
	{
		cli_fail("08001", "%s: %s", host, gai_strerror(code));
		return false;
	}
	coap_address_init(&l->server);
	l->server.size = found->ai_addrlen;
	memcpy(&l->server.addr.sa, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return true;
}

sim_link *
sim_link_coap(const sim_link_options *options)
{
	coap_link  *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->base = (sim_link) {"coaps", post, get, rest, close_link};
	coap_startup();
	coap_set_log_level(LOG_EMERG);
	coap_dtls_set_log_level(LOG_EMERG);
	if (!read_psk(l, options->psk_file) || !find_server(l, options->url))
	{
		free(l);
		return NULL;
	}
	l->context = coap_new_context(NULL);
	if (l->context == NULL)
	{
		cli_fail("53200", "no memory for libcoap");
		free(l);
		return NULL;
	}
	coap_set_app_data(l->context, l);
	coap_register_response_handler(l->context, take_answer);
	coap_register_nack_handler(l->context, take_nack);
	return &l->base;
}

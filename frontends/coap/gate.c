/* SPDX-License-Identifier: PostgreSQL */
/*
 * gate.c: a cookie is the start of HMAC-SHA256(secret of this process, minute, address of
 * the sender); the minute before is good as well.
 */
#include "gate.h"

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "cred.h"
#include "hello.h"
#include "log.h"
#include "loop.h"

#define COOKIE_SIZE 16
#define COOKIE_MS 60000
#define SKIP_MAX 64				/* datagrams answered here in one call */
#define HELD_MAX 1472			/* libcoap's largest datagram */

typedef ssize_t (*recvmsg_call) (int fd, struct msghdr *msg, int flags);

static struct
{
	coap_context_t *context;
	recvmsg_call real;
	uint8_t		secret[32];
	bool		reading, drained;
	uint64_t	seen;
	coap_address_t from;		/* of the datagram at hand */
	int			ifindex;
	struct
	{
		bool		full;
		size_t		size, name_size, control_size;
		uint8_t		data[HELD_MAX];
		uint8_t		name[sizeof(struct sockaddr_storage)];
		uint8_t		control[128];
	}			held;
}			gate;

void
gate_open(coap_context_t *context)
{
	gate.context = context;
	if (!cred_random(gate.secret, sizeof gate.secret))
		abort();
}

void
gate_begin(void)
{
	gate.reading = true;
	gate.drained = false;
}

void
gate_end(void)
{
	gate.reading = false;
}

bool
gate_holds(void)
{
	return gate.held.full;
}

uint64_t
gate_seen(void)
{
	return gate.seen;
}

/* ---- cookies ---- */

static void
make_cookie(int64_t minute, uint8_t cookie[COOKIE_SIZE])
{
	uint8_t		text[8 + sizeof gate.from.addr];
	uint8_t		digest[EVP_MAX_MD_SIZE];
	size_t		size = gate.from.size <= sizeof gate.from.addr ? gate.from.size : sizeof gate.from.addr;

	memcpy(text, &minute, 8);
	memcpy(text + 8, &gate.from.addr, size);
	if (HMAC(EVP_sha256(), gate.secret, sizeof gate.secret, text, 8 + size, digest, NULL) == NULL)
		abort();
	memcpy(cookie, digest, COOKIE_SIZE);
}

static bool
check_cookie(const uint8_t *cookie, size_t size)
{
	int64_t		minute = loop_now() / COOKIE_MS;
	uint8_t		good[COOKIE_SIZE];

	for (int64_t m = minute; m >= minute - 1 && size == COOKIE_SIZE; m--)
	{
		make_cookie(m, good);
		if (cred_equal(good, cookie, COOKIE_SIZE))
			return true;
	}
	return false;
}

int
gate_cookie_make(SSL *ssl, unsigned char *cookie, unsigned int *size)
{
	(void) ssl;
	make_cookie(loop_now() / COOKIE_MS, cookie);
	*size = COOKIE_SIZE;
	return 1;
}

int
gate_cookie_check(SSL *ssl, const unsigned char *cookie, unsigned int size)
{
	(void) ssl;
	return check_cookie(cookie, size);
}

/* ---- what to do with a ClientHello ---- */

/* Answers from the address that was written to. */
static void
send_cookie(int fd, const struct msghdr *in, const hello *h)
{
	uint8_t		cookie[COOKIE_SIZE];
	uint8_t		answer[HELLO_VERIFY_MAX];
	struct iovec piece = {.iov_base = answer};
	struct msghdr out = {
		.msg_name = in->msg_name, .msg_namelen = in->msg_namelen, .msg_iov = &piece, .msg_iovlen = 1,
		.msg_control = in->msg_control, .msg_controllen = in->msg_controllen
	};

	make_cookie(loop_now() / COOKIE_MS, cookie);
	piece.iov_len = hello_verify(h, cookie, sizeof cookie, answer);
	if (sendmsg(fd, &out, 0) < 0)
		log_debug("cookie not sent reason=\"%s\"", strerror(errno));
}

/* True when the sender's old session is in the way of this hello. */
static bool
end_old_session(const hello *h)
{
	coap_session_t *session = coap_session_get_by_peer(gate.context, &gate.from, gate.ifindex);
	SSL		   *ssl = session ? coap_session_get_tls(session, NULL) : NULL;
	uint8_t		random[HELLO_RANDOM];

	if (session == NULL)
		return false;
	if (ssl == NULL)
		return coap_session_get_state(session) == COAP_SESSION_STATE_NONE &&
			coap_session_get_type(session) == COAP_SESSION_TYPE_SERVER;
	/* The same attempt: the hello was repeated, or came late. */
	if (SSL_get_client_random(ssl, random, sizeof random) != sizeof random ||
		memcmp(random, h->random, sizeof random) == 0)
		return false;
	/* A device that knows nothing of the session need not hear of its end. */
	SSL_set_quiet_shutdown(ssl, 1);
	log_debug("session begins anew on the same port");
	coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
	return true;
}

static void
hold_back(const struct msghdr *msg, const uint8_t *data, size_t size)
{
	if (size > sizeof gate.held.data || msg->msg_namelen > sizeof gate.held.name ||
		msg->msg_controllen > sizeof gate.held.control)
		return;
	memcpy(gate.held.data, data, size);
	memcpy(gate.held.name, msg->msg_name, msg->msg_namelen);
	memcpy(gate.held.control, msg->msg_control, msg->msg_controllen);
	gate.held.size = size;
	gate.held.name_size = msg->msg_namelen;
	gate.held.control_size = msg->msg_controllen;
	gate.held.full = true;
	/* The batch ends here, so that libcoap frees the session. */
	gate.drained = true;
}

/* Gives out what was held back, as if it had been read. */
static ssize_t
give_held(struct msghdr *msg)
{
	size_t		room = msg->msg_iov[0].iov_len;
	size_t		size = gate.held.size < room ? gate.held.size : room;

	gate.held.full = false;
	memcpy(msg->msg_iov[0].iov_base, gate.held.data, size);
	if (msg->msg_namelen > gate.held.name_size)
		msg->msg_namelen = (socklen_t) gate.held.name_size;
	memcpy(msg->msg_name, gate.held.name, msg->msg_namelen);
	if (msg->msg_controllen > gate.held.control_size)
		msg->msg_controllen = gate.held.control_size;
	memcpy(msg->msg_control, gate.held.control, msg->msg_controllen);
	return (ssize_t) size;
}

/* True when libcoap is to have the datagram now. */
static bool
let_in(int fd, const struct msghdr *msg, const uint8_t *data, size_t size)
{
	hello		h;

	switch (hello_read(data, size, &h))
	{
		case HELLO_OTHER:
			return true;
		case HELLO_BAD:
			return false;
		case HELLO_CLIENT:
			break;
	}
	if (!check_cookie(h.cookie, h.cookie_size))
		send_cookie(fd, msg, &h);
	else if (end_old_session(&h))
		hold_back(msg, data, size);
	else
		return true;
	return false;
}

/* Notes sender and interface as libcoap does, which finds sessions by them. */
static void
note_sender(struct msghdr *msg)
{
	coap_address_init(&gate.from);
	gate.from.size = msg->msg_namelen;
	memcpy(&gate.from.addr, msg->msg_name,
		   msg->msg_namelen <= sizeof gate.from.addr ? msg->msg_namelen : sizeof gate.from.addr);
	gate.ifindex = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c))
	{
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			gate.ifindex = (int) ((struct in6_pktinfo *) CMSG_DATA(c))->ipi6_ifindex;
		else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			gate.ifindex = ((struct in_pktinfo *) CMSG_DATA(c))->ipi_ifindex;
	}
}

/* In front of the C library's; libcoap's calls, and anybody else's, come here. */
ssize_t
recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct msghdr empty = *msg;
	ssize_t		got;

	if (gate.real == NULL)
		*(void **) &gate.real = dlsym(RTLD_NEXT, "recvmsg");
	if (!gate.reading)
		return gate.real(fd, msg, flags);
	if (gate.held.full && !gate.drained)
	{
		got = give_held(msg);
		note_sender(msg);
		return got;
	}
	for (int i = 0; i < SKIP_MAX && !gate.drained; i++)
	{
		*msg = empty;
		got = gate.real(fd, msg, flags);
		if (got < 0)
		{
			gate.drained = errno == EAGAIN || errno == EWOULDBLOCK;
			return got;
		}
		gate.seen++;
		note_sender(msg);
		if (let_in(fd, msg, msg->msg_iov[0].iov_base, (size_t) got))
			return got;
	}
	*msg = empty;
	errno = EAGAIN;
	return -1;
}

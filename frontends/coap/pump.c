/* SPDX-License-Identifier: PostgreSQL */
/* pump.c: level-triggered; what is not read in one turn is read in the next. */
#include "pump.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "gate.h"
#include "log.h"

#define COPIES 32				/* datagrams per walk over the sessions */
#define AGAIN_MAX 8
#define EVENTS 8

enum
{
	FROM_READ, FROM_WRITE, FROM_COAP, FROM_SIGNAL	/* the first two are slots of loop.h */
};

static struct
{
	int			epoll, signals;
	int			fd[LOOP_SLOTS];	/* -1: not watched */
	coap_context_t *context;
	service    *service;
}			pump = {.epoll = -1, .signals = -1, .fd = {-1, -1}};

static bool
add(int fd, uint32_t from, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.u32 = from};

	return epoll_ctl(pump.epoll, EPOLL_CTL_ADD, fd, &e) == 0;
}

static void
watch(void *self, int slot, int fd, unsigned events)
{
	struct epoll_event e = {
		.events = (events & LOOP_READ ? EPOLLIN : 0) | (events & LOOP_WRITE ? EPOLLOUT : 0),
		.data.u32 = (uint32_t) slot
	};

	(void) self;
	if (events == 0)
	{
		if (pump.fd[slot] >= 0)
			epoll_ctl(pump.epoll, EPOLL_CTL_DEL, pump.fd[slot], &e);
		pump.fd[slot] = -1;
		return;
	}
	if (epoll_ctl(pump.epoll, pump.fd[slot] == fd ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) != 0 &&
		errno != EEXIST)
		log_error("epoll fd=%d reason=\"%s\"", fd, strerror(errno));
	pump.fd[slot] = fd;
}

/* service_turn is called in every turn anyway. */
static void
wake(void *self)
{
	(void) self;
}

const loop_host *
pump_host(void)
{
	static const loop_host host = {NULL, watch, wake};

	return &host;
}

bool
pump_open(void)
{
	sigset_t	set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return false;
	pump.epoll = epoll_create1(EPOLL_CLOEXEC);
	pump.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return pump.epoll >= 0 && pump.signals >= 0 && add(pump.signals, FROM_SIGNAL, EPOLLIN);
}

bool
pump_set(coap_context_t *context, service *service)
{
	pump.context = context;
	pump.service = service;
	return add(coap_context_get_coap_fd(context), FROM_COAP, EPOLLIN);
}

void
pump_close(void)
{
	close(pump.signals);
	close(pump.epoll);
}

void
pump_coap(void)
{
	struct epoll_event in[EVENTS];
	struct epoll_event out[EVENTS * COPIES];
	int			count = epoll_wait(coap_context_get_coap_fd(pump.context), in, EVENTS, 0);
	size_t		n = 0;

	/* libcoap's timer has no pointer. */
	for (int i = 0; i < count; i++)
		for (int copy = 0; copy < (in[i].data.ptr ? COPIES : 1); copy++)
			out[n++] = in[i];
	if (n == 0)
		return;
	for (int again = 0; again == 0 || (gate_holds() && again < AGAIN_MAX); again++)
	{
		gate_begin();
		coap_io_do_epoll(pump.context, out, n);
		gate_end();
	}
}

static int
read_signal(void)
{
	struct signalfd_siginfo info;

	return read(pump.signals, &info, sizeof info) == sizeof info ? (int) info.ssi_signo : 0;
}

int
pump_wait(int milliseconds)
{
	struct epoll_event e[EVENTS];
	int			count = epoll_wait(pump.epoll, e, EVENTS, milliseconds);
	int			signal = 0;

	for (int i = 0; i < count; i++)
	{
		unsigned	events = (e[i].events & EPOLLOUT ? LOOP_WRITE : 0) |
			(e[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP) ? LOOP_READ : 0);

		switch (e[i].data.u32)
		{
			case FROM_READ:
			case FROM_WRITE:
				/* What was served before it may have closed it. */
				if (pump.fd[e[i].data.u32] >= 0)
					service_ready(pump.service, (int) e[i].data.u32, events);
				break;
			case FROM_COAP:
				pump_coap();
				break;
			default:
				signal = read_signal();
				break;
		}
	}
	return signal;
}

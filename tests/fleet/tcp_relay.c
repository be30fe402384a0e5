/* SPDX-License-Identifier: PostgreSQL */
/*
 * tcp_relay.c: stands between a client and a server and cuts connections in mid-download.
 *
 *	tcp_relay LISTEN_PORT SERVER_PORT BYTES TIMES
 *
 * Both on 127.0.0.1. A connection over which the server has sent BYTES is reset on both sides, so
 * that the client sees neither its end nor all of it; after TIMES cuts everything passes. Says
 * "cut N after B bytes" on stdout. Ends on SIGTERM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 64

typedef struct link
{
	int			client,
				server;
	long		sent;			/* bytes from the server to the client */
} link_pair;

static link_pair links[MOST];
static int	count;
static long cut_after;
static long cuts_left;
static long cuts;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in
loopback(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static int
listen_on(int port)
{
	struct sockaddr_in address = loopback(port);
	int			fd = socket(AF_INET, SOCK_STREAM, 0);
	int			on = 1;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *) &address, sizeof(address)) != 0 || listen(fd, 16) != 0)
		die("listen");
	return fd;
}

static void
accept_one(int listener, int port)
{
	struct sockaddr_in address = loopback(port);
	int			client = accept(listener, NULL, NULL);
	int			server;

	if (client < 0)
		return;
	server = socket(AF_INET, SOCK_STREAM, 0);
	if (count == MOST || server < 0 || connect(server, (struct sockaddr *) &address, sizeof(address)) != 0)
	{
		close(client);
		if (server >= 0)
			close(server);
		return;
	}
	links[count++] = (link_pair) {client, server, 0};
}

/* With reset, what is still on its way is thrown away. */
static void
end_link(int i, bool reset)
{
	struct linger linger = {1, 0};

	if (reset)
	{
		setsockopt(links[i].client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		setsockopt(links[i].server, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	}
	close(links[i].client);
	close(links[i].server);
	links[i] = links[--count];
}

static bool
send_all(int fd, const char *data, ssize_t size)
{
	while (size > 0)
	{
		ssize_t		sent = send(fd, data, (size_t) size, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		data += sent;
		size -= sent;
	}
	return true;
}

/* Moves what is there from one side to the other; false = this link is over. */
static bool
pass(link_pair *link, bool from_server)
{
	char		data[16384];
	ssize_t		size = recv(from_server ? link->server : link->client, data, sizeof(data), 0);

	if (size <= 0)
		return false;
	if (from_server)
		link->sent += size;
	return send_all(from_server ? link->client : link->server, data, size);
}

static void
turn(int listener, int port)
{
	struct pollfd fds[1 + 2 * MOST];
	int			had = count;

	fds[0] = (struct pollfd) {.fd = listener, .events = POLLIN};
	for (int i = 0; i < had; i++)
	{
		fds[1 + 2 * i] = (struct pollfd) {.fd = links[i].client, .events = POLLIN};
		fds[2 + 2 * i] = (struct pollfd) {.fd = links[i].server, .events = POLLIN};
	}
	if (poll(fds, (nfds_t) (1 + 2 * had), -1) < 0 && errno != EINTR)
		die("poll");
	for (int i = had - 1; i >= 0; i--)
	{
		if ((fds[1 + 2 * i].revents && !pass(&links[i], false)) || (fds[2 + 2 * i].revents && !pass(&links[i], true)))
			end_link(i, false);
		else if (cuts_left > 0 && links[i].sent >= cut_after)
		{
			printf("cut %ld after %ld bytes\n", ++cuts, links[i].sent);
			fflush(stdout);
			cuts_left--;
			end_link(i, true);
		}
	}
	if (fds[0].revents)
		accept_one(listener, port);
}

int
main(int argc, char **argv)
{
	int			listener;

	if (argc != 5)
	{
		fputs("usage: tcp_relay LISTEN_PORT SERVER_PORT BYTES TIMES\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	cut_after = atol(argv[3]);
	cuts_left = atol(argv[4]);
	listener = listen_on(atoi(argv[1]));
	for (;;)
		turn(listener, atoi(argv[2]));
}

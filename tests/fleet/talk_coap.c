/* SPDX-License-Identifier: PostgreSQL */
/* libs: -lssl */
/*
 * talk_coap.c: a CoAP client over DTLS-PSK that does what it is told, right or wrong, and shares no code
 * with the server: messages and options are built by hand. Every command is a line on stdin and is answered
 * with one line on stdout.
 *
 *	talk_coap PORT IDENTITY KEY_TEXT
 *
 *	open                          shakes hands, always from the same port: "open", or "refused WHY"
 *	drop                          forgets the session without a word, as a device that loses power
 *	close                         closes it
 *	send CON|NON METHOD PATH ..   sends a request: "sent MID"; further words:
 *	    mid=N token=HEX format=N accept=N block1=N/M/SIZE block2=N/M/SIZE size1=N tag=HEX query=TEXT
 *	    option=N:HEX body=HEX file=NAME (the block of it that block1 says, when there is one)
 *	recv SECONDS                  the next message: "ACK 2.05 mid=.. token=.. .. body=HEX", or "nothing";
 *	                              a confirmable one is acknowledged
 *	save NAME                     the body of the last message into a file: "saved BYTES"
 *	noise COUNT SEED              so many requests with bytes changed, cut or added: "made COUNT"
 *	fetch PATH SIZE ORDER NAME    all blocks of an artifact, ORDER forward|backward|shuffled: "fetched BYTES"
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "talk_message.h"

static const char *identity,
		   *key;
static int	port,
			fd;
static SSL_CTX *context;
static SSL *ssl;
static uint16_t next_mid;
static message last;

/* ---- small things ---- */

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static unsigned int
give_key(SSL *s, const char *hint, char *name, unsigned int name_max, unsigned char *out, unsigned int out_max)
{
	(void) s;
	(void) hint;
	if (strlen(identity) >= name_max || strlen(key) > out_max)
		return 0;
	strcpy(name, identity);
	memcpy(out, key, strlen(key));
	return (unsigned) strlen(key);
}

/* ---- the session ---- */

static void
forget(void)
{
	if (ssl != NULL)
	{
		SSL_set_quiet_shutdown(ssl, 1);
		SSL_free(ssl);
	}
	ssl = NULL;
}

static const char *
open_session(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};
	int64_t		until = now_ms() + 8000;
	BIO		   *bio;

	forget();
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bio = BIO_new_dgram(fd, BIO_NOCLOSE);
	BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &to);
	ssl = SSL_new(context);
	SSL_set_bio(ssl, bio, bio);
	while (now_ms() < until)
	{
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int			done = SSL_connect(ssl);

		if (done == 1)
			return NULL;
		if (SSL_get_error(ssl, done) != SSL_ERROR_WANT_READ)
			return ERR_reason_error_string(ERR_get_error());
		poll(&p, 1, 100);
		DTLSv1_handle_timeout(ssl);
	}
	return "no answer";
}

/* ---- messages ---- */

/* Returns what SSL_write does. */
static int
transmit(const writer *w)
{
	return ssl == NULL ? -1 : SSL_write(ssl, data, (int) encode(w));
}

static void
cmd_send(char **rest)
{
	const char *type = strtok_r(NULL, " ", rest);
	const char *method = strtok_r(NULL, " ", rest);
	char	   *path = strtok_r(NULL, " ", rest);
	char	   *word;
	char	   *words[16];
	int			count = 0;
	int			code = 0;
	int			mid = next_mid;
	uint8_t		token[8];
	size_t		token_size = 4;
	writer		w;

	RAND_bytes(token, 4);
	while (count < 16 && (word = strtok_r(NULL, " ", rest)) != NULL)
	{
		if (strncmp(word, "mid=", 4) == 0)
			mid = atoi(word + 4);
		else if (strncmp(word, "token=", 6) == 0)
			token_size = unhex(word + 6, token, sizeof token);
		else
			words[count++] = word;
	}
	for (int i = 1; i < 8; i++)
		if (method != NULL && strcmp(method, methods[i]) == 0)
			code = i;
	begin(&w, type != NULL && strcmp(type, "NON") == 0, code, mid, token, token_size);
	if (path != NULL)
		put_path(&w, path);
	for (int i = 0; i < count; i++)
		put_word(&w, words[i]);
	next_mid = (uint16_t) (mid + 1);
	if (transmit(&w) <= 0)
		puts("not sent");
	else
		printf("sent %d\n", mid);
}

/* The next message; false when none came in time. */
static bool
receive(int milliseconds, message *m)
{
	int64_t		until = now_ms() + milliseconds;
	uint8_t		in[MESSAGE_MAX];
	writer		w;

	while (ssl != NULL)
	{
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int			got = SSL_read(ssl, in, sizeof in);

		if (got > 0 && parse(in, (size_t) got, m))
		{
			begin(&w, 2, 0, m->mid, m->token, 0);
			if (m->type == 0)
				transmit(&w);
			return true;
		}
		if (got <= 0 && SSL_get_error(ssl, got) != SSL_ERROR_WANT_READ)
			return false;
		if (now_ms() >= until)
			return false;
		poll(&p, 1, (int) (until - now_ms()));
	}
	return false;
}

/* ---- whole artifacts ---- */

/* One block into place; false when it does not come. */
static bool
fetch_block(const char *path, unsigned num, unsigned size, uint8_t **all, size_t *total)
{
	char		copy[128];
	char		option[32];
	uint8_t		token[2] = {(uint8_t) (num >> 8), (uint8_t) num};
	writer		w;

	snprintf(copy, sizeof copy, "%s", path);
	snprintf(option, sizeof option, "%u/_/%u", num, size);
	begin(&w, 0, 1, next_mid++, token, 2);
	put_path(&w, copy);
	put_block(&w, 23, option);
	for (int tries = 0; tries < 5; tries++)
	{
		if (transmit(&w) <= 0)
			return false;
		while (receive(2000, &last))
		{
			if (memcmp(last.token, token, 2) != 0 || last.code == 0)
				continue;
			if (last.code != 0x45)
				return false;
			if (num == 0)
			{
				*total = last.size2 < 0 ? 0 : (size_t) last.size2;
				*all = calloc(1, *total + MESSAGE_MAX);
			}
			memcpy(*all + (size_t) num * size, last.body, last.size);
			return true;
		}
	}
	return false;
}

static void
cmd_fetch(char **rest)
{
	const char *path = strtok_r(NULL, " ", rest);
	unsigned	size = (unsigned) atoi(strtok_r(NULL, " ", rest));
	const char *order = strtok_r(NULL, " ", rest);
	const char *name = strtok_r(NULL, " ", rest);
	uint8_t    *all = NULL;
	size_t		total = 0;
	unsigned	count,
				step = 1;
	FILE	   *file;

	if (ssl == NULL || !fetch_block(path, 0, size, &all, &total))
	{
		printf("failed %d.%02d\n", last.code >> 5, last.code & 31);
		return;
	}
	count = (unsigned) ((total + size - 1) / size);
	/* A step that has no factor in common with the number of blocks visits each of them once. */
	if (strcmp(order, "shuffled") == 0)
		for (step = count * 5 / 8 | 1; count % step == 0 && step > 1;)
			step += 2;
	for (unsigned i = 1, num = 0; i < count; i++)
	{
		num = strcmp(order, "backward") == 0 ? count - i : (num + step) % count;
		if (!fetch_block(path, num, size, &all, &total))
		{
			printf("failed at block %u: %d.%02d\n", num, last.code >> 5, last.code & 31);
			free(all);
			return;
		}
	}
	file = fopen(name, "w");
	if (file != NULL && fwrite(all, 1, total, file) == total && fclose(file) == 0)
		printf("fetched %zu\n", total);
	else
		puts("not written");
	free(all);
}

/* ---- requests that are nearly right ---- */

static void
make_request(int kind, writer *w)
{
	static const char *const paths[] = {"c", "r", "a/1/1", "c", "a/1/1", "nowhere/at/all/x"};
	static const char *const words[] = {
		"body=a20048001122334455667702a1636170708265312e302e30f6", "body=a3000101f6020104656f6f707321",
		"block2=3/_/64", "block1=0/M/32", "query=d=child-1", "option=2050:00112233"
	};
	char		path[32];
	uint8_t		token[4] = {1, 2, 3, 4};

	snprintf(path, sizeof path, "%s", paths[kind]);
	begin(w, kind & 1, strchr(path, 'a') == path ? 1 : 2, next_mid++, token, sizeof token);
	put_path(w, path);
	put_word(w, "format=60");
	put_word(w, words[kind]);
	if (kind == 3)
		put_word(w, "body=a200480011223344556677048000000000000000000000000000000000000000");
}

static void
cmd_noise(char **rest)
{
	int			count = atoi(strtok_r(NULL, " ", rest));
	int			made = 0;
	message		unused;

	srandom((unsigned) atoi(strtok_r(NULL, " ", rest)));
	for (; ssl != NULL && made < count; made++)
	{
		writer		w;
		size_t		size;

		make_request((int) (random() % 6), &w);
		size = encode(&w);
		for (long n = random() % 4; n >= 0; n--)
			data[random() % (long) size] = (uint8_t) (random() % 3 == 0 ? random() % 16 * 16 + 13 : random());
		if (random() % 4 == 0)
			size = 1 + (size_t) random() % size;
		if (random() % 8 == 0)
			size += (size_t) random() % 600;
		/* Not 7.xx too often: such codes may end the session. */
		if (data[1] >> 5 == 7 && random() % 64 != 0)
			data[1] = 2;
		if (SSL_write(ssl, data, (int) size) <= 0)
			break;
		/* Not faster than it is read. */
		if (made % 16 == 15)
			while (receive(2, &unused))
				continue;
		if ((SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) && open_session() != NULL)
			break;
	}
	while (receive(100, &unused))
		continue;
	printf("made %d\n", made);
}

static void
cmd_save(char **rest)
{
	FILE	   *file = fopen(strtok_r(NULL, " ", rest), "w");

	if (file == NULL || fwrite(last.body, 1, last.size, file) != last.size || fclose(file) != 0)
		puts("not saved");
	else
		printf("saved %zu\n", last.size);
}

static void
command(char *line)
{
	char	   *rest;
	const char *word = strtok_r(line, " \n", &rest);
	const char *why;

	if (word == NULL)
		puts("");
	else if (strcmp(word, "open") == 0)
	{
		why = open_session();
		printf(why == NULL ? "open\n" : "refused %s\n", why);
		if (why != NULL)
			forget();
	}
	else if (strcmp(word, "drop") == 0)
	{
		forget();
		puts("dropped");
	}
	else if (strcmp(word, "close") == 0)
	{
		if (ssl != NULL)
			SSL_shutdown(ssl);
		forget();
		puts("closed");
	}
	else if (strcmp(word, "send") == 0)
		cmd_send(&rest);
	else if (strcmp(word, "recv") == 0)
	{
		if (receive((int) (atof(strtok_r(NULL, " ", &rest)) * 1000), &last))
			print(&last);
		else
			puts("nothing");
	}
	else if (strcmp(word, "save") == 0)
		cmd_save(&rest);
	else if (strcmp(word, "noise") == 0)
		cmd_noise(&rest);
	else if (strcmp(word, "fetch") == 0)
		cmd_fetch(&rest);
	else
		puts("what?");
}

int
main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	static char line[8192];

	if (argc != 4)
	{
		fputs("usage: talk_coap PORT IDENTITY KEY_TEXT\n", stderr);
		return 2;
	}
	port = atoi(argv[1]);
	identity = argv[2];
	key = argv[3];
	setvbuf(stdout, NULL, _IOLBF, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t) port);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	context = SSL_CTX_new(DTLS_client_method());
	if (fd < 0 || connect(fd, (struct sockaddr *) &to, sizeof to) != 0 || context == NULL ||
		SSL_CTX_set_cipher_list(context, "PSK-AES128-CCM8") != 1)
		return 1;
	SSL_CTX_set_psk_client_callback(context, give_key);
	RAND_bytes((unsigned char *) &next_mid, sizeof next_mid);
	while (fgets(line, sizeof line, stdin) != NULL)
	{
		line[strcspn(line, "\n")] = '\0';
		command(line);
	}
	return 0;
}

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
#include <errno.h>
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

#define MESSAGE_MAX 2048

typedef struct message
{
	int			type, code, mid;
	uint8_t		token[8];
	size_t		token_size;
	long		format, max_age, size1, size2;
	long		block1, block2; /* the option's number, -1 = none */
	uint8_t		etag[8];
	size_t		etag_size;
	uint8_t		body[MESSAGE_MAX];
	size_t		size;
} message;

static const char *const types[] = {"CON", "NON", "ACK", "RST"};
static const char *const methods[] = {"EMPTY", "GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "IPATCH"};

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

static size_t
unhex(const char *text, uint8_t *out, size_t room)
{
	size_t		n = 0;
	unsigned	byte;

	while (n < room && sscanf(text + 2 * n, "%2x", &byte) == 1)
		out[n++] = (uint8_t) byte;
	return n;
}

static void
hex(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		printf("%02x", data[i]);
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

#define OPTIONS_MAX 32

typedef struct writer
{
	uint8_t		head[12];
	size_t		head_size;
	int			options;
	struct
	{
		int			number;
		size_t		size;
		uint8_t		value[300];
	}			option[OPTIONS_MAX];	/* by number, those of one number in the order of their coming */
	size_t		skip, most;		/* what of a file is the body; most 0 = all */
	uint8_t		body[MESSAGE_MAX];
	size_t		body_size;
} writer;

static void
put_option(writer *w, int number, const void *value, size_t size)
{
	int			at = w->options++;

	if (at == OPTIONS_MAX || size > sizeof w->option[0].value)
	{
		fputs("talk_coap: too many options, or one that is too long\n", stderr);
		exit(2);
	}
	for (; at > 0 && w->option[at - 1].number > number; at--)
		w->option[at] = w->option[at - 1];
	w->option[at].number = number;
	w->option[at].size = size;
	memcpy(w->option[at].value, value, size);
}

static uint8_t *
extend(uint8_t *to, size_t value)
{
	if (value >= 269)
		*to++ = (uint8_t) ((value - 269) >> 8);
	if (value >= 13)
		*to++ = (uint8_t) (value - (value >= 269 ? 269 : 13));
	return to;
}

static size_t
nibble(size_t value)
{
	return value < 13 ? value : value < 269 ? 13 : 14;
}

static uint8_t data[OPTIONS_MAX * 310 + MESSAGE_MAX + 16];

/* The whole message in data; returns its size. */
static size_t
encode(const writer *w)
{
	uint8_t    *to = data;
	int			before = 0;

	memcpy(to, w->head, w->head_size);
	to += w->head_size;
	for (int i = 0; i < w->options; i++)
	{
		size_t		delta = (size_t) (w->option[i].number - before);

		*to++ = (uint8_t) (nibble(delta) << 4 | nibble(w->option[i].size));
		to = extend(extend(to, delta), w->option[i].size);
		memcpy(to, w->option[i].value, w->option[i].size);
		to += w->option[i].size;
		before = w->option[i].number;
	}
	if (w->body_size > 0)
		*to++ = 0xff;
	memcpy(to, w->body, w->body_size);
	return (size_t) (to - data) + w->body_size;
}

/* Returns what SSL_write does. */
static int
transmit(const writer *w)
{
	return ssl == NULL ? -1 : SSL_write(ssl, data, (int) encode(w));
}

static void
put_number(writer *w, int option, unsigned long number)
{
	uint8_t		value[8];
	size_t		size = 0;

	for (int shift = 56; shift >= 0; shift -= 8)
		if (number >> shift)
			value[size++] = (uint8_t) (number >> shift);
	put_option(w, option, value, size);
}

static void
put_block(writer *w, int option, const char *text)
{
	unsigned	num,
				size,
				szx = 0;
	char		more;

	if (sscanf(text, "%u/%c/%u", &num, &more, &size) != 3)
		exit(2);
	while (16u << szx < size)
		szx++;
	put_number(w, option, (unsigned long) num << 4 | (more == 'M' ? 8u : 0) | szx);
}

static void
begin(writer *w, int type, int code, int mid, const uint8_t *token, size_t token_size)
{
	w->head[0] = (uint8_t) (0x40 | type << 4 | (int) token_size);
	w->head[1] = (uint8_t) code;
	w->head[2] = (uint8_t) (mid >> 8);
	w->head[3] = (uint8_t) mid;
	memcpy(w->head + 4, token, token_size);
	w->head_size = 4 + token_size;
	w->options = 0;
	w->body_size = w->skip = w->most = 0;
}

static void
put_path(writer *w, char *path)
{
	char	   *rest;

	for (char *part = strtok_r(path, "/", &rest); part != NULL; part = strtok_r(NULL, "/", &rest))
		put_option(w, 11, part, strlen(part));
}

/* One further word of `send`. */
static void
put_word(writer *w, const char *word)
{
	uint8_t		bytes[64];
	const char *value = strchr(word, '=') ? strchr(word, '=') + 1 : "";
	FILE	   *file;

	if (strncmp(word, "format=", 7) == 0)
		put_number(w, 12, strtoul(value, NULL, 10));
	else if (strncmp(word, "query=", 6) == 0)
		put_option(w, 15, value, strlen(value));
	else if (strncmp(word, "accept=", 7) == 0)
		put_number(w, 17, strtoul(value, NULL, 10));
	else if (strncmp(word, "block2=", 7) == 0)
		put_block(w, 23, value);
	else if (strncmp(word, "block1=", 7) == 0)
	{
		put_block(w, 27, value);
		w->most = strtoul(strrchr(value, '/') + 1, NULL, 10);
		w->skip = strtoul(value, NULL, 10) * w->most;
	}
	else if (strncmp(word, "size1=", 6) == 0)
		put_number(w, 60, strtoul(value, NULL, 10));
	else if (strncmp(word, "tag=", 4) == 0)
		put_option(w, 292, bytes, unhex(value, bytes, sizeof bytes));
	else if (strncmp(word, "option=", 7) == 0)
		put_option(w, atoi(value), bytes, unhex(strchr(value, ':') + 1, bytes, sizeof bytes));
	else if (strncmp(word, "body=", 5) == 0)
		w->body_size = unhex(value, w->body, sizeof w->body);
	else if (strncmp(word, "file=", 5) == 0 && (file = fopen(value, "r")) != NULL)
	{
		fseek(file, (long) w->skip, SEEK_SET);
		w->body_size = fread(w->body, 1, w->most ? w->most : sizeof w->body, file);
		fclose(file);
	}
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

static long
number_of(const uint8_t *value, size_t size)
{
	long		n = 0;

	for (size_t i = 0; i < size && i < 7; i++)
		n = n << 8 | value[i];
	return n;
}

static void
take_option(message *m, int number, const uint8_t *value, size_t size)
{
	if (number == 4 && size <= sizeof m->etag)
	{
		memcpy(m->etag, value, size);
		m->etag_size = size;
	}
	else if (number == 12)
		m->format = number_of(value, size);
	else if (number == 14)
		m->max_age = number_of(value, size);
	else if (number == 23)
		m->block2 = number_of(value, size);
	else if (number == 27)
		m->block1 = number_of(value, size);
	else if (number == 28)
		m->size2 = number_of(value, size);
	else if (number == 60)
		m->size1 = number_of(value, size);
}

/* Reads what the server wrote; it is trusted to be well-formed, or the test ends. */
static bool
parse(const uint8_t *in, size_t size, message *m)
{
	size_t		at = 4;
	int			number = 0;

	memset(m, 0, sizeof *m);
	m->format = m->max_age = m->size1 = m->size2 = m->block1 = m->block2 = -1;
	if (size < 4 || in[0] >> 6 != 1 || (m->token_size = in[0] & 15) > 8 || size < 4 + m->token_size)
		return false;
	m->type = in[0] >> 4 & 3;
	m->code = in[1];
	m->mid = in[2] << 8 | in[3];
	memcpy(m->token, in + 4, m->token_size);
	at += m->token_size;
	while (at < size && in[at] != 0xff)
	{
		size_t		part[2] = {in[at] >> 4, in[at] & 15};

		at++;
		for (int i = 0; i < 2; i++)
			if (part[i] >= 13 && at + part[i] - 12 <= size)
			{
				size_t		bytes = part[i] - 12;

				part[i] = (size_t) number_of(in + at, bytes) + (bytes == 1 ? 13 : 269);
				at += bytes;
			}
		if (at + part[1] > size)
			return false;
		number += (int) part[0];
		take_option(m, number, in + at, part[1]);
		at += part[1];
	}
	if (at < size)
		at++;
	m->size = size - at;
	memcpy(m->body, in + at, m->size);
	return true;
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

static void
print_block(const char *name, long value)
{
	if (value >= 0)
		printf(" %s=%ld/%c/%d", name, value >> 4, value & 8 ? 'M' : '_', 16 << (value & 7));
}

static void
print(const message *m)
{
	printf("%s %d.%02d mid=%d token=", types[m->type], m->code >> 5, m->code & 31, m->mid);
	hex(m->token, m->token_size);
	if (m->etag_size > 0)
	{
		printf(" etag=");
		hex(m->etag, m->etag_size);
	}
	if (m->format >= 0)
		printf(" format=%ld", m->format);
	if (m->max_age >= 0)
		printf(" max-age=%ld", m->max_age);
	print_block("block2", m->block2);
	print_block("block1", m->block1);
	if (m->size2 >= 0)
		printf(" size2=%ld", m->size2);
	if (m->size1 >= 0)
		printf(" size1=%ld", m->size1);
	printf(" body=");
	hex(m->body, m->size);
	putchar('\n');
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
			data[random() % (long) size] = random() % 3 == 0 ? (uint8_t) (random() % 16 * 16 + 13) : (uint8_t) random();
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

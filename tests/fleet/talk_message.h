/* SPDX-License-Identifier: PostgreSQL */
/*
 * talk_message.h: CoAP messages for talk_coap.c, built and read by hand: any option with any value, in
 * order by their numbers. Shares no code with the server or with libcoap. A writer is filled by begin,
 * put_path and put_word, and becomes bytes in `data` by encode; parse reads what the server sent.
 */
#ifndef TALK_MESSAGE_H
#define TALK_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- writing ---- */

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

/* ---- reading ---- */

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

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * main.c: cddl FILE.cddl RULE <message. Says nothing when the message matches.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cddl.h"

void
cddl_die(int status, const char *format, ...)
{
	va_list		args;

	va_start(args, format);
	fputs("cddl: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(status);
}

void *
cddl_more(void *array, size_t count, size_t size)
{
	void	   *grown = realloc(array, (count + 1) * size);

	if (grown == NULL)
		cddl_die(2, "out of memory");
	memset((char *) grown + count * size, 0, size);
	return grown;
}

static char *
read_all(FILE *file, size_t *size)
{
	size_t		room = 65536;
	char	   *data = malloc(room + 1);

	*size = 0;
	while (data != NULL)
	{
		size_t		got = fread(data + *size, 1, room - *size, file);

		*size += got;
		if (got == 0)
			break;
		if (*size == room)
			data = realloc(data, (room *= 2) + 1);
	}
	if (data == NULL)
		cddl_die(2, "out of memory");
	data[*size] = '\0';
	return data;
}

int
main(int argc, char **argv)
{
	FILE	   *file;
	char	   *text,
			   *message;
	size_t		size;
	grammar		g;
	const type *t;
	value		v;
	char		why[512];

	if (argc != 3)
		cddl_die(2, "usage: cddl FILE.cddl RULE <message");
	file = fopen(argv[1], "r");
	if (file == NULL)
		cddl_die(2, "cannot open %s", argv[1]);
	text = read_all(file, &size);
	fclose(file);
	g = cddl_parse(text);
	t = cddl_rule(&g, argv[2]);
	if (t == NULL)
		cddl_die(2, "%s has no rule %s", argv[1], argv[2]);
	message = read_all(stdin, &size);
	if (size > 0 && (message[0] == '{' || message[0] == '['))
		v = cddl_read_json(message, size);
	else
		v = cddl_read_cbor(message, size);
	if (!cddl_match(&g, t, &v, why, sizeof(why)))
		cddl_die(1, "%s: %s", argv[2], why);
	return 0;
}

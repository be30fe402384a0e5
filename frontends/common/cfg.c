/* SPDX-License-Identifier: PostgreSQL */
/*
 * cfg.c: NAME=value lines become environment variables, unless the environment has
 * them already; from then on the environment is the only place that is asked.
 */
#include "cfg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <ctype.h>

/* Cuts white space at both ends, in place. */
static char *
trim(char *text)
{
	char	   *end = text + strlen(text);

	while (end > text && isspace((unsigned char) end[-1]))
		*--end = '\0';
	while (isspace((unsigned char) *text))
		text++;
	return text;
}

/* Takes one line; false when it is neither empty, a comment nor NAME=value. */
static bool
take_line(char *line)
{
	char	   *name = trim(line);
	char	   *value = strchr(name, '=');
	size_t		size;

	if (*name == '\0' || *name == '#')
		return true;
	if (value == NULL || value == name)
		return false;
	*value++ = '\0';
	name = trim(name);
	value = trim(value);
	size = strlen(value);
	if (size >= 2 && (*value == '"' || *value == '\'') && value[size - 1] == *value)
	{
		value[size - 1] = '\0';
		value++;
	}
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char) *p) && *p != '_')
			return false;
	return setenv(name, value, 0) == 0;
}

bool
cfg_load(const char *file, char *error, size_t error_size)
{
	FILE	   *in = fopen(file, "r");
	char		line[4096];
	unsigned	number = 0;
	bool		good = true;

	if (in == NULL)
	{
		snprintf(error, error_size, "cannot read %s: %s", file, strerror(errno));
		return false;
	}
	while (good && fgets(line, sizeof line, in) != NULL)
	{
		number++;
		if (strchr(line, '\n') == NULL && !feof(in))
			good = false;
		else
			good = take_line(line);
	}
	fclose(in);
	if (!good)
		snprintf(error, error_size, "%s line %u is not NAME=value", file, number);
	return good;
}

void
cfg_arguments(int argc, char **argv, const char *program)
{
	char		error[512];
	int			c;

	while ((c = getopt(argc, argv, "c:h")) != -1 || optind < argc)
	{
		if (c == 'c' && cfg_load(optarg, error, sizeof error))
			continue;
		if (c == 'c')
		{
			fprintf(stderr, "%s: configuration: %s\n", program, error);
			exit(1);
		}
		if (c == -1)
			fprintf(stderr, "%s: unexpected argument: %s\n", program, argv[optind]);
		fprintf(c == 'h' ? stdout : stderr, "usage: %s [-c FILE]\nFILE has NAME=value lines; "
				"see frontends/README.md for the names.\n", program);
		exit(c == 'h' ? 0 : 2);
	}
}

const char *
cfg_text(const char *name, const char *fallback)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : fallback;
}

long
cfg_number(const char *name, long fallback, long low, long high)
{
	const char *text = cfg_text(name, NULL);
	char	   *end;
	long		value;

	if (text == NULL)
		return fallback;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < low || value > high)
	{
		fprintf(stderr, "%s must be a number from %ld to %ld, not \"%s\"\n", name, low, high, text);
		exit(2);
	}
	return value;
}

bool
cfg_switch(const char *name, bool fallback)
{
	static const char *const on[] = {"on", "yes", "true", "1"};
	static const char *const off[] = {"off", "no", "false", "0"};
	const char *text = cfg_text(name, NULL);

	if (text == NULL)
		return fallback;
	for (int i = 0; i < 4; i++)
	{
		if (strcasecmp(text, on[i]) == 0)
			return true;
		if (strcasecmp(text, off[i]) == 0)
			return false;
	}
	fprintf(stderr, "%s must be on or off, not \"%s\"\n", name, text);
	exit(2);
}

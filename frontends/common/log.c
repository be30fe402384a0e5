/* SPDX-License-Identifier: PostgreSQL */
/*
 * log.c: formats a line into a buffer and writes it at once, so that lines of several
 * threads and processes do not mix. What does not fit is cut.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "cfg.h"

#define LOG_LINE 1024

static const char *module_name = "fota";
static log_level most = LOG_LEVEL_INFO;

void
log_open(const char *module)
{
	const char *level = cfg_text("FOTA_LOG", "info");

	module_name = module;
	if (strcasecmp(level, "debug") == 0)
		most = LOG_LEVEL_DEBUG;
	else if (strcasecmp(level, "error") == 0)
		most = LOG_LEVEL_ERROR;
	else
		most = LOG_LEVEL_INFO;
}

bool
log_wants(log_level level)
{
	return level <= most;
}

/* Writes `time level module ` and returns its length. */
static size_t
put_head(char *line, log_level level)
{
	static const char *const names[] = {"error", "info", "debug"};
	struct timespec now;
	struct tm	parts;
	char		stamp[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
	return (size_t) snprintf(line, LOG_LINE, "%s.%03ldZ %s %s ", stamp, now.tv_nsec / 1000000,
							 names[level], module_name);
}

/* Makes control characters visible and ends the line. */
static void
put_line(char *line, size_t start, int more)
{
	size_t		size = start;

	if (more > 0)
		size += (size_t) more;
	if (size > LOG_LINE - 2)
		size = LOG_LINE - 2;
	for (size_t i = start; i < size; i++)
		if ((unsigned char) line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[size++] = '\n';
	if (write(STDERR_FILENO, line, size) < 0)
		return;
}

void
log_line(log_level level, const char *format,...)
{
	char		line[LOG_LINE];
	size_t		start;
	va_list		args;
	int			more;

	if (!log_wants(level))
		return;
	start = put_head(line, level);
	va_start(args, format);
	more = vsnprintf(line + start, LOG_LINE - start - 1, format, args);
	va_end(args);
	put_line(line, start, more);
}

void
log_event(const char *device, const char *protocol, const char *format,...)
{
	char		line[LOG_LINE];
	size_t		start,
				head;
	va_list		args;
	int			more;

	if (!log_wants(LOG_LEVEL_INFO))
		return;
	start = put_head(line, LOG_LEVEL_INFO);
	head = start + (size_t) snprintf(line + start, LOG_LINE - start - 1, "event device=%s protocol=%s ",
									 device, protocol);
	if (head > LOG_LINE - 2)
		head = LOG_LINE - 2;
	va_start(args, format);
	more = vsnprintf(line + head, LOG_LINE - head - 1, format, args);
	va_end(args);
	put_line(line, start, (int) (head - start) + more);
}

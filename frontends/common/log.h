/* SPDX-License-Identifier: PostgreSQL */
/*
 * log.h: one line per message on stderr: `time level module message key=value ..`.
 * Control characters and quotes in values are escaped, so a line is a line.
 * Safe from several threads; each line is one write(2).
 */
#ifndef FE_LOG_H
#define FE_LOG_H

#include <stdbool.h>

typedef enum log_level
{
	LOG_LEVEL_ERROR, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG
} log_level;

/* Takes the level from FOTA_LOG and names the module: "https", "coap", "worker". */
void		log_open(const char *module);
bool		log_wants(log_level level);
void		log_line(log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/*
 * A device event at level info: `event device=A0001 protocol=https <format ..>`, where
 * format gives further key=value words, e.g. "action=%d item=%d state=%s".
 */
void		log_event(const char *device, const char *protocol, const char *format, ...)
			__attribute__((format(printf, 3, 4)));

#endif

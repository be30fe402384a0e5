/* SPDX-License-Identifier: PostgreSQL */
/*
 * cli.h: what the commands of fotactl share: errors, files, options, PostgreSQL.
 *
 * A command returns CLI_DONE, CLI_FAILED (one line on stderr, already printed) or CLI_USAGE. The
 * program runs one command and ends, so what it allocates by fota_ctx may live until then.
 */
#ifndef CLI_H
#define CLI_H

#include "base.h"

#include <getopt.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>

enum
{
	CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2
};

typedef struct cli_command
{
	const char *words;			/* "image add" */
	const char *summary;		/* one line of the list */
	const char *help;			/* what --help prints */
	int			(*run) (const struct cli_command *command, int argc, char **argv);
} cli_command;

extern const cli_command cli_image_inspect,
			cli_image_detect,
			cli_image_convert,
			cli_image_add,
			cli_image_wait,
			cli_package_make,
			cli_package_verify,
			cli_package_inspect,
			cli_package_import,
			cli_delta_make,
			cli_delta_apply,
			cli_delta_inspect,
			cli_device_add,
			cli_device_simulate;

/* --- errors: one line "error CODE: message" on stderr ------------------------------------ */

int			cli_fail(const char *code, const char *format, ...)
			__attribute__((format(printf, 2, 3)));
/* A core error, with its detail and hint on the same line. */
int			cli_fail_core(const fota_ctx *ctx, const char *file);
/* What errno says about a file. */
int			cli_fail_file(const char *file);
/* "error: .. (see fotactl X --help)", CLI_USAGE. */
int			cli_usage(const cli_command *command, const char *format, ...)
			__attribute__((format(printf, 2, 3)));

/* --- options ----------------------------------------------------------------------------- */

/*
 * getopt_long without messages of its own. -2: help was printed, -3: wrong usage was said, -1: no
 * more options (optind is then the first operand), else the option's value.
 */
int			cli_option(const cli_command *command, int argc, char **argv,
					   const struct option *options);
/* True when exactly so many operands are left; else says so. */
bool		cli_operands(const cli_command *command, int argc, int count, const char *names);
bool		cli_number(const char *text, long low, long high, long *value);
/* Decimal, or hexadecimal with 0x: an address. */
bool		cli_address(const char *text, uint64_t *value);

/* --- memory and files ---------------------------------------------------------------------- */

/* malloc, free, no poll; limit 0 = 2 GiB. */
void		cli_ctx_init(fota_ctx *ctx, size_t limit);
/* Maps a file to read; an empty one is no bytes. */
int			cli_map(const char *file, fota_bytes *bytes);
void		cli_unmap(fota_bytes *bytes);
/* Writes beside the file and renames, so that it is whole or not there; "-" is stdout. */
int			cli_write(const char *file, const void *data, size_t size);
/* 2 * size digits and a NUL. */
void		cli_hex(char *out, const void *data, size_t size);
/* Bytes of hex text; -1 when it is none or longer than room. */
long		cli_unhex(const char *text, void *out, size_t room);

/* --- progress: a bar on a terminal, nothing elsewhere --------------------------------------- */

typedef struct cli_bar
{
	const char *what;
	uint64_t	total;
	int			shown;			/* per mille, -1 = nothing yet */
	bool		on;
} cli_bar;

void		cli_bar_begin(cli_bar *bar, const char *what, uint64_t total);
void		cli_bar_set(cli_bar *bar, uint64_t done);
void		cli_bar_end(cli_bar *bar);

/* --- PostgreSQL (PG* environment) ------------------------------------------------------------ */

/* NULL: the error was printed. */
PGconn	   *cli_pg_open(void);
/* Prints "error SQLSTATE: message; detail; hint". */
int			cli_pg_fail(PGconn *conn, PGresult *result);

typedef struct cli_value
{
	const char *data;			/* NULL = NULL */
	int			size;			/* of binary, when not text */
	bool		binary;
} cli_value;

static inline cli_value
cli_text(const char *text)
{
	return (cli_value) {.data = text};
}

static inline cli_value
cli_bytes(const void *data, size_t size)
{
	return (cli_value) {.data = data ? (const char *) data : NULL, .size = (int) size, .binary = true};
}

/* Runs a statement with text results; NULL after an error, which was printed. */
PGresult   *cli_pg(PGconn *conn, const char *sql, int count, const cli_value *values);

/* An image, as `image add` and `image wait` name it. */
typedef struct cli_image
{
	const char *model,
			   *component,
			   *version,
			   *build;			/* "" = the only one */
} cli_image;

/* Waits until it is published (prints what it is) or refused (prints why), at most so many seconds. */
int			cli_image_await(PGconn *conn, const cli_image *image, long seconds);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/* delta.c: fotactl delta make, apply and inspect. They need no database. */
#include "cli.h"

#include "delta.h"
#include "hash.h"

#include <string.h>

/* Finds a format by name; says so when there is none. */
static const fota_delta_format *
find_format(const cli_command *command, const char *name)
{
	const fota_delta_format *format = fota_delta_find(name);

	if (format == NULL)
		cli_usage(command, "unknown delta format %s", name);
	return format;
}

/* Reads --format, -o and, where sha256 is not NULL, --sha256; 0 or the status to end with. */
static int
read_options(const cli_command *command, int argc, char **argv, const char **name,
			 const char **output, const char **sha256, bool *ended)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'}, {"format", required_argument, NULL, 'f'},
		{"output", required_argument, NULL, 'o'}, {0}
	};
	static const struct option with_sha256[] = {
		{"help", no_argument, NULL, 'h'}, {"format", required_argument, NULL, 'f'},
		{"output", required_argument, NULL, 'o'}, {"sha256", required_argument, NULL, 's'}, {0}
	};
	int			c;

	*ended = true;
	while ((c = cli_option(command, argc, argv, sha256 ? with_sha256 : options)) != -1)
	{
		if (c == 'f')
			*name = optarg;
		else if (c == 'o')
			*output = optarg;
		else if (c == 's')
			*sha256 = optarg;
		else
			return c == -2 ? CLI_DONE : CLI_USAGE;
	}
	*ended = false;
	return CLI_DONE;
}

static int
run_make(const cli_command *command, int argc, char **argv)
{
	const fota_delta_format *format;
	const char *name = "bsdiff40",
			   *output = NULL;
	fota_bytes	source,
				target;
	fota_buf	delta;
	fota_ctx	ctx;
	bool		ended;
	int			status = read_options(command, argc, argv, &name, &output, NULL, &ended);

	if (ended)
		return status;
	if (!cli_operands(command, argc, 2, "two files: OLD NEW"))
		return CLI_USAGE;
	if (output == NULL)
		return cli_usage(command, "where to? -o OUT is missing");
	if ((format = find_format(command, name)) == NULL)
		return CLI_USAGE;
	if (cli_map(argv[optind], &source) || cli_map(argv[optind + 1], &target))
		return CLI_FAILED;
	cli_ctx_init(&ctx, 0);
	if (format->make(&ctx, source, target, NULL, 0, &delta) != FOTA_OK)
		return cli_fail_core(&ctx, NULL);
	status = cli_write(output, delta.data, delta.size);
	if (status == CLI_DONE && strcmp(output, "-") != 0)
		printf("%s: %zu bytes, %.1f %% of %zu\n", output, delta.size,
			   target.size ? 100.0 * delta.size / target.size : 0.0, target.size);
	fota_buf_free(&ctx, &delta);
	cli_unmap(&source);
	cli_unmap(&target);
	return status;
}

/* Is what came out what the caller expects? */
static int
check_digest(fota_ctx *ctx, const fota_buf *target, const uint8_t want[FOTA_SHA256_SIZE])
{
	uint8_t		got[FOTA_SHA256_SIZE];
	char		text[2][2 * FOTA_SHA256_SIZE + 1];

	if (fota_sha256(ctx, target->data, target->size, got) != FOTA_OK)
		return cli_fail_core(ctx, NULL);
	if (memcmp(got, want, sizeof(got)) == 0)
		return CLI_DONE;
	cli_hex(text[0], got, sizeof(got));
	cli_hex(text[1], want, sizeof(got));
	return cli_fail(fota_status_sqlstate(FOTA_CHECKSUM),
					"the result has SHA-256 %s, expected %s; hint: OLD is not what the delta was made from", text[0],
					text[1]);
}

static int
run_apply(const cli_command *command, int argc, char **argv)
{
	const fota_delta_format *format;
	const char *name = NULL,
			   *output = NULL,
			   *sha256 = NULL;
	uint8_t		digest[FOTA_SHA256_SIZE];
	fota_bytes	source,
				delta;
	fota_buf	target;
	fota_ctx	ctx;
	bool		ended;
	int			status = read_options(command, argc, argv, &name, &output, &sha256, &ended);

	if (ended)
		return status;
	if (!cli_operands(command, argc, 2, "two files: OLD DELTA"))
		return CLI_USAGE;
	if (output == NULL)
		return cli_usage(command, "where to? -o OUT is missing");
	if (name != NULL && find_format(command, name) == NULL)
		return CLI_USAGE;
	if (sha256 != NULL && cli_unhex(sha256, digest, sizeof(digest)) != sizeof(digest))
		return cli_usage(command, "--sha256 takes 64 hexadecimal digits");
	if (cli_map(argv[optind], &source) || cli_map(argv[optind + 1], &delta))
		return CLI_FAILED;
	format = name ? fota_delta_find(name) : fota_delta_detect(delta);
	if (format == NULL)
		return cli_fail("UF007", "%s is no delta of a known format", argv[optind + 1]);
	cli_ctx_init(&ctx, 0);
	if (format->apply(&ctx, source, delta, (uint64_t) 2 << 30, &target) != FOTA_OK)
		return cli_fail_core(&ctx, argv[optind + 1]);
	status = sha256 ? check_digest(&ctx, &target, digest) : CLI_DONE;
	if (status == CLI_DONE)
		status = cli_write(output, target.data, target.size);
	if (status == CLI_DONE && strcmp(output, "-") != 0)
		printf("%s: %zu bytes\n", output, target.size);
	fota_buf_free(&ctx, &target);
	cli_unmap(&source);
	cli_unmap(&delta);
	return status;
}

static int
run_inspect(const cli_command *command, int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
	const fota_delta_format *format;
	fota_delta_info info;
	fota_bytes	delta;
	fota_ctx	ctx;
	int			c = cli_option(command, argc, argv, options);

	if (c != -1)
		return c == -2 ? CLI_DONE : CLI_USAGE;
	if (!cli_operands(command, argc, 1, "one file: DELTA"))
		return CLI_USAGE;
	if (cli_map(argv[optind], &delta))
		return CLI_FAILED;
	if ((format = fota_delta_detect(delta)) == NULL)
		return cli_fail("UF007", "%s is no delta of a known format", argv[optind]);
	cli_ctx_init(&ctx, 0);
	if (format->inspect(&ctx, delta, &info) != FOTA_OK)
		return cli_fail_core(&ctx, argv[optind]);
	printf("format   %s\ndelta    %zu bytes: control %llu, diff %llu, extra %llu\n"
		   "target   %llu bytes\ncopied   %llu bytes in %llu spans, %llu of them changed\n"
		   "added    %llu bytes\n", format->name, delta.size, (unsigned long long) info.control_size,
		   (unsigned long long) info.diff_size, (unsigned long long) info.extra_size,
		   (unsigned long long) info.target_size, (unsigned long long) info.copied,
		   (unsigned long long) info.copies, (unsigned long long) info.changed,
		   (unsigned long long) info.added);
	cli_unmap(&delta);
	return CLI_DONE;
}

const cli_command cli_delta_make = {
	"delta make", "make a delta from one payload to another",
	"fotactl delta make OLD NEW -o OUT [--format bsdiff40]\n\n"
	"Makes a delta that turns OLD into NEW. Formats: bsdiff40 (bspatch reads it).\n"
	"-o - writes to stdout. Needs no database.\n",
	run_make
};

const cli_command cli_delta_apply = {
	"delta apply", "rebuild a payload from an old one and a delta",
	"fotactl delta apply OLD DELTA -o OUT [--format bsdiff40] [--sha256 HEX]\n\n"
	"Rebuilds the new payload. The format is taken from the delta's first bytes.\n"
	"A delta cannot tell whether OLD is the right one: --sha256 refuses another result than this.\n"
	"OUT is written whole or not at all; -o - writes to stdout. Needs no database.\n",
	run_apply
};

const cli_command cli_delta_inspect = {
	"delta inspect", "say what a delta holds",
	"fotactl delta inspect DELTA\n\nSays format, sizes and how much of the target is copied. Needs no "
	"database.\n",
	run_inspect
};

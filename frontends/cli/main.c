/* SPDX-License-Identifier: PostgreSQL */
/*
 * main.c: fotactl, the command line of pgfota. Finds the command that the first words name and runs
 * it. Exit status: 0 done, 1 failed, 2 wrong usage.
 */
#include "cli.h"

#include <string.h>

static const cli_command *const commands[] = {
	&cli_image_inspect,
	&cli_image_detect,
	&cli_image_convert,
	&cli_image_add,
	&cli_image_wait,
	&cli_package_make,
	&cli_package_verify,
	&cli_package_inspect,
	&cli_package_import,
	&cli_delta_make,
	&cli_delta_apply,
	&cli_delta_inspect,
	&cli_device_add,
	&cli_device_simulate,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* True when the command's first word is this one, or any will do. */
static bool
is_group(const cli_command *command, const char *word)
{
	size_t		size = strcspn(command->words, " ");

	return word == NULL || (strlen(word) == size && memcmp(word, command->words, size) == 0);
}

/* Of all commands, or of those that begin with this word. */
static void
print_help(FILE *out, const char *word)
{
	fputs("fotactl COMMAND [OPTIONS]\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		if (is_group(commands[i], word))
			fprintf(out, "  %-16s %s\n", commands[i]->words, commands[i]->summary);
	fputs("\nfotactl COMMAND --help says more. The database is chosen as psql does it (PGHOST ..).\n"
		  "Exit status: 0 done, 1 failed, 2 wrong usage.\n", out);
}

/* The command whose two words are argv[1] and argv[2]. */
static const cli_command *
find_command(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < COMMANDS; i++)
		if (is_group(commands[i], argv[1]) && strcmp(argv[2], strchr(commands[i]->words, ' ') + 1) == 0)
			return commands[i];
	return NULL;
}

static bool
asks_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool
has_group(const char *word)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (is_group(commands[i], word))
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	const cli_command *command = find_command(argc, argv);

	if (command != NULL)
		return command->run(command, argc - 2, argv + 2);
	if ((argc == 2 && asks_help(argv[1])) || (argc == 3 && asks_help(argv[2]) && has_group(argv[1])))
	{
		print_help(stdout, argc == 3 ? argv[1] : NULL);
		return CLI_DONE;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
	{
		puts("fotactl (pgfota) 0.1");
		return CLI_DONE;
	}
	if (argc > 1)
		fprintf(stderr, "error: unknown command: %s%s%s (see fotactl --help)\n", argv[1],
				argc > 2 ? " " : "", argc > 2 ? argv[2] : "");
	else
		print_help(stderr, NULL);
	return CLI_USAGE;
}

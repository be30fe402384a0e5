/* SPDX-License-Identifier: PostgreSQL */
/*
 * main.c: fotactl, the command line of pgfota. Finds the command that the first words name and runs
 * it. Exit status: 0 done, 1 failed, 2 wrong usage.
 */
#include "cli.h"

#include <string.h>

static const cli_command *const commands[] = {
	&cli_image_inspect,
	&cli_image_add,
	&cli_image_wait,
	&cli_delta_make,
	&cli_delta_apply,
	&cli_delta_inspect,
	&cli_device_add,
	&cli_device_simulate,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
print_help(FILE *out)
{
	fputs("fotactl COMMAND [OPTIONS]\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-16s %s\n", commands[i]->words, commands[i]->summary);
	fputs("\nfotactl COMMAND --help says more. The database is chosen as psql does it (PGHOST ..).\n"
		  "Exit status: 0 done, 1 failed, 2 wrong usage.\n", out);
}

/* The command whose two words are argv[1] and argv[2]. */
static const cli_command *
find_command(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < COMMANDS; i++)
	{
		const char *words = commands[i]->words;
		size_t		first = strcspn(words, " ");

		if (strlen(argv[1]) == first && memcmp(argv[1], words, first) == 0 &&
			strcmp(argv[2], words + first + 1) == 0)
			return commands[i];
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	const cli_command *command = find_command(argc, argv);

	if (command != NULL)
		return command->run(command, argc - 2, argv + 2);
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
	{
		print_help(stdout);
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
		print_help(stderr);
	return CLI_USAGE;
}

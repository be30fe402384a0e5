/* SPDX-License-Identifier: PostgreSQL */
/* image_detect.c: fotactl image detect: which formats a file may be of, by its content. It needs no database. */
#include "cli.h"

#include "image.h"

#include <string.h>

#define MOST_FORMATS 128

typedef struct candidate
{
	const char *format;
	int			confidence;
	const char *reason;
} candidate;

/* The most likely first; of equals the one that is asked first. */
static size_t
list(fota_bytes file, candidate *found)
{
	size_t		count = 0;

	for (size_t i = 0; fota_codec_at(i) != NULL && count < MOST_FORMATS; i++)
	{
		candidate	c = {.format = fota_codec_at(i)->name};
		size_t		place;

		c.confidence = fota_image_detect_at(file, i, &c.reason);
		if (c.confidence <= 0)
			continue;
		for (place = count++; place > 0 && found[place - 1].confidence < c.confidence; place--)
			found[place] = found[place - 1];
		found[place] = c;
	}
	return count;
}

static int
run_detect(const cli_command *command, int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
	candidate	found[MOST_FORMATS];
	fota_bytes	file;
	size_t		count;
	int			c = cli_option(command, argc, argv, options);

	if (c != -1)
		return c == -2 ? CLI_DONE : c == -3 ? CLI_USAGE : cli_usage(command, "unknown option -%c", c);
	if (!cli_operands(command, argc, 1, "one file"))
		return CLI_USAGE;
	if (cli_map(argv[optind], &file))
		return CLI_FAILED;
	count = list(file, found);
	for (size_t i = 0; i < count; i++)
		printf("%-12s %3d %%  %s\n", found[i].format, found[i].confidence, found[i].reason);
	cli_unmap(&file);
	return CLI_DONE;
}

const cli_command cli_image_detect = {
	"image detect", "say which formats a file may be of",
	"fotactl image detect FILE\n\n"
	"Says every format that the file may be of by its content, how sure that is, and why; the most likely first.\n"
	"Needs no database.\n",
	run_detect
};

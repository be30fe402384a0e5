/* SPDX-License-Identifier: PostgreSQL */
/* image_inspect.c: fotactl image inspect: what the decoders read in a file. It needs no database. */
#include "cli.h"

#include "image.h"
#include "image_json.h"
#include "json.h"

#include <inttypes.h>
#include <string.h>

#define SEGMENTS_SHOWN 20		/* more of them are for --json */
#define LABEL "%-11s "

typedef struct inspection
{
	fota_bytes	file;
	const char *format;			/* NULL = by content */
	int			confidence;
	const char *reason;
	fota_image_options options;
	fota_image	image;
	char		sha256[2 * FOTA_SHA256_SIZE + 1];
	char		content_id[2 * FOTA_SHA256_SIZE + 1];
} inspection;

static uint64_t
image_end(const fota_image *image)
{
	const fota_segment *last = &image->segments[image->segment_count - 1];

	return last->address + last->size;
}

static void
print_text(const inspection *i)
{
	const fota_image *image = &i->image;

	if (i->format == NULL)
		printf(LABEL "%s (%d %%: %s)\n", "format", image->format, i->confidence, i->reason);
	else
		printf(LABEL "%s (asked for)\n", "format", image->format);
	printf(LABEL "%zu bytes\n", "file", i->file.size);
	printf(LABEL "%s\n", "sha256", i->sha256);
	printf(LABEL "%zu segment%s, %" PRIu64 " bytes, from 0x%08" PRIX64 " to 0x%08" PRIX64 "\n", "image",
		   image->segment_count, image->segment_count == 1 ? "" : "s", image->bytes, image->segments[0].address,
		   image_end(image) - 1);
	printf(LABEL "%s\n", "content_id", i->content_id);
	if (image->has_entry)
		printf(LABEL "0x%08" PRIX64 "\n", "entry", image->entry);
	for (size_t k = 0; k < image->segment_count && k < SEGMENTS_SHOWN; k++)
		printf(LABEL "0x%08" PRIX64 " + 0x%" PRIX64 " (%" PRIu64 " byte%s)\n", k ? "" : "segments",
			   image->segments[k].address, image->segments[k].size, image->segments[k].size,
			   image->segments[k].size == 1 ? "" : "s");
	if (image->segment_count > SEGMENTS_SHOWN)
		printf(LABEL "and %zu more, which --json lists\n", "", image->segment_count - SEGMENTS_SHOWN);
	for (size_t k = 0; k < image->metadata_count; k++)
		printf(LABEL "%s\n", image->metadata[k].name, image->metadata[k].value);
	for (size_t k = 0; k < image->warning_count; k++)
	{
		const fota_warning *w = &image->warnings[k];

		printf(LABEL "%s: %s", "warning", w->name, w->message);
		if (w->line > 0)
			printf(" (%sline %" PRIu64 ")", w->count > 1 ? "first on " : "", w->line);
		if (w->count > 1)
			printf(", %" PRIu64 " times", w->count);
		putchar('\n');
	}
}

/* `,"name":"value"` */
static fota_status
put_member(fota_ctx *ctx, fota_buf *out, const char *name, const char *value)
{
	fota_status status = fota_json_put(ctx, out, ",");

	if (status == FOTA_OK)
		status = fota_json_put_string(ctx, out, name, strlen(name));
	if (status == FOTA_OK)
		status = fota_json_put(ctx, out, ":");
	return status == FOTA_OK ? fota_json_put_string(ctx, out, value, strlen(value)) : status;
}

static fota_status
put_json(fota_ctx *ctx, const inspection *i, fota_buf *out)
{
	const fota_image *image = &i->image;
	char		text[160];
	fota_status status;

	fota_format(text, sizeof(text), "{\"size\":%zu,\"bytes\":%llu,\"bounds\":[%llu,%llu]", i->file.size,
				(unsigned long long) image->bytes, (unsigned long long) image->segments[0].address,
				(unsigned long long) image_end(image));
	if ((status = fota_json_put(ctx, out, text)) != FOTA_OK ||
		(status = put_member(ctx, out, "format", image->format)) != FOTA_OK)
		return status;
	if (i->format == NULL)
	{
		fota_format(text, sizeof(text), ",\"confidence\":%d", i->confidence);
		if ((status = fota_json_put(ctx, out, text)) != FOTA_OK ||
			(status = put_member(ctx, out, "reason", i->reason)) != FOTA_OK)
			return status;
	}
	if ((status = put_member(ctx, out, "sha256", i->sha256)) != FOTA_OK ||
		(status = put_member(ctx, out, "content_id", i->content_id)) != FOTA_OK ||
		(status = fota_json_put(ctx, out, ",\"metadata\":")) != FOTA_OK ||
		(status = fota_image_metadata_json(ctx, image, out)) != FOTA_OK ||
		(status = fota_json_put(ctx, out, ",\"warnings\":")) != FOTA_OK ||
		(status = fota_image_warnings_json(ctx, image, out)) != FOTA_OK)
		return status;
	return fota_json_put(ctx, out, "}\n");
}

static int
print_json(fota_ctx *ctx, const inspection *i)
{
	fota_buf	out;
	int			status = CLI_DONE;

	fota_buf_init(&out, (size_t) 64 << 20);
	if (put_json(ctx, i, &out) != FOTA_OK)
		status = cli_fail_core(ctx, NULL);
	else
		status = cli_write("-", out.data, out.size);
	fota_buf_free(ctx, &out);
	return status;
}

/* Decodes the file and computes its digests. */
static fota_status
look(fota_ctx *ctx, inspection *i)
{
	uint8_t		digest[FOTA_SHA256_SIZE];
	fota_status status;

	if (i->format == NULL)
		fota_image_detect(i->file, &i->confidence, &i->reason);
	status = fota_image_decode(ctx, i->file, i->format, &i->options, &i->image);
	if (status == FOTA_OK)
		status = fota_image_content_id(ctx, &i->image, digest);
	if (status != FOTA_OK)
		return status;
	cli_hex(i->content_id, digest, sizeof(digest));
	status = fota_sha256(ctx, i->file.data, i->file.size, digest);
	cli_hex(i->sha256, digest, sizeof(digest));
	return status;
}

static int
run_inspect(const cli_command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"format", required_argument, NULL, 'f'},
		{"waiver", required_argument, NULL, 'w'}, {"help", no_argument, NULL, 'h'}, {0}
	};
	inspection	i = {0};
	bool		json = false;
	fota_ctx	ctx;
	int			status;
	int			c;

	cli_ctx_init(&ctx, 0);
	while ((c = cli_option(command, argc, argv, options)) != -1)
	{
		if (c == 'j')
			json = true;
		else if (c == 'f' && fota_codec_find(optarg, strlen(optarg)) != NULL)
			i.format = optarg;
		else if (c == 'f')
			return cli_usage(command, "unknown format %s", optarg);
		else if (c == 'w' && fota_image_waiver(&ctx, &i.options, optarg, strlen(optarg)) != FOTA_OK)
			return cli_usage(command, "%s", ctx.error.message);
		else if (c != 'w')
			return c == -2 ? CLI_DONE : CLI_USAGE;
	}
	if (!cli_operands(command, argc, 1, "one file"))
		return CLI_USAGE;
	if (cli_map(argv[optind], &i.file))
		return CLI_FAILED;
	if (look(&ctx, &i) != FOTA_OK)
		status = cli_fail_core(&ctx, argv[optind]);
	else if (json)
		status = print_json(&ctx, &i);
	else
	{
		print_text(&i);
		status = CLI_DONE;
	}
	fota_image_free(&ctx, &i.image);
	cli_unmap(&i.file);
	return status;
}

const cli_command cli_image_inspect = {
	"image inspect", "say what an image file holds",
	"fotactl image inspect FILE [--json] [--format F] [--waiver W]..\n\n"
	"Says format, segments, bounds, entry, digests, metadata and warnings. Needs no database.\n"
	"  --format F   ihex, srec or raw; else the content decides\n"
	"  --waiver W   accepts what is wrong in a file: overlap=first, overlap=last (bytes given twice),\n"
	"               comments, no_eof, load_offset; board=9900 takes one board of a Universal Hex file\n"
	"  --json       one JSON object on stdout\n",
	run_inspect
};

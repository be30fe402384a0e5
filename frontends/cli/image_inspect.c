/* SPDX-License-Identifier: PostgreSQL */
/* image_inspect.c: fotactl image inspect: what the decoders read in a file. It needs no database. */
#include "package.h"

#include "image_json.h"
#include "json.h"
#include "sparse.h"

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
	package_keys keys;			/* with any, signatures must be by one of them */
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
print_segments(const inspection *i)
{
	const fota_image *image = &i->image;
	char		space[16];

	if (image->segment_count == 0)
		return;
	printf(LABEL "%zu segment%s, %" PRIu64 " bytes, from 0x%08" PRIX64 " to 0x%08" PRIX64 "\n", "image",
		   image->segment_count, image->segment_count == 1 ? "" : "s", image->bytes, image->segments[0].address,
		   image_end(image) - 1);
	printf(LABEL "%s\n", "content_id", i->content_id);
	if (image->has_entry)
		printf(LABEL "0x%08" PRIX64 "\n", "entry", image->entry);
	for (size_t k = 0; k < image->segment_count && k < SEGMENTS_SHOWN; k++)
	{
		const fota_segment *s = &image->segments[k];

		printf(LABEL "0x%08" PRIX64 " + 0x%" PRIX64 " (%" PRIu64 " byte%s)", k ? "" : "segments", s->address, s->size,
			   s->size, s->size == 1 ? "" : "s");
		printf("%s%s\n", s->space != FOTA_SPACE_FLASH ? " of " : "",
			   s->space != FOTA_SPACE_FLASH ? fota_space_name(s->space, space) : "");
	}
	if (image->segment_count > SEGMENTS_SHOWN)
		printf(LABEL "and %zu more, which --json lists\n", "", image->segment_count - SEGMENTS_SHOWN);
}

static void
print_members(const fota_image *image)
{
	for (size_t k = 0; k < image->member_count && k < SEGMENTS_SHOWN; k++)
		printf(LABEL "%s (%" PRIu64 " byte%s)\n", k ? "" : "members", image->members[k].name, image->members[k].size,
			   image->members[k].size == 1 ? "" : "s");
	if (image->member_count > SEGMENTS_SHOWN)
		printf(LABEL "and %zu more, which --json lists\n", "", image->member_count - SEGMENTS_SHOWN);
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
	print_segments(i);
	for (size_t k = 0; k < image->metadata_count; k++)
		printf(LABEL "%s\n", image->metadata[k].name, image->metadata[k].value);
	print_members(image);
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

/* The object of fota_image_inspect_json and, when the content told the format, how sure that is. */
static fota_status
put_json(fota_ctx *ctx, const inspection *i, fota_buf *out)
{
	char		text[64];
	fota_status status = fota_image_inspect_json(ctx, i->file, &i->image, out);

	if (status == FOTA_OK && i->format == NULL)
	{
		out->size--;
		fota_format(text, sizeof(text), ",\"confidence\":%d,\"reason\":", i->confidence);
		if ((status = fota_json_put(ctx, out, text)) == FOTA_OK &&
			(status = fota_json_put_string(ctx, out, i->reason, strlen(i->reason))) == FOTA_OK)
			status = fota_json_put(ctx, out, "}");
	}
	return status == FOTA_OK ? fota_json_put(ctx, out, "\n") : status;
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

/* A signature that is wrong, or by none of the keys, where the keys were given. */
static fota_status
check_signatures(fota_ctx *ctx, const inspection *i)
{
	static fota_proofs proofs;
	fota_status status = fota_image_verify(ctx, i->file, &i->image, i->keys.list, i->keys.count, &proofs);

	for (size_t k = 0; k < proofs.count && status == FOTA_OK; k++)
	{
		const fota_proof *p = &proofs.list[k];

		if (p->result != FOTA_PROOF_VALID)
			return fota_fail(ctx, FOTA_SIGNATURE, FOTA_NOWHERE, 0, "%s: signature of %s%s%s%s%s: %s", i->image.format, p->what,
							 p->algorithm[0] ? ", " : "", p->algorithm, p->key[0] ? ", by " : "", p->key,
							 p->text[0] ? p->text : p->result == FOTA_PROOF_UNSIGNED ? "there is none" : "not valid");
	}
	if (status == FOTA_OK && proofs.count == 0)
		return fota_fail(ctx, FOTA_SIGNATURE, FOTA_NOWHERE, 0, "%s: the format has no signatures", i->image.format);
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
	if (status == FOTA_OK && i->keys.count > 0)
		status = check_signatures(ctx, i);
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
		{"waiver", required_argument, NULL, 'w'}, {"base", required_argument, NULL, 'B'},
		{"key", required_argument, NULL, 'k'},
		{"help", no_argument, NULL, 'h'}, {0}
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
		else if (c == 'B' && !cli_address(optarg, &i.options.base))
			return cli_usage(command, "--base takes a number, decimal or 0x..");
		else if (c == 'k' && package_keys_add(&i.keys, optarg))
			return CLI_FAILED;
		else if (c != 'w' && c != 'B' && c != 'k')
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
	package_keys_free(&i.keys);
	return status;
}

const cli_command cli_image_inspect = {
	"image inspect", "say what an image file holds",
	"fotactl image inspect FILE [--json] [--format F] [--waiver W].. [--base N]\n"
	"                      [--key FILE]..\n\n"
	"Says format, segments, bounds, entry, digests, metadata, members and warnings. Needs no database.\n"
	"  --format F   ihex, srec, ti-txt, tekhex, vmem, elf, uf2, .., raw; else the content decides\n"
	"  --waiver W   accepts what is wrong in a file: overlap=first, overlap=last (bytes given twice),\n"
	"               comments, no_eof, load_offset ..; or says how to read it: strict, space=eeprom, word=32,\n"
	"               endian=little, board=9900 (of a Universal Hex file)\n"
	"  --base N     address of the first byte of a file without addresses\n"
	"  --key FILE   refuses a file whose signatures are not all by this public key or certificate\n"
	"  --json       one JSON object on stdout\n",
	run_inspect
};

/* SPDX-License-Identifier: PostgreSQL */
/* image_convert.c: fotactl image convert: an image file in another format. It needs no database. */
#include "cli.h"

#include "image.h"

#include <string.h>

typedef struct conversion
{
	fota_ctx	ctx;
	const char *format;			/* of the file, NULL = by content */
	const char *to;
	const char *out;
	fota_image_options reading;
	fota_encode_options writing;
	fota_payload_spec span;
	bool		has_fill;
	fota_bytes	file;
	fota_image	image;
	fota_segment flat_segment;
	fota_buf	flat;
	fota_buf	text;
} conversion;

/* --- options ------------------------------------------------------------------------------ */

static int
take_number(const cli_command *command, conversion *v, int c)
{
	uint64_t	value;
	long		number = 0;

	if (c == 'B' || c == 'L')
	{
		if (!cli_address(optarg, &value))
			return cli_usage(command, "%s takes a number, decimal or 0x..", c == 'B' ? "--base" : "--length");
		if (c == 'B')
			v->span.base = v->reading.base = value, v->span.has_base = true;
		else
			v->span.length = value, v->span.has_length = true;
		return CLI_DONE;
	}
	if (c == 'F')
	{
		if (!cli_address(optarg, &value) || value > 255)
			return cli_usage(command, "--fill takes a byte, 0 to 255 or 0x..");
		v->span.fill = (uint8_t) value;
		v->has_fill = true;
		return CLI_DONE;
	}
	if (c == 'M' && (!cli_address(optarg, &value) || value > UINT32_MAX))
		return cli_usage(command, "--family takes a number, decimal or 0x..");
	if (c == 'M')
		v->writing.family = (uint32_t) value;
	else if (!cli_number(optarg, 1, 65535, &number))
		return cli_usage(command, "%s takes a number from 1 on", c == 'W' ? "--word" : c == 'A' ? "--address" : "--record-size");
	else if (c == 'W')
		v->writing.word = (unsigned) number;
	else if (c == 'A')
		v->writing.address = (unsigned) number;
	else
		v->writing.record_size = (unsigned) number;
	return CLI_DONE;
}

static int
take_option(const cli_command *command, conversion *v, int c)
{
	if (c == 'o')
		v->out = optarg;
	else if (c == 't' && fota_codec_dialect(optarg, strlen(optarg), &(fota_encode_options) {0}) != NULL)
		v->to = optarg;
	else if (c == 'f' && fota_codec_find(optarg, strlen(optarg)) != NULL)
		v->format = optarg;
	else if (c == 't' || c == 'f')
		return cli_usage(command, "unknown format %s", optarg);
	else if (c == 'w' && fota_image_waiver(&v->ctx, &v->reading, optarg, strlen(optarg)) != FOTA_OK)
		return cli_usage(command, "%s", v->ctx.error.message);
	else if (c == 'E' && strcmp(optarg, "little") != 0 && strcmp(optarg, "big") != 0)
		return cli_usage(command, "--endian is big or little");
	else if (c == 'E')
		v->writing.little = optarg[0] == 'l';
	else if (c == 'C')
		v->writing.crlf = true;
	else if (c != 'w')
		return take_number(command, v, c);
	return CLI_DONE;
}

/* --- conversion --------------------------------------------------------------------------- */

/* Bytes without addresses, or with --base, --length or --fill: the image becomes one segment without gaps. */
static fota_status
flatten(conversion *v)
{
	bool		raw_file = strcmp(v->image.codec->name, "raw") == 0;
	fota_payload_spec span = v->span;
	bool		is_file;
	fota_status status;

	/* a base says where a raw file begins: that is done already */
	if (raw_file)
		span.has_base = false;
	if (strcmp(v->to, "raw") != 0 && !span.has_base && !span.has_length && !v->has_fill)
		return FOTA_OK;
	span.kind = FOTA_PAYLOAD_FLAT;
	status = fota_image_payload(&v->ctx, v->file, &v->image, &span, &v->reading, &is_file, &v->flat);
	if (status != FOTA_OK)
		return status;
	v->flat_segment = (fota_segment) {
		.address = span.has_base ? span.base : v->image.segments[0].address, .space = v->image.segments[0].space,
		.data = is_file ? v->file.data : v->flat.data, .size = is_file ? v->file.size : v->flat.size
	};
	return FOTA_OK;
}

static fota_status
convert(conversion *v)
{
	fota_image	written;
	fota_status status = fota_image_decode(&v->ctx, v->file, v->format, &v->reading, &v->image);

	if (status == FOTA_OK)
		status = flatten(v);
	if (status != FOTA_OK)
		return status;
	written = v->image;
	if (v->flat_segment.data != NULL)
	{
		written.segments = &v->flat_segment;
		written.segment_count = 1;
		written.bytes = v->flat_segment.size;
	}
	fota_buf_init(&v->text, (size_t) 1 << 30);
	return fota_image_encode(&v->ctx, &written, v->to, &v->writing, &v->text);
}

static void
say_warnings(const fota_image *image)
{
	for (size_t i = 0; i < image->warning_count; i++)
		fprintf(stderr, "warning: %s: %s\n", image->warnings[i].name, image->warnings[i].message);
}

static int
run_convert(const cli_command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"to", required_argument, NULL, 't'}, {"format", required_argument, NULL, 'f'},
		{"waiver", required_argument, NULL, 'w'}, {"base", required_argument, NULL, 'B'},
		{"length", required_argument, NULL, 'L'}, {"fill", required_argument, NULL, 'F'},
		{"record-size", required_argument, NULL, 'R'}, {"address", required_argument, NULL, 'A'},
		{"word", required_argument, NULL, 'W'}, {"endian", required_argument, NULL, 'E'},
		{"family", required_argument, NULL, 'M'}, {"crlf", no_argument, NULL, 'C'},
		{"help", no_argument, NULL, 'h'}, {0}
	};
	conversion	v = {.span = {.fill = 255}};
	int			status = CLI_DONE;
	int			c;

	cli_ctx_init(&v.ctx, 0);
	while (status == CLI_DONE && (c = cli_option(command, argc, argv, options)) != -1)
	{
		if (c < 0)
			return c == -2 ? CLI_DONE : CLI_USAGE;
		status = take_option(command, &v, c);
	}
	if (status != CLI_DONE || !cli_operands(command, argc, 1, "one file"))
		return CLI_USAGE;
	if (v.to == NULL || v.out == NULL)
		return cli_usage(command, "-t FORMAT and -o OUT are needed");
	if (cli_map(argv[optind], &v.file))
		return CLI_FAILED;
	if (convert(&v) != FOTA_OK)
		status = cli_fail_core(&v.ctx, argv[optind]);
	else
		status = cli_write(v.out, v.text.data, v.text.size);
	if (status == CLI_DONE)
		say_warnings(&v.image);
	fota_buf_free(&v.ctx, &v.text);
	fota_buf_free(&v.ctx, &v.flat);
	fota_image_free(&v.ctx, &v.image);
	cli_unmap(&v.file);
	return status;
}

const cli_command cli_image_convert = {
	"image convert", "write an image file in another format",
	"fotactl image convert FILE -t FORMAT -o OUT [OPTIONS]\n\n"
	"Reads FILE as `image inspect` does and writes the same image; OUT is whole or not there, - is stdout.\n"
	"Needs no database.\n"
	"  -t FORMAT        ihex, srec, ti-txt, tekhex, vmem, uf2, dfu, dfuse or raw; also i8hex, i16hex, i32hex,\n"
	"                   s19, s28, s37, vmem8, vmem16, vmem32, vmem64\n"
	"  --format F       of FILE; else its content decides\n"
	"  --waiver W       as for image inspect; may be given several times\n"
	"  --base N         address of the first byte of a raw FILE; else where what is written begins\n"
	"  --length N       bytes that are written; data outside is an error unless the waiver outside is given\n"
	"  --fill N         fills gaps with this byte; raw is filled always, with 255\n"
	"  --record-size N  bytes of data in a record, 16\n"
	"  --address N      bytes of an address: ihex and srec, 2 to 4; else as few as needed\n"
	"  --word N         vmem: bits of a word, 8; --endian big|little\n"
	"  --family N       uf2: the family id\n"
	"  --crlf           lines end with CR LF\n",
	run_convert
};

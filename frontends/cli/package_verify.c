/* SPDX-License-Identifier: PostgreSQL */
/*
 * package_verify.c: fotactl package verify and package inspect: who signed a file, of whatever format, and what it
 * holds. They need no database.
 */
#include "package.h"

#include "image_json.h"
#include "json.h"

#include <inttypes.h>
#include <string.h>

typedef struct looking
{
	fota_ctx	ctx;
	const char *format;
	fota_image_options options;
	package_keys keys;
	fota_bytes	file;
	fota_image	image;
	fota_proofs proofs;
	bool		json;
} looking;

static const char *const results[] = {
	[FOTA_PROOF_VALID] = "valid", [FOTA_PROOF_INVALID] = "invalid", [FOTA_PROOF_UNTRUSTED] = "untrusted",
	[FOTA_PROOF_UNSIGNED] = "unsigned", [FOTA_PROOF_UNVERIFIABLE] = "unverifiable",
};

/* Options that both commands have: -1 = all were read, else what the command ends with. */
static int
read_options(const cli_command *command, int argc, char **argv, looking *l)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"format", required_argument, NULL, 'f'}, {"key", required_argument, NULL, 'k'},
		{"waiver", required_argument, NULL, 'w'}, {"help", no_argument, NULL, 'h'}, {0}
	};
	int			c;

	cli_ctx_init(&l->ctx, 0);
	while ((c = cli_option(command, argc, argv, options)) != -1)
	{
		if (c == 'j')
			l->json = true;
		else if (c == 'f' && fota_codec_find(optarg, strlen(optarg)) != NULL)
			l->format = optarg;
		else if (c == 'f')
			return cli_usage(command, "unknown format %s", optarg);
		else if (c == 'k' && package_keys_add(&l->keys, optarg))
			return CLI_FAILED;
		else if (c == 'w' && fota_image_waiver(&l->ctx, &l->options, optarg, strlen(optarg)) != FOTA_OK)
			return cli_usage(command, "%s", l->ctx.error.message);
		else if (c != 'w' && c != 'k')
			return c == -2 ? CLI_DONE : CLI_USAGE;
	}
	return cli_operands(command, argc, 1, "one file") ? -1 : CLI_USAGE;
}

static int
look(looking *l, const char *name)
{
	if (cli_map(name, &l->file))
		return CLI_FAILED;
	if (fota_image_decode(&l->ctx, l->file, l->format, &l->options, &l->image) != FOTA_OK ||
		fota_image_verify(&l->ctx, l->file, &l->image, l->keys.list, l->keys.count, &l->proofs) != FOTA_OK)
		return cli_fail_core(&l->ctx, name);
	return CLI_DONE;
}

static void
look_end(looking *l)
{
	fota_image_free(&l->ctx, &l->image);
	cli_unmap(&l->file);
	package_keys_free(&l->keys);
}

static void
print_proofs(const looking *l)
{
	for (size_t i = 0; i < l->proofs.count; i++)
	{
		const fota_proof *p = &l->proofs.list[i];

		printf("%-12s %s", results[p->result], p->what);
		if (p->algorithm[0] != '\0')
			printf(", %s", p->algorithm);
		if (p->key[0] != '\0')
			printf(", by %s", p->key);
		printf("%s%s\n", p->text[0] != '\0' ? ": " : "", p->text);
	}
}

static fota_status
put_proofs(looking *l, fota_buf *out)
{
	const char *names[] = {"what", "result", "algorithm", "key", "text"};
	fota_status status = fota_json_put(&l->ctx, out, "[");

	for (size_t i = 0; i < l->proofs.count && status == FOTA_OK; i++)
	{
		const fota_proof *p = &l->proofs.list[i];
		const char *values[] = {p->what, results[p->result], p->algorithm, p->key, p->text};

		status = fota_json_put(&l->ctx, out, i > 0 ? ",{" : "{");
		for (int k = 0, put = 0; k < 5 && status == FOTA_OK; k++)
		{
			if (values[k][0] == '\0')
				continue;
			if ((status = fota_json_put(&l->ctx, out, put++ > 0 ? "," : "")) != FOTA_OK ||
				(status = fota_json_put_string(&l->ctx, out, names[k], strlen(names[k]))) != FOTA_OK ||
				(status = fota_json_put(&l->ctx, out, ":")) != FOTA_OK)
				break;
			status = fota_json_put_string(&l->ctx, out, values[k], strlen(values[k]));
		}
		if (status == FOTA_OK)
			status = fota_json_put(&l->ctx, out, "}");
	}
	return status == FOTA_OK ? fota_json_put(&l->ctx, out, "]") : status;
}

/* A signature by somebody else does no harm where one by a trusted key is of the same thing. */
static bool
is_vouched(const fota_proofs *proofs, const fota_proof *p)
{
	for (size_t i = 0; i < proofs->count && p->result == FOTA_PROOF_UNTRUSTED; i++)
		if (proofs->list[i].result == FOTA_PROOF_VALID && strcmp(proofs->list[i].what, p->what) == 0)
			return true;
	return p->result == FOTA_PROOF_VALID;
}

int
package_verdict(const fota_image *image, const fota_proofs *proofs, const package_keys *keys, const char *name)
{
	const fota_proof *worst = NULL;
	size_t		bad = 0;

	for (size_t i = 0; i < proofs->count; i++)
		if (!is_vouched(proofs, &proofs->list[i]))
			worst = bad++ > 0 ? worst : &proofs->list[i];
	if (proofs->count == 0)
		return cli_fail("UF008", "%s: format %s has no signatures", name, image->format);
	if (bad > 0)
		return cli_fail("UF008", "%s: %zu of %zu signatures not valid (%s, %s: %s)", name, bad, proofs->count,
						worst->what, results[worst->result], keys->count == 0 ? "no --key was given" : worst->text);
	return CLI_DONE;
}

static int
run_verify(const cli_command *command, int argc, char **argv)
{
	static looking l;
	fota_buf	out;
	int			status = read_options(command, argc, argv, &l);

	if (status != -1)
		return status;
	status = look(&l, argv[optind]);
	if (status == CLI_DONE && l.json)
	{
		fota_buf_init(&out, (size_t) 1 << 20);
		if (put_proofs(&l, &out) != FOTA_OK || fota_json_put(&l.ctx, &out, "\n") != FOTA_OK)
			status = cli_fail_core(&l.ctx, NULL);
		else
			status = cli_write("-", out.data, out.size);
		fota_buf_free(&l.ctx, &out);
	}
	else if (status == CLI_DONE)
		print_proofs(&l);
	fflush(stdout);
	if (status == CLI_DONE)
		status = package_verdict(&l.image, &l.proofs, &l.keys, argv[optind]);
	look_end(&l);
	return status;
}

/* --- inspect -------------------------------------------------------------------------------------- */

static void
print_text(const looking *l)
{
	const fota_image *image = &l->image;

	printf("%-11s %s (%s)\n", "format", image->format, image->codec->title);
	printf("%-11s %zu bytes\n", "file", l->file.size);
	for (size_t i = 0; i < image->metadata_count; i++)
		printf("%-11s %s\n", image->metadata[i].name, image->metadata[i].value);
	for (size_t i = 0; i < image->member_count; i++)
		printf("%-11s %s, %" PRIu64 " bytes (%s, %" PRIu64 ")\n", i ? "" : "members", image->members[i].name,
			   image->members[i].size, image->members[i].method ? image->members[i].method : "stored",
			   image->members[i].packed);
	for (size_t i = 0; i < image->warning_count; i++)
		printf("%-11s %s: %s\n", "warning", image->warnings[i].name, image->warnings[i].message);
	print_proofs(l);
}

/* The object of image inspect --json, with "signatures". */
static int
print_json(looking *l)
{
	fota_buf	out;
	int			status;

	fota_buf_init(&out, (size_t) 64 << 20);
	if (fota_image_inspect_json(&l->ctx, l->file, &l->image, &out) != FOTA_OK)
		status = cli_fail_core(&l->ctx, NULL);
	else
	{
		out.size--;				/* the brace that ends it */
		if (fota_json_put(&l->ctx, &out, ",\"signatures\":") != FOTA_OK || put_proofs(l, &out) != FOTA_OK ||
			fota_json_put(&l->ctx, &out, "}\n") != FOTA_OK)
			status = cli_fail_core(&l->ctx, NULL);
		else
			status = cli_write("-", out.data, out.size);
	}
	fota_buf_free(&l->ctx, &out);
	return status;
}

static int
run_inspect(const cli_command *command, int argc, char **argv)
{
	static looking l;
	int			status = read_options(command, argc, argv, &l);

	if (status != -1)
		return status;
	status = look(&l, argv[optind]);
	if (status == CLI_DONE && l.json)
		status = print_json(&l);
	else if (status == CLI_DONE)
		print_text(&l);
	look_end(&l);
	return status;
}

#define OPTIONS \
	"  --key FILE   trusts this public key or certificate (PEM or DER); may be given several times\n" \
	"  --format F   fup, swu, mender, suit, raucb, nordic-dfu, mcuboot ..; else the content decides\n" \
	"  --waiver W   accepts what is wrong in a file, as fotactl image inspect does\n" \
	"  --json       one line of JSON on stdout\n"

const cli_command cli_package_verify = {
	"package verify", "say who signed a package or image",
	"fotactl package verify FILE --key FILE.. [--format F] [--waiver W] [--json]\n\n"
	"Checks every digest, and every signature by the keys that are given. Exit status 0: all parts are signed by\n"
	"one of them, and no signature is wrong. Needs no database.\n" OPTIONS,
	run_verify
};

const cli_command cli_package_inspect = {
	"package inspect", "say what a package holds and who signed it",
	"fotactl package inspect FILE [--key FILE].. [--format F] [--waiver W] [--json]\n\n"
	"Says format, metadata, members and signatures. Needs no database.\n" OPTIONS,
	run_inspect
};

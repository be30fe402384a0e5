/* SPDX-License-Identifier: PostgreSQL */
/* package_make.c: fotactl package make: writes a FUP from a draft of its manifest and files. It needs no database. */
#include "package.h"

#include "codec/fup.h"
#include "parse/tree.h"

#include <stdlib.h>
#include <string.h>

#define FILES 1024

typedef struct making
{
	fota_ctx	ctx;
	const char *manifest;		/* file of the draft */
	const char *folder;			/* of the files; NULL = that of the draft */
	const char *out;
	const char *keys[FUP_SIGNATURES];
	const char *certificates[FUP_SIGNATURES];
	size_t		key_count;
	fota_tree	tree;
	fota_fup_file files[FILES];
	size_t		file_count;
} making;

/* Reads a file that the draft names, once. */
static int
add_file(making *m, const char *name)
{
	const char *slash = strrchr(m->manifest, '/');
	char		path[4096];

	for (size_t i = 0; i < m->file_count; i++)
		if (strcmp(m->files[i].name, name) == 0)
			return CLI_DONE;
	if (m->file_count == FILES)
		return cli_fail("UF006", "%s: more than %d files", m->manifest, FILES);
	if (!fota_fup_is_name(name) || strstr(name, "..") != NULL)
		return cli_fail("UF009", "%s: file name \"%s\": names are letters, digits, '.', '_', '-' and '/', without \"..\"",
						m->manifest, name);
	if (m->folder != NULL)
		snprintf(path, sizeof(path), "%s/%s", m->folder, name);
	else
		snprintf(path, sizeof(path), "%.*s%s", slash ? (int) (slash - m->manifest) + 1 : 0, m->manifest, name);
	if (cli_map(path, &m->files[m->file_count].data))
		return CLI_FAILED;
	m->files[m->file_count++].name = name;
	return CLI_DONE;
}

static int
add_files(making *m)
{
	static const char *const lists[] = {"components", "aux"};

	for (size_t i = 0; i < 2; i++)
	{
		const fota_node *list = fota_tree_get(&m->tree, m->tree.nodes, lists[i]);

		for (const fota_node *n = fota_tree_first(&m->tree, list); n != NULL; n = fota_tree_next(&m->tree, n))
		{
			const char *name = fota_tree_text(&m->tree, n, "file");

			if (name == NULL)
				return cli_fail("UF003", "%s: an entry of \"%s\" has no \"file\"", m->manifest, lists[i]);
			if (add_file(m, name))
				return CLI_FAILED;
		}
	}
	return CLI_DONE;
}

/* Signs the manifest with every key, and writes the package. */
static int
write_package(making *m, fota_bytes manifest)
{
	fota_buf	signatures[FUP_SIGNATURES];
	fota_bytes	values[FUP_SIGNATURES];
	fota_buf	out;
	fota_image	image;
	int			status = CLI_DONE;

	for (size_t i = 0; i < m->key_count && status == CLI_DONE; i++)
	{
		fota_buf_init(&signatures[i], 65536);
		status = package_sign(&m->ctx, m->keys[i], m->certificates[i], manifest, &signatures[i]);
		values[i] = (fota_bytes) {signatures[i].data, signatures[i].size};
	}
	fota_buf_init(&out, (size_t) 1 << 30);
	if (status == CLI_DONE && fota_fup_pack(&m->ctx, manifest, values, m->key_count, m->files, m->file_count, &out) != FOTA_OK)
		status = cli_fail_core(&m->ctx, m->out);
	/* what we write is what we would take */
	if (status == CLI_DONE)
	{
		if (fota_image_decode(&m->ctx, (fota_bytes) {out.data, out.size}, FUP, NULL, &image) != FOTA_OK)
			status = cli_fail_core(&m->ctx, m->manifest);
		for (size_t i = 0; status == CLI_DONE && i < image.warning_count; i++)
			fprintf(stderr, "warning: %s: %s\n", image.warnings[i].name, image.warnings[i].message);
		fota_image_free(&m->ctx, &image);
	}
	if (status == CLI_DONE)
		status = cli_write(m->out, out.data, out.size);
	fota_buf_free(&m->ctx, &out);
	return status;
}

static int
make(making *m)
{
	fota_bytes	draft;
	fota_buf	manifest;
	int			status;

	if (cli_map(m->manifest, &draft))
		return CLI_FAILED;
	fota_buf_init(&manifest, (size_t) 4 << 20);
	if (fota_tree_json(&m->ctx, draft, FUP ": manifest", &m->tree) != FOTA_OK)
		status = cli_fail_core(&m->ctx, m->manifest);
	else if ((status = add_files(m)) == CLI_DONE &&
			 fota_fup_manifest(&m->ctx, draft, m->files, m->file_count, &manifest) != FOTA_OK)
		status = cli_fail_core(&m->ctx, m->manifest);
	if (status == CLI_DONE)
		status = write_package(m, (fota_bytes) {manifest.data, manifest.size});
	fota_buf_free(&m->ctx, &manifest);
	fota_tree_free(&m->tree);
	for (size_t i = 0; i < m->file_count; i++)
		cli_unmap(&m->files[i].data);
	cli_unmap(&draft);
	return status;
}

static int
run_make(const cli_command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"manifest", required_argument, NULL, 'm'}, {"folder", required_argument, NULL, 'C'},
		{"out", required_argument, NULL, 'o'}, {"key", required_argument, NULL, 'k'},
		{"certificate", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}
	};
	static making m;
	int			c;

	cli_ctx_init(&m.ctx, 0);
	while ((c = cli_option(command, argc, argv, options)) != -1)
	{
		if (c == 'm')
			m.manifest = optarg;
		else if (c == 'C')
			m.folder = optarg;
		else if (c == 'o')
			m.out = optarg;
		else if (c == 'k' && m.key_count < FUP_SIGNATURES)
			m.keys[m.key_count++] = optarg;
		else if (c == 'k')
			return cli_usage(command, "more than %d keys", FUP_SIGNATURES);
		else if (c == 'c' && m.key_count > 0)
			m.certificates[m.key_count - 1] = optarg;
		else if (c == 'c')
			return cli_usage(command, "--certificate goes behind the --key that it is of");
		else
			return c == -2 ? CLI_DONE : CLI_USAGE;
	}
	if (!cli_operands(command, argc, 0, "no operand"))
		return CLI_USAGE;
	if (m.manifest == NULL || m.out == NULL)
		return cli_usage(command, "--manifest and --out are needed");
	return make(&m);
}

const cli_command cli_package_make = {
	"package make", "write a package (FUP) and sign it",
	"fotactl package make --manifest FILE --out FILE [--folder DIR] [--key FILE [--certificate FILE]]..\n\n"
	"Writes a package from a draft of its manifest, a JSON object: {\"fup\":1,\"name\":..,\"version\":..,\n"
	"\"components\":[{\"name\":..,\"file\":..,\"format\":..}],\"aux\":[..]}. Sizes and digests are filled in. The same\n"
	"files always give the same package. Needs no database.\n"
	"  --manifest FILE     the draft\n"
	"  --folder DIR        where its files are; else where the draft is\n"
	"  --key FILE          signs by this private key (PEM): Ed25519 or ECDSA P-256; may be given up to 8 times\n"
	"  --certificate FILE  signs by CMS, with this certificate of the key before it and those that it leads to\n"
	"  --out FILE          the package; - is stdout\n",
	run_make
};

/* SPDX-License-Identifier: PostgreSQL */
/*
 * package_import.c: fotactl package import: what a package (FUP) holds becomes images of the models that it is for, firmware and
 * other files alike, and a release if one is asked for: all of it in one transaction, or nothing.
 */
#include "package.h"

#include <string.h>

typedef struct import
{
	fota_ctx	ctx;
	const char *name;			/* of the file */
	const char *model;			/* NULL = those of the manifest */
	const char *release;
	bool		is_unsigned;	/* accepted without a signature */
	package_keys keys;
	fota_bytes	file;
	fota_image	image;
	fota_proofs proofs;
	fota_buf	manifest;
} import;

/* The server reads the manifest: one row per file that is a component, in order. */
static const char entries_sql[] =
	"SELECT e.value ->> 'name', e.value ->> 'file', coalesce(e.value ->> 'version', m ->> 'version'), "
	"jsonb_strip_nulls(jsonb_build_object('file_name', e.value ->> 'file', 'format', e.value -> 'format', "
	"'build', e.value -> 'build', 'hw', e.value -> 'hw', 'slot', e.value -> 'slot', 'requires', e.value -> 'requires', "
	"'security_fix', e.value -> 'security_fix', 'min_battery', e.value -> 'min_battery', 'mains', e.value -> 'mains'))::text "
	"FROM (SELECT $1::jsonb) d (m), jsonb_array_elements(coalesce(m -> 'components', '[]') || coalesce(m -> 'aux', '[]')) "
	"WITH ORDINALITY e ORDER BY e.ordinality";
static const char models_sql[] =
	"SELECT DISTINCT c ->> 'model' FROM jsonb_array_elements(coalesce($1::jsonb -> 'compatible', '[]')) c "
	"WHERE c ->> 'model' IS NOT NULL ORDER BY 1";
static const char release_sql[] =
	"SELECT fota.add_release($1, $2, (SELECT jsonb_object_agg(e ->> 'name', coalesce(e ->> 'version', m ->> 'version')) "
	"FROM (SELECT $3::jsonb) d (m), jsonb_array_elements(coalesce(m -> 'components', '[]') || coalesce(m -> 'aux', '[]')) e))";

/* --- the package --------------------------------------------------------------------------------- */

static int
open_package(import *i)
{
	const fota_member *manifest;

	if (cli_map(i->name, &i->file))
		return CLI_FAILED;
	if (fota_image_decode(&i->ctx, i->file, "fup", NULL, &i->image) != FOTA_OK ||
		fota_image_verify(&i->ctx, i->file, &i->image, i->keys.list, i->keys.count, &i->proofs) != FOTA_OK)
		return cli_fail_core(&i->ctx, i->name);
	if (!i->is_unsigned && package_verdict(&i->image, &i->proofs, &i->keys, i->name))
		return CLI_FAILED;
	manifest = fota_image_member_find(&i->image, "manifest.json", 13);
	if (manifest == NULL)
		return cli_fail("UF003", "%s: there is no manifest.json", i->name);
	if (fota_image_take(&i->ctx, i->file, &i->image, (size_t) (manifest - i->image.members), NULL, &i->manifest) != FOTA_OK ||
		fota_buf_append(&i->ctx, &i->manifest, "", 1) != FOTA_OK)
		return cli_fail_core(&i->ctx, i->name);
	return CLI_DONE;
}

/* --- the images ---------------------------------------------------------------------------------- */

/* One file as an image of one model; says what became of it. */
static int
add_entry(import *i, PGconn *conn, const char *model, const PGresult *entries, int row)
{
	const char *component = PQgetvalue(entries, row, 0);
	const char *file = PQgetvalue(entries, row, 1);
	const char *version = PQgetvalue(entries, row, 2);
	const fota_member *member = fota_image_member_find(&i->image, file, strlen(file));
	fota_buf	bytes;
	PGresult   *result;
	int			status = CLI_FAILED;

	if (member == NULL)
		return cli_fail("UF003", "%s: component %s: there is no file %s", i->name, component, file);
	if (member->size > (uint64_t) 512 << 20)
		return cli_fail("UF006", "%s: component %s: %llu bytes are too many for one statement; unpack it and use fotactl image add",
						i->name, component, (unsigned long long) member->size);
	if (fota_image_take(&i->ctx, i->file, &i->image, (size_t) (member - i->image.members), NULL, &bytes) != FOTA_OK)
		return cli_fail_core(&i->ctx, i->name);
	result = cli_pg(conn, "SELECT fota.add_image($1, $2, $3, $4::bytea, $5::jsonb)", 5, (cli_value[]) {
		cli_text(model), cli_text(component), cli_text(version), cli_bytes(bytes.data, bytes.size),
		cli_text(PQgetvalue(entries, row, 3))});
	if (result == NULL)
		fprintf(stderr, "nothing was imported: component %s of model %s was refused\n", component, model);
	else
	{
		printf("%s %s %s: %s\n", model, component, version, PQgetvalue(result, 0, 0));
		status = CLI_DONE;
	}
	PQclear(result);
	fota_buf_free(&i->ctx, &bytes);
	return status;
}

static int
run_sql(PGconn *conn, const char *sql, int count, const cli_value *values)
{
	PGresult   *result = cli_pg(conn, sql, count, values);
	int			status = result != NULL ? CLI_DONE : CLI_FAILED;

	PQclear(result);
	return status;
}

static int
add_model(import *i, PGconn *conn, const char *model, const PGresult *entries)
{
	const char *manifest = (const char *) i->manifest.data;
	int			status = CLI_DONE;

	for (int row = 0; row < PQntuples(entries) && status == CLI_DONE; row++)
		status = add_entry(i, conn, model, entries, row);
	if (status == CLI_DONE && i->release != NULL)
		status = run_sql(conn, release_sql, 3, (cli_value[]) {cli_text(i->release), cli_text(model), cli_text(manifest)});
	return status;
}

static int
add_all(import *i, PGconn *conn)
{
	const cli_value manifest = cli_text((const char *) i->manifest.data);
	PGresult   *entries = cli_pg(conn, entries_sql, 1, &manifest);
	PGresult   *models = entries != NULL && i->model == NULL ? cli_pg(conn, models_sql, 1, &manifest) : NULL;
	int			status = entries == NULL || (i->model == NULL && models == NULL) ? CLI_FAILED : CLI_DONE;

	if (status == CLI_DONE && i->model == NULL && PQntuples(models) == 0)
		status = cli_fail("22023", "%s: the manifest names no model; give --model", i->name);
	if (status == CLI_DONE && i->model != NULL)
		status = add_model(i, conn, i->model, entries);
	for (int row = 0; models != NULL && row < PQntuples(models) && status == CLI_DONE; row++)
		status = add_model(i, conn, PQgetvalue(models, row, 0), entries);
	PQclear(entries);
	PQclear(models);
	return status;
}

static int
import_package(import *i)
{
	PGconn	   *conn;
	int			status = open_package(i);

	if (status != CLI_DONE)
		return status;
	if ((conn = cli_pg_open()) == NULL)
		return CLI_FAILED;
	status = run_sql(conn, "BEGIN", 0, NULL);
	if (status == CLI_DONE)
		status = add_all(i, conn);
	if (status == CLI_DONE)
		status = run_sql(conn, "COMMIT", 0, NULL);
	PQfinish(conn);
	return status;
}

/* --- the command --------------------------------------------------------------------------------- */

static int
run(const cli_command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"key", required_argument, NULL, 'k'}, {"model", required_argument, NULL, 'm'}, {"release", required_argument, NULL, 'r'},
		{"unsigned", no_argument, NULL, 'u'}, {"help", no_argument, NULL, 'h'}, {0}
	};
	static import i;
	int			c;

	cli_ctx_init(&i.ctx, 0);
	while ((c = cli_option(command, argc, argv, options)) != -1)
	{
		if (c == 'k' && package_keys_add(&i.keys, optarg))
			return CLI_FAILED;
		else if (c == 'm')
			i.model = optarg;
		else if (c == 'r')
			i.release = optarg;
		else if (c == 'u')
			i.is_unsigned = true;
		else if (c != 'k')
			return c == -2 ? CLI_DONE : CLI_USAGE;
	}
	if (!cli_operands(command, argc, 1, "one file"))
		return CLI_USAGE;
	i.name = argv[optind];
	c = import_package(&i);
	fflush(stdout);
	fota_buf_free(&i.ctx, &i.manifest);
	fota_image_free(&i.ctx, &i.image);
	cli_unmap(&i.file);
	package_keys_free(&i.keys);
	return c;
}

const cli_command cli_package_import = {
	"package import", "add the images of a package, and a release of them",
	"fotactl package import FILE --key FILE.. [--model M] [--release NAME]\n\n"
	"Verifies FILE, a FUP package, and adds an image for each of its components and other files, of every model that\n"
	"the manifest is compatible with; all of them in one transaction, or none. The components must be there.\n\n"
	"  --key FILE       trusts this public key or certificate (PEM or DER); may be given several times\n"
	"  --unsigned       accepts a package without asking who signed it\n"
	"  --model M        the model, instead of those of the manifest\n"
	"  --release NAME   makes a release of these versions, too\n",
	run
};

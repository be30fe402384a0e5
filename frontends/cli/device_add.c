/* SPDX-License-Identifier: PostgreSQL */
/*
 * device_add.c: fotactl device add: a device, and on demand a new key or token, which is printed once and
 * stored nowhere: PostgreSQL has the key wrapped by FOTA_KEY_FILE, of the token its SHA-256.
 */
#include "cli.h"

#include "cfg.h"
#include "cred.h"
#include "hash.h"

#include <stdlib.h>
#include <string.h>

#define PSK_SIZE 16
#define TOKEN_SIZE 32

typedef struct add
{
	const char *name,
			   *model,
			   *serial,
			   *year,
			   *batch;
	bool		psk;
	bool		token;
	char		tenant[16];
	char		secret[256];	/* the line to print */
} add;

static bool
run_sql(PGconn *conn, const char *sql)
{
	PGresult   *result = cli_pg(conn, sql, 0, NULL);

	PQclear(result);
	return result != NULL;
}

/* What a foreign key or a unique key would say in words of its own. */
static int
check_device(const add *a, PGconn *conn)
{
	const cli_value values[] = {cli_text(a->model), cli_text(a->name)};
	PGresult   *row = cli_pg(conn, "SELECT EXISTS (SELECT FROM fota.model WHERE tenant_id = fota.current_tenant() "
							 "AND model = $1), EXISTS (SELECT FROM fota.device WHERE tenant_id = fota.current_tenant() "
							 "AND name = $2)", 2, values);
	int			status = row ? CLI_DONE : CLI_FAILED;

	if (row != NULL && PQgetvalue(row, 0, 0)[0] != 't')
		status = cli_fail("P0002", "there is no model %s; hint: fota.add_model makes one", a->model);
	else if (row != NULL && PQgetvalue(row, 0, 1)[0] == 't')
		status = cli_fail("23505", "there is a device %s already", a->name);
	PQclear(row);
	return status;
}

static int
add_device(add *a, PGconn *conn)
{
	const cli_value values[] = {
		cli_text(a->model), cli_text(a->serial ? a->serial : a->name), cli_text(a->name), cli_text(a->year),
		cli_text(a->batch)
	};
	PGresult   *row;

	if (check_device(a, conn) != CLI_DONE)
		return CLI_FAILED;
	row = cli_pg(conn, "INSERT INTO fota.device (model, serial, name, year, batch) "
				 "VALUES ($1, $2, $3, $4, $5) RETURNING tenant_id", 5, values);
	if (row == NULL)
		return CLI_FAILED;
	snprintf(a->tenant, sizeof(a->tenant), "%s", PQgetvalue(row, 0, 0));
	PQclear(row);
	return CLI_DONE;
}

static int
store_credential(PGconn *conn, const add *a, const char *kind, cli_value identity, cli_value fingerprint,
				 cli_value secret)
{
	const cli_value values[] = {cli_text(a->name), cli_text(kind), identity, fingerprint, secret};
	PGresult   *row = cli_pg(conn, "SELECT fota.add_credential($1, $2, $3, $4, $5, NULL)", 5, values);

	PQclear(row);
	return row ? CLI_DONE : CLI_FAILED;
}

/* A key of 16 random bytes under the identity <tenant>.1.<name>. */
static int
add_psk(add *a, PGconn *conn, const uint8_t wrapping[CRED_KEY_SIZE])
{
	uint8_t		key[PSK_SIZE];
	uint8_t		wrapped[PSK_SIZE + CRED_OVERHEAD];
	char		identity[80];
	char		hex[2 * PSK_SIZE + 1];
	int			status;

	snprintf(identity, sizeof(identity), "%s.1.%s", a->tenant, a->name);
	if (!cred_random(key, sizeof(key)) || !cred_wrap(wrapping, identity, key, sizeof(key), wrapped))
		return cli_fail("XX000", "no random bytes");
	status = store_credential(conn, a, "psk", cli_text(identity), cli_text(NULL), cli_bytes(wrapped, sizeof(wrapped)));
	cli_hex(hex, key, sizeof(key));
	snprintf(a->secret, sizeof(a->secret), "%s %s", identity, hex);
	cred_wipe(key, sizeof(key));
	cred_wipe(hex, sizeof(hex));
	return status;
}

static int
add_token(add *a, PGconn *conn)
{
	uint8_t		random[TOKEN_SIZE];
	uint8_t		digest[FOTA_SHA256_SIZE];
	fota_ctx	ctx;

	cli_ctx_init(&ctx, 0);
	if (!cred_random(random, sizeof(random)))
		return cli_fail("XX000", "no random bytes");
	cli_hex(a->secret, random, sizeof(random));
	if (fota_sha256(&ctx, a->secret, strlen(a->secret), digest) != FOTA_OK)
		return cli_fail_core(&ctx, NULL);
	return store_credential(conn, a, "token", cli_text(NULL), cli_bytes(digest, sizeof(digest)), cli_text(NULL));
}

/* Device and credential in one transaction; the secret is printed when both are there for good. */
static int
add_all(add *a, PGconn *conn, const uint8_t wrapping[CRED_KEY_SIZE])
{
	int			status = run_sql(conn, "BEGIN") ? add_device(a, conn) : CLI_FAILED;

	if (status == CLI_DONE && a->psk)
		status = add_psk(a, conn, wrapping);
	if (status == CLI_DONE && a->token)
		status = add_token(a, conn);
	if (status == CLI_DONE && !run_sql(conn, "COMMIT"))
		status = CLI_FAILED;
	if (status != CLI_DONE)
		return status;
	if (a->secret[0] != '\0')
		puts(a->secret);
	else
		printf("%s %s: added\n", a->model, a->name);
	return fflush(stdout) == 0 ? CLI_DONE : cli_fail_file("stdout");
}

static int
read_options(const cli_command *command, int argc, char **argv, add *a)
{
	static const struct option options[] = {
		{"model", required_argument, NULL, 'm'}, {"serial", required_argument, NULL, 's'},
		{"year", required_argument, NULL, 'y'}, {"batch", required_argument, NULL, 'b'},
		{"psk", no_argument, NULL, 'p'}, {"token", no_argument, NULL, 't'}, {"help", no_argument, NULL, 'h'}, {0}
	};
	long		year;
	int			c;

	while ((c = cli_option(command, argc, argv, options)) >= 0)
	{
		if (c == 'm')
			a->model = optarg;
		else if (c == 's')
			a->serial = optarg;
		else if (c == 'b')
			a->batch = optarg;
		else if (c == 'p')
			a->psk = true;
		else if (c == 't')
			a->token = true;
		else if (cli_number(optarg, 1900, 9999, &year))
			a->year = optarg;
		else
		{
			cli_usage(command, "--year takes a year, not %s", optarg);
			return -3;
		}
	}
	return c;
}

static int
run(const cli_command *command, int argc, char **argv)
{
	uint8_t		wrapping[CRED_KEY_SIZE];
	char		error[256];
	add			a = {0};
	PGconn	   *conn;
	int			status = read_options(command, argc, argv, &a);

	if (status != -1)
		return status == -2 ? CLI_DONE : CLI_USAGE;
	if (!cli_operands(command, argc, 1, "one device name"))
		return CLI_USAGE;
	a.name = argv[optind];
	if (a.model == NULL)
		return cli_usage(command, "of which model is it? --model is needed");
	if (a.psk && a.token)
		return cli_usage(command, "--psk and --token are two ways to say who it is; choose one");
	if (a.psk && cfg_text("FOTA_KEY_FILE", NULL) == NULL)
		return cli_usage(command, "--psk needs FOTA_KEY_FILE, the file with the key that wraps pre-shared keys");
	if (a.psk && !cred_load_key(cfg_text("FOTA_KEY_FILE", NULL), wrapping, error, sizeof(error)))
		return cli_fail("58030", "%s", error);
	if ((conn = cli_pg_open()) == NULL)
		return CLI_FAILED;
	status = add_all(&a, conn, wrapping);
	PQfinish(conn);
	cred_wipe(wrapping, sizeof(wrapping));
	cred_wipe(a.secret, sizeof(a.secret));
	return status;
}

const cli_command cli_device_add = {
	"device add", "add a device, on demand with a new key or token",
	"fotactl device add NAME --model M [OPTIONS]\n\n"
	"Adds a device. Its name is what it calls itself: the CN of its certificate, the end of its\n"
	"pre-shared key's identity. A device with a certificate of the tenant's CA needs no more.\n\n"
	"  --serial S   its serial number (NAME)\n"
	"  --year Y     year of manufacture\n"
	"  --batch B    batch of manufacture\n"
	"  --psk        make a pre-shared key and print, once, the line `identity key-in-hex`;\n"
	"               FOTA_KEY_FILE names the key that wraps it for PostgreSQL\n"
	"  --token      make a token for HTTPS and print it, once\n",
	run
};

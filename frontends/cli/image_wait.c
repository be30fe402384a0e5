/* SPDX-License-Identifier: PostgreSQL */
/*
 * image_wait.c: fotactl image wait: until fota-worker has decoded an image. Asks by short statements, so
 * that a long wait holds no snapshot.
 */
#include "cli.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 100

enum
{
	I_STATE, I_FORMAT, I_SIZE, I_PAYLOAD, I_SHA256, I_WARNINGS, I_CODE, I_MESSAGE, I_DETAIL, I_HINT
};

static const char look_sql[] =
	"SELECT i.state, i.format, i.size, b.size, encode(i.payload_sha256, 'hex'), "
	"(SELECT string_agg(w ->> 'message', '; ') FROM jsonb_array_elements(i.warnings) w), "
	"i.error ->> 'code', i.error ->> 'message', i.error ->> 'detail', i.error ->> 'hint' "
	"FROM fota.image i LEFT JOIN fota.blob b ON b.tenant_id = i.tenant_id AND b.sha256 = i.payload_sha256 "
	"WHERE i.tenant_id = fota.current_tenant() AND i.model = $1 AND i.component = $2 AND i.version = $3 "
	"AND i.build = $4";

static const char *
cell(PGresult *row, int column)
{
	return PQgetvalue(row, 0, column);
}

static void
print_published(const cli_image *image, PGresult *row)
{
	printf("%s %s %s: published, %s, %s bytes, payload %s bytes, sha256 %s\n", image->model, image->component,
		   image->version, cell(row, I_FORMAT), cell(row, I_SIZE), cell(row, I_PAYLOAD), cell(row, I_SHA256));
	if (cell(row, I_WARNINGS)[0] != '\0')
		fprintf(stderr, "warning: %s\n", cell(row, I_WARNINGS));
}

static int
print_refused(PGresult *row)
{
	const char *code = cell(row, I_CODE);
	const char *detail = cell(row, I_DETAIL);
	const char *hint = cell(row, I_HINT);

	return cli_fail(code[0] ? code : "UF001", "%s%s%s%s%s", cell(row, I_MESSAGE), detail[0] ? "; " : "", detail,
					hint[0] ? "; hint: " : "", hint);
}

/* The answer, or -1 while it is decoding. */
static int
judge(const cli_image *image, PGresult *row)
{
	const char *state = PQntuples(row) > 0 ? cell(row, I_STATE) : "";

	if (PQntuples(row) == 0)
		return cli_fail("P0002", "there is no image %s %s %s", image->model, image->component, image->version);
	if (strcmp(state, "decoding") == 0)
		return -1;
	if (strcmp(state, "refused") == 0)
		return print_refused(row);
	if (strcmp(state, "published") == 0)
	{
		print_published(image, row);
		return CLI_DONE;
	}
	return cli_fail("55000", "image %s %s %s is %s", image->model, image->component, image->version, state);
}

int
cli_image_await(PGconn *conn, const cli_image *image, long seconds)
{
	const cli_value values[] = {
		cli_text(image->model), cli_text(image->component), cli_text(image->version), cli_text(image->build)
	};
	struct timespec pause = {0, LOOK_MS * 1000000L};

	for (long left = seconds * 1000 / LOOK_MS;; left--)
	{
		PGresult   *row = cli_pg(conn, look_sql, 4, values);
		int			status;

		if (row == NULL)
			return CLI_FAILED;
		status = judge(image, row);
		PQclear(row);
		if (status >= 0)
			return status;
		if (left <= 0)
			return cli_fail("57014", "image %s %s %s is still decoding after %ld s; hint: is a fota-worker running?",
							image->model, image->component, image->version, seconds);
		nanosleep(&pause, NULL);
	}
}

static int
run(const cli_command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{"model", required_argument, NULL, 'm'}, {"component", required_argument, NULL, 'c'},
		{"version", required_argument, NULL, 'v'}, {"build", required_argument, NULL, 'b'},
		{"wait", required_argument, NULL, 'w'}, {"help", no_argument, NULL, 'h'}, {0}
	};
	cli_image	image = {.build = ""};
	PGconn	   *conn;
	long		seconds = 600;
	int			c;

	while ((c = cli_option(command, argc, argv, options)) != -1)
	{
		if (c == 'm')
			image.model = optarg;
		else if (c == 'c')
			image.component = optarg;
		else if (c == 'v')
			image.version = optarg;
		else if (c == 'b')
			image.build = optarg;
		else if (c != 'w')
			return c == -2 ? CLI_DONE : CLI_USAGE;
		else if (!cli_number(optarg, 0, 86400, &seconds))
			return cli_usage(command, "--wait takes seconds from 0 to 86400, not %s", optarg);
	}
	if (!cli_operands(command, argc, 0, "no operand"))
		return CLI_USAGE;
	if (image.model == NULL || image.component == NULL || image.version == NULL)
		return cli_usage(command, "which image? --model, --component and --version are needed");
	if ((conn = cli_pg_open()) == NULL)
		return CLI_FAILED;
	c = cli_image_await(conn, &image, seconds);
	PQfinish(conn);
	return c;
}

const cli_command cli_image_wait = {
	"image wait", "wait until an image is published or refused",
	"fotactl image wait --model M --component C --version V [--build B] [--wait SECONDS]\n\n"
	"Waits, at most 600 s unless --wait says otherwise, until fota-worker has decoded an image.\n"
	"Published: prints what it is, status 0. Refused: prints why, status 1.\n",
	run
};

/* SPDX-License-Identifier: PostgreSQL */
/*
 * image_add.c: fotactl image add. The file is read twice, in pieces of 256 KiB: once for its SHA-256, once to
 * upload it. An upload that broke off goes on at the first piece that is missing.
 */
#include "cli.h"

#include "hash.h"
#include "json.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 262144
#define MOST_WORDS 32

typedef struct add
{
	cli_image	image;
	const char *file;
	const char *format;
	const char *hw[MOST_WORDS];
	int			hw_count;
	const char *waiver[MOST_WORDS];
	int			waiver_count;
	bool		security_fix;
	long		wait;			/* seconds, -1 = not at all */

	int			fd;
	uint64_t	size;
	uint8_t		sha256[FOTA_SHA256_SIZE];
	fota_ctx	ctx;
	fota_buf	options;		/* JSON, with a NUL */
} add;

/* --- the options of upload_finish ---------------------------------------------------------------- */

static void
put(add *a, const char *text)
{
	fota_json_put(&a->ctx, &a->options, text);
}

static void
put_string(add *a, const char *text)
{
	fota_json_put_string(&a->ctx, &a->options, text, strlen(text));
}

/* `,"name":"value"`, or nothing. */
static void
put_member(add *a, const char *name, const char *value)
{
	if (value == NULL)
		return;
	put(a, ",");
	put_string(a, name);
	put(a, ":");
	put_string(a, value);
}

static void
put_words(add *a, const char *name, const char *const *words, int count)
{
	if (count == 0)
		return;
	put(a, ",");
	put_string(a, name);
	put(a, ":[");
	for (int i = 0; i < count; i++)
	{
		put(a, i > 0 ? "," : "");
		put_string(a, words[i]);
	}
	put(a, "]");
}

/* The last part of the path; bytes that are no text are shown as '?'. */
static void
file_name(const char *path, char out[256])
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	size_t		size = strnlen(name, 255);

	memcpy(out, name, size);
	out[size] = '\0';
	for (size_t at; (at = fota_utf8_check((const uint8_t *) out, size)) < size;)
		out[at] = '?';
}

static int
make_options(add *a)
{
	char		name[256];

	fota_buf_init(&a->options, 1 << 16);
	file_name(a->file, name);
	put(a, "{\"file_name\":");
	put_string(a, name);
	put_member(a, "format", a->format);
	if (a->image.build[0] != '\0')
		put_member(a, "build", a->image.build);
	put_words(a, "hw", a->hw, a->hw_count);
	put_words(a, "waivers", a->waiver, a->waiver_count);
	if (a->security_fix)
		put(a, ",\"security_fix\":true");
	put(a, "}");
	if (a->ctx.error.code == FOTA_OK && fota_buf_append(&a->ctx, &a->options, "", 1) == FOTA_OK)
		return CLI_DONE;
	return cli_fail_core(&a->ctx, NULL);
}

/* --- the file ------------------------------------------------------------------------------------ */

/* Reads a piece; the number of bytes, or -1. */
static ssize_t
read_piece(int fd, uint8_t *piece)
{
	size_t		size = 0;

	while (size < PIECE)
	{
		ssize_t		n = read(fd, piece + size, PIECE - size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		size += (size_t) n;
	}
	return (ssize_t) size;
}

static int
open_file(add *a)
{
	struct stat st;

	a->fd = open(a->file, O_RDONLY | O_CLOEXEC);
	if (a->fd < 0 || fstat(a->fd, &st) != 0)
		return cli_fail_file(a->file);
	if (!S_ISREG(st.st_mode))
		return cli_fail("58030", "%s is not a file", a->file);
	if (st.st_size == 0)
		return cli_fail("UF003", "%s is empty", a->file);
	a->size = (uint64_t) st.st_size;
	return CLI_DONE;
}

/* First pass. */
static int
hash_file(add *a, uint8_t *piece)
{
	fota_hash	hash;
	uint64_t	total = 0;
	cli_bar		bar;
	ssize_t		n;

	if (fota_hash_init(&a->ctx, &hash, FOTA_HASH_SHA256) != FOTA_OK)
		return cli_fail_core(&a->ctx, NULL);
	cli_bar_begin(&bar, "hash  ", a->size);
	while ((n = read_piece(a->fd, piece)) > 0)
	{
		if (fota_hash_update(&a->ctx, &hash, piece, (size_t) n) != FOTA_OK)
			return cli_fail_core(&a->ctx, NULL);
		cli_bar_set(&bar, total += (uint64_t) n);
	}
	cli_bar_end(&bar);
	if (n < 0)
		return cli_fail_file(a->file);
	a->size = total;
	if (fota_hash_final(&a->ctx, &hash, a->sha256) != FOTA_OK)
		return cli_fail_core(&a->ctx, NULL);
	return CLI_DONE;
}

/* --- the upload ---------------------------------------------------------------------------------- */

static int
begin_upload(add *a, PGconn *conn, char id[24], long *done)
{
	char		size[24];
	cli_value	values[] = {cli_bytes(a->sha256, sizeof(a->sha256)), cli_text(size)};
	PGresult   *row;

	snprintf(size, sizeof(size), "%llu", (unsigned long long) a->size);
	row = cli_pg(conn, "SELECT upload_id, chunks_done FROM fota.upload_begin($1, $2)", 2, values);
	if (row == NULL)
		return CLI_FAILED;
	snprintf(id, 24, "%s", PQgetvalue(row, 0, 0));
	cli_number(PQgetvalue(row, 0, 1), 0, 65536, done);
	PQclear(row);
	if ((uint64_t) *done * PIECE >= a->size)
		fputs("all of it is there already\n", stderr);
	else if (*done > 0)
		fprintf(stderr, "resuming at %ld KiB\n", *done * (PIECE / 1024));
	return CLI_DONE;
}

/* Second pass, from the first piece that is missing. */
static int
send_pieces(add *a, PGconn *conn, const char *id, long done, uint8_t *piece)
{
	uint64_t	total = (uint64_t) done * PIECE < a->size ? (uint64_t) done * PIECE : a->size;
	cli_bar		bar;
	ssize_t		n;

	if (total == a->size)
		return CLI_DONE;
	if (lseek(a->fd, (off_t) total, SEEK_SET) < 0)
		return cli_fail_file(a->file);
	cli_bar_begin(&bar, "upload", a->size);
	for (long number = done; (n = read_piece(a->fd, piece)) > 0; number++)
	{
		char		text[16];
		cli_value	values[] = {cli_text(id), cli_text(text), cli_bytes(piece, (size_t) n)};
		PGresult   *row;

		snprintf(text, sizeof(text), "%ld", number);
		row = cli_pg(conn, "SELECT fota.upload_chunk($1, $2, $3)", 3, values);
		if (row == NULL)
			return CLI_FAILED;
		PQclear(row);
		cli_bar_set(&bar, total += (uint64_t) n);
	}
	cli_bar_end(&bar);
	return n < 0 ? cli_fail_file(a->file) : CLI_DONE;
}

static int
finish_upload(add *a, PGconn *conn, const char *id)
{
	const cli_value values[] = {
		cli_text(id), cli_text(a->image.model), cli_text(a->image.component), cli_text(a->image.version),
		cli_text((const char *) a->options.data)
	};
	PGresult   *row = cli_pg(conn, "SELECT fota.upload_finish($1, $2, $3, $4, $5::jsonb)", 5, values);

	if (row == NULL)
		return CLI_FAILED;
	if (a->wait < 0)
		printf("%s %s %s: %s\n", a->image.model, a->image.component, a->image.version, PQgetvalue(row, 0, 0));
	PQclear(row);
	return CLI_DONE;
}

static int
upload(add *a, PGconn *conn)
{
	static uint8_t piece[PIECE];
	char		id[24];
	long		done = 0;
	int			status = open_file(a);

	if (status == CLI_DONE)
		status = make_options(a);
	if (status == CLI_DONE)
		status = hash_file(a, piece);
	if (status == CLI_DONE)
		status = begin_upload(a, conn, id, &done);
	if (status == CLI_DONE)
		status = send_pieces(a, conn, id, done, piece);
	if (status == CLI_DONE)
		status = finish_upload(a, conn, id);
	if (status == CLI_DONE && a->wait >= 0)
		status = cli_image_await(conn, &a->image, a->wait);
	return status;
}

/* --- the command --------------------------------------------------------------------------------- */

static const struct option options[] = {
	{"model", required_argument, NULL, 'm'}, {"component", required_argument, NULL, 'c'},
	{"version", required_argument, NULL, 'v'}, {"build", required_argument, NULL, 'b'},
	{"format", required_argument, NULL, 'f'}, {"hw", required_argument, NULL, 'H'},
	{"waiver", required_argument, NULL, 'W'}, {"security-fix", no_argument, NULL, 's'},
	{"no-wait", no_argument, NULL, 'n'}, {"wait", required_argument, NULL, 'w'},
	{"help", no_argument, NULL, 'h'}, {0}
};

static bool
add_word(const cli_command *command, const char **words, int *count, const char *word)
{
	if (*count < MOST_WORDS)
	{
		words[(*count)++] = word;
		return true;
	}
	cli_usage(command, "at most %d of an option", MOST_WORDS);
	return false;
}

/* One option; false when its value is wrong, which was said. */
static bool
take_option(const cli_command *command, add *a, int c)
{
	switch (c)
	{
		case 'm':
			a->image.model = optarg;
			return true;
		case 'c':
			a->image.component = optarg;
			return true;
		case 'v':
			a->image.version = optarg;
			return true;
		case 'b':
			a->image.build = optarg;
			return true;
		case 'f':
			a->format = optarg;
			return true;
		case 'H':
			return add_word(command, a->hw, &a->hw_count, optarg);
		case 'W':
			return add_word(command, a->waiver, &a->waiver_count, optarg);
		case 's':
			a->security_fix = true;
			return true;
		case 'n':
			a->wait = -1;
			return true;
		default:
			if (cli_number(optarg, 0, 86400, &a->wait))
				return true;
			cli_usage(command, "--wait takes seconds from 0 to 86400, not %s", optarg);
			return false;
	}
}

static bool
all_text(const cli_command *command, int argc, char **argv)
{
	for (int i = 1; i < argc - 1; i++)
		if (fota_utf8_check((const uint8_t *) argv[i], strlen(argv[i])) < strlen(argv[i]))
		{
			cli_usage(command, "option %d is not UTF-8", i);
			return false;
		}
	return true;
}

static int
run(const cli_command *command, int argc, char **argv)
{
	static add	a = {.image.build = "", .wait = 600};
	PGconn	   *conn;
	int			c;

	while ((c = cli_option(command, argc, argv, options)) != -1)
	{
		if (c < 0)
			return c == -2 ? CLI_DONE : CLI_USAGE;
		if (!take_option(command, &a, c))
			return CLI_USAGE;
	}
	if (!cli_operands(command, argc, 1, "one file") || !all_text(command, argc, argv))
		return CLI_USAGE;
	if (a.image.model == NULL || a.image.component == NULL || a.image.version == NULL)
		return cli_usage(command, "which image is it? --model, --component and --version are needed");
	a.file = argv[optind];
	cli_ctx_init(&a.ctx, 0);
	if ((conn = cli_pg_open()) == NULL)
		return CLI_FAILED;
	c = upload(&a, conn);
	PQfinish(conn);
	return c;
}

const cli_command cli_image_add = {
	"image add", "upload an image file and publish it",
	"fotactl image add FILE --model M --component C --version V [OPTIONS]\n\n"
	"Uploads FILE in pieces of 256 KiB and waits until fota-worker has checked and decoded it.\n"
	"Run again after a break it goes on where it was; devices see nothing before the whole is there.\n\n"
	"  --build B        name of this build, where a version has several\n"
	"  --format F       raw, ihex or srec; without it the file's beginning tells\n"
	"  --hw H           hardware id that the build fits; may be given several times\n"
	"  --waiver W       accept what is wrong with the file: overlap=first, overlap=last, comments,\n"
	"                   no_eof, load_offset, outside, board=9900; may be given several times\n"
	"  --security-fix   the version closes a vulnerability\n"
	"  --no-wait        do not wait for the worker\n"
	"  --wait SECONDS   wait at most so long (600)\n",
	run
};

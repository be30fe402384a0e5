/* SPDX-License-Identifier: PostgreSQL */
/* cli.c: errors, options, files and the progress bar of fotactl; see cli.h. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HUGE ((size_t) 2 << 20)

/* --- errors --------------------------------------------------------------------------------- */

int
cli_fail(const char *code, const char *format, ...)
{
	va_list		args;

	fprintf(stderr, "error %s: ", code);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return CLI_FAILED;
}

int
cli_fail_core(const fota_ctx *ctx, const char *file)
{
	const fota_error *e = &ctx->error;

	return cli_fail(fota_status_sqlstate(e->code), "%s%s%s%s%s%s%s", e->message,
					e->detail[0] ? "; " : "", e->detail, e->hint[0] ? "; hint: " : "", e->hint,
					file ? "; file: " : "", file ? file : "");
}

int
cli_fail_file(const char *file)
{
	return cli_fail("58030", "%s: %s", file, strerror(errno));
}

int
cli_usage(const cli_command *command, const char *format, ...)
{
	va_list		args;

	fputs("error: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, " (see fotactl %s --help)\n", command->words);
	return CLI_USAGE;
}

/* --- options --------------------------------------------------------------------------------- */

int
cli_option(const cli_command *command, int argc, char **argv, const struct option *options)
{
	const char *letters = ":ho:";
	int			c;

	for (const struct option *o = options; o->name != NULL; o++)
		if (o->val == 't')
			letters = ":ho:t:";
	opterr = 0;
	c = getopt_long(argc, argv, letters, options, NULL);
	switch (c)
	{
		case 'h':
			fputs(command->help, stdout);
			return -2;
		case ':':
			cli_usage(command, "%s needs a value", argv[optind - 1]);
			return -3;
		case '?':
			cli_usage(command, "unknown option %s", argv[optind - 1]);
			return -3;
		default:
			return c;
	}
}

bool
cli_operands(const cli_command *command, int argc, int count, const char *names)
{
	if (argc - optind == count)
		return true;
	cli_usage(command, "expected %s", names);
	return false;
}

bool
cli_number(const char *text, long low, long high, long *value)
{
	char	   *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *value >= low && *value <= high;
}

bool
cli_address(const char *text, uint64_t *value)
{
	bool		hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char	   *end;

	errno = 0;
	*value = strtoull(text, &end, hex ? 16 : 10);
	return errno == 0 && text[0] >= '0' && text[0] <= '9' && end != text && *end == '\0';
}

/* --- memory and files ------------------------------------------------------------------------- */

/* Large blocks are of huge pages where the kernel gives them on request: page faults would cost more than decoding. */
static void *
take(void *opaque, size_t size)
{
	void	   *block;

	(void) opaque;
	if (size < 2 * HUGE)
		return malloc(size);
	block = size < SIZE_MAX - HUGE ? aligned_alloc(HUGE, (size + HUGE - 1) / HUGE * HUGE) : NULL;
	if (block != NULL)
		madvise(block, size, MADV_HUGEPAGE);
	return block;
}

static void
give(void *opaque, void *ptr)
{
	(void) opaque;
	free(ptr);
}

void
cli_ctx_init(fota_ctx *ctx, size_t limit)
{
	*ctx = (fota_ctx) {.alloc = take, .free = give, .limit = limit ? limit : (size_t) 2 << 30};
}

int
cli_map(const char *file, fota_bytes *bytes)
{
	struct stat st;
	void	   *data;
	int			fd = open(file, O_RDONLY | O_CLOEXEC);

	*bytes = (fota_bytes) {(const uint8_t *) "", 0};
	if (fd < 0)
		return cli_fail_file(file);
	if (fstat(fd, &st) != 0 || (!S_ISREG(st.st_mode) && (errno = EINVAL)))
	{
		close(fd);
		return cli_fail_file(file);
	}
	if (st.st_size > 0)
	{
		data = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data == MAP_FAILED)
		{
			close(fd);
			return cli_fail_file(file);
		}
		*bytes = (fota_bytes) {data, (size_t) st.st_size};
	}
	close(fd);
	return CLI_DONE;
}

void
cli_unmap(fota_bytes *bytes)
{
	if (bytes->size > 0)
		munmap((void *) (uintptr_t) bytes->data, bytes->size);
	*bytes = (fota_bytes) {0};
}

static bool
write_all(int fd, const char *data, size_t size)
{
	while (size > 0)
	{
		ssize_t		n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data += n;
		size -= (size_t) n;
	}
	return true;
}

int
cli_write(const char *file, const void *data, size_t size)
{
	char		temp[4096];
	int			fd;

	if (strcmp(file, "-") == 0)
		return write_all(STDOUT_FILENO, data, size) ? CLI_DONE : cli_fail_file("stdout");
	if ((size_t) snprintf(temp, sizeof(temp), "%s.part", file) >= sizeof(temp))
		return cli_fail("58030", "%s: name too long", file);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return cli_fail_file(temp);
	if (!write_all(fd, data, size) || fsync(fd) != 0)
	{
		cli_fail_file(temp);
		close(fd);
		unlink(temp);
		return CLI_FAILED;
	}
	close(fd);
	if (rename(temp, file) != 0)
	{
		cli_fail_file(file);
		unlink(temp);
		return CLI_FAILED;
	}
	return CLI_DONE;
}

void
cli_hex(char *out, const void *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (size_t i = 0; i < size; i++)
	{
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

long
cli_unhex(const char *text, void *out, size_t room)
{
	uint8_t    *p = out;
	size_t		size = strlen(text);

	if (size % 2 != 0 || size / 2 > room)
		return -1;
	for (size_t i = 0; i < size; i += 2)
	{
		int			high = hex_digit(text[i]);
		int			low = hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		*p++ = (uint8_t) (high << 4 | low);
	}
	return (long) (size / 2);
}

/* --- progress --------------------------------------------------------------------------------- */

void
cli_bar_begin(cli_bar *bar, const char *what, uint64_t total)
{
	*bar = (cli_bar) {.what = what, .total = total, .shown = -1, .on = isatty(STDERR_FILENO) != 0};
	cli_bar_set(bar, 0);
}

void
cli_bar_set(cli_bar *bar, uint64_t done)
{
	static const char full[] = "########################################";
	int			now = bar->total ? (int) (done * 1000.0 / bar->total) : 1000;

	if (!bar->on || now == bar->shown)
		return;
	bar->shown = now;
	fprintf(stderr, "\r%s [%-40.*s] %3d %% of %llu KiB ", bar->what, now * 40 / 1000, full, now / 10,
			(unsigned long long) (bar->total + 1023) / 1024);
}

void
cli_bar_end(cli_bar *bar)
{
	if (bar->on)
		fputc('\n', stderr);
	bar->on = false;
}

/* SPDX-License-Identifier: PostgreSQL */
/* base.c: memory with a limit, errors, and capped buffers; see base.h. */
#include "base.h"

#include <string.h>

#define DEFAULT_LIMIT ((size_t) 1 << 30)

/*
 * Stands before every block, so that "used" can fall again when it is freed. 16 bytes keep what
 * alignment the caller's allocator gives, but only 8 may be counted on: that is what palloc gives.
 */
typedef union block_head
{
	size_t		size;
	uint64_t	align[2];
} block_head;

void *
fota_alloc_raw(fota_ctx *ctx, size_t size)
{
	size_t		limit = ctx->limit ? ctx->limit : DEFAULT_LIMIT;
	size_t		total;
	block_head *head;

	if (__builtin_add_overflow(size, sizeof(block_head), &total) || total > limit ||
		ctx->used > limit - total)
	{
		fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%zu bytes of memory would exceed the limit of %zu",
				  size, limit);
		return NULL;
	}
	head = ctx->alloc(ctx->opaque, total);
	if (head == NULL)
	{
		fota_fail(ctx, FOTA_NOMEM, FOTA_NOWHERE, 0, "out of memory (%zu bytes)", size);
		return NULL;
	}
	head->size = size;
	ctx->used += total;
	return head + 1;
}

void *
fota_alloc(fota_ctx *ctx, size_t size)
{
	void	   *ptr = fota_alloc_raw(ctx, size);

	if (ptr != NULL)
		memset(ptr, 0, size);
	return ptr;
}

void *
fota_alloc_array(fota_ctx *ctx, size_t count, size_t size)
{
	size_t		total;

	if (__builtin_mul_overflow(count, size, &total))
	{
		fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%zu times %zu bytes is more than can be addressed",
				  count, size);
		return NULL;
	}
	return fota_alloc(ctx, total);
}

void
fota_free(fota_ctx *ctx, void *ptr)
{
	block_head *head;

	if (ptr == NULL)
		return;
	head = (block_head *) ptr - 1;
	ctx->used -= sizeof(block_head) + head->size;
	ctx->free(ctx->opaque, head);
}

char *
fota_strndup(fota_ctx *ctx, const char *text, size_t size)
{
	char	   *copy = fota_alloc(ctx, size + 1);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

fota_status
fota_poll(fota_ctx *ctx, size_t bytes)
{
	ctx->work += bytes;
	if (ctx->work < FOTA_POLL_EVERY)
		return FOTA_OK;
	ctx->work = 0;
	if (ctx->poll != NULL && ctx->poll(ctx->opaque) != 0)
		return fota_fail(ctx, FOTA_CANCELED, FOTA_NOWHERE, 0, "canceled by the caller");
	return FOTA_OK;
}

/* --- formatting, without stdio ---------------------------------------------------------- */

typedef struct out_text
{
	char	   *data;
	size_t		size;
	size_t		used;
} out_text;

static void
out_char(out_text *out, char c)
{
	if (out->used + 1 < out->size)
		out->data[out->used++] = c;
}

static void
out_number(out_text *out, unsigned long long value, unsigned base, bool upper, bool negative, int width,
		   bool zero)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char		text[24];
	int			n = 0;

	do
		text[n++] = digits[value % base];
	while ((value /= base) != 0);
	width -= n + negative;
	for (; !zero && width > 0; width--)
		out_char(out, ' ');
	if (negative)
		out_char(out, '-');
	for (; width > 0; width--)
		out_char(out, '0');
	while (n > 0)
		out_char(out, text[--n]);
}

/* Takes a last character of UTF-8 back when some of its bytes were cut off. */
static void
out_whole(out_text *out)
{
	size_t		lead = out->used;
	unsigned char first;
	size_t		want;

	while (lead > 0 && out->used - lead < 3 && ((unsigned char) out->data[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead == 0)
		return;
	first = (unsigned char) out->data[lead - 1];
	want = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
	if (out->used - (lead - 1) < want)
		out->used = lead - 1;
}

/* Control characters of quoted input would garble a log; they are shown as '?'. */
static void
out_string(out_text *out, const char *text, int precision)
{
	if (text == NULL)
		text = "(null)";
	for (int i = 0; (precision < 0 || i < precision) && text[i] != '\0'; i++)
		out_char(out, (unsigned char) text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i]);
	if (precision >= 0)
		out_whole(out);
}

/* What stands between '%' and the letter of a conversion. */
typedef struct conversion
{
	bool		zero;
	int			width;
	int			precision;		/* -1 = none, -2 = '*', the next argument */
	int			longs;
	bool		is_size;
} conversion;

static const char *
read_conversion(const char *f, conversion *c)
{
	*c = (conversion) {.zero = *f == '0', .precision = -1};
	while (*f >= '0' && *f <= '9')
		c->width = c->width * 10 + (*f++ - '0');
	if (*f == '.')
	{
		c->precision = 0;
		f++;
		if (*f == '*')
		{
			c->precision = -2;
			f++;
		}
		while (*f >= '0' && *f <= '9')
			c->precision = c->precision * 10 + (*f++ - '0');
	}
	for (; *f == 'l' || *f == 'z'; f++)
	{
		c->is_size |= *f == 'z';
		c->longs += *f == 'l';
	}
	return f;
}

/* A va_list can be handed on by address only inside a struct. */
typedef struct arguments
{
	va_list		list;
} arguments;

static void
out_integer(out_text *out, char letter, const conversion *c, arguments *args)
{
	unsigned long long u;
	bool		negative = false;

	if (letter == 'd')
	{
		long long	v = c->longs > 1 ? va_arg(args->list, long long) :
			c->longs == 1 ? va_arg(args->list, long) : va_arg(args->list, int);

		negative = v < 0;
		u = negative ? 0 - (unsigned long long) v : (unsigned long long) v;
	}
	else
		u = c->is_size ? va_arg(args->list, size_t) :
			c->longs > 1 ? va_arg(args->list, unsigned long long) :
			c->longs == 1 ? va_arg(args->list, unsigned long) : va_arg(args->list, unsigned int);
	out_number(out, u, letter == 'x' || letter == 'X' ? 16 : 10, letter == 'X', negative, c->width, c->zero);
}

static size_t
format_list(char *data, size_t size, const char *f, arguments *args)
{
	out_text	out = {data, size, 0};

	for (; *f; f++)
	{
		conversion	c;

		if (*f != '%')
		{
			out_char(&out, *f);
			continue;
		}
		f = read_conversion(f + 1, &c);
		if (c.precision == -2)
			c.precision = va_arg(args->list, int);
		if (*f == 'd' || *f == 'u' || *f == 'x' || *f == 'X')
			out_integer(&out, *f, &c, args);
		else if (*f == 'c')
		{
			char		text[2] = {(char) va_arg(args->list, int), '\0'};

			out_string(&out, text, 1);
		}
		else if (*f == 's')
			out_string(&out, va_arg(args->list, const char *), c.precision);
		else
			out_char(&out, '%');
		if (*f == '\0')
			break;
	}
	if (out.used + 1 == size)
		out_whole(&out);
	if (size > 0)
		data[out.used] = '\0';
	return out.used;
}

size_t
fota_format_v(char *out, size_t size, const char *format, va_list list)
{
	arguments	args;
	size_t		used;

	va_copy(args.list, list);
	used = format_list(out, size, format, &args);
	va_end(args.list);
	return used;
}

size_t
fota_format(char *out, size_t size, const char *format, ...)
{
	arguments	args;
	size_t		used;

	va_start(args.list, format);
	used = format_list(out, size, format, &args);
	va_end(args.list);
	return used;
}

fota_status
fota_fail(fota_ctx *ctx, fota_status code, uint64_t offset, uint64_t line, const char *format, ...)
{
	fota_error *error = &ctx->error;
	arguments	args;

	error->code = code;
	error->offset = offset;
	error->line = line;
	error->detail[0] = error->hint[0] = '\0';
	va_start(args.list, format);
	format_list(error->message, sizeof(error->message), format, &args);
	va_end(args.list);
	return code;
}

fota_status
fota_fail_detail(fota_ctx *ctx, const char *format, ...)
{
	arguments	args;

	va_start(args.list, format);
	format_list(ctx->error.detail, sizeof(ctx->error.detail), format, &args);
	va_end(args.list);
	return ctx->error.code;
}

fota_status
fota_fail_hint(fota_ctx *ctx, const char *format, ...)
{
	arguments	args;

	va_start(args.list, format);
	format_list(ctx->error.hint, sizeof(ctx->error.hint), format, &args);
	va_end(args.list);
	return ctx->error.code;
}

void
fota_error_detail(const fota_error *error, char *out, size_t size)
{
	unsigned long long offset = error->offset;

	if (error->offset == FOTA_NOWHERE)
		fota_format(out, size, "%s", error->detail);
	else if (error->detail[0] == '\0')
		fota_format(out, size, "Byte offset %llu.", offset);
	else
		fota_format(out, size, "%s (byte offset %llu)", error->detail, offset);
}

const char *
fota_status_sqlstate(fota_status code)
{
	static const char *const states[] = {
		"00000", "UF001", "UF002", "UF003", "UF004", "UF005", "UF006", "UF007", "UF008", "UF009",
		"UF010", "UF011", "53200", "57014", "XX000",
	};

	return (size_t) code < sizeof(states) / sizeof(states[0]) ? states[code] : "XX000";
}

/* --- capped buffers ----------------------------------------------------------------------- */

void
fota_buf_init(fota_buf *buf, size_t cap)
{
	*buf = (fota_buf) {.cap = cap};
}

fota_status
fota_buf_reserve(fota_ctx *ctx, fota_buf *buf, size_t size)
{
	size_t		room = buf->room ? buf->room : 64;
	uint8_t    *data;

	if (size > buf->cap || buf->size > buf->cap - size)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "output would exceed its limit of %zu bytes",
						 buf->cap);
	if (buf->size + size <= buf->room)
		return FOTA_OK;
	while (room < buf->size + size)
		room = room > buf->cap / 2 ? buf->cap : room * 2;
	data = fota_alloc_raw(ctx, room);
	if (data == NULL)
		return ctx->error.code;
	if (buf->size > 0)
		memcpy(data, buf->data, buf->size);
	fota_free(ctx, buf->data);
	buf->data = data;
	buf->room = room;
	return FOTA_OK;
}

fota_status
fota_buf_append(fota_ctx *ctx, fota_buf *buf, const void *data, size_t size)
{
	fota_status status = fota_buf_reserve(ctx, buf, size);

	if (status != FOTA_OK)
		return status;
	if (size > 0)
		memcpy(buf->data + buf->size, data, size);
	buf->size += size;
	return FOTA_OK;
}

void
fota_buf_free(fota_ctx *ctx, fota_buf *buf)
{
	fota_free(ctx, buf->data);
	*buf = (fota_buf) {.cap = buf->cap};
}

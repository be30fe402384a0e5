/* SPDX-License-Identifier: PostgreSQL */
/*
 * base.h: what every file of the core builds on: status and error, memory with
 * a limit, the poll callback, spans, capped buffers and checked arithmetic.
 *
 * The core never calls malloc, exit, stdio, time or random. A caller hands in a
 * fota_ctx; the core takes memory from it only, so a caller whose poll callback
 * longjmps (PostgreSQL) or whose allocator is an arena loses nothing.
 *
 * An error is a code, a place (byte offset or line) and a text in the caller's
 * fota_error; functions return the code too, so that it can be passed up.
 */
#ifndef FOTA_BASE_H
#define FOTA_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One code per cause. UFnnn in SQL; see fota_status_name and fota_status_sqlstate. */
typedef enum fota_status
{
	FOTA_OK = 0,
	FOTA_SYNTAX = 1,			/* UF001 syntax or structure */
	FOTA_CHECKSUM = 2,			/* UF002 checksum, hash or CRC differs */
	FOTA_TRUNCATED = 3,			/* UF003 ends too early, or a part is missing */
	FOTA_OVERLAP = 4,			/* UF004 overlap with different data */
	FOTA_RANGE = 5,				/* UF005 address, count or number out of range */
	FOTA_LIMIT = 6,				/* UF006 a limit: size, ratio, nesting, segments, memory */
	FOTA_UNSUPPORTED = 7,		/* UF007 version, type or encryption not supported */
	FOTA_SIGNATURE = 8,			/* UF008 signature */
	FOTA_UNSAFE_NAME = 9,		/* UF009 unsafe member name */
	FOTA_DUPLICATE = 10,		/* UF010 duplicate */
	FOTA_TRAILING = 11,			/* UF011 trailing data */
	FOTA_NOMEM = 12,			/* the caller's allocator gave nothing: 53200 */
	FOTA_CANCELED = 13,			/* the caller's poll callback said stop: 57014 */
	FOTA_INTERNAL = 14			/* an invariant of ours does not hold: XX000 */
} fota_status;

#define FOTA_MESSAGE_SIZE 256
#define FOTA_NOWHERE UINT64_MAX

/* Filled by the function that fails; the caller owns it and prints it. */
typedef struct fota_error
{
	fota_status code;
	uint64_t	offset;			/* byte offset in the input, or FOTA_NOWHERE */
	uint64_t	line;			/* 1-based line of a text input, or 0 */
	char		message[FOTA_MESSAGE_SIZE]; /* "ihex line 3: checksum is 0x12, expected 0x34" */
	char		detail[FOTA_MESSAGE_SIZE];	/* the record or member concerned, or "" */
	char		hint[FOTA_MESSAGE_SIZE];	/* what to do, names the waiver if there is one, or "" */
} fota_error;

/* A span of bytes that somebody else owns. */
typedef struct fota_bytes
{
	const uint8_t *data;
	size_t		size;
} fota_bytes;

/*
 * The caller's memory, limit, interruption and error, handed to every core
 * function that can fail. "used" counts live bytes; fota_alloc refuses with
 * FOTA_LIMIT what would raise it above "limit".
 */
typedef struct fota_ctx
{
	void	   *(*alloc) (void *opaque, size_t size);	/* NULL = none left */
	void		(*free) (void *opaque, void *ptr);
	int			(*poll) (void *opaque); /* nonzero = stop; may longjmp; may be NULL */
	void	   *opaque;
	size_t		limit;			/* most live bytes, 0 = 1 GiB */
	size_t		used;
	uint64_t	work;			/* bytes since the last poll */
	fota_error	error;
} fota_ctx;

/* Asks the caller at least once in so many bytes of work whether to go on. */
#define FOTA_POLL_EVERY 65536

/* A buffer that grows by doubling up to a hard cap. */
typedef struct fota_buf
{
	uint8_t    *data;
	size_t		size;
	size_t		room;
	size_t		cap;			/* most bytes ever, set by fota_buf_init */
} fota_buf;

/* Memory. fota_alloc returns zeroed memory, or NULL with ctx->error set. */
void	   *fota_alloc(fota_ctx *ctx, size_t size);
/* The same, not zeroed: for large buffers whose every used byte is written. */
void	   *fota_alloc_raw(fota_ctx *ctx, size_t size);
void	   *fota_alloc_array(fota_ctx *ctx, size_t count, size_t size);
void		fota_free(fota_ctx *ctx, void *ptr);
char	   *fota_strndup(fota_ctx *ctx, const char *text, size_t size);

/* Counts work and calls poll when due: FOTA_OK or FOTA_CANCELED. */
fota_status fota_poll(fota_ctx *ctx, size_t bytes);

/* Sets ctx->error and returns code. The format knows %s %d %u %llu %llx %zu %c %% and widths only. */
fota_status fota_fail(fota_ctx *ctx, fota_status code, uint64_t offset, uint64_t line,
					  const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Adds detail or hint to ctx->error; both return ctx->error.code. */
fota_status fota_fail_detail(fota_ctx *ctx, const char *format, ...)
			__attribute__((format(printf, 2, 3)));
fota_status fota_fail_hint(fota_ctx *ctx, const char *format, ...)
			__attribute__((format(printf, 2, 3)));

/* What people are shown as detail: the error's own, and the byte offset where it has one; may be "". */
void		fota_error_detail(const fota_error *error, char *out, size_t size);

/* Formats as fota_fail does into out[size], always terminated; returns the length written. */
size_t		fota_format(char *out, size_t size, const char *format, ...)
			__attribute__((format(printf, 3, 4)));
size_t		fota_format_v(char *out, size_t size, const char *format, va_list list)
			__attribute__((format(printf, 3, 0)));

/* "UF002" for FOTA_CHECKSUM; SQLSTATE of a status ("UF002", "53200", "57014", "XX000"). */
const char *fota_status_sqlstate(fota_status code);

/* Capped buffers. Append fails with FOTA_LIMIT above the cap. */
void		fota_buf_init(fota_buf *buf, size_t cap);
fota_status fota_buf_append(fota_ctx *ctx, fota_buf *buf, const void *data, size_t size);
fota_status fota_buf_reserve(fota_ctx *ctx, fota_buf *buf, size_t size);
void		fota_buf_free(fota_ctx *ctx, fota_buf *buf);

/* Checked arithmetic: false and *out untouched on overflow. */
static inline bool
fota_add_u64(uint64_t a, uint64_t b, uint64_t *out)
{
	uint64_t	sum;

	if (__builtin_add_overflow(a, b, &sum))
		return false;
	*out = sum;
	return true;
}

static inline bool
fota_mul_u64(uint64_t a, uint64_t b, uint64_t *out)
{
	uint64_t	product;

	if (__builtin_mul_overflow(a, b, &product))
		return false;
	*out = product;
	return true;
}

/* Big- and little-endian access without alignment. */
static inline uint32_t
fota_get_u32be(const uint8_t *p)
{
	return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

static inline uint16_t
fota_get_u16be(const uint8_t *p)
{
	return (uint16_t) (p[0] << 8 | p[1]);
}

static inline uint64_t
fota_get_u64be(const uint8_t *p)
{
	return (uint64_t) fota_get_u32be(p) << 32 | fota_get_u32be(p + 4);
}

static inline uint16_t
fota_get_u16le(const uint8_t *p)
{
	return (uint16_t) (p[1] << 8 | p[0]);
}

static inline uint32_t
fota_get_u32le(const uint8_t *p)
{
	return (uint32_t) p[3] << 24 | (uint32_t) p[2] << 16 | (uint32_t) p[1] << 8 | p[0];
}

static inline uint64_t
fota_get_u64le(const uint8_t *p)
{
	return (uint64_t) fota_get_u32le(p + 4) << 32 | fota_get_u32le(p);
}

static inline void
fota_put_u64be(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t) v;
}

#endif

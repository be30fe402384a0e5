/* SPDX-License-Identifier: PostgreSQL */
/*
 * fotapg.h: what every file of the glue starts with: PostgreSQL's headers, what
 * differs between its majors 14 to 18, a fota_ctx on palloc, and the one place
 * that turns a core error into an SQL error.
 *
 * The glue holds no algorithms: it reads arguments, calls the core function of
 * the same name, and returns its answer. fota.version_key() is
 * fotapg_version_key() is fota_version_key().
 *
 * Memory of a call is the caller's memory context, which PostgreSQL frees
 * whatever happens; the core is interrupted by CHECK_FOR_INTERRUPTS, which does
 * not return when the query is canceled.
 */
#ifndef FOTAPG_H
#define FOTAPG_H

#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/memutils.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#include "base.h"

#if PG_VERSION_NUM < 140000
#error "PostgreSQL 14 or newer is needed"
#endif

/* Everything is hidden but what PostgreSQL looks up by name; before 16 its own macros do not say so. */
#define FOTAPG_EXPORT __attribute__((visibility("default")))
#define FOTAPG_FUNCTION(name) \
	extern FOTAPG_EXPORT const Pg_finfo_record *pg_finfo_##name(void); \
	extern FOTAPG_EXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

/* Before 18 nobody counts the descents of an index. */
#if PG_VERSION_NUM >= 180000
#define fotapg_index_beginscan(table, index, snapshot, keys) index_beginscan(table, index, snapshot, NULL, keys, 0)
#else
#define fotapg_index_beginscan(table, index, snapshot, keys) index_beginscan(table, index, snapshot, keys, 0)
#endif

/* Most bytes that one call of the core may hold at a time. */
#define FOTAPG_MEMORY ((size_t) 1 << 30)
/* Most bytes of a result: a value of PostgreSQL is smaller than 1 GiB. */
#define FOTAPG_MOST_RESULT (MaxAllocSize - VARHDRSZ)

/* GUC fota.cache_mb: memory for compiled catalogues, per session. */
extern int	fotapg_cache_mb;

/* palloc for blocks of any size; NULL when there is no memory. */
void	   *fotapg_alloc_large(MemoryContext context, size_t size);

/* A context of the core whose memory comes from context. */
void		fotapg_ctx_init(fota_ctx *ctx, MemoryContext context, size_t limit);

/* Returns when status is FOTA_OK, else raises ctx->error; the only mapping of core errors to SQL errors. */
void		fotapg_check(fota_ctx *ctx, fota_status status);

/* A text of the core, which may quote a file: bytes that are no text here become '?'. Returns text. */
char	   *fotapg_clean(char *text);

/* An argument of type text or bytea, as the span that it is. */
fota_bytes	fotapg_bytes(struct varlena *value);
/* A text value from bytes of the core, which are in the encoding of its input. */
text	   *fotapg_text(const fota_buf *buf);
bytea	   *fotapg_bytea(const void *data, size_t size);

/* Begins a set-returning function that materialises its rows; ends with fotapg_rows_end's Datum. */
typedef struct fotapg_rows
{
	Tuplestorestate *store;
	TupleDesc	desc;
} fotapg_rows;

void		fotapg_rows_begin(FunctionCallInfo fcinfo, fotapg_rows *rows);

#endif

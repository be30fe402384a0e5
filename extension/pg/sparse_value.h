/* SPDX-License-Identifier: PostgreSQL */
/*
 * sparse_value.h: type fota.sparse_image, and how its functions read and return it. A value is a varlena of what
 * fota_sparse_pack writes; values come only from functions of ours and from input and receive functions, which check.
 */
#ifndef FOTAPG_SPARSE_VALUE_H
#define FOTAPG_SPARSE_VALUE_H

#include "fotapg.h"

#include "sparse.h"
#include "utils/rangetypes.h"

/* An argument: its segments point into the detoasted value. */
typedef struct fotapg_sparse
{
	fota_bytes	packed;
	fota_sparse sparse;
} fotapg_sparse;

void		fotapg_sparse_arg(fota_ctx *ctx, FunctionCallInfo fcinfo, int place, fotapg_sparse *value);
/* A varlena of so many bytes, to be appended to: what the core writes into it is not copied. */
void		fotapg_value_buf(fota_buf *buf, uint64_t size);
Datum		fotapg_sparse_datum(fota_ctx *ctx, const fota_sparse *sparse);

/* [from, to) of an int8range argument; an open side is that end of the addresses. Negative addresses are an error. */
typedef struct fotapg_span
{
	uint64_t	from;
	uint64_t	to;
	bool		bounded;		/* on both sides */
} fotapg_span;

fotapg_span fotapg_span_arg(FunctionCallInfo fcinfo, int place);
/* An int8range; an address beyond bigint is an error. */
RangeType  *fotapg_range(uint64_t from, uint64_t to);
Datum		fotapg_multirange(RangeType **ranges, int count);
int64		fotapg_address(uint64_t address);
/* An address or size argument, which must not be negative; name is for the error. */
uint64_t	fotapg_uint_arg(FunctionCallInfo fcinfo, int place, const char *name, uint64_t most);
fota_overlap fotapg_overlap_arg(FunctionCallInfo fcinfo, int place);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * protobuf.h: the fields of a protocol buffers message, one after the other. It allocates nothing. Called by the
 * codec of Nordic's packages.
 */
#ifndef FOTA_PROTOBUF_H
#define FOTA_PROTOBUF_H

#include "../base.h"

typedef enum fota_pb_wire
{
	FOTA_PB_VARINT = 0, FOTA_PB_64 = 1, FOTA_PB_BYTES = 2, FOTA_PB_32 = 5
} fota_pb_wire;

typedef struct fota_pb
{
	const uint8_t *data;
	size_t		size;
	size_t		at;
} fota_pb;

typedef struct fota_pb_field
{
	uint32_t	number;
	fota_pb_wire wire;
	uint64_t	value;			/* unless it is bytes */
	fota_bytes	bytes;
} fota_pb_field;

/* *more is false at the end. FOTA_TRUNCATED, FOTA_SYNTAX or FOTA_RANGE with what in the text. */
fota_status fota_pb_next(fota_ctx *ctx, fota_pb *r, const char *what, fota_pb_field *field, bool *more);

#endif

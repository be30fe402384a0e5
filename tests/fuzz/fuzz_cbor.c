/* SPDX-License-Identifier: PostgreSQL */
/*
 * fuzz_cbor.c: the CBOR reader on hostile bytes. It must end, say why it refuses, and a message
 * cut short must never be taken.
 */
#include "cbor.h"

#include <stdlib.h>

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static fota_status
check(const uint8_t *data, size_t size)
{
	fota_ctx	ctx = {0};
	fota_cbor	r;
	fota_status status;

	fota_cbor_open(&r, &ctx, data, size);
	status = fota_cbor_skip(&r);
	if (status == FOTA_OK)
		status = fota_cbor_end(&r);
	if (status != FOTA_OK && (ctx.error.code != status || ctx.error.message[0] == '\0' || ctx.error.offset > size))
		abort();
	return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (check(data, size) == FOTA_OK && size > 0 && check(data, size - 1) == FOTA_OK)
		abort();
	return 0;
}

/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_cyacd.c: the readers of both Cypress formats on hostile bytes; see fuzz_binary.h. */
#include "fuzz_binary.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_binary("cyacd", NULL, data, size) + fuzz_binary("cyacd2", NULL, data, size);
}

/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_suit.c: the codec of format suit on hostile bytes; see fuzz_package.h. */
#include "fuzz_package.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_package("suit", data, size);
}

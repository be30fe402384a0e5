/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_fup.c: the codec of format fup on hostile bytes; see fuzz_package.h. */
#include "fuzz_package.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_package("fup", data, size);
}

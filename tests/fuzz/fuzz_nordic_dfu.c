/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_nordic_dfu.c: the codec of format nordic-dfu on hostile bytes; see fuzz_package.h. */
#include "fuzz_package.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_package("nordic-dfu", data, size);
}

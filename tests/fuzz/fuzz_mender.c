/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_mender.c: the codec of format mender on hostile bytes; see fuzz_package.h. */
#include "fuzz_package.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_package("mender", data, size);
}

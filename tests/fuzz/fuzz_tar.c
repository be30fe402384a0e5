/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_tar.c: the reader of tar archives on hostile bytes; see fuzz_package.h. */
#include "fuzz_package.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_package("tar", data, size);
}

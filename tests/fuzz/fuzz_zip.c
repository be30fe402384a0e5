/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_zip.c: the reader of zip archives on hostile bytes; see fuzz_package.h. */
#include "fuzz_package.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_package("zip", data, size);
}

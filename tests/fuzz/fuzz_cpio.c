/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_cpio.c: the reader of cpio archives on hostile bytes; see fuzz_package.h. */
#include "fuzz_package.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_package("cpio", data, size);
}

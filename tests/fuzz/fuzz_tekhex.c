/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_tekhex.c: the reader of Tektronix hex on hostile bytes; see fuzz_image.h. */
#include "fuzz_image.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_image("tekhex", data, size);
}

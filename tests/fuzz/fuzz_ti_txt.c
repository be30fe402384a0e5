/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_ti_txt.c: the reader of TI-TXT on hostile bytes; see fuzz_image.h. */
#include "fuzz_image.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_image("ti-txt", data, size);
}

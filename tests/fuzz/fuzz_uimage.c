/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_uimage.c: the reader of U-Boot's images on hostile bytes; see fuzz_binary.h. */
#include "fuzz_binary.h"

FUZZ_BINARY("uimage", NULL)

/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_mcuboot.c: the reader of MCUboot images on hostile bytes; see fuzz_binary.h. */
#include "fuzz_binary.h"

FUZZ_BINARY("mcuboot", NULL)

/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_dfu.c: the reader of USB DFU files on hostile bytes; see fuzz_binary.h. */
#include "fuzz_binary.h"

FUZZ_BINARY("dfu", NULL)

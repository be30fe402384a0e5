/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_dfuse.c: the reader of DfuSe files on hostile bytes; see fuzz_binary.h. */
#include "fuzz_binary.h"

FUZZ_BINARY("dfuse", NULL)

/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_uf2.c: the reader of UF2 on hostile bytes; see fuzz_binary.h. */
#include "fuzz_binary.h"

FUZZ_BINARY("uf2", NULL)

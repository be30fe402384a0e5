/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_fit.c: the reader of FIT images on hostile bytes; see fuzz_binary.h. */
#include "fuzz_binary.h"

FUZZ_BINARY("fit", NULL)

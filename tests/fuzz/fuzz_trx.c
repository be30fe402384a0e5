/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_trx.c: the reader of TRX on hostile bytes; see fuzz_binary.h. */
#include "fuzz_binary.h"

FUZZ_BINARY("trx", NULL)

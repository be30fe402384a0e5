/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_esp.c: the reader of Espressif's images on hostile bytes; see fuzz_binary.h. */
#include "fuzz_binary.h"

FUZZ_BINARY("esp", NULL)

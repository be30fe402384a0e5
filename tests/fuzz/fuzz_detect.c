/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_detect.c: hostile bytes of whatever format they are taken for; see fuzz_binary.h. */
#include "fuzz_binary.h"

FUZZ_BINARY(NULL, NULL)

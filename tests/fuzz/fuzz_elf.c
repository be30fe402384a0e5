/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_elf.c: the reader of ELF on hostile bytes; see fuzz_binary.h. */
#include "fuzz_binary.h"

FUZZ_BINARY("elf", "vaddr")

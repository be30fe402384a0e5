/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_openwrt.c: the reader of OpenWrt's trailers on hostile bytes; see fuzz_binary.h. */
#include "fuzz_binary.h"

FUZZ_BINARY("openwrt", NULL)

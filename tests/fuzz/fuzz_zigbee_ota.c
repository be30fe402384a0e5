/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_zigbee_ota.c: the reader of Zigbee OTA files on hostile bytes; see fuzz_binary.h. */
#include "fuzz_binary.h"

FUZZ_BINARY("zigbee-ota", NULL)

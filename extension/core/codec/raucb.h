/* SPDX-License-Identifier: PostgreSQL */
/* raucb.h: the parts of the codec of RAUC's bundles: the bundle (raucb.c), the tree of hashes over it (raucb_tree.c). */
#ifndef FOTA_CODEC_RAUCB_H
#define FOTA_CODEC_RAUCB_H

#include "../parse/ini.h"
#include "package.h"

#define RAUCB "raucb"

/*
 * Checks the last tree_size bytes of payload, a tree of SHA-256 as dm-verity has it, against the root's hash and the
 * bytes before it. root and salt are hex digits.
 */
fota_status fota_raucb_tree(fota_ctx *ctx, fota_bytes payload, uint64_t tree_size, const char *root, const char *salt);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/* raw_hint.h: what bytes without a structure look like: vector tables and the like. For raw.c. */
#ifndef FOTA_CODEC_RAW_HINT_H
#define FOTA_CODEC_RAW_HINT_H

#include "../image.h"

/* Notes looks_like and what follows from it; nothing when the file looks like nothing known. */
void		fota_raw_hint(fota_bytes file, fota_image *image);

#endif

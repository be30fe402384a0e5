/* SPDX-License-Identifier: PostgreSQL */
/* core_ctx.h: the memory that front-ends hand to the core: malloc and free, with a limit. */
#ifndef FE_CORE_CTX_H
#define FE_CORE_CTX_H

#include "base.h"

void		core_ctx_init(fota_ctx *ctx, size_t limit);

#endif

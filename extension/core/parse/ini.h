/* SPDX-License-Identifier: PostgreSQL */
/*
 * ini.h: settings in sections, "[section]" and "key=value", as RAUC's manifests are written. It allocates nothing.
 * Called by the codec of RAUC's bundles.
 */
#ifndef FOTA_INI_H
#define FOTA_INI_H

#include "../base.h"

typedef struct fota_ini
{
	fota_bytes	data;
	size_t		at;
	uint32_t	line;
	fota_bytes	section;
} fota_ini;

/* The next setting, in r->section; *more is false at the end. FOTA_SYNTAX with what and the line in the text. */
fota_status fota_ini_next(fota_ctx *ctx, fota_ini *r, const char *what, fota_bytes *key, fota_bytes *value, bool *more);
bool		fota_ini_is(fota_bytes text, const char *name);
/* Decimal digits. */
bool		fota_ini_number(fota_bytes text, uint64_t *value);

#endif

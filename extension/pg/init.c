/* SPDX-License-Identifier: PostgreSQL */
/* init.c: what happens when PostgreSQL loads the library. */
#include "fotapg.h"

#include "utils/guc.h"

extern FOTAPG_EXPORT const Pg_magic_struct *PG_MAGIC_FUNCTION_NAME(void);
#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "fota", .version = "0.1");
#else
PG_MODULE_MAGIC;
#endif

int			fotapg_cache_mb = 64;

extern FOTAPG_EXPORT void _PG_init(void);

/*
 * The prefix "fota" is not reserved: fota.tenant is a setting of the schema in
 * both profiles, and there is no library to define it in the portable one.
 */
void
_PG_init(void)
{
	DefineCustomIntVariable("fota.cache_mb", "Memory for compiled catalogues, per session.",
							"0 compiles the catalogue anew on every call of fota.resolve_many.",
							&fotapg_cache_mb, 64, 0, 65536, PGC_USERSET, GUC_UNIT_MB, NULL, NULL, NULL);
}

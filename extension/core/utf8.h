/* SPDX-License-Identifier: PostgreSQL */
/*
 * utf8.h: UTF-8 as RFC 3629 and PostgreSQL have it: no overlong form, no surrogate, nothing
 * above U+10FFFF. Used by the CBOR and JSON readers.
 */
#ifndef FOTA_UTF8_H
#define FOTA_UTF8_H

#include "base.h"

/* Length of the character at p (1 to 4) with its code point, or 0 when it is not UTF-8. */
size_t		fota_utf8_char(const uint8_t *p, size_t size, uint32_t *code);
/* Writes a code point that is no surrogate; returns its length. */
size_t		fota_utf8_put(uint32_t code, uint8_t out[4]);
/* Offset of the first byte that is not UTF-8 or is NUL; size when all is well. */
size_t		fota_utf8_check(const uint8_t *data, size_t size);

#endif

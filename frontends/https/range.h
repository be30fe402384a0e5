/* SPDX-License-Identifier: PostgreSQL */
/*
 * range.h: the Range and conditional headers of RFC 9110, for one range of bytes. Pure.
 */
#ifndef HTTPS_RANGE_H
#define HTTPS_RANGE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum range_kind
{
	RANGE_ALL,					/* no range, or one that is to be ignored: 200 */
	RANGE_PART,					/* 206 */
	RANGE_OUTSIDE				/* 416 */
} range_kind;

/*
 * Reads a Range header (NULL: none) for a body of size bytes. For RANGE_PART the part is
 * [*first, *last]. Other units, wrong syntax and several ranges are ignored, as RFC 9110
 * allows and tells us to.
 */
range_kind	range_parse(const char *header, uint64_t size, uint64_t *first, uint64_t *last);

/* If-Range: true when the range holds (no header, or exactly our strong tag, with its quotes). */
bool		range_if_range(const char *header, const char *etag);

/* If-None-Match or If-Match: true when the list has our tag, or is *. weak: W/ is ignored. */
bool		range_etag_in(const char *header, const char *etag, bool weak);

#endif

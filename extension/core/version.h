/* SPDX-License-Identifier: PostgreSQL */
/*
 * version.h: one order for version strings, ranges of versions, and the sort key
 * of serial numbers. The SQL functions of the same names call it (native profile);
 * 50_leaf_plpgsql.sql does the same in PL/pgSQL and must give the same bytes.
 *
 * A version is parsable when all of it is
 *
 *		[v|V] core [letter] ['-' identifiers] ['+' identifiers]
 *
 *		core		= number '.' number ['.' number ..]	2 to 6 numbers, or
 *					  YYYY '-' MM '-' DD				exactly 4, 2 and 2 digits, no digit after: three numbers
 *		letter		= one of [A-Za-z], directly after the last digit of the core
 *		identifiers = identifier ['.' identifier ..], each [0-9A-Za-z-]+ (in the first list up to '+')
 *
 * and no number in it has more than 99 digits without its leading zeros. Regular expression:
 *		^[vV]?([0-9]+(\.[0-9]+){1,5}|[0-9]{4}-[0-9]{2}-[0-9]{2})([A-Za-z])?
 *		 (-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$
 * where the date alternative is tried first. The key is text that compares byte by byte (COLLATE "C"):
 *
 *		unparsable	'0' || the text as it is
 *		parsable	'1' || six numbers || letter || pre || build
 *
 *		number		lpad(count, 2, '0') || digits	leading zeros removed, count = how many remain:
 *						1 -> '011', 10 -> '0210', 0 -> '00'. Missing numbers are 0.
 *		letter		the letter itself, '0' when there is none
 *		pre			'2' when there is no '-' part, else '1' || list
 *		build		list; of no identifiers when there is no '+' part
 *		list		each identifier as below, then '0'
 *		identifier	only digits: '1' || number ; else '2' || the text || '!'
 *
 *		1.0          -> 1 011 00 00 00 00 00 0 2 0                   (without the blanks)
 *		v1.2.3-rc.2  -> 1 011 012 013 00 00 00 0 1 2rc! 1012 0 0
 *		1.0b+a       -> 1 011 00 00 00 00 00 b 2 2a! 0
 *		2024-01-05   -> 1 042024 011 015 00 00 00 0 2 0
 *		trunk        -> 0trunk
 *
 * So 1.0-rc.1 < 1.0 = v1.0.0 < 1.0+a < 1.0b < 1.0.1. Two versions are equal when their keys are.
 *
 * A range is alternatives joined by '||', each one or more tests joined by blanks (all must hold):
 *
 *		'*'								always true
 *		P '.x' (also '.X' or '.*')		P is [v]number['.' number ..], 1 to 5 numbers: the version is
 *										parsable and its first numbers are these. '=' or '!=' may stand before it
 *		[op] operand					op is one of >= <= > < = != (blanks may follow it); none means =
 *
 * operand is a run of characters other than blanks and '|'. A single number [v]N is read as N.0.
 * '=' holds when the keys are equal or the texts are; '!=' when '=' does not. The others compare
 * keys and demand a parsable operand. Pre-releases are not special. Anything else, the empty
 * range and empty alternatives included, is an error (FOTA_SYNTAX, offset in the range).
 * Blanks are space, tab, LF and CR.
 *
 * serial_key: the text with each run of digits replaced by number as above; a run of more than 99
 * digits without leading zeros stays as it is (with them).
 */
#ifndef FOTA_VERSION_H
#define FOTA_VERSION_H

#include "base.h"

/* Appends the key to *key, a buffer that the caller has initialised. */
fota_status fota_version_key(fota_ctx *ctx, const char *text, size_t size, fota_buf *key);

bool		fota_version_parsable(const char *text, size_t size);

/* -1, 0 or 1, as their keys compare; makes none. */
int			fota_version_compare(const char *a, size_t a_size, const char *b, size_t b_size);

/* Does the version lie in the range? A malformed range is FOTA_SYNTAX, whatever the version. */
fota_status fota_version_matches(fota_ctx *ctx, const char *version, size_t version_size,
								 const char *range, size_t range_size, bool *matches);

/* Appends the sort key of a serial number to *key. */
fota_status fota_serial_key(fota_ctx *ctx, const char *text, size_t size, fota_buf *key);

#endif

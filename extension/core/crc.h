/* SPDX-License-Identifier: PostgreSQL */
/*
 * crc.h: cyclic redundancy checks by their parameters, as boot loaders use them: STM32, Modbus, AUTOSAR
 * and others differ in nothing but these. fota.crc in SQL and declarative layouts call it.
 *
 * The parameters are those of the usual catalogues of CRCs: width in bits, polynomial without its highest
 * bit, initial value, input bytes reflected, result reflected, value to combine with the result by exclusive or.
 * CRC-32 of zip: 32, 0x04C11DB7, 0xFFFFFFFF, true, true, 0xFFFFFFFF.
 */
#ifndef FOTA_CRC_H
#define FOTA_CRC_H

#include "base.h"

typedef struct fota_crc_spec
{
	unsigned	width;			/* 3 to 64 */
	uint64_t	poly;
	uint64_t	init;
	uint64_t	xorout;
	bool		refin;
	bool		refout;
} fota_crc_spec;

typedef struct fota_crc
{
	fota_crc_spec spec;
	uint64_t	value;			/* in the order of refin */
	uint64_t	table[256];
} fota_crc;

/* FOTA_RANGE for a width out of range, or a parameter wider than that. */
fota_status fota_crc_begin(fota_ctx *ctx, fota_crc *crc, const fota_crc_spec *spec);
fota_status fota_crc_add(fota_ctx *ctx, fota_crc *crc, const uint8_t *data, size_t size);
/* So many bytes of one value, for gaps. */
fota_status fota_crc_add_fill(fota_ctx *ctx, fota_crc *crc, uint8_t value, uint64_t count);
uint64_t	fota_crc_end(const fota_crc *crc);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * nordic_packet.h: the init packet (.dat) of Nordic's DFU packages, of both generations: a protocol buffers message
 * with a SHA-256 and perhaps a signature; or, of old SDKs, a few numbers and a CRC-16.
 */
#ifndef FOTA_CODEC_NORDIC_PACKET_H
#define FOTA_CODEC_NORDIC_PACKET_H

#include "../image.h"

#define NORDIC_SOFTDEVICES 16

typedef enum nordic_type
{
	NORDIC_APPLICATION, NORDIC_SOFTDEVICE, NORDIC_BOOTLOADER, NORDIC_SOFTDEVICE_BOOTLOADER, NORDIC_EXTERNAL,
	NORDIC_TYPES
} nordic_type;

typedef struct nordic_packet
{
	bool		legacy;
	bool		has_version;
	bool		has_hardware;
	uint64_t	version;
	uint64_t	hardware;
	uint64_t	softdevices[NORDIC_SOFTDEVICES];
	size_t		softdevice_count;
	uint64_t	type;
	uint64_t	sizes[3];		/* of soft device, boot loader, application */
	uint64_t	hash_type;		/* 0 = none, 3 = SHA-256 */
	fota_bytes	hash;			/* its bytes in reverse */
	bool		debug;
	fota_bytes	command;		/* what is signed */
	bool		is_signed;
	uint64_t	signature_type; /* 0 ECDSA P-256, 1 Ed25519 */
	fota_bytes	signature;
	bool		has_crc;
	uint16_t	crc;
} nordic_packet;

/* what begins errors: "nordic-dfu: fw.dat". */
fota_status fota_nordic_packet(fota_ctx *ctx, fota_bytes data, bool legacy, const char *what, nordic_packet *packet);
/* CRC-16 of CCITT from 0xFFFF, as the old boot loaders compute it. */
uint16_t	fota_nordic_crc16(const uint8_t *data, size_t size);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * suit.h: the parts of the codec of SUIT envelopes (draft-ietf-suit-manifest): the envelope and its digests
 * (suit.c), what the manifest says (suit_manifest.c), signatures (suit_sign.c).
 */
#ifndef FOTA_CODEC_SUIT_H
#define FOTA_CODEC_SUIT_H

#include "../cbor.h"
#include "codecs.h"

#define SUIT "suit"
#define SUIT_SEVERABLE 3
#define SUIT_DIGESTS 16

typedef struct suit_digest
{
	int64_t		algorithm;
	fota_bytes	bytes;
} suit_digest;

typedef struct suit
{
	fota_ctx   *ctx;
	fota_image *image;
	fota_bytes	file;
	fota_bytes	auth;			/* contents of the byte strings .. */
	fota_bytes	manifest;
	fota_bytes	manifest_whole; /* .. and with its head, which the digest covers */
	fota_bytes	severed[SUIT_SEVERABLE];	/* with their heads, as severable has their keys; data NULL = none */
	suit_digest severed_digests[SUIT_SEVERABLE];	/* of the manifest; bytes.data NULL = none */
	fota_bytes	digest_item;	/* the first byte string of auth: what is signed */
	suit_digest digest;
	suit_digest digests[SUIT_DIGESTS];	/* of images, in the manifest */
	size_t		digest_count;
	fota_bytes	uris[SUIT_DIGESTS];	/* where they come from */
	size_t		uri_count;
} suit;

extern const int64_t fota_suit_severable[SUIT_SEVERABLE];

/* Says where in the envelope CBOR is wrong: the reader's error with the format before it. */
fota_status fota_suit_fail(suit *s, const fota_cbor *r, const char *part);
/* The next item of an array, which must be there. */
fota_status fota_suit_item(fota_cbor *r);
/* [algorithm, bytes] */
fota_status fota_suit_digest(suit *s, fota_bytes data, const char *part, suit_digest *digest);
/* FOTA_CHECKSUM when the digest is not that of data. */
fota_status fota_suit_check(suit *s, const suit_digest *digest, fota_bytes data, const char *what);
/* Reads the envelope up to its digests; list = integrated payloads become members. */
fota_status fota_suit_open(suit *s, const fota_image_options *options, bool list);
/* Reads what the manifest says into s and, unless image is NULL, notes. */
fota_status fota_suit_manifest(suit *s);
fota_status fota_suit_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys,
							 size_t key_count, fota_proofs *proofs);

#endif

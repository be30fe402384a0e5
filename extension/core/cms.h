/* SPDX-License-Identifier: PostgreSQL */
/*
 * cms.h: signatures in CMS (RFC 5652, SignedData), over content that is inside or beside. Called by verify of the
 * packages that use them (swu, raucb, fup).
 *
 * Strict DER, and no part that nothing protects: every bit must matter, so that a changed file never passes. What
 * people trust are certificates: that of the signer itself, or one that its chain leads to. Times are not looked at,
 * and nothing is asked for over the network.
 */
#ifndef FOTA_CMS_H
#define FOTA_CMS_H

#include "image.h"

#define FOTA_CMS_CERTIFICATES 16
#define FOTA_CMS_SIGNERS 4

typedef struct fota_cms_signer
{
	fota_bytes	issuer;			/* issuer and serial number, or .. */
	fota_bytes	serial;
	fota_bytes	key_id;			/* .. the identifier of the subject's key */
	fota_hash_kind hash;
	fota_bytes	attributes;		/* as they are, with tag [0]; empty = none, the content itself is signed */
	fota_bytes	digest;			/* of the content, when there are attributes */
	int			scheme;			/* a fota_sign_scheme, or -1 = not known */
	int			salt;			/* RSA-PSS: bytes of it */
	fota_bytes	value;			/* the signature */
} fota_cms_signer;

typedef struct fota_cms
{
	bool		has_content;
	fota_bytes	content;
	fota_bytes	certificates[FOTA_CMS_CERTIFICATES];
	size_t		certificate_count;
	fota_cms_signer signers[FOTA_CMS_SIGNERS];
	size_t		signer_count;
} fota_cms;

/* Whether it may be CMS: the first bytes of a SignedData. */
bool		fota_cms_is(fota_bytes der);
/* Reads it; all points into der. FOTA_SIGNATURE when it cannot be read; format and base are for the error. */
fota_status fota_cms_open(fota_ctx *ctx, fota_bytes der, const char *format, uint64_t base, fota_cms *cms);
/*
 * What can be said without keys: FOTA_SIGNATURE when a signature is wrong by the certificate that it brings along.
 * content as below.
 */
fota_status fota_cms_check(fota_ctx *ctx, const fota_cms *cms, fota_bytes content, const char *format);
/* Adds a proof per signer; content is what is beside, and not looked at when it is inside. */
fota_status fota_cms_verify(fota_ctx *ctx, const fota_cms *cms, fota_bytes content, const fota_key *keys,
							size_t key_count, const char *what, fota_proofs *proofs);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/* cms.c: reads CMS SignedData; see cms.h. Judging is in cms_verify.c. */
#include "cms.h"

#include "parse/der.h"
#include "sign.h"

#include <string.h>

#define OID(text) {(const uint8_t *) text, sizeof(text) - 1}

static const fota_bytes oid_signed_data = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
static const fota_bytes oid_data = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01");
static const fota_bytes oid_content_type = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03");
static const fota_bytes oid_message_digest = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04");
static const fota_bytes oid_pss = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a");
static const fota_bytes oid_mgf1 = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08");

static const struct
{
	fota_bytes	oid;
	fota_hash_kind hash;
}			digests[] = {
	{OID("\x60\x86\x48\x01\x65\x03\x04\x02\x01"), FOTA_HASH_SHA256},
	{OID("\x60\x86\x48\x01\x65\x03\x04\x02\x02"), FOTA_HASH_SHA384},
	{OID("\x60\x86\x48\x01\x65\x03\x04\x02\x03"), FOTA_HASH_SHA512},
};

/* hash -1 = whatever the signer's digest is */
static const struct
{
	fota_bytes	oid;
	fota_sign_scheme scheme;
	int			hash;
}			schemes[] = {
	{OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), FOTA_SIGN_RSA_PKCS1, -1},
	{OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), FOTA_SIGN_RSA_PKCS1, FOTA_HASH_SHA256},
	{OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"), FOTA_SIGN_RSA_PKCS1, FOTA_HASH_SHA384},
	{OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"), FOTA_SIGN_RSA_PKCS1, FOTA_HASH_SHA512},
	{OID("\x2a\x86\x48\xce\x3d\x04\x03\x02"), FOTA_SIGN_ECDSA, FOTA_HASH_SHA256},
	{OID("\x2a\x86\x48\xce\x3d\x04\x03\x03"), FOTA_SIGN_ECDSA, FOTA_HASH_SHA384},
	{OID("\x2a\x86\x48\xce\x3d\x04\x03\x04"), FOTA_SIGN_ECDSA, FOTA_HASH_SHA512},
	{OID("\x2b\x65\x70"), FOTA_SIGN_ED25519, -1},
};

/* What could not be read, for the error; every reader returns it, NULL = all well. */
typedef const char *fault;

/* --- algorithms ---------------------------------------------------------------------------- */

/* SEQUENCE of an OID and parameters; *parameters is empty when there are none, or NULL. */
static bool
read_algorithm(fota_der *r, fota_bytes *oid, fota_bytes *parameters)
{
	fota_der	inner;
	fota_der_item item;

	*parameters = (fota_bytes) {0};
	if (!fota_der_enter(r, FOTA_DER_SEQUENCE, &inner) || !fota_der_take(&inner, FOTA_DER_OID, &item))
		return false;
	*oid = item.value;
	if (fota_der_done(&inner))
		return true;
	if (!fota_der_next(&inner, &item) || !fota_der_done(&inner))
		return false;
	if (item.tag != FOTA_DER_NULL)
		*parameters = item.whole;
	return item.tag != FOTA_DER_NULL || item.value.size == 0;
}

static fault
read_digest(fota_der *r, fota_hash_kind *hash)
{
	fota_bytes	oid;
	fota_bytes	parameters;

	if (!read_algorithm(r, &oid, &parameters) || parameters.size > 0)
		return "a digest algorithm is malformed";
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
	{
		if (fota_bytes_equal(oid, digests[i].oid))
		{
			*hash = digests[i].hash;
			return NULL;
		}
	}
	return "a digest algorithm is not known";
}

/* SEQUENCE of [0] digest, [1] mask generation with that digest, [2] bytes of salt. */
static bool
read_pss(fota_bytes parameters, fota_hash_kind hash, int *salt)
{
	fota_der	r = fota_der_open(parameters);
	fota_der	all;
	fota_der	part;
	fota_der	mask;
	fota_der_item item;
	fota_hash_kind own;
	fota_hash_kind masks;

	if (!fota_der_enter(&r, FOTA_DER_SEQUENCE, &all) || !fota_der_enter(&all, FOTA_DER_CONTEXT, &part) ||
		read_digest(&part, &own) != NULL || !fota_der_done(&part) ||
		!fota_der_enter(&all, FOTA_DER_CONTEXT + 1, &part) || !fota_der_enter(&part, FOTA_DER_SEQUENCE, &mask) ||
		!fota_der_done(&part) || !fota_der_take(&mask, FOTA_DER_OID, &item) || !fota_bytes_equal(item.value, oid_mgf1) ||
		read_digest(&mask, &masks) != NULL || !fota_der_done(&mask) ||
		!fota_der_enter(&all, FOTA_DER_CONTEXT + 2, &part) || !fota_der_next(&part, &item) || !fota_der_done(&part) ||
		!fota_der_done(&all))
		return false;
	*salt = fota_der_small(&item);
	return *salt >= 0 && own == hash && masks == hash;
}

static fault
read_scheme(fota_der *r, fota_cms_signer *signer)
{
	fota_bytes	oid;
	fota_bytes	parameters;

	signer->scheme = -1;
	if (!read_algorithm(r, &oid, &parameters))
		return "the signature algorithm is malformed";
	if (fota_bytes_equal(oid, oid_pss))
	{
		if (!read_pss(parameters, signer->hash, &signer->salt))
			return "the parameters of RSA-PSS are malformed, or of another digest";
		signer->scheme = FOTA_SIGN_RSA_PSS;
		return NULL;
	}
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]) && signer->scheme < 0; i++)
		if (fota_bytes_equal(oid, schemes[i].oid) && (schemes[i].hash < 0 || schemes[i].hash == (int) signer->hash))
			signer->scheme = (int) schemes[i].scheme;
	if (signer->scheme < 0)
		return "the signature algorithm is not known, or of another digest";
	return parameters.size > 0 ? "the signature algorithm has parameters" : NULL;
}

/* --- signers ------------------------------------------------------------------------------- */

/* Signed attributes: the content's type and digest must be there once; others are signed, but not looked at. */
static fault
read_attributes(fota_bytes value, fota_bytes type, fota_cms_signer *signer)
{
	fota_der	r = fota_der_open(value);
	int			types = 0;
	int			found = 0;

	while (!fota_der_done(&r))
	{
		fota_der	attribute;
		fota_der	values;
		fota_der_item name;
		fota_der_item item;

		if (!fota_der_enter(&r, FOTA_DER_SEQUENCE, &attribute) || !fota_der_take(&attribute, FOTA_DER_OID, &name) ||
			!fota_der_enter(&attribute, FOTA_DER_SET, &values) || !fota_der_done(&attribute))
			return "a signed attribute is malformed";
		if (!fota_bytes_equal(name.value, oid_content_type) && !fota_bytes_equal(name.value, oid_message_digest))
			continue;
		if (!fota_der_next(&values, &item) || !fota_der_done(&values))
			return "a signed attribute has not one value";
		if (fota_bytes_equal(name.value, oid_content_type))
		{
			types++;
			if (item.tag != FOTA_DER_OID || !fota_bytes_equal(item.value, type))
				return "the signed type of the content is another";
			continue;
		}
		found++;
		if (item.tag != FOTA_DER_OCTETS)
			return "the signed digest is malformed";
		signer->digest = item.value;
	}
	return types == 1 && found == 1 ? NULL : "type and digest of the content are not signed once each";
}

/* Issuer and serial number, or the key's identifier. */
static fault
read_signer_id(fota_der *r, int version, fota_cms_signer *signer)
{
	fota_der	id;
	fota_der_item item;

	if (version == 3)
	{
		if (!fota_der_take(r, 0x80, &item))
			return "a signer of version 3 has no key identifier";
		signer->key_id = item.value;
		return NULL;
	}
	if (version != 1)
		return "the version of a signer is neither 1 nor 3";
	if (!fota_der_enter(r, FOTA_DER_SEQUENCE, &id) || !fota_der_take(&id, FOTA_DER_SEQUENCE, &item))
		return "a signer of version 1 has no issuer";
	signer->issuer = item.whole;
	if (!fota_der_take(&id, FOTA_DER_INTEGER, &item) || !fota_der_done(&id))
		return "a signer of version 1 has no serial number";
	signer->serial = item.value;
	return NULL;
}

static fault
read_signer(fota_der *list, fota_bytes type, fota_cms_signer *signer)
{
	fota_der	r;
	fota_der_item item;
	fault		why;

	if (!fota_der_enter(list, FOTA_DER_SEQUENCE, &r) || !fota_der_next(&r, &item))
		return "a signer is malformed";
	if ((why = read_signer_id(&r, fota_der_small(&item), signer)) != NULL ||
		(why = read_digest(&r, &signer->hash)) != NULL)
		return why;
	if (fota_der_take(&r, FOTA_DER_CONTEXT, &item))
	{
		signer->attributes = item.whole;
		why = read_attributes(item.value, type, signer);
	}
	else if (!fota_bytes_equal(type, oid_data))
		why = "the type of the content is not signed";
	if (why != NULL || (why = read_scheme(&r, signer)) != NULL)
		return why;
	if (!fota_der_take(&r, FOTA_DER_OCTETS, &item))
		return "a signer has no signature";
	signer->value = item.value;
	return fota_der_done(&r) ? NULL : "a signer has unsigned attributes, which nothing protects";
}

/* --- the whole ----------------------------------------------------------------------------- */

/* A list of certificates. */
static fault
read_certificates(fota_bytes value, fota_cms *cms)
{
	fota_der	r = fota_der_open(value);

	while (!fota_der_done(&r))
	{
		fota_der_item item;

		if (!fota_der_take(&r, FOTA_DER_SEQUENCE, &item))
			return "a certificate is malformed";
		if (cms->certificate_count == FOTA_CMS_CERTIFICATES)
			return "there are too many certificates";
		cms->certificates[cms->certificate_count++] = item.whole;
	}
	return NULL;
}

static fault
read_content(fota_der *r, fota_cms *cms, fota_bytes *type)
{
	fota_der	content;
	fota_der	inner;
	fota_der_item item;

	if (!fota_der_enter(r, FOTA_DER_SEQUENCE, &content) || !fota_der_take(&content, FOTA_DER_OID, &item))
		return "the content is malformed";
	*type = item.value;
	if (fota_der_done(&content))
		return NULL;
	if (!fota_der_enter(&content, FOTA_DER_CONTEXT, &inner) || !fota_der_done(&content) ||
		!fota_der_take(&inner, FOTA_DER_OCTETS, &item) || !fota_der_done(&inner))
		return "the content is malformed";
	cms->has_content = true;
	cms->content = item.value;
	return NULL;
}

/* The digests that are announced are those that the signers use. */
static fault
check_announced(fota_bytes value, const fota_cms *cms)
{
	fota_der	r = fota_der_open(value);
	unsigned	announced = 0;
	unsigned	used = 0;

	while (!fota_der_done(&r))
	{
		fota_hash_kind hash;
		fault		why = read_digest(&r, &hash);

		if (why != NULL)
			return why;
		announced |= 1u << hash;
	}
	for (size_t i = 0; i < cms->signer_count; i++)
		used |= 1u << cms->signers[i].hash;
	return announced == used ? NULL : "the digests that are announced are not those of the signers";
}

static fault
read_signers(fota_bytes value, fota_bytes type, fota_cms *cms)
{
	fota_der	r = fota_der_open(value);

	while (!fota_der_done(&r))
	{
		fault		why;

		if (cms->signer_count == FOTA_CMS_SIGNERS)
			return "there are too many signers";
		why = read_signer(&r, type, &cms->signers[cms->signer_count++]);
		if (why != NULL)
			return why;
	}
	return cms->signer_count > 0 ? NULL : "there is no signer";
}

static fault
read_signed_data(fota_der *r, fota_cms *cms)
{
	fota_der_item version;
	fota_der_item announced;
	fota_der_item item;
	fota_bytes	type;
	bool		newer;
	fault		why;

	if (!fota_der_next(r, &version) || !fota_der_take(r, FOTA_DER_SET, &announced))
		return "no signed data";
	if ((why = read_content(r, cms, &type)) != NULL)
		return why;
	if (fota_der_take(r, FOTA_DER_CONTEXT, &item) && (why = read_certificates(item.value, cms)) != NULL)
		return why;
	if (fota_der_take(r, FOTA_DER_CONTEXT + 1, &item))
		return "it carries revocation lists, which nothing protects";
	if (!fota_der_take(r, FOTA_DER_SET, &item) || !fota_der_done(r))
		return "no list of signers";
	if ((why = read_signers(item.value, type, cms)) != NULL ||
		(why = check_announced(announced.value, cms)) != NULL)
		return why;
	newer = !fota_bytes_equal(type, oid_data);
	for (size_t i = 0; i < cms->signer_count; i++)
		newer |= cms->signers[i].key_id.size > 0;
	return fota_der_small(&version) == (newer ? 3 : 1) ? NULL : "the version is not that of its contents";
}

bool
fota_cms_is(fota_bytes der)
{
	fota_der	r = fota_der_open(der);
	fota_der	info;
	fota_der_item item;

	return fota_der_enter(&r, FOTA_DER_SEQUENCE, &info) && fota_der_take(&info, FOTA_DER_OID, &item) &&
		fota_bytes_equal(item.value, oid_signed_data);
}

fota_status
fota_cms_open(fota_ctx *ctx, fota_bytes der, const char *format, uint64_t base, fota_cms *cms)
{
	fota_der	r = fota_der_open(der);
	fota_der	info = {0};
	fota_der	outer;
	fota_der	data;
	fota_der_item item;
	fault		why = NULL;

	memset(cms, 0, sizeof(*cms));
	if (der.size >= 2 && der.data[0] == FOTA_DER_SEQUENCE && der.data[1] == 0x80)
		why = "its lengths are indefinite (BER), expected DER";
	else if (!fota_der_enter(&r, FOTA_DER_SEQUENCE, &info) || !fota_der_take(&info, FOTA_DER_OID, &item) ||
			 !fota_bytes_equal(item.value, oid_signed_data))
		why = "no CMS signed data in DER";
	else if (!fota_der_done(&r))
		why = "bytes follow it";
	else if (!fota_der_enter(&info, FOTA_DER_CONTEXT, &outer) || !fota_der_done(&info) ||
			 !fota_der_enter(&outer, FOTA_DER_SEQUENCE, &data) || !fota_der_done(&outer))
		why = "no signed data";
	else
		why = read_signed_data(&data, cms);
	if (why == NULL)
		return FOTA_OK;
	return fota_fail(ctx, FOTA_SIGNATURE, base, 0, "%s: CMS not parseable at offset 0x%llX: %s", format,
					 (unsigned long long) base, why);
}

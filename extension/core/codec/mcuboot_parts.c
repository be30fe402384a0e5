/* SPDX-License-Identifier: PostgreSQL */
/* mcuboot_parts.c: header and TLVs of an MCUboot image, its digest and signatures; see mcuboot.h. */
#include "mcuboot.h"

#include "../sign.h"

#include <string.h>

#define TLV_UNPROTECTED 0x6907
#define TLV_PROTECTED 0x6908

enum
{
	TYPE_KEY_HASH = 0x01, TYPE_KEY = 0x02, TYPE_SHA256 = 0x10, TYPE_SHA384 = 0x11, TYPE_SHA512 = 0x12,
	TYPE_RSA2048 = 0x20, TYPE_ECDSA224 = 0x21, TYPE_ECDSA = 0x22, TYPE_RSA3072 = 0x23, TYPE_ED25519 = 0x24,
	TYPE_PURE = 0x25, TYPE_ENCRYPTED_FIRST = 0x30, TYPE_ENCRYPTED_LAST = 0x36, TYPE_DEPENDENCY = 0x40,
	TYPE_SECURITY_COUNTER = 0x50, TYPE_BOOT_RECORD = 0x60, TYPE_UNPACKED_FIRST = 0x70, TYPE_UNPACKED_LAST = 0x73,
	TYPE_VENDOR = 0x74, TYPE_CLASS = 0x75
};

typedef struct parser
{
	fota_ctx   *ctx;
	fota_image *image;			/* may be NULL */
	mcuboot_image *m;
	uint64_t	at;
	bool		is_protected;	/* the list that is read */
	fota_bytes	key_hash;		/* of the next signature */
	fota_bytes	key;
} parser;

typedef struct tlv
{
	unsigned	type;
	fota_bytes	value;
	uint64_t	at;
} tlv;

/* --- header ------------------------------------------------------------------------------- */

static fota_status
check_magic(fota_ctx *ctx, fota_bytes file)
{
	uint32_t	magic = file.size >= 4 ? fota_get_u32le(file.data) : 0;

	if (file.size < 4)
		return fota_fail(ctx, FOTA_TRUNCATED, 0, 0, "mcuboot: header cut at %zu of %u bytes", file.size, MCUBOOT_HEADER);
	if (magic == 0x3db8f396)
		return fota_fail(ctx, FOTA_UNSUPPORTED, 0, 0, "mcuboot: byte-swapped magic: image written with imgtool -e big");
	if (magic == MCUBOOT_MAGIC_V1)
		return fota_fail(ctx, FOTA_UNSUPPORTED, 0, 0, "mcuboot: old MCUboot v1 magic 0x96F3B83C, not supported");
	if (magic != MCUBOOT_MAGIC)
		return fota_fail(ctx, FOTA_SYNTAX, 0, 0, "mcuboot: magic is 0x%08X, expected 0x96F3B83D", magic);
	if (file.size < MCUBOOT_HEADER)
		return fota_fail(ctx, FOTA_TRUNCATED, file.size, 0, "mcuboot: header cut at %zu of %u bytes", file.size,
						 MCUBOOT_HEADER);
	return FOTA_OK;
}

static fota_status
read_header(fota_ctx *ctx, fota_bytes file, mcuboot_image *m)
{
	fota_status status = check_magic(ctx, file);
	const uint8_t *p = file.data;

	if (status != FOTA_OK)
		return status;
	m->file = file;
	m->load_address = fota_get_u32le(p + 4);
	m->header_size = fota_get_u16le(p + 8);
	m->protected_size = fota_get_u16le(p + 10);
	m->image_size = fota_get_u32le(p + 12);
	m->flags = fota_get_u32le(p + 16);
	m->is_encrypted = (m->flags & MCUBOOT_FLAG_ENCRYPTED) != 0;
	if (m->header_size < MCUBOOT_HEADER)
		return fota_fail(ctx, FOTA_SYNTAX, 8, 0, "mcuboot: ih_hdr_size %llu is below %u",
						 (unsigned long long) m->header_size, MCUBOOT_HEADER);
	if (m->header_size + m->image_size > UINT32_MAX)
		return fota_fail(ctx, FOTA_TRUNCATED, 12, 0, "mcuboot: ih_img_size %llu + header %llu overflows",
						 (unsigned long long) m->image_size, (unsigned long long) m->header_size);
	if (m->header_size + m->image_size > file.size)
		return fota_fail(ctx, FOTA_TRUNCATED, file.size, 0,
						 "mcuboot: ih_img_size %llu runs past the file; file ends %llu bytes inside the image",
						 (unsigned long long) m->image_size,
						 (unsigned long long) (m->header_size + m->image_size - file.size));
	return FOTA_OK;
}

static size_t
put_version(const uint8_t *p, char *out, size_t size)
{
	size_t		used = fota_format(out, size, "%u.%u.%u", p[0], p[1], fota_get_u16le(p + 2));

	if (fota_get_u32le(p + 4) != 0)
		used += fota_format(out + used, size - used, "+%u", fota_get_u32le(p + 4));
	return used;
}

static void
say_header(const parser *s)
{
	const mcuboot_image *m = s->m;
	char		version[40];

	put_version(m->file.data + 20, version, sizeof(version));
	fota_image_note(s->image, "version", version, SIZE_MAX);
	fota_image_note_format(s->image, "flags", "0x%08X", m->flags);
	if (m->flags & (MCUBOOT_FLAG_RAM_LOAD | MCUBOOT_FLAG_ROM_FIXED))
		fota_image_note_number(s->image, "load_address", m->load_address);
	if (m->flags & MCUBOOT_FLAG_COMPRESSED)
		fota_image_note(s->image, "compression", "lzma", SIZE_MAX);
}

/* --- TLVs --------------------------------------------------------------------------------- */

static fota_status
bad_length(const parser *s, const tlv *t, const char *name, size_t want)
{
	return fota_fail(s->ctx, FOTA_SYNTAX, t->at + 2, 0, "mcuboot: %s TLV length %zu, expected %zu", name, t->value.size,
					 want);
}

static fota_status
take_hash(parser *s, const tlv *t)
{
	static const fota_hash_kind kinds[] = {FOTA_HASH_SHA256, FOTA_HASH_SHA384, FOTA_HASH_SHA512};
	static const char *const names[] = {"SHA-256", "SHA-384", "SHA-512"};
	unsigned	i = t->type - TYPE_SHA256;

	if (t->value.size != fota_hash_size(kinds[i]))
		return bad_length(s, t, names[i], fota_hash_size(kinds[i]));
	if (s->m->has_hash)
		return fota_fail(s->ctx, FOTA_DUPLICATE, t->at, 0, "mcuboot: a second hash TLV (%s)", names[i]);
	s->m->has_hash = true;
	s->m->hash_kind = kinds[i];
	s->m->hash = t->value;
	return FOTA_OK;
}

static fota_status
take_signature(parser *s, const tlv *t)
{
	mcuboot_image *m = s->m;

	if (m->signature_count == MCUBOOT_SIGNATURES)
		return fota_fail(s->ctx, FOTA_LIMIT, t->at, 0, "mcuboot: more than %u signatures", MCUBOOT_SIGNATURES);
	m->signatures[m->signature_count++] = (mcuboot_signature) {t->type, t->value, s->key_hash, s->key};
	if (s->image != NULL && s->key_hash.data != NULL && m->signature_count == 1)
		fota_image_note_hex(s->image, "key_id", s->key_hash.data, s->key_hash.size);
	s->key_hash = s->key = (fota_bytes) {NULL, 0};
	return FOTA_OK;
}

/* Image number, slot, 2 filling, least version. */
static fota_status
take_dependency(parser *s, const tlv *t)
{
	char		text[64];
	size_t		used;

	if (t->value.size != 12)
		return bad_length(s, t, "dependency", 12);
	used = fota_format(text, sizeof(text), "image-%u >=", t->value.data[0]);
	put_version(t->value.data + 4, text + used, sizeof(text) - used);
	if (s->image != NULL)
		fota_image_note_item(s->image, "depends", text, SIZE_MAX);
	return FOTA_OK;
}

static fota_status
take_uuid(parser *s, const tlv *t)
{
	const uint8_t *p = t->value.data;
	const char *name = t->type == TYPE_VENDOR ? "vendor_uuid" : "class_uuid";
	char		hex[33];
	char		uuid[40];

	if (t->value.size != 16)
		return bad_length(s, t, t->type == TYPE_VENDOR ? "vendor UUID" : "class UUID", 16);
	fota_hex(p, 16, hex);
	fota_format(uuid, sizeof(uuid), "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	if (s->image == NULL)
		return FOTA_OK;
	fota_image_note(s->image, name, uuid, SIZE_MAX);
	fota_image_note_item(s->image, "hw", uuid, SIZE_MAX);
	return FOTA_OK;
}

static fota_status
take_tlv(parser *s, const tlv *t)
{
	switch (t->type)
	{
		case TYPE_SHA256:
		case TYPE_SHA384:
		case TYPE_SHA512:
			return take_hash(s, t);
		case TYPE_RSA2048:
		case TYPE_ECDSA224:
		case TYPE_ECDSA:
		case TYPE_RSA3072:
		case TYPE_ED25519:
			return take_signature(s, t);
		case TYPE_KEY_HASH:
			s->key_hash = t->value;
			return FOTA_OK;
		case TYPE_KEY:
			s->key = t->value;
			return FOTA_OK;
		case TYPE_PURE:
			s->m->is_pure = true;
			return FOTA_OK;
		case TYPE_DEPENDENCY:
			return take_dependency(s, t);
		case TYPE_SECURITY_COUNTER:
			if (t->value.size != 4)
				return bad_length(s, t, "security counter", 4);
			if (s->image != NULL)
				fota_image_note_number(s->image, "security_counter", fota_get_u32le(t->value.data));
			return FOTA_OK;
		case TYPE_VENDOR:
		case TYPE_CLASS:
			return take_uuid(s, t);
		default:
			break;
	}
	if (t->type >= TYPE_ENCRYPTED_FIRST && t->type <= TYPE_ENCRYPTED_LAST)
		s->m->is_encrypted = true;
	else if (s->image != NULL && t->type != TYPE_BOOT_RECORD && (t->type & 0xff) < 0xa0 &&
			 (t->type < TYPE_UNPACKED_FIRST || t->type > TYPE_UNPACKED_LAST))
		fota_image_warn(s->image, "tlv", 0, t->at, "TLV of type 0x%02X is not known", t->type);
	return FOTA_OK;
}

/* The list at s->at; *size is all of it. */
static fota_status
read_list(parser *s, unsigned magic, uint64_t *size)
{
	fota_bytes	file = s->m->file;
	uint64_t	end;
	fota_status status = FOTA_OK;

	if (!fota_binary_has(file, s->at, 4))
		return fota_fail(s->ctx, FOTA_TRUNCATED, file.size, 0, "mcuboot: the file ends before the TLV area at 0x%llX",
						 (unsigned long long) s->at);
	if (fota_get_u16le(file.data + s->at) != magic)
		return fota_fail(s->ctx, FOTA_SYNTAX, s->at, 0, "mcuboot: TLV magic 0x%04X, expected 0x%04X",
						 fota_get_u16le(file.data + s->at), magic);
	*size = fota_get_u16le(file.data + s->at + 2);
	if (*size < 4)
		return fota_fail(s->ctx, FOTA_SYNTAX, s->at + 2, 0, "mcuboot: TLV area size %llu is below 4",
						 (unsigned long long) *size);
	if (magic == TLV_PROTECTED && *size != s->m->protected_size)
		return fota_fail(s->ctx, FOTA_SYNTAX, s->at + 2, 0,
						 "mcuboot: ih_protect_tlv_size %llu but protected TLV area says %llu",
						 (unsigned long long) s->m->protected_size, (unsigned long long) *size);
	if (!fota_binary_has(file, s->at, *size))
		return fota_fail(s->ctx, FOTA_TRUNCATED, s->at, 0, "mcuboot: TLV area runs past the file: %llu bytes at 0x%llX",
						 (unsigned long long) *size, (unsigned long long) s->at);
	end = s->at + *size;
	for (s->at += 4; s->at < end && status == FOTA_OK;)
	{
		tlv			t = {.at = s->at};
		size_t		length;

		if (end - s->at < 4)
			return fota_fail(s->ctx, FOTA_SYNTAX, s->at, 0, "mcuboot: %llu bytes after the last TLV of the area",
							 (unsigned long long) (end - s->at));
		t.type = fota_get_u16le(file.data + s->at);
		length = fota_get_u16le(file.data + s->at + 2);
		s->at += 4;
		if (length > end - s->at)
			return fota_fail(s->ctx, FOTA_TRUNCATED, t.at, 0, "mcuboot: TLV 0x%02X of %zu bytes runs past the TLV area",
							 t.type, length);
		t.value = fota_binary_part(file, s->at, length);
		s->at += length;
		status = take_tlv(s, &t);
	}
	return status;
}

/* --- the image ---------------------------------------------------------------------------- */

static fota_status
check_hash(parser *s)
{
	mcuboot_image *m = s->m;
	uint8_t		digest[FOTA_DIGEST_MAX];
	char		text[17];
	fota_status status;

	if (!m->has_hash && m->is_pure && m->signature_count > 0)
		return FOTA_OK;
	if (!m->has_hash)
		return fota_fail(s->ctx, FOTA_TRUNCATED, m->end, 0, "mcuboot: no hash TLV (SHA-256/384/512)");
	if (s->image != NULL)
	{
		fota_image_note_hex(s->image, "hash", m->hash.data, m->hash.size);
		fota_image_digest_add(s->image, "mcuboot", m->hash.data, m->hash.size);
	}
	if (m->is_encrypted)
		return FOTA_OK;
	status = fota_digest(s->ctx, m->hash_kind, m->file.data, (size_t) m->hashed, digest);
	if (status != FOTA_OK || memcmp(digest, m->hash.data, m->hash.size) == 0)
		return status;
	fota_hex(digest, 8, text);
	return fota_fail(s->ctx, FOTA_CHECKSUM, (uint64_t) (m->hash.data - m->file.data), 0,
					 "mcuboot: hash 0x%016llX.. differs from the image's, computed 0x%s..",
					 (unsigned long long) fota_get_u64be(m->hash.data), text);
}

fota_status
fota_mcuboot_parse(fota_ctx *ctx, fota_bytes file, fota_image *image, mcuboot_image *m)
{
	parser		s = {.ctx = ctx, .image = image, .m = m};
	uint64_t	size = 0;
	fota_status status;

	memset(m, 0, sizeof(*m));
	status = read_header(ctx, file, m);
	if (status != FOTA_OK)
		return status;
	if (image != NULL)
		say_header(&s);
	s.at = m->header_size + m->image_size;
	if (m->protected_size > 0)
		status = read_list(&s, TLV_PROTECTED, &size);
	m->hashed = s.at;
	if (status == FOTA_OK)
		status = read_list(&s, TLV_UNPROTECTED, &size);
	if (status != FOTA_OK)
		return status;
	m->end = s.at;
	if (image != NULL)
	{
		fota_image_note_flag(image, "encrypted", m->is_encrypted);
		fota_image_note_flag(image, "signed", m->signature_count > 0);
	}
	return check_hash(&s);
}

/* --- signatures --------------------------------------------------------------------------- */

/* Some signers pad ECDSA signatures with up to 2 zeroes; DER says how long it is. */
static fota_bytes
without_padding(fota_bytes value)
{
	size_t		size = value.size > 2 && value.data[1] < 0x80 ? value.data[1] + 2u : value.size;

	if (size < value.size && value.size - size <= 2 &&
		fota_binary_filled((fota_bytes) {value.data + size, value.size - size}, 0))
		value.size = size;
	return value;
}

static fota_status
prove(fota_ctx *ctx, const mcuboot_image *m, const mcuboot_signature *from, const fota_key *keys, size_t key_count,
	  fota_proofs *proofs)
{
	fota_signature signature = {.hash = m->hash_kind, .content = m->hash, .value = from->value};
	uint8_t		key_id[FOTA_SHA256_SIZE];
	fota_bytes	id = from->key_hash;
	fota_proof *proof;

	signature.scheme = from->type == TYPE_ED25519 ? FOTA_SIGN_ED25519 :
		from->type == TYPE_RSA2048 || from->type == TYPE_RSA3072 ? FOTA_SIGN_RSA_PSS : FOTA_SIGN_ECDSA;
	signature.is_digest = signature.scheme != FOTA_SIGN_ED25519 && !m->is_pure;
	if (m->is_pure)
		signature.content = fota_binary_part(m->file, 0, m->hashed);
	if (signature.scheme == FOTA_SIGN_ECDSA)
		signature.value = without_padding(from->value);
	if (id.data == NULL && from->key.data != NULL)
	{
		fota_status status = fota_sha256(ctx, from->key.data, from->key.size, key_id);

		if (status != FOTA_OK)
			return status;
		id = (fota_bytes) {key_id, sizeof(key_id)};
	}
	if (id.data != NULL)
		return fota_sign_try_id(ctx, keys, key_count, FOTA_KEY_FORM_MCUBOOT, id, &signature, "image", proofs);
	proof = fota_proof_add(proofs, "image", "", FOTA_PROOF_UNTRUSTED);
	fota_format(proof->text, sizeof(proof->text), "the image does not say which key the signature is by, as MCUboot wants it");
	return FOTA_OK;
}

fota_status
fota_mcuboot_proofs(fota_ctx *ctx, const mcuboot_image *m, const fota_key *keys, size_t key_count, fota_proofs *proofs)
{
	fota_status status = FOTA_OK;
	fota_proof *proof;

	if (m->is_encrypted)
	{
		proof = fota_proof_add(proofs, "image", "", FOTA_PROOF_UNVERIFIABLE);
		fota_format(proof->text, sizeof(proof->text), "the image is encrypted; digest and signature are of what it was before");
		return FOTA_OK;
	}
	if (m->signature_count == 0)
	{
		proof = fota_proof_add(proofs, "image", "", FOTA_PROOF_UNSIGNED);
		fota_format(proof->text, sizeof(proof->text), "the image has a digest, but no signature");
	}
	for (size_t i = 0; i < m->signature_count && status == FOTA_OK; i++)
		status = prove(ctx, m, &m->signatures[i], keys, key_count, proofs);
	return status;
}

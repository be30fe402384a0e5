/* SPDX-License-Identifier: PostgreSQL */
/* test_mcuboot.c: MCUboot images: structure, what they say, digests, signatures, and images inside Intel HEX. */
#include "key_case.h"

#include "sign.h"

#define HEAD 64
#define BODY 100
#define PROTECTED (4 + 8 + 16 + 20)
#define TLVS (HEAD + BODY + PROTECTED)

static void
put_tlv(built *b, unsigned type, const void *value, size_t size)
{
	put_le(b, type, 2);
	put_le(b, size, 2);
	put(b, value, size);
}

/* Header, image and protected TLVs: version 1.2.3+45, counter 7, image 1 from 0.9.0 on, a class. */
static built
unhashed(uint32_t flags)
{
	built		b = {0};

	put_le(&b, 0x96f3b83d, 4);
	put_le(&b, 0x20000000, 4);
	put_le(&b, HEAD, 2);
	put_le(&b, PROTECTED, 2);
	put_le(&b, BODY, 4);
	put_le(&b, flags, 4);
	put(&b, "\1\2\3\0\x2d\0\0\0", 8);
	put(&b, NULL, HEAD - b.size);
	put_count(&b, BODY);
	put_le(&b, 0x6908, 2);
	put_le(&b, PROTECTED, 2);
	put_tlv(&b, 0x50, "\7\0\0\0", 4);
	put_tlv(&b, 0x40, "\1\0\0\0\0\x09\0\0\0\0\0\0", 12);
	put_tlv(&b, 0x75, "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f", 16);
	return b;
}

/* Adds the other TLVs: the digest and, with s, what names the key, and the signature. */
static built
finished(uint32_t flags, const signer *s, unsigned type, fota_hash_kind kind)
{
	fota_ctx	ctx = tap_ctx(0);
	built		b = unhashed(flags);
	size_t		begin = b.size;
	uint8_t		digest[FOTA_DIGEST_MAX];
	uint8_t		id[FOTA_DIGEST_MAX];
	uint8_t		value[512];
	size_t		size = fota_hash_size(kind);

	fota_digest(&ctx, kind, b.data, b.size, digest);
	put_le(&b, 0x6907, 2);
	put_le(&b, 0, 2);
	put_tlv(&b, kind == FOTA_HASH_SHA384 ? 0x11 : 0x10, digest, size);
	if (s != NULL)
	{
		fota_sign_key_id(&ctx, &s->key, FOTA_KEY_FORM_MCUBOOT, kind, id);
		put_tlv(&b, 1, id, size);
		put_tlv(&b, type, value,
				sign_with(s, kind == FOTA_HASH_SHA384 ? EVP_sha384() : EVP_sha256(), type == 0x20 || type == 0x23, type != 0x24,
						  digest, size, value));
	}
	set_le(&b, begin + 2, b.size - begin, 2);
	return b;
}

static void
test_notes(void)
{
	built		b = finished(0x20, NULL, 0, FOTA_HASH_SHA256);
	outcome		o;

	is_vector(&b, "mcuboot", "ram-load.bin");
	accepted(&b, NULL, "", "0x0+252", NULL, "the whole file is what devices get");
	decode(&o, b.data, b.size, NULL, "");
	is_str(find_note(&o.image, "version"), "1.2.3+45", "version");
	is_str(find_note(&o.image, "security_counter"), "7", "security counter");
	is_str(find_note(&o.image, "depends"), "image-1 >=0.9.0", "dependency");
	is_str(find_note(&o.image, "load_address"), "536870912", "load address");
	is_str(find_note(&o.image, "hw"), "10111213-1415-1617-1819-1a1b1c1d1e1f", "class of hardware");
	is_str(find_note(&o.image, "signed"), "false", "unsigned");
	ok(o.image.digest_count == 1 && strcmp(o.image.digests[0].kind, "mcuboot") == 0 && o.image.digests[0].size == 32,
	   "the digest that devices report");
	end_outcome(&o);
	survives(&b, "mcuboot");
	is_verdict(&b, "mcuboot", NULL, 0, FOTA_PROOF_UNSIGNED, NULL, "there is no signature");
	set_le(&b, 16, 0x4, 4);
	is_verdict(&b, "mcuboot", NULL, 0, FOTA_PROOF_UNVERIFIABLE, NULL, "what is encrypted cannot be verified");
	drop(&b);
}

static void
changed(size_t at, uint64_t value, size_t size, fota_status status, const char *says)
{
	built		b = finished(0, NULL, 0, FOTA_HASH_SHA256);

	set_le(&b, at, value, size);
	refused(&b, "mcuboot", "", status, says);
	drop(&b);
}

static void
test_refused(void)
{
	built		b = unhashed(0);

	put_le(&b, 0x6907, 2);
	put_le(&b, 4, 2);
	refused(&b, "mcuboot", "", FOTA_TRUNCATED, "no hash TLV (SHA-256/384/512)");
	b.size = 150;
	refused(&b, "mcuboot", "", FOTA_TRUNCATED, "file ends 14 bytes inside the image");
	drop(&b);
	changed(0, 0x3db8f396, 4, FOTA_UNSUPPORTED, "byte-swapped magic: image written with imgtool -e big");
	changed(0, 0x96f3b83c, 4, FOTA_UNSUPPORTED, "old MCUboot v1 magic 0x96F3B83C, not supported");
	changed(0, 1, 4, FOTA_SYNTAX, "magic is 0x00000001, expected 0x96F3B83D");
	changed(8, 16, 2, FOTA_SYNTAX, "ih_hdr_size 16 is below 32");
	changed(12, 0x7fffffff, 4, FOTA_TRUNCATED, "ih_img_size 2147483647 runs past the file");
	changed(12, 0xffffffff, 4, FOTA_TRUNCATED, "ih_img_size 4294967295 + header 64 overflows");
	changed(10, 64, 2, FOTA_SYNTAX, "ih_protect_tlv_size 64 but protected TLV area says 48");
	changed(10, 0, 2, FOTA_SYNTAX, "TLV magic 0x6908, expected 0x6907");
	changed(TLVS, 0x1234, 2, FOTA_SYNTAX, "TLV magic 0x1234, expected 0x6907");
	changed(TLVS + 2, 2, 2, FOTA_SYNTAX, "TLV area size 2 is below 4");
	changed(TLVS + 2, 2000, 2, FOTA_TRUNCATED, "TLV area runs past the file");
	changed(TLVS + 2, 39, 2, FOTA_TRUNCATED, "TLV 0x10 of 32 bytes runs past the TLV area");
	changed(TLVS + 6, 31, 2, FOTA_SYNTAX, "SHA-256 TLV length 31, expected 32");
	changed(HEAD, 9, 1, FOTA_CHECKSUM, "differs from the image's, computed");
	changed(HEAD + BODY + 6, 3, 2, FOTA_SYNTAX, "security counter TLV length 3, expected 4");
}

static void
test_rest(void)
{
	static const uint8_t magic[] = {
		0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2, 0xef, 0x7f, 0x35, 0x52, 0x50, 0x0f, 0x2c, 0xb6, 0x79, 0x80,
	};
	built		b = finished(0, NULL, 0, FOTA_HASH_SHA256);
	outcome		o;

	put_fill(&b, 0xff, 100);
	accepted(&b, NULL, "", "0x0+352", NULL, "filling may follow");
	put_fill(&b, 1, 1);
	put_fill(&b, 0xff, 7);
	put(&b, magic, sizeof(magic));
	decode(&o, b.data, b.size, NULL, "");
	is_str(find_note(&o.image, "confirmed"), "true", "a trailer says that the image is confirmed");
	is_str(find_note(&o.image, "slot_size"), "376", "and how big the slot is");
	end_outcome(&o);
	b.data[300] = 0;
	refused(&b, "mcuboot", "", FOTA_TRAILING, "124 bytes after the TLVs are neither filling");
	drop(&b);
}

static void
signed_by(const signer *s, const signer *other, unsigned type, fota_hash_kind kind, const char *algorithm)
{
	built		b = finished(0, s, type, kind);
	fota_key	keys[] = {other->key, s->key};

	is_verdict(&b, "mcuboot", keys, 2, FOTA_PROOF_VALID, algorithm, algorithm);
	is_verdict(&b, "mcuboot", keys, 1, FOTA_PROOF_UNTRUSTED, NULL, "by another key it is not trusted");
	no_flip_verifies(&b, 0, b.size, "mcuboot", keys, 2, "no changed bit verifies");
	b.data[b.size - 6] ^= 1;
	is_verdict(&b, "mcuboot", keys, 2, FOTA_PROOF_INVALID, NULL, "a changed signature is invalid");
	drop(&b);
}

static void
test_signatures(void)
{
	signer		p256 = new_p256("p256");
	signer		p384 = new_p384("p384");
	signer		rsa = new_rsa("rsa", 2048);
	signer		ed = new_ed25519("ed");

	signed_by(&p256, &ed, 0x22, FOTA_HASH_SHA256, "ecdsa-p256-sha256");
	signed_by(&p384, &ed, 0x22, FOTA_HASH_SHA384, "ecdsa-p384-sha384");
	signed_by(&rsa, &ed, 0x20, FOTA_HASH_SHA256, "rsa-pss-2048-sha256");
	signed_by(&ed, &rsa, 0x24, FOTA_HASH_SHA256, "ed25519");
	drop_signer(&p256);
	drop_signer(&p384);
	drop_signer(&rsa);
	drop_signer(&ed);
}

/* The image at 0x0800C000 in Intel HEX, as Zephyr writes it. */
static void
test_embedded(void)
{
	signer		s = new_ed25519("ed");
	built		b = finished(0, &s, 0x24, FOTA_HASH_SHA256);
	fota_segment segment = {0x0800c000, b.size, b.data, FOTA_SPACE_FLASH};
	fota_image	image = {.segments = &segment, .segment_count = 1, .bytes = b.size};
	fota_ctx	ctx = tap_ctx(0);
	built		hex = {0};
	fota_buf	out;
	outcome		o;

	fota_buf_init(&out, 1 << 20);
	fota_image_encode(&ctx, &image, "ihex", NULL, &out);
	put(&hex, out.data, out.size);
	decode(&o, hex.data, hex.size, NULL, "");
	is_str(o.image.format, "ihex", "an image inside Intel HEX");
	is_str(find_note(&o.image, "version"), "1.2.3+45", "says its version");
	is_str(find_note(&o.image, "embedded"), "mcuboot 1.2.3+45 at 0x0800C000", "and where it is");
	ok(o.image.digest_count == 1, "and its digest");
	end_outcome(&o);
	is_verdict(&hex, "ihex", &s.key, 1, FOTA_PROOF_VALID, "ed25519", "and its signature is verified");
	fota_buf_free(&ctx, &out);
	b.data[HEAD]++;
	fota_image_encode(&ctx, &image, "ihex", NULL, &out);
	drop(&hex);
	put(&hex, out.data, out.size);
	accepted(&hex, NULL, "", layout(&image), "embedded", "a broken one is warned of");
	fota_buf_free(&ctx, &out);
	drop(&hex);
	drop(&b);
	drop_signer(&s);
}

static void
test_corpus_files(void)
{
	good_file("mcuboot", "ecdsa_p256_dep_sec.bin", "mcuboot", "0x0+1875", NULL,
			  NOTES("version", "2.0.1+7", "security_counter", "5", "depends", "image-1 >=1.2.3", "signed", "true"));
	good_file("mcuboot", "ed25519_v1.2.3+45.bin", "mcuboot", NULL, NULL, NOTES("version", "1.2.3+45"));
	good_file("mcuboot", "ram_load.bin", "mcuboot", NULL, NULL, NOTES("load_address", "536903680"));
	good_file("mcuboot", "rom_fixed.bin", "mcuboot", NULL, NULL, NOTES("load_address", "134348800"));
	good_file("mcuboot", "padded_confirmed.bin", "mcuboot", "0x0+131072", NULL, NOTES("confirmed", "true"));
	good_file("mcuboot", "unsigned_v1.0.0.bin", "mcuboot", NULL, NULL, NOTES("signed", "false"));
	good_file("mcuboot", "signed.hex", "ihex", NULL, NULL, NOTES("version", "4.5.6"));
	signed_file("mcuboot", "ecdsa_p256_dep_sec.bin", "mcuboot", "root-ec-p256.pem", "ecdsa-p256-sha256");
	signed_file("mcuboot", "ecdsa_p384_sha384.bin", "mcuboot", "root-ec-p384.pem", "ecdsa-p384-sha384");
	signed_file("mcuboot", "ed25519_v1.2.3+45.bin", "mcuboot", "root-ed25519.pem", "ed25519");
	signed_file("mcuboot", "rsa2048_pss.bin", "mcuboot", "root-rsa-2048.pem", "rsa-pss-2048-sha256");
	signed_file("mcuboot", "padded_confirmed.bin", "mcuboot", "root-ed25519.pem", "ed25519");
	signed_file("mcuboot", "signed.hex", "ihex", "root-ed25519.pem", "ed25519");
	bad_corpus("mcuboot");
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	tap_seed();
	test_notes();
	test_refused();
	test_rest();
	test_signatures();
	test_embedded();
	test_corpus_files();
	return done();
}

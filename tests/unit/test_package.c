/* SPDX-License-Identifier: PostgreSQL */
/*
 * test_package.c: packages: what is read in them, what is refused and how, who signed them, and that a signed one with
 * any bit changed is never verified. All bits with FOTA_LONG, else some, chosen anew each time.
 */
#include "package_case.h"

static const package_case nordic[] = {
	{"p256.zip", FOTA_OK, "manifest.json:75 fw.bin:300 fw.dat:134"},
	{"ed25519.zip", FOTA_OK, "manifest.json:75 fw.bin:300 fw.dat:134"},
	{"unsigned.zip", FOTA_OK, "manifest.json:75 fw.bin:300 fw.dat:63"},
	{"legacy.zip", FOTA_OK, "manifest.json:143 fw.bin:300 fw.dat:14"},
	{"legacy_crc.zip", FOTA_CHECKSUM, "fw.bin: legacy init packet CRC-16 0x5FD7 does not match, computed 0x5FD6"},
	{"legacy_short.zip", FOTA_TRUNCATED, "fw.dat: legacy init packet of 9 bytes"},
	{"size.zip", FOTA_CHECKSUM, "init packet app_size 299, fw.bin has 300"},
	{"hash.zip", FOTA_CHECKSUM, "fw.bin: SHA-256 in the init packet does not match"},
	{"hash_type.zip", FOTA_UNSUPPORTED, "fw.dat: hash type 1, expected 3"},
	{"type.zip", FOTA_SYNTAX, "the init packet is for a bootloader, the manifest says application"},
	{"cut.zip", FOTA_TRUNCATED, "fw.dat: protobuf field runs past the packet"},
	{"varint.zip", FOTA_RANGE, "fw.dat: protobuf number before byte 11 has more than 64 bits"},
	{"trailing.zip", FOTA_TRAILING, "bytes after the init packet"},
	{"no_init.zip", FOTA_TRUNCATED, "fw.dat: the command has no init packet"},
	{"not_packet.zip", FOTA_TRUNCATED, "fw.dat: the command has no init packet"},
	{"missing.zip", FOTA_TRUNCATED, "manifest names \"other.bin\", not in the archive"},
	{"no_dat.zip", FOTA_TRUNCATED, "application has no dat_file"},
	{"empty.zip", FOTA_TRUNCATED, "manifest names no image"},
	{"not_json.zip", FOTA_SYNTAX, "manifest.json: not valid JSON at position 1"},
	{"no_manifest.zip", FOTA_TRUNCATED, "there is no member \"manifest.json\""},
};

static const package_case ncs[] = {
	{"good.zip", FOTA_OK, "app.bin:476 manifest.json:202"},
	{"version.zip", FOTA_OK, "app.bin:476 manifest.json:201"},
	{"size.zip", FOTA_CHECKSUM, "manifest says app.bin has 7 bytes, it has 476"},
	{"missing.zip", FOTA_TRUNCATED, "manifest names \"b.bin\", not in the archive"},
	{"hash.zip", FOTA_CHECKSUM, "hash 0x"},
	{"empty.zip", FOTA_TRUNCATED, "manifest names no image"},
};

static const package_case pybricks[] = {
	{"hub.zip", FOTA_OK, "firmware-base.bin:300 firmware.metadata.json:126"},
	{"no_base.zip", FOTA_TRUNCATED, "names \"firmware-base.bin\", not in the archive"},
	{"version.zip", FOTA_UNSUPPORTED, "metadata version \"9.0\""},
	{"size.zip", FOTA_RANGE, "has 300 bytes, checksum-size 10"},
};

static const package_case swu[] = {
	{"plain.swu", FOTA_OK, "sw-description:335 app.bin:300"},
	{"json.swu", FOTA_OK, "sw-description:184 app.bin:300"},
	{"cms.swu", FOTA_OK, "sw-description:335 sw-description.sig:1102 app.bin:300"},
	{"rsa.swu", FOTA_OK, "sw-description:335 sw-description.sig:256 app.bin:300"},
	{"zero_sig.swu", FOTA_SIGNATURE, "sw-description.sig does not verify with any trusted key"},
	{"cms_garbage.swu", FOTA_SIGNATURE, "sw-description.sig: CMS not parseable"},
	{"sha.swu", FOTA_CHECKSUM, "app.bin: sha256 in sw-description does not match"},
	{"missing.swu", FOTA_TRUNCATED, "sw-description names \"app.bin\", not in the archive"},
	{"order.swu", FOTA_SYNTAX, "sw-description.sig does not follow sw-description"},
	{"first.swu", FOTA_SYNTAX, "first member is \"app.bin\", must be \"sw-description\""},
	{"desc_syntax.swu", FOTA_SYNTAX, "sw-description line 1: syntax: the text ends, expected a value"},
	{"desc_include.swu", FOTA_UNSUPPORTED, "sw-description line 2: @include"},
	{"desc_twice.swu", FOTA_DUPLICATE, "sw-description line 2: \"version\" is given twice"},
	{"desc_string.swu", FOTA_SYNTAX, "expected the end of a string"},
	{"desc_brace.swu", FOTA_SYNTAX, "found ')', expected a name or '}'"},
	{"desc_escape.swu", FOTA_SYNTAX, "found 'q', expected n, r, t, f"},
	{"desc_deep.swu", FOTA_LIMIT, "more than 16 levels"},
	{"desc_no_software.swu", FOTA_TRUNCATED, "there is no group \"software\""},
	{"desc_sha_text.swu", FOTA_SYNTAX, "is \"12\", expected 64 hex digits"},
};

static const package_case mender[] = {
	{"plain.mender", FOTA_OK, "version:31 manifest:238 header.tar.gz:242 data/0000.tar.gz:349 data/0000/app.bin:300"},
	{"uncompressed.mender", FOTA_OK, "version:31 manifest:235 header.tar:3072 data/0000.tar:2048 data/0000/app.bin:300"},
	{"xz.mender", FOTA_OK, "version:31 manifest:238 header.tar.xz:296 data/0000.tar.xz:368 data/0000/app.bin:300"},
	{"first.mender", FOTA_SYNTAX, "first member is \"manifest\", must be \"version\""},
	{"data_first.mender", FOTA_SYNTAX, "data before header.tar"},
	{"data_early.mender", FOTA_SYNTAX, "data before header.tar"},
	{"version_2.mender", FOTA_UNSUPPORTED, "Mender artifact version 2, expected 3"},
	{"header.mender", FOTA_CHECKSUM, "header.tar.gz: SHA-256 does not match the manifest"},
	{"no_line.mender", FOTA_CHECKSUM, "header.tar.gz: SHA-256 does not match the manifest, which has no line for it"},
	{"data_sum.mender", FOTA_CHECKSUM, "data/0000/app.bin: SHA-256 does not match the manifest"},
	{"unlisted.mender", FOTA_SYNTAX, "member \"data/0000/b.bin\" is not in the manifest"},
	{"extra.mender", FOTA_SYNTAX, "member \"extra\" is not in the manifest"},
	{"missing.mender", FOTA_TRUNCATED, "manifest names \"data/0001/x\", not in the artifact"},
	{"no_header.mender", FOTA_TRUNCATED, "there is no header.tar"},
	{"bad_line.mender", FOTA_SYNTAX, "manifest: \"oops\" is no digest and name"},
	{"name.mender", FOTA_TRUNCATED, "header-info has no artifact_name"},
	{"bomb.mender", FOTA_LIMIT, "data/0000.tar.gz expands over 1000:1"},
};

static const package_case suit[] = {
	{"es256.suit", FOTA_OK, "#app.bin:300"},
	{"alone.suit", FOTA_OK, ""},
	{"unsigned.suit", FOTA_OK, "#app.bin:300"},
	{"digest.suit", FOTA_CHECKSUM, "digest of the manifest does not match"},
	{"payload.suit", FOTA_CHECKSUM, "payload \"#app.bin\" matches no digest in the manifest"},
	{"version.suit", FOTA_UNSUPPORTED, "manifest version 2, expected 1"},
	{"key.suit", FOTA_SYNTAX, "key 9 is not known"},
	{"severed.suit", FOTA_SYNTAX, "the manifest has no digest for install (key 20)"},
	{"trailing.suit", FOTA_TRAILING, "found 1 bytes more"},
	{"no_auth.suit", FOTA_TRUNCATED, "authentication wrapper (key 2) missing"},
	{"no_manifest.suit", FOTA_TRUNCATED, "manifest (key 3) missing"},
	{"not_map.suit", FOTA_SYNTAX, "envelope is not a map"},
	{"twice.suit", FOTA_DUPLICATE, "key 3 twice"},
	{"huge.suit", FOTA_TRUNCATED, "CBOR ends inside a byte string: cbor byte 2: found the end of the data, expected a string of "
		"18446744073709551615 bytes"},
	{"deep.suit", FOTA_SYNTAX, "found an array, expected a byte string"},
	{"cut.suit", FOTA_TRUNCATED, "CBOR ends inside a byte string"},
};

static const package_case raucb[] = {
	{"verity.raucb", FOTA_OK, ""},
	{"plain.raucb", FOTA_OK, ""},
	{"root.raucb", FOTA_CHECKSUM, "the block at offset 0x2000 does not match its hash"},
	{"block.raucb", FOTA_CHECKSUM, "the block at offset 0x1000 does not match its hash"},
	{"size.raucb", FOTA_RANGE, "verity-size is 8192, a tree over 4096 bytes has 0"},
	{"format.raucb", FOTA_UNSUPPORTED, "bundle format \"other\""},
	{"magic.raucb", FOTA_SYNTAX, "no squashfs magic"},
	{"size_0.raucb", FOTA_SYNTAX, "signature size 0"},
	{"size_past.raucb", FOTA_TRUNCATED, "signature size 65536"},
	{"short.raucb", FOTA_TRUNCATED, "8 bytes are too short"},
	{"garbage.raucb", FOTA_SIGNATURE, "CMS not parseable"},
	{"line.raucb", FOTA_SYNTAX, "manifest line 2: \"oops\""},
	{"squashfs.raucb", FOTA_UNSUPPORTED, "squashfs version 3, expected 4"},
	{"signature.raucb", FOTA_SIGNATURE, "signature by the certificate in it: the content is not what was signed"},
};

static const package_case fup[] = {
	{"by_hand.fup", FOTA_OK, "manifest.json:537 app.bin:300 sound/hello.txt:120"},
	{"changed.fup", FOTA_CHECKSUM, "app.bin: sha256 in the manifest does not match"},
	{"size.fup", FOTA_CHECKSUM, "manifest says app.bin has 300 bytes, it has 301"},
	{"content_id.fup", FOTA_CHECKSUM, "app.bin: content_id in the manifest does not match"},
	{"comment.fup", FOTA_SYNTAX, "the archive has a comment"},
	{"descriptor.fup", FOTA_SYNTAX, "member \"app.bin\": it has flags"},
	{"mode.fup", FOTA_SYNTAX, "member \"app.bin\": its version is not 2.0"},
	{"extra.fup", FOTA_SYNTAX, "member \"x\" is not in the manifest"},
	{"missing.fup", FOTA_TRUNCATED, "manifest names \"sound/hello.txt\", not in the archive"},
	{"late_sig.fup", FOTA_SYNTAX, "member \"manifest.sig\" is not where it must be"},
	{"order.fup", FOTA_SYNTAX, "first member is \"app.bin\" (deflate)"},
	{"packed_manifest.fup", FOTA_SYNTAX, "must be \"manifest.json\" (stored)"},
	{"name.fup", FOTA_UNSAFE_NAME, "member \"a p.bin\""},
	{"nested.fup", FOTA_LIMIT, "\"a.fup\" is a package in a package"},
	{"no_fup.fup", FOTA_SYNTAX, "there is no \"fup\""},
	{"no_name.fup", FOTA_TRUNCATED, "there is no \"name\""},
	{"no_sum.fup", FOTA_TRUNCATED, "an entry of \"components\" lacks its sha256"},
	{"version_2.fup", FOTA_UNSUPPORTED, "manifest version 2, expected 1"},
};

/* What became of the signature of a file by the keys of tests/vectors/keys. */
typedef struct signed_case
{
	const char *folder;
	const char *file;
	const char *format;
	const char *version;
	const char *hardware;
	const char *proof;			/* "valid rsa.cert cms-..", or the beginning of it */
} signed_case;

static const signed_case signed_files[] = {
	{"nordic_dfu", "p256.zip", "nordic-dfu", "7", "52", "valid p256.pub ecdsa-p256-sha256"},
	{"nordic_dfu", "ed25519.zip", "nordic-dfu", "7", "52", "valid ed.pub ed25519"},
	{"nordic_dfu", "unsigned.zip", "nordic-dfu", "7", "52", "unsigned"},
	{"nordic_dfu", "legacy.zip", "nordic-dfu", "9", "52", "unsigned"},
	{"ncs_zip", "good.zip", "ncs-zip", "1.2.3+45", "nrf5340dk", "valid ed.pub ed25519"},
	{"swu", "cms.swu", "swu", "2.3.1", "1.0", "valid rsa.cert cms-rsa-2048-sha256"},
	{"swu", "rsa.swu", "swu", "2.3.1", "1.0", "valid rsa.cert rsa-2048-sha256"},
	{"swu", "pss.swu", "swu", "2.3.1", "1.0", "valid rsa.cert rsa-pss-2048-sha256"},
	{"swu", "uncovered.swu", "swu", "2.3.1", "1.0", "invalid"},
	{"swu", "json.swu", "swu", "2.3.1", "1.0", "unsigned"},
	{"mender", "p256.mender", "mender", "lamp-1.4", "lamp", "valid p256.pub ecdsa-p256-sha256"},
	{"mender", "rsa.mender", "mender", "lamp-1.4", "lamp", "valid rsa.cert rsa-2048-sha256"},
	{"mender", "plain.mender", "mender", "lamp-1.4", "lamp", "unsigned"},
	{"suit", "es256.suit", "suit", "5", "10111213-1415-1617-1819-1a1b1c1d1e1f", "valid p256.pub ecdsa-p256-sha256"},
	{"suit", "eddsa.suit", "suit", "5", "10111213-1415-1617-1819-1a1b1c1d1e1f", "valid ed.pub ed25519"},
	{"suit", "kid.suit", "suit", "5", "10111213-1415-1617-1819-1a1b1c1d1e1f", "valid p256.pub ecdsa-p256-sha256"},
	{"suit", "algorithm.suit", "suit", "5", "10111213-1415-1617-1819-1a1b1c1d1e1f", "unverifiable"},
	{"suit", "header.suit", "suit", "5", "10111213-1415-1617-1819-1a1b1c1d1e1f", "unverifiable"},
	{"suit", "unsigned.suit", "suit", "5", "10111213-1415-1617-1819-1a1b1c1d1e1f", "unsigned"},
	{"raucb", "verity.raucb", "raucb", "2026.11", "Lamp rev2", "valid rsa.cert cms-rsa-2048-sha256"},
	{"raucb", "plain.raucb", "raucb", NULL, NULL, "valid rsa.cert cms-rsa-2048-sha256"},
	{"fup", "ed25519.fup", "fup", "1.4.0", "acme lamp >=2", "valid ed.pub ed25519"},
	{"fup", "es256.fup", "fup", "1.4.0", "acme lamp >=2", "valid p256.pub ecdsa-p256-sha256"},
	{"fup", "cms.fup", "fup", "1.4.0", "acme lamp >=2", "valid rsa.cert cms-rsa-2048-sha256"},
	{"fup", "two.fup", "fup", "1.4.0", "acme lamp >=2", "valid ed.pub ed25519"},
	{"fup", "unsigned.fup", "fup", "1.4.0", "acme lamp >=2", "unsigned"},
	{"fup", "sig_garbage.fup", "fup", "1.4.0", "acme lamp >=2", "UF008"},
	{"fup", "sig_upper.fup", "fup", "1.4.0", "acme lamp >=2", "UF008"},
};

#define SIGNED (sizeof(signed_files) / sizeof(signed_files[0]))

static fota_key keys[8];
static size_t key_count;

static void
load_keys(void)
{
	static const char *const names[] = {"ed.pub", "p256.pub", "rsa.cert"};
	char		folder[1200];

	snprintf(folder, sizeof(folder), "%s/tests/vectors/keys", top_folder);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		loaded		file = load(folder, names[i]);

		keys[key_count++] = (fota_key) {.name = names[i], .der = {file.data, file.size},
			.is_certificate = strstr(names[i], ".cert") != NULL};
	}
}

/* Whether every signature is valid, and there is one; *first becomes what became of the first. */
static bool
verified(const void *data, size_t size, const char *format, char *first, size_t room, outcome *o)
{
	static const char *const results[] = {"valid", "invalid", "untrusted", "unsigned", "unverifiable"};
	static fota_proofs proofs;
	size_t		valid = 0;
	fota_status status;

	decode(o, data, size, format, "");
	if (o->status != FOTA_OK)
		return false;
	status = fota_image_verify(&o->ctx, (fota_bytes) {data, size}, &o->image, keys, key_count, &proofs);
	if (status != FOTA_OK)
		snprintf(first, room, "%s %s", fota_status_sqlstate(status), o->ctx.error.message);
	else if (proofs.count > 0)
		snprintf(first, room, "%s%s%s%s%s", results[proofs.list[0].result], proofs.list[0].key[0] ? " " : "",
				 proofs.list[0].key, proofs.list[0].algorithm[0] ? " " : "", proofs.list[0].algorithm);
	for (size_t i = 0; i < proofs.count; i++)
		valid += proofs.list[i].result == FOTA_PROOF_VALID;
	return status == FOTA_OK && valid > 0 && valid == proofs.count;
}

static void
test_signed(const signed_case *c)
{
	char		folder[1200];
	char		first[600] = "";
	int			confidence;
	const char *reason;
	loaded		file;
	outcome		o;
	bool		valid;

	snprintf(folder, sizeof(folder), "%s/tests/vectors/%s", top_folder, c->folder);
	file = load(folder, c->file);
	valid = verified(file.data, file.size, NULL, first, sizeof(first), &o);
	ok(strcmp(fota_image_detect((fota_bytes) {file.data, file.size}, &confidence, &reason)->name, c->format) == 0 &&
	   confidence > 95, "%s is recognised as %s", c->file, c->format);
	ok(o.status == FOTA_OK && (c->version == NULL || (find_note(&o.image, "version") &&
													   strcmp(find_note(&o.image, "version"), c->version) == 0)) &&
	   (c->hardware == NULL || (find_note(&o.image, "hw") && strcmp(find_note(&o.image, "hw"), c->hardware) == 0)),
	   "%s says its version and hardware", c->file);
	if (!ok(strncmp(first, c->proof, strlen(c->proof)) == 0 && valid == (strncmp(c->proof, "valid", 5) == 0), "%s: %s",
			c->file, c->proof))
		printf("# %s\n", first);
	if (!end_outcome(&o))
		ok(false, "%s: all memory is given back", c->file);
	free(file.data);
}

/* Where a change would change nothing that anybody gets: what a zip or cpio says beside its members. */
static bool
same_members(outcome *a, fota_bytes left, outcome *b, fota_bytes right)
{
	bool		same = strcmp(listing(&a->image), "") != 0 && a->image.member_count == b->image.member_count;

	for (size_t i = 0; same && i < a->image.member_count; i++)
	{
		fota_buf	x;
		fota_buf	y;

		same = strcmp(a->image.members[i].name, b->image.members[i].name) == 0 &&
			fota_image_take(&a->ctx, left, &a->image, i, NULL, &x) == FOTA_OK &&
			fota_image_take(&b->ctx, right, &b->image, i, NULL, &y) == FOTA_OK;
		if (!same)
			break;
		same = x.size == y.size && (x.size == 0 || memcmp(x.data, y.data, x.size) == 0);
		fota_buf_free(&a->ctx, &x);
		fota_buf_free(&b->ctx, &y);
	}
	return same;
}

/* loose: the container around has fields that nothing covers; then the members must be those that were signed. */
static void
no_bit_can_change(const char *name, loaded file, const char *format, bool loose, size_t rounds)
{
	fota_bytes	bytes = {file.data, file.size};
	fota_bytes	changed = {malloc(file.size), file.size};
	uint8_t    *copy = (uint8_t *) (uintptr_t) changed.data;
	char		first[600];
	size_t		passed = 0;
	size_t		beside = 0;
	outcome		good;

	memcpy(copy, file.data, file.size);
	if (getenv("FOTA_LONG") && strcmp(getenv("FOTA_LONG"), "all") == 0)
		rounds = 8 * file.size;
	ok(verified(file.data, file.size, format, first, sizeof(first), &good), "%s is verified", name);
	for (size_t i = 0; i < rounds; i++)
	{
		size_t		bit = rounds == 8 * file.size ? i : tap_random(8 * file.size);
		outcome		o;

		copy[bit / 8] ^= (uint8_t) (1 << bit % 8);
		if (verified(copy, file.size, format, first, sizeof(first), &o))
		{
			if (loose && same_members(&good, bytes, &o, changed))
				beside++;
			else
			{
				passed++;
				printf("# bit %zu of byte 0x%zx\n", bit % 8, bit / 8);
			}
		}
		end_outcome(&o);
		copy[bit / 8] ^= (uint8_t) (1 << bit % 8);
	}
	ok(passed == 0, "%s: none of %zu changed bits is verified", name, rounds);
	if (beside > 0)
		printf("# %s: %zu changes beside the members\n", name, beside);
	end_outcome(&good);
	free(copy);
}

static void
test_flips(void)
{
	for (size_t i = 0; i < SIGNED; i++)
	{
		const signed_case *c = &signed_files[i];
		char		folder[1200];
		loaded		file;

		if (strncmp(c->proof, "valid", 5) != 0)
			continue;
		snprintf(folder, sizeof(folder), "%s/tests/vectors/%s", top_folder, c->folder);
		file = load(folder, c->file);
		no_bit_can_change(c->file, file, c->format,
						  strcmp(c->format, "suit") == 0 ? strcmp(c->file, "kid.suit") == 0 :
						  strcmp(c->format, "fup") != 0 && strcmp(c->format, "raucb") != 0, getenv("FOTA_LONG") ? 1000 : 120);
		free(file.data);
	}
}

/* --- the corpus ---------------------------------------------------------------------------------- */

static const char *const corpus_signed[][3] = {
	{"suit", "draft37_example1_signed.suit", "suit_example_pub.pem"}, {"suit", "draft37_example2_signed.suit", "suit_example_pub.pem"},
	{"suit", "draft37_example2_2.suit", "suit_example_pub.pem"}, {"suit", "draft37_example3_signed.suit", "suit_example_pub.pem"},
	{"suit", "draft37_example5_signed.suit", "suit_example_pub.pem"}, {"swu", "cms_signed.swu", "swu_cms_cert.pem"},
	{"mender", "signed_p256.mender", "mender_p256_pub.pem"}, {"raucb", "verity.raucb", "rauc_cert.pem"},
};

/* The DER in a PEM file. */
static fota_key
load_pem(const char *corpus, const char *name)
{
	char		folder[1200];
	loaded		text;
	fota_key	key = {.name = name};
	uint8_t    *der;
	size_t		used = 0;
	uint32_t	bits = 0;
	int			count = 0;
	char	   *p;

	snprintf(folder, sizeof(folder), "%s/formats/keys", corpus);
	text = load(folder, name);
	text.data = realloc(text.data, text.size + 1);
	text.data[text.size] = 0;
	der = malloc(text.size);
	key.is_certificate = strstr((char *) text.data, "BEGIN CERTIFICATE") != NULL;
	p = strstr((char *) text.data, "-----\n");
	for (p = p ? p + 6 : (char *) text.data; *p != '\0' && *p != '-' && *p != '='; p++)
	{
		const char *digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

		if (*p == '\n')
			continue;
		bits = bits << 6 | (uint32_t) (strchr(digits, *p) - digits);
		if (++count % 4 != 1)
			der[used++] = (uint8_t) (bits >> (count % 4 == 2 ? 4 : count % 4 == 3 ? 2 : 0));
	}
	free(text.data);
	key.der = (fota_bytes) {der, used};
	return key;
}

static void
test_corpus_signed(const char *corpus)
{
	for (size_t i = 0; i < sizeof(corpus_signed) / sizeof(corpus_signed[0]); i++)
	{
		char		folder[1200];
		loaded		file;
		size_t		kept = key_count;

		keys[key_count] = load_pem(corpus, corpus_signed[i][2]);
		key_count++;
		snprintf(folder, sizeof(folder), "%s/formats/%s", corpus, corpus_signed[i][0]);
		file = load(folder, corpus_signed[i][1]);
		no_bit_can_change(corpus_signed[i][1], file, corpus_signed[i][0], strcmp(corpus_signed[i][0], "suit") != 0 &&
						  strcmp(corpus_signed[i][0], "raucb") != 0, getenv("FOTA_LONG") ? 1000 : 40);
		free(file.data);
		free((void *) (uintptr_t) keys[kept].der.data);
		key_count = kept;
	}
}

static void
test_files(const char *corpus)
{
	static const char *const folders[] = {"nordic-dfu", "ncs-zip", "swu", "suit", "mender", "raucb"};
	char		path[2048];
	char		line[4096];
	FILE	   *table;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (strcmp(folders[i], "ncs-zip") != 0)
			test_bad_corpus(corpus, folders[i]);
	snprintf(path, sizeof(path), "%s/formats/MANIFEST.tsv", corpus);
	table = fopen(path, "r");
	while (table != NULL && fgets(line, sizeof(line), table))
	{
		char	   *field[4];
		const char *format = NULL;
		loaded		file;
		outcome		o;

		if (split(line, field, 4) < 4)
			continue;
		for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
			if (strcmp(field[0], folders[i]) == 0)
				format = folders[i];
		if (strcmp(field[0], "zip") == 0)
			format = "pybricks";
		if (format == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/formats/%s", corpus, field[0]);
		file = load(path, field[1]);
		decode(&o, file.data, file.size, NULL, "");
		if (!ok(o.status == FOTA_OK && strcmp(o.image.format, format) == 0 && find_note(&o.image, "version") != NULL &&
				find_note(&o.image, "hw") != NULL && takes_all(&o, (fota_bytes) {file.data, file.size}),
				"%s is read as %s, with version and hardware", field[1], format))
			printf("# %s %s %s\n", fota_status_sqlstate(o.status), o.ctx.error.message, o.image.format);
		end_outcome(&o);
		free(file.data);
	}
	if (table != NULL)
		fclose(table);
}

#define CASES(folder, format, list) test_package_cases(folder, format, list, sizeof(list) / sizeof(list[0]))

int
main(int argc, char **argv)
{
	const char *corpus = getenv("FOTA_CORPUS");

	(void) argc;
	find_top(argv[0]);
	tap_seed();
	load_keys();
	CASES("nordic_dfu", "nordic-dfu", nordic);
	CASES("ncs_zip", "ncs-zip", ncs);
	CASES("pybricks", "pybricks", pybricks);
	CASES("swu", "swu", swu);
	CASES("mender", "mender", mender);
	CASES("suit", "suit", suit);
	CASES("raucb", "raucb", raucb);
	CASES("fup", "fup", fup);
	for (size_t i = 0; i < SIGNED; i++)
		test_signed(&signed_files[i]);
	test_flips();
	if (corpus != NULL)
	{
		test_files(corpus);
		test_corpus_signed(corpus);
	}
	for (size_t i = 0; i < key_count; i++)
		free((void *) (uintptr_t) keys[i].der.data);
	return done();
}

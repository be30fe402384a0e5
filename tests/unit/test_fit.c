/* SPDX-License-Identifier: PostgreSQL */
/*
 * test_fit.c: FIT images. Those in tests/vectors/fit were made by mkimage from a kernel of 200 "k" and a device tree of
 * 100 "d", signed with a key of which dev.pem is the public half.
 */
#include "key_case.h"

static built
vector_file(const char *name)
{
	char		folder[1200];
	loaded		file;

	snprintf(folder, sizeof(folder), "%s/tests/vectors/fit", top_folder);
	file = load(folder, name);
	return (built) {file.data, file.size};
}

/* Where some bytes stand in a file; it must have them. */
static size_t
find(const built *b, const void *bytes, size_t size)
{
	for (size_t at = 0; at + size <= b->size; at++)
		if (memcmp(b->data + at, bytes, size) == 0)
			return at;
	abort();
}

static void
test_notes(void)
{
	built		b = vector_file("plain.itb");
	fota_buf	out;
	outcome		o;

	accepted(&b, NULL, "", "0x0+2015", NULL, "devices get the file as it is");
	decode(&o, b.data, b.size, NULL, "");
	is_str(find_note(&o.image, "description"), "lamp 1.0", "description");
	is_str(find_note(&o.image, "hw"), "acme,lamp", "what its configurations are compatible with");
	is_str(find_note(&o.image, "default"), "conf-1", "default configuration");
	is_str(find_note(&o.image, "images"), "kernel: kernel linux arm none at 0x80008000", "images");
	is_str(find_note(&o.image, "load_address"), "2147516416", "load address");
	is_str(find_note(&o.image, "entry"), "2147516480", "entry");
	is_str(find_note(&o.image, "signed"), "false", "unsigned");
	ok(o.image.member_count == 2 && fota_image_take(&o.ctx, (fota_bytes) {b.data, b.size}, &o.image, 1, NULL, &out) == FOTA_OK &&
	   out.size == 100 && out.data[99] == 'd', "images are members that can be taken out");
	fota_buf_free(&o.ctx, &out);
	end_outcome(&o);
	is_verdict(&b, "fit", NULL, 0, FOTA_PROOF_UNSIGNED, NULL, "there is no signature");
	survives(&b, "fit");
	drop(&b);
	b = vector_file("signed-external.itb");
	decode(&o, b.data, b.size, NULL, "");
	ok(o.status == FOTA_OK && o.image.member_count == 2 && o.image.members[0].size == 200 &&
	   o.image.members[0].offset > fota_get_u32be(b.data + 4) - 4, "data may stand behind the tree");
	end_outcome(&o);
	b.size -= 50;
	refused(&b, "fit", "", FOTA_TRUNCATED, "image \"fdt-1\": 100 bytes at 0x");
	drop(&b);
}

static void
changed(size_t at, uint64_t value, size_t size, fota_status status, const char *says)
{
	built		b = vector_file("plain.itb");

	set_be(&b, at, value, size);
	refused(&b, "fit", "", status, says);
	drop(&b);
}

/* A text of the file is replaced by another of the same length. */
static void
replaced(const char *from, const char *to, fota_status status, const char *says)
{
	built		b = vector_file("plain.itb");

	memcpy(b.data + find(&b, from, strlen(from)), to, strlen(to));
	refused(&b, "fit", "", status, says);
	drop(&b);
}

static void
test_refused(void)
{
	built		b = vector_file("plain.itb");

	b.size = 1000;
	refused(&b, "fit", "", FOTA_TRUNCATED, "FDT totalsize 2015 past the file: cut at 1000 bytes");
	b.size = 30;
	refused(&b, "fit", "", FOTA_TRUNCATED, "FDT header cut at 30 of 40 bytes");
	drop(&b);
	changed(0, 1, 4, FOTA_SYNTAX, "FDT magic is 0x00000001");
	changed(4, 0x7fffffff, 4, FOTA_TRUNCATED, "FDT totalsize 2147483647 past the file");
	changed(8, 0xfffffff0, 4, FOTA_TRUNCATED, "FDT structure offset outside");
	changed(12, 0xfffffff0, 4, FOTA_TRUNCATED, "FDT strings offset outside");
	changed(36, 0xfffffff0, 4, FOTA_TRUNCATED, "FDT structure offset outside");
	changed(20, 99, 4, FOTA_UNSUPPORTED, "FDT version 99 unknown");
	changed(56, 7, 4, FOTA_SYNTAX, "FDT structure at 0x38: no valid token");
	replaced("images\0", "imagez\0", FOTA_TRUNCATED, "no /images node");
	replaced("kkkk", "kkkx", FOTA_CHECKSUM, "image \"kernel\": hash-1 (sha256) differs");
	replaced("fdt-1", "kerne", FOTA_TRUNCATED, "which is not in the /images node");
}

static void
test_signatures(void)
{
	static const struct
	{
		const char *file;
		const char *algorithm;
		const char *covered;	/* bytes from here on, of which none may be changed */
		size_t		size;
	}			files[] = {
		{"signed-configuration.itb", "rsa-2048-sha256", "kkkk", 200},
		{"signed-pss.itb", "rsa-pss-2048-sha256", "kkkk", 200},
		{"signed-image.itb", "rsa-2048-sha256", "kkkk", 200},
		{"signed-external.itb", "rsa-2048-sha256", "kkkk", 200},
	};
	char		path[2048];
	signer		s;
	signer		other = new_rsa("other", 2048);
	signer		ec = new_p256("ec");

	snprintf(path, sizeof(path), "%s/tests/vectors/fit/dev.pem", top_folder);
	s = read_pem(path, "dev");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
	{
		built		b = vector_file(files[i].file);
		size_t		at = find(&b, files[i].covered, 4);
		fota_key	keys[] = {ec.key, other.key, s.key};

		is_verdict(&b, "fit", keys, 3, FOTA_PROOF_VALID, files[i].algorithm, files[i].file);
		is_verdict(&b, "fit", keys, 2, FOTA_PROOF_INVALID, NULL, "by another key it is not valid");
		is_verdict(&b, "fit", keys, 1, FOTA_PROOF_UNTRUSTED, NULL, "without a key of its type it is not trusted");
		no_flip_verifies(&b, at, at + files[i].size, "fit", &s.key, 1, "no changed bit of its data verifies");
		survives(&b, "fit");
		drop(&b);
	}
	drop_signer(&s);
	drop_signer(&other);
	drop_signer(&ec);
}

/* What a configuration's signature covers, and what it must. */
static void
test_cover(void)
{
	char		path[2048];
	signer		s;
	built		b = vector_file("signed-kernel-only.itb");
	fota_proof	proof = {0};

	snprintf(path, sizeof(path), "%s/tests/vectors/fit/dev.pem", top_folder);
	s = read_pem(path, "dev");
	ok(verdict(b.data, b.size, "fit", &s.key, 1, &proof) == FOTA_PROOF_INVALID, "a signature that leaves an image out is invalid");
	is_str(proof.text, "the signature does not cover image \"fdt-1\" with a hash of it", "and says which");
	drop(&b);
	b = vector_file("signed-configuration.itb");
	b.data[find(&b, "acme,lamp2", 10)] = 'b';
	is_verdict(&b, "fit", &s.key, 1, FOTA_PROOF_INVALID, NULL, "the configuration itself is covered");
	drop(&b);
	b = vector_file("signed-configuration.itb");
	b.data[find(&b, "\x80\0\x80\x40", 4) + 3]++;
	is_verdict(&b, "fit", &s.key, 1, FOTA_PROOF_INVALID, NULL, "so is where an image begins");
	b.data[find(&b, "\x80\0\x80\x41", 4) + 3]--;
	is_verdict(&b, "fit", &s.key, 1, FOTA_PROOF_VALID, NULL, "and nothing else was changed");
	drop(&b);
	drop_signer(&s);
}

int
main(int argc, char **argv)
{
	(void) argc;
	find_top(argv[0]);
	tap_seed();
	test_notes();
	test_refused();
	test_signatures();
	test_cover();
	good_file("fit", "sha256.itb", "fit", NULL, NULL, NOTES("hw", "acme,rev2", "load_address", "134234112"));
	good_file("fit", "external_data.itb", "fit", NULL, NULL, NOTES("hw", "acme,rev2"));
	bad_corpus("fit");
	return done();
}

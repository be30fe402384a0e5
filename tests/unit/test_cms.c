/* SPDX-License-Identifier: PostgreSQL */
/*
 * test_cms.c: signatures in CMS: by certificates that are trusted themselves or lead to a trusted one, over content
 * inside and beside; and that no bit of one can be changed.
 */
#include "package_case.h"

#include "cms.h"

static char folder[1200];

static fota_key
certificate(const char *name)
{
	loaded		file = load(folder, name);

	return (fota_key) {.name = name, .der = {file.data, file.size}, .is_certificate = true};
}

/* "valid root.cert cms-ecdsa-p256-sha256", or why not. */
static const char *
judge(fota_bytes der, fota_bytes content, const fota_key *keys, size_t count)
{
	static const char *const results[] = {"valid", "invalid", "untrusted", "unsigned", "unverifiable"};
	static fota_proofs proofs;
	static char text[1200];
	fota_ctx	ctx = tap_ctx(0);
	fota_cms	cms;
	fota_status status = fota_cms_open(&ctx, der, "test", 0, &cms);

	proofs.count = 0;
	if (status == FOTA_OK)
		status = fota_cms_verify(&ctx, &cms, content, keys, count, "it", &proofs);
	if (status != FOTA_OK)
		snprintf(text, sizeof(text), "%s %s", fota_status_sqlstate(status), ctx.error.message);
	else
		snprintf(text, sizeof(text), "%s %s %s%s%s", results[proofs.list[0].result], proofs.list[0].key,
				 proofs.list[0].algorithm, proofs.list[0].text[0] ? ": " : "", proofs.list[0].text);
	return ctx.used == 0 ? text : "memory is lost";
}

static void
judged(const char *file, fota_key key, const char *want)
{
	loaded		der = load(folder, file);
	loaded		content = load(folder, "content");
	const char *got = judge((fota_bytes) {der.data, der.size}, (fota_bytes) {content.data, content.size}, &key, 1);

	if (!ok(strstr(got, want) == got, "%s by %s: %s", file, key.name, want))
		printf("# %s\n", got);
	free(der.data);
	free(content.data);
}

/* Bits of the signature and of the content, one at a time. */
static void
no_bit_can_change(const char *file, const fota_key *keys, size_t count)
{
	loaded		der = load(folder, file);
	loaded		content = load(folder, "content");
	fota_bytes	d = {der.data, der.size};
	fota_bytes	c = {content.data, content.size};
	bool		inside = strstr(file, "inline") != NULL;
	size_t		bits = 8 * (der.size + (inside ? 0 : content.size));
	size_t		rounds = getenv("FOTA_LONG") ? bits : 250;
	size_t		passed = 0;

	ok(strncmp(judge(d, c, keys, count), "valid ", 6) == 0, "%s is valid", file);
	for (size_t i = 0; i < rounds; i++)
	{
		size_t		bit = getenv("FOTA_LONG") ? i : tap_random(bits);
		uint8_t    *byte = bit / 8 < der.size ? der.data + bit / 8 : content.data + (bit / 8 - der.size);

		*byte ^= (uint8_t) (1 << bit % 8);
		if (strncmp(judge(d, c, keys, count), "valid ", 6) == 0)
		{
			printf("# bit %zu of byte %zu\n", bit % 8, bit / 8);
			passed++;
		}
		*byte ^= (uint8_t) (1 << bit % 8);
	}
	ok(passed == 0, "%s with any of %zu bits changed is not valid", file, rounds);
	free(der.data);
	free(content.data);
}

int
main(int argc, char **argv)
{
	static const char *const signed_files[] = {"ec_chain.cms", "ec_inline.cms", "ec_no_certs.cms", "ec_keyid.cms",
		"ec_noattr.cms", "rsa.cms", "rsa_sha512.cms", "rsa_pss.cms", "rsa_pss_32.cms"};
	fota_key	root;
	fota_key	middle;
	fota_key	ec;
	fota_key	rsa;
	fota_key	all[4];

	(void) argc;
	find_top(argv[0]);
	tap_seed();
	snprintf(folder, sizeof(folder), "%s/tests/vectors/cms", top_folder);
	all[0] = root = certificate("root.cert");
	all[1] = middle = certificate("middle.cert");
	all[2] = ec = certificate("ec.cert");
	all[3] = rsa = certificate("rsa.cert");
	judged("ec_chain.cms", root, "valid root.cert cms-ecdsa-p256-sha256");
	judged("ec_chain.cms", rsa, "untrusted  cms-ecdsa-p256-sha256: the signer's certificate does not lead to a trusted one");
	judged("ec_inline.cms", root, "valid root.cert");
	judged("ec_no_certs.cms", ec, "valid ec.cert cms-ecdsa-p256-sha256");
	judged("ec_no_certs.cms", root, "untrusted  cms: the signer's certificate is neither in it nor");
	judged("ec_keyid.cms", ec, "valid ec.cert");
	judged("ec_noattr.cms", ec, "valid ec.cert");
	judged("rsa.cms", rsa, "valid rsa.cert cms-rsa-2048-sha256");
	judged("rsa.cms", root, "valid root.cert");
	judged("rsa_sha512.cms", root, "valid root.cert cms-rsa-2048-sha512");
	judged("rsa_pss.cms", root, "valid root.cert cms-rsa-pss-2048-sha256");
	judged("rsa_pss_32.cms", root, "valid root.cert cms-rsa-pss-2048-sha256");
	judged("extra_cert.cms", root, "untrusted  cms-rsa-2048-sha256: certificate ");
	judged("sha1.cms", root, "UF008 test: CMS not parseable at offset 0x0: a digest algorithm is not known");
	judged("ber.cms", root, "UF008 test: CMS not parseable at offset 0x0: its lengths are indefinite");
	judged("content", root, "UF008 test: CMS not parseable at offset 0x0: no CMS signed data");
	for (size_t i = 0; i < sizeof(signed_files) / sizeof(signed_files[0]); i++)
		no_bit_can_change(signed_files[i], strstr(signed_files[i], "chain") || strstr(signed_files[i], "inline") ? all : all + 2, 2);
	for (size_t i = 0; i < 4; i++)
		free((void *) (uintptr_t) all[i].der.data);
	return done();
}

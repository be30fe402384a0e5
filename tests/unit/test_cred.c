/* SPDX-License-Identifier: PostgreSQL */
/* links: common/cred.c */
/* test_cred.c: wrapping of keys, and reading the wrapping key. */
#include "tap.h"

#include <unistd.h>

#include "cred.h"

static bool
load(const void *data, size_t size, uint8_t key[CRED_KEY_SIZE])
{
	char		name[] = "/tmp/fota-cred-XXXXXX";
	char		error[256] = "";
	int			fd = mkstemp(name);
	bool		good = fd >= 0 && write(fd, data, size) == (ssize_t) size &&
		cred_load_key(name, key, error, sizeof error);

	close(fd);
	unlink(name);
	return good;
}

int
main(void)
{
	static const char hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F\n";
	uint8_t		key[CRED_KEY_SIZE],
				raw[CRED_KEY_SIZE],
				secret[16],
				wrapped[16 + CRED_OVERHEAD],
				again[16 + CRED_OVERHEAD],
				out[16];
	int			accepted = 0;
	char		error[256];

	for (int i = 0; i < CRED_KEY_SIZE; i++)
		raw[i] = (uint8_t) i;
	ok(load(hex, sizeof hex - 1, key) && memcmp(key, raw, 32) == 0, "a key of 64 hex digits and a newline is read");
	memset(key, 0, sizeof key);
	ok(load(raw, sizeof raw, key) && memcmp(key, raw, 32) == 0, "a key of 32 bytes is read");
	ok(!load(hex, 63, key), "63 hex digits are refused");
	ok(!load(raw, 31, key), "31 bytes are refused");
	ok(!load("", 0, key), "an empty file is refused");
	ok(!cred_load_key("/nonexistent/key", key, error, sizeof error) && strstr(error, "/nonexistent/key"),
	   "a missing file is named");

	memcpy(key, raw, 32);
	memcpy(secret, "0123456789abcdef", 16);
	ok(cred_wrap(key, "1.1.A0001", secret, 16, wrapped), "a secret is wrapped");
	ok(cred_unwrap(key, "1.1.A0001", wrapped, sizeof wrapped, out) && memcmp(out, secret, 16) == 0,
	   "and comes out as it went in");
	ok(!cred_unwrap(key, "1.1.A0002", wrapped, sizeof wrapped, out), "not for another identity");
	key[0] ^= 1;
	ok(!cred_unwrap(key, "1.1.A0001", wrapped, sizeof wrapped, out), "not with another key");
	key[0] ^= 1;
	for (size_t bit = 0; bit < sizeof wrapped * 8; bit++)
	{
		wrapped[bit / 8] ^= (uint8_t) (1 << bit % 8);
		accepted += cred_unwrap(key, "1.1.A0001", wrapped, sizeof wrapped, out);
		wrapped[bit / 8] ^= (uint8_t) (1 << bit % 8);
	}
	is_int(accepted, 0, "no wrapped form with one bit flipped is accepted");
	ok(!cred_unwrap(key, "1.1.A0001", wrapped, CRED_OVERHEAD - 1, out), "too short a form is refused");
	ok(cred_wrap(key, "1.1.A0001", secret, 16, again) && memcmp(again, wrapped, sizeof wrapped) != 0,
	   "wrapping twice gives two forms");
	ok(cred_equal("abc", "abc", 3) && !cred_equal("abc", "abd", 3), "secrets are compared");
	cred_wipe(secret, sizeof secret);
	ok(secret[0] == 0 && secret[15] == 0, "a wiped secret is gone");
	return done();
}

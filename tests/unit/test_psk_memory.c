/* SPDX-License-Identifier: PostgreSQL */
/* links: coap/psk_memory.c common/cred.c */
/* test_psk_memory.c: identities of pre-shared keys, and what is remembered of them. */
#include "tap.h"

#include "coap/psk_memory.h"

static void
valid(const char *identity, bool want)
{
	ok(psk_identity_valid((const uint8_t *) identity, strlen(identity)) == want, "\"%s\" is %s identity", identity,
	   want ? "an" : "no");
}

static void
identities(void)
{
	valid("1.1.A0001", true);
	valid("2147483647.0.a", true);
	valid("7.12.lamp_1-x.y", true);
	valid("1.1.0123456789012345678901234567890123456789", true);
	valid("1.1.01234567890123456789012345678901234567890", false);
	valid("", false);
	valid("1", false);
	valid("1.", false);
	valid("1.1", false);
	valid("1.1.", false);
	valid(".1.a", false);
	valid("1..a", false);
	valid("0.1.a", false);
	valid("01.1.a", false);
	valid("1.01.a", false);
	valid("-1.1.a", false);
	valid("2147483648.1.a", false);
	valid("99999999999.1.a", false);
	valid("1.1.a b", false);
	valid("1.1.\xc3\xa9", false);
	valid("1.1.a/b", false);
	ok(!psk_identity_valid((const uint8_t *) "1.1.a\0b", 7), "a NUL is in no identity");
	ok(!psk_identity_valid((const uint8_t *) "1.1.a", 4), "only the bytes that were given count");
}

static void
fill(psk_memory *m, const char *identity, int32_t tenant, int64_t device, int64_t credential, int64_t now)
{
	psk_known  *k = psk_memory_add(m, identity, now);

	k->tenant_id = tenant;
	k->device_id = device;
	k->credential_id = credential;
}

static void
changes(void)
{
	psk_memory *m = psk_memory_new();

	fill(m, "1.1.a", 1, 10, 100, 5);
	fill(m, "1.1.b", 1, 11, 101, 5);
	fill(m, "2.1.a", 2, 12, 102, 5);
	psk_memory_changed(m, 1, "device", 10);
	ok(psk_memory_find(m, "1.1.a", 6)->at == 0, "the key of a changed device is doubted");
	ok(psk_memory_find(m, "1.1.b", 6)->at == 5, "that of another device is not");
	psk_memory_changed(m, 1, "credential", 100);
	ok(psk_memory_find(m, "1.1.a", 6) == NULL, "a changed credential is forgotten");
	ok(psk_memory_find(m, "1.1.b", 6) != NULL, "another is not");
	psk_memory_changed(m, 1, "epoch", 9);
	ok(psk_memory_find(m, "1.1.b", 6)->at == 0, "a tenant's epoch makes its keys doubted");
	ok(psk_memory_find(m, "2.1.a", 6)->at == 5, "another tenant's are not");
	psk_memory_changed(m, 2, "credential", 0);
	ok(psk_memory_find(m, "2.1.a", 6) == NULL && psk_memory_find(m, "1.1.b", 6) != NULL,
	   "credential 0 is all of the tenant");
	psk_memory_free(m);
}

static void
refusals(void)
{
	psk_memory *m = psk_memory_new();

	fill(m, "1.1.a", 1, 10, 100, 100000);
	psk_memory_refuse(m, "1.1.a", 100000);
	ok(psk_memory_find(m, "1.1.a", 100000) == NULL, "a refused identity loses its key");
	ok(psk_memory_refused(m, "1.1.a", 109999), "the refusal is remembered for 10 s");
	ok(!psk_memory_refused(m, "1.1.a", 110000), "and no longer");
	ok(!psk_memory_refused(m, "1.1.b", 100000), "another identity is not refused");
	psk_memory_changed(m, 1, "credential", 5);
	ok(!psk_memory_refused(m, "1.1.a", 100001), "a change of credentials ends refusals");
	psk_memory_free(m);
}

static void
bounds(void)
{
	psk_memory *m = psk_memory_new();
	char		name[65];
	int			left = 0;

	fill(m, "1.1.kept", 1, 1, 1, 1);
	for (int i = 0; i < 100000; i++)
	{
		snprintf(name, sizeof name, "1.1.stranger-%d", i);
		psk_memory_refuse(m, name, i);
	}
	ok(psk_memory_find(m, "1.1.kept", 2) != NULL, "strangers do not push a device out");
	for (int i = 0; i < 100000; i++)
	{
		snprintf(name, sizeof name, "1.1.d%d", i);
		fill(m, name, 1, i, i, i);
		psk_memory_find(m, "1.1.kept", i);
	}
	for (int i = 0; i < 100000; i++)
	{
		snprintf(name, sizeof name, "1.1.d%d", i);
		left += psk_memory_find(m, name, 0) != NULL;
	}
	ok(left > 1000 && left <= 4096 * 4, "of 100000 devices %d are remembered", left);
	ok(psk_memory_find(m, "1.1.kept", 0) != NULL, "among them the one that was used all the time");
	psk_memory_free(m);
}

int
main(void)
{
	identities();
	changes();
	refusals();
	bounds();
	return done();
}

/* SPDX-License-Identifier: PostgreSQL */
/* test_zigbee_ota.c: Zigbee OTA upgrade files. */
#include "binary_case.h"

static built
make(unsigned fields)
{
	built		b = {0};
	size_t		header = 56 + (fields & 1 ? 1u : 0) + (fields & 2 ? 8u : 0) + (fields & 4 ? 4u : 0);

	put_le(&b, 0x0BEEF11E, 4);
	put_le(&b, 0x0100, 2);
	put_le(&b, header, 2);
	put_le(&b, fields, 2);
	put_le(&b, 0x1037, 2);
	put_le(&b, 0x0042, 2);
	put_le(&b, 0x01020304, 4);
	put_le(&b, 2, 2);
	put(&b, "lamp\0", 5);
	put(&b, NULL, 27);
	put_le(&b, header + 6 + 100 + 6 + 16, 4);
	if (fields & 1)
		put_le(&b, 3, 1);
	if (fields & 2)
		put_le(&b, 0x1122334455667788, 8);
	if (fields & 4)
		put_le(&b, 0x00050002, 4);
	put_le(&b, 0, 2);
	put_le(&b, 100, 4);
	put_count(&b, 100);
	put_le(&b, 3, 2);
	put_le(&b, 16, 4);
	put_count(&b, 16);
	return b;
}

static void
changed(size_t at, uint64_t value, size_t size, fota_status status, const char *says)
{
	built		b = make(0);

	set_le(&b, at, value, size);
	refused(&b, "zigbee-ota", "", status, says);
	drop(&b);
}

int
main(int argc, char **argv)
{
	built		b = make(7);
	built		prefixed = {0};
	outcome		o;

	(void) argc;
	find_top(argv[0]);
	is_vector(&b, "zigbee_ota", "all-fields.ota");
	accepted(&b, NULL, "", "0x0+197", NULL, "devices get the file");
	decode(&o, b.data, b.size, NULL, "");
	is_str(find_note(&o.image, "version"), "16909060", "version");
	is_str(find_note(&o.image, "hw"), "1037:0042", "manufacturer and type");
	is_str(find_note(&o.image, "name"), "lamp", "text of the header");
	is_str(find_note(&o.image, "destination"), "1122334455667788", "destination");
	is_str(find_note(&o.image, "min_hw_version"), "2", "least hardware version");
	is_str(find_note(&o.image, "max_hw_version"), "5", "most hardware version");
	ok(o.image.member_count == 2 && strcmp(o.image.members[0].name, "0-upgrade-image") == 0 &&
	   o.image.members[0].size == 100, "elements are members");
	end_outcome(&o);
	survives(&b, "zigbee-ota");
	put_fill(&prefixed, 'x', 100);
	put(&prefixed, b.data, b.size);
	accepted(&prefixed, NULL, "", "0x0+197", "prefix", "bytes before the header are left out");
	drop(&prefixed);
	b.size -= 10;
	refused(&b, "zigbee-ota", "", FOTA_TRUNCATED, "total size mismatch: 197 bytes, but the file is cut at 187");
	b.size = 40;
	refused(&b, "zigbee-ota", "", FOTA_TRUNCATED, "header cut at 40 of 56 bytes");
	drop(&b);
	changed(0, 1, 4, FOTA_SYNTAX, "magic 0x0BEEF11E not found");
	changed(4, 0x200, 2, FOTA_UNSUPPORTED, "header version 0x0200 unknown");
	changed(6, 55, 2, FOTA_SYNTAX, "header length 55, expected 56");
	changed(52, 1, 4, FOTA_TRUNCATED, "total size mismatch: 1 bytes, but the file has 184");
	changed(58, 0x7fffffff, 4, FOTA_TRUNCATED, "element 0: 2147483647 bytes run past the file");
	changed(58, 118, 4, FOTA_TRUNCATED, "element 1: its head of 6 bytes is cut at 4");
	good_file("zigbee-ota", "sensor.ota", "zigbee-ota", NULL, NULL, NOTES("name", "ACME sensor", "hw", "1037:0042"));
	bad_corpus("zigbee-ota");
	return done();
}

/* SPDX-License-Identifier: PostgreSQL */
/* checks.c: sums and digests that a layout asks for; see layout.h. */
#include "layout.h"

#include "../crc.h"

#include <string.h>

typedef struct check
{
	char		algorithm[16];
	uint64_t	from;
	uint64_t	to;
	uint64_t	zero_from;		/* this part counts as zeros */
	uint64_t	zero_to;
	const layout_value *is;
} check;

static const struct
{
	const char *name;
	fota_crc_spec spec;
}			crcs[] = {
	{"crc32", {32, 0x04c11db7, 0xffffffff, 0xffffffff, true, true}},
	{"crc32-raw", {32, 0x04c11db7, 0xffffffff, 0, true, true}},
	{"crc32-mpeg2", {32, 0x04c11db7, 0xffffffff, 0, false, false}},
	{"crc16-ccitt", {16, 0x1021, 0xffff, 0, false, false}},
	{"crc16-xmodem", {16, 0x1021, 0, 0, false, false}},
	{"crc16-modbus", {16, 0x8005, 0xffff, 0, true, true}},
};

static fota_status
add_crc(layout_run *run, const check *c, fota_crc *crc)
{
	fota_status status = fota_crc_add(run->ctx, crc, run->file.data + c->from, (size_t) (c->zero_from - c->from));

	if (status == FOTA_OK)
		status = fota_crc_add_fill(run->ctx, crc, 0, c->zero_to - c->zero_from);
	return status == FOTA_OK ? fota_crc_add(run->ctx, crc, run->file.data + c->zero_to, (size_t) (c->to - c->zero_to)) : status;
}

/* sum8, sum16, sum32 (of bytes) and xor8. */
static fota_status
add_bytes(layout_run *run, const check *c, uint64_t *result)
{
	bool		exclusive = strcmp(c->algorithm, "xor8") == 0;
	uint64_t	sum = 0;

	for (uint64_t at = c->from; at < c->to; at++)
	{
		uint8_t		byte = at >= c->zero_from && at < c->zero_to ? 0 : run->file.data[at];

		sum = exclusive ? sum ^ byte : sum + byte;
		if ((at & (FOTA_POLL_EVERY - 1)) == 0 && fota_poll(run->ctx, FOTA_POLL_EVERY) != FOTA_OK)
			return run->ctx->error.code;
	}
	*result = strcmp(c->algorithm, "sum32") == 0 ? sum & 0xffffffff : strcmp(c->algorithm, "sum16") == 0 ? sum & 0xffff :
		sum & 0xff;
	return FOTA_OK;
}

/* Whether the algorithm gives a number; *number is it. */
static fota_status
number_of(layout_run *run, const check *c, bool *known, uint64_t *number)
{
	fota_crc	crc;
	fota_status status;

	*known = true;
	for (size_t i = 0; i < sizeof(crcs) / sizeof(crcs[0]); i++)
	{
		if (strcmp(crcs[i].name, c->algorithm) != 0)
			continue;
		status = fota_crc_begin(run->ctx, &crc, &crcs[i].spec);
		if (status == FOTA_OK)
			status = add_crc(run, c, &crc);
		*number = fota_crc_end(&crc);
		return status;
	}
	*known = strcmp(c->algorithm, "sum8") == 0 || strcmp(c->algorithm, "sum16") == 0 ||
		strcmp(c->algorithm, "sum32") == 0 || strcmp(c->algorithm, "xor8") == 0;
	return *known ? add_bytes(run, c, number) : FOTA_OK;
}

static fota_status
check_number(layout_run *run, const check *c, uint64_t number)
{
	if (c->is->kind != VALUE_NUMBER)
		return layout_bad(run->ctx, "check %s: field %s is no number", c->algorithm, c->is->name);
	if (c->is->number == number || run->checking)
		return FOTA_OK;
	fota_fail(run->ctx, FOTA_CHECKSUM, c->is->offset, 0, "%s: %s is 0x%llX, computed 0x%llX", run->name, c->is->name,
			  (unsigned long long) c->is->number, (unsigned long long) number);
	return fota_fail_hint(run->ctx, "The file was damaged: take it again from where it was made.");
}

static fota_status
check_digest(layout_run *run, const check *c)
{
	static const char zeros[1024];
	fota_hash_kind kind = strcmp(c->algorithm, "sha256") == 0 ? FOTA_HASH_SHA256 :
		strcmp(c->algorithm, "sha1") == 0 ? FOTA_HASH_SHA1 : FOTA_HASH_MD5;
	uint8_t		digest[FOTA_SHA256_SIZE];
	fota_hash	hash;
	fota_status status;

	if (c->zero_to - c->zero_from > sizeof(zeros))
		return layout_bad(run->ctx, "check %s: more than %zu bytes count as zeros", c->algorithm, sizeof(zeros));
	if (c->is->kind != VALUE_BYTES || c->is->bytes.size != fota_hash_size(kind))
		return layout_bad(run->ctx, "check %s: field %s is not %zu bytes", c->algorithm, c->is->name, fota_hash_size(kind));
	if ((status = fota_hash_init(run->ctx, &hash, kind)) != FOTA_OK)
		return status;
	if ((status = fota_hash_update(run->ctx, &hash, run->file.data + c->from, (size_t) (c->zero_from - c->from))) != FOTA_OK ||
		(status = fota_hash_update(run->ctx, &hash, zeros, (size_t) (c->zero_to - c->zero_from))) != FOTA_OK ||
		(status = fota_hash_update(run->ctx, &hash, run->file.data + c->zero_to, (size_t) (c->to - c->zero_to))) != FOTA_OK)
	{
		fota_hash_drop(&hash);
		return status;
	}
	status = fota_hash_final(run->ctx, &hash, digest);
	if (status != FOTA_OK || run->checking || memcmp(digest, c->is->bytes.data, c->is->bytes.size) == 0)
		return status;
	return fota_fail(run->ctx, FOTA_CHECKSUM, c->is->offset, 0, "%s: %s does not match the bytes from 0x%llX to 0x%llX", run->name,
					 c->is->name, (unsigned long long) c->from, (unsigned long long) c->to);
}

/* What the check's keys say. */
static fota_status
read_check(layout_run *run, fota_bytes object, check *c)
{
	fota_bytes	value;
	fota_bytes	zero;
	char		name[FIELD_NAME];
	fota_status status = layout_keys(run->ctx, object, "a check", "algorithm from to is zero");

	if (status != FOTA_OK || (status = layout_get(run->ctx, object, "algorithm", &value)) != FOTA_OK)
		return status;
	if (value.data == NULL)
		return layout_bad(run->ctx, "a check has no algorithm");
	if ((status = layout_string(run->ctx, value, "algorithm", c->algorithm, sizeof(c->algorithm))) != FOTA_OK ||
		(status = layout_get(run->ctx, object, "from", &value)) != FOTA_OK ||
		(value.data != NULL && (status = layout_sum(run, value, "from", &c->from)) != FOTA_OK) ||
		(status = layout_get(run->ctx, object, "to", &value)) != FOTA_OK)
		return status;
	c->to = run->file.size;
	if ((value.data != NULL && (status = layout_sum(run, value, "to", &c->to)) != FOTA_OK) ||
		(status = layout_get(run->ctx, object, "is", &value)) != FOTA_OK)
		return status;
	if (value.data == NULL)
		return layout_bad(run->ctx, "check %s does not say which field it \"is\"", c->algorithm);
	if ((status = layout_string(run->ctx, value, "is", name, sizeof(name))) != FOTA_OK ||
		(status = layout_get(run->ctx, object, "zero", &zero)) != FOTA_OK)
		return status;
	c->is = layout_value_of(run, name, strlen(name));
	if (c->is == NULL)
		return layout_bad(run->ctx, "check %s: there is no field %s", c->algorithm, name);
	if (zero.data == NULL)
		c->zero_from = c->zero_to = c->to;
	else
	{
		const layout_value *field;

		if ((status = layout_string(run->ctx, zero, "zero", name, sizeof(name))) != FOTA_OK)
			return status;
		if ((field = layout_value_of(run, name, strlen(name))) == NULL)
			return layout_bad(run->ctx, "check %s: there is no field %s", c->algorithm, name);
		c->zero_from = field->offset;
		c->zero_to = field->offset + field->bytes.size;
	}
	return FOTA_OK;
}

static fota_status
take_check(layout_run *run, const char *key, fota_bytes object)
{
	check		c = {0};
	uint64_t	number = 0;
	bool		known;
	fota_status status = read_check(run, object, &c);

	(void) key;
	if (status != FOTA_OK)
		return status;
	if (c.from > c.to || c.to > run->file.size)
		return fota_fail(run->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "%s: %s is of the bytes from 0x%llX to 0x%llX, the file has 0x%llX",
						 run->name, c.is->name, (unsigned long long) c.from, (unsigned long long) c.to,
						 (unsigned long long) run->file.size);
	if (c.zero_from < c.from || c.zero_to > c.to)
		c.zero_from = c.zero_to = c.to;
	status = number_of(run, &c, &known, &number);
	if (status != FOTA_OK)
		return status;
	if (known)
		return check_number(run, &c, number);
	if (strcmp(c.algorithm, "sha256") != 0 && strcmp(c.algorithm, "sha1") != 0 && strcmp(c.algorithm, "md5") != 0)
		return layout_bad(run->ctx, "there is no algorithm %s; algorithms are crc32 crc32-raw crc32-mpeg2 crc16-ccitt crc16-xmodem "
						  "crc16-modbus sum8 sum16 sum32 xor8 sha256 sha1 md5", c.algorithm);
	return check_digest(run, &c);
}

fota_status
layout_run_checks(layout_run *run)
{
	fota_bytes	value;
	fota_status status = layout_get(run->ctx, run->text, "checks", &value);

	if (status != FOTA_OK || value.data == NULL)
		return status;
	return layout_each(run, value, take_check);
}

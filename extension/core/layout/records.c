/* SPDX-License-Identifier: PostgreSQL */
/* records.c: records of type, length and value, which become members; see layout.h. */
#include "layout.h"

#include <string.h>

typedef struct records
{
	uint64_t	from;
	uint64_t	to;
	unsigned	tag;			/* bytes of the type */
	unsigned	size;			/* bytes of the length */
	fota_bytes	names;			/* {"0": "image"}, or none */
} records;

/* "u8", "u16", "u32": its bytes. */
static fota_status
width_of(layout_run *run, fota_bytes object, const char *key, unsigned *width)
{
	char		name[8];
	fota_bytes	value;
	fota_status status = layout_get(run->ctx, object, key, &value);

	if (status == FOTA_OK && value.data == NULL)
		return layout_bad(run->ctx, "records have no %s", key);
	if (status == FOTA_OK)
		status = layout_string(run->ctx, value, key, name, sizeof(name));
	if (status != FOTA_OK)
		return status;
	*width = strcmp(name, "u8") == 0 ? 1 : strcmp(name, "u16") == 0 ? 2 : strcmp(name, "u32") == 0 ? 4 : 0;
	return *width > 0 ? FOTA_OK : layout_bad(run->ctx, "%s of records must be u8, u16 or u32", key);
}

static fota_status
read_records(layout_run *run, fota_bytes object, records *r)
{
	fota_bytes	value;
	fota_status status = layout_keys(run->ctx, object, "records", "from to tag size names");

	r->to = run->file.size;
	if (status != FOTA_OK || (status = layout_get(run->ctx, object, "from", &value)) != FOTA_OK)
		return status;
	if (value.data == NULL)
		return layout_bad(run->ctx, "records do not say from where");
	if ((status = layout_sum(run, value, "from", &r->from)) != FOTA_OK ||
		(status = layout_get(run->ctx, object, "to", &value)) != FOTA_OK ||
		(value.data != NULL && (status = layout_sum(run, value, "to", &r->to)) != FOTA_OK) ||
		(status = width_of(run, object, "tag", &r->tag)) != FOTA_OK ||
		(status = width_of(run, object, "size", &r->size)) != FOTA_OK)
		return status;
	return layout_get(run->ctx, object, "names", &r->names);
}

/* "2-image": number and the word for its type. */
static fota_status
name_record(layout_run *run, const records *r, unsigned number, uint64_t tag, char *out, size_t size)
{
	char		key[24];
	char		word[32];
	fota_bytes	value = {NULL, 0};
	fota_status status = FOTA_OK;

	fota_format(key, sizeof(key), "%llu", (unsigned long long) tag);
	fota_format(word, sizeof(word), "tag-%04llx", (unsigned long long) tag);
	if (r->names.data != NULL)
		status = layout_get(run->ctx, r->names, key, &value);
	if (status == FOTA_OK && value.data != NULL)
		status = layout_string(run->ctx, value, "a name of records", word, sizeof(word));
	fota_format(out, size, "%u-%s", number, word);
	return status;
}

/* The record at *at, which goes on to the next. */
static fota_status
take_record(layout_run *run, const records *r, unsigned number, uint64_t *at)
{
	const uint8_t *p = run->file.data + *at;
	uint64_t	head = r->tag + r->size;
	uint64_t	tag;
	uint64_t	size;
	char		name[64];
	fota_member *member;
	fota_status status;

	if (r->to - *at < head)
		return fota_fail(run->ctx, FOTA_TRUNCATED, *at, 0, "%s: record %u: its head of %llu bytes is cut at %llu", run->name, number,
						 (unsigned long long) head, (unsigned long long) (r->to - *at));
	tag = layout_number(p, r->tag, run->little);
	size = layout_number(p + r->tag, r->size, run->little);
	if (size > r->to - *at - head)
		return fota_fail(run->ctx, FOTA_TRUNCATED, *at, 0, "%s: record %u: %llu bytes run past the end of the records", run->name,
						 number, (unsigned long long) size);
	if ((status = name_record(run, r, number, tag, name, sizeof(name))) != FOTA_OK)
		return status;
	member = fota_image_member(run->ctx, run->image, run->options, run->name, *at, (const uint8_t *) name, strlen(name));
	if (member == NULL)
		return run->ctx->error.code;
	member->method = "stored";
	member->offset = run->before + *at + head;
	member->size = member->packed = size;
	*at += head + size;
	return fota_poll(run->ctx, 64);
}

fota_status
layout_read_records(layout_run *run)
{
	records		r = {0};
	fota_bytes	value;
	uint64_t	at;
	fota_status status = layout_get(run->ctx, run->text, "records", &value);

	if (status != FOTA_OK || value.data == NULL || (status = read_records(run, value, &r)) != FOTA_OK || run->checking)
		return status;
	if (r.from >= r.to || r.to > run->file.size)
		return fota_fail(run->ctx, FOTA_TRUNCATED, r.from, 0, "%s: the records from 0x%llX to 0x%llX are not in the file of 0x%llX bytes",
						 run->name, (unsigned long long) r.from, (unsigned long long) r.to, (unsigned long long) run->file.size);
	at = r.from;
	for (unsigned number = 0; at < r.to && status == FOTA_OK; number++)
		status = take_record(run, &r, number, &at);
	return status;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * suit_manifest.c: what a SUIT manifest says: sequence number, components, and of its commands those that set
 * parameters: who it is for, digest, size and place of the images. Commands are not run. See suit.h.
 */
#include "suit.h"

#include <string.h>

#define SET_PARAMETERS 19		/* the older name of .. */
#define OVERRIDE_PARAMETERS 20

/* "fa6b4a53-d5ad-5fdf-be9d-e663e4d41ffe" */
static void
note_uuid(fota_image *image, const char *name, fota_bytes id, bool item)
{
	char		digits[33];
	char		text[40];

	if (id.size != 16)
		return;
	fota_hex(id.data, 16, digits);
	fota_format(text, sizeof(text), "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12, digits + 16, digits + 20);
	if (item)
		fota_image_note_item(image, name, text, SIZE_MAX);
	else
		fota_image_note(image, name, text, SIZE_MAX);
}

static fota_status
keep_digest(suit *s, fota_bytes data)
{
	suit_digest digest;
	char		text[2 * FOTA_DIGEST_MAX + 1];
	fota_status status = fota_suit_digest(s, data, "digest of an image", &digest);

	if (status != FOTA_OK)
		return status;
	if (s->digest_count < SUIT_DIGESTS)
		s->digests[s->digest_count++] = digest;
	if (digest.bytes.size > FOTA_DIGEST_MAX)
		return FOTA_OK;
	fota_hex(digest.bytes.data, digest.bytes.size, text);
	fota_image_note_item(s->image, "digest", text, SIZE_MAX);
	fota_image_digest_add(s->image, "suit", digest.bytes.data, digest.bytes.size);
	return FOTA_OK;
}

/* One parameter; r stands before its value. */
static fota_status
read_parameter(suit *s, fota_cbor *r, int64_t key)
{
	fota_bytes	bytes = {0};
	uint64_t	number = 0;
	fota_status status;

	switch (key)
	{
		case 1:
		case 2:
		case 24:
			status = fota_cbor_bytes(r, &bytes);
			if (status == FOTA_OK)
				note_uuid(s->image, key == 1 ? "vendor" : key == 2 ? "hw" : "device", bytes, key == 2);
			return status;
		case 3:
			status = fota_cbor_bytes(r, &bytes);
			return status == FOTA_OK ? keep_digest(s, bytes) : status;
		case 14:
			status = fota_cbor_uint(r, &number);
			if (status == FOTA_OK)
				fota_image_note_number(s->image, "image_size", number);
			return status;
		case 21:
			status = fota_cbor_text(r, &bytes);
			if (status == FOTA_OK && s->uri_count < SUIT_DIGESTS)
				s->uris[s->uri_count++] = bytes;
			if (status == FOTA_OK)
				fota_image_note_item(s->image, "uri", (const char *) bytes.data, bytes.size);
			return status;
		default:
			return fota_cbor_skip(r);
	}
}

static fota_status
read_parameters(suit *s, fota_cbor *r)
{
	bool		more;
	int64_t		key;
	fota_status status = fota_cbor_enter(r, FOTA_CBOR_MAP);

	while (status == FOTA_OK && (status = fota_cbor_next(r, &more)) == FOTA_OK && more)
		if ((status = fota_cbor_int(r, &key)) == FOTA_OK)
			status = read_parameter(s, r, key);
	return status;
}

/* [command, argument, command, argument ..] */
static fota_status
read_commands(suit *s, fota_bytes data, const char *part)
{
	fota_cbor	r;
	fota_cbor_type type;
	bool		more;
	int64_t		command;
	fota_status status;

	fota_cbor_open(&r, s->ctx, data.data, data.size);
	status = fota_cbor_enter(&r, FOTA_CBOR_ARRAY);
	while (status == FOTA_OK && (status = fota_cbor_next(&r, &more)) == FOTA_OK && more)
	{
		if ((status = fota_cbor_int(&r, &command)) != FOTA_OK || (status = fota_cbor_next(&r, &more)) != FOTA_OK)
			break;
		if (!more)
			return fota_fail(s->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, SUIT ": %s: command %lld has no argument", part,
							 (long long) command);
		if ((status = fota_cbor_peek(&r, &type)) != FOTA_OK)
			break;
		status = (command == OVERRIDE_PARAMETERS || command == SET_PARAMETERS) && type == FOTA_CBOR_MAP ?
			read_parameters(s, &r) : fota_cbor_skip(&r);
	}
	if (status == FOTA_OK)
		status = fota_cbor_end(&r);
	if (status == FOTA_OK || strncmp(s->ctx->error.message, SUIT ":", sizeof(SUIT)) == 0)
		return status;
	return fota_suit_fail(s, &r, part);
}

/* [ [ bytes .. ] .. ]: names of components, shown as text where they are. */
static fota_status
read_components(suit *s, fota_cbor *r)
{
	bool		more;
	fota_bytes	part;
	fota_status status = fota_cbor_enter(r, FOTA_CBOR_ARRAY);

	while (status == FOTA_OK && (status = fota_cbor_next(r, &more)) == FOTA_OK && more)
	{
		char		name[FOTA_IMAGE_TEXT] = "";
		size_t		used = 0;

		status = fota_cbor_enter(r, FOTA_CBOR_ARRAY);
		while (status == FOTA_OK && (status = fota_cbor_next(r, &more)) == FOTA_OK && more)
		{
			char		hex[2 * 16 + 1];

			if ((status = fota_cbor_bytes(r, &part)) != FOTA_OK)
				break;
			fota_hex(part.data, part.size < 16 ? part.size : 16, hex);
			used += fota_format(name + used, sizeof(name) - used, "%s%s", used > 0 ? "/" : "", hex);
		}
		if (status == FOTA_OK)
			fota_image_note_item(s->image, "component", name, SIZE_MAX);
	}
	return status;
}

static fota_status
read_common(suit *s, fota_bytes data)
{
	fota_cbor	r;
	fota_bytes	sequence = {0};
	bool		more;
	int64_t		key;
	fota_status status;

	fota_cbor_open(&r, s->ctx, data.data, data.size);
	status = fota_cbor_enter(&r, FOTA_CBOR_MAP);
	while (status == FOTA_OK && (status = fota_cbor_next(&r, &more)) == FOTA_OK && more)
	{
		if ((status = fota_cbor_int(&r, &key)) == FOTA_OK)
			status = key == 2 ? read_components(s, &r) : key == 4 ? fota_cbor_bytes(&r, &sequence) : fota_cbor_skip(&r);
	}
	if (status == FOTA_OK)
		status = fota_cbor_end(&r);
	if (status != FOTA_OK)
		return fota_suit_fail(s, &r, "common");
	return sequence.data != NULL ? read_commands(s, sequence, "shared sequence") : FOTA_OK;
}

/* A part that may be severed: its digest, or the part itself. */
static fota_status
read_severable(suit *s, fota_cbor *r, int64_t key)
{
	size_t		begin = r->at;
	fota_cbor_type type;
	fota_bytes	bytes;
	fota_status status = fota_cbor_peek(r, &type);

	if (status != FOTA_OK)
		return status;
	if (type == FOTA_CBOR_BYTES)
	{
		status = fota_cbor_bytes(r, &bytes);
		return status == FOTA_OK && key != 23 ? read_commands(s, bytes, "commands") : status;
	}
	status = fota_cbor_skip(r);
	for (int i = 0; i < SUIT_SEVERABLE && status == FOTA_OK; i++)
		if (fota_suit_severable[i] == key)
			status = fota_suit_digest(s, (fota_bytes) {r->data + begin, r->at - begin}, "digest of a severed part",
									  &s->severed_digests[i]);
	return status;
}

/* One member of the manifest; r stands before its value. */
static fota_status
read_member(suit *s, fota_cbor *r, int64_t key, uint64_t *version, uint64_t *sequence)
{
	fota_bytes	bytes;
	fota_status status;

	switch (key)
	{
		case 1:
			return fota_cbor_uint(r, version);
		case 2:
			return fota_cbor_uint(r, sequence);
		case 3:
			status = fota_cbor_bytes(r, &bytes);
			return status == FOTA_OK ? read_common(s, bytes) : status;
		case 4:
			status = fota_cbor_text(r, &bytes);
			if (status == FOTA_OK)
				fota_image_note(s->image, "reference", (const char *) bytes.data, bytes.size);
			return status;
		case 7:
		case 8:
		case 9:
			status = fota_cbor_bytes(r, &bytes);
			return status == FOTA_OK ? read_commands(s, bytes, key == 7 ? "validate" : key == 8 ? "load" : "invoke") : status;
		case 16:
		case 20:
		case 23:
			return read_severable(s, r, key);
		default:
			return fota_cbor_skip(r);
	}
}

fota_status
fota_suit_manifest(suit *s)
{
	uint64_t	version = UINT64_MAX;
	uint64_t	sequence = UINT64_MAX;
	fota_cbor	r;
	bool		more;
	int64_t		key;
	fota_status status;

	fota_cbor_open(&r, s->ctx, s->manifest.data, s->manifest.size);
	status = fota_cbor_enter(&r, FOTA_CBOR_MAP);
	while (status == FOTA_OK && (status = fota_cbor_next(&r, &more)) == FOTA_OK && more)
		if ((status = fota_cbor_int(&r, &key)) == FOTA_OK)
			status = read_member(s, &r, key, &version, &sequence);
	if (status == FOTA_OK)
		status = fota_cbor_end(&r);
	if (status != FOTA_OK)
		return strncmp(s->ctx->error.message, SUIT ":", sizeof(SUIT)) == 0 ? status : fota_suit_fail(s, &r, "manifest");
	if (version != 1)
		return fota_fail(s->ctx, version == UINT64_MAX ? FOTA_TRUNCATED : FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, version == UINT64_MAX ?
						 SUIT ": the manifest has no version (key 1)" : SUIT ": manifest version %llu, expected 1",
						 (unsigned long long) version);
	if (sequence == UINT64_MAX)
		return fota_fail(s->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, SUIT ": the manifest has no sequence number (key 2)");
	fota_image_note_format(s->image, "version", "%llu", (unsigned long long) sequence);
	fota_image_note_number(s->image, "security_counter", sequence);
	return FOTA_OK;
}

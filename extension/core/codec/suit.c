/* SPDX-License-Identifier: PostgreSQL */
/*
 * suit.c: SUIT envelopes, tagged 107 or not: { 2: authentication, 3: manifest, 16 20 23: parts that may be severed,
 * texts: payloads }. Every digest is checked here; signatures are in suit_sign.c. See suit.h.
 */
#include "suit.h"

#include <string.h>

#define KEY_AUTH 2
#define KEY_MANIFEST 3

const int64_t fota_suit_severable[SUIT_SEVERABLE] = {16, 20, 23};

static int
suit_detect(fota_bytes file, const char **reason)
{
	const uint8_t *p = file.data;

	*reason = "CBOR with the tag of a SUIT envelope";
	if (file.size >= 3 && p[0] == 0xd8 && p[1] == 107)
		return 97;
	*reason = "a CBOR map that begins like a SUIT envelope";
	return file.size > 8 && p[0] >= 0xa2 && p[0] < 0xb8 && p[1] == KEY_AUTH && p[2] == 0x58 && p[4] >> 5 == 4 && p[5] == 0x58 ? 96 : 0;
}

/* --- errors and digests ------------------------------------------------------------------------ */

fota_status
fota_suit_fail(suit *s, const fota_cbor *r, const char *part)
{
	char		why[FOTA_MESSAGE_SIZE];
	fota_status status = s->ctx->error.code;
	fota_ctx	scratch = {0};
	fota_cbor	again;
	int64_t		key;

	if (status == FOTA_NOMEM || status == FOTA_CANCELED || status == FOTA_INTERNAL)
		return status;
	fota_format(why, sizeof(why), "%s", s->ctx->error.message);
	if (status == FOTA_TRUNCATED)
		return fota_fail(s->ctx, status, FOTA_NOWHERE, 0, SUIT ": %s: CBOR ends inside %s: %s", part,
						 strstr(why, "string of") != NULL ? "a byte string" : "an item", why);
	fota_cbor_open(&again, &scratch, r->data + r->at, r->size - r->at);
	if (status == FOTA_DUPLICATE && fota_cbor_int(&again, &key) == FOTA_OK)
		return fota_fail(s->ctx, status, FOTA_NOWHERE, 0, SUIT ": %s: key %lld twice: %s", part, (long long) key, why);
	return fota_fail(s->ctx, status, FOTA_NOWHERE, 0, SUIT ": %s: %s", part, why);
}

fota_status
fota_suit_item(fota_cbor *r)
{
	bool		more;
	fota_status status = fota_cbor_next(r, &more);

	if (status != FOTA_OK || more)
		return status;
	return fota_fail(r->ctx, FOTA_TRUNCATED, r->at, 0, "cbor byte %zu: found the end of an array, expected one more item",
					 r->at);
}

fota_status
fota_suit_digest(suit *s, fota_bytes data, const char *part, suit_digest *digest)
{
	fota_cbor	r;
	bool		more;
	fota_status status;

	fota_cbor_open(&r, s->ctx, data.data, data.size);
	if ((status = fota_cbor_enter(&r, FOTA_CBOR_ARRAY)) == FOTA_OK && (status = fota_suit_item(&r)) == FOTA_OK &&
		(status = fota_cbor_int(&r, &digest->algorithm)) == FOTA_OK && (status = fota_suit_item(&r)) == FOTA_OK &&
		(status = fota_cbor_bytes(&r, &digest->bytes)) == FOTA_OK && (status = fota_cbor_next(&r, &more)) == FOTA_OK)
		status = more ? fota_cbor_unexpected(&r, "the end of a digest") : fota_cbor_end(&r);
	return status == FOTA_OK ? FOTA_OK : fota_suit_fail(s, &r, part);
}

fota_status
fota_suit_check(suit *s, const suit_digest *digest, fota_bytes data, const char *what)
{
	fota_hash_kind kind = digest->algorithm == -43 ? FOTA_HASH_SHA384 : digest->algorithm == -44 ? FOTA_HASH_SHA512 :
		FOTA_HASH_SHA256;
	uint8_t		have[FOTA_DIGEST_MAX];
	char		text[2 * FOTA_DIGEST_MAX + 1];
	fota_status status;

	if (digest->algorithm != -16 && digest->algorithm != -43 && digest->algorithm != -44)
		return fota_fail(s->ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, SUIT ": digest algorithm %lld of %s is not supported",
						 (long long) digest->algorithm, what);
	status = fota_digest(s->ctx, kind, data.data, data.size, have);
	if (status != FOTA_OK)
		return status;
	if (digest->bytes.size == fota_hash_size(kind) && memcmp(digest->bytes.data, have, digest->bytes.size) == 0)
		return FOTA_OK;
	fota_hex(have, 8, text);
	return fota_fail(s->ctx, FOTA_CHECKSUM, FOTA_NOWHERE, 0, SUIT ": digest of %s does not match, computed %s..", what, text);
}

/* --- envelope ---------------------------------------------------------------------------------- */

/* The value of an integer key; *whole includes its head. */
static fota_status
read_value(suit *s, fota_cbor *r, int64_t key)
{
	size_t		begin = r->at;
	fota_bytes	bytes;
	fota_bytes	whole;
	fota_status status = fota_cbor_bytes(r, &bytes);

	if (status != FOTA_OK)
		return status;
	whole = (fota_bytes) {r->data + begin, r->at - begin};
	if (key == KEY_AUTH)
		s->auth = bytes;
	else if (key == KEY_MANIFEST)
	{
		s->manifest = bytes;
		s->manifest_whole = whole;
	}
	else
	{
		for (int i = 0; i < SUIT_SEVERABLE; i++)
			if (fota_suit_severable[i] == key)
			{
				s->severed[i] = whole;
				return FOTA_OK;
			}
		return fota_fail(s->ctx, FOTA_SYNTAX, begin, 0, SUIT ": envelope: key %lld is not known", (long long) key);
	}
	return FOTA_OK;
}

/* A payload under its name. */
static fota_status
read_payload(suit *s, fota_cbor *r, const fota_image_options *options, bool list, size_t base)
{
	fota_bytes	name;
	fota_bytes	bytes;
	fota_member *member;
	fota_status status;

	if ((status = fota_cbor_text(r, &name)) != FOTA_OK || (status = fota_cbor_bytes(r, &bytes)) != FOTA_OK)
		return status;
	if (!list)
		return FOTA_OK;
	member = fota_image_member(s->ctx, s->image, options, SUIT, base + r->at, name.data, name.size);
	if (member == NULL)
		return s->ctx->error.code;
	member->method = "stored";
	member->size = member->packed = bytes.size;
	member->offset = (uint64_t) (bytes.data - s->file.data);
	return FOTA_OK;
}

static bool
is_own(const fota_ctx *ctx)
{
	return strncmp(ctx->error.message, SUIT ":", sizeof(SUIT)) == 0;
}

static fota_status
read_envelope(suit *s, const fota_image_options *options, bool list)
{
	size_t		base = s->file.size > 2 && s->file.data[0] == 0xd8 && s->file.data[1] == 107 ? 2 : 0;
	fota_cbor	r;
	fota_cbor_type type = FOTA_CBOR_OTHER;
	bool		more;
	int64_t		key;
	fota_status status;

	fota_cbor_open(&r, s->ctx, s->file.data + base, s->file.size - base);
	status = fota_cbor_peek(&r, &type);
	if (status == FOTA_OK && type != FOTA_CBOR_MAP)
		return fota_fail(s->ctx, FOTA_SYNTAX, base, 0, SUIT ": envelope is not a map");
	if (status == FOTA_OK)
		status = fota_cbor_enter(&r, FOTA_CBOR_MAP);
	while (status == FOTA_OK && (status = fota_cbor_next(&r, &more)) == FOTA_OK && more)
	{
		if ((status = fota_cbor_peek(&r, &type)) != FOTA_OK)
			break;
		if (type == FOTA_CBOR_TEXT)
			status = read_payload(s, &r, options, list, base);
		else if ((status = fota_cbor_int(&r, &key)) == FOTA_OK)
			status = read_value(s, &r, key);
	}
	if (status == FOTA_OK)
		status = fota_cbor_end(&r);
	if (status != FOTA_OK)
		return is_own(s->ctx) ? status : fota_suit_fail(s, &r, "envelope");
	if (s->auth.data == NULL)
		return fota_fail(s->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, SUIT ": authentication wrapper (key 2) missing");
	if (s->manifest.data == NULL)
		return fota_fail(s->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, SUIT ": manifest (key 3) missing");
	return FOTA_OK;
}

fota_status
fota_suit_open(suit *s, const fota_image_options *options, bool list)
{
	fota_cbor	r;
	bool		more;
	fota_status status = read_envelope(s, options, list);

	if (status != FOTA_OK)
		return status;
	fota_cbor_open(&r, s->ctx, s->auth.data, s->auth.size);
	if ((status = fota_cbor_enter(&r, FOTA_CBOR_ARRAY)) != FOTA_OK || (status = fota_cbor_next(&r, &more)) != FOTA_OK)
		return fota_suit_fail(s, &r, "authentication wrapper");
	if (!more)
		return fota_fail(s->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, SUIT ": authentication wrapper has no digest");
	if ((status = fota_cbor_bytes(&r, &s->digest_item)) != FOTA_OK)
		return fota_suit_fail(s, &r, "authentication wrapper");
	status = fota_suit_digest(s, s->digest_item, "digest of the manifest", &s->digest);
	return status == FOTA_OK ? fota_suit_check(s, &s->digest, s->manifest_whole, "the manifest") : status;
}

/* --- what hangs on the manifest ---------------------------------------------------------------- */

static fota_status
check_severed(suit *s)
{
	static const char *const names[SUIT_SEVERABLE] = {"payload fetch (key 16)", "install (key 20)", "text (key 23)"};

	for (int i = 0; i < SUIT_SEVERABLE; i++)
	{
		fota_status status;

		if (s->severed[i].data == NULL)
			continue;
		if (s->severed_digests[i].bytes.data == NULL)
			return fota_fail(s->ctx, FOTA_SYNTAX, FOTA_NOWHERE, 0, SUIT ": the manifest has no digest for %s of the envelope",
							 names[i]);
		status = fota_suit_check(s, &s->severed_digests[i], s->severed[i], names[i]);
		if (status != FOTA_OK)
			return status;
	}
	return FOTA_OK;
}

static bool
is_named(const suit *s, const char *name)
{
	for (size_t i = 0; i < s->uri_count; i++)
		if (s->uris[i].size == strlen(name) && memcmp(s->uris[i].data, name, s->uris[i].size) == 0)
			return true;
	return false;
}

/* A payload that comes along is of one of the images that the manifest describes. */
static fota_status
check_payloads(suit *s)
{
	for (size_t i = 0; i < s->image->member_count; i++)
	{
		const fota_member *m = &s->image->members[i];
		fota_bytes	bytes = {s->file.data + m->offset, (size_t) m->size};
		fota_status status = FOTA_CHECKSUM;

		for (size_t k = 0; k < s->digest_count && status == FOTA_CHECKSUM; k++)
			status = fota_suit_check(s, &s->digests[k], bytes, "a payload");
		if (!is_named(s, m->name))
			return fota_fail(s->ctx, FOTA_SYNTAX, m->offset, 0, SUIT ": payload \"%s\" is not named by the manifest", m->name);
		if (status == FOTA_CHECKSUM)
			return fota_fail(s->ctx, FOTA_CHECKSUM, m->offset, 0, SUIT ": payload \"%s\" matches no digest in the manifest",
							 m->name);
		if (status != FOTA_OK)
			return status;
	}
	return FOTA_OK;
}

static fota_status
suit_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	suit		s = {.ctx = ctx, .image = image, .file = file};
	fota_status status = fota_suit_open(&s, options, true);

	if (status == FOTA_OK)
		status = fota_suit_manifest(&s);
	if (status == FOTA_OK)
		status = check_severed(&s);
	if (status == FOTA_OK)
		status = check_payloads(&s);
	return status == FOTA_OK ? fota_image_whole(ctx, file, options, image) : status;
}

const fota_codec fota_codec_suit = {
	.name = SUIT,
	.title = "SUIT envelope",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = suit_detect,
	.decode = suit_decode,
	.verify = fota_suit_verify,
};

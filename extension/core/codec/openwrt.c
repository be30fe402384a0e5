/* SPDX-License-Identifier: PostgreSQL */
/*
 * openwrt.c: what fwtool appends to OpenWrt's sysupgrade images: a signature, or JSON that says for which devices they
 * are. Devices get the file as it is.
 *
 *	data	then at the end, big-endian: "FWx0"	4 CRC-32 of all before it, without the final inversion	1 type (0 signature,
 *			1 information)	3 filling	4 size with this trailer and a head of 8 bytes that stands before the data
 */
#include "codecs.h"
#include "binary.h"

#include "../json.h"

#include <string.h>

#define TRAILER 16
#define HEAD 8					/* of information: two numbers, 0 */
#define TRAILERS 8
#define TYPE_SIGNATURE 0
#define TYPE_INFORMATION 1

/* The last trailer of a file. */
typedef struct trailer
{
	unsigned	type;
	uint32_t	size;			/* of all that was appended */
	fota_bytes	data;
} trailer;

static bool
has_trailer(fota_bytes file)
{
	return file.size >= TRAILER && fota_binary_is(file, file.size - TRAILER, "FWx0", 4);
}

static fota_status
read_trailer(fota_ctx *ctx, fota_bytes file, trailer *t)
{
	const uint8_t *p = file.data + file.size - TRAILER;
	uint64_t	offset = file.size - TRAILER;
	size_t		head;
	uint32_t	crc;
	fota_status status = fota_binary_crc32(ctx, (fota_bytes) {file.data, file.size - TRAILER}, &crc);

	if (status != FOTA_OK)
		return status;
	if (~crc != fota_get_u32be(p + 4))
		return fota_fail(ctx, FOTA_CHECKSUM, offset + 4, 0, "openwrt: trailer CRC 0x%08X, computed 0x%08X", fota_get_u32be(p + 4),
						 ~crc);
	t->type = p[8];
	t->size = fota_get_u32be(p + 12);
	if (t->type > TYPE_INFORMATION)
		return fota_fail(ctx, FOTA_UNSUPPORTED, offset + 8, 0, "openwrt: trailer of type %u is not known", t->type);
	head = t->type == TYPE_INFORMATION ? HEAD : 0;
	if (t->size < TRAILER + head)
		return fota_fail(ctx, FOTA_SYNTAX, offset + 12, 0, "openwrt: trailer size %u is below %zu", t->size, TRAILER + head);
	if (t->size >= file.size)
		return fota_fail(ctx, FOTA_TRUNCATED, offset + 12, 0, "openwrt: trailer size %u, but the file has %zu bytes", t->size,
						 file.size);
	t->data = (fota_bytes) {file.data + file.size - t->size + head, t->size - TRAILER - head};
	return FOTA_OK;
}

/* --- information -------------------------------------------------------------------------- */

static void
note_text(fota_image *image, const char *name, const fota_json_text *text, bool in_list)
{
	char		value[FOTA_IMAGE_TEXT];

	if (text->length >= sizeof(value))
		return;
	fota_json_decode(text, value);
	if (in_list)
		fota_image_note_item(image, name, value, text->length);
	else
		fota_image_note(image, name, value, text->length);
}

/* The name of a note for a text at a key, or NULL. */
static const char *
note_of(const fota_json_text *key, bool in_version)
{
	static const char *const names[][2] = {
		{"version", "version"}, {"dist", "vendor"}, {"revision", "revision"}, {"target", "target"}, {"board", "board"},
	};

	if (!in_version)
		return fota_json_equal(key, "compat_version") ? "compat_version" : NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fota_json_equal(key, names[i][0]))
			return names[i][1];
	return NULL;
}

static fota_status
read_devices(fota_json *r, fota_image *image)
{
	bool		more;
	fota_status status = fota_json_enter(r, FOTA_JSON_ARRAY);

	while (status == FOTA_OK && (status = fota_json_next(r, &more)) == FOTA_OK && more)
	{
		fota_json_text text;

		status = fota_json_string(r, &text);
		if (status == FOTA_OK)
			note_text(image, "hw", &text, true);
	}
	return status;
}

/* The members of an object; of that at "version" too, in which in_version is true. */
static fota_status
read_object(fota_json *r, fota_image *image, bool in_version)
{
	bool		more;
	fota_status status = fota_json_enter(r, FOTA_JSON_OBJECT);

	while (status == FOTA_OK && (status = fota_json_next(r, &more)) == FOTA_OK && more)
	{
		fota_json_text key;
		fota_json_text text;
		fota_json_type type;

		status = fota_json_key(r, &key);
		if (status == FOTA_OK)
			status = fota_json_peek(r, &type);
		if (status != FOTA_OK)
			return status;
		if (type == FOTA_JSON_STRING && note_of(&key, in_version) != NULL)
		{
			status = fota_json_string(r, &text);
			if (status == FOTA_OK)
				note_text(image, note_of(&key, in_version), &text, false);
		}
		else if (!in_version && type == FOTA_JSON_ARRAY && fota_json_equal(&key, "supported_devices"))
			status = read_devices(r, image);
		else if (!in_version && type == FOTA_JSON_OBJECT && fota_json_equal(&key, "version"))
			status = read_object(r, image, true);
		else
			status = fota_json_skip(r);
	}
	return status;
}

static fota_status
read_information(fota_ctx *ctx, fota_bytes file, fota_bytes data, fota_image *image)
{
	fota_json	r;
	fota_status status;
	char		message[FOTA_MESSAGE_SIZE];

	fota_json_open(&r, ctx, data.data, data.size);
	status = read_object(&r, image, false);
	if (status == FOTA_OK)
		status = fota_json_end(&r);
	if (status == FOTA_OK || status == FOTA_CANCELED || status == FOTA_NOMEM)
		return status;
	memcpy(message, ctx->error.message, sizeof(message));
	return fota_fail(ctx, status, (uint64_t) (data.data - file.data) + r.at, 0, "openwrt: information: %.200s", message);
}

/* --- the file ----------------------------------------------------------------------------- */

static fota_status
openwrt_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	fota_bytes	rest = file;
	bool		is_signed = false;
	bool		has_information = false;
	fota_status status = FOTA_OK;

	if (!has_trailer(file))
		return fota_fail(ctx, file.size < TRAILER ? FOTA_TRUNCATED : FOTA_SYNTAX, FOTA_NOWHERE, 0,
						 "openwrt: trailer \"FWx0\" not found 16 bytes before the end");
	for (unsigned i = 0; has_trailer(rest) && status == FOTA_OK; i++)
	{
		trailer		t;

		if (i == TRAILERS)
			return fota_fail(ctx, FOTA_LIMIT, rest.size, 0, "openwrt: more than %u trailers", TRAILERS);
		status = read_trailer(ctx, rest, &t);
		if (status != FOTA_OK)
			return status;
		is_signed |= t.type == TYPE_SIGNATURE;
		if (t.type == TYPE_INFORMATION && has_information)
			return fota_fail(ctx, FOTA_DUPLICATE, rest.size - TRAILER, 0, "openwrt: a second trailer with information");
		if (t.type == TYPE_INFORMATION)
		{
			has_information = true;
			status = read_information(ctx, file, t.data, image);
		}
		rest.size -= t.size;
	}
	if (status != FOTA_OK)
		return status;
	fota_image_note_flag(image, "signed", is_signed);
	fota_image_note_number(image, "image_size", rest.size);
	if (!has_information)
		fota_image_warn(image, "no_information", 0, FOTA_NOWHERE, "no trailer says for which devices the image is");
	return fota_image_whole(ctx, file, options, image);
}

static fota_status
openwrt_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys, size_t key_count,
			   fota_proofs *proofs)
{
	bool		is_signed = false;
	fota_proof *proof;

	(void) image;
	(void) keys;
	(void) key_count;
	while (has_trailer(file))
	{
		trailer		t;
		fota_status status = read_trailer(ctx, file, &t);

		if (status != FOTA_OK)
			return status;
		is_signed |= t.type == TYPE_SIGNATURE;
		file.size -= t.size;
	}
	proof = fota_proof_add(proofs, "image", is_signed ? "usign" : "", is_signed ? FOTA_PROOF_UNVERIFIABLE : FOTA_PROOF_UNSIGNED);
	if (is_signed)
		fota_format(proof->text, sizeof(proof->text), "signatures of usign with their certificates are not checked");
	return FOTA_OK;
}

static int
openwrt_detect(fota_bytes file, const char **reason)
{
	if (!has_trailer(file))
		return 0;
	*reason = "the file ends with a trailer of OpenWrt's fwtool";
	return 97;
}

const fota_codec fota_codec_openwrt = {
	.name = "openwrt",
	.title = "OpenWrt sysupgrade image",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = openwrt_detect,
	.decode = openwrt_decode,
	.verify = openwrt_verify,
};

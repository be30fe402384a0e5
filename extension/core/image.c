/* SPDX-License-Identifier: PostgreSQL */
/* image.c: the table of file formats, decoding and encoding by name; see image.h. */
#include "image.h"

#include "codec/codecs.h"
#include "layout.h"
#include "codec/embedded.h"
#include "unpack.h"

#include <string.h>

#define KNOWN(id, name, title) &fota_codec_##id,

/* In this order they are listed, and asked whether a file is theirs. A new format is one file in codec/ and one line here. */
static const fota_codec *const codecs[] = {
	&fota_codec_ihex,
	&fota_codec_srec,
	&fota_codec_ti_txt,
	&fota_codec_tekhex,
	&fota_codec_vmem,
	&fota_codec_nordic_dfu,
	&fota_codec_ncs_zip,
	&fota_codec_pybricks,
	&fota_codec_fup,
	&fota_codec_swu,
	&fota_codec_suit,
	&fota_codec_mender,
	&fota_codec_raucb,
	&fota_codec_zip,
	&fota_codec_tar,
	&fota_codec_cpio,
	&fota_codec_gzip,
	&fota_codec_xz,
	&fota_codec_zstd,
	&fota_codec_bzip2,
	&fota_codec_uf2,
	&fota_codec_elf,
	&fota_codec_dfu,
	&fota_codec_dfuse,
	&fota_codec_mcuboot,
	&fota_codec_esp,
	&fota_codec_uimage,
	&fota_codec_fit,
	&fota_codec_trx,
	&fota_codec_openwrt,
	&fota_codec_zigbee_ota,
	&fota_codec_cyacd,
	&fota_codec_cyacd2,
	FOTA_KNOWN_FORMATS(KNOWN)
	&fota_codec_error_page,
	&fota_codec_raw,
};

#undef KNOWN

#define CODECS (sizeof(codecs) / sizeof(codecs[0]))
#define SURE 90					/* confidence from which a file is said to be of another format */

const fota_codec *
fota_codec_at(size_t position)
{
	return position < CODECS ? codecs[position] : NULL;
}

const fota_codec *
fota_codec_find(const char *name, size_t size)
{
	for (size_t i = 0; i < CODECS; i++)
		if (strlen(codecs[i]->name) == size && memcmp(codecs[i]->name, name, size) == 0)
			return codecs[i];
	return NULL;
}

int
fota_image_detect_at(fota_bytes file, size_t position, const char **reason)
{
	*reason = "";
	return codecs[position]->detect(file, reason);
}

const fota_codec *
fota_image_detect(fota_bytes file, int *confidence, const char **reason)
{
	const fota_codec *best = NULL;

	*confidence = 0;
	for (size_t i = 0; i < CODECS; i++)
	{
		const char *why;
		int			sure = fota_image_detect_at(file, i, &why);

		if (best == NULL || sure > *confidence)
		{
			best = codecs[i];
			*confidence = sure;
			*reason = why;
		}
	}
	return best;
}

/* --- decoding and encoding ---------------------------------------------------------------- */

/* A file that is not what the caller said may surely be something else. */
static void
hint_format(fota_ctx *ctx, fota_bytes file, const fota_codec *codec)
{
	int			confidence;
	const char *reason;
	const fota_codec *other;

	if (ctx->error.code != FOTA_SYNTAX || ctx->error.line > 1 || ctx->error.hint[0] != '\0')
		return;
	other = fota_image_detect(file, &confidence, &reason);
	if (other != codec && confidence >= SURE)
		fota_fail_hint(ctx, "The file looks like format %s: %s.", other->name, reason);
}

static fota_status
unknown_format(fota_ctx *ctx, const char *format)
{
	char		names[FOTA_MESSAGE_SIZE] = "";
	size_t		used = 0;

	fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "there is no image format \"%.80s\"", format);
	for (size_t i = 0; i < CODECS && used + strlen(codecs[i]->name) + 40 < sizeof(names); i++)
		used += fota_format(names + used, sizeof(names) - used, "%s%s", i == 0 ? "" : ", ", codecs[i]->name);
	return fota_fail_hint(ctx, "Formats are %s and others; fotactl image detect names that of a file.", names);
}

/* Takes the compression off; *codec becomes that of what is inside, unless it was asked for. */
static fota_status
unpack_layer(fota_ctx *ctx, fota_bytes *file, fota_packing packing, const fota_codec **codec,
			 const fota_image_options *options, fota_image *image)
{
	const char *name = fota_packing_name(packing);
	int			confidence;
	const char *reason;
	fota_status status = fota_unpack(ctx, packing, *file, &options->limits, name, &image->unpacked);

	if (status != FOTA_OK)
		return status;
	*file = (fota_bytes) {image->unpacked.data, image->unpacked.size};
	if ((*codec)->packing != 0)
		*codec = fota_image_detect(*file, &confidence, &reason);
	if ((*codec)->packing != 0 || fota_packing_of(*file) != FOTA_PACKING_NONE)
		return fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%s: what is inside is compressed once more (%s)", name,
						 fota_packing_name(fota_packing_of(*file)));
	image->codec = *codec;
	fota_format(image->format, sizeof(image->format), "%s(%s)", name, (*codec)->name);
	fota_image_note(image, "compression", name, SIZE_MAX);
	return FOTA_OK;
}

fota_status
fota_image_decode(fota_ctx *ctx, fota_bytes file, const char *format, const fota_image_options *options,
				  fota_image *image)
{
	static const fota_image_options strict;
	const fota_codec *codec;
	fota_packing packing;
	fota_status status = FOTA_OK;
	int			confidence;
	const char *reason;

	if (options == NULL)
		options = &strict;
	memset(image, 0, sizeof(*image));
	image->ctx = ctx;
	if (options->layouts.size > 0)
	{
		char		name[FOTA_LAYOUT_NAME];
		fota_bytes	layout;
		bool		found;

		status = fota_layout_choose(ctx, options->layouts, file, format, &found, name, &layout);
		if (status != FOTA_OK || found)
			return status != FOTA_OK ? status : fota_layout_decode(ctx, file, name, layout, options, image);
	}
	if (format == NULL)
		codec = fota_image_detect(file, &confidence, &reason);
	else if ((codec = fota_codec_find(format, strlen(format))) == NULL)
		return unknown_format(ctx, format);
	image->codec = codec;
	fota_format(image->format, sizeof(image->format), "%s", codec->name);
	packing = codec->packing != 0 ? (fota_packing) codec->packing : codec == &fota_codec_raw ? FOTA_PACKING_NONE :
		fota_packing_of(file);
	if (packing != FOTA_PACKING_NONE && options->limits.no_layer)
		status = fota_fail(ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "%s: compressed files are not accepted (max_nesting is 0)",
						   fota_packing_name(packing));
	else if (packing != FOTA_PACKING_NONE)
		status = unpack_layer(ctx, &file, packing, &codec, options, image);
	if (status == FOTA_OK)
		status = codec->decode(ctx, file, options, image);
	if (status == FOTA_OK && codec->payload == FOTA_PAYLOAD_FLAT)
		status = fota_embedded_note(ctx, options, image);
	if (status == FOTA_OK && options != NULL)
		status = fota_image_strict(ctx, options, image);
	if (status != FOTA_OK && format != NULL)
		hint_format(ctx, file, codec);
	return status;
}

fota_status
fota_image_encode(fota_ctx *ctx, const fota_image *image, const char *format, const fota_encode_options *options,
				  fota_buf *out)
{
	fota_encode_options how = options ? *options : (fota_encode_options) {0};
	const fota_codec *codec = fota_codec_dialect(format, strlen(format), &how);

	if (codec == NULL)
		return unknown_format(ctx, format);
	if (codec->encode == NULL)
		return fota_fail(ctx, FOTA_UNSUPPORTED, FOTA_NOWHERE, 0, "format %s can be read only", format);
	return codec->encode(ctx, image, &how, out);
}

fota_status
fota_image_take(fota_ctx *ctx, fota_bytes file, const fota_image *image, size_t member,
				const fota_image_options *options, fota_buf *out)
{
	static const fota_image_options strict;
	const fota_member *m = &image->members[member];
	fota_bytes	inner = image->unpacked.size > 0 ? (fota_bytes) {image->unpacked.data, image->unpacked.size} : file;
	fota_status status;

	if (options == NULL)
		options = &strict;
	fota_buf_init(out, options->limits.unpacked ? options->limits.unpacked : FOTA_MAX_UNPACKED);
	status = image->codec->take != NULL ? image->codec->take(ctx, inner, image, m, options, out) :
		fota_buf_append(ctx, out, inner.data + m->offset, (size_t) m->size);
	if (status != FOTA_OK)
		fota_buf_free(ctx, out);
	return status;
}

fota_status
fota_image_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys, size_t key_count,
				  fota_proofs *proofs)
{
	fota_bytes	inner = image->unpacked.size > 0 ? (fota_bytes) {image->unpacked.data, image->unpacked.size} : file;

	proofs->count = 0;
	if (image->codec->verify == NULL)
		return fota_embedded_verify(ctx, image, keys, key_count, proofs);
	return image->codec->verify(ctx, inner, image, keys, key_count, proofs);
}

void
fota_image_free(fota_ctx *ctx, fota_image *image)
{
	fota_free(ctx, image->segments);
	fota_free(ctx, image->arena);
	fota_free(ctx, image->metadata);
	fota_free(ctx, image->members);
	fota_buf_free(ctx, &image->unpacked);
	memset(image, 0, sizeof(*image));
}

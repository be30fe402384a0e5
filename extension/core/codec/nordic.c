/* SPDX-License-Identifier: PostgreSQL */
/*
 * nordic.c: DFU packages of Nordic's nRF5 SDK (pc-nrfutil, adafruit-nrfutil): a zip with manifest.json, and per image
 * a .bin and an init packet .dat, whose size and digest must be those of the .bin.
 */
#include "nordic_packet.h"
#include "package.h"

#include "../sign.h"

#include <string.h>

#define FORMAT "nordic-dfu"

/* As the manifest and the init packet name what an image is. */
static const char *const type_names[NORDIC_TYPES] = {
	[NORDIC_APPLICATION] = "application", [NORDIC_SOFTDEVICE] = "softdevice", [NORDIC_BOOTLOADER] = "bootloader",
	[NORDIC_SOFTDEVICE_BOOTLOADER] = "softdevice_bootloader", [NORDIC_EXTERNAL] = "external_application"
};

/* Which of the sizes in the init packet make up the image: bits for soft device, boot loader, application. */
static const unsigned type_sizes[NORDIC_TYPES] = {
	[NORDIC_APPLICATION] = 4, [NORDIC_SOFTDEVICE] = 1, [NORDIC_BOOTLOADER] = 2, [NORDIC_SOFTDEVICE_BOOTLOADER] = 3,
	[NORDIC_EXTERNAL] = 4
};

/* {"manifest": {: no other package that we know has it. */
static bool
begins_manifest(const char *text)
{
	static const char *const parts[] = {"{", "\"manifest\"", ":", "{"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
	{
		while (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n')
			text++;
		if (strncmp(text, parts[i], strlen(parts[i])) != 0)
			return false;
		text += strlen(parts[i]);
	}
	return true;
}

static int
nordic_detect(fota_bytes file, const char **reason)
{
	char		text[4096];

	if (!fota_zip_has(file, "manifest.json") || !fota_zip_peek(file, "manifest.json", text, sizeof(text)))
		return 0;
	*reason = "a zip archive whose manifest names init packets";
	if (strstr(text, "\"dat_file\"") != NULL && strstr(text, "\"bin_file\"") != NULL)
		return 97;
	/* a damaged one must not pass for an archive of anything */
	*reason = "a zip archive with a manifest and init packets";
	if (fota_zip_has(file, ".dat") && fota_zip_has(file, ".bin") && strstr(text, "\"format-version\"") == NULL)
		return 94;
	*reason = "a zip archive whose manifest is like one of Nordic's";
	return begins_manifest(text) ? 93 : 0;
}

/* --- one image ------------------------------------------------------------------------------- */

typedef struct part
{
	fota_ctx   *ctx;
	fota_bytes	file;
	fota_image *image;
	nordic_type type;
	const fota_member *bin;
	const fota_member *dat;
	package_part packet_bytes;
	nordic_packet packet;
} part;

static fota_status
check_size(part *p)
{
	static const char *const names[] = {"sd_size", "bl_size", "app_size"};
	unsigned	parts = type_sizes[p->type];
	uint64_t	size = 0;
	const char *name = parts == 3 ? "sd_size + bl_size" : names[parts == 4 ? 2 : parts - 1];

	for (int i = 0; i < 3; i++)
		if ((parts >> i & 1) && !fota_add_u64(size, p->packet.sizes[i], &size))
			size = UINT64_MAX;
	if (size == p->bin->size)
		return FOTA_OK;
	return fota_fail(p->ctx, FOTA_CHECKSUM, p->bin->offset, 0, FORMAT ": init packet %s %llu, %s has %llu", name,
					 (unsigned long long) size, p->bin->name, (unsigned long long) p->bin->size);
}

static fota_status
check_hash(part *p, fota_bytes bin)
{
	uint8_t		digest[FOTA_SHA256_SIZE];
	fota_status status;

	if (p->packet.hash_type != 3)
		return fota_fail(p->ctx, FOTA_UNSUPPORTED, p->dat->offset, 0, FORMAT ": %s: hash type %llu, expected 3 (SHA-256)",
						 p->dat->name, (unsigned long long) p->packet.hash_type);
	if (p->packet.hash.size != FOTA_SHA256_SIZE)
		return fota_fail(p->ctx, FOTA_SYNTAX, p->dat->offset, 0, FORMAT ": %s: a SHA-256 of %zu bytes", p->dat->name,
						 p->packet.hash.size);
	status = fota_sha256(p->ctx, bin.data, bin.size, digest);
	if (status != FOTA_OK)
		return status;
	for (size_t i = 0; i < FOTA_SHA256_SIZE; i++)
		if (digest[i] != p->packet.hash.data[FOTA_SHA256_SIZE - 1 - i])
			return fota_fail(p->ctx, FOTA_CHECKSUM, p->bin->offset, 0,
							 FORMAT ": %s: SHA-256 in the init packet does not match", p->bin->name);
	return FOTA_OK;
}

static fota_status
check_legacy(part *p, fota_bytes bin)
{
	uint16_t	crc = fota_nordic_crc16(bin.data, bin.size);

	if (!p->packet.has_crc)
		fota_image_warn(p->image, "init_packet", 0, p->dat->offset, "%s has additions that are not known; nothing in it is checked",
						p->dat->name);
	else if (crc != p->packet.crc)
		return fota_fail(p->ctx, FOTA_CHECKSUM, p->bin->offset, 0,
						 FORMAT ": %s: legacy init packet CRC-16 0x%04X does not match, computed 0x%04X", p->bin->name,
						 p->packet.crc, crc);
	return FOTA_OK;
}

static void
note(part *p)
{
	const nordic_packet *k = &p->packet;
	fota_image *image = p->image;
	char		text[64];

	fota_image_note_item(image, "type", type_names[p->type], SIZE_MAX);
	if (k->has_version)
		fota_image_note_format(image, "version", "%llu", (unsigned long long) k->version);
	if (k->has_hardware)
	{
		fota_format(text, sizeof(text), "%llu", (unsigned long long) k->hardware);
		fota_image_note_item(image, "hw", text, SIZE_MAX);
	}
	for (size_t i = 0; i < k->softdevice_count; i++)
	{
		fota_format(text, sizeof(text), "softdevice 0x%llX", (unsigned long long) k->softdevices[i]);
		fota_image_note_item(image, "depends", text, SIZE_MAX);
	}
	fota_image_note_flag(image, "signed", k->is_signed);
	if (k->debug)
		fota_image_note_flag(image, "debug", true);
	if (k->legacy)
		fota_image_note_flag(image, "legacy", true);
}

/* Finds the two members of an entry of the manifest and reads its init packet; part_end in every case. */
static fota_status
part_begin(part *p, const fota_tree *tree, const fota_node *entry)
{
	const char *bin = fota_tree_text(tree, entry, "bin_file");
	const char *dat = fota_tree_text(tree, entry, "dat_file");
	bool		legacy = fota_tree_get(tree, entry, "init_packet_data") != NULL;
	char		what[FOTA_IMAGE_TEXT];
	fota_status status;

	if (bin == NULL || dat == NULL)
		return fota_fail(p->ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, FORMAT ": manifest.json: %s has no %s", type_names[p->type],
						 bin == NULL ? "bin_file" : "dat_file");
	if ((status = fota_package_find(p->ctx, p->image, "manifest", bin, &p->bin)) != FOTA_OK ||
		(status = fota_package_find(p->ctx, p->image, "manifest", dat, &p->dat)) != FOTA_OK ||
		(status = fota_package_open(p->ctx, p->file, p->image, p->dat, PACKAGE_MANIFEST, &p->packet_bytes)) != FOTA_OK)
		return status;
	fota_format(what, sizeof(what), FORMAT ": %.120s", p->dat->name);
	status = fota_nordic_packet(p->ctx, p->packet_bytes.bytes, legacy, what, &p->packet);
	if (status == FOTA_OK && !p->packet.legacy && p->packet.type != (uint64_t) p->type)
		return fota_fail(p->ctx, FOTA_SYNTAX, p->dat->offset, 0, "%s: the init packet is for a %s, the manifest says %s", what,
						 p->packet.type < NORDIC_TYPES ? type_names[p->packet.type] : "type that is not known",
						 type_names[p->type]);
	return status;
}

static void
part_end(part *p)
{
	fota_package_close(p->ctx, &p->packet_bytes);
}

static fota_status
check_part(part *p, const fota_tree *tree, const fota_node *entry)
{
	package_part bin = {0};
	fota_status status = part_begin(p, tree, entry);

	if (status != FOTA_OK)
		return status;
	note(p);
	if (!p->packet.legacy && (status = check_size(p)) != FOTA_OK)
		return status;
	status = fota_package_open(p->ctx, p->file, p->image, p->bin, FOTA_MAX_UNPACKED, &bin);
	if (status == FOTA_OK)
		status = p->packet.legacy ? check_legacy(p, bin.bytes) : check_hash(p, bin.bytes);
	fota_package_close(p->ctx, &bin);
	return status;
}

/* --- the package ----------------------------------------------------------------------------- */

/* Runs work for every image that the manifest names. */
static fota_status
each_part(fota_ctx *ctx, fota_bytes file, fota_image *image, fota_status (*work) (part *, const fota_tree *,
																				   const fota_node *, void *), void *opaque)
{
	char		what[80];
	fota_tree	tree;
	size_t		count = 0;
	fota_status status = fota_package_json(ctx, file, image, "manifest.json", what, &tree);
	const fota_node *manifest = status == FOTA_OK ? fota_tree_get(&tree, &tree.nodes[0], "manifest") : NULL;

	for (int type = 0; type < NORDIC_TYPES && status == FOTA_OK; type++)
	{
		const fota_node *entry = fota_tree_get(&tree, manifest, type_names[type]);
		part		p = {.ctx = ctx, .file = file, .image = image, .type = (nordic_type) type};

		if (entry == NULL)
			continue;
		count++;
		status = work(&p, &tree, entry, opaque);
		part_end(&p);
	}
	if (status == FOTA_OK && count == 0)
		status = fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, FORMAT ": manifest names no image");
	fota_tree_free(&tree);
	return status;
}

static fota_status
check_work(part *p, const fota_tree *tree, const fota_node *entry, void *opaque)
{
	(void) opaque;
	return check_part(p, tree, entry);
}

static fota_status
nordic_decode(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	fota_status status = fota_zip_list(ctx, file, options, image);

	if (status == FOTA_OK)
		status = each_part(ctx, file, image, check_work, NULL);
	return status == FOTA_OK ? fota_image_whole(ctx, file, options, image) : status;
}

typedef struct judging
{
	const fota_key *keys;
	size_t		key_count;
	fota_proofs *proofs;
} judging;

/* r and s have their bytes in reverse. */
static fota_status
verify_work(part *p, const fota_tree *tree, const fota_node *entry, void *opaque)
{
	judging    *j = opaque;
	uint8_t		value[64];
	fota_signature signature = {.scheme = FOTA_SIGN_ECDSA_RAW, .hash = FOTA_HASH_SHA256};
	fota_status status = part_begin(p, tree, entry);

	if (status != FOTA_OK)
		return status;
	if (!p->packet.is_signed)
	{
		fota_proof_add(j->proofs, p->dat->name, "", FOTA_PROOF_UNSIGNED);
		return FOTA_OK;
	}
	if (p->packet.signature.size != sizeof(value) || p->packet.signature_type > 1)
	{
		fota_proof *proof = fota_proof_add(j->proofs, p->dat->name, "", FOTA_PROOF_UNVERIFIABLE);

		fota_format(proof->text, sizeof(proof->text), "signature type %llu of %zu bytes is not known",
					(unsigned long long) p->packet.signature_type, p->packet.signature.size);
		return FOTA_OK;
	}
	memcpy(value, p->packet.signature.data, sizeof(value));
	for (size_t i = 0; i < 32 && p->packet.signature_type == 0; i++)
	{
		value[i] = p->packet.signature.data[31 - i];
		value[32 + i] = p->packet.signature.data[63 - i];
	}
	signature.scheme = p->packet.signature_type == 0 ? FOTA_SIGN_ECDSA_RAW : FOTA_SIGN_ED25519;
	signature.content = p->packet.command;
	signature.value = (fota_bytes) {value, sizeof(value)};
	return fota_sign_try(p->ctx, j->keys, j->key_count, &signature, p->dat->name, j->proofs);
}

static fota_status
nordic_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys, size_t key_count,
			  fota_proofs *proofs)
{
	judging		j = {keys, key_count, proofs};

	/* nothing is noted on this way, so that the image stays as it is */
	return each_part(ctx, file, (fota_image *) (uintptr_t) image, verify_work, &j);
}

const fota_codec fota_codec_nordic_dfu = {
	.name = FORMAT,
	.title = "Nordic DFU package",
	.payload = FOTA_PAYLOAD_FILE,
	.detect = nordic_detect,
	.decode = nordic_decode,
	.take = fota_archive_take,
	.verify = nordic_verify,
};

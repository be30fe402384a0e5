/* SPDX-License-Identifier: PostgreSQL */
/*
 * fit_sign.c: signatures in FIT images; see fit.h.
 *
 *	signature-N		algo ("sha256,rsa2048"), padding ("pss"), key-name-hint, value
 *
 * That of an image is over its data. That of a configuration is over parts of the tree: of the nodes in hashed-nodes all
 * but their data, of the nodes right below them beginning and end, the end of the tree, and of the strings as many bytes
 * as hashed-strings says. What the configuration names must be covered with its hashes, or the signature is worth nothing.
 */
#include "fit.h"

#include "../sign.h"

#include <string.h>

static bool
begins_with(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

bool
fota_fit_is_signed(const fdt *tree, uint32_t node)
{
	for (uint32_t i = tree->nodes[node].first; i != FDT_NONE; i = tree->nodes[i].next)
		if (begins_with(tree->nodes[i].name, "signature"))
			return true;
	return false;
}

/* --- algorithms --------------------------------------------------------------------------- */

static bool
read_algorithm(const fdt *tree, uint32_t node, fota_signature *signature)
{
	static const struct
	{
		const char *name;
		fota_hash_kind kind;
	}			hashes[] = {
		{"sha1,", FOTA_HASH_SHA1}, {"sha256,", FOTA_HASH_SHA256}, {"sha384,", FOTA_HASH_SHA384}, {"sha512,", FOTA_HASH_SHA512},
	};
	const char *algorithm = fota_fdt_text(tree, node, "algo");
	const char *padding = fota_fdt_text(tree, node, "padding");
	const char *scheme = NULL;

	for (size_t i = 0; algorithm != NULL && i < sizeof(hashes) / sizeof(hashes[0]); i++)
	{
		if (!begins_with(algorithm, hashes[i].name))
			continue;
		signature->hash = hashes[i].kind;
		scheme = algorithm + strlen(hashes[i].name);
	}
	if (scheme == NULL)
		return false;
	if (begins_with(scheme, "ecdsa") || begins_with(scheme, "secp"))
		signature->scheme = FOTA_SIGN_ECDSA_RAW;
	else if (begins_with(scheme, "rsa"))
		signature->scheme = padding != NULL && strcmp(padding, "pss") == 0 ? FOTA_SIGN_RSA_PSS : FOTA_SIGN_RSA_PKCS1;
	else
		return false;
	return padding == NULL || strcmp(padding, "pss") == 0 || strcmp(padding, "pkcs-1.5") == 0;
}

/* Adds a proof that is not valid, whatever the keys are. */
static void
add_fault(const fdt *tree, uint32_t node, const char *what, fota_proof_result result, const char *text,
		  fota_proofs *proofs)
{
	const char *algorithm = fota_fdt_text(tree, node, "algo");
	const char *hint = fota_fdt_text(tree, node, "key-name-hint");
	fota_proof *proof = fota_proof_add(proofs, what, algorithm != NULL ? algorithm : "", result);

	fota_format(proof->key, sizeof(proof->key), "%.100s", hint != NULL ? hint : "");
	fota_format(proof->text, sizeof(proof->text), "%s", text);
}

/* --- what a configuration's signature covers ----------------------------------------------- */

typedef struct cover
{
	const fdt  *tree;
	uint8_t    *nodes;			/* of each node of the tree: whether it is covered */
	bool		data_only;		/* older tools cover the place of data, too */
	fota_buf	bytes;
} cover;

static bool
is_left_out(const cover *c, const char *name)
{
	if (strcmp(name, "data") == 0)
		return true;
	return !c->data_only &&
		(strcmp(name, "data-size") == 0 || strcmp(name, "data-position") == 0 || strcmp(name, "data-offset") == 0);
}

/* How the walk through the tree stands. */
typedef struct cover_walk
{
	int			want;			/* 2 in a covered node, 1 right below one */
	int			stack[FDT_DEPTH + 1];
	uint32_t	depth;
	uint32_t	node;
} cover_walk;

/* Whether a token belongs to what is signed; *stop is where that ends if it does not. */
static bool
is_covered(const cover *c, cover_walk *w, const fdt_token *token, uint32_t *stop)
{
	int			include = 0;

	*stop = token->next;
	switch (token->type)
	{
		case FDT_PROP:
		case FDT_NOP:
			*stop = token->at;
			include = w->want >= 2 && (token->type == FDT_NOP || !is_left_out(c, token->name));
			break;
		case FDT_BEGIN_NODE:
			w->stack[w->depth++] = w->want;
			if (w->want == 1)
				*stop = token->at;
			if (c->nodes[w->node++])
				w->want = 2;
			else if (w->want > 0)
				w->want--;
			else
				*stop = token->at;
			include = w->want;
			break;
		case FDT_END_NODE:
			include = w->want;
			w->want = w->stack[--w->depth];
			break;
		default:
			include = 1;
			break;
	}
	return include != 0;
}

/* The bytes of the tree that are signed. It was walked before, so that its tokens are good. */
static fota_status
collect(cover *c, uint32_t strings)
{
	fota_ctx   *ctx = c->tree->ctx;
	cover_walk	w = {0};
	fdt_token	token;
	uint32_t	start = FDT_NONE;
	fota_status status = FOTA_OK;

	for (uint32_t at = 0; status == FOTA_OK && fota_fdt_token(c->tree, at, &token); at = token.next)
	{
		uint32_t	stop;

		if (is_covered(c, &w, &token, &stop))
			start = start == FDT_NONE ? at : start;
		else if (start != FDT_NONE)
		{
			status = fota_buf_append(ctx, &c->bytes, c->tree->structure.data + start, stop - start);
			start = FDT_NONE;
		}
		if (status == FOTA_OK)
			status = fota_poll(ctx, token.next - at);
		if (token.type == FDT_END)
			break;
	}
	if (status == FOTA_OK && start != FDT_NONE)
		status = fota_buf_append(ctx, &c->bytes, c->tree->structure.data + start, token.next - start);
	return status == FOTA_OK ? fota_buf_append(ctx, &c->bytes, c->tree->strings.data, strings) : status;
}

/* Whether an image's node and one of its cryptographic hashes are covered. */
static bool
covers_image(const cover *c, uint32_t image)
{
	if (!c->nodes[image])
		return false;
	for (uint32_t i = c->tree->nodes[image].first; i != FDT_NONE; i = c->tree->nodes[i].next)
	{
		const char *algorithm = fota_fdt_text(c->tree, i, "algo");

		if (c->nodes[i] && begins_with(c->tree->nodes[i].name, "hash") && algorithm != NULL && begins_with(algorithm, "sha"))
			return true;
	}
	return false;
}

/* The name of an image that the configuration uses and the signature does not cover; NULL = all are. */
static const char *
uncovered(const cover *c, uint32_t configuration)
{
	uint32_t	images = fota_fdt_find(c->tree, "/images");

	for (size_t i = 0; fota_fit_roles[i] != NULL; i++)
	{
		fota_bytes	list = fota_fdt_value(c->tree, configuration, fota_fit_roles[i]);
		const char *name;

		for (size_t at = 0; (name = fota_fdt_list(list, &at)) != NULL;)
		{
			uint32_t	image = images != FDT_NONE ? fota_fdt_child(c->tree, images, name, strlen(name)) : FDT_NONE;

			if (image == FDT_NONE || !covers_image(c, image))
				return name;
		}
	}
	return NULL;
}

/* Marks the nodes of hashed-nodes; false when one is not there, or they are too many. */
static bool
mark_nodes(cover *c, uint32_t node)
{
	fota_bytes	list = fota_fdt_value(c->tree, node, "hashed-nodes");
	const char *path;
	unsigned	count = 0;

	for (size_t at = 0; (path = fota_fdt_list(list, &at)) != NULL;)
	{
		uint32_t	found = fota_fdt_find(c->tree, path);

		if (found == FDT_NONE || ++count > FIT_LIST)
			return false;
		c->nodes[found] = 1;
	}
	return list.data != NULL;
}

static fota_status
prove_covered(cover *c, uint32_t node, const char *what, uint32_t strings, fota_signature *signature,
			  const fota_key *keys, size_t key_count, fota_proofs *proofs)
{
	size_t		first = proofs->count;
	fota_status status = FOTA_OK;

	for (int i = 0; i < 2 && status == FOTA_OK; i++)
	{
		c->data_only = i == 1;
		c->bytes.size = 0;
		status = collect(c, strings);
		if (status != FOTA_OK)
			return status;
		proofs->count = first;
		signature->content = (fota_bytes) {c->bytes.data, c->bytes.size};
		status = fota_sign_try(c->tree->ctx, keys, key_count, signature, what, proofs);
		if (status == FOTA_OK && (first >= FOTA_MAX_PROOFS || proofs->list[first].result != FOTA_PROOF_INVALID))
			break;
	}
	if (status == FOTA_OK && first < FOTA_MAX_PROOFS && proofs->list[first].result != FOTA_PROOF_VALID)
	{
		const char *hint = fota_fdt_text(c->tree, node, "key-name-hint");

		fota_format(proofs->list[first].key, sizeof(proofs->list[first].key), "%.100s", hint != NULL ? hint : "");
	}
	return status;
}

static fota_status
prove_configuration(const fdt *tree, uint32_t configuration, uint32_t node, const char *what,
					fota_signature *signature, const fota_key *keys, size_t key_count, fota_proofs *proofs)
{
	cover		c = {.tree = tree};
	fota_bytes	strings = fota_fdt_value(tree, node, "hashed-strings");
	uint32_t	strings_size = strings.size == 8 ? fota_get_u32be(strings.data + 4) : FDT_NONE;
	char		text[FOTA_IMAGE_TEXT] = "";
	fota_status status = FOTA_OK;

	c.nodes = fota_alloc(tree->ctx, tree->count);
	if (c.nodes == NULL)
		return tree->ctx->error.code;
	fota_buf_init(&c.bytes, (size_t) tree->total + 64);
	if (!mark_nodes(&c, node))
		fota_format(text, sizeof(text), "hashed-nodes is missing, or names a node that is not there");
	else if (strings_size == FDT_NONE || strings_size > tree->strings.size || fota_get_u32be(strings.data) != 0)
		fota_format(text, sizeof(text), "hashed-strings is missing, or says more than there are");
	else if (!c.nodes[0] || !c.nodes[configuration])
		fota_format(text, sizeof(text), "the signature does not cover its configuration");
	else if (uncovered(&c, configuration) != NULL)
		fota_format(text, sizeof(text), "the signature does not cover image \"%.60s\" with a hash of it",
					uncovered(&c, configuration));
	if (text[0] != '\0')
		add_fault(tree, node, what, FOTA_PROOF_INVALID, text, proofs);
	else
		status = prove_covered(&c, node, what, strings_size, signature, keys, key_count, proofs);
	fota_buf_free(tree->ctx, &c.bytes);
	fota_free(tree->ctx, c.nodes);
	return status;
}

/* --- all signatures ----------------------------------------------------------------------- */

static fota_status
prove_node(const fdt *tree, uint32_t owner, uint32_t node, bool is_image, const fota_key *keys, size_t key_count,
		   fota_proofs *proofs)
{
	fota_signature signature = {0};
	uint64_t	offset;
	char		what[FOTA_IMAGE_TEXT];
	fota_status status;

	fota_format(what, sizeof(what), "%s %.100s", is_image ? "image" : "configuration", tree->nodes[owner].name);
	signature.value = fota_fdt_value(tree, node, "value");
	if (signature.value.data == NULL)
	{
		add_fault(tree, node, what, FOTA_PROOF_UNSIGNED, "there is a place for a signature, but none in it", proofs);
		return FOTA_OK;
	}
	if (!read_algorithm(tree, node, &signature))
	{
		add_fault(tree, node, what, FOTA_PROOF_UNVERIFIABLE, "the algorithm is not known", proofs);
		return FOTA_OK;
	}
	if (!is_image)
		return prove_configuration(tree, owner, node, what, &signature, keys, key_count, proofs);
	status = fota_fit_data(tree, owner, &signature.content, &offset);
	return status == FOTA_OK ? fota_sign_try(tree->ctx, keys, key_count, &signature, what, proofs) : status;
}

static fota_status
prove_all(const fdt *tree, const char *path, bool is_image, const fota_key *keys, size_t key_count,
		  fota_proofs *proofs)
{
	uint32_t	parent = fota_fdt_find(tree, path);
	fota_status status = FOTA_OK;

	if (parent == FDT_NONE)
		return FOTA_OK;
	for (uint32_t i = tree->nodes[parent].first; i != FDT_NONE; i = tree->nodes[i].next)
	{
		for (uint32_t k = tree->nodes[i].first; k != FDT_NONE && status == FOTA_OK; k = tree->nodes[k].next)
		{
			if (!begins_with(tree->nodes[k].name, "signature"))
				continue;
			if (proofs->count == FOTA_MAX_PROOFS)
				return fota_fail(tree->ctx, FOTA_LIMIT, FOTA_NOWHERE, 0, "fit: more than %u signatures", FOTA_MAX_PROOFS);
			status = prove_node(tree, i, k, is_image, keys, key_count, proofs);
		}
	}
	return status;
}

fota_status
fota_fit_verify(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_key *keys, size_t key_count,
				fota_proofs *proofs)
{
	fdt			tree;
	fota_status status = fota_fdt_open(ctx, file, "fit", &tree);

	(void) image;
	if (status == FOTA_OK)
		status = prove_all(&tree, "/configurations", false, keys, key_count, proofs);
	if (status == FOTA_OK)
		status = prove_all(&tree, "/images", true, keys, key_count, proofs);
	if (status == FOTA_OK && proofs->count == 0)
		fota_proof_add(proofs, "image", "", FOTA_PROOF_UNSIGNED);
	fota_fdt_close(&tree);
	return status;
}

/* SPDX-License-Identifier: PostgreSQL */
/* fuzz_tree.c: the readers of manifests, libconfig, JSON, sections and protocol buffers, on hostile bytes. */
#include "fuzz_package.h"
#include "parse/ini.h"
#include "parse/protobuf.h"
#include "parse/tree.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_tree(fota_ctx *ctx, fota_status status, fota_tree *tree)
{
	if (status != FOTA_OK && (ctx->error.code != status || ctx->error.message[0] == '\0'))
		abort();
	for (size_t i = 0; i < tree->count; i++)
	{
		const fota_node *n = &tree->nodes[i];

		if (n->next >= tree->count || n->first >= tree->count || n->parent > i || (status == FOTA_OK && strlen(n->text) != n->size))
			abort();
	}
	fota_tree_free(tree);
	if (ctx->used != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fota_ctx	ctx = {.alloc = take, .free = give, .limit = 64 << 20};
	fota_bytes	text = {data, size};
	fota_tree	tree;
	fota_ini	ini = {.data = text};
	fota_pb		pb = {data, size, 0};
	fota_pb_field field;
	fota_bytes	key;
	fota_bytes	value;
	bool		more = true;

	check_tree(&ctx, fota_tree_libconfig(&ctx, text, "it", &tree), &tree);
	check_tree(&ctx, fota_tree_json(&ctx, text, "it", &tree), &tree);
	while (more && fota_ini_next(&ctx, &ini, "it", &key, &value, &more) == FOTA_OK)
		;
	more = true;
	while (more && fota_pb_next(&ctx, &pb, "it", &field, &more) == FOTA_OK)
		if (pb.at > size)
			abort();
	return 0;
}

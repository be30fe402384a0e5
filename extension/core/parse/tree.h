/* SPDX-License-Identifier: PostgreSQL */
/*
 * tree.h: the manifest of a package as a tree of values, whether it was JSON or libconfig. For small texts: at most
 * FOTA_TREE_NODES values and FOTA_TREE_TEXT bytes. Called by the packages in codec/.
 *
 * what stands at the beginning of errors: "swu: sw-description". Keys and texts end with NUL and hold none.
 */
#ifndef FOTA_TREE_H
#define FOTA_TREE_H

#include "../base.h"

#define FOTA_TREE_NODES 16384
#define FOTA_TREE_TEXT ((size_t) 1 << 20)
#define FOTA_TREE_DEPTH 16

typedef enum fota_node_kind
{
	FOTA_NODE_NULL, FOTA_NODE_FLAG, FOTA_NODE_NUMBER, FOTA_NODE_TEXT, FOTA_NODE_LIST, FOTA_NODE_GROUP
} fota_node_kind;

typedef struct fota_node
{
	fota_node_kind kind;
	const char *key;			/* in a group; else "" */
	const char *text;			/* of a text, a number, "true" or "false"; else "" */
	size_t		size;			/* bytes of text */
	bool		is_integer;
	int64_t		number;			/* of an integer; 1 for true */
	uint32_t	line;			/* libconfig only */
	uint32_t	first;			/* of its children, and so on; 0 = none */
	uint32_t	last;
	uint32_t	next;
	uint32_t	parent;
} fota_node;

typedef struct fota_tree
{
	fota_ctx   *ctx;
	const char *what;
	fota_node  *nodes;			/* the first is the whole */
	size_t		count;
	size_t		room;
	char	   *text;
	size_t		used;
	size_t		text_room;
} fota_tree;

/* Both initialise the tree, which fota_tree_free releases in every case. */
fota_status fota_tree_json(fota_ctx *ctx, fota_bytes data, const char *what, fota_tree *tree);
fota_status fota_tree_libconfig(fota_ctx *ctx, fota_bytes data, const char *what, fota_tree *tree);
void		fota_tree_free(fota_tree *tree);

/* All take NULL for a node and give NULL then. */
const fota_node *fota_tree_get(const fota_tree *tree, const fota_node *group, const char *key);
const fota_node *fota_tree_first(const fota_tree *tree, const fota_node *node);
const fota_node *fota_tree_next(const fota_tree *tree, const fota_node *node);
/* The text of a member that is a text; NULL when there is none. */
const char *fota_tree_text(const fota_tree *tree, const fota_node *group, const char *key);
/* The number of a member that is an integer, or a text of decimal or 0x digits; false when there is none. */
bool		fota_tree_number(const fota_tree *tree, const fota_node *group, const char *key, uint64_t *value);

/* --- for the readers ------------------------------------------------------------------------ */

fota_status fota_tree_begin(fota_ctx *ctx, fota_bytes data, const char *what, fota_tree *tree);
/* A new node under parent (0 = none yet); its place, or 0 with ctx->error set. The first is at 0, too: look at count. */
uint32_t	fota_tree_add(fota_tree *tree, uint32_t parent, fota_node_kind kind, const char *key);
/* Room for so many characters and a NUL; never NULL: a reader puts no more than it read. */
char	   *fota_tree_room(fota_tree *tree, size_t size);

#endif

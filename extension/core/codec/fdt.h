/* SPDX-License-Identifier: PostgreSQL */
/*
 * fdt.h: flattened device trees, read with every bound checked: one pass makes a list of the nodes, in which paths and
 * properties are looked up. For FIT images.
 *
 *	header, big-endian	0 magic 0xD00DFEED	4 size of all	8 offset of the structure	12 of the strings	16 of the reserved memory
 *						20 version (16 or 17)	24 least version to read it	28 boot CPU	32 size of the strings	36 of the structure
 *	structure			tokens of 4 bytes: 1 node begins, name; 2 node ends; 3 property: size, name's offset in the strings,
 *						value; 4 nothing; 9 end. Names and values are padded to 4.
 */
#ifndef FOTA_CODEC_FDT_H
#define FOTA_CODEC_FDT_H

#include "../image.h"

#define FDT_MAGIC 0xD00DFEED
#define FDT_HEADER 40
#define FDT_DEPTH 16
#define FDT_NODES 4096
#define FDT_NONE UINT32_MAX

#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROP 3
#define FDT_NOP 4
#define FDT_END 9

typedef struct fdt_node
{
	const char *name;			/* its NUL is in the structure */
	uint32_t	at;				/* offset of the first token behind the name, in the structure */
	uint32_t	parent;
	uint32_t	first;			/* child, or FDT_NONE */
	uint32_t	next;			/* sibling, or FDT_NONE */
	uint32_t	depth;
} fdt_node;

typedef struct fdt
{
	fota_ctx   *ctx;
	const char *format;			/* begins every message */
	fota_bytes	file;			/* all of it, also what follows the tree */
	uint32_t	total;			/* bytes of the tree */
	fota_bytes	structure;
	fota_bytes	strings;
	uint64_t	structure_at;	/* offsets in the file */
	uint64_t	strings_at;
	fdt_node   *nodes;			/* in the order of the file; 0 is the root */
	uint32_t	count;
} fdt;

/* A token of the structure. */
typedef struct fdt_token
{
	uint32_t	type;
	uint32_t	at;
	uint32_t	next;			/* offset behind it, padding included */
	const char *name;			/* of a node or property */
	fota_bytes	value;			/* of a property */
} fdt_token;

/* fota_fdt_close in every case. */
fota_status fota_fdt_open(fota_ctx *ctx, fota_bytes file, const char *format, fdt *tree);
void		fota_fdt_close(fdt *tree);

/* The token at an offset; false when it is malformed. */
bool		fota_fdt_token(const fdt *tree, uint32_t at, fdt_token *token);

/* FDT_NONE when there is none. */
uint32_t	fota_fdt_child(const fdt *tree, uint32_t node, const char *name, size_t size);
/* "/images/kernel"; the root is "/". */
uint32_t	fota_fdt_find(const fdt *tree, const char *path);
/* data NULL when there is none. */
fota_bytes	fota_fdt_value(const fdt *tree, uint32_t node, const char *name);
/* A value that is a text; NULL when there is none, or it has no end. */
const char *fota_fdt_text(const fdt *tree, uint32_t node, const char *name);
/* A value of 4 bytes (or 8, with a high half). */
bool		fota_fdt_number(const fdt *tree, uint32_t node, const char *name, uint64_t *value);
/* The text of a list at *at, which is moved behind it; NULL at the end, or when it has none. */
const char *fota_fdt_list(fota_bytes list, size_t *at);

#endif

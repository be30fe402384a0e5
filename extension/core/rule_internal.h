/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_internal.h: what the files of the resolver share: rule_catalogue.c prepares
 * a model, rule_match.c finds the winner of each component of a device, and
 * rule_judge.c says what follows from winner and contents. See rule.h.
 */
#ifndef FOTA_RULE_INTERNAL_H
#define FOTA_RULE_INTERNAL_H

#include "rule.h"

/* The winner and the contents of a component side by side. */
typedef struct fota_case
{
	const fota_model *model;
	const fota_device *device;
	const fota_component *component;
	const fota_named *winner;	/* or NULL */
	const fota_item *item;		/* the winner's, or NULL */
	const fota_held *held;		/* or NULL */
	int64_t		at;
	const fota_deltas *deltas;
} fota_case;

/* Fills *verdict, and lowers *until to each of its waits. */
fota_status fota_judge(fota_ctx *ctx, const fota_case *c, fota_verdict *verdict, int64_t *until);

/* The part of model->known that begins with the digest; false when it names no build at all. */
bool		fota_known_find(const fota_model *model, size_t component, const uint8_t *digest, size_t size,
							size_t *from, size_t *to);
/* Is one of two digests the beginning of the other? Both have 8 bytes or more. */
bool		fota_digest_same(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size);

/* Place of a component in the model's list, or SIZE_MAX. */
size_t		fota_component_find(const fota_model *model, const char *name);

#endif

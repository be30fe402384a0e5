/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule_internal.h: what the files of the resolver share. See rule.h.
 *
 *	rule_catalogue.c	prepares a model: rules best first, joined to what they name
 *	rule_images.c		the builds of a model by version, and by digest
 *	rule_index.c		finds the rules whose scope covers a device
 *	rule_match.c		finds the winner of each component of a device: fota_decide
 *	rule_facts.c		what the device has, and what stands against the target
 *	rule_path.c			the way from there to the target
 *	rule_need.c			what components need of each other
 *	rule_window.c		when windows are open
 *	rule_judge.c		the verdict that follows
 */
#ifndef FOTA_RULE_INTERNAL_H
#define FOTA_RULE_INTERNAL_H

#include "rule.h"

/* Builds of a version that fit a device equally well, and better than all others. */
typedef struct fota_fit
{
	size_t		count;
	const fota_build *build;	/* the first of them, or NULL */
} fota_fit;

/* How far the judging of a component is. */
typedef enum fota_stage
{
	FOTA_STAGE_NONE,			/* nothing is desired or reported */
	FOTA_STAGE_KEPT,
	FOTA_STAGE_BLOCKED,
	FOTA_STAGE_OFFERED			/* something is to be done, now or later */
} fota_stage;

/* The winner and the contents of a component side by side. */
typedef struct fota_case
{
	const fota_model *model;
	const fota_device *device;
	const fota_component *component;
	const fota_asks *asks;
	int64_t		at;
	const fota_rule *winner;	/* or NULL */
	const fota_item *item;		/* the winner's, or NULL */
	const fota_held *held;		/* or NULL */
	fota_stage	stage;
	fota_verdict *verdict;

	/* What the device has: fota_look. */
	bool		present;
	bool		absent;
	const char *reported;		/* version, by digest if that identifies one, or NULL */
	const fota_version *held_image;	/* of that version, if a digest identified it, or NULL */
	const uint8_t *base;		/* payload that it has, or NULL */
	size_t		known_from;		/* the part of model->known that its digest may be in */
	size_t		known_to;

	/* The target against it: fota_compare. */
	bool		matches;		/* its digest is of a build of the target version */
	bool		unknown;
	bool		comparable;
	int			order;			/* of reported against target */
	fota_bytes	key;			/* of reported */
	fota_fit	target;

	/* What is offered: fota_path_find. */
	bool		no_path;
	bool		hop;
	const char *version;		/* NULL = to be removed */
	const fota_version *image;	/* of that version, or NULL */
	fota_fit	fit;

	/* The device's past with the offered version, and what it must wait for: fota_recall. */
	int			failures;
	int64_t		retry_at;		/* FOTA_TIME_MIN = at once */
	bool		downloaded;
	bool		undone;
	int64_t		undone_by;		/* rule */
	bool		postponed;
	bool		backoff;
	bool		windowed;		/* outside its windows, and may not even download */
	bool		delta;
	int64_t		delta_until;
	bool		has_opening;
	fota_opening opening;

	/* What rule_need.c finds. */
	size_t		after;			/* place of the component that must come first, or SIZE_MAX */
} fota_case;

/* --- facts ------------------------------------------------------------------------------------ */

void		fota_look(fota_case *c);
fota_status fota_compare(fota_ctx *ctx, fota_case *c);
void		fota_recall(fota_case *c);
/* Published or decoding builds of a version that fit the device; image may be NULL. */
fota_fit	fota_fit_find(const fota_case *c, const fota_version *image);
bool		fota_has_time_wait(const fota_case *c);

/* --- the way to the target, and what it needs ----------------------------------------------------- */

/* Fills in what is offered of a component whose target is another version. */
fota_status fota_path_find(fota_ctx *ctx, fota_case *c);
/* The sentence for no_path. */
fota_status fota_path_explain(fota_ctx *ctx, const fota_case *c, const char **detail);
/* Blocks or holds back those whose requirements are not met; cases as many as components. */
fota_status fota_needs_judge(fota_ctx *ctx, const fota_model *model, fota_case *cases);

/* --- verdicts --------------------------------------------------------------------------------- */

/* The verdict as far as the component alone decides it. */
fota_status fota_judge_alone(fota_ctx *ctx, fota_case *c);
/* The rest, for one that is offered; lowers *until to what time may change. */
fota_status fota_judge_rest(fota_ctx *ctx, const fota_case *cases, fota_case *c, int64_t *until);

/* Joins texts, up to FOTA_SAY_END; NULL is nothing. */
extern const char fota_say_end[];
#define FOTA_SAY_END fota_say_end
fota_status fota_say(fota_ctx *ctx, const char **detail, ...);

/* --- catalogue -------------------------------------------------------------------------------- */

typedef int (*fota_order) (const void *a, const void *b);

/* Heap sort, of elements of at most FOTA_SORT_MOST bytes. */
#define FOTA_SORT_MOST 256
void		fota_sort(void *data, size_t count, size_t size, fota_order order);

/* Orders the builds of a model, groups them by version, and indexes their digests. */
fota_status fota_images_prepare(fota_ctx *ctx, fota_model *model);
/* A version of a component by its key and text, or NULL. */
const fota_version *fota_version_find(const fota_model *model, size_t place, bool any, fota_bytes key,
									  const char *text);
/* The versions of a component, in their order. */
const fota_version *fota_versions_of(const fota_model *model, size_t place, bool any, size_t *count);

/* The part of model->known that begins with the digest; false when it names no build at all. */
bool		fota_known_find(const fota_model *model, size_t component, const uint8_t *digest, size_t size,
							size_t *from, size_t *to);
/* Is one of two digests the beginning of the other? Both have 8 bytes or more. */
bool		fota_digest_same(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size);
/* As versions are ordered. */
int			fota_key_order(fota_bytes a, fota_bytes b);
/* The key of a version, in memory of ctx. */
fota_status fota_key_make(fota_ctx *ctx, const char *version, fota_bytes *key);

/* Negative when a is better than b. */
int			fota_rank_order(const fota_rule *a, const fota_rule *b);
/* The release that a rule of the model asks for, or NULL when it names nothing of the model. */
const fota_release *fota_release_of(const fota_model *model, const fota_rule *rule);
/* Place of a component in the model's list, or SIZE_MAX. */
size_t		fota_component_find(const fota_model *model, const char *name);

/* --- index ------------------------------------------------------------------------------------ */

/* The rules that cover a device. */
typedef struct fota_found
{
	const fota_rule **rules;
	size_t		count;
	size_t		room;
	bool		ordered;		/* the best first, else as they were found */
	const fota_rule *few[32];	/* what rules points at as long as it suffices */
} fota_found;

fota_status fota_index_make(fota_ctx *ctx, fota_rules *rules);
/* Of a model's own rules and the shared ones. */
fota_status fota_index_find(fota_ctx *ctx, const fota_model *model, const fota_device *device, fota_found *found);
/* The best of those at and behind a place, which is there then; asked for from place 0 on. */
const fota_rule *fota_found_best(fota_found *found, size_t place);

#endif

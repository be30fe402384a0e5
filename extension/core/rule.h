/* SPDX-License-Identifier: PostgreSQL */
/*
 * rule.h: which contents must a device have, and what follows for each component.
 * The glue (fota.resolve_many) fills a fota_model from the catalogue, prepares it
 * once, and then decides for device after device of that model. The portable
 * profile's resolve_many.sql is the same in PL/pgSQL; both must agree row for row.
 *
 * Ownership: all texts and digests that these structs point at belong to the
 * caller and must outlive the structs; what prepare and decide make is memory of
 * their ctx. The texts of a decision point into both. Texts end with a NUL.
 *
 * Times are microseconds of any one clock; the two extremes of int64_t are
 * "always was" and "never will be", as in PostgreSQL's timestamptz.
 */
#ifndef FOTA_RULE_H
#define FOTA_RULE_H

#include "base.h"

#define FOTA_TIME_MIN INT64_MIN
#define FOTA_TIME_MAX INT64_MAX
#define FOTA_EXPOSURE_ALL 10000

/* A rule that is active or paused. */
typedef struct fota_rule
{
	int64_t		id;
	const char *name;
	const char *release;
	bool		active;			/* else paused: it only lets open actions finish */
	bool		allow_downgrade;
	bool		wait_for_delta;
	int32_t		max_attempts;
	int32_t		priority;

	/* Scope. NULL and false = any. */
	bool		has_model;		/* counts for the level; the caller gives a model its rules only */
	bool		has_years;
	int64_t		year_from;		/* both belong to the range */
	int64_t		year_to;
	const char *batch;
	const char *serial_from;
	const char *serial_to;
	bool		listed;			/* covers only the devices that have it among their listed rules */

	/* When. FOTA_TIME_MIN and FOTA_TIME_MAX = open. */
	bool		has_begin;
	bool		has_end;
	bool		begin_inside;	/* the instant itself belongs to the range */
	bool		end_inside;
	int64_t		begin;
	int64_t		end;

	/* Exposure: buckets below this one are inside; 0 to FOTA_EXPOSURE_ALL. */
	int32_t		exposure;
	const char *seed;			/* UTF-8 */

	/* Made by fota_rule_prepare. */
	int			level;
	bool		one_serial;
	const char *from_key;
	const char *to_key;
} fota_rule;

typedef struct fota_component
{
	const char *name;
	bool		opaque;			/* any difference installs; nothing is newer or older */
} fota_component;

typedef enum fota_build_state
{
	FOTA_BUILD_PUBLISHED,
	FOTA_BUILD_DECODING,
	FOTA_BUILD_WITHDRAWN,
	FOTA_BUILD_REFUSED
} fota_build_state;

/* One build of one version of one component: a row of fota.image. */
typedef struct fota_build
{
	const char *component;
	bool		any;			/* an image of model '*' */
	const char *version;
	const char *build;
	fota_build_state state;
	const uint8_t *payload;		/* 32 bytes, or NULL */
	const char **hw;			/* NULL = fits any hardware */
	size_t		hw_count;
	size_t		place;			/* made by prepare: of its component */
} fota_build;

/* Another digest by which devices report a build, or its first 8 bytes or more. */
typedef struct fota_other_digest
{
	const char *component;
	bool		any;
	const char *version;
	const char *build;
	const uint8_t *data;
	size_t		size;
} fota_other_digest;

/* What a release says of a component; version NULL = must be absent. */
typedef struct fota_item
{
	const char *release;
	const char *component;
	bool		any;			/* an item of model '*' */
	const char *version;

	/* Made by prepare. */
	size_t		place;
	const fota_build *builds;	/* of that version, in every state */
	size_t		build_count;
	bool		digests;		/* one of them has a payload */
	fota_bytes	key;			/* of the version */
} fota_item;

/* Made by prepare: a rule with what it names of the model's components. */
typedef struct fota_named
{
	const fota_rule *rule;
	const fota_item *items;
	size_t		item_count;
} fota_named;

/* Made by prepare: a digest that identifies a build. */
typedef struct fota_known
{
	const uint8_t *data;
	size_t		size;
	const fota_build *build;
} fota_known;

/* A model with all that decisions on its devices ask of the catalogue. */
typedef struct fota_model
{
	bool		waits;			/* for contents that are unknown; else they are installed */
	const char *client_class;	/* of DDI clients, which cannot remove; NULL = native */
	fota_component *components;
	size_t		component_count;
	fota_build *builds;
	size_t		build_count;
	const fota_other_digest *others;
	size_t		other_count;
	fota_item  *items;			/* of the model and of '*' */
	size_t		item_count;
	const fota_rule **rules;	/* those whose scope may cover the model */
	size_t		rule_count;

	/* Made by prepare. */
	fota_named *named;			/* best rule first */
	size_t		named_count;
	const fota_rule **timed;	/* rules that begin or end */
	size_t		timed_count;
	fota_known *known;			/* by component, then by the first 8 bytes */
	size_t		known_count;
	size_t	   *known_from;		/* component_count + 1 places in known */
} fota_model;

/* What a device says of a component. */
typedef struct fota_held
{
	struct fota_held *next;
	const char *component;
	bool		present;
	const char *version;		/* or NULL */
	const uint8_t *digest;		/* 8 to 32 bytes, or NULL */
	size_t		digest_size;
} fota_held;

typedef enum fota_past_kind
{
	FOTA_PAST_OPEN,				/* an unfinished item of the open action */
	FOTA_PAST_FAILED,			/* failed, and not forgiven */
	FOTA_PAST_LEFT				/* a success of this epoch */
} fota_past_kind;

/* An item of one of the device's actions that a decision asks about. */
typedef struct fota_past
{
	struct fota_past *next;
	fota_past_kind kind;
	int64_t		rule_id;
	const char *component;
	const char *version;		/* NULL = remove */
	const char *from_version;	/* what the device had before, or NULL */
	int32_t		action;
	int32_t		item;
	bool		has_closed;
	int64_t		closed_at;
} fota_past;

typedef struct fota_device
{
	int64_t		id;
	const char *name;			/* UTF-8 */
	const char *serial;
	const char *serial_key;
	bool		has_year;
	int64_t		year;
	const char *batch;			/* or NULL */
	const char *hw;				/* or NULL */
	bool		takes_delta;	/* in a format that we make */
	bool		has_postponed;
	int64_t		postponed_until;
	const fota_held *held;
	const fota_past *past;
	const int64_t *listed;		/* rules that list the device, in rising order */
	size_t		listed_count;
} fota_device;

/* One component of a decision. */
typedef struct fota_verdict
{
	const char *component;
	const char *verdict;		/* keep, blocked, wait, install, remove */
	const char *reason;			/* or NULL */
	const char *detail;			/* a sentence */
	const fota_rule *rule;		/* NULL = no rule names it */
	const char *version;		/* that it must have, or NULL */
	const char *build;			/* or NULL */
	const char *reported;		/* version that it has, or NULL */
	bool		has_not_before;
	int64_t		not_before;
} fota_verdict;

typedef struct fota_decision
{
	fota_verdict *verdicts;		/* in order of the components' names */
	size_t		count;			/* may be 0: then no rule names a component of the device */
	bool		has_valid_until;
	int64_t		valid_until;	/* the next instant at which time alone could change it */
} fota_decision;

/*
 * Until when a device may wait for the delta between two payloads of 32 bytes:
 * true and *until while it is still wanted; false when it is made, failed or withdrawn.
 */
typedef struct fota_deltas
{
	bool		(*wanted) (void *opaque, const uint8_t *source, const uint8_t *target, int64_t *until);
	void	   *opaque;
} fota_deltas;

/* Fills in what is made of a rule. */
fota_status fota_rule_prepare(fota_ctx *ctx, fota_rule *rule);

/* Orders the lists of the model and joins them; its rules have been prepared. */
fota_status fota_model_prepare(fota_ctx *ctx, fota_model *model);

/* Does the rule's scope cover a device of the model? */
bool		fota_rule_covers(const fota_rule *rule, const fota_device *device);

/* What the device must do now. Writes nothing but *decision. */
fota_status fota_decide(fota_ctx *ctx, const fota_model *model, const fota_device *device, int64_t at,
						const fota_deltas *deltas, fota_decision *decision);

#endif

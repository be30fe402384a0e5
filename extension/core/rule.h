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

/* A range that the reported version of a component must lie in. */
typedef struct fota_need
{
	const char *component;
	const char *range;
} fota_need;

/* Devices of a model and year whose 4-byte hash is at or below the threshold are exposed. */
typedef struct fota_stratum
{
	const char *model;
	int64_t		year;			/* -1 = none */
	int64_t		threshold;
} fota_stratum;

/* Local times between which devices may install, on the days that it opens. */
typedef struct fota_window
{
	uint32_t	days;			/* bit n is ISO day n, 1 = Monday to 7 = Sunday */
	int64_t		opens;			/* microseconds after midnight */
	int64_t		closes;			/* not after opens: on the next day */
} fota_window;

/* A rule that is active or paused. */
typedef struct fota_rule
{
	int64_t		id;
	const char *name;
	const char *release;
	bool		active;			/* else paused: it only lets open actions finish */
	bool		allow_downgrade;
	bool		wait_for_delta;
	bool		download_in_window;
	bool		download_only;	/* what was downloaded once is done */
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

	/* Tests. */
	const fota_need *tests;		/* of reported versions */
	size_t		test_count;
	const void *filter;			/* that fota_asks knows, or NULL */

	/* Exposure: buckets below this one are inside; 0 to FOTA_EXPOSURE_ALL. */
	int32_t		exposure;
	const void **waves;			/* filters, each of which exposes, too */
	size_t		wave_count;
	const fota_stratum *strata; /* by model and year, as strcmp orders */
	size_t		stratum_count;
	const char *seed;			/* UTF-8 */

	const fota_window *windows; /* a union; none = at any time */
	size_t		window_count;

	/* Of serial_from and serial_to; those that are NULL are made by fota_rule_prepare. */
	const char *from_key;
	const char *to_key;

	/* Made by fota_rule_prepare, and fota_rules_prepare. */
	int			level;
	uint64_t	rank;			/* by level, then priority: higher is better */
	bool		one_serial;
	const struct fota_rules *set;
	size_t		release_no;		/* among the releases that the set asks for */
} fota_rule;

typedef struct fota_component
{
	const char *name;
	bool		opaque;			/* any difference installs; nothing is newer or older */
	bool		joint;			/* may be installed together with others that need each other */
} fota_component;

/* What must be there before a version is installed; equal in all its builds. */
typedef struct fota_requires
{
	const char *from;			/* range of the version before, or NULL */
	bool		from_absent;	/* holds also where none is known */
	const fota_need *needs;		/* of other components, in order of their names */
	size_t		need_count;
} fota_requires;

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
	bool		has_slot;		/* else it fits any */
	int32_t		slot;
	bool		floor;			/* no update path may skip its version */
	const fota_requires *requires;	/* or NULL */
	const char *refused_name;	/* of its file, when the model's client class does not take such; else NULL */

	/* Made by prepare. */
	size_t		place;			/* of its component */
	const struct fota_version *image;
} fota_build;

/* Made by prepare: the builds of one version of a component, the model's own or of '*'. */
typedef struct fota_version
{
	const char *text;
	fota_bytes	key;			/* that it sorts by */
	size_t		place;
	bool		any;
	bool		floor;
	bool		digests;		/* one of its builds has a payload */
	bool		held;			/* devices may have it: published or withdrawn */
	const fota_build *builds;	/* in every state, in order of their names */
	size_t		build_count;
	const fota_requires *requires;	/* of its published builds, or NULL */
	const fota_requires *holds;	/* of those that devices may have, or NULL */
} fota_version;

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
	fota_bytes	key;			/* of the version */
	const fota_version *image;	/* NULL when there is no build of it */
} fota_item;

/* Made by prepare: a digest that identifies a build. */
typedef struct fota_known
{
	const uint8_t *data;
	size_t		size;
	const fota_build *build;
} fota_known;

/* Made by prepare: finds the rules whose scope may cover a device; see rule_index.c. */
typedef struct fota_index fota_index;

/* The rules of a model, or those of none, which all models share. */
typedef struct fota_rules
{
	fota_rule **list;
	size_t		count;

	/* Made by prepare. */
	fota_index *index;
	const char **releases;		/* that they ask for, each once */
	size_t		release_count;
	bool		listed;			/* one of them covers listed devices only */
	bool		filtered;		/* one of them has a filter */
} fota_rules;

/* Made by prepare: the items of a release, which stand together. */
typedef struct fota_release
{
	const char *name;
	const fota_item *items;
	size_t		item_count;
} fota_release;

/* A model with all that decisions on its devices ask of the catalogue. */
typedef struct fota_model
{
	const char *name;
	const char *zone;			/* time zone of its devices that have none of their own */
	bool		waits;			/* for contents that are unknown; else they are installed */
	const char *client_class;	/* of DDI clients; NULL = native */
	bool		can_remove;		/* of that class: it removes a component when told to */
	const char *name_like;		/* of that class, for people: names of the files that it takes; NULL = any */
	fota_component *components;
	size_t		component_count;
	fota_build *builds;
	size_t		build_count;
	const fota_other_digest *others;
	size_t		other_count;
	fota_item  *items;			/* of the model and of '*' */
	size_t		item_count;
	const fota_rules *own;		/* rules of the model */
	const fota_rules *shared;	/* and those of none */

	/* Made by prepare. */
	fota_release *releases;		/* by name */
	size_t		release_count;
	const fota_release **own_releases;	/* as numbered by own; NULL where one names nothing of the model */
	const fota_release **shared_releases;	/* as numbered by shared */
	bool		needs;			/* a version requires something of other components */
	fota_version *versions;		/* by component, own or '*', key, text */
	size_t		version_count;
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
	bool		has_slot;
	int32_t		slot;			/* that it runs from */
} fota_held;

typedef enum fota_past_kind
{
	FOTA_PAST_OPEN,				/* an unfinished item of the open action */
	FOTA_PAST_FAILED,			/* failed, and not forgiven */
	FOTA_PAST_LEFT,				/* a success of this epoch */
	FOTA_PAST_DOWNLOADED		/* downloaded, which was all that its rule asked */
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
	const char *zone;			/* or NULL: that of the model */
	bool		takes_delta;	/* in a format that we make */
	bool		two_slots;
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
	const char *version;		/* that comes next: the target or one on the way to it, or NULL */
	const char *build;			/* or NULL */
	const char *target;			/* version that it must have, or NULL */
	const char *reported;		/* version that it has, or NULL */
	bool		has_not_before;
	bool		has_not_after;
	int64_t		not_before;
	int64_t		not_after;
	const uint8_t *base;		/* payload that it has, or NULL */
	const fota_build *offered;	/* of the build, when it is to be installed */
} fota_verdict;

typedef struct fota_decision
{
	fota_verdict *verdicts;		/* in order of the components' names */
	size_t		count;			/* may be 0: then no rule names a component of the device */
	bool		has_valid_until;
	int64_t		valid_until;	/* the next instant at which time alone could change it */
} fota_decision;

/* A component whose version is known, as filters see it. */
typedef struct fota_seen
{
	const char *component;
	const char *version;
	const uint8_t *digest;		/* as reported, or NULL */
	size_t		digest_size;
} fota_seen;

/* What the windows of a rule say at an instant. */
typedef struct fota_opening
{
	bool		open;
	int64_t		begins;			/* when not open: the next time; FOTA_TIME_MAX = never */
	bool		has_end;		/* else it does not close within a week */
	int64_t		ends;			/* of that which is open, or opens next */
} fota_opening;

/* What a decision asks its caller, which gives opaque to each. */
typedef struct fota_asks
{
	/*
	 * Until when a device may wait for the delta between two payloads of 32 bytes:
	 * true and *until while it is still wanted; false when it is made, failed or withdrawn.
	 */
	bool		(*delta_wanted) (void *opaque, const uint8_t *source, const uint8_t *target, int64_t *until);
	/* Is a filter true of the device? False too where that is unknown. */
	bool		(*passes) (void *opaque, const void *filter, const fota_device *device, const fota_seen *seen,
						   size_t count);
	/* The windows of the rule at the instant of the decision; fota_window_find finds it. */
	void		(*opening) (void *opaque, const fota_rule *rule, const char *zone, fota_opening *opening);
	void	   *opaque;
} fota_asks;

/* Clocks of time zones: by how much they are ahead of the instant, in microseconds. */
typedef struct fota_clock
{
	int64_t		(*offset) (void *opaque, const char *zone, int64_t at);
	void	   *opaque;
} fota_clock;

/* Fills in what is made of a rule, and of rules that are prepared, which stay where they are. */
fota_status fota_rule_prepare(fota_ctx *ctx, fota_rule *rule);
fota_status fota_rules_prepare(fota_ctx *ctx, fota_rules *rules);

/* Orders the lists of the model and joins them. */
fota_status fota_model_prepare(fota_ctx *ctx, fota_model *model);

/* Does the rule's scope cover a device of the model? */
bool		fota_rule_covers(const fota_rule *rule, const fota_device *device);

/* What the device must do now. Writes nothing but *decision. */
fota_status fota_decide(fota_ctx *ctx, const fota_model *model, const fota_device *device, int64_t at,
						const fota_asks *asks, fota_decision *decision);

/* When the rule's windows, of which there is one at least, allow to install. */
fota_status fota_window_find(fota_ctx *ctx, const fota_rule *rule, const char *zone, int64_t at,
							 const fota_clock *clock, fota_opening *opening);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve.h: what the files of fota.resolve_many share.
 *
 *	resolve.c			the call: arguments, batches of devices, rows of the answer
 *	resolve_cache.c		which compiled catalogue a call may use, and how long one lives
 *	resolve_catalogue.c	reads the catalogue's tables
 *	resolve_device.c	reads the devices' tables
 *	resolve_document.c	devices as filters see them
 *	resolve_ask.c		what a decision asks besides: deltas, filters, windows
 *	resolve_plan.c		the saved plans of both
 *	resolve_past.c		an instant before now()
 *
 * The decision itself is the core's: rule.h.
 */
#ifndef FOTAPG_RESOLVE_H
#define FOTAPG_RESOLVE_H

#include "fotapg.h"

#include "executor/spi.h"
#include "lib/ilist.h"
#include "utils/array.h"
#include "utils/hsearch.h"
#include "utils/timestamp.h"

#include "rule.h"

/* --- plans ------------------------------------------------------------------------------------ */

typedef enum fotapg_query
{
	FOTAPG_Q_EPOCH,
	FOTAPG_Q_RULES_ANY,
	FOTAPG_Q_RULES_MODEL,
	FOTAPG_Q_STRATA,
	FOTAPG_Q_WINDOWS,
	FOTAPG_Q_MODEL,
	FOTAPG_Q_COMPONENTS,
	FOTAPG_Q_IMAGES,
	FOTAPG_Q_DIGESTS,
	FOTAPG_Q_ITEMS,
	FOTAPG_Q_ASKED,
	FOTAPG_Q_DEVICES_AFTER,
	FOTAPG_Q_STATES_BETWEEN,
	FOTAPG_Q_LISTED,
	FOTAPG_Q_ATTRIBUTES,
	FOTAPG_Q_DELTA,
	FOTAPG_QUERIES
} fotapg_query;

/*
 * Runs a query with the caller's snapshot and without a write; the rows are in
 * SPI_tuptable. The plan is kept for the life of the session.
 */
void		fotapg_run(fotapg_query query, Datum *values, const char *nulls);

/* All columns of a row of SPI_tuptable, not copied. */
void		fotapg_fetch_row(uint64 row, Datum *values, bool *nulls);
/* Columns of a row of SPI_tuptable, from 1. Copies are made in the current memory context. */
Datum		fotapg_column(uint64 row, int column, bool *is_null);
char	   *fotapg_column_text(uint64 row, int column);	/* NULL when the column is */
int64		fotapg_column_int8(uint64 row, int column);	/* 0 when the column is NULL */
int32		fotapg_column_int4(uint64 row, int column);
bool		fotapg_column_bool(uint64 row, int column);
/* NULL when the column is; else *size bytes. */
uint8_t    *fotapg_column_bytea(uint64 row, int column, size_t *size);

/* --- catalogues ------------------------------------------------------------------------------- */

/* A model that a catalogue holds. */
typedef struct fotapg_model
{
	char	   *name;
	fota_model	model;
	fota_rules	own;
	bool		listed;			/* a rule that may cover it covers listed devices only */
	bool		filtered;		/* or has a filter */
} fotapg_model;

/* The compiled catalogue of a tenant at an epoch: models are added when first asked for. */
typedef struct fotapg_catalogue
{
	dlist_node	node;			/* in the cache */
	MemoryContext context;		/* holds all of it, itself included */
	Oid			relation;		/* fota.epoch: another one after a new installation */
	Oid			owner;			/* as whom the tables are read */
	int32		tenant_id;
	int64		epoch;
	bool		shared;			/* in the cache, else of this call only */
	int			users;			/* calls that are at work with it */
	bool		grown;			/* since size was taken */
	Size		size;
	fota_rules	rules;			/* of no model */
	HTAB	   *models;			/* of those that were asked for, by name */
} fotapg_catalogue;

/* What the epoch row of a tenant tells, read with the caller's rights, row policies and snapshot. */
typedef struct fotapg_epoch
{
	int64		epoch;
	Oid			relation;		/* InvalidOid: there is no row */
	Oid			owner;
	bool		changed;		/* this transaction has changed the catalogue */
} fotapg_epoch;

/* From the epoch, xmin as text, tableoid, and whether a change is open. */
void		fotapg_epoch_take(int64 epoch, const char *xmin, Oid relation, bool open, fotapg_epoch *result);
/* Reads it alone. */
void		fotapg_epoch_read(int32 tenant_id, fotapg_epoch *epoch);

/*
 * The catalogue of a tenant at the epoch that this snapshot sees, for as long as memory
 * context call lives; raises 42501 when the caller does not see the tenant.
 */
fotapg_catalogue *fotapg_catalogue_open(int32 tenant_id, const fotapg_epoch *row, MemoryContext call);
/* Forgets what exceeds fota.cache_mb. */
void		fotapg_catalogue_trim(void);
/* A model of the catalogue, read when it is not there yet. */
const fotapg_model *fotapg_catalogue_model(fotapg_catalogue *catalogue, const char *name);

/* Reads the rules of no model into a new catalogue. */
void		fotapg_read_rules(fotapg_catalogue *catalogue);
/* Reads a model, in the current memory context. */
fotapg_model *fotapg_read_model(fotapg_catalogue *catalogue, const char *name);

/* --- devices ---------------------------------------------------------------------------------- */

typedef struct fotapg_device
{
	fota_device device;
	char	   *model;
	const fotapg_model *entry;	/* its model in the catalogue */
	size_t		place;			/* in the order of the answer */
	Datum		document;		/* that filters see; 0 = not asked for yet */
	Datum		tags;			/* read only when there are filters: text[] */
	Datum		attributes;		/* jsonb */
} fotapg_device;

typedef struct fotapg_batch
{
	fotapg_device *devices;		/* by device_id */
	size_t		count;
} fotapg_batch;

/* Devices of one batch. */
#define FOTAPG_BATCH 1000

/*
 * Reads the devices with these ids (those that exist), in rising order, with their contents
 * and the items of their actions that matter at the tenant's epoch, which is read with them,
 * in the current memory context.
 */
void		fotapg_read_devices(int32 tenant_id, const int64 *ids, size_t count, fotapg_epoch *epoch, fotapg_batch *batch);
/* The same of up to FOTAPG_BATCH devices with ids above after. */
void		fotapg_read_devices_after(int32 tenant_id, int64 after, int64 epoch, fotapg_batch *batch);
/* Reads which of the listed rules have them. */
void		fotapg_read_listed(int32 tenant_id, fotapg_batch *batch);

/* Reads what else filters see of them. */
void		fotapg_read_attributes(int32 tenant_id, fotapg_batch *batch);
/* What filters see of one, as fota.device_document makes it, in the current memory context. */
Datum		fotapg_make_document(const fotapg_device *entry, const fota_seen *seen, size_t count);

/* --- the past --------------------------------------------------------------------------------- */

/* The decisions on these devices (NULL = all) at an instant before now(), by what was known then. */
void		fotapg_resolve_past(int32 tenant_id, ArrayType *device_ids, TimestampTz at, fotapg_rows *rows);

/* --- what decisions ask --------------------------------------------------------------------------- */

typedef struct fotapg_asker
{
	int32		tenant_id;
	TimestampTz at;
	MemoryContext context;		/* of the call */
	HTAB	   *deltas;			/* what was asked before, or NULL */
	HTAB	   *openings;
	Datum		nothing;		/* the document {} */
	fota_ctx	ctx;			/* of the batch */
} fotapg_asker;

/* The callbacks of an asker, for devices that are parts of a fotapg_device. */
fota_asks	fotapg_asks(fotapg_asker *asker);

#endif

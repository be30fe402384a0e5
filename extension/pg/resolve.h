/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve.h: what the files of fota.resolve_many, resolve_before and resolve_difference share.
 *
 *	resolve.c			the calls: arguments, batches of devices, decisions
 *	resolve_cache.c		which compiled catalogue a call may use, and how long one lives
 *	resolve_catalogue.c	reads the catalogue's tables
 *	resolve_table.c		may the devices' tables be read by their keys?
 *	resolve_scan.c		reads them by their keys
 *	resolve_device.c	reads them by queries
 *	resolve_document.c	devices as filters see them
 *	resolve_ask.c		what a decision asks besides: deltas, filters, windows
 *	resolve_past.c		what the past is asked
 *	resolve_answer.c	the rows of the answer
 *	resolve_plan.c		the saved plans
 *
 * The decision itself is the core's: rule.h.
 */
#ifndef FOTAPG_RESOLVE_H
#define FOTAPG_RESOLVE_H

#include "fotapg.h"

#include "executor/spi.h"
#include "lib/ilist.h"
#include "utils/hsearch.h"
#include "utils/timestamp.h"

#include "rule.h"

/* --- plans ------------------------------------------------------------------------------------ */

typedef enum fotapg_query
{
	FOTAPG_Q_EPOCH,
	FOTAPG_Q_RULES_ANY,
	FOTAPG_Q_RULES_MODEL,
	FOTAPG_Q_WAVES,
	FOTAPG_Q_STRATA,
	FOTAPG_Q_WINDOWS,
	FOTAPG_Q_LISTING,
	FOTAPG_Q_MODEL,
	FOTAPG_Q_COMPONENTS,
	FOTAPG_Q_IMAGES,
	FOTAPG_Q_DIGESTS,
	FOTAPG_Q_ITEMS,
	FOTAPG_Q_ASKED,
	FOTAPG_Q_IDS,
	FOTAPG_Q_LISTED,
	FOTAPG_Q_ATTRIBUTES,
	FOTAPG_Q_EPOCH_AT,
	FOTAPG_Q_FORGIVEN,
	FOTAPG_Q_DELTA,
	FOTAPG_QUERIES
} fotapg_query;

/* As of when rows are asked for: the value of fota.as_of that sql/53_past reads. */
typedef struct fotapg_as_of
{
	char		setting[80];
} fotapg_as_of;

/* The catalogue of an epoch, and devices as of an instant, or, when at is NULL, as they are now. */
void		fotapg_as_of_set(fotapg_as_of *as_of, int32 tenant_id, int64 epoch, const TimestampTz *at);

/*
 * Runs a query with the caller's snapshot and without a write, of rows as they were unless as_of
 * is NULL; the rows are in SPI_tuptable until fotapg_done, which must come before another is
 * run. The plan is kept for the life of the session.
 */
void		fotapg_run(fotapg_query query, const fotapg_as_of *as_of, Datum *values, const char *nulls);
void		fotapg_done(void);

#define FOTAPG_MOST_VALUES 32

/* A row of SPI_tuptable, taken apart but not copied. */
typedef struct fotapg_row
{
	Datum		values[FOTAPG_MOST_VALUES];
	bool		nulls[FOTAPG_MOST_VALUES];
} fotapg_row;

void		fotapg_fetch(uint64 place, fotapg_row *row);
/* Its columns, from 0. Copies are made in the current memory context. */
const char *fotapg_row_text(const fotapg_row *row, int column); /* NULL when the column is; kept as below */
int64		fotapg_row_int8(const fotapg_row *row, int column); /* 0 when the column is NULL */
int32		fotapg_row_int4(const fotapg_row *row, int column);
bool		fotapg_row_bool(const fotapg_row *row, int column);
/* NULL when the column is; else *size bytes. */
uint8_t    *fotapg_row_bytea(const fotapg_row *row, int column, size_t *size);

/*
 * A copy of a text, in the current memory context, that ends with a NUL for the core and is a value
 * for PostgreSQL, too.
 */
const char *fotapg_text_keep(Datum value);
#define FOTAPG_TEXT_VALUE(kept) PointerGetDatum((kept) - VARHDRSZ)

/* --- catalogues ------------------------------------------------------------------------------- */

/* Names of models are shorter. */
#define FOTAPG_MOST_NAME 256

/* A model that a catalogue holds. */
typedef struct fotapg_model
{
	const char *name;
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
	bool		past;			/* what it lacks is read of the past, as of as_of */
	fotapg_as_of as_of;
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
	bool		own;			/* this transaction wrote the row: nobody else sees this epoch */
	bool		changed;		/* this transaction has changed the catalogue */
} fotapg_epoch;

/* Reads it with a query. */
void		fotapg_epoch_read(int32 tenant_id, fotapg_epoch *epoch);

/* Of when a catalogue is asked for. */
typedef enum fotapg_when
{
	FOTAPG_NOW,					/* that which this snapshot sees */
	FOTAPG_BEFORE,				/* that of the epoch in its row, without what this transaction changed */
	FOTAPG_THEN					/* that of an earlier epoch */
} fotapg_when;

/* Raises 42501 when the caller does not see the tenant. */
void		fotapg_epoch_check(int32 tenant_id, const fotapg_epoch *row);
/* The catalogue of a tenant, for as long as memory context call lives; epoch is asked for by FOTAPG_THEN alone. */
fotapg_catalogue *fotapg_catalogue_open(int32 tenant_id, const fotapg_epoch *row, fotapg_when when, int64 epoch,
										MemoryContext call);
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
	const char *model;
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

/* Devices of one batch; of one that is read by keys, where few cost no more and stay in the processor's cache. */
#define FOTAPG_BATCH 1000
#define FOTAPG_SCAN_BATCH 200

/*
 * Reads the devices with these ids (those that exist), which rise, in rising order, with their contents and
 * the items of their actions that matter at the catalogue's epoch, in the current memory context.
 */
void		fotapg_read_devices(fotapg_catalogue *catalogue, const fotapg_as_of *as_of, const int64 *ids, size_t count,
								fotapg_batch *batch);
/* The ids of all devices, in rising order. */
int64	   *fotapg_read_ids(int32 tenant_id, const fotapg_as_of *as_of, size_t *count);
/* Reads which of the listed rules have them. */
void		fotapg_read_listed(int32 tenant_id, const fotapg_as_of *as_of, fotapg_batch *batch);

/* --- devices, read by the keys of their tables -------------------------------------------------------- */

typedef enum fotapg_table_name
{
	FOTAPG_T_EPOCH,
	FOTAPG_T_CHANGE,
	FOTAPG_T_DEVICE,
	FOTAPG_T_REPORTED,
	FOTAPG_T_CONTENTS,
	FOTAPG_T_ACTION,
	FOTAPG_T_ITEM,
	FOTAPG_TABLES
} fotapg_table_name;

#define FOTAPG_MOST_COLUMNS 11

typedef struct fotapg_table
{
	Oid			relation;
	Oid			index;			/* that begins with its key */
	int			policy;			/* number of its row policy, or -1: none, or one that looks at more than the tenant */
	int			secured;		/* row policies are in force */
	AttrNumber	columns[FOTAPG_MOST_COLUMNS];
} fotapg_table;

/*
 * The tables, if the caller may read all of them and nothing stands against doing so by
 * key, else NULL; hidden has those whose row policy shows no row of the tenant.
 */
const fotapg_table *fotapg_tables_find(int32 tenant_id, bool *hidden);
/* To be called when a table has been locked; raises an error if it is not what it was. */
void		fotapg_tables_check(void);

typedef struct fotapg_scan fotapg_scan;

/* In the current memory context, which must outlive it; NULL: only queries can read. */
fotapg_scan *fotapg_scan_begin(int32 tenant_id);
void		fotapg_scan_end(fotapg_scan *scan);
void		fotapg_scan_epoch(fotapg_scan *scan, fotapg_epoch *epoch);
/* Devices will be judged by this catalogue, too. */
void		fotapg_scan_also(fotapg_scan *scan, fotapg_catalogue *catalogue);
/* As fotapg_read_devices. */
void		fotapg_scan_devices(fotapg_scan *scan, fotapg_catalogue *catalogue, const int64 *ids, size_t count,
								fotapg_batch *batch);
/* The next devices of the tenant, up to FOTAPG_SCAN_BATCH. */
void		fotapg_scan_more(fotapg_scan *scan, fotapg_catalogue *catalogue, fotapg_batch *batch);

/* --- what filters see --------------------------------------------------------------------------- */

/* What filters see of one, as fota.device_document makes it, in the current memory context. */
Datum		fotapg_make_document(const fotapg_device *entry, const fota_seen *seen, size_t count);

/* --- what decisions ask --------------------------------------------------------------------------- */

typedef struct fotapg_asker
{
	int32		tenant_id;
	TimestampTz at;
	const fotapg_as_of *as_of;	/* NULL = deltas as they are */
	MemoryContext context;		/* of the call */
	HTAB	   *deltas;			/* what was asked before, or NULL */
	HTAB	   *openings;
	Datum		nothing;		/* the document {} */
	fota_ctx	ctx;			/* of the batch */
} fotapg_asker;

/* The callbacks of an asker, for devices that are parts of a fotapg_device. */
fota_asks	fotapg_asks(fotapg_asker *asker);

/* --- the past ----------------------------------------------------------------------------------- */

/* The epoch that was in force at an instant; an error when that is not known any more. */
int64		fotapg_epoch_at(int32 tenant_id, TimestampTz at);
/* Has this transaction taken back a failure? Before it, the failure counts. */
bool		fotapg_has_forgiven(int32 tenant_id);

/* --- answers ------------------------------------------------------------------------------------ */

/* The rows of fota.resolve_many for one device. */
void		fotapg_put_decision(const fotapg_rows *rows, int64 epoch, int64 device_id, const fota_decision *decision);
/* The rows of fota.resolve_difference for one device, of the decision before and that now. */
void		fotapg_put_difference(const fotapg_rows *rows, const fotapg_device *entry, const fota_decision *before,
								  const fota_decision *now);

#endif

/* SPDX-License-Identifier: PostgreSQL */
/*
 * resolve_ask.c: what the core asks while it decides: is a delta still to come, is a
 * filter true of the device, when is a window open. Answers that other devices will
 * ask for are kept for the rest of the call; the document of a device for the device.
 */
#include "resolve.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"

/* --- deltas ----------------------------------------------------------------------------------- */

typedef struct delta_entry
{
	uint8_t		key[64];		/* source, target */
	bool		wanted;
	TimestampTz until;
} delta_entry;

static HTAB *
keep(const fotapg_asker *asker, const char *name, Size key, Size entry)
{
	HASHCTL		control = {.keysize = key, .entrysize = entry, .hcxt = asker->context};

	return hash_create(name, 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* A delta is asked for once per call, however many devices wait for it. */
static bool
delta_wanted(void *opaque, const uint8_t *source, const uint8_t *target, int64_t *until)
{
	fotapg_asker *asker = opaque;
	uint8_t		key[64];
	delta_entry *entry;

	memcpy(key, source, 32);
	memcpy(key + 32, target, 32);
	if (asker->deltas == NULL)
		asker->deltas = keep(asker, "fota deltas", sizeof(key), sizeof(delta_entry));
	entry = hash_search(asker->deltas, key, HASH_FIND, NULL);
	if (entry == NULL)
	{
		Datum		values[4] = {Int32GetDatum(asker->tenant_id), PointerGetDatum(fotapg_bytea(source, 32)),
			PointerGetDatum(fotapg_bytea(target, 32)), TimestampTzGetDatum(asker->at)};
		fotapg_row	row;
		bool		wanted;
		TimestampTz instant = 0;

		fotapg_run(FOTAPG_Q_DELTA, asker->as_of, values, NULL);
		wanted = SPI_processed > 0;
		if (wanted)
		{
			fotapg_fetch(0, &row);
			instant = fotapg_row_int8(&row, 0);
		}
		fotapg_done();
		entry = hash_search(asker->deltas, key, HASH_ENTER, NULL);
		entry->wanted = wanted;
		entry->until = instant;
	}
	*until = entry->until;
	return entry->wanted;
}

/* --- filters ---------------------------------------------------------------------------------- */

/* jsonb_path_match(document, filter, '{}', silent); NULL is no. */
static bool
passes(void *opaque, const void *filter, const fota_device *device, const fota_seen *seen, size_t count)
{
	fotapg_asker *asker = opaque;
	fotapg_device *entry = (fotapg_device *) ((const char *) device - offsetof(fotapg_device, device));
	Datum		result;

	LOCAL_FCINFO(fcinfo, 4);

	/* The document of a device is made when the first filter asks for it. */
	if (entry->document == (Datum) 0)
		entry->document = fotapg_make_document(entry, seen, count);
	if (asker->nothing == (Datum) 0)
	{
		MemoryContext old = MemoryContextSwitchTo(asker->context);

		asker->nothing = DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"));
		MemoryContextSwitchTo(old);
	}
	InitFunctionCallInfoData(*fcinfo, NULL, 4, InvalidOid, NULL, NULL);
	fcinfo->args[0] = (NullableDatum) {entry->document, false};
	fcinfo->args[1] = (NullableDatum) {PointerGetDatum(filter), false};
	fcinfo->args[2] = (NullableDatum) {asker->nothing, false};
	fcinfo->args[3] = (NullableDatum) {BoolGetDatum(true), false};
	result = jsonb_path_match(fcinfo);
	return !fcinfo->isnull && DatumGetBool(result);
}

/* --- windows ---------------------------------------------------------------------------------- */

/* Longer names of time zones are legal, and asked for again. */
#define MOST_ZONE 64

typedef struct opening_key
{
	int64		rule_id;
	char		zone[MOST_ZONE];
} opening_key;

typedef struct opening_entry
{
	opening_key key;
	fota_opening opening;
} opening_entry;

static int64_t
offset(void *opaque, const char *zone, int64_t at)
{
	(void) opaque;
	return DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone, CStringGetTextDatum(zone), TimestampTzGetDatum(at))) -
		at;
}

static void
opening(void *opaque, const fota_rule *rule, const char *zone, fota_opening *result)
{
	static const fota_clock clock = {offset, NULL};
	fotapg_asker *asker = opaque;
	opening_key key = {.rule_id = rule->id};
	bool		kept = strlen(zone) < MOST_ZONE;
	opening_entry *entry = NULL;

	if (kept)
		strlcpy(key.zone, zone, MOST_ZONE);
	if (asker->openings == NULL)
		asker->openings = keep(asker, "fota openings", sizeof(opening_key), sizeof(opening_entry));
	if (kept)
		entry = hash_search(asker->openings, &key, HASH_FIND, NULL);
	if (entry != NULL)
	{
		*result = entry->opening;
		return;
	}
	fotapg_check(&asker->ctx, fota_window_find(&asker->ctx, rule, zone, asker->at, &clock, result));
	if (!kept)
		return;
	entry = hash_search(asker->openings, &key, HASH_ENTER, NULL);
	entry->opening = *result;
}

fota_asks
fotapg_asks(fotapg_asker *asker)
{
	return (fota_asks) {delta_wanted, passes, opening, asker};
}

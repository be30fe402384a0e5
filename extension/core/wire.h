/* SPDX-License-Identifier: PostgreSQL */
/*
 * wire.h: the messages of the native device API as structs, read and written as CBOR and as
 * JSON from one table of the grammar (frontends/native.cddl says the same in CDDL).
 *
 * Called by frontends/common/native.c (reads checkin and report, writes decision) and by the
 * simulated device of fotactl (the other way round). Nothing is allocated: what a reader
 * takes out of a body is copied into the struct's own pool, strings end with a NUL that
 * their size does not count and hold no other. Because of the pool a struct that was read
 * is never copied by assignment. For writing the caller points at its own strings.
 *
 * "has" has one bit per key of the message: WIRE_HAS(m, key).
 */
#ifndef FOTA_WIRE_H
#define FOTA_WIRE_H

#include "base.h"

#define WIRE_BODY_MAX 4096		/* a larger request is 4.13 */
#define WIRE_KEYS 64			/* most keys of a map, most items of a decision */
#define WIRE_FORMATS 16			/* most formats that a device lists */
#define WIRE_FORMAT_PARTS 8		/* id and its parameters */
#define WIRE_TEXT_MAX 256		/* bytes of a report's text */
#define WIRE_DIGEST_MIN 8
#define WIRE_DIGEST_MAX 32
#define WIRE_POOL 8192

#define WIRE_HAS(m, key) (((m)->has >> (key)) & 1)
#define WIRE_SET(m, key) ((m)->has |= 1u << (key))

typedef enum wire_form
{
	WIRE_CBOR, WIRE_JSON
} wire_form;

/* data NULL = null in the message. */
typedef struct wire_text
{
	const char *data;
	size_t		size;
} wire_text;

typedef struct wire_pool
{
	size_t		used;
	char		data[WIRE_POOL];
} wire_pool;

/* One component that is present in the device. */
typedef struct wire_present
{
	wire_text	component;
	wire_text	version;		/* data NULL = unknown */
	uint8_t		digest[WIRE_DIGEST_MAX];
	size_t		digest_size;	/* 0 = unknown, else 8 to 32 */
	int64_t		slot;			/* -1 = not said */
} wire_present;

typedef enum wire_scalar_type
{
	WIRE_NULL, WIRE_BOOL, WIRE_INT, WIRE_STRING
} wire_scalar_type;

/* One attribute that changed; null deletes it. */
typedef struct wire_attribute
{
	wire_text	name;
	wire_scalar_type type;
	bool		boolean;
	int64_t		integer;		/* within 2^53 */
	wire_text	text;
} wire_attribute;

typedef struct wire_format
{
	uint32_t	part[WIRE_FORMAT_PARTS];	/* id, then its parameters */
	uint32_t	parts;
} wire_format;

/* What a device can take. */
typedef struct wire_caps
{
	uint32_t	has;			/* WIRE_CAPS_* */
	uint32_t	formats;
	wire_format format[WIRE_FORMATS];	/* best first */
	int64_t		ram, flags, block, space;
} wire_caps;

enum
{
	WIRE_CAPS_FORMATS = 0, WIRE_CAPS_RAM = 1, WIRE_CAPS_FLAGS = 2, WIRE_CAPS_BLOCK = 3, WIRE_CAPS_SPACE = 4
};

enum
{
	WIRE_CHECKIN_NONCE = 0, WIRE_CHECKIN_INVENTORY = 1, WIRE_CHECKIN_CONTENTS = 2, WIRE_CHECKIN_ACCEPT = 3,
	WIRE_CHECKIN_ATTRIBUTES = 4, WIRE_CHECKIN_CHILD = 5, WIRE_CHECKIN_POWER = 6, WIRE_CHECKIN_ACTION = 7,
	WIRE_CHECKIN_HW = 8
};

typedef struct wire_checkin
{
	uint32_t	has;			/* WIRE_CHECKIN_* */
	uint8_t		nonce[8];
	uint8_t		inventory[8];
	uint32_t	contents;
	wire_present present[WIRE_KEYS];
	wire_caps	accept;
	uint32_t	attributes;
	wire_attribute attribute[WIRE_KEYS];
	wire_text	child;
	int32_t		battery;		/* percent, -1 = null */
	int32_t		mains;			/* 0, 1, -1 = null */
	int64_t		action;
	wire_text	hw;
	wire_pool	pool;
} wire_checkin;

enum
{
	WIRE_ITEM_ITEM = 0, WIRE_ITEM_COMPONENT = 1, WIRE_ITEM_VERB = 2, WIRE_ITEM_VERSION = 3, WIRE_ITEM_SHA256 = 4,
	WIRE_ITEM_SIZE = 5, WIRE_ITEM_FORMAT = 6, WIRE_ITEM_BYTES = 7, WIRE_ITEM_ETAG = 8, WIRE_ITEM_BASE = 9,
	WIRE_ITEM_WINDOW = 10, WIRE_ITEM_FLAGS = 11, WIRE_ITEM_BATTERY = 12
};

typedef struct wire_item
{
	uint32_t	has;			/* WIRE_ITEM_* */
	int64_t		item;
	wire_text	component;
	int64_t		verb;			/* 1 install, 2 remove */
	wire_text	version;
	uint8_t		sha256[32];		/* of the result, as size is */
	int64_t		size;
	int64_t		format;
	int64_t		bytes;			/* of the transfer, as etag is */
	uint8_t		etag[8];
	uint8_t		base[WIRE_DIGEST_MAX];
	size_t		base_size;
	int64_t		window_from, window_to; /* seconds from now; window_to -1 = null, open */
	int64_t		flags;
	int64_t		battery;
} wire_item;

enum
{
	WIRE_DECISION_NONCE = 0, WIRE_DECISION_NEXT = 1, WIRE_DECISION_TIME = 2, WIRE_DECISION_INVENTORY = 3,
	WIRE_DECISION_ACTION = 4, WIRE_DECISION_ITEMS = 5, WIRE_DECISION_EXPIRES = 6, WIRE_DECISION_SEQUENCE = 7,
	WIRE_DECISION_REASON = 8
};

typedef struct wire_decision
{
	uint32_t	has;			/* WIRE_DECISION_* */
	uint8_t		nonce[8];
	int64_t		next;
	int64_t		time;
	uint8_t		inventory[8];
	int64_t		action;
	uint32_t	items;
	wire_item	item[WIRE_KEYS];
	int64_t		expires, sequence;
	wire_text	reason;
	wire_pool	pool;
} wire_decision;

enum
{
	WIRE_REPORT_ACTION = 0, WIRE_REPORT_ITEM = 1, WIRE_REPORT_STATE = 2, WIRE_REPORT_CODE = 3, WIRE_REPORT_TEXT = 4,
	WIRE_REPORT_CHILD = 5, WIRE_REPORT_SECONDS = 6, WIRE_REPORT_BYTES = 7
};

typedef struct wire_report
{
	uint32_t	has;			/* WIRE_REPORT_* */
	int64_t		action;
	int64_t		item;			/* -1 = null, all of them */
	int64_t		state;			/* 1 to 9 */
	int64_t		code;
	wire_text	text;
	wire_text	child;
	int64_t		seconds, bytes;
	wire_pool	pool;
} wire_report;

/* The parts of a check-in as canonical JSON text for SQL; NULL = not sent. They live in text. */
typedef struct wire_inventory
{
	const char *contents;		/* {"app":{"version":"1.0.0","digest":"<hex>","slot":0}} */
	const char *accept;			/* {"formats":[[1],[4,8,4]],"ram":..,"flags":..,"block":..,"space":..} */
	const char *attributes;		/* the changes; null deletes */
	const char *power;			/* {"battery":80,"mains":true} */
	const char *hw;
	fota_buf	text;
} wire_inventory;

/*
 * Read a whole message (out is set to zeroes first). Errors name the byte offset, what was
 * found and what was expected. Unknown keys are ignored, but must be well-formed.
 */
fota_status fota_wire_read_checkin(fota_ctx *ctx, wire_form form, const void *data, size_t size,
								   wire_checkin *out);
fota_status fota_wire_read_decision(fota_ctx *ctx, wire_form form, const void *data, size_t size,
									wire_decision *out);
fota_status fota_wire_read_report(fota_ctx *ctx, wire_form form, const void *data, size_t size,
								  wire_report *out);

/* Append a message to an initialised buffer. CBOR comes out deterministic (RFC 8949, 4.2.1). */
fota_status fota_wire_write_checkin(fota_ctx *ctx, wire_form form, const wire_checkin *in, fota_buf *out);
fota_status fota_wire_write_decision(fota_ctx *ctx, wire_form form, const wire_decision *in, fota_buf *out);
fota_status fota_wire_write_report(fota_ctx *ctx, wire_form form, const wire_report *in, fota_buf *out);

/* Renders what inventory() takes; out is initialised here and freed by fota_wire_inventory_free. */
fota_status fota_wire_inventory(fota_ctx *ctx, const wire_checkin *in, wire_inventory *out);
void		fota_wire_inventory_free(fota_ctx *ctx, wire_inventory *out);

/*
 * A tag over what a check-in carries: first 8 bytes of SHA-256 over the deterministic CBOR of
 * [contents, accept]; what was not sent is null.
 */
fota_status fota_wire_tag(fota_ctx *ctx, const wire_checkin *in, uint8_t tag[8]);

/* For writers: a string that the caller owns. */
wire_text	fota_wire_text(const char *text);

#endif

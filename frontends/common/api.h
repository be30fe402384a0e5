/* SPDX-License-Identifier: PostgreSQL */
/*
 * api.h: one C function per function of schema fota_device, with typed structs in and
 * out. Nothing else in a front-end holds SQL. Strings and rows that a callback gets
 * live until it returns. `word` in an answer is ST_UNAVAILABLE when there was none.
 *
 * Times are the database's: every function that takes `at` gets now().
 */
#ifndef FE_API_H
#define FE_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "status.h"

typedef struct api api;

#define API_NAME_SIZE 64			/* a device or tenant name with its NUL, at most */
#define API_CHUNK_SIZE 262144		/* bytes of every chunk of a blob but the last */

api		   *api_open(db *db, const char *protocol);		/* protocol: 'https', 'ddi', 'coaps' */
void		api_close(api *api);
db		   *api_db(api *api);

/*
 * After a write, a device is answered by the primary for 60 s. The functions below keep
 * this by themselves, per device id.
 */

/* identify */
typedef struct api_identity
{
	status_word word;
	int32_t		tenant_id;
	int64_t		device_id;			/* 0: none (a gateway token without a device) */
	int64_t		credential_id;
	bool		gateway;
	char		tenant[API_NAME_SIZE];
	char		device[API_NAME_SIZE];
	uint8_t		secret[128];	/* psk: the wrapped key */
	size_t		secret_size;
	int64_t		not_after;			/* unix seconds, 0 = none */
} api_identity;

typedef void (*api_identity_done) (void *arg, const api_identity *who);
void		api_identify(api *api, const char *kind, const char *identity, const uint8_t *fingerprint,
						 const uint8_t *issuer, api_identity_done done, void *arg);
/*
 * The same call for one who must ask on a connection of its own: the statement, with the four
 * parameters as text, and what its rows mean.
 */
extern const char api_identify_sql[];
void		api_read_identity(const PGresult *r, api_identity *who);

/* credential_load: one call per certificate, then one with der NULL and the word */
typedef void (*api_credential_done) (void *arg, status_word word, int32_t tenant_id,
									 const uint8_t *der, size_t size);
void		api_credential_load(api *api, api_credential_done done, void *arg);

/* inventory: JSON texts, NULL = not sent; tag 8 bytes */
typedef struct api_inventory
{
	int32_t		tenant_id;
	int64_t		device_id;
	const char *contents, *accept, *attributes, *power, *hw, *mode;
} api_inventory;

typedef void (*api_tag_done) (void *arg, status_word word, const uint8_t *tag);
void		api_inventory_store(api *api, const api_inventory *in, api_tag_done done, void *arg);

/* check_in */
typedef struct api_item
{
	int			item;
	int			verb;				/* 1 install, 2 remove */
	const char *component, *version;	/* version NULL: none */
	bool		has_target, has_transfer, has_window, has_window_end, has_base, has_battery;
	uint8_t		sha256[32];
	int64_t		size;
	int			format[8];
	int			formats;			/* elements of format */
	int64_t		bytes;
	uint8_t		etag[8];
	uint8_t		base[32];
	size_t		base_size;
	int64_t		window_from, window_to;
	int			flags, battery;
} api_item;

typedef struct api_decision
{
	status_word word;
	bool		write;				/* call open_action, then check in again */
	int64_t		next;				/* seconds */
	bool		has_tag;
	uint8_t		tag[8];
	int64_t		epoch;
	const char *reason;				/* NULL: none */
	int			action;				/* 0: nothing to do */
	int			items;
	const api_item *item;
} api_decision;

typedef void (*api_decision_done) (void *arg, const api_decision *decision);
/* tag NULL: the device sent its contents */
void		api_check_in(api *api, int32_t tenant_id, int64_t device_id, const uint8_t *tag,
						 api_decision_done done, void *arg);

/* open_action */
typedef void (*api_number_done) (void *arg, status_word word, int64_t number);
/* protocol NULL: that of the api; 'ddi': the device cannot be told to drop an action, only be offered that */
void		api_open_action(api *api, int32_t tenant_id, int64_t device_id, const char *protocol,
							api_number_done done, void *arg);

/* grant */
typedef struct api_grant
{
	status_word word;
	uint8_t		sha256[32];
	int64_t		size;
	char		media_type[64];
	char		file_name[256];
} api_grant;

typedef void (*api_grant_done) (void *arg, const api_grant *grant);
void		api_grant_item(api *api, int32_t tenant_id, int64_t device_id, int action, int item,
						   const char *child, api_grant_done done, void *arg);

/* read_blob: the chunks in order in one call of done; data NULL and count 0 when word is not ok */
typedef struct api_chunk
{
	int			chunk_no;
	const uint8_t *data;
	size_t		size;
} api_chunk;

typedef void (*api_chunks_done) (void *arg, status_word word, const api_chunk *chunk, int count);
void		api_read_blob(api *api, int32_t tenant_id, const uint8_t sha256[32], int chunk_no, int count,
						  api_chunks_done done, void *arg);

/* report; code, seconds, bytes < 0: not sent; item < 0: all; text, child NULL: none */
typedef struct api_report
{
	int32_t		tenant_id;
	int64_t		device_id;
	const char *child;
	int			action, item, state;
	int64_t		code, seconds, bytes;
	const char *text;
} api_report;

typedef void (*api_status_done) (void *arg, status_word word);
void		api_report_store(api *api, const api_report *report, api_status_done done, void *arg);

/* seen_many: remembered per device and sent together every 200 ms */
void		api_seen(api *api, int32_t tenant_id, int64_t device_id);

/* child: the device behind a gateway */
void		api_child(api *api, int32_t tenant_id, int64_t gateway_id, const char *name,
					  api_number_done done, void *arg);

/* changes: one call per row, then one with kind NULL, the word and the new since */
typedef void (*api_change_done) (void *arg, status_word word, int64_t since, int32_t tenant_id,
								 const char *kind, int64_t id, const char *name);
void		api_changes(api *api, int64_t since, api_change_done done, void *arg);
void		api_tick(api *api, api_number_done done, void *arg);
/* version: the text names profile and version; it changes when code on the server does */
typedef void (*api_text_done) (void *arg, status_word word, const char *text);
void		api_version(api *api, api_text_done done, void *arg);

/* ddi_*: what each is asked with, and (status, etag, body) */
typedef enum api_ddi_call
{
	DDI_POLL, DDI_DEPLOYMENT, DDI_FEEDBACK, DDI_CANCEL, DDI_CANCEL_FEEDBACK, DDI_CONFIG, DDI_INSTALLED
} api_ddi_call;

typedef struct api_ddi
{
	api_ddi_call call;
	int32_t		tenant_id;
	int64_t		device_id;
	int			action;
	int			history;
	const char *base;
	const char *body;				/* our own canonical JSON */
} api_ddi;

typedef struct api_ddi_answer
{
	status_word word;
	bool		write;
	const char *etag, *body;		/* NULL: none */
} api_ddi_answer;

typedef void (*api_ddi_done) (void *arg, const api_ddi_answer *answer);
void		api_ddi_ask(api *api, const api_ddi *ask, api_ddi_done done, void *arg);

/* Sends what is due; called by service_turn. Returns milliseconds until it wants to be called. */
int			api_turn(api *api);

#endif

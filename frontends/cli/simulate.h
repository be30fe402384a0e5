/* SPDX-License-Identifier: PostgreSQL */
/*
 * simulate.h: the parts of a simulated device (fotactl device simulate): what it keeps over a loss of power
 * (device_state.c), how it speaks (link_https.c, link_coap.c, device_talk.c), what it does (device_install.c).
 *
 * The device keeps everything in one folder: <component>.bin is flash, <component>.part what it has fetched
 * of a transfer, `state` the rest, as lines of text. Each is replaced as a whole, so that the process may be
 * killed at any moment.
 */
#ifndef CLI_SIMULATE_H
#define CLI_SIMULATE_H

#include "cli.h"
#include "hash.h"
#include "wire.h"

#define SIM_COMPONENTS 16
#define SIM_NAME 65
#define SIM_VERSION 129
#define SIM_PATH 1024

/* --- what is kept -------------------------------------------------------------------------------- */

typedef struct sim_component
{
	char		name[SIM_NAME];
	char		version[SIM_VERSION];
	uint8_t		sha256[FOTA_SHA256_SIZE];	/* of the flash; computed, not kept */
} sim_component;

typedef enum sim_phase
{
	SIM_IDLE, SIM_DOWNLOADING, SIM_VERIFIED, SIM_INSTALLING, SIM_INSTALLED
} sim_phase;

/* The item that the device is at. */
typedef struct sim_item
{
	sim_phase	phase;
	int64_t		action;
	int64_t		item;
	char		component[SIM_NAME];
	char		version[SIM_VERSION];
	uint8_t		sha256[FOTA_SHA256_SIZE];	/* of the result, as size is */
	uint64_t	size;
	int64_t		format;
	uint64_t	bytes;			/* of the transfer, as etag is */
	uint8_t		etag[8];
	uint8_t		base[FOTA_SHA256_SIZE];
	size_t		base_size;
	bool		download_only;	/* not kept: the next decision says it again */
} sim_item;

typedef struct sim_state
{
	char		dir[SIM_PATH / 2];
	fota_ctx   *ctx;
	bool		fresh;			/* never saved: the device comes from the factory */
	sim_component component[SIM_COMPONENTS];
	int			components;
	bool		changed;		/* since the last check-in */
	bool		has_tag;
	uint8_t		tag[8];			/* the inventory tag that the server gave */
	sim_item	item;
} sim_state;

/* A name that may be a file's. */
bool		sim_name_good(const char *name, size_t size);
/* Writes the lines of a state, and reads them; false when a line is none of ours. */
bool		sim_state_print(const sim_state *state, fota_buf *out);
bool		sim_state_parse(sim_state *state, char *text);

/* Opens the folder, which is made when it is missing. */
int			sim_state_open(sim_state *state);
int			sim_state_save(sim_state *state);
/* Puts a factory image into the flash of a fresh device; the caller saves. */
int			sim_state_factory(sim_state *state, const char *component, const char *version, const char *file);
sim_component *sim_state_find(sim_state *state, const char *component);
/* DIR/<component>.<suffix> */
void		sim_state_path(const sim_state *state, const char *component, const char *suffix, char out[SIM_PATH]);
/* SHA-256 and size of a file; false when it cannot be read. */
bool		sim_digest_file(sim_state *state, const char *file, uint8_t digest[FOTA_SHA256_SIZE], uint64_t *size);
/* The component is now what is in its flash file, under this version; NULL = it is gone. */
int			sim_state_set(sim_state *state, const char *component, const char *version);

/* --- how it speaks ------------------------------------------------------------------------------- */

#define SIM_BODY_MAX 65536

/* What the server answered. code: as HTTP and CoAP number them, 205 for 2.05; 0 = nothing came. */
typedef struct sim_answer
{
	int			code;
	unsigned	wait;			/* seconds to wait before the next try, 0 = not said */
	uint8_t		body[SIM_BODY_MAX];
	size_t		size;
	char		why[256];		/* for people, when nothing came */
} sim_answer;

typedef enum sim_got
{
	SIM_GOT_ALL,
	SIM_GOT_OTHER,				/* another ETag or size: start over */
	SIM_GOT_NOTHING,			/* code says why; 0 = broke off */
	SIM_GOT_STOP				/* the sink said so */
} sim_got;

/* Takes bytes of a transfer in order; false = stop. */
typedef bool (*sim_sink) (void *arg, const uint8_t *data, size_t size);

typedef struct sim_link sim_link;
struct sim_link
{
	const char *protocol;
	/* POST to "c" or "r". */
	void		(*post) (sim_link *link, const char *path, const void *body, size_t size, sim_answer *answer);
	/* The transfer of an item from an offset (a multiple of 512) to its end. */
	sim_got		(*get) (sim_link *link, const sim_item *item, uint64_t from, sim_sink sink, void *arg,
						sim_answer *answer);
	/* The device sleeps now: what can be let go is. */
	void		(*rest) (sim_link *link);
	void		(*close) (sim_link *link);
};

typedef struct sim_link_options
{
	const char *url,			/* https:// or coaps:// */
			   *ca,
			   *cert,
			   *key,
			   *token,
			   *psk_file;
} sim_link_options;

/* NULL: the error was printed. */
sim_link   *sim_link_https(const sim_link_options *options);
sim_link   *sim_link_coap(const sim_link_options *options);

/* --- what it does -------------------------------------------------------------------------------- */

typedef struct sim_device
{
	const char *name;
	sim_state	state;
	sim_link   *link;
	fota_ctx	ctx;
	bool		no_delta;
	bool		once;			/* a server that does not answer is the end */
	const char *dump;			/* folder for every message, or NULL */
	int			dumped;
	unsigned	poll;			/* seconds between check-ins at most, 0 = as the server says */
	unsigned	retry;			/* tries without an answer so far */
	bool		refused;		/* the server does not know us: no use to go on */
	uint64_t	fetched;		/* bytes of the transfer at hand, for reports */
} sim_device;

/* True when the device is to stop (SIGTERM, SIGINT). */
bool		sim_stopped(void);
/* Sleeps; earlier when the device is to stop. */
void		sim_sleep(double seconds);
/* One line on stdout: time, device, text. */
void		sim_say(const sim_device *device, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Posts until it is answered, or the device is to stop (then answer->code is 0). kind and reply name the
 * messages for the dump.
 */
void		sim_post(sim_device *device, const char *path, const char *kind, const fota_buf *body, sim_answer *answer);
/* After no answer: waits, longer every time. */
void		sim_back_off(sim_device *device, const sim_answer *answer);

/* Checks in until there is a decision, and keeps its tag; false when the device is to stop. */
bool		sim_check_in(sim_device *device, wire_decision *decision);
/* Reports a state of the item at hand; false when the server does not know the action any more. */
bool		sim_report(sim_device *device, int64_t action, int64_t item, int state, int code, const char *text);
/*
 * Goes on with the item at hand until it is installed, or given up. False: check in before anything else.
 */
bool		sim_install(sim_device *device);
/*
 * After a loss of power: the first request is the next block, and what was being installed is finished;
 * but nothing is begun that the server may have taken back.
 */
void		sim_resume(sim_device *device);

#endif

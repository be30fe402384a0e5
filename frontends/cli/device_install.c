/* SPDX-License-Identifier: PostgreSQL */
/*
 * device_install.c: how a simulated device fetches and installs the item at hand. Every step is kept before
 * it is reported, so that after a loss of power the next request is the next block, or the next step.
 *
 *	DOWNLOADING		<component>.part grows; whole: its SHA-256 begins with the ETag
 *	VERIFIED		<component>.new is made of it, and has the SHA-256 of the result
 *	INSTALLING		<component>.new becomes <component>.bin
 *	INSTALLED		told to the server
 */
#include "simulate.h"

#include "delta.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 512				/* downloads go on at a multiple of it */
#define TRIES 3

/* Codes of a report. */
enum
{
	CODE_DIGEST = 1, CODE_WRONG_BASE = 2, CODE_CANNOT_APPLY = 3, CODE_NO_SPACE = 4, CODE_ABORTED = 9
};

static void
remove_file(const sim_device *d, const char *suffix)
{
	char		path[SIM_PATH];

	sim_state_path(&d->state, d->state.item.component, suffix, path);
	unlink(path);
}

/* Keeps a phase; a folder that cannot be written ends the device. */
static bool
keep_phase(sim_device *d, sim_phase phase)
{
	d->state.item.phase = phase;
	if (sim_state_save(&d->state) == CLI_DONE)
		return true;
	d->refused = true;
	return false;
}

/* The item is given up: told, unless the server does not want to hear. */
static bool
give_up(sim_device *d, int code, const char *text)
{
	const sim_item *item = &d->state.item;

	sim_say(d, "action %lld item %lld %s: failed, code %d: %s", (long long) item->action, (long long) item->item,
			item->component, code, text);
	sim_report(d, item->action, item->item, 5, code, text);
	remove_file(d, "part");
	remove_file(d, "new");
	return keep_phase(d, SIM_IDLE);
}

/* --- download ------------------------------------------------------------------------------------ */

typedef struct part
{
	sim_device *device;
	int			fd;
} part;

static bool
append(void *arg, const uint8_t *data, size_t size)
{
	part	   *p = arg;

	while (size > 0)
	{
		ssize_t		n = write(p->fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p->device->fetched += (uint64_t) n;
		data += n;
		size -= (size_t) n;
	}
	return true;
}

/* Opens the part file and says how much of it counts. */
static int
open_part(sim_device *d, bool anew, uint64_t *have)
{
	const sim_item *item = &d->state.item;
	char		path[SIM_PATH];
	struct stat st;
	int			fd;

	sim_state_path(&d->state, item->component, "part", path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	*have = anew || (uint64_t) st.st_size > item->bytes ? 0 : (uint64_t) st.st_size;
	if (*have < item->bytes)
		*have -= *have % BLOCK;
	if (ftruncate(fd, (off_t) *have) != 0 || lseek(fd, (off_t) *have, SEEK_SET) < 0)
	{
		close(fd);
		return -1;
	}
	return fd;
}

/* Fetches what is missing, once. */
static sim_got
fetch(sim_device *d, bool anew, sim_answer *answer)
{
	const sim_item *item = &d->state.item;
	part		p = {.device = d};
	uint64_t	have;
	sim_got		got = SIM_GOT_ALL;

	answer->code = 0;
	p.fd = open_part(d, anew, &have);
	if (p.fd < 0)
		return SIM_GOT_STOP;
	d->fetched = have;
	if (have > 0 && have < item->bytes)
		sim_say(d, "action %lld item %lld %s: going on at byte %llu of %llu", (long long) item->action,
				(long long) item->item, item->component, (unsigned long long) have, (unsigned long long) item->bytes);
	if (have < item->bytes)
		got = d->link->get(d->link, item, have, append, &p, answer);
	if (got == SIM_GOT_ALL)
		fsync(p.fd);
	close(p.fd);
	return got;
}

/* True when the whole transfer is there and is what the ETag says. */
static bool
part_good(sim_device *d)
{
	const sim_item *item = &d->state.item;
	uint8_t		digest[FOTA_SHA256_SIZE];
	char		path[SIM_PATH];
	uint64_t	size;

	sim_state_path(&d->state, item->component, "part", path);
	return sim_digest_file(&d->state, path, digest, &size) && size == item->bytes &&
		memcmp(digest, item->etag, sizeof(item->etag)) == 0;
}

/* False: check in (the item is kept where that can tell what became of it), or stop. */
static bool
download(sim_device *d)
{
	static sim_answer answer;
	const sim_item *item = &d->state.item;
	bool		anew = false;

	for (int tries = 0; tries < TRIES;)
	{
		switch (fetch(d, anew, &answer))
		{
			case SIM_GOT_ALL:
				if (part_good(d))
				{
					d->retry = 0;
					return true;
				}
				sim_say(d, "action %lld item %lld %s: the transfer is damaged", (long long) item->action,
						(long long) item->item, item->component);
				anew = true;
				tries++;
				break;
			case SIM_GOT_OTHER:
				anew = true;
				tries++;
				break;
			case SIM_GOT_STOP:
				return false;
			case SIM_GOT_NOTHING:
				if (answer.code != 0 && answer.code != 503 && answer.code != 429)
				{
					d->refused = answer.code == 401 || answer.code == 403 || answer.code == 495;
					return false;
				}
				anew = false;
				sim_back_off(d, &answer);
				if (sim_stopped())
					return false;
				break;
		}
	}
	give_up(d, CODE_DIGEST, "the transfer is not what its ETag says");
	return false;
}

/* --- the result ---------------------------------------------------------------------------------- */

/* Applies the delta in the part file; 0 or a report's code. */
static int
apply_delta(sim_device *d, const char *from, const char *to)
{
	const sim_item *item = &d->state.item;
	const fota_delta_format *format = fota_delta_find_id((uint32_t) item->format);
	sim_component *base = sim_state_find(&d->state, item->component);
	char		flash[SIM_PATH];
	fota_bytes	source,
				delta;
	fota_buf	target = {0};
	int			code = CODE_CANNOT_APPLY;

	if (format == NULL || d->no_delta)
		return CODE_CANNOT_APPLY;
	if (base == NULL || item->base_size < 8 || memcmp(base->sha256, item->base, item->base_size) != 0)
		return CODE_WRONG_BASE;
	sim_state_path(&d->state, item->component, "bin", flash);
	if (cli_map(flash, &source) != CLI_DONE || cli_map(from, &delta) != CLI_DONE)
		return CODE_ABORTED;
	if (format->apply(&d->ctx, source, delta, item->size, &target) == FOTA_OK)
		code = cli_write(to, target.data, target.size) == CLI_DONE ? 0 : CODE_NO_SPACE;
	fota_buf_free(&d->ctx, &target);
	cli_unmap(&source);
	cli_unmap(&delta);
	return code;
}

/* Makes <component>.new; false when the item was given up. */
static bool
make_result(sim_device *d)
{
	const sim_item *item = &d->state.item;
	bool		raw = item->format == FOTA_FORMAT_RAW;
	uint8_t		digest[FOTA_SHA256_SIZE];
	char		from[SIM_PATH],
				to[SIM_PATH];
	uint64_t	size;
	int			code = 0;

	sim_state_path(&d->state, item->component, "part", from);
	sim_state_path(&d->state, item->component, "new", to);
	if (!raw)
		code = apply_delta(d, from, to);
	else if (rename(from, to) != 0)
		code = CODE_ABORTED;
	if (code == CODE_WRONG_BASE)
		give_up(d, code, "the delta starts from other contents");
	else if (code != 0)
		give_up(d, code, "the transfer could not be applied");
	else if (!sim_digest_file(&d->state, to, digest, &size) || size != item->size ||
			 memcmp(digest, item->sha256, sizeof(digest)) != 0)
		give_up(d, raw ? CODE_DIGEST : CODE_CANNOT_APPLY, "the result has another SHA-256 than the decision says");
	else
		return true;
	return false;
}

/* Puts the result into flash; once more after a loss of power between the two. */
static bool
write_flash(sim_device *d)
{
	const sim_item *item = &d->state.item;
	sim_component *c = sim_state_find(&d->state, item->component);
	char		from[SIM_PATH],
				to[SIM_PATH];

	sim_state_path(&d->state, item->component, "new", from);
	sim_state_path(&d->state, item->component, "bin", to);
	if ((c == NULL || memcmp(c->sha256, item->sha256, sizeof(c->sha256)) != 0) && rename(from, to) != 0)
	{
		give_up(d, CODE_ABORTED, "the result is not there any more");
		return false;
	}
	if (sim_state_set(&d->state, item->component, item->version) == CLI_DONE)
		return true;
	d->refused = true;
	return false;
}

/* --- the item at hand ---------------------------------------------------------------------------- */

static void
say_step(sim_device *d, const char *what)
{
	const sim_item *item = &d->state.item;

	sim_say(d, "action %lld item %lld %s: %s", (long long) item->action, (long long) item->item, item->component, what);
}

/* Steps up to VERIFIED. What was begun before a loss of power goes on without another word. */
static bool
get_transfer(sim_device *d)
{
	const sim_item *item = &d->state.item;
	char		path[SIM_PATH];
	char		text[120];
	struct stat st;

	sim_state_path(&d->state, item->component, "part", path);
	if ((stat(path, &st) != 0 || st.st_size == 0) && !sim_report(d, item->action, item->item, 1, -1, NULL))
		return false;
	if (!download(d))
		return false;
	snprintf(text, sizeof(text), "fetched %llu bytes as %s", (unsigned long long) item->bytes,
			 item->format == FOTA_FORMAT_RAW ? "the whole" : "a delta");
	say_step(d, text);
	return keep_phase(d, SIM_VERIFIED);
}

/* From VERIFIED to INSTALLING. */
static bool
prepare(sim_device *d)
{
	const sim_item *item = &d->state.item;
	uint8_t		digest[FOTA_SHA256_SIZE];
	char		path[SIM_PATH];
	uint64_t	size;

	/* After a loss of power the result may be there already. */
	sim_state_path(&d->state, item->component, "new", path);
	if (!(sim_digest_file(&d->state, path, digest, &size) && memcmp(digest, item->sha256, sizeof(digest)) == 0) &&
		!make_result(d))
		return false;
	if (!sim_report(d, item->action, item->item, 2, -1, NULL))
		return false;
	if (item->download_only)
	{
		say_step(d, "kept, not to be installed");
		keep_phase(d, SIM_IDLE);
		return false;
	}
	return keep_phase(d, SIM_INSTALLING) && sim_report(d, item->action, item->item, 3, -1, NULL);
}

void
sim_resume(sim_device *d)
{
	if (d->state.item.phase == SIM_DOWNLOADING)
		get_transfer(d);
	else if (d->state.item.phase >= SIM_INSTALLING)
		sim_install(d);
}

bool
sim_install(sim_device *d)
{
	const sim_item *item = &d->state.item;
	char		text[SIM_VERSION + 40];

	if (item->phase == SIM_DOWNLOADING && !get_transfer(d))
		return false;
	if (item->phase == SIM_VERIFIED && !prepare(d))
		return false;
	if (item->phase == SIM_INSTALLING && (!write_flash(d) || !keep_phase(d, SIM_INSTALLED)))
		return false;
	remove_file(d, "part");
	snprintf(text, sizeof(text), "installed %s", item->version);
	say_step(d, text);
	sim_report(d, item->action, item->item, 4, -1, NULL);
	return !sim_stopped() && keep_phase(d, SIM_IDLE);
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * device_simulate.c: fotactl device simulate: a native device in a process. It checks in, installs what it
 * is told (device_install.c), checks in again with its new contents, and sleeps as long as the server says.
 */
#include "simulate.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FLAG_DOWNLOAD_ONLY 8

static volatile sig_atomic_t stop_asked;

bool
sim_stopped(void)
{
	return stop_asked != 0;
}

static void
ask_stop(int signal)
{
	(void) signal;
	stop_asked = 1;
}

void
sim_sleep(double seconds)
{
	struct timespec left = {(time_t) seconds, (long) ((seconds - (double) (time_t) seconds) * 1e9)};

	while (!sim_stopped() && nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

void
sim_say(const sim_device *device, const char *format, ...)
{
	time_t		now = time(NULL);
	char		clock[16];
	va_list		args;

	strftime(clock, sizeof(clock), "%H:%M:%S", localtime(&now));
	printf("%s %s %s ", clock, device->name, device->link->protocol);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* --- doing what the decision says ---------------------------------------------------------------- */

/* A version from outside, as it can be kept in a line. */
static void
copy_version(char out[SIM_VERSION], const wire_text *version)
{
	size_t		size = version->data && version->size < SIM_VERSION ? version->size : 0;

	for (size_t i = 0; i < size; i++)
		out[i] = (unsigned char) version->data[i] < ' ' ? '?' : version->data[i];
	out[size] = '\0';
}

/* The item as it is kept; false when the decision leaves out what is needed. */
static bool
make_item(const wire_decision *decision, const wire_item *from, sim_item *item)
{
	const uint32_t needed = 1u << WIRE_ITEM_SHA256 | 1u << WIRE_ITEM_SIZE | 1u << WIRE_ITEM_FORMAT |
		1u << WIRE_ITEM_BYTES | 1u << WIRE_ITEM_ETAG;

	*item = (sim_item) {.phase = SIM_DOWNLOADING, .action = decision->action, .item = from->item};
	if (!sim_name_good(from->component.data, from->component.size))
		return false;
	snprintf(item->component, sizeof(item->component), "%s", from->component.data);
	if (from->verb == 2)
		return true;
	copy_version(item->version, &from->version);
	memcpy(item->sha256, from->sha256, sizeof(item->sha256));
	memcpy(item->etag, from->etag, sizeof(item->etag));
	item->size = (uint64_t) from->size;
	item->format = from->format;
	item->bytes = (uint64_t) from->bytes;
	if (WIRE_HAS(from, WIRE_ITEM_BASE))
	{
		memcpy(item->base, from->base, from->base_size);
		item->base_size = from->base_size;
	}
	item->download_only = WIRE_HAS(from, WIRE_ITEM_FLAGS) && (from->flags & FLAG_DOWNLOAD_ONLY) != 0;
	return (from->has & needed) == needed;
}

static bool
same_item(const sim_item *a, const sim_item *b)
{
	return a->phase != SIM_IDLE && a->action == b->action && a->item == b->item && a->format == b->format &&
		a->bytes == b->bytes && strcmp(a->component, b->component) == 0 &&
		memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0 && memcmp(a->etag, b->etag, sizeof(a->etag)) == 0;
}

static bool
remove_component(sim_device *d, const sim_item *item)
{
	char		path[SIM_PATH];

	sim_report(d, item->action, item->item, 3, -1, NULL);
	sim_state_path(&d->state, item->component, "bin", path);
	unlink(path);
	sim_state_set(&d->state, item->component, NULL);
	if (sim_state_save(&d->state) != CLI_DONE)
		return false;
	sim_say(d, "action %lld item %lld %s: removed", (long long) item->action, (long long) item->item,
			item->component);
	return sim_report(d, item->action, item->item, 4, -1, NULL);
}

/* Forgets what was fetched of the item at hand. */
static void
drop_item(sim_device *d)
{
	char		path[SIM_PATH];

	sim_state_path(&d->state, d->state.item.component, "part", path);
	unlink(path);
	d->state.item.phase = SIM_IDLE;
	sim_state_save(&d->state);
}

/* One item of the decision; false: check in again before the next. */
static bool
do_item(sim_device *d, const wire_decision *decision, const wire_item *from)
{
	sim_item	item;

	if (!make_item(decision, from, &item))
	{
		sim_say(d, "item %lld is malformed", (long long) from->item);
		return sim_report(d, decision->action, from->item, 5, 9, "the decision's item is malformed") && false;
	}
	if (WIRE_HAS(from, WIRE_ITEM_WINDOW) && from->window_from > 0)
	{
		sim_say(d, "item %lld may be installed in %lld s", (long long) from->item, (long long) from->window_from);
		return true;
	}
	if (from->verb == 2)
		return remove_component(d, &item);
	if (same_item(&d->state.item, &item))
		d->state.item.download_only = item.download_only;
	else
	{
		if (d->state.item.phase != SIM_IDLE)
			drop_item(d);
		d->state.item = item;
		d->fetched = 0;
		if (sim_state_save(&d->state) != CLI_DONE)
			return false;
		sim_say(d, "action %lld item %lld %s: %s, %llu bytes as %s", (long long) item.action,
				(long long) item.item, item.component, item.version, (unsigned long long) item.bytes,
				item.format == 0 ? "the whole" : "a delta");
	}
	return sim_install(d);
}

/* An action that is not offered any more, before it was installed. */
static void
cancel(sim_device *d, const wire_decision *decision)
{
	const sim_item *item = &d->state.item;

	for (uint32_t i = 0; i < decision->items; i++)
		if (decision->action == item->action && decision->item[i].item == item->item)
			return;
	sim_say(d, "action %lld item %lld %s: cancelled", (long long) item->action, (long long) item->item,
			item->component);
	sim_report(d, item->action, item->item, 9, -1, NULL);
	drop_item(d);
}

static void
act(sim_device *d, const wire_decision *decision)
{
	if (d->state.item.phase != SIM_IDLE)
		cancel(d, decision);
	for (uint32_t i = 0; i < decision->items && !sim_stopped() && !d->refused; i++)
		if (!do_item(d, decision, &decision->item[i]))
			break;
}

/* --- the device's life --------------------------------------------------------------------------- */

typedef struct wish
{
	char		component[SIM_NAME];	/* --until, or "" */
	char		version[SIM_VERSION];
} wish;

static bool
reached(sim_device *d, const wish *wish)
{
	const sim_component *c = sim_state_find(&d->state, wish->component);

	return wish->component[0] != '\0' && c != NULL && strcmp(c->version, wish->version) == 0;
}

static void
say_idle(sim_device *d, const wire_decision *decision, double next)
{
	if (decision->reason.data != NULL)
		sim_say(d, "nothing to do: %s; next check-in in %.0f s", decision->reason.data, next);
	else
		sim_say(d, "nothing to do; next check-in in %.0f s", next);
}

static int
live(sim_device *d, const wish *wish)
{
	static wire_decision decision;
	bool		idle = false;

	sim_resume(d);
	while (!sim_stopped() && !d->refused && sim_check_in(d, &decision))
	{
		double		next = d->poll > 0 && decision.next > d->poll ? (double) d->poll : (double) decision.next;

		act(d, &decision);
		if (decision.items == 0 && !d->refused && (d->once || reached(d, wish)))
		{
			say_idle(d, &decision, next);
			return CLI_DONE;
		}
		/* Contents that the server has not heard of are told at once. */
		if (d->state.changed)
			continue;
		if (decision.items > 0 && d->once)
			return d->refused ? CLI_FAILED : CLI_DONE;
		if (decision.items == 0 && !idle)
			say_idle(d, &decision, next);
		idle = decision.items == 0;
		d->link->rest(d->link);
		sim_sleep(next);
	}
	return d->refused || wish->component[0] != '\0' ? CLI_FAILED : CLI_DONE;
}

/* --- the command --------------------------------------------------------------------------------- */

#define MOST_FACTORY SIM_COMPONENTS

typedef struct arguments
{
	sim_link_options link;
	bool		coap;
	wish		wish;
	const char *factory[MOST_FACTORY];
	int			factories;
} arguments;

/* COMPONENT=VERSION, with :FILE behind it when file is not NULL. */
static bool
split(const char *text, char component[SIM_NAME], char version[SIM_VERSION], const char **file)
{
	const char *equals = strchr(text, '=');
	const char *colon = equals && file ? strchr(equals, ':') : NULL;
	size_t		size = equals ? (size_t) (equals - text) : 0;

	if (!sim_name_good(text, size) || (file != NULL && colon == NULL))
		return false;
	if ((colon ? (size_t) (colon - equals) : strlen(equals)) > SIM_VERSION)
		return false;
	snprintf(component, SIM_NAME, "%.*s", (int) size, text);
	snprintf(version, SIM_VERSION, "%.*s", colon ? (int) (colon - equals - 1) : SIM_VERSION - 1, equals + 1);
	if (file != NULL)
		*file = colon + 1;
	return true;
}

/* One option; false when its value is wrong, which was said. */
static bool
take_option(const cli_command *command, sim_device *d, arguments *a, int c)
{
	const char **texts[] = {
		['c'] = &a->link.ca, ['C'] = &a->link.cert, ['k'] = &a->link.key, ['t'] = &a->link.token,
		['P'] = &a->link.psk_file, ['D'] = &d->dump
	};
	long		poll;

	if (c == 'H' || c == 'A')
	{
		a->coap = c == 'A';
		a->link.url = optarg;
	}
	else if (c == 's')
		snprintf(d->state.dir, sizeof(d->state.dir), "%s", optarg);
	else if (c == 'n')
		d->no_delta = true;
	else if (c == '1')
		d->once = true;
	else if (c == 'f' && a->factories < MOST_FACTORY)
		a->factory[a->factories++] = optarg;
	else if (c == 'u' && split(optarg, a->wish.component, a->wish.version, NULL))
		;
	else if (c == 'p' && cli_number(optarg, 1, 86400, &poll))
		d->poll = (unsigned) poll;
	else if ((size_t) c < sizeof(texts) / sizeof(texts[0]) && texts[c] != NULL)
		*texts[c] = optarg;
	else
	{
		cli_usage(command, "%s is not what this option takes", optarg);
		return false;
	}
	return true;
}

static const struct option options[] = {
	{"https", required_argument, NULL, 'H'}, {"coaps", required_argument, NULL, 'A'},
	{"ca", required_argument, NULL, 'c'}, {"cert", required_argument, NULL, 'C'}, {"key", required_argument, NULL, 'k'},
	{"token", required_argument, NULL, 't'}, {"psk-file", required_argument, NULL, 'P'},
	{"state", required_argument, NULL, 's'}, {"factory", required_argument, NULL, 'f'},
	{"poll", required_argument, NULL, 'p'}, {"until", required_argument, NULL, 'u'},
	{"no-delta", no_argument, NULL, 'n'}, {"once", no_argument, NULL, '1'}, {"dump", required_argument, NULL, 'D'},
	{"help", no_argument, NULL, 'h'}, {0}
};

static bool
arguments_good(const cli_command *command, const sim_device *d, const arguments *a)
{
	const char *wrong = NULL;

	if (a->link.url == NULL)
		wrong = "where is the server? --https URL or --coaps URI";
	else if (d->state.dir[0] == '\0')
		wrong = "where is what the device keeps? --state DIR";
	else if (a->coap && a->link.psk_file == NULL)
		wrong = "--coaps needs --psk-file, which device add --psk prints";
	else if (!a->coap && (a->link.cert == NULL) == (a->link.token == NULL))
		wrong = "--https needs either --cert and --key, or --token";
	else if ((a->link.cert == NULL) != (a->link.key == NULL))
		wrong = "--cert and --key go together";
	if (wrong != NULL)
		cli_usage(command, "%s", wrong);
	return wrong == NULL;
}

/* Opens the folder and fills the flash of a new device. */
static int
make_device(const cli_command *command, sim_device *d, const arguments *a)
{
	char		component[SIM_NAME],
				version[SIM_VERSION];
	const char *file;
	int			status = sim_state_open(&d->state);

	for (int i = 0; i < a->factories && status == CLI_DONE; i++)
	{
		if (!split(a->factory[i], component, version, &file))
			return cli_usage(command, "--factory takes COMPONENT=VERSION:FILE, not %s", a->factory[i]);
		status = sim_state_factory(&d->state, component, version, file);
	}
	return status == CLI_DONE ? sim_state_save(&d->state) : status;
}

static int
run(const cli_command *command, int argc, char **argv)
{
	static sim_device d;
	static arguments a;
	struct sigaction stop = {.sa_handler = ask_stop};
	int			c;

	while ((c = cli_option(command, argc, argv, options)) != -1)
	{
		if (c < 0)
			return c == -2 ? CLI_DONE : CLI_USAGE;
		if (!take_option(command, &d, &a, c))
			return CLI_USAGE;
	}
	if (!cli_operands(command, argc, 1, "one device name") || !arguments_good(command, &d, &a))
		return CLI_USAGE;
	d.name = argv[optind];
	cli_ctx_init(&d.ctx, 0);
	d.state.ctx = &d.ctx;
	if (d.dump != NULL && mkdir(d.dump, 0777) != 0 && errno != EEXIST)
		return cli_fail_file(d.dump);
	c = make_device(command, &d, &a);
	if (c != CLI_DONE)
		return c;
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	d.link = a.coap ? sim_link_coap(&a.link) : sim_link_https(&a.link);
	if (d.link == NULL)
		return CLI_FAILED;
	c = live(&d, &a.wish);
	d.link->close(d.link);
	return c;
}

const cli_command cli_device_simulate = {
	"device simulate", "be a device: check in, fetch, install, report",
	"fotactl device simulate NAME --https URL --ca F (--cert F --key F | --token T) --state DIR [OPTIONS]\n"
	"fotactl device simulate NAME --coaps URI --psk-file F --state DIR [OPTIONS]\n\n"
	"A native device in a process. What it keeps is in DIR, <component>.bin being its flash; killed and\n"
	"started again it goes on where it was. Prints one line per step. Runs until SIGTERM (status 0).\n\n"
	"  --ca F                           the CA of the server's certificate (PEM)\n"
	"  --cert F --key F                 the device's certificate and key (PEM)\n"
	"  --token T                        or its token, as device add --token prints it\n"
	"  --psk-file F                     a file with the line that device add --psk prints\n"
	"  --factory COMPONENT=VERSION:FILE what a new device has in flash; may be given several times\n"
	"  --poll SECONDS                   check in at least so often, whatever the server says\n"
	"  --until COMPONENT=VERSION        end, with status 0, when the server knows that it has this\n"
	"  --once                           end after one check-in and what it brings\n"
	"  --no-delta                       take whole images only\n"
	"  --dump DIR                       write every message into a file\n",
	run
};

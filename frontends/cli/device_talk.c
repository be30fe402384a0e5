/* SPDX-License-Identifier: PostgreSQL */
/*
 * device_talk.c: the messages of a simulated device: check-ins and reports, sent again until they are
 * answered, with pauses that grow.
 */
#include "simulate.h"

#include "cred.h"

#include <errno.h>
#include <string.h>

#define RAM 16777216			/* bytes for a decoder, as the device says */
#define FLAG_STAGE 4
#define RETRY_FIRST 2			/* seconds */
#define RETRY_MOST 3600

/* --- messages ------------------------------------------------------------------------------------ */

static void
dump(sim_device *d, const char *kind, const void *data, size_t size)
{
	char		path[SIM_PATH];
	FILE	   *out;

	if (d->dump == NULL)
		return;
	snprintf(path, sizeof(path), "%s/%05d-%s.cbor", d->dump, ++d->dumped, kind);
	out = fopen(path, "wb");
	if (out == NULL || fwrite(data, 1, size, out) != size)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	if (out != NULL)
		fclose(out);
}

/* Full jitter: anything from nothing to the bound. */
void
sim_back_off(sim_device *d, const sim_answer *answer)
{
	unsigned	most = d->poll > 0 ? d->poll : RETRY_MOST;
	unsigned	bound = d->retry < 11 ? RETRY_FIRST << d->retry : RETRY_MOST;
	uint32_t	random = 0;
	double		seconds;

	cred_random(&random, sizeof(random));
	if (bound > most)
		bound = most;
	seconds = answer->wait > 0 && answer->code != 0 ? (double) answer->wait : bound * (random / 4294967296.0);
	if (answer->code != 0)
		sim_say(d, "the server answers %d, next try in %.1f s", answer->code, seconds);
	else
		sim_say(d, "no answer (%s), next try in %.1f s", answer->why, seconds);
	d->retry++;
	sim_sleep(seconds);
}

void
sim_post(sim_device *d, const char *path, const char *kind, const fota_buf *body, sim_answer *answer)
{
	for (;;)
	{
		dump(d, kind, body->data, body->size);
		d->link->post(d->link, path, body->data, body->size, answer);
		if (sim_stopped())
			answer->code = 0;
		if (sim_stopped() || (answer->code != 0 && answer->code != 503 && answer->code != 429))
			break;
		if (d->once)
		{
			cli_fail("08006", "%s: no answer from the server (%d%s%s)", d->name, answer->code, answer->why[0] ? ": " : "",
					 answer->why);
			d->refused = true;
			return;
		}
		sim_back_off(d, answer);
	}
	d->retry = 0;
	d->refused = answer->code == 401 || answer->code == 403 || answer->code == 495;
	if (d->refused)
	{
		const char *why = answer->size ? (const char *) answer->body : answer->why;
		size_t		size = answer->size ? answer->size : strlen(answer->why);
		const char *end = memchr(why, '\n', size);

		cli_fail("28000", "%s: the server refuses this device (%d%s%.*s)", d->name, answer->code, size ? ": " : "",
				 (int) (end ? end - why : (ptrdiff_t) size), why);
	}
}

bool
sim_report(sim_device *d, int64_t action, int64_t item, int state, int code, const char *text)
{
	static wire_report report;
	static sim_answer answer;
	fota_buf	body;

	report = (wire_report) {.action = action, .item = item, .state = state};
	report.has = 1u << WIRE_REPORT_ACTION | 1u << WIRE_REPORT_ITEM | 1u << WIRE_REPORT_STATE;
	if (code >= 0)
		WIRE_SET(&report, WIRE_REPORT_CODE);
	report.code = code;
	if (text != NULL)
	{
		WIRE_SET(&report, WIRE_REPORT_TEXT);
		report.text = fota_wire_text(text);
	}
	if (state == 2 || state == 4)
	{
		WIRE_SET(&report, WIRE_REPORT_BYTES);
		report.bytes = (int64_t) d->fetched;
	}
	fota_buf_init(&body, 4096);
	if (fota_wire_write_report(&d->ctx, WIRE_CBOR, &report, &body) != FOTA_OK)
	{
		cli_fail_core(&d->ctx, NULL);
		d->refused = true;
		return false;
	}
	sim_post(d, "r", "report", &body, &answer);
	fota_buf_free(&d->ctx, &body);
	if (answer.code >= 300)
		sim_say(d, "the report of state %d is answered %d", state, answer.code);
	return answer.code >= 200 && answer.code < 300;
}

/* --- check in ------------------------------------------------------------------------------------ */

static void
put_contents(sim_device *d, wire_checkin *in)
{
	in->has |= 1u << WIRE_CHECKIN_CONTENTS | 1u << WIRE_CHECKIN_ACCEPT;
	for (int i = 0; i < d->state.components; i++)
	{
		const sim_component *c = &d->state.component[i];
		wire_present *p = &in->present[in->contents++];

		p->component = fota_wire_text(c->name);
		if (c->version[0] != '\0')
			p->version = fota_wire_text(c->version);
		memcpy(p->digest, c->sha256, sizeof(c->sha256));
		p->digest_size = sizeof(c->sha256);
		p->slot = -1;
	}
	in->accept.has = 1u << WIRE_CAPS_FORMATS | 1u << WIRE_CAPS_RAM | 1u << WIRE_CAPS_FLAGS | 1u << WIRE_CAPS_BLOCK;
	if (!d->no_delta)
		in->accept.format[in->accept.formats++] = (wire_format) {{1}, 1};
	in->accept.format[in->accept.formats++] = (wire_format) {{0}, 1};
	in->accept.ram = RAM;
	in->accept.flags = FLAG_STAGE;
	in->accept.block = 512;
}

/* Sends one check-in; the tag alone when the server gave one for these contents. */
static bool
send_checkin(sim_device *d, uint8_t nonce[8], sim_answer *answer)
{
	static wire_checkin in;
	fota_buf	body;

	memset(&in, 0, sizeof(in));
	cred_random(nonce, 8);
	WIRE_SET(&in, WIRE_CHECKIN_NONCE);
	memcpy(in.nonce, nonce, 8);
	if (d->state.has_tag)
	{
		WIRE_SET(&in, WIRE_CHECKIN_INVENTORY);
		memcpy(in.inventory, d->state.tag, sizeof(in.inventory));
	}
	else
		put_contents(d, &in);
	if (d->state.item.phase != SIM_IDLE)
	{
		WIRE_SET(&in, WIRE_CHECKIN_ACTION);
		in.action = d->state.item.action;
	}
	fota_buf_init(&body, WIRE_BODY_MAX);
	if (fota_wire_write_checkin(&d->ctx, WIRE_CBOR, &in, &body) != FOTA_OK)
	{
		cli_fail_core(&d->ctx, NULL);
		d->refused = true;
		return false;
	}
	sim_post(d, "c", "checkin", &body, answer);
	fota_buf_free(&d->ctx, &body);
	return answer->code != 0 && !d->refused;
}

static void
keep_tag(sim_device *d, const wire_decision *decision)
{
	d->state.changed = false;
	if (!WIRE_HAS(decision, WIRE_DECISION_INVENTORY) ||
		(d->state.has_tag && memcmp(d->state.tag, decision->inventory, sizeof(d->state.tag)) == 0))
		return;
	d->state.has_tag = true;
	memcpy(d->state.tag, decision->inventory, sizeof(d->state.tag));
	sim_state_save(&d->state);
}

bool
sim_check_in(sim_device *d, wire_decision *decision)
{
	static sim_answer answer;
	uint8_t		nonce[8];

	while (send_checkin(d, nonce, &answer))
	{
		if (answer.code == 409 && d->state.has_tag)
		{
			d->state.has_tag = false;
			continue;
		}
		if (answer.code < 300)
		{
			dump(d, "decision", answer.body, answer.size);
			if (fota_wire_read_decision(&d->ctx, WIRE_CBOR, answer.body, answer.size, decision) != FOTA_OK)
				sim_say(d, "the decision is malformed: %s", d->ctx.error.message);
			else if (memcmp(decision->nonce, nonce, sizeof(nonce)) != 0)
				sim_say(d, "the decision is not for this check-in: its nonce differs");
			else
			{
				keep_tag(d, decision);
				return true;
			}
		}
		sim_back_off(d, &answer);
	}
	return false;
}

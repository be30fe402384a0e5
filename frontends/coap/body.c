/* SPDX-License-Identifier: PostgreSQL */
/*
 * body.c: POST /c and POST /r. The body comes in one message or in blocks (Block1), the
 * decision leaves in one or in blocks (Block2); what is in between is common/native.c's.
 */
#include "routes.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "loop.h"
#include "native.h"

#define CHECK_IN 'c'
#define REPORT 'r'

/* An answer in a block exchange repeats the request's option. */
static void
answer_in_blocks(job *j, reply *r)
{
	if (j->r.has_block1)
	{
		r->has_block1 = true;
		r->block1 = j->r.block1;
	}
	job_answer(j, r);
}

static void
code_in_blocks(job *j, int code, const char *text)
{
	reply		r = reply_code(code);

	reply_text(&r, text);
	if (code == REPLY_CODE(4, 13))
		r.size1 = NATIVE_BODY_MAX;
	answer_in_blocks(j, &r);
}

/* Sends a decision, or the block of it that was asked for. */
static void
send_decision(job *j, const uint8_t *body, size_t size)
{
	reply		r = reply_code(REPLY_CODE(2, 5));
	block		want = j->r.has_block2 ? j->r.block2 : (block) {.szx = BLOCK_SZX_MAX};
	uint64_t	offset;
	uint8_t		digest[32];

	if (!block_cut(size, &want, &offset, &r.size))
	{
		code_in_blocks(j, REPLY_CODE(4, 0), "there is no such block");
		return;
	}
	r.format = FORMAT_CBOR;
	r.body = body + offset;
	r.has_block2 = j->r.has_block2 || want.more;
	r.block2 = want;
	if (r.has_block2)
	{
		EVP_Digest(body, size, digest, NULL, EVP_sha256(), NULL);
		r.has_etag = true;
		memcpy(r.etag, digest, sizeof r.etag);
		if (want.num == 0)
			r.size2 = (int64_t) size;
	}
	answer_in_blocks(j, &r);
}

static void
checked_in(void *arg, status_word word, const uint8_t *body, size_t size, unsigned retry_after)
{
	job		   *j = arg;
	const void *session = exchange_session(j->exchange);
	size_t		room = BLOCK_BYTES(j->r.has_block2 ? j->r.block2.szx : BLOCK_SZX_MAX);

	if (word != ST_OK)
	{
		reply		r = reply_status(word, retry_after);
		char		text[256];

		snprintf(text, sizeof text, "%.*s", (int) size, body ? (const char *) body : "");
		reply_text(&r, text);
		answer_in_blocks(j, &r);
	}
	else if (size > room && session != NULL &&
			 !parts_keep(j->parts, session, CHECK_IN, body, size, loop_now()))
		job_status(j, ST_UNAVAILABLE, NULL, 0);
	else
		send_decision(j, body, size);
}

static void
reported(void *arg, status_word word, const uint8_t *body, size_t size, unsigned retry_after)
{
	job		   *j = arg;

	if (word == ST_OK)
		code_in_blocks(j, REPLY_CODE(2, 4), NULL);
	else
		checked_in(j, word, body, size, retry_after);
}

/* The body is whole. */
static void
carry_out(job *j, char resource, const uint8_t *body, size_t size)
{
	native_request in = {.who = &j->who, .format = NATIVE_CBOR, .body = body, .size = size};

	if (resource == REPORT)
		native_report(j->service, &in, reported, j);
	else
		native_check_in(j->service, &in, checked_in, j);
}

/* Takes a block of the request's body. */
static void
take_block(job *j, char resource)
{
	const request *r = &j->r;
	parts_key	key = {
		.session = exchange_session(j->exchange), .resource = resource, .tag_size = r->tag_size
	};
	uint64_t	offset = (uint64_t) r->block1.num << (r->block1.szx + 4);
	uint8_t    *body;
	size_t		size;

	if (key.session == NULL)
	{
		job_status(j, ST_UNAVAILABLE, NULL, 0);
		return;
	}
	memcpy(key.tag, r->tag, sizeof key.tag);
	if (r->block1.more ? r->size != BLOCK_BYTES(r->block1.szx) : r->size > BLOCK_BYTES(r->block1.szx))
	{
		code_in_blocks(j, REPLY_CODE(4, 0), "a block is not of the size that it says");
		return;
	}
	switch (parts_take(j->parts, &key, offset, r->body, r->size, r->block1.more, loop_now(), &body,
					   &size))
	{
		case PARTS_MORE:
			code_in_blocks(j, REPLY_CODE(2, 31), NULL);
			break;
		case PARTS_GAP:
			code_in_blocks(j, REPLY_CODE(4, 8), "this is not the block that comes next");
			break;
		case PARTS_TOO_LARGE:
			code_in_blocks(j, REPLY_CODE(4, 13), NULL);
			break;
		case PARTS_FULL:
			job_status(j, ST_UNAVAILABLE, NULL, 0);
			break;
		case PARTS_WHOLE:
			carry_out(j, resource, body, size);
			free(body);
			break;
	}
}

static void
take_body(job *j, char resource)
{
	if (j->r.size1 > NATIVE_BODY_MAX || j->r.size > NATIVE_BODY_MAX)
		code_in_blocks(j, REPLY_CODE(4, 13), NULL);
	else if (j->r.has_block1)
		take_block(j, resource);
	else
		carry_out(j, resource, j->r.body, j->r.size);
}

void
body_check_in(job *j)
{
	const uint8_t *kept;
	size_t		size;

	if (!j->r.has_block2 || j->r.block2.num == 0)
	{
		take_body(j, CHECK_IN);
		return;
	}
	kept = exchange_session(j->exchange) ?
		parts_kept(j->parts, exchange_session(j->exchange), CHECK_IN, &size, loop_now()) : NULL;
	if (kept == NULL)
		job_code(j, REPLY_CODE(4, 8), "the decision is not kept any more: check in again");
	else
		send_decision(j, kept, size);
}

void
body_report(job *j)
{
	take_body(j, REPORT);
}

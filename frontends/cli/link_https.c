/* SPDX-License-Identifier: PostgreSQL */
/*
 * link_https.c: a simulated device over HTTPS, by libcurl: CBOR bodies, one connection that is kept, Range
 * to go on with a download.
 */
#include "simulate.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct https_link
{
	sim_link	base;			/* first */
	CURL	   *curl;
	sim_link_options options;
	char		bearer[512];
	char		error[CURL_ERROR_SIZE];

	/* Of the request at hand. */
	sim_answer *answer;
	const sim_item *item;		/* of a download, else NULL */
	uint64_t	from;
	sim_sink	sink;
	void	   *sink_arg;
	char		etag[17];		/* first 16 hex digits of the answer's ETag */
	bool		other;			/* the ETag or the place is not what we asked for */
	bool		stopped;
	uint64_t	taken;
} https_link;

/* --- callbacks ----------------------------------------------------------------------------------- */

static long
code_of(https_link *l)
{
	long		code = 0;

	curl_easy_getinfo(l->curl, CURLINFO_RESPONSE_CODE, &code);
	return code;
}

static size_t
take_header(char *line, size_t size, size_t count, void *arg)
{
	https_link *l = arg;
	size_t		length = size * count;
	char		text[256];

	snprintf(text, sizeof(text), "%.*s", (int) (length < 255 ? length : 255), line);
	if (strncasecmp(text, "ETag: \"", 7) == 0)
		snprintf(l->etag, sizeof(l->etag), "%.16s", text + 7);
	else if (strncasecmp(text, "Retry-After: ", 13) == 0)
		l->answer->wait = (unsigned) strtoul(text + 13, NULL, 10);
	return length;
}

/* A piece of a body: of a download to the sink, anything else into the answer. */
static size_t
take_body(char *data, size_t size, size_t count, void *arg)
{
	https_link *l = arg;
	size_t		length = size * count;
	long		code = code_of(l);
	char		expected[17];

	if (l->item == NULL || (code != 200 && code != 206))
	{
		if (length > SIM_BODY_MAX - l->answer->size)
			return 0;
		memcpy(l->answer->body + l->answer->size, data, length);
		l->answer->size += length;
		return length;
	}
	cli_hex(expected, l->item->etag, sizeof(l->item->etag));
	l->other = strcmp(l->etag, expected) != 0 || (l->from > 0 && code != 206) ||
		length > l->item->bytes - l->from - l->taken;
	if (l->other)
		return 0;
	if (!l->sink(l->sink_arg, (const uint8_t *) data, length))
	{
		l->stopped = true;
		return 0;
	}
	l->taken += length;
	return length;
}

static int
watch_stop(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void) arg, (void) a, (void) b, (void) c, (void) d;
	return sim_stopped();
}

/* --- requests ------------------------------------------------------------------------------------ */

/* What every request has; header is the first own line of the header. */
static struct curl_slist *
prepare(https_link *l, const char *path, const char *header, sim_answer *answer)
{
	static char url[2048];
	struct curl_slist *lines = curl_slist_append(NULL, header);

	*answer = (sim_answer) {0};
	l->answer = answer;
	l->etag[0] = l->error[0] = '\0';
	l->other = l->stopped = false;
	l->taken = 0;
	snprintf(url, sizeof(url), "%s/fota/v1/%s", l->options.url, path);
	/* Keeps the connection, forgets the rest of the last request. */
	curl_easy_reset(l->curl);
	curl_easy_setopt(l->curl, CURLOPT_URL, url);
	curl_easy_setopt(l->curl, CURLOPT_ERRORBUFFER, l->error);
	curl_easy_setopt(l->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(l->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(l->curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(l->curl, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(l->curl, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(l->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(l->curl, CURLOPT_LOW_SPEED_TIME, 30L);
	curl_easy_setopt(l->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(l->curl, CURLOPT_HEADERDATA, l);
	curl_easy_setopt(l->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(l->curl, CURLOPT_WRITEDATA, l);
	curl_easy_setopt(l->curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(l->curl, CURLOPT_XFERINFOFUNCTION, watch_stop);
	if (l->options.ca != NULL)
		curl_easy_setopt(l->curl, CURLOPT_CAINFO, l->options.ca);
	if (l->options.cert != NULL)
	{
		curl_easy_setopt(l->curl, CURLOPT_SSLCERT, l->options.cert);
		curl_easy_setopt(l->curl, CURLOPT_SSLKEY, l->options.key);
	}
	if (l->options.token != NULL)
		lines = curl_slist_append(lines, l->bearer);
	curl_easy_setopt(l->curl, CURLOPT_HTTPHEADER, lines);
	return lines;
}

/* Sends; answer->code is 0 when nothing came. */
static CURLcode
send_request(https_link *l, struct curl_slist *lines)
{
	CURLcode	code = curl_easy_perform(l->curl);

	curl_slist_free_all(lines);
	l->answer->code = (int) code_of(l);
	if (code == CURLE_OK)
		return code;
	snprintf(l->answer->why, sizeof(l->answer->why), "%s", l->error[0] ? l->error : curl_easy_strerror(code));
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM)
		l->answer->code = 495;
	return code;
}

static void
post(sim_link *link, const char *path, const void *body, size_t size, sim_answer *answer)
{
	https_link *l = (https_link *) link;
	struct curl_slist *lines = prepare(l, path, "Content-Type: application/cbor", answer);

	l->item = NULL;
	curl_easy_setopt(l->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(l->curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(l->curl, CURLOPT_POSTFIELDSIZE, (long) size);
	if (send_request(l, lines) != CURLE_OK && answer->code != 495)
		answer->code = 0;
}

static sim_got
get(sim_link *link, const sim_item *item, uint64_t from, sim_sink sink, void *arg, sim_answer *answer)
{
	https_link *l = (https_link *) link;
	char		path[64],
				range[32];
	struct curl_slist *lines;
	CURLcode	code;

	snprintf(path, sizeof(path), "a/%lld/%lld", (long long) item->action, (long long) item->item);
	lines = prepare(l, path, "Accept: application/octet-stream", answer);
	l->item = item;
	l->from = from;
	l->sink = sink;
	l->sink_arg = arg;
	if (from > 0)
	{
		snprintf(range, sizeof(range), "%llu-", (unsigned long long) from);
		curl_easy_setopt(l->curl, CURLOPT_RANGE, range);
	}
	code = send_request(l, lines);
	if (l->stopped || sim_stopped())
		return SIM_GOT_STOP;
	if (l->other)
		return SIM_GOT_OTHER;
	if (code == CURLE_OK && answer->code < 300)
		return from + l->taken == item->bytes ? SIM_GOT_ALL : SIM_GOT_OTHER;
	if (answer->code < 300)
		answer->code = 0;
	return SIM_GOT_NOTHING;
}

static void
rest(sim_link *link)
{
	(void) link;
}

static void
close_link(sim_link *link)
{
	https_link *l = (https_link *) link;

	curl_easy_cleanup(l->curl);
	curl_global_cleanup();
	free(l);
}

sim_link *
sim_link_https(const sim_link_options *options)
{
	https_link *l = calloc(1, sizeof(*l));

	if (l == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (l->curl = curl_easy_init()) == NULL)
	{
		free(l);
		cli_fail("53200", "no memory for libcurl");
		return NULL;
	}
	l->base = (sim_link) {"https", post, get, rest, close_link};
	l->options = *options;
	if (options->token != NULL)
		snprintf(l->bearer, sizeof(l->bearer), "Authorization: Bearer %s", options->token);
	return &l->base;
}

/* SPDX-License-Identifier: PostgreSQL */
/*
 * device_state.c: what a simulated device keeps over a loss of power. The file `state`:
 *
 *	pgfota-device 1
 *	component NAME VERSION
 *	tag HEX
 *	item PHASE ACTION ITEM COMPONENT SHA256 SIZE FORMAT BYTES ETAG BASE VERSION
 *
 * A version is the rest of its line and may be empty; BASE may be `-`. Digests of flash are computed.
 */
#include "simulate.h"

#include "image.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_MAX 16384
#define HEAD "pgfota-device 1"

/* --- names --------------------------------------------------------------------------------------- */

bool
sim_name_good(const char *name, size_t size)
{
	if (size == 0 || size >= SIM_NAME || !isalnum((unsigned char) name[0]))
		return false;
	for (size_t i = 0; i < size; i++)
		if (!isalnum((unsigned char) name[i]) && strchr("._-", name[i]) == NULL)
			return false;
	return true;
}

void
sim_state_path(const sim_state *state, const char *component, const char *suffix, char out[SIM_PATH])
{
	snprintf(out, SIM_PATH, "%s/%s.%s", state->dir, component, suffix);
}

/* --- lines --------------------------------------------------------------------------------------- */

bool
sim_state_print(const sim_state *state, fota_buf *out)
{
	const sim_item *item = &state->item;
	char		line[1024];
	char		sha256[65],
				etag[17],
				base[65] = "-";
	fota_status status = fota_buf_append(state->ctx, out, HEAD "\n", strlen(HEAD) + 1);

	for (int i = 0; i < state->components && status == FOTA_OK; i++)
	{
		snprintf(line, sizeof(line), "component %s %s\n", state->component[i].name, state->component[i].version);
		status = fota_buf_append(state->ctx, out, line, strlen(line));
	}
	if (state->has_tag && status == FOTA_OK)
	{
		cli_hex(etag, state->tag, sizeof(state->tag));
		snprintf(line, sizeof(line), "tag %s\n", etag);
		status = fota_buf_append(state->ctx, out, line, strlen(line));
	}
	if (item->phase != SIM_IDLE && status == FOTA_OK)
	{
		cli_hex(sha256, item->sha256, sizeof(item->sha256));
		cli_hex(etag, item->etag, sizeof(item->etag));
		if (item->base_size > 0)
			cli_hex(base, item->base, item->base_size);
		snprintf(line, sizeof(line), "item %d %lld %lld %s %s %llu %lld %llu %s %s %s\n", (int) item->phase,
				 (long long) item->action, (long long) item->item, item->component, sha256,
				 (unsigned long long) item->size, (long long) item->format, (unsigned long long) item->bytes, etag,
				 base, item->version);
		status = fota_buf_append(state->ctx, out, line, strlen(line));
	}
	return status == FOTA_OK;
}

/* Cuts the next word off; "" at the end. */
static char *
word(char **line)
{
	char	   *begin = *line;
	size_t		size = strcspn(begin, " ");

	*line = begin + size + (begin[size] == ' ');
	begin[size] = '\0';
	return begin;
}

static bool
number(char **line, int64_t high, int64_t *out)
{
	const char *text = word(line);
	char	   *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *out >= 0 && *out <= high;
}

static bool
parse_component(sim_state *state, char *line)
{
	const char *name = word(&line);
	sim_component *c;

	if (state->components == SIM_COMPONENTS || !sim_name_good(name, strlen(name)) || strlen(line) >= SIM_VERSION)
		return false;
	c = &state->component[state->components++];
	snprintf(c->name, sizeof(c->name), "%s", name);
	snprintf(c->version, sizeof(c->version), "%s", line);
	return true;
}

static bool
parse_item(sim_state *state, char *line)
{
	sim_item   *item = &state->item;
	int64_t		phase,
				size,
				bytes;
	const char *name,
			   *base;
	long		n;

	if (!number(&line, SIM_INSTALLED, &phase) || !number(&line, INT32_MAX, &item->action) ||
		!number(&line, INT32_MAX, &item->item))
		return false;
	name = word(&line);
	if (!sim_name_good(name, strlen(name)) || cli_unhex(word(&line), item->sha256, sizeof(item->sha256)) != 32)
		return false;
	if (!number(&line, INT64_MAX, &size) || !number(&line, INT32_MAX, &item->format) ||
		!number(&line, INT64_MAX, &bytes) || cli_unhex(word(&line), item->etag, sizeof(item->etag)) != 8)
		return false;
	base = word(&line);
	n = strcmp(base, "-") == 0 ? 0 : cli_unhex(base, item->base, sizeof(item->base));
	if (n < 0 || strlen(line) >= SIM_VERSION)
		return false;
	item->phase = (sim_phase) phase;
	item->size = (uint64_t) size;
	item->bytes = (uint64_t) bytes;
	item->base_size = (size_t) n;
	snprintf(item->component, sizeof(item->component), "%s", name);
	snprintf(item->version, sizeof(item->version), "%s", line);
	return true;
}

bool
sim_state_parse(sim_state *state, char *text)
{
	char	   *rest;
	char	   *line = strtok_r(text, "\n", &rest);

	if (line == NULL || strcmp(line, HEAD) != 0)
		return false;
	while ((line = strtok_r(NULL, "\n", &rest)) != NULL)
	{
		const char *what = word(&line);
		bool		good = false;

		if (strcmp(what, "component") == 0)
			good = parse_component(state, line);
		else if (strcmp(what, "tag") == 0)
			good = state->has_tag = cli_unhex(line, state->tag, sizeof(state->tag)) == 8;
		else if (strcmp(what, "item") == 0)
			good = parse_item(state, line);
		if (!good)
			return false;
	}
	return true;
}

/* --- files --------------------------------------------------------------------------------------- */

bool
sim_digest_file(sim_state *state, const char *file, uint8_t digest[FOTA_SHA256_SIZE], uint64_t *size)
{
	static uint8_t piece[65536];
	fota_hash	hash;
	ssize_t		n;
	int			fd = open(file, O_RDONLY | O_CLOEXEC);

	*size = 0;
	if (fd < 0)
		return false;
	if (fota_hash_init(state->ctx, &hash, FOTA_HASH_SHA256) != FOTA_OK)
	{
		close(fd);
		return false;
	}
	while ((n = read(fd, piece, sizeof(piece))) > 0 &&
		   fota_hash_update(state->ctx, &hash, piece, (size_t) n) == FOTA_OK)
		*size += (uint64_t) n;
	close(fd);
	return fota_hash_final(state->ctx, &hash, digest) == FOTA_OK && n == 0;
}

sim_component *
sim_state_find(sim_state *state, const char *component)
{
	for (int i = 0; i < state->components; i++)
		if (strcmp(state->component[i].name, component) == 0)
			return &state->component[i];
	return NULL;
}

/* Drops the components whose flash is not there, computes the digests of the others. */
static void
look_at_flash(sim_state *state)
{
	char		path[SIM_PATH];
	uint64_t	size;
	int			kept = 0;

	for (int i = 0; i < state->components; i++)
	{
		sim_component *c = &state->component[i];

		sim_state_path(state, c->name, "bin", path);
		if (sim_digest_file(state, path, c->sha256, &size))
			state->component[kept++] = *c;
	}
	state->components = kept;
}

int
sim_state_open(sim_state *state)
{
	static char text[STATE_MAX];
	char		path[SIM_PATH];
	FILE	   *in;
	size_t		size;

	if (mkdir(state->dir, 0777) != 0 && errno != EEXIST)
		return cli_fail_file(state->dir);
	snprintf(path, sizeof(path), "%s/state", state->dir);
	in = fopen(path, "r");
	state->fresh = in == NULL && errno == ENOENT;
	if (in == NULL)
		return state->fresh ? CLI_DONE : cli_fail_file(path);
	size = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[size] = '\0';
	if (!sim_state_parse(state, text))
		return cli_fail("58030", "%s is no state of a simulated device; hint: name another folder, or remove it", path);
	look_at_flash(state);
	return CLI_DONE;
}

int
sim_state_save(sim_state *state)
{
	char		path[SIM_PATH];
	fota_buf	text;
	int			status;

	fota_buf_init(&text, STATE_MAX);
	snprintf(path, sizeof(path), "%s/state", state->dir);
	if (!sim_state_print(state, &text))
		return cli_fail_core(state->ctx, path);
	status = cli_write(path, text.data, text.size);
	fota_buf_free(state->ctx, &text);
	return status;
}

int
sim_state_set(sim_state *state, const char *component, const char *version)
{
	sim_component *c = sim_state_find(state, component);
	char		path[SIM_PATH];
	uint64_t	size;

	/* The tag was given for other contents. */
	state->has_tag = false;
	state->changed = true;
	if (version == NULL)
	{
		if (c != NULL)
			*c = state->component[--state->components];
		return CLI_DONE;
	}
	if (c == NULL && state->components == SIM_COMPONENTS)
		return cli_fail("54000", "a simulated device has at most %d components", SIM_COMPONENTS);
	if (c == NULL)
		c = &state->component[state->components++];
	snprintf(c->name, sizeof(c->name), "%s", component);
	snprintf(c->version, sizeof(c->version), "%s", version);
	sim_state_path(state, component, "bin", path);
	return sim_digest_file(state, path, c->sha256, &size) ? CLI_DONE : cli_fail_file(path);
}

/* --- factory ------------------------------------------------------------------------------------- */

/* The payload as the server makes it by default: flat where the format has addresses, filled with 0xFF. */
static int
write_payload(sim_state *state, const char *file, const char *path)
{
	static fota_image image;
	fota_payload_spec spec = {.fill = 255};
	fota_bytes	bytes;
	fota_buf	payload;
	bool		is_file;
	int			status = cli_map(file, &bytes);

	if (status != CLI_DONE)
		return status;
	if (fota_image_decode(state->ctx, bytes, NULL, NULL, &image) != FOTA_OK ||
		fota_image_payload(state->ctx, bytes, &image, &spec, NULL, &is_file, &payload) != FOTA_OK)
		return cli_fail_core(state->ctx, file);
	status = is_file ? cli_write(path, bytes.data, bytes.size) : cli_write(path, payload.data, payload.size);
	fota_buf_free(state->ctx, &payload);
	fota_image_free(state->ctx, &image);
	cli_unmap(&bytes);
	return status;
}

int
sim_state_factory(sim_state *state, const char *component, const char *version, const char *file)
{
	char		path[SIM_PATH];
	int			status;

	if (!state->fresh)
		return CLI_DONE;
	sim_state_path(state, component, "bin", path);
	status = write_payload(state, file, path);
	return status == CLI_DONE ? sim_state_set(state, component, version) : status;
}

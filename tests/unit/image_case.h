/* SPDX-License-Identifier: PostgreSQL */
/*
 * image_case.h: what the tests of images and their formats share: vectors, decoding with waivers by
 * name, and images of known contents to compare with.
 */
#ifndef IMAGE_CASE_H
#define IMAGE_CASE_H

#include "tap.h"

#include "image.h"

typedef struct loaded
{
	uint8_t    *data;			/* exactly size bytes, so that reading beyond is seen */
	size_t		size;
} loaded;

static const char *top_folder;	/* of the repository */

/* From argv[0], which is build/tests/unit/NAME; FOTA_TOP where it is elsewhere. */
__attribute__((unused)) static void
find_top(const char *program)
{
	static char path[1024];

	snprintf(path, sizeof(path), "%.*s/../../..", (int) (strrchr(program, '/') ? strrchr(program, '/') - program : 0),
			 program);
	top_folder = getenv("FOTA_TOP") ? getenv("FOTA_TOP") : path;
}

/* The caller frees data; NULL when there is no such file. */
__attribute__((unused)) static loaded
load(const char *folder, const char *name)
{
	char		path[2048];
	loaded		file = {0};
	FILE	   *stream;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	stream = fopen(path, "rb");
	if (stream == NULL)
		return file;
	fseek(stream, 0, SEEK_END);
	file.size = (size_t) ftell(stream);
	rewind(stream);
	file.data = malloc(file.size ? file.size : 1);
	if (fread(file.data, 1, file.size, stream) != file.size)
		abort();
	fclose(stream);
	return file;
}

typedef struct outcome
{
	fota_ctx	ctx;
	fota_status status;
	fota_image	image;
	char		id[2 * FOTA_SHA256_SIZE + 1];
} outcome;

/* waivers: names with blanks between them; "" = strict. Freed by end_outcome. */
__attribute__((unused)) static void
decode(outcome *o, const void *data, size_t size, const char *format, const char *waivers)
{
	fota_image_options options = {0};
	uint8_t		id[FOTA_SHA256_SIZE] = {0};
	char		list[256];

	memset(o, 0, sizeof(*o));
	o->ctx = tap_ctx(0);
	snprintf(list, sizeof(list), "%s", waivers);
	for (char *w = strtok(list, " "); w != NULL; w = strtok(NULL, " "))
		if (fota_image_waiver(&o->ctx, &options, w, strlen(w)) != FOTA_OK)
			printf("# %s\n", o->ctx.error.message);
	o->status = fota_image_decode(&o->ctx, (fota_bytes) {data, size}, format, &options, &o->image);
	if (o->status == FOTA_OK)
		fota_image_content_id(&o->ctx, &o->image, id);
	fota_hex(id, sizeof(id), o->id);
}

/* Gives everything back; false when something was lost. */
__attribute__((unused)) static bool
end_outcome(outcome *o)
{
	fota_image_free(&o->ctx, &o->image);
	return o->ctx.used == 0;
}

__attribute__((unused)) static const fota_warning *
find_warning(const fota_image *image, const char *name)
{
	for (size_t i = 0; i < image->warning_count; i++)
		if (strcmp(image->warnings[i].name, name) == 0)
			return &image->warnings[i];
	return NULL;
}

__attribute__((unused)) static const char *
find_note(const fota_image *image, const char *name)
{
	for (size_t i = 0; i < image->metadata_count; i++)
		if (strcmp(image->metadata[i].name, name) == 0)
			return image->metadata[i].value;
	return NULL;
}

/* "0x100+32 0x8000000+16": the segments, for comparing at one look. */
__attribute__((unused)) static const char *
layout(const fota_image *image)
{
	static char text[1024];
	size_t		used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < image->segment_count && used + 64 < sizeof(text); i++)
		used += (size_t) snprintf(text + used, sizeof(text) - used, "%s0x%llx+%llu", i ? " " : "",
								  (unsigned long long) image->segments[i].address,
								  (unsigned long long) image->segments[i].size);
	return text;
}

/* One vector and what must be read in it. */
typedef struct vector
{
	const char *file;
	const char *waivers;
	fota_status status;
	uint64_t	line;			/* of the error or warning, 0 = none */
	const char *says;			/* layout, or a part of the error's message */
	const char *warning;		/* name, or NULL for none at all */
} vector;

/* tests/vectors/ti_txt for ti-txt. */
__attribute__((unused)) static void
vector_folder(char *folder, size_t size, const char *format)
{
	size_t		at = (size_t) snprintf(folder, size, "%s/tests/vectors/", top_folder);

	snprintf(folder + at, size - at, "%s", format);
	for (; at < size && folder[at] != '\0'; at++)
		if (folder[at] == '-')
			folder[at] = '_';
}

__attribute__((unused)) static void
test_vectors(const char *format, const vector *vectors, size_t count)
{
	char		folder[1200];

	vector_folder(folder, sizeof(folder), format);
	for (size_t i = 0; i < count; i++)
	{
		const vector *v = &vectors[i];
		loaded		file = load(folder, v->file);
		const fota_warning *warning;
		outcome		o;
		bool		good;

		decode(&o, file.data, file.size, format, v->waivers);
		warning = v->warning ? find_warning(&o.image, v->warning) : NULL;
		if (v->status != FOTA_OK)
			good = o.status == v->status && o.ctx.error.code == v->status && strstr(o.ctx.error.message, v->says) &&
				o.ctx.error.line == v->line;
		else
			good = o.status == FOTA_OK && strcmp(layout(&o.image), v->says) == 0 &&
				(v->warning ? warning && warning->line == v->line : o.image.warning_count == 0);
		if (!ok(good, "%s%s%s: %s%s%s", v->file, v->waivers[0] ? " with " : "", v->waivers, v->says,
				v->warning ? ", warns of " : "", v->warning ? v->warning : ""))
			printf("# %s line %llu %s | %s | %s\n", fota_status_sqlstate(o.status),
				   (unsigned long long) o.ctx.error.line, o.ctx.error.message, layout(&o.image),
				   o.image.warning_count ? o.image.warnings[0].name : "");
		if (!end_outcome(&o))
			ok(false, "%s: all memory is given back", v->file);
		free(file.data);
	}
}

/* --- a corpus outside of the repository: FOTA_CORPUS names its folder -------------------------- */

/* Splits a line at its tabs; at most room fields. */
static size_t
split(char *line, char **field, size_t room)
{
	size_t		count = 0;

	line[strcspn(line, "\r\n")] = '\0';
	for (char *p = line; p != NULL && count < room; count++)
	{
		field[count] = p;
		p = strchr(p, '\t');
		if (p != NULL)
			*p++ = '\0';
	}
	return count;
}

/* Files that must be refused with a code, or be read, by bad/EXPECT.tsv. */
static void
test_bad_corpus(const char *corpus, const char *format)
{
	char		path[2048];
	char		line[4096];
	int			checked = 0;
	FILE	   *table;

	snprintf(path, sizeof(path), "%s/bad/EXPECT.tsv", corpus);
	table = fopen(path, "r");
	while (table != NULL && fgets(line, sizeof(line), table))
	{
		char	   *field[6];
		outcome		o;
		loaded		file;
		bool		accepted;

		if (split(line, field, 6) < 5 || strcmp(field[0], format) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/bad/%s", corpus, format);
		file = load(path, field[1]);
		decode(&o, file.data, file.size, format, "");
		accepted = strncmp(field[3], "UF", 2) != 0;
		if (!ok(accepted ? o.status == FOTA_OK && (strcmp(field[3], "WARN") != 0 || o.image.warning_count > 0) :
				strcmp(fota_status_sqlstate(o.status), field[3]) == 0, "%s is %s: %s", field[1], field[3], field[4]))
			printf("# %s %s\n", fota_status_sqlstate(o.status), o.ctx.error.message);
		if (!end_outcome(&o))
			ok(false, "%s: all memory is given back", field[1]);
		free(file.data);
		checked++;
	}
	if (table != NULL)
		fclose(table);
	ok(checked > 0, "%d files of the corpus's malformed %s were checked", checked, format);
}

/* Files whose segments are known by formats/EXPECTED.tsv. */
static void
test_good_corpus(const char *corpus, const char *format, const char *folder)
{
	char		path[2048];
	char		line[4096];
	int			checked = 0;
	FILE	   *table;

	snprintf(path, sizeof(path), "%s/formats/EXPECTED.tsv", corpus);
	table = fopen(path, "r");
	while (table != NULL && fgets(line, sizeof(line), table))
	{
		char	   *field[8];
		outcome		o;
		loaded		file;
		const fota_codec *codec;
		int			confidence;
		const char *reason;

		if (split(line, field, 8) < 6 || strcmp(field[0], folder) != 0 || strlen(field[4]) != 2 * FOTA_SHA256_SIZE)
			continue;
		snprintf(path, sizeof(path), "%s/formats/%s", corpus, folder);
		file = load(path, field[1]);
		codec = fota_image_detect((fota_bytes) {file.data, file.size}, &confidence, &reason);
		ok(strcmp(codec->name, format) == 0 && confidence > 90, "%s is recognised", field[1]);
		decode(&o, file.data, file.size, NULL, "");
		if (o.status == FOTA_OVERLAP)
		{
			end_outcome(&o);
			decode(&o, file.data, file.size, NULL, "overlap=last");
		}
		if (!ok(o.status == FOTA_OK && strcmp(o.id, field[4]) == 0 && atoi(field[2]) == (int) o.image.segment_count,
				"%s has the segments that srec_cat reads in it", field[1]))
			printf("# %s %s %s\n", fota_status_sqlstate(o.status), o.ctx.error.message, o.id);
		if (!end_outcome(&o))
			ok(false, "%s: all memory is given back", field[1]);
		free(file.data);
		checked++;
	}
	if (table != NULL)
		fclose(table);
	ok(checked > 0, "%d files of the corpus's %s were checked", checked, folder);
}

__attribute__((unused)) static void
test_corpus(const char *format, const char *const *folders)
{
	const char *corpus = getenv("FOTA_CORPUS");

	if (corpus == NULL)
	{
		printf("# FOTA_CORPUS is not set: no corpus was checked\n");
		return;
	}
	test_bad_corpus(corpus, format);
	for (size_t i = 0; folders[i] != NULL; i++)
		test_good_corpus(corpus, format, folders[i]);
}

#endif

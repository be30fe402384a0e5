/* SPDX-License-Identifier: PostgreSQL */
/*
 * binary_case.h: what the tests of binary formats share on top of image_case.h: files made by changing some bytes of a
 * good one, and the malformed files of a corpus outside of the repository, whose table says what must be said.
 */
#ifndef BINARY_CASE_H
#define BINARY_CASE_H

#include "image_case.h"

#include <sys/stat.h>

/* A file that tests build up; freed by drop. */
typedef struct built
{
	uint8_t    *data;
	size_t		size;
} built;

__attribute__((unused)) static void
put(built *b, const void *data, size_t size)
{
	b->data = realloc(b->data, b->size + size + 1);
	if (data != NULL)
		memcpy(b->data + b->size, data, size);
	else
		memset(b->data + b->size, 0, size);
	b->size += size;
}

__attribute__((unused)) static void
put_fill(built *b, int value, size_t size)
{
	put(b, NULL, size);
	memset(b->data + b->size - size, value, size);
}

/* Bytes 0, 1, 2 ..: data that is easy to compare. */
__attribute__((unused)) static void
put_count(built *b, size_t size)
{
	put(b, NULL, size);
	for (size_t i = 0; i < size; i++)
		b->data[b->size - size + i] = (uint8_t) i;
}

__attribute__((unused)) static void
put_le(built *b, uint64_t value, size_t size)
{
	uint8_t		bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t) (value >> (8 * i));
	put(b, bytes, size);
}

__attribute__((unused)) static void
put_be(built *b, uint64_t value, size_t size)
{
	uint8_t		bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t) (value >> (8 * (size - 1 - i)));
	put(b, bytes, size);
}

__attribute__((unused)) static void
set_le(built *b, size_t at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		b->data[at + i] = (uint8_t) (value >> (8 * i));
}

__attribute__((unused)) static void
set_be(built *b, size_t at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		b->data[at + i] = (uint8_t) (value >> (8 * (size - 1 - i)));
}

__attribute__((unused)) static built
copy_of(const built *b)
{
	built		copy = {0};

	put(&copy, b->data, b->size);
	return copy;
}

__attribute__((unused)) static void
drop(built *b)
{
	free(b->data);
	*b = (built) {0};
}

/* A file that is built is also a vector, which seeds a fuzz target: both are the same. FOTA_WRITE_VECTORS=1 writes it. */
__attribute__((unused)) static void
is_vector(const built *b, const char *folder, const char *name)
{
	char		path[2048];
	loaded		file;

	snprintf(path, sizeof(path), "%s/tests/vectors/%s", top_folder, folder);
	if (getenv("FOTA_WRITE_VECTORS"))
	{
		char		full[4096];
		FILE	   *stream;

		mkdir(path, 0755);
		snprintf(full, sizeof(full), "%s/%s", path, name);
		stream = fopen(full, "wb");
		if (stream == NULL || fwrite(b->data, 1, b->size, stream) != b->size || fclose(stream) != 0)
			abort();
	}
	file = load(path, name);
	is_mem(file.data, file.size, b->data, b->size, name);
	free(file.data);
}

/* Decodes in memory of exactly the file's size; end_outcome and free(*exact) it. */
static void
decode_exact(outcome *o, const void *data, size_t size, const char *format, const char *waivers, uint8_t **exact)
{
	*exact = malloc(size > 0 ? size : 1);
	if (size > 0)
		memcpy(*exact, data, size);
	decode(o, *exact, size, format, waivers);
}

/* What is refused, with which words. */
__attribute__((unused)) static void
refused(const built *b, const char *format, const char *waivers, fota_status status, const char *says)
{
	outcome		o;
	uint8_t    *exact;

	decode_exact(&o, b->data, b->size, format, waivers, &exact);
	if (!ok(o.status == status && strstr(o.ctx.error.message, says), "%s: %s is refused%s%s", format, says,
			waivers[0] ? " also with " : "", waivers))
		printf("# %s %s\n", fota_status_sqlstate(o.status), o.ctx.error.message);
	if (!end_outcome(&o))
		ok(false, "%s: all memory is given back", says);
	free(exact);
}

/* What is read, as layout says, with a warning or (NULL) none. */
__attribute__((unused)) static void
accepted(const built *b, const char *format, const char *waivers, const char *segments, const char *warning,
		 const char *name)
{
	outcome		o;
	uint8_t    *exact;
	bool		good;

	decode_exact(&o, b->data, b->size, format, waivers, &exact);
	good = o.status == FOTA_OK && strcmp(layout(&o.image), segments) == 0 &&
		(warning ? find_warning(&o.image, warning) != NULL : o.image.warning_count == 0);
	if (!ok(good, "%s: %s", format ? format : "detected", name))
		printf("# %s %s | %s | %s: %s\n", fota_status_sqlstate(o.status), o.ctx.error.message, layout(&o.image),
			   o.image.warning_count ? o.image.warnings[0].name : "", o.image.warning_count ? o.image.warnings[0].message : "");
	if (!end_outcome(&o))
		ok(false, "%s: all memory is given back", name);
	free(exact);
}

/* Every prefix of a file, and the file with every byte changed, is read or refused with a text, and no memory is lost. */
__attribute__((unused)) static void
survives(const built *b, const char *format)
{
	int			bad = 0;

	for (size_t i = 0; i < 2 * b->size; i++)
	{
		built		changed = copy_of(b);
		uint8_t    *exact;
		outcome		o;

		if (i < b->size)
			changed.size = i;
		else
			changed.data[i - b->size] ^= 0xff;
		decode_exact(&o, changed.data, changed.size, format, "", &exact);
		bad += o.status != FOTA_OK && (o.ctx.error.message[0] == '\0' || o.status == FOTA_INTERNAL || o.status != o.ctx.error.code);
		bad += !end_outcome(&o);
		free(exact);
		drop(&changed);
	}
	ok(bad == 0, "%s: cut anywhere or with any byte changed, a file is read or refused with a text", format);
}

/* --- the corpus --------------------------------------------------------------------------- */

/* Whether text has the words of "must say" that are numbers or quoted; *missing is the first that it has not. */
static bool
says_all(const char *must, const char *text, char missing[80])
{
	char		words[1024];
	bool		good = true;

	snprintf(words, sizeof(words), "%s", must);
	for (char *w = strtok(words, " ,:;()/"); w != NULL && good; w = strtok(NULL, " ,:;()/"))
	{
		if (strpbrk(w, "0123456789\"") == NULL || strstr(w, ".."))
			continue;
		good = strstr(text, w) != NULL;
		snprintf(missing, 80, "%s", w);
	}
	return good;
}

/* Message of the error and of all warnings in one text. */
static void
all_text(const outcome *o, char *text, size_t size)
{
	size_t		used = (size_t) snprintf(text, size, "%s", o->status != FOTA_OK ? o->ctx.error.message : "");

	for (size_t i = 0; i < o->image.warning_count && used < size; i++)
		used += (size_t) snprintf(text + used, size - used, " | %s", o->image.warnings[i].message);
}

/* One row of bad/EXPECT.tsv. code "DETECT": not of this format by its content, and refused when it is said to be. */
static void
check_bad_row(const char *format, const char *name, const loaded *file, const char *code, const char *must)
{
	char		text[8192];
	char		missing[80] = "";
	int			confidence;
	const char *reason;
	bool		good;
	outcome		o;

	decode(&o, file->data, file->size, format, "");
	all_text(&o, text, sizeof(text));
	if (strcmp(code, "DETECT") == 0)
		good = o.status != FOTA_OK &&
			strcmp(fota_image_detect((fota_bytes) {file->data, file->size}, &confidence, &reason)->name, format) != 0;
	else if (strcmp(code, "UF008") == 0)
		good = o.status == FOTA_OK; /* found out by verify */
	else if (strncmp(code, "UF", 2) == 0)
		good = strcmp(fota_status_sqlstate(o.status), code) == 0 && says_all(must, text, missing);
	else
		good = o.status == FOTA_OK && (strcmp(code, "WARN") != 0 || (o.image.warning_count > 0 && says_all(must, text, missing)));
	if (!ok(good, "%s is %s: %s", name, code, must))
		printf("# %s %s; not said: %s\n", fota_status_sqlstate(o.status), text, missing);
	if (!end_outcome(&o))
		ok(false, "%s: all memory is given back", name);
	/* by its content, too, a file is taken for what it should be */
	if (strcmp(code, "DETECT") != 0)
		is_str(fota_image_detect((fota_bytes) {file->data, file->size}, &confidence, &reason)->name, format, name);
}

__attribute__((unused)) static void
bad_corpus(const char *format)
{
	const char *corpus = getenv("FOTA_CORPUS");
	char		path[2048];
	char		line[4096];
	int			checked = 0;
	FILE	   *table;

	if (corpus == NULL)
	{
		printf("# FOTA_CORPUS is not set: no corpus was checked\n");
		return;
	}
	snprintf(path, sizeof(path), "%s/bad/EXPECT.tsv", corpus);
	table = fopen(path, "r");
	while (table != NULL && fgets(line, sizeof(line), table))
	{
		char	   *field[6];
		loaded		file;

		if (split(line, field, 6) < 5 || strcmp(field[0], format) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/bad/%s", corpus, format);
		file = load(path, field[1]);
		check_bad_row(format, field[1], &file, field[3], field[4]);
		free(file.data);
		checked++;
	}
	if (table != NULL)
		fclose(table);
	ok(checked > 0, "%d malformed files of the corpus were checked", checked);
}

/* A good file of the corpus: recognised, read; then segments, warnings and notes (name=value, ..) compared. */
__attribute__((unused)) static void
good_file(const char *folder, const char *name, const char *format, const char *segments, const char *warning,
		  const char *const *notes)
{
	const char *corpus = getenv("FOTA_CORPUS");
	char		path[2048];
	loaded		file;
	int			confidence;
	const char *reason;
	outcome		o;

	if (corpus == NULL)
		return;
	snprintf(path, sizeof(path), "%s/formats/%s", corpus, folder);
	file = load(path, name);
	ok(strcmp(fota_image_detect((fota_bytes) {file.data, file.size}, &confidence, &reason)->name, format) == 0,
	   "%s is recognised", name);
	decode(&o, file.data, file.size, NULL, "");
	if (!ok(o.status == FOTA_OK && (segments == NULL || strcmp(layout(&o.image), segments) == 0) &&
			(warning ? find_warning(&o.image, warning) != NULL : o.image.warning_count == 0),
			"%s is read%s%s", name, warning ? " with warning " : "", warning ? warning : ""))
		printf("# %s %s | %s | %s\n", fota_status_sqlstate(o.status), o.ctx.error.message, layout(&o.image),
			   o.image.warning_count ? o.image.warnings[0].message : "");
	for (size_t i = 0; notes != NULL && notes[i] != NULL; i += 2)
		is_str(find_note(&o.image, notes[i]), notes[i + 1], notes[i]);
	end_outcome(&o);
	free(file.data);
}

#define NOTES(...) ((const char *const[]) {__VA_ARGS__, NULL})

#endif

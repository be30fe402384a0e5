/* SPDX-License-Identifier: PostgreSQL */
/*
 * package_case.h: what the tests of packages share: tables of good and bad files, keys, what became of signatures,
 * and signed files with a flipped bit.
 */
#ifndef PACKAGE_CASE_H
#define PACKAGE_CASE_H

#include "image_case.h"

typedef struct package_case
{
	const char *file;
	fota_status status;
	const char *says;			/* "name:size name:size" of the members, or a part of the message */
} package_case;

/* "a.txt:80 b/c.bin:120" */
__attribute__((unused)) static const char *
listing(const fota_image *image)
{
	static char text[4096];
	size_t		used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < image->member_count && used + 300 < sizeof(text); i++)
		used += (size_t) snprintf(text + used, sizeof(text) - used, "%s%s:%llu", i ? " " : "", image->members[i].name,
								  (unsigned long long) image->members[i].size);
	return text;
}

/* Every member can be taken out and has its size. */
__attribute__((unused)) static bool
takes_all(outcome *o, fota_bytes file)
{
	for (size_t i = 0; i < o->image.member_count; i++)
	{
		fota_buf	out;

		if (fota_image_take(&o->ctx, file, &o->image, i, NULL, &out) != FOTA_OK)
			return false;
		if (out.size != o->image.members[i].size)
			return false;
		fota_buf_free(&o->ctx, &out);
	}
	return true;
}

__attribute__((unused)) static void
test_package_cases(const char *folder, const char *format, const package_case *cases, size_t count)
{
	char		path[1200];

	snprintf(path, sizeof(path), "%s/tests/vectors/%s", top_folder, folder);
	for (size_t i = 0; i < count; i++)
	{
		const package_case *c = &cases[i];
		loaded		file = load(path, c->file);
		outcome		o;
		bool		good;

		decode(&o, file.data, file.size, format, "");
		if (c->status == FOTA_OK)
			good = o.status == FOTA_OK && strcmp(listing(&o.image), c->says) == 0 &&
				takes_all(&o, (fota_bytes) {file.data, file.size});
		else
			good = o.status == c->status && strstr(o.ctx.error.message, c->says) != NULL;
		if (!ok(good, "%s: %s", c->file, c->says))
			printf("# %s %s | %s\n", fota_status_sqlstate(o.status), o.ctx.error.message, listing(&o.image));
		if (!end_outcome(&o))
			ok(false, "%s: all memory is given back", c->file);
		free(file.data);
	}
}

#endif

/* SPDX-License-Identifier: PostgreSQL */
/* image_member.c: the list of what a package holds, and files that are one segment as they are; see image.h. */
#include "image.h"

#include "utf8.h"

#include <string.h>

/* --- names -------------------------------------------------------------------------------- */

/* A part of a path between slashes that would leave the folder, or mean nothing. */
static bool
is_dots(const uint8_t *part, size_t size)
{
	return size == 0 || (size == 1 && part[0] == '.') || (size == 2 && part[0] == '.' && part[1] == '.');
}

/* What is wrong with a name; NULL = nothing. One slash at its end (a folder) is allowed. */
static const char *
name_fault(const uint8_t *name, size_t size)
{
	size_t		begin = 0;

	if (size == 0)
		return "is empty";
	if (size >= FOTA_IMAGE_NAME)
		return "is too long";
	if (fota_utf8_check(name, size) != size)
		return "is not UTF-8";
	if (name[0] == '/' || (size > 1 && name[1] == ':'))
		return "is absolute";
	if (name[size - 1] == '/')
		size--;
	for (size_t i = 0; i <= size; i++)
	{
		if (i < size && (name[i] < 0x20 || name[i] == 0x7f))
			return "has a control character";
		if (i < size && name[i] == '\\')
			return "has a backslash";
		if (i < size && name[i] != '/')
			continue;
		if (is_dots(name + begin, i - begin))
			return "leaves the archive";
		begin = i + 1;
	}
	return NULL;
}

/* A name for an error: what is no plain character is shown as '?'. */
static void
show_name(const uint8_t *name, size_t size, char out[80])
{
	size_t		used = size < 79 ? size : 79;

	for (size_t i = 0; i < used; i++)
		out[i] = name[i] >= 0x20 && name[i] < 0x7f ? (char) name[i] : '?';
	out[used] = '\0';
}

/* --- members ------------------------------------------------------------------------------ */

const fota_member *
fota_image_member_find(const fota_image *image, const char *name, size_t size)
{
	for (size_t i = 0; i < image->member_count; i++)
		if (strlen(image->members[i].name) == size && memcmp(image->members[i].name, name, size) == 0)
			return &image->members[i];
	return NULL;
}

static bool
make_room(fota_ctx *ctx, fota_image *image)
{
	size_t		room = image->member_room ? 2 * image->member_room : 16;
	fota_member *list;

	if (image->member_count < image->member_room)
		return true;
	list = fota_alloc_array(ctx, room, sizeof(fota_member));
	if (list == NULL)
		return false;
	if (image->member_count > 0)
		memcpy(list, image->members, image->member_count * sizeof(fota_member));
	fota_free(ctx, image->members);
	image->members = list;
	image->member_room = room;
	return true;
}

fota_member *
fota_image_member(fota_ctx *ctx, fota_image *image, const fota_image_options *options, const char *format,
				  uint64_t offset, const uint8_t *name, size_t size)
{
	size_t		most = options->limits.members ? options->limits.members : FOTA_MAX_MEMBERS;
	const char *fault = name_fault(name, size);
	fota_member *member;
	char		shown[80];

	show_name(name, size, shown);
	if (fault != NULL)
	{
		fota_fail(ctx, FOTA_UNSAFE_NAME, offset, 0, "%s: member name \"%s\" %s", format, shown, fault);
		return NULL;
	}
	if (fota_image_member_find(image, (const char *) name, size) != NULL)
	{
		fota_fail(ctx, FOTA_DUPLICATE, offset, 0, "%s: member \"%s\" occurs twice", format, shown);
		return NULL;
	}
	if (image->member_count >= most)
	{
		fota_fail(ctx, FOTA_LIMIT, offset, 0, "%s: more than %zu members", format, most);
		return NULL;
	}
	if (!make_room(ctx, image))
		return NULL;
	member = &image->members[image->member_count++];
	memset(member, 0, sizeof(*member));
	memcpy(member->name, name, size);
	return member;
}

/* --- files as they are -------------------------------------------------------------------- */

fota_status
fota_image_whole(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	if (file.size == 0)
		return fota_fail(ctx, FOTA_TRUNCATED, FOTA_NOWHERE, 0, "%s: the file is empty", image->codec->name);
	if (options->base > UINT64_MAX - file.size)
		return fota_fail(ctx, FOTA_RANGE, FOTA_NOWHERE, 0, "%s: %zu bytes at 0x%llX run past the last address",
						 image->codec->name, file.size, (unsigned long long) options->base);
	image->segments = fota_alloc_array(ctx, 1, sizeof(fota_segment));
	if (image->segments == NULL)
		return ctx->error.code;
	image->segments[0] = (fota_segment) {options->base, file.size, file.data, FOTA_SPACE_FLASH};
	image->segment_count = 1;
	image->bytes = file.size;
	return FOTA_OK;
}

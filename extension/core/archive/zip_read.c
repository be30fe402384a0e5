/* SPDX-License-Identifier: PostgreSQL */
/*
 * zip_read.c: the members of a zip archive. The central directory is the authority, and the local headers must agree
 * with it: two readers that trust one or the other must see the same files. See archive.h.
 */
#include "zip_entry.h"

#include "../unpack.h"

#include <string.h>

#define LOCAL_SIZE 30
#define UNIX 3					/* made by: the upper half of the attributes is a mode */
#define MODE_TYPE 0170000
#define MODE_FILE 0100000
#define MODE_FOLDER 0040000
#define MODE_LINK 0120000

/* Where a member lies: from its local header to the end of its data, or of the record behind it. */
typedef struct extent
{
	uint64_t	from;
	uint64_t	to;
	size_t		member;
	uint32_t	stamp;			/* time and date, and .. */
	unsigned	flags;			/* .. flags and .. */
	unsigned	method;			/* .. method as the central directory has them */
} extent;

typedef struct reader
{
	fota_ctx   *ctx;
	fota_bytes	file;
	const fota_image_options *options;
	fota_image *image;
	const char *format;
	fota_zip_end end;
	extent	   *extents;
	uint64_t	unpacked;		/* sum of the members' sizes */
} reader;

static fota_status
fail_fault(reader *r, const fota_zip_fault *fault)
{
	return fota_fail(r->ctx, fault->code, fault->offset, 0, "%s: %s", r->format, fault->text);
}

/* --- the central directory ----------------------------------------------------------------- */

static fota_status
check_kind(reader *r, const fota_zip_entry *e, const char *name)
{
	uint32_t	type = e->made_by == UNIX ? (e->attributes >> 16) & MODE_TYPE : 0;

	if (e->flags & (FOTA_ZIP_ENCRYPTED | FOTA_ZIP_STRONG | FOTA_ZIP_MASKED))
		return fota_fail(r->ctx, FOTA_UNSUPPORTED, e->at + 8, 0, "%s: member \"%s\" is encrypted", r->format, name);
	if (e->flags & FOTA_ZIP_PATCH)
		return fota_fail(r->ctx, FOTA_UNSUPPORTED, e->at + 8, 0, "%s: member \"%s\" is a patch", r->format, name);
	if (e->method != 0 && e->method != 8)
		return fota_fail(r->ctx, FOTA_UNSUPPORTED, e->at + 10, 0,
						 "%s: member \"%s\": compression method %u, expected 0 (stored) or 8 (deflate)", r->format, name,
						 e->method);
	if (type == MODE_LINK)
		return fota_fail(r->ctx, FOTA_UNSAFE_NAME, e->at + 38, 0,
						 "%s: member \"%s\" is a symbolic link, which is not allowed", r->format, name);
	if (type != 0 && type != MODE_FILE && type != MODE_FOLDER)
		return fota_fail(r->ctx, FOTA_UNSAFE_NAME, e->at + 38, 0, "%s: member \"%s\" is a device or the like", r->format,
						 name);
	return FOTA_OK;
}

static fota_status
check_sizes(reader *r, const fota_zip_entry *e, const char *name)
{
	uint64_t	most = r->options->limits.unpacked ? r->options->limits.unpacked : FOTA_MAX_UNPACKED;
	uint64_t	ratio = r->options->limits.ratio ? r->options->limits.ratio : FOTA_MAX_RATIO;

	if (e->packed > r->file.size)
		return fota_fail(r->ctx, FOTA_TRUNCATED, e->at + 20, 0, "%s: member \"%s\" has %llu bytes, the file only %zu",
						 r->format, name, (unsigned long long) e->packed, r->file.size);
	if (e->method == 0 && e->packed != e->size)
		return fota_fail(r->ctx, FOTA_SYNTAX, e->at + 20, 0,
						 "%s: member \"%s\" is stored, but has %llu bytes packed and %llu unpacked", r->format, name,
						 (unsigned long long) e->packed, (unsigned long long) e->size);
	if (e->size > (1 << 20) && e->size / ratio >= e->packed)
	{
		fota_fail(r->ctx, FOTA_LIMIT, e->at + 24, 0,
				  "%s: member \"%s\" expands %llu:1 from %llu to %llu bytes, at most %llu:1 is allowed", r->format, name,
				  (unsigned long long) (e->size / (e->packed ? e->packed : 1)), (unsigned long long) e->packed,
				  (unsigned long long) e->size, (unsigned long long) ratio);
		return fota_fail_hint(r->ctx, "The limit of the expansion ratio can be raised.");
	}
	if (!fota_add_u64(r->unpacked, e->size, &r->unpacked) || r->unpacked > most)
	{
		fota_fail(r->ctx, FOTA_LIMIT, e->at + 24, 0,
				  "%s: the members up to \"%s\" have %llu bytes unpacked, at most %llu are allowed", r->format, name,
				  (unsigned long long) r->unpacked, (unsigned long long) most);
		return fota_fail_hint(r->ctx, "The limit of what a compressed file may hold can be raised.");
	}
	return FOTA_OK;
}

static fota_status
add_entry(reader *r, const fota_zip_entry *e)
{
	fota_member *member = fota_image_member(r->ctx, r->image, r->options, r->format, e->at, e->name, e->name_size);
	fota_status status;
	bool		folder;

	if (member == NULL)
		return r->ctx->error.code;
	folder = e->name[e->name_size - 1] == '/';
	member->method = folder ? "folder" : e->method == 8 ? "deflate" : "stored";
	member->size = e->size;
	member->packed = e->packed;
	member->crc = e->crc;
	member->offset = e->header;
	status = check_kind(r, e, member->name);
	if (status == FOTA_OK && folder && e->size != 0)
		status = fota_fail(r->ctx, FOTA_SYNTAX, e->at, 0, "%s: folder \"%s\" has %llu bytes", r->format, member->name,
						   (unsigned long long) e->size);
	return status == FOTA_OK ? check_sizes(r, e, member->name) : status;
}

static void
sort_extents(extent *list, size_t count)
{
	for (size_t gap = count / 2; gap > 0; gap /= 2)
		for (size_t i = gap; i < count; i++)
		{
			extent		x = list[i];
			size_t		k = i;

			for (; k >= gap && list[k - gap].from > x.from; k -= gap)
				list[k] = list[k - gap];
			list[k] = x;
		}
}

/* Entries that share a local header are the classic way to a bomb. */
static fota_status
check_shared(reader *r)
{
	size_t		count = (size_t) r->end.count;

	for (size_t i = 0; i < count;)
	{
		size_t		k = i + 1;

		while (k < count && r->extents[k].from == r->extents[i].from)
			k++;
		if (k - i > 1)
			return fota_fail(r->ctx, FOTA_DUPLICATE, r->extents[i].from, 0,
							 "%s: %zu entries share one local header at offset 0x%llX (overlapping entries)", r->format,
							 k - i, (unsigned long long) r->extents[i].from);
		i = k;
	}
	return FOTA_OK;
}

static fota_status
read_directory(reader *r)
{
	size_t		most = r->options->limits.members ? r->options->limits.members : FOTA_MAX_MEMBERS;
	fota_zip_entry entry = {.next = r->end.directory};
	fota_zip_fault fault;
	fota_status status = FOTA_OK;

	if (r->end.count > most)
		return fota_fail(r->ctx, FOTA_LIMIT, r->end.at, 0, "%s: %llu members, at most %zu are allowed", r->format,
						 (unsigned long long) r->end.count, most);
	r->extents = fota_alloc_array(r->ctx, r->end.count ? (size_t) r->end.count : 1, sizeof(extent));
	if (r->extents == NULL)
		return r->ctx->error.code;
	for (size_t i = 0; i < r->end.count; i++)
	{
		if (!fota_zip_next(r->file, &r->end, &entry, &fault))
			return fail_fault(r, &fault);
		r->extents[i] = (extent) {entry.header, 0, i, entry.stamp, entry.flags, entry.method};
	}
	sort_extents(r->extents, (size_t) r->end.count);
	status = check_shared(r);
	entry.next = r->end.directory;
	for (size_t i = 0; i < r->end.count && status == FOTA_OK; i++)
	{
		fota_zip_next(r->file, &r->end, &entry, &fault);
		status = add_entry(r, &entry);
	}
	if (status == FOTA_OK && entry.next != r->end.directory + r->end.size)
		return fota_fail(r->ctx, FOTA_SYNTAX, entry.next, 0, "%s: the central directory has more than its %llu entries",
						 r->format, (unsigned long long) r->end.count);
	return status;
}

/* --- local headers ------------------------------------------------------------------------- */

/* The sums and sizes that follow the data when the header had none yet. */
static fota_status
read_descriptor(reader *r, const fota_member *m, uint64_t limit, uint64_t *end)
{
	uint64_t	at = *end;
	uint64_t	room = limit - at;
	const uint8_t *p = r->file.data + at;
	size_t		sig = room >= 4 && memcmp(p, "PK\7\10", 4) == 0 ? 4 : 0;

	if (room >= sig + 12 && fota_get_u32le(p + sig) == m->crc && fota_get_u32le(p + sig + 4) == m->packed &&
		fota_get_u32le(p + sig + 8) == m->size)
		*end += sig + 12;
	else if (room >= sig + 20 && fota_get_u32le(p + sig) == m->crc && fota_get_u64le(p + sig + 4) == m->packed &&
			 fota_get_u64le(p + sig + 12) == m->size)
		*end += sig + 20;
	else
		return fota_fail(r->ctx, FOTA_SYNTAX, at, 0,
						 "%s: member \"%s\": what follows its data at offset 0x%llX differs from the central directory",
						 r->format, m->name, (unsigned long long) at);
	return FOTA_OK;
}

static fota_status
differs(reader *r, const fota_member *m, uint64_t at, const char *what, uint64_t local, uint64_t central)
{
	return fota_fail(r->ctx, FOTA_SYNTAX, at, 0,
					 "%s: member \"%s\": the local header says %s 0x%llX, the central directory 0x%llX", r->format,
					 m->name, what, (unsigned long long) local, (unsigned long long) central);
}

/* Compares what the header at p says; the flags that matter are compared whole. */
static fota_status
compare_local(reader *r, const fota_member *m, const extent *e, const uint8_t *p)
{
	uint64_t	at = e->from;
	bool		later = fota_get_u16le(p + 6) & FOTA_ZIP_DESCRIPTOR;
	unsigned	method = fota_get_u16le(p + 8);
	uint64_t	packed = fota_get_u32le(p + 18);
	uint64_t	size = fota_get_u32le(p + 22);
	uint32_t	crc = fota_get_u32le(p + 14);
	uint64_t   *wide[2] = {&size, &packed};
	size_t		name = fota_get_u16le(p + 26);

	if (name != strlen(m->name) || memcmp(p + LOCAL_SIZE, m->name, name) != 0)
		return fota_fail(r->ctx, FOTA_SYNTAX, at + LOCAL_SIZE, 0,
						 "%s: member \"%s\" has another name in its local header at offset 0x%llX", r->format, m->name,
						 (unsigned long long) at);
	if (fota_get_u16le(p + 6) & (FOTA_ZIP_ENCRYPTED | FOTA_ZIP_STRONG | FOTA_ZIP_MASKED))
		return fota_fail(r->ctx, FOTA_UNSUPPORTED, at + 6, 0, "%s: member \"%s\" is encrypted", r->format, m->name);
	if (fota_get_u16le(p + 6) != e->flags)
		return differs(r, m, at + 6, "flags", fota_get_u16le(p + 6), e->flags);
	if (fota_get_u32le(p + 10) != e->stamp)
		return differs(r, m, at + 10, "time", fota_get_u32le(p + 10), e->stamp);
	if (method != e->method)
		return differs(r, m, at + 8, "method", method, e->method);
	if (!fota_zip_wide(p + LOCAL_SIZE + name, fota_get_u16le(p + 28), wide, 2))
		return fota_fail(r->ctx, FOTA_SYNTAX, at, 0, "%s: member \"%s\": the extra field is damaged", r->format, m->name);
	if (crc != m->crc && !(later && crc == 0))
		return differs(r, m, at + 14, "CRC-32", crc, m->crc);
	if (packed != m->packed && !(later && packed == 0))
		return differs(r, m, at + 18, "packed size", packed, m->packed);
	if (size != m->size && !(later && size == 0))
		return differs(r, m, at + 22, "size", size, m->size);
	return FOTA_OK;
}

/* Reads the local header of an extent and finds its end; limit is where the next one begins. */
static fota_status
read_local(reader *r, extent *e, uint64_t limit)
{
	fota_member *m = &r->image->members[e->member];
	const uint8_t *p = r->file.data + e->from;
	uint64_t	data;
	fota_status status;

	if (e->from > r->end.directory || r->end.directory - e->from < LOCAL_SIZE)
		return fota_fail(r->ctx, FOTA_TRUNCATED, e->from, 0,
						 "%s: member \"%s\": its local header at offset 0x%llX is outside the file", r->format, m->name,
						 (unsigned long long) e->from);
	if (memcmp(p, "PK\3\4", 4) != 0)
		return fota_fail(r->ctx, FOTA_SYNTAX, e->from, 0, "%s: member \"%s\": no local header at offset 0x%llX", r->format,
						 m->name, (unsigned long long) e->from);
	data = e->from + LOCAL_SIZE + fota_get_u16le(p + 26) + fota_get_u16le(p + 28);
	if (data > r->end.directory || r->end.directory - data < m->packed)
		return fota_fail(r->ctx, FOTA_TRUNCATED, e->from, 0, "%s: member \"%s\" at offset 0x%llX runs past the file",
						 r->format, m->name, (unsigned long long) e->from);
	e->to = data + m->packed;
	if (e->to > limit)
		return fota_fail(r->ctx, FOTA_DUPLICATE, e->from, 0,
						 "%s: member \"%s\" at offset 0x%llX overlaps the next one at 0x%llX (overlapping entries)",
						 r->format, m->name, (unsigned long long) e->from, (unsigned long long) limit);
	status = compare_local(r, m, e, p);
	m->offset = data;
	if (status == FOTA_OK && (fota_get_u16le(p + 6) & FOTA_ZIP_DESCRIPTOR))
		status = read_descriptor(r, m, limit, &e->to);
	return status;
}

static fota_status
read_locals(reader *r)
{
	size_t		count = (size_t) r->end.count;
	uint64_t	at = 0;
	fota_status status = FOTA_OK;

	for (size_t i = 0; i <= count && status == FOTA_OK; i++)
	{
		uint64_t	from = i < count ? r->extents[i].from : r->end.directory;

		if (from > at && from <= r->end.directory)
			return fota_fail(r->ctx, FOTA_TRAILING, at, 0, "%s: %llu bytes at offset 0x%llX belong to no member", r->format,
							 (unsigned long long) (from - at), (unsigned long long) at);
		if (i == count)
			break;
		status = read_local(r, &r->extents[i], i + 1 < count && r->extents[i + 1].from < r->end.directory ?
							r->extents[i + 1].from : r->end.directory);
		at = r->extents[i].to;
	}
	return status;
}

/* --- data ---------------------------------------------------------------------------------- */

static fota_status
sum_stored(reader *r, const fota_member *m, uint32_t *crc)
{
	*crc = 0;
	for (uint64_t done = 0; done < m->size;)
	{
		size_t		step = m->size - done < FOTA_POLL_EVERY ? (size_t) (m->size - done) : FOTA_POLL_EVERY;
		fota_status status = fota_poll(r->ctx, step);

		if (status != FOTA_OK)
			return status;
		*crc = fota_crc32(*crc, r->file.data + m->offset + done, step);
		done += step;
	}
	return FOTA_OK;
}

/* Inflates a member into out, or nowhere, and compares what came out with what was said. */
static fota_status
inflate_member(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *m,
			   const fota_image_limits *limits, fota_buf *out, uint32_t *crc)
{
	fota_bytes	packed = {file.data + m->offset, (size_t) m->packed};
	fota_inflated got;
	char		what[FOTA_IMAGE_TEXT];
	fota_status status;

	fota_format(what, sizeof(what), "%s: member \"%.120s\"", image->codec->name, m->name);
	status = fota_inflate(ctx, packed, limits, what, out, &got);
	if (status == FOTA_OK && got.packed != m->packed)
		status = fota_fail(ctx, FOTA_TRAILING, m->offset + got.packed, 0,
						   "%s: its compressed stream ends %llu bytes early", what,
						   (unsigned long long) (m->packed - got.packed));
	if (status == FOTA_OK && got.size != m->size)
		status = fota_fail(ctx, FOTA_CHECKSUM, m->offset, 0, "%s: %llu bytes come out, the directory says %llu", what,
						   (unsigned long long) got.size, (unsigned long long) m->size);
	*crc = got.crc;
	return status;
}

static fota_status
check_sums(reader *r)
{
	for (size_t i = 0; i < r->image->member_count; i++)
	{
		const fota_member *m = &r->image->members[i];
		uint32_t	crc = 0;
		fota_status status = m->method[0] == 'd' ?
			inflate_member(r->ctx, r->file, r->image, m, &r->options->limits, NULL, &crc) : sum_stored(r, m, &crc);

		if (status != FOTA_OK)
			return status;
		if (crc != m->crc)
			return fota_fail(r->ctx, FOTA_CHECKSUM, m->offset, 0, "%s: member \"%s\": CRC-32 is 0x%08X, computed 0x%08X",
							 r->format, m->name, m->crc, crc);
	}
	return FOTA_OK;
}

fota_status
fota_zip_list(fota_ctx *ctx, fota_bytes file, const fota_image_options *options, fota_image *image)
{
	reader		r = {.ctx = ctx, .file = file, .options = options, .image = image, .format = image->codec->name};
	fota_zip_fault fault;
	fota_status status;

	if (!fota_zip_find_end(file, &r.end, &fault))
		return fail_fault(&r, &fault);
	status = read_directory(&r);
	if (status == FOTA_OK)
		status = read_locals(&r);
	fota_free(ctx, r.extents);
	return status == FOTA_OK ? check_sums(&r) : status;
}

/* --- taking members out --------------------------------------------------------------------- */

fota_status
fota_archive_take(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member,
				  const fota_image_options *options, fota_buf *out)
{
	uint32_t	crc;

	if (member->method == NULL || member->method[0] != 'd')
		return fota_buf_append(ctx, out, file.data + member->offset, (size_t) member->size);
	return inflate_member(ctx, file, image, member, &options->limits, out, &crc);
}

fota_status
fota_archive_open(fota_ctx *ctx, fota_bytes file, const fota_image *image, const fota_member *member, uint64_t most,
				  fota_buf *out, fota_bytes *bytes)
{
	fota_image_limits limits = {.unpacked = most};
	uint32_t	crc;
	fota_status status = FOTA_OK;

	fota_buf_init(out, 0);
	if (member->size > most)
		return fota_fail(ctx, FOTA_LIMIT, member->offset, 0, "%s: \"%s\" has %llu bytes, at most %llu are allowed",
						 image->codec->name, member->name, (unsigned long long) member->size, (unsigned long long) most);
	*bytes = (fota_bytes) {file.data + member->offset, (size_t) member->size};
	if (member->method != NULL && member->method[0] == 'd')
	{
		status = inflate_member(ctx, file, image, member, &limits, out, &crc);
		*bytes = (fota_bytes) {out->data, out->size};
	}
	return status;
}

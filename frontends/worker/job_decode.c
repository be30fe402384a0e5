/* SPDX-License-Identifier: PostgreSQL */
/*
 * job_decode.c: finds out what an uploaded file is, checks it, and makes the payload that devices get.
 *
 * Most formats are known by the file's beginning, some by its end: for these a file of at most DETECT_HELD bytes is
 * read whole before it is called raw. A raw file whose payload is the file itself, the one kind that may be very
 * large, passes through in chunks; any other is held in memory.
 */
#include "job_io.h"

#include "image_json.h"

#include <stdio.h>
#include <string.h>

#define DETECT_HELD ((uint64_t) 64 << 20)

typedef struct decoding
{
	job		   *job;
	uint8_t    *held;			/* the file, or NULL */
	fota_image_options options;
	fota_image	image;
	uint8_t		content_id[FOTA_SHA256_SIZE];
	job_digests file;			/* SHA-1 and MD5; the SHA-256 is checked while reading */
	bool		is_file;		/* the payload is the file */
	fota_buf	payload;
	job_digests payload_digests;
	fota_hash	content;		/* of a raw file in chunks */
} decoding;

/* Waivers, one per line. */
static job_end
read_options(decoding *d)
{
	const char *text = d->job->waivers;

	if (d->job->layouts[0] != '\0')
		d->options.layouts = (fota_bytes) {(const uint8_t *) d->job->layouts, strlen(d->job->layouts)};

	if (d->job->payload.has_base)
		d->options.base = d->job->payload.base;
	while (*text != '\0')
	{
		size_t		size = strcspn(text, "\n");

		if (fota_image_waiver(&d->job->ctx, &d->options, text, size) != FOTA_OK)
			return job_fail_core(d->job);
		text += size + (text[size] == '\n');
	}
	return JOB_DONE;
}

static void
detect(job *job, const uint8_t *data, size_t size)
{
	const char *reason;
	int			confidence;

	snprintf(job->format, sizeof(job->format), "%s",
			 fota_image_detect((fota_bytes) {data, size}, &confidence, &reason)->name);
}

/* Fills job->format when it is to be found out. */
static job_end
find_format(decoding *d)
{
	static uint8_t head[JOB_CHUNK];
	job		   *job = d->job;
	size_t		size;
	job_end		end;

	/* Layouts are tried by the core, on the whole file. */
	if (job->format[0] != '\0' || (job->layouts[0] != '\0' && job->file.size <= DETECT_HELD))
		return JOB_DONE;
	end = job_peek(job, &job->file, head, sizeof(head), &size);
	if (end != JOB_DONE)
		return end;
	detect(job, head, size);
	if (strcmp(job->format, "raw") != 0 || size >= job->file.size || job->file.size > DETECT_HELD)
		return JOB_DONE;
	end = job_read_all(job, &job->file, &d->held);
	if (end == JOB_DONE)
		detect(job, d->held, (size_t) job->file.size);
	return end;
}

/* True when every byte of a raw file, and no other, is in the payload. */
static bool
passes_through(const job *job)
{
	return strcmp(job->format, "raw") == 0 &&
		(job->payload.kind != FOTA_PAYLOAD_FLAT || !job->payload.has_length || job->payload.length == job->file.size);
}

static job_end
check_size(const decoding *d)
{
	uint64_t	size = d->is_file ? d->job->file.size : d->payload.size;
	uint64_t	most = d->job->payload.max_size;

	if (most == 0 || size <= most)
		return JOB_DONE;
	return job_fail(d->job, "UF006", false, "%s: the payload has %llu bytes, at most %llu are allowed",
					d->image.format, (unsigned long long) size, (unsigned long long) most);
}

/* --- a raw file in chunks ---------------------------------------------------------------------- */

static job_end
pass_chunk(void *arg, const uint8_t *data, size_t size)
{
	decoding   *d = arg;

	if (fota_hash_update(&d->job->ctx, &d->content, data, size) != FOTA_OK)
		return job_fail_core(d->job);
	return job_digests_update(d->job, &d->file, data, size);
}

/* The codec sees the file's beginning, and the segment is made as long as the file. */
static job_end
pass_through(decoding *d)
{
	static uint8_t begin[JOB_CHUNK];
	job		   *job = d->job;
	uint8_t		head[16];
	size_t		size;
	job_end		end = job_peek(job, &job->file, begin, sizeof(begin), &size);

	if (end != JOB_DONE)
		return end;
	if (fota_image_decode(&job->ctx, (fota_bytes) {begin, size}, "raw", &d->options, &d->image) != FOTA_OK ||
		fota_hash_init(&job->ctx, &d->content, FOTA_HASH_SHA256) != FOTA_OK)
		return job_fail_core(job);
	d->image.bytes = d->image.segments[0].size = job->file.size;
	d->is_file = true;
	if ((end = check_size(d)) != JOB_DONE)
		return end;
	fota_put_u64be(head, d->image.segments[0].address);
	fota_put_u64be(head + 8, d->image.segments[0].size);
	if (fota_hash_update(&job->ctx, &d->content, head, sizeof(head)) != FOTA_OK)
		return job_fail_core(job);
	end = job_digests_begin(job, &d->file, 2);
	if (end == JOB_DONE)
		end = job_read(job, &job->file, pass_chunk, d);
	if (end == JOB_DONE)
		end = job_digests_end(job, &d->file);
	if (end == JOB_DONE && fota_hash_final(&job->ctx, &d->content, d->content_id) != FOTA_OK)
		return job_fail_core(job);
	return end;
}

/* --- a file in memory -------------------------------------------------------------------------- */

static job_end
decode_held(decoding *d)
{
	job		   *job = d->job;
	fota_bytes	file = {NULL, (size_t) job->file.size};
	job_end		end = d->held != NULL ? JOB_DONE : job_read_all(job, &job->file, &d->held);

	file.data = d->held;
	if (end == JOB_DONE)
		end = job_digests_of(job, &d->file, file.data, file.size);
	if (end != JOB_DONE)
		return end;
	if (fota_image_decode(&job->ctx, file, job->format[0] != '\0' ? job->format : NULL, &d->options, &d->image) != FOTA_OK ||
		fota_image_content_id(&job->ctx, &d->image, d->content_id) != FOTA_OK ||
		fota_image_payload(&job->ctx, file, &d->image, &job->payload, &d->options, &d->is_file, &d->payload) != FOTA_OK)
		return job_fail_core(job);
	if ((end = check_size(d)) != JOB_DONE || d->is_file)
		return end;
	end = job_digests_of(job, &d->payload_digests, d->payload.data, d->payload.size);
	return end == JOB_DONE ? job_put_all(job, d->payload.data, d->payload.size) : end;
}

/* --- the result -------------------------------------------------------------------------------- */

static job_end
tell_payload(decoding *d)
{
	job		   *job = d->job;
	job_end		end;

	if (d->is_file)
		return job_result(job, ",\"payload\":null");
	end = job_result(job, ",\"payload\":{");
	if (end == JOB_DONE)
		end = job_result_hex(job, "sha256", d->payload_digests.sha256, sizeof(d->payload_digests.sha256));
	if (end == JOB_DONE)
		end = job_result_hex(job, "sha1", d->payload_digests.sha1, sizeof(d->payload_digests.sha1));
	if (end == JOB_DONE)
		end = job_result_hex(job, "md5", d->payload_digests.md5, sizeof(d->payload_digests.md5));
	if (end == JOB_DONE)
		end = job_result_number(job, "size", d->payload.size);
	return end == JOB_DONE ? job_result(job, "}") : end;
}

static job_end
tell(decoding *d)
{
	job		   *job = d->job;
	job_end		end = job_result(job, "{\"format\":\"");

	if (end == JOB_DONE)
		end = job_result(job, d->image.format);
	if (end == JOB_DONE)
		end = job_result(job, "\"");
	if (end == JOB_DONE)
		end = job_result_hex(job, "sha1", d->file.sha1, sizeof(d->file.sha1));
	if (end == JOB_DONE)
		end = job_result_hex(job, "md5", d->file.md5, sizeof(d->file.md5));
	if (end == JOB_DONE)
		end = job_result_hex(job, "content_id", d->content_id, sizeof(d->content_id));
	if (end == JOB_DONE)
		end = tell_payload(d);
	if (end == JOB_DONE)
		end = job_result(job, ",\"metadata\":");
	if (end == JOB_DONE && fota_image_metadata_json(&job->ctx, &d->image, &job->result) != FOTA_OK)
		return job_fail_core(job);
	if (end == JOB_DONE)
		end = job_result(job, ",\"warnings\":");
	if (end == JOB_DONE && fota_image_warnings_json(&job->ctx, &d->image, &job->result) != FOTA_OK)
		return job_fail_core(job);
	return end == JOB_DONE ? job_result(job, "}") : end;
}

job_end
job_decode(job *job)
{
	static decoding d;			/* once per process: an image's lists are too large for a stack */
	job_end		end;

	d.job = job;
	if ((end = read_options(&d)) != JOB_DONE || (end = find_format(&d)) != JOB_DONE)
		return end;
	end = d.held == NULL && passes_through(job) ? pass_through(&d) : decode_held(&d);
	return end == JOB_DONE ? tell(&d) : end;
}

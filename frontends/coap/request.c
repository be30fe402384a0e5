/* SPDX-License-Identifier: PostgreSQL */
/* request.c: one walk over the options. */
#include "request.h"

#include <string.h>

/* A segment of the path; what is too long for any of ours becomes "". */
static void
read_part(request *r, const uint8_t *value, size_t size)
{
	if (r->parts == REQUEST_PARTS)
		return;
	if (size < REQUEST_PART_SIZE && memchr(value, '\0', size) == NULL)
		memcpy(r->part[r->parts], value, size);
	r->parts++;
}

static void
read_query(request *r, const uint8_t *value, size_t size)
{
	if (size < 2 || value[0] != 'd' || value[1] != '=')
		return;
	value += 2;
	size -= 2;
	r->has_child = true;
	r->child_bad = size == 0 || size >= sizeof r->child;
	for (size_t i = 0; i < size && !r->child_bad; i++)
		r->child_bad = !((value[i] >= 'a' && value[i] <= 'z') || (value[i] >= 'A' && value[i] <= 'Z') ||
						 (value[i] >= '0' && value[i] <= '9') || strchr("._-", value[i]) != NULL);
	if (!r->child_bad)
		memcpy(r->child, value, size);
}

static void
read_option(request *r, int number, const uint8_t *value, size_t size)
{
	switch (number)
	{
		case COAP_OPTION_URI_PATH:
			read_part(r, value, size);
			break;
		case COAP_OPTION_URI_QUERY:
			read_query(r, value, size);
			break;
		case COAP_OPTION_CONTENT_FORMAT:
			r->format = (int) coap_decode_var_bytes(value, size);
			break;
		case COAP_OPTION_ACCEPT:
			r->accept = (int) coap_decode_var_bytes(value, size);
			break;
		case COAP_OPTION_BLOCK1:
			r->has_block1 = block_read(value, size, &r->block1);
			r->bad = r->has_block1 ? r->bad : "Block1 has a reserved size";
			break;
		case COAP_OPTION_BLOCK2:
			r->has_block2 = block_read(value, size, &r->block2);
			r->bad = r->has_block2 ? r->bad : "Block2 has a reserved size";
			break;
		case COAP_OPTION_SIZE1:
			r->size1 = size <= 4 ? (int64_t) coap_decode_var_bytes(value, size) : -1;
			break;
		case COAP_OPTION_RTAG:
			if (size <= REQUEST_TAG_MAX)
			{
				r->tag_size = (int) size;
				memcpy(r->tag, value, size);
			}
			break;
		case COAP_OPTION_IF_MATCH:
			r->bad_option = "If-Match is not known here";
			break;
		case COAP_OPTION_IF_NONE_MATCH:
			r->bad_option = "If-None-Match is not known here";
			break;
		default:
			break;
	}
}

void
request_read(const coap_pdu_t *pdu, request *out)
{
	coap_opt_iterator_t at;
	coap_opt_t *option;
	const uint8_t *body;
	size_t		size;

	memset(out, 0, offsetof(request, body));
	out->method = (int) coap_pdu_get_code(pdu);
	out->format = out->accept = out->tag_size = -1;
	out->size1 = -1;
	coap_option_iterator_init(pdu, &at, COAP_OPT_ALL);
	while ((option = coap_option_next(&at)) != NULL)
		read_option(out, at.number, coap_opt_value(option), coap_opt_length(option));
	if (coap_get_data(pdu, &size, &body) == 1 && size <= sizeof out->body)
	{
		memcpy(out->body, body, size);
		out->size = size;
	}
}

int
request_number(const char *part, int lowest)
{
	int64_t		value = 0;

	if (*part == '\0' || (*part == '0' && part[1] != '\0'))
		return -1;
	for (; *part; part++)
	{
		if (*part < '0' || *part > '9')
			return -1;
		value = value * 10 + (*part - '0');
		if (value > INT32_MAX)
			return -1;
	}
	return value < lowest ? -1 : (int) value;
}

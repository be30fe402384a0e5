/* SPDX-License-Identifier: PostgreSQL */
/*
 * strict.h: a look at the raw header of a request for what libh2o lets pass and RFC 9112
 * forbids or makes ambiguous (request smuggling). Pure.
 */
#ifndef HTTPS_STRICT_H
#define HTTPS_STRICT_H

#include <stddef.h>

/*
 * raw begins with the request line of a request with this method. NULL = nothing wrong, or
 * raw does not begin so; else a sentence for the 400.
 */
const char *strict_check(const char *raw, size_t size, const char *method);

#endif

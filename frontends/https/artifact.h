/* SPDX-License-Identifier: PostgreSQL */
/* artifact.h: an artifact of an open action over HTTP: grant, cache, ranges, conditions. */
#ifndef HTTPS_ARTIFACT_H
#define HTTPS_ARTIFACT_H

#include "engine.h"

/*
 * Answers a GET or HEAD. child: ?d= of a gateway, or NULL. file_name: what the path calls it,
 * which must be its name, or NULL; md5sum: its MD5SUM file instead of the bytes.
 */
void		artifact_send(request *r, const api_identity *who, int action, int item, const char *child,
						  const char *file_name, bool md5sum);

#endif

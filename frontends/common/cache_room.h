/* SPDX-License-Identifier: PostgreSQL */
/* cache_room.h: room for a new file in the cache's folder. Called by cache.c. */
#ifndef FE_CACHE_ROOM_H
#define FE_CACHE_ROOM_H

#include <stdint.h>

/*
 * Removes the files that were read longest ago until so many bytes and a twentieth of the
 * disk are free. Maps of a removed file stay good.
 */
void		cache_make_room(const char *dir, uint64_t need);

#endif

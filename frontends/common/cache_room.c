/* SPDX-License-Identifier: PostgreSQL */
/* cache_room.c: see cache_room.h. */
#include "cache_room.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "log.h"

#define PATH_SIZE 512

typedef struct victim
{
	char		path[PATH_SIZE];
	int64_t		used;
	int64_t		size;
} victim;

/* The file that was read longest ago; false when there is none. */
static bool
find_victim(const char *dir, victim *out)
{
	bool		found = false;

	for (int i = 0; i < 256; i++)
	{
		char		name[PATH_SIZE];
		DIR		   *folder;
		struct dirent *e;

		snprintf(name, sizeof name, "%s/%02x", dir, i);
		folder = opendir(name);
		while (folder != NULL && (e = readdir(folder)) != NULL)
		{
			char		path[PATH_SIZE];
			struct stat st;

			if (e->d_name[0] == '.' || strlen(e->d_name) != 62)
				continue;
			if ((size_t) snprintf(path, sizeof path, "%s/%02x/%.62s", dir, i, e->d_name) >= sizeof path)
				continue;
			if (stat(path, &st) != 0 || (found && st.st_atime >= out->used))
				continue;
			found = true;
			memcpy(out->path, path, sizeof path);
			out->used = st.st_atime;
			out->size = st.st_size;
		}
		if (folder != NULL)
			closedir(folder);
	}
	return found;
}

/* Removes what was used longest ago until so many bytes and a twentieth of the disk are free. */
void
cache_make_room(const char *dir, uint64_t need)
{
	struct statvfs fs;
	victim		v;

	for (int i = 0; i < 1000; i++)
	{
		uint64_t	avail;

		if (statvfs(dir, &fs) != 0)
			return;
		avail = (uint64_t) fs.f_bavail * fs.f_frsize;
		/* What never fits is no reason to remove all the others. */
		if (need > (uint64_t) fs.f_blocks * fs.f_frsize)
			return;
		if (avail >= need + (uint64_t) fs.f_blocks * fs.f_frsize / 20)
			return;
		if (!find_victim(dir, &v) || unlink(v.path) != 0)
			return;
		log_info("cache removed file=%s bytes=%lld", v.path, (long long) v.size);
	}
}

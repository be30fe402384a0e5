/* SPDX-License-Identifier: PostgreSQL */
/*
 * cfg.h: configuration of the programs: the environment, or the same NAME=value
 * lines in one file (-c FILE; the environment wins). Secrets are never values:
 * they are in files that a value names. PG* variables in the file are put into
 * the environment, where libpq finds them.
 *
 * Read once at start by main(); values live until the program ends.
 */
#ifndef FE_CFG_H
#define FE_CFG_H

#include <stdbool.h>
#include <stddef.h>

/* Reads FILE; false with a sentence in error when it cannot be read or a line is no NAME=value. */
bool		cfg_load(const char *file, char *error, size_t error_size);
/* The options of a program: -c FILE, -h. Anything else, or a bad file, ends it: status 2, 1. */
void		cfg_arguments(int argc, char **argv, const char *program);
/* The value of a name, or fallback when it is unset or empty. */
const char *cfg_text(const char *name, const char *fallback);
/* The same as a whole number from low to high; anything else ends the program with status 2. */
long		cfg_number(const char *name, long fallback, long low, long high);
/* on/off, yes/no, true/false, 1/0. */
bool		cfg_switch(const char *name, bool fallback);

#endif

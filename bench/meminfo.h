/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of /proc/meminfo, and of other files of lines "key : value". */
#ifndef DAXPIN_MEMINFO_H
#define DAXPIN_MEMINFO_H

#include <stddef.h>
#include <stdint.h>

/* The text behind "key :" in a file of such lines. Returns 0, -ENOENT when no
 * line has the key, or -errno of open. */
int proc_value(const char *path, const char *key, char *value, size_t size);

/* A value of /proc/meminfo that is in kB. Returns 0 or -errno. */
int meminfo_bytes(const char *key, uint64_t *bytes);

#endif

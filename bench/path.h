/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAXPIN_PATH_H
#define DAXPIN_PATH_H

#include <string.h>

/* What stands behind the last slash; it is in path. */
static inline const char *path_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
#include "meminfo.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

int proc_value(const char *path, const char *key, char *value, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	size_t length = strlen(key);
	char line[512], *colon;

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		colon = strchr(line, ':');
		if (!colon || strncmp(line, key, length) || !strchr(" \t:", line[length]))
			continue;
		colon += 1 + strspn(colon + 1, " \t");
		colon[strcspn(colon, "\n")] = '\0';
		snprintf(value, size, "%s", colon);
		return 0;
	}
	return -ENOENT;
}

int meminfo_bytes(const char *key, uint64_t *bytes)
{
	char text[64];
	uint64_t kib;
	int rc;

	rc = proc_value("/proc/meminfo", key, text, sizeof(text));
	if (rc)
		return rc;
	if (sscanf(text, "%" SCNu64 " kB", &kib) != 1)
		return -EINVAL;
	*bytes = kib << 10;
	return 0;
}

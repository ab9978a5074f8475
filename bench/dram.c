// SPDX-License-Identifier: GPL-2.0-or-later
#include "dram.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"

/* MemFree leaves out the pages on the lists of each CPU, up to some MiB of them,
 * and no file makes a kernel hand them in: count them. */
int dram_free_pages(const char *zoneinfo, uint64_t *pages)
{
	_cleanup_fclose_ FILE *file = fopen(zoneinfo, "re");
	uint64_t number;
	char line[256];
	int zones = 0;

	*pages = 0;
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " pages free %" SCNu64, &number) == 1)
			zones++;
		else if (sscanf(line, " count: %" SCNu64, &number) != 1)
			continue;
		*pages += number;
	}
	return zones ? 0 : -ENODATA;
}

int64_t dram_memmap_pages(const char *vmstat)
{
	_cleanup_fclose_ FILE *file = fopen(vmstat, "re");
	int64_t number, pages = -1;
	char line[128], name[96];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%95s %" SCNd64, name, &number) == 2 &&
		    (!strcmp(name, "nr_memmap_pages") || !strcmp(name, "nr_memmap_boot_pages")))
			pages = (pages < 0 ? 0 : pages) + number;
	return pages;
}

static int write_setting(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -errno;
}

int dram_read(struct dram *dram)
{
	const int64_t page = sysconf(_SC_PAGESIZE);
	uint64_t pages;
	int64_t memmap;
	int rc;

	/* Page cache and unused slab; twice, since what the first one frees may
	 * have held more. Counts of CPUs come last: dropping changes them. */
	rc = write_setting("/proc/sys/vm/drop_caches", "3");
	if (!rc)
		rc = write_setting("/proc/sys/vm/drop_caches", "3");
	if (rc) {
		err("/proc/sys/vm/drop_caches: %s; DRAM is measured as root", strerror(-rc));
		return rc;
	}
	/* Not there with one CPU only, and an error when a count is below 0 for a
	 * moment: it has done its work by then. */
	write_setting("/proc/sys/vm/stat_refresh", "1");
	rc = dram_free_pages("/proc/zoneinfo", &pages);
	if (rc) {
		err("/proc/zoneinfo: has no free pages: %s", strerror(-rc));
		return rc;
	}
	memmap = dram_memmap_pages("/proc/vmstat");
	dram->free_bytes = (int64_t)pages * page;
	dram->memmap_bytes = memmap < 0 ? -1 : memmap * page;
	return 0;
}

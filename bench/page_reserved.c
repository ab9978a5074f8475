// SPDX-License-Identifier: GPL-2.0-or-later
#include "page_reserved.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "cleanup.h"

/* Documentation/admin-guide/mm/pagemap.rst. Of device memory the kernel tells no flags: the file ends before, or there is
 * "no page", or, on 7.3, no flag at all, where what is mapped has some. The flag of reserved pages is one
 * "for kernel hacking" and not in the header. */
#define PAGE_PRESENT (1ULL << 63)
#define PAGE_NUMBER ((1ULL << 55) - 1)
#define FLAG_NO_PAGE (1ULL << 20)
#define FLAG_RESERVED (1ULL << 32)

/* Entry number of a file of 64-bit words. Returns 0, -ENODATA when the file ends before, or another -errno. */
static int entry_of(const char *path, uint64_t number, uint64_t *entry)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = pread(fd, entry, sizeof(*entry), (off_t)(number * sizeof(*entry)));
	return got == sizeof(*entry) ? 0 : got < 0 ? -errno : -ENODATA;
}

int page_reserved(const void *address)
{
	uint64_t entry, flags;
	int rc = entry_of("/proc/self/pagemap", (uintptr_t)address / (uintptr_t)sysconf(_SC_PAGESIZE), &entry);

	if (rc || !(entry & PAGE_PRESENT) || !(entry & PAGE_NUMBER))
		return 0;
	rc = entry_of("/proc/kpageflags", entry & PAGE_NUMBER, &flags);
	return rc == -ENODATA || (!rc && (!flags || (flags & (FLAG_RESERVED | FLAG_NO_PAGE))));
}

int64_t pages_unpinned(void)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/vmstat", "re");
	char line[128];
	int64_t pages;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "nr_foll_pin_released %" SCNd64, &pages) == 1)
			return pages;
	return file ? -ENODATA : -errno;
}

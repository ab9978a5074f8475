// SPDX-License-Identifier: GPL-2.0-or-later
/* Memories "anon" (base pages) and "thp" (transparent huge pages). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "memory.h"
#include "size.h"

#define PMD_SIZE (2ULL << 20)

static int map_anonymous(const struct memory_request *request, struct mapping *mapping, uint64_t page_size,
			 int advice)
{
	int rc;

	rc = map_aligned(request->length, PMD_SIZE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0,
			 &mapping->address);
	if (rc) {
		err("anonymous memory: mmap of %" PRIu64 " bytes: %s", request->length, strerror(-rc));
		return rc;
	}
	mapping->length = request->length;
	mapping->align = page_size;
	mapping->node = -1;
	/* EINVAL: a kernel without THP, where base pages are all there is. */
	if (madvise(mapping->address, mapping->length, advice) && errno != EINVAL)
		return -errno;
	return 0;
}

static int anon_map(const struct memory_request *request, struct mapping *mapping, char reason[REASON_MAX])
{
	(void)reason;
	return map_anonymous(request, mapping, (uint64_t)sysconf(_SC_PAGESIZE), MADV_NOHUGEPAGE);
}

static int populate(struct mapping *mapping, char reason[REASON_MAX])
{
	int rc = populate_by_writing(mapping, (uint64_t)sysconf(_SC_PAGESIZE));

	if (rc)
		snprintf(reason, REASON_MAX, "%zu bytes of anonymous memory cannot be faulted in: %s", mapping->length,
			 strerror(-rc));
	return rc;
}

static int thp_map(const struct memory_request *request, struct mapping *mapping, char reason[REASON_MAX])
{
	if (access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK)) {
		snprintf(reason, REASON_MAX, "this kernel has no transparent huge pages");
		return -EOPNOTSUPP;
	}
	if (request->length % PMD_SIZE) {
		err("thp: size %" PRIu64 " is not a multiple of 2M", request->length);
		return -EINVAL;
	}
	return map_anonymous(request, mapping, PMD_SIZE, MADV_HUGEPAGE);
}

/* KiB of huge pages in the mapping that starts here, from smaps. */
static uint64_t huge_kib(const struct mapping *mapping)
{
	_cleanup_fclose_ FILE *smaps = fopen("/proc/self/smaps", "re");
	uint64_t first = (uintptr_t)mapping->address, start, end, kib, huge = 0;
	int inside = 0;
	char line[512];

	while (smaps && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &start, &end) == 2)
			inside = start >= first && end <= first + mapping->length;
		else if (inside && sscanf(line, "AnonHugePages: %" SCNu64, &kib) == 1)
			huge += kib;
	}
	return huge;
}

/* A range that is only partly huge would be neither thp nor anon. */
static int thp_populate(struct mapping *mapping, char reason[REASON_MAX])
{
	char wanted[SIZE_TEXT_MAX], got[SIZE_TEXT_MAX];
	uint64_t huge;
	int rc;

	rc = populate(mapping, reason);
	if (rc)
		return rc;
	huge = huge_kib(mapping) << 10;
	if (huge == mapping->length)
		return 0;
	snprintf(reason, REASON_MAX, "the kernel made only %s of %s of huge pages (see /sys/kernel/mm/transparent_hugepage)",
		 size_format(huge, got), size_format(mapping->length, wanted));
	return -EOPNOTSUPP;
}

const struct memory_ops memory_anon = {
	.name = "anon",
	.help = "anonymous memory, base pages",
	.map = anon_map,
	.populate = populate,
};

const struct memory_ops memory_thp = {
	.name = "thp",
	.help = "anonymous memory, transparent huge pages of 2M",
	.map = thp_map,
	.populate = thp_populate,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* Memories "hugetlb-2M" and "hugetlb-1G". */
#include <errno.h>
#include <inttypes.h>
#include <linux/mman.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "cleanup.h"
#include "log.h"
#include "memory.h"

#define SIZE_2M (2ULL << 20)
#define SIZE_1G (1ULL << 30)

/* Free huge pages of this size, or -1 when the kernel has no such size. */
static int64_t free_pages(uint64_t page_size)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[96];
	int64_t count;

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/free_hugepages", page_size >> 10);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%" SCNd64, &count) != 1)
		return -1;
	return count;
}

static int check(const struct memory_request *request, uint64_t page_size, char reason[REASON_MAX])
{
	uint64_t needed = request->length / page_size;
	int64_t available = free_pages(page_size);

	if (request->length % page_size) {
		err("hugetlb: size %" PRIu64 " is not a multiple of %" PRIu64, request->length, page_size);
		return -EINVAL;
	}
	if (available < 0) {
		snprintf(reason, REASON_MAX, "this kernel or CPU has no huge pages of %" PRIu64 " KiB", page_size >> 10);
		return -EOPNOTSUPP;
	}
	if ((uint64_t)available < needed) {
		snprintf(reason, REASON_MAX,
			 "needs %" PRIu64 " free huge pages of %" PRIu64 " KiB, %" PRId64
			 " are free (write nr_hugepages in /sys/kernel/mm/hugepages)",
			 needed, page_size >> 10, available);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int map(const struct memory_request *request, struct mapping *mapping, uint64_t page_size, int size_flag,
	       char reason[REASON_MAX])
{
	int rc;

	rc = check(request, page_size, reason);
	if (rc)
		return rc;
	rc = map_aligned(request->length, page_size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | size_flag, -1, 0,
			 &mapping->address);
	if (rc) {
		err("hugetlb: mmap of %" PRIu64 " bytes: %s", request->length, strerror(-rc));
		return rc;
	}
	mapping->length = request->length;
	mapping->align = page_size;
	mapping->node = -1;
	mapping->reserved = 1;
	return 0;
}

static int hugetlb_populate(struct mapping *mapping, char reason[REASON_MAX])
{
	int rc = populate_by_writing(mapping, mapping->align);

	if (rc)
		snprintf(reason, REASON_MAX, "%zu bytes of hugetlb cannot be faulted in: %s", mapping->length, strerror(-rc));
	return rc;
}

static int check_2m(const struct memory_request *request, char reason[REASON_MAX])
{
	return check(request, SIZE_2M, reason);
}

static int map_2m(const struct memory_request *request, struct mapping *mapping, char reason[REASON_MAX])
{
	return map(request, mapping, SIZE_2M, MAP_HUGE_2MB, reason);
}

static int check_1g(const struct memory_request *request, char reason[REASON_MAX])
{
	return check(request, SIZE_1G, reason);
}

static int map_1g(const struct memory_request *request, struct mapping *mapping, char reason[REASON_MAX])
{
	return map(request, mapping, SIZE_1G, MAP_HUGE_1GB, reason);
}

const struct memory_ops memory_hugetlb_2m = {
	.name = "hugetlb-2M",
	.help = "hugetlb pages of 2M, reserved by the administrator",
	.check = check_2m,
	.map = map_2m,
	.populate = hugetlb_populate,
};

const struct memory_ops memory_hugetlb_1g = {
	.name = "hugetlb-1G",
	.help = "hugetlb pages of 1G, reserved by the administrator",
	.check = check_1g,
	.map = map_1g,
	.populate = hugetlb_populate,
};

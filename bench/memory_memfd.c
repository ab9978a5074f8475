// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory "memfd": a sealed-off tmpfs file, base pages unless tmpfs is huge. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "memory.h"

static int memfd_map(const struct memory_request *request, struct mapping *mapping, char reason[REASON_MAX])
{
	_cleanup_close_ int fd = memfd_create("daxpin", MFD_CLOEXEC);
	uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	int rc = 0;

	(void)reason;
	if (fd < 0 || ftruncate(fd, (off_t)request->length))
		rc = -errno;
	if (!rc)
		rc = map_aligned(request->length, page_size, MAP_SHARED, fd, 0, &mapping->address);
	if (rc) {
		err("memfd of %" PRIu64 " bytes: %s", request->length, strerror(-rc));
		return rc;
	}
	mapping->length = request->length;
	mapping->align = page_size;
	mapping->node = -1;
	return 0;
}

static int memfd_populate(struct mapping *mapping, char reason[REASON_MAX])
{
	int rc = populate_by_writing(mapping, mapping->align);

	if (rc)
		snprintf(reason, REASON_MAX, "%zu bytes of memfd cannot be faulted in: %s", mapping->length, strerror(-rc));
	return rc;
}

const struct memory_ops memory_memfd = {
	.name = "memfd",
	.help = "a memfd, shared",
	.map = memfd_map,
	.populate = memfd_populate,
};

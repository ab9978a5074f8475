// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "interrupt.h"
#include "meminfo.h"

/* Between two looks for Ctrl-C; a multiple of every page size. */
#define POPULATE_CHUNK (1UL << 30)

const struct memory_ops *const memories[] = {
	&memory_dax,
	&memory_anon,
	&memory_thp,
	&memory_hugetlb_2m,
	&memory_hugetlb_1g,
	&memory_memfd,
	NULL
};

const struct memory_ops *memory_find(const char *name)
{
	for (size_t i = 0; memories[i]; i++)
		if (!strcmp(memories[i]->name, name))
			return memories[i];
	return NULL;
}

void memory_unmap(struct mapping *mapping)
{
	if (mapping->address)
		munmap(mapping->address, mapping->length);
	mapping->address = NULL;
}

int map_aligned(size_t length, uint64_t align, int flags, int fd, uint64_t offset, void **address)
{
	uintptr_t reserved, start;
	void *at;

	/* Reserve enough to choose an aligned start, then map over it. */
	at = mmap(NULL, length + align, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return -errno;
	reserved = (uintptr_t)at;
	start = (reserved + align - 1) & ~(align - 1);
	at = mmap((void *)start, length, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, (off_t)offset);
	if (at == MAP_FAILED) {
		int rc = -errno;

		munmap((void *)reserved, length + align);
		return rc;
	}
	if (start > reserved)
		munmap((void *)reserved, start - reserved);
	if (start < reserved + align)
		munmap((void *)(start + length), reserved + align - start);
	*address = at;
	return 0;
}

static int populate_chunk(char *start, size_t length, uint64_t page_size)
{
	if (!madvise(start, length, MADV_POPULATE_WRITE))
		return 0;
	if (errno != EINVAL)
		return -errno;
	for (size_t i = 0; i < length; i += page_size)
		((volatile char *)start)[i] = 0;
	return 0;
}

int populate_by_writing(struct mapping *mapping, uint64_t page_size)
{
	char *start = mapping->address;
	uint64_t available;
	int rc = 0;

	/* Better a message now than the OOM killer later. */
	if (!mapping->reserved && !meminfo_bytes("MemAvailable", &available) && mapping->length > available)
		return -ENOMEM;
	for (size_t at = 0; !rc && at < mapping->length; at += POPULATE_CHUNK) {
		size_t left = mapping->length - at;

		if (interrupted())
			return -EINTR;
		rc = populate_chunk(start + at, left < POPULATE_CHUNK ? left : POPULATE_CHUNK, page_size);
	}
	return rc;
}

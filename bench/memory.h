/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memories: what gets pinned. One file per memory, one line in the table of
 * memory.c. A memory knows nothing of engines.
 */
#ifndef DAXPIN_MEMORY_H
#define DAXPIN_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "dax.h"

#define REASON_MAX 256

/* Of 5.14; headers may be older. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/**
 * struct memory_request - what a cell asks of its memory
 * @length: bytes to map
 * @offset: bytes into the dax device; other memories ignore it
 * @device: path of the dax device, or NULL for the first that fits
 * @map: map the dax device must have, or DAX_MAP_UNKNOWN for any
 * @align: align the dax device must have, or 0 for any
 * @unbound_too: a dax device without a driver will do
 */
struct memory_request {
	uint64_t length;
	uint64_t offset;
	const char *device;
	enum dax_map map;
	uint64_t align;
	int unbound_too;
};

/**
 * struct mapping - mapped memory
 * @address: start
 * @length: bytes
 * @align: align of the dax device, else the page size used
 * @device: name of the dax device, else ""
 * @map: map of the dax device, else DAX_MAP_UNKNOWN
 * @node: NUMA node the memory is on, or -1
 * @reserved: comes from a pool of its own (hugetlb), not from free memory
 */
struct mapping {
	void *address;
	size_t length;
	uint64_t align;
	char device[32];
	enum dax_map map;
	int node;
	int reserved;
};

/**
 * struct memory_ops - a memory
 * @name: as in jobs and CSV
 * @help: one line
 * @check: is the request right? Touches nothing. Returns 0, -EOPNOTSUPP with
 *	*reason filled (not here: the cell is skipped), or another -errno after
 *	it has printed what is wrong with the request. May be NULL.
 * @map: maps the memory. Returns like @check.
 * @populate: faults everything in without changing the data of a device.
 *	Returns 0, -EOPNOTSUPP with *reason filled (the cell is skipped),
 *	-EAGAIN: not possible on this kernel, the engine has to fault by
 *	pinning; or another -errno with *reason filled.
 */
struct memory_ops {
	const char *name;
	const char *help;
	int (*check)(const struct memory_request *request, char reason[REASON_MAX]);
	int (*map)(const struct memory_request *request, struct mapping *mapping, char reason[REASON_MAX]);
	int (*populate)(struct mapping *mapping, char reason[REASON_MAX]);
};

/* The dax device that a request means. Returns like memory_ops.check. */
int memory_dax_resolve(const struct memory_request *request, struct dax_device *device, char reason[REASON_MAX]);

extern const struct memory_ops memory_dax;
extern const struct memory_ops memory_anon;
extern const struct memory_ops memory_thp;
extern const struct memory_ops memory_hugetlb_2m;
extern const struct memory_ops memory_hugetlb_1g;
extern const struct memory_ops memory_memfd;

/* The memories, ended by NULL. */
extern const struct memory_ops *const memories[];

const struct memory_ops *memory_find(const char *name);

void memory_unmap(struct mapping *mapping);

/* Helpers for memories. */

/* mmap() aligned to align bytes, which must be a power of two. Returns 0 or -errno. */
int map_aligned(size_t length, uint64_t align, int flags, int fd, uint64_t offset, void **address);

/* MADV_POPULATE_WRITE, else one write per page: for memory that has no data.
 * Returns 0, -ENOMEM (also when there is not that much free), -EINTR, -errno. */
int populate_by_writing(struct mapping *mapping, uint64_t page_size);

#endif

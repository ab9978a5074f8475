/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the struct pages of device-dax memory take: arithmetic, and nothing but that. For x86-64, pages of
 * 4 KiB and struct pages of 64 bytes. docs/capacity.md says where each rule is from; the constants, with what
 * measured them, are in capacity_constants[] and printed by 'daxpin plan --explain'.
 *
 * All sizes are in bytes.
 */
#ifndef DAXPIN_CAPACITY_H
#define DAXPIN_CAPACITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dax.h"

/* Units and origins: capacity_constants[]. */
enum capacity_constant {
	CAPACITY_base_page = 4096,
	CAPACITY_struct_page = 64,
	CAPACITY_shared_pages = 2,
	CAPACITY_shared_tables = 2,
	CAPACITY_section = 128 << 20,
	CAPACITY_section_usage = 64,
	CAPACITY_section_entry = 32,
	CAPACITY_info_block = 8192,
	CAPACITY_least_align = 2 << 20,
	CAPACITY_table = 4096,
	CAPACITY_table_entries = 512,
};

struct capacity_constant_info {
	const char *name;
	uint64_t value;
	const char *unit;
	const char *origin; /* what measured it, or which source says it */
};

extern const struct capacity_constant_info capacity_constants[];
extern const size_t capacity_constant_count;

/**
 * struct capacity_kernel - what a kernel does with the memmap
 * @compound: device-dax memory is described by compound pages of its align
 * @dedup: the tails of a compound page share memmap (map mem only)
 * @tables: at 1G they share page tables of the memmap, too
 * @folio: pins take the references of a huge page at once
 * @checks: no compound pages where they would start in the middle of an align
 */
struct capacity_kernel {
	char id[64];
	bool compound, dedup, tables, folio, checks;
};

/* The kernel of an id of configs/kernels.ini ("6.1", "5.10-trim", "5.10+gup", "7.x") or of a release
 * ("6.12.117+deb12-amd64"). Returns 0, -ENOENT (not an id), -ERANGE (older than 5.10). */
int capacity_kernel_find(const char *id, struct capacity_kernel *kernel);

/* A rule of capacity_kernel_find(), for people. */
struct capacity_feature {
	const char *name;
	unsigned int since_major, since_minor; /* mainline from this version on; 0: never */
	const char *stage;		/* of our series for 5.10 */
	const char *what;
};

extern const struct capacity_feature capacity_features[];
extern const size_t capacity_feature_count;

/**
 * struct capacity_device - memory to be made a dax device of
 * @start: physical address of its first byte, 0 if that does not matter
 * @span: all of it: of the namespace of a static device, of the range of a dynamic one
 * @align: 4K, 2M or 1G
 * @map: DAX_MAP_MEM or DAX_MAP_DEV
 * @dynamic: not made from a pmem namespace: no info block
 */
struct capacity_device {
	uint64_t start;
	uint64_t span;
	uint64_t align;
	enum dax_map map;
	bool dynamic;
};

/**
 * struct capacity - what that takes
 * @usable: of the device, can be mapped
 * @altmap: of the device, for struct pages
 * @lost: of the device, for the info block and at both ends for the align
 * @struct_pages: DRAM
 * @memmap_tables: DRAM, page tables that map the struct pages
 * @section_usage: DRAM, per section
 * @section_entries: DRAM, per section; from the first bind until the next boot
 * @direct_map: DRAM, page tables of the kernel's own mapping
 * @bring_up: DRAM, all of that but @section_entries: what a rebind takes
 * @process_tables: DRAM, page tables of each process that maps all of it
 * @pages: struct pages that there are, in memory of their own or shared
 * @pages_initialised: struct pages that a bind writes
 * @compound: is it described by compound pages of its align?
 * @shared: do they share struct pages?
 * @misaligned: does the memory start in the middle of an align?
 */
struct capacity {
	uint64_t usable, altmap, lost;
	uint64_t struct_pages, memmap_tables, section_usage, section_entries, direct_map;
	uint64_t bring_up;
	uint64_t process_tables;
	uint64_t pages, pages_initialised;
	bool compound, shared, misaligned;
};

/* Returns 0; -EINVAL: no such align; -ENOSPC: nothing is left of the device; -EOPNOTSUPP: a dynamic device has
 * no altmap. Says nothing. */
int capacity_of(const struct capacity_kernel *kernel, const struct capacity_device *device, struct capacity *out);

/* The span of the namespace (or range) that a device of this size and align is made of: the other way round,
 * for a @start that is a multiple of the align. Returns 0 or -ERANGE. */
int capacity_span_of(uint64_t usable, uint64_t align, enum dax_map map, bool dynamic, uint64_t *span);

#endif

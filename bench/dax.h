/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device-dax devices of this machine. */
#ifndef DAXPIN_DAX_H
#define DAXPIN_DAX_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum dax_map { DAX_MAP_UNKNOWN, DAX_MAP_MEM, DAX_MAP_DEV };
enum dax_mode { DAX_MODE_DEVDAX, DAX_MODE_SYSTEM_RAM, DAX_MODE_DISABLED };

/**
 * struct dax_device - one device, as libdaxctl and sysfs show it
 * @name: "dax0.0"
 * @size: bytes that can be mapped
 * @align: bytes, mapping size
 * @resource: physical address of the first byte, 0 when not readable
 * @numa_node: node the device belongs to, or -1
 * @target_node: node that the memory would become in system-ram mode, or -1
 * @map: where the struct pages live; dynamic devices always have them in DRAM
 * @mode: devdax can be pinned; system-ram and disabled cannot
 * @dynamic: not made from a pmem namespace
 * @span_start: physical address of what it is made of: of the whole namespace, the info block in front of the data
 *	included, or of itself if it is dynamic; 0 when not readable
 * @span: bytes of that, 0 when not readable
 */
struct dax_device {
	char name[32];
	uint64_t size;
	uint64_t align;
	uint64_t resource;
	int numa_node;
	int target_node;
	enum dax_map map;
	enum dax_mode mode;
	int dynamic;
	uint64_t span_start;
	uint64_t span;
};

/* All devices in order of their names. The caller frees *devices.
 * Returns 0 (*count may be 0), -ENOMEM, or what libdaxctl answered. */
int dax_enumerate(struct dax_device **devices, size_t *count);

/* The device behind a path or name ("/dev/dax0.0", "dax0.0"). Prints why it
 * cannot be pinned. Returns 0, -ENOENT, -ENODEV (not device-dax), -EBUSY
 * (system-ram mode or disabled), -errno. */
int dax_lookup(const char *path, struct dax_device *device);

/* The device of this path or name, whatever its mode. Prints why there is none.
 * Returns 0, -ENOENT, or what libdaxctl answered. */
int dax_find(const char *path, struct dax_device *device);

/* Where the struct pages of the device at this sysfs path live: the mode
 * attribute of the parent, a pmem namespace, tells. */
enum dax_map dax_map_from_sysfs(const char *device_path);

/* dynamic, span_start and span of the device at this sysfs path; the rest of it is known. */
void dax_span_from_sysfs(const char *device_path, struct dax_device *device);

const char *dax_map_name(enum dax_map map);
const char *dax_mode_name(enum dax_mode mode);

/* Bytes of struct pages with nothing deduplicated: one for each base page. */
uint64_t dax_memmap_bytes(const struct dax_device *device);

/* A new reference to an object with all of the above; sizes in bytes. */
json_t *dax_device_json(const struct dax_device *device);

#endif

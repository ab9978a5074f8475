// SPDX-License-Identifier: GPL-2.0-or-later
#include "dax.h"

#include <daxctl/libdaxctl.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"

#define STRUCT_PAGE_BYTES 64
#define BASE_PAGE_BYTES 4096

const char *dax_map_name(enum dax_map map)
{
	static const char *const names[] = { "", "mem", "dev" };

	return names[map];
}

const char *dax_mode_name(enum dax_mode mode)
{
	static const char *const names[] = { "devdax", "system-ram", "disabled" };

	return names[mode];
}

uint64_t dax_memmap_bytes(const struct dax_device *device)
{
	return device->size / BASE_PAGE_BYTES * STRUCT_PAGE_BYTES;
}

json_t *dax_device_json(const struct dax_device *device)
{
	return json_pack("{s:s, s:I, s:I, s:s, s:s, s:b, s:i, s:i, s:I, s:I, s:I, s:I}", "name", device->name, "size_bytes",
			 (json_int_t)device->size, "align_bytes", (json_int_t)device->align, "map",
			 dax_map_name(device->map), "mode", dax_mode_name(device->mode), "dynamic", device->dynamic,
			 "numa_node", device->numa_node, "target_node", device->target_node, "resource",
			 (json_int_t)device->resource, "memmap_bytes", (json_int_t)dax_memmap_bytes(device),
			 "span_start", (json_int_t)device->span_start, "span_bytes", (json_int_t)device->span);
}

/* First line of a sysfs attribute without its newline. */
static int read_attribute(const char *dir, const char *name, char *value, size_t size)
{
	char path[PATH_MAX];
	_cleanup_fclose_ FILE *file = NULL;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	file = fopen(path, "re");
	if (!file)
		return -errno;
	if (!fgets(value, (int)size, file))
		return -EIO;
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

static int read_int(const char *dir, const char *name)
{
	char text[32];

	return read_attribute(dir, name, text, sizeof(text)) ? -1 : atoi(text);
}

/* The mode attribute of the pmem device above a dax device, and its directory. The
 * device may be some levels below: until 5.10 also as a class device, under dax/. */
static int read_namespace_mode(const char *device_path, char *mode, size_t size, char dir[PATH_MAX])
{
	char *slash;

	snprintf(dir, PATH_MAX, "%s", device_path);
	for (int level = 0; level < 3; level++) {
		slash = strrchr(dir, '/');
		if (!slash)
			break;
		*slash = '\0';
		if (!read_attribute(dir, "mode", mode, size))
			return 0;
	}
	return -ENOENT;
}

enum dax_map dax_map_from_sysfs(const char *device_path)
{
	char mode[32], dir[PATH_MAX];

	if (read_namespace_mode(device_path, mode, sizeof(mode), dir))
		return DAX_MAP_MEM;
	if (!strcmp(mode, "pmem"))
		return DAX_MAP_DEV;
	return !strcmp(mode, "ram") ? DAX_MAP_MEM : DAX_MAP_UNKNOWN;
}

static uint64_t read_u64(const char *dir, const char *name)
{
	char text[32];

	return read_attribute(dir, name, text, sizeof(text)) ? 0 : strtoull(text, NULL, 0);
}

void dax_span_from_sysfs(const char *device_path, struct dax_device *device)
{
	char mode[32], dir[PATH_MAX], name[32], path[PATH_MAX];

	device->dynamic = read_namespace_mode(device_path, mode, sizeof(mode), dir) != 0;
	if (device->dynamic) {
		device->span = device->size;
		device->span_start = device->resource;
	} else if (!read_attribute(dir, "namespace", name, sizeof(name)) &&
		   snprintf(path, sizeof(path), "%s/../%s", dir, name) < (int)sizeof(path)) {
		device->span = read_u64(path, "size");
		device->span_start = read_u64(path, "resource");
	}
}

/* By number: /sys/bus/dax has no class devices, /sys/class/dax nothing else. */
static void fill_from_sysfs(struct dax_device *device, struct daxctl_dev *dev)
{
	char link[64], path[PATH_MAX];

	snprintf(link, sizeof(link), "/sys/dev/char/%d:%d", daxctl_dev_get_major(dev), daxctl_dev_get_minor(dev));
	if (!realpath(link, path))
		return;
	device->map = dax_map_from_sysfs(path);
	device->numa_node = read_int(path, "numa_node");
	dax_span_from_sysfs(path, device);
}

static void fill(struct dax_device *device, struct daxctl_dev *dev)
{
	*device = (struct dax_device){
		.size = daxctl_dev_get_size(dev),
		.align = daxctl_dev_get_align(dev),
		.resource = daxctl_dev_get_resource(dev),
		.target_node = daxctl_dev_get_target_node(dev),
		.numa_node = -1,
	};
	if (device->resource == ULLONG_MAX)
		device->resource = 0;
	snprintf(device->name, sizeof(device->name), "%s", daxctl_dev_get_devname(dev));
	if (!daxctl_dev_is_enabled(dev))
		device->mode = DAX_MODE_DISABLED;
	else if (daxctl_dev_get_memory(dev))
		device->mode = DAX_MODE_SYSTEM_RAM;
	fill_from_sysfs(device, dev);
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(((const struct dax_device *)a)->name, ((const struct dax_device *)b)->name);
}

int dax_enumerate(struct dax_device **devices, size_t *count)
{
	struct dax_device *list = NULL, *grown;
	struct daxctl_region *region;
	struct daxctl_ctx *ctx;
	struct daxctl_dev *dev;
	size_t n = 0;
	int rc;

	rc = daxctl_new(&ctx);
	if (rc)
		return rc;
	daxctl_region_foreach(ctx, region) {
		daxctl_dev_foreach(region, dev) {
			/* The seed of a region: a device of no size. */
			if (!daxctl_dev_get_size(dev))
				continue;
			grown = reallocarray(list, n + 1, sizeof(*list));
			if (!grown) {
				free(list);
				daxctl_unref(ctx);
				return -ENOMEM;
			}
			list = grown;
			fill(&list[n++], dev);
		}
	}
	daxctl_unref(ctx);
	if (n)
		qsort(list, n, sizeof(*list), by_name);
	*devices = list;
	*count = n;
	return 0;
}

static int find_by_name(const char *name, struct dax_device *device)
{
	_cleanup_free_ struct dax_device *devices = NULL;
	size_t count = 0;
	int rc;

	rc = dax_enumerate(&devices, &count);
	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(devices[i].name, name)) {
			*device = devices[i];
			return 0;
		}
	}
	return -ENOENT;
}

int dax_find(const char *path, struct dax_device *device)
{
	const char *name = strncmp(path, "/dev/", 5) ? path : path + 5;
	int rc = find_by_name(name, device);

	if (rc == -ENOENT)
		err("%s: no such dax device; 'daxpin list' shows those", path);
	else if (rc)
		err("%s: not found by libdaxctl: %s", path, strerror(-rc));
	return rc;
}

/* The sysfs name of the character device, when its subsystem is dax. */
static int name_of_node(const struct stat *node, char *name, size_t size)
{
	char link[64], path[PATH_MAX], subsystem[PATH_MAX];

	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u", major(node->st_rdev), minor(node->st_rdev));
	if (!realpath(link, path))
		return -ENODEV;
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u/subsystem", major(node->st_rdev), minor(node->st_rdev));
	if (!realpath(link, subsystem) || strcmp(strrchr(subsystem, '/'), "/dax"))
		return -ENODEV;
	snprintf(name, size, "%s", strrchr(path, '/') + 1);
	return 0;
}

static int report_unusable(const char *path, const struct dax_device *device)
{
	if (device->mode == DAX_MODE_DEVDAX)
		return 0;
	if (device->mode == DAX_MODE_SYSTEM_RAM)
		err("%s: is in system-ram mode; 'daxctl reconfigure-device --mode=devdax --force %s' makes it pinnable",
		    path, device->name);
	else
		err("%s: has no driver; 'daxctl enable-device %s' or 'modprobe device_dax'", path, device->name);
	return -EBUSY;
}

int dax_lookup(const char *path, struct dax_device *device)
{
	const char *slash = strrchr(path, '/');
	char node_path[PATH_MAX], name[64];
	struct stat node;
	int rc;

	snprintf(node_path, sizeof(node_path), "%s%s", slash ? "" : "/dev/", path);
	if (stat(node_path, &node)) {
		/* In system-ram mode a device has no node, yet is there. */
		rc = -errno;
		if (rc == -ENOENT && !find_by_name(slash ? slash + 1 : path, device) &&
		    device->mode != DAX_MODE_DEVDAX)
			return report_unusable(node_path, device);
		err("%s: %s; 'daxpin list' shows the dax devices", node_path, strerror(-rc));
		return rc;
	}
	if (!S_ISCHR(node.st_mode) || name_of_node(&node, name, sizeof(name))) {
		err("%s: not a device-dax device; 'daxpin list' shows those", node_path);
		return -ENODEV;
	}
	rc = find_by_name(name, device);
	if (rc) {
		err("%s: not found by libdaxctl: %s", name, strerror(-rc));
		return rc;
	}
	return report_unusable(node_path, device);
}

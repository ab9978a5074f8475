// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory "dax": a device-dax device. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "cleanup.h"
#include "log.h"
#include "memory.h"
#include "size.h"

static int fits(const struct dax_device *device, const struct memory_request *request)
{
	return (device->mode == DAX_MODE_DEVDAX || (request->unbound_too && device->mode == DAX_MODE_DISABLED)) &&
	       (request->map == DAX_MAP_UNKNOWN || request->map == device->map) &&
	       (!request->align || request->align == device->align);
}

/* Offset and length against align and size of the device the user named or
 * that was found for him. */
static int check_range(const struct dax_device *device, const struct memory_request *request)
{
	char align[SIZE_TEXT_MAX], size[SIZE_TEXT_MAX];

	if (request->length % device->align) {
		err("%s: size %" PRIu64 " is not a multiple of its align %s", device->name, request->length,
		    size_format(device->align, align));
		return -EINVAL;
	}
	if (request->offset % device->align) {
		err("%s: offset %" PRIu64 " is not a multiple of its align %s", device->name, request->offset,
		    size_format(device->align, align));
		return -EINVAL;
	}
	if (request->offset > device->size || request->length > device->size - request->offset) {
		err("%s: offset %" PRIu64 " + size %" PRIu64 " is beyond its %" PRIu64 " bytes (%s)", device->name,
		    request->offset, request->length, device->size, size_format(device->size, size));
		return -ERANGE;
	}
	return 0;
}

static int check_named(const struct memory_request *request, struct dax_device *device)
{
	char wanted[SIZE_TEXT_MAX], has[SIZE_TEXT_MAX];
	int rc;

	rc = request->unbound_too ? dax_find(request->device, device) : dax_lookup(request->device, device);
	if (rc)
		return rc;
	if (request->align && request->align != device->align) {
		err("%s: align is %s, the job asks for %s; recreate the device or change the job", device->name,
		    size_format(device->align, has), size_format(request->align, wanted));
		return -EINVAL;
	}
	if (request->map != DAX_MAP_UNKNOWN && request->map != device->map) {
		err("%s: map is %s, the job asks for %s; recreate the device or change the job", device->name,
		    dax_map_name(device->map), dax_map_name(request->map));
		return -EINVAL;
	}
	return check_range(device, request);
}

static int none_fits(const struct memory_request *request, uint64_t largest, char reason[REASON_MAX])
{
	char align[SIZE_TEXT_MAX], size[SIZE_TEXT_MAX], has[SIZE_TEXT_MAX];

	if (largest)
		snprintf(reason, REASON_MAX, "no dax device is large enough for %s: the largest that fits has %s",
			 size_format(request->offset + request->length, size), size_format(largest, has));
	else
		snprintf(reason, REASON_MAX, "no dax device here with map %s and align %s",
			 request->map ? dax_map_name(request->map) : "any",
			 request->align ? size_format(request->align, align) : "any");
	return -EOPNOTSUPP;
}

/* The first device by name that fits and is large enough. */
static int choose(const struct memory_request *request, struct dax_device *device, char reason[REASON_MAX])
{
	_cleanup_free_ struct dax_device *devices = NULL;
	uint64_t largest = 0;
	size_t count = 0;
	int rc;

	rc = dax_enumerate(&devices, &count);
	if (rc) {
		err("cannot enumerate dax devices: %s", strerror(-rc));
		return rc;
	}
	for (size_t i = 0; i < count; i++) {
		if (!fits(&devices[i], request))
			continue;
		if (devices[i].size > largest)
			largest = devices[i].size;
		if (devices[i].size >= request->offset && devices[i].size - request->offset >= request->length) {
			*device = devices[i];
			return check_range(device, request);
		}
	}
	return none_fits(request, largest, reason);
}

int memory_dax_resolve(const struct memory_request *request, struct dax_device *device, char reason[REASON_MAX])
{
	return request->device ? check_named(request, device) : choose(request, device, reason);
}

static int dax_check(const struct memory_request *request, char reason[REASON_MAX])
{
	struct dax_device device;

	return memory_dax_resolve(request, &device, reason);
}

static int dax_map(const struct memory_request *request, struct mapping *mapping, char reason[REASON_MAX])
{
	_cleanup_close_ int fd = -1;
	struct dax_device device;
	char path[64];
	int rc;

	rc = memory_dax_resolve(request, &device, reason);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "/dev/%s", device.name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		rc = -errno;
		err("%s: %s; it has to be readable and writable to be mapped", path, strerror(-rc));
		return rc;
	}
	rc = map_aligned(request->length, device.align, MAP_SHARED, fd, request->offset, &mapping->address);
	if (rc) {
		err("%s: mmap of %" PRIu64 " bytes: %s", path, request->length, strerror(-rc));
		return rc;
	}
	mapping->length = request->length;
	mapping->align = device.align;
	mapping->map = device.map;
	mapping->node = device.numa_node;
	memcpy(mapping->device, device.name, sizeof(mapping->device));
	return 0;
}

/* Makes writable page table entries without writing: the data, and the holes of
 * a sparse device, stay as they are. */
static int dax_populate(struct mapping *mapping, char reason[REASON_MAX])
{
	int rc = madvise(mapping->address, mapping->length, MADV_POPULATE_WRITE) ? -errno : 0;

	if (!rc)
		return 0;
	if (rc == -EINVAL)
		return -EAGAIN;
	snprintf(reason, REASON_MAX, "%s: cannot be faulted in: %s", mapping->device, strerror(-rc));
	return rc;
}

const struct memory_ops memory_dax = {
	.name = "dax",
	.help = "device-dax, by device or by map and align",
	.check = dax_check,
	.map = dax_map,
	.populate = dax_populate,
};

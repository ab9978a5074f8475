// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio_container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cleanup.h"
#include "log.h"
#include "size.h"

#define DRIVER "/sys/bus/pci/drivers/vfio-pci"
#define CONTAINER "/dev/vfio/vfio"

/* I/O addresses agree with addresses in as many low bits as the largest page has that an IOMMU maps. */
#define LARGEST_PAGE (1ULL << 30)

/* More than any kernel has to say of an IOMMU. */
#define INFO_MAX 4096

/**
 * struct vfio_container - see there
 * @users: references
 * @next: the first I/O address that is free
 * @last: the last one there is
 * @entries: mappings that are left
 */
struct vfio_container {
	unsigned int users;
	int fd, group, device_fd;
	char device[VFIO_ADDRESS_MAX];
	uint64_t next, last, entries;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct vfio_container the_one;

/* "0000:00:04.0": a device, not one of the files beside them. */
static int is_address(const struct dirent *entry)
{
	unsigned int parts[4];

	return sscanf(entry->d_name, "%x:%x:%x.%x", &parts[0], &parts[1], &parts[2], &parts[3]) == 4;
}

static int find_device(const char *provider, char address[VFIO_ADDRESS_MAX], char reason[ENGINE_REASON_MAX])
{
	struct dirent **list;
	int count = scandir(DRIVER, &list, is_address, alphasort), found = 0;

	for (int i = 0; i < count; i++) {
		if (!found && (!provider || !strcmp(provider, list[i]->d_name))) {
			found = 1;
			snprintf(address, VFIO_ADDRESS_MAX, "%.*s", VFIO_ADDRESS_MAX - 1, list[i]->d_name);
		}
		free(list[i]);
	}
	if (count >= 0)
		free(list);
	if (found)
		return 0;
	if (count < 0)
		snprintf(reason, ENGINE_REASON_MAX,
			 "no VFIO here (CONFIG_VFIO_PCI): load vfio-pci and vfio_iommu_type1, if this kernel has them");
	else if (provider)
		snprintf(reason, ENGINE_REASON_MAX, "no device %s is bound to vfio-pci", provider);
	else
		snprintf(reason, ENGINE_REASON_MAX,
			 "no device is bound to vfio-pci: take a spare one from its driver and bind it "
			 "(driver_override)");
	return -EOPNOTSUPP;
}

/* Number of the group, as in /dev/vfio. */
static int find_group(const char *device, char path[64], char reason[ENGINE_REASON_MAX])
{
	char link[128], target[256];
	const char *name;
	ssize_t length;

	snprintf(link, sizeof(link), DRIVER "/%s/iommu_group", device);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0) {
		snprintf(reason, ENGINE_REASON_MAX,
			 "no IOMMU is in front of %s: turn it on in the firmware and on the kernel's command line "
			 "(intel_iommu=on)",
			 device);
		return -EOPNOTSUPP;
	}
	target[length] = '\0';
	name = strrchr(target, '/');
	snprintf(path, 64, "/dev/vfio/%.32s", name ? name + 1 : target);
	return 0;
}

static int open_file(const char *path, int *fd, char reason[ENGINE_REASON_MAX])
{
	int rc;

	*fd = open(path, O_RDWR | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	rc = -errno;
	if (rc == -ENOENT || rc == -ENODEV) {
		snprintf(reason, ENGINE_REASON_MAX, "%s: %s; load vfio_iommu_type1", path, strerror(-rc));
		return -EOPNOTSUPP;
	}
	err("%s: %s; %s", path, strerror(-rc),
	    rc == -EBUSY ? "another program has the device: end it"
			 : "it has to be readable and writable to this user");
	return rc;
}

static int join(struct vfio_container *c, char reason[ENGINE_REASON_MAX])
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	int rc;

	if (ioctl(c->fd, VFIO_GET_API_VERSION) != VFIO_API_VERSION ||
	    ioctl(c->fd, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) <= 0) {
		snprintf(reason, ENGINE_REASON_MAX, "this kernel's VFIO has no IOMMU of type 1: load vfio_iommu_type1");
		return -EOPNOTSUPP;
	}
	if (ioctl(c->group, VFIO_GROUP_GET_STATUS, &status)) {
		rc = -errno;
		err("VFIO device %s: its IOMMU group does not tell its status: %s", c->device, strerror(-rc));
		return rc;
	}
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		snprintf(
			reason, ENGINE_REASON_MAX,
			"other devices of the IOMMU group of %s are in use by the kernel: bind all of them to vfio-pci",
			c->device);
		return -EOPNOTSUPP;
	}
	if (!ioctl(c->group, VFIO_GROUP_SET_CONTAINER, &c->fd) && !ioctl(c->fd, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return 0;
	rc = -errno;
	snprintf(reason, ENGINE_REASON_MAX, "device %s cannot be put behind the IOMMU: %s; the kernel's log says why",
		 c->device, strerror(-rc));
	return -EOPNOTSUPP;
}

/* The largest range of I/O addresses, from its first one that is aligned. */
static void take_ranges(struct vfio_container *c, const struct vfio_iommu_type1_info_cap_iova_range *ranges)
{
	for (uint32_t i = 0; i < ranges->nr_iovas; i++) {
		uint64_t start = (ranges->iova_ranges[i].start + LARGEST_PAGE - 1) & ~(LARGEST_PAGE - 1);
		uint64_t end = ranges->iova_ranges[i].end;

		if (end > start && (!c->last || end - start > c->last - c->next)) {
			c->next = start;
			c->last = end;
		}
	}
}

static int read_limits(struct vfio_container *c)
{
	_cleanup_free_ char *room = calloc(1, INFO_MAX);
	struct vfio_iommu_type1_info *info = (void *)room;
	const struct vfio_info_cap_header *cap;

	if (!room)
		return -ENOMEM;
	info->argsz = INFO_MAX;
	if (ioctl(c->fd, VFIO_IOMMU_GET_INFO, info))
		return -errno;
	c->entries = UINT64_MAX;
	for (uint32_t at = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset : 0; at && at < INFO_MAX;
	     at = cap->next) {
		cap = (const void *)(room + at);
		if (cap->id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
			take_ranges(c, (const void *)cap);
		else if (cap->id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL)
			c->entries = ((const struct vfio_iommu_type1_info_dma_avail *)(const void *)cap)->avail;
	}
	return c->last ? 0 : -EIO;
}

static void close_all(struct vfio_container *c)
{
	if (c->device_fd >= 0)
		close(c->device_fd);
	if (c->group >= 0)
		close(c->group);
	if (c->fd >= 0)
		close(c->fd);
	*c = (struct vfio_container){0};
}

static int open_device(struct vfio_container *c)
{
	int rc;

	c->device_fd = ioctl(c->group, VFIO_GROUP_GET_DEVICE_FD, c->device);
	if (c->device_fd >= 0)
		return 0;
	rc = -errno;
	err("VFIO device %s: cannot be opened: %s; the kernel's log may say why", c->device, strerror(-rc));
	return rc;
}

static int open_all(const char *provider, struct vfio_container *c, char reason[ENGINE_REASON_MAX])
{
	char path[64];
	int rc;

	*c = (struct vfio_container){.fd = -1, .group = -1, .device_fd = -1};
	rc = find_device(provider, c->device, reason);
	if (!rc)
		rc = find_group(c->device, path, reason);
	if (!rc)
		rc = open_file(CONTAINER, &c->fd, reason);
	if (!rc)
		rc = open_file(path, &c->group, reason);
	if (!rc)
		rc = join(c, reason);
	if (!rc)
		rc = open_device(c);
	if (rc)
		return rc;
	rc = read_limits(c);
	if (rc)
		err("VFIO device %s: its IOMMU does not tell its addresses: %s; take a kernel from 5.10 on", c->device,
		    strerror(-rc));
	return rc;
}

int vfio_container_get(const char *provider, struct vfio_container **container, char reason[ENGINE_REASON_MAX])
{
	int rc = 0;

	pthread_mutex_lock(&lock);
	if (!the_one.users)
		rc = open_all(provider, &the_one, reason);
	if (rc) {
		close_all(&the_one);
	} else {
		the_one.users++;
		*container = &the_one;
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

void vfio_container_put(struct vfio_container *container)
{
	pthread_mutex_lock(&lock);
	if (!--container->users)
		close_all(container);
	pthread_mutex_unlock(&lock);
}

const char *vfio_container_device(const struct vfio_container *container)
{
	return container->device;
}

int vfio_container_device_fd(const struct vfio_container *container)
{
	return container->device_fd;
}

static int reserve(struct vfio_container *c, const void *address, size_t length, uint64_t entries, uint64_t *iova,
		   char reason[ENGINE_REASON_MAX])
{
	uint64_t start = c->next + ((uintptr_t)address & (LARGEST_PAGE - 1));
	char wanted[SIZE_TEXT_MAX];

	if (entries > c->entries) {
		snprintf(reason, ENGINE_REASON_MAX,
			 "%" PRIu64 " mappings: VFIO takes %" PRIu64
			 " more (dma_entry_limit of vfio_iommu_type1): take a larger batch",
			 entries, c->entries);
		return -EOPNOTSUPP;
	}
	if (length > c->last || start > c->last - length) {
		snprintf(reason, ENGINE_REASON_MAX, "the IOMMU has no %s of I/O addresses left",
			 size_format(length, wanted));
		return -EOPNOTSUPP;
	}
	if (c->entries != UINT64_MAX)
		c->entries -= entries;
	*iova = start;
	c->next = (start + length + LARGEST_PAGE - 1) & ~(LARGEST_PAGE - 1);
	return 0;
}

int vfio_container_reserve(struct vfio_container *container, const void *address, size_t length, uint64_t entries,
			   uint64_t *iova, char reason[ENGINE_REASON_MAX])
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = reserve(container, address, length, entries, iova, reason);
	pthread_mutex_unlock(&lock);
	return rc;
}

int vfio_container_map(struct vfio_container *container, const void *address, size_t length, uint64_t iova, int write)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | (write ? VFIO_DMA_MAP_FLAG_WRITE : 0),
		.vaddr = (uintptr_t)address,
		.iova = iova,
		.size = length,
	};

	return ioctl(container->fd, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

int vfio_container_unmap(struct vfio_container *container, size_t length, uint64_t iova)
{
	struct vfio_iommu_type1_dma_unmap unmap = {.argsz = sizeof(unmap), .iova = iova, .size = length};

	if (ioctl(container->fd, VFIO_IOMMU_UNMAP_DMA, &unmap))
		return -errno;
	return unmap.size == length ? 0 : -EIO;
}

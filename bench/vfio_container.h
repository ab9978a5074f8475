/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VFIO container (type 1) of this process: the I/O address space of a device that
 * is bound to vfio-pci. A group can be opened once, so all threads share it.
 */
#ifndef DAXPIN_VFIO_CONTAINER_H
#define DAXPIN_VFIO_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#include "engine.h"

/* "0000:00:04.0" and some space. */
#define VFIO_ADDRESS_MAX 32

struct vfio_container;

/**
 * vfio_container_get - open the container, or another reference to it
 * @provider: PCI address of the device, NULL: the first that is bound to vfio-pci.
 *	Ignored while the container is open: it has that of the first who asked
 * @container: out
 * @reason: why there is none
 *
 * Returns 0, -EOPNOTSUPP with reason, or another -errno after printing.
 */
int vfio_container_get(const char *provider, struct vfio_container **container, char reason[ENGINE_REASON_MAX]);

/* The last reference undoes all mappings. */
void vfio_container_put(struct vfio_container *container);

/* Address and file of the device. */
const char *vfio_container_device(const struct vfio_container *container);
int vfio_container_device_fd(const struct vfio_container *container);

/**
 * vfio_container_reserve - I/O addresses that nobody else gets while the container is open
 * @container: where
 * @address: memory that will be mapped there: what the IOMMU can map by large pages
 *	in one is aligned in the other
 * @length: bytes
 * @entries: mappings that there will be of it
 * @iova: out
 *
 * Returns 0, or -EOPNOTSUPP with reason.
 */
int vfio_container_reserve(struct vfio_container *container, const void *address, size_t length, uint64_t entries,
			   uint64_t *iova, char reason[ENGINE_REASON_MAX]);

/* VFIO_IOMMU_MAP_DMA, for reading by the device and, if asked, for writing. Returns 0
 * or -errno. */
int vfio_container_map(struct vfio_container *container, const void *address, size_t length, uint64_t iova, int write);

/* VFIO_IOMMU_UNMAP_DMA. Returns 0, -EIO when it was not all of it, or -errno. */
int vfio_container_unmap(struct vfio_container *container, size_t length, uint64_t iova);

#endif

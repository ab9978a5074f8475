// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio_edu.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "vfio_container.h"
#include "wall.h"

/* Vendor and device. */
#define EDU_ID 0x11e81234U

/* Registers, and the device's own memory, at its own address. */
enum { EDU_SOURCE = 0x80, EDU_TARGET = 0x88, EDU_COUNT = 0x90, EDU_COMMAND = 0x98, EDU_SIZE = 0x1000 };
#define EDU_BUFFER 0x40000ULL
#define EDU_START 1U
#define EDU_FROM_DEVICE 2U

/* QEMU before 9.0 aborts when all of the 4 KiB are asked for: "out of bounds". */
#define EDU_BYTES 2048U

/* It takes 0.1 s on a host that is not busy. */
#define DEADLINE_NS 10000000000ULL

/**
 * struct vfio_edu - see there
 * @registers: mapped
 * @iova: of scratch
 * @page: bytes of it
 */
struct vfio_edu {
	struct vfio_container *container;
	volatile unsigned char *registers;
	unsigned char *scratch;
	uint64_t iova;
	size_t page;
};

static uint64_t get(const struct vfio_edu *edu, unsigned int at)
{
	return *(volatile const uint64_t *)(edu->registers + at);
}

static void set(const struct vfio_edu *edu, unsigned int at, uint64_t value)
{
	*(volatile uint64_t *)(edu->registers + at) = value;
}

static int wait_until_idle(const struct vfio_edu *edu)
{
	static const struct timespec pause = {.tv_nsec = 1000000};
	uint64_t start = wall_now();

	while (get(edu, EDU_COMMAND) & EDU_START) {
		if (wall_now() - start > DEADLINE_NS) {
			err("VFIO device %s: does not end a transfer; reset it", vfio_container_device(edu->container));
			return -ETIMEDOUT;
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int transfer(const struct vfio_edu *edu, uint64_t source, uint64_t target, uint64_t direction)
{
	int rc = wait_until_idle(edu);

	if (rc)
		return rc;
	set(edu, EDU_SOURCE, source);
	set(edu, EDU_TARGET, target);
	set(edu, EDU_COUNT, EDU_BYTES);
	set(edu, EDU_COMMAND, EDU_START | direction);
	return wait_until_idle(edu);
}

static int copy(const struct vfio_edu *edu, uint64_t from, uint64_t to)
{
	int rc = transfer(edu, from, EDU_BUFFER, 0);

	return rc ? rc : transfer(edu, EDU_BUFFER, to, EDU_FROM_DEVICE);
}

int vfio_edu_read(struct vfio_edu *edu, uint64_t iova)
{
	return copy(edu, iova, edu->iova);
}

int vfio_edu_write(struct vfio_edu *edu, uint64_t iova)
{
	return copy(edu, edu->iova, iova);
}

unsigned char *vfio_edu_scratch(struct vfio_edu *edu)
{
	return edu->scratch;
}

size_t vfio_edu_bytes(void)
{
	return EDU_BYTES;
}

/* It is an edu, and may access memory by itself. */
static int enable(int fd, const char *name, char reason[ENGINE_REASON_MAX])
{
	struct vfio_region_info config = {.argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX};
	uint16_t command;
	uint32_t id = 0;

	if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &config) ||
	    pread(fd, &id, sizeof(id), (off_t)config.offset) != sizeof(id))
		return -EIO;
	if (id != EDU_ID) {
		snprintf(reason, ENGINE_REASON_MAX,
			 "device %s (%04x:%04x) cannot prove mappings by data, QEMU's edu can: set verify = 0", name,
			 id & 0xffff, id >> 16);
		return -EOPNOTSUPP;
	}
	if (pread(fd, &command, sizeof(command), (off_t)(config.offset + PCI_COMMAND)) != sizeof(command))
		return -EIO;
	command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	return pwrite(fd, &command, sizeof(command), (off_t)(config.offset + PCI_COMMAND)) == sizeof(command) ? 0
													      : -EIO;
}

static int map_registers(int fd, struct vfio_edu *edu)
{
	struct vfio_region_info region = {.argsz = sizeof(region), .index = VFIO_PCI_BAR0_REGION_INDEX};
	void *registers;

	if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &region))
		return -errno;
	registers = mmap(NULL, EDU_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)region.offset);
	if (registers == MAP_FAILED)
		return -errno;
	edu->registers = registers;
	return 0;
}

static int map_scratch(struct vfio_edu *edu, char reason[ENGINE_REASON_MAX])
{
	int rc;

	edu->scratch = aligned_alloc(edu->page, edu->page);
	if (!edu->scratch)
		return -ENOMEM;
	memset(edu->scratch, 0, edu->page);
	rc = vfio_container_reserve(edu->container, edu->scratch, edu->page, 1, &edu->iova, reason);
	if (rc)
		return rc;
	rc = vfio_container_map(edu->container, edu->scratch, edu->page, edu->iova, 1);
	if (rc)
		edu->iova = 0;
	return rc;
}

/* By default edu knows 28 bits of an address and leaves the others out. */
static int try_out(struct vfio_edu *edu, char reason[ENGINE_REASON_MAX])
{
	int rc;

	memset(edu->scratch, 0x5a, edu->page / 2);
	rc = copy(edu, edu->iova, edu->iova + edu->page / 2);
	if (rc || !memcmp(edu->scratch, edu->scratch + edu->page / 2, EDU_BYTES))
		return rc;
	snprintf(reason, ENGINE_REASON_MAX,
		 "device %s does not reach I/O address 0x%llx: start QEMU with edu,dma_mask=0xffffffffffffffff, or set "
		 "verify = 0",
		 vfio_container_device(edu->container), (unsigned long long)edu->iova);
	return -EOPNOTSUPP;
}

int vfio_edu_open(struct vfio_container *container, struct vfio_edu **edu, char reason[ENGINE_REASON_MAX])
{
	struct vfio_edu *e = calloc(1, sizeof(*e));
	int fd = vfio_container_device_fd(container), rc;

	if (!e)
		return out_of_memory();
	e->container = container;
	e->page = (size_t)sysconf(_SC_PAGESIZE);
	rc = enable(fd, vfio_container_device(container), reason);
	if (!rc)
		rc = map_registers(fd, e);
	if (!rc)
		rc = map_scratch(e, reason);
	if (!rc)
		rc = try_out(e, reason);
	if (rc && rc != -EOPNOTSUPP)
		err("VFIO device %s: cannot be prepared to prove mappings: %s; set verify = 0 to measure without",
		    vfio_container_device(container), strerror(-rc));
	if (rc)
		vfio_edu_close(e);
	else
		*edu = e;
	return rc;
}

void vfio_edu_close(struct vfio_edu *edu)
{
	if (edu->iova)
		vfio_container_unmap(edu->container, edu->page, edu->iova);
	if (edu->registers)
		munmap((void *)edu->registers, EDU_SIZE);
	free(edu->scratch);
	free(edu);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's device "edu" (docs/specs/edu.rst there): copies up to 4 KiB from I/O addresses into itself
 * and back, and takes 100 ms for each.
 */
#ifndef DAXPIN_VFIO_EDU_H
#define DAXPIN_VFIO_EDU_H

#include <stddef.h>
#include <stdint.h>

#include "engine.h"

struct vfio_container;
struct vfio_edu;

/* The device of the container, which has to be one. It is tried: what it writes has to arrive. Returns 0,
 * -EOPNOTSUPP with reason, or another -errno after printing. */
int vfio_edu_open(struct vfio_container *container, struct vfio_edu **edu, char reason[ENGINE_REASON_MAX]);
void vfio_edu_close(struct vfio_edu *edu);

/* Memory that the device can read and write, and how much of it each call moves. */
unsigned char *vfio_edu_scratch(struct vfio_edu *edu);
size_t vfio_edu_bytes(void);

/* From an I/O address to scratch, and back. Only one thread at a time. Returns 0 or
 * -errno after printing. */
int vfio_edu_read(struct vfio_edu *edu, uint64_t iova);
int vfio_edu_write(struct vfio_edu *edu, uint64_t iova);

#endif

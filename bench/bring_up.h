/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bring-up of a dax device: bind and unbind through sysfs. It is the driver of
 * the dax device (device_dax) that makes the struct pages, in its probe, for
 * static (pmem) and for dynamic devices: binding it is all of the bring-up but
 * the reading of a label.
 */
#ifndef DAXPIN_BRING_UP_H
#define DAXPIN_BRING_UP_H

#include <limits.h>

#include "dax.h"
#include "dram.h"
#include "runner.h"

/**
 * struct bring_up - a device that can be bound and unbound
 * @name: of the device, what is written
 * @driver: directory of its driver in sysfs
 * @bound: is it now?
 * @needs_bytes: DRAM that a bind takes: what an unbind gave back, or before the first one what it can be at
 *	most; 0: not known
 * @needs_at_most: the latter
 */
struct bring_up {
	char name[32];
	char driver[PATH_MAX];
	int bound;
	uint64_t needs_bytes;
	int needs_at_most;
};

/* What one bind or unbind did. */
struct bring_up_change {
	uint64_t ns; /* the write() to sysfs */
	uint64_t tag; /* the name of what the plugin of QEMU has counted in it */
	struct dram before, after;
};

/* May devices be changed: with a yes, or in the project's VM? Says nothing. */
int device_consent(int yes);

/* Whoever uses a device loses it when it is unbound: outside of the project's VM
 * that takes a yes. Prints what to say. Returns 0 or -EPERM. */
int bring_up_consent(int yes);

/* Finds the driver. Returns 0; -EOPNOTSUPP with *reason: not a device of the dax
 * bus, or it belongs to another driver; another -errno after printing. sysfs is
 * "/sys" but for tests. */
int bring_up_open(const char *sysfs, const char *device, struct bring_up *b, char reason[REASON_MAX]);

/* Refuses a device that a process has open or mapped, and prints which. Returns 0
 * or -EBUSY. */
int bring_up_check_unused(const char *device);

/* Binds (or unbinds), timed, with DRAM before and after. Prints what went wrong.
 * Returns 0 or -errno. */
int bring_up_change(struct bring_up *b, int bind, struct bring_up_change *change);

/* Runs a cell of engine bind, like runner_run_cell(). The device is left as it
 * was found: bound, or without a driver. */
int bring_up_cell(const struct cell *cell, size_t number, size_t total, const struct csv_run *run,
		  struct csv_file *csv, enum cell_end *end);

#endif

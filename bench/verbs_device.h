/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RDMA devices that one thread of engine verbs has open, with their protection domains. */
#ifndef DAXPIN_VERBS_DEVICE_H
#define DAXPIN_VERBS_DEVICE_H

#include <infiniband/verbs.h>
#include <stddef.h>

#include "engine.h"

struct verbs_loopback;

/**
 * struct verbs_domain - a protection domain
 * @loopback: queue pairs in it, NULL until they are asked for
 */
struct verbs_domain {
	struct ibv_pd *pd;
	struct verbs_loopback *loopback;
};

struct verbs_device {
	struct ibv_context *context;
	struct ibv_device_attr_ex attr;
	struct verbs_domain *domains;
	unsigned int domain_count;
};

struct verbs_devices {
	struct verbs_device *all;
	size_t count;
};

/* How many there are. */
size_t verbs_device_count(void);

const char *verbs_device_name(const struct verbs_device *device);

/* Opens the devices of a name (NULL: the first, "all": all), each with so many
 * domains. Returns 0, -EOPNOTSUPP with reason, or another -errno after printing. */
int verbs_devices_open(const char *provider, unsigned int domains, struct verbs_devices *devices,
		       char reason[ENGINE_REASON_MAX]);

/* Makes a loopback in each of the first so many domains of each device, where
 * there is none yet. Returns as verbs_devices_open(). */
int verbs_devices_connect(struct verbs_devices *devices, unsigned int domains, char reason[ENGINE_REASON_MAX]);

/* verbs_loopback_let_go() for each. */
int verbs_devices_let_go(const struct verbs_devices *devices);

void verbs_devices_close(struct verbs_devices *devices);

#endif

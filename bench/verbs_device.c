// SPDX-License-Identifier: GPL-2.0-or-later
#include "verbs_device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "verbs_loopback.h"

size_t verbs_device_count(void)
{
	int count = 0;
	struct ibv_device **list = ibv_get_device_list(&count);

	if (!list)
		return 0;
	ibv_free_device_list(list);
	return (size_t)count;
}

const char *verbs_device_name(const struct verbs_device *device)
{
	return ibv_get_device_name(device->context->device);
}

static int open_context(struct ibv_device *from, struct verbs_device *device)
{
	int rc;

	device->context = ibv_open_device(from);
	if (!device->context) {
		rc = errno ? -errno : -EIO;
		err("RDMA device %s: cannot be opened: %s%s", ibv_get_device_name(from), strerror(-rc),
		    rc == -EACCES ? "; /dev/infiniband/uverbs* must be open to this user" : "");
		return rc;
	}
	rc = -ibv_query_device_ex(device->context, NULL, &device->attr);
	if (rc)
		err("RDMA device %s: cannot be asked for its limits: %s", ibv_get_device_name(from), strerror(-rc));
	return rc;
}

static int allocate_domains(struct verbs_device *device, unsigned int domains, char reason[ENGINE_REASON_MAX])
{
	const char *name = verbs_device_name(device);
	int rc;

	if (domains > (unsigned int)device->attr.orig_attr.max_pd) {
		snprintf(reason, ENGINE_REASON_MAX, "RDMA device %s has at most %d protection domains, domains = %u", name,
			 device->attr.orig_attr.max_pd, domains);
		return -EOPNOTSUPP;
	}
	device->domains = calloc(domains, sizeof(*device->domains));
	if (!device->domains)
		return -ENOMEM;
	while (device->domain_count < domains) {
		struct ibv_pd *pd = ibv_alloc_pd(device->context);

		if (!pd) {
			rc = errno ? -errno : -EIO;
			err("RDMA device %s: protection domain %u of %u: %s; try a smaller 'domains'", name,
			    device->domain_count + 1, domains, strerror(-rc));
			return rc;
		}
		device->domains[device->domain_count++].pd = pd;
	}
	return 0;
}

/* "rxe0 rxe1", for whoever has asked for another. */
static void list_names(struct ibv_device **list, char *text, size_t size)
{
	*text = '\0';
	for (size_t i = 0; list[i]; i++) {
		size_t used = strlen(text);

		snprintf(text + used, size - used, "%s%s", used ? " " : "", ibv_get_device_name(list[i]));
	}
}

static int is_meant(const char *provider, size_t index, struct ibv_device *device)
{
	if (!provider)
		return index == 0;
	return !strcmp(provider, "all") || !strcmp(provider, ibv_get_device_name(device));
}

static int open_list(struct ibv_device **list, const char *provider, unsigned int domains,
		     struct verbs_devices *devices, char reason[ENGINE_REASON_MAX])
{
	char names[128];

	for (size_t i = 0; list[i]; i++) {
		struct verbs_device *device = &devices->all[devices->count];
		int rc;

		if (!is_meant(provider, i, list[i]))
			continue;
		devices->count++;
		rc = open_context(list[i], device);
		if (!rc)
			rc = allocate_domains(device, domains, reason);
		if (rc)
			return rc;
	}
	if (devices->count)
		return 0;
	list_names(list, names, sizeof(names));
	snprintf(reason, ENGINE_REASON_MAX, "no RDMA device %s; there is: %s", provider ? provider : "any",
		 *names ? names : "none");
	return -EOPNOTSUPP;
}

int verbs_devices_open(const char *provider, unsigned int domains, struct verbs_devices *devices,
		       char reason[ENGINE_REASON_MAX])
{
	int count = 0, rc = -ENOMEM;
	struct ibv_device **list = ibv_get_device_list(&count);

	*devices = (struct verbs_devices){ 0 };
	if (!list) {
		snprintf(reason, ENGINE_REASON_MAX, "no RDMA device: %s", strerror(errno));
		return -EOPNOTSUPP;
	}
	devices->all = calloc((size_t)count + 1, sizeof(*devices->all));
	if (devices->all)
		rc = open_list(list, provider, domains, devices, reason);
	ibv_free_device_list(list);
	if (rc)
		verbs_devices_close(devices);
	return rc;
}

int verbs_devices_connect(struct verbs_devices *devices, unsigned int domains, char reason[ENGINE_REASON_MAX])
{
	for (size_t i = 0; i < devices->count; i++) {
		struct verbs_device *device = &devices->all[i];

		for (unsigned int k = 0; k < device->domain_count && k < domains; k++) {
			struct verbs_domain *domain = &device->domains[k];
			int rc = domain->loopback ? 0 : verbs_loopback_open(domain->pd, &domain->loopback, reason);

			if (rc)
				return rc;
		}
	}
	return 0;
}

int verbs_devices_let_go(const struct verbs_devices *devices)
{
	int rc = 0;

	for (size_t i = 0; i < devices->count; i++) {
		const struct verbs_device *device = &devices->all[i];

		for (unsigned int k = 0; !rc && k < device->domain_count; k++)
			if (device->domains[k].loopback)
				rc = verbs_loopback_let_go(device->domains[k].loopback);
	}
	return rc;
}

static void close_device(struct verbs_device *device)
{
	for (unsigned int i = 0; i < device->domain_count; i++) {
		if (device->domains[i].loopback)
			verbs_loopback_close(device->domains[i].loopback);
		ibv_dealloc_pd(device->domains[i].pd);
	}
	free(device->domains);
	if (device->context)
		ibv_close_device(device->context);
}

void verbs_devices_close(struct verbs_devices *devices)
{
	for (size_t i = 0; i < devices->count; i++)
		close_device(&devices->all[i]);
	free(devices->all);
	*devices = (struct verbs_devices){ 0 };
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Engine "gup": our kernel module, /dev/daxpin. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cleanup.h"
#include "engine.h"
#include "log.h"
#include "variants.h"

_Static_assert(sizeof(struct engine_call) == sizeof(struct daxpin_call) &&
	       offsetof(struct engine_call, got) == offsetof(struct daxpin_call, got) &&
	       offsetof(struct engine_call, order) == offsetof(struct daxpin_call, order), "the module fills them in");

/* Any; the same in each pass and on each kernel, so that they are compared. */
#define PUT_SEED 20210212

struct engine {
	int fd;
	struct daxpin_query query;
};

static int open_device(void)
{
	int fd = open(DAXPIN_DEVICE, O_RDWR | O_CLOEXEC), rc = -errno;

	if (fd >= 0)
		return fd;
	if (rc == -ENOENT || rc == -ENXIO || rc == -ENODEV)
		err("%s: the module is not loaded; 'modprobe daxpin', or 'scripts/kernel module' to build it",
		    DAXPIN_DEVICE);
	else if (rc == -EACCES)
		err("%s: permission denied; be root or a member of its group (see 60-daxpin.rules)", DAXPIN_DEVICE);
	else
		err("%s: %s", DAXPIN_DEVICE, strerror(-rc));
	return rc;
}

static int query_device(int fd, struct daxpin_query *query)
{
	*query = (struct daxpin_query){ .size = sizeof(*query), .version = DAXPIN_UAPI_VERSION };
	if (!ioctl(fd, DAXPIN_IOC_QUERY, query))
		return 0;
	err("%s: query: %s; module and program are of different versions", DAXPIN_DEVICE, strerror(errno));
	return -errno;
}

int gup_query(struct daxpin_query *query)
{
	_cleanup_close_ int fd = open_device();

	return fd < 0 ? fd : query_device(fd, query);
}

static int gup_open(struct engine **engine, char reason[ENGINE_REASON_MAX])
{
	struct engine *e = calloc(1, sizeof(*e));
	int rc;

	(void)reason;
	if (!e)
		return out_of_memory();
	e->fd = open_device();
	rc = e->fd < 0 ? e->fd : query_device(e->fd, &e->query);
	if (rc) {
		if (e->fd >= 0)
			close(e->fd);
		free(e);
		return rc;
	}
	*engine = e;
	return 0;
}

static void gup_close(struct engine *engine)
{
	close(engine->fd);
	free(engine);
}

/* What a put can be arranged with; an older module answers 0 and knows none of it. */
static int check_arrangement(const struct daxpin_query *query, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	int parts = pass->put == DAXPIN_PUT_RANGE_DIRTY || pass->put == DAXPIN_PUT_FOLIO;

	if (pass->put_order && parts)
		snprintf(reason, ENGINE_REASON_MAX, "put %s takes ranges: it has no order of pages",
			 put_variant_names[pass->put]);
	else if (pass->put_order && !(query->put_orders & (1U << pass->put_order)))
		snprintf(reason, ENGINE_REASON_MAX, "this module knows no such put order");
	else if (pass->put_cold && !(query->features & DAXPIN_FEATURE_COLD))
		snprintf(reason, ENGINE_REASON_MAX, "this machine, or this module, cannot empty the caches");
	else if (pass->hold_ms && !(query->features & DAXPIN_FEATURE_HOLD_MS))
		snprintf(reason, ENGINE_REASON_MAX, "this module does not hold pins for a time");
	else
		return 0;
	return -EOPNOTSUPP;
}

static int gup_supports(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	const struct daxpin_query *query = &engine->query;

	if (!(query->get_variants & (1U << pass->get))) {
		snprintf(reason, ENGINE_REASON_MAX, "this kernel has no get variant %s", get_variant_names[pass->get]);
		return -EOPNOTSUPP;
	}
	if (!(query->put_variants & (1U << pass->put))) {
		snprintf(reason, ENGINE_REASON_MAX, "this kernel has no put variant %s for modules",
			 put_variant_names[pass->put]);
		return -EOPNOTSUPP;
	}
	if (pass->batch > query->max_pages_per_call || pass->put_batch > query->max_pages_per_call) {
		err("batch of %" PRIu64 " pages: the module's limit is %" PRIu32,
		    pass->batch > pass->put_batch ? pass->batch : pass->put_batch, query->max_pages_per_call);
		return -EINVAL;
	}
	return check_arrangement(query, pass, reason);
}

static int gup_measure(struct engine *engine, struct pass *pass)
{
	struct daxpin_measure measure = {
		.size = sizeof(measure),
		.version = DAXPIN_UAPI_VERSION,
		.addr = (uintptr_t)pass->address,
		.length = pass->length,
		.get = pass->get,
		.put = pass->put,
		.pages_per_call = (uint32_t)pass->batch,
		.put_pages_per_call = (uint32_t)pass->put_batch,
		.flags = (pass->write ? DAXPIN_WRITE : 0) | (pass->put_cold ? DAXPIN_COLD : 0),
		.put_order = pass->put_order,
		.put_seed = pass->put_order == PUT_ORDER_SHUFFLED ? PUT_SEED : 0,
		.put_unit = pass->put_order == PUT_ORDER_INTERLEAVED ? (uint32_t)pass->unit : 0,
		.hold_ms = pass->hold_ms,
		.get_calls = (uintptr_t)pass->get_calls,
		.put_calls = (uintptr_t)pass->put_calls,
		.get_calls_max = pass->get_calls_max,
		.put_calls_max = pass->put_calls_max,
	};

	if (ioctl(engine->fd, DAXPIN_IOC_MEASURE, &measure))
		return -errno;
	pass->get_calls_made = measure.get_calls_made;
	pass->put_calls_made = measure.put_calls_made;
	pass->get_ns = measure.get_ns;
	pass->put_ns = measure.put_ns;
	pass->pages_got = measure.pages_got;
	pass->rounds = measure.rounds;
	pass->error = measure.error;
	return 0;
}

const struct engine_ops engine_gup = {
	.name = "gup",
	.help = "the module of this project, /dev/daxpin",
	.ops = { "get", "put" },
	.gets = get_variant_names,
	.puts = put_variant_names,
	.match = variants_match,
	.arranges = 1,
	.open = gup_open,
	.supports = gup_supports,
	.measure = gup_measure,
	.close = gup_close,
};

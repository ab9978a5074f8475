// SPDX-License-Identifier: GPL-2.0-or-later
/* Engine "verbs": memory regions (MRs) of RDMA devices, through libibverbs. */
#include <daxpin_mark.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine.h"
#include "interrupt.h"
#include "log.h"
#include "proof.h"
#include "size.h"
#include "verbs_device.h"
#include "verbs_limit.h"
#include "verbs_loopback.h"
#include "verbs_turns.h"
#include "wall.h"

/* MRs of a pass that are proven: of more than these the first, the last and random
 * ones of those between them. */
#define PROVEN_MAX 64
/* Random pages of each of them, besides the first and the last. */
#define PROVEN_PAGES 4

/* Makes supports() look for the largest MR when those of the pass are refused. */
#define PROBE_VARIABLE "DAXPIN_PROBE_LIMITS"

enum { GET_REG, GET_REG_RELAXED, GET_REG_ODP, GET_REREG, GET_COUNT };
enum { PUT_DEREG, PUT_COUNT };

static const char *const get_names[GET_COUNT + 1] = {
	[GET_REG] = "reg",
	[GET_REG_RELAXED] = "reg-relaxed",
	[GET_REG_ODP] = "reg-odp",
	[GET_REREG] = "rereg",
};

static const char *const put_names[PUT_COUNT + 1] = {
	[PUT_DEREG] = "dereg",
};

/**
 * struct engine - one thread's use
 * @number: of the engines that were open before it: the device it begins with
 * @passes: that it has made
 * @small: a page that MRs lie on before they are moved by rereg
 */
struct engine {
	unsigned int number;
	uint64_t passes;
	size_t page;
	void *small;
	struct verbs_devices devices;
};

/* One MR of a pass. */
struct registration {
	struct verbs_domain *domain;
	struct ibv_mr *mr;
	unsigned char *address;
	size_t length;
};

/* The MRs of a pass; all up to made have an mr. */
struct registrations {
	struct registration *all;
	size_t count;
	size_t made;
};

static atomic_uint engines_open;

static int verbs_open(struct engine **engine, char reason[ENGINE_REASON_MAX])
{
	struct engine *e;

	if (!verbs_device_count()) {
		snprintf(reason, ENGINE_REASON_MAX,
			 "no RDMA device: load a driver (rdma_rxe makes one of a network device: rdma link add), and install ibverbs-providers");
		return -EOPNOTSUPP;
	}
	e = calloc(1, sizeof(*e));
	if (!e)
		return out_of_memory();
	e->page = (size_t)sysconf(_SC_PAGESIZE);
	e->small = aligned_alloc(e->page, e->page);
	if (!e->small) {
		free(e);
		return out_of_memory();
	}
	memset(e->small, 0, e->page);
	e->number = atomic_fetch_add(&engines_open, 1);
	*engine = e;
	return 0;
}

static void verbs_close(struct engine *engine)
{
	verbs_devices_close(&engine->devices);
	atomic_fetch_sub(&engines_open, 1);
	free(engine->small);
	free(engine);
}

/* Relaxed ordering is a hint: devices that do not know it ignore it. */
static int access_of(const struct pass *pass)
{
	int access = IBV_ACCESS_REMOTE_READ;

	if (pass->write)
		access |= IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE;
	if (pass->get == GET_REG_RELAXED)
		access |= IBV_ACCESS_RELAXED_ORDERING;
	if (pass->get == GET_REG_ODP)
		access |= IBV_ACCESS_ON_DEMAND;
	return access;
}

/* Bytes of an MR, of all but perhaps the last one. */
static size_t mr_length(const struct engine *engine, const struct pass *pass)
{
	return pass->batch < pass->length / engine->page ? pass->batch * engine->page : pass->length;
}

static size_t mr_count(const struct engine *engine, const struct pass *pass)
{
	size_t length = mr_length(engine, pass);

	return (pass->length + length - 1) / length;
}

/* Devices in turn, from MR to MR and from thread to thread; on each device its domains in turn. */
static struct verbs_domain *domain_of(const struct engine *engine, const struct pass *pass, size_t index)
{
	const struct verbs_devices *devices = &engine->devices;
	const struct verbs_device *device = &devices->all[(engine->number + index) % devices->count];
	unsigned int domains = pass->domains < device->domain_count ? pass->domains : device->domain_count;

	return &device->domains[index / devices->count % (domains ? domains : 1)];
}

/* Devices stay those of the first pass that an engine sees: a range is faulted in
 * through those that it is measured with. */
static int open_devices(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	if (engine->devices.count)
		return 0;
	return verbs_devices_open(pass->provider, pass->domains ? pass->domains : 1, &engine->devices, reason);
}

/* --- what a device can do --- */

static int check_limits(const struct engine *engine, const struct verbs_device *device, const struct pass *pass,
			char reason[ENGINE_REASON_MAX])
{
	const struct ibv_device_attr *limits = &device->attr.orig_attr;
	const char *name = verbs_device_name(device);
	size_t length = mr_length(engine, pass), devices = engine->devices.count;
	size_t count = (mr_count(engine, pass) + devices - 1) / devices;
	char most[SIZE_TEXT_MAX], asked[SIZE_TEXT_MAX];

	if (engine_recordable(length / engine->page, reason))
		return -EOPNOTSUPP;
	if (length > limits->max_mr_size) {
		snprintf(reason, ENGINE_REASON_MAX,
			 "RDMA device %s: its max_mr_size is %s, an MR of %s is asked for: take a smaller batch", name,
			 size_format(limits->max_mr_size, most), size_format(length, asked));
		return -EOPNOTSUPP;
	}
	if (limits->max_mr > 0 && count > (size_t)limits->max_mr) {
		snprintf(reason, ENGINE_REASON_MAX,
			 "RDMA device %s: its max_mr is %d, %zu MRs are asked for: take a larger batch", name,
			 limits->max_mr, count);
		return -EOPNOTSUPP;
	}
	return 0;
}

/* The proof reads and writes through a reliable connection. */
static int check_on_demand(const struct verbs_device *device, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	const struct ibv_odp_caps *caps = &device->attr.odp_caps;
	uint32_t needed = IBV_ODP_SUPPORT_READ | (pass->write ? IBV_ODP_SUPPORT_WRITE : 0);

	if ((caps->general_caps & IBV_ODP_SUPPORT) && (caps->per_transport_caps.rc_odp_caps & needed) == needed)
		return 0;
	snprintf(reason, ENGINE_REASON_MAX, "RDMA device %s has no on-demand paging for reliable connections%s",
		 verbs_device_name(device), caps->general_caps & IBV_ODP_SUPPORT ? " that can do this" : "");
	return -EOPNOTSUPP;
}

/* rereg of an MR of one page to the page itself: which drivers have it only a call tells. */
static int check_rereg(const struct engine *engine, const struct verbs_device *device, const struct pass *pass,
		       char reason[ENGINE_REASON_MAX])
{
	struct ibv_pd *pd = device->domains[0].pd;
	int access = access_of(pass), rc = 0;
	struct ibv_mr *mr = ibv_reg_mr(pd, engine->small, engine->page, access);

	if (!mr)
		rc = errno ? -errno : -EIO;
	else if (ibv_rereg_mr(mr, IBV_REREG_MR_CHANGE_TRANSLATION, pd, engine->small, engine->page, access))
		rc = errno ? -errno : -EIO;
	if (mr)
		ibv_dereg_mr(mr);
	if (!rc)
		return 0;
	snprintf(reason, ENGINE_REASON_MAX, "RDMA device %s: its driver cannot move an MR (ibv_rereg_mr): %s",
		 verbs_device_name(device), strerror(-rc));
	return -EOPNOTSUPP;
}

/* RLIMIT_MEMLOCK does not apply then. */
static int may_lock_all(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	return !syscall(SYS_capget, &header, data) && (data[0].effective & (1U << CAP_IPC_LOCK));
}

/* Only when asked, since it pins: is an MR of this size too large, and what would not be? */
static int check_largest(const struct engine *engine, const struct verbs_device *device, const struct pass *pass,
			 char reason[ENGINE_REASON_MAX])
{
	const char *wanted = getenv(PROBE_VARIABLE);
	size_t length = mr_length(engine, pass), largest;
	char works[SIZE_TEXT_MAX], asked[SIZE_TEXT_MAX];
	int error;

	if (!wanted || strcmp(wanted, "1"))
		return 0;
	largest = verbs_largest_mr(device->domains[0].pd, pass->address, length, access_of(pass), &error);
	if (!error || interrupted())
		return 0;
	snprintf(reason, ENGINE_REASON_MAX, "RDMA device %s: an MR of %s: %s; the largest that works is %s%s",
		 verbs_device_name(device), size_format(length, asked), strerror(-error), size_format(largest, works),
		 may_lock_all() ? "" : " (RLIMIT_MEMLOCK may be the limit: ulimit -l)");
	return -EOPNOTSUPP;
}

static int check_device(const struct engine *engine, const struct verbs_device *device, const struct pass *pass,
			char reason[ENGINE_REASON_MAX])
{
	int rc = check_limits(engine, device, pass, reason);

	if (!rc && pass->get == GET_REG_ODP)
		rc = check_on_demand(device, pass, reason);
	if (!rc && pass->get == GET_REREG)
		rc = check_rereg(engine, device, pass, reason);
	return rc ? rc : check_largest(engine, device, pass, reason);
}

static int verbs_supports(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	int rc;

	if (pass->put_batch) {
		snprintf(reason, ENGINE_REASON_MAX, "an MR is deregistered as it was registered (put_batch = 0)");
		return -EOPNOTSUPP;
	}
	rc = open_devices(engine, pass, reason);
	for (size_t i = 0; !rc && i < engine->devices.count; i++)
		rc = check_device(engine, &engine->devices.all[i], pass, reason);
	if (!rc && pass->verify)
		rc = verbs_devices_connect(&engine->devices, pass->domains ? pass->domains : 1, reason);
	return rc;
}

/* --- a pass --- */

/* Marks are next to the call: how the clock is read is nobody's figure. */
static int timed_reg(struct registration *r, int access, uint64_t *ns)
{
	uint64_t start = wall_now();
	int rc;

	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_GET);
	r->mr = ibv_reg_mr(r->domain->pd, r->address, r->length, access);
	rc = r->mr ? 0 : -errno;
	daxpin_mark(DAXPIN_MARK_END, 0);
	*ns = wall_now() - start;
	return r->mr ? 0 : rc ? rc : -EIO;
}

static int timed_rereg(struct registration *r, int access, uint64_t *ns)
{
	uint64_t start = wall_now();
	int rc;

	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_GET);
	rc = ibv_rereg_mr(r->mr, IBV_REREG_MR_CHANGE_TRANSLATION, r->domain->pd, r->address, r->length, access);
	rc = !rc ? 0 : errno ? -errno : -EIO;
	daxpin_mark(DAXPIN_MARK_END, 0);
	*ns = wall_now() - start;
	return rc;
}

static int timed_dereg(struct registration *r, uint64_t *ns)
{
	uint64_t start = wall_now();
	int rc;

	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_PUT);
	rc = -ibv_dereg_mr(r->mr);
	daxpin_mark(DAXPIN_MARK_END, 0);
	*ns = wall_now() - start;
	return rc;
}

static int lay_out(const struct engine *engine, const struct pass *pass, struct registrations *rs)
{
	size_t length = mr_length(engine, pass);

	rs->count = mr_count(engine, pass);
	rs->all = calloc(rs->count, sizeof(*rs->all));
	if (!rs->all)
		return -ENOMEM;
	for (size_t i = 0; i < rs->count; i++) {
		size_t at = i * length;

		rs->all[i].domain = domain_of(engine, pass, i);
		rs->all[i].address = (unsigned char *)pass->address + at;
		rs->all[i].length = pass->length - at < length ? pass->length - at : length;
	}
	return 0;
}

/* The MRs that rereg moves. */
static int prepare_small(const struct engine *engine, const struct pass *pass, struct registrations *rs)
{
	for (size_t i = 0; i < rs->count; i++) {
		struct registration *r = &rs->all[i];

		if (interrupted())
			return -EINTR;
		r->mr = ibv_reg_mr(r->domain->pd, engine->small, engine->page, access_of(pass));
		if (!r->mr)
			return errno ? -errno : -EIO;
	}
	return 0;
}

static int register_all(const struct engine *engine, struct pass *pass, struct registrations *rs)
{
	int access = access_of(pass), rc;

	while (rs->made < rs->count) {
		struct registration *r = &rs->all[rs->made];
		uint64_t ns;

		if (interrupted())
			return -EINTR;
		rc = pass->get == GET_REREG ? timed_rereg(r, access, &ns) : timed_reg(r, access, &ns);
		engine_record(pass, DAXPIN_OP_GET, ns, r->length / engine->page, rc);
		if (rc)
			return rc;
		pass->pages_got += r->length / engine->page;
		rs->made++;
	}
	return 0;
}

/* Also those that rereg has not moved, which are no part of what is measured. A
 * signal does not stop it. */
static int deregister_all(const struct engine *engine, struct pass *pass, struct registrations *rs)
{
	int error = 0;

	for (size_t i = 0; i < rs->made; i++) {
		struct registration *r = &rs->all[i];
		uint64_t ns;
		int rc = timed_dereg(r, &ns);

		engine_record(pass, DAXPIN_OP_PUT, ns, r->length / engine->page, rc);
		if (rc && !error)
			error = rc;
	}
	for (size_t i = rs->made; i < rs->count; i++)
		if (rs->all[i].mr)
			ibv_dereg_mr(rs->all[i].mr);
	return error;
}

static int rdma_read(void *user, const void *page)
{
	const struct registration *r = user;

	return verbs_loopback_read(r->domain->loopback, page, r->mr->rkey);
}

static int rdma_write(void *user, void *page)
{
	const struct registration *r = user;

	return verbs_loopback_write(r->domain->loopback, page, r->mr->rkey);
}

static int prove_one(const struct engine *engine, const struct pass *pass, struct registration *r, size_t index)
{
	struct proof proof = {
		.path = {
			.scratch = verbs_loopback_scratch(r->domain->loopback),
			.bytes = engine->page,
			.read = rdma_read,
			.write = rdma_write,
			.read_name = "RDMA READ",
			.write_name = "RDMA WRITE",
			.user = r,
		},
		.address = r->address,
		.length = r->length,
		.random = PROVEN_PAGES,
		.write = pass->write && pass->may_write,
		.seed = proof_mix(engine->passes) + index * PROVEN_PAGES,
	};

	return interrupted() ? -EINTR : prove(&proof);
}

static int prove_all(const struct engine *engine, const struct pass *pass, const struct registrations *rs)
{
	size_t proven = rs->count < PROVEN_MAX ? rs->count : PROVEN_MAX;
	int rc = 0, let_go_rc;

	for (size_t i = 0; !rc && i < proven; i++) {
		size_t index = proof_choose(rs->count, PROVEN_MAX, i, ~engine->passes);

		rc = prove_one(engine, pass, &rs->all[index], index);
	}
	/* With a queue pair that is lost there is nothing to be done. */
	if (rc == -EIO || rc == -ETIMEDOUT)
		return rc;
	let_go_rc = verbs_devices_let_go(&engine->devices);
	return rc ? rc : let_go_rc;
}

static void prove_in_turn(const struct engine *engine, struct pass *pass, const struct registrations *rs)
{
	verbs_turns_prove();
	pass->error = prove_all(engine, pass, rs);
	verbs_turns_proven();
}

static void run_pass(const struct engine *engine, struct pass *pass, struct registrations *rs)
{
	int rc;

	verbs_turns_begin(pass->verify);
	if (pass->get == GET_REREG)
		pass->error = prepare_small(engine, pass, rs);
	if (!pass->error)
		pass->error = register_all(engine, pass, rs);
	verbs_turns_registered();
	if (!pass->error && pass->verify)
		prove_in_turn(engine, pass, rs);
	verbs_turns_end(pass->verify);
	rc = deregister_all(engine, pass, rs);
	if (!pass->error)
		pass->error = rc;
}

static int verbs_measure(struct engine *engine, struct pass *pass)
{
	struct registrations rs = { 0 };
	char reason[ENGINE_REASON_MAX];
	int rc;

	engine_begin(pass);
	rc = open_devices(engine, pass, reason);
	if (!rc)
		rc = lay_out(engine, pass, &rs);
	if (!rc)
		run_pass(engine, pass, &rs);
	engine->passes++;
	free(rs.all);
	return rc;
}

const struct engine_ops engine_verbs = {
	.name = "verbs",
	.help = "memory regions of RDMA devices, through libibverbs",
	.ops = { "register", "deregister" },
	.gets = get_names,
	.puts = put_names,
	.registers = 1,
	.open = verbs_open,
	.supports = verbs_supports,
	.measure = verbs_measure,
	.close = verbs_close,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Engine "gup_test": the kernel's own benchmark in debugfs, where a kernel has
 * it. Its ioctl interface is not stable: gup_benchmark (until 5.10) and
 * gup_test (since 5.11) differ in path, structure and numbers.
 */
#include <daxpin_mark.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine.h"
#include "log.h"
#include "variants.h"

/* The kernel's FOLL_ flags that gup_test passes on; LONGTERM has moved. */
#define FOLL_WRITE 0x01U

/* struct gup_benchmark of mm/gup_benchmark.c */
struct abi_gup_benchmark {
	uint64_t get_delta_usec;
	uint64_t put_delta_usec;
	uint64_t addr;
	uint64_t size;
	uint32_t nr_pages_per_call;
	uint32_t flags;
	uint64_t expansion[10];
};

/* struct gup_test of mm/gup_test.h */
struct abi_gup_test {
	uint64_t get_delta_usec;
	uint64_t put_delta_usec;
	uint64_t addr;
	uint64_t size;
	uint32_t nr_pages_per_call;
	uint32_t gup_flags;
	uint32_t test_flags;
	uint32_t which_pages[8];
};

union abi_any {
	struct abi_gup_benchmark benchmark;
	struct abi_gup_test test;
};

/* One row for each ABI; an ioctl number of 0 is a variant it does not have.
 * fast-longterm would need a raw FOLL_LONGTERM, whose value is not ABI. */
static const struct abi {
	const char *path;
	unsigned long commands[DAXPIN_GET_COUNT];
} abis[] = {
	{
		.path = "/sys/kernel/debug/gup_test",
		.commands = {
			[DAXPIN_GET_FAST] = _IOWR('g', 2, struct abi_gup_test),
			[DAXPIN_GET_SLOW] = _IOWR('g', 5, struct abi_gup_test),
			[DAXPIN_GET_LONGTERM] = _IOWR('g', 3, struct abi_gup_test),
			[DAXPIN_GET_GUP_FAST] = _IOWR('g', 1, struct abi_gup_test),
			[DAXPIN_GET_GUP] = _IOWR('g', 4, struct abi_gup_test),
		},
	},
	{
		.path = "/sys/kernel/debug/gup_benchmark",
		.commands = {
			[DAXPIN_GET_FAST] = _IOWR('g', 3, struct abi_gup_benchmark),
			[DAXPIN_GET_SLOW] = _IOWR('g', 4, struct abi_gup_benchmark),
			[DAXPIN_GET_LONGTERM] = _IOWR('g', 5, struct abi_gup_benchmark),
			[DAXPIN_GET_GUP_FAST] = _IOWR('g', 1, struct abi_gup_benchmark),
			[DAXPIN_GET_GUP] = _IOWR('g', 2, struct abi_gup_benchmark),
		},
	},
};

struct engine {
	int fd;
	const struct abi *abi;
};

static int gup_test_open(struct engine **engine, char reason[ENGINE_REASON_MAX])
{
	struct engine *e;

	for (size_t i = 0; i < sizeof(abis) / sizeof(abis[0]); i++) {
		int fd = open(abis[i].path, O_RDWR | O_CLOEXEC);

		if (fd >= 0) {
			e = calloc(1, sizeof(*e));
			if (!e) {
				close(fd);
				return out_of_memory();
			}
			*e = (struct engine){ fd, &abis[i] };
			*engine = e;
			return 0;
		}
		if (errno == EACCES) {
			err("%s: permission denied; debugfs is for root", abis[i].path);
			return -EACCES;
		}
	}
	snprintf(reason, ENGINE_REASON_MAX,
		 "this kernel has no gup_test in debugfs (CONFIG_GUP_TEST, until 5.10 CONFIG_GUP_BENCHMARK)");
	return -EOPNOTSUPP;
}

static void gup_test_close(struct engine *engine)
{
	close(engine->fd);
	free(engine);
}

static int gup_test_supports(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	if (!engine->abi->commands[pass->get]) {
		snprintf(reason, ENGINE_REASON_MAX, "gup_test has no get variant %s", get_variant_names[pass->get]);
		return -EOPNOTSUPP;
	}
	if (pass->put != DAXPIN_PUT_PAGES && pass->put != DAXPIN_PUT_PAGE) {
		snprintf(reason, ENGINE_REASON_MAX, "gup_test has no put variant %s", put_variant_names[pass->put]);
		return -EOPNOTSUPP;
	}
	if (pass->put_batch) {
		snprintf(reason, ENGINE_REASON_MAX, "gup_test puts everything in one call (put_batch = 0)");
		return -EOPNOTSUPP;
	}
	if (pass->batch > INT32_MAX) {
		err("batch of %" PRIu64 " pages: the limit of gup_test is %d", pass->batch, INT32_MAX);
		return -EINVAL;
	}
	return 0;
}

/* Both structures begin alike and only differ behind nr_pages_per_call. */
static int gup_test_measure(struct engine *engine, struct pass *pass)
{
	union abi_any arg;
	int rc;

	memset(&arg, 0, sizeof(arg));
	arg.test.addr = (uintptr_t)pass->address;
	arg.test.size = pass->length;
	arg.test.nr_pages_per_call = (uint32_t)pass->batch;
	arg.test.gup_flags = pass->write ? FOLL_WRITE : 0;
	/* The kernel has no marks of ours: get and put are told apart by its looks at the clock. */
	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_SPLIT);
	rc = ioctl(engine->fd, engine->abi->commands[pass->get], &arg) ? -errno : 0;
	daxpin_mark(DAXPIN_MARK_END, 0);
	if (rc)
		return rc;
	pass->get_calls_made = 0;
	pass->put_calls_made = 0;
	pass->get_ns = arg.test.get_delta_usec * 1000;
	pass->put_ns = arg.test.put_delta_usec * 1000;
	pass->pages_got = arg.test.size / (uint64_t)sysconf(_SC_PAGESIZE);
	pass->rounds = 0;
	pass->error = 0;
	return 0;
}

const struct engine_ops engine_gup_test = {
	.name = "gup_test",
	.help = "the kernel's own gup_test or gup_benchmark in debugfs",
	.ops = { "get", "put" },
	.gets = get_variant_names,
	.puts = put_variant_names,
	.match = variants_match,
	.open = gup_test_open,
	.supports = gup_test_supports,
	.measure = gup_test_measure,
	.close = gup_test_close,
};

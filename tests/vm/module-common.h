/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the module share: memory, ioctls, and what the kernel counts. */
#ifndef MODULE_COMMON_H
#define MODULE_COMMON_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daxpin.h"

#define MIB (1UL << 20)
#define GIB (1UL << 30)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline int daxpin_open(void)
{
	int fd = open(DAXPIN_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		fprintf(stderr, "module test: %s: %s; load daxpin.ko, run as root\n",
			DAXPIN_DEVICE, strerror(errno));
		exit(2);
	}
	return fd;
}

/* ioctl() that returns 0 or -errno */
static inline int daxpin_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

#define DAXPIN_INIT(type) ((struct type){ .size = sizeof(struct type), .version = DAXPIN_UAPI_VERSION })

static inline struct daxpin_query daxpin_query(int fd)
{
	struct daxpin_query q = DAXPIN_INIT(daxpin_query);
	int ret = daxpin_ioctl(fd, DAXPIN_IOC_QUERY, &q);

	if (ret) {
		fprintf(stderr, "module test: query: %s\n", strerror(-ret));
		exit(2);
	}
	return q;
}

static inline struct daxpin_measure measure_of(void *addr, size_t length, __u32 get, __u32 put)
{
	struct daxpin_measure m = DAXPIN_INIT(daxpin_measure);

	m.addr = (uintptr_t)addr;
	m.length = length;
	m.get = get;
	m.put = put;
	m.pages_per_call = 512;
	m.flags = DAXPIN_WRITE;
	return m;
}

static inline struct daxpin_hold hold_of(void *addr, size_t length, __u32 get)
{
	struct daxpin_hold h = DAXPIN_INIT(daxpin_hold);

	h.addr = (uintptr_t)addr;
	h.length = length;
	h.get = get;
	h.pages_per_call = 512;
	h.flags = DAXPIN_WRITE;
	return h;
}

static inline void *map_anon(size_t length)
{
	void *p = mmap(NULL, length, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("module test: mmap");
		exit(2);
	}
	return p;
}

/* The number behind KEY in FILE, or -1. */
static inline long long proc_value(const char *file, const char *key)
{
	char line[256];
	long long value = -1;
	size_t n = strlen(key);
	FILE *f = fopen(file, "re");

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, key, n) && (line[n] == ' ' || line[n] == ':'))
			value = strtoll(line + n + 1, NULL, 10);
	}
	if (f)
		fclose(f);
	return value;
}

/* Pages charged to PID (0: this process), exact. */
static inline long long pages_charged(pid_t pid)
{
	char file[64];
	long long kib;

	snprintf(file, sizeof(file), pid ? "/proc/%d/status" : "/proc/self/status", (int)pid);
	kib = proc_value(file, "VmPin");
	return kib < 0 ? kib : kib * 1024 / sysconf(_SC_PAGESIZE);
}

/* Folds the counters of each CPU into the ones that are shown. An idle CPU keeps its own for long. */
static inline void refresh_counters(void)
{
	int refresh = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);

	if (refresh < 0)
		return;
	if (write(refresh, "1", 1) < 0)
		perror("module test: stat_refresh");
	close(refresh);
}

/* One snapshot of the pages pinned in the whole system. */
static inline long long pages_pinned_now(void)
{
	long long acquired = 0, released = 0;
	char line[256];
	FILE *f;

	refresh_counters();
	f = fopen("/proc/vmstat", "re");
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "nr_foll_pin_acquired %lld", &acquired);
		sscanf(line, "nr_foll_pin_released %lld", &released);
	}
	if (f)
		fclose(f);
	return acquired - released;
}

/* The least of some snapshots: others (9p) pin too, but not for long. */
static inline long long pages_pinned(void)
{
	long long now, least = pages_pinned_now();
	int i;

	for (i = 0; i < 8; i++) {
		usleep(10000);
		now = pages_pinned_now();
		least = now < least ? now : least;
	}
	return least;
}

/* The tests of one program. */
static int fd;
static size_t page;
static struct daxpin_query offer;
static int passed, failed, skipped;
static bool test_ok;

static inline void check(bool ok, int line, const char *what, long long got, long long want)
{
	if (ok)
		return;
	test_ok = false;
	printf("# line %d: %s: %lld, expected %lld\n", line, what, got, want);
}

#define IS(got, want)                                              \
	do {                                                       \
		long long got_ = (got), want_ = (want);            \
		check(got_ == want_, __LINE__, #got, got_, want_); \
	} while (0)
#define TRUE(x) check(!!(x), __LINE__, #x, 0, 1)

static inline int measure(struct daxpin_measure *m)
{
	return daxpin_ioctl(fd, DAXPIN_IOC_MEASURE, m);
}

static inline int hold(struct daxpin_hold *h)
{
	return daxpin_ioctl(fd, DAXPIN_IOC_HOLD, h);
}

static inline int release(__u64 id, __u64 *pages)
{
	struct daxpin_release r = DAXPIN_INIT(daxpin_release);
	int ret;

	r.id = id;
	ret = daxpin_ioctl(fd, DAXPIN_IOC_RELEASE, &r);
	if (pages)
		*pages = r.pages;
	return ret;
}

static inline void tests_start(void)
{
	page = sysconf(_SC_PAGESIZE);
	fd = daxpin_open();
	offer = daxpin_query(fd);
	printf("# module %s, get 0x%x, put 0x%x\n", offer.module_version, offer.get_variants,
	       offer.put_variants);
}

static inline void run(const char *name, void (*test)(void))
{
	long long before = pages_pinned();

	test_ok = true;
	test();
	IS(pages_pinned() - before, 0);
	printf("%s - %s\n", test_ok ? "ok" : "not ok", name);
	fflush(stdout);
	*(test_ok ? &passed : &failed) += 1;
}

#define RUN(name) run(#name, test_##name)

static inline int tests_end(void)
{
	printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
	return failed ? 1 : 0;
}

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disables and enables a device-dax device, and looks for memory that does not come back.
 * usage: dax-bind cycle DEVICE TIMES	prints what changed; fails when memory was lost
 *	  dax-bind nth DEVICE		lets each allocation of a bind fail in turn
 *
 * Without processes of its own in the loop, so that little else in the system changes.
 */
#define _GNU_SOURCE
#include "dax-common.h"

#define DRIVER "/sys/bus/dax/drivers/device_dax"

/* KiB */
struct memory {
	long long available, slab, tables;
};

static const char *device;

/* tell - writes the device's name to @file; 0 or -errno */
static int tell(const char *file)
{
	int f = open(file, O_WRONLY | O_CLOEXEC), ret = 0;

	if (f < 0)
		fail("%s: %s", file, strerror(errno));
	if (write(f, device, strlen(device)) < 0)
		ret = -errno;
	close(f);
	return ret;
}

static void bind_device(void)
{
	int ret = tell(DRIVER "/bind");

	if (ret)
		fail("bind of %s: %s", device, strerror(-ret));
}

static void unbind_device(void)
{
	int ret = tell(DRIVER "/unbind");

	if (ret)
		fail("unbind of %s: %s", device, strerror(-ret));
}

static void write_file(const char *path, const char *text)
{
	int f = open(path, O_WRONLY | O_CLOEXEC);

	if (f < 0 || write(f, text, strlen(text)) < 0)
		fail("%s: %s", path, strerror(errno));
	close(f);
}

/*
 * process_tables - the page tables of all processes, KiB. A process that begins or ends meanwhile may be
 * counted or not: some are looked at before PageTables is read and some after.
 */
static long long process_tables(void)
{
	struct dirent *entry;
	long long sum = 0, kib;
	char path[300];
	DIR *dir = opendir("/proc");

	if (!dir)
		fail("/proc: %s", strerror(errno));
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/status", entry->d_name);
		kib = proc_value(path, "VmPTE");
		if (kib > 0) /* none: a kernel thread, or gone */
			sum += kib;
	}
	closedir(dir);
	return sum;
}

/* memory_now - page tables are those of no process, so that only what is lost counts */
static struct memory memory_now(void)
{
	refresh_counters();
	return (struct memory){
		.available = proc_value("/proc/meminfo", "MemAvailable"),
		.slab = proc_value("/proc/meminfo", "SUnreclaim"),
		.tables = proc_value("/proc/meminfo", "PageTables") - process_tables(),
	};
}

/* memory_settled - the best of some samples: what the caches of CPUs hold goes and comes */
static struct memory memory_settled(void)
{
	struct memory best = { 0 }, now;
	long long tables = 0;

	for (int i = 0; i < 6; i++) {
		write_file("/proc/sys/vm/drop_caches", "3");
		usleep(50000);
		now = memory_now();
		if (!i || now.tables < tables)
			tables = now.tables;
		if (now.available + now.slab > best.available + best.slab)
			best = now;
	}
	best.tables = tables;
	return best;
}

#define TABLES_MOST 64 /* KiB */

/* memory_after - what there is in the end. A leak does not go away; what is on its way to be freed does. */
static struct memory memory_after(const struct memory *before)
{
	struct memory after = memory_settled();

	for (int i = 0; i < 20 && after.tables - before->tables > TABLES_MOST; i++) {
		usleep(500000);
		after = memory_settled();
	}
	return after;
}

/*
 * What may be missing in the end. Less than a page for each cycle, so that a leak of one page of
 * struct pages shows. Slab is counted by itself: with KASAN, freed objects stay in it for long.
 */
static void compare(const struct memory *a, const struct memory *b, long times, bool debug)
{
	long long lost = a->available + a->slab - b->available - b->slab;
	long long slab = b->slab - a->slab, tables = b->tables - a->tables;
	/* the rest of the system moves by some pages, however few cycles there are */
	long long most = times * 3 > 128 ? times * 3 : 128;

	printf("# %ld times: %lld KiB less available, %lld KiB more slab, %lld KiB more page tables\n", times, lost,
	       slab, tables);
	if (lost > most)
		fail("%lld KiB are lost (allowed: %lld)", lost, most);
	if (!debug && slab > most)
		fail("%lld KiB of slab are lost (allowed: %lld)", slab, most);
	if (tables > TABLES_MOST)
		fail("%lld KiB of page tables are lost (allowed: %d)", tables, TABLES_MOST);
}

static void cycle(long times)
{
	struct memory before, after;
	bool debug = kernel_has("kasan_report"); /* it keeps freed objects */

	for (long i = 0; i < 10; i++) {
		unbind_device();
		bind_device();
	}
	before = memory_settled();
	for (long i = 0; i < times; i++) {
		unbind_device();
		bind_device();
	}
	after = memory_after(&before);
	compare(&before, &after, times, debug);
}

/* bind_failing - a bind in which allocation number @nth fails; *@used: there were as many */
static int bind_failing(unsigned int nth, bool *used)
{
	int f = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC), bind, ret = 0;
	char text[16];
	ssize_t n;

	bind = open(DRIVER "/bind", O_WRONLY | O_CLOEXEC);
	if (f < 0 || bind < 0)
		fail("fail-nth or bind: %s", strerror(errno));
	n = snprintf(text, sizeof(text), "%u", nth);
	if (write(f, text, n) != n)
		fail("fail-nth: %s", strerror(errno));
	if (write(bind, device, strlen(device)) < 0)
		ret = -errno;
	n = pread(f, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = 0;
	*used = atoi(text) == 0;
	if (pwrite(f, "0", 1, 0) < 0)
		fail("fail-nth: %s", strerror(errno));
	close(bind);
	close(f);
	return ret;
}

/*
 * Every allocation of a bind up to 64, then fewer and fewer of them, until a bind needs no more. Each
 * failure has to leave a device that can be bound.
 */
static void nth(void)
{
	unsigned int n, tried = 0, failed_binds = 0;
	struct memory before = { 0 }, after;
	bool used = true;
	int ret;

	unbind_device();
	for (n = 1; used; n += n < 64 ? 1 : n / 16) {
		ret = bind_failing(n, &used);
		if (ret && !used)
			fail("bind fails with %s although no allocation did", strerror(-ret));
		if (!ret)
			unbind_device();
		failed_binds += !!ret;
		tried++;
		if (ret && ret != -ENOMEM)
			printf("# allocation %u: %s\n", n, strerror(-ret));
		/* as it has to be now, whatever failed */
		bind_device();
		unbind_device();
		if (n == 16)
			before = memory_settled();
	}
	after = memory_after(&before);
	bind_device();
	printf("# %u tries, %u binds failed, a bind makes fewer than %u allocations\n", tried, failed_binds, n);
	if (!failed_binds)
		fail("no bind failed: is fault injection on?");
	if (n > 17)
		compare(&before, &after, tried, kernel_has("kasan_report"));
}

int main(int argc, char **argv)
{
	bool is_cycle = argc == 4 && !strcmp(argv[1], "cycle");

	program = "dax-bind";
	if (!is_cycle && (argc != 3 || strcmp(argv[1], "nth"))) {
		fputs("usage: dax-bind cycle DEVICE TIMES\n       dax-bind nth DEVICE\n", stderr);
		return 2;
	}
	device = strrchr(argv[2], '/');
	device = device ? device + 1 : argv[2];
	if (is_cycle)
		cycle(strtol(argv[3], NULL, 0));
	else
		nth();
	return 0;
}

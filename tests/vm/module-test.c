// SPDX-License-Identifier: GPL-2.0-or-later
/* What the ioctls of /dev/daxpin promise. usage: module-test [DAX-DEVICE] */
#include <sys/wait.h>

#include "module-common.h"

static void test_query(void)
{
	struct {
		struct daxpin_query q;
		__u64 tail[2];
	} big = { .q = DAXPIN_INIT(daxpin_query) };
	struct daxpin_query q;

	TRUE(offer.get_variants == (1U << DAXPIN_GET_COUNT) - 1);
	TRUE(offer.put_variants & (1U << DAXPIN_PUT_PAGES));
	IS(offer.page_size, page);
	TRUE(offer.max_pages_per_call && offer.max_runs && offer.max_holds);
	TRUE(offer.module_version[0]);
	IS(offer.put_orders, (1U << DAXPIN_PUT_ORDER_COUNT) - 1);
	IS(offer.features, DAXPIN_FEATURE_COLD | DAXPIN_FEATURE_HOLD_MS);
	IS(offer.holds, 0);

	q = DAXPIN_INIT(daxpin_query);
	q.reserved[2] = 1;
	IS(daxpin_ioctl(fd, DAXPIN_IOC_QUERY, &q), -EINVAL);
	q = DAXPIN_INIT(daxpin_query);
	q.version = 2;
	IS(daxpin_ioctl(fd, DAXPIN_IOC_QUERY, &q), -EINVAL);
	q = DAXPIN_INIT(daxpin_query);
	q.size = sizeof(q) - 8;
	IS(daxpin_ioctl(fd, DAXPIN_IOC_QUERY, &q), -EINVAL);
	q.size = 1U << 20;
	IS(daxpin_ioctl(fd, DAXPIN_IOC_QUERY, &q), -EINVAL);
	big.q.size = sizeof(big);
	IS(daxpin_ioctl(fd, DAXPIN_IOC_QUERY, &big), 0);
	IS(big.q.size, sizeof(big));
	big.tail[1] = 1;
	memset(big.q.reserved, 0, sizeof(big.q.reserved));
	IS(daxpin_ioctl(fd, DAXPIN_IOC_QUERY, &big), -EINVAL);
	IS(daxpin_ioctl(fd, DAXPIN_IOC_QUERY, (void *)8), -EFAULT);
	IS(daxpin_ioctl(fd, _IO(DAXPIN_IOC_MAGIC, 0x7f), &q), -ENOTTY);
}

/* Each pair of variants, with the arrays of calls added up. */
static void variants_of(void *mem, size_t length, __u32 per_call, __u32 put_per_call)
{
	static struct daxpin_call get_calls[4096], put_calls[4096];
	__u32 get, put;

	for (get = 0; get < DAXPIN_GET_COUNT; get++) {
		for (put = 0; put < DAXPIN_PUT_COUNT; put++) {
			struct daxpin_measure m = measure_of(mem, length, get, put);
			bool gup = get >= DAXPIN_GET_GUP_FAST, page_put = put == DAXPIN_PUT_PAGE;
			__u64 i, ns = 0, pages = 0, n = length / page;
			int ret;

			m.pages_per_call = per_call;
			m.put_pages_per_call = put_per_call;
			m.get_calls = (uintptr_t)get_calls;
			m.put_calls = (uintptr_t)put_calls;
			m.get_calls_max = ARRAY_SIZE(get_calls);
			m.put_calls_max = ARRAY_SIZE(put_calls);
			ret = measure(&m);
			if (gup != page_put) {
				IS(ret, -EINVAL);
				continue;
			}
			if (!(offer.put_variants & (1U << put))) {
				IS(ret, -EOPNOTSUPP);
				continue;
			}
			IS(ret, 0);
			IS(m.error, 0);
			IS(m.pages_got, n);
			IS(m.rounds, 1);
			IS(m.get_calls_made, (n + per_call - 1) / per_call);
			for (i = 0; i < m.get_calls_made; i++) {
				ns += get_calls[i].ns;
				pages += get_calls[i].got;
				TRUE(get_calls[i].order < 32);
			}
			IS(ns, m.get_ns);
			IS(pages, n);
			for (i = ns = pages = 0; i < m.put_calls_made; i++) {
				ns += put_calls[i].ns;
				pages += put_calls[i].got;
				IS(put_calls[i].order, DAXPIN_ORDER_UNKNOWN);
			}
			IS(ns, m.put_ns);
			IS(pages, n);
			TRUE(m.memory_peak_bytes > 0 && m.memory_peak_bytes < 16 * MIB);
		}
	}
}

static void test_variants(void)
{
	void *mem = map_anon(8 * MIB), *shared;

	variants_of(mem, 8 * MIB, 512, 0);
	variants_of(mem, 8 * MIB, 1, 3);
	variants_of(mem, 8 * MIB - 5 * page, 100, 77);
	variants_of(mem, page, offer.max_pages_per_call, offer.max_pages_per_call);
	munmap(mem, 8 * MIB);

	mem = map_anon(16 * MIB);
	madvise(mem, 16 * MIB, MADV_HUGEPAGE);
	memset(mem, 1, 16 * MIB);
	variants_of(mem, 16 * MIB, 512, 1000);
	munmap(mem, 16 * MIB);

	shared = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	variants_of(shared, 4 * MIB, 300, 512);
	munmap(shared, 4 * MIB);
}

static void bad_measure(struct daxpin_measure m, int want, int line)
{
	int ret = measure(&m);

	check(ret == want, line, "measure", ret, want);
}

#define BAD(want, ...)                                                         \
	do {                                                                   \
		struct daxpin_measure m = measure_of(mem, MIB, DAXPIN_GET_FAST, DAXPIN_PUT_PAGES); \
		__VA_ARGS__;                                                   \
		bad_measure(m, want, __LINE__);                                \
	} while (0)

static void test_refused(void)
{
	char *mem = map_anon(MIB);
	struct daxpin_hold h;

	BAD(0, (void)m);
	BAD(-EINVAL, m.pages_per_call = 0);
	BAD(-EINVAL, m.pages_per_call = offer.max_pages_per_call + 1);
	BAD(-EINVAL, m.pages_per_call = ~0U);
	BAD(-EINVAL, m.put_pages_per_call = offer.max_pages_per_call + 1);
	BAD(-EINVAL, m.length = 0);
	BAD(-EINVAL, m.length--);
	BAD(-EINVAL, m.addr++);
	BAD(-EINVAL, m.length = -page);
	BAD(-EINVAL, m.addr = -page; m.length = 2 * page);
	BAD(-EFAULT, m.addr = -4 * page; m.length = page);
	BAD(-EFAULT, m.addr = 0xffff888000000000UL);
	BAD(-EFAULT, m.length = 1UL << 62);
	BAD(-EINVAL, m.get = DAXPIN_GET_COUNT);
	BAD(-EINVAL, m.get = ~0U);
	BAD(-EINVAL, m.put = DAXPIN_PUT_COUNT);
	BAD(-EINVAL, m.flags = 4);
	BAD(-EINVAL, m.flags = ~0U);
	BAD(-EINVAL, m.reserved[0] = 1);
	BAD(-EINVAL, m.reserved[1] = 1);
	BAD(-EINVAL, m.version = 0);
	BAD(-EINVAL, m.size = 8);
	BAD(-EINVAL, m.put = DAXPIN_PUT_PAGES_DIRTY; m.flags = 0);

	h = hold_of(mem, MIB, DAXPIN_GET_GUP);
	IS(hold(&h), -EINVAL);
	h = hold_of(mem, MIB, DAXPIN_GET_FAST);
	h.reserved[1] = 1;
	IS(hold(&h), -EINVAL);
	h = hold_of(mem, MIB, DAXPIN_GET_FAST);
	h.flags |= DAXPIN_COLD;
	IS(hold(&h), -EINVAL);
	h = hold_of(mem + 1, MIB, DAXPIN_GET_FAST);
	IS(hold(&h), -EINVAL);
	IS(daxpin_query(fd).memory_bytes, offer.memory_bytes);
	munmap(mem, MIB);
}

static void test_refused_orders(void)
{
	char *mem = map_anon(MIB);

	BAD(0, m.put_order = DAXPIN_PUT_ORDER_SHUFFLED; m.put_seed = ~0UL);
	BAD(0, m.put_order = DAXPIN_PUT_ORDER_INTERLEAVED; m.put_unit = 1);
	BAD(0, m.put_order = DAXPIN_PUT_ORDER_INTERLEAVED; m.put_unit = offer.max_pages_per_call);
	BAD(-EINVAL, m.put_order = DAXPIN_PUT_ORDER_COUNT);
	BAD(-EINVAL, m.put_order = ~0U);
	BAD(-EINVAL, m.put_order = DAXPIN_PUT_ORDER_SHUFFLED; m.put = DAXPIN_PUT_RANGE_DIRTY);
	BAD(-EINVAL, m.put_order = DAXPIN_PUT_ORDER_STRIDED; m.put = DAXPIN_PUT_FOLIO);
	BAD(-EINVAL, m.put_order = DAXPIN_PUT_ORDER_INTERLEAVED; m.put = DAXPIN_PUT_FOLIO);
	BAD(-EINVAL, m.put_seed = 1);
	BAD(-EINVAL, m.put_order = DAXPIN_PUT_ORDER_STRIDED; m.put_seed = 1);
	BAD(-EINVAL, m.put_unit = 1);
	BAD(-EINVAL, m.put_order = DAXPIN_PUT_ORDER_SHUFFLED; m.put_unit = 512);
	BAD(-EINVAL, m.put_order = DAXPIN_PUT_ORDER_INTERLEAVED; m.put_unit = 3);
	BAD(-EINVAL, m.put_order = DAXPIN_PUT_ORDER_INTERLEAVED; m.put_unit = 2 * offer.max_pages_per_call);
	BAD(-EINVAL, m.put_order = DAXPIN_PUT_ORDER_INTERLEAVED; m.put_unit = 1U << 31);
	BAD(-EINVAL, m.hold_ms = DAXPIN_MAX_HOLD_MS + 1);
	BAD(-EINVAL, m.hold_ms = ~0U);
	IS(daxpin_query(fd).memory_bytes, offer.memory_bytes);
	munmap(mem, MIB);
}

static void order_of(struct daxpin_measure m)
{
	IS(measure(&m), 0);
	IS(m.error, 0);
	IS(m.pages_got, m.length / page);
	TRUE(m.memory_peak_bytes < 16 * MIB);
}

/* Each order with each put that works on single pages. */
static void orders_of(void *mem, size_t length, __u32 put_per_call)
{
	static const struct {
		__u32 get, put;
	} pairs[] = {
		{ DAXPIN_GET_FAST, DAXPIN_PUT_PAGES },
		{ DAXPIN_GET_LONGTERM, DAXPIN_PUT_PAGES_DIRTY },
		{ DAXPIN_GET_GUP_FAST, DAXPIN_PUT_PAGE },
	};
	static const __u32 units[] = { 0, 2, 512, 1 << 18 };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct daxpin_measure m = measure_of(mem, length, pairs[i].get, pairs[i].put);

		m.put_pages_per_call = put_per_call;
		m.put_order = DAXPIN_PUT_ORDER_STRIDED;
		order_of(m);
		m.put_order = DAXPIN_PUT_ORDER_SHUFFLED;
		m.put_seed = put_per_call + i;
		order_of(m);
		m.put_order = DAXPIN_PUT_ORDER_INTERLEAVED;
		m.put_seed = 0;
		for (j = 0; j < ARRAY_SIZE(units); j++) {
			m.put_unit = units[j];
			order_of(m);
		}
	}
}

/*
 * A page that is put twice in place of another leaves the counts as they should
 * be. But it is lost, and so is the other one; and put_page() frees it while it is
 * mapped, about which the kernel complains.
 */
static void test_orders(void)
{
	static const __u32 calls[] = { 0, 1, 2, 3, 4, 77, 512, 1000 };
	long long before, lost;
	char *mem;
	size_t i;

	mem = map_anon(8 * MIB);
	madvise(mem, 8 * MIB, MADV_NOHUGEPAGE);
	orders_of(mem, 8 * MIB, 0);
	munmap(mem, 8 * MIB);
	before = proc_value("/proc/meminfo", "MemAvailable");
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		mem = map_anon(8 * MIB);
		madvise(mem, 8 * MIB, MADV_NOHUGEPAGE);
		orders_of(mem, 8 * MIB - 3 * page, calls[i]);
		munmap(mem, 8 * MIB);
	}
	lost = before - proc_value("/proc/meminfo", "MemAvailable");
	printf("# %lld KiB lost\n", lost);
	TRUE(before > 0 && lost < 4096);

	mem = map_anon(16 * MIB);
	madvise(mem, 16 * MIB, MADV_HUGEPAGE);
	memset(mem, 1, 16 * MIB);
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		orders_of(mem + page, 16 * MIB - 3 * page, calls[i]);
	munmap(mem, 16 * MIB);
	IS(pages_charged(0), 0);
	IS(daxpin_query(fd).memory_bytes, offer.memory_bytes);
}

/* What is refused to others than root; the answer is an exit status. */
static int unprivileged(char *mem)
{
	struct daxpin_measure m = measure_of(mem, 8 * page, DAXPIN_GET_FAST, DAXPIN_PUT_PAGES);

	if (setuid(65534))
		return 2;
	if (measure(&m) || m.pages_got != 8)
		return 3;
	m.flags |= DAXPIN_COLD;
	return measure(&m) == -EPERM ? 0 : 4;
}

static void test_cold(void)
{
	char *mem = map_anon(8 * MIB);
	struct daxpin_measure m = measure_of(mem, 8 * MIB, DAXPIN_GET_FAST, DAXPIN_PUT_PAGES);
	int status;
	pid_t pid;

	m.flags |= DAXPIN_COLD;
	m.hold_ms = 1;
	for (m.put_order = 0; m.put_order < DAXPIN_PUT_ORDER_COUNT; m.put_order++)
		order_of(m);
	m.put_order = DAXPIN_PUT_ORDER_SEQUENTIAL;
	if (offer.put_variants & (1U << DAXPIN_PUT_FOLIO)) {
		m.put = DAXPIN_PUT_FOLIO;
		order_of(m);
	}
	m.get = DAXPIN_GET_GUP;
	m.put = DAXPIN_PUT_PAGE;
	order_of(m);

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(unprivileged(mem));
	waitpid(pid, &status, 0);
	IS(status, 0);
	munmap(mem, 8 * MIB);
}

/* A hole within a call is a short get, one at its start is an error of get. */
static void test_short(void)
{
	struct daxpin_call calls[4] = { 0 };
	char *mem = map_anon(4 * MIB);
	struct daxpin_measure m;
	struct daxpin_hold h;
	__u32 get;

	munmap(mem + 3 * MIB, page);
	for (get = 0; get < DAXPIN_GET_COUNT; get++) {
		__u32 put = get < DAXPIN_GET_GUP_FAST ? DAXPIN_PUT_PAGES : DAXPIN_PUT_PAGE;

		m = measure_of(mem, 4 * MIB, get, put);
		m.get_calls = (uintptr_t)calls;
		m.get_calls_max = ARRAY_SIZE(calls);
		IS(measure(&m), 0);
		IS(m.error, 0);
		IS(m.pages_got, 768);
		IS(calls[1].asked, 512);
		IS(calls[1].got, 256);

		m.pages_per_call = 256;
		IS(measure(&m), 0);
		IS(m.error, -EFAULT);
		IS(m.pages_got, 768);
		IS(calls[3].got, -EFAULT);
		IS(calls[3].order, DAXPIN_ORDER_UNKNOWN);
	}
	for (get = 0; get < DAXPIN_GET_GUP_FAST; get++) {
		h = hold_of(mem, 4 * MIB, get);
		IS(hold(&h), -EFAULT);
		h.pages_per_call = 256;
		IS(hold(&h), -EFAULT);
	}
	IS(pages_charged(0), 0);
	munmap(mem, 4 * MIB);
}

static void test_calls(void)
{
	struct daxpin_call calls[3] = { 0 };
	char *mem = map_anon(MIB);
	struct daxpin_measure m = measure_of(mem, MIB, DAXPIN_GET_FAST, DAXPIN_PUT_PAGES);

	m.pages_per_call = 64;
	m.put_pages_per_call = 64;
	m.get_calls = (uintptr_t)calls;
	m.get_calls_max = 2;
	IS(measure(&m), 0);
	IS(m.get_calls_made, 4);
	IS(m.put_calls_made, 4);
	IS(calls[1].got, 64);
	IS(calls[2].asked, 0);

	/* Nowhere to store: an error, at the end or on the way, and no page stays. */
	m.get_calls = 4096;
	m.get_calls_max = 1000;
	IS(measure(&m), -EFAULT);
	m.pages_per_call = 1;
	IS(measure(&m), -EFAULT);
	m.get_calls = 0;
	m.put_calls = 4096;
	m.put_calls_max = 1000;
	m.put_pages_per_call = 1;
	IS(measure(&m), -EFAULT);
	IS(pages_charged(0), 0);
	munmap(mem, MIB);
}

/* The structure itself cannot be written. */
static void test_read_only(void)
{
	struct daxpin_hold *h = map_anon(page);
	struct daxpin_measure *m = (void *)h;
	char *mem = map_anon(MIB);

	*h = hold_of(mem, MIB, DAXPIN_GET_FAST);
	mprotect(h, page, PROT_READ);
	IS(hold(h), -EFAULT);
	mprotect(h, page, PROT_READ | PROT_WRITE);
	*m = measure_of(mem, MIB, DAXPIN_GET_FAST, DAXPIN_PUT_PAGES);
	mprotect(h, page, PROT_READ);
	IS(measure(m), -EFAULT);
	IS(daxpin_query(fd).holds, 0);
	IS(pages_charged(0), 0);
	munmap(h, page);
	munmap(mem, MIB);
}

/* The zero page is as scattered as pages can be: each is a run. */
static void test_scattered(void)
{
	size_t length = 2 * offer.max_runs * page + page;
	char *mem = map_anon(length);
	struct daxpin_measure m = measure_of(mem, length, DAXPIN_GET_FAST, DAXPIN_PUT_PAGES);
	struct daxpin_hold h = hold_of(mem, length, DAXPIN_GET_FAST);

	madvise(mem, length, MADV_NOHUGEPAGE);
	m.flags = 0;
	m.pages_per_call = 4096;
	IS(measure(&m), 0);
	IS(m.error, 0);
	IS(m.pages_got, length / page);
	TRUE(m.rounds >= 3);
	TRUE(m.memory_peak_bytes < 16 * MIB);
	m.put_order = DAXPIN_PUT_ORDER_INTERLEAVED;
	m.flags = DAXPIN_COLD;
	order_of(m);
	h.flags = 0;
	IS(hold(&h), -E2BIG);
	IS(pages_charged(0), 0);
	IS(daxpin_query(fd).memory_bytes, offer.memory_bytes);
	munmap(mem, length);
}

/* 64 GiB that cost nothing: the huge zero page, again and again. */
static void test_memory(void)
{
	size_t length = 64 * GIB;
	char *mem = map_anon(length);
	struct daxpin_measure m = measure_of(mem, length, DAXPIN_GET_FAST, DAXPIN_PUT_PAGES);

	if (madvise(mem, length, MADV_HUGEPAGE)) {
		skipped++;
		printf("# no huge zero page here: memory of 64 GiB not tested\n");
	} else {
		m.flags = 0;
		m.pages_per_call = offer.max_pages_per_call;
		IS(measure(&m), 0);
		IS(m.error, 0);
		IS(m.pages_got, length / page);
		IS(m.rounds, 1);
		printf("# 64 GiB: memory_peak_bytes %llu\n", m.memory_peak_bytes);
		TRUE(m.memory_peak_bytes < 16 * MIB);
	}
	munmap(mem, length);
}

static const char *dax_device;

static void test_dax(void)
{
	int dax = open(dax_device, O_RDWR | O_CLOEXEC);
	size_t length = 256 * MIB;
	void *mem = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, dax, 0);
	struct daxpin_hold h = hold_of(mem, length, DAXPIN_GET_FAST_LONGTERM);

	TRUE(mem != MAP_FAILED);
	if (mem == MAP_FAILED)
		return;
	variants_of(mem, length, 512, 0);
	variants_of(mem, length, offer.max_pages_per_call, 512);
	orders_of(mem, length, 0);
	orders_of(mem, length, 1000);
	IS(hold(&h), 0);
	munmap(mem, length);
	close(dax);
	IS(release(h.id, NULL), 0);
}

int main(int argc, char **argv)
{
	tests_start();
	RUN(query);
	RUN(variants);
	RUN(refused);
	RUN(refused_orders);
	RUN(orders);
	RUN(cold);
	RUN(short);
	RUN(calls);
	RUN(read_only);
	RUN(scattered);
	RUN(memory);
	if (argc > 1) {
		dax_device = argv[1];
		RUN(dax);
	}
	return tests_end();
}

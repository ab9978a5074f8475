// SPDX-License-Identifier: GPL-2.0-or-later
/* What the ioctls of /dev/daxpin promise. usage: module-test [DAX-DEVICE] */
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
	IS(offer.holds, 0);

	q = DAXPIN_INIT(daxpin_query);
	q.reserved[3] = 1;
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
	BAD(-EINVAL, m.flags = 2);
	BAD(-EINVAL, m.reserved0 = 1);
	BAD(-EINVAL, m.reserved[0] = 1);
	BAD(-EINVAL, m.reserved[3] = 1);
	BAD(-EINVAL, m.version = 0);
	BAD(-EINVAL, m.size = 8);
	BAD(-EINVAL, m.put = DAXPIN_PUT_PAGES_DIRTY; m.flags = 0);

	h = hold_of(mem, MIB, DAXPIN_GET_GUP);
	IS(hold(&h), -EINVAL);
	h = hold_of(mem, MIB, DAXPIN_GET_FAST);
	h.reserved[1] = 1;
	IS(hold(&h), -EINVAL);
	h = hold_of(mem + 1, MIB, DAXPIN_GET_FAST);
	IS(hold(&h), -EINVAL);
	IS(daxpin_query(fd).memory_bytes, offer.memory_bytes);
	munmap(mem, MIB);
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

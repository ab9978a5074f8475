// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pages of a device-dax device: are they the ones that the page tables and the struct pages say?
 * usage: dax-pages write|verify DEVICE SEED [LOW HIGH]
 *        dax-pages life DEVICE SEED
 *        dax-pages resource DEVICE
 *
 * write    puts data into the first, the last and scattered pages: SEED and their physical addresses
 * verify   checks it; LOW and HIGH are physical addresses: only what is between them
 * life     mapped, faulted, pinned, written, read by other mappings and by the kernel, unpinned
 * resource prints the physical range of each part of the device
 */
#define _GNU_SOURCE
#include "dax-common.h"

#include <sys/uio.h>

static struct dax dax;
static uint64_t seed;

static void write_pages(char *at)
{
	uint64_t offset;

	for_each_sample(&dax, offset)
		page_write(at + offset, dax_phys(&dax, offset), seed);
}

static unsigned int verify_pages(const char *at, uint64_t low, uint64_t high, const char *how)
{
	unsigned int pages = 0;
	uint64_t offset, phys;

	for_each_sample(&dax, offset) {
		phys = dax_phys(&dax, offset);
		if (phys < low || phys >= high)
			continue;
		page_check(at + offset, phys, seed, how);
		pages++;
	}
	return pages;
}

/* The first and the last page of a device are samples by where it ends: not for devices that differ. */
static unsigned int verify_common(const char *at, uint64_t low, uint64_t high)
{
	unsigned int pages = 0;
	uint64_t offset, phys;

	for (offset = 0; offset < dax.size; offset += PAGE) {
		phys = dax_phys(&dax, offset);
		if (phys < low || phys >= high || !page_sampled(phys))
			continue;
		page_check(at + offset, phys, seed, "verify");
		pages++;
	}
	return pages;
}

static void verify_by_child(const char *inherited)
{
	pid_t pid = fork();

	if (!pid) {
		if (inherited)
			verify_pages(inherited, 0, UINT64_MAX, "inherited mapping of a child");
		verify_pages(dax_map(&dax), 0, UINT64_MAX, "mapping of a child");
		_exit(0);
	}
	wait_ok(pid, "verify by a child");
}

/*
 * vmsplice() takes references with get_user_pages_fast() and read() of the pipe copies from where
 * the struct pages say that the data is.
 */
static void verify_by_pipe(char *at)
{
	unsigned int pages = 0;
	uint64_t offset;
	char copy[PAGE];
	int ends[2];

	if (pipe(ends))
		fail("pipe: %s", strerror(errno));
	for_each_sample(&dax, offset) {
		struct iovec part = { .iov_base = at + offset, .iov_len = PAGE };

		if (offset && offset != dax.size - PAGE && pages++ % 8)
			continue;
		if (vmsplice(ends[1], &part, 1, 0) != (ssize_t)PAGE)
			fail("vmsplice of a page at %#llx: %s", (unsigned long long)offset, strerror(errno));
		if (read(ends[0], copy, PAGE) != (ssize_t)PAGE)
			fail("read of the pipe: %s", strerror(errno));
		page_check(copy, dax_phys(&dax, offset), seed, "struct page");
	}
	close(ends[0]);
	close(ends[1]);
}

static void measure_one(char *at, size_t length, __u32 get, __u32 put, unsigned int per_get, unsigned int per_put)
{
	struct daxpin_measure m = measure_of(at, length, get, put);
	int ret;

	m.pages_per_call = per_get;
	m.put_pages_per_call = per_put;
	ret = measure(&m);
	if (ret || m.error)
		fail("get %u, put %u: %s", get, put, strerror(ret ? -ret : -m.error));
	if (m.pages_got != length / PAGE)
		fail("get %u, put %u: got %llu of %zu pages", get, put, (unsigned long long)m.pages_got,
		     length / PAGE);
}

/*
 * Every get with every put that belongs to it, on pages that begin and end in the middle of compound
 * pages, in calls that do so too.
 */
static void measure_all(char *at)
{
	size_t leaf = dax.align < 2 * MIB ? 2 * MIB : dax.align, length = 1100 * PAGE;
	size_t edge = (dax.size > leaf ? leaf : dax.size / 2) - 5 * PAGE;
	__u32 get, put;

	for (get = 0; get < DAXPIN_GET_COUNT; get++)
		for (put = 0; put < DAXPIN_PUT_COUNT; put++) {
			bool counted = get == DAXPIN_GET_GUP_FAST || get == DAXPIN_GET_GUP;

			if (!(offer.get_variants & 1U << get) || !(offer.put_variants & 1U << put))
				continue;
			if (counted != (put == DAXPIN_PUT_PAGE))
				continue;
			measure_one(at + edge, length, get, put, 512, 512);
			measure_one(at + edge, length, get, put, 7, 3);
			measure_one(at + edge, length, get, put, 3, 7);
		}
}

static void hold_all(char *at)
{
	long long before = pages_pinned();
	char *other = dax_map(&dax);
	__u64 id, second;

	/* the device's pages are faulted by the pin */
	id = hold_range(other, dax.size, DAXPIN_GET_FAST_LONGTERM);
	expect_pinned(before + (long long)(dax.size / PAGE), "hold of the whole device");
	verify_pages(other, 0, UINT64_MAX, "pinned mapping");
	second = hold_range(at + dax.align - PAGE, PAGE, DAXPIN_GET_LONGTERM);
	let_go(id);
	expect_pinned(before + 1, "hold of one page after release of the device");
	let_go(second);
	expect_pinned(before, "release");
	munmap(other, dax.size);
}

static void life(void)
{
	char *at, *other;

	tests_start();
	at = dax_map(&dax);
	write_pages(at);
	other = dax_map(&dax);
	verify_pages(other, 0, UINT64_MAX, "second mapping");
	munmap(other, dax.size);
	verify_by_child(at);
	verify_by_pipe(at);
	hold_all(at);
	measure_all(at);
	verify_pages(at, 0, UINT64_MAX, "first mapping at the end");
	munmap(at, dax.size);
}

int main(int argc, char **argv)
{
	uint64_t low = argc > 4 ? strtoull(argv[4], NULL, 0) : 0;
	uint64_t high = argc > 5 ? strtoull(argv[5], NULL, 0) : UINT64_MAX;
	const char *what = argc > 2 ? argv[1] : "";
	unsigned int pages;

	program = "dax-pages";
	if (argc > 2)
		dax = dax_open(argv[2]);
	if (argc > 3)
		seed = scatter(strtoull(argv[3], NULL, 0) + 1);
	if (!strcmp(what, "write") && argc == 4) {
		write_pages(dax_map(&dax));
	} else if (!strcmp(what, "verify") && argc == 4) {
		verify_pages(dax_map(&dax), low, high, "verify");
	} else if (!strcmp(what, "verify") && argc == 6) {
		pages = verify_common(dax_map(&dax), low, high);
		if (!pages)
			fail("no page of %s is between %#llx and %#llx", dax.name, (unsigned long long)low,
			     (unsigned long long)high);
		printf("%u pages\n", pages);
	} else if (!strcmp(what, "life") && argc == 4) {
		life();
	} else if (!strcmp(what, "resource")) {
		for (unsigned int i = 0; i < dax.ranges; i++)
			printf("%#llx %#llx\n", (unsigned long long)dax.range[i].start,
			       (unsigned long long)(dax.range[i].start + dax.range[i].length));
	} else {
		fputs("usage: dax-pages write|verify DEVICE SEED [LOW HIGH]\n"
		      "       dax-pages life DEVICE SEED\n       dax-pages resource DEVICE\n", stderr);
		return 2;
	}
	return 0;
}

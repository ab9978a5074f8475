// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens to a mapping while its pages are pinned. usage: dax-life TEST DEVICE
 * fork, munmap, partial, mremap, exit: see the functions; each ends with nothing pinned.
 * splice: puts references to the first and the last page into a pipe, says "held" and waits for the
 *	end of its standard input: references that no driver of pins knows of.
 */
#define _GNU_SOURCE
#include "dax-common.h"

#include <sys/uio.h>

#define SEED 0x5eed

static struct dax dax;
static size_t length;	/* of the part of the device that is pinned */
static long long before;
static const size_t few[] = { 0, 1, 7, 511 };

static size_t few_offset(unsigned int i)
{
	return few[i] * PAGE < length ? few[i] * PAGE : length - PAGE;
}

/* The ends of the part and some pages near the start: enough to see a mapping go wrong. */
static void write_few(char *at, uint64_t seed)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(few); i++)
		page_write(at + few_offset(i), dax_phys(&dax, few_offset(i)), seed);
	page_write(at + length - PAGE, dax_phys(&dax, length - PAGE), seed);
}

static void check_few(const char *at, uint64_t seed, const char *how)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(few); i++)
		page_check(at + few_offset(i), dax_phys(&dax, few_offset(i)), seed, how);
	page_check(at + length - PAGE, dax_phys(&dax, length - PAGE), seed, how);
}

static void expect_held(const char *when)
{
	expect_pinned(before + (long long)(length / PAGE), when);
}

/* A child reads and writes what it inherited and ends; the pins of its parent stay as they are. */
static void test_fork(void)
{
	char *at = dax_map_part(&dax, 0, length);
	__u64 id;
	pid_t pid;

	write_few(at, SEED);
	id = hold_range(at, length, DAXPIN_GET_FAST_LONGTERM);
	for (int round = 0; round < 3; round++) {
		pid = fork();
		if (!pid) {
			check_few(at, SEED + round, "child");
			write_few(at, SEED + round + 1);
			if (round == 1)
				munmap(at, length);
			_exit(0);
		}
		wait_ok(pid, "child");
		expect_held("after the end of a child");
		check_few(at, SEED + round + 1, "parent, what the child wrote");
	}
	let_go(id);
	check_few(at, SEED + 3, "after release");
}

/* A child that is forked while pages are pinned releases them: by the file that it shares. */
static void test_fork_release(void)
{
	char *at = dax_map_part(&dax, 0, length);
	__u64 id;
	pid_t pid;

	write_few(at, SEED);
	id = hold_range(at, length, DAXPIN_GET_LONGTERM);
	pid = fork();
	if (!pid) {
		let_go(id);
		_exit(0);
	}
	wait_ok(pid, "child that releases");
	expect_pinned(before, "after release by a child");
	check_few(at, SEED, "parent");
}

/* The mapping goes, the pins stay, the memory is the same in a new mapping. */
static void test_munmap(void)
{
	char *at = dax_map_part(&dax, 0, length);
	__u64 id;

	write_few(at, SEED);
	id = hold_range(at, length, DAXPIN_GET_FAST);
	if (munmap(at, length))
		fail("munmap: %s", strerror(errno));
	expect_held("after munmap");
	at = dax_map_part(&dax, 0, length);
	check_few(at, SEED, "new mapping");
	write_few(at, SEED + 1);
	let_go(id);
	check_few(at, SEED + 1, "new mapping after release");
}

/* Part of a leaf cannot go, a leaf can. */
static void test_partial(void)
{
	char *at = dax_map_part(&dax, 0, length), *other;
	__u64 id;

	write_few(at, SEED);
	id = hold_range(at, length, DAXPIN_GET_FAST_LONGTERM);
	if (dax.align > PAGE) {
		if (!munmap(at + PAGE, PAGE) || errno != EINVAL)
			fail("munmap of a part of a leaf is not refused with EINVAL");
		if (!mprotect(at, PAGE, PROT_READ) || errno != EINVAL)
			fail("mprotect of a part of a leaf is not refused with EINVAL");
		check_few(at, SEED, "after the refusals");
	}
	if (munmap(at, dax.align))
		fail("munmap of a leaf: %s", strerror(errno));
	expect_held("after munmap of a leaf");
	other = dax_map_part(&dax, 0, length);
	check_few(other, SEED, "new mapping");
	if (length > dax.align)
		page_check(at + length - PAGE, dax_phys(&dax, length - PAGE), SEED, "what is left");
	let_go(id);
	check_few(other, SEED, "new mapping after release");
}

static void test_mremap(void)
{
	char *at = dax_map_part(&dax, 0, length), *target, *moved;
	size_t room = length + 2 * dax.align;
	__u64 id;

	write_few(at, SEED);
	id = hold_range(at, length, DAXPIN_GET_SLOW);
	target = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	target += dax.align - (uintptr_t)target % dax.align;
	moved = mremap(at, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, target);
	if (moved == MAP_FAILED)
		fail("mremap: %s", strerror(errno));
	expect_held("after mremap");
	check_few(moved, SEED, "moved mapping");
	write_few(moved, SEED + 1);
	let_go(hold_range(moved, length, DAXPIN_GET_FAST));
	expect_held("after another pin at the new place");
	let_go(id);
	check_few(moved, SEED + 1, "moved mapping after release");
}

/* A process ends without a word while its pages are pinned. */
static void test_exit(void)
{
	pid_t pid = fork();

	if (!pid) {
		fd = daxpin_open();
		hold_range(dax_map_part(&dax, 0, length), length, DAXPIN_GET_FAST_LONGTERM);
		_exit(0);
	}
	wait_ok(pid, "process that holds");
}

/* The pages are held twice, one hold goes, and the device is mapped by nobody any more. */
static void test_twice(void)
{
	char *at = dax_map_part(&dax, 0, length);
	__u64 first, second;

	write_few(at, SEED);
	first = hold_range(at, length, DAXPIN_GET_FAST_LONGTERM);
	second = hold_range(at, length, DAXPIN_GET_LONGTERM);
	expect_pinned(before + 2 * (long long)(length / PAGE), "held twice");
	munmap(at, length);
	let_go(first);
	expect_held("after one release");
	let_go(second);
}

static void test_splice(void)
{
	char *at = dax_map_part(&dax, 0, length), byte;
	struct iovec part = { .iov_base = at, .iov_len = PAGE };
	int ends[2];

	write_few(at, SEED);
	if (pipe(ends))
		fail("pipe: %s", strerror(errno));
	if (vmsplice(ends[1], &part, 1, 0) != (ssize_t)PAGE)
		fail("vmsplice: %s", strerror(errno));
	part.iov_base = at + length - PAGE;
	if (vmsplice(ends[1], &part, 1, 0) != (ssize_t)PAGE)
		fail("vmsplice: %s", strerror(errno));
	munmap(at, length);
	close(dax.fd);
	printf("held\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "fork", test_fork },	   { "fork-release", test_fork_release },
	{ "munmap", test_munmap }, { "partial", test_partial },
	{ "mremap", test_mremap }, { "exit", test_exit },
	{ "twice", test_twice },   { "splice", test_splice },
};

int main(int argc, char **argv)
{
	unsigned int i;

	program = "dax-life";
	for (i = 0; argc == 3 && i < ARRAY_SIZE(tests); i++)
		if (!strcmp(argv[1], tests[i].name))
			break;
	if (argc != 3 || i == ARRAY_SIZE(tests)) {
		fputs("usage: dax-life TEST DEVICE\n", stderr);
		return 2;
	}
	dax = dax_open(argv[2]);
	/* two leaves, and a few megabytes where they are small */
	length = 2 * dax.align < 6 * MIB ? 6 * MIB : 2 * dax.align;
	if (length > dax.size)
		length = dax.size / dax.align * dax.align;
	if (!strcmp(argv[1], "splice")) {
		test_splice();
		return 0;
	}
	fd = daxpin_open();
	offer = daxpin_query(fd);
	before = pages_pinned();
	tests[i].run();
	expect_pinned(before, "at the end");
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file on a file system with -o dax, and device-dax as a buffer of O_DIRECT.
 * usage: dax-file map FILE		written and read, through mappings and read(); pinned
 *	  dax-file direct DEVICE DISK	O_DIRECT from the device's mapping to DISK and back
 */
#define _GNU_SOURCE
#include "dax-common.h"

#include <linux/mman.h>

#define SEED 0xf11e
#define FILE_SIZE (8 * MIB)

static char *map_file(int file)
{
	char *at = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED_VALIDATE | MAP_SYNC, file, 0);

	if (at == MAP_FAILED)
		fail("mmap with MAP_SYNC: %s; is it mounted with -o dax?", strerror(errno));
	return at;
}

static void write_all(char *at, size_t length, uint64_t seed)
{
	for (size_t offset = 0; offset < length; offset += PAGE)
		page_write(at + offset, offset, seed);
}

static void check_all(const char *at, size_t length, uint64_t seed, const char *how)
{
	for (size_t offset = 0; offset < length; offset += PAGE)
		page_check(at + offset, offset, seed, how);
}

static void read_all(int file, char *buffer, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t n = pread(file, buffer + done, length - done, done);

		if (n <= 0)
			fail("read at %zu: %s", done, n ? strerror(errno) : "end of file");
		done += n;
	}
}

static void write_file(int file, const char *buffer, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t n = pwrite(file, buffer + done, length - done, done);

		if (n <= 0)
			fail("write at %zu: %s", done, n ? strerror(errno) : "no room");
		done += n;
	}
}

/* A file's pages may be pinned for a while; for long they may not, as the file system could not move them. */
static void pin_file(char *at)
{
	long long before = pages_pinned();
	struct daxpin_hold h;
	int ret;

	tests_start();
	let_go(hold_range(at, FILE_SIZE, DAXPIN_GET_FAST));
	let_go(hold_range(at, FILE_SIZE, DAXPIN_GET_SLOW));
	h = hold_of(at, FILE_SIZE, DAXPIN_GET_LONGTERM);
	ret = hold(&h);
	printf("# longterm pin of a file: %s\n", strerror(-ret));
	if (ret != -EOPNOTSUPP)
		fail("a longterm pin of a file is not refused with EOPNOTSUPP");
	h = hold_of(at, FILE_SIZE, DAXPIN_GET_FAST_LONGTERM);
	ret = hold(&h);
	printf("# fast longterm pin of a file: %s\n", strerror(-ret));
	if (ret != -EOPNOTSUPP)
		fail("a fast longterm pin of a file is not refused with EOPNOTSUPP");
	expect_pinned(before, "after the refusals");
}

static void test_map(const char *path)
{
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char *at, *other, *buffer = map_anon(FILE_SIZE);

	if (file < 0 || posix_fallocate(file, 0, FILE_SIZE))
		fail("%s: %s", path, strerror(errno));
	at = map_file(file);
	write_all(at, FILE_SIZE, SEED);
	read_all(file, buffer, FILE_SIZE);
	check_all(buffer, FILE_SIZE, SEED, "read() of what was written to the mapping");
	write_all(buffer, FILE_SIZE, SEED + 1);
	write_file(file, buffer, FILE_SIZE);
	other = map_file(file);
	check_all(other, FILE_SIZE, SEED + 1, "mapping of what was written by write()");
	pin_file(at);
	munmap(other, FILE_SIZE);
	check_all(at, FILE_SIZE, SEED + 1, "after the pins");
	if (msync(at, FILE_SIZE, MS_SYNC))
		fail("msync: %s", strerror(errno));
}

static void test_direct(const char *device, const char *path)
{
	struct dax dax = dax_open(device);
	int disk = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	char *at = dax_map_part(&dax, 0, dax.align < 16 * MIB ? 16 * MIB : dax.align), *in;

	if (disk < 0)
		fail("%s: %s", path, strerror(errno));
	/* begins and ends in the middle of a leaf */
	in = at + 3 * PAGE;
	write_all(in, 5 * MIB, SEED);
	write_file(disk, in, 5 * MIB);
	write_all(in, 5 * MIB, SEED + 1);
	read_all(disk, in, 5 * MIB);
	check_all(in, 5 * MIB, SEED, "O_DIRECT from the device and back");
}

int main(int argc, char **argv)
{
	program = "dax-file";
	if (argc == 3 && !strcmp(argv[1], "map")) {
		test_map(argv[2]);
	} else if (argc == 4 && !strcmp(argv[1], "direct")) {
		test_direct(argv[2], argv[3]);
	} else {
		fputs("usage: dax-file map FILE\n       dax-file direct DEVICE DISK\n", stderr);
		return 2;
	}
	return 0;
}

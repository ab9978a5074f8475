// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pins a range and waits. usage: hold DEVICE|anon BYTES
 * Prints "held PAGES MEMORY_PEAK_BYTES" and stays until it is killed or its
 * standard input ends; then it exits without releasing: close has to do it.
 */
#define _GNU_SOURCE
#include "module-common.h"

static void *map_range(const char *what, size_t length)
{
	int anon = !strcmp(what, "anon");
	int fd = anon ? -1 : open(what, O_RDWR | O_CLOEXEC);
	void *at;

	if (!anon && fd < 0) {
		fprintf(stderr, "hold: %s: %s\n", what, strerror(errno));
		exit(2);
	}
	at = mmap(NULL, length, PROT_READ | PROT_WRITE, anon ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) {
		fprintf(stderr, "hold: mmap of %zu bytes: %s\n", length, strerror(errno));
		exit(2);
	}
	return at;
}

int main(int argc, char **argv)
{
	struct daxpin_hold hold = DAXPIN_INIT(daxpin_hold);
	struct daxpin_query query;
	char byte;
	int fd, rc;

	if (argc != 3) {
		fputs("usage: hold DEVICE|anon BYTES\n", stderr);
		return 2;
	}
	hold.length = strtoull(argv[2], NULL, 0);
	hold.addr = (uintptr_t)map_range(argv[1], hold.length);
	hold.get = DAXPIN_GET_FAST_LONGTERM;
	hold.pages_per_call = 512;
	hold.flags = DAXPIN_WRITE;
	fd = daxpin_open();
	rc = daxpin_ioctl(fd, DAXPIN_IOC_HOLD, &hold);
	if (rc) {
		fprintf(stderr, "hold: %s\n", strerror(-rc));
		return 1;
	}
	query = daxpin_query(fd);
	printf("held %llu %llu\n", (unsigned long long)hold.pages, (unsigned long long)query.memory_peak_bytes);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

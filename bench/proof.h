/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proof by data that a registration leads to the memory that the CPU sees. */
#ifndef DAXPIN_PROOF_H
#define DAXPIN_PROOF_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct proof_path - how a device gets at registered memory
 * @scratch: what it reads into and writes from
 * @bytes: that it moves, of the beginning of a page; a multiple of 8
 * @read: has the device read the page at an address into scratch. Returns 0 or -errno
 *	after printing
 * @write: the same from scratch to the page
 * @read_name: for messages ("RDMA READ")
 * @write_name: the same
 * @user: for @read and @write
 */
struct proof_path {
	unsigned char *scratch;
	size_t bytes;
	int (*read)(void *user, const void *page);
	int (*write)(void *user, void *page);
	const char *read_name;
	const char *write_name;
	void *user;
};

/**
 * struct proof - a registration to be proven
 * @path: through this registration
 * @address: what has been registered, whole pages
 * @length: bytes
 * @random: pages that are looked at, besides the first and the last
 * @write: the pages may be written to; what was in them is put back
 * @seed: of the random pages and of the patterns
 */
struct proof {
	struct proof_path path;
	unsigned char *address;
	size_t length;
	unsigned int random;
	int write;
	uint64_t seed;
};

/* Returns 0, -EBADMSG after it has printed address and byte, or another -errno
 * after printing. */
int prove(const struct proof *proof);

/* Which of count registrations, of which max are proven, is number i (from 0) to be
 * proven: all, or the first, the last and random ones of those between them. */
size_t proof_choose(size_t count, size_t max, size_t i, uint64_t seed);

/* Random numbers that are the same in each run: splitmix64. */
uint64_t proof_mix(uint64_t x);

#endif

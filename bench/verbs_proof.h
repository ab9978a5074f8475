/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proof by data that a registration leads to the memory that the CPU sees. */
#ifndef DAXPIN_VERBS_PROOF_H
#define DAXPIN_VERBS_PROOF_H

#include <stddef.h>
#include <stdint.h>

/* Pages of a registration that are looked at, besides the first and the last. */
#define VERBS_PROOF_RANDOM 4

struct verbs_loopback;

/**
 * struct verbs_proof - a registration to be proven
 * @loopback: in the protection domain of the registration
 * @rkey: of the registration
 * @address: what has been registered, whole pages
 * @length: bytes
 * @write: the pages may be written to; what was in them is put back
 * @seed: of the random pages and of the patterns
 */
struct verbs_proof {
	struct verbs_loopback *loopback;
	uint32_t rkey;
	unsigned char *address;
	size_t length;
	int write;
	uint64_t seed;
};

/* Returns 0, -EBADMSG after it has printed address and byte, or another -errno
 * after printing. */
int verbs_prove(const struct verbs_proof *proof);

/* Random numbers that are the same in each run: splitmix64. */
uint64_t verbs_mix(uint64_t x);

#endif

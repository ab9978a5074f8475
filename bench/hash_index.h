/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds elements of a growing array by what they are, in constant time. The array is its owner's; the index knows
 * numbers of elements only, so that the array may move.
 */
#ifndef DAXPIN_HASH_INDEX_H
#define DAXPIN_HASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_INDEX_NONE SIZE_MAX

struct hash_slot {
	uint32_t hash;
	uint32_t number; /* of the element, from 1; 0: free */
};

/* All zero: empty. */
struct hash_index {
	struct hash_slot *slots;
	size_t n, room;
};

/* Continues a hash, from 0, by a number or a text. Another one in each process: nobody can prepare a file whose
 * elements all fall together. */
uint64_t hash_number(uint64_t hash, uint64_t number);
uint64_t hash_text(uint64_t hash, const char *text);

/* Is element `number` of the owner's array what is looked for? */
typedef bool (*hash_same_fn)(const void *owner, size_t number, const void *wanted);

/* The number of the element, or HASH_INDEX_NONE. */
size_t hash_index_find(const struct hash_index *index, uint64_t hash, hash_same_fn same, const void *owner,
		       const void *wanted);

/* Takes in an element that is not there yet. Returns 0 or -ENOMEM. */
int hash_index_add(struct hash_index *index, uint64_t hash, size_t number);

void hash_index_free(struct hash_index *index);

#endif

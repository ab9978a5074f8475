// SPDX-License-Identifier: GPL-2.0-or-later
#include "hash_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static uint64_t seed(void)
{
	static uint64_t value;

	if (!value && getrandom(&value, sizeof(value), GRND_NONBLOCK) != (ssize_t)sizeof(value))
		value = (uint64_t)time(NULL);
	value |= 1;
	return value;
}

/* The finalizer of MurmurHash3 (public domain): each bit of the input has a say in each of the output. */
static uint64_t mix(uint64_t v)
{
	v ^= v >> 33;
	v *= 0xff51afd7ed558ccd;
	v ^= v >> 33;
	v *= 0xc4ceb9fe1a85ec53;
	return v ^ v >> 33;
}

uint64_t hash_number(uint64_t hash, uint64_t number)
{
	return mix((hash + seed()) ^ mix(number + seed()));
}

uint64_t hash_text(uint64_t hash, const char *text)
{
	size_t length = strlen(text), i;
	uint64_t word;

	for (i = 0; i < length; i += sizeof(word)) {
		word = 0;
		memcpy(&word, text + i, length - i < sizeof(word) ? length - i : sizeof(word));
		hash = hash_number(hash, word);
	}
	return hash_number(hash, length);
}

static struct hash_slot *free_slot(const struct hash_index *index, uint32_t hash)
{
	size_t at = hash & (index->room - 1);

	while (index->slots[at].number)
		at = (at + 1) & (index->room - 1);
	return &index->slots[at];
}

size_t hash_index_find(const struct hash_index *index, uint64_t hash, hash_same_fn same, const void *owner,
		       const void *wanted)
{
	uint32_t low = (uint32_t)hash;
	size_t at;

	if (!index->n)
		return HASH_INDEX_NONE;
	for (at = low & (index->room - 1); index->slots[at].number; at = (at + 1) & (index->room - 1))
		if (index->slots[at].hash == low && same(owner, index->slots[at].number - 1, wanted))
			return index->slots[at].number - 1;
	return HASH_INDEX_NONE;
}

static int grow(struct hash_index *index)
{
	struct hash_index more = { .n = index->n, .room = index->room ? 2 * index->room : 16 };
	size_t i;

	more.slots = calloc(more.room, sizeof(*more.slots));
	if (!more.slots)
		return -ENOMEM;
	for (i = 0; i < index->room; i++)
		if (index->slots[i].number)
			*free_slot(&more, index->slots[i].hash) = index->slots[i];
	free(index->slots);
	*index = more;
	return 0;
}

int hash_index_add(struct hash_index *index, uint64_t hash, size_t number)
{
	/* A quarter stays free, so that ways are short. */
	if (number >= UINT32_MAX || (4 * (index->n + 1) > 3 * index->room && grow(index)))
		return -ENOMEM;
	*free_slot(index, (uint32_t)hash) = (struct hash_slot){ (uint32_t)hash, (uint32_t)number + 1 };
	index->n++;
	return 0;
}

void hash_index_free(struct hash_index *index)
{
	free(index->slots);
	*index = (struct hash_index){ 0 };
}

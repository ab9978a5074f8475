// SPDX-License-Identifier: GPL-2.0-or-later
#include "proof.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"

uint64_t proof_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* For the test that a wrong byte is found: "1" spoils what is read through the
 * registration, "write" what has been written through it. */
static void spoil(const char *when, unsigned char *byte)
{
	const char *wanted = getenv("DAXPIN_TEST_CORRUPT");

	if (wanted && !strcmp(wanted, when))
		*(volatile unsigned char *)byte ^= 0x10;
}

static int compare(const char *what, const unsigned char *at, const unsigned char *got, const unsigned char *wanted,
		   size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (got[i] == wanted[i])
			continue;
		err("%s: byte %zu of the page at %p is 0x%02x, not 0x%02x: the registration does not lead to this memory; do not trust this kernel and driver with data",
		    what, i, (const void *)at, got[i], wanted[i]);
		return -EBADMSG;
	}
	return 0;
}

/* What is in scratch must not be what is wanted before it has been read. */
static void invert(unsigned char *to, const unsigned char *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (unsigned char)~from[i];
}

static int prove_read(const struct proof_path *path, const unsigned char *at, const unsigned char *wanted)
{
	int rc;

	invert(path->scratch, wanted, path->bytes);
	rc = path->read(path->user, at);
	spoil("1", &path->scratch[path->bytes / 2]);
	return rc ? rc : compare(path->read_name, at, path->scratch, wanted, path->bytes);
}

/* A pattern of the address: data of another page would show. */
static int prove_write(const struct proof *p, unsigned char *at, unsigned char *pattern)
{
	const struct proof_path *path = &p->path;
	char what[64];
	int rc;

	for (size_t i = 0; i < path->bytes; i += sizeof(uint64_t)) {
		uint64_t word = proof_mix((uintptr_t)at + i + proof_mix(p->seed));

		memcpy(pattern + i, &word, sizeof(word));
	}
	memcpy(path->scratch, pattern, path->bytes);
	rc = path->write(path->user, at);
	if (rc)
		return rc;
	spoil("write", &at[path->bytes / 2]);
	snprintf(what, sizeof(what), "after %s, the CPU's view", path->write_name);
	rc = compare(what, at, at, pattern, path->bytes);
	return rc ? rc : prove_read(path, at, pattern);
}

/* original and pattern: room for a page each. Reading a pattern that has just been written says all that
 * reading what was there before would. */
static int prove_page(const struct proof *p, unsigned char *at, unsigned char *original, unsigned char *pattern)
{
	int rc;

	memcpy(original, at, p->path.bytes);
	if (!p->write)
		return prove_read(&p->path, at, original);
	rc = prove_write(p, at, pattern);
	memcpy(at, original, p->path.bytes);
	return rc;
}

int prove(const struct proof *p)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = p->length / page;
	_cleanup_free_ unsigned char *room = malloc(2 * page);
	int rc;

	if (!room)
		return -ENOMEM;
	rc = prove_page(p, p->address, room, room + page);
	if (!rc && pages > 1)
		rc = prove_page(p, p->address + (pages - 1) * page, room, room + page);
	for (uint64_t i = 0; !rc && pages > 2 && i < p->random; i++)
		rc = prove_page(p, p->address + (1 + proof_mix(p->seed + i) % (pages - 2)) * page, room, room + page);
	return rc;
}

size_t proof_choose(size_t count, size_t max, size_t i, uint64_t seed)
{
	if (count <= max || !i)
		return i;
	if (i == 1)
		return count - 1;
	return 1 + proof_mix(seed ^ proof_mix(i)) % (count - 2);
}

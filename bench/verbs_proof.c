// SPDX-License-Identifier: GPL-2.0-or-later
#include "verbs_proof.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "verbs_loopback.h"

uint64_t verbs_mix(uint64_t x)
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
		   size_t page)
{
	for (size_t i = 0; i < page; i++) {
		if (got[i] == wanted[i])
			continue;
		err("%s: byte %zu of the page at %p is 0x%02x, not 0x%02x: the registration does not lead to this memory; do not trust this kernel and driver with data",
		    what, i, (const void *)at, got[i], wanted[i]);
		return -EBADMSG;
	}
	return 0;
}

/* What is in scratch must not be what is wanted before it has been read. */
static void invert(unsigned char *to, const unsigned char *from, size_t page)
{
	for (size_t i = 0; i < page; i++)
		to[i] = (unsigned char)~from[i];
}

static int prove_read(const struct verbs_proof *p, const unsigned char *at, const unsigned char *wanted, size_t page)
{
	unsigned char *scratch = verbs_loopback_scratch(p->loopback);
	int rc;

	invert(scratch, wanted, page);
	rc = verbs_loopback_read(p->loopback, at, p->rkey);
	spoil("1", &scratch[page / 2]);
	return rc ? rc : compare("RDMA READ", at, scratch, wanted, page);
}

/* A pattern of the address: data of another page would show. */
static int prove_write(const struct verbs_proof *p, unsigned char *at, unsigned char *pattern, size_t page)
{
	unsigned char *scratch = verbs_loopback_scratch(p->loopback);
	int rc;

	for (size_t i = 0; i < page; i += sizeof(uint64_t)) {
		uint64_t word = verbs_mix((uintptr_t)at + i + verbs_mix(p->seed));

		memcpy(pattern + i, &word, sizeof(word));
	}
	memcpy(scratch, pattern, page);
	rc = verbs_loopback_write(p->loopback, at, p->rkey);
	if (rc)
		return rc;
	spoil("write", &at[page / 2]);
	rc = compare("after RDMA WRITE, the CPU's view", at, at, pattern, page);
	return rc ? rc : prove_read(p, at, pattern, page);
}

/* original and pattern: room for a page each */
static int prove_page(const struct verbs_proof *p, unsigned char *at, unsigned char *original, unsigned char *pattern,
		      size_t page)
{
	int rc;

	memcpy(original, at, page);
	rc = prove_read(p, at, original, page);
	if (rc || !p->write)
		return rc;
	rc = prove_write(p, at, pattern, page);
	memcpy(at, original, page);
	return rc;
}

int verbs_prove(const struct verbs_proof *p)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = p->length / page;
	_cleanup_free_ unsigned char *room = malloc(2 * page);
	int rc;

	if (!room)
		return -ENOMEM;
	rc = prove_page(p, p->address, room, room + page, page);
	if (!rc)
		rc = prove_page(p, p->address + (pages - 1) * page, room, room + page, page);
	for (uint64_t i = 0; !rc && i < VERBS_PROOF_RANDOM; i++)
		rc = prove_page(p, p->address + verbs_mix(p->seed + i) % pages * page, room, room + page, page);
	return rc;
}

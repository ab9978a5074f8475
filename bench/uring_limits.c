// SPDX-License-Identifier: GPL-2.0-or-later
#include "uring_limits.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"

/* More than any address space has: no kernel takes it. */
#define ABSURD_LENGTH_SHIFT 62

int uring_register_empty(struct io_uring *ring, unsigned int count)
{
	_cleanup_free_ struct iovec *empty = calloc(count, sizeof(*empty));

	if (!empty)
		return -ENOMEM;
	/* Not IORING_RSRC_REGISTER_SPARSE, which came later than tables that can be updated. */
	return io_uring_register_buffers_tags(ring, empty, NULL, count);
}

int uring_unregister(struct io_uring *ring)
{
	int rc;

	do
		rc = io_uring_unregister_buffers(ring);
	while (rc == -EINTR);
	return rc;
}

/*
 * The length is looked at first, which gives EFAULT (the limit of 1T: EINVAL), then
 * whether the buffer ends above the end of all addresses, which gives EOVERFLOW.
 * This one always does.
 */
static int try_length(struct io_uring *ring, uint64_t length)
{
	struct iovec beyond = { (void *)UINTPTR_MAX, length };
	int rc = io_uring_register_buffers(ring, &beyond, 1);

	if (rc == -EOVERFLOW)
		return 1;
	if (rc == -EFAULT || rc == -EINVAL)
		return 0;
	return rc < 0 ? rc : -EINVAL;
}

int uring_takes_length(struct io_uring *ring, uint64_t length)
{
	int smallest = try_length(ring, 1), absurd = try_length(ring, 1ULL << ABSURD_LENGTH_SHIFT);

	if (smallest != 1 || absurd != 0)
		return -ENODATA;
	return try_length(ring, length);
}

uint64_t uring_max_length(struct io_uring *ring)
{
	int shift = 12;

	if (uring_takes_length(ring, 1ULL << shift) != 1)
		return 0;
	while (try_length(ring, 1ULL << (shift + 1)) == 1)
		shift++;
	return 1ULL << shift;
}

/* An empty buffer costs nothing. */
static int try_buffers(struct io_uring *ring, unsigned int count)
{
	int rc = uring_register_empty(ring, count);

	return rc ? rc : uring_unregister(ring);
}

int64_t uring_max_buffers(struct io_uring *ring, unsigned int wanted)
{
	unsigned int count = 1U << 31;
	int rc = try_buffers(ring, 1);

	if (rc)
		return rc;
	if (!try_buffers(ring, wanted))
		return wanted;
	/* Down to a number that can be, before any array is made. */
	while (count >= wanted)
		count >>= 1;
	while (count > 1 && try_buffers(ring, count))
		count >>= 1;
	return count;
}

/* Replaces the buffer; the kernel posts its tag when it has been unpinned. */
static int replace_tagged(struct io_uring *ring, void *page, size_t length)
{
	struct iovec buffer = { page, length }, empty = { NULL, 0 };
	__u64 tag = 1;
	struct io_uring_cqe *cqe;
	int rc;

	rc = io_uring_register_buffers_update_tag(ring, 0, &buffer, &tag, 1);
	if (rc == 1)
		rc = io_uring_register_buffers_update_tag(ring, 0, &empty, NULL, 1);
	if (rc != 1)
		return rc < 0 ? rc : -EINVAL;
	return !io_uring_peek_cqe(ring, &cqe);
}

int uring_updates_at_once(struct io_uring *ring, void *page, size_t length)
{
	struct io_uring_cqe *cqe;
	int rc, at_once;

	rc = uring_register_empty(ring, 1);
	if (rc)
		return rc;
	at_once = replace_tagged(ring, page, length);
	rc = uring_unregister(ring);
	/* It has come by now. */
	while (!io_uring_peek_cqe(ring, &cqe))
		io_uring_cqe_seen(ring, cqe);
	return rc ? rc : at_once;
}

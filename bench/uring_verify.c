// SPDX-License-Identifier: GPL-2.0-or-later
#include "uring_verify.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"

/* Of the buffers, and of the pages of each: the first, the last, and so many in between. */
#define SAMPLES_BETWEEN 2
#define SAMPLES (SAMPLES_BETWEEN + 2)

/* Threads may have the same range: what one writes into a page, another must not compare. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* One page of one buffer, on its way. */
struct proof {
	struct io_uring *ring;
	struct uring_file *file;
	unsigned int buffer;
	unsigned char *page;
	int may_write;
};

int uring_file_open(struct uring_file *file)
{
	void *page;

	*file = (struct uring_file){ .fd = memfd_create("daxpin-uring", MFD_CLOEXEC),
				     .size = (size_t)sysconf(_SC_PAGESIZE) };
	if (file->fd < 0)
		return -errno;
	if (ftruncate(file->fd, (off_t)file->size))
		page = MAP_FAILED;
	else
		page = mmap(NULL, file->size, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
	if (page == MAP_FAILED) {
		int rc = -errno;

		close(file->fd);
		return rc;
	}
	file->page = page;
	return 0;
}

void uring_file_close(struct uring_file *file)
{
	munmap(file->page, file->size);
	close(file->fd);
}

/* The same numbers in each run. */
static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 33;
}

/* First, last and some of 0 .. total - 1, each once. Returns how many. */
static unsigned int choose(uint64_t total, uint64_t *state, uint64_t chosen[SAMPLES])
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < SAMPLES; i++) {
		uint64_t candidate = i == 0 ? 0 : i == 1 ? total - 1 : next_random(state) % total;
		int known = 0;

		for (unsigned int k = 0; k < count; k++)
			known |= chosen[k] == candidate;
		if (!known)
			chosen[count++] = candidate;
	}
	return count;
}

static int submit_and_wait(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	int rc;

	rc = io_uring_submit(ring);
	if (rc != 1)
		return rc < 0 ? rc : -EAGAIN;
	do
		rc = io_uring_wait_cqe(ring, &cqe);
	while (rc == -EINTR);
	if (rc)
		return rc;
	rc = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return rc;
}

/* Moves the page between buffer and file through the kernel's registration. */
static int transfer(const struct proof *proof, int to_file)
{
	const char *what = to_file ? "IORING_OP_WRITE_FIXED from" : "IORING_OP_READ_FIXED into";
	struct io_uring_sqe *sqe = io_uring_get_sqe(proof->ring);
	unsigned int size = (unsigned int)proof->file->size;
	int rc = -EBUSY;

	if (sqe && to_file)
		io_uring_prep_write_fixed(sqe, proof->file->fd, proof->page, size, 0, (int)proof->buffer);
	else if (sqe)
		io_uring_prep_read_fixed(sqe, proof->file->fd, proof->page, size, 0, (int)proof->buffer);
	if (sqe)
		rc = submit_and_wait(proof->ring);
	if (rc == (int)size)
		return 0;
	if (rc >= 0)
		err("uring: address %p: %s registered buffer %u moved %d of %u bytes; do not trust this kernel's "
		    "registrations",
		    (void *)proof->page, what, proof->buffer, rc, size);
	else
		err("uring: address %p: %s registered buffer %u: %s; do not trust this kernel's registrations",
		    (void *)proof->page, what, proof->buffer, strerror(-rc));
	return rc < 0 ? rc : -EBADMSG;
}

static int compare(const struct proof *proof, const char *what)
{
	const unsigned char *file = proof->file->page;

	for (size_t i = 0; i < proof->file->size; i++) {
		if (proof->page[i] == file[i])
			continue;
		err("uring: address %p: byte is 0x%02x, after %s registered buffer %u the file has 0x%02x; do not "
		    "trust this kernel's registrations",
		    (void *)(proof->page + i), proof->page[i], what, proof->buffer, file[i]);
		return -EBADMSG;
	}
	return 0;
}

/* The file begins with what the page does not have, in every byte. */
static int prove_reading(const struct proof *proof)
{
	int rc;

	for (size_t i = 0; i < proof->file->size; i++)
		proof->file->page[i] = (unsigned char)~proof->page[i];
	rc = transfer(proof, 1);
	if (rc)
		return rc;
	/* For the test of this test. */
	if (getenv("DAXPIN_TEST_CORRUPT"))
		proof->file->page[proof->file->size / 2] ^= 1;
	return compare(proof, "IORING_OP_WRITE_FIXED from");
}

/* A pattern that no other page gets, nor the same one at another address. */
static int prove_writing(const struct proof *proof)
{
	_cleanup_free_ unsigned char *original = malloc(proof->file->size);
	uint64_t state = (uintptr_t)proof->page;
	int rc;

	if (!original) {
		err("uring: no memory to keep a page of data while it is verified; free some or set verify = 0");
		return -ENOMEM;
	}
	memcpy(original, proof->page, proof->file->size);
	for (size_t i = 0; i < proof->file->size; i++)
		proof->file->page[i] = (unsigned char)next_random(&state);
	rc = transfer(proof, 0);
	if (!rc)
		rc = compare(proof, "IORING_OP_READ_FIXED into");
	memcpy(proof->page, original, proof->file->size);
	return rc;
}

static int prove_page(const struct proof *proof)
{
	int rc;

	pthread_mutex_lock(&one_at_a_time);
	rc = prove_reading(proof);
	if (!rc && proof->may_write)
		rc = prove_writing(proof);
	pthread_mutex_unlock(&one_at_a_time);
	return rc;
}

static int prove_buffer(struct proof *proof, const struct iovec *buffer, uint64_t *state)
{
	uint64_t pages[SAMPLES];
	unsigned int count = choose(buffer->iov_len / proof->file->size, state, pages);
	int rc = 0;

	for (unsigned int i = 0; !rc && i < count; i++) {
		proof->page = (unsigned char *)buffer->iov_base + pages[i] * proof->file->size;
		rc = prove_page(proof);
	}
	return rc;
}

int uring_verify(struct io_uring *ring, struct uring_file *file, const struct iovec *buffers, unsigned int count,
		 int may_write)
{
	struct proof proof = { .ring = ring, .file = file, .may_write = may_write };
	uint64_t chosen[SAMPLES], state = count;
	unsigned int number = choose(count, &state, chosen);
	int rc = 0;

	for (unsigned int i = 0; !rc && i < number; i++) {
		proof.buffer = (unsigned int)chosen[i];
		rc = prove_buffer(&proof, &buffers[proof.buffer], &state);
	}
	return rc;
}

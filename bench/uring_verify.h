/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves by data that registered buffers are the memory that they were made of. */
#ifndef DAXPIN_URING_VERIFY_H
#define DAXPIN_URING_VERIFY_H

#include <liburing.h>
#include <stddef.h>

/**
 * struct uring_file - the file that data goes through, one page of it
 * @fd: a memfd
 * @page: the same page, mapped
 * @size: of a page
 */
struct uring_file {
	int fd;
	unsigned char *page;
	size_t size;
};

/* Returns 0 or -errno, without printing. */
int uring_file_open(struct uring_file *file);
void uring_file_close(struct uring_file *file);

/* Writes pages of some of the buffers to the file and compares; with may_write
 * also reads a pattern from the file into them, and puts their data back.
 * Buffers are whole pages. Returns 0, -EBADMSG or another -errno after printing. */
int uring_verify(struct io_uring *ring, struct uring_file *file, const struct iovec *buffers, unsigned int count,
		 int may_write);

#endif

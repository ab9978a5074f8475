/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ctrl-C and SIGTERM: the handler only takes note and wakes the worker threads
 * out of their ioctl, so that the module puts what it has got and rows that are
 * finished are written.
 */
#ifndef DAXPIN_INTERRUPT_H
#define DAXPIN_INTERRUPT_H

#include <pthread.h>
#include <stddef.h>

int interrupt_install(void);

/* Has a signal come? */
int interrupted(void);

/* The threads to wake; count 0: none. The array must stay valid until then. */
void interrupt_watch(const pthread_t *threads, size_t count);

/* To be called in a worker thread: only the main thread takes the signals. */
void interrupt_block(void);

#endif

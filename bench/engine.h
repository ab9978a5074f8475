/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Engines: who pins. One file per engine, one line in the table of engine.c.
 * An engine knows nothing of memories, jobs or CSV.
 */
#ifndef DAXPIN_ENGINE_H
#define DAXPIN_ENGINE_H

#include <daxpin.h>
#include <stddef.h>
#include <stdint.h>

/* Longest reason for "not here". */
#define ENGINE_REASON_MAX 256

/**
 * struct pass - one pass over a range: all of it is got, then all of it is put
 * @address: start of the range
 * @length: bytes
 * @get: enum daxpin_get
 * @put: enum daxpin_put
 * @write: get for writing
 * @batch: pages per get call
 * @put_batch: pages per put call, 0: as many as the engine can
 * @get_calls: array for the times of get calls, or NULL
 * @put_calls: the same for put
 * @get_calls_max: its size
 * @put_calls_max: its size
 * @get_calls_made: out, calls made; 0 when the engine only knows sums
 * @put_calls_made: out, the same for put
 * @get_ns: out, sum over all get calls
 * @put_ns: out, sum over all put calls
 * @pages_got: out, pages got and put
 * @rounds: out, 1, or more when puts came in between gets; 0: not known
 * @error: out, 0 or the -errno that ended the pass early (-EINTR: a signal)
 */
struct pass {
	void *address;
	size_t length;
	unsigned int get;
	unsigned int put;
	int write;
	uint64_t batch;
	uint64_t put_batch;
	struct daxpin_call *get_calls;
	struct daxpin_call *put_calls;
	size_t get_calls_max;
	size_t put_calls_max;
	uint64_t get_calls_made;
	uint64_t put_calls_made;
	uint64_t get_ns;
	uint64_t put_ns;
	uint64_t pages_got;
	unsigned int rounds;
	int error;
};

struct engine;

/**
 * struct engine_ops - an engine
 * @name: as in jobs and CSV
 * @help: one line
 * @open: prepares one thread's use of the engine. Returns 0; -EOPNOTSUPP with
 *	*reason filled: this kernel has no such engine (cells are skipped);
 *	another -errno after it has printed what the user can do.
 * @supports: can it do this get, put, batch? Returns 0, or -EOPNOTSUPP with
 *	*reason, or -EINVAL after printing (a batch beyond its limits).
 * @measure: runs a pass. Returns 0 when the pass was tried (see pass.error),
 *	or -errno, without printing.
 * @close: undoes @open.
 * @whole_device: times what is done to a dax device and not to mapped memory;
 *	the functions are not there, see bring_up.h
 */
struct engine_ops {
	const char *name;
	const char *help;
	int whole_device;
	int (*open)(struct engine **engine, char reason[ENGINE_REASON_MAX]);
	int (*supports)(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX]);
	int (*measure)(struct engine *engine, struct pass *pass);
	void (*close)(struct engine *engine);
};

extern const struct engine_ops engine_gup;
extern const struct engine_ops engine_gup_test;
extern const struct engine_ops engine_bind;

/* The engines, ended by NULL. */
extern const struct engine_ops *const engines[];

const struct engine_ops *engine_find(const char *name);

/* Faults a range in by a pass that nobody looks at. Returns 0 or -errno, without
 * printing. */
int engine_fault(const struct engine_ops *ops, struct engine *engine, void *address, size_t length, int write);

/* The line for a failed pin: names RLIMIT_MEMLOCK and its value where that is
 * the likely cause. Returns text. */
const char *pin_error_text(int error, size_t length, char text[ENGINE_REASON_MAX]);

/* What /dev/daxpin answers to a query. Prints what to do when there is none.
 * Returns 0 or -errno. */
int gup_query(struct daxpin_query *query);

#endif

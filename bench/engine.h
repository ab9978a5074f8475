/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Engines: who pins. One file per engine, one line in the table of engine.c.
 * An engine knows nothing of memories, jobs or CSV.
 */
#ifndef DAXPIN_ENGINE_H
#define DAXPIN_ENGINE_H

#include <daxpin_mark.h>
#include <stddef.h>
#include <stdint.h>

/* Longest reason for "not here". */
#define ENGINE_REASON_MAX 256

/* Value of engine_call.order when the order is not known. */
#define ENGINE_ORDER_UNKNOWN 255

/**
 * struct engine_call - one timed call; laid out as struct daxpin_call of the module
 * @ns: time of the call
 * @asked: pages asked for
 * @got: pages got (put: pages put), or a negative errno
 * @order: order of the compound page of the first page, or ENGINE_ORDER_UNKNOWN
 */
struct engine_call {
	uint64_t ns;
	uint32_t asked;
	int32_t got;
	uint8_t order;
	uint8_t reserved[7];
};

/* In which order a put call has its pages, and what is in the caches by then. */
enum put_order { PUT_ORDER_SEQUENTIAL, PUT_ORDER_SHUFFLED, PUT_ORDER_STRIDED, PUT_ORDER_INTERLEAVED, PUT_ORDER_COUNT };

/**
 * struct pass - one pass over a range: all of it is got, then all of it is put
 *
 * An engine that registers memory has register for get and deregister for put, and a
 * registration (one MR, one buffer) for a call.
 *
 * @address: start of the range
 * @length: bytes
 * @get: index into engine_ops.gets
 * @put: index into engine_ops.puts
 * @write: get for writing
 * @batch: pages per get call
 * @put_batch: pages per put call, 0: as many as the engine can
 * @put_order: enum put_order
 * @unit: base pages of a mapping of the memory (512 for 2M): what put order interleaved takes
 *	a page of in turn
 * @put_cold: caches are emptied before anything is put
 * @hold_ms: how long everything is held between the last get and the first put
 * @provider: RDMA device, or PCI address of a device of VFIO, NULL: the first; engines that
 *	have none ignore it
 * @domains: protection domains that the registrations of the pass are shared out to
 * @verify: prove by data that each registration works, outside of what is timed
 * @may_write: data of the memory may be changed for that (and is put back)
 * @get_calls: array for the times of get calls, or NULL
 * @put_calls: the same for put
 * @get_calls_max: its size
 * @put_calls_max: its size
 * @get_calls_made: out, calls made; 0 when the engine only knows sums
 * @put_calls_made: out, the same for put
 * @get_ns: out, sum over all get calls
 * @put_ns: out, sum over all put calls
 * @pages_got: out, pages got and put
 * @not_put: out, why what was got is still pinned after the puts, NULL: it is not
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
	unsigned int put_order;
	uint64_t unit;
	int put_cold;
	unsigned int hold_ms;
	const char *provider;
	unsigned int domains;
	int verify;
	int may_write;
	struct engine_call *get_calls;
	struct engine_call *put_calls;
	size_t get_calls_max;
	size_t put_calls_max;
	uint64_t get_calls_made;
	uint64_t put_calls_made;
	uint64_t get_ns;
	uint64_t put_ns;
	uint64_t pages_got;
	const char *not_put;
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
 * @ops: what it times, as in the CSV: "get" and "put", or "register" and
 *	"deregister"
 * @gets: names of its get variants, ended by NULL; the first is the default
 * @puts: the same for put
 * @match: do these variants go together, for reading or writing? NULL: all do
 * @registers: a call is a registration; verify and, if it has them, provider and
 *	domains apply
 * @arranges: put_order, put_cold and hold_ms apply
 * @one_process: what it pins for is open in one process at a time
 * @whole_device: times what is done to a dax device and not to mapped memory;
 *	the functions are not there, see bring_up.h
 */
struct engine_ops {
	const char *name;
	const char *help;
	const char *ops[2];
	const char *const *gets;
	const char *const *puts;
	int (*match)(unsigned int get, unsigned int put, int write);
	int registers;
	int arranges;
	int one_process;
	int whole_device;
	int (*open)(struct engine **engine, char reason[ENGINE_REASON_MAX]);
	int (*supports)(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX]);
	int (*measure)(struct engine *engine, struct pass *pass);
	void (*close)(struct engine *engine);
};

extern const struct engine_ops engine_gup;
extern const struct engine_ops engine_gup_test;
extern const struct engine_ops engine_verbs;
extern const struct engine_ops engine_uring;
extern const struct engine_ops engine_vfio;
extern const struct engine_ops engine_bind;

/* The engines, ended by NULL. */
extern const struct engine_ops *const engines[];

const struct engine_ops *engine_find(const char *name);

/* Faults a range in by a pass that nobody looks at. Returns 0 or -errno, without
 * printing. */
int engine_fault(const struct engine_ops *ops, struct engine *engine, void *address, size_t length, int write);

/* Nothing has been done yet of a pass of one round. */
void engine_begin(struct pass *pass);

/* Can calls of so many pages be recorded? Returns 0, or -EOPNOTSUPP with *reason. */
int engine_recordable(uint64_t pages, char reason[ENGINE_REASON_MAX]);

/* Notes a get or put call of a pass, of so many pages, that returned 0 or -errno: in the sum, and among
 * the calls while there is room. */
void engine_record(struct pass *pass, enum daxpin_op op, uint64_t ns, uint64_t pages, int rc);

/* The line for a failed pin: names RLIMIT_MEMLOCK and its value where that is
 * the likely cause. Returns text. */
const char *pin_error_text(int error, size_t length, char text[ENGINE_REASON_MAX]);

/* Index of a variant in names, or -EINVAL. */
int variant_find(const char *const *names, const char *name);

#endif

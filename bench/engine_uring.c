// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Engine "uring": registered buffers of io_uring. They are pinned for long, and
 * always for writing; each thread has a ring of its own.
 */
#include <daxpin_mark.h>
#include <errno.h>
#include <inttypes.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "engine.h"
#include "interrupt.h"
#include "log.h"
#include "size.h"
#include "uring_limits.h"
#include "uring_verify.h"
#include "wall.h"

/* One request at a time is all that verifying makes. */
#define RING_ENTRIES 4

#define DISABLED "/proc/sys/kernel/io_uring_disabled"

enum uring_get { GET_BUFFERS, GET_BUFFERS2 };
enum uring_put { PUT_UNREGISTER, PUT_UPDATE };

static const char *const get_names[] = { [GET_BUFFERS] = "buffers", [GET_BUFFERS2] = "buffers2", NULL };
static const char *const put_names[] = { [PUT_UNREGISTER] = "unregister", [PUT_UPDATE] = "update", NULL };

struct engine {
	struct io_uring ring;
	struct uring_file file;
};

/* Only tables made by buffers2 can be updated. */
static int uring_match(unsigned int get, unsigned int put, int write)
{
	(void)write;
	return put != PUT_UPDATE || get == GET_BUFFERS2;
}

/* Returns text: why nobody here may have a ring. */
static const char *explain_refusal(char reason[ENGINE_REASON_MAX])
{
	_cleanup_fclose_ FILE *file = fopen(DISABLED, "re");
	int value = 0;

	if (file && fscanf(file, "%d", &value) == 1 && value)
		snprintf(reason, ENGINE_REASON_MAX, "io_uring is disabled here: sysctl kernel.io_uring_disabled is %d",
			 value);
	else
		snprintf(reason, ENGINE_REASON_MAX, "io_uring is not permitted here: a container's seccomp filter?");
	return reason;
}

static int open_ring(struct io_uring *ring, char reason[ENGINE_REASON_MAX])
{
	int rc = io_uring_queue_init(RING_ENTRIES, ring, 0);

	if (rc == -ENOSYS)
		snprintf(reason, ENGINE_REASON_MAX, "this kernel has no io_uring (CONFIG_IO_URING)");
	else if (rc == -EPERM || rc == -EACCES)
		explain_refusal(reason);
	else if (rc)
		err("io_uring_setup: %s; older kernels charge rings to RLIMIT_MEMLOCK (ulimit -l)", strerror(-rc));
	return rc == -ENOSYS || rc == -EPERM || rc == -EACCES ? -EOPNOTSUPP : rc;
}

static int uring_open(struct engine **engine, char reason[ENGINE_REASON_MAX])
{
	struct engine *e = calloc(1, sizeof(*e));
	int rc;

	if (!e)
		return out_of_memory();
	rc = open_ring(&e->ring, reason);
	if (rc) {
		free(e);
		return rc;
	}
	rc = uring_file_open(&e->file);
	if (rc) {
		err("memfd to verify registrations with: %s; free some memory", strerror(-rc));
		io_uring_queue_exit(&e->ring);
		free(e);
		return rc;
	}
	*engine = e;
	return 0;
}

static void uring_close(struct engine *engine)
{
	uring_file_close(&engine->file);
	io_uring_queue_exit(&engine->ring);
	free(engine);
}

static uint64_t buffer_length(const struct engine *engine, const struct pass *pass)
{
	uint64_t length = pass->batch * engine->file.size;

	return length < pass->length ? length : pass->length;
}

static uint64_t buffer_count(const struct engine *engine, const struct pass *pass)
{
	uint64_t length = buffer_length(engine, pass);

	return (pass->length + length - 1) / length;
}

/* What the kernel does not tell is left to the registration itself. */
static int check_length(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	uint64_t length = buffer_length(engine, pass);
	char wanted[SIZE_TEXT_MAX], limit[SIZE_TEXT_MAX];

	if (uring_takes_length(&engine->ring, length) != 0)
		return 0;
	snprintf(reason, ENGINE_REASON_MAX,
		 "a buffer of %s: this kernel registers at most %s in one; use a smaller batch",
		 size_format(length, wanted), size_format(uring_max_length(&engine->ring), limit));
	return -EOPNOTSUPP;
}

static int check_count(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	uint64_t count = buffer_count(engine, pass);
	int64_t limit;

	if (count == 1)
		return 0;
	limit = uring_max_buffers(&engine->ring, count > INT32_MAX ? INT32_MAX : (unsigned int)count);
	if (limit < 0 || (uint64_t)limit >= count)
		return 0;
	snprintf(reason, ENGINE_REASON_MAX,
		 "%" PRIu64 " buffers: this kernel registers at most %" PRId64 " in a ring; use a larger batch", count,
		 limit);
	return -EOPNOTSUPP;
}

static int check_variants(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	int at_once;

	if (pass->get != GET_BUFFERS2)
		return 0;
	at_once = uring_updates_at_once(&engine->ring, engine->file.page, engine->file.size);
	if (at_once < 0 && at_once != -ENOMEM) {
		snprintf(reason, ENGINE_REASON_MAX,
			 "this kernel has no IORING_REGISTER_BUFFERS2 with empty buffers: %s", strerror(-at_once));
		return -EOPNOTSUPP;
	}
	if (pass->put == PUT_UPDATE && !at_once) {
		snprintf(reason, ENGINE_REASON_MAX,
			 "this kernel unpins a replaced buffer later, in a worker, where no call can be timed");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* Registers the first page. Other errors will have their say when all of it is. */
static int check_memory(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	struct iovec first = { pass->address, engine->file.size };
	int rc = io_uring_register_buffers(&engine->ring, &first, 1);

	if (!rc)
		return uring_unregister(&engine->ring);
	if (rc != -EOPNOTSUPP)
		return 0;
	snprintf(reason, ENGINE_REASON_MAX, "this kernel registers file-backed buffers of shmem and hugetlb only");
	return rc;
}

static int uring_supports(struct engine *engine, const struct pass *pass, char reason[ENGINE_REASON_MAX])
{
	int rc = -EOPNOTSUPP;

	if (!pass->write)
		snprintf(reason, ENGINE_REASON_MAX, "registered buffers are always pinned for writing (write = 1)");
	else if (pass->put_batch)
		snprintf(reason, ENGINE_REASON_MAX, "engine uring cannot choose pages per put call (put_batch = 0)");
	else
		rc = engine_recordable(pass->length / engine->file.size, reason);
	if (!rc)
		rc = check_length(engine, pass, reason);
	if (!rc)
		rc = check_count(engine, pass, reason);
	if (!rc)
		rc = check_variants(engine, pass, reason);
	return rc ? rc : check_memory(engine, pass, reason);
}

static int register_all(struct engine *engine, struct pass *pass, const struct iovec *buffers, unsigned int count,
			uint64_t pages)
{
	uint64_t start = wall_now();
	int rc;

	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_GET);
	rc = io_uring_register_buffers(&engine->ring, buffers, count);
	daxpin_mark(DAXPIN_MARK_END, 0);
	engine_record(pass, DAXPIN_OP_GET, wall_now() - start, pages, rc);
	return rc;
}

/* Puts a buffer, or an empty one, into a slot of the table. */
static int update_slot(struct engine *engine, struct pass *pass, enum daxpin_op op, unsigned int slot,
		       const struct iovec *buffer, uint64_t pages)
{
	uint64_t start = wall_now();
	int rc;

	daxpin_mark(DAXPIN_MARK_BEGIN, op);
	rc = io_uring_register_buffers_update_tag(&engine->ring, slot, buffer, NULL, 1);
	daxpin_mark(DAXPIN_MARK_END, 0);
	if (rc >= 0)
		rc = rc == 1 ? 0 : -EIO;
	engine_record(pass, op, wall_now() - start, pages, rc);
	return rc;
}

static int unregister_all(struct engine *engine, struct pass *pass)
{
	uint64_t start = wall_now();
	int rc;

	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_PUT);
	rc = uring_unregister(&engine->ring);
	daxpin_mark(DAXPIN_MARK_END, 0);
	engine_record(pass, DAXPIN_OP_PUT, wall_now() - start, pass->pages_got, rc);
	return rc;
}

/* Into a table of empty buffers. Returns how many it has, *rc says why no more. */
static unsigned int register_each(struct engine *engine, struct pass *pass, const struct iovec *buffers,
				  unsigned int count, int *rc)
{
	unsigned int i;

	*rc = 0;
	for (i = 0; i < count; i++) {
		uint64_t of_this = buffers[i].iov_len / engine->file.size;

		*rc = interrupted() ? -EINTR : update_slot(engine, pass, DAXPIN_OP_GET, i, &buffers[i], of_this);
		if (*rc)
			break;
		pass->pages_got += of_this;
	}
	return i;
}

static int empty_each(struct engine *engine, struct pass *pass, const struct iovec *buffers, unsigned int count)
{
	const struct iovec empty = { NULL, 0 };
	int rc = 0;

	for (unsigned int i = 0; i < count; i++) {
		int error = update_slot(engine, pass, DAXPIN_OP_PUT, i, &empty, buffers[i].iov_len / engine->file.size);

		rc = rc ? rc : error;
	}
	return rc;
}

/* Whatever has gone wrong before: nothing is registered afterwards. */
static int deregister(struct engine *engine, struct pass *pass, const struct iovec *buffers, unsigned int registered)
{
	int rc = 0, error;

	if (registered && pass->put == PUT_UNREGISTER)
		return unregister_all(engine, pass);
	if (registered)
		rc = empty_each(engine, pass, buffers, registered);
	/* The table itself; buffers that were refused have left none. */
	error = pass->get == GET_BUFFERS2 ? uring_unregister(&engine->ring) : 0;
	return rc ? rc : error;
}

static int run_pass(struct engine *engine, struct pass *pass, const struct iovec *buffers, unsigned int count)
{
	uint64_t pages = pass->length / engine->file.size;
	unsigned int registered;
	int rc, error;

	if (pass->get == GET_BUFFERS2) {
		registered = register_each(engine, pass, buffers, count, &rc);
	} else {
		rc = interrupted() ? -EINTR : register_all(engine, pass, buffers, count, pages);
		registered = rc ? 0 : count;
		pass->pages_got = rc ? 0 : pages;
	}
	if (!rc && pass->verify)
		rc = uring_verify(&engine->ring, &engine->file, buffers, count, pass->may_write);
	error = deregister(engine, pass, buffers, registered);
	return rc ? rc : error;
}

static void cut(const struct pass *pass, uint64_t length, struct iovec *buffers, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t left = pass->length - i * length;

		buffers[i] = (struct iovec){ (char *)pass->address + i * length, left < length ? left : length };
	}
}

static int uring_measure(struct engine *engine, struct pass *pass)
{
	uint64_t count = buffer_count(engine, pass);
	_cleanup_free_ struct iovec *buffers = calloc(count, sizeof(*buffers));
	int rc = 0;

	engine_begin(pass);
	if (!buffers)
		return -ENOMEM;
	cut(pass, buffer_length(engine, pass), buffers, count);
	if (pass->get == GET_BUFFERS2)
		rc = uring_register_empty(&engine->ring, (unsigned int)count);
	if (rc)
		return rc;
	pass->error = run_pass(engine, pass, buffers, (unsigned int)count);
	return 0;
}

const struct engine_ops engine_uring = {
	.name = "uring",
	.help = "registered buffers of io_uring",
	.ops = { "register", "deregister" },
	.gets = get_names,
	.puts = put_names,
	.match = uring_match,
	.registers = 1,
	.open = uring_open,
	.supports = uring_supports,
	.measure = uring_measure,
	.close = uring_close,
};

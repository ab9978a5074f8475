// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Times the registrations of any program that uses libibverbs, without changing it:
 *
 *	LD_PRELOAD=mr-times MR_TIMES=FILE [MR_TIMES_AGAIN=N] PROGRAM...
 *
 * appends a line to FILE for each call: when,op,bytes,ns,tag. "first" is the program's own
 * registration; its memory may not have been faulted in by then. With MR_TIMES_AGAIN the same
 * range is first registered and deregistered by us (that is "first"), then N times more
 * ("again"), and then for the program ("own"). Deregistrations by the program are "own". tag
 * names what QEMU's plugin has counted in the call, once something has made it begin.
 */
#define _GNU_SOURCE
#include <daxpin_mark.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <infiniband/verbs.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* What the header makes of the names are macros; the programs call these. */
#undef ibv_reg_mr
#undef ibv_reg_mr_iova

struct ibv_mr *ibv_reg_mr(struct ibv_pd *pd, void *address, size_t length, int access);
struct ibv_mr *ibv_reg_mr_iova(struct ibv_pd *pd, void *address, size_t length, uint64_t iova, int access);

/* A registration as its caller asked for it. */
struct request {
	struct ibv_mr *(*reg)(const struct request *request);
	void *next; /* libibverbs' function */
	struct ibv_pd *pd;
	void *address;
	size_t length;
	uint64_t iova;
	unsigned int access;
};

typedef struct ibv_mr *reg_fn(struct ibv_pd *, void *, size_t, int);
typedef struct ibv_mr *reg_iova_fn(struct ibv_pd *, void *, size_t, uint64_t, int);
typedef struct ibv_mr *reg_iova2_fn(struct ibv_pd *, void *, size_t, uint64_t, unsigned int);
typedef int dereg_fn(struct ibv_mr *);

static _Noreturn void give_up(const char *what, const char *why)
{
	fprintf(stderr, "mr-times: %s: %s\n", what, why);
	_exit(99);
}

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		give_up(name, "not in this libibverbs");
	return function;
}

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* A call being measured. */
struct measured {
	cpu_set_t cpus; /* of the thread */
	uint64_t tag;
	uint64_t start, ns;
};

/* The plugin counts by CPU: the thread stays where it is. */
static void begin(struct measured *m)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET((size_t)sched_getcpu(), &here);
	sched_getaffinity(0, sizeof(m->cpus), &m->cpus);
	sched_setaffinity(0, sizeof(here), &here);
	m->tag = now(CLOCK_BOOTTIME);
	daxpin_mark(DAXPIN_MARK_FLUSH, 0);
	m->start = now(CLOCK_MONOTONIC_RAW);
}

static void end(struct measured *m)
{
	m->ns = now(CLOCK_MONOTONIC_RAW) - m->start;
	daxpin_mark(DAXPIN_MARK_FLUSH, m->tag);
	sched_setaffinity(0, sizeof(m->cpus), &m->cpus);
}

static void note(const char *when, const char *op, size_t bytes, const struct measured *m)
{
	const char *path = getenv("MR_TIMES");
	int fd;

	if (!path)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0 || dprintf(fd, "%s,%s,%zu,%" PRIu64 ",%" PRIu64 "\n", when, op, bytes, m->ns, m->tag) < 0)
		give_up(path, "cannot be written");
	close(fd);
}

static struct ibv_mr *timed_reg(const struct request *request, const char *when)
{
	struct measured m;
	struct ibv_mr *mr;
	int saved;

	begin(&m);
	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_GET);
	mr = request->reg(request);
	saved = errno;
	daxpin_mark(DAXPIN_MARK_END, 0);
	end(&m);
	if (mr)
		note(when, "register", request->length, &m);
	errno = saved;
	return mr;
}

static int timed_dereg(struct ibv_mr *mr, const char *when)
{
	static dereg_fn *dereg;
	size_t length = mr->length;
	struct measured m;
	int rc;

	if (!dereg)
		dereg = (dereg_fn *)next("ibv_dereg_mr");
	begin(&m);
	daxpin_mark(DAXPIN_MARK_BEGIN, DAXPIN_OP_PUT);
	rc = dereg(mr);
	daxpin_mark(DAXPIN_MARK_END, 0);
	end(&m);
	if (!rc)
		note(when, "deregister", length, &m);
	return rc;
}

static struct ibv_mr *observe(const struct request *request)
{
	const char *again = getenv("MR_TIMES_AGAIN");
	int rounds = again ? atoi(again) : 0;

	for (int i = 0; again && i <= rounds; i++) {
		const char *when = i ? "again" : "first";
		struct ibv_mr *mr = timed_reg(request, when);

		if (!mr)
			return NULL;
		if (timed_dereg(mr, when))
			give_up("ibv_dereg_mr", "failed");
	}
	return timed_reg(request, again ? "own" : "first");
}

static struct ibv_mr *call_reg(const struct request *r)
{
	return ((reg_fn *)r->next)(r->pd, r->address, r->length, (int)r->access);
}

static struct ibv_mr *call_reg_iova(const struct request *r)
{
	return ((reg_iova_fn *)r->next)(r->pd, r->address, r->length, r->iova, (int)r->access);
}

static struct ibv_mr *call_reg_iova2(const struct request *r)
{
	return ((reg_iova2_fn *)r->next)(r->pd, r->address, r->length, r->iova, r->access);
}

struct ibv_mr *ibv_reg_mr(struct ibv_pd *pd, void *address, size_t length, int access)
{
	return observe(&(struct request){ call_reg, next("ibv_reg_mr"), pd, address, length, 0, (unsigned int)access });
}

struct ibv_mr *ibv_reg_mr_iova(struct ibv_pd *pd, void *address, size_t length, uint64_t iova, int access)
{
	return observe(&(struct request){ call_reg_iova, next("ibv_reg_mr_iova"), pd, address, length, iova,
					  (unsigned int)access });
}

struct ibv_mr *ibv_reg_mr_iova2(struct ibv_pd *pd, void *address, size_t length, uint64_t iova, unsigned int access)
{
	return observe(&(struct request){ call_reg_iova2, next("ibv_reg_mr_iova2"), pd, address, length, iova, access });
}

int ibv_dereg_mr(struct ibv_mr *mr)
{
	return timed_dereg(mr, "own");
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * daxpin gup-test: the flags and result lines of the kernel's gup_test, on top
 * of engine gup, so that published commands run on kernels without gup_test.
 * What it does better: memory of a dax device is faulted in by pinning, never
 * by writing to it; errors are errors.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "commands.h"
#include "dax.h"
#include "engine.h"
#include "interrupt.h"
#include "log.h"
#include "outfile.h"
#include "meminfo.h"
#include "memory.h"
#include "variants.h"

/* Raw kernel flags that gup_test's -F passes on. FOLL_LONGTERM has moved. */
#define FOLL_WRITE 0x01UL
#define FOLL_LONGTERM_OLD 0x10000UL
#define FOLL_LONGTERM_NEW 0x100UL

struct settings {
	unsigned int get;
	const char *name; /* of the command, in result lines */
	uint64_t size; /* bytes */
	int64_t batch; /* pages, negative: all */
	unsigned int repeats;
	unsigned int threads;
	const char *file;
	int shared;
	int hugetlb;
	int thp; /* -1: as the system has it */
	int write;
	int longterm;
};

static const struct argp_option options[] = {
	{ NULL, 'u', NULL, 0, "get_user_pages_fast (default)", 0 },
	{ NULL, 'U', NULL, 0, "get_user_pages", 0 },
	{ NULL, 'a', NULL, 0, "pin_user_pages_fast", 0 },
	{ NULL, 'b', NULL, 0, "pin_user_pages", 0 },
	{ NULL, 'L', NULL, 0, "pin_user_pages with FOLL_LONGTERM", 0 },
	{ NULL, 'f', "FILE", 0, "map FILE (default /dev/zero)", 0 },
	{ NULL, 'm', "MIB", 0, "size in MiB (default 128)", 0 },
	{ NULL, 'n', "PAGES", 0, "pages per call (default 1; negative: all)", 0 },
	{ NULL, 'r', "N", 0, "repeats (default 1)", 0 },
	{ NULL, 'j', "N", 0, "threads, all on the same buffer (default 1)", 0 },
	{ NULL, 'S', NULL, 0, "MAP_SHARED, what device-dax needs", 0 },
	{ NULL, 'H', NULL, 0, "anonymous hugetlb memory", 0 },
	{ NULL, 't', NULL, 0, "transparent huge pages", 0 },
	{ NULL, 'T', NULL, 0, "no transparent huge pages", 0 },
	{ NULL, 'w', NULL, 0, "write (default)", 0 },
	{ NULL, 'W', NULL, 0, "read", 0 },
	{ NULL, 'F', "FLAGS", 0, "gup flags: 0x1 (FOLL_WRITE), 0x100 or 0x10000 (FOLL_LONGTERM, with -a)", 0 },
	{ 0 }
};

static int64_t number(struct argp_state *state, int key, const char *text, int64_t min, int64_t max)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 0);
	if (errno || end == text || *end || value < min || value > max)
		argp_error(state, "-%c %s: must be a number from %" PRId64 " to %" PRId64, key, text, min, max);
	return value;
}

static void set_command(struct settings *settings, unsigned int get, const char *name)
{
	settings->get = get;
	settings->name = name;
}

static void set_flags(struct argp_state *state, struct settings *settings, const char *text)
{
	unsigned long flags = (unsigned long)number(state, 'F', text, 0, INT32_MAX);
	unsigned long known = FOLL_WRITE | FOLL_LONGTERM_OLD | FOLL_LONGTERM_NEW;

	if (flags & ~known)
		argp_error(state, "-F %s: only FOLL_WRITE (0x1) and FOLL_LONGTERM (0x100, 0x10000) are taken", text);
	settings->longterm = (flags & ~FOLL_WRITE) != 0;
	/* gup_test ors it to what -w and -W say, whose default is to write. */
	settings->write |= (flags & FOLL_WRITE) != 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *s = state->input;

	switch (key) {
	case 'u':
		set_command(s, DAXPIN_GET_GUP_FAST, "GUP_FAST_BENCHMARK");
		return 0;
	case 'U':
		set_command(s, DAXPIN_GET_GUP, "GUP_BASIC_TEST");
		return 0;
	case 'a':
		set_command(s, DAXPIN_GET_FAST, "PIN_FAST_BENCHMARK");
		return 0;
	case 'b':
		set_command(s, DAXPIN_GET_SLOW, "PIN_BASIC_TEST");
		return 0;
	case 'L':
		set_command(s, DAXPIN_GET_LONGTERM, "PIN_LONGTERM_BENCHMARK");
		return 0;
	case 'f':
		s->file = arg;
		return 0;
	case 'm':
		s->size = (uint64_t)number(state, key, arg, 1, 1LL << 30) << 20;
		return 0;
	case 'n':
		s->batch = number(state, key, arg, INT32_MIN, INT32_MAX);
		if (!s->batch)
			argp_error(state, "-n 0: a call has to ask for a page");
		return 0;
	case 'r':
		s->repeats = (unsigned int)number(state, key, arg, 1, 1000000);
		return 0;
	case 'j':
		s->threads = (unsigned int)number(state, key, arg, 1, 1024);
		return 0;
	case 'S':
		s->shared = 1;
		return 0;
	case 'H':
		s->hugetlb = 1;
		return 0;
	case 't':
	case 'T':
		s->thp = key == 't';
		return 0;
	case 'w':
	case 'W':
		s->write = key == 'w';
		return 0;
	case 'F':
		set_flags(state, s, arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Runs what the kernel's gup_test runs, through /dev/daxpin, with its flags and its result lines. "
	       "Times are in microseconds and are sums over the calls.\v"
	       "The published command is: daxpin gup-test -f /dev/dax0.0 -m 16384 -r 10 -S -a -n 512 -w",
};

/* Is the file a dax device, and does the range fit it? Returns 1, 0 or -errno. */
static int check_dax(const struct settings *settings)
{
	char reason[REASON_MAX], subsystem[64];
	struct memory_request request = { .length = settings->size, .device = settings->file };
	struct stat node;
	int rc;

	if (settings->hugetlb || stat(settings->file, &node))
		return 0;
	snprintf(subsystem, sizeof(subsystem), "/sys/dev/char/%u:%u/align", major(node.st_rdev), minor(node.st_rdev));
	if (!S_ISCHR(node.st_mode) || access(subsystem, F_OK))
		return 0;
	rc = memory_dax.check(&request, reason);
	if (!rc && !settings->shared) {
		err("%s: a dax device can only be mapped shared: add -S", settings->file);
		rc = -EINVAL;
	}
	return rc ? rc : 1;
}

static int open_file(const struct settings *settings)
{
	int fd = open(settings->file, O_RDWR | O_CLOEXEC), rc = -errno;
	struct stat status;

	if (fd < 0) {
		err("%s: %s", settings->file, strerror(-rc));
		return rc;
	}
	if (!fstat(fd, &status) && S_ISREG(status.st_mode) && (uint64_t)status.st_size < settings->size) {
		err("%s: has %" PRIu64 " bytes, -m asks for %" PRIu64, settings->file, (uint64_t)status.st_size,
		    settings->size);
		close(fd);
		return -ERANGE;
	}
	return fd;
}

/* gup_test touches every page. A dax device is left to be faulted by pinning. */
static int fault_in(const struct settings *settings, struct mapping *mapping, struct engine *engine, int is_dax)
{
	int rc;

	if (settings->thp >= 0)
		madvise(mapping->address, mapping->length, settings->thp ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	rc = is_dax ? engine_fault(&engine_gup, engine, mapping->address, mapping->length, settings->write) :
		      populate_by_writing(mapping, (uint64_t)sysconf(_SC_PAGESIZE));
	if (rc) {
		char text[ENGINE_REASON_MAX];

		err("%s: cannot be faulted in: %s", settings->file,
		    is_dax ? pin_error_text(rc, mapping->length, text) : strerror(-rc));
	}
	return rc;
}

static int map_file(const struct settings *settings, struct mapping *mapping)
{
	int flags = settings->shared ? MAP_SHARED : MAP_PRIVATE;
	_cleanup_close_ int fd = settings->hugetlb ? -1 : open_file(settings);
	void *at;

	if (fd < 0 && !settings->hugetlb)
		return fd;
	if (settings->hugetlb)
		flags |= MAP_HUGETLB | MAP_ANONYMOUS;
	at = mmap(NULL, settings->size, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (at == MAP_FAILED) {
		int rc = -errno;

		err("%s: mmap of %" PRIu64 " bytes: %s%s", settings->hugetlb ? "hugetlb" : settings->file,
		    settings->size, strerror(-rc),
		    settings->hugetlb ? "; reserve pages with 'sysctl vm.nr_hugepages=N'" : "");
		return rc;
	}
	*mapping = (struct mapping){ .address = at, .length = settings->size, .node = -1, .reserved = settings->hugetlb };
	return 0;
}

struct shared {
	const struct settings *settings;
	const struct mapping *mapping;
	struct engine *engine;
	uint64_t batch;
	pthread_mutex_t print;
	unsigned int done;
};

static struct pass make_pass(const struct shared *shared)
{
	const struct settings *settings = shared->settings;
	int gup = settings->get == DAXPIN_GET_GUP || settings->get == DAXPIN_GET_GUP_FAST;

	return (struct pass){
		.address = shared->mapping->address,
		.length = shared->mapping->length,
		.get = settings->get,
		.put = gup ? DAXPIN_PUT_PAGE : DAXPIN_PUT_PAGES,
		.write = settings->write,
		.batch = shared->batch,
	};
}

/* A benchmark prints its times, a "basic test" only that it is done. */
static void print_result(struct shared *shared, const struct pass *pass)
{
	const struct settings *settings = shared->settings;
	uint64_t got = pass->pages_got * (uint64_t)sysconf(_SC_PAGESIZE);

	pthread_mutex_lock(&shared->print);
	if (strstr(settings->name, "BENCHMARK"))
		printf("# %s: Time: get:%" PRIu64 " put:%" PRIu64 " us", settings->name, pass->get_ns / 1000,
		       pass->put_ns / 1000);
	else
		printf("# %s: done", settings->name);
	if (got != pass->length)
		printf(", truncated (size: %" PRIu64 ")", got);
	putchar('\n');
	fflush(stdout);
	pthread_mutex_unlock(&shared->print);
}

static void *run_thread(void *arg)
{
	struct shared *shared = arg;
	const struct settings *settings = shared->settings;
	unsigned int repeats = strstr(settings->name, "BENCHMARK") ? settings->repeats : 1;
	char text[ENGINE_REASON_MAX];
	intptr_t rc = 0;

	for (unsigned int i = 0; !rc && i < repeats; i++) {
		struct pass pass = make_pass(shared);

		rc = interrupted() ? -EINTR : engine_gup.measure(shared->engine, &pass);
		if (!rc)
			rc = pass.error;
		if (rc && rc != -EINTR)
			err("%s: %s", settings->file, pin_error_text((int)rc, pass.length, text));
		if (!rc)
			print_result(shared, &pass);
	}
	pthread_mutex_lock(&shared->print);
	printf("%s %u ioctl status %d\n", rc ? "not ok" : "ok", ++shared->done, (int)rc);
	pthread_mutex_unlock(&shared->print);
	return (void *)rc;
}

static int run_threads(struct shared *shared)
{
	unsigned int count = shared->settings->threads, started = 0, failed = 0;
	_cleanup_free_ pthread_t *threads = calloc(count, sizeof(*threads));
	void *result;

	if (!threads)
		return EXIT_TROUBLE;
	printf("TAP version 13\n1..%u\n", count);
	while (started < count && !pthread_create(&threads[started], NULL, run_thread, shared))
		started++;
	interrupt_watch(threads, started);
	for (unsigned int i = 0; i < started; i++) {
		pthread_join(threads[i], &result);
		failed += result != NULL;
	}
	interrupt_watch(NULL, 0);
	if (started < count)
		err("only %u of %u threads could be started", started, count);
	printf("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:0 error:0\n", started - failed, failed + count - started);
	if (interrupted())
		return EXIT_INTERRUPTED;
	if (flush_stdout())
		return EXIT_TROUBLE;
	return failed || started < count ? EXIT_FAILED : EXIT_DONE;
}

static int run_mapped(const struct settings *settings, struct mapping *mapping, struct engine *engine, int is_dax)
{
	struct shared shared = { settings, mapping, engine, 0, PTHREAD_MUTEX_INITIALIZER, 0 };
	uint64_t all = settings->size / (uint64_t)sysconf(_SC_PAGESIZE);
	char reason[ENGINE_REASON_MAX] = "";
	struct daxpin_query query;
	struct pass pass;
	int rc;

	if (gup_query(&query))
		return EXIT_TROUBLE;
	shared.batch = settings->batch < 0 ? all : (uint64_t)settings->batch;
	if (settings->batch < 0 && shared.batch > query.max_pages_per_call) {
		shared.batch = query.max_pages_per_call;
		note("-n %" PRId64 ": %" PRIu64 " pages per call, the module's limit", settings->batch, shared.batch);
	}
	pass = make_pass(&shared);
	rc = engine_gup.supports(engine, &pass, reason);
	if (rc == -EOPNOTSUPP)
		err("%s", reason);
	if (rc)
		return EXIT_TROUBLE;
	rc = fault_in(settings, mapping, engine, is_dax);
	if (rc)
		return rc == -EINTR ? EXIT_INTERRUPTED : EXIT_TROUBLE;
	return run_threads(&shared);
}

static int run(struct settings *settings)
{
	struct mapping mapping = { 0 };
	struct engine *engine = NULL;
	char reason[ENGINE_REASON_MAX];
	int is_dax, code = EXIT_TROUBLE;

	is_dax = check_dax(settings);
	if (is_dax < 0 || engine_gup.open(&engine, reason))
		return EXIT_TROUBLE;
	if (!map_file(settings, &mapping))
		code = run_mapped(settings, &mapping, engine, is_dax);
	memory_unmap(&mapping);
	engine_gup.close(engine);
	return code;
}

int cmd_gup_test(int argc, char **argv)
{
	struct settings settings = {
		.get = DAXPIN_GET_GUP_FAST,
		.name = "GUP_FAST_BENCHMARK",
		.size = 128ULL << 20,
		.batch = 1,
		.repeats = 1,
		.threads = 1,
		.file = "/dev/zero",
		.thp = -1,
		.write = 1,
	};

	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	if (settings.longterm) {
		if (settings.get != DAXPIN_GET_FAST) {
			err("gup-test: -F with FOLL_LONGTERM goes with -a; -L is pin_user_pages with it");
			return EXIT_TROUBLE;
		}
		settings.get = DAXPIN_GET_FAST_LONGTERM;
	}
	if (settings.hugetlb) {
		uint64_t page = 2UL << 20;

		if (meminfo_bytes("Hugepagesize", &page))
			note("size of huge pages not known, 2M assumed");
		settings.size = (settings.size + page - 1) / page * page;
	}
	if (interrupt_install())
		return EXIT_TROUBLE;
	return run(&settings);
}

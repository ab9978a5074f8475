// SPDX-License-Identifier: GPL-2.0-or-later
#include "bring_up_split.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"

#define NAME "daxpin" /* of the instance, and of the group of probes */
#define INSTANCE "instances/" NAME
#define DEPTH_MAX 8

enum phase { PHASE_POPULATE, PHASE_INITIALISE, PHASE_REST, PHASES };

/**
 * struct probe - a function of the kernel
 * @function: its name in all kernels from 5.10 on; not static and called from another file, so never inlined
 * @phase: what its time belongs to, but for that of the functions below that it calls
 * @bind: it has to be seen in a bind
 * @unbind: in an unbind; with neither the kernel may do without it
 */
struct probe {
	const char *function;
	enum phase phase;
	int bind, unbind;
};

static const struct probe probes[] = {
	{ "__add_pages", PHASE_POPULATE, 1, 0 },
	/* The second one does those of an altmap, which lie in the device too. */
	{ "memmap_init_zone_device", PHASE_INITIALISE, 1, 0 },
	{ "move_pfn_range_to_zone", PHASE_INITIALISE, 0, 0 },
	/* Its own loop lets go of the struct pages; the rest of it is in what it calls. */
	{ "memunmap_pages", PHASE_INITIALISE, 0, 1 },
	{ "arch_remove_memory", PHASE_REST, 0, 1 },
	{ "__remove_pages", PHASE_POPULATE, 0, 1 },
	{ "synchronize_rcu", PHASE_REST, 0, 0 },
	{ "wait_for_completion", PHASE_REST, 0, 0 },
	{ "wait_for_completion_state", PHASE_REST, 0, 0 },
};

#define PROBES (sizeof(probes) / sizeof(probes[0]))

struct bring_up_tracer {
	int root; /* of tracefs, mounted for us alone */
	int lock; /* directory "instances": held by the one who traces */
};

__attribute__((format(printf, 2, 3))) static int cannot(char reason[REASON_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, REASON_MAX, fmt, ap);
	va_end(ap);
	return -EOPNOTSUPP;
}

/* --- what a trace says --- */

struct walk {
	const struct probe *open[DEPTH_MAX];
	size_t depth;
	int64_t last_ns;
	int64_t phase_ns[PHASES];
	int seen[PROBES];
};

/* "... 12.345678: NAME_begin: (NAME+0x0/0x70)": the probe, if it is one, and what stands before its name. */
static const struct probe *find_probe(const char *line, int *begins, const char **before)
{
	static const char *const ends[] = { "end", "begin" };
	char text[64];

	for (size_t i = 0; i < PROBES; i++)
		for (*begins = 0; *begins < 2; (*begins)++) {
			snprintf(text, sizeof(text), ": %s_%s: (", probes[i].function, ends[*begins]);
			*before = strstr(line, text);
			if (*before)
				return &probes[i];
		}
	return NULL;
}

/* The time that ends there. */
static int parse_time(const char *line, const char *end, int64_t *ns)
{
	int64_t seconds, microseconds;
	const char *start = end;

	while (start > line && start[-1] != ' ')
		start--;
	if (sscanf(start, "%" SCNd64 ".%6" SCNd64 ":", &seconds, &microseconds) != 2)
		return -EINVAL;
	*ns = (seconds * 1000000 + microseconds) * 1000;
	return 0;
}

/* Time goes to the function that runs: the innermost. */
static int step(struct walk *walk, const struct probe *probe, int begins, int64_t now)
{
	if (walk->depth)
		walk->phase_ns[walk->open[walk->depth - 1]->phase] += now - walk->last_ns;
	walk->last_ns = now;
	if (begins) {
		if (walk->depth == DEPTH_MAX)
			return -EINVAL;
		walk->open[walk->depth++] = probe;
		walk->seen[probe - probes] = 1;
		return 0;
	}
	if (!walk->depth || walk->open[walk->depth - 1] != probe)
		return -EINVAL;
	walk->depth--;
	return 0;
}

static int walk_line(struct walk *walk, const char *line, char reason[REASON_MAX])
{
	const struct probe *probe;
	const char *before;
	int64_t now;
	int begins;

	if (strstr(line, "LOST") && strstr(line, "EVENTS"))
		return cannot(reason, "time split: the trace has lost events");
	if (*line == '#')
		return 0;
	probe = find_probe(line, &begins, &before);
	if (!probe)
		return 0;
	if (parse_time(line, before, &now) || step(walk, probe, begins, now))
		return cannot(reason, "time split: the trace makes no sense at %s", probe->function);
	return 0;
}

static int check_seen(const struct walk *walk, int bind, char reason[REASON_MAX])
{
	for (size_t i = 0; i < PROBES; i++)
		if ((bind ? probes[i].bind : probes[i].unbind) && !walk->seen[i])
			return cannot(reason, "time split: this kernel does not call %s() to %s a device",
				      probes[i].function, bind ? "bind" : "unbind");
	if (walk->depth)
		return cannot(reason, "time split: the trace lacks the end of %s()",
			      walk->open[walk->depth - 1]->function);
	return 0;
}

int bring_up_split_parse(FILE *trace, int bind, uint64_t total_ns, struct bring_up_split *split,
			 char reason[REASON_MAX])
{
	struct walk walk = { .depth = 0 };
	int64_t rest;
	char line[512];
	int rc = 0;

	*split = (struct bring_up_split){ -1, -1, -1 };
	while (!rc && fgets(line, sizeof(line), trace))
		rc = walk_line(&walk, line, reason);
	if (!rc)
		rc = check_seen(&walk, bind, reason);
	if (rc)
		return rc;
	rest = (int64_t)total_ns - walk.phase_ns[PHASE_POPULATE] - walk.phase_ns[PHASE_INITIALISE];
	if (rest < 0)
		return cannot(reason, "time split: the trace has more time than the %s took", bind ? "bind" : "unbind");
	*split = (struct bring_up_split){ walk.phase_ns[PHASE_POPULATE], walk.phase_ns[PHASE_INITIALISE], rest };
	return 0;
}

/* --- tracefs --- */

/* Appends: truncating kprobe_events would remove the probes of everybody. */
static int write_to(const struct bring_up_tracer *tracer, const char *file, int flags, const char *text)
{
	_cleanup_close_ int fd = openat(tracer->root, file, O_WRONLY | O_CLOEXEC | flags);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -errno;
}

/* A mount that nobody else sees and that ends with this process: the machine may have its own, or none. */
static int mount_tracefs(char reason[REASON_MAX])
{
	_cleanup_close_ int fs = fsopen("tracefs", FSOPEN_CLOEXEC);
	int root = -1;

	if (fs >= 0 && !fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		root = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (root >= 0)
		return root;
	return errno == ENODEV ? cannot(reason, "time split: this kernel has no tracefs (CONFIG_TRACING)") :
				 cannot(reason, "time split: tracefs: %s", strerror(errno));
}

/* Both, or the one that is there. */
static void remove_probe(const struct bring_up_tracer *tracer, const struct probe *probe)
{
	static const char *const ends[] = { "begin", "end" };
	char text[128];

	for (size_t i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "-:" NAME "/%s_%s\n", probe->function, ends[i]);
		write_to(tracer, "kprobe_events", O_APPEND, text);
	}
}

static int add_probe(const struct bring_up_tracer *tracer, const struct probe *probe)
{
	char text[128];
	int rc;

	snprintf(text, sizeof(text), "p:" NAME "/%s_begin %s\n", probe->function, probe->function);
	rc = write_to(tracer, "kprobe_events", O_APPEND, text);
	if (rc)
		return rc;
	/* Others wait for completions too, at the same time: room for 64 of them. */
	snprintf(text, sizeof(text), "r64:" NAME "/%s_end %s\n", probe->function, probe->function);
	rc = write_to(tracer, "kprobe_events", O_APPEND, text);
	if (rc)
		remove_probe(tracer, probe);
	return rc;
}

static void remove_probes(const struct bring_up_tracer *tracer)
{
	for (size_t i = 0; i < PROBES; i++)
		remove_probe(tracer, &probes[i]);
}

static int add_probes(const struct bring_up_tracer *tracer, char reason[REASON_MAX])
{
	int rc;

	for (size_t i = 0; i < PROBES; i++) {
		rc = add_probe(tracer, &probes[i]);
		if (rc && (probes[i].bind || probes[i].unbind))
			return cannot(reason, "time split: no probe at %s() of this kernel: %s", probes[i].function,
				      strerror(-rc));
	}
	return 0;
}

static int make_instance(struct bring_up_tracer *tracer, char reason[REASON_MAX])
{
	char pid[32];
	int rc = mkdirat(tracer->root, INSTANCE, 0700) ? -errno : 0;

	snprintf(pid, sizeof(pid), "%d", (int)gettid());
	if (!rc)
		rc = write_to(tracer, INSTANCE "/set_event_pid", 0, pid);
	/* Some dozens of lines; it is not to be seen in the DRAM figure. */
	if (!rc)
		rc = write_to(tracer, INSTANCE "/buffer_size_kb", 0, "64");
	/* The clock of the times; where the kernel has not got it, its own will do: it counts nanoseconds as well. */
	if (!rc)
		write_to(tracer, INSTANCE "/trace_clock", 0, "mono_raw");
	return rc ? cannot(reason, "time split: tracefs/" INSTANCE ": %s", strerror(-rc)) : 0;
}

/* What a daxpin that was killed has left: nobody else holds the lock. An instance that records is
 * removed first, for it holds on to its probes. */
static void remove_all(struct bring_up_tracer *tracer)
{
	unlinkat(tracer->root, INSTANCE, AT_REMOVEDIR);
	remove_probes(tracer);
}

static int take_lock(struct bring_up_tracer *tracer, char reason[REASON_MAX])
{
	tracer->lock = openat(tracer->root, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tracer->lock < 0 || faccessat(tracer->root, "kprobe_events", W_OK, 0))
		return cannot(reason, "time split: this kernel has no kprobe events (CONFIG_KPROBE_EVENTS)");
	if (!flock(tracer->lock, LOCK_EX | LOCK_NB))
		return 0;
	close(tracer->lock);
	tracer->lock = -1;
	return cannot(reason, "time split: another daxpin is at it");
}

static int open_all(struct bring_up_tracer *tracer, char reason[REASON_MAX])
{
	int rc;

	tracer->root = mount_tracefs(reason);
	if (tracer->root < 0)
		return tracer->root;
	rc = take_lock(tracer, reason);
	if (rc)
		return rc;
	remove_all(tracer);
	rc = add_probes(tracer, reason);
	return rc ? rc : make_instance(tracer, reason);
}

int bring_up_tracer_open(struct bring_up_tracer **result, char reason[REASON_MAX])
{
	struct bring_up_tracer *tracer = malloc(sizeof(*tracer));
	int rc;

	*result = NULL;
	if (!tracer)
		return -ENOMEM;
	*tracer = (struct bring_up_tracer){ .root = -1, .lock = -1 };
	rc = open_all(tracer, reason);
	if (rc)
		bring_up_tracer_close(tracer);
	else
		*result = tracer;
	return rc;
}

int bring_up_tracer_start(struct bring_up_tracer *tracer, char reason[REASON_MAX])
{
	/* Putting probes in place calls functions that have one already: not to be recorded. */
	int rc = write_to(tracer, INSTANCE "/tracing_on", 0, "0");

	if (!rc)
		rc = write_to(tracer, INSTANCE "/events/" NAME "/enable", 0, "1");
	/* Truncating empties it. */
	if (!rc)
		rc = write_to(tracer, INSTANCE "/trace", O_TRUNC, "");
	if (!rc)
		rc = write_to(tracer, INSTANCE "/tracing_on", 0, "1");
	return rc ? cannot(reason, "time split: probes cannot be enabled: %s", strerror(-rc)) : 0;
}

void bring_up_tracer_stop(struct bring_up_tracer *tracer)
{
	write_to(tracer, INSTANCE "/tracing_on", 0, "0");
	write_to(tracer, INSTANCE "/events/" NAME "/enable", 0, "0");
}

int bring_up_tracer_read(struct bring_up_tracer *tracer, int bind, uint64_t total_ns, struct bring_up_split *split,
			 char reason[REASON_MAX])
{
	_cleanup_close_ int fd = openat(tracer->root, INSTANCE "/trace", O_RDONLY | O_CLOEXEC);
	_cleanup_fclose_ FILE *trace = fd < 0 ? NULL : fdopen(fd, "r");

	*split = (struct bring_up_split){ -1, -1, -1 };
	if (trace)
		fd = -1; /* it is the stream's */
	else
		return cannot(reason, "time split: tracefs/" INSTANCE "/trace: %s", strerror(errno));
	return bring_up_split_parse(trace, bind, total_ns, split, reason);
}

void bring_up_tracer_close(struct bring_up_tracer *tracer)
{
	if (!tracer)
		return;
	/* Without the lock these are another's. */
	if (tracer->lock >= 0) {
		remove_all(tracer);
		close(tracer->lock);
	}
	if (tracer->root >= 0)
		close(tracer->root);
	free(tracer);
}

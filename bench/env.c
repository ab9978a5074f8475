// SPDX-License-Identifier: GPL-2.0-or-later
#include "env.h"

#include <cpuid.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <linux/capability.h>
#include <numa.h>
#include <sha256.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>

#include "cleanup.h"
#include "csv_sample.h"
#include "dax.h"
#include "env_file.h"
#include "kconfig.h"
#include "log.h"
#include "meminfo.h"
#include "regions.h"
#include "variants.h"
#include "version.h"

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static void first_line(const char *path, char *text, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");

	if (!file || !fgets(text, (int)size, file))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

const char *env_platform(void)
{
	unsigned int eax, ebx, ecx, edx;
	char vendor[13] = "";

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & (1U << 31)))
		return "bare";
	__cpuid(0x40000000, eax, ebx, ecx, edx);
	memcpy(vendor, &ebx, 4);
	memcpy(vendor + 4, &ecx, 4);
	memcpy(vendor + 8, &edx, 4);
	if (!strncmp(vendor, "TCGTCGTCGTCG", 12))
		return "tcg";
	return strncmp(vendor, "KVMKVMKVM", 9) ? "vm" : "kvm";
}

int env_in_our_vm(void)
{
	char line[4096];

	first_line("/proc/cmdline", line, sizeof(line));
	return strstr(line, "daxpin.vm=1") != NULL;
}

/* The name of this machine: $DAXPIN_HOST, null when that is empty. A VM of ours is named by who starts it, since it
 * tells nothing of the machine that it runs on. NULL: it is no name. */
static json_t *host_json(void)
{
	const char *name = getenv("DAXPIN_HOST");
	struct utsname uts;

	if (!name) {
		if (env_in_our_vm() || uname(&uts))
			return json_null();
		name = uts.nodename;
	}
	for (const char *c = name; *c; c++)
		if (iscntrl((unsigned char)*c))
			return NULL;
	return *name ? json_string(name) : json_null();
}

static int check_host(void)
{
	json_t *host = host_json();

	if (!host) {
		err("the name of this machine is not UTF-8 text on one line: set DAXPIN_HOST to another");
		return -EINVAL;
	}
	json_decref(host);
	return 0;
}

static void make_run_id(char *id, size_t size)
{
	unsigned char random[4] = { 0 };
	time_t now = time(NULL);
	struct tm utc;
	char stamp[24];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		note("run id is not random");
	gmtime_r(&now, &utc);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
	snprintf(id, size, "%s-%02x%02x%02x%02x", stamp, random[0], random[1], random[2], random[3]);
}

int env_describe_run(const char *kernel_id, struct csv_run *run)
{
	struct kconfig config;
	struct utsname uts;
	char clock[64];

	if (uname(&uts))
		return -errno;
	if (check_host())
		return -EINVAL;
	*run = (struct csv_run){ .trusted = 1 };
	make_run_id(run->run_id, sizeof(run->run_id));
	snprintf(run->kernel_release, sizeof(run->kernel_release), "%s", uts.release);
	snprintf(run->kernel, sizeof(run->kernel), "%s", kernel_id ? kernel_id : uts.release);
	snprintf(run->platform, sizeof(run->platform), "%s", env_platform());
	first_line("/proc/sys/kernel/random/boot_id", run->boot, sizeof(run->boot));
	if (!kconfig_read(&config) && *config.debug_options) {
		note("this kernel has %s: its times are marked as not trusted", config.debug_options);
		run->trusted = 0;
	}
	first_line(CLOCKSOURCE, clock, sizeof(clock));
	/* What the plugin of QEMU counts has nothing to do with the guest's clock. */
	if (!regions_on() && strstr(clock, "jiffies")) {
		note("this kernel has found no better clock than %s: its times are marked as not trusted", clock);
		run->trusted = 0;
	}
	return 0;
}

static json_t *text_of(const char *path)
{
	char text[4096];

	first_line(path, text, sizeof(text));
	return *text ? json_string(text) : json_null();
}

/* null where the environment does not say */
static json_t *variable_json(const char *name)
{
	const char *text = getenv(name);

	return text && *text ? json_string(text) : json_null();
}

static json_t *words(const char *text)
{
	json_t *array = json_array();
	char copy[KCONFIG_OPTIONS_MAX], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		json_array_append_new(array, json_string(word));
	return array;
}

static json_t *kernel_json(const struct csv_run *run)
{
	const char *plus = strchr(run->kernel, '+');
	struct kconfig config;
	struct utsname uts;
	json_t *kernel;
	int has_config = !kconfig_read(&config);

	uname(&uts);
	kernel = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "id", run->kernel, "release", uts.release, "version",
			   uts.version, "machine", uts.machine, "cmdline", text_of("/proc/cmdline"), "taint",
			   text_of("/proc/sys/kernel/tainted"));
	json_object_set_new(kernel, "config", has_config ? json_string(config.path) : json_null());
	json_object_set_new(kernel, "config_sha256", has_config ? json_string(config.sha256) : json_null());
	json_object_set_new(kernel, "debug_options", words(has_config ? config.debug_options : ""));
	json_object_set_new(kernel, "commit", variable_json("DAXPIN_KERNEL_COMMIT"));
	json_object_set_new(kernel, "commit_date", variable_json("DAXPIN_KERNEL_COMMIT_DATE"));
	/* A kernel id names the stage of our series behind a plus: 5.10+gup. */
	json_object_set_new(kernel, "series",
			    plus && strcmp(run->kernel, uts.release) ? json_string(plus + 1) : json_null());
	return kernel;
}

static json_t *proc_json(const char *path, const char *key)
{
	char value[512];

	return proc_value(path, key, value, sizeof(value)) ? json_null() : json_string(value);
}

static json_t *meminfo_json(const char *key)
{
	uint64_t bytes;

	return meminfo_bytes(key, &bytes) ? json_null() : json_integer((json_int_t)bytes);
}

static json_t *cpu_json(void)
{
	return json_pack("{s:o, s:o, s:o, s:i, s:o, s:o}", "model", proc_json("/proc/cpuinfo", "model name"),
			 "microcode", proc_json("/proc/cpuinfo", "microcode"), "online",
			 text_of("/sys/devices/system/cpu/online"), "nodes",
			 numa_available() < 0 ? 1 : numa_num_configured_nodes(), "governor",
			 text_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"), "thp",
			 text_of("/sys/kernel/mm/transparent_hugepage/enabled"));
}

static json_t *memory_json(void)
{
	return json_pack("{s:o, s:o, s:o}", "total_bytes", meminfo_json("MemTotal"), "available_bytes",
			 meminfo_json("MemAvailable"), "hugepages", proc_json("/proc/meminfo", "HugePages_Total"));
}

static json_t *limits_json(void)
{
	struct rlimit limit = { 0 };
	uint64_t effective = 0;
	json_t *limits;
	char text[64];

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (!proc_value("/proc/self/status", "CapEff", text, sizeof(text)))
		effective = strtoull(text, NULL, 16);
	limits = json_pack("{s:b}", "cap_ipc_lock", (int)(effective >> CAP_IPC_LOCK & 1));
	json_object_set_new(limits, "memlock_bytes", limit.rlim_cur == RLIM_INFINITY ?
			    json_string("unlimited") : json_integer((json_int_t)limit.rlim_cur));
	return limits;
}

static json_t *dax_json(void)
{
	_cleanup_free_ struct dax_device *devices = NULL;
	json_t *array = json_array();
	size_t count = 0;

	if (dax_enumerate(&devices, &count))
		return array;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, dax_device_json(&devices[i]));
	return array;
}

/* Only where the module is loaded; that it is not is no error here. */
static json_t *module_json(void)
{
	struct daxpin_query query;

	if (access(DAXPIN_DEVICE, R_OK | W_OK) || gup_query(&query))
		return json_null();
	return json_pack("{s:s, s:I, s:I}", "version", query.module_version, "get_variants",
			 (json_int_t)query.get_variants, "put_variants", (json_int_t)query.put_variants);
}

static json_t *job_json(const struct job *job)
{
	json_t *cells = json_array();
	char sha256[65], text[512];

	for (size_t i = 0; i < job->count; i++) {
		cell_describe(&job->cells[i], text, sizeof(text));
		json_array_append_new(cells, json_pack("{s:s, s:s, s:i, s:i}", "section", job->cells[i].section, "cell",
						       text, "repetitions", (int)job->cells[i].repetitions, "warmup",
						       (int)job->cells[i].warmup));
	}
	return json_pack("{s:s, s:s?, s:o}", "file", job->file, "sha256", SHA256File(job->file, sha256), "cells", cells);
}

static json_t *run_json(const struct csv_run *run, const struct job *job)
{
	char started[32];
	time_t now = time(NULL);
	struct tm utc;
	json_t *env;

	gmtime_r(&now, &utc);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &utc);
	env = json_pack("{s:i, s:s, s:{s:s, s:s}, s:s, s:s, s:s}", "schema_version", CSV_SCHEMA_VERSION, "run_id",
			run->run_id, "tool", "name", "daxpin", "version", DAXPIN_VERSION, "started", started,
			"platform", run->platform, "boot", run->boot);
	json_object_set_new(env, "host", host_json());
	json_object_set_new(env, "kernel", kernel_json(run));
	json_object_set_new(env, "clocksource", text_of(CLOCKSOURCE));
	json_object_set_new(env, "cpu", cpu_json());
	json_object_set_new(env, "memory", memory_json());
	json_object_set_new(env, "limits", limits_json());
	json_object_set_new(env, "dax", dax_json());
	json_object_set_new(env, "module", module_json());
	json_object_set_new(env, "job", job_json(job));
	json_object_set_new(env, "load_average", text_of("/proc/loadavg"));
	json_object_set_new(env, "trusted", json_boolean(run->trusted));
	return env;
}

int env_write(const char *csv_path, const struct csv_run *run, const struct job *job)
{
	_cleanup_free_ char *path = env_file_path(csv_path);
	json_t *array;
	int rc = 0;

	if (!path)
		return -ENOMEM;
	array = json_pack("[o]", run_json(run, job));
	if (!array || json_dump_file(array, path, JSON_INDENT(2) | JSON_SORT_KEYS)) {
		rc = errno ? -errno : -EIO;
		err("%s: %s", path, strerror(-rc));
	}
	json_decref(array);
	return rc;
}

void env_remove(const char *csv_path)
{
	_cleanup_free_ char *path = env_file_path(csv_path);

	if (path)
		unlink(path);
}

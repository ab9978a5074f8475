// SPDX-License-Identifier: GPL-2.0-or-later
#include "bring_up.h"

#include <daxpin_mark.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "env.h"
#include "log.h"
#include "memory.h"
#include "regions.h"
#include "wall.h"

int device_consent(int yes)
{
	return yes || env_in_our_vm();
}

int bring_up_consent(int yes)
{
	if (device_consent(yes))
		return 0;
	err("this is not the project's VM: unbinding takes the device away from whatever uses it; say --yes if you mean it");
	return -EPERM;
}

int bring_up_open(const char *sysfs, const char *device, struct bring_up *b, char reason[REASON_MAX])
{
	char path[PATH_MAX], resolved[PATH_MAX];
	const char *driver;

	*b = (struct bring_up){ 0 };
	snprintf(b->name, sizeof(b->name), "%s", device);
	snprintf(path, sizeof(path), "%s/bus/dax/devices/%s", sysfs, device);
	if (access(path, F_OK)) {
		snprintf(reason, REASON_MAX,
			 "%s is not on the dax bus, only there a driver can be unbound; dax_pmem_compat has it?", device);
		return -EOPNOTSUPP;
	}
	snprintf(path, sizeof(path), "%s/bus/dax/devices/%s/driver", sysfs, device);
	if (realpath(path, resolved)) {
		b->bound = 1;
		snprintf(b->driver, sizeof(b->driver), "%s", resolved);
	} else {
		snprintf(b->driver, sizeof(b->driver), "%s/bus/dax/drivers/device_dax", sysfs);
	}
	driver = strrchr(b->driver, '/') + 1;
	if (!strcmp(driver, "device_dax"))
		return 0;
	if (!strcmp(driver, "kmem"))
		snprintf(reason, REASON_MAX,
			 "%s is in system-ram mode; 'daxctl reconfigure-device --mode=devdax --force %s' gives it back", device,
			 device);
	else
		snprintf(reason, REASON_MAX, "%s belongs to the driver %s, not to device_dax", device, driver);
	return -EOPNOTSUPP;
}

/* Is there a link to the node among the open files of a process? */
static int has_open(const char *pid, const char *node)
{
	char path[64], target[PATH_MAX];
	struct dirent *entry;
	int found = 0;
	ssize_t length;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		if (length <= 0)
			continue;
		target[length] = '\0';
		found = !strcmp(target, node);
	}
	if (dir)
		closedir(dir);
	return found;
}

static int has_mapped(const char *pid, const char *node)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[64], line[PATH_MAX + 128], *name;

	snprintf(path, sizeof(path), "/proc/%.20s/maps", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		name = strchr(line, '/');
		if (name && !strcmp(name, node))
			return 1;
	}
	return 0;
}

int bring_up_check_unused(const char *device)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char node[64];
	int rc = 0;

	snprintf(node, sizeof(node), "/dev/%s", device);
	while (dir && !rc && (entry = readdir(dir))) {
		if (*entry->d_name < '1' || *entry->d_name > '9')
			continue;
		if (!has_open(entry->d_name, node) && !has_mapped(entry->d_name, node))
			continue;
		err("%s is in use by process %s: end it first", node, entry->d_name);
		rc = -EBUSY;
	}
	if (dir)
		closedir(dir);
	return rc;
}

/* The timed part: one write(), which returns when the driver's probe (or remove)
 * has. */
static int timed_write(int fd, const char *text, enum daxpin_op op, uint64_t *ns)
{
	size_t length = strlen(text);
	uint64_t start = wall_now();
	ssize_t written;

	daxpin_mark(DAXPIN_MARK_BEGIN, op);
	written = write(fd, text, length);
	daxpin_mark(DAXPIN_MARK_END, 0);
	*ns = wall_now() - start;
	return written == (ssize_t)length ? 0 : -errno;
}

/* Why a bind fails is often DRAM; before 5.12 or so a kernel answers ENODEV whatever it was. */
static void print_failure(const struct bring_up *b, const char *path, int bind, int rc, uint64_t free_bytes)
{
	const char *what = bind ? "bind" : "unbind";

	if (bind && b->needs_bytes && (rc == -ENOMEM || (rc == -ENODEV && free_bytes < b->needs_bytes)))
		err("%s: %s of %s: %s; it needs %s%.1f MiB of DRAM for its struct pages, %.1f MiB were free", path, what,
		    b->name, strerror(-rc), b->needs_at_most ? "up to " : "", (double)b->needs_bytes / (1 << 20),
		    (double)free_bytes / (1 << 20));
	else
		err("%s: %s of %s: %s; the kernel's log may say more", path, what, b->name, strerror(-rc));
}

/* What has been given back is what a bind needs. */
static void learn_needs(struct bring_up *b, int bind, const struct bring_up_change *change)
{
	int64_t given = change->after.free_bytes - change->before.free_bytes;

	if (bind || given <= 0)
		return;
	b->needs_bytes = (uint64_t)given;
	b->needs_at_most = 0;
}

int bring_up_change(struct bring_up *b, int bind, struct bring_up_change *change)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	int rc;

	if (snprintf(path, sizeof(path), "%s/%s", b->driver, bind ? "bind" : "unbind") >= (int)sizeof(path))
		return -ENAMETOOLONG;
	rc = dram_read(&change->before);
	if (rc)
		return rc;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	daxpin_mark(DAXPIN_MARK_FLUSH, 0);
	rc = fd < 0 ? -errno : timed_write(fd, b->name, bind ? DAXPIN_OP_BIND : DAXPIN_OP_UNBIND, &change->ns);
	if (rc) {
		print_failure(b, path, bind, rc, (uint64_t)change->before.free_bytes);
		return rc;
	}
	change->tag = regions_tag();
	daxpin_mark(DAXPIN_MARK_FLUSH, change->tag);
	b->bound = bind;
	rc = dram_read(&change->after);
	if (!rc)
		learn_needs(b, bind, change);
	return rc;
}

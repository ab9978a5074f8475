// SPDX-License-Identifier: GPL-2.0-or-later
#include "kconfig.h"

#include <errno.h>
#include <sha256.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <zlib.h>

/* Each of these costs more than what is measured. Options that only make a
 * boot argument possible (PAGE_POISONING, DEBUG_PAGEALLOC) are set in every
 * Debian kernel and cost nothing until it is given. */
static const char *const debug_options[] = {
	"KASAN", "KCSAN", "KMSAN", "PROVE_LOCKING", "LOCKDEP", "DEBUG_VM", "DEBUG_VM_PGFLAGS", "DEBUG_PAGEALLOC_ENABLE_DEFAULT",
	"KCOV", "UBSAN_TRAP", "DEBUG_ATOMIC_SLEEP",
};

static void note_debug_option(struct kconfig *config, const char *line)
{
	size_t used = strlen(config->debug_options);
	char wanted[64];

	for (size_t i = 0; i < sizeof(debug_options) / sizeof(debug_options[0]); i++) {
		snprintf(wanted, sizeof(wanted), "CONFIG_%s=y", debug_options[i]);
		if (!strcmp(line, wanted))
			snprintf(config->debug_options + used, sizeof(config->debug_options) - used, "%s%s",
				 used ? " " : "", debug_options[i]);
	}
}

int kconfig_read_file(const char *path, struct kconfig *config)
{
	gzFile file = gzopen(path, "re");
	char line[512];
	SHA2_CTX sha;

	memset(config, 0, sizeof(*config));
	if (!file)
		return -ENOENT;
	SHA256Init(&sha);
	while (gzgets(file, line, sizeof(line))) {
		SHA256Update(&sha, (const uint8_t *)line, strlen(line));
		line[strcspn(line, "\n")] = '\0';
		note_debug_option(config, line);
	}
	gzclose(file);
	SHA256End(&sha, config->sha256);
	snprintf(config->path, sizeof(config->path), "%s", path);
	return 0;
}

int kconfig_read(struct kconfig *config)
{
	static const char *const places[] = { "/boot/config-%s", "/lib/modules/%s/config", "/lib/modules/%s/build/.config" };
	struct utsname uts;
	char path[256];

	if (!kconfig_read_file("/proc/config.gz", config))
		return 0;
	if (uname(&uts))
		return -errno;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(path, sizeof(path), places[i], uts.release);
#pragma GCC diagnostic pop
		if (!kconfig_read_file(path, config))
			return 0;
	}
	return -ENOENT;
}

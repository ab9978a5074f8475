/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of the running kernel, where it can be found. */
#ifndef DAXPIN_KCONFIG_H
#define DAXPIN_KCONFIG_H

#include <stddef.h>

#define KCONFIG_OPTIONS_MAX 256

/**
 * struct kconfig - what the configuration says
 * @path: file it was read from, "" when there is none
 * @sha256: of its text, in hex
 * @debug_options: the options that dominate a measurement, separated by spaces
 */
struct kconfig {
	char path[128];
	char sha256[65];
	char debug_options[KCONFIG_OPTIONS_MAX];
};

/* Looks in /proc/config.gz, /boot and /lib/modules. Returns 0 or -ENOENT. */
int kconfig_read(struct kconfig *config);

/* The same from one file, plain or gzip. */
int kconfig_read_file(const char *path, struct kconfig *config);

#endif

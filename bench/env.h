/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The environment of a run: kernel, platform, machine (docs/csv.md, "Environment"). */
#ifndef DAXPIN_ENV_H
#define DAXPIN_ENV_H

#include "csv_write.h"
#include "job.h"

/* Fills what rows of a run have in common. kernel_id NULL: the release.
 * Warns when debug options of the kernel make the run untrusted. Refuses, with a
 * message, a DAXPIN_HOST that cannot go into the environment. Returns 0 or -errno. */
int env_describe_run(const char *kernel_id, struct csv_run *run);

/* Writes the environment of a run beside its CSV: "x.csv" -> "x.env.json", an
 * array of one object. Prints errors. Returns 0 or -errno. */
int env_write(const char *csv_path, const struct csv_run *run, const struct job *job);

/* Removes it again, for a CSV that got no row. */
void env_remove(const char *csv_path);

/* In a VM of scripts/vm, which is thrown away after use? */
int env_in_our_vm(void);

/* "bare", "kvm", "tcg" or "vm", from CPUID. */
const char *env_platform(void);

#endif

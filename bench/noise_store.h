/* SPDX-License-Identifier: GPL-2.0-or-later */
/* daxpin compare --store-noise: sets of boots into a file of noise. */
#ifndef DAXPIN_NOISE_STORE_H
#define DAXPIN_NOISE_STORE_H

#include <stdbool.h>

#include "inputs.h"

/* Writes how far the sets are from each other to path. What is there is replaced when it is noise, or with force; one
 * of the sets never is. Returns 0, or -errno after printing. */
int noise_store(const char *path, const struct input_paths *sets, bool force);

#endif

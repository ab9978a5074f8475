/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a command of daxpin in this process on bytes of the fuzzer. */
#ifndef DAXPIN_TESTS_FUZZ_H
#define DAXPIN_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Arguments of a command at the most. */
#define FUZZ_ARGS 24

typedef int (*fuzz_command)(int argc, char **argv);

/* Writes the input to the file that fuzz_file() names. */
void fuzz_write(const char *name, const uint8_t *data, size_t size);

/* DIR/NAME in the directory of this process; valid for seven calls more. */
const char *fuzz_file(const char *name);

/* DIR/NAME of the samples that tests/fuzz/run has made ready: in $DAXPIN_FUZZ_SEEDS. */
const char *fuzz_seed(const char *name);

/* Runs it with these arguments, NULL at the end. Stops the fuzzer when the exit status is none of 0, 1 and 2, or when
 * trouble is not said. */
void fuzz_run(fuzz_command command, const char *const *args);

#endif

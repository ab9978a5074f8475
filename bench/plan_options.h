/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of 'daxpin plan'. */
#ifndef DAXPIN_PLAN_OPTIONS_H
#define DAXPIN_PLAN_OPTIONS_H

#include "plan.h"
#include "plan_against.h"

/* @file: in a directory, NULL: none */
struct plan_format {
	const char *name, *file;
	int (*plan)(const struct plan_rows *rows, FILE *f);
	int (*against)(const struct plan_checks *checks, FILE *f);
};

/* The first is the default. */
#define PLAN_FORMATS 4
extern const struct plan_format plan_formats[PLAN_FORMATS];

/**
 * struct plan_options - what is asked for
 * @request: complete after plan_options_complete()
 * @files: for @against
 * @output: file or directory, NULL: standard output
 * @plot: file, NULL: none
 * @device, @measured, @kernels: as they were given, NULL: not
 */
struct plan_options {
	struct plan_request request;
	struct input_paths files;
	const struct plan_format *format;
	const char *device, *measured, *output, *plot, *kernels;
	bool against, explain, maps_given, no_times;
};

/* Both print what is wrong. Return 0, or a positive or a negative errno; options are for plan_options_free() in any
 * case. A usage error ends the program. */
int plan_options_parse(struct plan_options *options, int argc, char **argv);

/* What was not given: from the device, the machine, the defaults; and the fits. */
int plan_options_complete(struct plan_options *options);

void plan_options_free(struct plan_options *options);

#endif

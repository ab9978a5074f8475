/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures by kernel: a line for each cell and op whatever the clock, and for the DRAM of bring-up; in a line
 * a sheet for each clock and model; in a sheet a cell for each kernel. Kernels
 * stand line by line (kernel_line.h), those of distributions first, and a kernel is compared with the one before it in its line.
 */
#ifndef DAXPIN_BY_KERNEL_H
#define DAXPIN_BY_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "report_levels.h"
#include "summary.h"

/* A figure that changes by more than this from the kernel before is a step, if it is also more than the least, in its
 * unit: what is once per device or call is next to nothing per page. */
#define BY_KERNEL_STEP 0.10
#define BY_KERNEL_LEAST 0.05

enum by_kernel_kind { BY_KERNEL_PIN, BY_KERNEL_BRING_UP, BY_KERNEL_DRAM, BY_KERNEL_KINDS };

/* cells[sheet * kernels + kernel]; NULL: not measured. DRAM is on no clock and in sheet 0. */
struct by_kernel_line {
	enum by_kernel_kind kind;
	const struct cell_key *key; /* of one of the cells */
	const struct summary_cell **cells;
};

struct by_kernel {
	struct levels kernels, sheets;
	char **clocks; /* of each sheet: "insn", "model", where there are several of them "model ddr4" */
	unsigned char untold[BY_KERNEL_KINDS][KEY_COUNT]; /* keys that need not be said */
	struct by_kernel_line *lines; /* pins and registrations, bring-up, DRAM */
	size_t n;
};

/* Of cells of one platform and host, whatever their clocks. Returns 0, or -ENOMEM after printing; to be closed in any case. */
int by_kernel_open(struct by_kernel *by, struct summary_cell *const *cells, size_t n);
void by_kernel_close(struct by_kernel *by);

typedef int (*by_kernel_fn)(const struct by_kernel *by, void *arg);

/* Calls fn for each platform and host; anything but 0 ends it. Returns that, or -ENOMEM after printing. */
int by_kernel_each(const struct summary *summary, by_kernel_fn fn, void *arg);

/* Is anything of it in this sheet? */
bool by_kernel_has(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet);

/* The cost per page, or MiB of DRAM per GiB of the device; NAN: not measured. */
double by_kernel_value(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t kernel);

/* Is a kernel the first of its line? How many lines are there? */
bool by_kernel_starts_line(const struct by_kernel *by, size_t kernel);
size_t by_kernel_lines(const struct by_kernel *by);

/* What is to be said where there are several: a sentence. */
extern const char by_kernel_lines_text[];

/* The kernel before in its line that has the figure, or SIZE_MAX. Kernels that are not trusted are compared with none. */
size_t by_kernel_before(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t kernel);

/* To the kernel before; NAN: there is none, or its value is 0. */
double by_kernel_ratio(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t kernel);

/* From the kernel before: -1 a step down, 1 one up, 0 none. */
int by_kernel_step(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t kernel);

/* "instructions/page", "MiB/GiB". */
const char *by_kernel_unit(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet);

/* The same for people: behind the unit the model, where there are several. Plain text. */
void by_kernel_put_unit(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, FILE *f);

/* "get, gup, fast" and "dax, map dev": what tells a line from the others. Plain text. */
void by_kernel_put_name(const struct by_kernel *by, const struct by_kernel_line *line, FILE *f);
void by_kernel_put_memory(const struct by_kernel *by, const struct by_kernel_line *line, FILE *f);

/* A value or a ratio with three digits. */
void by_kernel_put_value(double value, FILE *f);
void by_kernel_put_ratio(double ratio, FILE *f);

#endif

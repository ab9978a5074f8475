/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What 'daxpin plan' answers: rows of kernels, maps and aligns, made of capacity.h and fits.h. */
#ifndef DAXPIN_PLAN_H
#define DAXPIN_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "capacity.h"
#include "fits.h"

/* X(identifier, name in files) */
#define PLAN_WARNINGS(X) \
	X(CANNOT_FIT, "cannot-fit") \
	X(NOTHING_LEFT, "nothing-left") \
	X(DRAM_SHARE, "dram-share") \
	X(RATIO_96, "ratio-96") \
	X(RATIO_8, "ratio-8") \
	X(ALTMAP_BASE_PAGES, "altmap-base-pages") \
	X(MISALIGNED, "misaligned") \
	X(EXTRAPOLATED, "extrapolated") \
	X(CALL_SIZE, "call-size")

enum plan_warning {
#define X(id, name) PLAN_##id,
	PLAN_WARNINGS(X)
#undef X
	PLAN_WARNING_COUNT
};

extern const char *const plan_warning_names[PLAN_WARNING_COUNT];

/* In the order of a life of a device. */
enum plan_op { PLAN_BIND, PLAN_REBIND, PLAN_GET, PLAN_PUT, PLAN_REGISTER, PLAN_DEREGISTER, PLAN_OPS };

extern const char *const plan_op_names[PLAN_OPS];

/* How long, in ns, or how much, in bytes. @fit: what it rests on, NULL: nothing was measured, the figures mean
 * nothing. */
struct plan_prediction {
	const struct fit *fit;
	struct fit_estimate value;
};

struct plan_numbers {
	uint64_t *v;
	size_t n;
};

/**
 * struct plan_request - what is asked; rows are all combinations of the lists
 * @own_struct_pages: the DRAM has to hold struct pages of its own, too
 * @reserve: bytes of DRAM that others need
 * @start: physical address of the memory
 * @nodes: capacity and DRAM are spread over so many nodes, with a device on each
 * @chunk: bytes of a get call, and of a registration
 * @nics: each registers all of it
 * @warn_percent: more of the DRAM than that is worth a warning
 * @get, @put: variants, NULL: what the fits have
 * @fits: may have none
 * @fits_name: file, for people
 */
struct plan_request {
	struct plan_numbers capacities, drams, aligns;
	struct capacity_kernel *kernels;
	size_t n_kernels;
	enum dax_map maps[2];
	size_t n_maps;
	bool dynamic, own_struct_pages;
	uint64_t reserve, start, chunk;
	unsigned int nodes, processes, threads, nics;
	double warn_percent;
	const char *get, *put;
	struct fits fits;
	const char *fits_name;
};

/**
 * struct plan_row - the answer
 * @device: on each node
 * @c: of all nodes together
 * @total: bytes of DRAM: bring-up and the page tables of all processes
 * @available: bytes of DRAM that there are for it
 * @times: of each enum plan_op
 * @fitted: bytes of DRAM that a rebind takes by a fit of measurements, beside c.bring_up
 * @warnings: bit 1 << enum plan_warning
 */
struct plan_row {
	const struct capacity_kernel *kernel;
	struct capacity_device device;
	uint64_t capacity, dram;
	struct capacity c;
	uint64_t total, available;
	struct plan_prediction times[PLAN_OPS], fitted;
	unsigned int warnings;
};

struct plan_rows {
	const struct plan_request *request;
	struct plan_row *v;
	size_t n;
};

/* Makes the rows. Returns 0 or -ENOMEM. */
int plan_make(const struct plan_request *request, struct plan_rows *rows);

/* Fills in what there are fits of, of this kernel, map and align. */
void plan_predict(const struct plan_request *request, struct plan_row *row);

/* What all times of a plan rest on: platform, clock, model, host of one fit. NULL: there are none. */
const struct fit *plan_basis(const struct plan_request *request);

static inline bool plan_has(const struct plan_row *row, enum plan_warning warning)
{
	return row->warnings & (1U << warning);
}

/* Percent of the DRAM that is there. */
static inline double plan_percent(const struct plan_row *row)
{
	return 100.0 * (double)row->total / (double)row->dram;
}

/* How many times the DRAM the memory can be until it takes the share of it that is worth a warning; 0 when there is no
 * memory. */
static inline double plan_ratio(const struct plan_request *request, const struct plan_row *row)
{
	return row->total ? (double)row->capacity * request->warn_percent / 100 / (double)row->total : 0;
}

/* Each writes all rows; write errors stick in f. Returns 0 or -ENOMEM. */
int plan_table(const struct plan_rows *rows, FILE *f);
int plan_markdown(const struct plan_rows *rows, FILE *f);
int plan_csv(const struct plan_rows *rows, FILE *f);
int plan_json(const struct plan_rows *rows, FILE *f);

/* The constants and rules of capacity.h with their origins, and what times rest on. Returns 0 or -ENOMEM. */
int plan_explain(const struct plan_request *request, FILE *f);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A summary as table, CSV, JSON, Markdown and plots. */
#ifndef DAXPIN_REPORT_H
#define DAXPIN_REPORT_H

#include <stdio.h>

#include "summary.h"

/* Each writes all of the summary to f; write errors stick in f. Returns 0 or
 * -ENOMEM. Different platforms, clocks, models and hosts are different tables. */
int report_table(const struct summary *summary, FILE *f);
int report_markdown(const struct summary *summary, FILE *f);
int report_csv(const struct summary *summary, FILE *f);
int report_json(const struct summary *summary, FILE *f);

/* Writes DIR/get-put.{dat,svg,png}, and get-put-2.* and so on where jobs,
 * engines, variants or sizes differ; *figures is how many. Prints errors. Returns 0; -ENOPKG: gnuplot
 * or its script is not there; another -errno. */
int report_plots(const struct summary *summary, const char *dir, size_t *figures);

/* Writes DIR/staircase.{dat,svg,png} where kernels are stages of a series, for each
 * platform, clock, model and host; like report_plots(). */
int report_stairs(const struct summary *summary, const char *dir, size_t *figures);

/* Writes DIR/kernels.{dat,svg,png} of three kernels or more of several versions: what each kind of figure
 * comes to on each, for each platform, clock, model and host; like report_plots(). */
int report_kernels_plots(const struct summary *summary, const char *dir, size_t *figures);

/* Writes DIR/misses.{dat,svg,png} of clock model: where the cache lines of a page came
 * from; like report_plots(). */
int report_misses(const struct summary *summary, const char *dir, size_t *figures);

/* Writes DIR/registration.{dat,svg,png} where registrations of several sizes were measured, or several
 * sizes of what is registered: cost against that size; like report_plots(). */
int report_registration(const struct summary *summary, const char *dir, size_t *figures);

/* Writes DIR/threads.{dat,svg,png} where several numbers of threads were measured: throughput and how
 * evenly threads get on; like report_plots(). */
int report_threads(const struct summary *summary, const char *dir, size_t *figures);

/* Writes DIR/unpin.{dat,svg,png} of several put variants, orders, caches or sizes: a map of the cost of put;
 * like report_plots(). */
int report_unpin(const struct summary *summary, const char *dir, size_t *figures);

/* A remark on what a platform's clock is worth, or NULL. */
const char *report_caveat(const struct cell_key *key);

/* What the cost is in: "ns/page", "ns per page", and for a whole device (a million of them) "ms". */
struct report_units {
	const char *page;
	const char *per_page;
	const char *device;
};

const struct report_units *report_units(const struct cell_key *key);

/* The end of the cells that have the same keys before `end` as cell `from`. */
size_t report_group_end(const struct summary *summary, size_t from, enum key end);

#endif

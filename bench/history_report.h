/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A history as table, CSV, JSON, Markdown and plots. */
#ifndef DAXPIN_HISTORY_REPORT_H
#define DAXPIN_HISTORY_REPORT_H

#include <stdio.h>

#include "history.h"

/* Each writes all of it to f; write errors stick in f. Returns 0 or -ENOMEM. */
typedef int (*history_writer)(const struct history *history, const struct compare_options *options, FILE *f);

/* What there is: versions of kernels by machine. */
int history_list_table(const struct history *history, const struct compare_options *options, FILE *f);
int history_list_markdown(const struct history *history, const struct compare_options *options, FILE *f);
int history_list_csv(const struct history *history, const struct compare_options *options, FILE *f);
int history_list_json(const struct history *history, const struct compare_options *options, FILE *f);

/* The series. */
int history_table(const struct history *history, const struct compare_options *options, FILE *f);
int history_markdown(const struct history *history, const struct compare_options *options, FILE *f);
int history_csv(const struct history *history, const struct compare_options *options, FILE *f);
int history_json(const struct history *history, const struct compare_options *options, FILE *f);

/* Change points only, the strongest first. */
int history_changes_table(const struct history *history, const struct compare_options *options, FILE *f);
int history_changes_markdown(const struct history *history, const struct compare_options *options, FILE *f);
int history_changes_csv(const struct history *history, const struct compare_options *options, FILE *f);
int history_changes_json(const struct history *history, const struct compare_options *options, FILE *f);

/* Writes DIR/history.{dat,svg,png}, DIR/history-2.* and so on, one for each series of two kernels or more, or only of those
 * that have a change; *figures is how many. Prints errors. Returns 0; -ENOPKG: gnuplot or its script is not there; another
 * -errno. */
int history_plots(const struct history *history, bool changes, const char *dir, size_t *figures);

/* "regression", "first", ...: the verdict on a row. In CSV with a dash in place of spaces. */
const char *history_verdict(const struct change_row *row, bool human);

/* What figures of a series are in ("instructions/page"), and a median in that. */
const char *history_unit(const struct change_series *series);
double history_shown(const struct change_series *series, double median);

/* Date of ISO 8601 without the time; "" when there is none. */
int history_date_length(const char *started);

#endif

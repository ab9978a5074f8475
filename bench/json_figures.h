/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures and keys of cells as JSON. */
#ifndef DAXPIN_JSON_FIGURES_H
#define DAXPIN_JSON_FIGURES_H

#include <stdio.h>

#include <jansson.h>

#include "cell_key.h"

/* null for NAN and what is not finite. */
json_t *json_figure(double v);

/* Jansson refuses what is not UTF-8; the rest of a report is still worth having. */
json_t *json_figure_text(const char *text);

/* Arrays of n of these. */
json_t *json_figure_array(const double *v, size_t n);
json_t *json_figure_texts(char *const *v, size_t n);

/* Adds the keys from..end-1 under the names of their columns; null: empty. 0 or not. */
int json_figure_keys(json_t *object, const struct cell_key *key, enum key from, enum key end);

/* Prints root, unless it is NULL or rc is not 0, and drops it. Returns 0 or -ENOMEM; a write error sticks in f. */
int json_figures_dump(json_t *root, int rc, FILE *f);

#endif

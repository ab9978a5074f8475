/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Published figures beside ours, as Markdown, CSV and plots. */
#ifndef DAXPIN_REPORT_PUBLISHED_H
#define DAXPIN_REPORT_PUBLISHED_H

#include <stdio.h>

#include "published.h"
#include "summary.h"

/* Write all rows to f; write errors stick in f. Return 0 or -errno. */
int report_published(const struct summary *summary, const struct published *published, FILE *f);
int report_published_csv(const struct summary *summary, const struct published *published, FILE *f);

/* Writes DIR/published.{dat,svg,png}, and published-2.* when the rows are too many for one;
 * *figures is how many, 0 when none of the times is measured. Prints errors. Returns 0;
 * -ENOPKG: gnuplot or its script is not there; another -errno. */
int report_published_plots(const struct summary *summary, const struct published *published, const char *dir,
			   size_t *figures);

#endif

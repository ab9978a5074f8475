// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare_report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "key_columns.h"
#include "report.h"

const char *compare_verdict_text(enum verdict verdict)
{
	static const char *const texts[VERDICTS] = {
		[VERDICT_REGRESSION] = "regression",
		[VERDICT_IMPROVEMENT] = "improvement",
		[VERDICT_NO_CHANGE] = "no change",
		[VERDICT_INCONCLUSIVE] = "inconclusive",
		[VERDICT_INSUFFICIENT] = "insufficient data",
		[VERDICT_FAILED] = "failed in NEW",
		[VERDICT_BASE_ONLY] = "only in BASE",
		[VERDICT_NEW_ONLY] = "only in NEW",
	};

	return texts[verdict];
}

const char *compare_unit(const struct compare_section *section)
{
	const struct report_units *units = report_units(comparison_key(section->v[0]));

	return section->dram ? "MiB of DRAM" : section->bring_up ? units->device : units->page;
}

double compare_shown(const struct compare_section *section, const struct compare_side *side)
{
	if (section->dram)
		return side->median / (1 << 20);
	return section->bring_up && side->cell ? summary_cell_whole(side->cell, side->median) / 1e6 : side->median;
}

void compare_put_counts(const struct comparisons *c, FILE *f)
{
	enum verdict v;

	fprintf(f, "%zu regression%s", c->count[VERDICT_REGRESSION], c->count[VERDICT_REGRESSION] == 1 ? "" : "s");
	for (v = VERDICT_REGRESSION + 1; v < VERDICTS; v++)
		if (c->count[v])
			fprintf(f, ", %zu %s%s", c->count[v], compare_verdict_text(v),
				v == VERDICT_IMPROVEMENT && c->count[v] != 1 ? "s" : "");
}

#define CHANGE_DECIMALS_MAX 5

/* Would a change of no more than the threshold, printed, look like one of more, or the other way round? */
static bool is_mistaken(const struct comparison *c, int decimals)
{
	double scale = pow(10, decimals), percent = 100 * (c->ratio - 1), threshold = 100 * c->threshold;

	return !isnan(percent) && (rint(percent * scale) / scale > threshold * (1 + 1e-12)) != (c->ratio > 1 + c->threshold);
}

static int change_decimals(const struct compare_section *s)
{
	int decimals = 1;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (fabs(s->v[i]->ratio - 1) < 0.01 && decimals < 2)
			decimals = 2;
		while (decimals < CHANGE_DECIMALS_MAX && is_mistaken(s->v[i], decimals))
			decimals++;
	}
	return decimals;
}

const char *compare_change(const struct compare_section *section, double ratio, char buf[COMPARE_CHANGE_MAX])
{
	double percent = 100 * (ratio - 1);

	if (isnan(percent))
		*buf = 0;
	else if (fabs(percent) < 0.5 * pow(10, -section->change_decimals))
		snprintf(buf, COMPARE_CHANGE_MAX, "%.*f", section->change_decimals, 0.0); /* and not -0.0 */
	else
		snprintf(buf, COMPARE_CHANGE_MAX, "%+.*f", section->change_decimals, percent);
	return buf;
}

static void open_section(struct compare_section *s)
{
	double least = INFINITY;
	size_t i;
	enum key k;

	memset(s->same, 1, sizeof(s->same));
	for (i = 0; i < s->n; i++) {
		key_columns_join(comparison_key(s->v[0]), comparison_key(s->v[i]), s->same);
		if (s->v[i]->base.n)
			least = fmin(least, compare_shown(s, &s->v[i]->base));
		if (s->v[i]->new.n)
			least = fmin(least, compare_shown(s, &s->v[i]->new));
	}
	/* Whether there is an op to tell apart or not; and kernels are said once for all. */
	s->same[KEY_OP] = 0;
	for (k = KEY_CELL_END; k < KEY_COUNT; k++)
		s->same[k] = 1;
	s->change_decimals = change_decimals(s);
	s->decimals = least < 1 ? 3 : least < 100 ? 2 : 1;
}

/* Instructions, times of pins and those of devices, and bytes are different tables. */
static int kind_of(const struct comparison *c)
{
	return c->quantity == QUANTITY_DRAM ? 2 : summary_cell_bring_up(c->base.n ? c->base.cell : c->new.cell);
}

static int each_kind(const struct compare_report *report, size_t from, size_t end, compare_section_fn fn, FILE *f)
{
	_cleanup_free_ const struct comparison **v = calloc(end - from, sizeof(*v));
	size_t i;
	int kind, rc = 0;

	if (!v)
		return -ENOMEM;
	for (kind = 0; !rc && kind < 3; kind++) {
		struct compare_section s = { .dram = kind == 2, .bring_up = kind == 1, .v = v };

		for (i = from; i < end; i++)
			if (kind_of(&report->comparisons->v[i]) == kind)
				v[s.n++] = &report->comparisons->v[i];
		if (!s.n)
			continue;
		open_section(&s);
		rc = fn(report, &s, f);
	}
	return rc;
}

int compare_each_section(const struct compare_report *report, compare_section_fn fn, FILE *f)
{
	const struct comparisons *all = report->comparisons;
	size_t from, end;
	int rc = 0;

	for (from = 0; !rc && from < all->n; from = end) {
		for (end = from + 1; end < all->n; end++)
			if (cell_key_compare(comparison_key(&all->v[from]), comparison_key(&all->v[end]), KEY_FIRST,
					     KEY_TABLE_END))
				break;
		rc = each_kind(report, from, end, fn, f);
	}
	return rc;
}

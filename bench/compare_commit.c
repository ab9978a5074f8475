// SPDX-License-Identifier: GPL-2.0-or-later
/* Before and after as it stands in the message of a kernel patch: plain text of 75 columns. */
#include "compare_report.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "key_columns.h"
#include "report.h"
#include "text_stream.h"

#define COLUMNS 75

/* "     90.75      86.59     -4.6 % ?": what is left is for the name of a row. */
#define LABEL_MAX (COLUMNS - 2 - 35)

/* Marks behind a change that these boots do not show. */
static const char *mark(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_NO_CHANGE: return " =";
	case VERDICT_INCONCLUSIVE:
	case VERDICT_INSUFFICIENT: return " ?";
	default: return "";
	}
}

/* Words go to the next line where they do not fit. All lines begin with indent. */
static void put_wrapped(const char *text, const char *indent, FILE *f)
{
	size_t at = 0;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (at && at + 1 + word > COLUMNS) {
			fputc('\n', f);
			at = 0;
		}
		at += (size_t)fprintf(f, "%s%.*s", at ? " " : indent, (int)word, text);
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', f);
}

static char *label_of(const struct compare_section *s, const struct comparison *c)
{
	struct text_stream out;

	if (text_stream_open(&out))
		return NULL;
	key_columns_put(s->same, comparison_key(c), out.f);
	return text_stream_close(&out);
}

static void put_change(const struct compare_section *s, const struct comparison *c, FILE *f)
{
	char buf[COMPARE_CHANGE_MAX];

	if (isnan(c->ratio))
		fprintf(f, "          -%s\n", mark(c->verdict));
	else
		fprintf(f, " %8s %%%s\n", compare_change(s, c->ratio, buf), mark(c->verdict));
}

/* A long name has lines of its own. */
static void put_label(const char *label, size_t width, FILE *f)
{
	if (strlen(label) > width) {
		put_wrapped(label, "  ", f);
		label = "";
	}
	fprintf(f, "  %-*s", (int)width, label);
}

static int put_rows(const struct compare_section *s, FILE *f)
{
	_cleanup_free_ char **labels = calloc(s->n, sizeof(*labels));
	size_t i, width = 0;
	int rc = labels ? 0 : -ENOMEM;

	for (i = 0; !rc && i < s->n; i++) {
		labels[i] = label_of(s, s->v[i]);
		rc = labels[i] ? 0 : -ENOMEM;
		if (!rc && comparison_paired(s->v[i]) && strlen(labels[i]) > width)
			width = strlen(labels[i]);
	}
	width = width < LABEL_MAX ? width : LABEL_MAX;
	if (!rc)
		fprintf(f, "  %-*s %10s %10s %10s\n", (int)width, "", "before", "after", "change");
	for (i = 0; !rc && i < s->n; i++) {
		const struct comparison *c = s->v[i];

		if (!comparison_paired(c))
			continue;
		put_label(labels[i], width, f);
		fprintf(f, " %10.*f %10.*f", s->decimals, compare_shown(s, &c->base), s->decimals,
			compare_shown(s, &c->new));
		put_change(s, c, f);
	}
	for (i = 0; labels && i < s->n; i++)
		free(labels[i]);
	return rc;
}

/* "ns per page, clock wall (engine gup, ..., align 2M):" */
static void put_title(const struct compare_report *r, const struct compare_section *s, FILE *f)
{
	const struct cell_key *key = comparison_key(s->v[0]);

	(void)r;
	fputs(s->dram || s->bring_up ? "Bring-up of a device, " : "", f);
	fprintf(f, "%s, ", s->dram || s->bring_up ? compare_unit(s) : report_units(key)->per_page);
	cell_key_describe(key, KEY_CLOCK, KEY_HOST, NULL, f);
	fputs(" (", f);
	key_columns_put_same(key, s->same, KEY_CELL_END, f);
	fputs("):", f);
}

/* A kernel may be called anything: a line break would end the line of the message, an escape colour the terminal. */
static void one_line(char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			*text = ' ';
}

static int put_text(const struct compare_report *r, const struct compare_section *s,
		    void (*put)(const struct compare_report *r, const struct compare_section *s, FILE *f), FILE *f)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *memory = open_memstream(&text, &len);

	if (!memory)
		return -ENOMEM;
	put(r, s, memory);
	if (fclose(memory))
		return -ENOMEM;
	one_line(text);
	put_wrapped(text, "", f);
	fputc('\n', f);
	return 0;
}

static int put_section(const struct compare_report *r, const struct compare_section *s, FILE *f)
{
	const char *caveat = report_caveat(comparison_key(s->v[0]));
	size_t i, paired = 0;
	int rc;

	for (i = 0; i < s->n; i++)
		paired += comparison_paired(s->v[i]);
	if (!paired)
		return 0;
	rc = put_text(r, s, put_title, f);
	if (!rc)
		rc = put_rows(s, f);
	fputc('\n', f);
	if (caveat && !s->dram) {
		put_wrapped(caveat, "", f);
		fputc('\n', f);
	}
	return rc;
}

static bool has_mark(const struct comparisons *all, const char *wanted)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (comparison_paired(&all->v[i]) && !strcmp(mark(all->v[i].verdict), wanted))
			return true;
	return false;
}

/* "5", "3-5": boots of a side. */
static void put_boots(const struct comparisons *all, bool new, FILE *f)
{
	size_t i, least = SIZE_MAX, most = 0;

	for (i = 0; i < all->n; i++) {
		size_t n = new ? all->v[i].new.n : all->v[i].base.n;

		if (!comparison_paired(&all->v[i]))
			continue;
		least = n < least ? n : least;
		most = n > most ? n : most;
	}
	if (least < most)
		fprintf(f, "%zu-", least);
	fprintf(f, "%zu", most);
}

static void put_last(const struct compare_report *r, const struct compare_section *s, FILE *f)
{
	const struct comparisons *all = r->comparisons;
	const struct cell_key *key = comparison_key(&all->v[0]);

	(void)s;
	fprintf(f, "Before: %s (%s), medians of ", r->base->kernel, r->base->release);
	put_boots(all, false, f);
	fprintf(f, " boots; after: %s (%s), ", r->new->kernel, r->new->release);
	put_boots(all, true, f);
	fprintf(f, " boots. Platform %s%s%s, measured with daxpin.", key->v[KEY_PLATFORM].text,
		*key->v[KEY_HOST].text ? ", " : "", key->v[KEY_HOST].text);
	if (has_mark(all, " ="))
		fputs(" =: no change.", f);
	if (has_mark(all, " ?"))
		fputs(" ?: these boots do not tell.", f);
	if (comparisons_covered(all, COVERAGE_NOMINAL))
		fprintf(f, " Below %d boots of each, intervals of 95 %% are too narrow (nominal).", COMPARE_INTERVAL_BOOTS);
}

int compare_commit(const struct compare_report *report, FILE *f)
{
	int rc = compare_each_section(report, put_section, f);

	return !rc && report->comparisons->n ? put_text(report, NULL, put_last, f) : rc;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "fit_output.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "key_columns.h"
#include "log.h"
#include "report.h"
#include "size.h"
#include "text_table.h"

#define RESIDUALS_SCHEMA_VERSION 1
#define PAGE 4096
#define TEXT_MAX 32

/* Groups of one platform, clock, model and host. */
struct block {
	const struct fit_group *groups;
	size_t n;
	unsigned char same[KEY_COUNT]; /* also what a line does not have */
	FILE *f;
};

static int compare_checks(const void *a, const void *b)
{
	const struct fit_check *ca = a, *cb = b;
	int c = (ca->group > cb->group) - (ca->group < cb->group);

	if (!c)
		c = (ca->at.pages > cb->at.pages) - (ca->at.pages < cb->at.pages);
	return c ? c : cell_key_compare(&ca->cell->key, &cb->cell->key, KEY_FIRST, KEY_COUNT);
}

static int add_check(struct fit_checks *checks, const struct fit_check *check)
{
	struct fit_check *more = reallocarray(checks->v, checks->n + 1, sizeof(*more));

	if (!more)
		return out_of_memory();
	checks->v = more;
	more[checks->n++] = *check;
	return 0;
}

int fit_checks_make(const struct summary *summary, const struct fit_groups *groups, struct fit_checks *checks)
{
	int rc = 0;

	*checks = (struct fit_checks){ 0 };
	for (size_t i = 0; !rc && i < summary->n_cells; i++)
		for (enum fit_quantity q = 0; !rc && q < FIT_QUANTITIES; q++) {
			struct fit_check check = { .cell = summary->cells[i] };

			if (!groups->wanted[q] || !fit_point_of(check.cell, q, &check.at))
				continue;
			check.group = fit_groups_find(groups, check.cell, q);
			if (check.group && check.group->line.used[LINE_CALL] && isnan(check.at.calls))
				check.group = NULL;
			checks->unknown += !check.group;
			if (check.group)
				rc = add_check(checks, &check);
		}
	if (checks->n)
		qsort(checks->v, checks->n, sizeof(*checks->v), compare_checks);
	return rc;
}

void fit_checks_free(struct fit_checks *checks)
{
	free(checks->v);
	*checks = (struct fit_checks){ 0 };
}

double fit_checks_worst(const struct fit_checks *checks)
{
	double worst = 0;

	for (size_t i = 0; i < checks->n; i++)
		worst = fmax(worst, fabs(line_error(&checks->v[i].group->line, &checks->v[i].at)));
	return worst;
}

/* "1.234 ms", "12.35 M", "1.5 GiB": four digits, in the unit that leaves the fewest before the point. */
static const char *put_value(enum fit_quantity quantity, double value, char text[TEXT_MAX])
{
	static const char *const units[FIT_QUANTITIES][6] = {
		[FIT_TIME] = { " ns", " us", " ms", " s", NULL },
		[FIT_INSTRUCTIONS] = { "", " k", " M", " G", " T", NULL },
		[FIT_DRAM] = { " B", " KiB", " MiB", " GiB", " TiB", NULL },
	};
	const double step = quantity == FIT_DRAM ? 1024 : 1000;
	const char *const *unit = units[quantity];

	/* What would be rounded to 1000 is in the next unit, too. */
	for (; unit[1] && fabs(value) >= 0.99995 * step; unit++)
		value /= step;
	snprintf(text, TEXT_MAX, "%.4g%s", value, *unit);
	return text;
}

static const char *quantity_title(enum fit_quantity quantity)
{
	static const char *const titles[FIT_QUANTITIES] = { "time", "instructions", "DRAM" };

	return titles[quantity];
}

/* What one line may have several of: no key of it. */
static const enum key of_points[] = { KEY_JOB, KEY_SIZE, KEY_BATCH, KEY_PUT_BATCH };

static void open_block(struct block *b)
{
	memset(b->same, 1, sizeof(b->same));
	for (size_t i = 1; i < b->n; i++)
		key_columns_join(fit_group_key(&b->groups[0]), fit_group_key(&b->groups[i]), b->same);
	b->same[KEY_OP] = 0;
	for (size_t i = 0; i < sizeof(of_points) / sizeof(of_points[0]); i++)
		b->same[of_points[i]] = 1;
}

static void print_heading(const struct block *b)
{
	const struct cell_key *key = fit_group_key(&b->groups[0]);
	const char *caveat = report_caveat(key);
	unsigned char same[KEY_COUNT];

	cell_key_describe(key, KEY_FIRST, KEY_TABLE_END, NULL, b->f);
	if (caveat)
		fprintf(b->f, "\n%s", caveat);
	memcpy(same, b->same, sizeof(same));
	for (size_t i = 0; i < sizeof(of_points) / sizeof(of_points[0]); i++)
		same[of_points[i]] = 0;
	fputs("\nSame in all rows: ", b->f);
	key_columns_put_same(key, same, KEY_COUNT, b->f);
	fputc('\n', b->f);
}

static void add_columns(const struct block *b, struct text_table *t, const char *const *titles)
{
	key_columns_add(b->same, t);
	text_table_column(t, "quantity", false);
	for (; *titles; titles++)
		text_table_column(t, *titles, strcmp(*titles, "remark") != 0);
}

static int begin_row(const struct block *b, const struct fit_group *group, struct text_table *t, size_t *column)
{
	int rc = text_table_row(t, false);

	if (!rc)
		rc = key_columns_set(b->same, fit_group_key(group), t, column);
	return rc ? rc : text_table_set(t, column, "%s", quantity_title(group->quantity));
}

static int set_interval(struct text_table *t, size_t *column, enum fit_quantity quantity, double low, double high)
{
	char from[TEXT_MAX], to[TEXT_MAX];

	return text_table_set(t, column, "%s to %s", put_value(quantity, low, from), put_value(quantity, high, to));
}

static int set_parameter(const struct fit_group *group, size_t parameter, struct text_table *t, size_t *column)
{
	const struct line *line = &group->line;
	char text[TEXT_MAX];
	int rc;

	if (parameter == LINE_CALL && !line->calls_fitted) {
		*column += 2;
		return 0;
	}
	rc = text_table_set(t, column, "%s", put_value(group->quantity, line->value[parameter], text));
	return rc ? rc : set_interval(t, column, group->quantity, line->low[parameter], line->high[parameter]);
}

static const char *remark(const struct fit_group *group)
{
	const struct line *line = &group->line;

	if (line->negative[LINE_FIXED])
		return "fixed is below 0: no straight line";
	if (line->negative[LINE_CALL] || line->negative[LINE_PAGE])
		return "a cost is below 0: no straight line";
	return summary_cell_trusted(group->points[0].cell) ? "" : "untrusted";
}

static int add_line(const struct block *b, const struct fit_group *group, struct text_table *t)
{
	char least[SIZE_TEXT_MAX], most[SIZE_TEXT_MAX];
	size_t column = 0;
	int rc = begin_row(b, group, t, &column);

	if (!rc)
		rc = text_table_set(t, &column, "%s to %s", size_format((uint64_t)group->points[0].at.pages * PAGE, least),
				    size_format((uint64_t)group->points[group->n - 1].at.pages * PAGE, most));
	if (!rc)
		rc = text_table_set(t, &column, "%zu", group->n);
	for (size_t i = 0; !rc && i < LINE_PARAMETERS; i++)
		rc = set_parameter(group, i, t, &column);
	if (!rc)
		rc = text_table_set(t, &column, "%.3g", 100 * group->line.rms);
	if (!rc)
		rc = text_table_set(t, &column, "%.3g", 100 * group->line.max);
	return rc ? rc : text_table_set(t, &column, "%s", remark(group));
}

static int print_lines(const struct block *b)
{
	static const char *const titles[] = { "sizes", "points", "fixed", "95 % CI", "per call", "95 % CI", "per page",
					      "95 % CI", "rms %", "max %", "remark", NULL };
	_cleanup_text_table_ struct text_table t = { 0 };
	int rc = 0;

	fputs("fixed + per call * calls + per page * pages; rms, max: relative residuals\n\n", b->f);
	add_columns(b, &t, titles);
	for (size_t i = 0; !rc && i < b->n; i++)
		rc = add_line(b, &b->groups[i], &t);
	return rc ? rc : text_table_print(&t, b->f);
}

/* The size of calls, where that makes a difference. */
static int set_calls(const struct fit_group *group, const struct summary_cell *cell, struct text_table *t, size_t *column)
{
	if (!group->line.calls_fitted) {
		*column += 2;
		return 0;
	}
	int rc = text_table_set(t, column, "%" PRIu64, cell->key.v[KEY_BATCH].number);

	return rc ? rc : text_table_set(t, column, "%" PRIu64, cell->key.v[KEY_PUT_BATCH].number);
}

static int add_prediction(const struct block *b, const struct fit_group *group, const struct summary_cell *like,
			  uint64_t size, struct text_table *t)
{
	/* Threads may pin the same range, each all of it. */
	double pages = (double)(size / PAGE) * (double)like->range_pages / (double)(like->key.v[KEY_SIZE].number / PAGE);
	double beyond = pages / group->points[group->n - 1].at.pages;
	struct line_prediction at = line_predict(&group->line, fit_group_calls(group, like, pages), pages);
	char text[TEXT_MAX];
	size_t column = 0;
	int rc = begin_row(b, group, t, &column);

	if (!rc)
		rc = text_table_set(t, &column, "%s", size_format(size, text));
	if (!rc)
		rc = set_calls(group, like, t, &column);
	if (!rc)
		rc = text_table_set(t, &column, "%s", put_value(group->quantity, at.value, text));
	if (!rc)
		rc = set_interval(t, &column, group->quantity, at.low, at.high);
	if (rc || beyond <= 1)
		return rc;
	return text_table_set(t, &column, "%.3g times the largest measured", beyond);
}

/* Is it the first point with calls of this size? */
static bool first_of_its_calls(const struct fit_group *group, size_t point)
{
	for (size_t i = 0; i < point; i++)
		if (!cell_key_compare(&group->points[i].cell->key, &group->points[point].cell->key, KEY_BATCH,
				      KEY_PUT_BATCH + 1))
			return false;
	return true;
}

static int add_predictions(const struct block *b, const struct fit_group *group, uint64_t size, struct text_table *t)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < group->n; i++)
		if (group->line.calls_fitted ? first_of_its_calls(group, i) : !i)
			rc = add_prediction(b, group, group->points[i].cell, size, t);
	return rc;
}

static int print_predictions(const struct block *b, const uint64_t *sizes, size_t n)
{
	static const char *const titles[] = { "size", "batch", "put batch", "predicted", "95 % of measurements",
					      "remark", NULL };
	_cleanup_text_table_ struct text_table t = { 0 };
	int rc = 0;

	add_columns(b, &t, titles);
	for (size_t i = 0; !rc && i < b->n; i++)
		for (size_t k = 0; !rc && k < n; k++)
			rc = add_predictions(b, &b->groups[i], sizes[k], &t);
	fputs("\nPredicted:\n\n", b->f);
	return rc ? rc : text_table_print(&t, b->f);
}

static int add_checked(const struct block *b, const struct fit_check *check, struct text_table *t)
{
	const struct fit_group *group = check->group;
	struct line_prediction at = line_predict(&group->line, check->at.calls, check->at.pages);
	char text[TEXT_MAX];
	size_t column = 0;
	int rc = begin_row(b, group, t, &column);

	if (!rc)
		rc = text_table_set(t, &column, "%s", size_format(check->cell->key.v[KEY_SIZE].number, text));
	if (!rc)
		rc = set_calls(group, check->cell, t, &column);
	if (!rc)
		rc = text_table_set(t, &column, "%s", put_value(group->quantity, check->at.value, text));
	if (!rc)
		rc = text_table_set(t, &column, "%s", put_value(group->quantity, at.value, text));
	if (!rc)
		rc = set_interval(t, &column, group->quantity, at.low, at.high);
	return rc ? rc : text_table_set(t, &column, "%+.2f", 100 * line_error(&group->line, &check->at));
}

static bool is_in(const struct block *b, const struct fit_check *check)
{
	return check->group >= b->groups && check->group < b->groups + b->n;
}

static int print_checks(const struct block *b, const struct fit_checks *checks)
{
	static const char *const titles[] = { "size", "batch", "put batch", "measured", "predicted",
					      "95 % of measurements", "error %", NULL };
	_cleanup_text_table_ struct text_table t = { 0 };
	int rc = 0;

	add_columns(b, &t, titles);
	for (size_t i = 0; !rc && i < checks->n; i++)
		if (is_in(b, &checks->v[i]))
			rc = add_checked(b, &checks->v[i], &t);
	if (t.rows)
		fputs("\nPredicted, and then measured:\n\n", b->f);
	return rc ? rc : text_table_print(&t, b->f);
}

static size_t block_end(const struct fit_groups *groups, size_t from)
{
	size_t i = from;

	while (i < groups->n && !cell_key_compare(fit_group_key(&groups->v[from]), fit_group_key(&groups->v[i]),
						  KEY_FIRST, KEY_TABLE_END))
		i++;
	return i;
}

int fit_print(const struct fit_groups *groups, const uint64_t *sizes, size_t n_sizes,
	      const struct fit_checks *checks, FILE *f)
{
	size_t from, end;
	int rc = 0;

	for (from = 0; !rc && from < groups->n; from = end) {
		end = block_end(groups, from);
		struct block b = { .groups = groups->v + from, .n = end - from, .f = f };

		open_block(&b);
		fputs(from ? "\n" : "", f);
		print_heading(&b);
		rc = print_lines(&b);
		if (!rc && n_sizes)
			rc = print_predictions(&b, sizes, n_sizes);
		if (!rc && checks->n)
			rc = print_checks(&b, checks);
	}
	return rc;
}

static void put_number(double value, FILE *f)
{
	fputc(',', f);
	if (!isnan(value))
		fprintf(f, "%.10g", value);
}

static void put_residual(const struct fit_group *group, const struct summary_cell *cell, const struct line_point *at,
			 const char *use, FILE *f)
{
	static const enum key sizes[] = { KEY_SIZE, KEY_BATCH, KEY_PUT_BATCH, KEY_COUNT };
	struct line_prediction predicted = line_predict(&group->line, at->calls, at->pages);
	const double numbers[] = { at->calls, at->pages, at->value, predicted.value, predicted.low, predicted.high,
				   line_error(&group->line, at) };
	char text[KEY_TEXT_MAX];
	const enum key *k;

	fprintf(f, "%d", RESIDUALS_SCHEMA_VERSION);
	for (k = fit_keys; *k != KEY_COUNT; k++)
		csv_put(f, cell_key_text(&cell->key, *k, 0, text), false);
	csv_put(f, fit_quantity_names[group->quantity], false);
	csv_put(f, use, false);
	for (k = sizes; *k != KEY_COUNT; k++)
		csv_put(f, cell_key_text(&cell->key, *k, 0, text), false);
	fprintf(f, ",%zu", cell->boots);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		put_number(numbers[i], f);
	fputc('\n', f);
}

void fit_residuals_csv(const struct fit_groups *groups, const struct fit_checks *checks, FILE *f)
{
	fputs("schema_version", f);
	for (const enum key *k = fit_keys; *k != KEY_COUNT; k++)
		csv_put(f, key_infos[*k].column, false);
	fputs(",quantity,use,size_bytes,batch_pages,put_batch_pages,boots,calls,pages,measured,predicted,predicted_low,"
	      "predicted_high,relative_error\n", f);
	for (size_t i = 0; i < groups->n; i++)
		for (size_t k = 0; k < groups->v[i].n; k++)
			put_residual(&groups->v[i], groups->v[i].points[k].cell, &groups->v[i].points[k].at, "fit", f);
	for (size_t i = 0; i < checks->n; i++)
		put_residual(checks->v[i].group, checks->v[i].cell, &checks->v[i].at, "check", f);
}

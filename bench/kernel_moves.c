// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_moves.h"

#include <math.h>
#include <stdint.h>

bool kernel_move_find(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t to,
		      struct kernel_move *move)
{
	*move = (struct kernel_move){
		line, sheet, by_kernel_before(by, line, sheet, to), to, by_kernel_ratio(by, line, sheet, to),
	};
	return by_kernel_step(by, line, sheet, to) != 0;
}

int kernel_moves_each(const struct by_kernel *by, kernel_move_fn fn, void *arg)
{
	struct kernel_move move;
	size_t i, k, sheet;
	int rc = 0;

	for (k = 1; k < by->kernels.n; k++)
		for (i = 0; i < by->n; i++)
			for (sheet = 0; !rc && sheet < by->sheets.n; sheet++)
				if (kernel_move_find(by, &by->lines[i], sheet, k, &move)) {
					rc = fn(by, &move, arg);
					break;
				}
	return rc;
}

double kernel_move_ratio(const struct by_kernel *by, const struct kernel_move *move, size_t sheet)
{
	if (by_kernel_before(by, move->line, sheet, move->to) != move->from)
		return NAN;
	return by_kernel_ratio(by, move->line, sheet, move->to);
}

static struct kernel_figure figure_of(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet)
{
	return (struct kernel_figure){ line->key, by->sheets.v[sheet]->v[KEY_CLOCK].text, line->kind == BY_KERNEL_DRAM };
}

static const char *release_of(const struct by_kernel *by, size_t kernel)
{
	return by->kernels.v[kernel]->v[KEY_RELEASE].text;
}

static bool is_staged(const struct by_kernel *by, size_t kernel)
{
	return cell_key_stage(by->kernels.v[kernel]->v[KEY_KERNEL].text) != 0;
}

bool kernel_move_staged(const struct by_kernel *by, const struct kernel_move *move)
{
	return is_staged(by, move->from) || is_staged(by, move->to);
}

bool kernel_move_explained(const struct by_kernel *by, const struct kernel_move *move, const struct kernel_change *change)
{
	const struct kernel_figure figure = figure_of(by, move->line, move->sheet);

	return !kernel_move_staged(by, move) && kernel_change_moves(change, &figure, move->ratio > 1) &&
	       kernel_change_between(change, release_of(by, move->from), release_of(by, move->to));
}

void kernel_move_put_reasons(const struct by_kernel *by, const struct kernel_move *move, FILE *f)
{
	const char *comma = "";
	size_t i;

	for (i = 0; i < kernel_changes_n; i++)
		if (kernel_move_explained(by, move, &kernel_changes[i])) {
			fprintf(f, "%s%s", comma, kernel_changes[i].name);
			comma = ", ";
		}
}

bool kernel_fall_expected(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet,
			  const struct kernel_change *change)
{
	const struct kernel_figure figure = figure_of(by, line, sheet);
	size_t k, before;

	for (k = 1; k < by->kernels.n && kernel_change_expected(change, &figure); k++) {
		before = by_kernel_before(by, line, sheet, k);
		if (before != SIZE_MAX && !is_staged(by, k) && !is_staged(by, before) &&
		    kernel_change_between(change, release_of(by, before), release_of(by, k)))
			return true;
	}
	return false;
}

double kernel_fall_here(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet,
			const struct kernel_change *change)
{
	struct kernel_move move, fall = { .ratio = 1 };
	size_t k;

	for (k = 1; k < by->kernels.n; k++)
		if (kernel_move_find(by, line, sheet, k, &move) && !kernel_move_staged(by, &move) && move.ratio < fall.ratio)
			fall = move;
	return fall.ratio < 1 && kernel_move_explained(by, &fall, change) ? 1 / fall.ratio : 0;
}

/* How many figures a change is expected to lower, and how many of them fall most where it came, by which factors. */
struct outcome {
	size_t expected, here;
	double least, most;
};

static struct outcome judge(const struct by_kernel *by, const struct kernel_change *change)
{
	struct outcome o = { .least = INFINITY };
	size_t i, sheet;
	double factor;

	for (i = 0; i < by->n; i++)
		for (sheet = 0; sheet < by->sheets.n; sheet++) {
			if (!kernel_fall_expected(by, &by->lines[i], sheet, change))
				continue;
			o.expected++;
			factor = kernel_fall_here(by, &by->lines[i], sheet, change);
			if (factor == 0)
				continue;
			o.here++;
			o.least = fmin(o.least, factor);
			o.most = fmax(o.most, factor);
		}
	return o;
}

struct search {
	const struct kernel_change *change;
};

static int is_explained(const struct by_kernel *by, const struct kernel_move *move, void *arg)
{
	const struct search *search = arg;

	return kernel_move_explained(by, move, search->change);
}

bool kernel_change_told(const struct by_kernel *by, const struct kernel_change *change)
{
	struct search search = { change };

	return judge(by, change).expected || kernel_moves_each(by, is_explained, &search);
}

void kernel_change_put(const struct by_kernel *by, const struct kernel_change *change, FILE *f)
{
	struct outcome o = judge(by, change);

	if (change->read)
		fprintf(f, "after %s, by %s", change->not_in, change->in);
	else
		fputs(change->in, f);
	fprintf(f, ": %s.", change->text);
	if (!o.expected)
		return;
	fprintf(f, " Of %zu figure%s that it should lower %zu fall%s most there", o.expected, o.expected == 1 ? "" : "s", o.here,
		o.here == 1 ? "s" : "");
	if (o.here) {
		fputs(", by a factor of ", f);
		by_kernel_put_value(o.least, f);
		fputs(" to ", f);
		by_kernel_put_value(o.most, f);
	}
	fputc('.', f);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures kernel by kernel: a row for each and its clock, and below them what moved and why. */
#include "report_html.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "by_kernel.h"
#include "cleanup.h"
#include "html.h"
#include "kernel_moves.h"
#include "report.h"

struct page {
	FILE *f;
	size_t number; /* of the machine */
	size_t moves;
};

struct line_text {
	const struct by_kernel *by;
	const struct by_kernel_line *line;
	const struct kernel_move *move;
	const struct kernel_change *change;
	size_t sheet;
};

static void write_memory(const void *arg, FILE *f)
{
	const struct line_text *text = arg;

	by_kernel_put_memory(text->by, text->line, f);
}

static void write_name(const void *arg, FILE *f)
{
	const struct line_text *text = arg;

	by_kernel_put_name(text->by, text->line, f);
}

static void write_unit(const void *arg, FILE *f)
{
	const struct line_text *text = arg;

	by_kernel_put_unit(text->by, text->line, text->sheet, f);
}

static void write_reasons(const void *arg, FILE *f)
{
	const struct line_text *text = arg;

	kernel_move_put_reasons(text->by, text->move, f);
}

static void write_change(const void *arg, FILE *f)
{
	const struct line_text *text = arg;

	kernel_change_put(text->by, text->change, f);
}

static void write_machine(const void *arg, FILE *f)
{
	const struct cell_key *key = arg;

	cell_key_describe(key, KEY_PLATFORM, KEY_PLATFORM + 1, NULL, f);
	fputs(", ", f);
	cell_key_describe(key, KEY_HOST, KEY_HOST + 1, NULL, f);
}

/* The name of the op, and small what tells it from others. */
static int put_name(const struct by_kernel *by, const struct by_kernel_line *line, FILE *f)
{
	const struct line_text text = { .by = by, .line = line };
	_cleanup_free_ char *name = NULL;
	size_t len;
	FILE *memory = open_memstream(&name, &len);
	char *rest;

	if (!memory)
		return -ENOMEM;
	write_name(&text, memory);
	if (fclose(memory))
		return -ENOMEM;
	rest = strstr(name, ", ");
	if (rest)
		*rest = 0;
	html_text(name, f);
	if (rest) {
		fputs(" <small>", f);
		html_text(rest + 2, f);
		fputs("</small>", f);
	}
	return 0;
}

/* An arrow for those who see, a word for those who hear. */
static void put_step(int step, FILE *f)
{
	if (step)
		fprintf(f, " <span role=\"img\" aria-label=\"%s\">%s</span>", step < 0 ? "falls" : "rises", step < 0 ? "&darr;" : "&uarr;");
}

static const char *step_class(int step)
{
	return !step ? "" : step < 0 ? " class=\"down\"" : " class=\"up\"";
}

/* A rule between lines. */
static const char *class_of(const struct by_kernel *by, size_t kernel)
{
	return kernel && by_kernel_starts_line(by, kernel) ? "n line" : "n";
}

static void put_value(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, size_t kernel, FILE *f)
{
	double value = by_kernel_value(by, line, sheet, kernel), ratio = by_kernel_ratio(by, line, sheet, kernel);
	int step = by_kernel_step(by, line, sheet, kernel);

	if (isnan(value)) {
		fprintf(f, "<td class=\"%s\">", class_of(by, kernel));
		return;
	}
	fprintf(f, "<td class=\"%s\" data-v=\"%.9g\">", class_of(by, kernel), value);
	by_kernel_put_value(value, f);
	if (isnan(ratio))
		return;
	fprintf(f, "<small%s>", step_class(step));
	by_kernel_put_ratio(ratio, f);
	fputs("&times;", f);
	put_step(step, f);
	fputs("</small>", f);
}

static int put_row(const struct by_kernel *by, const struct by_kernel_line *line, size_t sheet, FILE *f)
{
	const struct line_text text = { .by = by, .line = line, .sheet = sheet };
	size_t k;
	int rc;

	fputs("<tr><th scope=\"row\">", f);
	rc = put_name(by, line, f);
	/* On a phone, in the place of the next two columns. */
	fputs("<small class=\"narrow\">", f);
	if (!rc)
		rc = html_written(write_memory, &text, f);
	fputs(", ", f);
	if (!rc)
		rc = html_written(write_unit, &text, f);
	fputs("</small><td class=\"wide\">", f);
	if (!rc)
		rc = html_written(write_memory, &text, f);
	fputs("<td class=\"wide\">", f);
	if (!rc)
		rc = html_written(write_unit, &text, f);
	for (k = 0; k < by->kernels.n; k++)
		put_value(by, line, sheet, k, f);
	fputc('\n', f);
	return rc;
}

static void put_kernel_heads(const struct by_kernel *by, FILE *f)
{
	size_t k;

	for (k = 0; k < by->kernels.n; k++) {
		fprintf(f, "<th scope=\"col\" class=\"%s\">", class_of(by, k));
		html_text(by->kernels.v[k]->v[KEY_KERNEL].text, f);
		fputc('\n', f);
	}
}

static int put_figures(const struct by_kernel *by, const struct page *page)
{
	FILE *f = page->f;
	size_t i, sheet;
	int rc = 0;

	fprintf(f, "<div class=\"box tall\" tabindex=\"0\" role=\"region\" aria-labelledby=\"by-kernel-%zu\">\n"
		"<table class=\"rows\" data-filter>\n<caption id=\"by-kernel-%zu\">Kernel by kernel: medians%s</caption>\n<thead>\n<tr>\n"
		"<th scope=\"col\">figure\n<th scope=\"col\" class=\"wide\" data-choice>memory\n<th scope=\"col\" class=\"wide\" data-choice>unit\n", page->number, page->number,
		by->kernels.n > 1 ? ", and below them the ratio to the kernel before that has the figure" : "");
	put_kernel_heads(by, f);
	fputs("<tbody>\n", f);
	for (i = 0; i < by->n; i++)
		for (sheet = 0; !rc && sheet < by->sheets.n; sheet++)
			if (by_kernel_has(by, &by->lines[i], sheet))
				rc = put_row(by, &by->lines[i], sheet, f);
	fputs("</table>\n</div>\n", f);
	return rc;
}

static void put_kernel(const struct by_kernel *by, size_t kernel, FILE *f)
{
	html_text(by->kernels.v[kernel]->v[KEY_KERNEL].text, f);
}

static void put_move_ratio(const struct by_kernel *by, const struct kernel_move *move, size_t sheet, FILE *f)
{
	double ratio = kernel_move_ratio(by, move, sheet);
	int step = by_kernel_step(by, move->line, sheet, move->to);

	if (isnan(ratio)) {
		fputs("<td class=\"n\">", f);
		return;
	}
	fprintf(f, "<td class=\"n\" data-v=\"%.9g\"><span%s>", ratio, step_class(step));
	by_kernel_put_ratio(ratio, f);
	fputs("&times;", f);
	put_step(step, f);
	fputs("</span>", f);
}

static int put_move(const struct by_kernel *by, const struct kernel_move *move, void *arg)
{
	const struct line_text text = { .by = by, .line = move->line, .move = move };
	const struct page *page = arg;
	FILE *f = page->f;
	size_t sheet;
	int rc;

	fprintf(f, "<tr><th scope=\"row\" data-v=\"%zu\">", move->to);
	put_kernel(by, move->from, f);
	fputs(" to ", f);
	put_kernel(by, move->to, f);
	fputs("<td>", f);
	rc = html_written(write_name, &text, f);
	fputs("<td>", f);
	if (!rc)
		rc = html_written(write_memory, &text, f);
	for (sheet = 0; sheet < by->sheets.n; sheet++)
		put_move_ratio(by, move, sheet, f);
	fputs("<td>", f);
	if (!rc)
		rc = html_written(write_reasons, &text, f);
	fputc('\n', f);
	return rc;
}

static int put_changes(const struct by_kernel *by, FILE *f)
{
	size_t i;
	bool any = false;
	int rc = 0;

	for (i = 0; !rc && i < kernel_changes_n; i++) {
		const struct line_text text = { .by = by, .change = &kernel_changes[i] };

		if (!kernel_change_told(by, &kernel_changes[i]))
			continue;
		fputs(any ? "" : "<dl class=\"words\">\n", f);
		any = true;
		fprintf(f, "<dt>%s</dt><dd>", kernel_changes[i].name);
		rc = html_written(write_change, &text, f);
		fputs("</dd>\n", f);
	}
	fputs(any ? "</dl>\n" : "", f);
	return rc;
}

static int count_move(const struct by_kernel *by, const struct kernel_move *move, void *arg)
{
	struct page *page = arg;

	(void)by;
	(void)move;
	page->moves++;
	return 0;
}

static int put_moves(const struct by_kernel *by, struct page *page)
{
	FILE *f = page->f;
	size_t sheet;
	int rc;

	page->moves = 0;
	kernel_moves_each(by, count_move, page);
	if (!page->moves)
		return 0;
	fprintf(f, "<details>\n<summary>%zu step%s of more than %.0f %%, and which changes of the kernel are known to make them</summary>\n"
		"<div class=\"box tall\" tabindex=\"0\" role=\"region\" aria-labelledby=\"moves-%zu\">\n<table class=\"moves\" data-filter>\n"
		"<caption id=\"moves-%zu\">Steps: ratios of figures that differ from the kernel before, by clock; that of DRAM, which is on none, stands in the first</caption>\n<thead>\n<tr>\n"
		"<th scope=\"col\" data-choice>between\n<th scope=\"col\" data-choice>figure\n<th scope=\"col\" data-choice>memory\n", page->moves,
		page->moves == 1 ? "" : "s", 100 * BY_KERNEL_STEP, page->number, page->number);
	for (sheet = 0; sheet < by->sheets.n; sheet++) {
		fputs("<th scope=\"col\" class=\"n\">", f);
		html_text(by->clocks[sheet], f);
		fputc('\n', f);
	}
	fputs("<th scope=\"col\" data-choice>by\n<tbody>\n", f);
	rc = kernel_moves_each(by, put_move, page);
	fputs("</table>\n</div>\n", f);
	if (!rc)
		rc = put_changes(by, f);
	fputs("</details>\n", f);
	return rc;
}

static int put_machine(const struct by_kernel *by, void *arg)
{
	struct page *page = arg;
	FILE *f = page->f;
	size_t sheet;
	int rc;

	page->number++;
	fputs("<section>\n<h3>", f);
	rc = html_written(write_machine, by->lines[0].key, f);
	fputs("</h3>\n", f);
	for (sheet = 0; sheet < by->sheets.n; sheet++) {
		const char *caveat = report_caveat(by->sheets.v[sheet]);

		if (caveat)
			fprintf(f, "<p class=\"caveat\">%s</p>\n", caveat);
	}
	if (by_kernel_lines(by) > 1)
		fprintf(f, "<p class=\"lines\">%s</p>\n", by_kernel_lines_text);
	if (!rc)
		rc = put_figures(by, page);
	if (!rc)
		rc = put_moves(by, page);
	fputs("</section>\n", f);
	return rc;
}

int report_html_by_kernel(const struct summary *summary, FILE *f)
{
	struct page page = { .f = f };

	return by_kernel_each(summary, put_machine, &page);
}

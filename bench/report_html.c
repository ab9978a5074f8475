// SPDX-License-Identifier: GPL-2.0-or-later
/* The page around the parts of report_html_*.c. */
#include "report_html.h"


#include "cleanup.h"
#include "html.h"
#include "log.h"
#include "path.h"
#include "report_figure.h"
#include "report_levels.h"

/* Plots that are seen without a click. */
#define PLOTS_OPEN 6

static void put_head(FILE *f)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", f);
	html_policy(report_html_js, f);
	fprintf(f, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"generator\" content=\"daxpin report\">\n<title>daxpin: cost of pinning</title>\n"
		"<style>\n%s</style>\n<script>%s</script>\n</head>\n",
		report_html_css, report_html_js);
}

/* The switch works without the script, which only remembers it. */
static void put_switch(FILE *f)
{
	static const char *const themes[] = { "auto", "light", "dark" };
	size_t i;

	fputs("<fieldset class=\"theme\">\n<legend>Colours</legend>\n", f);
	for (i = 0; i < sizeof(themes) / sizeof(themes[0]); i++)
		fprintf(f, "<label><input type=\"radio\" name=\"theme\" value=\"%s\" id=\"theme-%s\"%s><span>%s</span></label>\n",
			themes[i], themes[i], i ? "" : " checked", themes[i]);
	fputs("</fieldset>\n", f);
}

static void put_fact(const char *name, size_t number, FILE *f)
{
	fprintf(f, "<li><b>%zu</b> %s</li>\n", number, name);
}

static int put_facts(const struct report_page *page, FILE *f)
{
	const struct summary *s = page->summary;
	struct levels kernels;
	size_t i, measured = 0, problems = 0;
	int rc = levels_open(&kernels, s->cells, s->n_cells, levels_kernel);

	if (rc)
		return rc;
	for (i = 0; i < s->n_cells; i++) {
		measured += summary_cell_measured(s->cells[i]);
		problems += !summary_cell_measured(s->cells[i]);
	}
	fputs("<ul class=\"facts\">\n", f);
	put_fact(kernels.n == 1 ? "kernel" : "kernels", kernels.n, f);
	put_fact(page->in->n_runs == 1 ? "run" : "runs", page->in->n_runs, f);
	put_fact(measured == 1 ? "figure" : "figures", measured, f);
	put_fact("not measured", problems, f);
	fputs("</ul>\n", f);
	levels_close(&kernels);
	return 0;
}

static int put_header(const struct report_page *page, FILE *f)
{
	size_t i;
	int rc;

	fputs("<body>\n<a class=\"skip\" href=\"#summary\">To the summary</a>\n<header>\n<div class=\"top\">\n"
	      "<h1>Cost of pinning</h1>\n", f);
	put_switch(f);
	fputs("</div>\n<p class=\"files\">daxpin report of", f);
	for (i = 0; i < page->in->n_files; i++) {
		fputs(i ? ", <code>" : " <code>", f);
		html_text(path_base_name(page->in->files[i].path), f);
		fputs("</code>", f);
	}
	fputs("</p>\n", f);
	rc = put_facts(page, f);
	fputs("<nav aria-label=\"Parts of the report\">\n", f);
	if (page->verdicts->n)
		fputs("<a href=\"#verdicts\">Verdicts</a>\n", f);
	fputs("<a href=\"#summary\">Summary</a>\n<a href=\"#plots\">Plots</a>\n"
	      "<a href=\"#cells\">All cells</a>\n<a href=\"#left-out\">Left out</a>\n<a href=\"#runs\">Runs</a>\n"
	      "<a href=\"#words\">Words</a>\n</nav>\n</header>\n<main>\n", f);
	return rc;
}

static int put_plot(const struct report_page *page, const struct report_page_plots *kind, size_t figure, size_t number,
		    FILE *f)
{
	_cleanup_free_ char *base = figure_base(page->dir, kind->name, figure), *path = NULL;
	char caption[100];

	if (!base || asprintf(&path, "%s.svg", base) < 0) {
		path = NULL;
		return out_of_memory();
	}
	if (kind->figures > 1)
		snprintf(caption, sizeof(caption), "%s, %zu of %zu", kind->text, figure, kind->figures);
	else
		snprintf(caption, sizeof(caption), "%s", kind->text);
	return html_plot(path, number, caption, f);
}

static size_t count_plots(const struct report_page *page)
{
	size_t i, n = 0;

	for (i = 0; i < page->n_plots; i++)
		n += page->plots[i].figures;
	return n;
}

/* Those of the summary, or the others. Some, and more on a click: jobs with many sizes have dozens. */
static int put_plots(const struct report_page *page, bool in_summary, size_t *number, FILE *f)
{
	size_t i, k, all = count_plots(page);
	bool folded = false;
	int rc = 0;

	for (i = 0; i < page->n_plots; i++)
		for (k = 1; !rc && page->plots[i].in_summary == in_summary && k <= page->plots[i].figures; k++) {
			if (*number >= PLOTS_OPEN && !in_summary && !folded) {
				fprintf(f, "<details>\n<summary>%zu more</summary>\n", all - *number);
				folded = true;
			}
			rc = put_plot(page, &page->plots[i], k, ++*number, f);
		}
	fputs(folded ? "</details>\n" : "", f);
	return rc;
}

/* What is known of the kernels at a glance: figures, their plots, then how each compares with the first. */
static int put_summary(const struct report_page *page, size_t *plots, FILE *f)
{
	int rc = report_html_by_kernel(page->summary, f);

	if (!rc)
		rc = put_plots(page, true, plots, f);
	return rc ? rc : report_html_kernels(page->summary, f);
}

static int put_other_plots(const struct report_page *page, size_t *number, FILE *f)
{
	size_t before = *number;
	int rc = put_plots(page, false, number, f);

	if (!*number)
		fputs("<p>None were made.</p>\n", f);
	else if (*number == before)
		fputs("<p>All are in the summary.</p>\n", f);
	return rc;
}

static void put_words(FILE *f)
{
	fputs("<dl class=\"words\">\n"
	      "<dt>get, put</dt><dd>pin, unpin, as in the kernel's gup_test</dd>\n"
	      "<dt>cell</dt><dd>one combination of memory, map, align, engine, get, put, size, batch, threads and processes</dd>\n"
	      "<dt>map</dt><dd>where the struct pages of a device are: mem in DRAM, dev on the device (altmap)</dd>\n"
	      "<dt>median</dt><dd>over boots of the median over repetitions; with one boot over its repetitions. "
	      "Per page of 4 KiB</dd>\n"
	      "<dt>MAD</dt><dd>median absolute deviation from it, not scaled</dd>\n"
	      "<dt>CI</dt><dd>95 % bootstrap interval of the median</dd>\n"
	      "<dt>spread %</dt><dd>the largest of the n values less the smallest, over their median</dd>\n"
	      "<dt>n</dt><dd>boots or repetitions that the median is of</dd>\n"
	      "<dt>ratio</dt><dd>to the first trusted kernel that has the same cell; 0.1: a tenth of its cost</dd>\n"
	      "<dt>whole range, ms</dt><dd>time of the slowest thread's calls for the whole range; bring-up: of the bind</dd>\n"
	      "<dt>DRAM, MiB/GiB</dt><dd>what a bind takes, and an unbind gives back, for each GiB of the device</dd>\n"
	      "<dt>clock</dt><dd>wall: nanoseconds; insn: instructions of the guest; model: modelled nanoseconds. Clocks are never "
	      "compared</dd>\n"
	      "<dt>untrusted</dt><dd>the kernel has debug options that dominate the result, or no clock but its ticks; it is not compared</dd>\n"
	      "</dl>\n", f);
}

static void begin_part(const char *id, const char *title, FILE *f)
{
	fprintf(f, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">%s</h2>\n", id, id, id, title);
}

static int put_tables(const struct report_page *page, FILE *f)
{
	int rc;

	begin_part("cells", "All cells", f);
	rc = report_html_cells(page->summary, f);
	fputs("</section>\n", f);
	begin_part("left-out", "Not measured, or left out of the medians", f);
	if (!rc)
		rc = report_html_problems(page->summary, f);
	fputs("</section>\n", f);
	return rc;
}

int report_html(const struct report_page *page, FILE *f)
{
	size_t plots = 0;
	int rc;

	put_head(f);
	rc = put_header(page, f);
	if (page->verdicts->n) {
		begin_part("verdicts", "Verdicts", f);
		if (!rc)
			rc = report_html_verdicts(page->verdicts, f);
		fputs("</section>\n", f);
	}
	begin_part("summary", "Summary by kernel", f);
	if (!rc)
		rc = put_summary(page, &plots, f);
	fputs("</section>\n", f);
	begin_part("plots", "Plots", f);
	if (!rc)
		rc = put_other_plots(page, &plots, f);
	fputs("</section>\n", f);
	if (!rc)
		rc = put_tables(page, f);
	begin_part("runs", "Runs and what they were measured on", f);
	report_html_runs(page->in, f);
	fputs("</section>\n", f);
	begin_part("words", "Words", f);
	put_words(f);
	fputs("</section>\n</main>\n</body>\n</html>\n", f);
	return rc;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "env_file.h"
#include "kernel_line.h"
#include "kernel_order.h"
#include "log.h"

/* A file is read twice: what is wrong with it shows before any of it counts. */
struct reading {
	struct history *history;
	const struct history_options *options;
	struct inputs in;
	const struct input_run *run; /* of the last row that was used, with what it belongs to */
	char *kernel, *release;
	struct history_version *version;
	struct history_machine *machine;
	bool *twice, *untrusted; /* by number of the run */
};

/* Before any of a file is used: all its rows, also those that were not asked for. */
static int check_row(const struct csv_sample *sample, const struct csv_record *row, const struct input_run *run,
		     void *arg)
{
	if (!sample)
		return 0;
	if (!run->env)
		return csv_bad(row, "run %s has no environment; it belongs into the .env.json beside the file", run->run_id);
	return summary_add_row(arg, sample, row, run->host);
}

static int check_file(struct reading *r, const struct input_paths *paths)
{
	struct summary sums = { 0 };
	int rc = inputs_read(&r->in, paths, check_row, &sums);

	if (!rc)
		rc = summary_check(&sums, paths->v[0]);
	if (!rc && !sums.n_cells && !sums.other_rows) {
		err("no rows in %s", paths->v[0]);
		rc = -ENODATA;
	}
	summary_free(&sums);
	return rc;
}

static bool find_run_id(const struct history *h, const char *run_id, size_t *at)
{
	size_t low = 0, high = h->runs;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int c = strcmp(h->run_ids[mid], run_id);

		if (!c)
			return true;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*at = low;
	return false;
}

static int remember_run(struct history *h, const char *run_id, bool *known)
{
	char **ids, *copy;
	size_t at;

	*known = find_run_id(h, run_id, &at);
	if (*known)
		return 0;
	ids = reallocarray(h->run_ids, h->runs + 1, sizeof(*ids));
	if (ids)
		h->run_ids = ids;
	copy = strdup(run_id);
	if (!ids || !copy) {
		free(copy);
		return -ENOMEM;
	}
	memmove(ids + at + 1, ids + at, (h->runs - at) * sizeof(*ids));
	ids[at] = copy;
	h->runs++;
	return 0;
}

static bool same_version(const struct history_version *v, const struct kernel_identity *id)
{
	return !strcmp(v->kernel, id->kernel) && !strcmp(v->release, id->release) && !strcmp(v->commit, id->commit) &&
	       !strcmp(v->config, id->config);
}

static void free_version(struct history_version *v)
{
	size_t i, k;

	for (i = 0; i < v->n_machines; i++) {
		struct history_machine *m = &v->machines[i];

		for (k = 0; k < m->n_boots; k++)
			free(m->boots[k]);
		free(m->boots);
		hash_index_free(&m->boot_index);
		free(m->host);
		free(m->platform);
		free(m->clocks);
		free(m->first);
		free(m->last);
	}
	free(v->machines);
	free(v->kernel);
	free(v->release);
	free(v->commit);
	free(v->config);
	free(v->line);
	free(v->started);
	free(v->commit_date);
	summary_free(&v->summary);
	free(v);
}

static struct history_version *new_version(const struct kernel_identity *id, const struct history_options *options)
{
	struct history_version *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->kernel = strdup(id->kernel);
	v->release = strdup(id->release);
	v->commit = strdup(id->commit);
	v->config = strdup(id->config);
	v->line = options->n_kernels ? strdup("") : kernel_line(id->kernel);
	v->started = strdup("");
	v->commit_date = strdup("");
	if (v->kernel && v->release && v->commit && v->config && v->line && v->started && v->commit_date)
		return v;
	free_version(v);
	return NULL;
}

static struct history_version *find_version(struct history *h, const struct kernel_identity *id,
					    const struct history_options *options)
{
	struct history_version **versions;
	size_t i;

	for (i = h->n_versions; i--;)
		if (same_version(h->versions[i], id))
			return h->versions[i];
	versions = reallocarray(h->versions, h->n_versions + 1, sizeof(struct history_version *));
	if (!versions)
		return NULL;
	h->versions = versions;
	versions[h->n_versions] = new_version(id, options);
	return versions[h->n_versions] ? versions[h->n_versions++] : NULL;
}

static struct history_machine *find_machine(struct history_version *v, const char *host, const char *platform)
{
	struct history_machine *m;
	size_t i;

	for (i = 0; i < v->n_machines; i++)
		if (!strcmp(v->machines[i].host, host) && !strcmp(v->machines[i].platform, platform))
			return &v->machines[i];
	m = reallocarray(v->machines, v->n_machines + 1, sizeof(*m));
	if (!m)
		return NULL;
	v->machines = m;
	m += v->n_machines;
	*m = (struct history_machine){
		.host = strdup(host), .platform = strdup(platform), .first = strdup(""), .last = strdup(""), .trusted = true,
	};
	/* Counted first, so that what is there is freed. */
	v->n_machines++;
	return m->host && m->platform && m->first && m->last ? m : NULL;
}

static int replace(char **text, const char *by)
{
	char *copy = strdup(by);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static int keep_earliest(char **kept, const char *date)
{
	return *date && (!**kept || strcmp(date, *kept) < 0) ? replace(kept, date) : 0;
}

static int take_date(struct history_version *v, struct history_machine *m, const char *date)
{
	int rc = keep_earliest(&v->started, date);

	if (!rc)
		rc = keep_earliest(&m->first, date);
	if (!rc && strcmp(date, m->last) > 0)
		rc = replace(&m->last, date);
	return rc;
}

static bool same_boot(const void *owner, size_t number, const void *wanted)
{
	return !strcmp(((const struct history_machine *)owner)->boots[number], wanted);
}

static int take_boot(struct history_machine *m, const char *boot)
{
	char **boots;
	uint64_t hash;

	/* Rows of a boot stand together. */
	if (m->n_boots && same_boot(m, m->n_boots - 1, boot))
		return 0;
	hash = hash_text(0, boot);
	if (hash_index_find(&m->boot_index, hash, same_boot, m, boot) != HASH_INDEX_NONE)
		return 0;
	boots = reallocarray(m->boots, m->n_boots + 1, sizeof(*boots));
	if (!boots)
		return -ENOMEM;
	m->boots = boots;
	boots[m->n_boots] = strdup(boot);
	if (!boots[m->n_boots] || hash_index_add(&m->boot_index, hash, m->n_boots)) {
		free(boots[m->n_boots]);
		return -ENOMEM;
	}
	m->n_boots++;
	return 0;
}

/* From here on rows are of another run, or of another kernel in it. */
static int turn_to(struct reading *r, const struct csv_sample *sample, const struct input_run *run)
{
	struct kernel_identity id;
	bool other_run = r->run != run;
	int rc;

	r->run = NULL;
	rc = replace(&r->kernel, sample->kernel);
	if (!rc)
		rc = replace(&r->release, sample->kernel_release);
	if (!rc)
		rc = kernel_identity_of(sample->kernel, sample->kernel_release, run->env, &id);
	if (rc)
		return rc;
	r->version = find_version(r->history, &id, r->options);
	free(id.commit);
	if (r->version && keep_earliest(&r->version->commit_date, id.commit_date))
		return -ENOMEM;
	r->machine = r->version ? find_machine(r->version, run->host, sample->platform) : NULL;
	if (r->history->n_versions > HISTORY_VERSIONS_MAX || (r->machine && r->version->n_machines > HISTORY_VERSIONS_MAX))
		return -E2BIG;
	if (!r->machine)
		return -ENOMEM;
	r->machine->runs += other_run;
	r->run = run;
	return take_date(r->version, r->machine, json_text(run->env, "started"));
}

static bool is_wanted(const struct history_options *o, const struct csv_sample *sample, const char *host)
{
	struct cell_key key;
	size_t i;

	for (i = 0; i < o->n_kernels; i++)
		if (!strcmp(o->kernels[i], sample->kernel) || !strcmp(o->kernels[i], sample->kernel_release))
			break;
	if (o->n_kernels && i == o->n_kernels)
		return false;
	if (o->host && !strstr(host, o->host))
		return false;
	cell_key_of(sample, host, &key);
	return cell_selected(&o->select, &key);
}

static int use_row(const struct csv_sample *sample, const struct csv_record *row, const struct input_run *run, void *arg)
{
	struct reading *r = arg;
	int rc = 0;

	if (!sample || r->twice[run - r->in.runs] || !is_wanted(r->options, sample, run->host))
		return 0;
	if (sample->trusted != 1 && !r->options->force) {
		r->untrusted[run - r->in.runs] = true;
		return 0;
	}
	if (run != r->run || strcmp(r->kernel, sample->kernel) || strcmp(r->release, sample->kernel_release))
		rc = turn_to(r, sample, run);
	if (rc == -E2BIG)
		csv_bad(row, "more than %d kernels or machines of a kernel; give fewer files at a time", HISTORY_VERSIONS_MAX);
	if (!rc)
		rc = take_boot(r->machine, sample->boot);
	if (rc)
		return rc;
	r->machine->trusted &= sample->trusted == 1;
	return summary_add_row(&r->version->summary, sample, row, run->host);
}

/* inputs_read() prints what is wrong with a file, but not what a callback has met. */
static int use_rows(struct reading *r, const struct input_paths *paths)
{
	size_t i, runs = r->in.n_runs;
	int rc = 0;

	r->twice = calloc(runs + 1, sizeof(*r->twice));
	r->untrusted = calloc(runs + 1, sizeof(*r->untrusted));
	if (!r->twice || !r->untrusted)
		return -ENOMEM;
	for (i = 0; !rc && i < runs; i++) {
		rc = remember_run(r->history, r->in.runs[i].run_id, &r->twice[i]);
		if (!rc && r->twice[i])
			err("%s: run %s is in another file too, and is counted once", paths->v[0], r->in.runs[i].run_id);
	}
	inputs_free(&r->in);
	r->in.torn = CSV_TORN_SILENT;
	if (!rc)
		rc = inputs_read(&r->in, paths, use_row, r);
	for (i = 0; i < runs; i++)
		r->history->untrusted += r->untrusted[i];
	return rc;
}

int history_read(struct history *history, const char *path, const struct history_options *options)
{
	struct reading r = { .history = history, .options = options };
	const struct input_paths paths = { (char *[]){ (char *)path }, 1 };
	int rc = check_file(&r, &paths);

	if (rc) {
		history->bad += rc != -ENOMEM;
		rc = rc == -ENOMEM ? rc : 0;
	} else {
		rc = use_rows(&r, &paths);
	}
	inputs_free(&r.in);
	free(r.kernel);
	free(r.release);
	free(r.twice);
	free(r.untrusted);
	return rc;
}

static struct cell_key kernel_key(const struct history_version *v)
{
	struct cell_key key = { 0 };

	key.v[KEY_KERNEL].text = v->kernel;
	key.v[KEY_RELEASE].text = v->release;
	return key;
}

static int compare_versions(const void *a, const void *b)
{
	const struct history_version *va = *(struct history_version *const *)a, *vb = *(struct history_version *const *)b;
	struct cell_key ka = kernel_key(va), kb = kernel_key(vb);
	int c = cell_key_compare(&ka, &kb, KEY_KERNEL, KEY_RELEASE);

	/* Commits are not in their order, nor are the releases that name them. */
	if (!c)
		c = strcmp(va->date, vb->date);
	if (!c)
		c = strcmp(va->started, vb->started);
	if (!c)
		c = kernel_order(va->release, vb->release);
	if (!c)
		c = strcmp(va->commit, vb->commit);
	return c ? c : strcmp(va->config, vb->config);
}

static bool same_id(const struct history_version *a, const struct history_version *b)
{
	struct cell_key ka = kernel_key(a), kb = kernel_key(b);

	return !cell_key_compare(&ka, &kb, KEY_KERNEL, KEY_RELEASE);
}

/* Commit dates for the kernels of an id that all have one: beside the date of a run they would mean nothing. */
static void use_commit_dates(struct history_version **v, size_t n)
{
	size_t i, end;

	for (i = 0; i < n; i = end) {
		bool known = true;

		for (end = i; end < n && same_id(v[i], v[end]); end++)
			known &= *v[end]->commit_date != 0;
		for (; known && i < end; i++)
			v[i]->date = v[i]->commit_date;
	}
}

static void sort_versions(struct history_version **v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		v[i]->date = v[i]->started;
	if (!n)
		return;
	qsort(v, n, sizeof(*v), compare_versions);
	use_commit_dates(v, n);
	qsort(v, n, sizeof(*v), compare_versions);
}

static int add_clock(struct history_machine *m, const char *clock)
{
	char *clocks;

	if (m->clocks && strstr(m->clocks, clock))
		return 0;
	if (asprintf(&clocks, "%s%s%s", m->clocks ? m->clocks : "", m->clocks ? " " : "", clock) < 0)
		return -ENOMEM;
	free(m->clocks);
	m->clocks = clocks;
	return 0;
}

static int count_cells(struct history_version *v)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < v->summary.n_cells; i++) {
		const struct summary_cell *cell = v->summary.cells[i];
		struct history_machine *m =
			find_machine(v, cell->key.v[KEY_HOST].text, cell->key.v[KEY_PLATFORM].text);

		if (!m)
			return -ENOMEM;
		if (!summary_cell_measured(cell))
			continue;
		m->cells++;
		rc = add_clock(m, cell->key.v[KEY_CLOCK].text);
	}
	return rc;
}

int history_finish(struct history *history)
{
	size_t i;
	int rc = 0;

	sort_versions(history->versions, history->n_versions);
	for (i = 0; !rc && i < history->n_versions; i++) {
		rc = summary_finish(&history->versions[i]->summary);
		if (!rc && count_cells(history->versions[i]))
			rc = out_of_memory();
	}
	return rc;
}

void history_free(struct history *history)
{
	size_t i;

	for (i = 0; i < history->n_series; i++)
		change_series_free(&history->series[i]);
	for (i = 0; i < history->n_versions; i++)
		free_version(history->versions[i]);
	for (i = 0; i < history->runs; i++)
		free(history->run_ids[i]);
	free(history->series);
	free(history->versions);
	free(history->run_ids);
	*history = (struct history){ 0 };
}

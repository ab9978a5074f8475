// SPDX-License-Identifier: GPL-2.0-or-later
#include "noise.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "cleanup.h"
#include "csv_read.h"
#include "text_stream.h"

#define NOISE_SCHEMA_VERSION 1
/* The end of the header, which no other file of ours has. */
#define NOISE_COLUMNS ",quantity,sets,boots,median,floor_percent,spread_percent\n"

/* So many ways to halve the boots, and the share of them that differs less than the floor. */
#define SPLITS 2000
#define SPLITS_BELOW 0.95

/* Of one quantity of one cell: the boots of each set. */
struct pool {
	const struct cell_key *key;
	enum quantity quantity;
	double *values, *scratch;
	size_t boots, sets;
	double floor;
};

/* How much the larger one exceeds the smaller one; NAN when that is no question. */
static double difference(double a, double b)
{
	return a > 0 && b > 0 ? fmax(a, b) / fmin(a, b) - 1 : NAN;
}

static const struct summary_cell *find_cell(const struct summary *set, const struct cell_key *key)
{
	size_t low = 0, high = set->n_cells;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int c = cell_key_compare(&set->cells[mid]->key, key, KEY_FIRST, KEY_COUNT);

		if (!c)
			return set->cells[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* Halves as two sets of boots: they differ by chance alone. */
static double split_floor(struct pool *pool, gsl_rng *rng)
{
	double *differences = pool->scratch;
	size_t i, half = pool->boots / 2, odd = pool->boots - half;

	for (i = 0; i < SPLITS; i++) {
		double *first = pool->values, *second = pool->values + half;

		gsl_ran_shuffle(rng, pool->values, pool->boots, sizeof(*pool->values));
		gsl_sort(first, 1, half);
		gsl_sort(second, 1, odd);
		differences[i] = difference(gsl_stats_median_from_sorted_data(first, 1, half),
					    gsl_stats_median_from_sorted_data(second, 1, odd));
	}
	gsl_sort(differences, 1, SPLITS);
	return gsl_stats_quantile_from_sorted_data(differences, 1, SPLITS, SPLITS_BELOW);
}

static int add_set(struct pool *pool, const struct summary_cell *cell, double *medians)
{
	double *more;
	size_t i, n;
	const double *values = quantity_values(cell, pool->quantity, &n);

	if (!n)
		return 0;
	more = reallocarray(pool->values, pool->boots + n, sizeof(*more));
	if (!more)
		return -ENOMEM;
	pool->values = more;
	for (i = 0; i < n; i++)
		more[pool->boots + i] = quantity_floor(pool->quantity, values[i]);
	if (stats_median(more + pool->boots, n, &medians[pool->sets]))
		return -ENOMEM;
	for (i = 0; i < pool->sets; i++)
		pool->floor = fmax(pool->floor, difference(medians[i], medians[pool->sets]));
	pool->boots += n;
	pool->sets++;
	return 0;
}

static int fill(struct pool *pool, const struct summary *sets, size_t n)
{
	_cleanup_free_ double *medians = calloc(n, sizeof(*medians));
	const struct summary_cell *cell;
	size_t i;
	int rc = 0;

	if (!medians)
		return -ENOMEM;
	for (i = 0; !rc && i < n; i++) {
		cell = find_cell(&sets[i], pool->key);
		if (cell)
			rc = add_set(pool, cell, medians);
	}
	return rc;
}

static int put_row(struct pool *pool, FILE *f)
{
	char buf[KEY_TEXT_MAX];
	double median;
	enum key k;

	if (stats_median(pool->values, pool->boots, &median))
		return -ENOMEM;
	fprintf(f, "%d", NOISE_SCHEMA_VERSION);
	for (k = KEY_FIRST; k < KEY_TRUSTED; k++)
		csv_put(f, cell_key_text(pool->key, k, 0, buf), false);
	csv_put(f, quantity_name(pool->key, pool->quantity), false);
	fprintf(f, ",%zu,%zu,%.9g,%.9g,%.9g\n", pool->sets, pool->boots, median, 100 * pool->floor,
		100 * stats_spread(pool->values, pool->boots));
	return 0;
}

static int measure(const struct summary *sets, size_t n, const struct cell_key *key, enum quantity quantity, FILE *f,
		   size_t *rows)
{
	struct pool pool = { .key = key, .quantity = quantity, .floor = NAN };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	int rc = rng ? fill(&pool, sets, n) : -ENOMEM;

	if (!rc && pool.sets > 1 && !isnan(pool.floor)) {
		pool.scratch = calloc(SPLITS, sizeof(*pool.scratch));
		if (pool.scratch) {
			gsl_rng_set(rng, STATS_SEED);
			pool.floor = fmax(pool.floor, split_floor(&pool, rng));
			rc = put_row(&pool, f);
			++*rows;
		} else {
			rc = -ENOMEM;
		}
	}
	if (rng)
		gsl_rng_free(rng);
	free(pool.values);
	free(pool.scratch);
	return rc;
}

static bool is_in_earlier(const struct summary *sets, size_t set, const struct cell_key *key)
{
	while (set--)
		if (find_cell(&sets[set], key))
			return true;
	return false;
}

int noise_measure(const struct summary *sets, size_t n, FILE *f, size_t *rows)
{
	size_t s, i;
	enum quantity q;
	enum key k;
	int rc = 0;

	*rows = 0;
	fputs("schema_version", f);
	for (k = KEY_FIRST; k < KEY_TRUSTED; k++)
		csv_put(f, key_infos[k].column, false);
	fputs(NOISE_COLUMNS, f);
	for (s = 0; s < n; s++)
		for (i = 0; i < sets[s].n_cells; i++) {
			const struct cell_key *key = &sets[s].cells[i]->key;

			if (!summary_cell_trusted(sets[s].cells[i]) || is_in_earlier(sets, s, key))
				continue;
			for (q = 0; !rc && q < QUANTITIES; q++)
				rc = measure(sets, n, key, q, f, rows);
		}
	return rc;
}

/* The columns of a file. */
struct noise_reader {
	struct noise *noise;
	int version, boots, floor, spread, quantity;
	int key[KEY_CELL_END];
};

static int need(const struct csv_record *header, const char *name, int *column)
{
	*column = csv_column(header, name);
	if (*column >= 0)
		return 0;
	return csv_bad(header, "no column '%s'; is this a file of 'daxpin compare --store-noise'?", name);
}

static int take_header(struct noise_reader *r, const struct csv_record *header)
{
	int rc = need(header, "schema_version", &r->version);
	enum key k;

	if (!rc)
		rc = need(header, "quantity", &r->quantity);
	if (!rc)
		rc = need(header, "boots", &r->boots);
	if (!rc)
		rc = need(header, "floor_percent", &r->floor);
	if (!rc)
		rc = need(header, "spread_percent", &r->spread);
	for (k = KEY_FIRST; !rc && k < KEY_CELL_END; k++)
		rc = need(header, key_infos[k].column, &r->key[k]);
	return rc;
}

static int take_percent(const struct csv_record *row, int column, double *share)
{
	char *end;
	double v = strtod(row->field[column], &end);

	if (end == row->field[column] || *end || !isfinite(v) || v < 0)
		return csv_bad(row, "column %s: '%.40s' is no percentage", row->columns[column], row->field[column]);
	*share = v / 100;
	return 0;
}

/* What no text of a key has in it. */
#define BETWEEN '\x1f'

static char *join(const char *const text[KEY_CELL_END], const char *quantity)
{
	struct text_stream out;
	enum key k;

	if (text_stream_open(&out))
		return NULL;
	for (k = KEY_FIRST; k < KEY_CELL_END; k++)
		fprintf(out.f, "%s%c", text[k], BETWEEN);
	fputs(quantity, out.f);
	return text_stream_close(&out);
}

static char *row_key(const struct noise_reader *r, const struct csv_record *row)
{
	const char *text[KEY_CELL_END];
	enum key k;

	for (k = KEY_FIRST; k < KEY_CELL_END; k++)
		text[k] = row->field[r->key[k]];
	return join(text, row->field[r->quantity]);
}

static char *cell_text(const struct cell_key *key, enum quantity quantity)
{
	char buf[KEY_CELL_END][KEY_TEXT_MAX];
	const char *text[KEY_CELL_END];
	enum key k;

	for (k = KEY_FIRST; k < KEY_CELL_END; k++)
		text[k] = cell_key_text(key, k, 0, buf[k]);
	return join(text, quantity_name(key, quantity));
}

static int on_row(const struct csv_record *row, bool is_header, void *arg)
{
	struct noise_reader *r = arg;
	struct noise *noise = r->noise;
	struct noise_row new = { 0 }, *rows;
	uint64_t number;
	int rc;

	if (is_header)
		return take_header(r, row);
	rc = csv_u64(row, (size_t)r->version, &number);
	if (!rc && number != NOISE_SCHEMA_VERSION)
		return csv_bad(row, "schema_version is '%s', this daxpin reads %d", row->field[r->version],
			       NOISE_SCHEMA_VERSION);
	if (!rc)
		rc = csv_u64(row, (size_t)r->boots, &number);
	new.boots = number == CSV_MISSING ? 0 : number;
	if (!rc)
		rc = take_percent(row, r->floor, &new.floor);
	if (!rc)
		rc = take_percent(row, r->spread, &new.spread);
	if (rc)
		return rc;
	rows = reallocarray(noise->rows, noise->n + 1, sizeof(*rows));
	if (rows)
		noise->rows = rows;
	new.key = row_key(r, row);
	if (!rows || !new.key) {
		free(new.key);
		return csv_bad(row, "out of memory");
	}
	rows[noise->n++] = new;
	return 0;
}

static int compare_rows(const void *a, const void *b)
{
	return strcmp(((const struct noise_row *)a)->key, ((const struct noise_row *)b)->key);
}

int noise_read(const char *path, struct noise *noise)
{
	struct noise_reader r = { .noise = noise };
	int rc;

	*noise = (struct noise){ 0 };
	rc = csv_read(path, on_row, &r);
	if (rc) {
		noise_free(noise);
		return rc;
	}
	if (noise->n)
		qsort(noise->rows, noise->n, sizeof(*noise->rows), compare_rows);
	return 0;
}

bool noise_is_file(const char *path)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	size_t room = 0, end = strlen(NOISE_COLUMNS);
	ssize_t length = f ? getline(&line, &room, f) : -1;

	return length >= (ssize_t)end && !strcmp(line + length - end, NOISE_COLUMNS);
}

int noise_find(const struct noise *noise, const struct cell_key *key, enum quantity quantity, struct noise_row *found)
{
	_cleanup_free_ char *text = cell_text(key, quantity);
	size_t low = 0, high = noise->n, mid, first;

	*found = (struct noise_row){ .floor = NAN, .spread = NAN };
	if (!text)
		return -ENOMEM;
	while (low < high) {
		mid = (low + high) / 2;
		if (strcmp(noise->rows[mid].key, text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (first = low; low < noise->n && !strcmp(noise->rows[low].key, text); low++) {
		const struct noise_row *row = &noise->rows[low];

		found->floor = fmax(found->floor, row->floor);
		found->spread = fmax(found->spread, row->spread);
		if (low == first || row->boots < found->boots)
			found->boots = row->boots;
	}
	return low == first ? -ENOENT : 0;
}

void noise_free(struct noise *noise)
{
	while (noise->n)
		free(noise->rows[--noise->n].key);
	free(noise->rows);
	*noise = (struct noise){ 0 };
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Mutations of tables, by rows and columns: plain ones hardly get beyond the header. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

#define ROWS_MAX 64
#define FIELDS_MAX 96
#define LONG_FIELD 5000

struct piece {
	const uint8_t *at;
	size_t len;
};

struct row {
	struct piece field[FIELDS_MAX];
	size_t n;
};

struct table {
	struct row row[ROWS_MAX];
	size_t n;
};

/* What is in no file of ours, or only in some. */
static const char *const odd[] = {
	"", "-1", "0", "1", "2", "nan", "inf", "1e999", "-1e-999", "0x10", " 1", "1 ", "+1", "18446744073709551615",
	"18446744073709551614", "9223372036854775808", "9007199254740993", "99999999999999999999", "4096", "1099511627776",
	"\"", "\"\"", "\"a,b\"", "\"a\nb\"", "\"open", "a\"b", "\r", "\xff\xfe", "\xef\xbb\xbf", "%s%n", "<script>",
	"insn", "wall", "model", "tcg", "bare", "get", "put", "register", "bind", "rebind", "unbind", "gup", "verbs",
	"sample", "repetition", "cell", "ok", "short", "error", "skip", "interrupted", "5.10", "5.10+gup", "6.1", "9999999999.1",
	"dev", "mem", "dax", "time_ns", "dram_bytes", "fit", "predict", "context",
};

static uint32_t state;

static size_t below(size_t n)
{
	state = state * 1664525u + 1013904223u;
	return n ? (state >> 8) % n : 0;
}

static void split_row(struct row *row, const uint8_t *at, size_t len)
{
	size_t i, from = 0;

	row->n = 0;
	for (i = 0; i <= len && row->n < FIELDS_MAX; i++)
		if (i == len || (at[i] == ',' && row->n < FIELDS_MAX - 1)) {
			row->field[row->n++] = (struct piece){ at + from, i - from };
			from = i + 1;
		}
}

static void split(struct table *t, const uint8_t *data, size_t size)
{
	const uint8_t *end;

	for (t->n = 0; size && t->n < ROWS_MAX; t->n++) {
		end = memchr(data, '\n', size);
		split_row(&t->row[t->n], data, end ? (size_t)(end - data) : size);
		size -= end ? (size_t)(end - data) + 1 : size;
		data = end ? end + 1 : NULL;
	}
}

static size_t join(const struct table *t, const char *line_end, bool last_end, uint8_t *out, size_t max)
{
	size_t i, k, at = 0, end = strlen(line_end);

	for (i = 0; i < t->n; i++) {
		for (k = 0; k < t->row[i].n; k++) {
			const struct piece *p = &t->row[i].field[k];

			if (at + p->len + 1 + end > max)
				return at;
			if (k)
				out[at++] = ',';
			if (p->len)
				memcpy(out + at, p->at, p->len);
			at += p->len;
		}
		if (i + 1 < t->n || last_end) {
			memcpy(out + at, line_end, end);
			at += end;
		}
	}
	return at;
}

static struct piece odd_piece(void)
{
	static uint8_t long_field[LONG_FIELD];
	const char *text;

	if (!below(24)) {
		memset(long_field, 'x', sizeof(long_field));
		return (struct piece){ long_field, LONG_FIELD };
	}
	if (!below(32))
		return (struct piece){ (const uint8_t *)"a\0b", 3 };
	text = odd[below(sizeof(odd) / sizeof(odd[0]))];
	return (struct piece){ (const uint8_t *)text, strlen(text) };
}

/* Of the rows from `from` on. */
static void insert_column(struct table *t, size_t at, size_t copy_of, bool foreign)
{
	for (size_t i = 0; i < t->n; i++) {
		struct row *row = &t->row[i];
		struct piece p = { (const uint8_t *)"foreign", 7 };

		if (row->n == FIELDS_MAX || at > row->n || copy_of >= row->n)
			continue;
		if (!foreign)
			p = row->field[copy_of];
		memmove(&row->field[at + 1], &row->field[at], (row->n - at) * sizeof(p));
		row->field[at] = p;
		row->n++;
	}
}

static void remove_column(struct table *t, size_t at)
{
	for (size_t i = 0; i < t->n; i++) {
		struct row *row = &t->row[i];

		if (at >= row->n || row->n == 1)
			continue;
		memmove(&row->field[at], &row->field[at + 1], (row->n - at - 1) * sizeof(row->field[0]));
		row->n--;
	}
}

static void swap_columns(struct table *t, size_t a, size_t b)
{
	for (size_t i = 0; i < t->n; i++) {
		struct row *row = &t->row[i];
		struct piece p;

		if (a >= row->n || b >= row->n)
			continue;
		p = row->field[a];
		row->field[a] = row->field[b];
		row->field[b] = p;
	}
}

static void repeat_row(struct table *t, size_t row)
{
	if (t->n < ROWS_MAX)
		t->row[t->n++] = t->row[row];
}

static void remove_row(struct table *t, size_t row)
{
	if (t->n < 2)
		return;
	memmove(&t->row[row], &t->row[row + 1], (t->n - row - 1) * sizeof(t->row[0]));
	t->n--;
}

/* One, or all of the column below the header; odd, or what another row has there. */
static void set_field(struct table *t, size_t row, size_t column)
{
	bool all = !below(3), of_other = !below(3);
	size_t other = 1 + below(t->n - 1), i;
	struct piece p = odd_piece();

	if (of_other && column < t->row[other].n)
		p = t->row[other].field[column];
	for (i = all ? 1 : row; i < (all ? t->n : row + 1); i++)
		if (column < t->row[i].n)
			t->row[i].field[column] = p;
}

static void mutate(struct table *t)
{
	size_t columns = t->row[0].n, row = 1 + below(t->n - 1), c = below(columns);

	switch (below(12)) {
	case 0: swap_columns(t, c, below(columns)); break;
	case 1: insert_column(t, c, below(columns), false); break;
	case 2: insert_column(t, columns, 0, true); break;
	case 3: remove_column(t, c); break;
	case 4: case 5: repeat_row(t, row); break;
	case 6: remove_row(t, row); break;
	default: set_field(t, row, c); break;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	static struct table t;
	uint8_t *out;
	size_t times;

	state = seed;
	if (!below(4))
		return LLVMFuzzerMutate(data, size, max);
	split(&t, data, size);
	if (t.n < 2)
		return LLVMFuzzerMutate(data, size, max);
	for (times = 1 + below(4); times && t.n > 1; times--)
		mutate(&t);
	out = malloc(max);
	if (!out)
		return size;
	size = join(&t, below(30) ? "\n" : "\r\n", below(30), out, max);
	if (!below(50) && size > 3)
		memcpy(out, "\xef\xbb\xbf", 3);
	if (!below(40))
		size = below(size) + 1;
	memcpy(data, out, size);
	free(out);
	return size ? size : LLVMFuzzerMutate(data, 0, max);
}

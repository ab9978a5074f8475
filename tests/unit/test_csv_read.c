// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <fcntl.h>

#include "csv_read.h"
#include "csv_sample.h"

/* Runs csv_read() or csv_samples_read() over a text, with stderr in a file. */
struct outcome {
	int rc;
	size_t rows;
	char last[400];		/* fields of the last row, each in <> */
	uint64_t last_line;
	char *messages;		/* with the file's path as FILE */
};

static int on_record(const struct csv_record *row, bool is_header, void *arg)
{
	struct outcome *o = arg;
	size_t at = 0;

	if (is_header)
		return 0;
	o->rows++;
	o->last_line = row->line;
	for (size_t i = 0; i < row->n; i++)
		at += (size_t)snprintf(o->last + at, sizeof(o->last) - at, "<%s>", row->field[i]);
	return 0;
}

static struct csv_sample kept;

static int on_sample(const struct csv_sample *sample, const struct csv_record *row, void *arg)
{
	struct outcome *o = arg;

	(void)row;
	if (!sample)
		return 0;
	kept = *sample;
	o->rows++;
	return 0;
}

static char *without_path(char *messages, const char *path)
{
	char *at;

	while ((at = strstr(messages, path))) {
		memcpy(at, "FILE", 4);
		memmove(at + 4, at + strlen(path), strlen(at + strlen(path)) + 1);
	}
	return messages;
}

static struct outcome read_text(const char *text, size_t len, bool samples)
{
	char *path = write_temporary(""), *log = write_temporary("");
	int saved = dup(STDERR_FILENO), fd = open(log, O_WRONLY | O_TRUNC);
	struct outcome o = { 0 };
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
	fflush(stderr);
	dup2(fd, STDERR_FILENO);
	o.rc = samples ? csv_samples_read(path, on_sample, &o) : csv_read(path, on_record, &o);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	o.messages = without_path(read_all(log), path);
	drop_temporary(path);
	drop_temporary(log);
	return o;
}

static void check(const char *text, int rc, size_t rows, const char *messages)
{
	struct outcome o = read_text(text, strlen(text), false);

	assert_string_equal(o.messages, messages);
	assert_int_equal(o.rc, rc);
	assert_int_equal(o.rows, rows);
	free(o.messages);
}

static void check_last(const char *text, const char *last, uint64_t line)
{
	struct outcome o = read_text(text, strlen(text), false);

	assert_int_equal(o.rc, 0);
	assert_string_equal(o.messages, "");
	assert_string_equal(o.last, last);
	assert_int_equal(o.last_line, line);
	free(o.messages);
}

static void fields_are_read_as_written(void **state)
{
	(void)state;
	check_last("a,b\n1,2\n", "<1><2>", 2);
	check_last("a,b\n1,\n", "<1><>", 2);
	check_last("a,b\n\"x, \"\"y\"\"\", z \n", "<x, \"y\">< z >", 2);
	check_last("a,b\r\n1,2\r\n3,4\r\n", "<3><4>", 3);
	check_last("\xef\xbb\xbf" "a,b\n1,2\n", "<1><2>", 2);
	check_last("a,b\n\"two\nlines\",2\n5,6\n", "<5><6>", 4);
	check_last("a,b\n1,2\n\"two\nlines\",2\n", "<two\nlines><2>", 3);
}

static void malformed_files_name_the_line(void **state)
{
	(void)state;
	check("", -EBADMSG, 0, "daxpin: FILE:1: the file is empty\n");
	check("a,b", -EBADMSG, 0, "daxpin: FILE:1: the header row is cut off\n");
	check("a,b,a\n", -EBADMSG, 0, "daxpin: FILE:1: column 'a' is there twice\n");
	check("a,b\n", 0, 0, "");
	check("a,b\n1,2\n3\n4,5\n", -EBADMSG, 1,
	      "daxpin: FILE:3: 1 fields, the header has 2; was the file cut or edited?\n");
	check("a,b\n1,2,3\n", -EBADMSG, 0,
	      "daxpin: FILE:2: 3 fields, the header has 2; was the file cut or edited?\n");
	check("a,b\n1,2\n\n3,4\n", -EBADMSG, 1, "daxpin: FILE:3: empty line\n");
	check("a,b\n1,\"2\"x\n", -EBADMSG, 0, "daxpin: FILE:2: misplaced quote\n");
	check("a,b\n1,x\"2\n", -EBADMSG, 0, "daxpin: FILE:2: misplaced quote\n");
	check("a,b\n1,2\n3,\"4\n5,6\n", -EBADMSG, 1,
	      "daxpin: FILE:3: a quote opens in this row and never closes\n");
	check("a,b\n1,2\n3,\"4\n5,6", -EBADMSG, 1,
	      "daxpin: FILE:3: a quote opens in this row and never closes\n");
}

static void nul_bytes_are_refused(void **state)
{
	static const char text[] = "a,b\n1,\0\n";
	struct outcome o = read_text(text, sizeof(text) - 1, false);

	(void)state;
	assert_int_equal(o.rc, -EBADMSG);
	assert_non_null(strstr(o.messages, "FILE:2: NUL byte"));
	free(o.messages);
}

/* Whatever the writer had got to when it was killed. */
static void torn_last_row_is_left_out(void **state)
{
	static const char text[] = "a,b\n1,2\n3,\"4, \"\"x\"\"\"\n";
	size_t whole = sizeof("a,b\n1,2\n") - 1;

	(void)state;
	for (size_t len = whole + 1; len < sizeof(text) - 1; len++) {
		struct outcome o = read_text(text, len, false);

		assert_int_equal(o.rc, 0);
		assert_int_equal(o.rows, 1);
		assert_string_equal(o.messages,
				    "daxpin: warning: FILE:3: the last row is cut off; it is left out\n");
		free(o.messages);
	}
	check(text, 0, 2, "");
}

static void missing_file_and_directory_are_errors(void **state)
{
	struct outcome o = { 0 };

	(void)state;
	assert_int_equal(csv_read("/nonexistent/x.csv", on_record, &o), -ENOENT);
	assert_int_equal(csv_read("/tmp", on_record, &o), -EISDIR);
}

static int stop_at_row(const struct csv_record *row, bool is_header, void *arg)
{
	(void)row;
	++*(int *)arg;
	return is_header ? 0 : -ECANCELED;
}

static void callback_ends_the_reading(void **state)
{
	char *path = write_temporary("a\n1\n2\n3\n");
	int calls = 0;

	(void)state;
	assert_int_equal(csv_read(path, stop_at_row, &calls), -ECANCELED);
	assert_int_equal(calls, 2);
	drop_temporary(path);
}

static void written_fields_are_read_back(void **state)
{
	static const char *const texts[] = { "", "plain", "a,b", "say \"x\"", "two\nlines", " spaces ", "\"" };
	char buf[200], expect[200] = "";
	FILE *f = fmemopen(buf, sizeof(buf), "w");

	(void)state;
	fputs("a,b,c,d,e,f,g\n", f);
	for (size_t i = 0; i < 7; i++) {
		csv_put(f, texts[i], i == 0);
		strcat(strcat(strcat(expect, "<"), texts[i]), ">");
	}
	fputc('\n', f);
	fclose(f);
	check_last(buf, expect, 2);
}

static void a_line_has_neither_line_breaks_nor_bad_bytes(void **state)
{
	char buf[100];
	FILE *f = fmemopen(buf, sizeof(buf), "w");

	(void)state;
	csv_put_line(f, "plain");
	csv_put_line(f, "two\r\nlines, \"x\" and \xe9");
	fclose(f);
	assert_string_equal(buf, ",plain,\"two  lines, \"\"x\"\" and \xef\xbf\xbd\"");
}

#define HEADER "schema_version,run_id,kernel,kernel_release,platform,clock,boot,job,memory,device,map,align_bytes," \
	"engine,get,put,write,size_bytes,batch_pages,put_batch_pages,threads,range,op,row,repetition,thread,call," \
	"calls,pages_asked,pages_got,order,value_ns,min_ns,p50_ns,p90_ns,p99_ns,max_ns,rounds,status,reason,trusted"
#define START "r1,6.1,6.1.0,tcg,wall,b1,main,dax,dax0.0,mem,2097152,gup,fast,pages,1,1073741824,512,0,1,disjoint"
#define OK_ROW "1," START ",get,sample,1,0,0,1,512,512,9,1500,,,,,,1,ok,,1"

static void check_samples(const char *text, int rc, const char *messages)
{
	struct outcome o = read_text(text, strlen(text), true);

	assert_string_equal(o.messages, messages);
	assert_int_equal(o.rc, rc);
	free(o.messages);
}

static void samples_are_typed(void **state)
{
	struct outcome o = read_text(HEADER "\n" OK_ROW "\n", strlen(HEADER "\n" OK_ROW "\n"), true);

	(void)state;
	assert_string_equal(o.messages, "");
	assert_int_equal(o.rows, 1);
	assert_int_equal(kept.value_ns, 1500);
	assert_int_equal(kept.align_bytes, 2 << 20);
	assert_int_equal(kept.order, 9);
	assert_true(kept.p99_ns == CSV_MISSING);
	free(o.messages);
	/* A later schema of the same version has more columns. */
	check_samples(HEADER ",later\n" OK_ROW ",x\n", 0, "");
}

/* `n` times `unit` between begin and end, which has to give this. */
static void check_long(const char *begin, const char *unit, size_t n, const char *end, int rc, const char *messages)
{
	char *text = NULL;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);
	struct outcome o;

	fputs(begin, f);
	for (i = 0; i < n; i++)
		fputs(unit, f);
	fputs(end, f);
	assert_int_equal(fclose(f), 0);
	o = read_text(text, len, false);
	assert_string_equal(o.messages, messages);
	assert_int_equal(o.rc, rc);
	free(o.messages);
	free(text);
}

/* However long a line, a field or a row of many lines is, no more is kept than a row may have. */
static void rows_without_end_are_refused(void **state)
{
#define TOO_LONG "a row of more than 1 MiB: no daxpin writes such; is a quote open?\n"
	(void)state;
	check_long("a,b\n1,2\n", "x", 3 * CSV_ROW_MAX, "", -EBADMSG, "daxpin: FILE:3: " TOO_LONG);
	check_long("a,b\n1,2\n", "x", 3 * CSV_ROW_MAX, "\n", -EBADMSG, "daxpin: FILE:3: " TOO_LONG);
	check_long("a,b\n1,\"", "xxxxxxx\n", CSV_ROW_MAX / 4, "\"\n", -EBADMSG, "daxpin: FILE:2: " TOO_LONG);
	check_long("", "x", CSV_ROW_MAX, "\n", -EBADMSG, "daxpin: FILE:1: " TOO_LONG);
	check_long("", "x", CSV_ROW_MAX - 1, "\n", 0, "");
	/* Together they may be longer. */
	check_long("a,b\n", "11111111111111111111111111111111,\"2222222222222222222\n22222222\"\n", CSV_ROW_MAX / 16, "", 0, "");
	check_long("a", ",x", CSV_COLUMNS_MAX, "\n", -EBADMSG, "daxpin: FILE:1: more than 4096 fields in a row\n");
	check_long("a,b\n1", ",", CSV_COLUMNS_MAX + 10, "\n", -EBADMSG, "daxpin: FILE:2: more than 4096 fields in a row\n");
}

static void wrong_schema_is_refused(void **state)
{
	(void)state;
	check_samples("a,b\n1,2\n", -EBADMSG,
		      "daxpin: FILE:1: no column 'schema_version'; is this a file of 'daxpin run'?\n");
	check_samples(HEADER "\n2," START ",get,sample,1,0,0,1,512,512,9,1500,,,,,,1,ok,,1\n", -EBADMSG,
		      "daxpin: FILE:2: schema_version is '2', this daxpin reads 1\n");
	check_samples(HEADER "\n" OK_ROW "\n1," START ",get,sample,1,0,0,1,512,512,9,-5,,,,,,1,ok,,1\n", -EBADMSG,
		      "daxpin: FILE:3: column value_ns: '-5' is not an unsigned integer\n");
	check_samples(HEADER "\n1," START ",get,sample,1,0,0,1,512,512,9,1.5,,,,,,1,ok,,1\n", -EBADMSG,
		      "daxpin: FILE:2: column value_ns: '1.5' is not an unsigned integer\n");
	check_samples(HEADER "\n1," START ",get,sample,1,0,0,1,512,512,9,99999999999999999999,,,,,,1,ok,,1\n",
		      -EBADMSG, "daxpin: FILE:2: column value_ns: '99999999999999999999' is too large\n");
	check_samples(HEADER "\n1," START ",get,samples,1,0,0,1,512,512,9,5,,,,,,1,ok,,1\n", -EBADMSG,
		      "daxpin: FILE:2: column row: 'samples' is not a kind of row\n");
	check_samples(HEADER "\n1," START ",get,sample,1,0,0,1,512,512,9,5,,,,,,1,fine,,1\n", -EBADMSG,
		      "daxpin: FILE:2: column status: 'fine' is not a status\n");
	check_samples(HEADER "\n1," START ",get,sample,1,0,0,1,512,0,9,5,,,,,,1,ok,,1\n", -EBADMSG,
		      "daxpin: FILE:2: status is ok, but value_ns or pages_got is missing or no page was got\n");
	check_samples(HEADER "\n1," START ",get,sample,1,0,0,1,512,512,9,,,,,,,1,ok,,1\n", -EBADMSG,
		      "daxpin: FILE:2: status is ok, but value_ns or pages_got is missing or no page was got\n");
	check_samples(HEADER "\n1," START ",,cell,,,,,,,,,,,,,,,ok,,1\n", -EBADMSG,
		      "daxpin: FILE:2: a row of kind cell cannot be ok\n");
	check_samples(HEADER "\n1," START ",,cell,,,,,,,,,,,,,,,skip,why,1\n", 0, "");
}

#define COUNTED(clock) "1,r1,6.1,6.1.0,tcg," clock ",b1,main,dax,dax0.0,mem,2097152,gup,fast,pages,1,1073741824,512," \
	"0,1,disjoint,get,repetition,1,0,,1,512,512,,"

/* Each clock needs what its figure is made of. */
static void rows_need_what_their_clock_counts(void **state)
{
#define COUNTED_HEADER HEADER ",model,caches,instructions\n"
	(void)state;
	check_samples(COUNTED_HEADER COUNTED("insn") ",,,,,,1,ok,,1,,,700\n", 0, "");
	check_samples(COUNTED_HEADER COUNTED("insn") "5,,,,,,1,ok,,1,,,\n", -EBADMSG,
		      "daxpin: FILE:2: status is ok, but instructions or pages_got is missing or no page was got\n");
	check_samples(HEADER "\n" COUNTED("insn") "5,,,,,,1,ok,,1\n", -EBADMSG,
		      "daxpin: FILE:2: status is ok, but instructions or pages_got is missing or no page was got\n");
	check_samples(COUNTED_HEADER COUNTED("insn") ",,,,,,1,short,why,1,,,\n", 0, "");
	check_samples(COUNTED_HEADER COUNTED("insn") ",,,,,,1,ok,,1,,,many\n", -EBADMSG,
		      "daxpin: FILE:2: column instructions: 'many' is not an unsigned integer\n");
	check_samples(COUNTED_HEADER COUNTED("model") "5,,,,,,1,ok,,1,optane-100,cascade-lake,700\n", 0, "");
	check_samples(COUNTED_HEADER COUNTED("model") ",,,,,,1,ok,,1,optane-100,cascade-lake,700\n", -EBADMSG,
		      "daxpin: FILE:2: status is ok, but value_ns or pages_got is missing or no page was got\n");
	check_samples(COUNTED_HEADER COUNTED("model") "5,,,,,,1,ok,,1,,cascade-lake,700\n", -EBADMSG,
		      "daxpin: FILE:2: clock is model, but model or caches is empty\n");
	check_samples(COUNTED_HEADER COUNTED("model") "5,,,,,,1,ok,,1,optane-100,,700\n", -EBADMSG,
		      "daxpin: FILE:2: clock is model, but model or caches is empty\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_read_as_written),
		cmocka_unit_test(malformed_files_name_the_line),
		cmocka_unit_test(nul_bytes_are_refused),
		cmocka_unit_test(torn_last_row_is_left_out),
		cmocka_unit_test(missing_file_and_directory_are_errors),
		cmocka_unit_test(callback_ends_the_reading),
		cmocka_unit_test(written_fields_are_read_back),
		cmocka_unit_test(a_line_has_neither_line_breaks_nor_bad_bytes),
		cmocka_unit_test(samples_are_typed),
		cmocka_unit_test(rows_without_end_are_refused),
		cmocka_unit_test(wrong_schema_is_refused),
		cmocka_unit_test(rows_need_what_their_clock_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

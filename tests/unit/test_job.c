// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <fcntl.h>

#include "job.h"
#include "variants.h"

/* Reads a job from text with one override at most; what goes to stderr is kept
 * in message. */
static char message[4096];

static int read_job(const char *text, char *override, struct job *job)
{
	char *path = write_temporary(text), *errors = write_temporary("");
	int saved = dup(STDERR_FILENO), fd = open(errors, O_WRONLY | O_CLOEXEC), rc;
	char *printed;

	dup2(fd, STDERR_FILENO);
	rc = job_read(path, &override, override ? 1 : 0, job);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	printed = read_all(errors);
	snprintf(message, sizeof(message), "%s", printed);
	free(printed);
	drop_temporary(errors);
	drop_temporary(path);
	return rc;
}

static void lists_and_ranges_multiply(void **state)
{
	struct job job;

	(void)state;
	assert_int_equal(read_job("[a]\nsize = 1G:*2:4G\nmap = mem, dev\nget=fast,fast-longterm\n", NULL, &job), 0);
	assert_int_equal(job.count, 3 * 2 * 2);
	assert_string_equal(job.cells[0].section, "a");
	assert_ptr_equal(job.cells[0].memory, &memory_dax);
	assert_int_equal(job.cells[0].map, DAX_MAP_MEM);
	assert_int_equal(job.cells[0].size, 1ULL << 30);
	/* get varies faster than size, size faster than map */
	assert_int_equal(job.cells[1].get, DAXPIN_GET_FAST_LONGTERM);
	assert_int_equal(job.cells[2].size, 2ULL << 30);
	assert_int_equal(job.cells[6].map, DAX_MAP_DEV);
	job_free(&job);
}

static void defaults_global_section_and_override(void **state)
{
	struct job job;

	(void)state;
	assert_int_equal(read_job("[a]\nbatch = 1\n[global]\nbatch = 8\nsize = 4K\n[b]\n", NULL, &job), 0);
	assert_int_equal(job.count, 2);
	assert_int_equal(job.cells[0].batch, 1);
	assert_int_equal(job.cells[1].batch, 8);
	assert_int_equal(job.cells[1].size, 4096);
	assert_int_equal(job.cells[0].repetitions, 5);
	assert_int_equal(job.cells[0].write, 1);
	assert_null(job.cells[0].device);
	job_free(&job);

	assert_int_equal(read_job("[a]\nbatch = 1\n[b]\n", (char[]){ "batch=64" }, &job), 0);
	assert_int_equal(job.cells[0].batch, 64);
	assert_int_equal(job.cells[1].batch, 64);
	job_free(&job);
}

static void dax_keys_do_not_multiply_other_memories(void **state)
{
	struct job job;

	(void)state;
	assert_int_equal(read_job("[a]\nmemory = anon, dax\nmap = mem, dev\nalign = 2M, 1G\n", NULL, &job), 0);
	assert_int_equal(job.count, 1 + 4);
	job_free(&job);
}

static void only_matching_variants_make_cells(void **state)
{
	struct job job;

	(void)state;
	assert_int_equal(read_job("[a]\nget = fast, gup-fast\nput = pages, page\n", NULL, &job), 0);
	assert_int_equal(job.count, 2);
	assert_int_equal(job.cells[1].put, DAXPIN_PUT_PAGE);
	job_free(&job);
	assert_int_equal(read_job("[a]\nget = gup-fast\n", NULL, &job), -EINVAL);
	assert_non_null(strstr(message, "no get goes with any put"));
}

static void bring_up_multiplies_devices_only(void **state)
{
	struct memory_request request;
	struct job job;
	char text[512];

	(void)state;
	assert_int_equal(read_job("[a]\nengine = gup, bind\nalign = 2M, 1G\nget = fast, slow\nsize = 1G, 2G\n", NULL, &job), 0);
	assert_int_equal(job.count, 2 * 2 * 2 + 2);
	assert_ptr_equal(job.cells[9].engine, &engine_bind);
	cell_describe(&job.cells[9], text, sizeof(text));
	assert_string_equal(text, "bind dax align=1G");
	/* whatever its size, and it may be without a driver */
	request = cell_request(&job.cells[9]);
	assert_int_equal(request.length, 0);
	assert_true(request.unbound_too);
	assert_false(cell_request(&job.cells[0]).unbound_too);
	job_free(&job);
	assert_int_equal(read_job("[a]\nengine = bind\nsplit = 1\n", NULL, &job), 0);
	cell_describe(&job.cells[0], text, sizeof(text));
	assert_string_equal(text, "bind dax split");
	job_free(&job);
	assert_int_equal(read_job("[a]\nengine = bind\nsplit = 2\n", NULL, &job), -EINVAL);
	assert_int_equal(read_job("[a]\nengine = bind\nmemory = anon\n", NULL, &job), -EINVAL);
	assert_non_null(strstr(message, "engine bind goes with memory dax"));
}

static void errors_name_file_and_line(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} bad[] = {
		{ "[a]\n\n; comment\nsise = 1G\n", ":4: unknown key 'sise'" },
		{ "[a]\nsize = 1Q\n", ":2: size = 1Q" },
		{ "[a]\nsize = 4097\n", ":2: size = 4097: must be a multiple of 4K" },
		{ "[a]\nbatch = 0\n", ":2: batch = 0: must be 1 to" },
		{ "[a]\nengine = magic\n", ":2: engine = magic: must be gup, gup_test" },
		{ "[a]\nget = fast,,slow\n", ":2: get: an empty value" },
		{ "[a]\nrepetitions = 1, 2\n", ":2: repetitions takes one value" },
		{ "[a]\nrepetitions = 1:+1:2\n", ":2: repetitions = 1:+1:2: must be a number" },
		{ "[a]\nsize = 4K\nsize = 8K\n", ":3: the key is set already" },
		{ "[a]\n[b]\n[a]\n", ":3: the section is there already" },
		{ "[a]\nsize = 4K\n  8K\n", ":3: a line must not begin with a blank" },
		{ "[a\x1b[31m]\n", ":1: a section's name is made of printable" },
		{ "[   ]\n", ":1: a section's name is made of printable" },
		{ "size = 1G\n", ":1: 'size' stands before the first [section]" },
		{ "[a]\nthis is no setting\n", ":2: not a [section]" },
		{ "[global]\nsize = 1G\n", "nothing to run" },
		{ "", "nothing to run" },
		{ "[a]\nsize = 4K\nthreads = 2\n", "cannot be shared out to 2 threads" },
	};
	struct job job;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_job(bad[i].text, NULL, &job), -EINVAL);
		if (!strstr(message, bad[i].says))
			fail_msg("'%s' does not say '%s'", message, bad[i].says);
		/* one line */
		assert_ptr_equal(strchr(message, '\n'), message + strlen(message) - 1);
	}
	assert_int_equal(job_read("/nonexistent/job.ini", NULL, 0, &job), -ENOENT);
}

static void too_long_a_line_is_not_cut(void **state)
{
	char text[1024] = "[a]\nsize = 1G, ";
	struct job job;

	(void)state;
	while (strlen(text) < 900)
		strcat(text, "2G, ");
	strcat(text, "4G\n");
	assert_int_equal(read_job(text, NULL, &job), -EINVAL);
	assert_non_null(strstr(message, ":2: line too long"));
}

static void too_many_cells_are_refused(void **state)
{
	struct job job;

	(void)state;
	assert_int_equal(read_job("[a]\nsize=4K:+4K:4000K\nbatch=1:+1:1000\n", NULL, &job), -EINVAL);
	assert_non_null(strstr(message, "more than 100000 cells"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_and_ranges_multiply),
		cmocka_unit_test(defaults_global_section_and_override),
		cmocka_unit_test(dax_keys_do_not_multiply_other_memories),
		cmocka_unit_test(only_matching_variants_make_cells),
		cmocka_unit_test(bring_up_multiplies_devices_only),
		cmocka_unit_test(errors_name_file_and_line),
		cmocka_unit_test(too_long_a_line_is_not_cut),
		cmocka_unit_test(too_many_cells_are_refused),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}

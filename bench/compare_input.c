// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare_input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/* More kernels than this are not named in a message. */
#define OTHERS_MAX 16

static bool is_ours(const struct compare_input *input, const struct csv_sample *sample)
{
	if (input->choice && strcmp(input->choice, sample->kernel) && strcmp(input->choice, sample->kernel_release))
		return false;
	return !strcmp(input->kernel, sample->kernel) && !strcmp(input->release, sample->kernel_release);
}

static int take_kernel(struct compare_input *input, const struct csv_sample *sample)
{
	if (input->kernel ||
	    (input->choice && strcmp(input->choice, sample->kernel) && strcmp(input->choice, sample->kernel_release)))
		return 0;
	input->kernel = strdup(sample->kernel);
	input->release = strdup(sample->kernel_release);
	return input->kernel && input->release ? 0 : out_of_memory();
}

/* "ID (RELEASE), ...": each once. */
static int add_other(struct compare_input *input, const struct csv_sample *sample)
{
	char *one, *all;
	int len = asprintf(&one, "%s (%s)", sample->kernel, sample->kernel_release);

	if (len < 0)
		return out_of_memory();
	if (input->n_others >= OTHERS_MAX || (input->others && strstr(input->others, one))) {
		free(one);
		return 0;
	}
	len = asprintf(&all, "%s%s%s", input->others ? input->others : "", input->others ? ", " : "", one);
	free(one);
	if (len < 0)
		return out_of_memory();
	free(input->others);
	input->others = all;
	input->n_others++;
	return 0;
}

static int use_run(struct compare_input *input, size_t run)
{
	if (run >= input->used_room) {
		size_t room = 2 * run + 16;
		bool *used = reallocarray(input->used, room, sizeof(*used));

		if (!used)
			return out_of_memory();
		memset(used + input->used_room, 0, (room - input->used_room) * sizeof(*used));
		input->used = used;
		input->used_room = room;
	}
	input->used[run] = true;
	return 0;
}

/* The kernels of a side are those of its cells, too. */
static bool is_selected(const struct compare_input *input, const struct csv_sample *sample, const char *host)
{
	struct cell_key key;

	if (!input->select || !input->select->n)
		return true;
	cell_key_of(sample, host, &key);
	return cell_selected(input->select, &key);
}

static int on_row(const struct csv_sample *sample, const struct csv_record *row,
		  const struct input_run *run, void *arg)
{
	struct compare_input *input = arg;
	int rc;

	if (!sample || !is_selected(input, sample, run->host))
		return 0;
	rc = take_kernel(input, sample);
	if (rc)
		return rc;
	if (!input->kernel || !is_ours(input, sample))
		return add_other(input, sample);
	rc = use_run(input, (size_t)(run - input->in.runs));
	if (rc)
		return rc;
	return summary_add_row(&input->summary, sample, row, run->host);
}

static const char *option(const struct compare_input *input)
{
	return strcmp(input->name, "NEW") ? "--base-kernel" : "--new-kernel";
}

/* Without a choice there has to be one kernel; an id that was built twice has two releases. */
static int check_kernel(const struct compare_input *input)
{
	const char *path = input->files.v[0], *more = input->files.n > 1 ? " and the others" : "";

	if (!input->kernel && !input->others)
		err("%s: no rows%s in %s%s", input->name,
		    input->select && input->select->n ? " of such a cell (--cell)" : "", path, more);
	else if (!input->kernel)
		err("%s: no kernel %s in %s%s; there is %s", input->name, input->choice, path, more, input->others);
	else if (!input->choice && input->others)
		err("%s: several kernels in %s%s: %s (%s), %s; choose one with %s", input->name, path, more,
		    input->kernel, input->release, input->others, option(input));
	else
		return 0;
	return -EINVAL;
}

/* An id that was chosen and goes with two releases names two kernels. */
static int check_choice(const struct compare_input *input)
{
	size_t length = strlen(input->kernel);
	const char *at = input->others;

	if (!input->choice || !length || strcmp(input->choice, input->kernel))
		return 0;
	for (; at && (at = strstr(at, input->kernel)); at += length)
		if ((at == input->others || !strncmp(at - 2, ", ", 2)) && !strncmp(at + length, " (", 2)) {
			err("%s: kernel %s has several releases: %s and others (%s); choose one with %s RELEASE",
			    input->name, input->kernel, input->release, input->others, option(input));
			return -EINVAL;
		}
	return 0;
}

int compare_input_read(struct compare_input *input)
{
	int rc = inputs_read(&input->in, &input->files, on_row, input);

	if (!rc)
		rc = check_kernel(input);
	if (!rc)
		rc = check_choice(input);
	if (rc)
		return rc;
	if (input->summary.other_rows)
		err("warning: %s: %" PRIu64 " rows of ops that this daxpin does not know are left out", input->name,
		    input->summary.other_rows);
	return summary_finish(&input->summary);
}

void compare_input_free(struct compare_input *input)
{
	inputs_free(&input->in);
	summary_free(&input->summary);
	free(input->kernel);
	free(input->release);
	free(input->used);
	free(input->others);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <argp.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "log.h"
#include "version.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "list", cmd_list, "the dax devices of this machine" },
	{ "run", cmd_run, "run a job, write samples to CSV" },
	{ "bind", cmd_bind, "bring-up of a device: time and DRAM" },
	{ "gup-test", cmd_gup_test, "the kernel's gup_test, on a kernel that lacks it" },
	{ "merge", cmd_merge, "join CSV files of several runs" },
	{ "report", cmd_report, "tables and plots from CSV files" },
	{ "compare", cmd_compare, "has a kernel become slower? by cells, exit status 1 if so" },
	{ "history", cmd_history, "cells over kernels, from a store of runs, with change points" },
	{ "fit", cmd_fit, "fixed cost and cost per page, from several sizes" },
	{ "plan", cmd_plan, "DRAM and time that terabytes of memory take" },
	{ "model", cmd_model, "apply, fit or vary a model of caches and memory" },
};

static const size_t command_count = sizeof(commands) / sizeof(commands[0]);

static void usage(FILE *out)
{
	fputs("Usage: daxpin COMMAND [OPTION...]\n"
	      "Measures what it costs to bring up, pin and unpin device-dax memory.\n\n", out);
	for (size_t i = 0; i < command_count; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\n'daxpin COMMAND --help' explains a command; 'man daxpin' explains all of them.\n", out);
}

static int run_command(const struct command *command, int argc, char **argv)
{
	char name[32];

	/* What argp and getopt call the program in their messages. */
	snprintf(name, sizeof(name), "daxpin %s", command->name);
	argv[0] = name;
	program_invocation_short_name = name;
	program_invocation_name = name;
	return command->run(argc, argv);
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "C");
	argp_err_exit_status = EXIT_TROUBLE;
	argp_program_version = "daxpin " DAXPIN_VERSION;
	if (argc < 2) {
		usage(stderr);
		return EXIT_TROUBLE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts(argp_program_version);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < command_count; i++)
		if (!strcmp(argv[1], commands[i].name))
			return run_command(&commands[i], argc - 1, argv + 1);
	err("unknown command '%s'; 'daxpin --help' lists the commands", argv[1]);
	return EXIT_TROUBLE;
}

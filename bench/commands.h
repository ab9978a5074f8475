/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands: one file each, one line in the table of main.c. */
#ifndef DAXPIN_COMMANDS_H
#define DAXPIN_COMMANDS_H

/* Exit codes of all commands. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_TROUBLE = 2, EXIT_INTERRUPTED = 130 };

int cmd_list(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_bind(int argc, char **argv);
int cmd_gup_test(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_fit(int argc, char **argv);
int cmd_model(int argc, char **argv);
int cmd_plan(int argc, char **argv);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fits that plans rest on when none are given: configs/fits.csv, as it was when the program was built. */
#ifndef DAXPIN_PLAN_DEFAULT_H
#define DAXPIN_PLAN_DEFAULT_H

#define PLAN_DEFAULT_NAME "built-in configs/fits.csv"

/* Ends with a NUL. */
extern const char plan_default_fits[];

#endif

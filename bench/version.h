/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAXPIN_VERSION_H
#define DAXPIN_VERSION_H

/* The Makefile gives what git describes. */
#ifndef DAXPIN_VERSION
#define DAXPIN_VERSION "0.1"
#endif

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan_default.h"

/* clang-format off */
__asm__(".section .rodata\n"
	".global plan_default_fits\n"
	"plan_default_fits:\n"
	".incbin \"configs/fits.csv\"\n"
	".byte 0\n"
	".previous\n");

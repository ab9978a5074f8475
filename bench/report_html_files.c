// SPDX-License-Identifier: GPL-2.0-or-later
/* Style and script of the page, as they stand in bench/html. */
#include "report_html.h"

#define FILE_TEXT(name, path) \
	__asm__(".pushsection .rodata\n" \
		".globl " #name "\n.type " #name ", @object\n" \
		#name ":\n.incbin \"" path "\"\n.byte 0\n" \
		".size " #name ", . - " #name "\n.popsection\n")

FILE_TEXT(report_html_css, "bench/html/report.css");
FILE_TEXT(report_html_js, "bench/html/report.js");

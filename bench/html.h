/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTML that strings from anywhere cannot break out of. Write errors stick in f. */
#ifndef DAXPIN_HTML_H
#define DAXPIN_HTML_H

#include <stddef.h>
#include <stdio.h>

/* A text for an element or for an attribute in quotes. What is no UTF-8, and control characters but
 * tab and newline, become U+FFFD. */
void html_text(const char *text, FILE *f);

/* Lets a plain writer write: what it wrote comes out through html_text(). Returns 0 or -ENOMEM. */
int html_written(void (*write)(const void *arg, FILE *f), const void *arg, FILE *f);

/* An SVG of gnuplot as a figure: ids are made unique by `number` (or another plot's markers would show),
 * titles that only gnuplot understands go, it shrinks with the page. Who cannot see it is told its largest text behind
 * the caption. Prints errors. Returns 0 or -errno; -EBADMSG: it is no SVG. */
int html_plot(const char *path, size_t number, const char *caption, FILE *f);

/* The policy that no script but this one runs and nothing is fetched, for the head. */
void html_policy(const char *script, FILE *f);

#endif

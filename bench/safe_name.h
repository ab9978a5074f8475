/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of files from texts that come from anywhere. */
#ifndef DAXPIN_SAFE_NAME_H
#define DAXPIN_SAFE_NAME_H

/* So many bytes at most. */
#define SAFE_NAME_MAX 64

/* A name of letters, digits and ._+- that does not begin with a dot or a dash: no '/', no "..", nothing that
 * a shell or a terminal understands. A text that is such a name already stays as it is; another one is
 * changed, and 8 digits of its SHA-256 keep it apart from others that would look like it. "" becomes "unknown".
 * The caller frees it; NULL: out of memory. */
char *safe_name(const char *text);

#endif

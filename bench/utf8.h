/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts of files and names may be of any bytes; what is written is UTF-8. */
#ifndef DAXPIN_UTF8_H
#define DAXPIN_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* U+FFFD, in the place of a byte that is part of no character. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the character at s, 0 when it is no UTF-8: too long a form, a surrogate, beyond U+10FFFF. */
size_t utf8_length(const unsigned char *s);

bool utf8_is_valid(const char *text);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
#include "utf8.h"

size_t utf8_length(const unsigned char *s)
{
	static const struct { unsigned char from, to, low, high; size_t length; } kinds[] = {
		{ 0x00, 0x7f, 0x80, 0xbf, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, k;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (*s < kinds[i].from || *s > kinds[i].to)
			continue;
		if (kinds[i].length > 1 && (s[1] < kinds[i].low || s[1] > kinds[i].high))
			return 0;
		for (k = 2; k < kinds[i].length; k++)
			if (s[k] < 0x80 || s[k] > 0xbf)
				return 0;
		return kinds[i].length;
	}
	return 0;
}

bool utf8_is_valid(const char *text)
{
	size_t length;

	for (; *text; text += length) {
		length = utf8_length((const unsigned char *)text);
		if (!length)
			return false;
	}
	return true;
}

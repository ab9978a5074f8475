// SPDX-License-Identifier: GPL-2.0-or-later
#include "safe_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sha2.h>

#define HASH_DIGITS 8

static bool is_safe(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("._+-", c));
}

/* Runs of what is not taken become one dash; returns whether the text stays as it is. */
static bool take(const char *text, char name[SAFE_NAME_MAX + 1], size_t room)
{
	bool same = true;
	size_t n = 0;

	for (; *text && n < room; text++) {
		bool safe = is_safe(*text) && (n || (*text != '.' && *text != '-'));

		same &= safe;
		if (safe)
			name[n++] = *text;
		else if (n && name[n - 1] != '-')
			name[n++] = '-';
	}
	while (n && name[n - 1] == '-') {
		same = false;
		n--;
	}
	name[n] = 0;
	return same && !*text;
}

char *safe_name(const char *text)
{
	char name[SAFE_NAME_MAX + 1], digest[SHA256_DIGEST_STRING_LENGTH], *hashed;

	if (!*text)
		return strdup("unknown");
	if (take(text, name, SAFE_NAME_MAX))
		return strdup(name);
	take(text, name, SAFE_NAME_MAX - HASH_DIGITS - 1);
	SHA256Data((const uint8_t *)text, strlen(text), digest);
	return asprintf(&hashed, "%s%s%.*s", name, *name ? "-" : "", HASH_DIGITS, digest) < 0 ? NULL : hashed;
}

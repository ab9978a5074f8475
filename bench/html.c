// SPDX-License-Identifier: GPL-2.0-or-later
#include "html.h"

#include <errno.h>
#include <sha256.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "utf8.h"

/* C1 controls are two bytes in UTF-8. */
static bool is_control(const unsigned char *s)
{
	return (*s < ' ' && *s != '\t' && *s != '\n') || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0);
}

/* One character as it is, when it is one. Returns its bytes. */
static size_t put_character(const char *text, FILE *f)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length = utf8_length(s);

	if (!length || is_control(s))
		fputs(UTF8_REPLACEMENT, f);
	else
		fwrite(s, 1, length, f);
	return length ? length : 1;
}

void html_text(const char *text, FILE *f)
{
	static const char *const entities[] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
	};

	while (*text) {
		unsigned char c = (unsigned char)*text;

		if (c < sizeof(entities) / sizeof(entities[0]) && entities[c]) {
			fputs(entities[c], f);
			text++;
		} else {
			text += put_character(text, f);
		}
	}
}

int html_written(void (*write)(const void *arg, FILE *f), const void *arg, FILE *f)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *memory = open_memstream(&text, &length);

	if (!memory)
		return -ENOMEM;
	write(arg, memory);
	if (fclose(memory))
		return -ENOMEM;
	html_text(text, f);
	return 0;
}

static int read_text(const char *path, char **text)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	size_t room = 0;

	if (!file)
		return -errno;
	/* Up to a NUL: all of it, as SVG has none. */
	if (getdelim(text, &room, 0, file) < 0)
		return ferror(file) ? -errno : -EBADMSG;
	return 0;
}

/* Behind what begins with `from` and ends with `to`, when that is what stands at s; else s. */
static const char *behind(const char *s, const char *from, const char *to)
{
	const char *end;

	if (strncmp(s, from, strlen(from)))
		return s;
	end = strstr(s, to);
	return end ? end + strlen(to) : s;
}

/* Is this where an id begins, or one is named? Then how many characters stand before it. */
static size_t before_id(const char *s)
{
	static const char *const ways[] = { " id=\"", " id='", "href=\"#", "href='#", "url(#" };
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strncmp(s, ways[i], strlen(ways[i])))
			return strlen(ways[i]);
	return 0;
}

static void put_elements(const char *s, size_t number, FILE *f)
{
	bool in_tag = false;
	size_t length;

	while (*s) {
		if (*s == '<') {
			const char *next = behind(behind(s, "<title>", "</title>"), "<desc>", "</desc>");

			if (next != s) {
				s = next;
				continue;
			}
			in_tag = true;
		} else if (*s == '>') {
			in_tag = false;
		}
		length = in_tag ? before_id(s) : 0;
		if (length)
			fprintf(f, "%.*sp%zu-", (int)length, s, number);
		else
			length = put_character(s, f);
		s += length;
	}
}

/* The text in the largest letters: what gnuplot drew as the title. */
static const char *find_title(const char *svg)
{
	const char *title = NULL, *size, *text;
	double largest = 0;

	for (size = strstr(svg, "font-size=\""); size; size = strstr(size + 1, "font-size=\"")) {
		double points = strtod(size + strlen("font-size=\""), NULL);

		text = points > largest ? strstr(size, "<text>") : NULL;
		if (text) {
			title = text + strlen("<text>");
			largest = points;
		}
	}
	return title;
}

static void put_caption(const char *svg, size_t number, const char *caption, FILE *f)
{
	const char *title = find_title(svg);

	fprintf(f, "<figcaption id=\"plot-%zu\">", number);
	html_text(caption, f);
	if (title) {
		fputs("<span class=\"unseen\">: ", f);
		/* Its entities are those of HTML. */
		while (*title && *title != '<')
			title += put_character(title, f);
		fputs("</span>", f);
	}
	fputs("</figcaption>\n", f);
}

int html_plot(const char *path, size_t number, const char *caption, FILE *f)
{
	_cleanup_free_ char *text = NULL;
	const char *svg, *box, *end;
	int rc = read_text(path, &text);
	double width;

	svg = rc ? NULL : strstr(text, "<svg");
	box = svg ? strstr(svg, "viewBox=\"") : NULL;
	end = svg ? strchr(svg, '>') : NULL;
	box = box ? box + strlen("viewBox=\"") : NULL;
	if (!rc && (!box || !end || end < box || sscanf(box, "%*f %*f %lf", &width) != 1))
		rc = -EBADMSG;
	if (rc) {
		err("%s: %s", path, rc == -EBADMSG ? "not an SVG with a viewBox" : strerror(-rc));
		return rc;
	}
	fputs("<figure class=\"plot\">\n", f);
	put_caption(end, number, caption, f);
	fprintf(f, "<svg role=\"img\" aria-labelledby=\"plot-%zu\" width=\"%.0f\" viewBox=\"%.*s\"", number, width,
		(int)strcspn(box, "\""), box);
	put_elements(end, number, f);
	fputs("</figure>\n", f);
	return 0;
}

/* RFC 4648. */
static void put_base64(const unsigned char *bytes, size_t n, FILE *f)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i, k;

	for (i = 0; i < n; i += 3) {
		uint32_t three = 0;

		for (k = 0; k < 3; k++)
			three = three << 8 | (i + k < n ? bytes[i + k] : 0);
		for (k = 0; k < 4; k++)
			fputc(i + k > n ? '=' : digits[three >> (18 - 6 * k) & 63], f);
	}
}

void html_policy(const char *script, FILE *f)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX sha;

	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)script, strlen(script));
	SHA256Final(digest, &sha);
	fputs("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
	      "script-src 'sha256-", f);
	put_base64(digest, sizeof(digest), f);
	fputs("'\">\n", f);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* HTML: what comes from a CSV stays text, and plots do not get in each other's way. */
#include "unit.h"

#include <errno.h>

#include "html.h"

#define BAD "\xef\xbf\xbd"

static char *escaped(const char *text)
{
	char *out = NULL;
	size_t length;
	FILE *f = open_memstream(&out, &length);

	assert_non_null(f);
	html_text(text, f);
	assert_int_equal(fclose(f), 0);
	return out;
}

static void escapes(const char *text, const char *expected)
{
	char *out = escaped(text);

	assert_string_equal(out, expected);
	free(out);
}

static void markup_is_escaped(void **state)
{
	(void)state;
	escapes("", "");
	escapes("5.10+gup, 16\xc2\xa0GiB\t\n", "5.10+gup, 16\xc2\xa0GiB\t\n");
	escapes("<script a='b' c=\"d\">&amp;</script>",
		"&lt;script a=&#39;b&#39; c=&quot;d&quot;&gt;&amp;amp;&lt;/script&gt;");
}

static void only_utf8_passes(void **state)
{
	(void)state;
	escapes("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7 \xf4\x8f\xbf\xbf", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7 \xf4\x8f\xbf\xbf");
	/* a lone continuation, a cut character, also at the end */
	escapes("a\x80z", "a" BAD "z");
	escapes("a\xe2\x82z", "a" BAD BAD "z");
	escapes("\xf0\x9f", BAD BAD);
	/* '<' in too long a form, a surrogate, beyond Unicode */
	escapes("\xc0\xbc", BAD BAD);
	escapes("\xe0\x80\xbc", BAD BAD BAD);
	escapes("\xed\xa0\x80", BAD BAD BAD);
	escapes("\xf4\x90\x80\x80\xff", BAD BAD BAD BAD BAD);
	/* a cut character does not swallow what follows */
	escapes("\xe2<b>", BAD "&lt;b&gt;");
}

static void controls_are_replaced(void **state)
{
	(void)state;
	escapes("a\x01\x1b[31mb\r\x7f", "a" BAD BAD "[31mb" BAD BAD);
	escapes("\xc2\x85\xc2\x9f\xc2\xa0", BAD BAD "\xc2\xa0");
}

static int embed(const char *svg, char **out)
{
	char *path = write_temporary(svg);
	size_t length;
	FILE *f = open_memstream(out, &length);
	int rc;

	assert_non_null(f);
	rc = html_plot(path, 7, "a < b", f);
	assert_int_equal(fclose(f), 0);
	drop_temporary(path);
	return rc;
}

static void ids_of_plots_are_made_unique(void **state)
{
	char *out;

	(void)state;
	assert_int_equal(embed("<?xml version=\"1.0\"?>\n<svg width=\"9\" height=\"8\" viewBox=\"0 0 9 8\">\n<title>t</title>"
			       "<desc>by <b/></desc><g id=\"a\"><use xlink:href='#b' id='b' fill='url(#c)'/></g>"
			       "<text id=\"d\">id='e' url(#f) &lt; href=\"#g\"</text></svg>", &out), 0);
	assert_string_equal(out, "<figure class=\"plot\">\n<figcaption id=\"plot-7\">a &lt; b</figcaption>\n<svg role=\"img\" aria-labelledby=\"plot-7\" width=\"9\" viewBox=\"0 0 9 8\">\n"
			    "<g id=\"p7-a\"><use xlink:href='#p7-b' id='p7-b' fill='url(#p7-c)'/></g>"
			    "<text id=\"p7-d\">id='e' url(#f) &lt; href=\"#g\"</text></svg></figure>\n");
	free(out);
}

static void plots_are_named_by_their_largest_text(void **state)
{
	char *out;

	(void)state;
	assert_int_equal(embed("<svg viewBox=\"0 0 9 8\"><g font-size=\"9.0\"><text>small</text></g>"
			       "<g font-size=\"16.0\"><text>the &lt;b&gt; title\x01\xff</text></g>"
			       "<g font-size=\"11.0\"><text>other</text></g></svg>", &out), 0);
	assert_non_null(strstr(out, "a &lt; b<span class=\"unseen\">: the &lt;b&gt; title" BAD BAD "</span></figcaption>"));
	assert_non_null(strstr(out, "<text>the &lt;b&gt; title" BAD BAD "</text>"));
	free(out);
	/* a title in parts is none */
	assert_int_equal(embed("<svg viewBox=\"0 0 9 8\"><g font-size=\"9.0\"><text><tspan>x", &out), 0);
	assert_non_null(strstr(out, "<span class=\"unseen\">: </span>"));
	free(out);
}

static void other_files_are_no_plots(void **state)
{
	static const char *const bad[] = { "", "no picture", "<svg", "<svg viewBox=\"0 0", "<svg viewBox=\"a b c d\">", "<svg><g viewBox=\"0 0 1 1\"/></svg>" };
	char *out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(embed(bad[i], &out), -EBADMSG);
		assert_string_equal(out, "");
		free(out);
	}
	assert_int_equal(html_plot("/nonexistent/plot.svg", 1, "", stdout), -ENOENT);
}

static void the_policy_names_the_script(void **state)
{
	char *out = NULL;
	size_t length;
	FILE *f = open_memstream(&out, &length);

	(void)state;
	assert_non_null(f);
	/* printf abc | openssl dgst -sha256 -binary | base64 */
	html_policy("abc", f);
	assert_int_equal(fclose(f), 0);
	assert_non_null(strstr(out, "script-src 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='"));
	assert_non_null(strstr(out, "default-src 'none'"));
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_is_escaped), cmocka_unit_test(only_utf8_passes), cmocka_unit_test(controls_are_replaced),
		cmocka_unit_test(ids_of_plots_are_made_unique), cmocka_unit_test(plots_are_named_by_their_largest_text),
		cmocka_unit_test(other_files_are_no_plots), cmocka_unit_test(the_policy_names_the_script),
	};

	return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}

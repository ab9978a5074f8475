// SPDX-License-Identifier: GPL-2.0-or-later
#include "model_ini.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "outfile.h"

/* The file has been read as a model: its lines are known to be good. */

static void take_section(const char *line, char section[64])
{
	char name[64];

	if (sscanf(line, "[%63[^]]]", name) == 1)
		strcpy(section, name);
}

/* The parameter that a line "key = value" sets, or -1. */
static int parameter_of(const char *section, const char *line)
{
	char key[64], name[128];

	if (sscanf(line, "%63[a-z0-9_] =", key) != 1)
		return -1;
	snprintf(name, sizeof(name), "%s.%s", section, key);
	return model_parameter_find(name);
}

/* With the blank before it; NULL: none. */
static const char *comment_of(const char *line)
{
	const char *c = strchr(line, ';');

	while (c && (c == line || !isblank((unsigned char)c[-1])))
		c = strchr(c + 1, ';');
	return c ? c - 1 : NULL;
}

static void put_parameter(FILE *out, const char *line, double value, const char *remark)
{
	const char *equals = strchr(line, '='), *comment = comment_of(line);

	fprintf(out, "%s\n%.*s= %.4g%s", remark, (int)(equals - line), line, value, comment ? comment : "\n");
}

/* An earlier remark is held back until it is known what it stands above. */
static void rewrite(FILE *in, FILE *out, const struct model *model, const bool changed[MODEL_PARAMETER_COUNT],
		    const char *remark)
{
	_cleanup_free_ char *line = NULL, *held = NULL;
	char section[64] = "";
	size_t size = 0;

	while (getline(&line, &size, in) > 0) {
		int parameter = parameter_of(section, line);

		take_section(line, section);
		if (parameter >= 0 && changed[parameter]) {
			put_parameter(out, line, model_parameter_get(model, (size_t)parameter), remark);
		} else {
			fputs(held ? held : "", out);
			if (strncmp(line, MODEL_INI_REMARK, strlen(MODEL_INI_REMARK)))
				fputs(line, out);
		}
		free(held);
		held = NULL;
		if (!strncmp(line, MODEL_INI_REMARK, strlen(MODEL_INI_REMARK))) {
			held = line;
			line = NULL;
			size = 0;
		}
	}
	fputs(held ? held : "", out);
}

int model_ini_write(const char *path, const char *output, const struct model *model,
		    const bool changed[MODEL_PARAMETER_COUNT], const char *remark)
{
	_cleanup_outfile_ struct outfile out = { 0 };
	_cleanup_fclose_ FILE *in = fopen(path, "re");
	int rc;

	if (!in) {
		rc = -errno;
		err("%s: %s", path, strerror(-rc));
		return rc;
	}
	rc = outfile_open(&out, output);
	if (rc)
		return rc;
	rewrite(in, out.f, model, changed, remark);
	if (ferror(in)) {
		err("%s: %s", path, strerror(EIO));
		return -EIO;
	}
	return outfile_commit(&out);
}

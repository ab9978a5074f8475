/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes values back into the file of a model, and leaves all else as it is. */
#ifndef DAXPIN_MODEL_INI_H
#define DAXPIN_MODEL_INI_H

#include <stdbool.h>

#include "tcg/model.h"

/*
 * Writes the file at path again as output (which may be path) with the changed
 * parameters as model has them. The remark, a line that begins with
 * MODEL_INI_REMARK, goes above each of them, in place of an earlier one. Prints
 * errors. Returns 0 or -errno.
 */
int model_ini_write(const char *path, const char *output, const struct model *model,
		    const bool changed[MODEL_PARAMETER_COUNT], const char *remark);

#define MODEL_INI_REMARK "; fitted on "

#endif

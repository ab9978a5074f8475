/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples with other modelled times. */
#ifndef DAXPIN_MODEL_APPLY_H
#define DAXPIN_MODEL_APPLY_H

#include <stdbool.h>

#include "inputs.h"
#include "tcg/model.h"

/* Does the row have counts of modelled caches? */
bool model_is_modelled(const struct csv_sample *sample);

/* Other caches would have had other counts. Returns 0, or -EBADMSG after printing. */
int model_check_caches(const struct csv_sample *sample, const struct csv_record *row, const struct model *model);

/* Writes a file (one) and its environment again, with the name and the times of the model in rows
 * of clock model. output may be the file. Returns the exit status of the command. */
int model_apply(const struct model *model, const struct input_paths *files, const char *output);

#endif

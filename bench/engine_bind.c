// SPDX-License-Identifier: GPL-2.0-or-later
/* Engine "bind": the driver core. It pins nothing; bring_up.c is what it does. */
#include "engine.h"

const struct engine_ops engine_bind = {
	.name = "bind",
	.help = "unbinds a dax device from its driver and binds it again",
	.whole_device = 1,
};

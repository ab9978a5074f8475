// SPDX-License-Identifier: GPL-2.0-or-later
#include "functions.h"

#include <glib.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "region.h"

static FILE *file;
static unsigned int cpu_count;
static GHashTable *places;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void functions_open(FILE *out, unsigned int cpus)
{
	file = out;
	cpu_count = cpus;
	/* A place begins with its address. */
	places = g_hash_table_new(g_int64_hash, g_int64_equal);
	fputs("tag,cpu,op,address,instructions\n", file);
}

struct function_place *functions_place(uint64_t address)
{
	gint64 key = address < FUNCTIONS_KERNEL ? 0 : (gint64)address;
	struct function_place *place;

	pthread_mutex_lock(&lock);
	place = g_hash_table_lookup(places, &key);
	if (!place) {
		place = g_malloc0(sizeof(*place) + (size_t)cpu_count * DAXPIN_OP_COUNT * sizeof(place->counts[0]));
		place->address = (uint64_t)key;
		g_hash_table_insert(places, &place->address, place);
	}
	pthread_mutex_unlock(&lock);
	return place;
}

void functions_flush(unsigned int cpu, uint64_t tag)
{
	GHashTableIter all;
	gpointer value;

	pthread_mutex_lock(&lock);
	g_hash_table_iter_init(&all, places);
	while (g_hash_table_iter_next(&all, NULL, &value)) {
		struct function_place *place = value;
		uint64_t *counts = &place->counts[cpu * DAXPIN_OP_COUNT];

		for (int op = 0; tag && op < DAXPIN_OP_COUNT; op++)
			if (counts[op])
				fprintf(file, "%" PRIu64 ",%u,%s,%016" PRIx64 ",%" PRIu64 "\n", tag, cpu,
					region_op_names[op], place->address, counts[op]);
		memset(counts, 0, DAXPIN_OP_COUNT * sizeof(*counts));
	}
	pthread_mutex_unlock(&lock);
}

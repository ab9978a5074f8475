// SPDX-License-Identifier: GPL-2.0-or-later
#include "csv_write.h"


#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csv_read.h"
#include "log.h"

static const char header[] =
	"schema_version,run_id,kernel,kernel_release,platform,clock,boot,job,memory,device,map,align_bytes,engine,"
	"get,put,write,size_bytes,batch_pages,put_batch_pages,threads,range,op,row,repetition,thread,call,calls,"
	"pages_asked,pages_got,order,value_ns,min_ns,p50_ns,p90_ns,p99_ns,max_ns,rounds,status,reason,trusted,"
	"dram_bytes,memmap_bytes,model,caches"
#define X(name) "," #name
	REGION_COUNTS(X)
#undef X
	",host_ns,put_order,put_cache,hold_ms,rdma_device,domains,processes"
#define X(name) "," #name
	BRING_UP_LATER(X)
#undef X
	"\n";

static void number_field(FILE *out, uint64_t number)
{
	fprintf(out, ",%" PRIu64, number);
}

/* A negative number is a missing one. */
static void optional_field(FILE *out, int64_t number)
{
	if (number < 0)
		putc(',', out);
	else
		number_field(out, (uint64_t)number);
}

static int open_stream(const char *path, int force, struct csv_file *csv)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL);
	struct stat status;
	int fd;

	/* A device or pipe (/dev/full) is written, never replaced. */
	if (!stat(path, &status) && !S_ISREG(status.st_mode))
		flags = O_WRONLY | O_CLOEXEC;
	fd = open(path, flags, 0666);
	if (fd < 0) {
		int rc = -errno;

		err("%s: %s%s", path, strerror(-rc), rc == -EEXIST ? "; --force replaces it" : "");
		return rc;
	}
	csv->stream = fdopen(fd, "w");
	if (!csv->stream) {
		close(fd);
		return -ENOMEM;
	}
	csv->good = flags & O_CREAT ? 0 : -1;
	return 0;
}

int csv_open(const char *path, int force, struct csv_file *csv)
{
	int rc;

	*csv = (struct csv_file){ .path = path, .good = -1 };
	if (!strcmp(path, "-")) {
		csv->stream = stdout;
		csv->path = "standard output";
	} else {
		rc = open_stream(path, force, csv);
		if (rc)
			return rc;
	}
	fputs(header, csv->stream);
	rc = csv_flush(csv);
	if (rc)
		csv_close(csv);
	return rc;
}

static void write_cell(FILE *out, const struct csv_out_row *row)
{
	const struct cell *cell = row->cell;
	const struct mapping *mapping = row->mapping;
	int is_dax = cell->memory == &memory_dax;

	csv_put_line(out, cell->section);
	csv_put_line(out, cell->memory->name);
	csv_put_line(out, mapping ? mapping->device : is_dax && cell->device ? cell->device : "");
	csv_put_line(out, !is_dax ? "" : dax_map_name(mapping ? mapping->map : cell->map));
	optional_field(out, mapping ? (int64_t)mapping->align : is_dax && cell->align ? (int64_t)cell->align : -1);
	csv_put_line(out, cell->engine->name);
	if (cell->engine->whole_device) {
		fputs(",,,", out);
		optional_field(out, mapping ? (int64_t)mapping->length : -1);
		fputs(",,,,", out);
		return;
	}
	csv_put_line(out, cell->engine->gets[cell->get]);
	csv_put_line(out, cell->engine->puts[cell->put]);
	number_field(out, (uint64_t)cell->write);
	number_field(out, cell->size);
	number_field(out, cell->batch);
	number_field(out, cell->put_batch);
	number_field(out, cell->threads);
	csv_put_line(out, cell->same_range ? "same" : "disjoint");
}

static const char *clock_of(const struct csv_out_row *row)
{
	return row->clock ? row->clock : "wall";
}

/* What the caches did depends on a model: clock insn has the exact counts only. */
static void write_counts(FILE *out, const struct csv_out_row *row)
{
	const struct region_counts *counts = row->counts;
	int modelled = counts && strcmp(clock_of(row), "insn");

	csv_put_line(out, row->model ? row->model : "");
	csv_put_line(out, row->caches ? row->caches : "");
#define X(name) optional_field(out, counts ? (int64_t)counts->name : -1);
	EXACT_COUNTS(X)
#undef X
#define X(name) optional_field(out, modelled ? (int64_t)counts->name : -1);
	CACHE_COUNTS(X)
#undef X
	optional_field(out, row->host_ns);
}

/* Columns of cells whose engine knows of them. */
static void write_arrangement(FILE *out, const struct cell *cell)
{
	const struct engine_ops *engine = cell->engine;

	csv_put_line(out, engine->arranges ? put_order_name(cell->put_order) : "");
	csv_put_line(out, engine->arranges ? cell->put_cold ? "cold" : "warm" : "");
	optional_field(out, engine->arranges ? (int64_t)cell->hold_ms : -1);
	csv_put_line(out, engine->registers && cell->provider ? cell->provider : "");
	optional_field(out, engine->registers ? (int64_t)cell->domains : -1);
	optional_field(out, engine->whole_device ? -1 : (int64_t)cell->processes);
}

static void write_result(FILE *out, const struct csv_out_row *row)
{
	int measured = row->repetition != 0;

	csv_put_line(out, row->op);
	csv_put_line(out, row->row);
	optional_field(out, measured ? (int64_t)row->repetition : -1);
	optional_field(out, measured ? (int64_t)row->thread : -1);
	optional_field(out, row->call);
	optional_field(out, measured && row->calls ? (int64_t)row->calls : -1);
	optional_field(out, measured ? (int64_t)row->pages_asked : -1);
	optional_field(out, measured ? (int64_t)row->pages_got : -1);
	optional_field(out, row->order);
	optional_field(out, row->value_ns);
	for (size_t i = 0; i < 5; i++)
		optional_field(out, row->quantiles[i]);
	optional_field(out, row->rounds ? (int64_t)row->rounds : -1);
	csv_put_line(out, row->status);
	csv_put_line(out, row->reason);
	number_field(out, (uint64_t)row->run->trusted);
	optional_field(out, row->dram_bytes);
	optional_field(out, row->memmap_bytes);
	write_counts(out, row);
	write_arrangement(out, row->cell);
#define X(name) optional_field(out, row->name);
	BRING_UP_LATER(X)
#undef X
	putc('\n', out);
}

struct csv_out_row csv_empty_row(const struct csv_run *run, const struct cell *cell, const struct mapping *mapping)
{
	return (struct csv_out_row){
		.run = run,
		.cell = cell,
		.mapping = mapping,
		.op = "",
		.row = "cell",
		.call = -1,
		.order = -1,
		.value_ns = -1,
		.quantiles = { -1, -1, -1, -1, -1 },
		.status = "ok",
		.reason = "",
		.dram_bytes = -1,
		.memmap_bytes = -1,
#define X(name) .name = -1,
		BRING_UP_LATER(X)
#undef X
		.clock = "wall",
		.host_ns = -1,
	};
}

void csv_write(struct csv_file *csv, const struct csv_out_row *row)
{
	const struct csv_run *run = row->run;
	FILE *out = csv->stream;

	fprintf(out, "%d", CSV_SCHEMA_VERSION);
	csv_put_line(out, run->run_id);
	csv_put_line(out, run->kernel);
	csv_put_line(out, run->kernel_release);
	csv_put_line(out, run->platform);
	csv_put_line(out, clock_of(row));
	csv_put_line(out, run->boot);
	write_cell(out, row);
	write_result(out, row);
	csv->rows++;
}

int csv_flush(struct csv_file *csv)
{
	int rc;

	if (!fflush(csv->stream) && !ferror(csv->stream)) {
		if (csv->good >= 0)
			csv->good = ftell(csv->stream);
		return 0;
	}
	rc = errno ? -errno : -EIO;
	/* What is still buffered must not come behind the cut later. */
	__fpurge(csv->stream);
	if (csv->good >= 0 && ftruncate(fileno(csv->stream), csv->good))
		note("%s: the last row may be cut", csv->path);
	err("%s: %s; the rows written before are kept", csv->path, strerror(-rc));
	return rc;
}

int csv_close(struct csv_file *csv)
{
	FILE *stream = csv->stream;

	csv->stream = NULL;
	if (!stream || stream == stdout)
		return 0;
	if (!csv->rows && csv->good >= 0)
		unlink(csv->path);
	/* Everything has been flushed: what fails now has been reported. */
	return fclose(stream) ? -errno : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * User-space interface of the daxpin kernel module (/dev/daxpin).
 *
 * Shared verbatim by the module and by user space. Every structure starts with
 * its own size and DAXPIN_UAPI_VERSION. A structure may only grow at its end:
 * the kernel accepts a larger one whose unknown tail is zero and a smaller one
 * of a version it knows. Every reserved field must be zero.
 *
 * Lengths and addresses are bytes, counts of pages are base pages (4 KiB on
 * x86-64), times are nanoseconds of ktime_get_ns() (clock "wall").
 */
#ifndef _UAPI_DAXPIN_H
#define _UAPI_DAXPIN_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define DAXPIN_UAPI_VERSION 1
#define DAXPIN_DEVICE "/dev/daxpin"

/**
 * enum daxpin_get - who takes the page references
 * @DAXPIN_GET_FAST: pin_user_pages_fast()
 * @DAXPIN_GET_FAST_LONGTERM: pin_user_pages_fast() with FOLL_LONGTERM, what
 *	RDMA registration does
 * @DAXPIN_GET_SLOW: pin_user_pages() under mmap_lock
 * @DAXPIN_GET_LONGTERM: pin_user_pages() with FOLL_LONGTERM under mmap_lock
 * @DAXPIN_GET_GUP_FAST: get_user_pages_fast(); goes with DAXPIN_PUT_PAGE only
 * @DAXPIN_GET_GUP: get_user_pages() under mmap_lock; with DAXPIN_PUT_PAGE only
 * @DAXPIN_GET_COUNT: how many there are
 */
enum daxpin_get {
	DAXPIN_GET_FAST = 0,
	DAXPIN_GET_FAST_LONGTERM = 1,
	DAXPIN_GET_SLOW = 2,
	DAXPIN_GET_LONGTERM = 3,
	DAXPIN_GET_GUP_FAST = 4,
	DAXPIN_GET_GUP = 5,
	DAXPIN_GET_COUNT
};

/**
 * enum daxpin_put - who drops the page references
 * @DAXPIN_PUT_PAGES: unpin_user_pages()
 * @DAXPIN_PUT_PAGES_DIRTY: unpin_user_pages_dirty_lock(..., true)
 * @DAXPIN_PUT_RANGE_DIRTY: unpin_user_page_range_dirty_lock(..., true), once
 *	per run of physically contiguous pages
 * @DAXPIN_PUT_FOLIO: unpin_user_folio(), once per run of pages of one folio
 * @DAXPIN_PUT_PAGE: put_page() per page; the only one that goes with
 *	DAXPIN_GET_GUP_FAST and DAXPIN_GET_GUP, and goes with nothing else
 * @DAXPIN_PUT_COUNT: how many there are
 */
enum daxpin_put {
	DAXPIN_PUT_PAGES = 0,
	DAXPIN_PUT_PAGES_DIRTY = 1,
	DAXPIN_PUT_RANGE_DIRTY = 2,
	DAXPIN_PUT_FOLIO = 3,
	DAXPIN_PUT_PAGE = 4,
	DAXPIN_PUT_COUNT
};

/**
 * enum daxpin_put_order - in which order the pages of a put call are put
 * @DAXPIN_PUT_ORDER_SEQUENTIAL: as they were got
 * @DAXPIN_PUT_ORDER_SHUFFLED: at random, the same with the same put_seed
 * @DAXPIN_PUT_ORDER_STRIDED: each is a fixed number of pages behind the one
 *	before, and behind the last comes the first. In a call of n pages that
 *	number is the first from min(513, n / 4 + 1) on that is prime to n.
 * @DAXPIN_PUT_ORDER_INTERLEAVED: the first page of each unit, then the second of
 *	each, and so on, see put_unit; units of one page: as sequential
 * @DAXPIN_PUT_ORDER_COUNT: how many there are
 */
enum daxpin_put_order {
	DAXPIN_PUT_ORDER_SEQUENTIAL = 0,
	DAXPIN_PUT_ORDER_SHUFFLED = 1,
	DAXPIN_PUT_ORDER_STRIDED = 2,
	DAXPIN_PUT_ORDER_INTERLEAVED = 3,
	DAXPIN_PUT_ORDER_COUNT
};

/* Flags of daxpin_measure and daxpin_hold. */
#define DAXPIN_WRITE (1U << 0) /* get for writing (FOLL_WRITE) */
/* Flags of daxpin_measure only. */
#define DAXPIN_COLD (1U << 1) /* put finds struct pages in memory */

/* Bits of daxpin_query.features. */
#define DAXPIN_FEATURE_COLD (1U << 0) /* DAXPIN_COLD works on this machine */
#define DAXPIN_FEATURE_HOLD_MS (1U << 1) /* daxpin_measure.hold_ms */

/* Limit of daxpin_measure.hold_ms. */
#define DAXPIN_MAX_HOLD_MS 60000

/**
 * struct daxpin_query - DAXPIN_IOC_QUERY: what this module on this kernel offers
 * @size: sizeof(struct daxpin_query)
 * @version: DAXPIN_UAPI_VERSION
 * @get_variants: out, bit 1 << enum daxpin_get for each variant offered
 * @put_variants: out, bit 1 << enum daxpin_put for each variant offered
 * @page_size: out, bytes of a base page
 * @max_pages_per_call: out, limit of pages_per_call and put_pages_per_call
 * @max_runs: out, runs of contiguous pages that one measure or hold can keep
 * @max_holds: out, holds that one open file can have
 * @holds: out, holds of this open file now
 * @held_pages: out, pages held by this open file now
 * @memory_bytes: out, memory the module has allocated on behalf of this file now
 * @memory_peak_bytes: out, the highest value of @memory_bytes so far
 * @module_version: out, version of the module, NUL terminated
 * @put_orders: out, bit 1 << enum daxpin_put_order for each order offered; 0 from
 *	a module that is older than this field, which knows the sequential one only
 * @features: out, DAXPIN_FEATURE_*; 0 from such a module
 * @reserved: must be zero
 *
 * Such a module wants @put_orders and @features to be zero.
 */
struct daxpin_query {
	__u32 size;
	__u32 version;
	__u32 get_variants;
	__u32 put_variants;
	__u32 page_size;
	__u32 max_pages_per_call;
	__u32 max_runs;
	__u32 max_holds;
	__u64 holds;
	__u64 held_pages;
	__u64 memory_bytes;
	__u64 memory_peak_bytes;
	char module_version[32];
	__u32 put_orders;
	__u32 features;
	__u64 reserved[3];
};

/* Value of daxpin_call.order when the order is not known (nothing was got). */
#define DAXPIN_ORDER_UNKNOWN 255

/**
 * struct daxpin_call - one timed call
 * @ns: time of the call, nanoseconds
 * @asked: pages asked for
 * @got: pages got (put: pages put), or a negative errno
 * @order: order of the compound page that the first page belongs to, 0 for a
 *	base page; read outside of the timed region, and only for get
 * @reserved: zero
 */
struct daxpin_call {
	__u64 ns;
	__u32 asked;
	__s32 got;
	__u8 order;
	__u8 reserved[7];
};

/**
 * struct daxpin_measure - DAXPIN_IOC_MEASURE: get and put a range, timing each call
 * @size: sizeof(struct daxpin_measure)
 * @version: DAXPIN_UAPI_VERSION
 * @addr: start of the range, page aligned
 * @length: bytes, a multiple of the page size, not 0
 * @get: enum daxpin_get
 * @put: enum daxpin_put
 * @pages_per_call: pages per get call, 1..max_pages_per_call
 * @put_pages_per_call: pages per put call; 0: max_pages_per_call
 * @flags: DAXPIN_WRITE, DAXPIN_COLD
 * @put_order: enum daxpin_put_order; all but the sequential one go with
 *	DAXPIN_PUT_PAGES, DAXPIN_PUT_PAGES_DIRTY and DAXPIN_PUT_PAGE only
 * @get_calls: address of an array of struct daxpin_call that receives one
 *	entry per get call in order, or 0
 * @put_calls: the same for put
 * @get_calls_max: entries of @get_calls; calls beyond it are made and counted
 *	but not stored
 * @put_calls_max: the same for put
 * @get_calls_made: out, get calls made
 * @put_calls_made: out, put calls made
 * @get_ns: out, sum of the times of all get calls
 * @put_ns: out, sum of the times of all put calls
 * @pages_got: out, pages got in all; all of them have been put on return
 * @memory_peak_bytes: out, most memory the module had allocated for this call
 * @rounds: out, 1 when everything was got before anything was put; more when
 *	the pages were too scattered for max_runs and had to be put in between
 * @error: out, 0, or the negative errno that ended the get loop early: what
 *	get returned, -EINTR for a signal, also one while pages were held or made
 *	cold; a short get sets it to 0 and leaves pages_got below the pages asked
 *	for
 * @put_seed: of DAXPIN_PUT_ORDER_SHUFFLED; with others 0
 * @hold_ms: how long everything that was got is held before it is put,
 *	0..DAXPIN_MAX_HOLD_MS; a signal ends it (see @error). Not what had to be
 *	put in between (see @rounds), and not after an error. A dax device cannot
 *	be unbound meanwhile.
 * @put_unit: of DAXPIN_PUT_ORDER_INTERLEAVED: pages of a unit, a power of two up to
 *	max_pages_per_call; or 0: as many as the compound page has that the first
 *	page got belongs to. With others 0. A unit begins at a page frame number
 *	that is a multiple of it, and is not larger than a put call, rounded up to
 *	a power of two.
 * @reserved: must be zero
 *
 * The order in which pages are put is made within each put call (see
 * put_pages_per_call), before it and not timed.
 *
 * DAXPIN_COLD: when everything is got, and has been held, the struct pages got are
 * flushed from the caches of all CPUs (CLFLUSH), then the caches of this CPU are
 * emptied (WBINVD, which a hypervisor may ignore). That is done once in a round,
 * before its first put call: later ones find cold what those before them have left
 * alone. It takes long if the memmap is large; a signal ends it (see @error). The
 * whole machine suffers: it needs CAP_SYS_ADMIN.
 *
 * The whole range is charged to the RLIMIT_MEMLOCK of the caller during the
 * call, as ib_umem_get() does: -ENOMEM without CAP_IPC_LOCK beyond the limit.
 * The order is that of the kernel's gup_test: all of the range is got, then all
 * of it is put. Between the two only runs of contiguous pages are kept.
 *
 * A put variant that dirties pages goes with DAXPIN_WRITE only: file systems may
 * not expect a page that nobody got for writing to be dirtied.
 *
 * Return: 0 when a get was tried, whatever came of it (see @error). Before:
 * -EINVAL, -EFAULT (not user addresses), -ENOMEM, -EOPNOTSUPP (variant not
 * offered by this kernel, or DAXPIN_COLD not by this machine), -EPERM (DAXPIN_COLD
 * without CAP_SYS_ADMIN). After: -EFAULT when a result could not be stored,
 * -ENOMEM when the module got no memory for its runs, -ENODEV when a device that
 * the pages are of is being unbound, -E2BIG when they are of more than 16
 * devices; nothing stays pinned.
 */
struct daxpin_measure {
	__u32 size;
	__u32 version;
	__u64 addr;
	__u64 length;
	__u32 get;
	__u32 put;
	__u32 pages_per_call;
	__u32 put_pages_per_call;
	__u32 flags;
	__u32 put_order;
	__u64 get_calls;
	__u64 put_calls;
	__u64 get_calls_max;
	__u64 put_calls_max;
	__u64 get_calls_made;
	__u64 put_calls_made;
	__u64 get_ns;
	__u64 put_ns;
	__u64 pages_got;
	__u64 memory_peak_bytes;
	__u32 rounds;
	__s32 error;
	__u64 put_seed;
	__u32 hold_ms;
	__u32 put_unit;
	__u64 reserved[2];
};

/**
 * struct daxpin_hold - DAXPIN_IOC_HOLD: pin a range until release
 * @size: sizeof(struct daxpin_hold)
 * @version: DAXPIN_UAPI_VERSION
 * @addr: start of the range, page aligned
 * @length: bytes, a multiple of the page size, not 0
 * @get: enum daxpin_get, one of the pinning variants (not GUP or GUP_FAST)
 * @pages_per_call: pages per get call, 1..max_pages_per_call
 * @flags: DAXPIN_WRITE or 0
 * @reserved0: must be zero
 * @id: out, names the hold for DAXPIN_IOC_RELEASE, never 0
 * @pages: out, pages held
 * @reserved: must be zero
 *
 * All or nothing: a short get is undone and answered with -EFAULT. The pages
 * stay charged to the process that holds them until they are released by
 * DAXPIN_IOC_RELEASE, from whatever process, or by close of the last reference to
 * the file, which the death of all processes that have it open implies.
 *
 * Until then a dax device that has pages in the hold cannot be unbound: the
 * attempt waits, and not even SIGKILL ends it. A process that has the file open
 * must not unbind the device itself unless somebody else can release.
 *
 * Return: 0; -EINVAL, -EFAULT, -EINTR, -EOPNOTSUPP; -ENOMEM beyond
 * RLIMIT_MEMLOCK or without memory for runs; -E2BIG when the pages are too
 * scattered for max_runs or of more than 16 devices; -ENODEV when their device
 * is being unbound; -ENOSPC beyond max_holds; else what get returned.
 */
struct daxpin_hold {
	__u32 size;
	__u32 version;
	__u64 addr;
	__u64 length;
	__u32 get;
	__u32 pages_per_call;
	__u32 flags;
	__u32 reserved0;
	__u64 id;
	__u64 pages;
	__u64 reserved[4];
};

/**
 * struct daxpin_release - DAXPIN_IOC_RELEASE: unpin a hold
 * @size: sizeof(struct daxpin_release)
 * @version: DAXPIN_UAPI_VERSION
 * @id: a hold of this open file, or 0 for all of them
 * @pages: out, pages released
 * @reserved: must be zero
 *
 * Return: 0; -ENOENT when there is no such hold (never for id 0); -EINVAL.
 */
struct daxpin_release {
	__u32 size;
	__u32 version;
	__u64 id;
	__u64 pages;
	__u64 reserved[4];
};

/*
 * The size in an ioctl number would change when a structure grows, so the
 * numbers carry none: the size is in the structure.
 */
#define DAXPIN_IOC_MAGIC 0xDA
#define DAXPIN_IOC_QUERY _IO(DAXPIN_IOC_MAGIC, 0x01)
#define DAXPIN_IOC_MEASURE _IO(DAXPIN_IOC_MAGIC, 0x02)
#define DAXPIN_IOC_HOLD _IO(DAXPIN_IOC_MAGIC, 0x03)
#define DAXPIN_IOC_RELEASE _IO(DAXPIN_IOC_MAGIC, 0x04)

#endif /* _UAPI_DAXPIN_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/daxpin: pins ranges of the caller's memory in the way that drivers do
 * and says how long it took. See uapi/daxpin.h.
 */
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "internal.h"
#include "uapi/daxpin_mark.h"

/* Any structure of the UAPI. */
union daxpin_arg {
	struct {
		u32 size;
		u32 version;
	};
	struct daxpin_query query;
	struct daxpin_measure measure;
	struct daxpin_hold hold;
	struct daxpin_release release;
};

int daxpin_check_range(u64 addr, u64 length, u32 flags)
{
	if (flags & ~DAXPIN_WRITE)
		return -EINVAL;
	if (!length || !PAGE_ALIGNED(addr) || !PAGE_ALIGNED(length) ||
	    addr + length < addr)
		return -EINVAL;
	if (!access_ok((void __user *)addr, length))
		return -EFAULT;
	return 0;
}

static bool daxpin_is_zero(const u64 *reserved, size_t size)
{
	return !memchr_inv(reserved, 0, size);
}

/*
 * Version 1 is the first, so nobody knows less than today's structures. Any
 * later one must be the same followed by zeroes.
 */
static int daxpin_copy_in(union daxpin_arg *to, size_t size,
			  const void __user *from)
{
	u32 user_size;
	int ret;

	if (get_user(user_size, (const u32 __user *)from))
		return -EFAULT;
	if (user_size < size || user_size > PAGE_SIZE)
		return -EINVAL;
	ret = copy_struct_from_user(to, size, from, user_size);
	if (ret)
		return ret == -E2BIG ? -EINVAL : ret;
	/* The size that was checked counts, not what it has become since. */
	to->size = user_size;
	return to->version == DAXPIN_UAPI_VERSION ? 0 : -EINVAL;
}

static int daxpin_copy_out(void __user *to, const union daxpin_arg *from,
			   size_t size)
{
	return copy_to_user(to, from, size) ? -EFAULT : 0;
}

static long daxpin_ioctl_query(struct daxpin_file *file, void __user *user)
{
	union daxpin_arg arg;
	struct daxpin_query *query = &arg.query;
	int ret = daxpin_copy_in(&arg, sizeof(*query), user);

	if (ret)
		return ret;
	if (!daxpin_is_zero(query->reserved, sizeof(query->reserved)))
		return -EINVAL;

	query->get_variants = daxpin_get_variants();
	query->put_variants = daxpin_put_variants();
	query->page_size = PAGE_SIZE;
	query->max_pages_per_call = DAXPIN_MAX_PAGES_PER_CALL;
	query->max_runs = DAXPIN_MAX_RUNS;
	query->max_holds = DAXPIN_MAX_HOLDS;
	mutex_lock(&file->lock);
	query->holds = file->nr_holds;
	query->held_pages = file->held_pages;
	mutex_unlock(&file->lock);
	spin_lock(&file->memory_lock);
	query->memory_bytes = file->memory;
	query->memory_peak_bytes = file->memory_peak;
	spin_unlock(&file->memory_lock);
	memset(query->module_version, 0, sizeof(query->module_version));
	memcpy(query->module_version, DAXPIN_VERSION, sizeof(DAXPIN_VERSION));
	query->put_orders = BIT(DAXPIN_PUT_ORDER_COUNT) - 1;
	query->features = DAXPIN_FEATURE_HOLD_MS;
	if (compat_can_evict())
		query->features |= DAXPIN_FEATURE_COLD;
	return daxpin_copy_out(user, &arg, sizeof(*query));
}

static long daxpin_ioctl_measure(struct daxpin_file *file, void __user *user)
{
	union daxpin_arg arg;
	struct daxpin_measure *measure = &arg.measure;
	int ret = daxpin_copy_in(&arg, sizeof(*measure), user);

	if (ret)
		return ret;
	if (!daxpin_is_zero(measure->reserved, sizeof(measure->reserved)))
		return -EINVAL;
	ret = daxpin_measure(file, measure);
	return ret ?: daxpin_copy_out(user, &arg, sizeof(*measure));
}

static long daxpin_ioctl_hold(struct daxpin_file *file, void __user *user)
{
	struct daxpin_hold_entry *entry;
	union daxpin_arg arg;
	struct daxpin_hold *hold = &arg.hold;
	int ret = daxpin_copy_in(&arg, sizeof(*hold), user);

	if (ret)
		return ret;
	if (hold->reserved0 ||
	    !daxpin_is_zero(hold->reserved, sizeof(hold->reserved)))
		return -EINVAL;
	ret = daxpin_hold(file, hold, &entry);
	if (ret)
		return ret;
	ret = daxpin_copy_out(user, &arg, sizeof(*hold));
	if (ret)
		daxpin_hold_abort(file, entry);
	else
		daxpin_hold_commit(file, entry);
	return ret;
}

static long daxpin_ioctl_release(struct daxpin_file *file, void __user *user)
{
	union daxpin_arg arg;
	struct daxpin_release *release = &arg.release;
	int ret = daxpin_copy_in(&arg, sizeof(*release), user);

	if (ret)
		return ret;
	if (!daxpin_is_zero(release->reserved, sizeof(release->reserved)))
		return -EINVAL;
	ret = daxpin_release(file, release);
	return ret ?: daxpin_copy_out(user, &arg, sizeof(*release));
}

static long daxpin_ioctl(struct file *filp, unsigned int cmd,
			 unsigned long user_addr)
{
	struct daxpin_file *file = filp->private_data;
	void __user *user = (void __user *)user_addr;

	switch (cmd) {
	case DAXPIN_IOC_QUERY:
		return daxpin_ioctl_query(file, user);
	case DAXPIN_IOC_MEASURE:
		return daxpin_ioctl_measure(file, user);
	case DAXPIN_IOC_HOLD:
		return daxpin_ioctl_hold(file, user);
	case DAXPIN_IOC_RELEASE:
		return daxpin_ioctl_release(file, user);
	default:
		return -ENOTTY;
	}
}

static int daxpin_open(struct inode *inode, struct file *filp)
{
	struct daxpin_file *file;
	size_t size = sizeof(*file);

	file = kzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	INIT_LIST_HEAD(&file->holds);
	spin_lock_init(&file->memory_lock);
	file->memory = size;
	file->memory_peak = size;
	filp->private_data = file;
	return nonseekable_open(inode, filp);
}

static int daxpin_close(struct inode *inode, struct file *filp)
{
	struct daxpin_file *file = filp->private_data;
	struct daxpin_release all = { };

	daxpin_release(file, &all);
	/* Whatever is still counted here has leaked. */
	WARN_ON_ONCE(file->memory != sizeof(*file) || file->slots);
	kfree(file);
	return 0;
}

static const struct file_operations daxpin_fops = {
	.owner = THIS_MODULE,
	.open = daxpin_open,
	.release = daxpin_close,
	.unlocked_ioctl = daxpin_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice daxpin_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "daxpin",
	.fops = &daxpin_fops,
	.mode = 0600,
};

/* Tells the plugin of QEMU, if there is one, where interrupts begin. */
static void daxpin_mark_idt(void)
{
#ifdef CONFIG_X86_64
	struct {
		u16 limit;
		u64 base;
	} __packed idt;

	asm volatile("sidt %0" : "=m"(idt));
	daxpin_mark(DAXPIN_MARK_IDT, (unsigned long)&idt);
#endif
}

static int __init daxpin_init(void)
{
	daxpin_mark_idt();
	return misc_register(&daxpin_device);
}
module_init(daxpin_init);

static void __exit daxpin_exit(void)
{
	misc_deregister(&daxpin_device);
}
module_exit(daxpin_exit);

MODULE_DESCRIPTION("Measures pinning and unpinning of user memory");
MODULE_AUTHOR("The daxpin authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(DAXPIN_VERSION);

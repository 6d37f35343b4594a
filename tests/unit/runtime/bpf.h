/* A machine for the part of classic BPF that seccomp filters use, for tests. */
#pragma once

#include <glib.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

/* What the filter answers to a call: SECCOMP_RET_* with its data.  Fails the test on a program that
 * the kernel would refuse. */
guint32 bpf_run (const struct sock_filter *program, gsize count, const struct seccomp_data *data);

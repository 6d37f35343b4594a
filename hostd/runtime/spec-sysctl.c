/* linux.sysctl: which kernel parameters belong to a namespace; all others are the host's. */
#include "runtime/spec-internal.h"

#include <sched.h>
#include <string.h>

static const struct
{
  const char *prefix;
  bool whole; /* not only a prefix */
  int64_t namespace_;
} parameters[] = {
  { "kernel.msgmax", true, CLONE_NEWIPC },     { "kernel.msgmnb", true, CLONE_NEWIPC },
  { "kernel.msgmni", true, CLONE_NEWIPC },     { "kernel.sem", true, CLONE_NEWIPC },
  { "kernel.shmall", true, CLONE_NEWIPC },     { "kernel.shmmax", true, CLONE_NEWIPC },
  { "kernel.shmmni", true, CLONE_NEWIPC },     { "kernel.shm_rmid_forced", true, CLONE_NEWIPC },
  { "fs.mqueue.", false, CLONE_NEWIPC },       { "net.", false, CLONE_NEWNET },
  { "kernel.domainname", true, CLONE_NEWUTS },
};

#define N_PARAMETERS (sizeof parameters / sizeof *parameters)

/* Names are written with "." or "/" (sysctl(8)). */
static bool
is_named (const char *name, const char *prefix, bool whole)
{
  size_t i = 0;
  for (; prefix[i] != '\0'; i++)
    if ((name[i] == '/' ? '.' : name[i]) != prefix[i])
      return false;
  return whole == (name[i] == '\0');
}

static int
check (const rt_spec *spec, const char *name, hd_err *err)
{
  size_t row = 0;
  if (strstr (name, "..") != NULL || strstr (name, "./") != NULL || strstr (name, "/.") != NULL)
    return hd_err_set (err, HD_CONFIG, NULL, "linux.sysctl.%.80s: is not the name of a parameter",
                       name);
  if (is_named (name, "kernel.hostname", true))
    return hd_err_set (err, HD_CONFIG, "use the member hostname",
                       "linux.sysctl.%.80s: is not allowed, it conflicts with hostname", name);
  while (row < N_PARAMETERS && !is_named (name, parameters[row].prefix, parameters[row].whole))
    row++;
  if (row == N_PARAMETERS)
    return hd_err_set (err, HD_CONFIG, "set it on the host",
                       "linux.sysctl.%.80s: is of no namespace, it would change the host", name);
  if (rt_spec_namespace (spec, parameters[row].namespace_) != NULL)
    return 0;
  return hd_err_set (err, HD_CONFIG, NULL, "linux.sysctl.%.80s: needs a namespace of type %s", name,
                     rt_word_name (rt_namespace_words, parameters[row].namespace_));
}

int
rt_spec_check_sysctl (const rt_spec *spec, hd_err *err)
{
  for (size_t i = 0; i < spec->linux_->sysctl.count; i++)
    if (check (spec, spec->linux_->sysctl.items[i].key, err) < 0)
      return -EINVAL;
  return 0;
}

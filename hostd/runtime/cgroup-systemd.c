/* The systemd driver: a transient scope for each container, asked for over D-Bus.
 *
 * systemd makes the folder and keeps its hands off what is below (Delegate=).  It still writes the
 * limits of the scope itself, at every reload, so they are told to it too.  libsystemd pulls in
 * five libraries: it is loaded here and nowhere else.
 */
#include "runtime/cgroup-internal.h"

#include <ctype.h>
#include <dlfcn.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "runtime/numberlist.h"
#include "runtime/userns.h"

#define SERVICE "org.freedesktop.systemd1"
#define OBJECT "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"
#define PROPERTY_ANNOTATION "org.systemd.property."
#define NUMBERS_MAX 8192
#define FILE_BYTES_MAX (1u << 20)
#define TAKE_BACK_ROUNDS 100
#define TAKE_BACK_WAIT_US 10000
#define JOB_TIMEOUT_US (30 * UINT64_C (1000000))

/* libsystemd */

typedef struct
{
  __typeof__ (sd_bus_open_system) *open_system;
  __typeof__ (sd_bus_open_user) *open_user;
  __typeof__ (sd_bus_new) *new_bus;
  __typeof__ (sd_bus_set_address) *set_address;
  __typeof__ (sd_bus_start) *start;
  __typeof__ (sd_bus_flush_close_unref) *close;
  __typeof__ (sd_bus_match_signal) *match_signal;
  __typeof__ (sd_bus_process) *process;
  __typeof__ (sd_bus_wait) *wait;
  __typeof__ (sd_bus_call) *call;
  __typeof__ (sd_bus_message_new_method_call) *new_call;
  __typeof__ (sd_bus_message_append) *append;
  __typeof__ (sd_bus_message_append_array) *append_array;
  __typeof__ (sd_bus_message_open_container) *open_container;
  __typeof__ (sd_bus_message_close_container) *close_container;
  __typeof__ (sd_bus_message_read) *read;
  __typeof__ (sd_bus_message_unref) *unref;
  __typeof__ (sd_bus_error_free) *error_free;
  sd_bus *bus;
  const char *job; /* that is waited for */
  char result[32]; /* of that job, "" until it has one */
  bool called;
  bool refused; /* systemd has answered with an error */
} systemd;

static int
load_library (systemd *s, hd_err *err)
{
  const struct
  {
    void **function;
    const char *name;
  } rows[] = {
    { (void **)&s->open_system, "sd_bus_open_system" },
    { (void **)&s->open_user, "sd_bus_open_user" },
    { (void **)&s->new_bus, "sd_bus_new" },
    { (void **)&s->set_address, "sd_bus_set_address" },
    { (void **)&s->start, "sd_bus_start" },
    { (void **)&s->close, "sd_bus_flush_close_unref" },
    { (void **)&s->match_signal, "sd_bus_match_signal" },
    { (void **)&s->process, "sd_bus_process" },
    { (void **)&s->wait, "sd_bus_wait" },
    { (void **)&s->call, "sd_bus_call" },
    { (void **)&s->new_call, "sd_bus_message_new_method_call" },
    { (void **)&s->append, "sd_bus_message_append" },
    { (void **)&s->append_array, "sd_bus_message_append_array" },
    { (void **)&s->open_container, "sd_bus_message_open_container" },
    { (void **)&s->close_container, "sd_bus_message_close_container" },
    { (void **)&s->read, "sd_bus_message_read" },
    { (void **)&s->unref, "sd_bus_message_unref" },
    { (void **)&s->error_free, "sd_bus_error_free" },
  };
  void *library = dlopen ("libsystemd.so.0", RTLD_NOW);
  if (library == NULL)
    return hd_err_set (err, HD_FAILED, "install libsystemd0, or use --cgroup-manager=cgroupfs",
                       "the systemd cgroup driver: %s", dlerror ());
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if ((*rows[i].function = dlsym (library, rows[i].name)) == NULL)
      return hd_err_set (err, HD_FAILED, NULL, "the systemd cgroup driver: %s", dlerror ());
  return 0;
}

/* The address of systemd's own socket, the user's or the machine's, in D-Bus' form: what is no
 * letter, digit or one of a few marks is "%XX" (specification, "Server Addresses"). */
static int
private_address (bool system, char *buffer, size_t size)
{
  char usual[32];
  snprintf (usual, sizeof usual, "/run/user/%u", (unsigned)getuid ());
  const char *folder = system ? "/run" : getenv ("XDG_RUNTIME_DIR");
  if (folder == NULL)
    folder = usual;
  int n = snprintf (buffer, size, "unix:path=");
  for (const char *c = folder; *c != '\0' && (size_t)n + 32 < size; c++)
    n += snprintf (buffer + n, size - (size_t)n,
                   isalnum ((unsigned char)*c) || strchr ("-_/.\\*", *c) != NULL ? "%c" : "%%%02x",
                   (unsigned char)*c);
  n += snprintf (buffer + n, size - (size_t)n, "/systemd/private");
  return (size_t)n < size ? 0 : -ENAMETOOLONG;
}

/* The bus, or where there is none, systemd itself. */
static int
connect_bus (systemd *s, hd_err *err)
{
  char address[256];
  int r = load_library (s, err);
  if (r < 0)
    return r;
  const bool system = rt_is_host_root ();
  r = system ? s->open_system (&s->bus) : s->open_user (&s->bus);
  if (r < 0 && (r = s->new_bus (&s->bus)) >= 0
      && (r = private_address (system, address, sizeof address)) >= 0
      && (r = s->set_address (s->bus, address)) >= 0)
    r = s->start (s->bus);
  if (r < 0)
    {
      hd_err_set (err, HD_NO_BUS,
                  system ? "use --cgroup-manager=cgroupfs where systemd does not run"
                         : "log in, or use loginctl enable-linger; or --cgroup-manager=cgroupfs",
                  "the systemd cgroup driver: connecting to the %s bus: %s",
                  system ? "system" : "user's", strerror (-r));
      s->bus = s->close (s->bus);
      return r;
    }
  return 0;
}

/* Jobs */

static int
on_job_removed (sd_bus_message *message, void *data, sd_bus_error *error)
{
  systemd *s = data;
  const char *job, *unit, *result;
  uint32_t id;
  (void)error;
  if (s->read (message, "uoss", &id, &job, &unit, &result) >= 0 && s->job != NULL
      && strcmp (job, s->job) == 0)
    snprintf (s->result, sizeof s->result, "%s", result);
  return 0;
}

static uint64_t
now_us (void)
{
  struct timespec time;
  clock_gettime (CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static int
wait_for_job (systemd *s, const char *job, const char *unit, hd_err *err)
{
  const uint64_t end = now_us () + JOB_TIMEOUT_US;
  s->job = job;
  s->result[0] = '\0';
  while (s->result[0] == '\0')
    {
      int r = s->process (s->bus, NULL);
      const uint64_t now = now_us ();
      if (r == 0 && now < end)
        r = s->wait (s->bus, end - now);
      if (r < 0)
        return hd_err_set_errno (err, -r, "waiting for systemd's job of %s", unit);
      if (now >= end)
        return hd_err_set (err, HD_FAILED, NULL, "systemd's job of %s takes too long", unit);
    }
  if (strcmp (s->result, "done") == 0)
    return 0;
  return hd_err_set (err, HD_FAILED, "see systemctl status and the journal",
                     "systemd's job of %s: %s", unit, s->result);
}

/* Is this an error that systemd sent, and not one of the way to it? */
static bool
is_answer (const char *name)
{
  static const char *const of_the_way[]
      = { "System.Error.", "org.freedesktop.DBus.Error.IOError",
          "org.freedesktop.DBus.Error.Disconnected", "org.freedesktop.DBus.Error.NoReply",
          "org.freedesktop.DBus.Error.Timeout" };
  for (size_t i = 0; name != NULL && i < sizeof of_the_way / sizeof *of_the_way; i++)
    if (strncmp (name, of_the_way[i], strlen (of_the_way[i])) == 0)
      return false;
  return name != NULL;
}

/* Call, and with `job` wait until the job that the answer names has ended.  -ENOENT when there is
 * no such unit. */
static int
call (systemd *s, sd_bus_message *message, const char *unit, bool job, hd_err *err)
{
  sd_bus_error error = SD_BUS_ERROR_NULL;
  sd_bus_message *reply = NULL;
  const char *path;
  s->called = true;
  int r = s->call (s->bus, message, 0, &error, &reply);
  if (r < 0)
    {
      const bool gone = error.name != NULL && strcmp (error.name, SERVICE ".NoSuchUnit") == 0;
      hd_err_set (err, HD_FAILED, NULL, "systemd refused %s: %s", unit,
                  error.message != NULL ? error.message : strerror (-r));
      r = gone ? -ENOENT : r;
      s->refused = is_answer (error.name);
    }
  else if (job && (r = s->read (reply, "o", &path)) >= 0)
    r = wait_for_job (s, path, unit, err);
  s->error_free (&error);
  s->unref (reply);
  return r < 0 ? r : 0;
}

/* Properties */

static int
add_number (systemd *s, sd_bus_message *m, const char *name, uint64_t value)
{
  return s->append (m, "(sv)", name, "t", value);
}

static uint64_t
limit_of (int64_t value)
{
  return value < 0 ? UINT64_MAX : (uint64_t)value;
}

static int
add_memory (systemd *s, sd_bus_message *m, const rt_memory *memory, bool v2)
{
  int r = 0;
  if (memory->limit.set && memory->limit.value != 0)
    r = add_number (s, m, v2 ? "MemoryMax" : "MemoryLimit", limit_of (memory->limit.value));
  if (r >= 0 && v2 && memory->reservation.set && memory->reservation.value != 0)
    r = add_number (s, m, "MemoryLow", limit_of (memory->reservation.value));
  if (r >= 0 && v2 && !memory->swap.set && memory->limit.set && memory->limit.value < 0)
    r = add_number (s, m, "MemorySwapMax", UINT64_MAX);
  if (r >= 0 && v2 && memory->swap.set)
    {
      uint64_t swap = limit_of (memory->swap.value);
      if (memory->swap.value > 0 && memory->limit.set && memory->limit.value > 0
          && memory->swap.value >= memory->limit.value)
        swap -= (uint64_t)memory->limit.value;
      r = add_number (s, m, "MemorySwapMax", swap);
    }
  return r;
}

/* systemd counts in steps of 10 ms of each second; it would round down what does not fit. */
static uint64_t
quota_per_second_us (int64_t quota, uint64_t period)
{
  if (quota <= 0)
    return UINT64_MAX;
  uint64_t us = (uint64_t)quota * 1000000 / period;
  return us % 10000 != 0 ? (us / 10000 + 1) * 10000 : us;
}

/* What of quota and period is not given is what it is now: systemd wants to know their ratio. */
static void
current_quota (const rt_cgroup *cgroup, int64_t *quota, uint64_t *period)
{
  const rt_cgroup_entry *entry = rt_cgroup_entry_of (cgroup, "cpu");
  char text[64];
  long long number;
  unsigned long long positive;
  *quota = -1;
  *period = 100000;
  if (cgroup->ops == &rt_cgroup_v2)
    {
      if (cgroup->count == 0
          || rt_cgroup_read (cgroup->entries[0].path, "cpu.max", text, sizeof text) < 0)
        return;
      if (sscanf (text, "%lld %llu", &number, &positive) == 2)
        *quota = number;
      else if (sscanf (text, "max %llu", &positive) != 1)
        return;
      *period = positive;
    }
  else if (entry != NULL)
    {
      if (rt_cgroup_read (entry->path, "cpu.cfs_quota_us", text, sizeof text) == 0
          && sscanf (text, "%lld", &number) == 1)
        *quota = number;
      *period = rt_cgroup_read_number (entry->path, "cpu.cfs_period_us", *period);
    }
}

static int
add_quota (systemd *s, sd_bus_message *m, int64_t quota, uint64_t period)
{
  int r = add_number (s, m, "CPUQuotaPerSecUSec", quota_per_second_us (quota, period));
  return r < 0 ? r : add_number (s, m, "CPUQuotaPeriodUSec", period);
}

/* A list of numbers as systemd wants it: the bits of bytes. */
static int
add_number_set (systemd *s, sd_bus_message *m, const char *name, const char *list)
{
  uint64_t bits[NUMBERS_MAX / 64] = { 0 };
  size_t used = 0;
  if (rt_number_list_parse (list, NUMBERS_MAX, bits, &used) < 0)
    return -EINVAL;
  for (size_t i = 0; i < used / sizeof *bits; i++)
    bits[i] = htole64 (bits[i]);
  int r = s->open_container (m, 'r', "sv");
  if (r >= 0)
    r = s->append (m, "s", name);
  if (r >= 0)
    r = s->open_container (m, 'v', "ay");
  if (r >= 0)
    r = s->append_array (m, 'y', bits, used);
  for (int i = 0; r >= 0 && i < 2; i++)
    r = s->close_container (m);
  return r;
}

static int
add_cpu (systemd *s, sd_bus_message *m, const rt_cgroup *cgroup, const rt_cpu *cpu)
{
  const bool v2 = cgroup->ops == &rt_cgroup_v2;
  const bool has_quota = cpu->quota.set && cpu->quota.value != 0;
  const bool has_period = cpu->period.set && cpu->period.value != 0;
  int64_t quota;
  uint64_t period;
  int r = 0;
  if (cpu->shares.set && cpu->shares.value != 0)
    r = v2 ? add_number (s, m, "CPUWeight", rt_cgroup_weight_of_shares (cpu->shares.value))
           : add_number (s, m, "CPUShares", cpu->shares.value);
  if (r >= 0 && (has_quota || has_period))
    {
      current_quota (cgroup, &quota, &period);
      r = add_quota (s, m, has_quota ? cpu->quota.value : quota,
                     has_period ? cpu->period.value : period);
    }
  if (r >= 0 && v2 && cpu->cpus != NULL && cpu->cpus[0] != '\0')
    r = add_number_set (s, m, "AllowedCPUs", cpu->cpus);
  if (r >= 0 && v2 && cpu->mems != NULL && cpu->mems[0] != '\0')
    r = add_number_set (s, m, "AllowedMemoryNodes", cpu->mems);
  return r;
}

/* What of the unified map systemd has properties for. */
static int
add_unified (systemd *s, sd_bus_message *m, const rt_map *unified)
{
  static const struct
  {
    const char *key, *property;
  } numbers[] = {
    { "memory.min", "MemoryMin" },          { "memory.low", "MemoryLow" },
    { "memory.high", "MemoryHigh" },        { "memory.max", "MemoryMax" },
    { "memory.swap.max", "MemorySwapMax" }, { "pids.max", "TasksMax" },
    { "cpu.weight", "CPUWeight" },
  };
  int r = 0;
  for (size_t i = 0; r >= 0 && i < unified->count; i++)
    {
      const char *key = unified->items[i].key, *value = unified->items[i].value;
      long long quota = -1;
      unsigned long long period = 100000;
      for (size_t j = 0; r >= 0 && j < sizeof numbers / sizeof *numbers; j++)
        if (strcmp (numbers[j].key, key) == 0)
          r = add_number (s, m, numbers[j].property,
                          strcmp (value, "max") == 0 ? UINT64_MAX : strtoull (value, NULL, 10));
      if (strcmp (key, "cpu.max") == 0
          && (sscanf (value, "max %llu", &period) == 1
              || sscanf (value, "%lld %llu", &quota, &period) >= 1 || strcmp (value, "max") == 0))
        r = add_quota (s, m, quota, period != 0 ? period : 100000);
      if (strcmp (key, "cpuset.cpus") == 0)
        r = add_number_set (s, m, "AllowedCPUs", value);
      if (strcmp (key, "cpuset.mems") == 0)
        r = add_number_set (s, m, "AllowedMemoryNodes", value);
    }
  return r;
}

static int
add_limits (systemd *s, sd_bus_message *m, const rt_cgroup *cgroup, const rt_resources *res)
{
  const bool v2 = cgroup->ops == &rt_cgroup_v2;
  int r = 0;
  if (res->memory != NULL)
    r = add_memory (s, m, res->memory, v2);
  if (r >= 0 && res->cpu != NULL)
    r = add_cpu (s, m, cgroup, res->cpu);
  if (r >= 0 && res->pids != NULL && res->pids->limit.set)
    r = add_number (s, m, "TasksMax",
                    limit_of (res->pids->limit.value > 0 ? res->pids->limit.value : -1));
  if (r >= 0 && res->block_io != NULL && res->block_io->weight.set
      && res->block_io->weight.value != 0)
    r = v2 ? add_number (s, m, "IOWeight", rt_cgroup_weight_of_blkio (res->block_io->weight.value))
           : add_number (s, m, "BlockIOWeight", res->block_io->weight.value);
  /* Last, for it has the last word in the files, too. */
  return r < 0 || !v2 ? r : add_unified (s, m, &res->unified);
}

/* As systemd names devices: "/dev/char/1:3", "char-136" for every minor, "char-*". */
static void
device_name (const rt_device_rule *rule, char *buffer, size_t size)
{
  const char *kind = rule->type[0] == 'b' ? "block" : "char";
  if (!rule->major.set || rule->major.value < 0)
    snprintf (buffer, size, "%s-*", kind);
  else if (!rule->minor.set || rule->minor.value < 0)
    snprintf (buffer, size, "%s-%" PRId64, kind, rule->major.value);
  else
    snprintf (buffer, size, "/dev/%s/%" PRId64 ":%" PRId64, kind, rule->major.value,
              rule->minor.value);
}

/* On version 1 a reload would let the scope have every device if systemd did not know better.  It
 * knows no rules that deny, and needs none: our own, in the files, are stricter. */
static int
add_devices (systemd *s, sd_bus_message *m, const rt_resources *res, rt_arena *arena)
{
  rt_device_rules rules = rt_cgroup_device_rules (res, arena);
  for (size_t i = 0; i < rules.count; i++)
    if (rules.items[i].type == NULL || rules.items[i].type[0] == '\0'
        || rules.items[i].type[0] == 'a')
      return 0;
  int r = s->append (m, "(sv)", "DevicePolicy", "s", "strict");
  if (r < 0 || (r = s->open_container (m, 'r', "sv")) < 0
      || (r = s->append (m, "s", "DeviceAllow")) < 0
      || (r = s->open_container (m, 'v', "a(ss)")) < 0
      || (r = s->open_container (m, 'a', "(ss)")) < 0)
    return r;
  for (size_t i = 0; r >= 0 && i < rules.count; i++)
    {
      const rt_device_rule *rule = &rules.items[i];
      char name[64];
      if (!rule->allow)
        continue;
      device_name (rule, name, sizeof name);
      r = s->append (m, "(ss)", name,
                     rule->access != NULL && rule->access[0] != '\0' ? rule->access : "rwm");
    }
  for (int i = 0; r >= 0 && i < 3; i++)
    r = s->close_container (m);
  return r;
}

/* A value in the text form of GVariant, as peers take it: 'text', true, uint64 5, 5. */
static int
add_annotation (systemd *s, sd_bus_message *m, const char *name, const char *value, rt_arena *arena)
{
  const size_t length = strlen (value);
  long long number;
  unsigned long long positive;
  if (length >= 2 && (value[0] == '\'' || value[0] == '"') && value[length - 1] == value[0])
    return s->append (m, "(sv)", name, "s",
                      rt_printf (arena, "%.*s", (int)(length - 2), value + 1));
  if (strcmp (value, "true") == 0 || strcmp (value, "false") == 0)
    return s->append (m, "(sv)", name, "b", value[0] == 't');
  if (sscanf (value, "uint64 %llu", &positive) == 1)
    return s->append (m, "(sv)", name, "t", (uint64_t)positive);
  if (sscanf (value, "uint32 %llu", &positive) == 1)
    return s->append (m, "(sv)", name, "u", (uint32_t)positive);
  if (sscanf (value, "int64 %lld", &number) == 1)
    return s->append (m, "(sv)", name, "x", (int64_t)number);
  if (sscanf (value, "%lld", &number) == 1)
    return s->append (m, "(sv)", name, "i", (int32_t)number);
  return -EINVAL;
}

static int
add_annotations (systemd *s, sd_bus_message *m, const rt_cgroup *cgroup, hd_err *err)
{
  const size_t prefix = strlen (PROPERTY_ANNOTATION);
  for (size_t i = 0; cgroup->annotations != NULL && i < cgroup->annotations->count; i++)
    {
      const char *key = cgroup->annotations->items[i].key;
      const char *value = cgroup->annotations->items[i].value;
      if (strncmp (key, PROPERTY_ANNOTATION, prefix) != 0)
        continue;
      if (add_annotation (s, m, key + prefix, value, cgroup->arena) < 0)
        return hd_err_set (err, HD_CONFIG, "use 'text', true, false, uint64 N or N",
                           "annotations[\"%.80s\"]: cannot read %.80s", key, value);
    }
  return 0;
}

/* Names */

static int
check_slice (const char *slice, hd_err *err)
{
  const size_t length = strlen (slice);
  const bool ends = length > 6 && strcmp (slice + length - 6, ".slice") == 0;
  if (ends && strchr (slice, '/') == NULL
      && (strcmp (slice, "-.slice") == 0
          || (slice[0] != '-' && slice[length - 7] != '-' && strstr (slice, "--") == NULL)))
    return 0;
  return hd_err_set (err, HD_CONFIG, NULL, "linux.cgroupsPath: \"%.100s\" is no name of a slice",
                     slice);
}

int
rt_systemd_parse (const char *path, const char *id, rt_cgroup *cgroup, hd_err *err)
{
  const char *usual = rt_is_host_root () ? "system.slice" : "user.slice";
  char *slice = rt_strdup (cgroup->arena, path != NULL ? path : "");
  if (slice[0] == '\0')
    {
      cgroup->slice = usual;
      cgroup->unit = rt_printf (cgroup->arena, "atomic-%s.scope", id);
      return 0;
    }
  char *prefix = strchr (slice, ':');
  char *name = prefix != NULL ? strchr (prefix + 1, ':') : NULL;
  if (name == NULL || name[1] == '\0' || strchr (name + 1, ':') != NULL
      || strchr (prefix, '/') != NULL)
    return hd_err_set (err, HD_CONFIG, "for a path use --cgroup-manager=cgroupfs",
                       "linux.cgroupsPath: expected SLICE:PREFIX:NAME for the systemd driver, got "
                       "\"%.100s\"",
                       path);
  *prefix++ = '\0';
  *name++ = '\0';
  cgroup->slice = slice[0] != '\0' ? slice : usual;
  cgroup->unit = prefix[0] != '\0' ? rt_printf (cgroup->arena, "%s-%s.scope", prefix, name)
                                   : rt_printf (cgroup->arena, "%s.scope", name);
  return check_slice (cgroup->slice, err);
}

const char *
rt_systemd_folder (const char *slice, const char *unit, rt_arena *arena)
{
  const char *folder = "";
  if (strcmp (slice, "-.slice") != 0)
    for (const char *dash = slice; dash != NULL;)
      {
        dash = strchr (dash, '-');
        folder = dash != NULL
                     ? rt_printf (arena, "%s/%.*s.slice", folder, (int)(dash - slice), slice)
                     : rt_printf (arena, "%s/%s", folder, slice);
        dash = dash != NULL ? dash + 1 : NULL;
      }
  return rt_printf (arena, "%s/%s", folder, unit);
}

/* Calls */

/* A scope needs a process from the start, and the container's comes later. */
static pid_t
fork_holder (hd_err *err)
{
  pid_t pid = fork ();
  if (pid < 0)
    return hd_err_set_errno (err, errno, "making the process that holds the scope");
  if (pid > 0)
    return pid;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  syscall (SYS_close_range, 0, ~0U, 0);
  for (;;)
    pause ();
}

/* What systemd calls memory.oom.group, which it writes itself: of scopes since version 253, and
 * only at their start.  NULL: nothing is said of it. */
static const char *
oom_policy (const rt_cgroup *cgroup, const rt_resources *res)
{
  for (size_t i = 0; cgroup->ops == &rt_cgroup_v2 && i < res->unified.count; i++)
    if (strcmp (res->unified.items[i].key, "memory.oom.group") == 0)
      return strcmp (res->unified.items[i].value, "1") == 0 ? "kill" : "continue";
  return NULL;
}

static int
add_scope (systemd *s, sd_bus_message *m, const rt_cgroup *cgroup, pid_t holder,
           const rt_resources *res, const char *policy, hd_err *err)
{
  int r = s->append (m, "ss", cgroup->unit, "fail");
  if (r >= 0)
    r = s->open_container (m, 'a', "(sv)");
  if (r >= 0)
    r = s->append (m, "(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)", "Description", "s", "container", "Slice",
                   "s", cgroup->slice, "Delegate", "b", 1, "DefaultDependencies", "b", 0,
                   "CollectMode", "s", "inactive-or-failed", "PIDs", "au", 1, (uint32_t)holder,
                   "TasksAccounting", "b", 1, "MemoryAccounting", "b", 1);
  if (r >= 0)
    r = add_limits (s, m, cgroup, res);
  if (r >= 0 && policy != NULL)
    r = s->append (m, "(sv)", "OOMPolicy", "s", policy);
  if (r >= 0)
    r = add_devices (s, m, res, cgroup->arena);
  if (r >= 0 && (r = add_annotations (s, m, cgroup, err)) < 0)
    return r;
  if (r >= 0)
    r = s->close_container (m);
  if (r >= 0)
    r = s->append (m, "a(sa(sv))", 0);
  return r < 0 ? hd_err_set_errno (err, -r, "describing %s to systemd", cgroup->unit) : 0;
}

/* Connect, and begin the call that starts a unit. */
static int
begin_start (systemd *s, sd_bus_message **ret, hd_err *err)
{
  int r = connect_bus (s, err);
  if (r < 0)
    return r;
  r = s->match_signal (s->bus, NULL, NULL, OBJECT, MANAGER, "JobRemoved", on_job_removed, s);
  if (r >= 0)
    r = s->new_call (s->bus, ret, SERVICE, OBJECT, MANAGER, "StartTransientUnit");
  return r < 0 ? hd_err_set_errno (err, -r, "calling systemd") : 0;
}

/* Is the process in the unit? */
static bool
is_in_unit (pid_t pid, const char *unit)
{
  hd_autofree char *text = NULL;
  char file[40];
  snprintf (file, sizeof file, "/proc/%d/cgroup", (int)pid);
  if (hd_fs_read (AT_FDCWD, file, FILE_BYTES_MAX, &text, NULL) < 0)
    return false;
  const char *found = strstr (text, unit);
  return found != NULL && found > text && found[-1] == '/' && found[strlen (unit)] == '\n';
}

/* systemd may have started the scope, but we have not heard of it.  It is ours if our process is
 * put there, and would not always go by itself when that ends: systemd can miss the moment. */
static void
take_back (const rt_cgroup *cgroup, pid_t holder)
{
  for (int round = 0; round < TAKE_BACK_ROUNDS; round++)
    {
      if (is_in_unit (holder, cgroup->unit))
        {
          rt_systemd_stop (cgroup, NULL);
          return;
        }
      usleep (TAKE_BACK_WAIT_US);
    }
}

static int
start_scope (const rt_cgroup *cgroup, const rt_resources *resources, pid_t holder,
             const char *policy, hd_err *err)
{
  systemd s = { 0 };
  sd_bus_message *message = NULL;
  int r = begin_start (&s, &message, err);
  if (r >= 0)
    r = add_scope (&s, message, cgroup, holder, resources, policy, err);
  if (r >= 0)
    r = call (&s, message, cgroup->unit, true, err);
  const bool asked = r < 0 && s.called && !s.refused;
  if (s.bus != NULL)
    {
      s.unref (message);
      s.close (s.bus);
    }
  if (asked)
    take_back (cgroup, holder);
  return r;
}

int
rt_systemd_start (const rt_cgroup *cgroup, const rt_resources *resources, pid_t *ret_pid,
                  hd_err *err)
{
  static const rt_resources none;
  if (resources == NULL)
    resources = &none;
  pid_t pid = fork_holder (err);
  if (pid < 0)
    return pid;
  *ret_pid = pid;
  const char *policy = oom_policy (cgroup, resources);
  int r = start_scope (cgroup, resources, pid, policy, err);
  /* A property that it does not know; an older systemd leaves the file alone. */
  if (r == -EROFS && policy != NULL)
    r = start_scope (cgroup, resources, pid, NULL, err);
  return r;
}

int
rt_systemd_move_here (hd_err *err)
{
  systemd s = { 0 };
  sd_bus_message *m = NULL;
  char unit[48];
  snprintf (unit, sizeof unit, "atomic-runtime-%d.scope", (int)getpid ());
  int r = begin_start (&s, &m, err);
  if (r >= 0
      && (r = s.append (m, "ssa(sv)a(sa(sv))", unit, "fail", 3, "Description", "s",
                        "container runtime", "CollectMode", "s", "inactive-or-failed", "PIDs", "au",
                        1, (uint32_t)getpid (), 0))
             < 0)
    hd_err_set_errno (err, -r, "describing %s to systemd", unit);
  if (r >= 0)
    r = call (&s, m, unit, true, err);
  if (s.bus != NULL)
    {
      s.unref (m);
      s.close (s.bus);
    }
  return r;
}

int
rt_systemd_update (const rt_cgroup *cgroup, const rt_resources *resources, hd_err *err)
{
  systemd s = { 0 };
  sd_bus_message *m = NULL;
  int r = connect_bus (&s, err);
  if (r < 0)
    return r;
  r = s.new_call (s.bus, &m, SERVICE, OBJECT, MANAGER, "SetUnitProperties");
  if (r >= 0)
    r = s.append (m, "sb", cgroup->unit, 1);
  if (r >= 0)
    r = s.open_container (m, 'a', "(sv)");
  if (r >= 0)
    r = add_limits (&s, m, cgroup, resources);
  if (r >= 0 && resources->devices.count > 0)
    r = add_devices (&s, m, resources, cgroup->arena);
  if (r >= 0)
    r = s.close_container (m);
  r = r < 0 ? hd_err_set_errno (err, -r, "describing %s to systemd", cgroup->unit)
            : call (&s, m, cgroup->unit, false, err);
  s.unref (m);
  s.close (s.bus);
  return r;
}

static int
call_unit (systemd *s, const char *method, const char *unit, const char *mode, hd_err *err)
{
  sd_bus_message *m = NULL;
  int r = s->new_call (s->bus, &m, SERVICE, OBJECT, MANAGER, method);
  if (r >= 0)
    r = mode != NULL ? s->append (m, "ss", unit, mode) : s->append (m, "s", unit);
  r = r < 0 ? hd_err_set_errno (err, -r, "calling systemd") : call (s, m, unit, mode != NULL, err);
  s->unref (m);
  return r;
}

int
rt_systemd_stop (const rt_cgroup *cgroup, hd_err *err)
{
  systemd s = { 0 };
  hd_err refused = { 0 };
  int r = connect_bus (&s, err);
  if (r < 0)
    return r;
  if ((r = s.match_signal (s.bus, NULL, NULL, OBJECT, MANAGER, "JobRemoved", on_job_removed, &s))
      < 0)
    hd_err_set_errno (&refused, -r, "calling systemd");
  else
    r = call_unit (&s, "StopUnit", cgroup->unit, "replace", &refused);
  /* It goes by itself when the last process has ended; one that failed stays until it is told. */
  if (r == 0)
    call_unit (&s, "ResetFailedUnit", cgroup->unit, NULL, NULL);
  s.close (s.bus);
  if (r == -ENOENT)
    return 0;
  if (r < 0 && err != NULL)
    *err = refused;
  return r;
}

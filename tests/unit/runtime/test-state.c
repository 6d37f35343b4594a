/* What is kept of a container: ids, the folder, the file there and back, and the status that is
 * seen from it. */
#include "runtime/state.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/cleanup.h"
#include "common/fs.h"
#include "sample.h"

static void
test_ids (void)
{
  static const char *const good[] = { "a", "A-z_0.9+", "k8s.0", "+" };
  static const char *const bad[]
      = { "", ".", "..", ".hidden", "a/b", "../a", "a b", "a\n", "\xc3\xa4" };
  g_autofree char *longest = g_strnfill (255, 'x');
  g_autofree char *longer = g_strnfill (256, 'x');
  hd_err err = { HD_OK };

  for (size_t i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_cmpint (rt_state_check_id (good[i], &err), ==, 0);
  g_assert_cmpint (rt_state_check_id (longest, &err), ==, 0);
  g_assert_cmpint (rt_state_check_id (longer, &err), ==, -EINVAL);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_cmpint (rt_state_check_id (bad[i], &err), ==, -EINVAL);
      g_assert_cmpint (err.code, ==, HD_USAGE);
      g_assert_nonnull (strstr (err.message, "is no container id"));
    }
}

typedef struct
{
  char *root;
  int fd;
  rt_arena arena;
} fixture;

static void
setup (fixture *f, gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("state-XXXXXX", NULL);
  hd_err err = { HD_OK };

  /* Folders that are missing above it are made. */
  f->root = g_build_filename (folder, "run", "containers", NULL);
  f->fd = rt_state_make (f->root, "box", &err);
  g_assert_cmpstr (err.message, ==, "");
}

static void
teardown (fixture *f, gconstpointer data)
{
  g_autofree char *run = g_path_get_dirname (f->root);
  g_autofree char *folder = g_path_get_dirname (run);

  hd_closep (&f->fd);
  g_assert_cmpint (hd_fs_remove_tree (AT_FDCWD, folder), ==, 0);
  rt_arena_free (&f->arena);
  g_free (f->root);
}

static void
test_folder (fixture *f, gconstpointer data)
{
  hd_err err = { HD_OK };
  hd_autofd again = -1;

  g_assert_cmpint (rt_state_make (f->root, "box", &err), ==, -EEXIST);
  g_assert_cmpstr (err.message, ==, "container with id \"box\" already exists");
  again = rt_state_open (f->root, "box", &err);
  g_assert_cmpint (again, >=, 0);
  g_assert_cmpint (rt_state_remove (f->root, "box", &err), ==, 0);
  g_assert_cmpint (rt_state_remove (f->root, "box", &err), ==, 0);
  /* Callers search for these words. */
  g_assert_cmpint (rt_state_open (f->root, "box", &err), ==, -ENOENT);
  g_assert_cmpint (err.code, ==, HD_NOT_FOUND);
  g_assert_cmpstr (err.message, ==, "container \"box\" does not exist");
  g_assert_cmpint (rt_state_open (f->root, "../x", &err), ==, -EINVAL);
}

static rt_state
full_state (void)
{
  static const char *cgroups[]
      = { "memory=/sys/fs/cgroup/memory/box", "=/sys/fs/cgroup/box", NULL };
  static rt_pair annotations[] = { { "a", "1" }, { "b \"", "\n" } };

  return (rt_state){ .id = "box",
                     .pid = getpid (),
                     .start_time = { rt_process_start_time (getpid ()), true },
                     .bundle = "/b",
                     .rootfs = "/b/rootfs",
                     .created = "2026-01-02T03:04:05.000000006Z",
                     .owner = "root",
                     .cgroups = { cgroups, 2 },
                     .driver = { 1, true },
                     .namespaces = { 0x7c020080, true },
                     .hooks = { RT_STATE_HOOKS_POSTSTOP, true },
                     .deny_groups = true,
                     .annotations = { annotations, 2 } };
}

static void
test_file (fixture *f, gconstpointer data)
{
  const rt_state written = full_state ();
  hd_autojson json = NULL;
  hd_err err = { HD_OK };
  rt_state s = { 0 };

  g_assert_cmpint (rt_state_write (f->fd, &written, &err), ==, 0);
  g_assert_cmpint (faccessat (f->fd, "state.json.new", F_OK, 0), ==, -1);
  g_assert_cmpint (rt_state_read (f->fd, "box", &s, &json, &f->arena, &err), ==, 0);
  g_assert_cmpstr (s.id, ==, "box");
  g_assert_cmpint (s.pid, ==, getpid ());
  g_assert_cmpuint (s.start_time.value, ==, written.start_time.value);
  g_assert_cmpstr (s.bundle, ==, "/b");
  g_assert_cmpstr (s.rootfs, ==, "/b/rootfs");
  g_assert_cmpstr (s.created, ==, written.created);
  g_assert_cmpstr (s.owner, ==, "root");
  g_assert_cmpuint (s.cgroups.count, ==, 2);
  g_assert_cmpstr (s.cgroups.items[1], ==, "=/sys/fs/cgroup/box");
  g_assert_cmpint (s.driver.value, ==, 1);
  g_assert_cmphex (s.namespaces.value, ==, 0x7c020080);
  g_assert_cmpint (s.hooks.value, ==, RT_STATE_HOOKS_POSTSTOP);
  g_assert_true (s.deny_groups);
  g_assert_cmpstr (s.annotations.items[1].key, ==, "b \"");
  g_assert_cmpstr (s.annotations.items[1].value, ==, "\n");
}

/* What could not be read again is not written. */
static void
test_too_large (fixture *f, gconstpointer data)
{
  g_autofree char *value = g_strnfill (1 << 20, 'x');
  rt_pair annotation = { "a", value };
  rt_state s = full_state ();
  hd_err err = { HD_OK };

  s.annotations = (rt_map){ &annotation, 1 };
  g_assert_cmpint (rt_state_write (f->fd, &s, &err), ==, -EINVAL);
  g_assert_cmpstr (err.message, ==, "annotations: are larger than 1048576 bytes");
  g_assert_cmpint (faccessat (f->fd, "state.json", F_OK, 0), ==, -1);
}

static void
write_file (const fixture *f, const char *name, const char *text)
{
  hd_autofd fd = openat (f->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (hd_fs_write_all (fd, text, strlen (text)), ==, 0);
}

static void
test_broken (fixture *f, gconstpointer data)
{
  hd_json *json = NULL;
  hd_err err = { HD_OK };
  rt_state s = { 0 };

  /* A create that was killed: no state yet. */
  g_assert_cmpint (rt_state_read (f->fd, "box", &s, &json, &f->arena, &err), ==, -ENOENT);
  g_assert_true (g_str_has_prefix (err.message, "container \"box\" does not exist"));
  write_file (f, "state.json", "{\"id\": \"box\", \"pid\": \"1\", \"bundle\": \"/b\"}");
  g_assert_cmpint (rt_state_read (f->fd, "box", &s, &json, &f->arena, &err), ==, -EINVAL);
  g_assert_true (g_str_has_prefix (err.message, "state.pid: expected a whole number"));
  hd_json_freep (&json);
  json = NULL;
  write_file (f, "state.json", "{");
  g_assert_cmpint (rt_state_read (f->fd, "box", &s, &json, &f->arena, &err), ==, -EINVAL);
}

static void
test_config (fixture *f, gconstpointer data)
{
  g_autofree char *config = sample_config ("hostname", NULL);
  hd_autojson json = NULL;
  hd_err err = { HD_OK };
  rt_spec spec = { 0 };

  g_assert_cmpint (rt_state_read_config (f->fd, &spec, &json, &f->arena, &err), ==, -ENOENT);
  write_file (f, "config.json", config);
  g_assert_cmpint (rt_state_read_config (f->fd, &spec, &json, &f->arena, &err), ==, 0);
  g_assert_cmpstr (spec.process->args.items[0], ==, "sh");
}

/* The status is what the process, the sockets and the freezer say. */
static void
test_status (fixture *f, gconstpointer data)
{
  g_autofree char *freezer = g_build_filename (f->root, "box", NULL);
  g_autofree char *entry = g_strdup_printf ("freezer=%s", freezer);
  const char *cgroups[] = { entry, NULL };
  rt_state s = full_state ();

  s.cgroups = (rt_strings){ cgroups, 1 };
  g_assert_cmpint (rt_state_status (f->fd, &s, &f->arena), ==, RT_STATUS_RUNNING);
  write_file (f, "freezer.state", "FROZEN\n");
  g_assert_cmpint (rt_state_status (f->fd, &s, &f->arena), ==, RT_STATUS_PAUSED);
  write_file (f, "freezer.state", "THAWED\n");
  g_assert_cmpint (rt_state_status (f->fd, &s, &f->arena), ==, RT_STATUS_RUNNING);
  write_file (f, "start.sock", "");
  g_assert_cmpint (rt_state_status (f->fd, &s, &f->arena), ==, RT_STATUS_CREATED);
  write_file (f, "create.sock", "");
  g_assert_cmpint (rt_state_status (f->fd, &s, &f->arena), ==, RT_STATUS_CREATING);
  /* Another process with this number. */
  s.start_time.value++;
  g_assert_cmpint (rt_state_status (f->fd, &s, &f->arena), ==, RT_STATUS_STOPPED);
  s.pid = 0;
  g_assert_cmpint (rt_state_status (f->fd, &s, &f->arena), ==, RT_STATUS_STOPPED);
}

static void
test_frozen_v2 (fixture *f, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (f->root, "box", NULL);
  g_autofree char *entry = g_strdup_printf ("=%s", folder);
  const char *cgroups[] = { entry, NULL };
  rt_state s = full_state ();

  s.cgroups = (rt_strings){ cgroups, 1 };
  write_file (f, "cgroup.freeze", "1\n");
  g_assert_cmpint (rt_state_status (f->fd, &s, &f->arena), ==, RT_STATUS_PAUSED);
  write_file (f, "cgroup.freeze", "0\n");
  g_assert_cmpint (rt_state_status (f->fd, &s, &f->arena), ==, RT_STATUS_RUNNING);
}

static void
test_start_time (void)
{
  pid_t pid = fork ();
  siginfo_t info;

  if (pid == 0)
    _exit (0);
  g_assert_cmpuint (rt_process_start_time (getpid ()), >, 0);
  /* Ended, and not yet waited for. */
  g_assert_cmpint (waitid (P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), ==, 0);
  g_assert_cmpuint (rt_process_start_time (pid), ==, 0);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  g_assert_cmpuint (rt_process_start_time (pid), ==, 0);
}

static void
test_json (void)
{
  rt_state s = full_state ();
  g_autofree char *expected = g_strdup_printf (
      "{\"ociVersion\":\"1.3.0\",\"id\":\"box\",\"pid\":%d,\"status\":\"running\",\"bundle\":\"/"
      "b\","
      "\"rootfs\":\"/b/rootfs\",\"created\":\"2026-01-02T03:04:05.000000006Z\",\"owner\":\"root\","
      "\"annotations\":{\"a\":\"1\",\"b \\\"\":\"\\n\"}}",
      (int)getpid ());
  hd_autojson running = rt_state_json (&s, RT_STATUS_RUNNING);
  hd_autojson stopped = rt_state_json (&s, RT_STATUS_STOPPED);
  hd_autojson agent = rt_state_seccomp_json (&s, "meta");
  hd_autofree char *text = hd_json_to_text (running, false);

  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpstr (hd_json_get_string (stopped, "status", ""), ==, "stopped");
  g_assert_cmpint (hd_json_get_int (stopped, "pid", -1), ==, 0);
  g_assert_cmpstr (hd_json_get_string (agent, "metadata", ""), ==, "meta");
  g_assert_cmpstr (hd_json_get_string (hd_json_get (agent, "state"), "id", ""), ==, "box");
}

static void
test_names (void)
{
  static const char *const names[] = { "creating", "created", "running", "paused", "stopped" };

  for (int i = RT_STATUS_CREATING; i <= RT_STATUS_STOPPED; i++)
    g_assert_cmpstr (rt_status_name ((rt_status)i), ==, names[i]);
}

#define ADD(name, function) g_test_add (name, fixture, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/state/ids", test_ids);
  ADD ("/state/folder", test_folder);
  ADD ("/state/file", test_file);
  ADD ("/state/too-large", test_too_large);
  ADD ("/state/broken", test_broken);
  ADD ("/state/config", test_config);
  ADD ("/state/status", test_status);
  ADD ("/state/frozen-v2", test_frozen_v2);
  g_test_add_func ("/state/start-time", test_start_time);
  g_test_add_func ("/state/json", test_json);
  g_test_add_func ("/state/names", test_names);
  return g_test_run ();
}

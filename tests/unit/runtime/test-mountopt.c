/* Mount options: what each word does, the last word of a kind counts, and the rest is the file
 * system's. */
#include <string.h>
#include <sys/mount.h>
#include "runtime/mountopt.h"
#include "sample.h"

static rt_mount_options
sort (const char *type, const char *text, rt_arena *arena)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  rt_mount mount = { .type = type };
  rt_mount_options o;

  mount.options.count = g_strv_length (words);
  mount.options.items = rt_new_array (arena, const char *, mount.options.count + 1);
  for (size_t i = 0; i < mount.options.count; i++)
    mount.options.items[i] = rt_strdup (arena, words[i]);
  rt_mount_options_sort (&mount, &o, arena);
  return o;
}

static void
test_attributes (void)
{
  static const struct
  {
    const char *text;
    uint64_t set;
    uint64_t clear;
    uint64_t tree_set;
    uint64_t tree_clear;
  } cases[] = {
    { "ro nosuid nodev noexec nodiratime nosymfollow", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID
                                                           | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC
                                                           | MOUNT_ATTR_NODIRATIME | 0x200000 },
    { "rw suid dev exec diratime symfollow", 0,
      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC
          | MOUNT_ATTR_NODIRATIME | 0x200000 },
    { "ro rw", 0, MOUNT_ATTR_RDONLY },
    { "rw ro", MOUNT_ATTR_RDONLY, 0 },
    { "rro rnosuid", 0, 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0 },
    { "rrw rdev", 0, 0, 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV },
    { "rro rw", 0, MOUNT_ATTR_RDONLY, MOUNT_ATTR_RDONLY, 0 },
    /* The access times are one field with values, which is cleared before it is set. */
    { "noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME },
    { "strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
    { "relatime", 0, MOUNT_ATTR__ATIME },
    { "noatime strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
    { "noatime atime", 0, MOUNT_ATTR__ATIME },
    { "strictatime nostrictatime", 0, MOUNT_ATTR__ATIME },
    { "norelatime", 0, MOUNT_ATTR__ATIME },
    { "rstrictatime", 0, 0, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME },
    { "ratime", 0, 0, 0, MOUNT_ATTR__ATIME },
    { "defaults silent loud iversion noiversion", 0, 0 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      rt_auto_arena arena = { 0 };
      rt_mount_options o = sort ("tmpfs", cases[i].text, &arena);

      g_test_message ("%s", cases[i].text);
      g_assert_cmphex (o.attr_set, ==, cases[i].set);
      g_assert_cmphex (o.attr_clear, ==, cases[i].clear);
      g_assert_cmphex (o.tree_set, ==, cases[i].tree_set);
      g_assert_cmphex (o.tree_clear, ==, cases[i].tree_clear);
      g_assert_cmpuint (o.data.count, ==, 0);
      g_assert_false (o.bind);
    }
}

static void
test_propagation (void)
{
  static const struct
  {
    const char *text;
    uint64_t value;
  } cases[] = {
    { "ro", 0 },
    { "shared", MS_SHARED },
    { "rshared", MS_SHARED | MS_REC },
    { "rslave", MS_SLAVE | MS_REC },
    { "private", MS_PRIVATE },
    { "runbindable", MS_UNBINDABLE | MS_REC },
    { "rshared slave", MS_SLAVE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      rt_auto_arena arena = { 0 };

      g_assert_cmphex (sort ("tmpfs", cases[i].text, &arena).propagation, ==, cases[i].value);
    }
}

static void
test_kinds (void)
{
  rt_auto_arena arena = { 0 };
  rt_mount_options o = sort (NULL, "bind", &arena);

  g_assert_true (o.bind && !o.recursive);
  o = sort ("none", "rbind", &arena);
  g_assert_true (o.bind && o.recursive);
  o = sort ("bind", "ro", &arena);
  g_assert_true (o.bind && !o.recursive);
  o = sort (NULL, "bind remount ro", &arena);
  g_assert_true (o.bind && o.remount);
  o = sort ("tmpfs", "tmpcopyup", &arena);
  g_assert_true (o.copy_up && !o.bind && o.data.count == 0);
  o = sort ("bind", "idmap", &arena);
  g_assert_true (o.idmap && !o.idmap_recursive);
  o = sort ("bind", "ridmap", &arena);
  g_assert_true (o.idmap && o.idmap_recursive);
}

static void
test_mappings (void)
{
  rt_auto_arena arena = { 0 };
  rt_id_mapping one = { 0, 1000, 1 };
  const rt_mount mount
      = { .type = "bind", .uid_mappings = { &one, 1 }, .gid_mappings = { &one, 1 } };
  rt_mount_options o;

  rt_mount_options_sort (&mount, &o, &arena);
  g_assert_true (o.idmap);
}

static void
test_data (void)
{
  static const rt_pair expected[]
      = { { "mode", "755" }, { "newinstance", NULL }, { "sync", NULL },
          { "a", "b=c" },    { "empty", "" },         { "rsync", NULL } };
  rt_auto_arena arena = { 0 };
  rt_mount_options o
      = sort ("devpts", "mode=755 nosuid newinstance sync a=b=c empty= rsync", &arena);

  g_assert_cmpuint (o.data.count, ==, G_N_ELEMENTS (expected));
  for (size_t i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_assert_cmpstr (o.data.items[i].key, ==, expected[i].key);
      g_assert_cmpstr (o.data.items[i].value, ==, expected[i].value);
    }
}

/* Every option that the specification lists (config.md, Linux mount options), and nothing twice. */
static void
test_names (void)
{
  static const char *const required[]
      = { "async",        "atime",       "bind",           "defaults",
          "dev",          "diratime",    "dirsync",        "exec",
          "iversion",     "lazytime",    "loud",           "noatime",
          "nodev",        "nodiratime",  "noexec",         "noiversion",
          "nolazytime",   "norelatime",  "nostrictatime",  "nosuid",
          "nosymfollow",  "private",     "ratime",         "rbind",
          "rdev",         "rdiratime",   "relatime",       "remount",
          "rexec",        "rnoatime",    "rnodev",         "rnodiratime",
          "rnoexec",      "rnorelatime", "rnostrictatime", "rnosuid",
          "rnosymfollow", "ro",          "rprivate",       "rrelatime",
          "rro",          "rrw",         "rshared",        "rslave",
          "rstrictatime", "rsuid",       "rsymfollow",     "runbindable",
          "rw",           "shared",      "silent",         "slave",
          "strictatime",  "suid",        "symfollow",      "sync",
          "tmpcopyup",    "unbindable",  "idmap",          "ridmap" };
  rt_auto_arena arena = { 0 };
  const char *const *names = (const char *const *)rt_mount_option_names (&arena);

  for (size_t i = 0; i < G_N_ELEMENTS (required); i++)
    {
      g_test_message ("%s", required[i]);
      g_assert_true (g_strv_contains (names, required[i]));
    }
  for (size_t i = 0; names[i] != NULL; i++)
    g_assert_false (g_strv_contains (names + i + 1, names[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mountopt/attributes", test_attributes);
  g_test_add_func ("/mountopt/propagation", test_propagation);
  g_test_add_func ("/mountopt/kinds", test_kinds);
  g_test_add_func ("/mountopt/mappings", test_mappings);
  g_test_add_func ("/mountopt/data", test_data);
  g_test_add_func ("/mountopt/names", test_names);
  return g_test_run ();
}

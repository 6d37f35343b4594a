/* engine/mountspec: -v, --mount and --tmpfs. */
#include "engine/mountspec.h"

#include "base/error.h"

#define CWD "/home/me"

typedef HdMountSpec *(*Parse) (const char *text, const char *cwd, GError **error);

static HdMountSpec *
parse_tmpfs (const char *text, const char *cwd, GError **error)
{
  return hd_mountspec_parse_tmpfs (text, error);
}

static HdMountSpec *
parse (Parse function, const char *text)
{
  g_autoptr (GError) error = NULL;
  HdMountSpec *spec = function (text, CWD, &error);
  g_assert_no_error (error);
  return spec;
}

/* Refused with this hint, or (NULL) any. */
static void
refuse (Parse function, const char *text, const char *hint)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdMountSpec) spec = function (text, CWD, &error);
  if (spec != NULL)
    g_error ("\"%s\" was accepted", text);
  g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
  if (hint != NULL)
    g_assert_cmpstr (hd_error_hint (error), ==, hint);
}

static void
test_volume (void)
{
  static const struct
  {
    const char *text;
    HdMountKind kind;
    const char *source, *target;
    gboolean read_only, no_copy, make_source;
    const char *propagation;
    char relabel;
  } cases[] = {
    { "/data", HD_MOUNT_VOLUME, NULL, "/data" },
    { "db:/var/lib/db", HD_MOUNT_VOLUME, "db", "/var/lib/db" },
    { "db:/data:ro,nocopy", HD_MOUNT_VOLUME, "db", "/data", TRUE, TRUE },
    { "/srv:/srv", HD_MOUNT_BIND, "/srv", "/srv", FALSE, FALSE, TRUE },
    { "./www:/srv:Z", HD_MOUNT_BIND, CWD "/www", "/srv", FALSE, FALSE, TRUE, NULL, 'Z' },
    { "..:/srv:rw,rslave,z", HD_MOUNT_BIND, "/home", "/srv", FALSE, FALSE, TRUE, "rslave", 'z' },
    { "/a/../b//c:/x/./y/:cached", HD_MOUNT_BIND, "/b/c", "/x/y", FALSE, FALSE, TRUE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdMountSpec) spec = parse (hd_mountspec_parse_volume, cases[i].text);
      g_assert_cmpint (spec->kind, ==, cases[i].kind);
      g_assert_cmpstr (spec->source, ==, cases[i].source);
      g_assert_cmpstr (spec->target, ==, cases[i].target);
      g_assert_cmpint (spec->read_only, ==, cases[i].read_only);
      g_assert_cmpint (spec->no_copy, ==, cases[i].no_copy);
      g_assert_cmpint (spec->make_source, ==, cases[i].make_source);
      g_assert_cmpstr (spec->propagation, ==, cases[i].propagation);
      g_assert_cmpint (spec->relabel, ==, cases[i].relabel);
    }
}

static void
test_bad_volume (void)
{
  static const char *const bad[]
      = { "",      ":",    "a:b",      "/a:",         ":/a",    "/a:/b:ro:x", "a b:/c",
          "-x:/c", "/a:/", "relative", "C:\\data:/c", "/a:/b:", "sub/dir:/c" };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    refuse (hd_mountspec_parse_volume, bad[i], NULL);
  refuse (hd_mountspec_parse_volume, "/a:/b:nocpy", "did you mean \"nocopy\"?");
  refuse (hd_mountspec_parse_volume, "/a:/b:rslav", "did you mean \"rslave\"?");
}

static void
test_mount (void)
{
  g_autoptr (HdMountSpec) bind = parse (
      hd_mountspec_parse_mount,
      "type=bind,src=/srv,dst=/data,readonly,bind-propagation=rshared,bind-nonrecursive=1");
  g_assert_cmpint (bind->kind, ==, HD_MOUNT_BIND);
  g_assert_cmpstr (bind->source, ==, "/srv");
  g_assert_true (bind->read_only && bind->no_recursive && !bind->make_source);
  g_assert_cmpstr (bind->propagation, ==, "rshared");

  g_autoptr (HdMountSpec) volume
      = parse (hd_mountspec_parse_mount,
               "source=db,target=/data,ro=false,volume-nocopy,volume-label=a=b,volume-label=c,"
               "\"volume-opt=o=addr=1.2.3.4,rw\",volume-subpath=x/y");
  g_assert_cmpint (volume->kind, ==, HD_MOUNT_VOLUME);
  g_assert_true (volume->no_copy && !volume->read_only);
  g_assert_cmpstr (volume->labels[0], ==, "a=b");
  g_assert_cmpstr (volume->labels[1], ==, "c");
  g_assert_cmpstr (volume->driver_options[0], ==, "o=addr=1.2.3.4,rw");
  g_assert_cmpstr (volume->subpath, ==, "x/y");

  g_autoptr (HdMountSpec) anonymous = parse (hd_mountspec_parse_mount, "type=volume,target=/data");
  g_assert_null (anonymous->source);

  g_autoptr (HdMountSpec) tmpfs = parse (
      hd_mountspec_parse_mount, "type=tmpfs,destination=/run,tmpfs-size=64m,tmpfs-mode=755");
  g_assert_cmpint (tmpfs->kind, ==, HD_MOUNT_TMPFS);
  g_assert_cmpuint (tmpfs->size_bytes, ==, 64u << 20);
  g_assert_cmpuint (tmpfs->mode, ==, 0755);
}

static void
test_bad_mount (void)
{
  static const char *const bad[] = { "",
                                     "type=bind,target=/a",
                                     "type=bind,source=/a",
                                     "type=volume,source=/a,target=/b",
                                     "type=tmpfs,target=/a,source=/b",
                                     "type=tmpfs,target=/a,tmpfs-size=big",
                                     "type=tmpfs,target=/a,tmpfs-mode=8",
                                     "type=bind,source=/a,target=b",
                                     "type=bind,source=/a,target=/b,readonly=maybe",
                                     "type=bind,source=/a,target=/b,volume-nocopy",
                                     "type=volume,target=/a,volume-subpath=../b",
                                     "type=volume,target=/a,volume-driver=nfs",
                                     "target=/a,\"x",
                                     "target" };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    refuse (hd_mountspec_parse_mount, bad[i], NULL);
  refuse (hd_mountspec_parse_mount, "typ=bind", "did you mean \"type\"?");
  refuse (hd_mountspec_parse_mount, "type=bnd", "did you mean \"bind\"?");
}

static void
test_tmpfs (void)
{
  g_autoptr (HdMountSpec) plain = parse (parse_tmpfs, "/run");
  g_assert_cmpstr (plain->target, ==, "/run");
  g_assert_cmpuint (plain->mode, ==, 01777);
  g_assert_false (plain->exec);
  g_autoptr (HdMountSpec) full = parse (parse_tmpfs, "/run:rw,exec,size=1G,mode=700,uid=5,nosuid");
  g_assert_true (full->exec);
  g_assert_cmpuint (full->size_bytes, ==, (guint64)1 << 30);
  g_assert_cmpuint (full->mode, ==, 0700);
  g_assert_cmpstr (full->options[1], ==, "uid=5");
  g_assert_cmpstr (full->options[2], ==, "nosuid");
  refuse (parse_tmpfs, "run", NULL);
  refuse (parse_tmpfs, "/", NULL);
  refuse (parse_tmpfs, "/run:noexce", "did you mean \"noexec\"?");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mountspec/volume", test_volume);
  g_test_add_func ("/mountspec/bad-volume", test_bad_volume);
  g_test_add_func ("/mountspec/mount", test_mount);
  g_test_add_func ("/mountspec/bad-mount", test_bad_mount);
  g_test_add_func ("/mountspec/tmpfs", test_tmpfs);
  return g_test_run ();
}

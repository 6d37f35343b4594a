/* Filters decide as libseccomp's do: every number, on every architecture, with arguments around
 * each value of the profile; compiled and kept alike. */
#include <errno.h>
#include <glib/gstdio.h>
#include <seccomp.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "common/cleanup.h"
#include "runtime/filter.h"
#include "runtime/seccomp.h"
#include "sample.h"

#define X32_BIT 0x40000000u
#define NUMBERS 700
#define ENOSYS_ANSWER (SECCOMP_RET_ERRNO | ENOSYS)

/* The reference: the profile by libseccomp alone, as a list. */

static guint32
action_of (const char *name, const rt_uint64 *errno_ret)
{
  guint16 number = errno_ret->set ? (guint16)errno_ret->value : EPERM;

  if (strcmp (name, "SCMP_ACT_ERRNO") == 0)
    return SCMP_ACT_ERRNO (number);
  if (strcmp (name, "SCMP_ACT_TRACE") == 0)
    return SCMP_ACT_TRACE (number);
  return (guint32)rt_word_value (rt_seccomp_action_words, name);
}

static guint32
arch_of (const char *name)
{
  g_autofree char *lower = g_ascii_strdown (name + strlen ("SCMP_ARCH_"), -1);

  return seccomp_arch_resolve_name (lower);
}

static void
add_rule (scmp_filter_ctx context, const rt_seccomp_rule *rule, int number)
{
  struct scmp_arg_cmp args[6];
  guint32 action = action_of (rule->action, &rule->errno_ret);
  gboolean repeats = FALSE;
  guint n = (guint)rule->args.count;

  for (guint i = 0; i < n; i++)
    {
      const rt_seccomp_arg *a = &rule->args.items[i];

      args[i] = (struct scmp_arg_cmp){ a->index, (enum scmp_compare)a->op.value, a->value.value,
                                       a->value_two.value };
      for (guint j = 0; j < i; j++)
        repeats = repeats || args[j].arg == args[i].arg;
    }
  if (!repeats)
    g_assert_cmpint (seccomp_rule_add_array (context, action, number, n, args), ==, 0);
  for (guint i = 0; repeats && i < n; i++)
    g_assert_cmpint (seccomp_rule_add_array (context, action, number, 1, args + i), ==, 0);
}

static GByteArray *
reference (const rt_seccomp *p)
{
  const guint32 otherwise = action_of (p->default_action, &p->default_errno_ret);
  scmp_filter_ctx context = seccomp_init (otherwise);
  g_autofree char *path = g_strdup ("/tmp/atomic-filter-XXXXXX");
  g_autofree char *text = NULL;
  gsize length;

  for (gsize i = 0; i < p->architectures.count; i++)
    {
      int r = seccomp_arch_add (context, arch_of (p->architectures.items[i]));
      g_assert_true (r == 0 || r == -EEXIST);
    }
  for (gsize i = 0; i < p->syscalls.count; i++)
    for (gsize j = 0; j < p->syscalls.items[i].names.count; j++)
      {
        int number = seccomp_syscall_resolve_name (p->syscalls.items[i].names.items[j]);

        if (number != __NR_SCMP_ERROR
            && action_of (p->syscalls.items[i].action, &p->syscalls.items[i].errno_ret)
                   != otherwise)
          add_rule (context, &p->syscalls.items[i], number);
      }
  hd_autofd fd = g_mkstemp (path);
  g_assert_cmpint (seccomp_export_bpf (context, fd), ==, 0);
  seccomp_release (context);
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_unlink (path);
  return g_byte_array_new_take ((guint8 *)g_steal_pointer (&text), length);
}

/* Questions */

typedef struct
{
  const rt_seccomp *profile;
  const rt_filter *filter;
  GByteArray *reference;
  gboolean newer_is_enosys;
  guint32 token;
  int newest;
  guint asked;
} comparison;

static void
ask (comparison *c, guint32 number, const guint64 args[6])
{
  struct seccomp_data data = { .nr = (int)number, .arch = c->token };

  memcpy (data.args, args, sizeof data.args);
  guint32 wanted = bpf_run ((const struct sock_filter *)(void *)c->reference->data,
                            c->reference->len / sizeof (struct sock_filter), &data);
  guint32 got = bpf_run (c->filter->program.filter, c->filter->program.len, &data);

  c->asked++;
  if (c->newer_is_enosys && number > (guint32)c->newest && number < X32_BIT)
    wanted = ENOSYS_ANSWER;
  if (got != wanted)
    g_error ("arch %08x call %u (%" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER
             "x %" G_GINT64_MODIFIER "x): %08x, not %08x",
             c->token, number, args[0], args[1], args[2], got, wanted);
}

/* The values around what a condition compares with. */
static void
ask_around (comparison *c, guint32 number, const rt_seccomp_arg *arg)
{
  const guint64 v = arg->value.value, w = arg->value_two.value;
  const guint64 values[] = { 0,
                             1,
                             v,
                             v - 1,
                             v + 1,
                             w,
                             v & w,
                             v | w,
                             ~v,
                             v ^ (G_GUINT64_CONSTANT (1) << 32),
                             v ^ (G_GUINT64_CONSTANT (1) << 63),
                             (v & w) | ~v,
                             G_MAXUINT32,
                             G_MAXUINT64 };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    for (int others = 0; others < 3; others++)
      {
        guint64 args[6];

        for (int j = 0; j < 6; j++)
          args[j] = others == 0 ? 0 : others == 1 ? 20 : G_MAXUINT64;
        args[arg->index] = values[i];
        ask (c, number, args);
      }
}

static gboolean
is_named (const rt_seccomp_rule *rule, guint32 token, guint32 number)
{
  for (gsize i = 0; i < rule->names.count; i++)
    if (seccomp_syscall_resolve_name_arch (token, rule->names.items[i]) == (int)number)
      return TRUE;
  return FALSE;
}

/* With arguments for the calls that a rule names, and for some that it does not. */
static void
ask_number (comparison *c, guint32 number)
{
  static const guint64 none[6];

  ask (c, number, none);
  for (gsize i = 0; i < c->profile->syscalls.count; i++)
    {
      const rt_seccomp_rule *rule = &c->profile->syscalls.items[i];

      if (number % 16 != 0 && rule->args.count > 0 && !is_named (rule, c->token, number & ~X32_BIT))
        continue;
      for (gsize j = 0; j < rule->args.count; j++)
        ask_around (c, number, &rule->args.items[j]);
    }
}

static int
newest_of (const rt_seccomp *p, guint32 token)
{
  int newest = 0;

  for (gsize i = 0; i < p->syscalls.count; i++)
    for (gsize j = 0; j < p->syscalls.items[i].names.count; j++)
      newest = MAX (newest,
                    seccomp_syscall_resolve_name_arch (token, p->syscalls.items[i].names.items[j]));
  return newest;
}

static guint
compare_filter (const rt_seccomp *profile, const rt_filter *filter)
{
  static const guint32 tokens[]
      = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM, SCMP_ARCH_S390X };
  g_autoptr (GByteArray) listed = reference (profile);
  comparison c = { .profile = profile, .filter = filter, .reference = listed };

  for (gsize i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      gboolean known = tokens[i] == seccomp_arch_native ();

      c.token = tokens[i];
      for (gsize j = 0; j < profile->architectures.count; j++)
        known = known || arch_of (profile->architectures.items[j]) == c.token;
      c.newest = newest_of (profile, c.token);
      c.newer_is_enosys = known && strcmp (profile->default_action, "SCMP_ACT_ERRNO") == 0;
      for (guint32 number = 0; number < NUMBERS; number++)
        {
          ask_number (&c, number);
          ask_number (&c, number | X32_BIT);
        }
      ask_number (&c, X32_BIT - 1);
      ask_number (&c, G_MAXINT32);
      ask_number (&c, G_MAXUINT32);
    }
  return c.asked;
}

/* A folder for kept filters that goes with the test. */

typedef struct
{
  char *top;
  char *folder;
  sample *sample;
  const rt_seccomp *profile;
  char name[65];
  char *file;
} fixture;

static void
set_up (fixture *f, gconstpointer data)
{
  f->top = g_dir_make_tmp ("atomic-filters-XXXXXX", NULL);
  f->folder = g_build_filename (f->top, "filters", NULL);
  f->sample = sample_load (data);
  f->profile = f->sample->spec.linux_->seccomp;
  rt_seccomp_digest (f->profile, f->name);
  f->file = g_build_filename (f->folder, f->name, NULL);
}

static void
tear_down (fixture *f, gconstpointer data)
{
  (void)data;
  g_unlink (f->file);
  g_rmdir (f->folder);
  g_rmdir (f->top);
  g_free (f->top);
  g_free (f->folder);
  g_free (f->file);
  sample_free (f->sample);
}

static rt_filter
get (fixture *f)
{
  rt_filter filter = { 0 };
  hd_err err = { 0 };

  if (rt_seccomp_filter (f->profile, f->folder, &filter, &f->sample->arena, &err) < 0)
    g_error ("%s", err.message);
  return filter;
}

static void
test_decides_as_libseccomp (fixture *f, gconstpointer data)
{
  (void)data;
  /* The operators' profile has a call for an agent, which no socket is needed for here. */
  ((rt_seccomp *)f->profile)->listener_path = "/run/agent";
  rt_filter compiled = get (f), kept = get (f);

  g_assert_nonnull (compiled.library);
  g_assert_null (kept.library);
  g_assert_cmpmem (compiled.program.filter, compiled.program.len * sizeof (struct sock_filter),
                   kept.program.filter, kept.program.len * sizeof (struct sock_filter));
  g_assert_cmpuint (compare_filter (f->profile, &kept), >, 10000);
}

/* Was it taken from the file?  Then nothing was compiled. */
static gboolean
is_kept (fixture *f)
{
  return get (f).library == NULL;
}

static void
test_kept_and_private (fixture *f, gconstpointer data)
{
  GStatBuf st;

  (void)data;
  g_assert_false (is_kept (f));
  g_assert_true (is_kept (f));
  g_assert_cmpint (g_stat (f->file, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
  g_assert_cmpint (g_stat (f->folder, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0700);
}

/* Whatever somebody else may have had a hand in is compiled again, and what comes is the same. */
static void
test_not_trusted (fixture *f, gconstpointer data)
{
  g_autofree char *other = g_build_filename (f->folder, "other", NULL);

  (void)data;
  get (f);
  g_assert_cmpint (g_chmod (f->file, 0620), ==, 0);
  g_assert_false (is_kept (f));
  g_assert_true (is_kept (f));

  g_assert_cmpint (g_rename (f->file, other), ==, 0);
  g_assert_cmpint (symlink (other, f->file), ==, 0);
  g_assert_false (is_kept (f));
  g_assert_cmpint (g_unlink (other), ==, 0);
  g_assert_true (is_kept (f));

  g_assert_cmpint (link (f->file, other), ==, 0);
  g_assert_false (is_kept (f));
  g_assert_cmpint (g_unlink (other), ==, 0);

  if (geteuid () == 0)
    {
      get (f);
      g_assert_cmpint (chown (f->file, 65534, 0), ==, 0);
      g_assert_false (is_kept (f));
      g_assert_true (is_kept (f));
      g_assert_cmpint (chown (f->folder, 65534, 0), ==, 0);
      g_assert_false (is_kept (f));
      g_assert_false (is_kept (f));
      g_assert_cmpint (chown (f->folder, 0, 0), ==, 0);
    }
  g_assert_cmpint (g_chmod (f->folder, 0770), ==, 0);
  g_assert_false (is_kept (f));
  g_assert_false (is_kept (f));
  g_assert_cmpint (g_chmod (f->folder, 0700), ==, 0);
}

/* Each single byte that is another makes the file worthless; so does one more or one less. */
static void
test_damage (fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;
  gsize length;
  rt_filter filter;

  (void)data;
  get (f);
  g_assert_true (g_file_get_contents (f->file, &text, &length, NULL));
  g_assert_cmpuint (length, >, 600);
  for (gsize i = 0; i < length; i += i < 600 ? 1 : 97)
    {
      text[i] ^= 1;
      g_assert_true (g_file_set_contents_full (f->file, text, (gssize)length,
                                               G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
      g_assert_false (rt_filter_load (f->folder, f->name, &filter, &f->sample->arena));
      text[i] ^= 1;
    }
  for (gsize n = 0; n < length; n += 101)
    {
      g_assert_true (g_file_set_contents_full (f->file, text, (gssize)n,
                                               G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
      g_assert_false (rt_filter_load (f->folder, f->name, &filter, &f->sample->arena));
    }
  g_assert_true (g_file_set_contents_full (f->file, text, (gssize)length,
                                           G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  g_assert_true (rt_filter_load (f->folder, f->name, &filter, &f->sample->arena));
}

/* Another libseccomp in the place of the one that compiled. */
static void
test_other_library (fixture *f, gconstpointer data)
{
  g_autofree char *library = g_build_filename (f->top, "library", NULL);
  rt_filter filter = get (f), kept;

  (void)data;
  filter = get (f);
  g_assert_true (g_file_set_contents (library, "one", -1, NULL));
  filter.library = library;
  rt_filter_keep (f->folder, f->name, &filter, &f->sample->arena);
  g_assert_true (rt_filter_load (f->folder, f->name, &kept, &f->sample->arena));
  g_assert_true (g_file_set_contents (library, "two", -1, NULL));
  g_assert_false (rt_filter_load (f->folder, f->name, &kept, &f->sample->arena));
  g_unlink (library);
}

/* Names */

static void
check_differ (const char *a, const char *b)
{
  g_autofree char *text_a = sample_config ("linux.seccomp", a);
  g_autofree char *text_b = sample_config ("linux.seccomp", b);
  g_autoptr (sample) one = sample_parse (text_a);
  g_autoptr (sample) two = sample_parse (text_b);
  char name_a[65], name_b[65];

  rt_seccomp_digest (one->spec.linux_->seccomp, name_a);
  rt_seccomp_digest (two->spec.linux_->seccomp, name_b);
  g_assert_cmpstr (name_a, !=, name_b);
}

static void
test_names (void)
{
  static const char rule[] = "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [%s]}";
  static const char *const rules[] = {
    "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"}",
    "{\"names\": [\"write\"], \"action\": \"SCMP_ACT_ALLOW\"}",
    "{\"names\": [\"read\", \"write\"], \"action\": \"SCMP_ACT_ALLOW\"}",
    "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\"}",
    "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 0}",
    "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 1}",
    "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": "
    "[{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}",
    "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": "
    "[{\"index\": 1, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}",
    "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": "
    "[{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_NE\"}]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    for (gsize j = 0; j < i; j++)
      {
        g_autofree char *a = g_strdup_printf (rule, rules[i]);
        g_autofree char *b = g_strdup_printf (rule, rules[j]);

        check_differ (a, b);
      }
  check_differ ("{\"defaultAction\": \"SCMP_ACT_ALLOW\"}", "{\"defaultAction\": \"SCMP_ACT_LOG\"}");
  check_differ ("{\"defaultAction\": \"SCMP_ACT_ALLOW\"}",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_X86\"]}");
}

/* What is wrong in a profile. */

static void
check_wrong (const char *json, const char *reason)
{
  g_autofree char *text = sample_config ("linux.seccomp", json);
  g_autoptr (sample) s = sample_parse (text);
  rt_filter filter;
  hd_err err = { 0 };

  g_assert_cmpint (rt_seccomp_filter (s->spec.linux_->seccomp, NULL, &filter, &s->arena, &err), <,
                   0);
  if (strstr (err.message, reason) == NULL)
    g_error ("\"%s\" does not tell \"%s\"", err.message, reason);
}

static void
test_wrong (void)
{
  check_wrong ("{\"defaultAction\": \"SCMP_ACT_PERHAPS\"}", "unknown action \"SCMP_ACT_PERHAPS\"");
  check_wrong ("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"defaultErrnoRet\": 1}",
               "SCMP_ACT_ALLOW takes no errnoRet");
  check_wrong ("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_Z80\"]}",
               "unknown \"SCMP_ARCH_Z80\"");
  check_wrong ("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"FAST\"]}",
               "linux.seccomp.flags[0]: unknown flag \"FAST\"");
  check_wrong ("{\"defaultAction\": \"SCMP_ACT_NOTIFY\", \"listenerPath\": \"/run/agent\"}",
               "linux.seccomp.defaultAction");
  check_wrong ("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
               "[{\"names\": [\"mkdir\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}",
               "linux.seccomp.listenerPath: is required");
  check_wrong ("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/run/agent\", "
               "\"syscalls\": [{\"names\": [\"sendmsg\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}",
               "sendmsg");
}

static void
test_flags (void)
{
  g_autofree char *text = sample_config (
      "linux.seccomp",
      "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\", "
      "\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\", \"SECCOMP_FILTER_FLAG_TSYNC\"], \"listenerPath\": "
      "\"/run/agent\", \"syscalls\": [{\"names\": [\"mkdir\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}");
  g_autoptr (sample) s = sample_parse (text);
  rt_filter filter;
  hd_err err = { 0 };

  g_assert_cmpint (rt_seccomp_filter (s->spec.linux_->seccomp, NULL, &filter, &s->arena, &err), ==,
                   0);
  g_assert_cmpuint (filter.flags, ==,
                    SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW
                        | SECCOMP_FILTER_FLAG_NEW_LISTENER);
  g_assert_true (filter.listens);
}

#define ADD(path, name, function) g_test_add (path, fixture, name, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/seccomp/decides/docker", "seccomp-docker", test_decides_as_libseccomp);
  ADD ("/seccomp/decides/operators", "seccomp-operators", test_decides_as_libseccomp);
  ADD ("/seccomp/decides/allow", "seccomp-allow", test_decides_as_libseccomp);
  ADD ("/seccomp/kept/private", "seccomp-docker", test_kept_and_private);
  ADD ("/seccomp/kept/trust", "seccomp-docker", test_not_trusted);
  ADD ("/seccomp/kept/damage", "seccomp-allow", test_damage);
  ADD ("/seccomp/kept/library", "seccomp-docker", test_other_library);
  g_test_add_func ("/seccomp/names", test_names);
  g_test_add_func ("/seccomp/wrong", test_wrong);
  g_test_add_func ("/seccomp/flags", test_flags);
  return g_test_run ();
}

/* Plans of whole files: tests/data/kickstart/NAME.ks and NAME.plan. */
#include "kickstart/plan.h"

#include <string.h>
#include "base/error.h"
#include "kickstart/loader.h"
#include "sample.h"

static char *
read_data (const char *name)
{
  g_autofree char *path = sample_path (name);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static HdKickstart *
parse_data (const char *name)
{
  g_autofree char *text = read_data (name);
  HdKickstart *kickstart = hd_ks_parse (name, text, strlen (text), &hd_ks_file_loader);

  hd_ks_rules (kickstart);
  return kickstart;
}

static char *
printed (const HdKsPlan *plan)
{
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream (&text, &length);

  hd_ks_plan_print (plan, out);
  fclose (out);
  return text;
}

static void
test_golden (gconstpointer data)
{
  g_autofree char *source = g_strconcat (data, ".ks", NULL);
  g_autofree char *golden = g_strconcat (data, ".plan", NULL);
  g_autofree char *expected = read_data (golden);
  g_autoptr (HdKickstart) kickstart = parse_data (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (HdKsPlan) plan = NULL;
  g_autofree char *text = NULL;

  hd_ks_installable (kickstart, &error);
  g_assert_no_error (error);
  plan = hd_ks_plan_new (kickstart);
  text = printed (plan);
  g_assert_cmpstr (text, ==, expected);
}

/* No password of the samples is in a plan. */
static void
test_secrets (void)
{
  static const char *const secrets[]
      = { "geheim", "correct horse", "$6$salt", "AAAAC3Nza", "grub.pbkdf2", NULL };
  g_autoptr (HdKickstart) kickstart = parse_data ("rhel-bare-metal.ks");
  g_autoptr (HdKsPlan) plan = hd_ks_plan_new (kickstart);
  g_autofree char *text = printed (plan);
  g_autofree char *source = read_data ("rhel-bare-metal.ks");

  for (const char *const *secret = secrets; *secret != NULL; secret++)
    {
      g_assert_nonnull (strstr (source, *secret));
      g_assert_null (strstr (text, *secret));
    }
}

/* What refuses to be carried out, although the language is right. */
static const struct
{
  const char *text;
  const char *message;
} refused[] = {
  { "text\n", "-: no line says what to install" },
  { "ostreesetup --osname=a --url=http://x/ --ref=b\n", "-: no line makes /" },
  { "ostreesetup --osname=a --url=http://x/ --ref=b\nautopart\niscsi --ipaddr=a\n",
    "-:3:1: iscsi cannot be carried out" },
  { "ostreecontainer --url=quay.example/host\nautopart\n",
    "-:1:1: ostreecontainer cannot be carried out" },
  { "autopart\npart / --size=5\n", "-:2:1: part and autopart exclude each other (-:1)" },
};

static void
test_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (HdKickstart) kickstart = sample_kickstart (refused[i].text);
      g_autoptr (GError) error = NULL;
      g_assert_false (hd_ks_installable (kickstart, &error));
      g_assert_cmpint (hd_error_code (error), ==, HD_CONFIG);
      g_assert_cmpstr (error->message, ==, refused[i].message);
      g_assert_nonnull (hd_error_hint (error));
    }
}

/* The first network line is set up in the installer when the commit comes over the network. */
static const struct
{
  const char *url, *lines;
  guint links;
} networks[] = {
  { "http://x/", "", 0 },
  { "http://x/", "network --device=a\nnetwork --device=b\n", 1 },
  { "http://x/", "network --hostname=h\nnetwork --device=b\n", 1 },
  { "http://x/", "network --device=a --no-activate\nnetwork --device=b --activate\n", 1 },
  { "file:///x", "network --device=a\n", 0 },
  { "file:///x", "network --device=a --activate\n", 1 },
};

static void
test_links (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      g_autofree char *text
          = g_strdup_printf ("ostreesetup --osname=a --url=%s --ref=b\nautopart\n%s",
                             networks[i].url, networks[i].lines);
      g_autoptr (HdKickstart) kickstart = sample_kickstart (text);
      g_autoptr (HdKsPlan) plan = hd_ks_plan_new (kickstart);
      guint links = 0;
      for (guint j = 0; j < plan->steps->len; j++)
        links += ((const HdKsStep *)g_ptr_array_index (plan->steps, j))->kind == HD_KS_STEP_LINK;
      g_assert_cmpuint (links, ==, networks[i].links);
    }
}

/* Each file of the folder has a plan, except the one that is for another system. */
int
main (int argc, char **argv)
{
  g_autofree char *folder = sample_path ("");
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *file;

  g_test_init (&argc, &argv, NULL);
  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (file, ".ks") && strcmp (file, "package-mode.ks") != 0)
      g_ptr_array_add (names, g_strndup (file, strlen (file) - strlen (".ks")));
  g_assert_cmpuint (names->len, >=, 12);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *name
          = g_strconcat ("/kickstart/plan/golden/", g_ptr_array_index (names, i), NULL);
      g_test_add_data_func (name, g_ptr_array_index (names, i), test_golden);
    }
  g_test_add_func ("/kickstart/plan/secrets", test_secrets);
  g_test_add_func ("/kickstart/plan/refused", test_refused);
  g_test_add_func ("/kickstart/plan/links", test_links);
  return g_test_run ();
}

/* Definition files to values, and what is wrong with them. */
#include "tools/definition.h"

#include "base/error.h"
#include "sample.h"

static void
test_values (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdDefinition) definition = sample_definition ("", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (definition->stateroot, ==, "sample");
  g_assert_cmpstr (definition->ref, ==, "sample/amd64/stable");
  g_assert_cmpstr (definition->passwd, ==, "/def/users/passwd");
  g_assert_cmpstr (definition->packages[0], ==, "linux-image-cloud-amd64");
  g_assert_cmpstr (definition->packages[2], ==, "less");
  g_assert_null (definition->packages[3]);
  g_assert_cmpuint (definition->disk_bytes, ==, 4 * G_GUINT64_CONSTANT (1073741824));
  g_assert_cmpuint (definition->boot_bytes, ==, 512 * 1048576);
  g_assert_null (definition->agent_source);

  const HdOverlay *first = g_ptr_array_index (definition->overlays, 0);
  const HdOverlay *second = g_ptr_array_index (definition->overlays, 1);
  g_assert_cmpstr (first->source, ==, "/def/files");
  g_assert_cmpstr (first->target, ==, "/");
  g_assert_cmpstr (second->source, ==, "/def/seed");
  g_assert_cmpstr (second->target, ==, "/etc/seed");
}

static void
test_overlay (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdDefinition) definition = sample_definition (
      "[Packages]\nInclude=tree\nRemove=less\n[Files]\nTree=\nTree=/abs\n", &error);
  g_assert_no_error (error);
  g_autofree char *packages = g_strjoinv (" ", definition->packages);
  g_assert_cmpstr (packages, ==, "linux-image-cloud-amd64 bash tree");
  g_assert_cmpuint (definition->overlays->len, ==, 1);
  const HdOverlay *only = g_ptr_array_index (definition->overlays, 0);
  g_assert_cmpstr (only->source, ==, "/abs");
}

/* What is laid over the sample, and what the message has to name. */
static const struct
{
  const char *more;
  const char *message;
  const char *hint;
} wrong[] = {
  { "\n[Packages]\nInclud=x\n", "more.conf:3", "Include" },
  { "[Pakages]\n", "more.conf:1", "Packages" },
  { "[Image]\nName=\n", "Name= is missing in [Image]", NULL },
  { "[Packages]\nRemove=emacs\n", "more.conf:2: package emacs is not included", NULL },
  { "[Disk]\nSize=100M\n", "more.conf:2", "whole MiB" },
  { "[Disk]\nBoot=536870913\n", "more.conf:2", NULL },
  { "[Disk]\nEsp=large\n", "more.conf:2", NULL },
  { "[Packages]\nInclude=less 'nano\n", "more.conf:2:14: a quote that is never closed",
    "close it" },
  { "[Packages]\nRemove=\"less\n", "more.conf:2:8: a quote that is never closed", "close it" },
  { "[Files]\nTree=a'b\n", "more.conf:2:7: a quote that is never closed", "close it" },
  { "[Files]\nTree=a:b\n", "target b is not an absolute path", NULL },
};

static void
test_wrong (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (HdDefinition) definition = sample_definition (wrong[i].more, &error);
      g_test_message ("%s", wrong[i].more);
      g_assert_null (definition);
      g_assert_error (error, HD_ERROR, HD_CONFIG);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, wrong[i].message));
      if (wrong[i].hint != NULL)
        g_assert_nonnull (strstr (hd_error_hint (error), wrong[i].hint));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/definition/values", test_values);
  g_test_add_func ("/definition/overlay", test_overlay);
  g_test_add_func ("/definition/wrong", test_wrong);
  return g_test_run ();
}

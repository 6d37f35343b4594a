/* host/outcome: the data of a result and its line for people. */
#include "host/outcome.h"

#include <string.h>

#include "common/cleanup.h"
#include "sample-sysroot.h"

#define OLD "{'version': <'1'>, 'atomic.packages': <[('a','1','amd64'), ('b','1','amd64')]>}"
#define NEW "{'version': <'2'>, 'ostree.linux': <'6.2'>, 'atomic.packages': <[('a','2','amd64')]>}"

static void
assert_data (const Folder *f, HdBasis *basis, gboolean staged, const char *expected)
{
  HdSysroot sysroot = { .fd = f->fd };
  g_autoptr (HdCommit) info = hd_commit_read (f->fd, SAMPLE_B, NULL);
  HdSignature signature = { (char *)"ABCD", (char *)"K <k@example.org>" };
  HdCandidate candidate
      = { .commit = (char *)SAMPLE_B, .info = info, .signature = &signature, .download_bytes = 77 };
  hd_autojson data = hd_outcome_data (&sysroot, basis, &candidate, staged);
  hd_autofree char *text = hd_json_to_text (data, false);
  g_assert_cmpstr (text, ==, expected);
}

#define FROM "{\"from\":{\"version\":\"1\",\"commit\":\"" SAMPLE_A "\"},"
#define TO "\"to\":{\"version\":\"2\",\"commit\":\"" SAMPLE_B "\"},"
#define SIGNATURE "\"signature\":{\"key\":\"ABCD\",\"uid\":\"K <k@example.org>\"}}"

static void
test_data (Folder *f, gconstpointer data)
{
  HdBasis basis = { .commit = (char *)SAMPLE_A, .kernel = (char *)"6.1" };
  sample_commit (f, SAMPLE_A, OLD, 1);
  sample_commit (f, SAMPLE_B, NEW, 2);
  assert_data (f, &basis, TRUE,
               FROM TO "\"staged\":true,\"next\":{\"version\":\"2\",\"commit\":\"" SAMPLE_B
                       "\"},\"download_bytes\":77,\"packages\":{\"upgraded\":[[\"a\",\"1\",\"2\"]]"
                       ",\"added\":[],\"removed\":[[\"b\",\"1\"]],\"downgraded\":[]},"
                       "\"kernel\":{\"from\":\"6.1\",\"to\":\"6.2\"}," SIGNATURE);
  assert_data (f, &basis, FALSE,
               FROM TO "\"staged\":false,\"next\":{\"version\":\"1\",\"commit\":\"" SAMPLE_A
                       "\"},\"download_bytes\":77,\"packages\":{\"upgraded\":[[\"a\",\"1\",\"2\"]]"
                       ",\"added\":[],\"removed\":[[\"b\",\"1\"]],\"downgraded\":[]},"
                       "\"kernel\":{\"from\":\"6.1\",\"to\":\"6.2\"}," SIGNATURE);
}

/* The first deployment of a stateroot comes from nowhere. */
static void
test_data_without_basis (Folder *f, gconstpointer data)
{
  HdBasis basis = { 0 };
  sample_commit (f, SAMPLE_B, NEW, 2);
  assert_data (f, &basis, FALSE,
               "{\"from\":{}," TO "\"staged\":false,\"next\":{},\"download_bytes\":77,"
               "\"packages\":{\"upgraded\":[],\"added\":[],\"removed\":[],\"downgraded\":[]},"
               "\"kernel\":{\"to\":\"6.2\"}," SIGNATURE);
}

static void
test_describe (Folder *f, gconstpointer data)
{
  HdSysroot sysroot = { .fd = f->fd };
  sample_commit (f, SAMPLE_A, OLD, 1);
  sample_commit (f, SAMPLE_B, "@a{sv} {}", 1);
  g_autofree char *known = hd_outcome_describe (&sysroot, SAMPLE_A);
  g_autofree char *nameless = hd_outcome_describe (&sysroot, SAMPLE_B);
  g_autofree char *absent = hd_outcome_describe (&sysroot, SAMPLE_C);
  g_assert_cmpstr (known, ==, "version 1 (aaaaaaaaaaaa)");
  g_assert_cmpstr (nameless, ==, "commit bbbbbbbbbbbb");
  g_assert_cmpstr (absent, ==, "commit cccccccccccc");
}

static void
test_summary (void)
{
  static const struct
  {
    const char *packages;
    const char *summary;
  } cases[] = {
    { "{}", "" },
    { "{\"packages\":{\"upgraded\":[],\"added\":[],\"removed\":[],\"downgraded\":[]}}", "" },
    { "{\"packages\":{\"upgraded\":[1]}}", "1 package upgraded" },
    { "{\"packages\":{\"added\":[1,2],\"upgraded\":[1,2,3]}}", "3 packages upgraded, 2 added" },
    { "{\"packages\":{\"upgraded\":[1],\"added\":[1],\"removed\":[1],\"downgraded\":[1]}}",
      "1 package upgraded, 1 downgraded, 1 added, 1 removed" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      hd_autojson data = hd_json_parse (cases[i].packages, strlen (cases[i].packages), NULL);
      g_autofree char *summary = hd_outcome_summary (data);
      g_assert_cmpstr (summary, ==, cases[i].summary);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_test ("/outcome/data", test_data);
  folder_test ("/outcome/data-without-basis", test_data_without_basis);
  folder_test ("/outcome/describe", test_describe);
  g_test_add_func ("/outcome/summary", test_summary);
  return g_test_run ();
}

/* engine/instruction: --change, one by one. */
#include "engine/instruction.h"

#include "base/error.h"

static HdImageConfig *
apply (const char *const *texts)
{
  HdImageConfig *config = hd_image_config_new ();
  for (; *texts != NULL; texts++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_true (hd_instruction_apply (config, *texts, &error));
      g_assert_no_error (error);
    }
  return config;
}

static void
assert_list (char **list, const char *expected)
{
  g_autofree char *joined = g_strjoinv ("|", list);
  g_assert_cmpstr (joined, ==, expected);
}

static void
test_applied (void)
{
  static const char *const texts[] = { "CMD [\"a\", \"b c\"]",
                                       "entrypoint echo $HOME",
                                       "ENV A=1 B=\"2 3\"",
                                       "ENV A=4",
                                       "ENV C d e",
                                       "EXPOSE 80 53/udp",
                                       "EXPOSE 80",
                                       "LABEL x=\"y z\"",
                                       "USER 1:2",
                                       "VOLUME /a /b",
                                       "VOLUME [\"/c\"]",
                                       "WORKDIR /x",
                                       "WORKDIR ../y",
                                       "STOPSIGNAL 9",
                                       "ONBUILD RUN x",
                                       NULL };
  g_autoptr (HdImageConfig) config = apply (texts);
  assert_list (config->cmd, "a|b c");
  assert_list (config->entrypoint, "/bin/sh|-c|echo $HOME");
  assert_list (config->env, "A=4|B=2 3|C=d e");
  assert_list (config->exposed_ports, "80/tcp|53/udp");
  assert_list (config->labels, "x=y z");
  assert_list (config->volumes, "/a|/b|/c");
  assert_list (config->on_build, "RUN x");
  g_assert_cmpstr (config->user, ==, "1:2");
  g_assert_cmpstr (config->working_dir, ==, "/y");
  g_assert_cmpstr (config->stop_signal, ==, "9");
}

static void
test_refused (void)
{
  static const char *const cases[] = { "",           "CMD",    "FROM x",    "RUN x",     "CMD [1]",
                                       "CMD [\"a\"", "ENV =x", "ENV A=\"b", "VOLUME [1]" };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (HdImageConfig) config = hd_image_config_new ();
      g_assert_false (hd_instruction_apply (config, cases[i], &error));
      g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/instruction/applied", test_applied);
  g_test_add_func ("/instruction/refused", test_refused);
  return g_test_run ();
}

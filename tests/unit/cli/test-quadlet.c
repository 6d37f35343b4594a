/* cli/quadlet: a file and the service that it becomes; what is wrong with others. */
#include "cli/quadlet.h"

#include <string.h>

#include "base/error.h"

static void
test_golden (void)
{
  static const char text[]
      = "[Unit]\nDescription=Web\n\n[Container]\nImage=nginx:1\n"
        "Exec=sh -c \"echo $X\"\n# a comment\nEnvironment=A=1 \\\n  \"B=c d\"\n"
        "User=7\nGroup=8\nNoNewPrivileges=true\nReadOnly=no\n"
        "PodmanArgs=--cpus 2\n[Service]\nRestart=always\nType=exec\n"
        "[Install]\nWantedBy=a.target b.target\nRequiredBy=c.target\n";
  static const char expected[]
      = "# Made from /q/web.container; changes belong there.\n[Unit]\n"
        "SourcePath=/q/web.container\nWants=network-online.target\nAfter=network-online.target\n"
        "Description=Web\n\n[Install]\nWantedBy=a.target b.target\nRequiredBy=c.target\n\n"
        "[Service]\nRestart=always\nType=exec\nNotifyAccess=all\nKillMode=mixed\nDelegate=yes\n"
        "SyslogIdentifier=%N\nEnvironment=ATOMIC_SYSTEMD_UNIT=%n\n"
        "ExecStartPre=-/bin/atomic rm -f -v systemd-web\n"
        "ExecStart=/bin/atomic run -d --name systemd-web --env=A=1 \"--env=B=c d\" "
        "--security-opt=no-new-privileges --cpus 2 --user=7:8 nginx:1 sh -c \"echo $$X\"\n"
        "ExecStopPost=-/bin/atomic rm -f -v systemd-web\n";
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) links = NULL;
  g_autofree char *unit
      = hd_quadlet_convert ("/q/web.container", "web", "/bin/atomic", text, &links, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (unit, ==, expected);
  g_autofree char *joined = g_strjoinv (" ", links);
  g_assert_cmpstr (joined, ==,
                   "a.target.wants/web.service b.target.wants/web.service "
                   "c.target.requires/web.service");
}

static void
test_mistakes (void)
{
  static const struct
  {
    const char *text, *says;
  } cases[] = {
    { "", "names no image" },
    { "[Container]\nExec=x\n", "names no image" },
    { "Image=x\n", ":1: this is no KEY=VALUE in a section" },
    { "[Container]\nImage=x\nColour=red\n", ":3: [Container] has no key Colour" },
    { "[Container]\nImage=x\nExec=\"a\n", ":3: a quote is never closed" },
    { "[Container]\nImage=x\nVolume=data.volume:/x\n", "only .container files" },
    { "[Container]\nImage=x\nNetwork=my.network\n", "only .container files" },
    { "[Container]\nImage=\xff\n", "no UTF-8" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      char **links = NULL;
      g_assert_null (hd_quadlet_convert ("f", "n", "/a", cases[i].text, &links, &error));
      g_assert_cmpint (hd_error_code (error), ==, HD_CONFIG);
      if (strstr (error->message, cases[i].says) == NULL)
        g_error ("%s", error->message);
    }
}

/* No value leaves its place in the command line. */
static void
test_quoting (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) links = NULL;
  g_autofree char *unit = hd_quadlet_convert (
      "f", "n", "/a", "[Container]\nImage=x\nLabel=\"a=b\\\"c ;d\"\nWorkingDir=/a b\n", &links,
      &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (unit, " \"--label=a=b\\\"c ;d\" \"--workdir=/a b\" x\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/quadlet/golden", test_golden);
  g_test_add_func ("/cli/quadlet/mistakes", test_mistakes);
  g_test_add_func ("/cli/quadlet/quoting", test_quoting);
  return g_test_run ();
}

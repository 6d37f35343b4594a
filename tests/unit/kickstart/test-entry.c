/* Values have the types of their options. */
#include <string.h>

#include "sample.h"

static void
test_types (void)
{
  g_autoptr (HdKickstart) kickstart = sample_kickstart (
      "partition /home --size 100 --size=200 --grow --ondrive=sda --fsoptions=\"a b\" --label=\n");
  const HdKsEntry *entry = sample_entry (kickstart);

  g_assert_true (hd_ks_is (entry, "part"));
  g_assert_false (hd_ks_is (entry, "par"));
  g_assert_false (hd_ks_is (entry, "partition"));
  g_assert_cmpstr (entry->name, ==, "partition");
  g_assert_cmpint (hd_ks_number (entry, "size", -1), ==, 200);
  g_assert_cmpint (hd_ks_number (entry, "maxsize", -1), ==, -1);
  g_assert_true (hd_ks_given (entry, "grow"));
  g_assert_false (hd_ks_given (entry, "asprimary"));
  g_assert_cmpstr (hd_ks_text (entry, "ondisk"), ==, "sda");
  g_assert_cmpstr (hd_ks_text (entry, "fsoptions"), ==, "a b");
  g_assert_cmpstr (hd_ks_text (entry, "label"), ==, "");
  g_assert_null (hd_ks_text (entry, "fstype"));
  g_assert_cmpuint (hd_ks_n_operands (entry), ==, 1);
  g_assert_cmpstr (hd_ks_operand (entry, 0), ==, "/home");
  g_assert_null (hd_ks_operand (entry, 1));
  g_assert_cmpuint (hd_ks_value_place (entry, "size").column, ==, 35);
  g_assert_cmpuint (hd_ks_operand_place (entry, 0).column, ==, 11);
}

static void
test_lists (void)
{
  g_autoptr (HdKickstart) kickstart
      = sample_kickstart ("firewall --port=22:tcp,,\" 80:tcp \" --port 53:udp --trust=eth0\n");
  const HdKsEntry *entry = sample_entry (kickstart);
  g_auto (GStrv) ports = hd_ks_list (entry, "port");
  g_auto (GStrv) services = hd_ks_list (entry, "service");
  g_autofree char *joined = g_strjoinv ("|", ports);

  g_assert_cmpstr (joined, ==, "22:tcp|80:tcp|53:udp");
  g_assert_cmpuint (g_strv_length (services), ==, 0);
}

static void
test_booleans (void)
{
  static const struct
  {
    const char *text;
    gboolean value;
  } cases[] = { { "yes", TRUE }, { "ON", TRUE },   { "True", TRUE }, { "1", TRUE },
                { "no", FALSE }, { "off", FALSE }, { "0", FALSE },   { "FALSE", FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *line = g_strdup_printf ("network --onboot=%s\n", cases[i].text);
      g_autoptr (HdKickstart) kickstart = sample_kickstart (line);
      g_assert_cmpint (hd_ks_bool (sample_entry (kickstart), "onboot", !cases[i].value), ==,
                       cases[i].value);
    }
}

static void
test_maybe (void)
{
  g_autoptr (HdKickstart) with = sample_kickstart ("mount /dev/sda1 --reformat=xfs /\n");
  g_autoptr (HdKickstart) without = sample_kickstart ("mount --reformat /dev/sda1 /\n");

  g_assert_cmpstr (hd_ks_text (sample_entry (with), "reformat"), ==, "xfs");
  g_assert_true (hd_ks_given (sample_entry (without), "reformat"));
  g_assert_null (hd_ks_text (sample_entry (without), "reformat"));
  g_assert_cmpstr (hd_ks_operand (sample_entry (without), 1), ==, "/");
}

static void
test_last_of (void)
{
  static const struct
  {
    const char *line, *last;
  } cases[] = {
    { "rootpw x\n", NULL },
    { "rootpw --iscrypted x\n", "iscrypted" },
    { "rootpw --iscrypted --plaintext x\n", "plaintext" },
    { "rootpw --plaintext x --iscrypted\n", "iscrypted" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdKickstart) kickstart = sample_kickstart (cases[i].line);
      g_assert_cmpstr (hd_ks_last_of (sample_entry (kickstart), "iscrypted", "plaintext"), ==,
                       cases[i].last);
    }
}

/* A command that stands there twice: the second line adds to the first. */
static void
test_inherit (void)
{
  static const struct
  {
    const char *text;
    const char *operand, *flag, *list; /* of the second line; NULL: it has none */
  } cases[] = {
    { "services --disabled=a --enabled=b,c\nservices --enabled=d\n", NULL, NULL, "enabled d" },
    { "services --disabled=a,b\nservices --enabled=d\n", NULL, NULL, "disabled a,b" },
    { "rootpw --iscrypted $6$x\nrootpw --lock\n", "$6$x", "iscrypted", NULL },
    { "rootpw --lock\nrootpw y\n", "y", NULL, NULL },
    { "firewall --ssh --port=1:tcp\nfirewall --http\n", NULL, "http", "port 1:tcp" },
    { "firewall --ssh --http\nfirewall --smtp\n", NULL, "smtp", NULL },
  };
  static const char *const flags[] = { "iscrypted", "http", "ssh" };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdKickstart) kickstart = sample_kickstart (cases[i].text);
      const HdKsEntry *entry = g_ptr_array_index (kickstart->commands, 1);
      g_auto (GStrv) wanted = g_strsplit (cases[i].list ?: "", " ", -1);
      g_assert_cmpstr (hd_ks_operand (entry, 0), ==, cases[i].operand);
      if (cases[i].flag != NULL)
        g_assert_true (hd_ks_given (entry, cases[i].flag));
      for (gsize j = 0; j < G_N_ELEMENTS (flags); j++)
        if (hd_ks_option_find (entry->command, flags[j]) != NULL
            && g_strcmp0 (cases[i].flag, flags[j]) != 0)
          g_assert_false (hd_ks_given (entry, flags[j]));
      if (cases[i].list != NULL)
        {
          g_auto (GStrv) list = hd_ks_list (entry, wanted[0]);
          g_autofree char *joined = g_strjoinv (",", list);
          g_assert_cmpstr (joined, ==, wanted[1]);
        }
    }
}

/* Where a value stands is where it was written. */
static void
test_inherited_place (void)
{
  g_autoptr (HdKickstart) kickstart
      = sample_kickstart ("services --disabled=a\nservices --enabled=b\nservices --enabled=c\n");
  const HdKsEntry *last = hd_kickstart_last (kickstart, "services");

  g_assert_cmpuint (hd_ks_value_place (last, "disabled").line, ==, 1);
  g_assert_cmpuint (hd_ks_value_place (last, "enabled").line, ==, 3);
}

/* What argparse takes for an option, and what for a value. */
static void
test_dashes (void)
{
  g_autoptr (HdKickstart) space
      = sample_kickstart ("bootloader --append=\"quiet console=ttyS0 --debug\"\n");
  g_autoptr (HdKickstart) dash = sample_kickstart ("rootpw -- --secret\n");
  g_autoptr (HdKickstart) lone = sample_kickstart ("rootpw -\n");

  g_assert_cmpstr (hd_ks_text (sample_entry (space), "append"), ==, "quiet console=ttyS0 --debug");
  g_assert_cmpstr (hd_ks_operand (sample_entry (dash), 0), ==, "--secret");
  g_assert_cmpstr (hd_ks_operand (sample_entry (lone), 0), ==, "-");
}

/* Each row of the tables can be found by each of its names, and its rules hold on its own. */
static void
test_tables (void)
{
  for (const HdKsCommand *const *table = hd_ks_commands; *table != NULL; table++)
    for (const HdKsCommand *row = *table; row->names != NULL; row++)
      {
        g_auto (GStrv) names = g_strsplit (row->names, " ", -1);
        for (char **name = names; *name != NULL; name++)
          g_assert_true (hd_ks_command_find (*name) == row);
        g_assert_true (row->summary != NULL && row->operands != NULL);
        g_assert_true ((row->flags & HD_KS_ABSENT) == 0 || row->note != NULL);
        for (const HdKsOption *option = row->options; option->names != NULL; option++)
          {
            g_auto (GStrv) option_names = g_strsplit (option->names, " ", -1);
            for (char **name = option_names; *name != NULL; name++)
              g_assert_true (hd_ks_option_find (row, *name) == option);
            g_assert_cmpint (option->type == HD_KS_FLAG, ==, option->arg == NULL);
            g_assert_cmpint (option->type == HD_KS_CHOICE, ==, option->choices != NULL);
            g_assert_true (option->help != NULL && !g_str_has_suffix (option->help, "."));
          }
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/entry/types", test_types);
  g_test_add_func ("/kickstart/entry/lists", test_lists);
  g_test_add_func ("/kickstart/entry/booleans", test_booleans);
  g_test_add_func ("/kickstart/entry/maybe", test_maybe);
  g_test_add_func ("/kickstart/entry/last-of", test_last_of);
  g_test_add_func ("/kickstart/entry/inherit", test_inherit);
  g_test_add_func ("/kickstart/entry/inherited-place", test_inherited_place);
  g_test_add_func ("/kickstart/entry/dashes", test_dashes);
  g_test_add_func ("/kickstart/entry/tables", test_tables);
  return g_test_run ();
}

/* What cloud-init would ignore, and the file system of a seed. */
#include "tools/seed-check.h"

#include <string.h>

#include "base/error.h"
#include "tools/format-bytes.h"
#include "tools/seed-fat.h"

static const char *const good[] = {
  "",
  "#cloud-config\n",
  "#cloud-config\nusers:\n- name: a\n  groups: b\nruncmd:\n  - [a, b]\n\n# end\n",
  "#cloud-config\r\nhostname: a\r\n\r\n",
  "#cloud-config  \nwrite_files:\n- content: |\n    \ttab in a text: yes\n",
  "#cloud-config\n---\n\"packages\": [a,\n  b\n]\n",
  "#cloud-config\n{\"packages\": [\"a\"]}\n",
  "#!/bin/sh\nanything: goes\nanything: twice\n",
  "## template: jinja\n#cloud-config\nwhatever: {{ v1 }}\n",
  "#include\nhttp://x.example/\n",
  "Content-Type: multipart/mixed; boundary=\"x\"\n",
};

static const struct
{
  const char *text;
  const char *message; /* a part of it */
  const char *hint;    /* likewise, or NULL */
} bad[] = {
  { "hostname: a\n", "u:1: cloud-init does not know", "first line is #cloud-config" },
  { "\n#cloud-config\n", "u:1:", "not even an empty line" },
  { "\xef\xbb\xbf#cloud-config\n", "u:1:", "byte order mark" },
  { "#cloud-confg\n", "u:1:", NULL },
  { "#cloud-config: x\n", "u:1:", NULL },
  { "#!/bin/sh\r\necho\r\n", "carriage return", "Unix" },
  { "#cloud-config\nssh_pwauthx: true\n", "u:2: cloud-init knows no ssh_pwauthx", "ssh_pwauth" },
  { "#cloud-config\nusers: []\n\nusers: []\n", "u:4: users is there twice", NULL },
  { "#cloud-config\nusers:\n\t- a\n", "u:3: YAML knows no tabs", "spaces" },
  { "#cloud-config\njust text\n", "u:2: this is no key", NULL },
  { "#cloud-config\n- a: b\n", "u:2: this is no key", NULL },
  { "#cloud-config\n{\"usrs\": []}\n", "knows no usrs", "users" },
  { "#cloud-config\n[1]\n", "u:2:", NULL },
  { "#cloud-config\nnetwork: {version: 2}\n", "knows no network", "--network-config" },
  { "#cloud-config\na\xff: b\n", "no UTF-8", NULL },
};

static void
test_user_data (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      hd_seed_check_user_data ("u", good[i], strlen (good[i]), &error);
      g_assert_no_error (error);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (hd_seed_check_user_data ("u", bad[i].text, strlen (bad[i].text), &error));
      g_assert_error (error, HD_ERROR, HD_CONFIG);
      g_assert_nonnull (strstr (error->message, bad[i].message));
      if (bad[i].hint != NULL)
        g_assert_nonnull (strstr (hd_error_hint (error), bad[i].hint));
    }
}

static void
test_others (void)
{
  g_assert_true (hd_seed_check_meta_data ("m", "instance-id: a\n", 15, NULL));
  g_assert_true (hd_seed_check_meta_data ("m", "{\"instance-id\": \"a\"}", 20, NULL));
  g_assert_false (hd_seed_check_meta_data ("m", "local-hostname: a\n", 18, NULL));
  g_assert_true (hd_seed_check_network ("n", "version: 2\nethernets: {}\n", 25, NULL));
  g_assert_true (hd_seed_check_network ("n", "network:\n  version: 1\n", 22, NULL));
  g_assert_false (hd_seed_check_network ("n", "ethernets: {}\n", 14, NULL));
  g_assert_false (hd_seed_check_network ("n", "version: 2\nethernet: {}\n", 24, NULL));
  static const char *const names[] = { "a", "a-b.c", "1" };
  static const char *const no_names[] = { "", "-a", "a-", "a..b", "a.", "a_b", "a b", ".a" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (hd_seed_check_hostname (names[i], NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (no_names); i++)
    g_assert_false (hd_seed_check_hostname (no_names[i], NULL));
}

/* The tables' chains lead through a file; its bytes are there. */
static void
test_fat (void)
{
  g_autofree char *text = g_strnfill (1500, 'x');
  g_autoptr (GBytes) content = g_bytes_new (text, 1500);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  const HdFatFile files[] = { { "network-config", empty }, { "user-data", content } };
  g_autoptr (GBytes) image = hd_seed_fat (files, 2, "CIDATA", 0x12345678, 0, NULL);
  const guint8 *data = g_bytes_get_data (image, NULL);
  g_assert_cmpuint (g_bytes_get_size (image), ==, hd_get_le16 (data + 19) * 512u);
  const guint8 *table = data + 512;
  g_assert_cmphex (hd_get_le16 (table + 3) & 0xfff, ==, 3);
  g_assert_cmphex (hd_get_le16 (table + 4) >> 4, ==, 4);
  g_assert_cmphex (hd_get_le16 (table + 6) & 0xfff, ==, 0xfff);
  guint tables = hd_get_le16 (data + 22);
  const guint8 *root = table + (gsize)2 * tables * 512;
  g_assert_cmpmem (root, 11, "CIDATA     ", 11);
  /* Two parts of a long name, the short one, one part, the short one. */
  g_assert_cmphex (root[32], ==, 0x42);
  g_assert_cmpmem (root + 96, 11, "NETWOR~1   ", 11);
  g_assert_cmpmem (root + 160, 11, "USER-D~1   ", 11);
  g_assert_cmpuint (hd_get_le32 (root + 160 + 28), ==, 1500);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/seed/user-data", test_user_data);
  g_test_add_func ("/seed/others", test_others);
  g_test_add_func ("/seed/fat", test_fat);
  return g_test_run ();
}

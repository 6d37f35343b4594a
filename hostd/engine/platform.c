/* Platforms: pure tables. */
#include "engine/platform.h"

#include <string.h>
#include <sys/utsname.h>

#include "base/error.h"

/* What uname(2) and people say, and what Go says. */
static const struct
{
  const char *said, *architecture, *variant;
} names[] = {
  { "x86_64", "amd64", NULL },  { "x86-64", "amd64", NULL },
  { "aarch64", "arm64", NULL }, { "armv8l", "arm", "v8" },
  { "armv7l", "arm", "v7" },    { "armhf", "arm", "v7" },
  { "armv6l", "arm", "v6" },    { "armel", "arm", "v6" },
  { "armv5tel", "arm", "v5" },  { "i386", "386", NULL },
  { "i486", "386", NULL },      { "i586", "386", NULL },
  { "i686", "386", NULL },      { "loongarch64", "loong64", NULL },
};

static void
set_architecture (HdPlatform *platform, const char *said)
{
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (said, names[i].said))
      {
        platform->architecture = g_strdup (names[i].architecture);
        platform->variant = g_strdup (names[i].variant);
        return;
      }
  platform->architecture = g_strdup (said);
}

const HdPlatform *
hd_platform_host (void)
{
  static HdPlatform host;
  struct utsname machine;
  if (host.os == NULL && uname (&machine) == 0)
    {
      set_architecture (&host, machine.machine);
      host.os = g_strdup ("linux");
    }
  return &host;
}

static gboolean
is_word (const char *text)
{
  if (!g_ascii_isalnum (*text) || strlen (text) > 32)
    return FALSE;
  for (; *text != '\0'; text++)
    if (!g_ascii_isalnum (*text) && strchr ("._-", *text) == NULL)
      return FALSE;
  return TRUE;
}

HdPlatform *
hd_platform_parse (const char *text, GError **error)
{
  const HdPlatform *host = hd_platform_host ();
  g_autoptr (HdPlatform) platform = g_new0 (HdPlatform, 1);
  if (text == NULL)
    {
      platform->os = g_strdup (host->os);
      platform->architecture = g_strdup (host->architecture);
      platform->variant = g_strdup (host->variant);
      return g_steal_pointer (&platform);
    }
  g_auto (GStrv) parts = g_strsplit (text, "/", 4);
  guint n = g_strv_length (parts);
  gboolean good = n >= 1 && n <= 3;
  for (guint i = 0; good && i < n; i++)
    good = is_word (parts[i]);
  if (!good)
    {
      hd_throw (error, HD_USAGE, "write OS/ARCHITECTURE[/VARIANT], as linux/arm64",
                "\"%s\" is no platform", text);
      return NULL;
    }
  if (n == 1 && g_str_equal (parts[0], host->os))
    set_architecture (platform, host->architecture);
  else
    set_architecture (platform, parts[n == 1 ? 0 : 1]);
  platform->os = g_strdup (n == 1 ? host->os : parts[0]);
  if (n == 3)
    {
      g_free (platform->variant);
      platform->variant = g_strdup (parts[2]);
    }
  return g_steal_pointer (&platform);
}

void
hd_platform_free (HdPlatform *platform)
{
  if (platform == NULL)
    return;
  g_free (platform->os);
  g_free (platform->architecture);
  g_free (platform->variant);
  g_free (platform);
}

char *
hd_platform_text (const HdPlatform *platform)
{
  return g_strconcat (platform->os, "/", platform->architecture,
                      platform->variant != NULL ? "/" : "", platform->variant, NULL);
}

/* The number of "v7"; what stands for no variant; -1 for another form. */
static int
variant_number (const char *architecture, const char *variant)
{
  if (variant == NULL || *variant == '\0')
    return g_str_equal (architecture, "arm64") ? 8 : g_str_equal (architecture, "arm") ? 7 : 1;
  if (variant[0] == 'v' && g_ascii_isdigit (variant[1]) && variant[2] == '\0')
    return variant[1] - '0';
  return -1;
}

int
hd_platform_score (const HdPlatform *wanted, const char *os, const char *architecture,
                   const char *variant)
{
  if (g_strcmp0 (os, wanted->os) != 0 || g_strcmp0 (architecture, wanted->architecture) != 0)
    return 0;
  int most = variant_number (architecture, wanted->variant);
  int offered = variant_number (architecture, variant);
  if (offered < 0 || most < 0)
    return g_strcmp0 (variant, wanted->variant) == 0 ? 1 : 0;
  if (offered > most)
    return 0;
  return 100 - (most - offered);
}

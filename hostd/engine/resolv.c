/* resolv.conf of a container, from the command line and the host's. */
#include <string.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/cidr.h"
#include "engine/names.h"
#include "engine/resolv.h"

#include <fcntl.h>

#define MAX_BYTES (64u << 10)
#define HOST_FILE "/etc/resolv.conf"
#define UPSTREAM_FILE "/run/systemd/resolve/resolv.conf"

/* Only the host itself reaches it: 127.0.0.0/8, ::1. */
static gboolean
is_loopback (const char *text)
{
  HdCidr address, loopback;
  g_autofree char *bare = g_strndup (text, strcspn (text, "%"));
  if (!hd_address_parse (bare, &address))
    return FALSE;
  g_assert (hd_cidr_parse (strchr (bare, ':') != NULL ? "::1/128" : "127.0.0.0/8", &loopback));
  return hd_cidr_contains (&loopback, &address);
}

static gboolean
is_given (const char *const *list)
{
  return list != NULL && *list != NULL;
}

/* Whether a line of the host's file counts for the container. */
static gboolean
is_kept (char **words, const HdResolv *want)
{
  if (g_str_equal (words[0], "nameserver"))
    return !is_given (want->servers) && words[1] != NULL
           && (want->host_network || !is_loopback (words[1]));
  if (g_str_equal (words[0], "search") || g_str_equal (words[0], "domain"))
    return !is_given (want->search);
  return g_str_equal (words[0], "options") && !is_given (want->options);
}

static void
append_list (GString *out, const char *key, const char *const *list)
{
  if (!is_given (list))
    return;
  g_autofree char *joined = g_strjoinv (" ", (char **)list);
  g_string_append_printf (out, "%s %s\n", key, joined);
}

char *
hd_resolv_text (const char *host, const HdResolv *want)
{
  GString *out = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (host, "\n", -1);
  /* --dns-search=. means none. */
  if (!is_given (want->search) || !g_str_equal (want->search[0], "."))
    append_list (out, "search", want->search);
  for (const char *const *server = want->servers; server != NULL && *server != NULL; server++)
    g_string_append_printf (out, "nameserver %s\n", *server);
  append_list (out, "options", want->options);
  for (char **line = lines; *line != NULL; line++)
    {
      g_auto (GStrv) words = g_strsplit_set (g_strstrip (*line), " \t", 8);
      if (words[0] != NULL && is_kept (words, want))
        g_string_append_printf (out, "%s\n", *line);
    }
  return g_string_free (out, FALSE);
}

gboolean
hd_resolv_is_stub (const char *host)
{
  g_auto (GStrv) lines = g_strsplit (host, "\n", -1);
  gboolean some = FALSE;
  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, "nameserver"))
      {
        some = TRUE;
        if (!is_loopback (g_strstrip (*line + strlen ("nameserver"))))
          return FALSE;
      }
  return some;
}

char *
hd_names_resolv_conf (const char *const *servers, const char *const *search,
                      const char *const *options, gboolean host_network)
{
  const HdResolv want = { servers, search, options, host_network };
  hd_autofree char *host = NULL, *upstream = NULL;
  if (hd_fs_read (AT_FDCWD, HOST_FILE, MAX_BYTES, &host, NULL) < 0)
    return hd_resolv_text ("", &want);
  if (!host_network && hd_resolv_is_stub (host)
      && hd_fs_read (AT_FDCWD, UPSTREAM_FILE, MAX_BYTES, &upstream, NULL) >= 0)
    return hd_resolv_text (upstream, &want);
  return hd_resolv_text (host, &want);
}

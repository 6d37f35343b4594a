/* The grammar of --network. */
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "common/parse.h"
#include "engine/cidr.h"
#include "engine/network.h"

#define MAX_TEXT 4096

typedef enum
{
  KEY_NAME,
  KEY_IP4,
  KEY_IP6,
  KEY_MAC,
  KEY_ALIAS
} Key;

static const struct
{
  const char *name;
  Key key;
} keys[] = {
  { "name", KEY_NAME },       { "ip", KEY_IP4 },  { "ip4", KEY_IP4 },     { "ip6", KEY_IP6 },
  { "mac-address", KEY_MAC }, { "mac", KEY_MAC }, { "alias", KEY_ALIAS },
};

void
hd_network_request_free (HdNetworkRequest *request)
{
  if (request == NULL)
    return;
  g_free (request->name);
  g_free (request->ip4);
  g_free (request->ip6);
  g_free (request->mac);
  g_strfreev (request->aliases);
  g_free (request);
}

static gboolean
throw_key (const char *text, const char *name, GError **error)
{
  const char *names[G_N_ELEMENTS (keys) + 1] = { NULL };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    names[i] = keys[i].name;
  const char *nearest = hd_nearest_word (name, names);
  g_autofree char *hint = nearest != NULL ? g_strdup_printf ("did you mean %s=?", nearest)
                                          : g_strdup ("keys: name, ip, ip6, mac-address, alias");
  return hd_throw (error, HD_USAGE, hint, "network \"%s\" has an unknown key \"%s\"", text, name);
}

static gboolean
set_address (char **field, const char *text, int family, GError **error)
{
  HdCidr address;
  if (!hd_address_parse (text, &address) || (address.family == AF_INET) != (family == AF_INET))
    return hd_throw (error, HD_USAGE, NULL, "\"%s\" is no IPv%d address", text,
                     family == AF_INET ? 4 : 6);
  g_free (*field);
  *field = hd_address_to_text (&address);
  return TRUE;
}

/* Six bytes in hexadecimal; not that of a group. */
static gboolean
set_mac (char **field, const char *text, GError **error)
{
  gboolean good = strlen (text) == 17;
  for (guint i = 0; good && i < 17; i++)
    good = i % 3 == 2 ? text[i] == ':' : g_ascii_isxdigit (text[i]);
  if (!good || g_ascii_xdigit_value (text[1]) % 2 != 0)
    return hd_throw (error, HD_USAGE, "write it as 02:42:ac:11:00:02",
                     "\"%s\" is no MAC address of one interface", text);
  g_free (*field);
  *field = g_ascii_strdown (text, -1);
  return TRUE;
}

static void
add_alias (HdNetworkRequest *request, const char *alias)
{
  guint n = request->aliases != NULL ? g_strv_length (request->aliases) : 0;
  request->aliases = g_renew (char *, request->aliases, n + 2);
  request->aliases[n] = g_strdup (alias);
  request->aliases[n + 1] = NULL;
}

static gboolean
set_key (HdNetworkRequest *request, const char *text, const char *name, const char *value,
         GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].name, name))
      switch (keys[i].key)
        {
        case KEY_NAME:
          g_free (request->name);
          request->name = g_strdup (value);
          return TRUE;
        case KEY_IP4:
          return set_address (&request->ip4, value, AF_INET, error);
        case KEY_IP6:
          return set_address (&request->ip6, value, AF_INET6, error);
        case KEY_MAC:
          return set_mac (&request->mac, value, error);
        case KEY_ALIAS:
          add_alias (request, value);
          return TRUE;
        }
  return throw_key (text, name, error);
}

/* "KEY=VALUE,KEY=VALUE". */
static gboolean
set_keys (HdNetworkRequest *request, const char *text, const char *list, GError **error)
{
  g_auto (GStrv) pairs = g_strsplit (list, ",", -1);
  for (char **pair = pairs; *pair != NULL; pair++)
    {
      char *equals = strchr (*pair, '=');
      if (equals == NULL || equals[1] == '\0')
        return hd_throw (error, HD_USAGE, "write KEY=VALUE,KEY=VALUE",
                         "network \"%s\" has \"%s\" where a key and its value belong", text, *pair);
      *equals = '\0';
      if (!set_key (request, text, *pair, equals + 1, error))
        return FALSE;
    }
  return TRUE;
}

HdNetworkRequest *
hd_network_request_parse (const char *text, GError **error)
{
  g_autoptr (HdNetworkRequest) request = g_new0 (HdNetworkRequest, 1);
  const char *colon = strchr (text, ':');
  if (strlen (text) > MAX_TEXT)
    {
      hd_throw (error, HD_USAGE, NULL, "a network of more than %d characters", MAX_TEXT);
      return NULL;
    }
  if (g_str_has_prefix (text, "container:"))
    {
      request->mode = HD_NETWORK_CONTAINER;
      request->name = g_strdup (colon + 1);
    }
  else if (strchr (text, '=') != NULL && (colon == NULL || strchr (text, '=') < colon))
    {
      if (!set_keys (request, text, text, error))
        return NULL;
    }
  else
    {
      request->name = colon != NULL ? g_strndup (text, (gsize)(colon - text)) : g_strdup (text);
      if (colon != NULL && colon[1] != '\0' && !set_keys (request, text, colon + 1, error))
        return NULL;
    }
  if (request->name == NULL || *request->name == '\0')
    {
      hd_throw (error, HD_USAGE, NULL, "network \"%s\" has no name", text);
      return NULL;
    }
  if (request->mode == HD_NETWORK_CONTAINER)
    return g_steal_pointer (&request);
  if (g_str_equal (request->name, "default"))
    {
      g_free (request->name);
      request->name = g_strdup ("bridge");
    }
  request->mode = g_str_equal (request->name, "host")   ? HD_NETWORK_HOST
                  : g_str_equal (request->name, "none") ? HD_NETWORK_NONE
                                                        : HD_NETWORK_BRIDGE;
  if (request->mode != HD_NETWORK_BRIDGE && (request->ip4 != NULL || request->ip6 != NULL))
    {
      hd_throw (error, HD_USAGE, NULL, "a container in network \"%s\" has no address of its own",
                request->name);
      return NULL;
    }
  return g_steal_pointer (&request);
}

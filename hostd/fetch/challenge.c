/* WWW-Authenticate, parsed. */
#include "fetch/challenge.h"

#include <string.h>

static gboolean
is_token (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("!#$%&'*+-.^_`|~", c) != NULL);
}

static const char *
skip_space (const char *p)
{
  return p + strspn (p, " \t");
}

/* A token, or NULL; *p moves behind it. */
static char *
take_token (const char **p)
{
  const char *start = *p;
  while (is_token (**p))
    (*p)++;
  return *p > start ? g_strndup (start, (gsize)(*p - start)) : NULL;
}

/* A token or a quoted string. */
static char *
take_value (const char **p)
{
  if (**p != '"')
    return take_token (p);
  GString *value = g_string_new (NULL);
  for ((*p)++; **p != '"'; (*p)++)
    {
      if (**p == '\\' && (*p)[1] != '\0')
        (*p)++;
      if (**p == '\0')
        {
          g_string_free (value, TRUE);
          return NULL;
        }
      g_string_append_c (value, **p);
    }
  (*p)++;
  return g_string_free (value, FALSE);
}

/* KEY=VALUE into the challenge; FALSE when there is none here (a scheme, or the end). */
static gboolean
take_parameter (const char **p, HdChallenge *challenge)
{
  const char *at = *p;
  g_autofree char *key = take_token (&at);
  at = skip_space (at);
  if (key == NULL || *at != '=')
    return FALSE;
  at = skip_space (at + 1);
  char *value = take_value (&at);
  if (value == NULL)
    return FALSE;
  char **target = g_ascii_strcasecmp (key, "realm") == 0     ? &challenge->realm
                  : g_ascii_strcasecmp (key, "service") == 0 ? &challenge->service
                  : g_ascii_strcasecmp (key, "scope") == 0   ? &challenge->scope
                                                             : NULL;
  if (target != NULL && *target == NULL)
    *target = value;
  else
    g_free (value);
  *p = at;
  return TRUE;
}

static gboolean
take_challenge (const char **p, HdChallenge *ret)
{
  g_autofree char *scheme = take_token (p);
  if (scheme == NULL)
    return FALSE;
  if (g_ascii_strcasecmp (scheme, "Bearer") == 0)
    ret->scheme = HD_CHALLENGE_BEARER;
  else if (g_ascii_strcasecmp (scheme, "Basic") == 0)
    ret->scheme = HD_CHALLENGE_BASIC;
  *p = skip_space (*p);
  while (take_parameter (p, ret))
    {
      *p = skip_space (*p);
      if (**p != ',')
        break;
      *p = skip_space (*p + 1);
    }
  if (ret->scheme == HD_CHALLENGE_BEARER && ret->realm == NULL)
    ret->scheme = HD_CHALLENGE_NONE;
  return TRUE;
}

void
hd_challenge_parse (const char *value, HdChallenge *ret)
{
  const char *p = value;
  memset (ret, 0, sizeof *ret);
  if (strlen (value) > HD_CHALLENGE_MAX_BYTES)
    return;
  for (;;)
    {
      g_auto (HdChallenge) found = { 0 };
      p += strspn (p, " \t,");
      if (!take_challenge (&p, &found))
        return;
      if (found.scheme > ret->scheme)
        {
          hd_challenge_clear (ret);
          *ret = found;
          memset (&found, 0, sizeof found);
        }
    }
}

void
hd_challenge_clear (HdChallenge *challenge)
{
  g_free (challenge->realm);
  g_free (challenge->service);
  g_free (challenge->scope);
  memset (challenge, 0, sizeof *challenge);
}

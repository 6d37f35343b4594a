/* Credentials of registries. */
#include "cli/image-login.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/engine.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/login.h"
#include "engine/ref.h"

#define MAX_PASSWORD_BYTES 65536

/* The host alone, as references have it. */
static char *
host_of (const HdInvocation *inv)
{
  const char *text = hd_inv_n_args (inv) > 0 ? hd_inv_args (inv)[0] : HD_REF_DEFAULT_HOST;
  const char *scheme = strstr (text, "://");
  if (scheme != NULL)
    text = scheme + 3;
  g_autofree char *host = g_strndup (text, strcspn (text, "/"));
  return g_strdup (g_str_equal (host, "index.docker.io") ? HD_REF_DEFAULT_HOST : host);
}

/* A line from standard input. Free with g_free; NULL at its end. */
static char *
read_line (const char *prompt)
{
  char *line = NULL;
  size_t room = 0;
  fputs (prompt, stderr);
  ssize_t n = getline (&line, &room, stdin);
  if (n < 0)
    {
      free (line);
      return NULL;
    }
  g_autofree char *text = g_strdup (line);
  free (line);
  return g_strdup (g_strchomp (text));
}

static char *
read_secret (const char *prompt)
{
  struct termios before, quiet;
  if (tcgetattr (STDIN_FILENO, &before) < 0)
    return NULL;
  quiet = before;
  quiet.c_lflag &= ~(tcflag_t)ECHO;
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &quiet);
  char *text = read_line (prompt);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
  fputc ('\n', stderr);
  return text;
}

static char *
find_password (const HdInvocation *inv, GError **error)
{
  const char *given = hd_inv_string (inv, "password");
  if (given != NULL)
    {
      fputs ("warning: other users can see a password on the command line; take "
             "--password-stdin\n",
             stderr);
      return g_strdup (given);
    }
  if (hd_inv_flag (inv, "password-stdin"))
    {
      char *text = NULL;
      int r = hd_fs_read_fd (STDIN_FILENO, MAX_PASSWORD_BYTES, &text, NULL);
      if (r == 0)
        return g_strchomp (text);
      hd_throw_errno (error, -r, "reading the password");
      return NULL;
    }
  if (!isatty (STDIN_FILENO))
    {
      hd_throw (error, HD_USAGE, "take --password-stdin",
                "there is no terminal to ask for the password");
      return NULL;
    }
  return read_secret ("Password: ");
}

int
hd_cli_login (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *host = host_of (inv);
  g_autoptr (HdCredentials) credentials = g_new0 (HdCredentials, 1);
  g_autofree char *path = NULL;
  const char *name = hd_inv_string (inv, "username");
  if (name == NULL && hd_inv_flag (inv, "password-stdin"))
    return hd_inv_usage_error (inv, "--password-stdin wants --username");
  credentials->user = name != NULL            ? g_strdup (name)
                      : isatty (STDIN_FILENO) ? read_line ("Username: ")
                                              : NULL;
  if (credentials->user == NULL || *credentials->user == '\0')
    return hd_inv_usage_error (inv, "a user name is wanted: take --username");
  credentials->password = find_password (inv, &error);
  if (credentials->password == NULL)
    return error != NULL ? hd_engine_fail (error, HD_STATUS_FAILED) : HD_STATUS_FAILED;
  if (!hd_login_try (host, credentials, &error)
      || !hd_auth_store (hd_inv_string (inv, "authfile"), host, credentials, &path, &error))
    {
      g_prefix_error (&error, "logging in to %s: ", host);
      return hd_engine_fail (error, HD_STATUS_FAILED);
    }
  fprintf (stderr, "name and password are kept in %s, which root alone can read\n", path);
  puts ("Login Succeeded");
  return 0;
}

int
hd_cli_logout (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *host = host_of (inv);
  if (!hd_auth_store (hd_inv_string (inv, "authfile"), host, NULL, NULL, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  printf ("Removing login credentials for %s\n", host);
  return 0;
}

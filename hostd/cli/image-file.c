/* Images in files. */
#include "cli/image-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/engine.h"
#include "common/cleanup.h"
#include "engine/archive.h"
#include "engine/instruction.h"
#include "engine/platform.h"

/* A file, or (NULL, "-") standard input, which may not be a terminal. */
static int
open_input (const char *path, const char *hint, GError **error)
{
  if (path != NULL && !g_str_equal (path, "-"))
    {
      int fd = open (path, O_RDONLY | O_CLOEXEC);
      if (fd < 0)
        hd_throw_errno (error, errno, "opening %s", path);
      return fd;
    }
  if (isatty (STDIN_FILENO))
    {
      hd_throw (error, HD_USAGE, hint, "standard input is a terminal");
      return -1;
    }
  return dup (STDIN_FILENO);
}

/* ---- save ---- */

static gboolean
parse_form (const char *text, HdArchiveForm *ret, GError **error)
{
  *ret = g_strcmp0 (text, "oci-archive") == 0 ? HD_ARCHIVE_OCI : HD_ARCHIVE_DOCKER;
  return text == NULL || g_str_equal (text, "docker-archive") || g_str_equal (text, "oci-archive")
         || hd_throw (error, HD_USAGE, "take docker-archive or oci-archive",
                      "\"%s\" is no form of an archive", text);
}

static gboolean
save_to (HdStore *store, const HdInvocation *inv, HdArchiveForm form, int fd, GError **error)
{
  return hd_archive_save (store, hd_inv_args (inv), form, fd, error);
}

/* The file appears when it is whole. */
static gboolean
save_to_file (HdStore *store, const HdInvocation *inv, HdArchiveForm form, const char *path,
              GError **error)
{
  g_autofree char *temporary = g_strdup_printf ("%s.%08x", path, g_random_int ());
  hd_autofd fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return hd_throw_errno (error, errno, "making %s", temporary);
  if (save_to (store, inv, form, fd, error))
    {
      if (rename (temporary, path) == 0)
        return TRUE;
      hd_throw_errno (error, errno, "making %s", path);
    }
  unlink (temporary);
  return FALSE;
}

int
hd_cli_save (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  const char *path = hd_inv_string (inv, "output");
  HdArchiveForm form;
  gboolean good = parse_form (hd_inv_string (inv, "format"), &form, &error);
  g_autoptr (HdStore) store = good ? hd_engine_open (&error) : NULL;
  if (store == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  if (path == NULL && isatty (STDOUT_FILENO))
    return hd_inv_usage_error (inv, "an archive is nothing for a terminal: take -o FILE");
  good = path != NULL ? save_to_file (store, inv, form, path, &error)
                      : save_to (store, inv, form, STDOUT_FILENO, &error);
  return good ? 0 : hd_engine_fail (error, HD_STATUS_FAILED);
}

/* ---- load ---- */

int
hd_cli_load (const HdInvocation *inv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  hd_autofd fd = store != NULL ? open_input (hd_inv_string (inv, "input"),
                                             "take -i FILE, or pipe an archive into it", &error)
                               : -1;
  if (fd < 0 || !hd_archive_load (store, fd, &lines, &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  for (guint i = 0; !hd_inv_flag (inv, "quiet") && i < lines->len; i++)
    {
      const char *line = g_ptr_array_index (lines, i);
      printf ("Loaded image%s: %s\n", g_str_has_prefix (line, "sha256:") ? " ID" : "", line);
    }
  return 0;
}

/* ---- import ---- */

static HdImageConfig *
make_config (const HdInvocation *inv, GError **error)
{
  g_autoptr (HdImageConfig) config = hd_image_config_new ();
  g_autoptr (HdPlatform) platform = hd_platform_parse (hd_inv_string (inv, "platform"), error);
  if (platform == NULL)
    return NULL;
  g_free (config->os);
  g_free (config->architecture);
  g_free (config->variant);
  config->os = g_steal_pointer (&platform->os);
  config->architecture = g_steal_pointer (&platform->architecture);
  config->variant = g_steal_pointer (&platform->variant);
  for (const char *const *text = hd_inv_strings (inv, "change"); *text != NULL; text++)
    if (!hd_instruction_apply (config, *text, error))
      return NULL;
  return g_steal_pointer (&config);
}

int
hd_cli_import (const HdInvocation *inv)
{
  const char *const *args = hd_inv_args (inv);
  g_autoptr (GError) error = NULL;
  g_autoptr (HdImageConfig) config = make_config (inv, &error);
  g_autoptr (HdStore) store = config != NULL ? hd_engine_open (&error) : NULL;
  hd_autofd fd = store != NULL ? open_input (args[0], "pipe an archive into it", &error) : -1;
  g_autoptr (HdImage) image = fd >= 0 ? hd_archive_import (store, fd, config, args[1],
                                                           hd_inv_string (inv, "message"), &error)
                                      : NULL;
  if (image == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  printf ("sha256:%s\n", image->id);
  return 0;
}
